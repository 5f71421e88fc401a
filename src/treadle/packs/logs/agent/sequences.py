"""What must hold between turns of a conversation; each rule with a change that breaks it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.packs.logs.domain import Fault, Recent, Record, SequenceRule, changed
from treadle.packs.logs.moments import micros, micros_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SHARED = ("agent_name", "provider", "request_model", "temperature", "max_tokens")


def _conversations(
    check: Callable[[Record, Record], Iterable[Fault]],
) -> Callable[[], Callable[[Record], Iterable[Fault]]]:
    """Return a rule on each turn and the one before it in its conversation."""

    def begin() -> Callable[[Record], Iterable[Fault]]:
        seen = Recent()

        def watch(record: Record) -> Iterator[Fault]:
            before = seen.get(record["conversation_id"])
            if before is not None:
                yield from check(before, record)
            seen.note(record["conversation_id"], record)

        return watch

    return begin


def _shares(before: Record, record: Record) -> Iterator[Fault]:
    for name in SHARED:
        if record[name] != before[name]:
            yield f"/{name}", f"{before[name]}, as before in {record['conversation_id']}", str(record[name])


def _next(before: Record, record: Record) -> Iterator[Fault]:
    if record["turn"] != before["turn"] + 1:
        yield "/turn", str(before["turn"] + 1), str(record["turn"])


def _waits(before: Record, record: Record) -> Iterator[Fault]:
    if micros_of(record["timestamp"]) < micros_of(before["timestamp"]) + micros(before["duration"]):
        yield "/timestamp", "behind the end of the turn before", record["timestamp"]


def _order() -> Callable[[Record], Iterable[Fault]]:
    last = [""]

    def watch(record: Record) -> Iterator[Fault]:
        if record["timestamp"] < last[0]:
            yield "/timestamp", f"not before {last[0]}", record["timestamp"]
        last[0] = record["timestamp"]

    return watch


def _traces() -> Callable[[Record], Iterable[Fault]]:
    seen = Recent()

    def watch(record: Record) -> Iterator[Fault]:
        if record["trace_id"] in seen:
            yield "/trace_id", "a trace that was not there before", record["trace_id"]
        seen.note(record["trace_id"], None)

    return watch


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
        return [changed(record, **values) if number == place else record for number, record in enumerate(records)]

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
    return (
        [changed(record, duration=3600.0) if number == before else record for number, record in enumerate(records)]
        if place - before < 20
        else None
    )


def _swapped(records: list[Record]) -> list[Record] | None:
    apart = records[-1]["conversation_id"] != records[-2]["conversation_id"]
    return [*records[:-2], records[-1], records[-2]] if apart else None


SEQUENCE_RULES = (
    SequenceRule(
        "conversation",
        "turns of a conversation share agent, model and settings",
        _conversations(_shares),
        _two_temperatures,
    ),
    SequenceRule("turns", "turns are counted", _conversations(_next), _change_turn(turn=99)),
    SequenceRule("waits", "a turn begins behind the end of the one before", _conversations(_waits), _slow_turn),
    SequenceRule("order", "records stand in the order of time", _order, _swapped),
    SequenceRule(
        "trace-twice",
        "no trace comes twice",
        _traces,
        lambda records: [*records[:-1], changed(records[-1], trace_id=records[0]["trace_id"])],
    ),
)
