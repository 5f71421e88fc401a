"""Runs into a folder: a recipe's files under the names asked for, and packs of a kind together."""

from __future__ import annotations

import json

import pytest

from running import treadle_here


def names(folder):
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and "manifest" not in path.name
    )


def test_one_domain_under_a_name(tmp_path):
    """As the first users call it: --count, --seed, --name."""
    assert (
        treadle_here("generate", "logs.cv", "--count", 100, "--seed", 42, "--name", "log", "-o", tmp_path, "--quiet")
        == 0
    )
    assert names(tmp_path) == ["log_valid.jsonl", "raw/log_invalid.jsonl", "raw/log_raw.jsonl", "raw/log_raw.log"]
    assert len((tmp_path / "log_valid.jsonl").read_text("utf-8").splitlines()) == 100


def test_all_domains(tmp_path):
    assert treadle_here("generate", "logs", "-n", 20, "-o", tmp_path / "plain", "--quiet") == 0
    assert (
        treadle_here(
            "generate", "logs", "-n", 20, "--name", "log", "-o", tmp_path / "named", "--files", "valid", "--quiet"
        )
        == 0
    )
    assert names(tmp_path / "plain") == [
        "agent_valid.jsonl", "api_valid.jsonl", "cv_valid.jsonl", "raw/agent_invalid.jsonl", "raw/agent_raw.otlp.jsonl",
        "raw/api_invalid.jsonl", "raw/api_raw.log", "raw/api_raw.otlp.jsonl", "raw/cv_invalid.jsonl", "raw/cv_raw.jsonl",
        "raw/cv_raw.log",
    ]  # fmt: skip
    assert names(tmp_path / "named") == ["log_agent_valid.jsonl", "log_api_valid.jsonl", "log_cv_valid.jsonl"]


def test_the_default_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert treadle_here("generate", "logs.api", "-n", 5, "--files", "valid", "--quiet") == 0
    assert names(tmp_path) == ["data/synthetic/api_valid.jsonl"]


def test_same_bytes_whatever_the_run(tmp_path):
    """Workers, shards and chunks move no byte of any file; another seed does."""
    for folder, options in (
        ("a", []),
        ("b", ["--workers", 2, "--shard-size", 100, "--chunk-size", 37]),
        ("c", ["--seed", 7]),
    ):
        assert treadle_here("generate", "logs.agent", "-n", 400, "-o", tmp_path / folder, *options, "--quiet") == 0
    for name in names(tmp_path / "a"):
        bodies = [(tmp_path / folder / name).read_bytes() for folder in "abc"]
        assert bodies[0] == bodies[1] != bodies[2]


def test_a_file_is_still_a_file(tmp_path):
    """An output with a suffix, or columns of one's own, is an ordinary run."""
    assert treadle_here("generate", "logs.api", "-n", 5, "-o", tmp_path / "x.parquet", "--quiet") == 0
    assert (
        treadle_here(
            "generate", "logs.api", "-n", 5, "--columns", "url_path,duration", "-o", tmp_path / "y.jsonl", "--quiet"
        )
        == 0
    )
    assert names(tmp_path) == ["x.parquet", "y.jsonl"]
    assert set(json.loads((tmp_path / "y.jsonl").read_text("utf-8").splitlines()[0])) >= {"url_path", "duration"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["logs.api", "--files", "valid,bad"], "unknown kind of file 'bad'"),
        (["logs.api", "--name", "a/b"], "expected a file's name"),
        (["hiring", "--name", "x"], "expected a recipe that names its files"),
        (["logs.apy"], "did you mean 'logs.api'"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path, capsys, arguments, told):
    output = ["-o", tmp_path / "x.jsonl"] if arguments[0] == "hiring" else ["-o", tmp_path / "x"]
    assert treadle_here("generate", *arguments, "-n", 3, *output, "--quiet") == 2
    assert told in capsys.readouterr().err


def test_what_is_there_is_not_replaced(tmp_path, capsys):
    for overwrite, code in (([], 0), ([], 2), (["--overwrite"], 0)):
        assert treadle_here("generate", "logs.cv", "-n", 3, "-o", tmp_path, *overwrite, "--quiet") == code
    assert "add --overwrite" in capsys.readouterr().err


def test_the_checklist_is_filled(tmp_path, capsys):
    """`treadle stats` of a domain's file answers its questions; of another file it asks none."""
    assert treadle_here("generate", "logs", "-n", 300, "--files", "valid", "-o", tmp_path, "--quiet") == 0
    for name, question in (
        ("api", "How many traces and sessions?"),
        ("cv", "Which hardware?"),
        ("agent", "How many calls of tools does it have?"),
    ):
        assert treadle_here("stats", tmp_path / f"{name}_valid.jsonl") == 0
        shown = capsys.readouterr().out
        assert question in shown
        assert "cannot be told" not in shown
    assert treadle_here("generate", "hiring", "-n", 5, "-o", tmp_path / "h.jsonl", "--quiet") == 0
    assert treadle_here("stats", tmp_path / "h.jsonl") == 0
    assert "How many" not in capsys.readouterr().out
