"""`verify` passes what a run wrote and names everything in it that is not what the manifest or the recipe says."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import treadle as td
from recipes.wide import slim, wide
from running import manifest_of, sidecar, treadle, treadle_here
from treadle.errors import ManifestError, VerifyError
from treadle.run.source import Source
from treadle.run.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

OUTPUTS = ["a.jsonl", "a.csv", "a.json", "a.parquet", "lines/", "tables/", "columns/"]
FOLDERS = {"lines/": "jsonl", "tables/": "csv", "columns/": "parquet"}
SLIM = Source.of(slim)


def made(folder: Path, name: str, recipe: str | td.Recipe = slim, count: int = 1_000, **options: Any) -> Path:
    """Write an output of ten shards and return its path."""
    shards = {"shard_size": 100, "format": FOLDERS.get(name), **options}
    truth = {"truth": "sidecar"} if name in FOLDERS else {}
    td.generate(recipe, count=count).write(f"{folder}/{name}", **truth, **shards)
    return folder / name


@pytest.mark.parametrize("recipe", [slim, wide], ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("name", OUTPUTS)
def test_fresh_outputs_pass(name, recipe, tmp_path):
    """Every format, in one file or a folder, is found as it was written, all its shards made again."""
    done = verify(made(tmp_path, name, recipe, count=300), Source.of(recipe), slices=None)
    assert done.shards == done.of == (1 if "parquet" in name or name == "columns/" else 3)
    assert done.files == (done.of if name in FOLDERS else 1)


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize("options", [{"truth": "none"}, {"count": 0}, {"count": 1}], ids=str)
def test_outputs_without_truth_and_small_ones_pass(name, options, tmp_path):
    """Outputs without spans, of one record and of none are found as they were written."""
    written = {"format": FOLDERS.get(name), "truth": options.get("truth")}
    td.generate(slim, count=options.get("count", 300)).write(f"{tmp_path}/{name}", **written)
    assert verify(tmp_path / name, SLIM, slices=None).files == 1 or not options.get("count", 1)


def test_slices_and_chosen_columns_pass(tmp_path):
    """A slice of a dataset, of some columns only, is made again as it was."""
    td.generate(slim, records=(333, 777), columns=["line", "id"]).write(tmp_path / "a.jsonl", shard_size=100)
    assert verify(tmp_path / "a.jsonl", SLIM, slices=None).of == 5


def test_the_manifest_says_where_the_recipe_is(tmp_path, slim_file):
    """Without `--recipe` the recipe is found where the run had it, `--vocab` lists included."""
    (tmp_path / "words.txt").write_text("eins\nzwei\n")
    given = ("--vocab", f"word={tmp_path / 'words.txt'}")
    assert treadle_here("generate", slim_file, "-n", 300, *given, "-o", tmp_path / "a.jsonl", "-q") == 0
    said = treadle("verify", tmp_path / "a.jsonl")
    assert said.returncode == 0
    assert said.stdout == ""
    assert "1 file as in the manifest; 1 of 1 shard made again, all equal" in said.stderr
    assert treadle_here("verify", tmp_path / "a.jsonl", "--recipe", slim_file, *given, "-q") == 0
    (tmp_path / "words.txt").write_text("eins\ndrei\n")
    changed = treadle("verify", tmp_path / "a.jsonl")
    assert changed.returncode == 1
    assert "it, or a list it reads, was changed since" in changed.stderr


def test_a_recipe_given_as_an_object_has_to_be_named(tmp_path):
    """A manifest without a source says how to name the recipe."""
    with pytest.raises(ManifestError, match="does not say where recipe 'slim' is"):
        verify(made(tmp_path, "a.jsonl"))


def flip(path: Path, at: float) -> None:
    """Change one byte of a file."""
    data = bytearray(path.read_bytes())
    data[int((len(data) - 1) * at)] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("at", [0, 0.3, 0.7, 1])
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.json", "a.parquet"])
def test_a_changed_byte_is_found_in_a_file(name, at, tmp_path):
    """One flipped bit anywhere is reported with the file's name."""
    flip(made(tmp_path, name), at)
    with pytest.raises(VerifyError, match=rf"{name}: file_sha256=\w{{64}}: the manifest says"):
        verify(tmp_path / name, SLIM, slices=1)


