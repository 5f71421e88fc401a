"""Where a text states a fact, and where it does not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.llm.stating import Stated, _occurrences, find_all, listed, names_any


def fact(value, *, phrase="", said="", forms=(), after=""):
    return Stated(phrase or said or f"{value}{after}", value, said, forms, after, 0)


def spans(text, *facts):
    found, missing = find_all(text, facts)
    return [text[each.start : each.end] for each in found], [each.value for each in missing]


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("I know Java and more", "Java", ["Java"]),
        ("I know JavaScript", "Java", []),
        ("C, C++ and C#", "C", ["C"]),
        ("C++ only", "C", []),
        ("C, C++ and C#", "C++", ["C++"]),
        ("Oslo. In Oslo", "Oslo", ["Oslo", "Oslo"]),
        ("customer SERVICE", "customer service", ["customer SERVICE"]),
        ("R, the language", "R", ["R"]),
        ("for her", "R", []),
        ("node.js", "Node.js", ["node.js"]),
        ("3.5 points", "3", []),
        ("Ürün in München", "München", ["München"]),
    ],
)
def test_values_are_found_between_word_boundaries(text, value, expected):
    assert spans(text, fact(value))[0] == expected


def test_other_forms_count():
    assert spans("on K8s", fact("Kubernetes", forms=("K8s",))) == (["K8s"], [])


@pytest.mark.parametrize(
    ("text", "expected", "is_missing"),
    [
        ("with 5 years of experience", ["5"], False),
        ("5+ years in the field", ["5"], False),
        ("five years", [], False),
        ("over 15 years", [], True),
        ("5 projects, many years", ["5"], False),
        ("5 projects in a very large company over many years", [], True),
        ("no number", [], True),
    ],
)
def test_a_number_counts_before_its_unit(text, expected, is_missing):
    assert spans(text, fact("5", after=" years of experience")) == (expected, ["5"] if is_missing else [])


def test_words_that_stand_for_a_value_are_found_and_the_value_in_them_is_the_span():
    assert spans("a Bachelor's degree in art", fact("bachelor", said="bachelor's degree")) == (["Bachelor"], [])
    assert spans("an associate of mine", fact("associate", said="associate degree")) == ([], ["associate"])
    assert spans("no experience needed", fact("0", said="no experience needed")) == ([], [])


def test_what_a_longer_value_covers_does_not_state_a_shorter_one():
    assert spans("servant leadership", fact("leadership"), fact("servant leadership")) == (
        ["servant leadership"],
        ["leadership"],
    )


def test_withheld_values_are_told_by_their_capitals_where_they_have_some():
    found, _ = find_all("the ember of servant leadership", [fact("servant leadership")])
    assert names_any("the ember of servant leadership", ["Ember", "leadership"], found) == []
    assert names_any("Ember and LEADERSHIP", ["Ember", "leadership"], []) == ["Ember", "leadership"]


def test_a_fact_stands_on_one_line_without_what_separates_facts():
    assert listed(" a;b\n c\t d ") == "a,b c d"


def by_pattern(text, value, *, exact):
    """Say by a pattern what stands alone: the definition, too slow to compile for every name."""
    before = r"(?<!\w)(?<!\d[.,])" if value[0].isalnum() else ""
    after = r"(?!\w|[+#](?!\w)|[.,]\d)" if value[-1].isalnum() else ""
    after = r"(?!\w|[.,]\d)" if re.fullmatch(r"-?\d[\d.,]*", value) else after
    flags = 0 if exact or len(value) == 1 else re.IGNORECASE
    return [found.span() for found in re.finditer(before + re.escape(value) + after, text, flags)]


@given(st.text("aAbB1 2.,+#_é-;ßİ", max_size=14), st.text("aAbB12.+#é-", min_size=1, max_size=3), st.booleans())
def test_values_are_found_where_the_pattern_of_a_value_that_stands_alone_finds_them(text, value, exact):
    assert _occurrences(text, value, (), exact=exact) == by_pattern(text, value, exact=exact)
