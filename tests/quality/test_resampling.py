"""Bootstrap intervals: of sets, repeatable, and as wide as they claim."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

from treadle import draw
from treadle.errors import UsageError
from treadle.quality.resampling import Bootstrap, _poisson

KEYS = draw.bits(np.arange(4_000, dtype=np.uint64), 0)


def test_weights_are_poisson_of_mean_one():
    counts = np.bincount(_poisson(), minlength=12) / len(_poisson())
    assert counts == pytest.approx(poisson.pmf(np.arange(len(counts)), 1), abs=2e-5)


def test_resamples_do_not_depend_on_order_and_do_on_the_seed():
    sums = np.stack([KEYS % 7, np.ones(len(KEYS))], axis=1).astype(np.float64)
    turned = np.argsort(KEYS % 1_001, kind="stable")
    first = Bootstrap(200).totals(KEYS, sums)
    assert np.allclose(first, Bootstrap(200).totals(KEYS[turned], sums[turned]))
    assert not np.allclose(first[1:], Bootstrap(200, 7).totals(KEYS, sums)[1:])
    assert first[0].tolist() == sums.sum(axis=0).tolist()


def test_intervals_cover_as_often_as_they_say():
    """Of 400 means of 150 numbers, 95 % of the intervals hold the true one, less what resampling few costs."""
    random = np.random.default_rng(5)
    bootstrap, hits = Bootstrap(400), 0
    for _ in range(400):
        values = random.exponential(1, 150)
        sums = np.stack([values, np.ones(150)], axis=1)
        totals = bootstrap.totals(draw.bits(random.integers(0, 2**62, 150).astype(np.uint64), 1), sums)
        hits += bootstrap.estimate(totals, lambda t: t[:, 0] / t[:, 1]).covers(1)
    assert 0.90 <= hits / 400 <= 0.98


def test_what_is_not_defined_has_no_interval():
    bootstrap = Bootstrap(100)
    totals = bootstrap.totals(KEYS[:10], np.zeros((10, 2)))
    estimate = bootstrap.estimate(totals, lambda t: t[:, 0] / t[:, 1])
    assert (estimate.value, estimate.low, estimate.high) == (None, None, None)
    assert not estimate.covers(0)


@pytest.mark.parametrize("resamples", [0, 99, 100_001])
def test_too_few_or_too_many_resamples(resamples):
    with pytest.raises(UsageError, match="expected 100 to 100000"):
        Bootstrap(resamples)
