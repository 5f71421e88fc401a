"""Reading what runs with models wrote, for tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from running import RECIPES, manifest_of

if TYPE_CHECKING:
    from pathlib import Path


def lines_of(path: Path) -> list[dict]:
    """Return the records of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def manifest_at(path: Path) -> dict:
    """Return the manifest of an output."""
    return json.loads(manifest_of(path).read_text("utf-8"))


def facts_in(_write: object) -> str:
    """Return the recipe that the fixture `write` has written."""
    return f"{RECIPES / 'tickets.py'}:tickets"
