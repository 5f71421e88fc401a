"""Reading lines by columns: those that are laid out as our writer lays them out, thousands at a time; the others are left over.

A line is taken where it has the shape, which is proven by writing it again from the values found and comparing the bytes, and
where each value stands as Python would write it once it had read it, so that its bytes can be copied. Whatever differs goes the
exact way, line by line, and gives the same record or the same error as ever.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treadle.packs.logs.blocks import Block, gathered
from treadle.packs.logs.shapes import Literals, Slot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from treadle.packs.logs.inventory import Entry
    from treadle.packs.logs.shapes import Found, Shape

    Ids = NDArray[np.int32]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_EPOCH = date(1970, 1, 1)
_DAY = 86_400_000_000
_LEAST = 100
"""Microseconds below which Python writes seconds with an exponent."""
LONGEST = 1_000
"""Seconds that are written by table; what takes longer goes the exact way."""


@dataclass(frozen=True)
class Taken:
    """Lines that were read by columns: which (n,), and where each begins; their records as JSON lines, and where each ends.

    The record of a line that is left over ends where the one before does.
    """

    good: Flags
    begins: Ints
    lines: memoryview
    ends: Ints

    def runs(self) -> Iterator[tuple[int, int, bool]]:
        """Yield stretches of lines that were all read, or all left over, as first, last + 1, and whether they were read."""
        cuts = np.concatenate([[0], np.flatnonzero(np.diff(self.good)) + 1, [len(self.good)]]).tolist()
        for first, last in pairwise(cuts):
            if first < last:
                yield first, last, bool(self.good[first])

    def without_neighbours(self) -> Taken:
        """Return what is left where lines next to those that are left over are left over too, and the first and the last."""
        inner = self.good.copy()
        inner[1:] &= self.good[:-1]
        inner[:-1] &= self.good[1:]
        inner[:1] = inner[-1:] = False
        return replace(self, good=inner)

    def records(self, first: int, last: int) -> memoryview:
        """Return the records of lines first..last-1."""
        return self.lines[int(self.ends[first - 1]) if first else 0 : int(self.ends[last - 1])]


class Numerals:
    """Times and durations as pieces: tables of what stands in them."""

    def __init__(self, literals: Literals) -> None:
        """Take where the pieces are listed."""
        self._literals = literals
        three = [f"{number:03d}" for number in range(1000)]
        self._three, self._stripped = literals.all(three), literals.all([each.rstrip("0") for each in three])
        self._tenths = literals.all([each.rstrip("0") or "0" for each in three])
        self._hours = literals.all([f"T{number:02d}:" for number in range(24)])
        self._minutes = literals.all([f"{number:02d}:" for number in range(60)])
        self._seconds = literals.all([f"{number:02d}." for number in range(60)])
        self._wholes = literals.all([f"{number}." for number in range(LONGEST)])
        self._least = literals.all([repr(number / 1_000_000) for number in range(_LEAST)])

    def moments(self, micros: Ints) -> list[Ids]:
        """Return times given as microseconds since 1970 as pieces: six of them, up to the microseconds."""
        days, rest = np.divmod(micros, _DAY)
        different, which = np.unique(days, return_inverse=True)
        texts = self._literals.all([str(_EPOCH + timedelta(days=day)) for day in different.tolist()])
        rest, micro = np.divmod(rest, 1_000_000)
        minutes, second = np.divmod(rest, 60)
        hour, minute = np.divmod(minutes, 60)
        tables = (self._hours[hour], self._minutes[minute], self._seconds[second])
        return [texts[which], *tables, self._three[micro // 1000], self._three[micro % 1000]]

    def durations(self, micros: Ints) -> list[Ids]:
        """Return microseconds, below `LONGEST` seconds, as pieces of seconds as Python writes them: three of them."""
        whole, rest = np.divmod(micros, 1_000_000)
        first, last = np.divmod(rest, 1000)
        least = micros < _LEAST
        leading = np.where(least, self._least[np.minimum(micros, _LEAST - 1)], self._wholes[whole])
        middle = np.where(last > 0, self._three[first], self._tenths[first])
        return [leading, np.where(least, 0, middle).astype(np.int32), np.where(least, 0, self._stripped[last])]


class Values:
    """The values of lines (n,) as a matrix of places: where each begins and ends, in the order of a shape's slots."""

    def __init__(self, shape: Shape, found: Found, limits: tuple[Ints, Ints]) -> None:
        """Take what was found of lines, and where these begin and end; lines whose values are out of order are not `sane`."""
        names = [slot.name for slot in shape.slots]
        self.column = {name: place for place, name in enumerate(names)}
        self._present = found.present
        first, last = limits
        self.begins = np.empty((len(first), len(names)), np.int64)
        self.ends = np.empty_like(self.begins)
        before = first
        self.sane = np.ones(len(first), np.bool_)
        for place, name in enumerate(names):
            begin, end, present = found.begins[name], found.ends[name], found.present[name]
            if present is not None:
                begin, end = np.where(present, begin, before), np.where(present, end, before)
            self.sane &= (before <= begin) & (begin <= end)
            self.begins[:, place], self.ends[:, place] = begin, end
            before = end
        self.sane &= before <= last
        self.forget(~self.sane, first)

    def forget(self, lines: Flags, at: Ints) -> None:
        """Give lines no values: all are empty, and stand at a place."""
        self.begins[lines] = self.ends[lines] = at[lines, None]

    def of(self, name: str) -> tuple[Ints, Ints]:
        """Return where the values of a slot begin and end."""
        place = self.column[name]
        return self.begins[:, place], self.ends[:, place]

    def numbers(self, block: Block, names: Sequence[str]) -> Flags:
        """Tell in which lines these values are numbers as Python writes them, or null, where they are there."""
        places = [self.column[name] for name in names]
        begins, ends = self.begins[:, places], self.ends[:, places]
        known = block.are_numbers(begins.reshape(-1), ends.reshape(-1)).reshape(begins.shape)
        return np.asarray((known | ~np.stack([self.there(name) for name in names], axis=1)).all(axis=1))

    def integers(self, block: Block, names: Sequence[str]) -> Flags:
        """Tell in which lines these values are integers, where they are there."""
        places = [self.column[name] for name in names]
        begins, ends = self.begins[:, places], self.ends[:, places]
        whole = block.are_integers(begins.reshape(-1), ends.reshape(-1)).reshape(begins.shape)
        return np.asarray((whole | ~np.stack([self.there(name) for name in names], axis=1)).all(axis=1))

    def there(self, name: str) -> Flags:
        """Tell in which lines a value is there."""
        present = self._present[name]
        return np.ones(len(self.sane), np.bool_) if present is None else present


