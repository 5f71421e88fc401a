"""Whether a text may stand: every reason for a no has its own words."""

from __future__ import annotations

import pytest

from treadle.declarations import Prompt
from treadle.llm.asking import Block
from treadle.llm.judging import judge
from treadle.llm.language import is_other_language
from treadle.llm.stating import Stated

GERMAN = "Die Lieferung ist nicht gekommen und ich bin sehr unzufrieden mit dem Service, der sich auf nichts einlässt."
ENGLISH = "The delivery has not come and I am very unhappy with the service that you have given to me and my family."


def block(schema="{}", language="en", withheld=(), facts=("kettle",)):
    stated = tuple(Stated(each, each, "", (), "", 0) for each in facts)
    return Block(0, "text", stated, withheld, "", Prompt("a line", schema=schema, language=language))


def reasons(text, **options):
    return judge(text, block(**options)).reasons


def test_a_good_text_passes_and_is_tidied():
    verdict = judge("  My kettle  \r\nleaks. \n", block())
    assert (verdict.text, verdict.reasons) == ("My kettle\nleaks.", [])


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("My lamp leaks.", {}, "does not state: kettle"),
        ("My kettle, not the sofa", {"withheld": ("sofa",)}, "names what is to be left out: sofa"),
        ("kettle", {"schema": '{"minLength": 20}'}, "has 6 characters, expected 20 at least"),
        ("kettle " * 9, {"schema": '{"maxLength": 20}'}, "has 62 characters, expected 20 at most"),
        ("kettle 12", {"schema": '{"pattern": "^[a-z ]+$"}'}, "does not fit the pattern"),
        ("kettle", {"schema": '{"enum": ["pot", "pan"]}'}, "is none of pot, pan"),
        ("", {"facts": ()}, "is empty"),
        ("I'm sorry, but I can't help with a kettle.", {}, "is a refusal"),
        ("As an AI language model I own no kettle", {}, "is a refusal"),
        ("my kettle\x1b[31m", {}, "holds control characters"),
        ("my kettle \u202eback", {}, "holds control characters"),
        (f"kettle. {GERMAN}", {}, "is in another language (de), expected en"),
        (f"kettle. {ENGLISH}", {"language": "de"}, "is in another language (en), expected de"),
        ("kettle, write to ann@gmail.com", {}, "names ann@gmail.com"),
        ("kettle, see https://shop.com/x", {}, "names shop.com"),
        ("kettle, call (212) 555-7788", {}, "names (212) 555-7788"),
        ("kettle at 8.8.8.8", {}, "names 8.8.8.8"),
    ],
)
def test_a_text_that_may_not_stand_says_why(text, options, reason):
    assert any(reason in each for each in reasons(text, **options)), reasons(text, **options)


@pytest.mark.parametrize(
    "text",
    [
        "kettle, write to ann@example.org",
        "kettle, call (212) 555-0142",
        "kettle rec-000123 umber velvet",
        "I'm sorry to say my kettle leaks",
    ],
)
def test_reserved_addresses_and_plain_words_pass(text):
    assert not reasons(text)


@pytest.mark.parametrize(
    "text", ["", "amber birch cobalt delta ember fjord grove", "Oslo", "Python, SQL, C++", ENGLISH]
)
def test_short_texts_lists_and_english_are_english_enough(text):
    assert is_other_language(text, "en") == ""


def test_another_script_is_another_language():
    assert is_other_language("Мой чайник протекает, и я очень недоволен.", "en") == "cyrillic"
    assert is_other_language("My kettle leaks, and I am not amused.", "ru") == "latin"
