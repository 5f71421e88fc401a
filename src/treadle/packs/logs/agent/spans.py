"""Agent records as OTLP/JSON: a turn is one message, its agent's span before its chats and tools, or several neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from treadle.packs.logs import otlp
from treadle.packs.logs.agent.catalog import INVENTORY, SPANS, VOCABULARY
from treadle.packs.logs.agent.raw import SCHEMA_URL, SCOPE
from treadle.packs.logs.domain import ParseError, RawRule, Record
from treadle.packs.logs.moments import micros, micros_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.packs.logs.inventory import Entry

OPERATION = "gen_ai.operation.name"
ROOT = "invoke_agent"
_KIND = {"CLIENT": 3, "INTERNAL": 1}
_KIND_OF = {3: "CLIENT", 1: "INTERNAL", "SPAN_KIND_CLIENT": "CLIENT", "SPAN_KIND_INTERNAL": "INTERNAL"} | dict.fromkeys(
    (None, 0, "SPAN_KIND_UNSPECIFIED"), "INTERNAL"
)
"""The kinds of spans; one that names none is internal, by OpenTelemetry's protocol."""
_LISTED = "finish_reason"
_ROOT_FIELDS = [each for each in INVENTORY.fields if each.attribute]
_STEP_FIELDS = [each for each in SPANS if each.attribute and each.name != "operation"]
_ROOT_WANTED, _STEP_WANTED = ({each.name: each.attribute for each in fields} for fields in (_ROOT_FIELDS, _STEP_FIELDS))
_OPERATIONS = frozenset(VOCABULARY["operation"])
_VERSION = SCHEMA_URL.rpartition("/")[2]
FORMER = {
    "gen_ai.provider.name": "gen_ai.system", "gen_ai.usage.input_tokens": "gen_ai.usage.prompt_tokens",
    "gen_ai.usage.output_tokens": "gen_ai.usage.completion_tokens",
}  # fmt: skip
"""What attributes were called before."""
_Span = dict[str, Any]


def parse_all(block: str) -> tuple[list[Record], int]:
    """Return the turns of a message, or of messages in neighbouring lines, and how many spans belong to none; raises `ParseError`.

    A turn is a trace with an agent's span. Spans of other kinds are left out, and attributes that a record has no field for.
    """
    spans = [
        _read(span, batch.version) for line in block.split("\n") for batch in otlp.batches(line) for span in batch.spans
    ]
    traces: dict[str, list[_Span]] = {}
    for each in spans:
        traces.setdefault(each["trace"], []).append(each)
    records = [_turn(trace) for trace in traces.values() if any(each["operation"] is not None for each in trace)]
    if not records:
        raise ParseError(1, f"expected a span whose {OPERATION} is {ROOT}, found none among {len(spans)}")
    return records, len(spans) - sum(1 + len(record["steps"]) for record in records)


parse = otlp.one(parse_all)
MOST_JOINED = 256
"""Lines that are read as one, at most."""


def begins(before: Sequence[str], line: str) -> bool:
    """Tell whether a line begins anew, or holds more spans of a turn in the lines before it: batches are sent as spans end.

    It goes on where it has other spans of a trace that one of them has, and one of the two lacks the agent's span or holds a parent
    of the other's.
    """
    if len(before) >= MOST_JOINED:
        return True
    return not any(
        trace in held and part.belongs_to(held[trace])
        for held in map(_parts, before)
        for trace, part in _parts(line).items()
    )


@dataclass(frozen=True)
class _InMessage:
    """What a message holds of a trace: the ids of its spans, their parents that are not among them, and whether an agent's is."""

    ids: frozenset[str]
    parents: frozenset[str]
    agent: bool

    def belongs_to(self, other: _InMessage) -> bool:
        """Tell whether it goes with other spans of the same trace."""
        whole = self.agent and other.agent
        linked = not (self.parents.isdisjoint(other.ids) and other.parents.isdisjoint(self.ids))
        return self.ids.isdisjoint(other.ids) and (linked or not whole)


@lru_cache(maxsize=2 * MOST_JOINED)
def _parts(line: str) -> dict[str, _InMessage]:
    """Return what a message holds of each trace; nothing where it cannot be read."""
    try:
        read = [_read(span, "") for batch in otlp.batches(line) for span in batch.spans]
    except (ParseError, KeyError, TypeError, AttributeError, ValueError, IndexError):
        return {}
    traces: dict[str, list[_Span]] = {}
    for each in read:
        traces.setdefault(each["trace"], []).append(each)
    return {trace: _part(spans) for trace, spans in traces.items()}


