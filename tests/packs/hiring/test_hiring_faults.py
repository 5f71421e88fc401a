"""Faults of the pack: how families and labels are crossed."""

from __future__ import annotations

import re
from collections import Counter

import pytest

import treadle as td
from treadle.checks.privacy import unreserved
from treadle.corrupt.operators import FAMILIES


@pytest.mark.parametrize("seed", [42, 7])
def test_families_and_labels_are_crossed_at_every_even_count(seed):
    """Half of the pairs match at every even count, every family of every label is within one of its share, and exact at 16."""
    columns = ["bias_type", "match_label", "split"]
    made = td.generate("hiring", count=320, seed=seed, columns=columns, options={"bias": "balanced"}, truth=False)
    rows = [(row["bias_type"], row["match_label"]) for row in made]
    for count in range(2, 321, 2):
        seen = Counter(rows[:count])
        assert sum(label for _, label in rows[:count]) == count // 2
        for family in FAMILIES:
            assert abs(8 * (seen[family, 0] + seen[family, 1]) - count) < 8
            for label in (0, 1):
                assert abs(16 * seen[family, label] - count) < 16 * (count % 16 > 0) + 1
    assert Counter(row["split"] for row in made) == {"train": 256, "validation": 32, "test": 32}


@pytest.fixture(scope="module")
def faulted() -> list[dict]:
    return list(td.generate("hiring", count=640, options={"bias": "balanced", "severity": "1"}))


def test_no_fault_makes_an_address_that_is_somebodys(faulted):
    """A typo in an address may be a real domain: the final texts hold none outside the reserved ranges."""
    texts = [record[name] or "" for record in faulted for name in ("name", "resume_text", "job_skill_text")]
    found = {what for text in texts for what, _ in unreserved(text)}
    assert not {what for what in found if not re.search(r"\b20\d\d\b", what)}  # dates in many ways look like numbers


def test_cues_are_those_of_the_candidate(faulted):
    """In the family of fairness posts stay as they are, and what changes is the candidate's own name, school or home."""
    seen = Counter()
    for record in faulted:
        if record["bias_type"] != "fairness":
            continue
        assert {edit["field"] for edit in record["edits"]} <= {"name", "resume_text"}
        facts = {
            (span["clean_start"], span["clean_end"]): span["fact"]
            for span in record["spans"]
            if span["field"] == "resume_text"
        }
        first = [edit for edit in record["edits"] if edit["field"] == "resume_text" and edit["before"]]
        for edit in first:
            if edit["operator"].startswith("swapped"):
                seen[edit["operator"]] += 1
        names = [edit for edit in record["edits"] if edit["operator"] == "swapped_name"]
        if names:
            given, family = record["name"].split(" ", 1)
            shown = record["resume_text"]
            assert f"{given} {family}" in shown
            gone = {edit["before"] for edit in names if edit["field"] == "name"} - {given, family}
            head = shown.partition("\n\n")[0]
            assert not [name for name in gone if name in head.split()]
        assert facts
    assert min(seen[name] for name in ("swapped_name", "swapped_place", "swapped_institution")) > 5


def test_what_somebody_says_of_himself_stands_in_resumes(faulted):
    """Posts are not stuffed, and have no societies, hobbies or gaps; their padding is an employer's."""
    own = {"keyword_stuffing", "claimed_without_evidence", "mixed_careers", "homonyms", "society", "gap_reason"}
    used = Counter((edit["operator"], edit["field"]) for record in faulted for edit in record["edits"])
    for name in own:
        assert used[name, "resume_text"] > 2
        assert not used[name, "job_skill_text"]
    for name in ("padding", "buzzwords"):
        texts = {
            field: {
                edit["after"].strip(" \n.-*•\u2013")
                for r in faulted
                for edit in r["edits"]
                if (edit["operator"], edit["field"]) == (name, field)
            }
            for field in ("resume_text", "job_skill_text")
        }
        assert all(texts.values())
        assert not texts["resume_text"] & texts["job_skill_text"]
