"""Overlay: a table of pieces with further ones behind those of another, which is left as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from treadle.pieces import PieceTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from treadle.pieces import Escape, Ints


class Overlay(PieceTable):
    """A table with further pieces behind those of another one, which is left as it is."""

    def __init__(self, below: PieceTable) -> None:
        """Begin with all pieces of the table below."""
        super().__init__()
        self._below, self._size = below, len(below)
        self.texts = list(below.texts)

    def add(self, text: str) -> int:
        """Return the id of `text` among the further pieces, adding it where it is new."""
        return super().add(text)

    def extend(self, texts: Iterable[str]) -> None:
        """Add texts in their order, each as a further piece of its own: long ones are not worth looking up."""
        self.texts += texts

    def written(self, escape: Escape) -> pa.Array:
        """Return all pieces as an Arrow string array; those below are not written again."""
        size, array = self._arrays.get(escape.name, (0, None))
        if size != len(self.texts):
            more = pa.array([escape(text) for text in self.texts[self._size :]], pa.large_string())
            array = pa.concat_arrays([self._below.written(escape).slice(0, self._size), more])
            self._arrays[escape.name] = (len(self.texts), array)
        return array

    def lengths(self) -> Ints:
        """Return the length of every piece in code points, shape (n_pieces,)."""
        if len(self._lengths) != len(self.texts):
            more = np.array([len(text) for text in self.texts[self._size :]], np.int64)
            self._lengths = np.concatenate([self._below.lengths()[: self._size], more])
        return self._lengths
