"""Faults of skills: a sibling held in the place of a skill that is asked for, or a skill of yesterday in that of today's.

`Swaps` puts them into lists of skills where the score stays in its band; `found` tells where lists show one, put in or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from treadle.packs.hiring.fact_kinds import LEGACY, OUTDATED, REPLACED, SIBLINGS
from treadle.packs.hiring.national import countries_of_skills
from treadle.packs.hiring.taxonomy import SIBLING, TechSkillsTaxonomy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_TOOLS = ("language", "tool", "platform")
MOST = 3
"""Relatives of a skill that are tried."""


@dataclass(frozen=True)
class Relatives:
    """What can stand in a skill's place, by fault: `newer` has the skill whose place each takes, `older` those that take it.

    `newer` has the shape (n + 1,), `older` (n + 1, 3), filled with the code of no skill, which is also the last row. Siblings
    are on both sides, and have `older` alone. Skills of one country are put into nobody's list.
    """

    newer: Mapping[int, Ints]
    older: Mapping[int, Ints]

    @classmethod
    def of(cls, taxonomy: TechSkillsTaxonomy) -> Relatives:
        """Read siblings, successors and years of decline from a taxonomy."""
        away = countries_of_skills()
        own = np.array([name not in away for name in (*taxonomy.names, "")])
        newer = {OUTDATED: _newer(taxonomy, outdated=True), LEGACY: _newer(taxonomy, outdated=False)}
        newer = {fault: np.where(own[table] | ~own, table, len(own) - 1) for fault, table in newer.items()}
        near = (taxonomy.similarity == SIBLING) & own
        older = {fault: _turned(np.where(own, table, len(own) - 1)) for fault, table in newer.items()}
        return cls(newer, {**older, SIBLINGS: _first_of([np.flatnonzero(row) for row in near], len(near) - 1)})


def _newer(taxonomy: TechSkillsTaxonomy, *, outdated: bool) -> Ints:
    """Return the skill of today for each that declined, or each tool with a successor; a sibling where none succeeded it."""
    none = len(taxonomy.names)
    found = np.full(none + 1, none, np.int64)
    for place, skill in enumerate(taxonomy.skills.values()):
        if outdated and skill.declined:
            current = [each for each in taxonomy.siblings(skill.name) if not taxonomy.skills[each].declined]
            found[place] = taxonomy.code.get(
                next(iter([skill.successor, *current] if skill.successor else current), ""), none
            )
        elif not outdated and skill.kind in _TOOLS:
            found[place] = taxonomy.code.get(skill.successor, none)
    return found


def _turned(newer: Ints) -> Ints:
    none = len(newer) - 1
    return _first_of([np.flatnonzero(newer == place) if place < none else newer[:0] for place in range(none + 1)], none)


def _first_of(rows: Sequence[Ints], none: int) -> Ints:
    table = np.full((none + 1, MOST), none, np.int64)
    for line, row in zip(table, rows, strict=True):
        line[: len(row)] = row[:MOST]
    return table


class Pairs(NamedTuple):
    """For each row a skill that is missing and the one that is held in its place, (n,), and whether there are such."""

    missing: Ints
    held: Ints
    there: Bools


def found(
    relatives: Relatives, similarity: NDArray[np.uint8], fault: int, held: Ints, asked: Ints, wished: Ints
) -> Pairs:
    """Return the first place where lists (matrices filled with no skill) show a fault of `REPLACED`, one row a record."""
    none = len(similarity) - 1
    if fault == SIBLINGS:
        spare = (held < none) & ~_among(held, asked, none) & ~_among(held, wished, none)
        missing = (asked < none) & ~_among(asked, held, none)
        fits = (similarity[asked[:, :, None], held[:, None, :]] == SIBLING) & missing[:, :, None] & spare[:, None, :]
        flat = fits.reshape(len(held), asked.shape[1] * held.shape[1])
        first = flat.argmax(axis=1)
        rows = np.arange(len(held))
        there = np.asarray(flat.any(axis=1))
        return Pairs(asked[rows, first // held.shape[1]], held[rows, first % held.shape[1]], there)
    today = relatives.newer[fault][held]
    fits = (today < none) & ~_among(today, held, none)
    first = fits.argmax(axis=1)[:, None]
    old, new = (np.take_along_axis(each, first, axis=1)[:, 0] for each in (held, today))
    shown = np.asarray(fits.any(axis=1))
    return Pairs(new, old, shown)


def _among(codes: Ints, lists: Ints, none: int) -> Bools:
    """Tell of each code whether it stands in the list of its row; no skill stands nowhere."""
    there: Bools = (codes[:, :, None] == lists[:, None, :]).any(axis=2) & (codes < none)
    return there


class Searched(Protocol):
    """What a search over holdings knows: the skills asked for and wished for as matrices, and whether lists fit their bands."""

    similarity: NDArray[np.uint8]
    asked: Ints
    wished: Ints
    none: int

    def fits(self, held: Ints, rows: Ints) -> Bools:
        """Tell whether the scores of lists are in the bands of their rows."""


class Swaps:
    """Puts faults into lists that do not show them by themselves."""

    def __init__(self, search: Searched, relatives: Relatives, must_have: Ints, fault: Ints) -> None:
        """Take a finished search, and the fault of each of its rows."""
        self._search, self._relatives, self._must, self._fault = search, relatives, must_have, fault

    def make(self, held: Ints) -> None:
        """Change lists in place, (n, width), where one swap shows the fault and keeps the score in its band."""
        for fault, rows in ((each, np.flatnonzero(self._fault == each)) for each in REPLACED):
            waiting = self._waiting(held, rows, fault)
            every, older = self._every(held, waiting, fault), self._relatives.older[fault]
            left = np.arange(len(waiting))
            for place in np.flatnonzero((older[every] < self._search.none).any(axis=(0, 2))):
                for turn in range(MOST):
                    missing = every[left, place]
                    left = left[~self._swap(held, waiting[left], missing, older[missing, turn])]

    def _waiting(self, held: Ints, rows: Ints, fault: int) -> Ints:
        search = self._search
        shown = found(self._relatives, search.similarity, fault, held[rows], search.asked[rows], search.wished[rows])
        return rows[~shown.there]

    def _every(self, held: Ints, rows: Ints, fault: int) -> Ints:
        """Return the skills that could give way, a list a row: those asked for, the last first, and of old ones any."""
        search = self._search
        asked = search.asked[rows, ::-1]
        return asked if fault == SIBLINGS else np.concatenate([search.wished[rows], asked, held[rows]], axis=1)

    def _swap(self, held: Ints, rows: Ints, missing: Ints, instead: Ints) -> Bools:
        """Let a skill of each row give way to another, or one of the candidate's own where it is not held; tell where that fits."""
        search, mine = self._search, held[rows]
        none = search.none
        asked = np.concatenate([search.asked[rows], search.wished[rows]], axis=1)
        own = (mine < none) & ~_among(mine, asked, none)
        here = mine == missing[:, None]
        is_held = here.any(axis=1)
        place = np.where(is_held, here.argmax(axis=1), own.shape[1] - 1 - own[:, ::-1].argmax(axis=1))
        can = (missing < none) & (instead < none) & (is_held | own.any(axis=1))
        can &= ~(is_held & (missing == self._must[rows])) & ~(mine == instead[:, None]).any(axis=1)
        can &= ~(asked == instead[:, None]).any(axis=1)
        done = np.zeros(len(rows), np.bool_)
        which = np.flatnonzero(can)
        if which.size:
            trial = mine[which]
            trial[np.arange(len(which)), place[which]] = instead[which]
            good = search.fits(trial, rows[which])
            held[rows[which[good]]] = trial[good]
            done[which[good]] = True
        return done
