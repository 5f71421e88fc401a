"""How facts are written: `TextFormatter` weaves both texts in many families of layout, headings, marks, dates and tone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import treadle as td
from treadle.packs.hiring.data import grammars
from treadle.packs.hiring.jobs import countries
from treadle.packs.hiring.posts import post_fields
from treadle.packs.hiring.resumes import resume_fields
from treadle.packs.hiring.settings import Settings
from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy

if TYPE_CHECKING:
    from treadle import Field

NUMBERS = {
    "few": range(2, 10),
    "tens": range(11, 96),
    "hundreds": range(110, 990, 10),
    "thousands": [f"{n:,}" for n in [*range(1_100, 10_000, 100), *range(10_500, 90_001, 500)]],
    "pct": range(4, 61),
    "money": [f"${n:,}" for n in range(20_000, 1_000_000, 5_000)]
    + [f"${n // 10}.{n % 10} million" for n in range(11, 48)],
    "weeks": [f"{n} weeks" for n in ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")],
    "months": [
        f"{n} months" for n in ("three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "eighteen")
    ],
    "hours": ["20 minutes", "25 minutes", "30 minutes", "40 minutes", "45 minutes", "an hour", "90 minutes"]
    + [f"{n} hours" for n in ("two", "three", "four", "five", "six")],
}
"""The numbers that sentences are filled with."""


@dataclass(frozen=True)
class TextFormatter:
    """Declares how the facts of a pair become text: the families of writing, the sections, and the two texts."""

    taxonomy: TechSkillsTaxonomy = field(default_factory=TechSkillsTaxonomy)
    settings: Settings = field(default_factory=Settings)

    @property
    def countries(self) -> list[str]:
        """The countries of posts."""
        return list(countries(self.settings))

    def fields(self) -> dict[str, Field]:
        """Return the families and texts of both sides; all facts of a pair must be among the recipe's other fields."""
        return {**resume_fields(self.taxonomy), **post_fields(self.taxonomy, self.countries)}

    @staticmethod
    def rules() -> td.Rules:
        """Return the named rules of the pack's rule files."""
        return td.read_rules(*grammars())

    @staticmethod
    def vocabularies() -> dict[str, td.Vocabulary]:
        """Return the lists that the rules draw numbers from."""
        return {name: td.vocabulary([str(entry) for entry in entries]) for name, entries in NUMBERS.items()}
