"""What must hold of a dataset of intents, whoever made it; `treadle validate` and `treadle try` find these checks by name.

Such a dataset is known by its columns `text` and `intent`, needs no recipe, and is read once, a few rows at a time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from treadle.packs.intents.labels import INTENTS, NOISY
from treadle.packs.intents.lexicon import points
from treadle.packs.intents.structure import faults, schema

if TYPE_CHECKING:
    from collections.abc import Collection

    import treadle as td

Row = Mapping[str, Any]  # a record's values are of many types
Finding = tuple[int, str, str, str]
Look = Callable[[Sequence[Row]], Iterator[Finding]]

LABELLED = ("text", "intent")
"""The columns of a text and of its label: a model judges whether they agree, and near duplicates are looked for."""
JSON_CELLS = ("confidence", "metadata", "spans", "edits")
"""Columns that are no texts: in CSV their cells are JSON."""
LONG_ENOUGH = 12
"""Words from which on a text is held to variety."""
LEAST_VARIETY = 0.25
"""Share of different words."""
MOST_REPEATED = 6
"""How often a word may follow itself."""
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z]")
FEW = 8
"""Latin letters under which a text that is mostly in another script is no English one about something foreign."""
_SCRIPTS = {
    "cyrillic": (re.compile("[\u0400-\u04ff]"), {"ru", "uk"}),
    "greek": (re.compile("[\u0370-\u03ff]"), {"el"}),
    "arabic": (re.compile("[\u0600-\u06ff]"), {"ar", "fa"}),
    "hebrew": (re.compile("[\u0590-\u05ff]"), {"he"}),
    "devanagari": (re.compile("[\u0900-\u097f]"), {"hi"}),
    "bengali": (re.compile("[\u0980-\u09ff]"), {"bn"}),
    "thai": (re.compile("[\u0e00-\u0e7f]"), {"th"}),
    "hangul": (re.compile("[\uac00-\ud7af]"), {"ko"}),
    "kana": (re.compile("[\u3040-\u30ff]"), {"ja"}),
    "han": (re.compile("[\u4e00-\u9fff]"), {"zh", "ja"}),
}
"""Scripts by their letters, and the languages that are written in them."""


def recognises(columns: Collection[str]) -> bool:
    """Tell whether a dataset with these columns is one of intents."""
    return {"text", "intent"} <= set(columns)


def checks(recipe: td.Recipe | None) -> dict[str, tuple[Any, ...]]:  # noqa: ARG001  # the same with and without a recipe
    """Return the checks: the columns that each needs, its function of rows, and perhaps what it finds and notes at the end."""
    held = Lexicon()
    return {
        "intents: structure": ((), structure),
        "intents: variety of words": (("text",), variety),
        "intents: lexicon": (("text", "intent"), held.look, held.finish, held.note),
        "intents: language": (("text",), language),
        "intents: edge cases": (("text", "metadata"), edges),
    }


def summary(record: Row) -> list[str]:
    """Return lines that tell a record in short."""
    told = record["metadata"]
    edge = f", edge case: {told['edge_type']}" if told.get("edge_type") else ""
    return [
        f"{record['intent']} ({record['confidence']:.2f}){edge}",
        f"{told['style']}, {record['complexity']}, for {record['audience']}, level {told['technical_level']}: {told['rule']}",
    ]


def structure(rows: Sequence[Row]) -> Iterator[Finding]:
    """Hold each example against the JSON Schema: keys, types, labels, lengths and bounds."""
    rules = schema()
    for number, row in enumerate(rows):
        for name, found, expected in faults(row, rules):
            yield number, name, found, expected
        text = row.get("text")
        if isinstance(text, str) and not _is_whole(text):
            yield number, "text", ascii(text[:60]), "whole characters: half of a pair stands there"


def variety(rows: Sequence[Row]) -> Iterator[Finding]:
    """Find texts that say the same words again and again."""
    for number, row in enumerate(rows):
        words = _WORD.findall(str(row["text"]).lower())
        different = len(set(words))
        if len(words) >= LONG_ENOUGH and different < LEAST_VARIETY * len(words):
            yield number, "text", f"{different} different words of {len(words)}", f"at least {LEAST_VARIETY:.0%}"
        run = _longest_run(words)
        if run > MOST_REPEATED:
            yield number, "text", f"a word {run} times in a row", f"at most {MOST_REPEATED} times"


class Lexicon:
    """Compares the cue words of texts with their intents: single texts may well speak of other things, many may not."""

    LEAST = 4
    """Points that another intent has, where the own one has none, for a text to count as doubtful."""
    MOST, FEWEST = 0.15, 4
    """The share of doubtful texts from which on an intent's texts count as violations, and how many there are then at least."""

    def __init__(self) -> None:
        """Begin with no texts."""
        self._seen: Counter[str] = Counter()
        self._doubtful: dict[str, list[tuple[int, str]]] = {}
        self._count: Counter[str] = Counter()
        self._row = 0

    def look(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Take rows in; findings come at the end."""
        for row in rows:
            self._row += 1
            intent = row["intent"]
            if _is_edge(row) or not isinstance(row["text"], str) or not isinstance(intent, str):
                continue
            self._seen[intent] += 1
            found = points(row["text"])
            ahead, most = max(found.items(), key=lambda pair: pair[1], default=("", 0))
            if not found.get(intent, 0) and most >= self.LEAST:
                self._count[intent] += 1
                held = self._doubtful.setdefault(intent, [])
                if len(held) < self.KEPT:
                    held.append((self._row - 1, f"{ahead}, with {most} points of cue words"))
        return iter(())

    KEPT = 1000
    """Doubtful texts of each intent that are kept."""

    def finish(self, _number_of: Callable[[int], int]) -> Iterator[Finding]:
        """Yield the doubtful texts of intents that have too many of them."""
        for intent, held in self._doubtful.items():
            if self._count[intent] >= self.FEWEST and self._count[intent] > self.MOST * self._seen[intent]:
                for row, ahead in held:
                    yield (
                        row,
                        "intent",
                        intent,
                        f"{ahead}: {self._count[intent]:,} texts of this intent have no cue of it",
                    )

    def note(self) -> str:
        """Tell how many texts have cues of other intents alone."""
        return f"{self._count.total():,} of {self._seen.total():,} texts have cue words of another intent alone"


def language(rows: Sequence[Row]) -> Iterator[Finding]:
    """Find texts that are mostly in another script than that of their language."""
    for number, row in enumerate(rows):
        text = row["text"] if isinstance(row["text"], str) else ""
        beside = row.get("metadata")
        told = str(beside.get("text_language") or "en") if isinstance(beside, dict) else "en"
        letters = sum(1 for each in text if each.isalpha())
        for script, (pattern, languages) in _SCRIPTS.items():
            if (
                told not in languages
                and letters
                and len(pattern.findall(text)) > letters // 2
                and len(_LATIN.findall(text)) < FEW
            ):
                yield number, "text", f"mostly {script} letters", f"the language {told}"
                break


def edges(rows: Sequence[Row]) -> Iterator[Finding]:
    """Check what an edge case says of itself: its length, its other intent, its capitals."""
    for number, row in enumerate(rows):
        text, told = str(row["text"]), row["metadata"] if isinstance(row["metadata"], dict) else {}
        kind, other = told.get("edge_type"), told.get("other_intent")
        two = kind in {"ambiguous", "near_duplicate", "adversarial"} and "other_intent" in told
        if two and (other not in INTENTS or other == row.get("intent")):
            yield number, "metadata.other_intent", repr(other), "another intent than the example's own"
        if kind == "short" and not 3 <= len(text) <= 5:
            yield number, "text", f"{len(text)} characters", "3 to 5, as a short edge case"
        if kind == "long" and len(text) < 800:
            yield number, "text", f"{len(text)} characters", "nearly 1000, as a long edge case"
        if kind == "all_caps" and text != text.upper():
            yield number, "text", text, "capitals alone"
        if kind in NOISY and "edits" in row and not row["edits"]:
            yield number, "edits", "no edit", f"one at least, as an edge case with {kind}"
        if kind == "multi_language" and told.get("text_language") == "en":
            yield number, "metadata.text_language", "en", "another language"


def _is_edge(row: Row) -> bool:
    beside = row.get("metadata")
    return isinstance(beside, dict) and bool(beside.get("edge_type"))


def _longest_run(words: Sequence[str]) -> int:
    longest = run = 1
    for one, other in pairwise(words):
        run = run + 1 if one == other else 1
        longest = max(longest, run)
    return longest


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= each <= "\udfff" for each in text)
