"""Reads the pack's data files: tables with a header line, and lists of roles."""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import treadle as td

HERE = Path(__file__).parent / "data"


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a tab-separated file; lines that begin with `#` before the header say where its content is from."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        lines = list(file)
    while lines[0].startswith("#"):
        del lines[0]
    return tuple(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def tables(folder: str) -> tuple[dict[str, str], ...]:
    """Return the rows of all tables of a folder, file by file."""
    return tuple(row for path in sorted((HERE / folder).glob("*.tsv")) for row in table(f"{folder}/{path.name}"))


@cache
def documents(folder: str) -> tuple[Any, ...]:  # JSON values
    """Return the entries of all JSON lists of a folder, file by file."""
    paths = sorted((HERE / folder).glob("*.json"))
    return tuple(entry for path in paths for entry in json.loads(path.read_text(encoding="utf-8")))


def prompt(name: str) -> td.Prompt:
    """Return what a model is asked for when it writes a text."""
    return td.read_prompt(HERE / "prompts" / f"{name}.toml")


def grammars() -> tuple[Path, ...]:
    """Return the rule files."""
    return tuple(sorted((HERE / "grammar").glob("*.rules")))


@cache
def alternatives(file: str, rule: str) -> tuple[str, ...]:
    """Return the alternatives of one rule of a rule file, without their weights, to draw some without repeats."""
    lines = (HERE / "grammar" / file).read_text(encoding="utf-8").split(f"\n{rule}:\n", 1)[1].split("\n")
    own = takewhile(lambda line: line.startswith(" ") or not line, lines)
    return tuple(re.sub(r"^\{\*?[\d.]+%?\}", "", line.strip()) for line in own if line.strip())
