"""What counts as an answer: JSON of the right form, wherever it stands in what a model said."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.llm.answers import parse


def said(*items):
    return json.dumps({"texts": list(items)})


def item(number, text):
    return {"number": number, "text": text}


def test_items_are_taken_by_their_numbers():
    assert parse(said(item(2, "b"), item(1, "a")), 2).texts == {0: "a", 1: "b"}


def test_items_with_other_numbers_are_taken_by_their_order():
    assert parse(said(item(7, "a"), item(7, "b")), 2).texts == {0: "a", 1: "b"}


def test_missing_items_are_known_by_the_numbers_of_the_others():
    assert parse(said(item(1, "a"), item(3, "c")), 3).texts == {0: "a", 2: "c"}


def test_too_many_or_too_few_items_without_numbers_are_no_answer():
    found = parse(said({"text": "a"}, {"text": "b"}), 3)
    assert not found.texts
    assert "2 items, and 3 were asked for" in found.problem


@pytest.mark.parametrize(
    "around", ["{}", "Sure!\n```json\n{}\n```\nAnything else?", "```\n{}\n```", "Here it is: {} - enjoy"]
)
def test_json_counts_in_a_fence_and_between_words(around):
    assert parse(around.replace("{}", said(item(1, "a"))), 1).texts == {0: "a"}


def test_one_text_may_stand_without_the_list():
    assert parse('{"text": "a"}', 1).texts == {0: "a"}
    assert parse('[{"text": "a"}]', 1).texts == {0: "a"}


@pytest.mark.parametrize(
    "content",
    ["", "  \n", "I'm sorry.", '{"texts": [', "[]", "{}", "null", "3", '{"texts": [3]}', '{"texts": [{"text": 5}]}'],
)
def test_nothing_is_made_of_what_is_no_answer(content):
    found = parse(content, 1)
    assert not found.texts
    assert found.problem


@given(st.lists(st.text(max_size=30), min_size=2, max_size=8), st.integers(1, 400))
def test_of_an_answer_that_was_cut_off_only_whole_items_count(texts, cut):
    whole = said(*(item(number, text) for number, text in enumerate(texts, 1)))
    found = parse(whole[: min(cut, len(whole) - 1)], len(texts))
    assert all(texts[place] == text for place, text in found.texts.items())


@given(st.text(max_size=200), st.integers(1, 5))
def test_whatever_is_said_is_survived(content, count):
    parse(content, count)
