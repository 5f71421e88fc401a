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
    numbers = np.arange(len(row))
    numbers -= first_of(row)
    return numbers


def first_of(row: Ints) -> Ints:
    """Return for each candidate the first one of its text."""
    new = openings(row)
    first = np.zeros(len(row), np.int64)
    first[new] = new
    return np.maximum.accumulate(first, out=first)


def openings(row: Ints) -> Ints:
    """Return the first candidate of each text that has any."""
    new = np.ones(len(row), np.bool_)
    np.not_equal(row[1:], row[:-1], out=new[1:])
    return new.nonzero()[0]


def some(row: Ints, states: States, rate: int, *, slot: int = 0) -> Ints:
    """Return the candidates drawn with probability rate / 2**32 each, and one of each text that has any, in order."""
    if not len(row):
        return np.zeros(0, np.int64)
    new, first = openings(row), np.zeros(len(row), np.int64)
    first[new] = new
    np.maximum.accumulate(first, out=first)
    random = draw.bits(draw.bits(states, slot)[row], np.arange(len(row)) - first)
    picked = random < np.uint64(rate << 32) if rate < ALWAYS else np.ones(len(row), np.bool_)
    least = np.minimum.reduceat(random, new)
    picked |= random == least[counted_up(new, len(row))]
    return np.flatnonzero(picked)


def counted_up(new: Ints, count: int) -> Ints:
    """Return for each of `count` candidates the number of its text among those that have any, from where each one's begin."""
    which = np.zeros(count, np.int64)
    which[new[1:]] = 1
    return np.cumsum(which, out=which)


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
