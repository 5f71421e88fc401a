"""Faults of a candidate's facts, put in before anything is written: `CandidateFaults`.

What a fault changes is drawn first and scored as any other fact, so that the score with it falls into the band of its target. Where
the fault that was drawn cannot be, another of its family takes its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.fact_kinds import (
    DOMAIN,
    EXPERIENCE,
    INFLATED,
    LEGACY,
    NONE,
    OPEN,
    OUTDATED,
    PARTIAL,
    REPLACED,
    SENIORITY,
    SIBLINGS,
)  # fmt: skip
from treadle.packs.hiring.holdings import bands_of
from treadle.packs.hiring.matching import FULL, MatchingMetricsCalculator, matrix_of
from treadle.packs.hiring.settings import shares_of
from treadle.packs.hiring.swaps import Relatives, found
from treadle.packs.hiring.taxonomy import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from treadle import Field
    from treadle.packs.hiring.fact_kinds import Asked
    from treadle.packs.hiring.settings import Settings
    from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy

    Ints = NDArray[np.int64]

NO_SKILL = "no skill"
FAR = 2
"""The relation of a role to another that has nothing to do with it."""
FARTHER = (2, 3, 0, 1)
"""The nearest level that is two from each, or more."""
LEAST_YEARS, MOST_YEARS = 2, 5
"""By how many years those stated exceed those of the jobs."""


@dataclass(frozen=True)
class CandidateFaults:
    """Declares the faults of a candidate's facts that a profile asks for; `months` and `degree` are those of candidates."""

    taxonomy: TechSkillsTaxonomy
    settings: Settings
    asked: Asked
    months: Callable[[Ints, Ints], Ints]
    degree: Callable[[Ints, Ints, Ints, Ints], Ints]

    def over(self, made: Mapping[str, Field]) -> dict[str, Field]:
        """Return the fields of a candidate with those that can be at fault in the place of the others."""
        roles, lowest = list(self.taxonomy.roles), self._lowest
        return {
            **made,
            **self._drawn(),
            "drawn_role": made["candidate_role"],
            "candidate_role": td.derive(
                lambda fault, drawn, foreign: np.where(fault == DOMAIN, foreign, drawn),
                "fault_drawn",
                "drawn_role",
                "foreign_role",
                values=roles,
                doc="the candidate's own role",
            ),
            "bond": td.derive(
                lambda fault, relation: np.where(fault == DOMAIN, FAR, relation),
                "fault_drawn",
                "relation",
                doc="how the candidate's role relates to the post's: 0 the same, 1 near, 2 far",
            ),
            "drawn_level": made["candidate_level"],
            "candidate_level": td.derive(
                lambda fault, drawn, other, role: np.where(fault == SENIORITY, other, np.maximum(drawn, lowest[role])),
                "fault_drawn",
                "drawn_level",
                "other_level",
                "candidate_role",
                values=LEVELS,
            ),
            "years_worked": td.derive(lambda months: months // 12, "months_worked", doc="whole years of the jobs"),
            "years": td.derive(
                lambda fault, years, draw: (
                    years + (fault == INFLATED) * (LEAST_YEARS + draw % (MOST_YEARS - LEAST_YEARS + 1))
                ),
                "fault_drawn",
                "years_worked",
                "fact_draw",
                entity="YEARS",
                doc="whole years in work, as they are stated",
            ),
            **self._found(),
        }

    def _drawn(self) -> dict[str, Field]:
        roles = self.taxonomy.roles
        shares = shares_of(self.settings.roles, roles)
        foreign = {
            name: {other: share for other, share in shares.items() if share and roles[other].group != role.group}
            for name, role in roles.items()
        }
        families = [name for name, weight in self.settings.bias.families.items() if weight]
        kinds = {name: dict(self.asked.weights.get(name, {NONE: 1})) for name in families}
        return {
            "fact_draw": td.integer(0, 999_999, doc="what a fault of facts depends on beside its kind"),
            "fault_wish": td.choice(
                kinds, by="bias_type", doc="the fault of facts that is tried first, a place in `KINDS`"
            ),
            "foreign_role": td.choice({name: others or [name] for name, others in foreign.items()}, by="role"),
            "other_level": td.derive(self._other_level, "free_level", *_REACH, values=LEVELS),
            "fault_drawn": td.derive(self._first, "fault_wish", "foreign_role", "drawn_level", "other_level", *_REACH),
        }

    def _other_level(self, free: Ints, level: Ints, *columns: Any) -> Ints:  # noqa: ANN401  # of `_REACH`
        """Return a level two or more from the post's: the one drawn, or the nearest where that would cost the band."""
        far = (np.abs(free - level) > 1) & self._reaches(columns[0], free, level, *columns[1:])
        return np.where(far, free, np.array(FARTHER)[level])

    def _first(self, wish: Ints, foreign: Ints, drawn: Ints, other: Ints, level: Ints, *columns: Any) -> Ints:  # noqa: ANN401  # as above
        """Return the fault that is tried: the next of its family where it would keep the score below its band."""
        role, group = columns[0], self._groups
        can = {
            DOMAIN: (group[foreign] != group[columns[1]])
            & self._reaches(foreign, np.maximum(drawn, self._lowest[foreign]), level, *columns[1:]),
            SENIORITY: self._reaches(role, other, level, *columns[1:]),
        }
        kind = wish.copy()
        for fault, fits in can.items():
            left = [each for each in (SENIORITY, DOMAIN, PARTIAL, SIBLINGS) if each != fault and self.asked.has(each)]
            waiting = (wish == fault) & ~fits
            kind[waiting] = NONE
            for each in left:
                taken = waiting & can.get(each, np.ones(len(wish), np.bool_))
                kind[taken] = each
                waiting &= ~taken
        return kind

    @cached_property
    def _lowest(self) -> Ints:
        """The level at which people begin in each role."""
        return np.array([role.lowest for role in self.taxonomy.roles.values()])

    @cached_property
    def _groups(self) -> Ints:
        """The group of each role, as a number."""
        groups = [role.group for role in self.taxonomy.roles.values()]
        return np.array([groups.index(each) for each in groups])

    def _reaches(self, own: Ints, at: Ints, level: Ints, *columns: Any) -> NDArray[np.bool_]:  # noqa: ANN401  # of `_REACH`
        """Tell whether a candidate of a role at a level can score as high as the target wants, with every skill asked for."""
        _, target, months_draw, step, low, high, wanted = columns
        months = self.months(at, months_draw)
        score, weights = MatchingMetricsCalculator, self.settings.weights
        most = (
            weights.required * FULL
            + weights.preferred * FULL
            + weights.experience * score.experience(months // 12, low, high)
            + weights.seniority * score.seniority(at, level)
            + weights.education * score.education(self.degree(own, at, step, months), wanted)
        ) // FULL
        reaches: NDArray[np.bool_] = (most >= bands_of(weights)[0][target]) & (at >= self._lowest[own])
        return reaches

    def _found(self) -> dict[str, Field]:
        similarity, relatives = self.taxonomy.similarity, Relatives.of(self.taxonomy)
        asked, none = self.asked, len(self.taxonomy.names)
        others = {SIBLINGS: [], OUTDATED: [LEGACY], LEGACY: [OUTDATED]}

        def find(drawn: Ints, held: td.Lists, wanted: td.Lists, importance: td.Lists, wished: td.Lists) -> Ints:
            """Return the fault, the skill that is missing and the one in its place as one number, which is taken apart below."""
            kind, missing, instead = drawn.copy(), np.full(len(drawn), none), np.full(len(drawn), none)
            lists = [matrix_of(each, none) for each in (held, wanted, wished)]
            for fault in REPLACED:
                rows = np.flatnonzero(drawn == fault)
                for each in (fault, *(other for other in others[fault] if asked.has(other))):
                    pairs = found(relatives, similarity, each, *(matrix[rows] for matrix in lists))
                    there = rows[pairs.there]
                    kind[there], missing[there] = each, pairs.missing[pairs.there]
                    instead[there] = pairs.held[pairs.there]
                    rows = rows[~pairs.there]
                kind[rows] = OPEN if fault in EXPERIENCE else PARTIAL if asked.has(PARTIAL) else NONE
            rows = np.flatnonzero(kind == PARTIAL)
            own, needed, weight = lists[0][rows], lists[1][rows], matrix_of(importance, 0)[rows]
            lacks = (needed < none) & ~(needed[:, :, None] == own[:, None, :]).any(axis=2)
            missing[rows] = needed[np.arange(len(rows)), np.where(lacks, weight, -1).argmax(axis=1)]
            kind[rows[~lacks.any(axis=1)]] = NONE
            pair: Ints = (kind * (none + 1) + missing) * (none + 1) + instead
            return pair

        size, listed = none + 1, [*self.taxonomy.names, NO_SKILL]
        return {
            "fault_pair": td.derive(find, "fault_drawn", "held", "required", "importance", "preferred"),
            "fault_found": td.derive(
                lambda pair: pair // (size * size), "fault_pair", doc="the fault that the skills allow"
            ),
            "fact_missing": td.derive(lambda pair: pair // size % size, "fault_pair", values=listed),
            "fact_instead": td.derive(lambda pair: pair % size, "fault_pair", values=listed),
        }


_REACH = ("level", "drawn_role", "role", "target", "months_draw", "degree_step", "years_min", "years_max", "job_degree")
