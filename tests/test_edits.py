"""Edits: apply, invert and remap obey their laws on any text, and misfits are refused."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.edits import DAMAGED, GONE, INTACT, SCHEMA, Edits, apply, invert, remap, with_final_places
from treadle.errors import EditError

HOSTILE = st.text(alphabet=st.sampled_from(list('ab é😀\u202e\u0301\n"漢\u2028\\')), max_size=12)
FIRST_RECORD = 10


@dataclass
class Case:
    """Texts, the edits of several passes, and what plain Python makes of them."""

    texts: list[str]
    final: list[str]
    rows: list[dict[str, object]]

    @property
    def records(self) -> np.ndarray:
        return np.arange(FIRST_RECORD, FIRST_RECORD + len(self.texts))

    @property
    def edits(self) -> Edits:
        return Edits.of(self.rows)


def array(texts: list[str]) -> pa.Array:
    return pa.array(texts, pa.large_string())


def edit(start: int, end: int, before: str, after: str, **more: object) -> dict[str, object]:
    return {
        "record": FIRST_RECORD,
        "field": "text",
        "start": start,
        "end": end,
        "before": before,
        "after": after,
        **more,
    }


@st.composite
def replacements(draw: st.DrawFn, text: str) -> tuple[str, list[dict[str, object]]]:
    bounds = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    stretches = list(dict.fromkeys(zip(bounds[::2], bounds[1::2], strict=False)))
    made, rows, at = "", [], 0
    for start, end in stretches:
        after = draw(HOSTILE)
        rows.append(edit(start, end, text[start:end], after))
        made, at = made + text[at:start] + after, end
    return made + text[at:], rows


@st.composite
def reorders(draw: st.DrawFn, text: str) -> tuple[str, list[dict[str, object]]]:
    bounds = sorted(draw(st.sets(st.integers(0, len(text)), max_size=5)))
    if len(bounds) < 3:
        return text, []
    segments = [text[low:high] for low, high in itertools.pairwise(bounds)]
    places = draw(st.permutations(range(len(segments))))
    rows = [
        edit(low, low + len(segment), segment, segment, place=place)
        for low, segment, place in zip(bounds, segments, places, strict=False)
    ]
    moved = [segment for _, segment in sorted(zip(places, segments, strict=True))]
    return text[: bounds[0]] + "".join(moved) + text[bounds[-1] :], rows


@st.composite
def cases(draw: st.DrawFn) -> Case:
    texts = draw(st.lists(HOSTILE, min_size=1, max_size=4))
    final, rows = list(texts), []
    for number in range(draw(st.integers(0, 3))):
        for i, text in enumerate(final):
            kind = reorders if draw(st.booleans()) else replacements
            final[i], made = draw(kind(text))
            rows += [{**each, "record": FIRST_RECORD + i, "pass": number} for each in made]
    return Case(texts, final, rows)


@settings(max_examples=400, deadline=None)
@given(cases())
def test_applying_edits_gives_what_python_gives_and_inverting_gives_the_text_back(case: Case) -> None:
    """`invert(apply(x)) == x`, and `apply` agrees with string slicing, pass after pass."""
    applied = apply(array(case.texts), case.edits, case.records)
    assert applied.to_pylist() == case.final
    assert invert(applied, case.edits, case.records).to_pylist() == case.texts


@settings(max_examples=400, deadline=None)
@given(cases(), st.data())
def test_a_span_that_stays_intact_holds_its_surface_in_the_final_text(case: Case, data: st.DataObject) -> None:
    """Every remapped span either holds its surface, or is marked as damaged or gone."""
    row = data.draw(st.integers(0, len(case.texts) - 1))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(case.texts[row]))] * 2)))
    moved = remap(np.array([row]), np.array([start]), np.array([end]), case.edits, case.records)
    found = case.final[row][moved.start[0] : moved.end[0]]
    if moved.state[0] == INTACT:
        assert found == case.texts[row][start:end]
    if moved.state[0] == DAMAGED:
        assert found


@settings(max_examples=300, deadline=None)
@given(cases())
def test_what_the_last_pass_put_in_stands_at_its_final_place(case: Case) -> None:
    """`final_start` and `final_end` of the last pass bound what it put in; those of earlier passes lie in the text."""
    final = with_final_places(case.edits, case.records).table.to_pylist()
    last = max((row["pass"] for row in final), default=0)
    for row in final:
        text = case.final[row["record"] - FIRST_RECORD]
        if row["pass"] == last:
            assert text[row["final_start"] : row["final_end"]] == row["after"]
        elif row["final_start"] is not None:
            assert 0 <= row["final_start"] <= row["final_end"] <= len(text)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((0, 3), (0, 3, INTACT)),  # before the edit
        ((4, 7), (4, 10, DAMAGED)),  # the edit takes all of it
        ((4, 8), (4, 11, DAMAGED)),  # the edit lies inside
        ((5, 9), (10, 12, DAMAGED)),  # the edit begins before it
        ((2, 5), (2, 4, DAMAGED)),  # the edit ends behind it
        ((8, 11), (11, 14, INTACT)),  # behind the edit
        ((7, 9), (10, 12, INTACT)),  # begins where the edit ends
    ],
)
def test_spans_around_one_replacement(span: tuple[int, int], expected: tuple[int, int, int]) -> None:
    """A span before, behind, inside, around or across one replacement gets the bounds that a reader would give it."""
    edits = Edits.of([edit(4, 7, "two", "twenty")])  # "one two three" -> "one twenty three"
    moved = remap(np.array([0]), *(np.array([each]) for each in span), edits, np.array([FIRST_RECORD]))
    assert (moved.start[0], moved.end[0], moved.state[0]) == expected


def test_a_span_is_gone_when_it_is_deleted_and_text_inserted_at_its_bounds_stays_outside() -> None:
    """Deletion leaves nothing to point at; an insertion at a bound does not become part of the span."""
    records = np.array([FIRST_RECORD])
    deleted = remap(np.array([0]), np.array([4]), np.array([7]), Edits.of([edit(4, 7, "two", "")]), records)
    assert deleted.state[0] == GONE
    beside = Edits.of([edit(4, 4, "", ">>"), edit(7, 7, "", "<<")])
    moved = remap(np.array([0]), np.array([4]), np.array([7]), beside, records)
    assert (moved.start[0], moved.end[0], moved.state[0]) == (6, 9, INTACT)


def test_a_reorder_moves_spans_with_their_segments() -> None:
    """A span inside a segment moves with it; one over segments that stay together is kept, one over others is gone."""
    edits = Edits.of(
        [edit(0, 2, "aa", "aa", place=2), edit(2, 4, "bb", "bb", place=0), edit(4, 6, "cc", "cc", place=1)]
    )
    records = np.array([FIRST_RECORD])
    assert apply(array(["aabbcc"]), edits, records).to_pylist() == ["bbccaa"]
    moved = remap(np.array([0, 0, 0]), np.array([0, 2, 1]), np.array([2, 6, 3]), edits, records)
    assert list(zip(moved.start, moved.end, moved.state, strict=True))[:2] == [(4, 6, INTACT), (0, 4, INTACT)]
    assert moved.state[2] == GONE


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([edit(0, 4, "one ", ""), edit(3, 5, " t", "")], "overlap"),
        ([edit(5, 4, "", "")], "ends before it starts"),
        ([edit(0, 3, "two", "")], "does not fit the text"),
        ([edit(90, 91, "x", "")], "outside its text"),
        ([edit(0, 1, "o", "x", record=99)], "not among the texts"),
        ([edit(1, 1, "", "x"), edit(1, 1, "", "y")], "make them one"),
        ([edit(0, 1, "o", "o", place=0), edit(1, 2, "n", "n", place=2)], "0, 1, 2"),
        ([edit(0, 1, "o", "o", place=1), edit(2, 3, "e", "e", place=0)], "leave a gap"),
        ([edit(0, 1, "o", "o", place=0), edit(1, 2, "n", "m")], "replaces or reorders"),
    ],
)
def test_edits_that_do_not_fit_are_refused(rows: list[dict[str, object]], message: str) -> None:
    """Overlaps, misfits, gaps and foreign records raise `EditError` that says what is wrong."""
    with pytest.raises(EditError, match=message):
        apply(array(["one two three"]), Edits.of(rows), np.array([FIRST_RECORD]))


def test_edits_without_texts_are_refused() -> None:
    """An answer key for no texts at all belongs to another file."""
    with pytest.raises(EditError, match="no texts"):
        apply(array([]), Edits.of([edit(0, 1, "o", "x")]), np.zeros(0, np.int64))


def test_edits_keep_their_table_and_no_edits_change_nothing() -> None:
    """The table has the documented columns, and an empty one leaves texts alone."""
    assert Edits.of([]).table.schema == SCHEMA
    texts = array(["one", ""])
    assert apply(texts, Edits.of([]), np.array([1, 2])).equals(texts)
