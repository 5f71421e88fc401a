"""Texts state the facts: what is asked for and held stands in them, and every span covers what it says."""

from __future__ import annotations

import re
from collections import defaultdict
from statistics import quantiles

import pytest

TEXTS = ("resume_text", "job_skill_text")
UNCLEAN = {
    name: re.compile(pattern, re.MULTILINE)
    for name, pattern in {
        "brace": r"[{}]",
        "blank before a stop": r"\w [,;.](?=\s|$)",
        "two stops": r"(?<!\.)\.\.(?!\.)|,,|;;",
        "blank at an end": r"[ \t]$",
        "blank lines": r"\n{4,}",
        "blanks": r"(?<=[a-z,.]) {2}(?=[a-z])",
        "a before a vowel": r"\b[Aa] (?:apple|engineer|accountant|auditor|analyst|iOS)\b",
        "empty brackets": r"\(\s*\)|\[\s*\]",
        "nothing": r"\bNone\b(?! of)|\bnull\b|\bNaN\b",
    }.items()
}
"""What no text may hold."""


def of_type(row: dict, field: str, kind: str) -> list[dict]:
    """Return the spans of a type in a text."""
    return [span for span in row["spans"] if span["field"] == field and span["type"] == kind]


def surface(row: dict, span: dict) -> str:
    """Return the characters of a span."""
    return row[span["field"]][span["start"] : span["end"]]


def test_required_skills_stand_in_the_post(rows):
    """All of them, and in all but the shortest posts the preferred ones too; nothing else is asked for."""
    for number, row in enumerate(rows):
        named = [span["value"] for span in of_type(row, "job_skill_text", "SKILL")]
        assert set(row["required"]) <= set(named), number
        assert set(named) <= {*row["required"], *row["preferred"]}, number
        if row["job_length"] != "tiny" and row["job_layout"] != "short notice":
            assert set(row["preferred"]) <= set(named), number


def test_held_skills_stand_in_the_resume(rows):
    """All of them, and no skill that the candidate does not have."""
    for number, row in enumerate(rows):
        assert {span["value"] for span in of_type(row, "resume_text", "SKILL")} == set(row["skills"]), number


def test_skills_are_written_by_their_names_and_aliases(rows, taxonomy):
    for row in rows:
        for field in TEXTS:
            for span in of_type(row, field, "SKILL"):
                skill = taxonomy.skills[span["value"]]
                written = surface(row, span).casefold()
                assert written in {form.casefold() for form in (skill.name, *skill.aliases)}, (written, skill.name)


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("PERSON", ("name",)),
        ("GIVEN_NAME", ("given", "given_native")),
        ("FAMILY_NAME", ("family", "family_native")),
        ("EMAIL", ("email", "apply_to")),
        ("PHONE", ("phone",)),
        ("INSTITUTION", ("school",)),
    ],
)
def test_spans_of_a_person_cover_it(rows, kind, facts):
    for row in rows:
        for field in TEXTS:
            for span in of_type(row, field, kind):
                assert surface(row, span) == span["value"], span
                if span["fact"] or field == "resume_text":  # a post may name others, who are no fact
                    assert span["value"] == row[span["fact"]], span
                    assert span["fact"] in facts
    assert any(of_type(row, "resume_text", kind) for row in rows[:50])


@pytest.mark.parametrize(
    "kind", ["TITLE", "COMPANY", "CERTIFICATE", "PLACE", "COUNTRY", "INDUSTRY", "STUDY", "LANGUAGE"]
)
def test_spans_of_names_cover_them(rows, kind):
    """The characters are the value's, whatever the case of the first."""
    found = 0
    for row in rows:
        for field in TEXTS:
            for span in of_type(row, field, kind):
                found += 1
                assert surface(row, span).casefold() == str(span["value"]).casefold(), span
    assert found > 300


def test_every_resume_opens_with_the_person(rows):
    """Name and e-mail are in it, once as spans of their types, within the first lines."""
    for row in rows:
        (person,) = {surface(row, span) for span in of_type(row, "resume_text", "PERSON")}
        assert person == row["name"]
        assert row["email"] in row["resume_text"][:400]


def test_spans_are_in_order_and_within_the_text(rows):
    for row in rows:
        for span in row["spans"]:
            assert 0 <= span["start"] < span["end"] <= len(row[span["field"]]), span
            assert surface(row, span) == surface(row, span).strip(), span


def test_jobs_stand_in_the_resume_as_they_were(rows):
    """Titles, employers and dates of all jobs, in order; years and months as the dates' style says."""
    for row in rows:
        titles = [s["value"] for s in of_type(row, "resume_text", "TITLE") if s["fact"] == "jobs.title"]
        companies = [s["value"] for s in of_type(row, "resume_text", "COMPANY") if s["fact"] == "jobs.company"]
        assert titles == [job["title"] for job in row["jobs"]]
        assert companies == [job["company"] for job in row["jobs"]]
        dates = of_type(row, "resume_text", "DATE")
        expected = [date for job in row["jobs"] for date in (job["from"], job["to"]) if date]
        assert [span["value"] for span in dates] == expected
        assert all(span["value"][2:4] in surface(row, span) for span in dates)


def test_years_in_the_texts_are_the_facts(rows):
    """A summary speaks of as many years as the career has; a post asks for as many as its fact says."""
    for number, row in enumerate(rows):
        for span in of_type(row, "resume_text", "YEARS"):
            assert surface(row, span) == str(row["years"]), number
        said = re.findall(r"\b(\d+) years?\b(?! ago)", row["summary"] or "")
        assert set(said) <= {str(row["years"])}, (number, row["summary"])
        for span in of_type(row, "job_skill_text", "YEARS"):
            assert surface(row, span) in {str(row["years_min"]), str(row["years_max"])}, number


def test_texts_are_clean(rows):
    """No template is left over, no blank at a line's end, no two blanks in a row, no empty section."""
    for row in rows[:4_000]:
        for field in TEXTS:
            found = {name: UNCLEAN[name].search(row[field]) for name in UNCLEAN}
            assert not any(found.values()), {name: match for name, match in found.items() if match}


def test_lengths_are_those_of_real_texts(rows):
    """Words p5/p50/p95 near 60/250/900 for résumés, near 80/200/600 for posts."""
    for field, expected in {"resume_text": (60, 250, 900), "job_skill_text": (80, 200, 600)}.items():
        cuts = quantiles([len(row[field].split()) for row in rows], n=20)
        for measured, wanted in zip((cuts[0], cuts[9], cuts[18]), expected, strict=True):
            assert 0.7 * wanted <= measured <= 1.35 * wanted, (field, [cuts[0], cuts[9], cuts[18]])


def test_lengths_do_not_tell_the_label(rows):
    words = defaultdict(list)
    for row in rows:
        for field in TEXTS:
            words[field, row["match_label"]].append(len(row[field].split()))
    for field in TEXTS:
        no, yes = (sum(words[field, label]) / len(words[field, label]) for label in (0, 1))
        assert abs(no - yes) < 0.04 * no, (field, no, yes)


def test_native_names_stand_beside_latin_ones(rows):
    """Where the script is another, some résumés show the name in it, too."""
    foreign = [row for row in rows if row["foreign_script"]]
    shown = [row for row in foreign if f"({row['given_native']} {row['family_native']})" in row["resume_text"]]
    assert 0.1 < len(shown) / len(foreign) < 0.35
