"""What is newest while passes go over texts: the text of each row, and where its spans stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from treadle.edits import DAMAGED, Pass
from treadle.pieces import gather_index, starts
from treadle.spans import Spans, code_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.corrupt.passes import Settled
    from treadle.corrupt.texts import Bools
    from treadle.pieces import Ids, Ints, Ragged


class Newest:
    """The newest text of each row, all in one buffer that grows."""

    def __init__(self, count: int) -> None:
        """Hold no text of `count` rows yet."""
        self.held = np.zeros(count, np.bool_)
        self._bounds = np.zeros((count, 2), np.int64)
        self._data, self._size = np.empty(1 << 20, np.uint8), 0

    def put(self, rows: Ints, texts: pa.Array) -> None:
        """Take new texts of some rows."""
        _, bounds, values = texts.buffers()
        offsets = np.frombuffer(bounds, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        first, stop = int(offsets[0]), int(offsets[-1])
        while self._size + stop - first > len(self._data):
            self._data = np.concatenate([self._data, np.empty_like(self._data)])
        if stop > first:
            self._data[self._size : self._size + stop - first] = np.frombuffer(values, np.uint8)[first:stop]
        moved = offsets + (self._size - first)
        self._bounds[rows, 0], self._bounds[rows, 1] = moved[:-1], moved[1:]
        self.held[rows] = True
        self._size += stop - first

    def take(self, rows: Ints) -> pa.Array:
        """Return the newest texts of rows: one take, of every other stretch of the buffer."""
        offsets = np.append(self._bounds[rows].reshape(-1), self._size)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(self._data)]
        stretches = pa.Array.from_buffers(pa.large_string(), 2 * len(rows), buffers)
        return stretches.take(pa.array(np.arange(0, 2 * len(rows), 2)))


@dataclass
class Marks:
    """Spans by text while passes go over it, (n,) each, and whether each is whole; `bounds` are those of the texts among them."""

    row: Ints
    start: Ints
    end: Ints
    label: Ids
    whole: Bools
    bounds: Ints

    @classmethod
    def of(cls, columns: Sequence[tuple[Ragged, Spans]], lengths: Ints, read: Bools, wanted: Bools) -> Marks:
        """Take the rows and spans of several columns, of as many rows each; of the spans those whose label is read.

        `lengths` are those of all pieces, in code points; `wanted` tells of each text whether its spans are.
        """
        parts: list[tuple[Ints, Ints, Ints, Ids]] = []
        for number, (rows, spans) in enumerate(columns):
            here = wanted[number * len(rows) : (number + 1) * len(rows)]
            mine = np.flatnonzero(read[spans.label] & here[spans.row])
            chosen = np.flatnonzero(here)
            # The pieces of the texts wanted alone are added up: spans move with theirs.
            place, origin = np.cumsum(here) - 1, rows.offsets
            few = rows.take(chosen)
            row = place[spans.row[mine]]
            moved = few.offsets[row] - origin[spans.row[mine]]
            own = Spans(row, spans.first[mine] + moved, spans.stop[mine] + moved, spans.label[mine], Spans.none().value)
            parts.append((spans.row[mine] + number * len(rows), *code_points(lengths, few, own), own.label))
        row, start, end, label = (np.concatenate(each) for each in zip(*parts, strict=True))
        total = sum(len(rows) for rows, _ in columns)
        bounds = starts(np.bincount(row, minlength=total).astype(np.int64))
        return cls(row, start, end, label.astype(np.int32), np.ones(len(row), np.bool_), bounds)

    def places(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return the places of the spans of some texts, and the bounds of each text's among them."""
        return gather_index(self.bounds, rows)

    def follow(self, text: Ints, edits: Settled) -> None:
        """Follow the spans through a pass; `text` (n_edits,) is the text of each edit."""
        for kind in (edits.place >= 0, edits.place < 0):
            own = np.flatnonzero(kind)
            if own.size:
                own = own[np.lexsort((edits.start[own], text[own]))]
                one = edits.take(own)
                self._moved(text[own], Pass(text[own], one.start, one.end, one.place, one.before, one.after))

    def _moved(self, text: Ints, own: Pass) -> None:
        mine, _ = self.places(text[np.flatnonzero(np.diff(text, prepend=-1))])
        moved = own.remap(self.row[mine], self.start[mine], self.end[mine])
        self.start[mine], self.end[mine] = moved.start, moved.end
        self.whole[mine] &= (moved.state < DAMAGED) & (moved.end > moved.start)
