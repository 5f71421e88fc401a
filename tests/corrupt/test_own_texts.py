"""Faults in texts of one's own: taken back byte for byte, the same for a text whatever the list, refused where they cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests_of_faults import HARD_TEXTS, SAMPLES

import treadle as td
from treadle.corrupt.table import TABLE

ALONE = [each.name for each in TABLE if each.function and not (each.needs or each.values or each.lists)]
TEXTS = [*HARD_TEXTS, *(text for texts in SAMPLES.values() for text in texts)]


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(ALONE), min_size=1, max_size=5), st.integers(0, 9), st.sampled_from([0.0, 0.5, 1.0]))
def test_edits_lead_back(names, seed, severity):
    """Whatever operators act on whatever texts, the edits give the texts back and say what stands where."""
    faulty = td.with_faults(TEXTS, sorted(names), seed=seed, severity=severity)
    assert faulty.clean() == TEXTS
    for edit in faulty.edits.to_pylist():
        assert edit["operator"] in names
        assert 0 <= edit["record"] < len(TEXTS)


def test_a_text_gets_the_same_in_any_longer_list():
    """What comes behind a text does not decide its faults, and batches do not either."""
    many = ["Managed the organization of five night shifts"] * 5000
    some = td.with_faults(many[:100], ["misspelling", "keyboard_typo"])
    all_ = td.with_faults(many, ["misspelling", "keyboard_typo"])
    assert all_.texts[:100] == some.texts
    assert all_.clean() == many
    assert len(set(all_.texts)) > 100


def test_shares_say_how_many_texts_get_an_operator():
    """A share of a quarter acts on about a quarter of the texts, and nothing is done by one of nought."""
    faulty = td.with_faults(["one two three"] * 4000, {"glued_words": 0.25, "space_runs": 0})
    changed = set(faulty.edits["record"].to_pylist())
    assert 900 < len(changed) < 1100
    assert set(faulty.edits["operator"].to_pylist()) == {"glued_words"}


def test_no_texts_and_no_operators_give_no_edits():
    assert td.with_faults([], "mojibake").texts == []
    assert td.with_faults(["a"], {}).edits.num_rows == 0


def test_lists_are_given_to_operators_that_read_them():
    faulty = td.with_faults(["We use Kubernetes here"], "alias", lists={"aliases": [("Kubernetes", "K8s")]})
    assert faulty.texts == ["We use K8s here"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((["a"], "keybord_typo"), "unknown operator 'keybord_typo': did you mean 'keyboard_typo'"),
        ((["a"], {"mojibake": 2}), "share=2: expected a number from 0 to 1"),
        ((["a"], "swapped_dates"), "'swapped_dates' reads facts or spans"),
        ((["a"], "career_gap"), "'career_gap' reads facts or spans"),
        ((["a"], "alias"), "give lists={'aliases': [...]}"),
        ((["a", None], "mojibake"), "texts[1]=None: expected a text"),
    ],
)
def test_what_cannot_be_is_refused(arguments, said):
    with pytest.raises(td.UsageError) as error:
        td.with_faults(*arguments)
    assert said in str(error.value)


def test_a_wrong_severity_is_refused():
    with pytest.raises(td.UsageError, match="severity=2: expected a number from 0 to 1"):
        td.with_faults(["a"], "mojibake", severity=2)
