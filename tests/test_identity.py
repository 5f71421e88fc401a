"""Record i of a recipe under a seed has the same bytes, however it is made (promise 1; rules 1, 2 and 17)."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import treadle as td
from recipes.wide import slim, wide
from running import files_of, sidecar, treadle_here

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT = 300
FORMATS = ("jsonl", "csv", "json", "parquet")


def written(recipe: td.Recipe | str, name: str, count: int = COUNT, **options: Any) -> dict[str, bytes]:
    """Write records to a new file of that name; return the file and its sidecar, without the manifest."""
    records = options.pop("records", None)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / name
        dataset = td.generate(recipe, count=None if records else count, records=records, seed=options.pop("seed", 42))
        dataset.write(output, **options)
        return {key: data for key, data in files_of(output).items() if key != ".manifest.json"}


@pytest.fixture(scope="module")
def reference() -> dict[str, dict[str, bytes]]:
    """Return the wide recipe in every format, made in the plainest way."""
    return {each: written(wide, f"plain.{each}") for each in FORMATS}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """Return the records of the wide recipe."""
    return list(td.generate(wide, count=COUNT))


class Late(Future[Any]):
    """A future that is made when it is asked for."""

    def __init__(self, make: Callable[[], None]) -> None:
        super().__init__()
        self.make = make

    def result(self, timeout: float | None = None) -> Any:
        self.make()
        return super().result(timeout)


class Backwards(Executor):
    """An executor that holds calls back until one is asked for, and then carries out the newest first."""

    def __init__(self) -> None:
        self.held: list[Callable[[], None]] = []

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future = Late(self.carry_out)
        self.held.append(lambda: future.set_result(function(*arguments, **named)))
        return future

    def carry_out(self) -> None:
        while self.held:
            self.held.pop()()


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
@pytest.mark.parametrize(("recipe", "counts"), [(wide, (10, 1_000, 3_000)), (slim, (10, 1_000, 100_000))])
def test_fewer_records_are_the_beginning_of_more(recipe: td.Recipe, counts: tuple[int, ...], name: str) -> None:
    """A count decides where a dataset ends and nothing else."""
    *smaller, largest = (written(recipe, name, count) for count in counts)
    for fewer in smaller:
        for key, data in fewer.items():
            assert data
            assert largest[key].startswith(data)


def test_fewer_records_are_the_beginning_of_more_in_parquet() -> None:
    """Values do not depend on the count, though the file's bytes end otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        for count in (10, 1_000, 100_000):
            td.generate(slim, count=count).write(f"{folder}/{count}.parquet")
        few, some, many = (pq.read_table(f"{folder}/{count}.parquet") for count in (10, 1_000, 100_000))
    assert some.slice(0, 10).equals(few)
    assert many.slice(0, 1_000).equals(some)


@pytest.mark.parametrize("chunk_size", [1, 7, 4_096, 65_536])
@pytest.mark.parametrize("suffix", FORMATS)
def test_chunks_change_no_byte(suffix: str, chunk_size: int, reference: dict[str, dict[str, bytes]]) -> None:
    """Records drawn one by one, by sevens or all at once are the same."""
    count = 40 if chunk_size == 1 else COUNT
    expected = reference[suffix] if count == COUNT else written(wide, f"plain.{suffix}", count)
    assert written(wide, f"plain.{suffix}", count, chunk_size=chunk_size) == expected


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_chunks_and_shards_change_no_byte_of_many_records(name: str) -> None:
    """The bounds of chunks, shards and Parquet row groups fall on different records and leave no trace."""
    records = (60_000, 70_000)
    expected = written(slim, name, records=records)
    for chunk_size, shard_size in ((4_096, 65_536), (65_536, 140_000), (3_001, 7_000)):
        assert written(slim, name, records=records, chunk_size=chunk_size, shard_size=shard_size) == expected


@pytest.mark.parametrize("shard_size", [1, 21, 256, COUNT])
@pytest.mark.parametrize("suffix", FORMATS)
def test_shards_change_no_byte(suffix: str, shard_size: int, reference: dict[str, dict[str, bytes]]) -> None:
    """A file put together from many parts is that of one part."""
    if shard_size == 1:
        assert written(wide, f"plain.{suffix}", 10, shard_size=1) == written(wide, f"plain.{suffix}", 10)
    else:
        assert written(wide, f"plain.{suffix}", shard_size=shard_size) == reference[suffix]


@pytest.mark.parametrize("workers", [2, 4])
@pytest.mark.parametrize("suffix", FORMATS)
def test_threads_change_no_byte(suffix: str, workers: int, reference: dict[str, dict[str, bytes]]) -> None:
    """Shards are put in order however many are made at once."""
    assert written(wide, f"plain.{suffix}", shard_size=64, workers=workers) == reference[suffix]


