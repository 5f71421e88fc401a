"""Quotas: sequences whose every prefix holds each class in its share, off by less than one.

The order of classes follows Tijdeman's chairman assignment (Discrete Mathematics 32:323, 1980): the k-th unit of a class of
weight w out of D stands between position floor((k-1) D / w) + 1 and ceil(k D / w), and earliest deadline first always meets
these windows (Steiner and Yeomans, SIAM J. Discrete Math. 7:57, 1994). Ties and admissible swaps are drawn, so the order is
keyed; every D records are exact.

Quotas crossed with each other share one *design* of J = D1 D2 ... records. A crossed quota is an edge colouring: records are
edges between the blocks of D records in time and the blocks of D records of their stratum, each block holds every unit once,
and such a colouring always exists (König 1916). So it is exact at every D records, and in every stratum at every D of its own.
Exchanges along alternating cycles (Kempe) keep that and bring the order between multiples within the bound too. Where two quotas
are crossed with a third, and not with each other, such exchanges spread the later one over the earlier one too: over a whole design
each pair of their classes has its share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from treadle import draw
from treadle.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LONGEST = 1 << 16
"""Most records of one design; weights with a larger common denominator are refused."""

_EXCHANGES, _SPREADS, _COLOURINGS = 3_000, 300, 8
"""Exchanges that bring a quota within its bound, those that spread it over finer strata, and the colourings tried for that."""


def designs(
    chain: Sequence[Sequence[int]], key: int, across: Sequence[Sequence[int]] | None = None
) -> NDArray[np.int64]:
    """Return designs of shape (n_designs, J, n_quotas): the class of every crossed quota at every position of a block.

    `chain` holds the integer weights of each quota, without a common divisor; J is the product of their sums. `across` tells of
    each the places in `chain` of those it is crossed with, directly and through these; by default all before it.
    """
    across = across or [range(place) for place in range(len(chain))]
    length = int(np.prod([sum(weights) for weights in chain], dtype=object))
    count = max(2, min(64, 4096 // length)) if len(chain) == 1 else max(2, min(16, 1024 // length))
    return np.stack([_design(chain, across, length, _Coins(key, number)) for number in range(count)])


def classes(design: NDArray[np.int64], key: int, records: NDArray[np.uint64], place: int) -> NDArray[np.int64]:
    """Return the class of each record: its block draws one of the designs, its position in the block reads it."""
    length = draw.U64(design.shape[1])
    block, position = records // length, records % length
    chosen = draw.below(draw.record_states(key, block), 0, design.shape[0])
    drawn: NDArray[np.int64] = design[chosen, position.astype(np.int64), place]
    return drawn


class _Coins:
    """The compile-time choices of one design, drawn in order from one stream."""

    def __init__(self, key: int, number: int) -> None:
        self._state = draw.record_states(key, np.array([number], draw.U64))
        self._words: list[int] = []
        self._used = 0

    def below(self, n: int) -> int:
        if not self._words:
            slots = np.arange(self._used, self._used + 1024)
            self._words = (draw.bits(np.repeat(self._state, 1024), slots) >> draw.U64(32)).tolist()
            self._used += 1024
        return (self._words.pop() * n) >> 32

    def order(self, n: int) -> list[int]:
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            j = self.below(i + 1)
            order[i], order[j] = order[j], order[i]
        return order


def _design(
    chain: Sequence[Sequence[int]], across: Sequence[Sequence[int]], length: int, coins: _Coins
) -> NDArray[np.int64]:
    first = chain[0]
    columns = [np.concatenate([_sequence(first, coins) for _ in range(length // sum(first))])]
    for weights, over in zip(chain[1:], across[1:], strict=True):
        finest = None if len(over) == len(columns) else _strata(columns)
        columns.append(_crossed(weights, _strata([columns[place] for place in over]), finest, coins))
    return np.stack(columns, axis=1)


def _strata(columns: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the stratum of each record: which classes of some quotas it has."""
    found: NDArray[np.int64] = np.unique(np.stack(columns), axis=1, return_inverse=True)[1].ravel()
    return found


