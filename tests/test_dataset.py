"""A dataset is lazy, knows its length, and gives the same records in every way of asking."""

from __future__ import annotations

import polars as pl
import pyarrow as pa
import pytest

import treadle as td
from hostile import HARD, recipe_of
from treadle.errors import RunError, UsageError

RECIPE = recipe_of([text for text in HARD if text][:12], "x")


def test_all_ways_of_asking_agree():
    """Iterating, single records, batches of any size, Arrow and Polars hold the same values."""
    dataset = td.generate(RECIPE, count=60, seed=7)
    rows = list(dataset)
    assert len(dataset) == len(rows) == 60
    assert [dataset.record(number) for number in range(60)] == rows
    assert dataset.to_arrow().to_pylist() == rows
    assert dataset.to_polars().to_dicts() == rows
    assert isinstance(dataset.to_polars(), pl.DataFrame)
    for size in (1, 7, 60, 1000):
        batches = list(dataset.batches(size))
        assert all(isinstance(batch, pa.RecordBatch) and batch.num_rows <= size for batch in batches)
        assert [row for batch in batches for row in batch.to_pylist()] == rows


def test_ranges_and_parts():
    """A range is a slice of the whole, and parts lie end to end; a record outside can be made all the same."""
    whole = list(td.generate(RECIPE, count=50))
    piece = td.generate(RECIPE, records=(20, 33))
    assert list(piece) == whole[20:33]
    assert piece.record(3) == whole[3]
    parts = [piece.part(index, 4) for index in range(4)]
    assert [row for part in parts for row in part] == whole[20:33]
    assert sum(map(len, parts)) == 13


def test_nothing_is_made_before_it_is_asked_for():
    """A million million records cost nothing until they are read."""
    dataset = td.generate(RECIPE, count=10**12)
    assert len(dataset) == 10**12
    assert next(iter(dataset)) == dataset.record(0)
    assert dataset.record(10**12 - 1)["word"]


def test_no_records():
    """An empty dataset has columns and no rows."""
    dataset = td.generate(RECIPE, count=0)
    assert list(dataset) == []
    assert dataset.to_arrow().num_rows == 0
    assert dataset.to_polars().columns[:2] == ["word", "flag"]


def test_seeds_and_defaults():
    """Seed 42 and 1,000 records unless asked otherwise; another seed gives other records."""
    assert len(td.generate(RECIPE)) == 1000
    assert td.generate(RECIPE).record(5) == td.generate(RECIPE, seed=42).record(5)
    assert td.generate(RECIPE).to_arrow() != td.generate(RECIPE, seed=43).to_arrow()
    assert list(td.generate(RECIPE, count=3, seed=-(10**30))) != list(td.generate(RECIPE, count=3))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": -1}, "count=-1: expected 0 or more"),
        ({"count": 2.5}, "count=2.5"),
        ({"count": "5"}, "count='5'"),
        ({"count": True}, None),
        ({"records": (5, 3)}, "expected"),
        ({"records": (-1, 3)}, "records=-1:3: expected 0 <= first <= last"),
        ({"records": (0, 10**30)}, "expected 0 <= first <= last"),
        ({"records": (0, "x")}, "expected"),
        ({"count": 3, "records": (0, 3)}, "count and records cannot both be given"),
        ({"seed": "x"}, "seed='x'"),
    ],
)
def test_arguments_out_of_range_are_refused(options, message):
    """One message that says what was expected."""
    if message is None:
        assert len(td.generate(RECIPE, **options)) == 1
        return
    with pytest.raises(UsageError) as caught:
        td.generate(RECIPE, **options)
    assert message in str(caught.value)


@pytest.mark.parametrize("size", [0, -1])
def test_batches_hold_at_least_one_record(size):
    """Batches of nothing are refused."""
    with pytest.raises(UsageError, match=f"size={size}: expected 1 or more"):
        list(td.generate(RECIPE, count=3).batches(size))


@pytest.mark.parametrize(("index", "of"), [(2, 2), (-1, 2), (0, 0)])
def test_parts_are_counted_from_zero(index, of):
    """A part that there is not is refused."""
    with pytest.raises(UsageError, match=f"index={index}, of={of}: expected 0 <= index < of"):
        td.generate(RECIPE, count=3).part(index, of)


@pytest.mark.parametrize("given", [5, None, {"n": 1}])
def test_what_is_no_recipe_is_refused(given):
    """A recipe is a Recipe, a pack's name or a file."""
    with pytest.raises(UsageError, match="recipe"):
        td.generate(given)


def test_records_that_fail_are_not_lost_in_silence():
    """Reading a dataset whose records fail their checks ends in an error that counts them."""
    recipe = td.Recipe("r", {"n": td.serial()}, checks=[td.check("small", "n < 3")])
    with pytest.raises(RunError, match="2 of 5 records failed the recipe's checks 8 times"):
        list(td.generate(recipe, count=5))
    with pytest.raises(RunError):
        td.generate(recipe, count=5).record(4)
    assert list(td.generate(recipe, count=3)) == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_writing_tells_progress_and_returns_the_manifest(tmp_path):
    """`progress` hears of every record once, and the manifest counts them."""
    heard = []
    manifest = td.generate(RECIPE, count=25).write(tmp_path / "o.jsonl", shard_size=10, progress=heard.append)
    assert sum(heard) == manifest.rows == 25
    assert (manifest.first, manifest.last, manifest.recipe, manifest.seed) == (0, 25, "hostile", 42)


def test_a_dataset_without_truth_is_written_without(tmp_path):
    """What a dataset does not hold is not written."""
    td.generate(RECIPE, count=2, truth=False).write(tmp_path / "o.jsonl")
    assert '"spans"' not in (tmp_path / "o.jsonl").read_text("utf-8")
