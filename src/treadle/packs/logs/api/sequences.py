"""What must hold between requests; each rule with a change that breaks it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.packs.logs.domain import Fault, Recent, Record, SequenceRule
from treadle.packs.logs.moments import micros, micros_of
from treadle.packs.logs.sequences import at, in_order, once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def _parents() -> Callable[[Record], Iterable[Fault]]:
    seen = Recent()

    def watch(record: Record) -> Iterator[Fault]:
        seen.note(record["trace_id"] + record["span_id"], None)
        parent = record["parent_span_id"]
        if parent is not None and record["trace_id"] + parent not in seen:
            yield "/parent_span_id", "an earlier span of this trace", parent

    return watch


def _times() -> Callable[[Record], Iterable[Fault]]:
    seen = Recent()

    def watch(record: Record) -> Iterator[Fault]:
        begin = micros_of(record["timestamp"])
        end = begin + micros(record["duration"])
        seen.note(record["span_id"], (begin, end))
        first, last = seen.get(record["parent_span_id"] or "", (begin, end))
        if not first <= begin <= end <= last:
            yield "/duration", f"within its parent's {(last - first) / 1e6} s", str(record["duration"])

    return watch


def _visitors() -> Callable[[Record], Iterable[Fault]]:
    seen = Recent()

    def watch(record: Record) -> Iterator[Fault]:
        session, client = record["session_id"], record["client_address"]
        if session is not None:
            if seen.get(session, client) != client:
                yield "/client_address", f"{seen[session]}, as in all of session {session}", client
            seen.note(session, seen.get(session, client))

    return watch


def _calls(records: list[Record]) -> Iterator[int]:
    """Yield the places of calls whose root stands before them."""
    yield from (number for number, record in enumerate(records) if number and record["parent_span_id"] is not None)


def _repeat(records: list[Record]) -> list[Record] | None:
    leaves = [number for number, record in enumerate(records) if record["parent_span_id"] is not None]
    return at(records, leaves[-1], span_id=records[0]["span_id"]) if len(leaves) > 1 else None


def _earlier(records: list[Record]) -> list[Record] | None:
    alone = [
        number
        for number, record in enumerate(records[:-1])
        if number and record["parent_span_id"] is None and records[number + 1]["parent_span_id"] is None
    ]
    return at(records, alone[-1], timestamp="2026-03-01T23:59:59.000000Z") if alone else None


def _orphan(records: list[Record]) -> list[Record] | None:
    place = next(_calls(records), None)
    return None if place is None else at(records, place, parent_span_id="00000000000000ff")


def _longer(records: list[Record]) -> list[Record] | None:
    place = next(_calls(records), None)
    return None if place is None else at(records, place, duration=records[place - 1]["duration"] + 30.0)


def _elsewhere(records: list[Record]) -> list[Record] | None:
    first = next((each for each in records if each["session_id"] is not None), None)
    later = [
        number
        for number, each in enumerate(records)
        if first and each["session_id"] == first["session_id"] and each["service_name"] != "edge"
    ]
    return at(records, later[-1], client_address="203.0.113.255") if later else None


SEQUENCE_RULES = (
    SequenceRule("span-twice", "no span comes twice", once("span_id", "span"), _repeat),
    SequenceRule("order", "records stand in the order of time", in_order, _earlier),
    SequenceRule("orphan", "a parent is an earlier span of the same trace", _parents, _orphan),
    SequenceRule("nested", "a span lies within its parent's time", _times, _longer),
    SequenceRule("visitor", "a session has one client", _visitors, _elsewhere),
)
