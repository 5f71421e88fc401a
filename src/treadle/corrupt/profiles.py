"""Profiles: how much of which fault a dataset gets. Data: in `data/profiles.toml`, in a file of the user's, or made in Python."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from treadle.corrupt.table import BY_NAME, FAMILIES, names_of
from treadle.errors import UsageError, unknown

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
        if MIXED in self.families and not self.everywhere:
            problems.append(
                f"families: {MIXED!r} is the family of profiles that act everywhere: name {', '.join(FAMILIES)}, or none"
            )
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
    """Return a profile by name, one of the families named (`textual,missing`), evenly, or that of a file (.toml or .json).

    Raises `UsageError` for any other, and for a file that is not there or holds no profile.
    """
    if name in profiles():
        return profiles()[name]
    if Path(name).suffix.lower() in READERS:
        return read_profile(Path(name))
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


READERS = {".toml": tomllib.loads, ".json": json.loads}
"""What reads the files of profiles, by their suffix."""
_KEYS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "name": (str, "a text"),
    "doc": (str, "a text"),
    "families": (Mapping, "weights by family, as in {textual = 2, missing = 1}"),
    "operators": (Mapping, "weights by operator, as in {mojibake = 0}"),
    "severity": ((int, float), "a number from 0 to 1"),
    "everywhere": (bool, "true or false"),
}
"""What a file of a profile may say, and how."""


def read_profile(path: Path) -> Profile:
    """Return the profile that a file holds, as `Profile` has it: families, severity, operators, everywhere, name, doc.

    Raises `UsageError` with everything that is wrong in it, all at once.
    """
    try:
        held = READERS[path.suffix.lower()](path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"profile {path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:  # of TOML, JSON and UTF-8
        raise UsageError(f"profile {path}: is no {path.suffix[1:].upper()} file: {error}") from error
    if not isinstance(held, dict):
        raise UsageError(f"profile {path}: expected {', '.join(_KEYS)} by name, found a {type(held).__name__}")
    problems = [f"{unknown('setting', key, _KEYS)}" for key in held if key not in _KEYS]
    problems += [problem for key, value in held.items() if key in _KEYS for problem in _misfit(key, value)]
    everywhere = held.get("everywhere") is True
    if not problems and everywhere and not held.get("operators"):
        problems.append("everywhere: expected operators with their rates, as in operators = {mojibake = 0.5}")
    if not problems and not everywhere and not held.get("families"):
        problems.append("families: expected at least one, as in families = {textual = 2, missing = 1}")
    if not problems:
        families = held.get("families") or {MIXED: 1}
        try:
            return Profile(**{"name": path.stem, **held, "families": families})
        except UsageError as error:
            problems = [str(error)]
    raise UsageError(f"profile {path}: {'; '.join(problems)}")


def _misfit(key: str, value: Any) -> list[str]:  # noqa: ANN401  # what a file holds
    """Return what is wrong with the type of a setting."""
    kind, wanted = _KEYS[key]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        return [f"{key}={value!r}: expected {wanted}"]
    if not isinstance(value, Mapping):
        return []
    return [
        f"{key}: {name}={weight!r}: expected a number"
        for name, weight in value.items()
        if isinstance(weight, bool) or not isinstance(weight, int | float)
    ]
