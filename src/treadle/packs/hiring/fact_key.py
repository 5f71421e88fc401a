"""The answer key of faults of facts: which fact it is, what stood there, and how far the score moved: `answer_key`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.fact_kinds import (
    DOMAIN,
    FIELDS,
    GAP,
    INFLATED,
    JUMP,
    KINDS,
    LEGACY,
    NONE,
    OUTDATED,
    OVERLAP,
    PARTIAL,
    REPLACED,
    SENIORITY,
    SIBLINGS,
)  # fmt: skip
from treadle.packs.hiring.jobs import WIDEST, skill_tables
from treadle.packs.hiring.matching import MatchingMetricsCalculator, covered, matrix_of, total
from treadle.packs.hiring.national import National
from treadle.packs.hiring.taxonomy import LEVELS, TechSkillsTaxonomy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from treadle import Field

    Ints = NDArray[np.int64]

KEY = ("fact_fault", "fact", "fact_before", "fact_after", "score_before", "score_move")
"""The columns of the key."""
_THERE = "fact_fault != none"


def _counted(name: str, unit: str) -> str:
    return f"{{if {name} = 1}}1 {unit}{{else}}{{{name}}} {unit}s{{/if}}"


_TEXTS = {
    NONE: ("", ""),
    PARTIAL: ("{fact_missing}", "without {fact_missing}"),
    **dict.fromkeys((SIBLINGS, OUTDATED, LEGACY), ("{fact_missing}", "{fact_instead}")),
    DOMAIN: ('{home_role}: {home_skills|join(", ")}', '{candidate_role}: {other_skills|join(", ")}'),
    SENIORITY: ("{usual_level}", "{candidate_level}"),
    INFLATED: (_counted("years_worked", "year"), _counted("years_stated", "year")),
    OVERLAP: (
        f"{_counted('pause_before', 'month')} between two jobs",
        f"{_counted('pause_after', 'month')} in two jobs at once",
    ),
    GAP: (
        f"{_counted('pause_before', 'month')} between two jobs",
        f"{_counted('pause_after', 'month')} between two jobs",
    ),
    JUMP: ("{level_before} before {candidate_level}", "entry before {candidate_level}"),
}
"""What the key says of each fault: before, and after."""


def answer_key(calculator: MatchingMetricsCalculator, lands: Sequence[str]) -> dict[str, Field]:
    """Return the columns of the key, for posts in some countries; all facts of a pair, and its score, must be among the others."""
    fields = {KINDS[kind]: field for kind, field in FIELDS.items()}
    before, after = ({KINDS[kind]: texts[side] for kind, texts in _TEXTS.items()} for side in (0, 1))
    return {
        **_home(calculator.taxonomy, lands),
        "usual_level": td.derive(_usual_level, "drawn_level", "level", values=LEVELS),
        "years_stated": td.derive(lambda years: years, "years"),
        "fact": td.derive(
            {KINDS[NONE]: KINDS[NONE], **fields}, "fact_fault", when=_THERE, doc="the fact that is at fault"
        ),
        "fact_before": td.text(td.by("fact_fault", before), when=_THERE, doc="what it was without the fault"),
        "fact_after": td.text(td.by("fact_fault", after), when=_THERE, doc="what it is"),
        "score_before": td.derive(
            _score(calculator), *_SCORED, places=4, when=_THERE, doc="the score with that one fact put back"
        ),
        "score_move": td.derive(
            lambda score, before: score - before, "score", "score_before", places=4, when=_THERE, doc="how far it moved"
        ),
    }


def _usual_level(drawn: Ints, wanted: Ints) -> Ints:
    """Return the level without a gap: the one drawn where it is the post's or next to it, else the post's."""
    return np.where(np.abs(drawn - wanted) > 1, wanted, drawn)


def _home(taxonomy: TechSkillsTaxonomy, lands: Sequence[str]) -> dict[str, Field]:
    """Return the skills that a candidate of the post's own role would list, as many as are listed, and those of the other role."""
    pool, required, preferred = skill_tables(taxonomy)
    here = National.of(taxonomy, [f"{role}/{level}" for role in taxonomy.roles for level in LEVELS], pool, lands)
    listed, names, none = taxonomy.vocabulary(), list(taxonomy.roles), len(taxonomy.names)
    posts = [f"{role}/{level}" for role in names for level in LEVELS]
    shares = {
        post: dict(enumerate(map(int, (1 + required[row] + preferred[row]) * (pool[row] < none))))
        for row, post in enumerate(posts)
    }

    def home(kind: Ints, post: Ints, places: td.Lists, held: td.Lists, wanted: td.Lists, wished: td.Lists) -> Any:  # noqa: ANN401  # two arrays
        drawn = matrix_of(places, -1)
        own = np.where(drawn >= 0, pool[post[:, None], drawn], none)
        mine, asked = (
            matrix_of(held, none),
            np.concatenate([matrix_of(each, none) for each in (wanted, wished)], axis=1),
        )
        kept = np.where((mine[:, :, None] == asked[:, None, :]).any(axis=2), mine, none)
        own = np.where((own[:, :, None] == kept[:, None, :]).any(axis=2), none, own)
        every = np.concatenate([kept, own], axis=1)
        there = (every < none) & (kind == DOMAIN)[:, None]
        there &= there.cumsum(axis=1) <= held.lengths[:, None]
        return every[there], there.sum(axis=1)

    def other(kind: Ints, held: td.Lists) -> tuple[Ints, Ints]:
        there = (kind == DOMAIN)[held.row]
        return held.codes[there], np.where(kind == DOMAIN, held.lengths, 0)

    return {
        "home_role": td.derive(lambda role: role, "role", values=names),
        "home_post": td.derive(lambda role, level: role * len(LEVELS) + level, "role", "candidate_level", values=posts),
        "home_post_here": td.derive(here.place, "home_post", "country", values=here.names),
        "home_places": td.sample(here.tables(shares), WIDEST, by="home_post_here"),
        "home_skills": td.derive(
            home, "fact_fault", "home_post", "home_places", "skills", "required", "preferred", values=listed, many=True
        ),
        "other_skills": td.derive(other, "fact_fault", "skills", values=listed, many=True),
    }


