"""Passes: what an operator wants to change, settled into edits (sorted, disjoint, cut between characters), and applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treadle.corrupt.texts import Stretches
from treadle.splicing import spliced

if TYPE_CHECKING:
    from treadle.corrupt.operators import Changes
    from treadle.corrupt.texts import Bools, Texts
    from treadle.pieces import Ints


class Settled(NamedTuple):
    """The edits of one pass: the text of each, its bounds in bytes and in code points, what stood there and what comes, (n,) each.

    `place` is -1 but for reorders.
    """

    row: Ints
    first: Ints
    stop: Ints
    start: Ints
    end: Ints
    before: pa.Array
    after: pa.Array
    place: Ints

    def take(self, chosen: Ints) -> Settled:
        """Return the edits chosen."""
        row, first, stop, start, end, before, after, place = self
        row, first, stop, start, end, place = (each[chosen] for each in (row, first, stop, start, end, place))
        strings = pa.array(chosen)
        return Settled(row, first, stop, start, end, before.take(strings), after.take(strings), place)


def settle(texts: Texts, changes: Changes) -> Settled:
    """Return the edits that changes come to.

    Of overlapping changes the first stays; a change inside a character, and one that changes nothing, is left out. A reorder stays
    whole or, where one of its cuts falls inside a character, is left out for its text.
    """
    order = np.lexsort((changes.end, changes.start, changes.row))
    row, first, stop = changes.row[order], changes.start[order], changes.end[order]
    place = np.full(len(row), -1) if changes.place is None else changes.place[order]
    before, after = texts.strings(Stretches(row, first, stop)), changes.after.take(pa.array(order))
    whole = texts.is_cut(first) & texts.is_cut(stop)
    kept = whole & _disjoint(row, first, stop) & pc.not_equal(before, after).to_numpy(zero_copy_only=False)
    moves = np.flatnonzero(place >= 0)
    if moves.size:
        spoilt = np.zeros(len(texts), np.bool_)
        spoilt[row[moves[~whole[moves]]]] = True
        kept[moves] = ~spoilt[row[moves]] & _moved(row[moves], place[moves])
        source = np.arange(len(row))
        source[moves] = len(row) + moves[_source(row[moves], place[moves])]
        after = pa.concat_arrays([after, before]).take(pa.array(source))
    start, end = texts.code_points(row, first), texts.code_points(row, stop)
    settled = Settled(row, first, stop, start, end, before, after, place)
    return settled if kept.all() else settled.take(np.flatnonzero(kept))


def _disjoint(row: Ints, first: Ints, stop: Ints) -> Bools:
    """Tell which changes begin behind all earlier ones of their text; of two insertions at one place the first stays."""
    if not len(row):
        return np.zeros(0, np.bool_)
    before = np.concatenate(
        [[-1], np.maximum.accumulate(stop)[:-1]]
    )  # bytes run on over texts: no text's reaches the next
    clear = first >= before
    twin = np.zeros(len(row), np.bool_)
    twin[1:] = (first[1:] == first[:-1]) & (stop[1:] == stop[:-1]) & (row[1:] == row[:-1])
    disjoint = clear & ~twin
    # An insertion where the change before it ends would stand at the bound of both: it is left out.
    touching = np.zeros(len(row), np.bool_)
    touching[1:] = (first[1:] == stop[1:]) & (first[1:] == stop[:-1]) & (row[1:] == row[:-1])
    return disjoint & ~touching


def _moved(row: Ints, place: Ints) -> Bools:
    """Tell of each segment whether the order of its text changes at all."""
    if not len(row):
        return np.zeros(0, np.bool_)
    new = np.flatnonzero(np.diff(row, prepend=-1))
    number = np.arange(len(row)) - np.repeat(new, np.diff(np.append(new, len(row))))
    changed = np.maximum.reduceat((number != place).astype(np.int8), new) > 0
    moved: Bools = np.repeat(changed, np.diff(np.append(new, len(row))))
    return moved


def _source(row: Ints, place: Ints) -> Ints:
    """Return for each segment the one that comes to stand in its place."""
    new = np.flatnonzero(np.diff(row, prepend=-1)) if len(row) else np.zeros(0, np.int64)
    base = np.repeat(new, np.diff(np.append(new, len(row))))
    source = np.empty(len(row), np.int64)
    source[base + place] = np.arange(len(row))
    return source


def applied(texts: Texts, edits: Settled) -> pa.Array:
    """Return the texts after the pass: one cut and one take."""
    if not len(edits.row):
        return texts.array
    return spliced(texts.array, edits.row, edits.first + texts.origin, edits.stop + texts.origin, edits.after)
