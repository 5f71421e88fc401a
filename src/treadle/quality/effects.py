"""Estimates of a planted bias: how much lower a rater puts a group, from what the rater noted and what is true.

Both estimators look at sets in which some members are of the group and some are not, and whose true score leaves `ROOM` to the ends
of the scale (of scores), or lies within `ROOM` of the threshold (of labels). What is true is the same for all members of a set, so
choosing sets by it biases nothing.

- By scores: the mean over sets of the mean observed score of the others less that of the group's members.
- By labels: with p0(s) and p1(s) the selection rates of the others and of the group at the true score s, and one noise for both,
  the integral of p0(s) - p1(s) over s is the bias, whatever the distribution of the noise: p1(s) = p0(s - lambda). The integral is
  taken in steps of `STEP`, in each of which the rates are means over its sets.

Intervals come from resampling sets.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from treadle.errors import UsageError
from treadle.quality.predictions import key_of, rows_of
from treadle.quality.resampling import Bootstrap, Estimate

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ROOM = 0.3
"""The greatest bias and noise together that the estimators allow for."""
STEP = 0.02
"""Width of a step of the true score."""


@dataclass(frozen=True)
class Rated:
    """What a rater noted: the set of each record (n,), whether it is of the group, what was noted, and the true score in [0, 1]."""

    sets: NDArray[np.uint64]
    in_group: NDArray[np.bool_]
    observed: Floats
    true: Floats

    @classmethod
    def read(cls, path: Path, group: str, *, observed: str, truth: str = "score") -> Rated:
        """Read counterfactual sets; `group` is CUE=VALUE. Raises `UsageError` for unknown columns, and a group of no record."""
        cue, _, value = group.partition("=")
        sets, own, noted, true = array("Q"), array("b"), array("d"), array("d")
        for place, row in rows_of(path, ("set", "cue", "cue_value", observed, truth)):
            if row["cue"] != cue:
                continue
            try:
                noted.append(float(row[observed]))
                true.append(float(row[truth]))
            except (TypeError, ValueError) as error:
                raise UsageError(f"{path}: row {place}: expected numbers in {observed} and {truth}") from error
            sets.append(key_of(row["set"]))
            own.append(row["cue_value"] == value)
        if not any(own):
            raise UsageError(f"{path}: no record of the group {group!r}: expected CUE=VALUE, as in gender=woman")
        return cls(
            np.frombuffer(sets, np.uint64),
            np.frombuffer(own, np.bool_),
            np.frombuffer(noted, np.float64),
            np.frombuffer(true, np.float64),
        )

    def contrasts(self) -> tuple[NDArray[np.uint64], Floats, Floats]:
        """Return of each set with members of both kinds its key, what was noted of the others less of the group, its true score."""
        sets, of = np.unique(self.sets, return_inverse=True)
        n, own = len(sets), self.in_group
        sums = [np.bincount(of[kind], self.observed[kind], n) for kind in (~own, own)]
        counts = [np.bincount(of[kind], minlength=n) for kind in (~own, own)]
        both = (counts[0] > 0) & (counts[1] > 0)
        others, group = (each[both] / count[both] for each, count in zip(sums, counts, strict=True))
        true = np.bincount(of, self.true, n) / np.bincount(of, minlength=n)
        return sets[both], others - group, true[both]


def effect_on_scores(rated: Rated, bootstrap: Bootstrap | None = None) -> Estimate:
    """Estimate by how much observed scores of a group are lower; raises `UsageError` where no set can tell."""
    sets, contrast, true = rated.contrasts()
    kept = (true >= ROOM) & (true <= 1 - ROOM)
    _check(int(kept.sum()), f"a true score from {ROOM:g} to {1 - ROOM:g}")
    sums = np.stack([contrast[kept], np.ones(int(kept.sum()))], axis=1)
    bootstrap = bootstrap or Bootstrap()
    return bootstrap.estimate(bootstrap.totals(sets[kept], sums), lambda totals: totals[:, 0] / totals[:, 1])


def effect_on_labels(rated: Rated, threshold: float = 0.6, bootstrap: Bootstrap | None = None) -> Estimate:
    """Estimate by how much a group's scores were lowered before labels, 0 or 1, were given at a threshold.

    Raises `UsageError` where no set can tell.
    """
    sets, contrast, true = rated.contrasts()
    low = threshold - ROOM
    kept = (true >= low) & (true < threshold + ROOM)
    _check(int(kept.sum()), f"a true score from {low:g} to {threshold + ROOM:g}")
    steps = round(2 * ROOM / STEP)
    step = np.minimum(((true[kept] - low) / STEP).astype(np.int64), steps - 1)
    sums = np.zeros((int(kept.sum()), 2 * steps))
    rows = np.arange(len(sums))
    sums[rows, step], sums[rows, steps + step] = contrast[kept], 1
    bootstrap = bootstrap or Bootstrap()

    def area(totals: Floats) -> Floats:
        total, count = totals[:, :steps], totals[:, steps:]
        means = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        found: Floats = STEP * _filled(means).sum(axis=1)
        return found

    return bootstrap.estimate(bootstrap.totals(sets[kept], sums), area)


def _filled(means: Floats) -> Floats:
    """Return rows in which what is missing lies on the line between its neighbours."""
    filled, places = means.copy(), np.arange(means.shape[1])
    for number in np.flatnonzero(np.isnan(means).any(axis=1)):
        there = ~np.isnan(means[number])
        if there.any():
            filled[number] = np.interp(places, places[there], means[number, there])
    return filled


def _check(kept: int, what: str) -> None:
    if not kept:
        raise UsageError(f"no set has members of the group, others, and {what}: make more sets, or name another group")
