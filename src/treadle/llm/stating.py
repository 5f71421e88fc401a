"""Stated facts: how a prompt lists a fact, and where a text states it.

A fact is found by the phrase of the prompt, by its value or a known form of it on word boundaries, or, for a number with a unit, by
the number (in digits or in words) a few words before the unit. What is found is a span: code points, end-exclusive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_SPACE = re.compile(r"\s+")
_UNIT = re.compile(r"[^\W\d_]{3,}")
_NUMBER = re.compile(r"-?\d[\d.,]*")
_POINTS, _SIGNS = {".", ","}, {"+", "#"}
_GAP = 24
"""Characters between a number and its unit, at most."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A fact that a text has to state: its phrase in the prompt, its canonical value, other forms of it, its span label.

    `said` is what stands for the value in other words, nothing where it stands for itself.
    """

    phrase: str
    value: str
    said: str
    forms: tuple[str, ...]
    after: str
    label: int


class Found(NamedTuple):
    """A stretch of a text that states the fact of this number: code points, end-exclusive."""

    start: int
    end: int
    fact: int


def listed(text: str) -> str:
    """Return a fact as it stands in a prompt: on one line, without what separates facts."""
    return _SPACE.sub(" ", text.replace(";", ",")).strip()


def find_all(text: str, facts: Sequence[Stated]) -> tuple[list[Found], list[Stated]]:
    """Return where a text states facts, in order, and the facts that it does not state.

    Longer values are looked for first, and what they cover does not state a shorter one as well.
    """
    found: list[Found] = []
    missing = []
    taken: list[tuple[int, int]] = []
    for number in sorted(range(len(facts)), key=lambda each: -len(facts[each].value)):
        fact = facts[number]
        places, is_said = _places(text, fact, taken)
        if not places and not is_said:
            missing.append((number, fact))
        taken += places
        found += [Found(start, end, number) for start, end in places]
    found.sort(key=lambda each: (each.start, -each.end))
    return found, [fact for _, fact in sorted(missing, key=lambda each: each[0])]


def names_any(text: str, values: Iterable[str], found: Sequence[Found]) -> list[str]:
    """Return the values that a text names outside of the stretches found; capitals count where a value has some."""
    taken = [(each.start, each.end) for each in found]
    return [value for value in values if _occurrences(text, value, taken, exact=value != value.lower())]


def _places(text: str, fact: Stated, taken: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], bool]:
    """Return where the value stands, and whether it is stated otherwise, in words that are no span."""
    if fact.said:
        return _worded(text, fact, taken)
    if fact.after and _NUMBER.fullmatch(fact.value):
        return _counted(text, fact, taken)
    places = _occurrences(text, fact.value, taken, exact=False)
    for form in fact.forms:
        places += _occurrences(text, form, [*taken, *places], exact=False)
    return places, bool(places) or (not _occurrences(text, fact.value, (), exact=False) and _has(text, fact.phrase))


def _worded(text: str, fact: Stated, taken: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], bool]:
    """Find what stands for a value; the value within it is the span, if it is there."""
    inside = fact.said.casefold().find(fact.value.casefold())
    places = _occurrences(text, fact.said, taken, exact=False)
    spans = [(start + inside, start + inside + len(fact.value)) for start, _ in places] if inside >= 0 else []
    return spans, bool(places) or _has(text, fact.said)


def _counted(text: str, fact: Stated, taken: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], bool]:
    """Find a number before its unit: `5 years`, `5+ years`, `five years`."""
    unit = _UNIT.search(fact.after)
    places, is_said = [], False
    spoken = _NUMBERS[int(fact.value)] if fact.value.isdecimal() and int(fact.value) < len(_NUMBERS) else None
    for way in (fact.value, spoken) if spoken else (fact.value,):
        for start, end in _occurrences(text, way, taken, exact=False):
            if unit is None or unit[0].casefold().rstrip("s") in text[end : end + _GAP].casefold():
                is_said = True
                if way is fact.value:
                    places.append((start, end))
    return places, is_said


def _has(text: str, phrase: str) -> bool:
    return bool(phrase) and _SPACE.sub(" ", phrase).casefold() in _SPACE.sub(" ", text).casefold()


def _occurrences(text: str, value: str, taken: Sequence[tuple[int, int]], *, exact: bool) -> list[tuple[int, int]]:
    """Return the stretches that hold a value between word boundaries and lie in none of those taken; a single letter is exact."""
    if not exact and len(value) > 1:
        text, value = _lowered(text), _lowered(value)
    found: list[tuple[int, int]] = []
    start, size = text.find(value) if value else -1, len(value)
    while start >= 0:
        end = start + size
        if not _is_alone(text, value, start, end):
            start = text.find(value, start + 1)
            continue
        if not taken or not any(first <= start and end <= last for first, last in taken):
            found.append((start, end))
        start = text.find(value, end)
    return found


@lru_cache(maxsize=64)
def _lowered(text: str) -> str:
    """Return text in lower case, character by character, so that places stay what they are: `İ` would become two."""
    lower = text.lower()
    return (
        lower if len(lower) == len(text) else "".join(low if len(low := each.lower()) == 1 else each for each in text)
    )


def _is_alone(text: str, value: str, start: int, end: int) -> bool:
    """Tell whether a stretch is no part of a longer word, number (`3` in `1.3`) or name (`C` in `C++`)."""
    before = text[start - 1] if start else " "
    if (
        before != " "
        and value[0].isalnum()
        and (_is_word(before) or (before in _POINTS and text[max(0, start - 2) : start - 1].isdecimal()))
    ):
        return False
    after = text[end] if end < len(text) else " "
    if after == " " or not value[-1].isalnum():
        return True
    second = text[end + 1 : end + 2]
    if _is_word(after) or (after in _POINTS and second.isdecimal()):
        return False
    return after not in _SIGNS or _is_word(second) or _NUMBER.fullmatch(value) is not None


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
