"""Guarding: changes within an address or number are left out, so that no fault makes one that is somebody's.

A typo in `ann@example.com` may be a real domain, a digit more in `555-0142` a real number. Addresses and numbers may be taken out,
moved or written anew as a whole; what acts on letters, words and lines leaves them alone.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treadle.corrupt.texts import Stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle.corrupt.operators import Changes
    from treadle.corrupt.texts import Bools, Texts
    from treadle.pieces import Ints

_REACH = 96
"""So many bytes to either side of a change are looked at: no address is longer."""
_LEAST_DIGITS, _BETWEEN = 7, b" ()+-./"
"""The fewest digits of a telephone number, and what may part them."""
_DIGITS = np.isin(np.arange(256), np.arange(ord("0"), ord("9") + 1))

GUARDED = frozenset({"characters", "words", "lines"})
"""What operators act on that are not let at a part of an address."""


class _Around(NamedTuple):
    """The bytes around changes, (n, width), and whether each belongs to the change's own text."""

    data: NDArray[np.uint8]
    own: NDArray[np.bool_]


def unguarded(texts: Texts, changes: Changes) -> Changes:
    """Return the changes that touch no part of an e-mail address, link or telephone number; a whole one may be taken out."""
    if not len(changes.row) or changes.place is not None:
        return changes
    near = _near(texts, changes)
    kept = np.ones(len(changes.row), np.bool_)
    kept[near] = _spared(texts, changes.only(near))
    return changes.only(np.flatnonzero(kept))


def _near(texts: Texts, changes: Changes) -> Ints:
    """Return the changes that have an address, or digits enough for a number, within reach: the others need no closer look."""
    ats, colons = np.flatnonzero(texts.data == ord("@")), np.flatnonzero(texts.data == ord(":"))
    slash = colons[texts.data[np.minimum(colons + 1, len(texts.data) - 1)] == ord("/")]
    places = np.sort(np.concatenate([ats, slash, _long_numbers(texts)]))
    low = np.searchsorted(places, changes.start - _REACH)
    return np.flatnonzero(np.searchsorted(places, changes.end + _REACH, side="right") > low)


def _long_numbers(texts: Texts) -> Ints:
    """Return the digits of runs that may hold as many as a telephone number."""
    digits = np.flatnonzero(_DIGITS[texts.data])
    if not len(digits):
        return digits
    numeric = _numeric_table()
    parts = np.ones(len(digits), np.bool_)
    middle = (
        digits[1:] + digits[:-1]
    ) // 2  # looked at there and at both ends, which tells words from what parts digits
    parts[1:] = ~(
        numeric[texts.data[digits[:-1] + 1]] & numeric[texts.data[digits[1:] - 1]] & numeric[texts.data[middle]]
    )
    first = np.flatnonzero(parts)
    count = np.diff(np.append(first, len(digits)))
    return digits[np.repeat(count >= _LEAST_DIGITS, count)]


def _spared(texts: Texts, changes: Changes) -> Bools:
    """Tell which changes touch no part of an address or number."""
    first, last = (_around(texts, changes.row, place) for place in (changes.start, changes.end))
    touched = _in_address(first) | _in_address(last)
    glued = pc.equal(changes.after, "").to_numpy(zero_copy_only=False) & (changes.end > changes.start)
    touched |= glued & (_marked(first)[:, :_REACH].any(axis=1) | _marked(last)[:, _REACH:].any(axis=1))
    return ~(touched | _in_number(texts, changes, first))


def clear_of(changes: Changes, spared: Stretches) -> Changes:
    """Return the changes that overlap none of some stretches."""
    if not len(changes.row) or not len(spared.row):
        return changes
    last = np.searchsorted(spared.start, np.maximum(changes.end, changes.start + 1), side="left")
    reach = np.maximum.accumulate(spared.end)
    clear = (last == 0) | (reach[np.maximum(last - 1, 0)] <= changes.start)
    return changes.only(np.flatnonzero(clear))


def _around(texts: Texts, row: Ints, place: Ints) -> _Around:
    at = place[:, None] + np.arange(-_REACH, _REACH)
    own = (at >= texts.bounds[row][:, None]) & (at < texts.bounds[row + 1][:, None])
    last = max(0, len(texts.data) - 1)
    return _Around(texts.data[np.clip(at, 0, last)], own)


def _in_address(around: _Around) -> Bools:
    """Tell whether each place lies within an address: a run of anything but blanks that has an `@` or `://` in it."""
    solid = _solid(around)
    return np.asarray(solid[:, _REACH - 1] & solid[:, _REACH] & _marked(around).any(axis=1))


def _solid(around: _Around) -> NDArray[np.bool_]:
    solid: NDArray[np.bool_] = around.own & (around.data > ord(" "))
    return solid


def _marked(around: _Around) -> NDArray[np.bool_]:
    """Tell where the runs that the middle lies in, or touches, have the mark of an address."""
    mark = around.data == ord("@")
    linked = (around.data[:, :-2] == ord(":")) & (around.data[:, 1:-1] == ord("/")) & (around.data[:, 2:] == ord("/"))
    mark[:, :-2] |= linked
    marked: NDArray[np.bool_] = mark & _run_at(_solid(around))
    return marked


def _run_at(solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which bytes belong to the runs that the middle lies in or touches."""
    before = np.logical_and.accumulate(solid[:, _REACH - 1 :: -1], axis=1)[:, ::-1]
    behind = np.logical_and.accumulate(solid[:, _REACH:], axis=1)
    return np.concatenate([before, behind], axis=1)


def _in_number(texts: Texts, changes: Changes, around: _Around) -> Bools:
    """Tell which changes replace, double or part digits of a run that is long enough for a telephone number."""
    numeric = around.own & _numeric_table()[around.data]
    digits = around.own & (around.data >= ord("0")) & (around.data <= ord("9"))
    run = _run_at(numeric)
    long = (digits & run).sum(axis=1) >= _LEAST_DIGITS
    touched = np.zeros(len(changes.row), np.bool_)
    near = np.flatnonzero(long)
    if near.size:
        found = texts.strings(Stretches(changes.row[near], changes.start[near], changes.end[near])).to_pylist()
        after = changes.after.take(pa.array(near)).to_pylist()
        touched[near] = [_digits(old) != _digits(new) for old, new in zip(found, after, strict=True)]
    return touched


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdecimal())


@cache
def _numeric_table() -> NDArray[np.bool_]:
    """Return for each byte whether it may stand in a telephone number."""
    return np.array([byte in b"0123456789" + _BETWEEN for byte in range(256)], np.bool_)
