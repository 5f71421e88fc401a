"""Cue words: how strongly the words that a text begins with speak for each intent."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

LEXICON = Path(__file__).parent / "data" / "lexicon.tsv"
FIRST = 120
"""Characters of a text that are looked at."""
_WORD = re.compile(r"[^\W\d_]+")


@cache
def lexicon() -> dict[str, tuple[tuple[str, int], ...]]:
    """Return the intents that a word speaks for, and how strongly (1 to 3)."""
    lines = LEXICON.read_text(encoding="utf-8").splitlines()
    found: dict[str, list[tuple[str, int]]] = {}
    for line in lines:
        if line and not line.startswith("#"):
            intent, weight, words = line.split("\t")
            for word in words.split():
                found.setdefault(word, []).append((intent, int(weight)))
    return {word: tuple(pairs) for word, pairs in found.items()}


def points(text: str) -> Counter[str]:
    """Return how strongly the words of a text speak for each intent."""
    found: Counter[str] = Counter()
    cues = lexicon()
    for word in set(_WORD.findall(text.lstrip()[:FIRST].lower())):
        for intent, weight in cues.get(word, ()):
            found[intent] += weight
    return found
