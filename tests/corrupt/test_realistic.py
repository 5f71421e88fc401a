"""The profile `realistic` puts in what was counted in real résumés, as often; docs/corruption.md tells the same figures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import treadle as td

COUNTED = {"mojibake": 69, "glued_words": 78, "space_runs": 54, "html_residue": 1}
"""Of a hundred real résumés so many had it (one public collection; see the profile's file)."""
COUNT = 1500
PAGE = Path(__file__).resolve().parents[2] / "docs" / "corruption.md"


@pytest.fixture(scope="module")
def resumes() -> list[dict]:
    return list(td.generate("hiring", count=COUNT, seed=7, options={"bias": "realistic"}))


@pytest.mark.parametrize("operator", COUNTED)
def test_it_comes_as_often_as_in_real_resumes(operator, resumes):
    """Within three of a hundred, by the answer key: whole résumés that an edit of the operator changed."""
    share = 100 * sum(
        any(e["operator"] == operator and e["field"] == "resume_text" for e in r["edits"]) for r in resumes
    )
    assert abs(share / COUNT - COUNTED[operator]) < 3


def test_what_the_key_says_can_be_seen(resumes):
    """Runs of three spaces, tags and entities stand where the key names them alone, but for those that a later fault broke up."""
    for operator, pattern in (("space_runs", "   "), ("html_residue", r"</?[a-z]+[^>]*>|<!|&(#\d+|[a-z]+);")):
        told = [any(e["operator"] == operator and e["field"] == "resume_text" for e in r["edits"]) for r in resumes]
        seen = [bool(re.search(pattern, r["resume_text"])) for r in resumes]
        assert not any(there and not said for there, said in zip(seen, told, strict=True))
        assert sum(seen) >= 0.9 * sum(told) > 0


def test_the_page_tells_the_rates():
    """The table of the page has the counted rates."""
    page = PAGE.read_text(encoding="utf-8")
    for operator, rate in COUNTED.items():
        assert re.search(rf"\| `{operator}` \| {rate} % \|", page)
