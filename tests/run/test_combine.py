"""`combine` joins slices of one dataset to the bytes of one run, and refuses what does not belong together."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import treadle as td
from recipes.wide import slim, wide
from running import files_of, manifest_of, sidecar, treadle, treadle_here
from treadle.errors import ManifestError, RunError, TreadleError, UsageError, VerifyError
from treadle.run.combine import combine
from treadle.run.source import Source
from treadle.run.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = ["jsonl", "csv", "parquet"]


def part(folder: Path, suffix: str, first: int, last: int, recipe: td.Recipe = slim, **options: Any) -> Path:
    """Write a slice and return its path."""
    columns, seed = options.pop("columns", ()), options.pop("seed", 42)
    output = folder / f"{first}-{last}.{suffix}"
    td.generate(recipe, records=(first, last), seed=seed, columns=columns).write(output, **options)
    return output


def data_of(output: Path) -> dict[str, bytes]:
    """Return a file and its sidecar."""
    return {name: data for name, data in files_of(output).items() if name != ".manifest.json"}


@pytest.mark.parametrize("recipe", [slim, wide], ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("suffix", FORMATS)
def test_slices_joined_are_one_run(suffix, recipe, tmp_path):
    """Slices of any lengths, given in any order, give the bytes of one run, and a manifest that passes."""
    whole = part(tmp_path, suffix, 0, 700, recipe)
    bounds = [0, 1, 250, 251, 600, 700]
    slices = [part(tmp_path, suffix, *pair, recipe, shard_size=100) for pair in itertools.pairwise(bounds)]
    joined = tmp_path / f"joined.{suffix}"
    manifest = combine([slices[number] for number in (3, 0, 4, 2, 1)], joined)
    assert data_of(joined) == data_of(whole)
    assert (manifest.first, manifest.last, manifest.rows, manifest.bytes) == (0, 700, 700, joined.stat().st_size)
    one = json.loads(manifest_of(whole).read_text())
    for name in ("file_sha256", "truth_sha256", "label_counts", "rejected", "csv_neutralised", "columns", "seed"):
        assert getattr(manifest, name) == one[name], name
    assert verify(joined, Source.of(recipe), slices=None).of == len(manifest.shards)
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_parquet_row_groups_are_cut_as_in_one_run(tmp_path):
    """Slices whose bounds lie within row groups, several to a group or over several, give the same groups."""
    whole = part(tmp_path, "parquet", 60_000, 133_000)
    bounds = [60_000, 63_000, 65_536, 65_537, 131_072, 133_000]
    slices = [part(tmp_path, "parquet", *pair) for pair in itertools.pairwise(bounds)]
    combine(slices, tmp_path / "joined.parquet")
    assert (tmp_path / "joined.parquet").read_bytes() == whole.read_bytes()
    assert pq.ParquetFile(whole).metadata.num_row_groups == 3


@given(
    cuts=st.sets(st.integers(1, 299), max_size=4),
    suffix=st.sampled_from(FORMATS),
    truth=st.sampled_from(["none", None]),
)
@settings(max_examples=12, deadline=None)
def test_any_cuts_join_again(cuts, suffix, truth, tmp_path_factory):
    """Wherever a dataset is cut, its slices are the whole."""
    folder = tmp_path_factory.mktemp("cuts")
    whole = part(folder, suffix, 0, 300, truth=truth)
    bounds = [0, *sorted(cuts), 300]
    (folder / "slices").mkdir()
    slices = [part(folder / "slices", suffix, *pair, truth=truth) for pair in itertools.pairwise(bounds)]
    combine(slices, folder / f"joined.{suffix}")
    assert data_of(folder / f"joined.{suffix}") == data_of(whole)


def test_slices_with_failed_records_join_too(tmp_path):
    """Records that failed their checks leave the row groups where one run would cut them."""
    picky = replace(slim, checks=[td.check("not_seven", lambda number: number % 30_000 != 7, "id")])

    def run(first: int, last: int) -> Path:
        with pytest.raises(RunError, match="failed the recipe's checks"):
            part(tmp_path, "parquet", first, last, picky)
        return tmp_path / f"{first}-{last}.parquet"

    whole, slices = run(0, 66_000), [run(0, 30_000), run(30_000, 66_000)]
    manifest = combine(slices, tmp_path / "joined.parquet")
    assert (tmp_path / "joined.parquet").read_bytes() == whole.read_bytes()
    assert sorted(manifest.failed) == ["30007", "60007", "7"]
    assert manifest.rows == 65_997


def test_folders_join_too(tmp_path):
    """A folder of shards is a slice like a file."""
    whole = part(tmp_path, "jsonl", 0, 500)
    td.generate(slim, records=(0, 300)).write(f"{tmp_path}/folder/", shard_size=100)
    combine([part(tmp_path, "jsonl", 300, 500), tmp_path / "folder"], tmp_path / "joined.jsonl")
    assert data_of(tmp_path / "joined.jsonl") == data_of(whole)


def test_joined_slices_join_again(tmp_path):
    """What was joined can be joined further."""
    slices = [part(tmp_path, "csv", *pair) for pair in ((0, 10), (10, 20), (20, 30))]
    combine(slices[:2], tmp_path / "two.csv")
    combine([tmp_path / "two.csv", slices[2]], tmp_path / "three.csv")
    assert data_of(tmp_path / "three.csv") == data_of(part(tmp_path, "csv", 0, 30))


def test_empty_slices_join_too(tmp_path):
    """A slice of no records changes nothing."""
    for suffix in FORMATS:
        slices = [part(tmp_path, suffix, 0, 0), part(tmp_path, suffix, 0, 50), part(tmp_path, suffix, 50, 50)]
        combine(slices, tmp_path / f"joined.{suffix}")
        assert data_of(tmp_path / f"joined.{suffix}") == data_of(slices[1])


def test_the_command_line_joins(tmp_path, slim_file):
    """`combine` says what it joined."""
    for bounds in ("0:40", "40:90"):
        output = tmp_path / f"{bounds.replace(':', '-')}.csv"
        assert treadle_here("generate", slim_file, "--records", bounds, "-o", output, "-q") == 0
    said = treadle("combine", tmp_path / "40-90.csv", tmp_path / "0-40.csv", "-o", tmp_path / "all.csv")
    assert (said.returncode, said.stdout) == (0, "")
    assert "90 records, 0 to 89" in said.stderr
    assert data_of(tmp_path / "all.csv") == data_of(part(tmp_path, "csv", 0, 90))


OTHERS: dict[str, tuple[Any, str]] = {
    "a gap": (lambda folder: part(folder, "jsonl", 101, 200), "leaves out records 100 to 100"),
    "an overlap": (lambda folder: part(folder, "jsonl", 99, 200), "overlaps with the slice before it"),
    "the same again": (lambda folder: part(folder, "jsonl", 0, 100), "overlaps with the slice before it"),
    "another seed": (lambda folder: part(folder, "jsonl", 100, 200, seed=43), "seed=43, expected 42"),
    "another recipe": (lambda folder: part(folder, "jsonl", 100, 200, wide), "recipe='wide', expected 'slim'"),
    "another version": (
        lambda folder: part(folder, "jsonl", 100, 200, replace(slim, version="2")),
        "recipe_version='2'",
    ),
    "other fields": (
        lambda folder: part(
            folder, "jsonl", 100, 200, replace(slim, fields={**slim.fields, "more": td.serial()}, columns=slim.columns)
        ),
        "fingerprint=",
    ),
    "other columns": (lambda folder: part(folder, "jsonl", 100, 200, columns=["id"]), "fingerprint=|columns="),
    "other truth": (lambda folder: part(folder, "jsonl", 100, 200, truth="none"), "truth='none', expected 'inline'"),
    "another format": (lambda folder: part(folder, "csv", 100, 200), "format='csv', expected 'jsonl'"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_does_not_belong_together_is_refused(other, tmp_path):
    """Gaps, overlaps, other seeds, recipes and formats are named, and nothing is written."""
    make, message = OTHERS[other]
    (tmp_path / "other").mkdir()
    slices = [part(tmp_path, "jsonl", 0, 100), make(tmp_path / "other")]
    for order in (slices, slices[::-1]):
        with pytest.raises(
            UsageError, match=message if other not in {"another seed", "another recipe"} else message.split(",")[0]
        ):
            combine(order, tmp_path / "joined.jsonl")
    assert [each.name for each in tmp_path.iterdir() if "joined" in each.name] == []


def test_raw_and_neutralised_csv_are_not_joined(tmp_path):
    """Cells written in two ways do not belong in one file."""
    slices = [part(tmp_path, "csv", 0, 10), part(tmp_path, "csv", 10, 20, raw_csv=True)]
    with pytest.raises(UsageError, match="options="):
        combine(slices, tmp_path / "joined.csv")


@pytest.mark.parametrize("suffix", FORMATS)
def test_changed_files_are_refused(suffix, tmp_path):
    """A slice, or its truth, that is not what its manifest says is not joined, and leaves no output."""
    slices = [part(tmp_path, suffix, 0, 100), part(tmp_path, suffix, 100, 200)]
    for changed in (slices[1], sidecar(slices[1])):
        if not changed.exists():
            continue
        before = changed.read_bytes()
        changed.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        with pytest.raises(VerifyError, match="is not what its manifest says"):
            combine(slices, tmp_path / f"joined.{suffix}")
        changed.write_bytes(before)
    slices[0].unlink()
    with pytest.raises(UsageError, match="is not there"):
        combine(slices, tmp_path / f"joined.{suffix}")
    assert not (tmp_path / f"joined.{suffix}").exists()


def test_damaged_manifests_are_refused(tmp_path):
    """A slice whose manifest is damaged or missing is not joined."""
    slices = [part(tmp_path, "jsonl", 0, 100), part(tmp_path, "jsonl", 100, 200)]
    manifest_of(slices[1]).write_text("{")
    with pytest.raises(ManifestError, match="is damaged"):
        combine(slices, tmp_path / "joined.jsonl")
    manifest_of(slices[1]).unlink()
    with pytest.raises(ManifestError, match="cannot be read"):
        combine(slices, tmp_path / "joined.jsonl")


def test_documents_and_nothing_are_refused(tmp_path):
    """JSON documents cannot be joined, nor can no slices at all, nor slices into another format."""
    document = part(tmp_path, "json", 0, 10)
    lines = part(tmp_path, "jsonl", 0, 10)
    for inputs, output in (
        ([document], "joined.json"),
        ([], "joined.jsonl"),
        ([lines], "joined.csv"),
        ([lines], "joined.txt"),
    ):
        with pytest.raises(TreadleError):
            combine(inputs, tmp_path / output)


def test_an_output_is_not_replaced_unless_asked_for(tmp_path):
    """What is there stays, but for `overwrite`."""
    slices = [part(tmp_path, "jsonl", 0, 10), part(tmp_path, "jsonl", 10, 20)]
    joined = tmp_path / "joined.jsonl"
    joined.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        combine(slices, joined)
    assert joined.read_text() == "mine"
    combine(slices, joined, overwrite=True)
    assert data_of(joined) == data_of(part(tmp_path, "jsonl", 0, 20))


def test_a_slice_is_not_overwritten_by_the_whole(tmp_path):
    """Joining into one of the slices gives the whole all the same."""
    slices = [part(tmp_path, "jsonl", 0, 10), part(tmp_path, "jsonl", 10, 20)]
    combine(slices, slices[0], overwrite=True)
    assert slices[0].read_bytes() == part(tmp_path, "jsonl", 0, 20).read_bytes()
