"""What is newest while passes go over texts: the text of each row, and where its spans stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from treadle.edits import DAMAGED, Pass
from treadle.pieces import gather_index

if TYPE_CHECKING:
    from treadle.corrupt.passes import Settled
    from treadle.corrupt.texts import Bools
    from treadle.pieces import Ids, Ints


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
    """Spans by text while passes go over it, and whether each is whole; `passed` counts the passes they were followed through."""

    row: Ints
    start: Ints
    end: Ints
    label: Ids
    whole: Bools
    bounds: Ints
    passed: int = 0

    def of(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return the places of the spans of some texts, and the bounds of each text's among them."""
        return gather_index(self.bounds, rows)

    def follow(self, rows: Ints, edits: Settled) -> None:
        """Follow the spans through a pass over some rows."""
        order = np.lexsort((edits.start, rows[edits.row]))
        place = np.full(len(order), -1) if edits.place is None else edits.place
        row, start, end, place = (each[order] for each in (rows[edits.row], edits.start, edits.end, place))
        taken = pa.array(order)
        mine, _ = self.of(np.unique(row))
        own = Pass(row, start, end, place, edits.before.take(taken), edits.after.take(taken))
        moved = own.remap(self.row[mine], self.start[mine], self.end[mine])
        self.start[mine], self.end[mine] = moved.start, moved.end
        self.whole[mine] &= (moved.state < DAMAGED) & (moved.end > moved.start)
        self.passed += 1
