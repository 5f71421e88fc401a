"""Reads the domains: what people talk about, one subject a file, with the same lists in each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import treadle as td

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent / "data" / "domains"
LEAST = {
    "topic": 60, "term": 20, "thing": 24, "person": 14, "place": 8, "activity": 14, "task": 24, "problem": 24, "trouble": 12,
    "question": 30, "fact": 32, "claim": 10, "rival": 10, "goal": 10, "measure": 12, "column": 12, "category": 10, "dataset": 8,
    "app": 10, "function": 12, "entity": 10, "title": 10, "message": 14, "character": 10, "smalltalk": 12, "event": 8,
}  # fmt: skip
"""The lists of a domain, and how many entries each has at least."""
NUMERIC = "numeric"
"""The columns of a domain that hold numbers, at least four."""
LISTS = (*LEAST, NUMERIC)
"""All lists of a domain: those of its file, and its numeric columns."""
_FURTHER = ("count", "total", "average", "score")
PLURALS = {"things": "thing", "persons": "person", "places": "place", "events": "event", "apps": "app"}
"""Slots that write the entries of a list in the plural."""


@dataclass(frozen=True)
class Domain:
    """A subject: its name in words, how technical talk about it is (0 to 10), and its lists."""

    key: str
    name: str
    level: int
    lists: Mapping[str, tuple[str, ...]]


def read_domain(path: Path) -> Domain:
    """Return the domain of a file; raises `UsageError` with every line that is wrong."""
    heads: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    wrong: list[str] = []
    current: list[str] | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        key, _, value = (part.strip() for part in line.partition(":"))
        if line[0] == " ":
            if current is None:
                wrong.append(f"{path.name}:{number}: expected a list's name and a colon before its entries")
            else:
                current.append(line.strip())
        elif key in {"name", "level"} and value:
            heads[key] = value
        elif key in LEAST and not value:
            if key in lists:
                wrong.append(f"{path.name}:{number}: list {key!r} is there twice: put its entries together")
            current = lists.setdefault(key, [])
        else:
            wrong.append(f"{path.name}:{number}: {line.strip()!r}: expected name:, level: or one of {', '.join(LEAST)}")
    if not heads.get("name") or not heads.get("level", "").isdecimal() or int(heads["level"]) > 10:
        wrong.append(f"{path.name}: expected the head lines name: WORDS and level: 0 to 10")
    if wrong:
        raise td.UsageError("\n".join(wrong))
    kept = {name: tuple(dict.fromkeys(entries)) for name, entries in lists.items()}
    kept[NUMERIC] = _numeric(kept.get("column", ()))
    return Domain(path.stem, heads["name"], int(heads["level"]), kept)


def _numeric(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns that hold numbers, with further ones where there are fewer than four."""
    own = [column for column in columns if column in _counted()]
    further = [column for column in _FURTHER if column not in own]
    return (*own, *further[: max(0, len(_FURTHER) - len(own))])


@cache
def _counted() -> frozenset[str]:
    lines = (HERE.parent / "numeric.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@cache
def domains() -> tuple[Domain, ...]:
    """Return all domains, by name."""
    return tuple(read_domain(path) for path in sorted(HERE.glob("*.lists")))
