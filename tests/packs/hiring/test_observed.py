"""Planted bias and label noise: of the size that was asked for, recorded, and without touching what is true."""

from __future__ import annotations

from collections import Counter

import pytest
from scipy.stats import binomtest

import treadle as td
from running import treadle_here
from treadle.packs.hiring.observed import NUDGE
from treadle.packs.hiring.recipe import COLUMNS, configured, recipe

TRUE = ["record", "score", "match_label", "resume_text"]
BIAS = {"counterfactual": "gender,name", "planted_bias": "0.12", "planted_group": "gender=woman"}


def made(count, columns=(), **options):
    return list(td.generate("hiring", count=count, seed=3, options=options, columns=columns, truth=False))


@pytest.fixture(scope="module")
def planted():
    """Return sets with a bias against women."""
    return made(4_000, ["set", "cue", "cue_value", "score", "match_label", "score_observed", "label_observed"], **BIAS)


def points(share):
    return round(share * 10_000)


def test_observed_scores_are_the_true_ones_less_the_bias_but_for_noise(planted):
    """Where neither end of the scale cuts it off, the difference is the bias of the group, 0 of others, and bounded noise."""
    noise = []
    for row in planted:
        lowered = 1_200 if (row["cue"], row["cue_value"]) == ("gender", "woman") else 0
        off = points(row["score_observed"]) - points(row["score"]) + lowered
        if 0 < row["score_observed"] < 1:
            assert abs(off) <= 2 * NUDGE
            noise.append(off)
    assert min(noise) < -NUDGE
    assert max(noise) > NUDGE
    assert abs(sum(noise)) / len(noise) < 20  # basis points: six standard errors
    assert len({*noise}) > 2 * NUDGE


def test_observed_labels_are_the_observed_scores_above_the_threshold(planted):
    """1[score - lambda * A + noise > threshold], as the recipe says."""
    for row in planted:
        assert row["label_observed"] == (points(row["score_observed"]) > 6_000)  # the threshold of labels


def test_members_of_a_set_have_noise_of_their_own(planted):
    """Noise is not the set's: men and neutral members of a set differ by it too."""
    off = [points(row["score_observed"]) - points(row["score"]) for row in planted if row["cue"] == "name"]
    assert sum(left == right for left, right in zip(off[::2], off[1::2], strict=True)) < len(off) / 100


def test_what_is_true_stays_as_it_is():
    """Planting and noise change no other column of any record."""
    options = {"counterfactual": "gender,name"}
    assert made(200, TRUE, **BIAS, label_noise="0.2,0.2") == made(200, TRUE, **options)
    assert made(200, COLUMNS, label_noise="0.2,0.2") == made(200)


@pytest.mark.parametrize("options", [{}, {"counterfactual": "place"}])
def test_label_noise_has_the_rates_that_were_asked_for(options):
    """A 0 is noted as 1 and a 1 as 0 at their own rates; without noise there is no column."""
    rows = made(6_000, ["match_label", "label_observed"], label_noise="0.03,0.2", **options)
    counts = Counter((row["match_label"], row["label_observed"]) for row in rows)
    for label, rate in ((0, 0.03), (1, 0.2)):
        total = counts[label, 0] + counts[label, 1]
        assert binomtest(counts[label, 1 - label], total, rate).pvalue > 1e-4  # one seed in five thousand
    assert "label_observed" not in recipe.columns


def test_no_noise_notes_what_is_true():
    rows = made(500, ["match_label", "label_observed"], label_noise="0,0")
    assert all(row["match_label"] == row["label_observed"] for row in rows)


def test_describe_and_the_manifest_tell_what_was_planted(tmp_path, capsys):
    """The size, the group and the matrix stand where a user looks for them."""
    options = [f"--{name.replace('_', '-')}={value}" for name, value in {**BIAS, "label_noise": "0.05,0.1"}.items()]
    assert treadle_here("describe", "hiring", *options) == 0
    said = " ".join(capsys.readouterr().out.split())
    for told in ("score - 0.12 * A + noise", "gender = woman", "0.05", "rate of 0.1"):
        assert told in said, told
    out = tmp_path / "x.jsonl"
    assert treadle_here("generate", "hiring", *options, "-n", 20, "-o", out, "--quiet") == 0
    manifest = (tmp_path / "x.jsonl.manifest.json").read_text()
    assert '"planted_bias": "0.12"' in manifest
    assert '"label_observed"' in manifest
    assert treadle_here("validate", out) == 0
    assert treadle_here("verify", out, "--quiet") == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"planted_bias": "0.1"}, "needs the groups of --counterfactual"),
        ({"planted_group": "gender=woman"}, "needs the groups of --counterfactual"),
        ({"counterfactual": "gender", "planted_bias": "0.1"}, "expected both"),
        ({"counterfactual": "gender", "planted_group": "gender=man"}, "expected both"),
        ({**BIAS, "planted_bias": "0.3"}, "expected a number from -0.25 to 0.25"),
        ({**BIAS, "planted_bias": "0.00001"}, "at most four decimal places"),
        ({**BIAS, "planted_bias": "NaN"}, "--planted-bias 'NaN'"),
        ({**BIAS, "planted_bias": "much"}, "--planted-bias 'much'"),
        ({**BIAS, "planted_group": "woman"}, "expected CUE=VALUE, one of gender=woman, gender=man, gender=neutral, name="),
        ({**BIAS, "planted_group": "place=rural"}, "--planted-group 'place=rural'"),
        ({"label_noise": "0.1"}, "expected two rates"),
        ({"label_noise": "0.1,2"}, "expected a number from 0 to 1"),
        ({"label_noise": "-0.1,0"}, "expected a number from 0 to 1"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(options, message):
    with pytest.raises(td.UsageError) as told:
        configured(**options)
    assert message in str(told.value)
