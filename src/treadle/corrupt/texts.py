"""Texts: a text column as bytes, with what operators look for in it: words, lines, paragraphs, and where it may be cut.

Offsets are bytes from the start of the column's buffer; they become code points of each text when a pass is settled. A cut never
falls inside a character, nor before a mark that combines with the one before it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from treadle.pieces import rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle.draw import States
    from treadle.pieces import Ints

    Bools = NDArray[np.bool_]
    Bytes = NDArray[np.uint8]

NEWLINE, SPACE = ord("\n"), ord(" ")
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'")
_JOINERS = frozenset({0x200D, *range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080)})
_FLAGS = range(0x1F1E6, 0x1F200)
_FIRST_MARK, _DASHES = 0x300, range(0x2010, 0x2070)
"""The first combining mark, and punctuation behind the joiners."""
_WIDE, _INNER, _FIRST_OF_SEVERAL = 0x80, 0x80, 0xC2
"""The first byte beyond ASCII, the first two bits of bytes at which no code point begins, and the least that begins others."""
_JOINER, _FLAG = "\u200d".encode(), "\U0001f1e6".encode()[:3]
"""The bytes of a joiner, and those with which the letters of flags begin."""


class Stretches(NamedTuple):
    """Stretches of texts: the text of each, and its bounds in bytes, (n,) each, in order."""

    row: Ints
    start: Ints
    end: Ints

    @classmethod
    def none(cls) -> Stretches:
        """Return no stretches."""
        return cls(*[np.zeros(0, np.int64)] * 3)

    def take(self, chosen: Ints | Bools) -> Stretches:
        """Return the stretches chosen."""
        return Stretches(self.row[chosen], self.start[chosen], self.end[chosen])


@dataclass(frozen=True)
class Texts:
    """Texts as an Arrow large_string array without nulls, and one 64-bit state a text that decides its faults, shape (n,)."""

    array: pa.Array
    states: States

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.array)

    def part(self, first: int, stop: int) -> Texts:
        """Return the texts first..stop-1, which share their bytes with these."""
        return Texts(self.array.slice(first, stop - first), self.states[first:stop])

    @cached_property
    def _offsets(self) -> Ints:
        """Where each text begins and the last one ends in the array's buffer, shape (n + 1,)."""
        return np.frombuffer(self.array.buffers()[1], np.int64)[self.array.offset : self.array.offset + len(self) + 1]

    @property
    def origin(self) -> int:
        """How many bytes of the array's buffer stand before the first text."""
        return int(self._offsets[0])

    @cached_property
    def bounds(self) -> Ints:
        """Where each text begins and the last one ends, in bytes from the first, shape (n + 1,)."""
        return self._offsets - self.origin

    @cached_property
    def data(self) -> Bytes:
        """The bytes of all texts."""
        buffer = self.array.buffers()[2]
        if buffer is None:
            return np.zeros(0, np.uint8)
        return np.frombuffer(buffer, np.uint8)[self.origin : int(self._offsets[-1])]

    @cached_property
    def ascii(self) -> bool:
        """Whether all texts are ASCII, so that bytes are code points."""
        return not self.data.size or int(self.data.max()) < 0x80  # the first byte beyond ASCII

    @cached_property
    def begins(self) -> Bools:
        """Whether a code point begins at each byte."""
        begins: Bools = (self.data & 0xC0) != 0x80  # UTF-8 continuation bytes are 10xxxxxx
        return begins

    def stretches(self, row: Ints, start: Ints, end: Ints) -> Stretches:
        """Return stretches given in code points of their texts."""
        return Stretches(row, self.bytes_of(row, start), self.bytes_of(row, end))

    def bytes_of(self, row: Ints, point: Ints) -> Ints:
        """Return the byte at which each code point of a text begins."""
        if self.ascii or not len(row):
            return self.bounds[row] + point
        # The k-th inner byte stands behind as many code points as its place less k.
        begin = self.bounds[row]
        point = point + begin - np.searchsorted(self._inner, begin)
        found: Ints = point + np.searchsorted(self._inner - np.arange(len(self._inner)), point, side="right")
        return found

    def row_of(self, place: Ints) -> Ints:
        """Return the text in which each byte stands."""
        if len(place) > len(self.bounds) and place[-1] < self.bounds[-1] and (place[1:] >= place[:-1]).all():
            # In order: where the texts end among the places is found faster than where each place is among the texts.
            return rows_of(np.append(0, np.searchsorted(place, self.bounds[1:])))
        row: Ints = np.searchsorted(self.bounds, place, side="right") - 1
        return row

    def code_points(self, row: Ints, place: Ints) -> Ints:
        """Return bytes as code points from the start of their text."""
        if self.ascii or not len(place):
            return place - self.bounds[row]
        begin = self.bounds[row]
        within = np.searchsorted(self._inner, place) - np.searchsorted(self._inner, begin)
        points: Ints = place - begin - within
        return points

    @cached_property
    def _inner(self) -> Ints:
        """The bytes at which no code point begins."""
        return np.flatnonzero((self.data & 0xC0) == _INNER)

    def next(self, place: Ints) -> Ints:
        """Return where the character behind the one at each byte begins: its combining marks stay with it."""
        return place + 1 if self.ascii else self.at_or_after(place + 1)

    def at_or_after(self, place: Ints) -> Ints:
        """Return the first place from each byte on that is between two characters."""
        place = place.copy()
        inside = np.flatnonzero(~self.is_cut(place))
        while inside.size:
            place[inside] += 1
            inside = inside[~self.is_cut(place[inside])]
        return place

    def at_or_before(self, place: Ints) -> Ints:
        """Return the last place up to each byte that is between two characters."""
        place = place.copy()
        inside = np.flatnonzero(~self.is_cut(place))
        while inside.size:
            place[inside] -= 1
            inside = inside[~self.is_cut(place[inside])]
        return place

    def is_cut(self, place: Ints) -> Bools:
        """Tell whether each byte is between two characters: none is before what clings to the one before it.

        That is marks, joiners and what they join on, selectors, skin tones, tags, and the second letter of a flag: a subset of
        UAX 29, rules GB9 to GB13, that keeps runs of flags together.
        """
        cut = np.ones(len(place), np.bool_)
        if self.ascii:
            return cut
        wide = np.flatnonzero(place < len(self.data))
        wide = wide[self.data[place[wide]] >= _WIDE]
        begins = (self.data[place[wide]] & 0xC0) != _INNER
        cut[wide[~begins]] = False
        wide = wide[begins]
        points = self.points(place[wide])
        # Most of what is not ASCII is a Latin letter or a mark of general punctuation, which cling to joiners alone.
        rare = (points >= _FIRST_MARK) & ~((points >= _DASHES.start) & (points < _DASHES.stop))
        rare |= self.data[np.maximum(place[wide] - 1, 0)] == _JOINER[-1]
        wide, points = wide[rare], points[rare]
        at = place[wide]
        before = [self.data[np.maximum(at - step, 0)] for step in (4, 3, 2, 1)]
        joined = (before[1] == _JOINER[0]) & (before[2] == _JOINER[1]) & (before[3] == _JOINER[2])
        is_flag = (points >= _FLAGS.start) & (points < _FLAGS.stop)
        behind_flag = (before[0] == _FLAG[0]) & (before[1] == _FLAG[1]) & (before[2] == _FLAG[2])
        clings = _clings(points) | joined | (is_flag & behind_flag)
        clings &= self.bounds[self.row_of(at)] != at
        cut[wide[clings]] = False
        return cut

    def points(self, place: Ints) -> Ints:
        """Return the code points that begin at each byte."""
        data = self.data
        last = max(0, len(data) - 1)
        first = data[place].astype(np.int64)
        if self.ascii:
            return first
        more = [data[np.minimum(place + step, last)].astype(np.int64) & 0x3F for step in (1, 2, 3)]
        two = (first & 0x1F) << 6 | more[0]
        three = (first & 0x0F) << 12 | more[0] << 6 | more[1]
        four = (first & 0x07) << 18 | more[0] << 12 | more[1] << 6 | more[2]
        return np.select([first < 0x80, first < 0xE0, first < 0xF0], [first, two, three], four)  # RFC 3629

    @cached_property
    def words(self) -> Stretches:
        """Runs of letters, apostrophes inside them among these, and of what is not ASCII but for punctuation."""
        return self._runs(self._is_letter)

    @cached_property
    def tokens(self) -> Stretches:
        """Runs of anything but spaces and line ends."""
        return self._runs((self.data != SPACE) & (self.data != NEWLINE))

    @cached_property
    def _is_letter(self) -> Bools:
        letter = _letter_table()[self.data]
        if not self.ascii:
            begins = np.flatnonzero(self.data >= _FIRST_OF_SEVERAL)
            plain = begins[~_is_word(self.points(begins))]
            for step in range(4):
                at = plain + step
                at = at[at < len(self.data)]
                at = at if not step else at[(self.data[at] & 0xC0) == _INNER]
                letter[at] = False
        return letter

    def _runs(self, inside: Bools) -> Stretches:
        """Return the runs of bytes that are inside, cut at the bounds of texts."""
        if not len(inside):
            return Stretches.none()
        edge = np.empty(len(inside) + 1, np.bool_)
        edge[0], edge[-1] = inside[0], inside[-1]
        np.not_equal(inside[1:], inside[:-1], out=edge[1:-1])
        places = edge.nonzero()[0]
        start, end = places[0::2], places[1::2]
        bounds = self.bounds[1:-1]
        bounds = bounds[(bounds > 0) & (bounds < len(inside))]
        cut = np.unique(bounds[inside[bounds] & inside[bounds - 1]])
        if cut.size:
            start = np.insert(start, np.searchsorted(start, cut), cut)
            end = np.insert(end, np.searchsorted(end, cut), cut)
        return Stretches(self.row_of(start), start, end)

    @cached_property
    def lines(self) -> Stretches:
        """All lines, without their ends; an empty text has none."""
        ends = np.flatnonzero(self.data == NEWLINE)
        filled = np.diff(self.bounds) > 0
        opening, closing = self.bounds[:-1][filled], self.bounds[1:][filled]
        ended = self.data[closing - 1] == NEWLINE
        last = np.zeros(len(ends), np.bool_)
        last[np.searchsorted(ends, closing[ended] - 1)] = True
        start = np.sort(np.concatenate([opening, ends[~last] + 1]))
        end = np.sort(np.concatenate([ends, closing[~ended]]))
        return Stretches(self.row_of(start), start, end)

    @cached_property
    def filled_lines(self) -> Stretches:
        """The lines that hold anything."""
        return self.lines.take(self.lines.end > self.lines.start)

    @cached_property
    def paragraphs(self) -> Stretches:
        """Lines that no empty line parts, without the end of the last."""
        lines = self.filled_lines
        if not len(lines.row):
            return lines
        first = np.ones(len(lines.row), np.bool_)
        first[1:] = (lines.row[1:] != lines.row[:-1]) | (lines.start[1:] > lines.end[:-1] + 1)
        last = np.append(first[1:], True)  # the last line ends a paragraph
        return Stretches(lines.row[first], lines.start[first], lines.end[last])

    def strings(self, found: Stretches) -> pa.Array:
        """Return the stretches as strings: one take, of every other stretch of the buffer."""
        count = len(found.row)
        cuts = np.empty(2 * count + 1, np.int64)
        cuts[0:-1:2], cuts[1::2], cuts[-1] = found.start, found.end, len(self.data)
        buffers = [None, pa.py_buffer(cuts), pa.py_buffer(self.data)]
        return pa.Array.from_buffers(pa.large_string(), 2 * count, buffers).take(pa.array(np.arange(0, 2 * count, 2)))


