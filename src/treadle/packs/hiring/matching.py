"""The score of a pair, computed from its facts alone: `MatchingMetricsCalculator`.

    score = .45 cov(required) + .15 cov(preferred) + .20 experience + .10 seniority + .10 education

cov(S) is the weight of the skills of S that are held, a sibling counting six tenths, over the weight of S. Everything is integers
in basis points (1/10,000), rounded down once a component, so that no machine's arithmetic moves a label.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from treadle.packs.hiring.taxonomy import DEGREES, LEVELS, SAME, TechSkillsTaxonomy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    import treadle as td

    Ints = NDArray[np.int64]

FULL = 10_000
"""A whole in basis points."""


@dataclass(frozen=True)
class Weights:
    """The weights of the components, in basis points of the score, and its thresholds."""

    required: int = 4_500
    preferred: int = 1_500
    experience: int = 2_000
    seniority: int = 1_000
    education: int = 1_000
    match: int = 6_000
    strong: int = 7_500
    partial: int = 4_500
    missing_must_have: int = 4_400

    def __post_init__(self) -> None:
        """Raise `ValueError` for weights that do not add up to a whole, or thresholds out of order."""
        total = self.required + self.preferred + self.experience + self.seniority + self.education
        if total != FULL:
            raise ValueError(f"weights add up to {total} basis points: expected {FULL}")
        if not 0 <= self.missing_must_have < self.partial < self.match < self.strong <= FULL:
            raise ValueError(
                "expected 0 <= missing_must_have < partial < match < strong <= 10000, got "
                f"{self.missing_must_have}, {self.partial}, {self.match}, {self.strong}"
            )


@dataclass(frozen=True)
class Score:
    """The score of one pair in basis points, with its components (each 0 to 10,000), grade and label."""

    score: int
    required_coverage: int
    preferred_coverage: int
    experience: int
    seniority: int
    education: int
    must_have_missing: bool
    grade: str
    label: int


@dataclass(frozen=True)
class MatchingMetricsCalculator:
    """Scores pairs: one from plain facts (`score`), or whole columns by the functions below, which the pack's recipe uses."""

    taxonomy: TechSkillsTaxonomy = field(default_factory=TechSkillsTaxonomy)
    weights: Weights = field(default_factory=Weights)

    @staticmethod
    def experience(years: Ints, low: Ints, high: Ints) -> Ints:
        """Return min(1, years / low) less a tenth of how far the years go beyond `high`, in basis points; 0 is no bound."""
        reached = np.where(low > 0, np.minimum(FULL, FULL * years // np.maximum(low, 1)), FULL)
        beyond = np.where(high > 0, FULL * np.maximum(years - high, 0) // np.maximum(high, 1), 0)
        points: Ints = np.maximum(reached - beyond // 10, 0)
        return points

    @staticmethod
    def seniority(level: Ints, wanted: Ints) -> Ints:
        """Return max(0, 1 - |level gap| / 3) in basis points."""
        points: Ints = np.maximum(FULL - FULL * np.abs(level - wanted) // (len(LEVELS) - 1), 0)
        return points

    @staticmethod
    def education(degree: Ints, wanted: Ints) -> Ints:
        """Return 1 where the degree is met, else 1 - gap / 4, in basis points."""
        points: Ints = FULL - FULL * np.maximum(wanted - degree, 0) // (len(DEGREES) - 1)
        return points

    def score(
        self,
        *,
        required: Mapping[str, int] | Sequence[str],
        skills: Sequence[str],
        preferred: Mapping[str, int] | Sequence[str] = (),
        must_have: str = "",
        years: int = 0,
        years_range: tuple[int, int] = (0, 0),
        level: str = "mid",
        job_level: str = "mid",
        degree: str = "none",
        job_degree: str = "none",
    ) -> Score:
        """Score one pair from plain facts; skills are known by any of their aliases, a mapping gives them weights.

        Raises `KeyError` for a skill, level or degree that the taxonomy does not know.
        """
        held = self._codes(skills)
        missing = bool(must_have) and self._codes([must_have])[0] not in held
        places = [(LEVELS.index(level), LEVELS.index(job_level)), (DEGREES.index(degree), DEGREES.index(job_degree))]
        parts = [
            *(np.array([self._covered(wanted, held)]) for wanted in (required, preferred)),
            self.experience(*(np.array([number]) for number in (years, *years_range))),
            self.seniority(*(np.array([place]) for place in places[0])),
            self.education(*(np.array([place]) for place in places[1])),
        ]
        score = total(self.weights, parts, np.array([missing]))
        reached = ("none", "partial", "strong")[int(grade(self.weights, score)[0])]
        one, two, three, four, five = (int(part[0]) for part in parts)
        return Score(int(score[0]), one, two, three, four, five, missing, reached, int(score[0] >= self.weights.match))

    def _codes(self, names: Sequence[str] | Mapping[str, int]) -> list[int]:
        return [self.taxonomy.code[self.taxonomy.by_alias[name]] for name in names]

    def _covered(self, wanted: Mapping[str, int] | Sequence[str], held: list[int]) -> int:
        if not wanted:
            return FULL
        weights = np.array(list(wanted.values()) if isinstance(wanted, dict) else [1] * len(wanted), np.int64)
        asked = np.array(self._codes(wanted))
        return int(covered(self.taxonomy.similarity, asked[None, :], weights[None, :], np.array([[*held, -1]]))[0])


def coverage(similarity: NDArray[np.uint8], wanted: td.Lists, importance: Ints, held: td.Lists) -> Ints:
    """Return the covered weight of the wanted skills in basis points; `importance` has one weight an item of `wanted`."""
    none = len(similarity) - 1
    asked, has = matrix_of(wanted, none), matrix_of(held, none)
    weight: Ints = np.zeros(asked.shape, np.int64)
    weight[np.arange(np.size(asked, 1)) < wanted.lengths[:, None]] = importance
    return covered(similarity, asked, weight, has)


def covered(similarity: NDArray[np.uint8], asked: Ints, weight: Ints, held: Ints) -> Ints:
    """Do as `coverage` with matrices, one row a record: weights are 0 where nothing is asked, and no skill fills up the others."""
    flat, size = similarity.reshape(-1), len(similarity)
    first = np.ascontiguousarray(asked.T) * size
    nearest = np.zeros(first.shape, np.uint8)
    for each in np.ascontiguousarray(held.T):  # a column at a time: several times faster than all of them at once
        np.maximum(nearest, flat[first + each], out=nearest)
    best = nearest.T.astype(np.int64)
    total = weight.sum(axis=1)
    return np.where(total > 0, FULL * (weight * best).sum(axis=1) // (SAME * np.maximum(total, 1)), FULL)


def among(codes: Ints, others: Ints) -> NDArray[np.bool_]:
    """Tell of each code of a matrix whether the same row of another holds it too."""
    found = np.zeros(codes.shape[::-1], np.bool_)
    mine = np.ascontiguousarray(codes.T)
    for each in np.ascontiguousarray(others.T):
        found |= mine == each
    return found.T


def total(weights: Weights, parts: Sequence[Ints], missing: NDArray[np.bool_]) -> Ints:
    """Return the score in basis points of the five components, in the order of `Weights`; a missing must-have caps it."""
    shares = (weights.required, weights.preferred, weights.experience, weights.seniority, weights.education)
    sums: Ints = np.sum([share * part for share, part in zip(shares, parts, strict=True)], axis=0) // FULL
    return np.where(missing, np.minimum(sums, weights.missing_must_have), sums)


def grade(weights: Weights, score: Ints) -> Ints:
    """Return 0 for none, 1 for partial and 2 for strong."""
    return (score >= weights.partial).astype(np.int64) + (score >= weights.strong)


def matrix_of(lists: td.Lists, fill: int, width: int | None = None) -> Ints:
    """Return lists as a matrix of codes, one row a record, filled up."""
    lengths = lists.lengths
    wide = int(lengths.max(initial=1)) if width is None else width
    matrix = np.full((len(lengths), wide), fill, np.int64)
    matrix[np.arange(wide) < lengths[:, None]] = lists.codes
    return matrix
