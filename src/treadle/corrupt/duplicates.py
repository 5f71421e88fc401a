"""Duplicates: records that copy an earlier one, which is no duplicate itself, and agrees with them in what the recipe says must.

A duplicate has the facts and the final texts of the record that it copies, and a number, a family of faults and a key of its own:
its edits lead back to the texts that it would have had.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from treadle import draw
from treadle.columns import Category
from treadle.corrupt.characters import keyboard_typo
from treadle.corrupt.choosing import ALWAYS
from treadle.corrupt.guarding import unguarded
from treadle.corrupt.lines import trailing_spaces
from treadle.corrupt.passes import applied, settle
from treadle.corrupt.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from treadle.columns import Column
    from treadle.corrupt.operators import Setting
    from treadle.draw import States
    from treadle.pieces import Ints

    Facts = Callable[[NDArray[np.uint64]], Mapping[str, Column]]

FAR = 4096
"""A duplicate copies one of so many records before it."""
TRIES = 24
"""So many earlier records are looked at; a record for which none of them fits is no duplicate."""
SLIPS = ALWAYS // 200
"""The rate at which words, and ends of lines, of a near duplicate differ."""


@dataclass(frozen=True)
class Duplicates:
    """Records that are to be duplicates, (n,): their numbers, which operator makes them so, a state each, and what they copy."""

    records: NDArray[np.uint64]
    operator: Ints
    states: States
    source: NDArray[np.uint64]

    @classmethod
    def none(cls) -> Duplicates:
        """Return no duplicates."""
        nothing = np.zeros(0, np.uint64)
        return cls(nothing, np.zeros(0, np.int64), nothing, nothing)

    def among(self, records: NDArray[np.uint64]) -> Copies:
        """Return where these and what they copy stand among records; those of which either is not there are left out."""
        rows, which = _places(records, self.records), _places(records, self.source)
        there = np.flatnonzero((rows >= 0) & (which >= 0))
        return Copies(rows[there], self.operator[there], self.states[there], which[there])


@dataclass(frozen=True)
class Copies:
    """Rows of a batch that are duplicates, (n,), the operator that makes each one, its state, and the row that it copies."""

    rows: Ints
    operator: Ints
    states: States
    which: Ints


def _places(records: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> Ints:
    """Return where records stand among others, -1 for those that do not."""
    if not len(records):
        return np.full(len(wanted), -1)
    order = np.argsort(records, kind="stable")
    place = order[np.minimum(np.searchsorted(records[order], wanted), len(records) - 1)]
    return np.where(records[place] == wanted, place, -1)


def earlier(
    records: NDArray[np.uint64],
    states: States,
    facts: Facts,
    by: str,
    same: list[str],
) -> NDArray[np.int64]:
    """Return for each record the earlier one that it copies, -1 where none that was looked at fits.

    One fits that agrees in the fields `same` and whose family of faults, in the field `by`, is another: so it is no duplicate.
    `facts` returns these fields for any records.
    """
    numbers = records.astype(np.int64)
    reach = np.minimum(numbers, FAR)
    own = facts(records)
    found = np.full(len(records), -1)
    waiting = np.flatnonzero(reach > 0)
    for turn in range(TRIES):
        candidates = numbers[waiting] - 1 - draw.below(states[waiting], turn, reach[waiting])
        theirs = facts(candidates.astype(np.uint64))
        fits = np.logical_and.reduce([_codes(own[name])[waiting] == _codes(theirs[name]) for name in same])
        fits &= _codes(own[by])[waiting] != _codes(theirs[by])
        found[waiting[fits]] = candidates[fits]
        waiting = waiting[~fits]
        if not waiting.size:
            break
    return found


def _codes(column: Column) -> Ints:
    if not isinstance(column, Category):
        raise TypeError(f"a {column.type.kind} has no codes")
    return column.codes


def nearly(texts: pa.Array, states: States, setting: Setting) -> pa.Array:
    """Return texts with a slip here and there, so that they are copies but for that."""
    for operator in (keyboard_typo, trailing_spaces):
        held = Texts(texts, states)
        texts = applied(held, settle(held, unguarded(held, operator(held, setting, SLIPS))))
    return texts
