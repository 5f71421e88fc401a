"""Write an endless stream of 64-bit little-endian draws to standard output, for a battery of statistical tests.

    python stream.py ORDER [--seed N] | a-battery
    python stream.py --list

Consecutive draws of one order share all parts of their key but one or two, which is where a keyed hash would show its
weakness. Needs `treadle` installed or PYTHONPATH=src. Memory is constant; the reader ends it by closing the pipe.
"""

from __future__ import annotations

import argparse
import os
import sys
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from treadle import draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Order = Callable[[int], Iterator[Words]]

BLOCK = 1 << 16
"""Words of one write."""
PATHS = 16
DEPTHS = POSITIONS = CHILDREN = ATTEMPTS = 8
PERMUTED = 1 << 62
"""Size of the range that `permute` shuffles: both Feistel halves are 31 bits wide, and no index walks a cycle."""


def ranges(step: int) -> Iterator[NDArray[np.int64]]:
    """Count from 0 for ever, `step` integers at a time."""
    for start in count(0, step):
        yield np.arange(start, start + step)


def states(seed: int, path: str, numbers: NDArray[np.int64]) -> Words:
    """Return the states of the records `numbers` on one path."""
    return draw.record_states(draw.path_key(seed, path), numbers.astype(np.uint64))


def records(seed: int) -> Iterator[Words]:
    """Slot 0 of successive records of one path."""
    for numbers in ranges(BLOCK):
        yield draw.bits(states(seed, "records", numbers), 0)


def slots(seed: int) -> Iterator[Words]:
    """Successive slots of one record."""
    state = states(seed, "slots", np.zeros(1, np.int64))
    for numbers in ranges(BLOCK):
        yield draw.bits(state, numbers)


def fields(seed: int) -> Iterator[Words]:
    """For each record, slot 0 of each of 16 paths."""
    paths = [f"fields/{number}" for number in range(PATHS)]
    for numbers in ranges(BLOCK // PATHS):
        yield np.stack([draw.bits(states(seed, path, numbers), 0) for path in paths], axis=1).ravel()


def children(seed: int) -> Iterator[Words]:
    """Slot 0 of successive children of one record."""
    state = states(seed, "children", np.zeros(1, np.int64))
    for numbers in ranges(BLOCK):
        yield draw.bits(draw.child_states(np.repeat(state, BLOCK), numbers), 0)


def families(seed: int) -> Iterator[Words]:
    """For each record, slot c and then slot 0 of child c, c = 0 to 7: a child's state is a draw of its parent."""
    for numbers in ranges(BLOCK // (2 * CHILDREN)):
        parents = np.repeat(states(seed, "families", numbers), CHILDREN)
        places = np.tile(np.arange(CHILDREN), len(numbers))
        own, child = draw.bits(parents, places), draw.bits(draw.child_states(parents, places), 0)
        yield np.stack([own, child], axis=1).ravel()


def rounds(seed: int) -> Iterator[Words]:
    """For each record and each of 8 positions, slot (depth << 32) + position of each of 8 depths."""
    position, depth = np.divmod(np.arange(POSITIONS * DEPTHS), DEPTHS)
    for numbers in ranges(BLOCK // (POSITIONS * DEPTHS)):
        repeated = np.repeat(states(seed, "rounds", numbers), POSITIONS * DEPTHS)
        yield draw.bits(repeated, np.tile((depth << 32) + position, len(numbers)))


def attempts(seed: int) -> Iterator[Words]:
    """For each record, slot 0 of each of 8 attempts."""
    key = draw.path_key(seed, "attempts")
    for numbers in ranges(BLOCK // ATTEMPTS):
        repeated = np.repeat(numbers.astype(np.uint64), ATTEMPTS)
        yield draw.bits(draw.record_states(key, repeated, np.tile(np.arange(ATTEMPTS), len(numbers))), 0)


def permute(seed: int) -> Iterator[Words]:
    """Places of successive indices in a keyed permutation of 62 bits; the two halves of a word share two bits."""
    key = draw.path_key(seed, "permute")
    for numbers in ranges(BLOCK):
        places = draw.permute(key, numbers, PERMUTED).astype(np.uint64)
        yield (places >> np.uint64(30)) << np.uint64(32) | places & np.uint64(0xFFFFFFFF)


def control(seed: int) -> Iterator[Words]:
    """Successive multiples of a constant, like what the draws mix: a battery that works rejects these."""
    key, step = draw.path_key(seed, "control"), int(draw.finalize(np.ones(1, np.uint64))[0])
    for numbers in ranges(BLOCK):
        yield numbers.astype(np.uint64) * np.uint64(step) + np.uint64(key)


ORDERS: dict[str, Order] = {
    order.__name__: order for order in (records, slots, fields, children, families, rounds, attempts, permute)
}
CONTROLS: dict[str, Order] = {"control": control}


def write(blocks: Iterator[Words]) -> None:
    """Write blocks of words to standard output until the reader has had enough."""
    try:
        for block in blocks:
            sys.stdout.buffer.write(block.astype("<u8", copy=False).tobytes())
    except BrokenPipeError:
        # The interpreter flushes standard output once more when it exits, and must find a file that takes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description="Write an endless stream of 64-bit little-endian draws.")
    parser.add_argument("order", nargs="?", choices=[*ORDERS, *CONTROLS], help="what changes from word to word")
    parser.add_argument("--seed", type=int, default=1, help="seed of the draws (default: 1)")
    parser.add_argument("--list", action="store_true", help="print the orders, one a line, and stop")
    options = parser.parse_args()
    if options.list:
        print(*ORDERS, sep="\n")
    elif options.order is None:
        parser.error("expected an order or --list")
    else:
        write((ORDERS | CONTROLS)[options.order](options.seed))


if __name__ == "__main__":
    main()
