"""Estimators of a planted bias: they recover what was planted, with intervals that hold it as often as they say."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

import treadle as td
from treadle.errors import UsageError
from treadle.packs.hiring.observed import Observed
from treadle.quality.effects import Rated, effect_on_labels, effect_on_scores
from treadle.quality.resampling import Bootstrap

SEEDS = range(12)
COLUMNS = ["set", "cue", "cue_value", "score", "score_observed", "label_observed"]
ESTIMATORS = pytest.mark.parametrize(
    ("observed", "estimator"), [("score_observed", effect_on_scores), ("label_observed", effect_on_labels)]
)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Return a function that makes sets of résumé-job pairs with a bias against women, once for each bias."""
    made = {}

    def of(bias):
        if bias not in made:
            options = {"counterfactual": "gender", "planted_bias": bias, "planted_group": "gender=woman"}
            dataset = td.generate("hiring", count=2_400, seed=1, options=options, columns=COLUMNS, truth=False)
            made[bias] = tmp_path_factory.mktemp("planted") / "sets.parquet"
            pq.write_table(dataset.to_arrow(), made[bias])
        return made[bias]

    return of


@ESTIMATORS
@pytest.mark.parametrize("bias", ["0", "0.15"])
def test_the_bias_of_a_dataset_lies_in_the_interval(planted, bias, observed, estimator):
    """From observed scores, and from observed labels alone; where nothing was planted, the interval holds 0."""
    found = estimator(Rated.read(planted(bias), "gender=woman", observed=observed))
    assert found.covers(float(bias))
    assert found.low < found.value < found.high < found.low + (0.01 if observed == "score_observed" else 0.07)


def sets_of(bias, seed):
    """Return sets with scores of any size, rated as the pack rates them."""
    groups = ["woman", "man", "neutral"]
    fields = {
        "set": td.set_number(),
        "member": td.member(),
        "cue": td.choice(["gender"]),
        "drawn": td.sample(groups, 2),
        "cue_value": td.derive(
            lambda drawn, member: drawn.codes[drawn.offsets[:-1] + member], "drawn", "member", values=groups
        ),
        "score": td.decimal("0.1", "1", places=4),
        "match_label": td.derive(lambda score: (score >= 6_000).astype(np.int64), "score", values=[0, 1]),
    }
    columns = [*COLUMNS[:4], "match_label"]
    plain = td.Recipe("rated", fields, members=2, closure=["cue_value"], columns=columns)
    plan = Observed.of({"planted_bias": bias, "planted_group": "gender=woman"}, {"gender": groups})
    table = td.generate(plan.added_to(plain, 6_000), count=3_000, seed=seed).to_arrow()
    observed = {name: table[name].to_numpy().astype(float) for name in ("score_observed", "label_observed")}
    own = np.array(table["cue_value"].to_pylist()) == "woman"
    return {
        name: Rated(table["set"].to_numpy().astype(np.uint64), own, seen, table["score"].to_numpy())
        for name, seen in observed.items()
    }


@ESTIMATORS
def test_planted_biases_are_recovered_as_often_as_the_intervals_say(observed, estimator):
    """Over seven biases and twelve seeds of each, 95 % of the intervals hold what was planted, and none is far off.

    The chance that fewer than 72 of 84 such intervals hold it is below one in a thousand.
    """
    hits = dict.fromkeys(("-0.2", "-0.05", "0", "0.02", "0.1", "0.2", "0.25"), 0)
    for number, bias in enumerate(hits):
        for seed in SEEDS:
            found = estimator(sets_of(bias, 100 * number + seed)[observed])
            hits[bias] += found.covers(float(bias))
            assert abs(found.value - float(bias)) < 2.5 * (found.high - found.low) / 2  # five standard errors
    assert sum(hits.values()) >= 72, hits  # see above
    assert min(hits.values()) >= 8, hits  # of twelve


def test_a_group_that_nothing_was_planted_against_has_no_effect(planted):
    """Neutral members differ from men by noise alone, once women are left out; women are lower than both."""
    rated = Rated.read(planted("0.15"), "gender=neutral", observed="score_observed")
    assert effect_on_scores(rated).value < 0  # lifted by the comparison with women
    table = pq.read_table(planted("0.15")).to_pylist()
    women = {row["set"] for row in table if row["cue_value"] == "woman"}
    rest = [row for row in table if row["set"] not in women]
    own = np.array([row["cue_value"] == "neutral" for row in rest])
    sets = np.array([row["set"] for row in rest], np.uint64)
    observed, true = (np.array([row[name] for row in rest]) for name in ("score_observed", "score"))
    assert effect_on_scores(Rated(sets, own, observed, true)).covers(0)


def simulated(random, bias, count):
    """Return pairs with true scores like those of the pack, and labels under a bias with another noise."""
    true = np.repeat(
        np.where(random.random(count) < 0.5, random.uniform(0, 0.6, count), random.uniform(0.5, 1, count)), 2
    )
    own = np.tile([True, False], count)
    seen = true - bias * own + random.normal(0, 0.04, 2 * count)
    return np.repeat(np.arange(count, dtype=np.uint64), 2), own, seen, true


@pytest.mark.parametrize("labels", [True, False])
def test_intervals_cover_as_often_as_they_say(labels):
    """Over 150 simulated raters with biases from -0.15 to 0.2, about 95 % of the intervals hold the bias."""
    random, hits = np.random.default_rng(11), 0
    for number in range(150):
        bias = random.uniform(-0.15, 0.2)
        sets, own, seen, true = simulated(random, bias, 600)
        observed = (seen > 0.6).astype(float) if labels else seen  # the threshold
        rated = Rated(sets, own, observed, true)
        estimate = (effect_on_labels if labels else effect_on_scores)(rated, bootstrap=Bootstrap(300, number))
        hits += estimate.covers(bias)
    assert 0.88 <= hits / 150 <= 0.99


def test_what_cannot_be_estimated_is_told(planted):
    path = planted("0")
    with pytest.raises(UsageError, match="no record of the group 'gender=women'"):
        Rated.read(path, "gender=women", observed="score_observed")
    with pytest.raises(UsageError, match="unknown column 'scores_observed'"):
        Rated.read(path, "gender=woman", observed="scores_observed")
    with pytest.raises(UsageError, match="expected numbers in cue and score"):
        Rated.read(path, "gender=woman", observed="cue")
    low = Rated(np.zeros(2, np.uint64), np.array([True, False]), np.array([0.1, 0.1]), np.array([0.1, 0.1]))
    for estimator in (effect_on_scores, effect_on_labels):
        with pytest.raises(UsageError, match="no set has members of the group, others, and a true score from"):
            estimator(low)
