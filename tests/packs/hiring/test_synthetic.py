"""The pack's texts by a model: the program of a few lines, and pairs that pass every check of the pack."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

import treadle as td
from running import treadle_here
from serving import served
from treadle.packs.hiring import SyntheticDataGenerator
from treadle.run.validate import validate


@pytest.fixture(scope="module")
def model():
    with served() as serving:
        yield serving


def test_generate_dataset_returns_the_path_of_what_a_model_wrote(tmp_path, model):
    writer = td.Writer("openai:gpt-4o-mini", base_url=model.url, budget="1")
    path = SyntheticDataGenerator(batch_size=25, writer=writer).generate_dataset(50, tmp_path / "pairs.csv")
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines(keepends=True)))
    assert len(rows) == 50
    assert list(rows[0]) == ["name", "resume_text", "job_skill_text", "match_label", "bias_type", "writer"]
    assert sum(row["match_label"] == "1" for row in rows) == 25
    assert set(Counter(row["bias_type"] for row in rows).values()) == {6, 7}
    assert model.stats["requests"] == 2


def test_the_families_of_faults_can_be_chosen(tmp_path, model):
    """None at all leaves what the model wrote; a wrong name is told before anything is asked."""
    writer = td.Writer("openai:gpt-4o-mini", base_url=model.url)
    path = SyntheticDataGenerator(writer=writer, bias="none").generate_dataset(20, tmp_path / "clean.csv")
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines(keepends=True)))
    assert {row["bias_type"] for row in rows} == {"none"}
    assert all(row["name"] in row["resume_text"] for row in rows)
    with pytest.raises(td.UsageError, match="did you mean 'textual'"):
        SyntheticDataGenerator(writer=writer, bias="textuel").generate_dataset(20, tmp_path / "wrong.csv")
    with pytest.raises(td.UsageError, match="from 0 to 1"):
        SyntheticDataGenerator(writer=writer, severity=2).generate_dataset(20, tmp_path / "wrong.csv")


def test_generate_dataset_works_offline_too(tmp_path):
    path = SyntheticDataGenerator(writer="template").generate_dataset(10, tmp_path / "pairs.csv")
    assert len(list(csv.DictReader(path.read_text("utf-8").splitlines(keepends=True)))) == 10
    with pytest.raises(td.UsageError, match="total_records=-1"):
        SyntheticDataGenerator().generate_dataset(-1)


def test_pairs_that_a_model_wrote_pass_every_check_of_the_pack(tmp_path, model):
    path = tmp_path / "pairs.jsonl"
    writer = td.Writer("openai:x", base_url=model.url)
    td.generate("hiring", count=100).write(path, writer=writer)
    report = validate(path)
    assert report.clean, [tally for tally in report.tallies if tally.count]
    assert len(report.tallies) >= 17


def test_a_trial_with_a_model_checks_everything_and_leaves_nothing(tmp_path, model, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert treadle_here("try", "hiring", "-n", 3, "--writer", "openai:x", "--base-url", model.url) == 0
    assert "19 of 19 checks passed" in capfd.readouterr().out
    assert not list(tmp_path.iterdir())
