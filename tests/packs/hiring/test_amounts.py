"""Amounts and national standards: what a post says in one country is said in no other."""

from __future__ import annotations

import re

import pytest

from treadle.packs.hiring.amounts import written
from treadle.packs.hiring.data import table
from treadle.packs.hiring.national import countries_of_skills

CURRENCIES = {row["country"]: row for row in table("currencies.tsv")}
PREFIXES = {row["prefix"] for row in CURRENCIES.values()}
AMOUNT = re.compile(r"(?<![A-Za-z])([A-Z]{3} |[$\u20ac\u00a3])(?=\d)")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (640, "640"),
        (1_049_999, "1,049,999"),
        (1_050_000, "1.05 million"),
        (24_000_000, "24 million"),
        (3_150_000_000, "3.15 billion"),
    ],
)
def test_large_amounts_are_written_in_words(amount, text):
    assert written(amount) == text


def test_every_country_has_a_currency():
    assert {row["country"] for row in table("locales.tsv")} == set(CURRENCIES)


@pytest.mark.parametrize(("field", "country"), [("resume_text", "home"), ("job_skill_text", "country")])
def test_amounts_are_in_the_currency_of_the_country(rows, field, country):
    seen = set()
    for row in rows:
        found = {match.group(1).strip() for match in AMOUNT.finditer(row[field])} & PREFIXES
        assert found <= {CURRENCIES[row[country]]["prefix"]}, (row[country], found)
        seen |= found
    assert len(seen) > 20


def test_pay_is_stated_only_where_it_is_known(rows):
    for row in rows:
        if any(span["type"] == "SALARY" for span in row["spans"]):
            assert CURRENCIES[row["country"]]["pay"], row["country"]


def test_standards_of_one_country_are_not_asked_for_in_others(rows):
    """Nor do candidates for posts elsewhere bring them along."""
    known, asked = countries_of_skills(), set()
    for row in rows:
        for name in (*row["required"], *row["preferred"], *row["skills"]):
            assert known.get(name, row["country"]) == row["country"], (row["country"], name)
        asked |= {name for name in row["required"] if name in known}
    assert len(asked) >= 50
