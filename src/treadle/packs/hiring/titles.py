"""Which role of the taxonomy a post is for: by its title, and by the skills it asks for."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from treadle.packs.hiring.data import table
from treadle.packs.hiring.taxonomy import KINDS, TechSkillsTaxonomy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEVEL_WORDS = {
    "a", "an", "and", "associate", "at", "chief", "contract", "d", "director", "entry", "experienced", "f", "for",
    "full", "fulltime", "graduate", "head", "hiring", "hybrid", "i", "ii", "iii", "in", "intern", "internship", "iv",
    "jnr", "jr", "junior", "lead", "level", "m", "mid", "needed", "new", "of", "onsite", "part", "permanent",
    "principal", "remote", "senior", "snr", "sr", "staff", "temporary", "the", "time", "trainee", "urgent", "vp", "w",
    "wanted", "x",
}  # fmt: skip
"""Words of a title that tell nothing of the role."""
ALIKE = 0.6
"""How alike two titles are, from 0 to 1, where they count as one."""
FITTING, SHARE = 3, 0.3
"""Skills of a role that a post must name, and their least weight among those it names, where no title is like its own."""
_WORDS = re.compile(r"[a-z0-9.+#&]+")
_PLAIN = {
    "engineering": "engineer",
    "development": "developer",
    "dev": "developer",
    "administration": "administrator",
    "nursing": "nurse",
}


@dataclass(frozen=True)
class RoleFinder:
    """Finds the role whose titles and skills are most like those of a post."""

    taxonomy: TechSkillsTaxonomy = field(default_factory=TechSkillsTaxonomy)

    def find(self, title: str, codes: Sequence[int]) -> str | None:
        """Return the best role for a title and the codes of the skills asked for; None where none fits."""
        named = self._named(title)
        own = self._weights[:, list(codes)]
        total = float(self._rarity[list(codes)].sum()) or 1.0
        share = own.sum(axis=1) / total
        count = (own[:, [int(self.taxonomy.kind[code]) != KINDS.index("soft") for code in codes]] > 0).sum(axis=1)
        points = share + named
        best = int(points.argmax())
        if named[best] >= ALIKE or (count[best] >= FITTING and share[best] >= SHARE):
            return list(self.taxonomy.roles)[best]
        return None

    def _named(self, title: str) -> NDArray[np.float64]:
        """Return how alike a title and each role's own titles are: twice the shared words over all words of both."""
        words = _title_words(title)
        shared: Counter[int] = Counter(place for word in words for place in self._with_word.get(word, ()))
        found = np.zeros(len(self.taxonomy.roles))
        for place, count in shared.items():
            role, size = self._titles[place]
            found[role] = max(found[role], 2 * count / (len(words) + size))
        return found

    @cached_property
    def _titles(self) -> list[tuple[int, int]]:
        return [(role, len(words)) for role, words in self._all_titles]

    @cached_property
    def _with_word(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for place, (_, words) in enumerate(self._all_titles):
            for word in words:
                found[word].append(place)
        return dict(found)

    @cached_property
    def _all_titles(self) -> list[tuple[int, frozenset[str]]]:
        place = {name: number for number, name in enumerate(self.taxonomy.roles)}
        more = [(place[row["role"]], row["title"]) for row in table("role_titles.tsv") if row["role"] in place]
        own = [
            (place[role.name], title)
            for role in self.taxonomy.roles.values()
            for title in (role.name, *(title for titles in role.titles for title in titles))
        ]
        found = dict.fromkeys((number, frozenset(_title_words(title))) for number, title in [*own, *more])
        return [(number, words) for number, words in found if words]

    @cached_property
    def _rarity(self) -> NDArray[np.float64]:
        """How much a skill says of a role: one over the number of roles that have it, little for soft ones."""
        held = np.zeros(len(self.taxonomy.names))
        for role in self.taxonomy.roles.values():
            for name in role.skills:
                held[self.taxonomy.code[name]] += 1
        rarity = 1 / np.sqrt(np.maximum(held, 1))
        rarity[self.taxonomy.kind == KINDS.index("soft")] *= 0.2
        return rarity

    @cached_property
    def _weights(self) -> NDArray[np.float64]:
        """How much each skill says for each role, shape (n_roles, n_skills)."""
        held = np.zeros((len(self.taxonomy.roles), len(self.taxonomy.names)))
        for number, role in enumerate(self.taxonomy.roles.values()):
            codes = [self.taxonomy.code[name] for name in role.skills]
            held[number, codes] = self._rarity[codes]
        return held


def _title_words(title: str) -> set[str]:
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", title.lower()).replace("/", " ").replace("-", " ")
    plain = re.split(r"\s[|@\u2013\u2014]\s| at |,", plain)[0]
    return {_PLAIN.get(word, word) for word in _WORDS.findall(plain)} - LEVEL_WORDS
