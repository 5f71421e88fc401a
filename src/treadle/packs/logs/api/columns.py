"""OTLP/JSON of API records, read by columns where it is laid out as the generator does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from treadle.packs.logs.api.raw import INVENTORY, SCHEMA_URL, SCOPE
from treadle.packs.logs.columnar import LONGEST, Columnar, Numerals, record_slots
from treadle.packs.logs.shapes import FLAG, Literals, Shape, Slot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle.packs.logs.blocks import Block
    from treadle.packs.logs.columnar import Values
    from treadle.packs.logs.inventory import Entry

    Flags = NDArray[np.bool_]
    Ids = NDArray[np.int32]

_LISTED = "http_request_header_referer"
_ATTRIBUTES = [each for each in INVENTORY.fields if each.attribute and not each.resource]
_LAST = next(each for each in _ATTRIBUTES if not each.nullable)
_INTEGERS = [each.name for each in _ATTRIBUTES if each.type == "integer"]
_LITERALS = Literals()
_NUMERALS = Numerals(_LITERALS)


def _attribute(entry: Entry, before: str = "", behind: str = ",") -> Slot:
    kind = "intValue" if entry.type == "integer" else "stringValue"
    opening, closing = f'{{"key":"{entry.attribute}","value":{{"{kind}":"', '"}}' + behind
    if entry.name == _LISTED:
        opening = f'{{"key":"{entry.attribute}","value":{{"arrayValue":{{"values":[{{"stringValue":"'
        closing = '"}]}}}' + behind
    if not entry.nullable:
        return Slot(entry.name, before + opening.removesuffix('"'), '"', closing)
    return Slot(entry.name, before, opening, closing, "", probe=1)


def _raw() -> Shape:
    """Return how `spans.write` lays out a record."""
    plain = [each for each in _ATTRIBUTES if each is not _LAST]
    slots = [
        Slot("service_name", '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":',
             closing='"}}'),
        Slot("trace_id", f']}},"scopeSpans":[{{"scope":{{"name":"{SCOPE}"}},"spans":[{{"traceId":'),
        Slot("span_id", ',"spanId":'),
        Slot("parent_span_id", "", ',"parentSpanId":"', '"', "", probe=0),
        Slot("span_name", ',"name":'),
        Slot("begin", ',"kind":2,"startTimeUnixNano":'),
        Slot("end", ',"endTimeUnixNano":'),
        *(_attribute(each, "" if place else ',"attributes":[') for place, each in enumerate(plain)),
        _attribute(_LAST, behind=""),
        Slot("status", '],"status":{', '"code":2', "", "", FLAG, probe=0),
    ]  # fmt: skip
    return Shape(slots, f'}}}}],"schemaUrl":"{SCHEMA_URL}"}}],"schemaUrl":"{SCHEMA_URL}"}}]}}\n')


def _record() -> Shape:
    version = SCHEMA_URL.rpartition("/")[2]
    special = {
        "timestamp": Slot("timestamp", "", '"', 'Z"'),
        "span_kind": Slot("span_kind", "", '"SERVER"', "", kind=FLAG),
        "status": Slot("status", "", '"ERROR"', "", '"UNSET"', FLAG),
        "duration": Slot("duration", "", "", ""),
        "semconv_version": Slot("semconv_version", "", f'"{version}"', "", kind=FLAG),
    }
    return Shape(record_slots(INVENTORY.fields, special), "}\n")


def _work(block: Block, values: Values) -> tuple[Flags, dict[str, Flags | None], dict[str, list[Ids]]]:
    """Return which lines have ids, times and integers as they must be, and the pieces of what is worked out of them."""
    good = block.are_hex(*values.of("trace_id"), 32) & block.are_hex(*values.of("span_id"), 16)
    good &= block.are_hex(*values.of("parent_span_id"), 16) | ~values.there("parent_span_id")
    begin, end = values.of("begin"), values.of("end")
    good &= block.are_digits(*begin, 19) & block.are_digits(*end, 19)
    name = values.of("span_name")
    good &= name[1] > name[0]
    good &= values.integers(block, _INTEGERS)
    started, ended = (np.where(good, block.numbers(places[0], 16), 0) for places in (begin, end))
    nanos = [np.where(good, block.numbers(places[0] + 16, 3), 0) for places in (begin, end)]
    passed = (ended - started) * 1000 + nanos[1] - nanos[0]
    good &= (passed >= 0) & (passed < LONGEST * 1_000_000_000)
    present: dict[str, Flags | None] = {"timestamp": None, "span_kind": None, "duration": None, "semconv_version": None}
    pieces: dict[str, list[Ids]] = {
        "timestamp": _NUMERALS.moments(np.where(good, started, 0)),
        "duration": _NUMERALS.durations(np.where(good, passed // 1000, 0)),
        "span_kind": [], "status": [], "semconv_version": [],
    }  # fmt: skip
    return good, present, pieces


COLUMNS = Columnar(_raw(), _record(), _LITERALS, _work)
