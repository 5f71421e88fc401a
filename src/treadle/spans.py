"""Spans: stretches of pieces that express a fact. The lengths of all pieces are known, so code points are running sums."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from treadle.pieces import Ragged, stack, starts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.pieces import Ids, Ints


@dataclass(frozen=True)
class Spans:
    """Stretches of pieces that express a fact, in the order of their rows.

    `row` (n,) is the row of the text column, `first` and `stop` (n,) bound the stretch in the flat ids, end-exclusive, `label` (n,)
    indexes the plan's span labels and `value` holds the canonical value of each as a row of pieces.
    """

    row: Ints
    first: Ints
    stop: Ints
    label: Ids
    value: Ragged

    @classmethod
    @cache
    def none(cls) -> Spans:
        """Return no spans."""
        empty = np.zeros(0, np.int64)
        return cls(empty, empty, empty, np.zeros(0, np.int32), Ragged(np.zeros(0, np.int32), np.zeros(1, np.int64)))

    def __len__(self) -> int:
        """Return the number of spans."""
        return len(self.row)

    def sorted(self) -> Spans:
        """Return them by row and first piece; of two that start together the longer comes first."""
        order = np.lexsort((-self.stop, self.first))
        return self.take(order)

    def take(self, order: Ints) -> Spans:
        """Return the spans chosen, in that order."""
        return Spans(self.row[order], self.first[order], self.stop[order], self.label[order], self.value.take(order))

    @classmethod
    def together(cls, several: Sequence[Spans]) -> Spans:
        """Put several span lists over the same flat ids into one, in order."""
        filled = [spans for spans in several if len(spans)]
        if not filled:
            return cls.none()
        value = stack([spans.value for spans in filled])
        row, first, stop, label = (
            np.concatenate([getattr(spans, name) for spans in filled]) for name in ("row", "first", "stop", "label")
        )
        return cls(row, first, stop, label, value).sorted()


def code_points(lengths: Ints, rows: Ragged, spans: Spans) -> tuple[Ints, Ints]:
    """Return the start and end of each span in code points from the start of its text, end-exclusive."""
    before = starts(lengths[rows.ids])
    origin = before[rows.offsets[spans.row]]
    return before[spans.first] - origin, before[spans.stop] - origin
