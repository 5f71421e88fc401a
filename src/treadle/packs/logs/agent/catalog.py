"""Agents, tools, models and words, from the data files."""

from __future__ import annotations

import re
from pathlib import Path

import treadle as td
from treadle.packs.logs.inventory import read_inventory
from treadle.packs.logs.tables import table

HERE = Path(__file__).parent
DATA = HERE / "data"
INVENTORY = read_inventory(HERE / "inventory.toml")
VOCABULARY = INVENTORY.vocabulary
SPANS = next(each for each in INVENTORY.fields if each.name == "steps").fields
AGENTS = {row["agent"]: row for row in table(DATA / "agents.tsv")}
TOOLS = {row["tool"]: row for row in table(DATA / "tools.tsv")}
MODELS = table(DATA / "models.tsv")
WORDS = {row["name"]: row["entries"].split("|") for row in table(DATA / "words.tsv")}
PLANS = {
    "C": 22,
    "CTC": 30,
    "CTTC": 9,
    "CTCTC": 17,
    "CTTCTC": 7,
    "CTCTTC": 5,
    "CTCTCTC": 6,
    "CTTCTTC": 2,
    "CTCTCTCTC": 2,
}
"""What an agent does in a turn: chats (C) and calls of tools (T), with weights; calls side by side were asked for by one chat."""
MOST_CALLS = 4


def template(text: str) -> str:
    """Return a JSON text in which `$name` stands for a fact as a template; what is a text stays valid JSON whatever it holds."""
    parts = re.split(r"\$(\w+)", text.replace("\\\\n", "\\n"))
    made = [td.escape(part) if place % 2 == 0 else _slot(part) for place, part in enumerate(parts)]
    return "".join(made)


def _slot(name: str) -> str:
    return f"{{{name}|json}}" if name in WORDS else f"{{{name}}}"
