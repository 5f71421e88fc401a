"""What must hold between turns of a conversation; each rule with a change that breaks it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.packs.logs.domain import Fault, Record, SequenceRule, changed
from treadle.packs.logs.moments import micros, micros_of
from treadle.packs.logs.sequences import at, chained, in_order, once, shared, swapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHARED = ("agent_name", "provider", "request_model", "temperature", "max_tokens")


def _next(before: Record, record: Record) -> Iterator[Fault]:
    if record["turn"] != before["turn"] + 1:
        yield "/turn", str(before["turn"] + 1), str(record["turn"])


def _waits(before: Record, record: Record) -> Iterator[Fault]:
    if micros_of(record["timestamp"]) < micros_of(before["timestamp"]) + micros(before["duration"]):
        yield "/timestamp", "behind the end of the turn before", record["timestamp"]


def _later_turn(records: list[Record]) -> int | None:
    """Return the place of the last turn that has one before it."""
    first: dict[str, int] = {}
    found = None
    for number, record in enumerate(records):
        if record["conversation_id"] in first:
            found = number
        first.setdefault(record["conversation_id"], number)
    return found


def _change_turn(**values: Any) -> Callable[[list[Record]], list[Record] | None]:  # noqa: ANN401  # JSON values
    def change(records: list[Record]) -> list[Record] | None:
        place = _later_turn(records)
        if place is None:
            return None
        return at(records, place, **values)

    return change


def _two_temperatures(records: list[Record]) -> list[Record] | None:
    place = _later_turn(records)
    return None if place is None else _change_turn(temperature=round(records[place]["temperature"] + 0.5, 1))(records)


def _slow_turn(records: list[Record]) -> list[Record] | None:
    """Let a turn take so long that the next one of its conversation begins before."""
    place = _later_turn(records)
    if place is None:
        return None
    before = max(
        number for number in range(place) if records[number]["conversation_id"] == records[place]["conversation_id"]
    )
    return at(records, before, duration=3600.0) if place - before < 20 else None


SEQUENCE_RULES = (
    SequenceRule(
        "conversation",
        "turns of a conversation share agent, model and settings",
        shared("conversation_id", SHARED),
        _two_temperatures,
    ),
    SequenceRule("turns", "turns are counted", chained("conversation_id", _next), _change_turn(turn=99)),
    SequenceRule(
        "waits", "a turn begins behind the end of the one before", chained("conversation_id", _waits), _slow_turn
    ),
    SequenceRule("order", "records stand in the order of time", in_order, swapped("conversation_id")),
    SequenceRule(
        "trace-twice",
        "no trace comes twice",
        once("trace_id", "trace"),
        lambda records: [*records[:-1], changed(records[-1], trace_id=records[0]["trace_id"])],
    ),
)
