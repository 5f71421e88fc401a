"""Seals: edits as they were written fit theirs, and nothing else does."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests_of_faults import without_duplicates

import treadle as td
from treadle.corrupt.seals import NUMBERS, SEAL, broken

KEYS = [record["edits"] for record in td.generate(without_duplicates, count=120, truth=True)]
FILLED = [place for place, own in enumerate(KEYS) if own]


def test_edits_as_they_were_written_fit():
    """All of a run together, and each record's alone: no other record decides a seal."""
    assert broken(KEYS) is None
    assert all(broken([own]) is None for own in KEYS)
    assert broken([]) is None
    assert all(0 <= edit[SEAL] < 1 << 32 for own in KEYS for edit in own)


@given(st.data())
def test_a_change_is_found_in_its_record(data):
    """One value of one edit, whichever it is: the first record that was changed is named."""
    held = copy.deepcopy(KEYS)
    place = data.draw(st.sampled_from(FILLED))
    edit = data.draw(st.sampled_from(held[place]))
    name = data.draw(st.sampled_from([*NUMBERS, "before", "after", "field", "operator", SEAL]))
    values = st.text() if isinstance(edit[name], str) else st.none() | st.integers(-1, 99) | st.floats() | st.booleans()
    edit[name] = data.draw(values.filter(lambda value: value != edit[name] and {value, edit[name]} != {None, -1}))
    assert broken(held) == place


@pytest.mark.parametrize(
    "change",
    [lambda own: own.pop(), lambda own: own.reverse(), lambda own: own.append(own[0]), lambda own: own[0].pop(SEAL)],
)
def test_edits_left_out_or_moved_are_found(change):
    """One less, one more, another order, one without its seal."""
    place = next(place for place in FILLED if len(KEYS[place]) > 1)
    held = copy.deepcopy(KEYS)
    change(held[place])
    assert broken(held) == place


def test_what_is_no_edit_is_found():
    """Values of other types among sealed edits, and halves of surrogates, are no reason to fall over."""
    place = FILLED[0]
    for strange in ("text", None, 7, [], {SEAL: 1}, {**KEYS[place][0], "before": "\ud800"}):
        held = [*KEYS[:place], [*KEYS[place], strange]]
        assert broken(held) == place
