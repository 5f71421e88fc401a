"""Near duplicates: told from texts that only share their facts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from treadle.llm.near import Sketches, sketch_of

LONG = "the kettle that I bought last week in your shop leaks at the handle and the lid does not close any more at all"


def like(*texts):
    held = Sketches()
    for record, text in enumerate(texts[:-1]):
        held.add(sketch_of(text), record)
    return held.like(sketch_of(texts[-1]))


def test_a_text_that_differs_in_a_word_is_nearly_the_same():
    assert (
        like("something else entirely, with quite a number of other words in it, for a change", LONG, f"{LONG} today")
        == 1
    )


def test_case_and_marks_do_not_count():
    assert like(LONG, LONG.upper() + "!!!") == 0


def test_texts_with_the_same_facts_in_other_words_are_two():
    other = (
        "since last week my kettle from your shop has had a leak near its handle and a lid which will not shut properly"
    )
    assert like(LONG, other) is None


def test_very_short_texts_may_come_again():
    assert like("in Oslo", "in Oslo") is None


def test_short_texts_are_compared_whole():
    assert like("my new kettle leaks at the handle", "My new kettle leaks at the handle!") == 0
    assert like("my new kettle leaks at the handle", "my new kettle leaks at the lid") is None


@given(st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=12, max_size=60))
def test_every_text_is_nearly_itself(words):
    text = " ".join(letter * 3 for letter in words)
    assert like(text, text) == 0
