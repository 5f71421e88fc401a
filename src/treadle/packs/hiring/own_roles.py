"""Roles of a user's own: named after what people do there, with skills of the taxonomy, and all else like a role that it knows.

No duties are written for such a role. It takes those of the role that it is `like`, with its degrees, certificates and industry;
titles are made from its name.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from treadle.packs.hiring.taxonomy import LEVELS, Role, TechSkillsTaxonomy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from treadle.packs.hiring.lists import OwnList

FEWEST, WIDEST = 8, 26
"""Skills that a role of a user's own must have, and may have."""
WISHED = 3
"""The last of its skills are never required: at least so many."""
HEAVIEST, SURE = 5, 4
"""What the first skill weighs, and how many of the first are never a mere wish."""
TITLES = (("Junior {}", "{} I"), ("{}", "{} II"), ("Senior {}", "{} III"), ("Lead {}", "Principal {}"))
"""Titles at each level, around the name of the role."""
NEEDED = (
    "a role of your own needs columns skills (8 to 26 skills of the taxonomy as a|b|c, the most important first) "
    "and like (the role of the taxonomy whose duties, degrees and certificates it shares)"
)


def with_own_roles(own: OwnList, taxonomy: TechSkillsTaxonomy) -> TechSkillsTaxonomy:
    """Return the taxonomy with the roles of a list that it does not know; raises `UsageError` for those that lack something."""
    made = [_made(own, row, row[own.column()], taxonomy) for row in strangers(own, taxonomy)]
    if not made:
        return taxonomy
    return TechSkillsTaxonomy(
        taxonomy.skills.values(), [*taxonomy.roles.values(), *{role.name: role for role in made}.values()]
    )


def strangers(own: OwnList, taxonomy: TechSkillsTaxonomy) -> list[dict[str, str]]:
    """Return the rows of a list whose roles the taxonomy does not know."""
    known, column = {name.lower() for name in taxonomy.roles}, own.column()
    return [row for row in own.rows if row[column].lower() not in known]


def _made(own: OwnList, row: Mapping[str, str], name: str, taxonomy: TechSkillsTaxonomy) -> Role:
    model, listed = row.get("like", ""), [each.strip() for each in row.get("skills", "").split("|") if each.strip()]
    if not listed or not model:
        raise own.wrong(f"role {name!r} is none of the taxonomy: {_nearest(name, taxonomy.roles)}; {NEEDED}")
    like = {each.lower(): each for each in taxonomy.roles}.get(model.lower())
    if like is None:
        raise own.wrong(f"role {name!r}: like={model!r} is none of the taxonomy: {_nearest(model, taxonomy.roles)}")
    lower = {alias.lower(): each for alias, each in taxonomy.by_alias.items()}
    stray = [each for each in listed if each.lower() not in lower]
    if stray:
        told = f"{_nearest(stray[0], taxonomy.by_alias)}, or bring it with --vocab skills=FILE"
        raise own.wrong(f"role {name!r}: skill {stray[0]!r} is none of the taxonomy: {told}")
    skills = tuple(dict.fromkeys(lower[each.lower()] for each in listed))
    if not FEWEST <= len(skills) <= WIDEST:
        raise own.wrong(f"role {name!r} has {len(skills)} skills: expected {FEWEST} to {WIDEST}")
    if all(taxonomy.skills[each].kind == "soft" for each in skills[: len(skills) - WISHED]):
        raise own.wrong(
            f"role {name!r} asks for soft skills alone: expected one at least of another kind before the last {WISHED}"
        )
    return _like(taxonomy.roles[like], name, skills)


def _like(model: Role, name: str, skills: tuple[str, ...]) -> Role:
    """Return a role that weighs its skills by their order, and is otherwise the model."""
    wished = max(WISHED, len(skills) // 4)
    required = [max(1, HEAVIEST - place // 2) * (place < len(skills) - wished) for place in range(len(skills))]
    preferred = [0 if place < SURE else 2 for place in range(len(skills))]
    title = " ".join(word[:1].upper() + word[1:] for word in name.split())
    return replace(
        model,
        name=name,
        titles=tuple(tuple(form.format(title) for form in forms) for forms in TITLES),
        near=(model.name,),
        skills=skills,
        required=tuple((weight,) * len(LEVELS) for weight in required),
        preferred=tuple((weight,) * len(LEVELS) for weight in preferred),
        lowest=0,
    )


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name.lower(), list(known), 3)
    return f"did you mean {' or '.join(map(repr, near))}?" if near else "treadle describe hiring lists those there are"