@pytest.mark.parametrize(("suffix", "workers"), [("jsonl", 1), ("jsonl", 4), ("csv", 2), ("parquet", 2)])
def test_processes_change_no_byte(
    suffix: str, workers: int, reference: dict[str, dict[str, bytes]], wide_file: str
) -> None:
    """Worker processes load the recipe anew, by name or as it was given, and make the same records."""
    for recipe in (wide, wide_file)[: 2 if suffix == "csv" else 1]:
        made = written(recipe, f"plain.{suffix}", shard_size=100, workers=workers, executor="processes")
        assert made == reference[suffix]


@pytest.mark.parametrize("suffix", FORMATS)
def test_any_executor_changes_no_byte(suffix: str, reference: dict[str, dict[str, bytes]]) -> None:
    """An executor of the user's own is used, whatever the order in which it works, and left open."""
    with ThreadPoolExecutor(3) as threads:
        assert written(wide, f"plain.{suffix}", shard_size=50, workers=3, executor=threads) == reference[suffix]
        assert threads.submit(int, "7").result() == 7
    assert written(wide, f"plain.{suffix}", shard_size=100, workers=1, executor=Backwards()) == reference[suffix]


def test_an_executor_of_processes_changes_no_byte(reference: dict[str, dict[str, bytes]]) -> None:
    """A user's own pool of processes serves as well."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert written(wide, "plain.jsonl", shard_size=150, workers=2, executor=pool) == reference["jsonl"]


SCRIPT = """
import datetime, logging, os, random, sys, time
import numpy, pyarrow.parquet, polars, concurrent.futures, multiprocessing, inspect, tempfile
sys.path.insert(0, sys.argv[1])
if sys.argv[3] == "stopped":
    class Stopped(datetime.datetime):
        @classmethod
        def now(cls, tz=None): raise AssertionError("the wall clock was read")
        utcnow = today = now
    datetime.datetime = Stopped
    time.time = time.time_ns = time.localtime = time.gmtime = lambda *a: 1 / 0
    os.urandom = random.random = random.getrandbits = lambda *a: 1 / 0
import treadle as td
from recipes.wide import wide
for name in ("a.jsonl", "a.csv", "a.json", "a.parquet", "folder/"):
    td.generate(wide, count=150).write(sys.argv[2] + "/" + name, workers=2, shard_size=50)
"""
SURROUNDINGS = [
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8"},
]


def test_surroundings_change_no_byte(tmp_path: Path) -> None:
    """Hash seed, time zone, locale and the wall clock leave no trace, not even in the manifest."""
    made = []
    for number, (clock, variables) in enumerate([("runs", SURROUNDINGS[0]), ("stopped", SURROUNDINGS[1])]):
        folder = tmp_path / str(number)
        folder.mkdir()
        arguments = [sys.executable, "-c", SCRIPT, str(Path(__file__).parent), str(folder), clock]
        subprocess.run(arguments, check=True, env={**os.environ, **variables})
        outputs = [folder / name for name in ("a.jsonl", "a.csv", "a.json", "a.parquet", "folder")]
        made.append([files_of(output) for output in outputs])
    assert made[0] == made[1]
    assert made[0][0][""] == written(wide, "a.jsonl", 150)[""]


def test_global_random_state_is_neither_read_nor_changed() -> None:
    """Other code's random numbers and ours do not meet."""
    random.seed(7)
    np.random.seed(7)  # noqa: NPY002  # the global state is what is asked about
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    first = td.generate(slim, count=50).to_arrow()
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002
    random.seed(8)
    np.random.seed(8)  # noqa: NPY002
    assert td.generate(slim, count=50).to_arrow().equals(first)


@given(number=st.integers(0, COUNT - 1))
@settings(max_examples=40, deadline=None)
def test_any_record_can_be_made_alone(number: int, rows: list[dict[str, Any]]) -> None:
    """A record asked for by its number is the one that stands there among all."""
    assert ALONE.record(number) == rows[number]


ALONE = td.generate(wide, count=1)


@pytest.mark.parametrize("number", [0, 1, 177, COUNT - 1])
def test_the_command_line_makes_any_record_alone(
    number: int, wide_file: str, tmp_path: Path, reference: dict[str, dict[str, bytes]]
) -> None:
    """`--records i:i+1` writes the i-th line, and the header in CSV."""
    for name in ("one.jsonl", "one.csv"):
        given = ("generate", wide_file, "--records", f"{number}:{number + 1}", "-o", tmp_path / name, "-q")
        assert treadle_here(*given) == 0
    lines = reference["jsonl"][""].splitlines(keepends=True)
    assert (tmp_path / "one.jsonl").read_bytes() == lines[number]
    truths = reference["csv"][".truth.jsonl"].splitlines(keepends=True)
    assert sidecar(tmp_path / "one.csv").read_bytes() == truths[number]
    header = reference["csv"][""].split(b"\r\n", 1)[0] + b"\r\n"
    body = (tmp_path / "one.csv").read_bytes()
    assert body.startswith(header)
    assert body.removeprefix(header) in reference["csv"][""]


