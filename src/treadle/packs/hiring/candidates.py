"""Candidates, their facts: `CandidateProfileGenerator`. The target decides how much of what a post asks for they have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.fact_faults import CandidateFaults
from treadle.packs.hiring.fact_kinds import Asked
from treadle.packs.hiring.holdings import Holder
from treadle.packs.hiring.jobs import WIDEST, JobDescriptionGenerator, countries, skill_tables, usual_degrees
from treadle.packs.hiring.matching import MatchingMetricsCalculator
from treadle.packs.hiring.national import National
from treadle.packs.hiring.settings import Settings, shares_of
from treadle.packs.hiring.targets import BANDS, NAME, targets
from treadle.packs.hiring.taxonomy import DEGREES, LEVELS, TechSkillsTaxonomy, padded

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from treadle import Field

    Ints = NDArray[np.int64]

RELATIONS = {
    "none": {"same": 25, "near": 15, "far": 60},
    "low": {"same": 75, "near": 25},
    "high": {"same": 80, "near": 20},
    "strong": {"same": 88, "near": 12},
}
"""How a candidate's role relates to the post's, by target: `near` is as frequent among matches as among the others."""
LEVEL_GAPS = {
    "none": {"free": 1},
    "low": {"same": 55, "below": 22, "above": 23},
    "high": {"same": 75, "below": 12, "above": 13},
    "strong": {"same": 90, "below": 5, "above": 5},
}
SKILL_COUNTS = {
    "none": {8: 8, 9: 12, 10: 13, 11: 14, 12: 16, 13: 17, 14: 20},
    **{target: dict.fromkeys(range(8, 15), 1) for target in ("low", "high", "strong")},
}
"""How many skills a candidate lists at most: some who miss a post run out of skills, so the others who do have a few more."""
MONTHS = ((12, 30), (30, 78), (72, 150), (126, 288))
"""The least and most months of experience of each level."""

CANDIDATE_COLUMNS = [
    "candidate_role", "candidate_level", "months_worked", "years", "degree", "study", "skills", "target", "role", "level",
    "required", "must_have", "preferred", "split",
]  # fmt: skip


@dataclass(frozen=True)
class CandidateProfileGenerator:
    """Declares the facts of candidates for the posts of `JobDescriptionGenerator`: role, level, months, degree, skills."""

    taxonomy: TechSkillsTaxonomy = field(default_factory=TechSkillsTaxonomy)
    settings: Settings = field(default_factory=Settings)

    def fields(self) -> dict[str, Field]:
        """Return the fields of a candidate; the fields of a post and the quota `target` must be among the recipe's others."""
        asked = Asked.of(self.settings.bias)
        if asked is None:
            return {**self._role(), **self._experience(), **self._education(), **self._skills("relation")}
        faults = CandidateFaults(self.taxonomy, self.settings, asked, months_of, degree_of(self.taxonomy))
        skills = self._skills("bond", "fault_drawn")
        return faults.over({**self._role("drawn_role"), **self._experience(), **self._education(), **skills})

    def generate(self, count: int = 1000, seed: int = 42) -> td.Dataset:
        """Return candidates for posts, facts without text: those of the pairs with the same settings and seed.

        Raises `UsageError` for settings that do not fit.
        """
        self.settings.check(self.taxonomy)
        posts = JobDescriptionGenerator(self.taxonomy, self.settings)
        fields = {**targets(self.settings), **posts.fields(), **self.fields()}
        return td.generate(td.Recipe(NAME, fields, columns=CANDIDATE_COLUMNS), count=count, seed=seed, truth=False)

    def _role(self, own: str = "candidate_role") -> dict[str, Field]:
        roles = self.taxonomy.roles
        names = list(roles)
        near_of = np.array(
            [names.index(role.near[0]) if role.near else code for code, role in enumerate(roles.values())]
        )
        industries = [role.industry for role in roles.values()]

        def chosen(role: Ints, relation: Ints, far: Ints) -> Ints:
            return np.choose(relation, [role, near_of[role], far])

        lowest = np.array([role.lowest for role in roles.values()])

        def shifted(level: Ints, gap: Ints, free: Ints, role: Ints) -> Ints:
            last = len(LEVELS) - 1
            below = np.where(level > 0, level - 1, level + 1)
            above = np.where(level < last, level + 1, level - 1)
            found: Ints = np.maximum(np.choose(gap, [level, below, above, free]), lowest[role])
            return found

        gaps = {
            target: {name: shares.get(name, 0) for name in ("same", "below", "above", "free")}
            for target, shares in LEVEL_GAPS.items()
        }
        relations = {
            target: {name: shares.get(name, 0) for name in ("same", "near", "far")}
            for target, shares in RELATIONS.items()
        }
        return {
            "relation": td.choice(relations, by="target"),
            "far_role": td.choice(shares_of(self.settings.roles, roles)),
            "candidate_role": td.derive(
                chosen, "role", "relation", "far_role", values=names, doc="the candidate's own role"
            ),
            "candidate_group": td.derive({name: role.group for name, role in roles.items()}, "candidate_role"),
            "candidate_industry": td.derive(dict(zip(names, industries, strict=True)), "candidate_role"),
            "level_gap": td.choice(gaps, by="target"),
            "free_level": td.choice(shares_of(self.settings.levels, LEVELS)),
            "candidate_level": td.derive(shifted, "level", "level_gap", "free_level", own, values=LEVELS),
            "candidate_post": td.derive(
                lambda role, level: role * len(LEVELS) + level,
                "candidate_role",
                "candidate_level",
                values=[f"{role}/{level}" for role in roles for level in LEVELS],
            ),
        }

    def _experience(self) -> dict[str, Field]:
        return {
            "months_draw": td.integer(0, 1000),
            "months_worked": td.derive(months_of, "candidate_level", "months_draw", doc="months in work"),
            "years": td.derive(lambda months: months // 12, "months_worked", entity="YEARS", doc="whole years in work"),
        }

    def _education(self) -> dict[str, Field]:
        roles = list(self.taxonomy.roles.values())
        studies = list(dict.fromkeys(name for role in roles for name in role.education))
        study_of = padded(
            [[studies.index(n) for n in role.education] for role in roles], max(len(r.education) for r in roles), 0
        )
        study_count = np.array([len(role.education) for role in roles])

        def study(role: Ints, draw: Ints) -> Ints:
            chosen: Ints = study_of[role, draw % study_count[role]]
            return chosen

        return {
            "degree_step": td.choice({-1: 12, 0: 72, 1: 16}),
            "degree": td.derive(
                degree_of(self.taxonomy),
                "candidate_role",
                "candidate_level",
                "degree_step",
                "months_worked",
                values=DEGREES,
                entity="DEGREE",
            ),
            "study_draw": td.integer(0, 839),
            "study": td.derive(study, "candidate_role", "study_draw", values=studies, entity="STUDY"),
        }

    def _skills(self, relation: str, *fault: str) -> dict[str, Field]:
        pool, required, preferred = skill_tables(self.taxonomy)
        listed = self.taxonomy.vocabulary()
        posts = [f"{role}/{level}" for role in self.taxonomy.roles for level in LEVELS]
        shares = {
            post: dict(enumerate(map(int, (1 + required[row] + preferred[row]) * (pool[row] < len(listed)))))
            for row, post in enumerate(posts)
        }
        here = National.of(self.taxonomy, posts, pool, list(countries(self.settings)))
        holder = Holder.of(MatchingMetricsCalculator(self.taxonomy, self.settings.weights), pool)
        similarity, weights = holder.similarity, holder.weights  # noqa: F841  # read here so that the recipe's fingerprint knows them

        def held(*columns: Any) -> tuple[Ints, Ints]:  # noqa: ANN401  # the arguments of `hold`
            return holder.hold(*columns)

        return {
            "candidate_post_here": td.derive(here.place, "candidate_post", "country", values=here.names),
            "own_places": td.sample(here.tables(shares), WIDEST, by="candidate_post_here"),
            "skill_count": td.choice(SKILL_COUNTS, by="target"),
            "aim": td.integer(0, 9_999, doc="where in the band of its target the score is to fall"),
            "held": td.derive(
                held,
                "target",
                relation,
                "aim",
                "skill_count",
                "required",
                "importance",
                "must_have",
                "preferred",
                "candidate_post",
                "own_places",
                "years",
                "years_min",
                "years_max",
                "candidate_level",
                "level",
                "degree",
                "job_degree",
                *fault,
                values=listed,
                many=True,
            ),
            "held_count": td.derive(lambda held: held.lengths, "held"),
            "skills": td.sample(of="held", count="held_count", entity="SKILL", doc="the candidate's skills"),
        }


def months_of(level: Ints, draw: Ints) -> Ints:
    """Return the months in work of people at a level, by a draw from 0 to 1,000."""
    least, most = np.array(MONTHS).T
    months: Ints = least[level] + (most - least)[level] * draw // 1000
    return months


def degree_of(taxonomy: TechSkillsTaxonomy) -> Callable[[Ints, Ints, Ints, Ints], Ints]:
    """Return what gives the degree of a role at a level: the usual one, a step up or down, where months in work allow it."""
    usual, least = usual_degrees(taxonomy)
    most = len(DEGREES) - 1

    def degree(role: Ints, level: Ints, step: Ints, months: Ints) -> Ints:
        highest = np.where(months < 24, np.maximum(usual[role, level], most - 1), most)
        clipped: Ints = np.clip(usual[role, level] + step, least[role, level], highest)
        return clipped

    return degree


assert tuple(RELATIONS) == tuple(LEVEL_GAPS) == BANDS  # noqa: S101  # the tables above name the same targets
