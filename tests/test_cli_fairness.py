"""`treadle fairness` on the command line: tables, JSON, exit codes."""

from __future__ import annotations

import json

import pytest

from running import treadle_here


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Return sets with a planted bias."""
    path = tmp_path_factory.mktemp("sets") / "sets.jsonl"
    options = ("--counterfactual", "gender,gap", "--planted-bias", "0.2", "--planted-group", "gender=woman")
    assert treadle_here("generate", "hiring", *options, "-n", 600, "-o", path, "--truth", "none", "--quiet") == 0
    return path


def test_a_biased_rater_is_flagged(sets, tmp_path, capsys):
    """The observed scores are predictions like any others; the table and the JSON file tell the same."""
    out = tmp_path / "f.json"
    options = ("--score", "score_observed", "--threshold", 0.6, "--resamples", 200, "--seed", 5, "--json", out)
    assert treadle_here("fairness", sets, "--against", sets, *options) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "95% bootstrap intervals, 200 resamples of sets, seed 5" in said
    assert "flagged: below 0.8" in said
    told = json.loads(out.read_text())
    gender, gap = told["facets"]
    assert (gender["name"], gender["flagged"], gap["name"], gap["records"]) == ("gender", True, "gap", 300)
    woman = next(group for group in gender["groups"] if group["name"] == "woman")
    assert woman["against_others"]["low"] < -0.19 < woman["against_others"]["high"] + 0.02
    assert f"{woman['against_others']['value']:+.3f}" in said
    assert f"{gender['flip_rate']['value']:.3f} [{gender['flip_rate']['low']:.3f}, " in said


def test_true_scores_differ_in_nothing(sets, capsys):
    assert treadle_here("fairness", sets, "--against", sets, "--resamples", 100) == 0
    said = capsys.readouterr().out
    assert "flip rate                  0.000 [0.000, 0.000]" in said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--range", "1:0"), "range='1:0': expected LOW:HIGH"),
        (("--range", "nan:1"), "expected LOW:HIGH"),
        (("--threshold", "7"), "threshold=7"),
        (("--resamples", "5"), "resamples=5: expected 100 to 100000"),
        (("--score", "scor"), "unknown column 'scor': did you mean 'score'"),
        (("--group", "sex"), "unknown column 'sex'"),
        (("--decision", "score"), "expected a decision, 0 or 1"),
    ],
)
def test_what_does_not_fit_exits_with_2(sets, capsys, options, message):
    assert treadle_here("fairness", sets, "--against", sets, *options) == 2  # bad usage
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said
