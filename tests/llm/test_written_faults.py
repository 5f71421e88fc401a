"""Faults in what models write: they come after the answer, and the key leads back to the model's own text."""

from __future__ import annotations

import json

import pytest

import treadle as td
from llm_reading import lines_of
from running import RECIPES, treadle_here
from serving import PRICES
from treadle.run.clean import clean
from treadle.run.validate import validate
from treadle.run.verify import verify

FAULTY = f"{RECIPES / 'faulty_tickets.py'}:faulty_tickets"
COUNT = 48


@pytest.fixture
def written(tmp_path, model):
    """Return a function that has tickets written by the fake model, with faults or without."""

    def written(name="out.jsonl", *, recipe=FAULTY, spec="openai:fake", count=COUNT, **settings):
        writer = td.Writer(spec, base_url=model.url, records_per_call=5, concurrency=8, **PRICES)
        path = tmp_path / name
        td.generate(recipe, count=count).write(path, writer=writer, overwrite=True, **settings)
        return path

    return written


@pytest.fixture
def plain():
    """Return the recipe without its faults."""
    from treadle.run.source import load_recipe  # noqa: PLC0415  # of a file beside the tests

    return load_recipe(FAULTY).without_faults()


def test_the_models_texts_get_faults_and_give_them_back(written, plain, tmp_path):
    """`clean` gives back what the model wrote, and its spans; facts and labels never move."""
    faulted = lines_of(written())
    clean(tmp_path / "out.jsonl", tmp_path / "back.jsonl")
    for one, back, own in zip(
        faulted, lines_of(tmp_path / "back.jsonl"), lines_of(written("plain.jsonl", recipe=plain)), strict=True
    ):
        assert back["text"] == own["text"]
        assert back["text"].startswith("rec-")
        assert {k: v for k, v in one.items() if k not in {"text", "spans", "edits"}} == {
            k: v for k, v in own.items() if k not in {"text", "spans"}
        }
        assert back["spans"] == own["spans"]
        assert bool(one["edits"]) == (one["fault"] != "none") == (one["text"] != own["text"])
    assert len({edit["operator"] for row in faulted for edit in row["edits"]}) > 8


def test_a_fault_costs_no_request(plain, model, tmp_path):
    """The journal keeps what the model wrote: other faults of the same records ask for nothing anew."""
    journal = tmp_path / "kept.journal"
    writer = td.Writer("openai:fake", base_url=model.url, records_per_call=5, journal=str(journal), **PRICES)
    td.generate(plain, count=20).write(tmp_path / "a.jsonl", writer=writer)
    asked = model.stats["requests"]
    assert asked
    td.generate(FAULTY, count=20).write(tmp_path / "b.jsonl", writer=writer)
    assert model.stats["requests"] == asked


@pytest.mark.parametrize("name", ["o.jsonl", "o.csv", "o.parquet", "o.json"])
def test_faulted_texts_of_models_are_validated_verified_and_cleaned(written, name, tmp_path):
    """In every format, with the key inside or beside."""
    path = written(name)
    assert validate(path).clean
    assert verify(path, slices=None).shards >= 1
    assert clean(path, tmp_path / f"back-{name}").faulted == COUNT * 7 // 8


def test_shards_and_mixed_writers_decide_nothing(written):
    """The same texts get the same faults however the run is cut; a template's text gets those of the offline run."""
    whole = written("whole.jsonl").read_bytes()
    assert written("cut.jsonl", shard_size=8, workers=2).read_bytes() == whole
    offline = list(td.generate(FAULTY, count=COUNT))
    for plain, row in zip(offline, lines_of(written("mixed.jsonl", spec="template:0.5,openai:fake:0.5")), strict=True):
        copied = {edit["operator"] for edit in plain["edits"]} & {"exact_duplicate", "near_duplicate"}
        if row["writer"] == "template" and not copied:
            assert (row["text"], row["edits"]) == (plain["text"], plain["edits"])


def test_no_duplicate_is_made_of_a_models_text(written):
    """A record that would be one gets another fault of its family: its donor may be written in another shard."""
    rows = lines_of(written("many.jsonl", count=160))
    used = {edit["operator"] for row in rows for edit in row["edits"] if edit["family"] == "missing"}
    assert used
    assert not used & {"exact_duplicate", "near_duplicate"}
    assert all(row["edits"] for row in rows if row["fault"] == "missing")


def test_the_hiring_pack_is_written_with_faults(tmp_path, model, capsys):
    """Facts of the run with faults, texts of the model, and the classic columns from the command line."""
    path = tmp_path / "x.csv"
    options = ["--writer", "openai:fake", "--base-url", model.url, "--price-in", "1", "--price-out", "2"]
    assert treadle_here("generate", "hiring", "--columns", "classic", "-n", 16, "-o", path, "--quiet", *options) == 0
    assert treadle_here("clean", path, "-o", tmp_path / "y.csv", "--quiet") == 0, capsys.readouterr().err
    truth = [json.loads(line) for line in (tmp_path / "x.csv.truth.jsonl").read_text("utf-8").splitlines()]
    assert sum(bool(line["edits"]) for line in truth) >= 14