def _sequence(weights: Sequence[int], coins: _Coins) -> NDArray[np.int64]:
    """One block of D positions by earliest deadline first, ties drawn, then shaken within the windows."""
    total = sum(weights)
    units = [(c, k) for c, weight in enumerate(weights) for k in range(weight)]
    units = [units[i] for i in coins.order(len(units))]
    opens = {unit: unit[1] * total // weights[unit[0]] for unit in units}
    closes = {unit: -(-(unit[1] + 1) * total // weights[unit[0]]) - 1 for unit in units}
    waiting = sorted(units, key=opens.__getitem__)
    order, ready = [], []
    for position in range(total):
        while waiting and opens[waiting[0]] <= position:
            ready.append(waiting.pop(0))
        chosen = min(ready, key=closes.__getitem__)
        ready.remove(chosen)
        order.append(chosen)
    for _ in range(min(2 * total, 512)):
        i, j = sorted((coins.below(total), coins.below(total)))
        if closes[order[i]] >= j and opens[order[j]] <= i:
            order[i], order[j] = order[j], order[i]
    return np.array([c for c, _ in order], np.int64)


def _crossed(
    weights: Sequence[int], stratum: NDArray[np.int64], finest: NDArray[np.int64] | None, coins: _Coins
) -> NDArray[np.int64]:
    """One quota over a whole design, exact in time and within every stratum, and spread over the finest strata."""
    for _ in range(1 if finest is None else _COLOURINGS):
        colouring = _bounded(weights, stratum, coins)
        if finest is None or _spread(colouring, finest, weights, coins):
            break
    return np.repeat(np.arange(len(weights)), weights)[colouring.colour]


def _bounded(weights: Sequence[int], stratum: NDArray[np.int64], coins: _Coins) -> _Colouring:
    """Return a colouring whose every prefix is within one of each share."""
    total = sum(weights)
    colouring = _Colouring(np.arange(len(stratum)) // total, _stratum_blocks(stratum, total), total)
    for edge in range(len(stratum)):
        colouring.insert(edge, coins.order(total))
    unit_class = np.repeat(np.arange(len(weights)), weights)
    share = np.array(weights)
    best = _misplaced(unit_class[colouring.colour], share)
    for _ in range(_EXCHANGES if len(set(weights)) > 1 else 0):
        if best == 0:
            break
        edge, other = coins.below(len(stratum)), coins.below(total)
        colour = int(colouring.colour[edge])
        if unit_class[colour] == unit_class[other]:
            continue
        colouring.exchange(edge, other)
        cost = _misplaced(unit_class[colouring.colour], share)
        if cost <= best:
            best = cost
        else:
            colouring.exchange(edge, colour)
    if best and len(set(weights)) > 1:
        raise RecipeError(
            f"weights={list(weights)}: no crossed order within one of every share was found; use weights with a "
            "smaller sum, or leave `across` out"
        )
    return colouring


def _spread(colouring: _Colouring, stratum: NDArray[np.int64], weights: Sequence[int], coins: _Coins) -> bool:
    """Exchange until the quota has its share of every stratum over the design; False where so many exchanges did not do it."""
    share, unit_class = np.array(weights), np.repeat(np.arange(len(weights)), weights)
    classes, sizes = len(share), np.bincount(stratum)
    wanted = sizes[:, None] * share // share.sum()
    bound = len(set(weights)) > 1

    def excess() -> NDArray[np.int64]:
        held = np.bincount(stratum * classes + unit_class[colouring.colour], minlength=len(sizes) * classes)
        return np.asarray(held.reshape(len(sizes), classes) - wanted)

    over = excess()
    for _ in range(_SPREADS):
        if not over.any():
            return True
        rows, classes_ = np.nonzero(over > 0)
        chosen = coins.below(len(rows))
        row, much = int(rows[chosen]), int(classes_[chosen])
        edges = np.flatnonzero((stratum == row) & (unit_class[colouring.colour] == much))
        others = np.flatnonzero((over[row] < 0)[unit_class])
        edge, other = int(edges[coins.below(len(edges))]), int(others[coins.below(len(others))])
        colour = int(colouring.colour[edge])
        colouring.exchange(edge, other)
        after = excess()
        if np.abs(after).sum() <= np.abs(over).sum() and not (
            bound and _misplaced(unit_class[colouring.colour], share)
        ):
            over = after
        else:
            colouring.exchange(edge, colour)
    return False


def _stratum_blocks(stratum: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """Return for each record the number of its block: `total` successive records of one stratum."""
    numbers = np.empty(len(stratum), np.int64)
    first = 0
    for value in range(int(stratum.max()) + 1):
        members = np.flatnonzero(stratum == value)
        numbers[members] = first + np.arange(len(members)) // total
        first += -(-len(members) // total)
    return numbers


def _misplaced(order: NDArray[np.int64], share: NDArray[np.int64]) -> int:
    """Count the prefixes in which some class is off its share by one or more."""
    held = np.cumsum(order[:, None] == np.arange(len(share)), axis=0) * int(share.sum())
    wanted = np.arange(1, len(order) + 1)[:, None] * share
    return int((np.abs(held - wanted) >= share.sum()).sum())


class _Colouring:
    """A bipartite edge colouring built edge by edge; `colour[edge]` is below the degree."""

    def __init__(self, left: NDArray[np.int64], right: NDArray[np.int64], degree: int) -> None:
        self._ends = (left, right)
        self._at = tuple(np.full((int(side.max()) + 1, degree), -1, np.int64) for side in self._ends)
        self.colour = np.full(len(left), -1, np.int64)

    def insert(self, edge: int, preference: Sequence[int]) -> None:
        """Give `edge` the first preferred colour that both its ends lack, after an exchange where there is none."""
        free = [self._at[side][self._ends[side][edge]] < 0 for side in (0, 1)]
        both = [c for c in preference if free[0][c] and free[1][c]]
        if both:
            self._put(edge, both[0])
            return
        here = next(c for c in preference if free[0][c])
        there = next(c for c in preference if free[1][c])
        self._flip(self._path(int(self._at[1][self._ends[1][edge], here]), 1, here, there), here, there)
        self._put(edge, here)

    def exchange(self, edge: int, other: int) -> None:
        """Swap the colour of `edge` with `other` along the alternating cycle through it."""
        colour = int(self.colour[edge])
        self._flip(self._path(edge, 1, colour, other), colour, other)

    def _path(self, edge: int, side: int, colour: int, other: int) -> list[int]:
        path, start = [], edge
        while edge >= 0:
            path.append(edge)
            side = 1 - side
            following = other if self.colour[edge] == colour else colour
            edge = int(self._at[side][self._ends[side][edge], following])
            if edge == start:
                break
        return path

    def _flip(self, path: list[int], colour: int, other: int) -> None:
        flipped = [(edge, other if self.colour[edge] == colour else colour) for edge in path]
        for edge in path:
            for side in (0, 1):
                self._at[side][self._ends[side][edge], self.colour[edge]] = -1
        for edge, new in flipped:
            self._put(edge, new)

    def _put(self, edge: int, colour: int) -> None:
        self.colour[edge] = colour
        for side in (0, 1):
            self._at[side][self._ends[side][edge], colour] = edge
