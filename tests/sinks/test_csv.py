"""CSV is RFC 4180, and cells that a spreadsheet would run are told from others."""

from __future__ import annotations

import csv
import io
import json

import polars as pl
import pytest
from hypothesis import given, settings

import treadle as td
from hostile import HARD, entries, recipe_of, texts

RUN = ("=", "+", "-", "@", "\t", "\r", "\n")
TEXTS = ("word", "perhaps", "day", "line", "absent")
NESTED = ("many", "rarely", "codes", "ranked", "again", "ports", "kids")


def written(recipe, path, count=12, **options):
    """Return a dataset's records and its file as Python's csv module reads it."""
    dataset = td.generate(recipe, count=count)
    manifest = dataset.write(path, overwrite=True, **options)
    read = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline=""), strict=True))
    side = path.with_name(path.name + ".truth.jsonl")
    truth = [json.loads(line) for line in side.read_text("utf-8").split("\n")[:-1]] if side.exists() else []
    return list(dataset), read, truth, manifest


def cell(value, name):
    """Return what a cell holds for a value."""
    if name in NESTED:
        return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def check(rows, read, expected):
    """Compare all records with what was read."""
    assert len(read) == len(rows)
    for row, got in zip(rows, read, strict=True):
        assert list(got) == [name for name in row if name != "spans"]
        for name, text in got.items():
            if name in NESTED and row[name] is not None:
                assert json.loads(text) == row[name]
            else:
                assert text == expected(cell(row[name], name), name)


@settings(max_examples=60)
@given(listed=entries, literal=texts)
def test_raw_cells_read_back_as_the_records(tmp_path_factory, listed, literal):
    """With `raw_csv` every cell holds the text itself; nothing is neutralised."""
    path = tmp_path_factory.mktemp("csv") / "out.csv"
    rows, read, truth, manifest = written(recipe_of(listed, literal), path, raw_csv=True)
    check(rows, read, lambda text, _: text)
    assert not manifest.csv_neutralised
    assert [each["spans"] for each in truth] == [row["spans"] for row in rows]


@settings(max_examples=60)
@given(listed=entries, literal=texts)
def test_cells_that_would_run_get_an_apostrophe(tmp_path_factory, listed, literal):
    """An apostrophe stands before each text that begins like a formula; sidecar and manifest say which."""
    path = tmp_path_factory.mktemp("csv") / "out.csv"
    rows, read, truth, manifest = written(recipe_of(listed, literal), path)
    check(rows, read, lambda text, name: "'" + text if name in TEXTS and text.startswith(RUN) else text)
    marked = [[name for name in TEXTS if (row[name] or "").startswith(RUN)] for row in rows]
    assert [each.get("csv_neutralised", []) for each in truth] == marked
    counts = {name: sum(name in names for names in marked) for name in TEXTS}
    assert manifest.csv_neutralised == {name: count for name, count in counts.items() if count}
    saved = json.loads((path.parent / "out.csv.manifest.json").read_text("utf-8"))
    assert saved["csv_neutralised"] == manifest.csv_neutralised


@pytest.mark.parametrize("raw", [True, False])
def test_polars_reads_the_same(tmp_path, raw):
    """Another parser agrees, and tells an absent value from an empty text."""
    recipe = recipe_of([text for text in HARD if "\x00" not in text and "\ufeff" not in text], '\u2028,"')
    rows, *_ = written(recipe, tmp_path / "out.csv", 300, raw_csv=raw)
    read = pl.read_csv(tmp_path / "out.csv", infer_schema=False)
    for row, got in zip(rows, read.to_dicts(), strict=True):
        for name in ("word", "perhaps", "line", "absent", "number"):
            value = row[name]
            neutral = "'" if not raw and isinstance(value, str) and value.startswith(RUN) else ""
            assert got[name] == (None if value is None else neutral + str(value))


