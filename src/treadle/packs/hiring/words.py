"""Text that somebody else wrote in small letters with plain blanks, and a blank more where words are glued together.

Posts copied from web pages often lack the blanks between lines ("communication skillsExperience in Python"). Where a capital
follows small letters a word is taken to end, unless both sides are one name ("JavaScript").
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

SPACES = "\u00a0\n-\u2010\u2011"
"""Characters that count as a blank inside a name of several words."""
_HUMP = re.compile(r"[a-z]{2}(?=[A-Z][a-z])|[A-Z]{2}(?=[A-Z][a-z]{2})")
_LEFT, _RIGHT = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+)\Z"), re.compile(r"[A-Z][a-z]+")
_LONGEST = 24


@dataclass(frozen=True)
class Loose:
    """A text with plain blanks, and in small letters with a blank more at each of the places `added`, counted in `lower`."""

    plain: str
    lower: str
    added: list[int]

    def place(self, place: int) -> int:
        """Return the place in the text itself that a place in `lower` stands for."""
        return place - bisect_left(self.added, place)


def loose(text: str, joined: Container[str] = ()) -> Loose:
    """Return text with glued words apart; `joined` are names, in small letters, that are one word with an inner capital."""
    breaks = [hump.end() for hump in _HUMP.finditer(text) if _name(text, hump.end()) not in joined]
    plain = spaced(text)
    lower = small(plain)
    if breaks:
        edges = [0, *breaks, len(lower)]
        lower = " ".join(lower[start:end] for start, end in pairwise(edges))
    return Loose(plain, lower, [place + number for number, place in enumerate(breaks)])


def spaced(text: str) -> str:
    """Return text with plain blanks, character for character."""
    for each in SPACES:  # much faster than to translate a long text
        text = text.replace(each, " ")
    return text


def small(text: str) -> str:
    """Return text in small letters, character for character."""
    lower = text.lower()
    if len(lower) != len(text):  # a few letters have longer small forms
        lower = "".join(each.lower() if len(each.lower()) == 1 else each for each in text)
    return lower


def _name(text: str, place: int) -> str:
    """Return what stands about an inner capital, in small letters: from the capital before it to the next."""
    left = _LEFT.search(text, max(0, place - _LONGEST), place)
    right = _RIGHT.match(text, place)
    return f"{left.group() if left else ''}{right.group() if right else ''}".lower()
