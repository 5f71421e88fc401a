"""Faults of a recipe: facts and clean texts do not move, spans follow, no batch decides, and the key leads back."""

from __future__ import annotations

from difflib import SequenceMatcher

import numpy as np
import pytest
from tests_of_faults import FAMILIES, faulty, faulty_recipe, plain_recipe

import treadle as td
from treadle.checks.edits import by_field, restored
from treadle.corrupt.operators import FAMILIES as ALL
from treadle.corrupt.profiles import profiles
from treadle.corrupt.table import BY_NAME as OPERATORS
from treadle.errors import RecipeError
from treadle.plan import compile_recipe

COUNT = 1400
TEXTS = ("text", "other")


@pytest.fixture(scope="module")
def faulted() -> list[dict]:
    return list(td.generate(faulty_recipe, count=COUNT))


@pytest.fixture(scope="module")
def plain() -> list[dict]:
    return list(td.generate(plain_recipe, count=COUNT))


def test_only_texts_differ(faulted, plain):
    """Facts and labels are those of the same run without faults but for duplicates; so are all texts of the family none."""
    for one, other in zip(faulted, plain, strict=True):
        if is_duplicate(one):
            continue
        assert {k: v for k, v in one.items() if k not in (*TEXTS, "spans", "edits")} == {
            k: v for k, v in other.items() if k not in (*TEXTS, "spans")
        }
        if one["fault"] == "none":
            assert not one["edits"]
            assert all(one[name] == other[name] for name in TEXTS)


def is_duplicate(record: dict) -> bool:
    return any(edit["operator"] in {"exact_duplicate", "near_duplicate"} for edit in record["edits"])


def test_duplicates_copy_an_earlier_record(faulted):
    """Facts and texts are those of an earlier record that agrees in what it must; number and family are its own."""
    kinds = dict.fromkeys(("exact_duplicate", "near_duplicate"), 0)
    for record in filter(is_duplicate, faulted):
        kind = record["edits"][0]["operator"]
        kinds[kind] += 1
        assert record["fault"] == "missing"
        assert {edit["operator"] for edit in record["edits"]} == {kind}
        donors = [
            each for each in faulted[: record["id"]] if each["city"] == record["city"] and alike(each, record, kind)
        ]
        assert donors
        assert any(each["fault"] != "missing" for each in donors)
    assert min(kinds.values()) > 2


def alike(one: dict, other: dict, kind: str) -> bool:
    texts = [(one[name] or "", other[name] or "") for name in TEXTS]
    if kind == "exact_duplicate":
        return all(left == right for left, right in texts)
    return all(SequenceMatcher(None, left, right, autojunk=False).ratio() > 0.9 for left, right in texts)


def test_edits_lead_back_to_the_clean_texts(faulted, plain):
    """invert(apply(text)) == text, for whole records through many passes."""
    for one, other in zip(faulted, plain, strict=True):
        for field, own in by_field(one["edits"]).items():
            assert restored([one[field]], [own]) == [other[field]]


