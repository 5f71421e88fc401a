"""JSON lines hold the records, byte by byte as RFC 8259 has it."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import treadle as td
from hostile import HARD, entries, recipe_of, texts


def written(recipe, path, count=12, **options):
    """Return a dataset's records and the lines of its file."""
    dataset = td.generate(recipe, count=count)
    dataset.write(path, overwrite=True, **options)
    return list(dataset), path.read_bytes().decode("utf-8").split("\n")


@settings(max_examples=60)
@given(listed=entries, literal=texts)
def test_lines_read_back_as_the_records(tmp_path_factory, listed, literal):
    """Each line is one JSON object that is the record, whatever its texts hold."""
    path = tmp_path_factory.mktemp("jsonl") / "out.jsonl"
    rows, lines = written(recipe_of(listed, literal), path)
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == rows
    assert [list(json.loads(line)) for line in lines] == [list(row) for row in rows]


def test_lines_are_compact_and_unescaped(tmp_path):
    r"""Only what must be escaped is: no spaces, no \u for letters, controls by their short names."""
    recipe = td.Recipe(
        "r",
        {
            "w": td.choice(['a"\\/\b\f\n\r\t\x01é\u2028😀']),
            "n": td.serial(),
            "l": td.sample([1, 2], 2),
            "b": td.chance(1),
        },
    )
    line = written(recipe, tmp_path / "out.jsonl", 1)[1][0]
    assert line.startswith('{"w":"a\\"\\\\/\\b\\f\\n\\r\\t\\u0001é\u2028😀","n":0,"l":[')
    assert line.endswith('],"b":true}')
    assert " " not in line


def test_polars_reads_the_same(tmp_path):
    """Another parser agrees on a recipe of all kinds of fields."""
    recipe = recipe_of([text for text in HARD if text], "x")
    written(recipe, tmp_path / "out.jsonl", 200)
    columns = ["word", "perhaps", "many", "number", "price", "codes", "day", "line"]
    read = pl.read_ndjson(tmp_path / "out.jsonl", infer_schema_length=None)
    assert read.select(columns).to_dicts() == td.generate(recipe, count=200).to_polars().select(columns).to_dicts()


@pytest.mark.parametrize("truth", ["none", "inline", "sidecar"])
def test_truth_goes_where_it_is_asked_for(tmp_path, truth):
    """Spans are in each line, in a file beside with the record's number, or nowhere."""
    rows, lines = written(recipe_of(["a", "b"], "-"), tmp_path / "out.jsonl", 10, truth=truth)
    records = [json.loads(line) for line in lines[:-1]]
    side = tmp_path / "out.jsonl.truth.jsonl"
    assert side.exists() == (truth == "sidecar")
    assert [record.pop("spans", None) for record in records] == [
        row["spans"] if truth == "inline" else None for row in rows
    ]
    if truth == "sidecar":
        found = [json.loads(line) for line in side.read_text("utf-8").splitlines()]
        assert found == [{"record": number, "spans": row["spans"]} for number, row in enumerate(rows)]
    assert records == [{name: row[name] for name in row if name != "spans"} for row in rows]


@settings(max_examples=40)
@given(st.integers(-(2**63) + 1, 2**63 - 1), st.integers(0, 9))
def test_numbers_read_back(tmp_path_factory, value, places):
    """Integers and decimals of 64 bits are the same number to a JSON parser as in the dataset."""
    shown = (
        f"{value // 10**places if value >= 0 else -(-value // 10**places)}.{abs(value) % 10**places:0{places}d}"
        if places
        else str(value)
    )
    shown = "-" + shown if value < 0 and not shown.startswith("-") else shown
    recipe = td.Recipe("r", {"n": td.integer(value, value), "d": td.decimal(shown, shown, places=places)})
    path = tmp_path_factory.mktemp("numbers") / "out.jsonl"
    rows, lines = written(recipe, path, 1)
    read = json.loads(lines[0])
    assert read == rows[0]
    assert read["n"] == value
    assert read["d"] == (float(shown) if places else value)


def test_no_records_make_an_empty_file(tmp_path):
    """Nothing asked for, nothing written, and a manifest that says so."""
    rows, lines = written(recipe_of(["a"], "-"), tmp_path / "out.jsonl", 0)
    assert (rows, lines) == ([], [""])
