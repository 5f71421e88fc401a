"""Agent records as OTLP/JSON: one message a turn, with the span of the agent before those of its chats and tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.packs.logs import otlp
from treadle.packs.logs.agent.catalog import INVENTORY, SPANS
from treadle.packs.logs.agent.raw import SCHEMA_URL, SCOPE
from treadle.packs.logs.domain import ParseError, RawRule, Record
from treadle.packs.logs.moments import micros, micros_of, seconds, text_of

if TYPE_CHECKING:
    from treadle.packs.logs.inventory import Entry

OPERATION = "gen_ai.operation.name"
ROOT = "invoke_agent"
_KIND = {"CLIENT": 3, "INTERNAL": 1}
_KIND_OF = {3: "CLIENT", 1: "INTERNAL", "SPAN_KIND_CLIENT": "CLIENT", "SPAN_KIND_INTERNAL": "INTERNAL"}
ERROR = 2
_LISTED = "finish_reason"
_ROOT_FIELDS = [each for each in INVENTORY.fields if each.attribute]
_STEP_FIELDS = [each for each in SPANS if each.attribute and each.name != "operation"]
_VERSION = SCHEMA_URL.rpartition("/")[2]


def parse(line: str) -> Record:
    """Return the record that a message holds; raises `ParseError`. Attributes that a record has no field for are left out."""
    _, spans = otlp.all_spans(line)
    read = [_read(span) for span in spans]
    roots = [each for each in read if each["parent"] is None]
    if len(roots) != 1 or roots[0]["held"].get(OPERATION) != ROOT:
        raise ParseError(1, f"expected one span without a parent, {ROOT}, found {len(roots)}")
    root = roots[0]
    if any(each["trace"] != root["trace"] for each in read):
        raise ParseError(1, "expected all spans of a message to be of one trace")
    record = {each.name: root["held"].get(each.attribute) for each in _ROOT_FIELDS}
    record |= {
        "timestamp": root["begin"],
        "trace_id": root["trace"],
        "span_id": root["id"],
        "duration": root["duration"],
        "status": root["status"],
        "semconv_version": _VERSION,
        "steps": [_step(each) for each in read if each is not root],
    }
    return {name: record[name] for name in INVENTORY.names}


def _read(span: dict[str, Any]) -> dict[str, Any]:
    begin, end = (otlp.nanoseconds(span, key) for key in ("startTimeUnixNano", "endTimeUnixNano"))
    if end < begin:
        raise ParseError(1, f"endTimeUnixNano {end}: expected none before startTimeUnixNano {begin}")
    if span.get("kind") not in _KIND_OF:
        raise ParseError(1, f"kind {span.get('kind')!r}: expected 1 or 3, internal or a client's span")
    try:
        moment = text_of(begin // 1000)
    except (ValueError, OverflowError):
        raise ParseError(1, f"startTimeUnixNano {begin}: expected a time before the year 10000") from None
    return {
        "trace": otlp.identifier(span, "traceId", 32),
        "id": otlp.identifier(span, "spanId", 16),
        "parent": otlp.identifier(span, "parentSpanId", 16) if span.get("parentSpanId") else None,
        "name": otlp.required(span, "name"),
        "kind": _KIND_OF[span["kind"]],
        "begin": moment,
        "duration": seconds((end - begin) // 1000),
        "held": otlp.attributes(span.get("attributes", ())),
        "status": "ERROR" if span.get("status", {}).get("code") in {ERROR, "STATUS_CODE_ERROR"} else "UNSET",
    }


def _step(read: dict[str, Any]) -> Record:
    held = {each.name: read["held"].get(each.attribute) for each in _STEP_FIELDS}
    if isinstance(held[_LISTED], list):
        held[_LISTED] = next(iter(held[_LISTED]), None)
    held |= {
        "span_id": read["id"],
        "parent_span_id": read["parent"],
        "operation": read["held"].get(OPERATION),
        "name": read["name"],
        "kind": read["kind"],
        "started": read["begin"],
        "duration": read["duration"],
        "status": read["status"],
    }
    return {each.name: held[each.name] for each in SPANS}


def write(record: Record) -> str:
    """Return a record as a message."""
    root = _span(
        record,
        None,
        f"{ROOT} {record['agent_name']}",
        _KIND["INTERNAL"],
        record["timestamp"],
        _held(record, _ROOT_FIELDS, ROOT),
    )
    root["spanId"] = record["span_id"]
    spans = [root]
    for step in record["steps"]:
        held = _held(step, _STEP_FIELDS, step["operation"])
        spans.append(
            _span(
                {**step, "trace_id": record["trace_id"]},
                step["parent_span_id"],
                step["name"],
                _KIND[step["kind"]],
                step["started"],
                held,
            )
        )
    resource = {"attributes": otlp.attribute_list({"service.name": record["agent_name"]})}
    scope = {"scope": {"name": SCOPE}, "spans": spans, "schemaUrl": SCHEMA_URL}
    return otlp.compact({"resourceSpans": [{"resource": resource, "scopeSpans": [scope], "schemaUrl": SCHEMA_URL}]})


def _held(record: Record, fields: list[Entry], operation: str) -> list[dict[str, Any]]:
    held = {each.attribute: _value(each, record[each.name]) for each in fields}
    return otlp.attribute_list({**held, OPERATION: operation})


def _value(entry: Entry, value: Any) -> Any:  # noqa: ANN401  # JSON values
    if value is None:
        return None
    if entry.name == _LISTED:
        return [value]
    return float(value) if entry.type == "number" else value


def _span(
    record: Record, parent: str | None, name: str, kind: int, started: str, held: list[dict[str, Any]]
) -> dict[str, Any]:
    begin = micros_of(started)
    return {
        "traceId": record["trace_id"],
        "spanId": record["span_id"],
        **({"parentSpanId": parent} if parent is not None else {}),
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(begin * 1000),
        "endTimeUnixNano": str((begin + micros(record["duration"])) * 1000),
        "attributes": held,
        "status": {"code": ERROR} if record["status"] == "ERROR" else {},
    }


def _replaced(before: str, length: int, text: str, last: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002  # a change of a line
    def replace(line: str) -> str:
        at = (line.rindex if last else line.index)(before) + len(before)
        return line[:at] + text + line[at + length :]

    return replace


RULES = (
    RawRule("truncated", "a line is a whole JSON value", "expected JSON", lambda line: line[: len(line) // 2]),
    RawRule(
        "trace-id",
        "a trace id has 32 hex digits",
        "traceId",
        lambda line: line.replace('"traceId":"', '"traceId":"zz', 1),
    ),
    RawRule("span-id", "a span id is not all zero", "spanId", _replaced('"spanId":"', 16, "0" * 16)),
    RawRule(
        "times",
        "times are nanoseconds as text",
        "startTimeUnixNano",
        lambda line: line.replace('"startTimeUnixNano":"', '"startTimeUnixNano":"t', 1),
    ),
    RawRule("end", "a span ends after it begins", "endTimeUnixNano", _replaced('"endTimeUnixNano":"', 19, "1000")),
    RawRule("int-value", "an intValue is an integer as text", "intValue", _replaced('"intValue":"', 1, "x")),
    RawRule(
        "double-value",
        "a doubleValue is a number",
        "doubleValue",
        _replaced('"doubleValue":', 0, 'true}},{"key":"x","value":{"doubleValue":'),
    ),
    RawRule("kind", "a span is internal or a client's", "kind", lambda line: line.replace('"kind":1', '"kind":4', 1)),
    RawRule(
        "twice",
        "a key stands once in an object",
        "stands twice",
        lambda line: line.replace('"kind":1', '"kind":1,"kind":1', 1),
    ),
    RawRule("one-trace", "all spans are of one trace", "of one trace", _replaced('"traceId":"', 2, "fe", last=True)),
    RawRule(
        "one-root",
        "a trace has one root",
        "one span without a parent",
        lambda line: line.replace('"parentSpanId":', '"parent":', 1),
    ),
)
"""What the parser must reject."""