def test_each_record_of_a_family_has_a_fault_of_it(faulted):
    """Families are exact, and every record has at least one edit, all of them of its own family."""
    counts = dict.fromkeys(FAMILIES, 0)
    for record in faulted:
        counts[record["fault"]] += 1
        assert {edit["family"] for edit in record["edits"]} == ({record["fault"]} - {"none"})
        for edit in record["edits"]:
            each = OPERATORS[edit["operator"]]
            assert (edit["family"], edit["label_effect"]) == (each.family, each.effect)
    assert set(counts.values()) == {COUNT // len(FAMILIES)}


def test_spans_hold_what_they_say_or_are_marked(faulted, plain):
    """An intact span holds its surface, a damaged one lies in the text, one that is gone has no place."""
    seen = set()
    for one, other in zip(faulted, plain, strict=True):
        for span, was in zip(one["spans"], other["spans"], strict=True):
            seen.add(span["state"])
            surface = other[was["field"]][was["start"] : was["end"]]
            assert (span["clean_start"], span["clean_end"]) == (was["start"], was["end"])
            assert (span["field"], span["type"], span["value"]) == (was["field"], was["type"], was["value"])
            text = one[span["field"]] or ""
            if span["state"] == "gone":
                assert span["start"] is None
                assert span["end"] is None
            else:
                assert 0 <= span["start"] <= span["end"] <= len(text)
                assert (text[span["start"] : span["end"]] == surface) >= (span["state"] == "intact")
    assert seen == {"intact", "damaged", "gone"}


def test_final_places_hold_what_was_put_in(faulted):
    """Where an edit says it stands in the end, and no later pass touched it, stands what it put there."""
    checked = 0
    for record in faulted:
        for edit in record["edits"]:
            last = not any(
                other["pass"] > edit["pass"] and other["field"] == edit["field"] for other in record["edits"]
            )
            if last and edit["place"] is None:
                text = record[edit["field"]] or ""
                assert text[edit["final_start"] : edit["final_end"]] == edit["after"]
                checked += 1
    assert checked > COUNT


@pytest.mark.parametrize("size", [1, 7, 64, 500])
def test_no_batch_decides(faulted, size):
    """The same records in other batches get the same faults, and so does any record alone."""
    plan = compile_recipe(faulty_recipe)
    found = []
    for first in range(0, 210 if size == 1 else COUNT, size):
        numbers = np.arange(first, min(COUNT, first + size), dtype=np.uint64)
        found += plan.arrow(plan.draw(numbers).batch, truth=True).to_pylist()
    assert found == faulted[: len(found)]
    assert td.generate(faulty_recipe, count=COUNT).record(1234) == faulted[1234]


def test_no_batch_decides_where_records_are_drawn_again():
    """Duplicates copy, and count as rejected, the same in any batch, though what they copy was drawn twice or is of another one."""
    recipe = faulty(checks=[td.check("no beekeeper", "skill != 'Go' or firm != 'Brightwater'")])
    plan = compile_recipe(recipe)
    found, rejected = {}, {}
    for size in (40, 350, 700):
        drawn = [plan.draw(np.arange(first, min(700, first + size), dtype=np.uint64)) for first in range(0, 700, size)]
        found[size] = [row for each in drawn for row in plan.arrow(each.batch, truth=True).to_pylist()]
        rejected[size] = sum(each.rejected.get("no beekeeper", 0) for each in drawn)
    assert found[40] == found[350] == found[700]
    assert rejected[40] == rejected[350] == rejected[700] > 0
    assert any(map(is_duplicate, found[40]))


def test_texts_are_the_same_whether_truth_is_kept_or_not(faulted):
    """Operators that read marks find them without truth too."""
    without = list(td.generate(faulty_recipe, count=200, truth=False))
    assert [[record[name] for name in TEXTS] for record in without] == [
        [r[name] for name in TEXTS] for r in faulted[:200]
    ]


def test_an_operator_can_be_turned_off():
    """Weight 0 leaves one out; weights prefer one; a family with nothing left puts nothing in."""
    profile = td.profile("balanced")
    off = {each.name: 0 for each in OPERATORS.values() if each.family == "textual" and each.name != "misspelling"}
    recipe = faulty(profile=td.Profile("own", profile.families, operators=off))
    used = {
        edit["operator"]
        for record in td.generate(recipe, count=300)
        for edit in record["edits"]
        if edit["family"] == "textual"
    }
    assert used == {"misspelling"}


def test_a_profile_that_acts_everywhere_has_rates():
    """Operators act with their rates on every record, whatever its family."""
    recipe = faulty(
        profile=td.Profile("own", {"mixed": 1}, operators={"glued_words": 0.75, "changed_case": 0.2}, everywhere=True)
    )
    records = list(td.generate(recipe, count=2000))
    for name, rate in (("glued_words", 0.75), ("changed_case", 0.2)):
        share = (
            sum(any(e["operator"] == name and e["field"] == "text" for e in record["edits"]) for record in records)
            / 2000
        )
        assert abs(share - rate) < 0.04


def test_shipped_profiles():
    """All can be used; balanced has the eight families, evenly."""
    assert {"none", "balanced", "realistic"} <= set(profiles())
    assert td.profile("balanced").families == dict.fromkeys(ALL, 1)
    assert td.profile("textual, missing").families == {"textual": 1, "missing": 1}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: td.Profile("x", severity=1.5), "severity=1.5: expected a number from 0 to 1"),
        (lambda: td.Profile("x", severity=float("nan")), "severity=nan: expected a number from 0 to 1"),
        (lambda: td.Profile("x", {"textuel": 1}), "unknown family of faults 'textuel': did you mean 'textual'"),
        (
            lambda: td.Profile("x", operators={"keybord_typo": 1}),
            "unknown operator 'keybord_typo': did you mean 'keyboard_typo'",
        ),
        (lambda: td.Profile("x", operators={"career_gap": 0.5}, everywhere=True), "'career_gap' changes facts"),
        (lambda: td.Profile("x", {"textual": -1}), "textual=-1: expected a number from 0 to"),
        (lambda: td.Profile("x", {"textual": 0}), "expected at least one weight above 0"),
        (lambda: td.profile("ballanced"), "did you mean 'balanced'"),
        (lambda: td.profile("textual,textual"), "each family once"),
        (lambda: td.profile(""), "expected a profile, or families"),
    ],
)
def test_wrong_profiles_are_refused(make, said):
    """Every problem has one message."""
    with pytest.raises(td.UsageError) as error:
        make()
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        (td.faults(["txt"], by="fault"), "unknown text field 'txt': did you mean 'text'"),
        (td.faults(["city"], by="fault"), "unknown text field 'city'"),
        (td.faults(["text"], by="fautl"), "unknown choice or quota field 'fautl': did you mean 'fault'"),
        (td.faults(["text"]), "by=FIELD says what each record gets"),
        (td.faults(["text"], by="city"), "unknown family of faults 'Oslo'"),
        (
            td.faults(["text"], by="fault", about={"txt": "post"}),
            "unknown field with faults 'txt': did you mean 'text'",
        ),
        (td.faults(["text"], by="fault", about={"text": "pots"}), "'pots'}: expected 'person' or 'post'"),
    ],
)
def test_wrong_faults_are_refused(faults, said):
    """A recipe whose faults do not fit its fields does not compile."""
    fields = {"fault": td.choice(["none", "textual"]), "city": td.choice(["Oslo"]), "text": td.text("{city}")}
    with pytest.raises(RecipeError) as error:
        compile_recipe(td.Recipe("wrong", fields, faults=faults))
    assert said in str(error.value)


def test_a_group_holds_operators_of_several_families_and_each_edit_keeps_its_own_family():
    recipe = td.Recipe(
        "grouped",
        {
            "fault": td.quota({"none": 1, "slips": 1}),
            "text": td.text("please call me back about the invoice of last week"),
        },
        faults=td.faults(["text"], by="fault", groups={"slips": {"keyboard_typo": 2, "glued_words": 1}}),
    )
    rows = list(td.generate(recipe, count=400))
    assert all(bool(row["edits"]) == (row["fault"] == "slips") for row in rows)
    edits = [edit for row in rows for edit in row["edits"]]
    found = {(edit["operator"], edit["family"]) for edit in edits}
    assert found == {("keyboard_typo", "textual"), ("glued_words", "structural")}


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ({"slips": ["keyboard_tpyo"]}, "did you mean 'keyboard_typo'"),
        ({"slips": ["career_gap"]}, "operator on texts"),
        ({"slips": []}, "expected operators"),
        ({"textual": ["keyboard_typo"]}, "no family's name"),
    ],
)
def test_a_group_that_cannot_be_is_told(groups, told):
    with pytest.raises(td.UsageError, match=told):
        td.faults(["text"], by="fault", groups=groups)
