"""Many lines at once, seen as one buffer of bytes: where their texts stand, and which bytes are there.

The lines are JSON, one value a line. Nothing is parsed: the quotes are found, and the rest goes by their ranks; `Block.first`
has that of the first quote of each line.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Bytes = NDArray[np.uint8]

_QUOTE, _BACKSLASH, _COMMA, _LINE, _DEL = (ord(each) for each in '"\\,\n ')
_ESCAPES = np.isin(np.arange(256), np.frombuffer(b'"\\nrtbf', np.uint8))
"""What stands behind a backslash where JSON is written in the one way that Python and the generator write it."""
_DIGITS = np.isin(np.arange(256), np.frombuffer(b"0123456789", np.uint8))
_HEX = np.isin(np.arange(256), np.frombuffer(b"0123456789abcdef", np.uint8))
_LONGEST_NUMBER = 16


def _automaton() -> tuple[Ints, Flags]:
    """Return the automaton that reads numbers: the next state times 256, by state times 256 plus byte, and where it may end."""
    zero, some, point = "0", "123456789", "."
    arcs = {
        "start": {"-": "minus", zero: "zero", some: "whole", "n": "n"},
        "minus": {zero: "minus zero", some: "whole"},
        "zero": {point: "zero point"},
        "minus zero": {point: "zero point"},
        "whole": {zero + some: "whole", point: "point"},
        "point": {zero: "first zero", some: "digit"},
        "first zero": {zero: "more zeros", some: "digit"},
        "digit": {zero: "more zeros", some: "digit"},
        "more zeros": {zero: "more zeros", some: "digit"},
        "zero point": {zero: "0.0", some: "digit"},
        "0.0": {zero: "0.00", some: "digit"},
        "0.00": {zero: "0.000", some: "digit"},
        "0.000": {some: "digit"},
        "n": {"u": "nu"},
        "nu": {"l": "nul"},
        "nul": {"l": "null"},
        "null": {},
        "dead": {},
    }
    names = {name: number for number, name in enumerate(arcs)}
    table = np.full(len(arcs) * 256, names["dead"] * 256, np.int64)
    for name, following in arcs.items():
        for marks, behind in following.items():
            for mark in marks:
                table[names[name] * 256 + ord(mark)] = names[behind] * 256
    accepted = {"zero", "whole", "first zero", "digit", "0.0", "null"}
    return table, np.array([name in accepted for name in arcs])


_NUMBERS, _ACCEPTED = _automaton()


@dataclass(frozen=True)
class Block:
    """Lines that end with a line break each, as bytes (m,)."""

    raw: bytes

    @cached_property
    def bytes(self) -> Bytes:
        """The bytes."""
        return np.frombuffer(self.raw, np.uint8)

    @cached_property
    def ends(self) -> Ints:
        """The place behind the last byte of each line (n,), where its line break stands."""
        return np.asarray(self._controls[self.bytes[self._controls] == _LINE])

    @cached_property
    def _controls(self) -> Ints:
        return np.flatnonzero(self.bytes < _DEL)

    @cached_property
    def begins(self) -> Ints:
        """The place of the first byte of each line (n,)."""
        return np.concatenate([[0], self.ends + 1])[:-1]

    @cached_property
    def quotes(self) -> Ints:
        """The places of all quotes that are not escaped, and behind them the end of the block."""
        found = np.flatnonzero(self.bytes == _QUOTE)
        if self.backslashes.size:
            escaped = np.zeros(len(self.raw) + 1, np.bool_)
            escaped[self._escaped] = True
            found = found[~escaped[found]]
        return np.append(found, [len(self.raw)] * 2)

    @cached_property
    def first(self) -> Ints:
        """The rank of the first quote of each line (n,)."""
        return np.searchsorted(self.quotes, self.begins)

    @cached_property
    def commas(self) -> Ints:
        """The places of all commas, and behind them the end of the block."""
        return np.append(np.flatnonzero(self.bytes == _COMMA), len(self.raw))

    @cached_property
    def backslashes(self) -> Ints:
        """The places of all backslashes that are not escaped themselves."""
        if b"\\" not in self.raw:
            return np.zeros(0, np.int64)
        found = np.flatnonzero(self.bytes == _BACKSLASH)
        begins = np.concatenate([[True], np.diff(found) != 1])
        run = found[np.maximum.accumulate(np.where(begins, np.arange(len(found)), 0))]
        return np.asarray(found[(found - run) % 2 == 0])

    @property
    def _escaped(self) -> Ints:
        return self.backslashes + 1

    @cached_property
    def odd(self) -> Flags:
        """Whether a line (n,) has bytes that stand in no text of JSON, or escapes that could be written in another way."""
        odd = np.zeros(len(self.ends), np.bool_)
        controls = self._controls
        if controls.size != self.ends.size:
            odd[self.line_of(controls[self.bytes[controls] != _LINE])] = True
        if self.backslashes.size:
            wrong = self.backslashes[~_ESCAPES[self.bytes[self._escaped]]]
            odd[self.line_of(wrong)] = True
        return odd

    def line_of(self, places: Ints) -> Ints:
        """Return the line that each place is in."""
        return np.searchsorted(self.ends, places)

    def quote(self, ranks: Ints) -> Ints:
        """Return the places of quotes by rank; behind the last there are none but the end."""
        return np.take(self.quotes, ranks, mode="clip")

    def is_text(self, ranks: Ints, text: str, telling: int) -> Flags:
        """Tell which texts, by the rank of the quote before, are as long as `text`, with the same byte at `telling`."""
        wanted = text.encode()
        begin, end = self.quote(ranks), self.quote(ranks + 1)
        same = end - begin - 1 == len(wanted)
        return same if telling < 0 else np.asarray(same & (self.byte(begin + 1 + telling) == wanted[telling]))

    def byte(self, places: Ints) -> Bytes:
        """Return the bytes at places, zero behind the end of the block."""
        return np.take(self._padded, places, mode="clip")

    def windows(self, places: Ints, size: int) -> Bytes:
        """Return so many bytes (n, size) from each place on, zero behind the end of the block."""
        every = np.ndarray((len(self._padded) - size + 1,), f"V{size}", self._padded, strides=(1,))
        return np.frombuffer(np.ascontiguousarray(every[places]), np.uint8).reshape(-1, size)

    @cached_property
    def _padded(self) -> Bytes:
        return np.concatenate([self.bytes, np.zeros(64, np.uint8)])

    def texts(self, begins: Ints, ends: Ints) -> pa.Array:
        """Return stretches in the order of their places as an array (k,), without a copy; what lies between two is an element too.

        The element of stretch i is 2 * i.
        """
        offsets = np.empty(2 * len(begins) + 1, np.int64)
        offsets[0:-1:2], offsets[1::2], offsets[-1] = begins, ends, len(self.raw)
        return pa.Array.from_buffers(
            pa.large_binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(self.raw)]
        )

    def are_hex(self, begins: Ints, ends: Ints, digits: int) -> Flags:
        """Tell which stretches are so many hex digits in small letters, not all zero."""
        held = self.windows(begins, digits)
        return np.asarray((ends - begins == digits) & _HEX[held].all(axis=1) & (held != ord("0")).any(axis=1))

    def are_integers(self, begins: Ints, ends: Ints) -> Flags:
        """Tell which stretches are integers of at most 18 digits as Python writes them."""
        size = ends - begins
        width = int(min(19, size.max(initial=1)))
        held = self.windows(begins, width)
        inside = np.arange(width) < size[:, None]
        minus = (held[:, 0] == ord("-")) & (size > 1)
        digits = _DIGITS[held] | ~inside
        digits[:, 0] |= minus
        leading = np.where(minus, held[:, 1] if width > 1 else 0, held[:, 0])
        whole = (leading != ord("0")) | ((size == 1) & ~minus)
        return np.asarray((size > 0) & (size - minus <= 18) & digits.all(axis=1) & whole)

    def are_numbers(self, begins: Ints, ends: Ints) -> Flags:
        """Tell which stretches are null, or numbers of at most 16 characters as Python writes what it read.

        These are integers without leading zeros, and decimals from 0.0001 on without closing ones: float64 holds 15 digits, and
        gives them back as they were.
        """
        size = ends - begins
        known = (size > 0) & (size <= _LONGEST_NUMBER)
        rows, states = np.flatnonzero(known), np.zeros(len(size), np.int64)
        for place in range(int(size[rows].max(initial=0))):
            rows = rows[size[rows] > place]
            states[rows] = _NUMBERS[states[rows] + self.bytes[begins[rows] + place]]
        return np.asarray(known & _ACCEPTED[states >> 8])

    def numbers(self, begins: Ints, digits: int) -> Ints:
        """Return the values of stretches of so many digits, at most 18."""
        held = self.windows(begins, digits).astype(np.int64) - ord("0")
        return held @ (10 ** np.arange(digits - 1, -1, -1, dtype=np.int64))

    def are_digits(self, begins: Ints, ends: Ints, digits: int) -> Flags:
        """Tell which stretches are so many digits."""
        return np.asarray((ends - begins == digits) & _DIGITS[self.windows(begins, digits)].all(axis=1))


def gathered(elements: pa.Array, ids: NDArray[np.int32]) -> tuple[Bytes, Ints]:
    """Return elements end to end, as bytes, and the place of each one's end."""
    taken = elements.take(pa.array(ids.reshape(-1)))
    offsets = np.frombuffer(taken.buffers()[1], np.int64)[: len(taken) + 1]
    data = taken.buffers()[2]
    return np.frombuffer(data, np.uint8)[: int(offsets[-1])] if data is not None else np.zeros(0, np.uint8), offsets[1:]
