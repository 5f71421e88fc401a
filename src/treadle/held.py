"""What columns hold, whatever their kind: where values are, and how they are printed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from treadle.columns import Children, Lists, Objects, Rewritten
from treadle.pieces import rows_of, starts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from treadle.columns import Column
    from treadle.pieces import Ragged

Many = TypeVar("Many", bound="Lists | Children")


def both_valid(columns: Sequence[Column]) -> NDArray[np.bool_] | None:
    """Return where all columns hold a value; None where they always do."""
    masks = [column.valid for column in columns if column.valid is not None]
    return np.logical_and.reduce(masks) if masks else None


def printed(column: Column) -> Ragged:
    """Return the pieces of each row of a column of single values; raises `TypeError` for lists, children and objects."""
    if isinstance(column, Lists | Children | Objects):
        raise TypeError(f"a {column.type.kind} is several values a row")
    if isinstance(column, Rewritten):
        raise TypeError("a text with faults is in no table of pieces")
    return column.printed()


def emptied(column: Many, kept: NDArray[np.bool_]) -> Many:
    """Return lists or children of which those not kept hold nothing, so that no other field reads what is absent."""
    lengths = np.where(kept, column.lengths, 0)
    items, offsets = np.flatnonzero(kept[rows_of(column.offsets)]), starts(lengths)
    if isinstance(column, Lists):
        return replace(column, codes=column.codes[items], offsets=offsets)
    return replace(column, rows=column.rows.take(items), offsets=offsets)