def _part(spans: list[_Span]) -> _InMessage:
    ids = frozenset(each["id"] for each in spans)
    parents = frozenset(each["parent"] for each in spans if each["parent"] is not None)
    return _InMessage(ids, parents - ids, any(each["operation"] == ROOT for each in spans))


def _read(span: _Span, version: str) -> _Span:
    """Return what is needed of a span to find its turn."""
    held = otlp.attributes(span.get("attributes"))
    operation = held.get(OPERATION)
    return {
        "trace": otlp.identifier(span, "traceId", 32),
        "id": otlp.identifier(span, "spanId", 16),
        "parent": otlp.identifier(span, "parentSpanId", 16) if span.get("parentSpanId") else None,
        "operation": None if operation is None else otlp.value(operation, OPERATION),
        "held": held,
        "span": span,
        "version": version,
    }


def _turn(trace: list[_Span]) -> Record:
    """Return the record of a trace: the agent's span that no other one holds, and the chats and calls of tools."""
    known = {each["id"]: each for each in trace}
    agents = [each for each in trace if each["operation"] == ROOT and not _within_agent(each, known)]
    steps = [each for each in trace if each["operation"] in _OPERATIONS]
    if len(agents) != 1 or any(each["parent"] is None for each in steps):
        first = (agents + steps)[0]["trace"] if agents + steps else trace[0]["trace"]
        raise ParseError(
            1,
            f"trace {first}: expected one {ROOT} span, and a parent of each step; found {len(agents)} in this line and those "
            "next to it that share a trace",
        )
    root = agents[0]
    if root is not trace[0]:  # spans are sent as they end: steps before their agent
        steps.sort(key=lambda each: otlp.nanoseconds(each["span"], "startTimeUnixNano"))
    begin, duration = otlp.interval(root["span"])
    record = otlp.picked(root["held"], _ROOT_WANTED, FORMER)
    record |= {
        "timestamp": begin,
        "trace_id": root["trace"],
        "span_id": root["id"],
        "duration": duration,
        "status": otlp.status(root["span"]),
        "semconv_version": root["version"] or _VERSION,
        "steps": [_step(each) for each in steps],
    }
    return {name: record[name] for name in INVENTORY.names}


def _within_agent(span: _Span, known: dict[str, _Span]) -> bool:
    """Tell whether a span is part of an agent's, at any depth."""
    seen = set[str]()
    while (parent := span["parent"]) in known and parent not in seen:
        seen.add(parent)
        span = known[parent]
        if span["operation"] == ROOT:
            return True
    return False


def _step(read: _Span) -> Record:
    span = read["span"]
    if span.get("kind") not in _KIND_OF:
        raise ParseError(1, f"kind {span.get('kind')!r}: expected 1 or 3, internal or a client's span")
    held = otlp.picked(read["held"], _STEP_WANTED, FORMER)
    if isinstance(held[_LISTED], list):
        held[_LISTED] = next(iter(held[_LISTED]), None)
    begin, duration = otlp.interval(span)
    held |= {
        "span_id": read["id"],
        "parent_span_id": read["parent"],
        "operation": read["operation"],
        "name": otlp.required(span, "name"),
        "kind": _KIND_OF[span["kind"]],
        "started": begin,
        "duration": duration,
        "status": otlp.status(span),
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
        "status": {"code": otlp.ERROR} if record["status"] == "ERROR" else {},
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
    RawRule("kind", "a span is internal or a client's", "kind", lambda line: line.replace('"kind":3', '"kind":4', 1)),
    RawRule(
        "twice",
        "a key stands once in an object",
        "stands twice",
        lambda line: line.replace('"kind":1', '"kind":1,"kind":1', 1),
    ),
    RawRule(
        "one-trace",
        "all spans are of one trace",
        "expected one invoke_agent span",
        _replaced('"traceId":"', 2, "fe", last=True),
    ),
    RawRule(
        "one-root",
        "a trace has one root",
        "a parent of each step",
        lambda line: line.replace('"parentSpanId":', '"parent":', 1),
    ),
)
"""What the parser must reject."""
