"""Choosing: which of the places where an operator could act it does act on, keyed by record, so that no batch decides it.

A candidate is known by its number within its own text. Rates are shares of 2**32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from treadle import draw

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle.draw import States
    from treadle.pieces import Ints

    Bools = NDArray[np.bool_]

ALWAYS = 1 << 32


def numbers_within(row: Ints) -> Ints:
    """Return the number of each candidate within its text, from 0; `row` (n,) is ascending."""
    return np.arange(len(row)) - first_of(row)


def first_of(row: Ints) -> Ints:
    """Return for each candidate the first one of its text."""
    if not len(row):
        return np.zeros(0, np.int64)
    new = np.flatnonzero(np.diff(row, prepend=row[0] - 1))
    return np.repeat(new, np.diff(np.append(new, len(row))))


def some(row: Ints, states: States, rate: int, *, slot: int = 0) -> Ints:
    """Return the candidates drawn with probability rate / 2**32 each, and one of each text that has any, in order."""
    if not len(row):
        return np.zeros(0, np.int64)
    random = draw.bits(draw.bits(states, slot)[row], numbers_within(row))
    picked = (random >> np.uint64(32)) < np.uint64(rate)
    new = np.flatnonzero(np.diff(row, prepend=row[0] - 1))
    least = np.minimum.reduceat(random, new)
    picked |= random == np.repeat(least, np.diff(np.append(new, len(row))))
    return np.flatnonzero(picked)


def some_of(row: Ints, number: Ints, states: States, rate: int, *, slot: int = 0) -> Bools:
    """Tell of each candidate, known by its text and number, whether it is drawn with probability rate / 2**32."""
    random = draw.bits(draw.bits(states, slot)[row], number)
    drawn: Bools = (random >> np.uint64(32)) < np.uint64(rate)
    return drawn


def one(row: Ints, states: States, *, slot: int = 0) -> Ints:
    """Return one candidate of each text that has any."""
    return some(row, states, 0, slot=slot)


def any_below(states: States, row: Ints, place: Ints, n: int | Ints, *, slot: int = 0) -> Ints:
    """Draw an integer in [0, n) for each candidate, known by its text and a number of its own within it."""
    return draw.below(draw.bits(states, slot)[row], place, n)


def rate_of(bounds: tuple[float, float], severity: float) -> int:
    """Return a rate between its bounds, in shares of 2**32; severity 0 takes the lower one, 1 the upper."""
    low, high = bounds
    return int(ALWAYS * (low + (high - low) * severity))
