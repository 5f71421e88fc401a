"""Edge cases with typing errors and noise: put in by operators, kept in the answer key, and taken back."""

from __future__ import annotations

import json

import pytest

import treadle as td
from treadle import cli
from treadle.packs.intents.counts import Counts
from treadle.packs.intents.faults import NOISE, TYPOS
from treadle.packs.intents.labels import NOISY
from treadle.packs.intents.recipe import intents

COUNT = 3_000


@pytest.fixture(scope="module")
def rows():
    """Return rows with their answer key, and the same rows without faults."""
    recipe = intents()
    return list(td.generate(recipe, count=COUNT)), list(td.generate(recipe.without_faults(), count=COUNT))


def test_every_noisy_text_has_edits_of_its_own_kind_and_no_other_text_has_any(rows):
    allowed = dict(zip(NOISY, (TYPOS, NOISE), strict=True))
    for row in rows[0]:
        kind = row["metadata"]["edge_type"]
        operators = {edit["operator"] for edit in row["edits"]}
        assert bool(operators) == (kind in NOISY)
        assert operators <= set(allowed.get(kind, ()))
    used = {edit["operator"] for row in rows[0] for edit in row["edits"]}
    assert len(used) > 15


def test_labels_and_all_but_the_text_are_those_of_the_clean_twin(rows):
    for faulty, clean in zip(*rows, strict=True):
        same = [name for name in clean if name not in {"text", "spans"}]
        assert [faulty[name] for name in same] == [clean[name] for name in same]
        assert (faulty["text"] == clean["text"]) == (not faulty["edits"])
        assert 3 <= len(faulty["text"]) <= 1000


def test_a_set_without_edge_cases_has_no_faults_to_pay_for():
    assert intents(Counts(100, 0)).faults is None


@pytest.mark.parametrize("suffix", ["json", "jsonl", "csv", "parquet"])
def test_clean_restores_every_text_in_every_format(suffix, tmp_path):
    made, twin, cleaned = (tmp_path / f"{name}.{suffix}" for name in ("made", "twin", "cleaned"))
    for words in (
        ["generate", "intents", "-n", "400", "-o", made, "-q"],
        ["generate", "intents", "-n", "400", "-o", twin, "-q", "--clean"],
        ["validate", made],
        ["clean", made, "-o", cleaned, "--quiet"],
    ):
        with pytest.raises(SystemExit) as stop:
            cli.main([str(word) for word in words])
        assert stop.value.code == 0, words
    if suffix == "json":
        documents = [json.loads(path.read_text(encoding="utf-8")) for path in (made, twin, cleaned)]
        assert documents[2]["examples"] == documents[1]["examples"] != documents[0]["examples"]
        assert all(list(each) == ["metadata", "examples"] for each in documents)
    elif suffix != "parquet":
        assert cleaned.read_bytes() == twin.read_bytes() != made.read_bytes()