_SCORED = (
    "fact_fault", "required_coverage", "preferred_coverage", "experience_score", "seniority_score", "education_score",
    "must_have_missing", "skills", "home_skills", "fact_missing", "fact_instead", "required", "importance", "preferred",
    "must_have", "usual_level", "level", "years_worked", "years_min", "years_max",
)  # fmt: skip


def _score(calculator: MatchingMetricsCalculator) -> Callable[..., Ints]:
    """Return what computes the score with the fact put back, from the fields of `_SCORED`."""
    similarity, weights = calculator.taxonomy.similarity, calculator.weights
    none = len(similarity) - 1

    def score(*columns: Any) -> Ints:  # noqa: ANN401  # of `_SCORED`
        kind, *held = columns[:8]
        lists, (level, wanted, years, low, high) = columns[8:15], columns[15:]
        parts, missing, skills = [each.copy() for each in held[:5]], held[5].astype(np.bool_), held[6]
        rows = np.flatnonzero(np.isin(kind, (PARTIAL, DOMAIN, *REPLACED)))
        parts[0][rows], parts[1][rows], missing[rows] = covered_by(rows, kind, skills, *lists)
        parts[2] = np.where(kind == INFLATED, calculator.experience(years, low, high), parts[2])
        parts[3] = np.where(kind == SENIORITY, calculator.seniority(level, wanted), parts[3])
        return total(weights, parts, missing)

    def covered_by(rows: Ints, kind: Ints, skills: td.Lists, *lists: Any) -> tuple[Ints, Ints, NDArray[np.bool_]]:  # noqa: ANN401  # as above
        home, missing, instead, required, importance, preferred, must = lists
        has = _put_back(kind[rows], matrix_of(skills, none)[rows], missing[rows], instead[rows], none)
        other = matrix_of(home, none)[rows]
        width = max(has.shape[1], other.shape[1])
        has, other = (np.pad(each, ((0, 0), (0, width - each.shape[1])), constant_values=none) for each in (has, other))
        has = np.where((kind[rows] == DOMAIN)[:, None], other, has)
        wished = matrix_of(preferred, none)[rows]
        return (
            covered(similarity, matrix_of(required, none)[rows], matrix_of(importance, 0)[rows], has),
            covered(similarity, wished, (wished < none).astype(np.int64), has),
            ~(has == must[rows][:, None]).any(axis=1),
        )

    return score


def _put_back(kind: Ints, held: Ints, missing: Ints, instead: Ints, none: int) -> Ints:
    """Return lists with the skill that is missing in the place of the one that stands there, or behind the others."""
    replaced = np.where((held == instead[:, None]) & np.isin(kind, REPLACED)[:, None], missing[:, None], held)
    return np.concatenate([replaced, np.where(kind == PARTIAL, missing, none)[:, None]], axis=1)
