"""Rules between records that several domains have: order of time, nothing twice, what follows in a chain of records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.packs.logs.domain import Fault, Recent, Record, changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Watch = Callable[[Record], Iterable[Fault]]


def in_order() -> Watch:
    """Begin to watch that records stand in the order of time."""
    last = [""]

    def watch(record: Record) -> Iterator[Fault]:
        if record["timestamp"] < last[0]:
            yield "/timestamp", f"not before {last[0]}", record["timestamp"]
        last[0] = record["timestamp"]

    return watch


def once(name: str, what: str) -> Callable[[], Watch]:
    """Return a rule that no value of a field comes twice."""

    def begin() -> Watch:
        seen = Recent()

        def watch(record: Record) -> Iterator[Fault]:
            if record[name] in seen:
                yield f"/{name}", f"a {what} that was not there before", record[name]
            seen.note(record[name], None)

        return watch

    return begin


def chained(key: str, check: Callable[[Record, Record], Iterable[Fault]]) -> Callable[[], Watch]:
    """Return a rule on each record and the one before it among those with the same `key`."""

    def begin() -> Watch:
        seen = Recent()

        def watch(record: Record) -> Iterator[Fault]:
            before = seen.get(record[key])
            if before is not None:
                yield from check(before, record)
            seen.note(record[key], record)

        return watch

    return begin


def shared(key: str, names: Sequence[str]) -> Callable[[], Watch]:
    """Return a rule that records with the same `key` agree in some fields."""

    def check(before: Record, record: Record) -> Iterator[Fault]:
        for name in names:
            if record[name] != before[name]:
                yield f"/{name}", f"{before[name]}, as before in {record[key]}", str(record[name])

    return chained(key, check)


def at(records: list[Record], place: int, **values: Any) -> list[Record]:  # noqa: ANN401  # JSON values
    """Return records with other values in one of them."""
    return [changed(record, **values) if number == place else record for number, record in enumerate(records)]


def swapped(key: str) -> Callable[[list[Record]], list[Record] | None]:
    """Return what swaps the last two records, where they belong to different chains."""
    return lambda records: [*records[:-2], records[-1], records[-2]] if records[-1][key] != records[-2][key] else None