def test_empty_text_is_quoted_and_an_absent_value_is_not(tmp_path):
    """`""` is a text without characters, nothing is no value; so too for lists."""
    recipe = td.Recipe(
        "r",
        {
            "n": td.serial(),
            "flag": td.chance(0),
            "empty": td.choice([""]),
            "absent": td.choice(["x"], when="flag"),
            "none": td.sample(["x"], 1, when="flag"),
            "nothing": td.sample(["x"], 0),
            "number": td.integer(1, 9, when="flag"),
        },
    )
    path = tmp_path / "out.csv"
    td.generate(recipe, count=1).write(path)
    assert path.read_bytes() == b'n,flag,empty,absent,none,nothing,number\r\n0,false,"",,,"[]",\r\n'


def test_an_absent_value_alone_on_its_line_is_told_from_an_empty_line(tmp_path):
    """A file of one column has a line for each record, though its value be absent: readers skip empty lines."""
    recipe = td.Recipe("r", {"w": td.choice(["x"], when="flag"), "flag": td.chance("0.5")}, columns=["w"])
    rows, read, *_ = written(recipe, tmp_path / "out.csv", 20)
    assert [each["w"] for each in read] == [row["w"] or "" for row in rows]


def test_only_cells_that_need_quotes_have_them(tmp_path):
    """Commas, quotes and breaks ask for quotes, and lines end in CRLF."""
    recipe = td.Recipe(
        "r", {"n": td.serial(), "w": td.text('{if n = 0}a b{elif n = 1}a,b{elif n = 2}a"b{else}a\nb{/if}')}
    )
    path = tmp_path / "out.csv"
    td.generate(recipe, count=4).write(path)
    assert path.read_bytes() == b'n,w\r\n0,a b\r\n1,"a,b"\r\n2,"a""b"\r\n3,"a\nb"\r\n'


def test_numbers_are_never_neutralised(tmp_path):
    """A minus sign before a number is no formula."""
    recipe = td.Recipe("r", {"n": td.integer(-5, -1), "d": td.decimal("-2", "-1"), "w": td.choice(["-1"])})
    _, read, _, manifest = written(recipe, tmp_path / "out.csv", 3)
    assert all(each["n"].startswith("-") and each["d"].startswith("-") and each["w"] == "'-1" for each in read)
    assert manifest.csv_neutralised == {"w": 3}


def test_a_text_whose_first_piece_is_empty_is_neutralised_by_its_second(tmp_path):
    """What counts is the first character, whichever part of the text brings it."""
    recipe = td.Recipe("r", {"e": td.choice([""]), "w": td.text("{e}{e}=1"), "v": td.text("{e}1=")})
    _, read, *_ = written(recipe, tmp_path / "out.csv", 2)
    assert [(each["w"], each["v"]) for each in read] == [("'=1", "1=")] * 2


def test_many_different_lists_are_written(tmp_path):
    """More different cells than the writer remembers at once change nothing."""
    recipe = td.Recipe("r", {"l": td.sample(range(1000), 3)})
    rows, read, *_ = written(recipe, tmp_path / "out.csv", 9000, chunk_size=5000)
    assert [json.loads(each["l"]) for each in read] == [row["l"] for row in rows]


def test_every_shard_of_a_folder_has_a_header(tmp_path):
    """Each file of a folder can be read by itself."""
    recipe = td.Recipe("r", {"n": td.serial(), "w": td.choice(["a"])})
    td.generate(recipe, count=5).write(f"{tmp_path}/out/", format="csv", shard_size=2)
    parts = sorted((tmp_path / "out").glob("part-*.csv"))
    assert [part.read_bytes().count(b"n,w\r\n") for part in parts] == [1, 1, 1]
    assert (
        b"".join(part.read_bytes().removeprefix(b"n,w\r\n") for part in parts) == b"0,a\r\n1,a\r\n2,a\r\n3,a\r\n4,a\r\n"
    )


def test_no_records_make_a_header_alone(tmp_path):
    """An empty dataset still names its columns."""
    td.generate(recipe_of(["a"], "-"), count=0).write(tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text("utf-8").startswith("word,flag,perhaps,")
