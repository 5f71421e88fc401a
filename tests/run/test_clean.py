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


def folder_of(recipe: str, path: Path, *more: object) -> Path:
    arguments = ["-n", COUNT, "--shard-size", 300, "-o", f"{path}/", "--quiet", *more]
    assert treadle_here("generate", recipe, *arguments) == 0
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name.startswith("part-")}


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_a_folder_becomes_a_folder(suffix, tmp_path):
    """Shards, with their key inside or beside, come out as those of the run without faults; the key can lie elsewhere."""
    faulted = folder_of(FAULTED, tmp_path / "faulted", "--format", suffix)
    plain = contents(folder_of(PLAIN, tmp_path / "plain", "--format", suffix))
    assert len(contents(faulted)) == (3 if suffix == "jsonl" else 6)
    arguments = []
    if suffix == "csv":
        arguments = ["--key", tmp_path / "keys"]
        (tmp_path / "keys").mkdir()
        for file in faulted.glob("*.truth.jsonl"):
            file.rename(tmp_path / "keys" / file.name)
    assert treadle_here("clean", faulted, "-o", tmp_path / "clean", "--quiet", *arguments) == 0
    cleaned = contents(tmp_path / "clean")
    parts = [name for name in plain if name.endswith(f".{suffix}")]
    assert len(parts) == 3
    assert all(cleaned[name] == plain[name] for name in parts)
    assert treadle_here("clean", faulted, "-o", tmp_path / "clean", "--quiet", "--overwrite", *arguments) == 0
    assert contents(tmp_path / "clean") == cleaned
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_a_folder_that_cannot_be_cleaned_is_refused(tmp_path, capsys):
    """One with a shard missing, without shards, with a changed key, compressed; an output with other files. Nothing is written."""
    faulted = folder_of(FAULTED, tmp_path / "faulted", "--format", "csv")
    gap, packed, empty, other, changed = (tmp_path / name for name in ("gap", "packed", "empty", "other", "changed"))
    for each in (gap, changed):
        shutil.copytree(faulted, each)
    (gap / "part-000001.csv").unlink()
    key = changed / "part-000002.csv.truth.jsonl"
    key.write_text(one_before_changed(key.read_text(encoding="utf-8")), encoding="utf-8")
    for each in (packed, empty, other):
        each.mkdir()
    (packed / "part-000000.jsonl.gz").write_bytes(b"")
    (other / "notes.txt").write_text("mine", encoding="utf-8")
    cases = [
        ([gap], 2, "part-000001.csv is not there"),
        ([empty], 2, "found none"),
        ([packed], 2, "is compressed: unpack it first"),
        ([packed / "part-000000.jsonl.gz"], 2, "is compressed: unpack it first"),
        ([changed], 1, "its edits are not those that were written"),
        ([faulted, "--key", tmp_path / "nowhere"], 2, "folder of truth files"),
    ]
    for arguments, code, said in cases:
        assert treadle_here("clean", *arguments, "-o", tmp_path / "clean") == code
        assert said in capsys.readouterr().err
    assert treadle_here("clean", faulted, "-o", other, "--overwrite") == 2
    assert "holds notes.txt" in capsys.readouterr().err
    assert treadle_here("clean", faulted, "-o", faulted / "clean") == 2
    assert "lies in the dataset itself" in capsys.readouterr().err
    assert not [file for file in tmp_path.iterdir() if "clean" in file.name]
    assert [file.name for file in other.iterdir()] == ["notes.txt"]


def one_before_changed(lines: str) -> str:
    """Return lines of a key with one letter changed in the text that one edit, somewhere in the middle, took out."""
    held = [json.loads(line) for line in lines.splitlines()]
    edits = [edit for line in held for edit in line["edits"] if edit["before"].isascii() and edit["before"].strip()]
    edit = edits[len(edits) // 2]
    edit["before"] = ("y" if edit["before"][0] == "x" else "x") + edit["before"][1:]
    return "".join(json.dumps(line) + "\n" for line in held)


def one_edit_less(lines: str) -> str:
    held = [json.loads(line) for line in lines.splitlines()]
    next(line for line in held if len(line["edits"]) > 1)["edits"].pop()
    return "".join(json.dumps(line) + "\n" for line in held)


def no_edits(lines: str) -> str:
    held = [json.loads(line) for line in lines.splitlines()]
    next(line for line in held if line["edits"])["edits"] = []
    return "".join(json.dumps(line) + "\n" for line in held)


def no_seals(lines: str) -> str:
    held = [json.loads(line) for line in lines.splitlines()]
    del next(line for line in held if len(line["edits"]) > 1)["edits"][0]["seal"]
    return "".join(json.dumps(line) + "\n" for line in held)


def an_absurd_place(lines: str) -> str:
    held = [json.loads(line) for line in lines.splitlines()]
    next(line for line in held if line["edits"])["edits"][0]["start"] = "7"
    return "".join(json.dumps(line) + "\n" for line in held)


@pytest.mark.parametrize("change", [one_before_changed, one_edit_less, no_seals, an_absurd_place])
@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_a_key_that_was_changed_is_found_out(change, suffix, tmp_path, capsys):
    """Inside the file or beside it: one letter of what an edit took out, an edit left out, a seal, a place. Nothing is written."""
    faulted = generate(FAULTED, tmp_path / f"x.{suffix}")
    key = faulted if suffix == "jsonl" else sidecar(faulted)
    key.write_text(change(key.read_text(encoding="utf-8")), encoding="utf-8")
    assert treadle_here("clean", faulted, "-o", tmp_path / f"y.{suffix}") == 1
    said = capsys.readouterr().err
    assert "was changed" in said
    assert not list(tmp_path.glob(f"*y.{suffix}*"))
    assert treadle_here("validate", faulted) == 1
    assert "seals" in capsys.readouterr().out


def test_edits_that_were_taken_out_whole_are_found_out(tmp_path, capsys):
    """The digest beside a record covers its edits too: without any of them it does not fit."""
    faulted = generate(FAULTED, tmp_path / "x.csv")
    key = sidecar(faulted)
    key.write_text(no_edits(key.read_text(encoding="utf-8")), encoding="utf-8")
    assert treadle_here("clean", faulted, "-o", tmp_path / "y.csv") == 1
    assert "text_sha256 differs" in capsys.readouterr().err
    assert not list(tmp_path.glob("*y.csv*"))
