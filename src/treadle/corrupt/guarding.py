"""Guarding: changes within an address or number are left out, so that no fault makes one that is somebody's.

A typo in `ann@example.com` may be a real domain, a digit more in `555-0142` a real number. Addresses and numbers may be taken out,
moved or written anew as a whole; what acts on letters, words and lines leaves them alone.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from treadle.corrupt.texts import Stretches, lengths_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle.corrupt.operators import Changes
    from treadle.corrupt.texts import Bools, Texts
    from treadle.pieces import Ints

_REACH = 96
"""So many bytes to either side of a change are looked at: no address is longer."""
_LEAST_DIGITS, _BETWEEN = 7, b" ()+-./"
"""The fewest digits of a telephone number, and what may part them."""
_TEN = np.uint8(10)
_NEAR = 4
"""Digits no farther apart have at most three bytes between them, which are looked at in one go."""

GUARDED = frozenset({"characters", "words", "lines"})
"""What operators act on that are not let at a part of an address."""


class _Addresses(NamedTuple):
    """The marks of addresses, (n,): `@`, and the colon of `://`; the bounds of the run without blanks that each stands in.

    `ahead` is how far before a mark a place can be that has all of the mark within reach.
    """

    mark: Ints
    start: Ints
    end: Ints
    ahead: Ints


class _Numbers(NamedTuple):
    """Runs of digits, and of what may part them, with as many digits as a telephone number has, (n,), and all digits, (m,)."""

    row: Ints
    start: Ints
    end: Ints
    digits: Ints


def unguarded(texts: Texts, changes: Changes) -> Changes:
    """Return the changes that touch no part of an e-mail address, link or telephone number; a whole one may be taken out."""
    if not len(changes.row) or changes.place is not None:
        return changes
    touched = _in_address(_addresses(texts), texts, changes)
    touched[_changed_numbers(texts, changes)] = True
    return changes.only(np.flatnonzero(~touched))


def clear_of(changes: Changes, spared: Stretches) -> Changes:
    """Return the changes that overlap none of some stretches."""
    if not len(changes.row) or not len(spared.row):
        return changes
    last = np.searchsorted(spared.start, np.maximum(changes.end, changes.start + 1), side="left")
    reach = np.maximum.accumulate(spared.end)
    clear = (last == 0) | (reach[np.maximum(last - 1, 0)] <= changes.start)
    return changes.only(np.flatnonzero(clear))


def _in_address(addresses: _Addresses, texts: Texts, changes: Changes) -> Bools:
    """Tell which changes begin or end within a run that has the mark of an address, or remove what parts one from its neighbour."""
    mark, start, end, ahead = addresses
    if not len(mark):
        return np.zeros(len(changes.row), np.bool_)
    low, high = np.maximum(start + 1, mark - ahead), np.minimum(end - 1, mark + _REACH)
    touched = _within(low, high, changes.start) | _within(low, high, changes.end)
    removed = np.flatnonzero((lengths_of(changes.after) == 0) & (changes.end > changes.start))
    row, first, last = changes.row[removed], changes.start[removed], changes.end[removed]
    glued = _within(mark + 1, np.minimum(end, mark + _REACH), first) & (first > texts.bounds[row])
    glued |= _within(np.maximum(start, mark - ahead), mark, last) & (last < texts.bounds[row + 1])
    touched[removed[glued]] = True
    return touched


def _within(low: Ints, high: Ints, place: Ints) -> Bools:
    """Tell which places lie in any of the intervals [low, high]; those that hold none are left out."""
    real = low <= high
    opened = np.searchsorted(np.sort(low[real]), place, side="right")
    inside: Bools = opened > np.searchsorted(np.sort(high[real]), place)
    return inside


def _addresses(texts: Texts) -> _Addresses:
    data = texts.data
    ats, colons = np.flatnonzero(data == ord("@")), np.flatnonzero(data == ord(":"))
    stop = texts.bounds[texts.row_of(colons) + 1]
    colons = colons[colons + 2 < stop]
    colons = colons[(data[colons + 1] == ord("/")) & (data[colons + 2] == ord("/"))]
    mark = np.concatenate([ats, colons])
    if not len(mark):
        return _Addresses(mark, mark, mark, mark)
    row, blanks = texts.row_of(mark), np.flatnonzero(data <= ord(" "))
    behind = np.searchsorted(blanks, mark)
    start = np.maximum(texts.bounds[row], np.append(-1, blanks)[behind] + 1)
    end = np.minimum(texts.bounds[row + 1], np.append(blanks, len(data))[behind])
    ahead = np.full(len(mark), _REACH - 1)
    ahead[len(ats) :] -= 2  # the slashes are within reach too
    return _Addresses(mark, start, end, ahead)


def _changed_numbers(texts: Texts, changes: Changes) -> Ints:
    """Return the changes that replace, double or part digits of a run that is long enough for a telephone number."""
    numbers = _long_numbers(texts)
    if not len(numbers.row):
        return np.zeros(0, np.int64)
    last = np.searchsorted(numbers.start, changes.start, side="right") - 1
    long = np.zeros(len(changes.row), np.bool_)
    for run in (last, last - 1):  # where two texts meet, the run of the one before may end there too
        at = np.maximum(run, 0)
        low = np.maximum(numbers.start[at], changes.start - _REACH)
        high = np.minimum(numbers.end[at], changes.start + _REACH)
        digits = np.searchsorted(numbers.digits, high) - np.searchsorted(numbers.digits, low)
        inside = (run >= 0) & (changes.start <= numbers.end[at]) & (changes.row == numbers.row[at])
        long |= inside & (digits >= _LEAST_DIGITS)
    near = np.flatnonzero(long)
    found = texts.strings(Stretches(changes.row[near], changes.start[near], changes.end[near])).to_pylist()
    after = changes.after.take(pa.array(near)).to_pylist()
    return near[[_digits(old) != _digits(new) for old, new in zip(found, after, strict=True)]] if near.size else near


def _long_numbers(texts: Texts) -> _Numbers:
    """Return the runs that hold as many digits as a telephone number."""
    data, numeric = texts.data, _numeric_table()
    digits = np.flatnonzero((data - np.uint8(ord("0"))) < _TEN)
    if not len(digits):
        return _Numbers(digits, digits, digits, digits)
    one, other = digits[:-1], digits[1:]
    apart = other - one
    parts = np.ones(len(digits), np.bool_)
    parts[1:] = (apart > 1) & ~(numeric[data[one + 1]] & numeric[data[other - 1]] & numeric[data[(one + other) // 2]])
    far = np.flatnonzero((apart > _NEAR) & ~parts[1:])
    parts[far + 1] = ~(
        numeric[data[one[far] + 2]] & numeric[data[other[far] - 2]]
    )  # which words seldom are, so that few are left
    for place in far[~parts[far + 1]].tolist():
        parts[place + 1] = not numeric[data[one[place] + 1 : other[place]]].all()
    opening = np.searchsorted(digits, texts.bounds[:-1])
    parts[opening[opening < len(digits)]] = True
    first = np.flatnonzero(parts)
    count = np.diff(np.append(first, len(digits)))
    long = count >= _LEAST_DIGITS
    start, end = digits[first[long]], digits[first[long] + count[long] - 1] + 1
    row = texts.row_of(start)
    return _Numbers(row, *_with_what_parts(texts, row, start, end), digits)


def _with_what_parts(texts: Texts, row: Ints, start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Return the bounds of runs of digits with what may part digits before and behind them, as far as that is within reach."""
    data, numeric, last = texts.data, _numeric_table(), len(texts.data) - 1
    for _ in range(_REACH):
        before = (start > texts.bounds[row]) & numeric[data[np.maximum(start - 1, 0)]]
        behind = (end < texts.bounds[row + 1]) & numeric[data[np.minimum(end, last)]]
        if not (before.any() or behind.any()):
            break
        start, end = start - before, end + behind
    return start, end


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdecimal())


@cache
def _numeric_table() -> NDArray[np.bool_]:
    """Return for each byte whether it may stand in a telephone number."""
    return np.array([byte in b"0123456789" + _BETWEEN for byte in range(256)], np.bool_)
