"""A profile counts what is in a file, whoever wrote it."""

from __future__ import annotations

import json

import pytest

import treadle as td
from treadle.errors import UsageError
from treadle.quality.profile import profile

RECIPE = td.Recipe(
    "r",
    {
        "n": td.integer(1, 3),
        "d": td.decimal("0.5", "0.5", places=1),
        "word": td.choice(["a", "bbb", "cc"]),
        "len": td.choice(["x"], when="flag"),
        "flag": td.chance("0.5"),
        "tags": td.sample(["p", "q"], (0, 2)),
        "text": td.text("Say {word}."),
    },
)


def columns_of(path):
    """Return a file's profile by column."""
    found = profile(path)
    return found.rows, {column.name: column for column in found.columns}


@pytest.mark.parametrize("name", ["o.jsonl", "o.json", "o.csv", "o.parquet", "out/"])
def test_a_profile_counts(tmp_path, name):
    """Types, gaps, different values, ranges, lengths and the commonest values, in every format and in a folder."""
    dataset = td.generate(RECIPE, count=400)
    dataset.write(f"{tmp_path}/{name}", **({"shard_size": 100} if name == "out/" else {}))
    rows = list(dataset)
    count, found = columns_of(tmp_path / name)
    assert count == 400
    numbers = [row["n"] for row in rows]
    assert (found["n"].type, found["n"].smallest, found["n"].largest, found["n"].different) == ("integer", 1, 3, 3)
    assert found["n"].mean == pytest.approx(sum(numbers) / 400)
    assert (found["d"].type, found["d"].smallest, found["d"].different) == ("decimal", 0.5, 1)
    assert found["len"].missing == sum(row["len"] is None for row in rows)
    assert found["len"].common == [("x", 400 - found["len"].missing)]
    assert found["len"].different == 1
    assert found["word"].lengths == (1, 2, 3)
    assert dict(found["word"].common) == {word: sum(row["word"] == word for row in rows) for word in ("a", "bbb", "cc")}
    assert found["flag"].type == "yes/no"
    if name != "o.csv":
        assert found["tags"].type == "list"
        assert found["tags"].mean == pytest.approx(sum(len(row["tags"]) for row in rows) / 400)


def test_types_that_show_late(tmp_path):
    """A column that is empty for long, or whole numbers for long, is read all the same."""
    path = tmp_path / "late.jsonl"
    lines = [{"a": None, "b": 1}] * 12_000 + [{"a": "x", "b": 1.5}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    rows, found = columns_of(path)
    assert (rows, found["a"].missing, found["a"].different, found["b"].largest) == (12_001, 12_000, 1, 1.5)
    (tmp_path / "late.csv").write_text("a\n" + "1\n" * 12_000 + "x\n", "utf-8")
    assert columns_of(tmp_path / "late.csv")[1]["a"].different == 2


@pytest.mark.parametrize("name", ["e.jsonl", "e.csv", "e.json"])
def test_files_without_records(tmp_path, name):
    """Nothing in, nothing counted."""
    (tmp_path / name).write_text('{"examples": []}' if name == "e.json" else "")
    assert profile(tmp_path / name).rows == 0


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("b.json", b'{"examples": [', "cannot be read as a dataset"),
        ("b.json", b'{"a": 1}', "expected a JSON list, or an object with a list in `examples`"),
        ("b.jsonl", b'{"a": "\xff"}\n', "cannot be read as a dataset"),
        ("b.jsonl", b"not json\n", "cannot be read as a dataset"),
        ("b.csv", b"a\n\xff\n", "cannot be read as a dataset"),
        ("b.parquet", b"PAR1", "cannot be read as a dataset"),
        ("b.parquet", b"", "cannot be read as a dataset"),
        ("b.txt", b"a", "expected a file that ends in .jsonl .json .csv or .parquet"),
        ("none.csv", None, "is not there"),
    ],
)
def test_what_is_no_dataset_is_named(tmp_path, name, content, message):
    """Damaged files and others are one message with the file's name."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as caught:
        profile(tmp_path / name)
    assert message in str(caught.value)
    assert name in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_folder_of_something_else(tmp_path):
    """A folder without parts is none of ours."""
    with pytest.raises(UsageError, match="holds no part-\\* files"):
        profile(tmp_path)


def test_a_folder_with_an_empty_part(tmp_path):
    """A shard whose records all failed counts as none."""
    (tmp_path / "part-000000.jsonl").write_text("")
    (tmp_path / "part-000001.jsonl").write_text('{"a": 1}\n')
    assert profile(tmp_path).rows == 1