def lengths_of(strings: pa.Array) -> Ints:
    """Return the length of each string of a large_string array, in bytes."""
    bounds = strings.buffers()[1]
    if bounds is None:
        return np.zeros(0, np.int64)
    offsets = np.frombuffer(bounds, np.int64)[strings.offset : strings.offset + len(strings) + 1]
    lengths: Ints = offsets[1:] - offsets[:-1]
    return lengths


@cache
def _letter_table() -> Bools:
    """Return for each byte whether it may be part of a word: what is not ASCII is looked at again."""
    return np.array([byte >= 0x80 or chr(byte) in _LETTERS for byte in range(256)], np.bool_)  # ASCII


def _is_word(points: Ints) -> Bools:
    """Tell whether each code point is part of a word: a letter, a mark or a digit (Unicode categories L, M and N)."""
    found, which = np.unique(points, return_inverse=True)
    kinds = np.array([unicodedata.category(chr(point))[0] in "LMN" for point in found.tolist()], np.bool_)
    inside: Bools = kinds[which] if len(found) else np.zeros(0, np.bool_)
    return inside


def _clings(points: Ints) -> Bools:
    """Tell whether each code point belongs to the character before it: marks, joiners, selectors, skin tones, tags."""
    found, which = np.unique(points, return_inverse=True)
    marks = np.array(
        [point in _JOINERS or unicodedata.category(chr(point))[0] == "M" for point in found.tolist()], np.bool_
    )
    clings: Bools = marks[which] if len(found) else np.zeros(0, np.bool_)
    return clings
