"""The options of `treadle generate intents`, the document, and what is wrong with either."""

from __future__ import annotations

import csv
import json
import re

import pyarrow.parquet as pq
import pytest

from treadle import cli
from treadle.packs.intents.labels import INTENTS


def run(capsys, *words):
    """Return the exit code and what was written to stderr."""
    try:
        cli.main([str(word) for word in words])
    except SystemExit as stop:
        return int(stop.code or 0), capsys.readouterr().err
    return 0, capsys.readouterr().err


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """Return the document of the default options, which is made in the working folder."""
    path = tmp_path_factory.mktemp("intents") / "training_data.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path.parent)
        with pytest.raises(SystemExit) as stop:
            cli.main(["generate", "intents", "--quiet"])
    assert stop.value.code == 0
    return path


def test_the_default_output_is_a_document_of_twelve_thousand(document):
    content = json.loads(document.read_text(encoding="utf-8"))
    told = content["metadata"]
    assert list(content) == ["metadata", "examples"]
    assert told["total_examples"] == len(content["examples"]) == 12_000
    assert told["statistics"]["total_generated"] == 12_000
    assert [told["statistics"][f"intent_{intent}"] for intent in INTENTS] == [1000] * 10
    assert told["config"]["edge_cases"] == 2000
    assert told["config"]["use_openai"] is False
    assert told["config"]["temperature"] == 0.8
    metrics = told["diversity_metrics"]
    assert metrics["topic_coverage"] == 1
    assert 0 < metrics["uniqueness_score"] <= 1
    assert 0 < metrics["style_variety"] <= 1
    assert sum(metrics["audience_distribution"].values()) == sum(metrics["complexity_distribution"].values()) == 2000
    assert {
        "distinct_1",
        "self_bleu_4",
        "vendi_per_text",
        "length_only_accuracy",
        "words_accuracy_rules_held_out",
    } <= metrics.keys()
    assert list(content["examples"][0]) == [
        "text", "intent", "audience", "complexity", "confidence", "metadata", "generated_at",
    ]  # fmt: skip
    assert content["examples"][1]["generated_at"] == "2024-01-24T12:00:01"


def test_the_default_dataset_passes_its_checks(document, capsys):
    code, _ = run(capsys, "validate", document, "--violations", document.with_name("v.jsonl"))
    assert code == 0
    code, _ = run(capsys, "generate", "intents", "--validate-only", document)
    assert code == 0


def test_every_format_has_the_same_rows(document, tmp_path, capsys):
    examples = json.loads(document.read_text(encoding="utf-8"))["examples"][:40]
    for suffix in ("jsonl", "csv", "parquet"):
        assert (
            run(
                capsys,
                "generate",
                "intents",
                "-n",
                40,
                "-o",
                tmp_path / f"o.{suffix}",
                "--truth",
                "none",
                "-q",
                "--csv-raw",
            )[0]
            == 0
        )
    lines = (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == examples
    assert pq.read_table(tmp_path / "o.parquet").to_pylist() == examples
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["text"] for row in table] == [row["text"] for row in examples]
    assert [json.loads(row["metadata"]) for row in table] == [row["metadata"] for row in examples]


def test_counts_of_ones_own(tmp_path, capsys):
    output = tmp_path / "o.json"
    code, _ = run(capsys, "generate", "intents", "--examples-per-intent", 3, "--edge-cases", 7, "-o", output, "-q")
    told = json.loads(output.read_text(encoding="utf-8"))["metadata"]
    assert code == 0
    assert told["total_examples"] == 37
    assert [told["statistics"][f"intent_{intent}"] for intent in INTENTS] == [3] * 10
    assert told["statistics"]["edge_cases"] == 7


def test_a_small_batch_and_the_clock_on_the_wall(tmp_path, capsys):
    output = tmp_path / "o.jsonl"
    assert run(capsys, "generate", "intents", "--test", "--wall-clock", "-o", output, "-q", "--truth", "none")[0] == 0
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 120
    assert not rows[0]["generated_at"].startswith("2024-01-24")
    kept = json.loads(output.with_name("o.jsonl.manifest.json").read_text(encoding="utf-8"))["recipe_options"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", kept["wall_clock"])
    assert run(capsys, "verify", output, "--quiet")[0] == 0


def test_options_of_a_model_may_stand_where_none_writes(tmp_path, capsys):
    output = tmp_path / "o.jsonl"
    model = ["--temperature", "0.3", "--batch-size", "5", "--api-key", "k"]
    code, told = run(capsys, "generate", "intents", "-n", "12", "-o", output, "--truth", "none", *model)
    assert (code, len(output.read_text(encoding="utf-8").splitlines())) == (0, 12)
    for option in ("--temperature", "--batch-size (--records-per-call)", "--api-key"):
        assert f"treadle: {option}: is for texts that a model writes; the templates write these\n" in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--use-openai"], "no key for api.openai.com: set OPENAI_API_KEY"),
        (["--use-openai", "--temperature", "9"], "temperature=9"),
        (["--use-openai", "--batch-size", "0"], "records_per_call=0"),
        (["--examples-per-intent", "-4"], "--examples-per-intent '-4': expected a whole number, 0 or more"),
        (["--examples-per-intent", "\u0663"], "expected a whole number"),
        (["--edge-cases", "many"], "--edge-cases 'many'"),
        (["-n", "10", "--edge-cases", "2"], "cannot both be given"),
        (["--exmples-per-intent", "5"], "did you mean '--examples-per-intent'"),
        (["--test", "--test"], "given twice"),
        (["--validate-only", "nowhere.json"], "nowhere.json is not there"),
    ],
)
def test_a_wrong_option_is_told(capsys, options, told, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    code, error = run(capsys, "generate", "intents", *options)
    assert code == 2
    assert told in error
    assert "Traceback" not in error
    assert not list(tmp_path.iterdir())


def test_an_output_that_is_there_is_kept(document, capsys, monkeypatch):
    monkeypatch.chdir(document.parent)
    before = document.read_bytes()
    code, error = run(capsys, "generate", "intents", "--test")
    assert code == 2
    assert "is there already" in error
    assert document.read_bytes() == before


def test_stats_shows_diversity_beside_real_corpora(document, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["stats", str(document)])
    printed = capsys.readouterr().out
    assert stop.value.code == 0
    assert "self-BLEU4" in printed
    assert "CLINC150" in printed


def test_try_makes_checks_and_prints(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["try", "intents", "-n", "3"])
    printed = capsys.readouterr().out
    assert stop.value.code == 0
    assert "made again" in printed
    assert "intents: structure" in printed
