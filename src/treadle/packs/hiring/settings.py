"""What a user can set of the pack: distributions, weights, lists of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from treadle import Profile, UsageError, profile
from treadle.packs.hiring.data import table
from treadle.packs.hiring.matching import Weights
from treadle.packs.hiring.taxonomy import INDUSTRIES, LEVELS, TechSkillsTaxonomy

if TYPE_CHECKING:
    from collections.abc import Iterable

GRADES = ("none", "partial", "strong")
_SIMPLE = 100
"""The greatest denominator of a fraction that a float may stand for."""


@dataclass(frozen=True)
class Settings:
    """Distributions as shares by name; what is not given keeps its default, and equal shares where there is none.

    `matches` holds the shares of the grades none, partial and strong. Half of the partial pairs are below the label's threshold and
    half above it, so with equal shares of none and strong the labels are exactly 50/50. `companies` and `names`, each a part (given
    or family), a name and a gender (f, m, or - for either), are a user's own. `bias` says how much of which fault the texts get.
    """

    matches: Mapping[str, float] = field(default_factory=lambda: {"none": 0.3, "partial": 0.4, "strong": 0.3})
    levels: Mapping[str, float] = field(
        default_factory=lambda: {"entry": 0.22, "mid": 0.33, "senior": 0.30, "staff": 0.15}
    )
    roles: Mapping[str, float] = field(default_factory=dict)
    industries: Mapping[str, float] = field(default_factory=dict)
    locales: Mapping[str, float] = field(default_factory=dict)
    companies: tuple[str, ...] = ()
    names: tuple[tuple[str, str, str], ...] = ()
    weights: Weights = field(default_factory=Weights)
    bias: Profile = field(default_factory=lambda: profile("none"))

    def for_roles(self, names: Iterable[str]) -> Settings:
        """Return the settings for some roles alone; raises `UsageError` where shares are given for another."""
        allowed = list(names)
        stray = [name for name in self.roles if name not in allowed]
        if stray:
            raise UsageError(
                f"roles: {stray[0]!r} has too few of the skills that are listed; those that have enough: {', '.join(allowed[:12])}"
            )
        return self if self.roles else replace(self, roles=dict.fromkeys(allowed, 1 / len(allowed)))

    def check(self, taxonomy: TechSkillsTaxonomy) -> None:
        """Raise `UsageError` with everything that is wrong: unknown names, shares that are negative or do not add up to 1."""
        known = {
            "matches": GRADES,
            "levels": LEVELS,
            "roles": tuple(taxonomy.roles),
            "industries": INDUSTRIES,
            "locales": tuple(row["locale"] for row in table("locales.tsv")),
        }
        wrong = [problem for name, names in known.items() for problem in _problems(name, getattr(self, name), names)]
        if wrong:
            raise UsageError("\n".join(wrong))


def _problems(name: str, shares: Mapping[str, float], known: tuple[str, ...]) -> list[str]:
    if not isinstance(shares, Mapping):
        return [f"{name}={shares!r}: expected shares by name, as in {{{known[0]!r}: 0.5, {known[1]!r}: 0.5}}"]
    wrong = [f"{name}: unknown name {each!r}: {_nearest(str(each), known)}" for each in shares if each not in known]
    try:
        exact = {each: Fraction(str(share)) for each, share in shares.items()}
    except (ValueError, ZeroDivisionError):
        return [*wrong, f"{name}={dict(shares)!r}: expected numbers from 0 to 1"]
    if any(share < 0 for share in exact.values()):
        wrong.append(f"{name}={dict(shares)!r}: expected no negative share")
    total = sum(exact.values(), Fraction())
    if shares and abs(total - 1) > Fraction(1, 1_000):
        wrong.append(f"{name}: the shares add up to {float(total):g}, expected 1")
    return wrong


def _nearest(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, 3)
    return f"did you mean {' or '.join(map(repr, near))}?" if near else f"expected one of {', '.join(known[:12])}"


def weights_of(given: object) -> Weights:
    """Return weights by name, in basis points; what is left out keeps its default. Raises `UsageError` for what does not fit."""
    known = [each.name for each in fields(Weights)]
    if not isinstance(given, Mapping):
        raise UsageError(f"weights={given!r}: expected Weights, or basis points by name, as in {{'match': 6000}}")
    wrong = []
    for name, points in given.items():
        near = get_close_matches(str(name), known, 3)
        told = f"did you mean {' or '.join(map(repr, near))}?" if near else f"expected one of {', '.join(known)}"
        wrong += [f"weights: unknown name {name!r}: {told}"] if name not in known else []
        fits = isinstance(points, int) and points >= 0
        wrong += [] if fits else [f"weights: {name}={points!r}: expected basis points, an integer of 0 or more"]
    if wrong:
        raise UsageError("\n".join(wrong))
    try:
        return Weights(**given)
    except ValueError as error:
        raise UsageError(f"weights: {error}") from error


def shares_of(given: Mapping[str, float], known: Iterable[str], parts: int = 1_000_000) -> dict[str, Fraction]:
    """Return a share for every known name: those given, and 0 for the others, or equal ones where none is given.

    Floats that stand for simple fractions, such as 1/3, are taken for these; others are rounded to a part of `parts`.
    """
    exact = {name: Fraction(str(given.get(name, 0))) if given else Fraction(1) for name in known}
    simple = {name: share.limit_denominator(_SIMPLE) for name, share in exact.items()}
    near = all(abs(simple[name] - share) < Fraction(1, 10**9) for name, share in exact.items())
    if near and lcm(*(share.denominator for share in simple.values())) <= parts:
        return simple
    return {name: Fraction(round(share * parts), parts) for name, share in exact.items()}
