"""Skills that one country alone asks for: elsewhere no post names them, and nobody brings them along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from treadle.packs.hiring.data import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy

    Ints = NDArray[np.int64]

FEWEST = 5
"""Skills that must be left elsewhere; a post with fewer keeps them all."""


def countries_of_skills() -> dict[str, str]:
    """Return the country of each skill that belongs to one."""
    return {row["skill"]: row["country"] for row in table("national.tsv")}


@dataclass(frozen=True)
class National:
    """Posts told apart by country: those with skills that are one country's stand in the tables once more for everywhere else.

    `bound` tells which places of a post hold such skills, `home` which countries have them (all skills of `national.tsv` are of one
    country), `elsewhere` the place of each post abroad.
    """

    posts: tuple[str, ...]
    bound: NDArray[np.bool_]
    home: NDArray[np.bool_]
    elsewhere: Ints

    @classmethod
    def of(cls, taxonomy: TechSkillsTaxonomy, posts: Sequence[str], pool: Ints, countries: Sequence[str]) -> National:
        """Take the posts, their skills (n_posts, width), and the countries in the order of their field."""
        known = countries_of_skills()
        bound = np.array([name in known for name in (*taxonomy.names, "")])[pool]
        place = np.arange(len(posts))
        apart = np.flatnonzero(bound.any(axis=1))
        place[apart] = len(posts) + np.arange(len(apart))
        home = np.array([country in known.values() for country in countries])
        return cls(tuple(posts), bound, home, place)

    @property
    def names(self) -> list[str]:
        """Return the posts, and behind them those that differ elsewhere."""
        return [*self.posts, *(f"{self.posts[number]} elsewhere" for number in self._apart)]

    def place(self, post: Ints, country: Ints) -> Ints:
        """Return the places in `names` of posts in countries."""
        found: Ints = np.where(self.home[country], post, self.elsewhere[post])
        return found

    def tables(self, weights: Mapping[str, Mapping[int, int]]) -> dict[str, dict[int, int]]:
        """Return weights by post, and behind them those without the skills of one country alone."""
        found = {name: dict(own) for name, own in weights.items()}
        for number in self._apart:
            name = self.posts[number]
            left = {at: weight * int(not self.bound[number, at]) for at, weight in weights[name].items()}
            found[f"{name} elsewhere"] = left if sum(map(bool, left.values())) >= FEWEST else dict(weights[name])
        return found

    @property
    def _apart(self) -> list[int]:
        return [int(number) for number in np.flatnonzero(self.elsewhere >= len(self.posts))]
