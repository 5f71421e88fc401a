"""Which role of the taxonomy a post is for: by its title, and by the skills it asks for."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from treadle.packs.hiring.data import table
from treadle.packs.hiring.taxonomy import KINDS, TechSkillsTaxonomy

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL_WORDS = {
    "a", "an", "and", "associate", "at", "chief", "contract", "d", "director", "entry", "experienced", "f", "for",
    "full", "fulltime", "graduate", "head", "hiring", "hybrid", "i", "ii", "iii", "in", "intern", "internship", "iv",
    "jnr", "jr", "junior", "lead", "level", "m", "mid", "needed", "new", "of", "onsite", "part", "permanent",
    "principal", "remote", "senior", "snr", "sr", "staff", "temporary", "the", "time", "trainee", "urgent", "vp", "w",
    "wanted", "x",
}  # fmt: skip
"""Words of a title that tell nothing of the role."""
GENERAL = {
    "analyst", "assistant", "consultant", "coordinator", "developer", "engineer", "executive", "expert", "manager",
    "officer", "professional", "programmer", "specialist", "supervisor", "technician",
}  # fmt: skip
"""Words that make two titles alike only beside others."""
ALIKE, INSIDE = 600, 700
"""How alike two titles are, in thousandths, where they count as one; and where one holds the other, word behind word."""
FITTING, SHARE = 3, 250
"""Skills of a role that a post must name, and their least weight in thousandths of all it names, where no title is like its own."""
NEARLY, SOME, LEAST = 400, 2, 100
"""As above, where titles are alike in part: how alike, the skills, and their weight."""
SOFTER = 5
"""How many times less a soft skill says of a role than another."""
_WORDS = re.compile(r"[a-z0-9.+#&]+")
_PLAIN = {
    "accounting": "accountant",
    "administration": "administrator",
    "analyses": "analyst",
    "analysis": "analyst",
    "analytics": "analyst",
    "architecture": "architect",
    "audit": "auditor",
    "counseling": "counselor",
    "dev": "developer",
    "development": "developer",
    "engineering": "engineer",
    "nursing": "nurse",
    "pharmacy": "pharmacist",
    "science": "scientist",
    "sciences": "scientist",
    "teaching": "teacher",
}


@dataclass(frozen=True)
class RoleFinder:
    """Finds the role whose titles and skills are most like those of a post; counts in whole thousandths."""

    taxonomy: TechSkillsTaxonomy = field(default_factory=TechSkillsTaxonomy)

    def find(self, title: str, codes: Sequence[int]) -> str | None:
        """Return the best role for a title and the codes of the skills asked for; None where none fits."""
        named = self._named(title)
        total = sum(self._rarity[code] for code in codes) or 1
        share: Counter[int] = Counter()
        count: Counter[int] = Counter()
        for code in codes:
            for role in self._with_skill[code]:
                share[role] += 1000 * self._rarity[code]
                count[role] += code not in self._soft
        points = {
            role: share[role] // total + named.get(role, 0)
            for role in named.keys() | share.keys()
            if _fits(named.get(role, 0), share[role] // total, count[role])
        }
        return list(self.taxonomy.roles)[min(points, key=lambda role: (-points[role], role))] if points else None

    def _named(self, title: str) -> dict[int, int]:
        """Return how alike a title and each role's own titles are: twice the shared words over all words of both."""
        words = _title_words(title)
        kinds = frozenset(words)
        row = f" {' '.join(words)} "
        shared = Counter(place for word in kinds for place in self._with_word.get(word, ()))
        found: dict[int, int] = {}
        for place, count in shared.items():
            role, own = self._titles[place]
            alike = 2000 * count // (len(kinds) + len(own))
            if not kinds.intersection(own) - GENERAL and kinds - GENERAL:
                alike = 0
            elif count == len(own) > 1 and f" {' '.join(own)} " in row:
                alike = max(alike, INSIDE)
            found[role] = max(found.get(role, 0), alike)
        return found

    @cached_property
    def _with_word(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for place, (_, words) in enumerate(self._titles):
            for word in words:
                found[word].append(place)
        return dict(found)

    @cached_property
    def _titles(self) -> list[tuple[int, tuple[str, ...]]]:
        """The titles of each role, by its place, as their words."""
        place = {name: number for number, name in enumerate(self.taxonomy.roles)}
        more = [(place[row["role"]], row["title"]) for row in table("role_titles.tsv") if row["role"] in place]
        own = [
            (place[role.name], title)
            for role in self.taxonomy.roles.values()
            for title in (role.name, *(title for titles in role.titles for title in titles))
        ]
        found = dict.fromkeys((number, tuple(_title_words(title))) for number, title in [*own, *more])
        return [(number, words) for number, words in found if words]

    @cached_property
    def _soft(self) -> frozenset[int]:
        return frozenset(np.flatnonzero(self.taxonomy.kind == KINDS.index("soft")).tolist())

    @cached_property
    def _rarity(self) -> list[int]:
        """How much each skill says of a role: less the more roles have it, and little if it is soft."""
        return [
            isqrt(10**6 // max(1, len(roles))) // (SOFTER if code in self._soft else 1)
            for code, roles in enumerate(self._with_skill)
        ]

    @cached_property
    def _with_skill(self) -> list[list[int]]:
        """The places of the roles that have each skill."""
        held: list[list[int]] = [[] for _ in self.taxonomy.names]
        for number, role in enumerate(self.taxonomy.roles.values()):
            for name in role.skills:
                held[self.taxonomy.code[name]].append(number)
        return held


def _fits(named: int, share: int, count: int) -> bool:
    """Tell whether a role fits well enough by title, by skills, or by a little of both."""
    return (
        named >= ALIKE
        or (count >= FITTING and share >= SHARE)
        or (named >= NEARLY and count >= SOME and share >= LEAST)
    )


def _title_words(title: str) -> list[str]:
    """Return the words of a title that tell of the role: those before a comma or a place, if there are any."""
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", title.lower()).replace("/", " ").replace("-", " ")
    for part in (re.split(r"\s[|@\u2013\u2014]\s| at |,", plain)[0], plain):
        words = [_PLAIN.get(word, word) for word in (found.rstrip(".") for found in _WORDS.findall(part))]
        told = [word for word in words if word not in LEVEL_WORDS]
        if set(told) - GENERAL:
            break
    return told
