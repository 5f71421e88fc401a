"""API records as OTLP/JSON: one message a request, which holds the whole record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.packs.logs import otlp
from treadle.packs.logs.api.raw import INVENTORY, SCHEMA_URL, SCOPE
from treadle.packs.logs.domain import ParseError, RawRule, Record
from treadle.packs.logs.moments import micros, micros_of, seconds, text_of

if TYPE_CHECKING:
    from typing import Any

_SPAN = [each for each in INVENTORY.fields if each.attribute and not each.resource]
_LISTED = "http_request_header_referer"
SERVER = 2
"""SPAN_KIND_SERVER."""
ERROR = 2
"""STATUS_CODE_ERROR."""
_VERSION = SCHEMA_URL.rpartition("/")[2]


def parse(line: str) -> Record:
    """Return the record that a message holds; raises `ParseError`. Attributes that a record has no field for are left out."""
    resource, span = otlp.one_span(line)
    begin, end = (otlp.nanoseconds(span, key) for key in ("startTimeUnixNano", "endTimeUnixNano"))
    if end < begin:
        raise ParseError(1, f"endTimeUnixNano {end}: expected none before startTimeUnixNano {begin}")
    if span.get("kind") not in {SERVER, "SPAN_KIND_SERVER"}:
        raise ParseError(1, f"kind {span.get('kind')!r}: expected 2, a server's span")
    held = otlp.attributes(span.get("attributes", ()))
    record: dict[str, Any] = {each.name: held.get(each.attribute) for each in _SPAN}
    if isinstance(record[_LISTED], list):
        record[_LISTED] = next(iter(record[_LISTED]), None)
    record |= {
        "timestamp": _moment(begin // 1000),
        "trace_id": otlp.identifier(span, "traceId", 32),
        "span_id": otlp.identifier(span, "spanId", 16),
        "parent_span_id": otlp.identifier(span, "parentSpanId", 16) if span.get("parentSpanId") else None,
        "service_name": resource.get("service.name"),
        "span_name": otlp.required(span, "name"),
        "span_kind": "SERVER",
        "status": "ERROR" if span.get("status", {}).get("code") in {ERROR, "STATUS_CODE_ERROR"} else "UNSET",
        "duration": seconds((end - begin) // 1000),
        "semconv_version": _VERSION,
    }
    return {name: record[name] for name in INVENTORY.names}


def _moment(moment: int) -> str:
    try:
        return text_of(moment)
    except (ValueError, OverflowError):
        raise ParseError(1, f"startTimeUnixNano: {moment} microseconds are after the year 9999") from None


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
        "status": {"code": ERROR} if record["status"] == "ERROR" else {},
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
        "expected one span",
        lambda line: '{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[]}]}' if line else None,
    ),
)
"""What the parser must reject."""
