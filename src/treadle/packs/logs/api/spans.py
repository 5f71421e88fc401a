"""API records as OTLP/JSON: one message a request, which holds the whole record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.packs.logs import otlp
from treadle.packs.logs.api.raw import INVENTORY, SCHEMA_URL, SCOPE
from treadle.packs.logs.domain import ParseError, RawRule, Record
from treadle.packs.logs.moments import micros, micros_of

if TYPE_CHECKING:
    from typing import Any

_SPAN = [each for each in INVENTORY.fields if each.attribute and not each.resource]
_LISTED = "http_request_header_referer"
SERVER = 2
"""SPAN_KIND_SERVER."""
_VERSION = SCHEMA_URL.rpartition("/")[2]
_WANTED = {each.name: each.attribute for each in _SPAN}
FORMER = {
    "http.request.method": "http.method", "http.response.status_code": "http.status_code", "url.scheme": "http.scheme",
    "server.address": "net.host.name", "server.port": "net.host.port", "client.address": "http.client_ip",
    "network.peer.address": "net.sock.peer.addr", "network.peer.port": "net.sock.peer.port",
    "network.protocol.version": "net.protocol.version", "user_agent.original": "http.user_agent",
    "http.request.body.size": "http.request_content_length", "http.response.body.size": "http.response_content_length",
    "url.path": "http.target",
}  # fmt: skip
"""What attributes were called before version 1.21 of the conventions, which many programs still follow."""


def parse_all(line: str) -> tuple[list[Record], int]:
    """Return the records of a message, and how many spans are no server's; raises `ParseError`.

    Attributes that a record has no field for are left out, and so are spans of other kinds where there is one of a server.
    """
    spans = [(batch, span) for batch in otlp.batches(line) for span in batch.spans]
    served = [each for each in spans if each[1].get("kind") in {SERVER, "SPAN_KIND_SERVER"}]
    if not served:
        kinds = sorted({repr(span.get("kind")) for _, span in spans})
        raise ParseError(1, f"kind {', '.join(kinds) or 'of no span'}: expected 2, a server's span")
    return [_record(*each) for each in served], len(spans) - len(served)


def _record(batch: otlp.Batch, span: dict[str, Any]) -> Record:
    held = otlp.attributes(span.get("attributes"))
    record = otlp.picked(held, _WANTED, FORMER)
    if isinstance(record[_LISTED], list):
        record[_LISTED] = next(iter(record[_LISTED]), None)
    if "url.path" not in held and record["url_path"] is not None:  # path and query were one attribute once
        record["url_path"], _, query = record["url_path"].partition("?")
        record["url_query"] = query or None
    service = batch.resource.get("service.name")
    begin, duration = otlp.interval(span)
    record |= {
        "timestamp": begin,
        "trace_id": otlp.identifier(span, "traceId", 32),
        "span_id": otlp.identifier(span, "spanId", 16),
        "parent_span_id": otlp.identifier(span, "parentSpanId", 16) if span.get("parentSpanId") else None,
        "service_name": None if service is None else otlp.value(service, "service.name"),
        "span_name": otlp.required(span, "name"),
        "span_kind": "SERVER",
        "status": otlp.status(span),
        "duration": duration,
        "semconv_version": batch.version or _VERSION,
    }
    return {name: record[name] for name in INVENTORY.names}


parse = otlp.one(parse_all)


def write(record: Record) -> str:
    """Return a record as a message."""
    begin = micros_of(record["timestamp"])
    held = {each.attribute: record[each.name] for each in _SPAN}
    listed = next(each.attribute for each in _SPAN if each.name == _LISTED)
    if record[_LISTED] is not None:
        held[listed] = [record[_LISTED]]
    last = next(each.attribute for each in _SPAN if not each.nullable)
    held[last] = held.pop(last)  # it stands behind those that may be left out
    parent = {"parentSpanId": record["parent_span_id"]} if record["parent_span_id"] is not None else {}
    span = {
        "traceId": record["trace_id"],
        "spanId": record["span_id"],
        **parent,
        "name": record["span_name"],
        "kind": SERVER,
        "startTimeUnixNano": str(begin * 1000),
        "endTimeUnixNano": str((begin + micros(record["duration"])) * 1000),
        "attributes": otlp.attribute_list(held),
        "status": {"code": otlp.ERROR} if record["status"] == "ERROR" else {},
    }
    scope = {"scope": {"name": SCOPE}, "spans": [span], "schemaUrl": SCHEMA_URL}
    resource = {"attributes": otlp.attribute_list({"service.name": record["service_name"]})}
    return otlp.compact({"resourceSpans": [{"resource": resource, "scopeSpans": [scope], "schemaUrl": SCHEMA_URL}]})


def _replaced(line: str, before: str, length: int, text: str) -> str:
    at = line.index(before) + len(before)
    return line[:at] + text + line[at + length :]


def _doubled(line: str) -> str:
    begin = line.index('{"key":"url.scheme"')
    end = line.index("},{", begin) + 2
    return line[:end] + line[begin:end] + line[end:]


RULES = (
    RawRule("truncated", "a line is a whole JSON value", "expected JSON", lambda line: line[: len(line) // 2]),
    RawRule(
        "trace-id",
        "a trace id has 32 hex digits",
        "traceId",
        lambda line: line.replace('"traceId":"', '"traceId":"zz', 1),
    ),
    RawRule("span-id", "a span id is not all zero", "spanId", lambda line: _replaced(line, '"spanId":"', 16, "0" * 16)),
    RawRule(
        "times",
        "times are nanoseconds as text",
        "startTimeUnixNano",
        lambda line: line.replace('"startTimeUnixNano":"', '"startTimeUnixNano":"t', 1),
    ),
    RawRule(
        "end",
        "a span ends after it begins",
        "endTimeUnixNano",
        lambda line: _replaced(line, '"endTimeUnixNano":"', 19, "1000"),
    ),
    RawRule(
        "int-value",
        "an intValue is an integer as text",
        "intValue",
        lambda line: _replaced(line, '"intValue":"', 1, "x"),
    ),
    RawRule("kind", "the span is a server's", "kind", lambda line: line.replace('"kind":2', '"kind":3', 1)),
    RawRule(
        "twice",
        "a key stands once in an object",
        "stands twice",
        lambda line: line.replace('"kind":2', '"kind":2,"kind":2', 1),
    ),
    RawRule("attribute-twice", "an attribute comes once", "comes twice", _doubled),
    RawRule(
        "one-span",
        "a message holds a span",
        "kind of no span",
        lambda line: '{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[]}]}' if line else None,
    ),
)
"""What the parser must reject."""
