"""Splicing: texts with new stretches, made by one cut of their buffer and one take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from treadle.errors import EditError
from treadle.pieces import starts

if TYPE_CHECKING:
    from treadle.pieces import Ints


def spliced(
    texts: pa.Array, row: Ints, first: Ints, stop: Ints, new: pa.Array, *, old: pa.Array | None = None
) -> pa.Array:
    """Return texts with new stretches: one cut and one take.

    `first` and `stop` (n,) are bytes from the start of the texts' buffer, at bounds of characters, and disjoint in each text; with
    `old` what stands there must be that, or `EditError` is raised.
    """
    _, bounds, values = texts.buffers()
    offsets = np.frombuffer(bounds, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    per_row = np.bincount(row, minlength=len(texts))
    segment = starts((1 + 2 * per_row).astype(np.int64))
    nth = np.arange(len(row)) - np.repeat(np.cumsum(per_row) - per_row, per_row)
    edited = segment[row] + 1 + 2 * nth
    cuts = np.empty(segment[-1] + 1, np.int64)
    cuts[segment[:-1]], cuts[-1] = offsets[:-1], offsets[-1]
    cuts[edited], cuts[edited + 1] = first, stop
    buffers = [None, pa.py_buffer(cuts), values if values is not None else pa.py_buffer(b"")]
    segments = pa.Array.from_buffers(pa.large_string(), len(cuts) - 1, buffers)
    if old is not None and not segments.take(pa.array(edited)).equals(old):
        raise EditError(
            "an edit does not fit the text: what it says stands there does not; take the answer key that belongs to it"
        )
    order = np.arange(len(segments))
    order[edited] = len(segments) + np.arange(len(row))
    taken = pa.concat_arrays([segments, new]).take(pa.array(order))
    ends = pa.py_buffer(np.ascontiguousarray(np.frombuffer(taken.buffers()[1], np.int64)[segment]))
    return pa.Array.from_buffers(pa.large_string(), len(texts), [None, ends, taken.buffers()[2]])


class Cut:
    """The bytes of a text column, and where each of its code points begins."""

    def __init__(self, texts: pa.Array) -> None:
        """Take the column; raises `EditError` for one that is no large_string array without nulls."""
        if texts.type != pa.large_string() or texts.null_count:
            raise EditError(
                f"texts of type {texts.type} with {texts.null_count} nulls: expected large_string without nulls"
            )
        _, bounds, values = texts.buffers()
        self.bounds = np.frombuffer(bounds, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        self.values = values if values is not None else pa.py_buffer(b"")
        data = np.frombuffer(self.values, np.uint8)[: int(self.bounds[-1])]
        self._begins = np.append(np.flatnonzero((data & 0xC0) != 0x80), len(data))  # all but UTF-8 continuation bytes
        self._before = np.searchsorted(self._begins, self.bounds)

    def byte(self, row: Ints, place: Ints) -> Ints:
        """Return the byte at which a code point of a text begins."""
        at = self._before[row] + place
        if (at > self._before[row + 1]).any():
            raise EditError("an edit lies outside its text: take the answer key that belongs to it")
        begins: Ints = self._begins[at]
        return begins
