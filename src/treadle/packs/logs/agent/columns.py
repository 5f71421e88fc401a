"""OTLP/JSON of agents' turns, read by columns where it is laid out as the generator does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from treadle.packs.logs.agent.catalog import INVENTORY, SPANS
from treadle.packs.logs.agent.raw import SCHEMA_URL, SCOPE
from treadle.packs.logs.agent.spans import ROOT
from treadle.packs.logs.columnar import LONGEST, Numerals, record_slots
from treadle.packs.logs.nested import Nested, Side
from treadle.packs.logs.shapes import FLAG, NUMBER, TEXT, Literals, Shape, Slot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle.packs.logs.blocks import Block
    from treadle.packs.logs.columnar import Values
    from treadle.packs.logs.inventory import Entry
    from treadle.packs.logs.nested import Worked

    Flags = NDArray[np.bool_]
    Ints = NDArray[np.int64]

_LISTED = "finish_reason"
_HEAD = [each for each in INVENTORY.fields if each.attribute]
_ROW = [each for each in SPANS if each.attribute and each.name != "operation"]
_LITERALS = Literals()
_NUMERALS = Numerals(_LITERALS)
_STATUS = Slot("status", '],"status":{', '"code":2', "", "", FLAG, probe=0)
_CLIENT = ord("3")


def _attribute(entry: Entry, before: str) -> Slot:
    """Return an attribute's slot; behind it stands another one."""
    kind, around = {"integer": ("intValue", '"'), "number": ("doubleValue", ""), "string": ("stringValue", '"')}[
        entry.type
    ]
    opening, closing = f'{{"key":"{entry.attribute}","value":{{"{kind}":{around}', around + "}},"
    if entry.name == _LISTED:
        opening = f'{{"key":"{entry.attribute}","value":{{"arrayValue":{{"values":[{{"{kind}":"'
        closing = '"}]}}},'
    slot = NUMBER if entry.type == "number" else TEXT
    if entry.nullable:
        return Slot(entry.name, before, opening, closing, "", slot, probe=1, gap=len("}},{"))
    return Slot(entry.name, before + opening.removesuffix(around or "\0"), around, closing, kind=slot, gap=len("}},{"))


def _span(before: str, fields: list[Entry], middle: list[Slot], kind: list[Slot], operation: Slot) -> Shape:
    """Return how a span is laid out: `before` is what stands before its first key."""
    slots = [
        Slot("trace_id", before + '{"traceId":'), Slot("span_id", ',"spanId":'), *middle, Slot("name", ',"name":'), *kind,
        Slot("begin", ("" if kind else ',"kind":1,') + '"startTimeUnixNano":'),
        Slot("end", ',"endTimeUnixNano":'),
        *(_attribute(each, "" if place else ',"attributes":[') for place, each in enumerate(fields)),
        operation, _STATUS,
    ]  # fmt: skip
    return Shape(slots, "}}")


_OPERATION = '{"key":"gen_ai.operation.name","value":{"stringValue":'


def _raw() -> Side:
    """Return how `spans.write` lays out a turn."""
    scope = f']}},"scopeSpans":[{{"scope":{{"name":"{SCOPE}"}},"spans":['
    service = Slot(
        "service_name",
        '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":',
        closing='"}}',
    )
    head = _span(scope, _HEAD, [], [], Slot("operation", f'{_OPERATION}"{ROOT}"}}}}', "", "", kind=FLAG))
    row = _span(
        "", _ROW, [Slot("parent_span_id", ',"parentSpanId":')], [Slot("kind", ',"kind":', "", ",", kind=NUMBER, gap=1)],
        Slot("operation", _OPERATION, closing='"}}'),
    )  # fmt: skip
    tail = f'],"schemaUrl":"{SCHEMA_URL}"}}],"schemaUrl":"{SCHEMA_URL}"}}]}}\n'
    return Side(Shape([service, *head.slots], "}},"), row, ",", tail)


def _record() -> Side:
    version = SCHEMA_URL.rpartition("/")[2]
    special = {
        "timestamp": Slot("timestamp", "", '"', 'Z"'),
        "started": Slot("started", "", '"', 'Z"'),
        "kind": Slot("kind", "", '"CLIENT"', "", '"INTERNAL"', FLAG),
        "status": Slot("status", "", '"ERROR"', "", '"UNSET"', FLAG),
        "duration": Slot("duration", "", "", ""),
        "semconv_version": Slot("semconv_version", "", f'"{version}"', "", kind=FLAG),
    }
    head = [each for each in INVENTORY.fields if each.name != "steps"]
    return Side(Shape(record_slots(head, special), ',"steps":['), Shape(record_slots(SPANS, special), "}"), ",", "]}\n")


def _work(block: Block, values: Values, fields: list[Entry], started: str) -> Worked:
    """Return which spans have ids, times and numbers as they must be, and the pieces of what is worked out of them."""
    good = block.are_hex(*values.of("trace_id"), 32) & block.are_hex(*values.of("span_id"), 16)
    begin, end = values.of("begin"), values.of("end")
    good &= block.are_digits(*begin, 19) & block.are_digits(*end, 19)
    good &= values.integers(block, [each.name for each in fields if each.type == "integer"])
    doubles = [each.name for each in fields if each.type == "number"]
    good &= values.numbers(block, doubles)
    for name in doubles:
        good &= (block.byte(values.of(name)[0]) != ord("n")) | ~values.there(name)
    begun, ended = (np.where(good, block.numbers(places[0], 16), 0) for places in (begin, end))
    nanos = [np.where(good, block.numbers(places[0] + 16, 3), 0) for places in (begin, end)]
    passed = (ended - begun) * 1000 + nanos[1] - nanos[0]
    good &= (passed >= 0) & (passed < LONGEST * 1_000_000_000)
    pieces = {
        started: _NUMERALS.moments(np.where(good, begun, 0)),
        "duration": _NUMERALS.durations(np.where(good, passed // 1000, 0)),
        "status": [], "semconv_version": [], "kind": [],
    }  # fmt: skip
    return good, {started: None, "duration": None, "semconv_version": None}, pieces


def _work_head(block: Block, values: Values) -> Worked:
    return _work(block, values, _HEAD, "timestamp")


def _work_row(block: Block, values: Values, heads: Values, lines: Ints) -> Worked:
    """Return what `_work` does; a step is also of its turn's trace, has a parent and a name, and is a chat or a call of a tool."""
    good, present, pieces = _work(block, values, _ROW, "started")
    own, turn = (block.windows(each.of("trace_id")[0], 32) for each in (values, heads))
    good &= (own == turn[lines]).all(axis=1)
    good &= block.are_hex(*values.of("parent_span_id"), 16)
    name = values.of("name")
    good &= name[1] > name[0]
    begins, ends = values.of("operation")
    good &= _is(block, begins, ends, "chat") | _is(block, begins, ends, "execute_tool")
    begins, ends = values.of("kind")
    mark = block.byte(begins)
    client = mark == _CLIENT
    good &= (ends - begins == 1) & (client | (mark == ord("1")))
    return good, {**present, "kind": client}, pieces


def _is(block: Block, begins: Ints, ends: Ints, text: str) -> Flags:
    wanted = np.frombuffer(text.encode(), np.uint8)
    return np.asarray((ends - begins == len(wanted)) & (block.windows(begins, len(wanted)) == wanted).all(axis=1))


COLUMNS = Nested(_raw(), _record(), _LITERALS, "traceId", _work_head, _work_row)