@pytest.mark.parametrize("name", ["lines/", "tables/", "columns/"])
def test_a_changed_byte_is_found_in_a_folder(name, tmp_path):
    """One flipped bit in one of the parts, or in the truth of one, is reported with that file's name."""
    folder = made(tmp_path, name)
    parts = sorted(each for each in folder.iterdir() if each.name.startswith("part-"))
    for changed in (parts[-1], parts[0]):
        before = changed.read_bytes()
        flip(changed, 0.5)
        with pytest.raises(VerifyError, match=f"{changed.name}: file_sha256") as caught:
            verify(folder, SLIM, slices=1)
        assert len(str(caught.value).splitlines()) == 1
        changed.write_bytes(before)
    assert verify(folder, SLIM)


@pytest.mark.parametrize("name", ["a.csv", "a.json"])
def test_a_changed_or_missing_sidecar_is_found(name, tmp_path):
    """The truth beside a file is checked like the file."""
    truth = sidecar(made(tmp_path, name))
    flip(truth, 0.5)
    with pytest.raises(VerifyError, match=truth.name):
        verify(tmp_path / name, SLIM)
    truth.unlink()
    with pytest.raises(VerifyError, match="it is not there"):
        verify(tmp_path / name, SLIM)


@pytest.mark.parametrize("name", ["lines/", "tables/"])
def test_missing_shards_are_found(name, tmp_path):
    """Every missing part is reported, not the first alone."""
    folder = made(tmp_path, name)
    for number in (2, 7):
        next(folder.glob(f"part-00000{number}.*")).unlink()
    with pytest.raises(VerifyError, match="it is not there") as caught:
        verify(folder, SLIM)
    assert "part-000002" in str(caught.value)
    assert "part-000007" in str(caught.value)


def test_a_missing_file_is_found(tmp_path):
    """A manifest whose file is gone is reported."""
    made(tmp_path, "a.jsonl").unlink()
    with pytest.raises(VerifyError, match="it is not there"):
        verify(tmp_path / "a.jsonl", SLIM)


def test_changed_content_is_found_though_the_manifest_was_mended(tmp_path):
    """Content that the recipe does not make is found by making it again, whatever the hashes of files say."""
    output = made(tmp_path, "a.jsonl")
    manifest = json.loads(manifest_of(output).read_text())
    assert "content_sha256" not in manifest["shards"][4]  # the file itself is the content
    content = bytearray(output.read_bytes())
    content[sum(shard["bytes"] for shard in manifest["shards"][:4]) + 10] ^= 1
    output.write_bytes(content)
    manifest["file_sha256"] = hashlib.sha256(content).hexdigest()
    manifest_of(output).write_text(json.dumps(manifest))
    with pytest.raises(VerifyError, match=r"records 400 to 499: made again .*, in the file") as caught:
        verify(output, SLIM, slices=None)
    assert len(str(caught.value).splitlines()) == 1


def test_a_wrong_content_hash_is_found(tmp_path):
    """Where shards have a hash of their content, that is compared."""
    output = made(tmp_path, "a.csv")
    manifest = json.loads(manifest_of(output).read_text())
    manifest["shards"][4]["content_sha256"] = "0" * 64
    manifest_of(output).write_text(json.dumps(manifest))
    with pytest.raises(VerifyError, match="records 400 to 499: made again they have content_sha256="):
        verify(output, SLIM, slices=None)


def test_slices_include_the_first_and_last_shard(tmp_path):
    """As many shards are made again as asked for, the ends among them."""
    output = made(tmp_path, "a.jsonl")
    told: list[int] = []
    assert verify(output, SLIM, slices=3, progress=told.append).shards == len(told) == 3
    manifest = json.loads(manifest_of(output).read_text())
    for number in (0, 9):
        changed = json.loads(json.dumps(manifest))
        changed["shards"][number]["content_sha256"] = "0" * 64
        manifest_of(output).write_text(json.dumps(changed))
        with pytest.raises(VerifyError, match="made again"):
            verify(output, SLIM, slices=3)


