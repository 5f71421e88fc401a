"""A new domain is one folder: one is made in a temporary place, as docs/new-log-domain.md shows it, and everything works on it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from running import treadle_here

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "new-log-domain.md"


def files_of(text):
    """Return the files that the document shows, by name: each code block behind a line that names it."""
    return dict(re.findall(r"^`queue/([\w.]+)`[^\n]*:\n\n```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE))


@pytest.fixture
def folder(tmp_path):
    """Return the folder that the document describes."""
    made = tmp_path / "queue"
    made.mkdir()
    files = files_of(DOCUMENT.read_text(encoding="utf-8"))
    assert set(files) == {"inventory.toml", "recipe.py", "domain.py"}
    for name, content in files.items():
        (made / name).write_text(content, encoding="utf-8")
    return made


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_folder_of_the_document_is_a_domain(folder, tmp_path, capsys):
    """Generated, validated, parsed back, profiled; its mutants die for their rules."""
    data = tmp_path / "data"
    assert treadle_here("generate", folder, "-n", 500, "--name", "jobs", "-o", data, "--quiet") == 0
    assert sorted(each.name for each in data.rglob("*") if each.is_file()) == [
        "jobs_invalid.jsonl", "jobs_raw.log", "jobs_raw.log.manifest.json", "jobs_valid.jsonl", "jobs_valid.jsonl.manifest.json",
    ]  # fmt: skip
    assert treadle_here("validate", data / "jobs_valid.jsonl") == 0
    assert "9 of 9 checks passed" in capsys.readouterr().out
    assert (
        treadle_here(
            "parse", "--domain", folder, data / "raw" / "jobs_raw.log", "-o", tmp_path / "back.jsonl", "--quiet"
        )
        == 0
    )
    assert lines_of(tmp_path / "back.jsonl") == lines_of(data / "jobs_valid.jsonl")
    assert treadle_here("mutants", folder) == 0
    assert "(100.0 %)" in capsys.readouterr().out.replace("\n", " ")
    rules = {line["rule_id"] for line in lines_of(data / "raw" / "jobs_invalid.jsonl")}
    assert {"queue.order", "queue.schema.state.enum", "queue.line.truncated"} <= rules
    assert treadle_here("stats", data / "jobs_valid.jsonl") == 0
    assert "How many jobs failed?" in capsys.readouterr().out
    assert treadle_here("verify", data / "jobs_valid.jsonl") == 0


def test_a_broken_rule_is_found_in_its_records(folder, tmp_path, capsys):
    """`treadle validate` names the rule, the record and the place."""
    assert treadle_here("generate", folder, "-n", 50, "-o", tmp_path / "data", "--quiet") == 0
    path = tmp_path / "data" / "queue_valid.jsonl"
    path.write_text(re.sub(r'"waited_ms":\d+', '"waited_ms":-4', path.read_text("utf-8"), count=1), encoding="utf-8")
    assert treadle_here("validate", path) == 1
    assert "queue.schema.waited_ms.minimum" in capsys.readouterr().out.replace("\n", "")


def test_a_folder_without_a_recipe_is_told(tmp_path, capsys):
    assert treadle_here("generate", tmp_path, "-o", tmp_path / "x") == 2
    assert "unknown recipe" in capsys.readouterr().err
