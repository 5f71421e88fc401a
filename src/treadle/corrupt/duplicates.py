"""Duplicates: records that copy an earlier one, which is no duplicate itself, and agrees with them in what the recipe says must.

A duplicate has the facts and the final texts of the record that it copies, and a number, a family of faults and a key of its own:
its edits lead back to the texts that it would have had.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from treadle import draw
from treadle.columns import Category, Rewritten, Written
from treadle.corrupt.characters import keyboard_typo
from treadle.corrupt.choosing import ALWAYS
from treadle.corrupt.guarding import unguarded
from treadle.corrupt.lines import trailing_spaces
from treadle.corrupt.passes import applied, settle
from treadle.corrupt.texts import Texts
from treadle.pieces import PLAIN, render

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from treadle.columns import Column
    from treadle.corrupt.operators import Setting
    from treadle.draw import States
    from treadle.pieces import Ints, PieceTable

FAR = 4096
"""A duplicate copies one of so many records before it."""
TRIES = 24
"""So many earlier records are looked at; a record for which none of them fits is no duplicate."""
SLIPS = ALWAYS // 200
"""The rate at which words, and ends of lines, of a near duplicate differ."""


@dataclass(frozen=True)
class Donors:
    """Records that are copied: their numbers, ascending, (m,), all their columns, and those of their texts with faults."""

    records: NDArray[np.uint64]
    columns: Mapping[str, Column]
    faulted: Mapping[str, Column]

    def texts(self, name: str, which: Ints, table: PieceTable) -> pa.Array:
        """Return the final texts of some donors, null as nothing."""
        column = self.faulted.get(name, self.columns[name]).take(which)
        if isinstance(column, Rewritten):
            return column.to_arrow(table).fill_null("")
        if not isinstance(column, Written):
            raise TypeError(f"field {name!r} is no text")
        return render(table.written(PLAIN), column.rows)


def earlier(
    records: NDArray[np.uint64],
    states: States,
    facts: Callable[[NDArray[np.uint64]], Mapping[str, Column]],
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
