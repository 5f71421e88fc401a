"""What a model is asked for where one writes the texts: a prompt for each intent, beside what is true of all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import treadle as td
from treadle.packs.intents.labels import INTENTS
from treadle.packs.intents.lexicon import points

if TYPE_CHECKING:
    from treadle.declarations import Text

HERE = Path(__file__).parent / "data" / "prompts"
CLEARLY_OTHER = 4
"""Points of cue words for another intent, with none for its own, from which on a text is not taken."""


def written(text: Text) -> td.Field:
    """Return a woven text as one that a model can write; edge cases are always left to the templates."""
    cases = {intent: td.read_prompt(HERE / f"{intent}.toml") for intent in INTENTS}
    return td.written(td.read_prompt(HERE / "text.toml"), text=text, cases=("intent", cases), accept=unlike)


def unlike(text: str, intent: str) -> str:
    """Return why a text does not read as its intent by its cue words; nothing where it may."""
    found = points(text)
    ahead, most = max(found.items(), key=lambda pair: pair[1], default=("", 0))
    if not found.get(intent, 0) and most >= CLEARLY_OTHER:
        return f"reads as another kind: its words speak for {ahead}, expected {intent}"
    return ""
