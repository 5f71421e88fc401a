"""The command line of faults: the classic columns, the table of operators, and texts side by side."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from running import treadle_here
from treadle.corrupt.operators import FAMILIES
from treadle.corrupt.table import names_of


def test_the_classic_columns(tmp_path):
    """Five columns, the eight families evenly, and half of each positive."""
    path = tmp_path / "x.csv"
    assert treadle_here("generate", "hiring", "--columns", "classic", "-n", 160, "-o", path, "--quiet") == 0
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["name", "resume_text", "job_skill_text", "match_label", "bias_type"]
    assert Counter((row["bias_type"], row["match_label"]) for row in rows) == {
        (family, label): 10 for family in FAMILIES for label in "01"
    }


@pytest.mark.parametrize("family", ["", "missing"])
def test_operators_are_listed(family, capsys):
    """Each by its name; of one family where that is named."""
    assert treadle_here("operators", *([family] if family else [])) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in names_of()) == (not family)
    assert "null_field" in shown


def test_an_unknown_family_is_told(capsys):
    """With the nearest name there is."""
    assert treadle_here("operators", "textuel") == 2
    assert "did you mean 'textual'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--bias", "textual", "--severity", "2"), "--severity '2': expected a number from 0 to 1"),
        (("--bias", "textual", "--severity", "nan"), "expected a number from 0 to 1"),
        (("--severity", "0.5"), "there are no faults"),
        (("--bias", "textuel"), "did you mean 'textual'"),
        (("--bias", "none,textual"), "'none' is a profile, which stands alone"),
    ],
)
def test_wrong_faults_are_told(options, said, capsys, tmp_path):
    """One message, exit code 2, and nothing is written."""
    assert treadle_here("generate", "hiring", *options, "-n", 5, "-o", tmp_path / "x.jsonl") == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_clean_and_faulted_texts_stand_side_by_side(capsys):
    """The terminal shows both, and lists each edit by its operator."""
    assert treadle_here("show", "hiring", "--bias", "domain-specific", "--record", 3) == 0
    shown = capsys.readouterr().out
    assert ", clean" in shown
    assert "with faults" in shown
    assert any(name in shown for name in ("padding", "buzzwords", "mixed_careers", "homonyms"))
