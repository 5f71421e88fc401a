"""Pools: entries of several kinds from which the members of a set draw one each, matched in frequency band and in length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

DRAWS = 1 << 32
"""A pool is drawn from by integers in [0, DRAWS)."""


@dataclass(frozen=True)
class Entry:
    """One entry of a pool: its cell (the kind that it is of), its text, and how frequent it is ("" where that is not known)."""

    cell: str
    text: str
    band: str = ""


@dataclass(frozen=True)
class Pool:
    """Entries by cell and class; a class is a frequency band and a length, or a length and the next.

    `texts` are the different texts, `rows` the place of each entry's text, sorted by cell and class; `first` and `count`
    (n_cells, n_classes) say where the entries of each stand.
    """

    cells: tuple[str, ...]
    texts: tuple[str, ...]
    rows: Ints
    first: Ints
    count: Ints

    @classmethod
    def of(cls, entries: Iterable[Entry], *, slack: int) -> Pool:
        """Sort entries; those of a class are of one band, and their lengths differ by no more than `slack`."""
        listed = sorted(set(entries), key=lambda each: (each.cell, each.band, len(each.text), each.text))
        cells, texts = (tuple(dict.fromkeys(getattr(each, name) for each in listed)) for name in ("cell", "text"))
        place = {text: number for number, text in enumerate(texts)}
        kinds = sorted({(each.band, len(each.text) - less) for each in listed for less in range(slack + 1)})
        held: dict[tuple[str, str, int], list[int]] = {}
        for each in listed:
            for less in range(slack + 1):
                held.setdefault((each.cell, each.band, len(each.text) - less), []).append(place[each.text])
        groups = [held.get((cell, *kind), []) for cell in cells for kind in kinds]
        count = np.array([len(group) for group in groups], np.int64)
        shape = len(cells), len(kinds)
        rows = np.array([row for group in groups for row in group], np.int64)
        return cls(cells, texts, rows, (np.cumsum(count) - count).reshape(shape), count.reshape(shape))

    def draw(self, cells: Ints, of_class: Ints, of_entry: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        """Draw a text for each member of each set, all of one class where the cells of a set share any.

        `cells` (n, k) are the kinds of entries that the members of each set are to have, `of_class` and `of_entry` (n,) the draws
        of the sets. Members of one cell get one text. Returns the texts' places (n, k), and whether each set is matched (n,).
        """
        weights = self.count[cells[:, 0]]
        for column in range(1, cells.shape[1]):
            weights = np.minimum(weights, self.count[cells[:, column]])
        matched = weights.sum(axis=1) > 0
        chosen = np.empty_like(cells)
        for column in range(cells.shape[1]):
            cell = cells[:, column]
            kind = _weighted(np.where(matched[:, None], weights, self.count[cell]), of_class)
            chosen[:, column] = self.rows[self.first[cell, kind] + (self.count[cell, kind] * of_entry >> 32)]
        return chosen, matched


def _weighted(weights: Ints, draws: Ints) -> Ints:
    """Return a column of each row, likelier the greater its weight is."""
    running = weights.cumsum(axis=1)
    drawn: Ints = (running > (running[:, -1:] * draws[:, None] >> 32)).argmax(axis=1)
    return drawn
