"""Sets: records that share every draw and differ in what follows from their place in the set."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import treadle as td
from running import treadle_here

FIELDS = {
    "member": td.member(),
    "set": td.set_number(),
    "number": td.serial(1000),
    "who": td.derive(lambda member: member % 3, "member", values=["she", "he", "they"]),
    "is_many": td.derive(lambda member: member % 3 == 2, "member", boolean=True),  # the place of "they"
    "town": td.choice("town"),
    "pay": td.integer(100, 1_000_000_000),
    "code": td.integer(1, 10**6, unique=True),
    "kind": td.quota(["a", "b", "c"]),
    "key": td.uuid(),
    "skills": td.sample("skill", (1, 4)),
    "steps": td.each((1, 3), {"n": td.serial(), "line": td.text("(first|second|third) {skill} {town}")}),
    "line": td.text("{who|cap} {if is_many}are a lot of people{else}is{/if} [{30%}really ](here|{town}|{skill}) [or {skill}]"),
    "deep": td.text(
        "[well, ]{turn} {skill}, {town}[!]{end}",
        rules={
            "turn": td.by("who", {"she": "one", "he": "{long}{long}", "they": ""}),
            "long": "two {if kind = a}of a kind{else}of another{/if} {skills}",
            "end": "[{60%}(yes|no|{skill}) {turn} (a|b|c|d) {skill}]",
        },
    ),
}  # fmt: skip
CLOSURE = ("member", "number", "who", "is_many", "line", "deep")
LISTS = {"town": ["Oslo", "Rome", "Lima"], "skill": ["Go", "SQL", "Rust", "Ada", "R"]}
RECIPE = td.Recipe("sets", FIELDS, members=3, closure=CLOSURE, vocabularies=LISTS)


def rows_of(recipe, count=600, **options):
    return list(td.generate(recipe, count=count, **options))


def sets_of(rows, members=3):
    """Return the records of each set."""
    return [rows[at : at + members] for at in range(0, len(rows), members)]


def masked(text, spans, facts):
    """Return a text without the stretches that state some facts."""
    for span in sorted(spans, key=lambda each: -each["start"]):
        if span["fact"] in facts:
            text = text[: span["start"]] + "_" + text[span["end"] :]
    return text


def test_members_of_a_set_share_all_draws_and_differ_in_the_closure_alone():
    """Record n is member n % 3 of set n // 3; columns outside the closure are equal in a set and differ between sets."""
    rows = rows_of(RECIPE, truth=False)
    for number, members in enumerate(sets_of(rows)):
        assert [row["member"] for row in members] == [0, 1, 2]
        assert [row["set"] for row in members] == [number] * 3
        assert [row["number"] for row in members] == [1000 + 3 * number + place for place in range(3)]
        assert [row["who"] for row in members] == ["she", "he", "they"]
        for name in FIELDS.keys() - set(CLOSURE):
            assert members[0][name] == members[1][name] == members[2][name]
    assert len({row["key"] for row in rows}) == len({row["code"] for row in rows}) == 200


def test_text_behind_a_late_choice_is_drawn_alike():
    """What a member's facts choose may be longer or shorter: everything drawn before and behind it stays."""
    for she, he, they in sets_of(rows_of(RECIPE, truth=False)):
        assert she["line"].removeprefix("She is ") == he["line"].removeprefix("He is ")
        assert she["line"].removeprefix("She is ") == they["line"].removeprefix("They are a lot of people ")
        middle = f"two {'of a kind' if he['kind'] == 'a' else 'of another'} {', '.join(he['skills'][:-1])}"
        middle += " and " * (len(he["skills"]) > 1) + he["skills"][-1]
        assert she["deep"].replace("one", "") == they["deep"] == he["deep"].replace(middle + middle, "")


def test_what_differs_is_the_span_of_a_fact_that_differs():
    """Texts that show facts which differ are equal where the spans of these are masked."""
    fields = {
        "member": td.member(),
        "name": td.derive(lambda member: member, "member", values=["Bo", "Ann Elisabeth"]),
        "mail": td.text("{name|lower}@example.com[{20%}.au]", entity="EMAIL"),
        "text": td.text("[Hello, |Dear ](I am|my name is) {name}[ \\({mail}\\)], {x|plural}[, {x}]"),
    }
    recipe = td.Recipe(
        "r", fields, columns=["name", "text"], members=2, closure=["name", "text"], vocabularies={"x": ["a", "b", "c"]}
    )
    for left, right in sets_of(rows_of(recipe), 2):
        texts = [
            masked(row["text"], [s for s in row["spans"] if s["field"] == "text"], {"name"}) for row in (left, right)
        ]
        assert texts[0] == texts[1]
        assert "Bo" in left["text"]
        assert "Ann Elisabeth" in right["text"]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**40), st.integers(1, 40), st.integers(1, 16), st.integers(0, 3))
