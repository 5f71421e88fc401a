"""Files of profiles: what they say is what is put in, and what is wrong in them is told at once."""

from __future__ import annotations

import json
from collections import Counter

import pytest

import treadle as td
from running import treadle_here

MILD = """
doc = "A little."
severity = 0.3
families = { none = 3, textual = 2, missing = 1 }

[operators]
mojibake = 0
exact_duplicate = 0
near_duplicate = 0
"""


def test_a_profile_is_read_from_a_file(tmp_path):
    """TOML and JSON say the same; without a name it has the file's."""
    toml, other = tmp_path / "mild.toml", tmp_path / "mild.JSON"
    toml.write_text(MILD, encoding="utf-8")
    families, off = {"none": 3, "textual": 2, "missing": 1}, {"mojibake": 0, "exact_duplicate": 0, "near_duplicate": 0}
    held = {"doc": "A little.", "severity": 0.3, "families": families, "operators": off}
    other.write_text(json.dumps(held), encoding="utf-8")
    expected = td.Profile("mild", families, 0.3, off, doc="A little.")
    assert td.profile(str(toml)) == td.profile(str(other)) == expected
    other.write_text(json.dumps({"everywhere": True, "operators": {"mojibake": 0.5}, "name": "own"}), encoding="utf-8")
    assert td.profile(str(other)) == td.Profile("own", {"mixed": 1}, operators={"mojibake": 0.5}, everywhere=True)


def test_the_command_line_takes_a_file(tmp_path):
    """Families are exact, what is turned off is not there, the run can be verified, and a changed file is another run."""
    profile, path = tmp_path / "mild.toml", tmp_path / "x.jsonl"
    profile.write_text(MILD, encoding="utf-8")
    assert treadle_here("generate", "hiring", "--bias", profile, "-n", 60, "-o", path, "--quiet") == 0
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert Counter(row["bias_type"] for row in rows) == {"none": 30, "textual": 20, "missing": 10}
    used = {edit["operator"] for row in rows for edit in row["edits"]}
    assert not used & {"mojibake", "exact_duplicate", "near_duplicate"}
    assert {edit["severity"] for row in rows for edit in row["edits"]} == {0.3}
    assert treadle_here("verify", path, "--quiet") == 0
    profile.write_text(MILD.replace("0.3", "0.9"), encoding="utf-8")
    assert treadle_here("verify", path, "--quiet") != 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("families = {textual = 1", "is no TOML file"),
        ("\xff", "is no TOML file"),
        ("", "families: expected at least one"),
        ("everywhere = true", "everywhere: expected operators with their rates"),
        ('families = {textual = "much"}', "families: textual='much': expected a number"),
        ("families = {textual = true}", "families: textual=True: expected a number"),
        ("families = ['textual']", "families=['textual']: expected weights by family"),
        ("families = {textuel = 1}", "did you mean 'textual'"),
        ("families = {textual = -1}", "textual=-1: expected a number from 0"),
        ("families = {textual = nan}", "textual=nan: expected a number from 0"),
        ("families = {none = 0}", "expected at least one weight above 0"),
        ("families = {mixed = 1}", "'mixed' is the family of profiles that act everywhere"),
        ("families = {textual = 1}\noperators = {mojibak = 1}", "did you mean 'mojibake'"),
        ("families = {textual = 1}\nseverity = 2", "severity=2: expected a number from 0 to 1"),
        ('families = {textual = 1}\nseverity = "high"', "severity='high': expected a number from 0 to 1"),
        ("families = {textual = 1}\nsevertiy = 1", "unknown setting 'severtiy': did you mean 'severity'"),
        ('families = {textual = 1}\neverywhere = "yes"', "everywhere='yes': expected true or false"),
        ("everywhere = true\noperators = {career_gap = 1}", "'career_gap' changes facts"),
        ("everywhere = true\noperators = {mojibake = 3}", "mojibake=3: expected a number from 0 to 1"),
    ],
)
def test_a_wrong_file_is_told(text, said, tmp_path, capsys):
    """With its name and what was expected; exit code 2, and nothing is written."""
    profile = tmp_path / "own.toml"
    profile.write_text(text, encoding="latin-1")
    assert treadle_here("generate", "hiring", "--bias", profile, "-n", 4, "-o", tmp_path / "x.jsonl") == 2
    error = capsys.readouterr().err
    assert "own.toml: " in error
    assert said in error
    assert list(tmp_path.iterdir()) == [profile]


def test_everything_that_is_wrong_is_told_at_once(tmp_path):
    """Unknown settings, types and names in one message."""
    profile = tmp_path / "own.json"
    profile.write_text(json.dumps({"sevrity": 1, "families": {"textual": "x"}, "everywhere": 1}), encoding="utf-8")
    with pytest.raises(td.UsageError) as error:
        td.profile(str(profile))
    assert all(word in str(error.value) for word in ("sevrity", "textual='x'", "everywhere=1"))
    profile.write_text("[1]", encoding="utf-8")
    with pytest.raises(td.UsageError, match="found a list"):
        td.profile(str(profile))
    with pytest.raises(td.UsageError, match="No such file"):
        td.profile(str(tmp_path / "none.toml"))
