"""Which records are edge cases, and which intent and kind of edge case each record has: exact counts, by record number alone.

Of every N = 10 E + C records C are edge cases, evenly spread (Bresenham's line). The clean ones go through the intents ten by ten,
and so do the edge cases, so that every intent has exactly E clean records among the first N. The order within each ten is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.intents.labels import EDGES, INTENTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

MOST = 1 << 30
"""Records of a period are fewer than this, so that their products fit into 64 bits."""
_ORDERS = 64


@dataclass(frozen=True)
class Counts:
    """How many clean examples each intent has, and how many edge cases there are; in proportion, for any number of records."""

    examples_per_intent: int = 1000
    edge_cases: int = 2000

    def __post_init__(self) -> None:
        """Raise `UsageError` for counts below 0, or so many that a period does not fit."""
        for name in ("examples_per_intent", "edge_cases"):
            if getattr(self, name) < 0:
                raise td.UsageError(f"--{name.replace('_', '-')} {getattr(self, name)}: expected 0 or more")
        if self.total >= MOST:
            raise td.UsageError(
                f"{self.total:,} records: expected fewer than {MOST:,}; make several datasets with other seeds"
            )

    @property
    def total(self) -> int:
        """The number of records."""
        return len(INTENTS) * self.examples_per_intent + self.edge_cases

    @property
    def ratio(self) -> tuple[int, int]:
        """Edge cases among how many records, without a common divisor; a whole without any counts as clean."""
        shared = gcd(self.edge_cases, self.total) or 1
        return self.edge_cases // shared, max(1, self.total // shared)

    def is_edge(self, records: Ints) -> NDArray[np.bool_]:
        """Tell which records are edge cases, shape (n_records,)."""
        edges, period = self.ratio
        place = records % period
        found: NDArray[np.bool_] = (place + 1) * edges // period > place * edges // period
        return found

    def numbered(self, records: Ints) -> Ints:
        """Return how many records of its own sort (clean or edge) are before each, shape (n_records,)."""
        edges, period = self.ratio
        before = records // period * edges + records % period * edges // period
        found: Ints = np.where(self.is_edge(records), before, records - before)
        return found

    def intents(self, records: Ints) -> Ints:
        """Return the intent of each record, as its place in `INTENTS`."""
        numbers = self.numbered(records)
        return _in_turn(numbers, len(INTENTS), 1 + self.is_edge(records))

    def edge_types(self, records: Ints) -> Ints:
        """Return the kind of edge case of each record, as its place in `EDGES`; of no meaning where a record is none."""
        return _in_turn(self.numbered(records), len(EDGES), 3)

    def other_intents(self, records: Ints) -> Ints:
        """Return another intent than the record's own: what an instruction inside an edge case asks for."""
        step = 1 + _mixed(self.numbered(records), 4) % (len(INTENTS) - 1)
        found: Ints = (self.intents(records) + step) % len(INTENTS)
        return found


def _in_turn(numbers: Ints, size: int, stream: int | Ints) -> Ints:
    """Return each of `size` places once in every `size` numbers, in one of some orders, drawn for each block of them."""
    found: Ints = _orders(size)[_mixed(numbers // size, stream) % _ORDERS, numbers % size]
    return found


@cache
def _orders(size: int) -> Ints:
    keys = _mixed(np.arange(_ORDERS * 1000, dtype=np.int64).reshape(_ORDERS, 1000)[:, :size], 9)
    found: Ints = np.argsort(keys, axis=1, kind="stable")
    return found


def _mixed(numbers: Ints, stream: int | Ints) -> Ints:
    """Return well mixed integers of 31 bits (the finalizer of SplitMix64)."""
    streams = np.atleast_1d(stream).astype(np.uint64)
    mixed = numbers.astype(np.uint64) + streams * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    found: Ints = ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(33)).astype(np.int64)
    return found