CHANGED = {
    "name": replace(slim, name="slimmer"),
    "version": replace(slim, version="2"),
    "field": replace(slim, fields={**slim.fields, "price": td.decimal(0, "9.98")}),
    "weights": replace(slim, fields={**slim.fields, "label": td.quota({"yes": 1, "no": 2})}),
    "text": replace(slim, fields={**slim.fields, "line": td.text("[quite ]{word} for {price}[, {tags}]")}),
    "check": replace(slim, checks=[td.check("cheap", "price < 9")]),
    "vocabulary": replace(slim, vocabularies={"more": ["x"]}),
}


@pytest.mark.parametrize("change", CHANGED)
def test_a_changed_recipe_is_found(change, tmp_path):
    """A recipe that would make other records is told apart by its fingerprint."""
    output = made(tmp_path, "a.jsonl")
    with pytest.raises(ManifestError, match="is not the one that made this output"):
        verify(output, Source.of(CHANGED[change]))


def test_what_changes_no_record_is_no_change(tmp_path):
    """Documentation and labels do not enter the fingerprint."""
    same = replace(slim, doc="better told", labels=[])
    assert verify(made(tmp_path, "a.jsonl"), Source.of(same)).shards


def test_a_changed_seed_or_range_in_the_manifest_is_found(tmp_path):
    """A manifest that claims another seed, or other records, is contradicted by the recipe."""
    output = made(tmp_path, "a.jsonl")
    manifest = json.loads(manifest_of(output).read_text())
    shards = [{**shard, "records": [shard["records"][0] + 1, shard["records"][1] + 1]} for shard in manifest["shards"]]
    for changed in ({**manifest, "seed": 43}, {**manifest, "shards": shards}):
        manifest_of(output).write_text(json.dumps(changed))
        with pytest.raises(VerifyError, match="made again they have"):
            verify(output, SLIM)


DAMAGE = {
    "missing": None,
    "empty": lambda _: "",
    "cut": lambda text: text[: len(text) // 2],
    "not JSON": lambda text: text.replace(":", "", 1),
    "not UTF-8": lambda text: text.encode("utf-16"),
    "a list": lambda text: f"[{text}]",
    "another layout": lambda text: text.replace('"layout": 1', '"layout": 99'),
    "without its layout": lambda text: text.replace('"layout": 1,', ""),
    "without its seed": lambda text: text.replace('"seed": 42,', ""),
    "with more in it": lambda text: text.replace('"seed": 42,', '"seed": 42, "sead": 43,'),
    "shards of a wrong type": lambda text: json.dumps({**json.loads(text), "shards": None}),
    "shards of wrong things": lambda text: json.dumps({**json.loads(text), "shards": ["x"]}),
    "shards without records": lambda text: text.replace('"records"', '"record"'),
    "a seed of a wrong type": lambda text: text.replace('"seed": 42', '"seed": "42"'),
    "columns of a wrong type": lambda text: json.dumps({**json.loads(text), "columns": 5}),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["a.jsonl", "lines/"])
def test_a_damaged_manifest_is_reported(name, damage, tmp_path):
    """Whatever is wrong with a manifest, one message says so."""
    output = made(tmp_path, name)
    change = DAMAGE[damage]
    text = manifest_of(output).read_text()
    if change is None:
        manifest_of(output).unlink()
    else:
        damaged = change(text)
        assert damaged != text
        manifest_of(output).write_bytes(damaged if isinstance(damaged, bytes) else damaged.encode())
    with pytest.raises(ManifestError, match=r"^manifest .*manifest\.json: "):
        verify(output, SLIM)


def test_a_copy_elsewhere_passes(tmp_path, slim_file):
    """An output can be moved with its manifest."""
    folder = made(tmp_path, "lines/", slim_file)
    shutil.move(folder, tmp_path / "elsewhere")
    assert treadle_here("verify", tmp_path / "elsewhere", "-q") == 0


def test_differences_end_with_exit_code_one(tmp_path, slim_file):
    """The command line reports every difference on stderr and nothing on stdout."""
    folder = made(tmp_path, "lines/", slim_file)
    flip(folder / "part-000001.jsonl", 0.5)
    (folder / "part-000002.jsonl").unlink()
    said = treadle("verify", folder)
    assert (said.returncode, said.stdout) == (1, "")
    assert "part-000001.jsonl: file_sha256" in said.stderr
    assert "part-000002.jsonl: file_sha256=none, it is not there" in said.stderr
