"""Bootstrap intervals by resampling sets of records that belong together.

Each set counts, in each resample, as often as a draw from a Poisson distribution of mean 1 says (the Poisson bootstrap: Chamandy,
Muralidharan, Najmi, Naidu, Estimating uncertainty for massive data streams, 2012), which for many sets is drawing as many of them
with replacement. Draws are keyed by seed, set and resample: the order of a file changes nothing, and no more than some thousand
sets are weighed at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import exp, factorial
from typing import TYPE_CHECKING

import numpy as np

from treadle import draw
from treadle.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Keys = NDArray[np.uint64]

RESAMPLES = 1_000
SEED = 42
LEVEL = 0.95
_AT_ONCE = 1 << 22
"""Weights in memory at once."""
_STEPS = 1 << 16


@dataclass(frozen=True)
class Estimate:
    """A measure with the interval that `LEVEL` of its resamples lie in; None where it is not defined."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def covers(self, value: float) -> bool:
        """Tell whether a value lies in the interval."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high


@dataclass(frozen=True)
class Bootstrap:
    """How often sets are resampled, and the seed of it; raises `UsageError` for fewer than 100 resamples, or more than 100,000."""

    resamples: int = RESAMPLES
    seed: int = SEED

    def __post_init__(self) -> None:
        """Check the number of resamples."""
        if not 100 <= self.resamples <= 100_000:  # fewer say nothing of the ends, more nothing new
            raise UsageError(f"resamples={self.resamples}: expected 100 to 100000")

    def totals(self, sets: Keys, sums: Floats) -> Floats:
        """Return the sums of all sets, and below them those of each resample: (1 + resamples, n_columns).

        `sets` (n,) are their keys, `sums` (n, n_columns) what each adds.
        """
        drawn = np.zeros((self.resamples, sums.shape[1]))
        step = max(1, _AT_ONCE // self.resamples)
        for begin in range(0, len(sets), step):
            rows = slice(begin, begin + step)
            drawn += self._weights(sets[rows]).T.astype(np.float64) @ sums[rows]
        return np.concatenate([sums.sum(axis=0)[None, :], drawn])

    def _weights(self, sets: Keys) -> NDArray[np.uint8]:
        states = draw.record_states(draw.path_key(self.seed, "bootstrap"), sets)
        random = draw.bits(states[:, None], np.arange(self.resamples)[None, :])
        return _poisson()[(random >> draw.U64(48)).astype(np.int64)]

    def estimate(self, totals: Floats, measure: Callable[[Floats], Floats]) -> Estimate:
        """Return a measure, a function of totals (n, n_columns) to (n,), with its interval; NaN stands for what is not defined."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = measure(totals)
        if not np.isfinite(found[0]):
            return Estimate(None)
        drawn = found[1:][np.isfinite(found[1:])]
        if not len(drawn):
            return Estimate(float(found[0]))
        low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Estimate(float(found[0]), float(low), float(high))


@cache
def _poisson() -> NDArray[np.uint8]:
    """Return the Poisson quantiles, of mean 1, at even steps."""
    share, counts = 0.0, np.zeros(_STEPS, np.uint8)
    for count in range(12):
        counts[round(share * _STEPS) :] = count
        share += exp(-1) / factorial(count)
    return counts
