"""Count which permutations of a few indices `treadle.draw.permute` makes over many keys, with a chi-square test.

    python permutations.py [--seed N] [--keys N]

SmallCrush sees one permutation of a huge range; here it is many permutations of tiny ranges, where a Feistel network
has the fewest bits to work with. Needs `treadle` installed or PYTHONPATH=src. Exit: 1 if some p-value is below 1e-10.
"""

from __future__ import annotations

import argparse
import math
import sys
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from treadle import draw

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = (2, 3, 4, 5, 6)
FAIL = 1e-10


def tally(size: int, keys: int, seed: int) -> list[int]:
    """Return how often each permutation of `size` indices came up over `keys` keys, shape (size!,)."""
    index = np.arange(size)
    counts = dict.fromkeys(permutations(range(size)), 0)
    for number in range(keys):
        key = draw.path_key(seed, "permutations", str(size), str(number))
        counts[tuple(draw.permute(key, index, size).tolist())] += 1
    return list(counts.values())


def chi_square(counts: Sequence[int]) -> tuple[float, float]:
    """Return the chi-square statistic of equal odds and its p-value (Wilson and Hilferty, PNAS 17:12, 1931)."""
    expected, freedom = sum(counts) / len(counts), len(counts) - 1
    statistic = sum((seen - expected) ** 2 for seen in counts) / expected
    spread = 2 / (9 * freedom)
    normal = ((statistic / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread)
    return statistic, math.erfc(normal / math.sqrt(2)) / 2


def main() -> int:
    """Print one table row a size and return the exit code."""
    parser = argparse.ArgumentParser(description="Test the permutations of tiny ranges for equal odds.")
    parser.add_argument("--seed", type=int, default=1, help="seed of the keys (default: 1)")
    parser.add_argument("--keys", type=int, default=20_000, help="permutations of each size (default: 20000)")
    options = parser.parse_args()
    print("| n | permutations | keys | chi-square | p | rarest / expected | commonest / expected |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    worst = 1.0
    for size in SIZES:
        counts = tally(size, options.keys, options.seed)
        statistic, p = chi_square(counts)
        low, high = (count * len(counts) / options.keys for count in (min(counts), max(counts)))
        print(f"| {size} | {len(counts)} | {options.keys} | {statistic:.1f} | {p:.2g} | {low:.3f} | {high:.3f} |")
        worst = min(worst, p)
    return int(worst < FAIL)


if __name__ == "__main__":
    sys.exit(main())
