"""Operators: on any text they make edits that can be applied and taken back, that cut no character, and that no batch decides."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests_of_faults import HARD_TEXTS, SAMPLES

from treadle import draw
from treadle.corrupt.choosing import numbers_within, rate_of
from treadle.corrupt.examples import LETTER, example
from treadle.corrupt.lists import rows_of
from treadle.corrupt.operators import FAMILIES, Setting
from treadle.corrupt.passes import applied, settle
from treadle.corrupt.table import BY_NAME, TABLE, names_of
from treadle.corrupt.texts import Texts
from treadle.edits import Edits, apply, invert

TEXTS = st.lists(
    st.one_of(
        st.sampled_from(HARD_TEXTS),
        st.text(alphabet=st.sampled_from(list("abE é😀\u0301\n-•.漢я'&1\u200d🇩🇪\u202e")), max_size=40),
    ),
    min_size=1,
    max_size=5,
)
MARKS = (
    "date",
    "company",
    "contact",
    "heading",
    "skill",
    "person",
    "given_name",
    "family_name",
    "email",
    "institution",
    "place",
    "given_native",
    "family_native",
    "link",
    "title",
)
ON_TEXTS = [each.name for each in TABLE if each.function is not None]
LISTS = {"companies": ("Northwind", "Ölwerk"), "aliases": (("ab", "ba"), ("Python", "py")), "careers": ("Kept bees.",)}


def texts_of(texts: list[str], first: int = 0) -> Texts:
    array = pa.array(texts, pa.large_string())
    return Texts(array, draw.record_states(99, np.arange(first, first + len(texts), dtype=np.uint64)))


def setting_of(texts: Texts, severity: float = 0.5, language: str = "en") -> Setting:
    """Return a setting in which every third word of a text is marked as everything that an operator may ask for."""
    words = texts.words.take(numbers_within(texts.words.row) % 3 == 0)
    words = words.take(texts.is_cut(words.start) & texts.is_cut(words.end))
    values = {name: pa.array(["x, y"] * len(texts), pa.large_string()) for name in ("claimed", "keywords")}
    return Setting(severity, language, LISTS, values, dict.fromkeys(MARKS, words))


def acted(name: str, texts: Texts, severity: float = 0.5, language: str = "en"):
    """Return the edits of an operator and the texts after it."""
    each = BY_NAME[name]
    edits = settle(texts, each.function(texts, setting_of(texts, severity, language), rate_of(each.rate, severity)))
    return edits, applied(texts, edits)


def as_table(edits, records) -> Edits:
    place = [None] * len(edits.row) if edits.place is None else edits.place.tolist()
    rows = zip(edits.row, edits.start, edits.end, edits.before.to_pylist(), edits.after.to_pylist(), place, strict=True)
    return Edits.of(
        {
            "record": int(records[row]),
            "field": "text",
            "start": int(start),
            "end": int(end),
            "before": before,
            "after": after,
            "place": to,
        }
        for row, start, end, before, after, to in rows
    )


@pytest.mark.parametrize("name", ON_TEXTS)
@settings(max_examples=25, deadline=None)
@given(texts=TEXTS, severity=st.sampled_from([0.0, 0.4, 1.0]))
def test_edits_can_be_applied_and_taken_back(name, texts, severity):
    """What an operator says it did is what happened, and leads back: on any text, in code points."""
    held = texts_of(texts)
    edits, after = acted(name, held, severity)
    records = np.arange(len(texts))
    table = as_table(edits, records)
    assert apply(held.array, table, records).equals(after)
    assert invert(after, table, records).equals(held.array)
    for row, start, end, before in zip(edits.row, edits.start, edits.end, edits.before.to_pylist(), strict=True):
        assert texts[row][start:end] == before


@pytest.mark.parametrize("name", ON_TEXTS)
@settings(max_examples=25, deadline=None)
@given(texts=TEXTS)
def test_no_character_is_cut(name, texts):
    """No edit begins or ends before a mark, a joiner or what it joins on, a skin tone, or the second letter of a flag."""
    edits, _ = acted(name, texts_of(texts), 1.0)
    for row, *places in zip(edits.row, edits.start, edits.end, strict=True):
        for place in places:
            assert not clings(texts[row], int(place))


def clings(text: str, place: int) -> bool:
    if not 0 < place < len(text):
        return False
    mark, before = text[place], text[place - 1]
    flags = all("\U0001f1e6" <= letter <= "\U0001f1ff" for letter in (mark, before))
    return (
        unicodedata.category(mark)[0] == "M" or mark == "\u200d" or (before == "\u200d" and not mark.isascii()) or flags
    )


@pytest.mark.parametrize("name", ON_TEXTS)
@settings(max_examples=10, deadline=None)
@given(texts=TEXTS)
def test_no_batch_decides_what_happens_to_a_text(name, texts):
    """A text alone gets the same edits as among others."""
    together, _ = acted(name, texts_of(texts))
    found = list(zip(together.row, together.start, together.end, together.after.to_pylist(), strict=True))
    for number, text in enumerate(texts):
        alone, _ = acted(name, texts_of([text], number))
        mine = [(start, end, after) for row, start, end, after in found if row == number]
        assert list(zip(alone.start, alone.end, alone.after.to_pylist(), strict=True)) == mine


@pytest.mark.parametrize("name", [each.name for each in TABLE if each.always])
def test_what_always_acts_does(name):
    """A family has operators that change any text of some length, whatever its script."""
    texts = [text for script in SAMPLES.values() for text in script]
    edits, _ = acted(name, texts_of(texts), 0.0)
    family = BY_NAME[name].family
    others = [acted(each.name, texts_of(texts), 0.0)[0].row for each in TABLE if each.always and each.family == family]
    assert len(edits.row)
    assert set(np.concatenate(others).tolist()) == set(range(len(texts)))


def test_what_always_acts_reads_no_spans():
    """A text that no other operator changed is given to it, and the spans of such texts are not followed."""
    assert not [each.name for each in TABLE if each.always and each.reads]


def test_the_table_holds_what_was_promised():
    """At least forty operators with names of their own, of all eight families, each with an example: of facts in words."""
    assert len(ON_TEXTS) >= 40
    assert len(set(names_of())) == len(TABLE)
    assert {each.family for each in TABLE} == set(FAMILIES)
    for each in TABLE:
        assert re.fullmatch(r"[A-Z].*\.", each.doc), each.name
        assert each.rate[0] <= each.rate[1]
        shown = example(each)
        if each.target == "records":
            assert shown is None
            continue
        assert shown is not None
        assert shown.before in LETTER or each.target == "facts"
        assert (each.function is None) == (each.target == "facts") == (each.effect == "by score")
        assert shown.before != shown.after


def test_severity_means_more():
    """The more severe, the more places are changed; some operators find one place alone in the letter."""
    texts, more = [LETTER] * 200, []
    for each in TABLE:
        if each.rate[1] > each.rate[0] and not (each.needs or each.lists):
            few, many = (len(acted(each.name, texts_of(texts), severity)[0].row) for severity in (0.0, 1.0))
            assert few <= many, each.name
            more += [each.name] if few < many else []
    assert len(more) > 20


BY_SPACES_KEYS_OR_CASE = ("keyboard_typo", "glued_words", "changed_case")


@pytest.mark.parametrize(
    "name", ["ocr_confusion", "mojibake", "zero_width", "homoglyph", "split_word", *BY_SPACES_KEYS_OR_CASE]
)
@pytest.mark.parametrize("script", list(SAMPLES))
def test_an_operator_reads_scripts(name, script):
    """All act on Latin and Cyrillic; on Chinese and Japanese those that do not live on spaces, keys or case, the others never."""
    texts = SAMPLES[script] * 20
    edits, after = acted(name, texts_of(texts), 1.0, {"cyrillic": "ru", "cjk": "ja"}.get(script, "en"))
    if script == "cjk" and name in BY_SPACES_KEYS_OR_CASE:
        assert after.to_pylist() == texts
    else:
        assert len(edits.row) > 0
        assert after.to_pylist() != texts


@pytest.mark.parametrize(
    ("language", "text", "typed"),
    [
        ("en", "aaaaaaaa", "qwsz"),
        ("de", "zzzzzzzz", "t67ugh"),
        ("fr", "aaaaaaaa", "&ézq1"),
        ("ru", "фффффффф", "йцыяч"),
    ],
)
def test_a_slip_hits_a_neighbour_on_the_keyboard_of_the_language(language, text, typed):
    """German z lies between t and u, French a where English has q."""
    edits, _ = acted("keyboard_typo", texts_of([text] * 50), 1.0, language)
    assert set("".join(edits.after.to_pylist())) <= set(typed)


def test_mojibake_is_a_real_re_decoding():
    """What comes out is the text in one encoding, read in another; it can be reproduced by hand."""
    edits, _ = acted("mojibake", texts_of(["Café Zürich"] * 400), 1.0)
    found = set(edits.after.to_pylist())
    assert "CafÃ©" in found
    assert "ZÃ¼rich" in found
    assert {
        "Café".encode(one).decode(other, "replace") for one, other in (("utf-8", "latin-1"), ("utf-8", "cp1252"))
    } <= found


def test_words_keep_their_case():
    """A word in capitals is misspelt in capitals, one with a capital with one."""
    edits, _ = acted("misspelling", texts_of(["Management MANAGEMENT management"] * 60), 1.0)
    for before, after in zip(edits.before.to_pylist(), edits.after.to_pylist(), strict=True):
        assert after.isupper() == before.isupper()
        assert after[0].isupper() == before[0].isupper()


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("swapped_dates", "Baker, Oakhollow Mills, June 2023 - May 2019"),
        ("lost_header", "\n\nBaker, Oakhollow Mills"),
        ("dropped_section", "mail.example\n\nEducation"),
        ("missing_contact", "Zürich, \n"),
        ("wrong_company", "Baker, Northwind Freight, May"),
        ("unfinished_sentence", "- Responsible for quality; assisted customers\n"),
        ("interleaved_columns", "Experience\nEducation\nBaker"),
    ],
)
def test_examples_are_what_they_say(name, after):
    """Fixed examples: some draw does this to the letter."""
    from treadle.corrupt import examples  # noqa: PLC0415  # its private parts make the marks

    each = BY_NAME[name]
    texts = texts_of([LETTER] * 200)
    marked = {mark: examples._found(texts, examples._MARKS[mark]) for mark in (*each.needs, *each.uses)}
    values = {mark: pa.array([examples._VALUES[mark]] * 200, pa.large_string()) for mark in each.values}
    setting = Setting(0.5, "en", examples._LISTS, values, marked)
    edits = settle(texts, each.function(texts, setting, rate_of(each.rate, 0.5)))
    assert any(after in text for text in applied(texts, edits).to_pylist())


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("an essential part", False),
        ("played a crucial part", True),
        ("A summary of it", False),
        ("saw a summary", False),
        ("for data summary", True),
        ("essential", True),
        ("an\nessential part", True),
    ],
)
def test_a_synonym_keeps_the_article_right(text, allowed):
    """None is put behind `a` that would need `an`, or the other way round."""
    after = acted("synonym", texts_of([text] * 40))[1].to_pylist()
    assert any(each != text for each in after) == allowed
    assert not any(re.search(r"\b(a [aeiou]|an [^aeiou])", each, re.IGNORECASE) for each in after)


def test_every_synonym_has_the_form_of_its_phrase():
    """Verbs in -ing stay so, and what is behind `to` stays behind it."""
    for row in rows_of("synonyms"):
        phrase, synonym, part = row["phrase"], row["synonym"], row["part_of_speech"]
        if part == "verb-ing":
            assert synonym.split(" ")[0].endswith("ing"), row
        assert phrase.startswith("to ") == synonym.startswith("to ") or part != "verb", row


@pytest.mark.parametrize("name", ["html_residue", "markdown_residue", "latex_residue"])
def test_markup_stands_around_words_lines_and_paragraphs_and_alone(name):
    """Every way of leaving markup comes: all that the list holds is used."""
    edits, _ = acted(name, texts_of([LETTER] * 400), severity=1.0)
    after = set(edits.after.to_pylist())
    kind = name.removesuffix("_residue")
    for place in ("word", "line", "block", "standalone"):
        marks = [
            row["opening"].replace("\\n", "\n")
            for row in rows_of("markup")
            if (row["kind"], row["place"]) == (kind, place)
        ]
        own = {"block": "{}\n", "standalone": "\n{}"}.get(place)
        if own is not None:
            assert len({mark for mark in marks if own.format(mark) in after}) > len(marks) // 2
        else:
            assert len({mark for mark in marks if any(text.startswith(mark) for text in after)}) > len(marks) // 2
