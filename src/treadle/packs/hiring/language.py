"""The language of a job post, told by the small words that any text has many of, or by its script."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from treadle.packs.hiring.data import table

ENGLISH = "English"
FEWEST, SHARE = 8, 2
"""Small words of another language from which on a text can be in it, and how many times they must outnumber the English ones."""
_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = {
    "Greek": re.compile("[\u0370-\u03ff]"),
    "Cyrillic": re.compile("[\u0400-\u052f]"),
    "Hebrew": re.compile("[\u0590-\u05ff]"),
    "Arabic": re.compile("[\u0600-\u06ff]"),
    "Devanagari": re.compile("[\u0900-\u097f]"),
    "Thai": re.compile("[\u0e00-\u0e7f]"),
    "Japanese": re.compile("[\u3040-\u30ff]"),
    "Korean": re.compile("[\uac00-\ud7af]"),
    "Chinese": re.compile("[\u4e00-\u9fff]"),
}
_OTHER = re.compile("[\u0370-\u1fff\u3040-\uffdc]")


def language_of(text: str) -> str:
    """Return the language of a text, or its script where that is not Latin; English where nothing speaks for another."""
    foreign = len(_OTHER.findall(text)) if not text.isascii() else 0
    if foreign and 3 * foreign > sum(map(str.isalpha, text)):
        counts = {script: len(pattern.findall(text)) for script, pattern in _SCRIPTS.items()}
        return max(counts, key=lambda script: counts[script]) if any(counts.values()) else "another script"
    words = Counter(_WORD.findall(text.lower()))
    counts = {language: sum(words[word] for word in small) for language, small in _small_words().items()}
    most = max(counts, key=lambda language: counts[language])
    return most if counts[most] >= max(FEWEST, SHARE * counts[ENGLISH]) else ENGLISH


@cache
def _small_words() -> dict[str, tuple[str, ...]]:
    return {row["language"]: tuple(dict.fromkeys(row["words"].split())) for row in table("function_words.tsv")}
