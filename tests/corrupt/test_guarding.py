"""What acts on letters, words and lines leaves addresses and numbers as they are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle import draw
from treadle.corrupt.choosing import ALWAYS
from treadle.corrupt.guarding import GUARDED, clear_of, unguarded
from treadle.corrupt.operators import Changes, Setting
from treadle.corrupt.passes import applied, settle
from treadle.corrupt.table import TABLE
from treadle.corrupt.texts import Stretches, Texts

CONTACTS = ["ann.lee@example.com", "https://lee-ann.example/cv", "+1 213 555 0142", "(030) 23125-014"]
LETTER = (
    "Ann Lee\nOslo | {} | {}, {}\n{}\n\nExperience\nManaged the organization of five night shifts, quickly\n- Led 12"
)


def texts_of(*texts: str) -> Texts:
    states = draw.record_states(draw.path_key(3, "guard"), np.arange(len(texts), dtype=np.uint64))
    return Texts(pa.array(texts, pa.large_string()), states)


def replaced(text: str, start: int, end: int, after: str) -> str:
    held = texts_of(text)
    changes = Changes(*(np.array([each]) for each in (0, start, end)), pa.array([after], pa.large_string()))
    return applied(held, settle(held, unguarded(held, changes)))[0].as_py()


@pytest.mark.parametrize(
    ("text", "old", "new", "let"),
    [
        ("write to ann@example.com today", "example", "exmple", False),
        ("write to ann@example.com today", "ann@example.com", "", True),
        ("write to ann@example.com today", "to", "ot", True),
        ("see https://lee.example/cv", "lee", "leee", False),
        ("call 213 555 0142 now", "0142", "0143", False),
        ("call 213 555 0142 now", "0142", "O142", False),
        ("call 213 555 0142 now", "call", "cal", True),
        ("with 12 people", "12", "13", True),
        ("at example.com", "example", "exmple", True),
    ],
)
def test_a_part_of_an_address_is_not_changed(text, old, new, let):
    """Neither a letter of one nor a digit of a number; a whole one may go."""
    start = text.index(old)
    assert (replaced(text, start, start + len(old), new) == text.replace(old, new, 1)) == let


def test_a_word_is_not_glued_to_an_address():
    """`example.net work` is not made `example.network`."""
    text = "write to ann@example.net work"
    assert replaced(text, len(text) - 5, len(text) - 4, "") == text
    assert replaced(text, 5, 6, "") == "writeto ann@example.net work"


def test_spared_stretches_stay():
    """A change that overlaps a stretch is left out, whichever end it reaches over; one beside it stays."""
    held = texts_of("abcdef")
    spared = Stretches(*(np.array([each]) for each in (0, 2, 4)))
    for start, end, stays in (
        (0, 2, True),
        (1, 3, False),
        (2, 4, False),
        (3, 5, False),
        (4, 6, True),
        (3, 3, False),
        (0, 6, False),
    ):
        changes = Changes(*(np.array([each]) for each in (0, start, end)), pa.array(["x"], pa.large_string()))
        assert bool(len(clear_of(changes, spared).row)) == stays
    assert len(held) == 1


@pytest.mark.parametrize(
    "operator", [each for each in TABLE if each.target in GUARDED and each.function], ids=lambda each: each.name
)
def test_no_operator_on_letters_words_or_lines_breaks_an_address(operator):
    """At the highest rate every address and number still stands in the text, but for what is cut off with its line."""
    held = texts_of(*[LETTER.format(*np.roll(CONTACTS, turn)) for turn in range(4)] * 10)
    empty = Stretches(*[np.zeros(0, np.int64)] * 3)
    lists = {"aliases": [("Experience", "History")]}
    setting = Setting(1.0, "en", lists, {}, dict.fromkeys(operator.reads, empty) | {})
    made = operator.function(held, setting, ALWAYS - 1)
    for text in applied(held, settle(held, unguarded(held, made))).to_pylist():
        whole = [contact for contact in CONTACTS[:2] if contact in text]
        assert len(whole) == 2 or operator.name == "unfinished_sentence", text
        for contact in CONTACTS:
            digits = "".join(filter(str.isdigit, contact))
            assert digits in "".join(letter for letter in text if letter.isdecimal())


PARTS = [
    "ann@x.example",
    "://",
    "@",
    ":",
    "//",
    " ",
    "\n",
    "5550142",
    "555-",
    "(0) ",
    "12",
    "word",
    "é",
    "----------" * 12,
]


def made_at_every_place(texts: Texts, after: str, width: int) -> Changes:
    """Return a change of so many bytes at every place of every text where there is room for it."""
    found = [
        (row, place)
        for row, (first, stop) in enumerate(zip(texts.bounds[:-1], texts.bounds[1:], strict=True))
        for place in range(first, stop + 1 - width)
        if texts.is_cut(np.array([place, place + width])).all()
    ]
    row, start = (np.array([each[side] for each in found], np.int64) for side in (0, 1))
    return Changes(row, start, start + width, pa.array([after] * len(row), pa.large_string()))


@given(st.lists(st.lists(st.sampled_from(PARTS), max_size=9).map("".join), min_size=1, max_size=4), st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_neighbour_decides_what_is_spared(texts, removed):
    """Of each text the same changes are let through, whatever stands before it and behind it in the buffer."""
    after, width = ("", 1) if removed else ("7", 0)
    together = texts_of(*texts)
    changes = made_at_every_place(together, after, width)
    kept = unguarded(together, changes)
    alone = [unguarded(each, made_at_every_place(each, after, width)) for each in map(texts_of, texts)]
    assert kept.row.tolist() == [row for row, each in enumerate(alone) for _ in each.row]
    begins = together.bounds[:-1]
    places = [place + begins[row] for row, each in enumerate(alone) for place in each.start.tolist()]
    assert kept.start.tolist() == places
