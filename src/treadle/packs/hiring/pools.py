"""Pools: entries of several kinds from which the members of a set get one each, all of a class whose entries match one another."""

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


@dataclass(frozen=True, order=True)
class Entry:
    """One entry of a pool: its cell (the kind that it is of), the class of those that it matches, and its text."""

    cell: str
    match: str
    text: str


@dataclass(frozen=True)
class Pool:
    """Entries by cell and class.

    `texts` are the different texts, `rows` the place of each entry's text, sorted by cell and class; `first` and `count`
    (n_cells, n_classes) say where the entries of each stand.
    """

    cells: tuple[str, ...]
    classes: tuple[str, ...]
    texts: tuple[str, ...]
    rows: Ints
    first: Ints
    count: Ints

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Pool:
        """Sort entries."""
        listed = sorted(set(entries))
        cells, classes, texts = (sorted({getattr(each, name) for each in listed}) for name in ("cell", "match", "text"))
        at = {cell: number for number, cell in enumerate(cells)}
        kind = {match: number for number, match in enumerate(classes)}
        place = {text: number for number, text in enumerate(texts)}
        count = np.zeros((len(cells), len(classes)), np.int64)
        for each in listed:
            count[at[each.cell], kind[each.match]] += 1
        first = (np.cumsum(count) - count.ravel()).reshape(count.shape)
        rows = np.array([place[each.text] for each in listed], np.int64)
        return cls(tuple(cells), tuple(classes), tuple(texts), rows, first, count)

    def draw(self, cells: Ints, of_class: Ints, of_entry: Ints) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        """Draw a text for each member of each set, all of one class where the cells of a set have any in common.

        `cells` (n, k) are the kinds of entries that the members of each set are to have, `of_class` and `of_entry` (n,) the draws
        of the sets. Members of one cell get one text. Returns the texts' places (n, k), the class of each set's first, and whether
        each set is matched (n,).
        """
        weights = self.count[cells[:, 0]]
        for column in range(1, cells.shape[1]):
            weights = np.minimum(weights, self.count[cells[:, column]])
        matched = weights.sum(axis=1) > 0
        chosen, classes = np.empty_like(cells), np.empty_like(cells)
        for column in range(cells.shape[1]):
            cell = cells[:, column]
            kind = _weighted(np.where(matched[:, None], weights, self.count[cell]), of_class)
            chosen[:, column] = self.rows[self.first[cell, kind] + (self.count[cell, kind] * of_entry >> 32)]
            classes[:, column] = kind
        return chosen, classes[:, 0], matched


def by_length(entries: Iterable[tuple[str, str]]) -> list[Entry]:
    """Return (cell, text) pairs as entries of classes whose texts differ in length by one character at most: each is in two."""
    return [Entry(cell, f"{len(text) - less:04}", text) for cell, text in entries for less in (0, 1)]


def _weighted(weights: Ints, draws: Ints) -> Ints:
    """Return a column of each row, likelier the greater its weight is."""
    running = weights.cumsum(axis=1)
    drawn: Ints = (running > (running[:, -1:] * draws[:, None] >> 32)).argmax(axis=1)
    return drawn