@given(bounds=st.tuples(st.integers(0, COUNT), st.integers(0, COUNT)).map(sorted), shard=st.integers(1, COUNT))
@settings(max_examples=20, deadline=None)
def test_any_slice_is_cut_from_the_whole(bounds: list[int], shard: int, reference: dict[str, dict[str, bytes]]) -> None:
    """`records=(a, b)` makes exactly the lines from a to b - 1."""
    first, last = bounds
    made = written(wide, "a.jsonl", records=(first, last), shard_size=max(shard, 20))
    assert made[""] == b"".join(reference["jsonl"][""].splitlines(keepends=True)[first:last])


@given(cuts=st.sets(st.integers(1, 2_999), max_size=4), chunk=st.integers(1, 3_000))
@settings(max_examples=15, deadline=None)
def test_slices_end_to_end_are_the_whole(cuts: set[int], chunk: int) -> None:
    """Slices without gaps give the whole, in CSV after the header."""
    whole = written(slim, "a.csv", 3_000)
    bounds = [0, *sorted(cuts), 3_000]
    slices = [written(slim, "a.csv", records=pair, chunk_size=max(chunk, 100)) for pair in itertools.pairwise(bounds)]
    header = whole[""].split(b"\r\n", 1)[0] + b"\r\n"
    assert all(each[""].startswith(header) for each in slices)
    assert header + b"".join(each[""].removeprefix(header) for each in slices) == whole[""]
    assert b"".join(each[".truth.jsonl"] for each in slices) == whole[".truth.jsonl"]


def test_records_far_out_can_be_made_alone() -> None:
    """Numbers near the last there is work like small ones."""
    for number in (123_456_789, (1 << 32) + 5, (1 << 62) - 1):
        near = td.generate(slim, records=(max(0, number - 40), number + 1))
        assert list(near)[-1] == near.record(number) == td.generate(slim).record(number)


@given(columns=st.lists(st.sampled_from(sorted(wide.fields)), min_size=1, max_size=5, unique=True))
@settings(max_examples=6, deadline=None)
def test_other_columns_change_no_value(columns: list[str], rows: list[dict[str, Any]]) -> None:
    """A dataset of some columns holds the values that they have among all, in the order asked for."""
    chosen = td.generate(wide, count=50, columns=columns, truth=False)
    assert list(chosen) == [{name: row[name] for name in columns} for row in rows[:50]]
    assert chosen.to_arrow().column_names == columns


def test_truth_changes_no_other_value(rows: list[dict[str, Any]]) -> None:
    """Records without spans are the records with them, less the spans."""
    plain = [{name: value for name, value in row.items() if name != "spans"} for row in rows]
    assert list(td.generate(wide, count=COUNT, truth=False)) == plain


EXTRA = {
    "x_choice": td.choice(["a", "b"]),
    "x_quota": td.quota(["a", "b", "c"]),
    "x_number": td.integer(0, 1 << 40),
    "x_sample": td.sample("skills", 2),
    "x_children": td.each(2, {"title": td.choice(["p", "q"]), "line": td.text("{title} of {city}")}),
    "x_text": td.text(["{city}", "{hello} [and {tool}]"], rules={"hello": ["hi", "ho"]}),
}


@pytest.mark.parametrize("name", EXTRA)
def test_another_field_changes_no_other(name: str, rows: list[dict[str, Any]]) -> None:
    """What is added to a recipe, in front or behind, leaves the values of all other fields as they were."""
    fields = {name: EXTRA[name], **wide.fields} if name < "x_n" else {**wide.fields, name: EXTRA[name]}
    more = td.generate(replace(wide, fields=fields, columns=tuple(wide.fields)), count=50, truth=False)
    assert list(more) == [{key: value for key, value in row.items() if key != "spans"} for row in rows[:50]]


def test_the_order_of_fields_changes_no_value(rows: list[dict[str, Any]]) -> None:
    """Fields may be listed in any order."""
    turned = replace(wide, fields=dict(reversed(wide.fields.items())), columns=wide.columns)
    assert list(td.generate(turned, count=50, truth=False)) == [
        {key: value for key, value in row.items() if key != "spans"} for row in rows[:50]
    ]


def test_seeds_differ_and_42_is_the_default(tmp_path: Path, slim_file: str) -> None:
    """Every seed has records of its own, negative and huge ones too; without one it is 42."""
    seeds = [42, 43, 0, -1, 1 << 70]
    made = [written(slim, "a.jsonl", 50, seed=seed)[""] for seed in seeds]
    assert len(set(made)) == len(seeds)
    assert treadle_here("generate", slim_file, "-n", 50, "-o", tmp_path / "default.jsonl", "-q") == 0
    assert (tmp_path / "default.jsonl").read_bytes() == made[0]
    assert [json.loads(line) for line in made[0].splitlines()] == list(td.generate(slim, count=50))


def test_recipes_of_other_names_differ() -> None:
    """The recipe's name is part of the key of every draw, and its version and text are not."""
    first = [row["price"] for row in td.generate(slim, count=50)]
    assert [row["price"] for row in td.generate(replace(slim, name="other"), count=50)] != first
    assert [row["price"] for row in td.generate(replace(slim, version="2", doc="x"), count=50)] == first
