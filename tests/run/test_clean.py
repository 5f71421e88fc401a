"""Cleaning: a faulted file and its key alone become the clean file; a key that does not fit is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from running import sidecar, treadle_here

RECIPES = Path(__file__).resolve().parents[1] / "corrupt" / "tests_of_faults.py"
FAULTED, PLAIN = f"{RECIPES}:without_duplicates", f"{RECIPES}:plain_recipe"
COUNT = 700


def generate(recipe: str, path: Path, *more: object) -> Path:
    assert treadle_here("generate", recipe, "-n", COUNT, "-o", path, "--quiet", *more) == 0
    return path


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_bytes_are_those_of_the_run_without_faults(suffix, tmp_path):
    """JSON lines and CSV come out byte for byte, under other names, without recipe and manifest."""
    plain, faulted = generate(PLAIN, tmp_path / f"plain.{suffix}"), generate(FAULTED, tmp_path / f"faulted.{suffix}")
    assert plain.read_bytes() != faulted.read_bytes()
    moved = tmp_path / "elsewhere" / f"renamed.{suffix}"
    moved.parent.mkdir()
    faulted.rename(moved)
    if suffix == "csv":
        sidecar(faulted).rename(tmp_path / "key.jsonl")
        arguments = ["--key", tmp_path / "key.jsonl"]
    else:
        arguments = []
    (tmp_path / f"faulted.{suffix}.manifest.json").unlink()
    assert treadle_here("clean", moved, "-o", tmp_path / f"clean.{suffix}", "--quiet", *arguments) == 0
    assert (tmp_path / f"clean.{suffix}").read_bytes() == plain.read_bytes()


def test_a_run_can_leave_faults_out(tmp_path):
    """`generate --clean` writes what `clean` leads back to, and verify knows it."""
    faulted = generate(FAULTED, tmp_path / "faulted.jsonl")
    twin = generate(FAULTED, tmp_path / "twin.jsonl", "--clean")
    assert treadle_here("clean", faulted, "-o", tmp_path / "clean.jsonl", "--quiet") == 0
    assert (tmp_path / "clean.jsonl").read_bytes() == twin.read_bytes()
    assert treadle_here("verify", twin, "--quiet") == 0


def rows_of(path: Path) -> list[dict]:
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    return json.loads(path.read_text(encoding="utf-8"))["examples"]


@pytest.mark.parametrize("suffix", ["json", "parquet"])
def test_rows_are_those_of_the_run_without_faults(suffix, tmp_path):
    """Documents and Parquet hold the same rows; a document keeps its metadata."""
    plain, faulted = generate(PLAIN, tmp_path / f"plain.{suffix}"), generate(FAULTED, tmp_path / f"faulted.{suffix}")
    assert treadle_here("clean", faulted, "-o", tmp_path / f"clean.{suffix}", "--quiet") == 0
    assert rows_of(tmp_path / f"clean.{suffix}") == rows_of(plain)


def test_neutralised_cells_stay_so(tmp_path):
    """A text that a spreadsheet would run gets its apostrophe back, and the truth file says so."""
    faulted = generate(FAULTED, tmp_path / "x.csv")
    assert treadle_here("clean", faulted, "-o", tmp_path / "y.csv", "--quiet") == 0
    assert b"'=Dear" in (tmp_path / "y.csv").read_bytes()
    first = json.loads(sidecar(tmp_path / "y.csv").read_text(encoding="utf-8").split("\n")[0])
    assert first["csv_neutralised"] == ["text"]
    assert treadle_here("clean", faulted, "-o", tmp_path / "z.csv", "--csv-raw", "--quiet") == 0
    assert b"'=Dear" not in (tmp_path / "z.csv").read_bytes()


def other_seed(_path: Path, folder: Path) -> Path:
    """Return a key of the same length that belongs to another run."""
    other = generate(FAULTED, folder / "other.csv", "--seed", 7)
    shutil.copy(sidecar(other), folder / "key.jsonl")
    return folder / "key.jsonl"


def cut_short(path: Path, folder: Path) -> Path:
    lines = sidecar(path).read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "key.jsonl").write_text("".join(lines[:-3]), encoding="utf-8")
    return folder / "key.jsonl"


def cut_in_a_line(path: Path, folder: Path) -> Path:
    (folder / "key.jsonl").write_bytes(sidecar(path).read_bytes()[:-40])
    return folder / "key.jsonl"


def too_long(path: Path, folder: Path) -> Path:
    lines = sidecar(path).read_text(encoding="utf-8")
    (folder / "key.jsonl").write_text(lines + lines.split("\n")[0] + "\n", encoding="utf-8")
    return folder / "key.jsonl"


def no_key(_path: Path, folder: Path) -> Path:
    return folder / "nothing.jsonl"


@pytest.mark.parametrize(
    ("key", "code", "said"),
    [
        (other_seed, 1, "the key belongs to other texts"),
        (cut_short, 1, "ends behind 697 records"),
        (cut_in_a_line, 1, "cannot be read"),
        (too_long, 1, "has more than the 700 records"),
        (no_key, 2, "is not there"),
    ],
)
def test_a_key_that_does_not_fit_is_refused(key, code, said, tmp_path, capsys):
    """One message, and nothing is written."""
    faulted = generate(FAULTED, tmp_path / "x.csv")
    chosen = key(faulted, tmp_path)
    assert treadle_here("clean", faulted, "-o", tmp_path / "y.csv", "--key", chosen) == code
    assert said in capsys.readouterr().err
    assert not list(tmp_path.glob("*y.csv*"))
    assert not list(tmp_path.glob(".y.csv*"))


def test_what_cannot_be_cleaned_is_refused(tmp_path, capsys):
    """A file whose key was not kept, one that is no dataset, an output that is there, another format, the file itself."""
    bare = generate(FAULTED, tmp_path / "bare.jsonl", "--truth", "none")
    cases = [
        ([bare, "-o", tmp_path / "y.jsonl"], 1, "the answer key was not kept"),
        ([tmp_path / "no.jsonl", "-o", tmp_path / "y.jsonl"], 2, "is not there"),
        ([bare, "-o", tmp_path / "y.csv"], 2, "expected a name that ends in .jsonl"),
        ([bare, "-o", bare, "--overwrite"], 2, "is the dataset itself"),
        ([bare, "-o", bare], 2, "is there already"),
    ]
    for arguments, code, said in cases:
        assert treadle_here("clean", *arguments) == code
        assert said in capsys.readouterr().err
    assert not (tmp_path / "y.jsonl").exists()


def test_a_text_that_was_changed_is_found_out(tmp_path, capsys):
    """An edit that does not fit the text is refused: nothing is cleaned by guess."""
    faulted = generate(FAULTED, tmp_path / "x.jsonl")
    lines = [json.loads(line) for line in faulted.read_text(encoding="utf-8").splitlines()]
    number = next(number for number, line in enumerate(lines) if line["edits"] and line["edits"][0]["field"] == "other")
    lines[number]["other"] = "Something else was written here by hand."
    faulted.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert treadle_here("clean", faulted, "-o", tmp_path / "y.jsonl") == 1
    assert "take the answer key that belongs to it" in capsys.readouterr().err
    assert not (tmp_path / "y.jsonl").exists()


def test_a_folder_is_told(tmp_path, capsys):
    """Its files are cleaned one by one: the message names the first."""
    folder = tmp_path / "parts"
    assert treadle_here("generate", "hiring", "--bias", "textual", "-n", 4, "-o", f"{folder}/", "--quiet") == 0
    assert treadle_here("clean", folder, "-o", tmp_path / "back.jsonl") == 2
    assert "is a folder: name its files one by one, as in" in capsys.readouterr().err
    part = next(folder.glob("part-*"))
    assert treadle_here("clean", part, "-o", tmp_path / f"back{part.suffix}", "--quiet") == 0
