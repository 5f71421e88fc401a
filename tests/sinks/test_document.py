"""A JSON document holds metadata and examples."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

import treadle as td
from hostile import entries, recipe_of, texts


@settings(max_examples=40)
@given(listed=entries, literal=texts)
def test_examples_read_back_as_the_records(tmp_path_factory, listed, literal):
    """The document parses, its examples are the records, and its sidecar their spans."""
    path = tmp_path_factory.mktemp("json") / "out.json"
    dataset = td.generate(recipe_of(listed, literal), count=7)
    dataset.write(path)
    rows = list(dataset)
    read = json.loads(path.read_text("utf-8"))
    assert list(read) == ["metadata", "examples"]
    assert read["examples"] == [{name: row[name] for name in row if name != "spans"} for row in rows]
    truth = [json.loads(line) for line in (path.parent / "out.json.truth.jsonl").read_text("utf-8").split("\n")[:-1]]
    assert [each["spans"] for each in truth] == [row["spans"] for row in rows]


def test_metadata_says_what_it_is(tmp_path):
    """Recipe, seed, range, simulated time and the counts of each label."""
    recipe = td.Recipe(
        "r", {"y": td.quota(["yes", "no"]), "n": td.serial()}, labels=["y"], version="7", epoch="2030-01-01T00:00:00Z"
    )
    td.generate(recipe, records=(10, 20), seed=5).write(tmp_path / "out.json")
    metadata = json.loads((tmp_path / "out.json").read_text("utf-8"))["metadata"]
    assert metadata["generated_at"] == "2030-01-01T00:00:00Z"
    assert metadata["total_examples"] == 10
    expected = {"recipe": "r", "version": "7", "seed": 5, "records": [10, 20], "fingerprint": recipe.fingerprint()}
    assert {name: metadata["config"][name] for name in expected} == expected
    assert metadata["statistics"] == {"total_generated": 10, "y_yes": 5, "y_no": 5}


@pytest.mark.parametrize(("count", "shard_size"), [(0, 4), (1, 1), (4, 4), (9, 2), (9, 100)])
def test_parts_make_one_document(tmp_path, count, shard_size):
    """One example a line, and no comma behind the last, however many parts there were."""
    dataset = td.generate(td.Recipe("r", {"n": td.serial(), "w": td.choice(["a\nb"])}), count=count)
    dataset.write(tmp_path / "out.json", shard_size=shard_size)
    text = (tmp_path / "out.json").read_text("utf-8")
    assert json.loads(text)["examples"] == list(dataset)
    assert text.endswith("\n  ]\n}\n")
    assert sum(line.startswith('{"n":') for line in text.splitlines()) == count


def test_a_document_is_one_file(tmp_path):
    """A folder of shards cannot hold documents, and the error says what it can hold."""
    dataset = td.generate(td.Recipe("r", {"n": td.serial()}), count=3)
    with pytest.raises(td.TreadleError, match="a folder of shards holds jsonl, csv or parquet"):
        dataset.write(f"{tmp_path}/out/", format="json")