def test_any_record_of_a_set_can_be_made_alone(first, count, chunk, seed):
    """A record's bytes depend on its number alone, wherever a slice or a chunk cuts its set."""
    plain = replace(RECIPE, fields={name: each for name, each in FIELDS.items() if name != "code"}, columns=())
    plain = replace(plain, columns=tuple(plain.fields))
    whole = td.generate(plain, records=(first, first + count), seed=seed)
    rows = [row for batch in whole.batches(chunk) for row in batch.to_pylist()]
    assert rows[-1] == whole.record(first + count - 1)
    assert rows == list(whole)


def test_quotas_count_sets():
    """Shares are exact over sets, whatever their members."""
    kinds = [row["kind"] for row in rows_of(RECIPE, 9 * 3)][::3]
    assert sorted(kinds) == sorted("aaabbbccc")


def test_sets_share_no_stream_with_single_records():
    """Set n is another one than record n of the recipe without members, so neither gives the other away."""
    single = replace(RECIPE, members=1, closure=())
    sets, singles = rows_of(RECIPE, 300)[::3], rows_of(single, 100)
    assert not {row["key"] for row in sets} & {row["key"] for row in singles}
    assert {row["member"] for row in singles} == {0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"members": 0}, "members=0: expected 1 to 256"),
        ({"members": True}, "members=True: expected 1 to 256"),
        ({"closure": CLOSURE[:-1]}, "column 'deep' differs between the members of a set: name it in closure="),
        ({"closure": (*CLOSURE, "town")}, "closure names 'town', which is the same for all members of a set"),
        ({"closure": (*CLOSURE, "tawn")}, "unknown field in closure 'tawn': did you mean 'town'?"),
        ({"checks": [td.check("c", "who = she")]}, "check 'c': a check cannot read what differs within a set"),
        ({"checks": [td.check("c", lambda member: member == 0, "member")]}, "a check cannot read what differs"),
    ],
)  # fmt: skip
def test_a_recipe_of_sets_is_checked(changes, message):
    with pytest.raises(td.UsageError, match=message.replace("(", r"\(").replace("?", r"\?")):
        rows_of(replace(RECIPE, **changes), 3)


@pytest.mark.parametrize("drawn", ["(she|her)", "[yes]", "{skill}", "{rule}", "{if kind = a}{skill}{/if}"])
@pytest.mark.parametrize("late", ["{{if who = she}}{}{{/if}}", "x {{if kind = b}}{{if is_many}}{}{{/if}}{{/if}}"])
def test_text_that_a_member_chooses_draws_nothing(drawn, late):
    """A draw that some members make and others do not would move what is drawn behind it: it is refused."""
    fields = {**FIELDS, "line": td.text(late.format(drawn))}
    with pytest.raises(td.UsageError, match=r"field 'line'.*draws nothing itself"):
        rows_of(replace(RECIPE, fields=fields, rules={"rule": ["a", "b"]}), 3)


def test_children_have_no_place_in_a_set():
    fields = {"member": td.member(), "of": td.each(2, {"place": td.member()})}
    with pytest.raises(td.UsageError, match="children have no place in a set"):
        rows_of(td.Recipe("r", fields, members=2, closure=["member"]), 2)


def test_what_children_take_from_a_member_differs_too():
    """A list of children that shows the member is in the closure, or the recipe does not compile."""
    fields = {
        "member": td.member(),
        "said": td.sample([1, 2, 3], 2),
        "of": td.each(over="said", fields={"n": td.derive(lambda item, member: item + member, "item", "member")}),
    }
    with pytest.raises(td.UsageError, match="column 'of' differs"):
        rows_of(td.Recipe("r", fields, members=2, closure=["member"]), 2)


def test_validate_takes_members_for_no_repeats(tmp_path):
    """Texts and identifiers that a set shares are no duplicates; the first members of sets are still compared."""
    file, out = tmp_path / "sets.py", tmp_path / "x.jsonl"
    file.write_text(
        "import treadle as td\n"
        "words = ' '.join(['{word}'] * 32)\n"
        "recipe = td.Recipe('r', {'m': td.member(), 'id': td.uuid(), 'text': td.text(words)}, members=2, closure=['m'],\n"
        " vocabularies={'word': ['lorem', 'ipsum', 'dolor', 'sit', 'amet']})\n"
    )
    assert treadle_here("generate", file, "-n", 40, "-o", out, "--quiet") == 0
    assert treadle_here("validate", out) == 0
    lines = out.read_text().splitlines()
    lines[6] = json.dumps({**json.loads(lines[6]), "text": json.loads(lines[2])["text"]})
    out.write_text("\n".join(lines) + "\n")
    assert treadle_here("validate", out) == 1


def test_describe_tells_of_sets(capsys, tmp_path):
    """The table of a recipe says how many records a set has, and what may differ."""
    file = tmp_path / "sets.py"
    file.write_text("import treadle as td\nrecipe = td.Recipe('r', {'m': td.member()}, members=2, closure=['m'])\n")
    assert treadle_here("describe", file) == 0
    said = capsys.readouterr().out
    assert "sets of 2" in said
    assert "place in the set" in said
