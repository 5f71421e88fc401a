"""Profiles: how much of which fault a dataset gets. Data, in `data/profiles.toml` or made by the user."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from treadle.corrupt.table import BY_NAME, FAMILIES, names_of
from treadle.errors import UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_WEIGHT = 1_000_000
MIXED = "mixed"
"""What records are labelled whose faults are of several families."""


@dataclass(frozen=True)
class Profile:
    """Families of faults with their weights, how severe the faults are, and which operators take part.

    `families` are relative weights by name, `none` among them: a recipe's quota makes them exact. `severity` is in [0, 1]: it says
    how many operators a record of a family gets, and how much each does. `operators` holds weights by name: 0 turns one off, what
    is left out has a weight of its own, mostly 1. With `everywhere` every text gets each operator that is named, with its weight
    as a rate in [0, 1], whatever the record's family is.

    Raises `UsageError` for names that are not there and numbers out of range, all at once.
    """

    name: str
    families: Mapping[str, float] = field(default_factory=dict)
    severity: float = 0.5
    operators: Mapping[str, float] = field(default_factory=dict)
    everywhere: bool = False
    doc: str = ""

    def __post_init__(self) -> None:
        """Check everything."""
        object.__setattr__(self, "families", dict(self.families))
        object.__setattr__(self, "operators", dict(self.operators))
        problems = [
            *_wrong("family of faults", self.families, ["none", MIXED, *FAMILIES], MOST_WEIGHT),
            *_wrong("operator", self.operators, names_of(), 1.0 if self.everywhere else MOST_WEIGHT),
        ]
        if self.everywhere:
            on_facts = [name for name in self.operators if name in BY_NAME and BY_NAME[name].target == "facts"]
            problems += [f"operator {name!r} changes facts: it acts by family, not everywhere" for name in on_facts]
        if not 0 <= self.severity <= 1:
            problems.append(f"severity={self.severity}: expected a number from 0 to 1")
        if self.families and not sum(self.families.values()) > 0:
            problems.append("families: expected at least one weight above 0")
        if problems:
            raise UsageError("; ".join(problems))

    def only(self, names: list[str]) -> Profile:
        """Return the profile with these families alone, evenly."""
        return replace(self, families=dict.fromkeys(names, 1), name="+".join(names))

    def with_severity(self, severity: float) -> Profile:
        """Return the profile with another severity."""
        return replace(self, severity=severity)


def _wrong(kind: str, weights: Mapping[str, float], known: list[str], most: float) -> list[str]:
    unknown_names = [unknown(kind, name, known) for name in weights if name not in known]
    # `not 0 <= weight` also catches NaN, which compares with nothing.
    out_of_range = [
        f"{name}={weight}: expected a number from 0 to {most:g}"
        for name, weight in weights.items()
        if not 0 <= weight <= most
    ]
    return unknown_names + out_of_range


@cache
def profiles() -> dict[str, Profile]:
    """Return the profiles that come with Treadle, by name."""
    text = resources.files("treadle.corrupt").joinpath("data", "profiles.toml").read_text(encoding="utf-8")
    return {name: Profile(name, **settings) for name, settings in tomllib.loads(text).items()}


def profile(name: str) -> Profile:
    """Return a profile by name, or one of the families named (`textual,missing`), evenly; raises `UsageError` for any other."""
    if name in profiles():
        return profiles()[name]
    parts = [part.strip() for part in name.split(",") if part.strip()]
    wrong = [part for part in parts if part not in FAMILIES]
    if len(parts) > 1 and wrong and wrong[0] in profiles():
        raise UsageError(
            f"profile={name!r}: {wrong[0]!r} is a profile, which stands alone; families may stand together"
        )
    if wrong or not parts or len(set(parts)) < len(parts):
        known = [*profiles(), *FAMILIES]
        reason = unknown("profile or family of faults", wrong[0], known) if wrong else "each family once"
        raise UsageError(f"profile={name!r}: expected a profile, or families with commas between: {reason}")
    return profiles()["balanced"].only(parts)