def matrix(pieces: Sequence[Ids | int], rows: int) -> Ids:
    """Return pieces side by side (rows, columns)."""
    made = np.empty((rows, len(pieces)), np.int32)
    for place, each in enumerate(pieces):
        made[:, place] = each
    return made


def same_lines(block: Block, written: tuple[NDArray[np.uint8], Ints]) -> Flags:
    """Tell which lines of a block are those that were written again, given with the place of each one's end."""
    data, ends = written
    if len(data) == len(block.bytes) and np.array_equal(data, block.bytes):
        return np.ones(len(ends), np.bool_)
    rows = [_rows(data, np.concatenate([[0], ends])), _rows(block.bytes, np.append(block.begins, len(block.raw)))]
    return np.asarray(pc.equal(*rows))


def _rows(data: NDArray[np.uint8], offsets: Ints) -> pa.Array:
    buffers = [None, pa.py_buffer(np.ascontiguousarray(offsets, np.int64)), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)


def record_slots(entries: Sequence[Entry], special: Mapping[str, Slot]) -> list[Slot]:
    """Return the slots of a record as a JSON line, in the order of its fields; `special` has those that are laid out otherwise."""
    made = []
    for place, entry in enumerate(entries):
        before = ("," if place else "{") + f'"{entry.name}":'
        quote = '"' if entry.type == "string" else ""
        slot = special.get(entry.name, Slot(entry.name, "", quote, quote, "null" if entry.nullable else None))
        made.append(Slot(entry.name, before, slot.opening, slot.closing, slot.absent, slot.kind))
    return made


@dataclass(frozen=True)
class Columnar:
    """A reader of lines of which each holds one record: the shapes of both, and what is worked out of the values that were found.

    `work` is shown a block and the values, and returns which lines can be taken, whether flags are there, and the pieces of values
    that are no copies, by the names of the record's slots.
    """

    raw: Shape
    record: Shape
    literals: Literals
    work: Callable[[Block, Values], tuple[Flags, dict[str, Flags | None], dict[str, list[Ids]]]]

    def read(self, raw: bytes) -> Taken:
        """Return what was read of lines, each with its line break."""
        block = Block(raw)
        found, _ = self.raw.walk(block, block.first, block.ends)
        values = Values(self.raw, found, (block.begins, block.ends))
        good, present, pieces = self.work(block, values)
        good &= values.sane & ~block.odd
        rows, width = values.begins.shape
        self.raw.laid(self.literals, found.present, {})  # so that all literals have their numbers
        self.record.laid(self.literals, found.present | present, {})
        base = len(self.literals.texts) + 2 * width * np.arange(rows)
        copied = {name: [(base + 2 * place).astype(np.int32)] for name, place in values.column.items()}
        elements = pa.concat_arrays(
            [self.literals.array(), block.texts(values.begins.reshape(-1), values.ends.reshape(-1))]
        )
        again = self._written(elements, self.raw.laid(self.literals, found.present, copied), rows)
        good &= same_lines(block, again)
        made, ends = self._written(
            elements, self.record.laid(self.literals, found.present | present, copied | pieces), rows
        )
        return kept(block, made, ends, good)

    @staticmethod
    def _written(elements: pa.Array, pieces: Sequence[Ids | int], rows: int) -> tuple[NDArray[np.uint8], Ints]:
        ids = matrix(pieces, rows)
        data, ends = gathered(elements, ids)
        return data, ends[ids.shape[1] - 1 :: ids.shape[1]]


def kept(block: Block, made: NDArray[np.uint8], ends: Ints, good: Flags) -> Taken:
    """Return the records of good lines alone, given all of them and the place of each one's end."""
    if good.all():
        return Taken(good, block.begins, memoryview(made.data), ends)
    rows = _rows(made, np.concatenate([[0], ends])).filter(pa.array(good))
    sizes = np.where(good, np.diff(ends, prepend=0), 0)
    data = rows.buffers()[2]
    return Taken(good, block.begins, memoryview(data if data is not None else b""), np.cumsum(sizes))
