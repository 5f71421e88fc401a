"""Which record belongs to which session, run or trace: drawn once for a block of records, told by arithmetic from record numbers.

A *pattern* says of each place in a block where the chain that it belongs to began. A block draws one of several patterns, so
that chains interleave, differ in length and never reach into another block. Records of one chain share what they refer to.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


class Dice:
    """Numbers that a text decides, for tables that are made once: the same on every machine and in every version."""

    def __init__(self, text: str) -> None:
        """Take the text."""
        self._text, self._count = text, 0

    def below(self, bound: int) -> int:
        """Return the next number in [0, bound)."""
        self._count += 1
        digest = blake2b(f"{self._text}:{self._count}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") * bound >> 64

    def weighted(self, weights: Sequence[int]) -> int:
        """Return an index with these odds."""
        left = self.below(sum(weights))
        for index, weight in enumerate(weights):
            left -= weight
            if left < 0:
                return index
        raise AssertionError("the weights add up")


@dataclass(frozen=True)
class Patterns:
    """Several patterns of `size` places: arrays of shape (patterns, size).

    `chain` is the place at which the chain of a place was opened, `root` the place at which its step of the chain began (a step
    is a trace: a root and its children side by side), `children` how many children that root has, `step` which step of its chain
    it is, from 0, and `final` 1 where that is the last step: a chain that the block's end cuts off has none. `single` is 1 for a
    place at which a chain was opened that has one step without children.
    """

    size: int
    chain: Ints
    root: Ints
    children: Ints
    step: Ints
    final: Ints
    single: Ints

    def __len__(self) -> int:
        """Return how many patterns there are."""
        return len(self.chain)


def interleave(
    text: str, count: int, size: int, lengths: Sequence[int], children: Sequence[int], most: int, singles: int = 0
) -> Patterns:
    """Draw `count` patterns of `size` places: chains of 1, 2, ... steps by the odds of `lengths`, at most `most` open at once.

    `children` are the odds of a step with 0, 1, ... children; `singles` in a thousand chains have one step and no children.
    """
    made = [_pattern(Dice(f"{text}:{number}"), size, lengths, children, most, singles) for number in range(count)]
    return Patterns(size, *(np.array([each[part] for each in made], np.int64) for part in range(6)))


def _pattern(
    dice: Dice, size: int, lengths: Sequence[int], children: Sequence[int], most: int, singles: int
) -> tuple[list[int], ...]:
    chain, root, many, step, final = (list[int]() for _ in range(5))
    single = [0] * size
    open_chains: list[list[int]] = []  # [first place, steps left, steps made]
    while len(chain) < size:
        place = len(chain)
        if len(open_chains) < most and (not open_chains or dice.below(most) >= len(open_chains)):
            single[place] = int(bool(singles) and dice.below(1000) < singles)
            open_chains.append([place, 1 if single[place] else 1 + dice.weighted(lengths), 0])
        current = open_chains[dice.below(len(open_chains))]
        behind = 0 if single[current[0]] else min(dice.weighted(children), size - place - 1)
        chain += [current[0]] * (1 + behind)
        root += [place] * (1 + behind)
        many += [behind] * (1 + behind)
        current[1] -= 1
        step += [current[2]] * (1 + behind)
        final += [int(not current[1])] * (1 + behind)
        current[2] += 1
        if not current[1]:
            open_chains.remove(current)
    return chain, root, many, step, final, single
