"""Agents, tools, models and words, from the data files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isqrt
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


def _lists(name: str) -> dict[str, list[str]]:
    return {row["name"]: row["entries"].split("|") for row in table(DATA / name)}


WORDS, VALUES = _lists("words.tsv"), _lists("values.tsv")
PHRASES = {row["product"]: row["phrase"] for row in table(DATA / "phrases.tsv")}
PLACES = {
    kind: {
        row["place"]: (int(row["north"]), int(row["east"])) for row in table(DATA / "places.tsv") if row["kind"] == kind
    }
    for kind in ("city", "place")
}
WEATHER = {row["weather"]: row for row in table(DATA / "weather.tsv")}
CURRENCIES = {row["currency"]: int(row["rate"]) for row in table(DATA / "currencies.tsv")}
TABLES = {row["table"]: row for row in table(DATA / "tables.tsv")}
COLUMNS = {row["column"]: row for row in table(DATA / "columns.tsv")}
MOST_CALLS = 4


@dataclass(frozen=True)
class Call:
    """A call of a tool within a turn: its slot counts from 1, `error` is empty where it works."""

    slot: int
    tool: str
    error: str

    @property
    def result(self) -> str:
        """What tells results apart: the tool, or why it failed."""
        return self.error or self.tool


@dataclass(frozen=True)
class Script:
    """What happens in a turn: a question, calls side by side and behind each other, and an answer."""

    agent: str
    name: str
    weight: int
    later: bool
    ask: str
    rounds: tuple[tuple[Call, ...], ...]
    answer: str
    facts: dict[str, list[str]]

    @property
    def key(self) -> str:
        """How it is told from all others."""
        return f"{self.agent} {self.name}"

    @property
    def calls(self) -> list[Call]:
        """All calls in order."""
        return [call for each in self.rounds for call in each]


def _rounds(text: str) -> tuple[tuple[Call, ...], ...]:
    rounds, slot = [], 0
    for group in text.split():
        calls = []
        for each in group.split("+"):
            slot += 1
            tool, _, error = each.partition("!")
            calls.append(Call(slot, tool, error))
        rounds.append(tuple(calls))
    return tuple(rounds)


def _script(row: dict[str, str]) -> Script:
    facts = [fact.partition("=") for fact in (row["facts"] or "").split(";") if fact]
    return Script(
        row["agent"], row["script"], int(row["weight"]), bool(row["later"]), row["ask"], _rounds(row["calls"] or ""),
        row["answer"], {name: entries.split("|") for name, _, entries in facts},
    )  # fmt: skip


SCRIPTS = [_script(row) for row in table(DATA / "scripts.tsv")]


def facts_of(name: str) -> dict[str, list[str]]:
    """Return the entries that a fact may have in each script."""
    return {script.key: script.facts.get(name, WORDS[name]) for script in SCRIPTS}


def minutes(start: tuple[int, int], end: tuple[int, int]) -> int:
    """Return how long the fastest train takes between two places, each in tenths of degrees north and east."""
    north, east = (end[0] - start[0]) * 111, (end[1] - start[1]) * 72  # tenths of kilometres, at Europe's latitudes
    return 40 + isqrt(north * north + east * east) * 6 // 100


def template(text: str) -> str:
    """Return a JSON text in which `$name` stands for a fact as a template; what is a text stays valid JSON whatever it holds."""
    parts = re.split(r"\$(\w+)", text.replace("\\\\n", "\\n"))
    made = [td.escape(part) if place % 2 == 0 else _slot(part) for place, part in enumerate(parts)]
    return "".join(made)


def _slot(name: str) -> str:
    return f"{{{name}|json}}" if name == "product" else f"{{{name}}}"
