"""The faults of facts: two families of them, and which of them a profile asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from treadle import Profile

KINDS = (
    "none", "partial_overlap", "sibling_skills", "domain_mismatch", "seniority_gap",
    "outdated_skills", "legacy_tools", "inflated_years", "overlapping_jobs", "career_gap", "level_jump",
)  # fmt: skip
"""The faults of facts, and none."""
NONE, PARTIAL, SIBLINGS, DOMAIN, SENIORITY, OUTDATED, LEGACY, INFLATED, OVERLAP, GAP, JUMP = range(len(KINDS))
OPEN = len(KINDS)
"""Any fault between two jobs, whichever can be."""
SKILL_MATCH = (PARTIAL, SIBLINGS, DOMAIN, SENIORITY)
EXPERIENCE = (OUTDATED, LEGACY, INFLATED, OVERLAP, GAP, JUMP)
FAMILIES = {"skill-match": SKILL_MATCH, "experience": EXPERIENCE}
INCOMPLETE = (PARTIAL, SIBLINGS)
"""Faults for which a skill that is asked for must be missing."""
REPLACED = (SIBLINGS, OUTDATED, LEGACY)
"""Faults of one skill in another's place."""
OF_JOBS = (OVERLAP, GAP, JUMP)
"""Faults between two jobs."""
FIELDS = {
    **dict.fromkeys((PARTIAL, SIBLINGS, OUTDATED, LEGACY), "skills"),
    DOMAIN: "role", SENIORITY: "level", INFLATED: "years", **dict.fromkeys(OF_JOBS, "jobs"),
}  # fmt: skip
"""The fact that each is of."""


@dataclass(frozen=True)
class Asked:
    """The weights of the faults of facts that a profile asks for, by family; a fault that is turned off is not among them."""

    weights: Mapping[str, Mapping[int, float]]

    @classmethod
    def of(cls, profile: Profile) -> Asked | None:
        """Read a profile; None where it asks for no fault of facts."""
        weights = {
            family: {
                kind: profile.operators.get(KINDS[kind], 1) for kind in kinds if profile.operators.get(KINDS[kind], 1)
            }
            for family, kinds in FAMILIES.items()
            if profile.families.get(family) and not profile.everywhere
        }
        some = {family: kinds for family, kinds in weights.items() if kinds}
        return cls(some) if some else None

    def has(self, kind: int) -> bool:
        """Tell whether a fault can be drawn."""
        return any(kind in kinds for kinds in self.weights.values())
