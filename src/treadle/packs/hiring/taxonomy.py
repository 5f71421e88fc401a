"""The taxonomy: skills and roles, how they hang together, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.data import documents, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

LEVELS = ("entry", "mid", "senior", "staff")
DEGREES = ("none", "associate", "bachelor", "master", "doctorate")
INDUSTRIES = ("technology", "finance", "health", "retail", "logistics", "education", "public")
KINDS = ("language", "tool", "platform", "practice", "standard", "soft")
SERVICE = ("support", "finance", "health", "retail", "logistics", "education", "public")
"""Groups whose duties are about people, goods or papers; the others are about systems."""


@dataclass(frozen=True)
class Skill:
    """A technology or ability.

    `kind` says in which sentences it can stand; `introduced` is the year it appeared (0: it always was), `declined` that from which
    it counts as legacy (0: it does not).
    """

    name: str
    category: str
    kind: str
    aliases: tuple[str, ...] = ()
    siblings: tuple[str, ...] = ()
    predecessor: str = ""
    successor: str = ""
    introduced: int = 0
    declined: int = 0


@dataclass(frozen=True)
class Role:
    """A role: its titles and usual degree by level, and its skills with their weights.

    `required` and `preferred` hold, for each of `skills`, four weights of 0 to 5: entry, mid, senior, staff. `least` is the degree
    without which nobody works in the role, where law or custom ask for one; `lowest` the place of the first level at which anybody
    does: nobody begins as an architect or a lead.
    """

    name: str
    group: str
    industry: str
    titles: tuple[tuple[str, ...], ...]
    education: tuple[str, ...]
    degree: tuple[str, ...]
    certificates: tuple[str, ...]
    near: tuple[str, ...]
    skills: tuple[str, ...]
    required: tuple[tuple[int, ...], ...]
    preferred: tuple[tuple[int, ...], ...]
    least: str = DEGREES[0]
    lowest: int = 0


class TechSkillsTaxonomy:
    """Skills and roles by name; `code` is a skill's place in `names`, which the pack's columns count in."""

    def __init__(self, skills: Iterable[Skill] | None = None, roles: Iterable[Role] | None = None) -> None:
        """Take skills and roles, by default those that the pack ships."""
        self.skills = {skill.name: skill for skill in (map(_skill, tables("skills")) if skills is None else skills)}
        self.roles = {role.name: role for role in (map(_role, documents("roles")) if roles is None else roles)}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all skills."""
        return tuple(self.skills)

    @cached_property
    def code(self) -> dict[str, int]:
        """The place of each skill."""
        return {name: code for code, name in enumerate(self.names)}

    @cached_property
    def by_alias(self) -> dict[str, str]:
        """The skill behind each way of writing one, its own name among them."""
        return {alias: skill.name for skill in self.skills.values() for alias in (skill.name, *skill.aliases)}

    def siblings(self, name: str) -> tuple[str, ...]:
        """Return the skills that count as partly equivalent, whichever of the two names the other."""
        near = np.flatnonzero(self.similarity[self.code[name]] == SIBLING)
        return tuple(self.names[code] for code in near)

    def junior(self, name: str) -> str:
        """Return the role that people come from into one that nobody begins in; any other role itself."""
        role = self.roles[name]
        near = [other for other in role.near if other in self.roles and not self.roles[other].lowest]
        return near[0] if role.lowest and near else name

    @cached_property
    def similarity(self) -> NDArray[np.uint8]:
        """How far one skill stands for another, in tenths: 10 the same, 6 a sibling; shape (n + 1, n + 1).

        The last row and column are of no skill at all, so that lists can be padded.
        """
        count = len(self.names)
        held = np.zeros((count + 1, count + 1), np.uint8)
        for skill in self.skills.values():
            for other in skill.siblings:
                held[self.code[skill.name], self.code[other]] = SIBLING
        held = np.maximum(held, held.T)
        np.fill_diagonal(held[:count, :count], SAME)
        return held

    @cached_property
    def introduced(self) -> NDArray[np.int64]:
        """The year of introduction of each skill."""
        return np.array([skill.introduced for skill in self.skills.values()], np.int64)

    @cached_property
    def kind(self) -> NDArray[np.int64]:
        """The kind of each skill, as a place in `KINDS`."""
        return np.array([KINDS.index(skill.kind) for skill in self.skills.values()], np.int64)

    def vocabulary(self) -> td.Vocabulary:
        """Return the skills as a vocabulary whose form `alias` is the way each is most often shortened or rewritten."""
        aliases = {skill.name: skill.aliases[0] for skill in self.skills.values() if skill.aliases}
        return td.vocabulary(self.names, forms={"alias": aliases})

    def problems(self) -> list[str]:
        """Return what does not hold together: names that lead nowhere, aliases of two skills, roles without skills."""
        found, seen = [], dict.fromkeys(self.names, "")
        for skill in self.skills.values():
            named = (*skill.siblings, skill.predecessor, skill.successor)
            stray = [other for other in named if other and other not in self.skills]
            found += [f"skill {skill.name!r} names {other!r}, which is none" for other in stray]
            for alias in skill.aliases:
                if alias in seen:
                    found.append(f"alias {alias!r} of {skill.name!r} is also {seen[alias] or 'a skill'!r}")
                seen[alias] = skill.name
        for role in self.roles.values():
            found += [
                f"role {role.name!r} needs {name!r}, which is none" for name in role.skills if name not in self.skills
            ]
            found += [
                f"role {role.name!r} is near {name!r}, which is none" for name in role.near if name not in self.roles
            ]
        return found


SAME, SIBLING = 10, 6


def _skill(row: dict[str, str]) -> Skill:
    return Skill(
        row["skill"],
        row["category"],
        row["kind"],
        _split(row["aliases"]),
        _split(row["siblings"]),
        row["predecessor"],
        row["successor"],
        int(row["introduced"] or 0),
        int(row["declined"] or 0),
    )


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def _role(entry: dict[str, Any]) -> Role:  # JSON values
    weights = list(entry["skills"].values())
    return Role(
        entry["role"],
        entry["group"],
        entry["industry"] if entry["industry"] in INDUSTRIES else INDUSTRIES[0],
        tuple(tuple(entry["titles"][level]) for level in LEVELS),
        tuple(entry["education"]),
        tuple(entry["degree"][level] for level in LEVELS),
        tuple(entry["certificates"]),
        tuple(entry["near"]),
        tuple(entry["skills"]),
        _digits(weight[0] for weight in weights),
        _digits(weight[1] for weight in weights),
        entry.get("least", DEGREES[0]),
        LEVELS.index(entry.get("lowest", LEVELS[0])),
    )


def _digits(texts: Iterable[str]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(map(int, text)) for text in texts)


def padded(rows: Sequence[Sequence[int]], width: int, fill: int) -> NDArray[np.int64]:
    """Return ragged rows as a matrix, filled up."""
    held = np.full((len(rows), width), fill, np.int64)
    for line, row in zip(held, rows, strict=True):
        line[: len(row)] = row
    return held
