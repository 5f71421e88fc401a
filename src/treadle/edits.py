"""Edits: every fault as a reversible change of a text, in passes, with places that follow spans through them.

An edit says: in pass `p`, the code points [start, end) of the text as that pass found it became `after` (`before` is what stood
there). Edits of one pass in one text are sorted and disjoint. A *reorder* is a set of edits with a `place` each: neighbouring
segments, of which the one with place 0 then stands first, and so on. Passes apply one after the other, each to the output of
the one before; inversion runs them backwards.

Texts are Arrow large_string arrays. A pass cuts the text's buffer at the edits' bounds (offsets only, no copy), puts the
replacements behind the segments, and takes once (`splicing`). Offsets are Unicode code points, end-exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treadle.errors import EditError
from treadle.splicing import Cut, spliced

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from treadle.pieces import Ints

    Bools = NDArray[np.bool_]

SCHEMA = pa.schema(
    [
        pa.field("record", pa.int64(), nullable=False),
        pa.field("field", pa.string(), nullable=False),
        pa.field("pass", pa.int32(), nullable=False),
        pa.field("start", pa.int64(), nullable=False),
        pa.field("end", pa.int64(), nullable=False),
        pa.field("place", pa.int64()),
        pa.field("before", pa.large_string(), nullable=False),
        pa.field("after", pa.large_string(), nullable=False),
        pa.field("operator", pa.string(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("severity", pa.float64(), nullable=False),
        pa.field("label_effect", pa.string(), nullable=False),
        pa.field("final_start", pa.int64()),
        pa.field("final_end", pa.int64()),
    ]
)
"""The edits table. `severity` is in [0, 1], `label_effect` one of none, up, down and by score, `final_*` null where the place is
gone."""

_DEFAULTS: dict[str, Any] = {  # values of several types
    "pass": 0,
    "place": None,
    "operator": "",
    "family": "",
    "severity": 0.0,
    "label_effect": "none",
    "final_start": None,
    "final_end": None,
}
INTACT, DAMAGED, GONE = 0, 1, 2
"""What became of a span: it holds its surface, an edit changed its surface, or nothing of it is left in one place."""


class Remapped(NamedTuple):
    """Places after a pass or several: starts and ends (n,), and a state each."""

    start: Ints
    end: Ints
    state: NDArray[np.int8]


@dataclass(frozen=True)
class Edits:
    """The edits of one text field of some records, as a table of `SCHEMA`, sorted by pass, record and start."""

    table: pa.Table

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Edits:  # values of several types
        """Make edits from dicts with at least record, field, start, end, before and after; what is left out takes its default."""
        table = pa.Table.from_pylist([{**_DEFAULTS, **row} for row in rows], schema=SCHEMA)
        return cls(
            table.sort_by(
                [("pass", "ascending"), ("record", "ascending"), ("start", "ascending"), ("end", "ascending")]
            )
        )

    def __len__(self) -> int:
        """Return the number of edits."""
        return int(self.table.num_rows)

    def ints(self, name: str) -> Ints:
        """Return an integer column (n,); -1 stands for null."""
        column = self.table.column(name)
        values: Ints = (column.fill_null(-1) if column.null_count else column).to_numpy().astype(np.int64)
        return values

    def texts(self, name: str) -> pa.Array:
        """Return a text column as one array."""
        return self.table.column(name).combine_chunks().cast(pa.large_string())

    def turns(self) -> list[Ints]:
        """Return the places, in the table, of the edits that can be put in together, in the order in which that is done.

        The first passes that texts get make one turn, whatever their numbers are, their second ones the next: no text knows of
        another, and so a few turns do what scores of passes do. Those that reorder have turns of their own. Within a turn edits
        are sorted by record and start. Raises `EditError` where a pass does both.
        """
        if not len(self):
            return []
        record, number, place = map(self.ints, ("record", "pass", "place"))
        order = np.lexsort((self.ints("end"), self.ints("start"), number, record))
        record, number, moves = record[order], number[order], place[order] >= 0
        new = np.ones(len(order), np.bool_)
        new[1:] = (record[1:] != record[:-1]) | (number[1:] != number[:-1])
        if (~new[1:] & (moves[1:] != moves[:-1])).any():
            raise EditError("a pass either replaces or reorders: give every edit of it a place, or none")
        first = np.flatnonzero(np.diff(record, prepend=record[0] - 1))
        nth = np.cumsum(new)
        before = np.repeat(nth[first], np.diff(np.append(first, len(record))))
        turn = 2 * (nth - before) + moves
        return [order[turn == each] for each in np.unique(turn).tolist()]


def apply(texts: pa.Array, edits: Edits, records: Ints) -> pa.Array:
    """Return the texts after all passes; `records` (n_texts,) are their record numbers, ascending.

    Raises `EditError` where edits overlap, lie outside their text, or `before` is not what stands there.
    """
    for _, each in _in_turn(edits, records):
        texts = each.apply(texts)
    return texts


def invert(texts: pa.Array, edits: Edits, records: Ints) -> pa.Array:
    """Return the texts as they were before all passes; the opposite of `apply`, with the same errors."""
    for _, each in reversed(_in_turn(edits, records)):
        texts = each.invert(texts)
    return texts


def remap(row: Ints, start: Ints, end: Ints, edits: Edits, records: Ints) -> Remapped:
    """Follow spans [start, end) of the texts `row` (indices into `records`) through all passes.

    A span moves with the text around it. Text inserted at its very start or end stays outside. A change inside it leaves it damaged
    with the bounds of what it became; one that takes all of it leaves it gone where nothing replaces it. A reorder moves spans that
    lie in one segment, and those over several that stay together; others are gone.
    """
    state, start, end = np.zeros(len(row), np.int8), start.copy(), end.copy()
    for _, own in _in_turn(edits, records):
        mine = np.flatnonzero(own.touches(len(records))[row])
        moved = own.remap(row[mine], start[mine], end[mine])
        start[mine], end[mine], state[mine] = moved.start, moved.end, np.maximum(state[mine], moved.state)
    return Remapped(start, end, state)


def with_final_places(edits: Edits, records: Ints) -> Edits:
    """Return the edits with `final_start` and `final_end`: where what each put in stands after all passes, null where gone."""
    size = len(edits)
    row, start, end = (np.zeros(size, np.int64) for _ in range(3))
    state, done = np.zeros(size, np.int8), np.zeros(0, np.int64)
    for mine, own in _in_turn(edits, records):
        earlier = done[own.touches(len(records))[row[done]]]
        moved = own.remap(row[earlier], start[earlier], end[earlier])
        start[earlier], end[earlier], state[earlier] = moved.start, moved.end, np.maximum(state[earlier], moved.state)
        row[mine] = own.row
        start[mine], end[mine] = own.outcome()
        done = np.concatenate([done, mine])
    table = edits.table
    for name, values in (("final_start", start), ("final_end", end)):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, SCHEMA.field(name), pa.array(values, mask=state == GONE))
    return Edits(table)


def _in_turn(edits: Edits, records: Ints) -> list[tuple[Ints, Pass]]:
    """Return the turns of edits: their places in the table, and what they do to the texts."""
    record = edits.ints("record")
    row = np.searchsorted(records, record)
    if len(edits) and not len(records):
        raise EditError("there are edits and no texts: take the answer key that belongs to this file")
    if len(edits) and not np.array_equal(records[np.minimum(row, len(records) - 1)], record):
        raise EditError(
            "the edits name records that are not among the texts: take the answer key that belongs to this file"
        )
    start, end, place = map(edits.ints, ("start", "end", "place"))
    before, after = map(edits.texts, ("before", "after"))
    return [
        (
            mine,
            Pass(
                row[mine], start[mine], end[mine], place[mine], before.take(pa.array(mine)), after.take(pa.array(mine))
            ),
        )
        for mine in edits.turns()
    ]


class Pass:
    """The edits of one pass, by text: `row`, `start`, `end` (n,), what stood there and what comes, and `place` where they reorder.

    A text that has no place among the edits' is not touched. Raises `EditError` where edits overlap.
    """

    def __init__(  # noqa: PLR0917  # the columns of a table
        self, row: Ints, start: Ints, end: Ints, place: Ints, before: pa.Array, after: pa.Array
    ) -> None:
        """Take edits sorted by text and start; `place` (n,) is -1 for what is replaced."""
        self.row, self.start, self.end, self._before, self._after = row, start, end, before, after
        if (place >= 0).any() and (place < 0).any():
            raise EditError("a pass either replaces or reorders: give every edit of it a place, or none")
        self.first = np.flatnonzero(np.diff(row, prepend=-1)) if len(row) else np.zeros(0, np.int64)
        self.place = self._places(place) if (place >= 0).any() else None
        self._check_order()

    def touches(self, count: int) -> Bools:
        """Tell of each of `count` texts whether the pass changes it."""
        touched = np.zeros(count, np.bool_)
        touched[self.row] = True
        return touched

    def _places(self, place: Ints) -> Ints:
        """Return for each edit the edit, of the same text, that stands in its segment after the reorder."""
        counts = np.diff(np.append(self.first, len(place)))
        target = np.repeat(self.first, counts) + place
        if (place >= np.repeat(counts, counts)).any() or len(np.unique(target)) != len(target):
            raise EditError("the places of a reorder are not 0, 1, 2, ... once each within its text")
        source = np.empty(len(place), np.int64)
        source[target] = np.arange(len(place))
        return source

    def _check_order(self) -> None:
        same = self.row[1:] == self.row[:-1]
        if (self.end < self.start).any() or (self.start < 0).any():
            raise EditError("an edit ends before it starts")
        if (same & (self.start[1:] < self.end[:-1])).any():
            raise EditError("edits of one pass overlap: each may only touch text that no other touches")
        if (same & (self.start[1:] == self.start[:-1]) & (self.end[1:] == self.end[:-1])).any():
            raise EditError("two insertions stand at one place in one pass: make them one")
        if self.place is not None and (same & (self.start[1:] != self.end[:-1])).any():
            raise EditError("the segments of a reorder leave a gap: make them neighbours")

    def after(self) -> pa.Array:
        """Return what each edit puts in the place of its own stretch."""
        return self._after if self.place is None else self._before.take(pa.array(self.place))

    def outcome(self) -> tuple[Ints, Ints]:
        """Return where each edit's own text stands after this pass."""
        start, end = self._lands
        if self.place is None:
            return start, end
        where = np.empty(len(start), np.int64)
        where[self.place] = np.arange(len(start))
        return start[where], end[where]

    @cached_property
    def _lands(self) -> tuple[Ints, Ints]:
        """Where each edited stretch stands after the pass."""
        new = _lengths(self.after())
        grown = np.cumsum(new - (self.end - self.start))
        before = grown - (new - (self.end - self.start))
        counts = np.diff(np.append(self.first, len(self.row)))
        shift = before - np.repeat(before[self.first], counts)
        return self.start + shift, self.start + shift + new

    def apply(self, texts: pa.Array) -> pa.Array:
        """Replace each stretch by what comes there, once `before` is seen to stand there."""
        return _replaced(texts, self.row, self.start, self.end, old=self._before, new=self.after())

    def invert(self, texts: pa.Array) -> pa.Array:
        """Put back what stood there, once `after` is seen to stand there."""
        start, end = self._lands
        return _replaced(texts, self.row, start, end, old=self.after(), new=self._before)

    def remap(self, row: Ints, start: Ints, end: Ints) -> Remapped:
        """Move spans as this pass moves the text around them."""
        if not len(self.row) or not len(row):
            return Remapped(start, end, np.zeros(len(row), np.int8))
        landed_start, landed_end = self._lands
        key = int(max(self.end.max(), end.max() if len(end) else 0)) + 2
        opens, closes = self.row * key + self.start, self.row * key + self.end
        first = np.maximum(
            np.searchsorted(closes, row * key + start, side="right"), np.searchsorted(self.row, row, side="left")
        )
        first = self._after_insertions(first, row, start)
        stop = np.maximum(np.searchsorted(opens, row * key + end, side="left"), first)
        shift_start = self._shift(first, row, landed_end)
        shift_end = self._shift(stop, row, landed_end)
        new_start, new_end = start + shift_start, end + shift_end
        touched = stop > first
        if self.place is not None:
            return self._reordered(row, start, end, first, stop, new_start, new_end)
        return self._damaged(start, end, first, stop, new_start, new_end, touched, landed_start, landed_end)

    def _after_insertions(self, first: Ints, row: Ints, start: Ints) -> Ints:
        """Step over an insertion that stands at the very start of a span: it stays outside."""
        at = np.minimum(first, len(self.row) - 1)
        outside = (first < len(self.row)) & (self.row[at] == row) & (self.start[at] == start) & (self.end[at] == start)
        stepped: Ints = first + outside
        return stepped

    def _shift(self, upto: Ints, row: Ints, landed_end: Ints) -> Ints:
        """Return how far the text behind the edits before `upto` of the same row has moved."""
        last = np.maximum(upto - 1, 0)
        there = (upto > 0) & (self.row[last] == row)
        return np.where(there, landed_end[last] - self.end[last], 0)

    def _damaged(  # noqa: PLR0917  # one step of remap, taken out so that both can be read
        self, start: Ints, end: Ints, first: Ints, stop: Ints, new_start: Ints, new_end: Ints, touched: Bools, landed_start: Ints,
        landed_end: Ints,
    ) -> Remapped:  # fmt: skip
        """Give spans that edits touch the bounds of what they became."""
        one, last = np.minimum(first, len(self.row) - 1), np.maximum(stop - 1, 0)
        over_start = touched & (self.start[one] < start)
        over_end = touched & (self.end[last] > end)
        new_start = np.where(over_start, landed_end[one], new_start)
        new_end = np.where(over_end, landed_start[last], new_end)
        whole = touched & (first == stop - 1) & (self.start[one] <= start) & (self.end[one] >= end)
        new_start = np.where(whole, landed_start[one], new_start)
        new_end = np.where(whole, landed_end[one], new_end)
        state = np.where(touched, DAMAGED, INTACT)
        state = np.where(touched & (new_end <= new_start), GONE, state)
        return Remapped(new_start, np.maximum(new_end, new_start), state.astype(np.int8))

    def _reordered(  # noqa: PLR0917  # one step of remap, taken out so that both can be read
        self, row: Ints, start: Ints, end: Ints, first: Ints, stop: Ints, new_start: Ints, new_end: Ints
    ) -> Remapped:
        """Move spans with their segment; those over several segments are kept where the segments stay together in order."""
        where = np.empty(len(self.row), np.int64)
        where[self.place] = np.arange(len(self.row))
        landed_start, _ = self._lands
        one, last = np.minimum(first, len(self.row) - 1), np.maximum(stop - 1, 0)
        inside = (stop > first) & (self.row[one] == row) & (self.start[one] <= start) & (self.end[last] >= end)
        together = inside & (where[last] - where[one] == last - one)
        for step in range(1, int((last - one)[together].max(initial=0)) + 1):
            middle = np.minimum(one + step, len(self.row) - 1)
            together &= (one + step > last) | (where[middle] == where[one] + step)
        moved = landed_start[where[one]] - self.start[one]
        outside = stop <= first
        state = np.where(outside | together, INTACT, GONE).astype(np.int8)
        return Remapped(
            np.where(together, start + moved, np.where(outside, new_start, 0)),
            np.where(together, end + moved, np.where(outside, new_end, 0)),
            state,
        )


def _lengths(texts: pa.Array) -> Ints:
    """Return lengths in code points."""
    lengths: Ints = pc.utf8_length(texts).to_numpy(zero_copy_only=False).astype(np.int64)
    return lengths


def _replaced(texts: pa.Array, row: Ints, start: Ints, end: Ints, *, old: pa.Array, new: pa.Array) -> pa.Array:
    """Return texts in which each stretch, seen to hold `old`, holds `new`."""
    if not len(row):
        return texts
    cut = Cut(texts)
    return spliced(texts, row, cut.byte(row, start), cut.byte(row, end), new, old=old)
