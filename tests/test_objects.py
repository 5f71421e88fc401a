"""Objects of fields, lengths of texts, entries that are held, parts of vocabularies, and characters left out."""

from __future__ import annotations

import csv
import json

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import treadle as td

RECIPE = td.Recipe(
    "trips",
    {
        "kind": td.choice(["sea", "land"]),
        "days": td.integer(1, 9),
        "tip": td.integer(1, 5, when="days > 4"),
        "stops": td.sample(["Oslo", "Rome", "Lima"], (0, 2)),
        "text": td.text(
            "{name#a} goes by {craft} with {name#b}; {name#a|upper} likes the {craft#x} and the {craft#x|plural}."
        ),
        "characters": td.length("text"),
        "told": td.nested("days", "tip", "stops"),
    },
    columns=["text", "kind", "characters", "told"],
    vocabularies={
        "name": ["Ada", "Bo", "Cleo", "Dan", "Eve"],
        "craft": td.parted("kind", {"sea": ["ship", "raft", "canoe"], "land": ["train", "bus"]}),
    },
)


@pytest.fixture(scope="module")
def rows():
    return list(td.generate(RECIPE, count=300, truth=False))


def test_an_object_holds_its_fields(rows):
    plain = list(td.generate(RECIPE, count=300, truth=False, columns=["days", "tip", "stops"]))
    assert [row["told"] for row in rows] == plain
    assert any(row["told"]["tip"] is None for row in rows)


def test_every_format_holds_the_same_objects(rows, tmp_path):
    for suffix in ("jsonl", "json", "csv", "parquet"):
        td.generate(RECIPE, count=300).write(tmp_path / f"o.{suffix}", truth="none")
    told = [row["told"] for row in rows]
    assert [json.loads(line)["told"] for line in (tmp_path / "o.jsonl").read_text().splitlines()] == told
    assert [row["told"] for row in json.loads((tmp_path / "o.json").read_text())["examples"]] == told
    assert pq.read_table(tmp_path / "o.parquet").column("told").to_pylist() == told
    with (tmp_path / "o.csv").open(newline="") as file:
        assert [json.loads(row["told"]) for row in csv.DictReader(file)] == told


def test_an_object_passes_its_checks_and_a_changed_one_does_not(tmp_path):
    from treadle.run.validate import validate  # noqa: PLC0415  # the runs' own door

    path = tmp_path / "o.jsonl"
    recipe = tmp_path / "trip.py"
    recipe.write_text(
        'import treadle as td\nrecipe = td.Recipe("trip", {"a": td.integer(1, 3), "b": td.nested("a")}, columns=["b"])\n'
    )
    td.generate(str(recipe), count=5).write(path)
    assert validate(path).clean
    path.write_text(path.read_text().replace('{"b":{"a":', '{"b":{"c":', 1))
    assert not validate(path).clean


def test_lengths_are_those_of_the_texts(rows):
    assert [row["characters"] for row in rows] == [len(row["text"]) for row in rows]


def test_a_held_entry_is_the_same_throughout_a_text(rows):
    for row in rows:
        words = row["text"].replace(";", "").replace(".", "").split()
        first, again, liked, many = words[0], words[6], words[9], words[12]
        assert again == first.upper()
        assert many.startswith(liked[:3])
    assert len({row["text"].split()[0] for row in rows}) == 5
    assert any(row["text"].split()[0] != row["text"].split()[5].strip(";") for row in rows)


def test_entries_come_from_the_part_of_the_records_value(rows):
    of_kind = {"sea": {"ship", "raft", "canoe"}, "land": {"train", "bus"}}
    for kind, crafts in of_kind.items():
        assert {row["text"].split()[3] for row in rows if row["kind"] == kind} == crafts


@given(size=st.integers(4, 40))
def test_parts_share_no_entry_and_hold_them_all(size):
    listed = [f"e{number}" for number in range(size)]
    parts = [td.parted("kind", {"x": listed}, (number, 4)) for number in range(4)]
    drawn = [set(range(first, first + count)) for part in parts for _, first, count in part.parts]
    assert set.union(*drawn) == set(range(size))
    assert sum(map(len, drawn)) == size


def test_characters_are_left_out():
    recipe = td.Recipe(
        "x",
        {"text": td.text('{hello|without("aeiou")} {name|without("a")}', rules={"hello": "a good [very ]day"})},
        vocabularies={"name": ["Anna"]},
    )
    assert {row["text"] for row in td.generate(recipe, count=20, truth=False)} == {" gd dy Ann", " gd vry dy Ann"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"a": td.nested()}, "at least one field"),
        ({"a": td.nested("b")}, "unknown field 'b'"),
        ({"t": td.text("x"), "a": td.nested("t")}, "an object holds single values and lists"),
        ({"n": td.integer(1, 2), "a": td.nested("n", "n")}, "named twice"),
        ({"n": td.integer(1, 2), "a": td.nested("n"), "t": td.text("{a}")}, "is an object: name one of its fields"),
        ({"n": td.integer(1, 2), "a": td.length("n")}, "expected a text"),
        ({"n": td.integer(1, 2), "t": td.text("{n#a}")}, "the same wherever it stands: leave #a out"),
        ({"t": td.text("{r#a}", rules={"r": "x"})}, "a vocabulary alone is held"),
        ({"t": td.text("{v|without}")}, "takes the characters to leave out"),
        ({"k": td.choice(["x", "y"]), "t": td.text("{p}")}, "has no list for 'y'"),
    ],
)
def test_what_does_not_fit_is_told(fields, told):
    lists = {"v": ["e"], "p": td.parted("k", {"x": ["e"]})}
    with pytest.raises(td.TreadleError, match=told):
        td.generate(td.Recipe("x", fields, vocabularies=lists))


def test_an_empty_part_is_refused():
    with pytest.raises(td.TreadleError, match="no entry in part"):
        td.parted("k", {"x": ["one"]}, (0, 4))
