"""The content is as wide as it has to be: families, subjects, vocabularies; and each file is well formed."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import treadle as td
from treadle.packs.intents import families as family_files
from treadle.packs.intents.domains import LEAST, domains, read_domain
from treadle.packs.intents.families import edge_families, families, read_families
from treadle.packs.intents.labels import COMPLEXITIES, EDGES, FORMS, INTENTS, NOISY, PASTED
from treadle.packs.intents.languages import languages
from treadle.packs.intents.lexicon import lexicon
from treadle.packs.intents.slots import Slot, Slots, shared

DATA = family_files.HERE


@pytest.mark.parametrize("intent", INTENTS)
def test_an_intent_has_150_families_of_many_forms(intent):
    own = [each for each in families() if each.intent == intent]
    assert len(own) >= 150
    assert len({each.form for each in own}) >= 6
    assert len({each.complexity for each in own}) >= 2
    assert {each.complexity for each in own} <= set(COMPLEXITIES)
    assert any(each.sure < 80 for each in own)


def test_families_have_names_of_their_own():
    names = Counter(each.name for each in (*families(), *edge_families()))
    assert not [name for name, count in names.items() if count > 1]


def test_every_family_is_measured():
    """tools/intents_measure.py was run since a family was added."""
    lines = (DATA / "measured.tsv").read_text(encoding="utf-8").splitlines()
    measured = {line.split("\t")[0] for line in lines if not line.startswith(("#", "family\t"))}
    assert {each.name for each in (*families(), *edge_families())} == measured


def test_there_are_forty_subjects_and_more():
    assert len(domains()) >= 40
    short = {
        (each.key, name): len(each.lists.get(name, ()))
        for each in domains()
        for name, least in LEAST.items()
        if len(each.lists.get(name, ())) < least
    }
    assert not short


def test_vocabularies_hold_thousands_of_entries():
    files = list((DATA / "vocabularies").glob("*.txt"))
    assert len(files) >= 40
    assert sum(len(shared()[each.stem]) for each in files) >= 4000
    assert sum(len(entries) for each in domains() for entries in each.lists.values()) >= 15_000


def test_every_slot_has_something_to_say():
    """What stands in braces is a rule, a list or a number."""
    slots = Slots.of_pack()
    made = {*slots.rules_named, *slots.rules(), *slots.vocabularies(), "long_line"}
    ours = {"ask", "simple", "simple_other", "tiny_ask", "cue_of_intent", "native", "native_noun"}
    unknown = {name for name in slots.named if name not in made | ours}
    assert unknown <= {"if", "elif", "else"}


def test_code_and_pasted_things_have_rules():
    names = Slots.of_pack().rules_named
    assert sum(name.startswith("snippet_") for name in names) >= 12
    assert set(PASTED) <= names.keys() | Slots.of_pack().rules().keys() | shared().keys()


def test_edge_cases_speak_25_languages():
    assert len(languages()) >= 25
    for row in languages().values():
        assert set(row) == {"nouns", *INTENTS}
        assert len(row["nouns"].split(";")) >= 10


@pytest.mark.parametrize("kind", [kind for kind in EDGES if kind not in NOISY])
def test_every_intent_has_edge_cases_of_every_kind_for_each_split(kind):
    for intent in INTENTS:
        own = [each for each in edge_families() if each.kind == kind and each.intent in {intent, "any"}]
        assert len(own) >= 3, intent


def test_every_data_file_says_where_it_is_from():
    wrong = [
        path
        for path in DATA.rglob("*")
        if path.suffix in {".rules", ".lists", ".txt"}
        and not re.search(r"^# .*Source: .*Licence: Apache-2.0", path.read_text(encoding="utf-8").split("\n")[0])
    ]
    assert not wrong


def test_cue_words_speak_for_known_intents():
    assert {intent for pairs in lexicon().values() for intent, _ in pairs} == set(INTENTS)


def test_a_slot_is_taken_apart():
    assert Slot.of("things_2") == Slot("thing", 2, "", plural=True)
    assert Slot.of("first_name_b") == Slot("first_name", 2, "b", plural=False)
    assert Slot.of("city") == Slot("city", 0, "", plural=False)
    assert Slot.of("things_a").written == "{thing_1_of#a|plural}"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("#= form=sonnet", "expected one of"),
        ("#= form=question sure=20", "expected 30 to 99"),
        ("#= form=question sure=60", "near="),
        ("#= form=question level=11", "0 to 10"),
        ("#= form=question colour=red", "attribute 'colour'"),
        ("#= form=text paste=article", "holds its own material"),
        ("#= form=text style=polite", "the form text has"),
        ("#= form", "expected NAME=VALUE"),
        ("#= form=question weight=0", "above 0"),
        ("#= form=question intent=reasoning", "attribute 'intent'"),
    ],
)
def test_a_wrong_attribute_is_told_with_its_line(tmp_path, line, told):
    path = tmp_path / "reasoning.rules"
    path.write_text(f"# x\n{line}\nreason_x:\n  why\n", encoding="utf-8")
    with pytest.raises(td.UsageError, match=f"reasoning.rules:2: .*{re.escape(told)}"):
        read_families(path, "reasoning")


def test_a_family_has_its_intents_prefix_and_attributes_have_a_rule(tmp_path):
    path = tmp_path / "reasoning.rules"
    path.write_text("#= form=question\nwrong_x:\n  why\n#= form=question\n", encoding="utf-8")
    with pytest.raises(td.UsageError, match=r"begins with reason_.*\n.*without a rule below"):
        read_families(path, "reasoning")


def test_a_wrong_domain_is_told_whole(tmp_path):
    path = tmp_path / "x.lists"
    path.write_text("name: x\n  lost\ntopics:\n  a\n", encoding="utf-8")
    with pytest.raises(td.UsageError) as told:
        read_domain(path)
    assert [each.split(": ")[0] for each in str(told.value).splitlines()] == [
        "x.lists:2",
        "x.lists:3",
        "x.lists:4",
        "x.lists",
    ]


def test_forms_have_styles():
    assert all(styles and sum(styles.values()) > 0 for styles in FORMS.values())
    assert Path(DATA / "schema.json").is_file()
