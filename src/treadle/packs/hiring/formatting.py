"""How facts are written: `TextFormatter` weaves both texts in many families of layout, headings, marks, dates and tone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import treadle as td
from treadle.packs.hiring.amounts import amount_lists
from treadle.packs.hiring.data import grammars, table
from treadle.packs.hiring.fact_kinds import Asked
from treadle.packs.hiring.facts import facts
from treadle.packs.hiring.jobs import countries
from treadle.packs.hiring.posts import post_fields
from treadle.packs.hiring.resumes import resume_fields
from treadle.packs.hiring.settings import Settings
from treadle.packs.hiring.targets import NAME
from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy

if TYPE_CHECKING:
    from treadle import Field

_WORDS = (*("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),)
_NUMBERS = {
    "digit": range(2, 10),
    "few": [*range(2, 10), *_WORDS[2:10]],
    "tens": [*range(11, 96), *range(97, 130)],
    "hundreds": range(103, 990),
    "thousands": [f"{n:,}" for n in [*range(1_050, 10_000, 10), *range(10_050, 90_000, 50)]],
    "post_patient_count": [f"{n:,}" for n in range(11_200, 140_000, 100)],
    "post_student_count": [f"{n:,}" for n in range(1_130, 4_600, 10)],
    "post_resident_count": [f"{n:,}" for n in range(16_500, 240_000, 500)],
    "post_founded": range(1903, 2000),
    "post_founded_tech": range(1988, 2018),
    "weeks": [f"{n} weeks" for n in (*_WORDS[2:], "11", "14", "16")],
    "months": [f"{n} months" for n in (*_WORDS[3:], "eighteen", "14", "15", "16", "20")],
    "hours": ["an hour", *(f"{n} hours" for n in _WORDS[2:7])]
    + [f"{n} minutes" for n in (*range(12, 60), 75, 90)]
    + [f"{n}.5 hours" for n in range(1, 8)],
}
_TENTHS = [f"{n // 10}.{n % 10}" for n in range(31, 590) if n % 10]
_PERCENTAGES = {**{str(n): len(_TENTHS) for n in range(4, 61)}, **dict.fromkeys(_TENTHS, 57)}
"""Half of the percentages have a decimal place."""

ENTITIES = (
    "PERSON", "GIVEN_NAME", "FAMILY_NAME", "EMAIL", "PHONE", "PLACE", "COUNTRY", "TITLE", "COMPANY", "DATE", "YEARS", "YEAR",
    "SKILL", "CERTIFICATE", "DEGREE", "STUDY", "INSTITUTION", "INDUSTRY", "LANGUAGE", "SALARY", "HEADING", "LINK",
)  # fmt: skip
TEXT_COLUMNS = ["name", "resume_text", "job_skill_text", "resume_family", "job_family", "split"]


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
        stated = Asked.of(self.settings.bias) is not None
        return {**resume_fields(self.taxonomy, stated=stated), **post_fields(self.taxonomy, self.countries)}

    def generate(self, count: int = 1000, seed: int = 42) -> td.Dataset:
        """Return the texts of pairs, with the spans of what they state: those of the pairs with the same settings and seed.

        Raises `UsageError` for settings that do not fit.
        """
        self.settings.check(self.taxonomy)
        fields = {**facts(self.taxonomy, self.settings), **self.fields()}
        recipe = td.Recipe(
            NAME, fields, columns=TEXT_COLUMNS, vocabularies=self.vocabularies(), rules=self.rules(), entities=ENTITIES
        )
        return td.generate(recipe, count=count, seed=seed)

    @staticmethod
    def rules() -> td.Rules:
        """Return the named rules of the pack's rule files."""
        return td.read_rules(*grammars())

    @staticmethod
    def vocabularies() -> dict[str, td.Vocabulary]:
        """Return the lists that the rules draw from: numbers, amounts, times, and first words of clients' names."""
        lists = {name: td.vocabulary([str(entry) for entry in entries]) for name, entries in _NUMBERS.items()}
        stems = [row["text"] for row in table("employers.tsv") if row["part"] == "stem"]
        lists["stem"] = td.vocabulary(stems)
        return {**lists, **amount_lists(), "pct": td.vocabulary(_PERCENTAGES)}
