"""Declaring faults: the one function by which a recipe says what faults its texts get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from treadle.corrupt.profiles import profile as named
from treadle.corrupt.table import BY_NAME, FAMILIES
from treadle.declarations import Faults
from treadle.errors import UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.corrupt.profiles import Profile


def faults(
    fields: Mapping[str, int] | Sequence[str],
    *,
    by: str = "",
    profile: Profile | str = "balanced",
    severity: float | None = None,
    language: str = "en",
    marks: Mapping[str, Sequence[str]] | None = None,
    lists: Mapping[str, Sequence[Any]] | None = None,  # texts, or pairs of them
    values: Mapping[str, str] | None = None,
    same: Sequence[str] | None = None,
    groups: Mapping[str, Sequence[str] | Mapping[str, float]] | None = None,
    about: Mapping[str, str] | None = None,
) -> Faults:
    """Put faults into the finished texts of some fields, for `Recipe(faults=...)`; every fault is kept as an edit.

    `fields` names text fields, each with a relative weight if it is to get more or fewer faults than the others. `by` names a
    choice or quota field over families of faults and `none`, which says what a record gets; a profile that acts everywhere
    needs none. `severity` in [0, 1] replaces the profile's. `language` (BCP 47) chooses the keyboard. `marks` says which types
    of spans operators may take for a `date`, a `company`, a `heading` and so on; `TYPE:fact` takes those of one fact alone.
    `lists` holds the recipe's own words by name: pairs of names for one thing (`aliases`), for example; `values` names text
    fields that hold words of each record (`keywords`). Operators whose lists or values a recipe does not give take no part in
    it. `same` names choice and quota fields, such as a target and a split, in which a duplicate must agree with the record that
    it copies; without it there are no duplicates. `about` says of a field whether its text speaks of a `person`, as all do that
    are not named, or as a `post` does: what a person says of himself is not put there. `groups` names operators, of whatever
    families, that `by` may ask for beside these families: a list of them, or a mapping to their weights.

    Raises `UsageError` for names that are not there and numbers out of range.
    """
    chosen = named(profile) if isinstance(profile, str) else profile
    weights = dict(fields) if isinstance(fields, Mapping) else dict.fromkeys(fields, 1)
    return Faults(
        tuple(weights.items()),
        chosen if severity is None else chosen.with_severity(severity),
        by,
        language,
        tuple((name, tuple(types)) for name, types in (marks or {}).items()),
        tuple((name, tuple(entries)) for name, entries in (lists or {}).items()),
        tuple((values or {}).items()),
        tuple(same or ()),
        tuple((name, _weighted(name, listed)) for name, listed in (groups or {}).items()),
        tuple((about or {}).items()),
    )


def _weighted(group: str, listed: Sequence[str] | Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Return the operators of a group with their weights; raises `UsageError` for names that are not there."""
    weights = (
        dict(listed)
        if isinstance(listed, Mapping)
        else {name: BY_NAME[name].weight for name in listed if name in BY_NAME}
    )
    wrong = [name for name in listed if name not in BY_NAME or BY_NAME[name].target in {"facts", "records"}]
    if wrong or not weights or group in {"none", *FAMILIES}:
        told = (
            unknown("operator on texts", wrong[0], list(BY_NAME))
            if wrong
            else "expected operators, and no family's name"
        )
        raise UsageError(f"faults: group {group!r}: {told}")
    return tuple(weights.items())
