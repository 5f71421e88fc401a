"""Intents written by a model: labels as offline, edge cases by the rules, cue words judged, and who wrote what is told."""

from __future__ import annotations

import json

import pytest

import treadle as td
from running import treadle_here
from serving import served
from treadle.packs.intents.labels import INTENTS
from treadle.packs.intents.writing import HERE, unlike

COUNT = 60


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a document, and JSON lines of a mixed run, written by a fake model."""
    folder = tmp_path_factory.mktemp("written")
    with served() as model:
        common = ["--base-url", model.url, "-n", COUNT, "-q"]
        paths = folder / "all.json", folder / "mixed.jsonl"
        assert treadle_here("generate", "intents", "--use-openai", "--temperature", "0.5", "-o", paths[0], *common) == 0
        mixed = ["--writer", "template:0.5,openai:fake:0.5", "--batch-size", "4"]
        assert treadle_here("generate", "intents", *mixed, "-o", paths[1], *common) == 0
    return paths


def test_labels_are_those_of_the_offline_run(made):
    written = json.loads(made[0].read_text(encoding="utf-8"))["examples"]
    for plain, row in zip(td.generate("intents", count=COUNT, truth=False), written, strict=True):
        assert {name: row[name] for name in plain if name not in {"text", "metadata"}} == {
            name: plain[name] for name in plain if name not in {"text", "metadata"}
        }
        told = {**row["metadata"], "generation_method": "template"}
        assert told == plain["metadata"]
        assert row["metadata"]["generation_method"] == row["writer"]
        assert (row["writer"] == "template") == bool(plain["metadata"]["edge_type"])
        assert row["text"].startswith("rec-") == (row["writer"] != "template")


def test_a_topic_that_is_told_stands_in_the_text(made):
    rows = json.loads(made[0].read_text(encoding="utf-8"))["examples"]
    told = [row for row in rows if row["metadata"]["topic"] and row["writer"] != "template"]
    assert told
    assert all(row["metadata"]["topic"].lower() in row["text"].lower() for row in told)


def test_the_document_says_that_a_model_wrote(made):
    config = json.loads(made[0].read_text(encoding="utf-8"))["metadata"]["config"]
    assert config["use_openai"] is True
    assert config["temperature"] == 0.5
    assert config["records_per_call"] == 10


def test_a_mixed_run_is_valid_and_made_again(made):
    rows = [json.loads(line) for line in made[1].read_text(encoding="utf-8").splitlines()]
    assert {row["writer"] for row in rows} == {"template", "openai:fake"}
    assert treadle_here("validate", made[1]) == 0
    assert treadle_here("verify", made[1], "--quiet") == 0


def test_every_intent_has_a_prompt_with_ways_of_writing():
    for intent in INTENTS:
        prompt = td.read_prompt(HERE / f"{intent}.toml")
        assert len(prompt.families) >= 6
        assert len(prompt.text) > 80


def test_a_text_that_speaks_for_another_intent_alone_is_turned_down():
    text = "translate this into French, please: good morning"
    assert "translation" in unlike(text, "reasoning")
    assert not unlike(text, "translation")
    assert not unlike("what about the cat", "reasoning")
