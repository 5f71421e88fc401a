"""Faulting: the faults of a recipe, put into the finished texts of a batch, operator by operator, each kept as an edit.

Which operators a record gets, in which of its texts, and what they do are draws keyed by (seed, recipe, what is drawn, record), so
that neither the batch nor the faults of other records decide it. The texts themselves never depend on it.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from treadle import draw
from treadle.columns import Category, Written
from treadle.corrupt.choosing import ALWAYS
from treadle.corrupt.duplicates import Duplicates, earlier, nearly
from treadle.corrupt.operators import ABOUT, Setting
from treadle.corrupt.table import FAMILIES, TABLE, names_of
from treadle.corrupt.text_fields import TextFields
from treadle.errors import RecipeError, unknown
from treadle.pieces import PLAIN, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from treadle.batch import Scope
    from treadle.columns import Column, FieldType
    from treadle.compiling import Compiling
    from treadle.corrupt.duplicates import Copies, Facts
    from treadle.corrupt.operators import About, Operator
    from treadle.corrupt.texts import Bools, Stretches
    from treadle.declarations import Faults
    from treadle.draw import States
    from treadle.edits import Edits
    from treadle.pieces import Ints, PieceTable
    from treadle.recipe import Recipe

EXACT, NEAR = (names_of().index(name) for name in ("exact_duplicate", "near_duplicate"))
MOST_AT_ONCE = 2
"""How many operators more than one a record of a family gets at most, at severity 1."""


@dataclass
class Faulted:
    """The texts of a batch with their faults, by field, and the edits that made them, by field."""

    columns: dict[str, Column] = field(default_factory=dict)
    edits: dict[str, Edits] = field(default_factory=dict)


class Faulter:
    """Puts in the faults that a recipe asks for; holds no state that changes."""

    def __init__(self, faults: Faults, context: Compiling) -> None:
        """Take a recipe that is compiled; raises `RecipeError` for a field that is no text, and for a `by` that is no choice."""
        self._faults, self._recipe, self._seed = faults, context.recipe.name, context.seed
        self._table, self._labels, types = context.table, context.labels, context.own
        profile = faults.profile
        self._groups = {name: dict(weights) for name, weights in faults.groups}
        self._values = dict(faults.values)
        for name in (*dict(faults.fields), *self._values.values()):
            if name not in types or types[name].kind != "text":
                texts = [each for each, kind in types.items() if kind.kind == "text"]
                raise RecipeError(f"faults: {unknown('text field', name, texts)}")
        self._families = self._codes(types) if not profile.everywhere else {}
        self._weights = {name: weight for name, weight in faults.fields if weight}
        self._fields = [name for name, _ in faults.fields]
        marked = dict(faults.marks)
        self._marks = {name: marked.get(name, (name,)) for each in TABLE for name in each.reads}
        entities = {entity for entity, _ in self._labels}
        self._marked = {name for name, types in self._marks.items() if entities & {_type(each) for each in types}}
        self._setting = Setting(profile.severity, faults.language, dict(faults.lists))
        self._about = self._told_about(dict(faults.about))

    def _told_about(self, about: Mapping[str, str]) -> dict[str, About]:
        """Return what each text is about, where the recipe says it."""
        for name, what in about.items():
            if name not in self._fields:
                raise RecipeError(f"faults: about: {unknown('field with faults', name, self._fields)}")
            if what not in ABOUT:
                raise RecipeError(f"faults: about={{{name!r}: {what!r}}}: expected {' or '.join(map(repr, ABOUT))}")
        return {name: each for name, what in about.items() for each in ABOUT if each == what}

    def _codes(self, types: Mapping[str, FieldType]) -> dict[str, int]:
        """Return the code of each family in the field that names them."""
        by = self._faults.by
        if by not in types or types[by].kind != "category":
            choices = [each for each, kind in types.items() if kind.kind == "category"]
            raise RecipeError(
                f"faults: {unknown('choice or quota field', by, choices)}; by=FIELD says what each record gets"
            )
        entries = [str(entry) for entry in types[by].values.entries]
        known = ["none", *self._groups, *FAMILIES]
        wrong = [entry for entry in entries if entry not in known]
        if wrong:
            raise RecipeError(f"faults: field {by!r}: {unknown('family of faults', wrong[0], known)}")
        return {entry: code for code, entry in enumerate(entries) if entry != "none"}

    def reading(self, table: PieceTable) -> Faulter:
        """Return the same faults for texts whose pieces are in another table."""
        other = copy(self)
        other._table = table  # noqa: SLF001  # its own
        return other

    def put_in(self, scope: Scope, copies: Copies, *, keep: int) -> Faulted:
        """Return the texts of a batch with their faults, and the edits that made them, of its first `keep` records."""
        columns = {name: column for name in self._fields if isinstance(column := scope.columns[name], Written)}
        if not columns:
            return Faulted()
        fields = TextFields(self, scope, columns)
        chosen = self._everywhere(scope) if self._faults.profile.everywhere else self._by_family(scope)
        fields.act(*_flat(chosen, fields, copies.rows))
        families = list(self._families_of(scope))
        for rows, family in families:
            self._at_least_one(fields, rows[~np.isin(rows, copies.rows)], family)
        if copies.rows.size:
            self._copy(fields, copies)
            for rows, family in families:
                self._at_least_one(fields, rows[np.isin(rows, copies.rows)], family)
        return Faulted(fields.finished(), fields.keys(keep) if keep else {})

    def _copy(self, fields: TextFields, copies: Copies) -> None:
        """Make duplicates of the rows that are to be some: with the final texts of what they copy."""
        for name in fields.names:
            after = fields.newest(fields.texts_of(name, copies.which))
            if name in self._weights:
                near = nearly(after, copies.states, self._setting)
                slips = np.flatnonzero(copies.operator == NEAR)
                order = np.arange(len(after))
                order[slips] += len(after)
                after = pa.concat_arrays([after, near]).take(pa.array(order))
            fields.become(copies.operator, fields.texts_of(name, copies.rows), after)

    @property
    def copies(self) -> bool:
        """Whether there can be duplicates."""
        return bool(self._faults.same) and not self._faults.profile.everywhere

    def duplicates(self, scope: Scope, facts: Facts) -> Duplicates:
        """Return which records are to be duplicates, and of which earlier ones.

        The scope may hold no more than the facts that duplicates go by, which `facts` returns of any records.
        """
        rows, operator = self._duplicates(self._by_family(scope))
        if not rows.size:
            return Duplicates.none()
        states = self.states(scope, rows, "duplicates")
        source = earlier(scope.records[rows], states, facts, self._faults.by, list(self._faults.same))
        found = np.flatnonzero(source >= 0)
        return Duplicates(scope.records[rows[found]], operator[found], states[found], source[found].astype(np.uint64))

    def _duplicates(self, chosen: dict[int, dict[str, Ints]]) -> tuple[Ints, Ints]:
        """Return the rows that are to be duplicates, each once, and the number of the operator that makes them so."""
        found: dict[int, int] = {}
        for number in (EXACT, NEAR):
            for rows in chosen.pop(number, {}).values():
                for row in rows.tolist():
                    found.setdefault(row, number)
        ordered = sorted(found)
        return np.array(ordered, np.int64), np.array([found[row] for row in ordered], np.int64)

    def _families_of(self, scope: Scope) -> Iterator[tuple[Ints, str]]:
        """Yield the rows of each family that puts faults into texts."""
        if self._faults.profile.everywhere:
            return
        column = scope.get(self._faults.by, Category)
        for family, code in self._families.items():
            rows = np.flatnonzero(column.codes == code)
            if rows.size:
                yield rows, family

    def key(self, *path: str) -> int:
        """Return the key of a stream of its own."""
        return draw.path_key(self._seed, self._recipe, "faults", *path)

    def states(self, scope: Scope, rows: Ints, *path: str) -> States:
        """Return one state a row in a stream of its own."""
        key = self.key(*path)
        return draw.record_states(key, scope.records[rows], None if scope.attempts is None else scope.attempts[rows])

    def _everywhere(self, scope: Scope) -> dict[int, dict[str, Ints]]:
        """Return the rows of each operator and field where operators act with rates of their own."""
        chosen: dict[int, dict[str, Ints]] = {}
        everyone = np.arange(len(scope))
        for number, each in enumerate(TABLE):
            rate = self._faults.profile.operators.get(each.name, 0)
            if not rate or each.function is None or not self._can(each):
                continue
            for name in self._weighed(each):
                states = self.states(scope, everyone, "everywhere", name, each.name)
                rows = everyone[draw.chance(states, 0, int(rate * ALWAYS))] if rate < 1 else everyone
                chosen.setdefault(number, {})[name] = rows
        return chosen

    def _by_family(self, scope: Scope) -> dict[int, dict[str, Ints]]:
        """Return the rows of each operator and field: each record gets a few of the operators of its family."""
        chosen: dict[int, dict[str, Ints]] = {}
        profile = self._faults.profile
        for rows, family in self._families_of(scope):
            passes = self._passes(family)
            if not passes:
                continue
            states = self.states(scope, rows, "operators", family)
            own = self._groups.get(family, {})
            weights = np.array(
                [int(profile.operators.get(each.name, own.get(each.name, each.weight)) * 1000) for _, each in passes],
                np.int64,
            )
            most = min(1 + round(MOST_AT_ONCE * profile.severity), len(passes))
            count = 1 + draw.below(states, len(passes) + 1, most)
            order = draw.race(states, weights)
            for place, (number, each) in enumerate(passes):
                taken = (order[:, :most] == place) & (np.arange(most) < count[:, None])
                mine = taken.any(axis=1)
                here = chosen.setdefault(number, {})
                if each.together:
                    here |= dict.fromkeys(
                        (name for name in self._fields if self.about_of(name) in each.about), rows[mine]
                    )
                else:
                    which = self._drawn_field(states, each, len(passes) + 2 + place)
                    here |= {name: rows[mine & (which == code)] for code, name in enumerate(self._weighed(each))}
        return chosen

    def _passes(self, family: str) -> list[tuple[int, Operator]]:
        """Return the operators of a family, or of a group, that change texts and are not turned off."""
        off, group = self._faults.profile.operators, self._groups.get(family)
        return [
            (number, each)
            for number, each in enumerate(TABLE)
            if (each.name in group if group is not None else each.family == family)
            and off.get(each.name, 1)
            and self._can(each)
        ]

    def _can(self, each: Operator) -> bool:
        """Tell whether the recipe gives an operator what it reads; operators on facts are the recipe's own affair."""
        if each.target == "records":
            return bool(self._faults.same)
        return (
            each.function is not None
            and bool(self._weighed(each))
            and all(name in self._marked for name in each.needs)
            and all(name in self._setting.lists for name in each.lists)
            and all(name in self._values for name in each.values)
        )

    def about_of(self, name: str) -> About:
        """Return what a text is about."""
        return self._about.get(name, ABOUT[0])

    def _weighed(self, each: Operator) -> dict[str, int]:
        """Return the texts that an operator acts on, with their weights."""
        return {name: weight for name, weight in self._weights.items() if self.about_of(name) in each.about}

    def _drawn_field(self, states: States, each: Operator, slot: int) -> Ints:
        """Draw one of the texts that an operator acts on for each record, as its number among them, (n,)."""
        thresholds = np.cumsum(list(self._weighed(each).values()))
        random = draw.scale(draw.bits(states, slot), int(thresholds[-1]))
        fields: Ints = np.searchsorted(thresholds, random, side="right")
        return fields

    def _at_least_one(self, fields: TextFields, rows: Ints, family: str) -> None:
        """Give the records of a family that got no edit at all the first operator that changes any text."""
        for number, each in self._passes(family):
            if not each.always:
                continue
            for name in self._weighed(each):
                rows = fields.untouched(rows)
                if rows.size:
                    fields.act(np.full(len(rows), number), fields.texts_of(name, rows), again=True)

    @property
    def table(self) -> PieceTable:
        """The plan's pieces."""
        return self._table

    def setting(self, marked: Mapping[str, Stretches], values: Mapping[str, pa.Array], about: About) -> Setting:
        """Return what an operator reads beside the texts."""
        return replace(self._setting, marked=marked, values=values, about=about)

    def values_of(self, each: Operator, scope: Scope, rows: Ints) -> dict[str, pa.Array]:
        """Return the recipe's texts that an operator reads, for some rows."""
        pieces = self._table.written(PLAIN)
        return {name: render(pieces, scope.get(self._values[name], Written).rows.take(rows)) for name in each.values}

    def held(self, each: Operator) -> list[str]:
        """Return the marks that an operator is shown, those alone that the recipe has."""
        return [mark for mark in dict.fromkeys(each.reads) if mark in self._marked]

    def labels_of(self, mark: str) -> Bools:
        """Tell of each label of spans whether it stands for a mark."""
        return self._labelled[mark]

    @cached_property
    def _labelled(self) -> dict[str, Bools]:
        return {
            mark: np.array([entity in types or f"{entity}:{fact}" in types for entity, fact in self._labels], np.bool_)
            for mark, types in self._marks.items()
        }

    @cached_property
    def readable(self) -> Bools:
        """Tell of each label of spans whether it stands for any mark."""
        read = {_type(each) for types in self._marks.values() for each in types}
        return np.array([entity in read for entity, _ in self._labels], np.bool_)


def _flat(chosen: Mapping[int, Mapping[str, Ints]], fields: TextFields, without: Ints) -> tuple[Ints, Ints]:
    """Return operators and the texts chosen for them, (n,) each, by number; rows that are to be duplicates get nothing else."""
    texts = [
        (number, fields.texts_of(name, rows[~np.isin(rows, without)] if without.size else rows))
        for number, by_field in chosen.items()
        for name, rows in by_field.items()
        if name in fields.names and TABLE[number].function is not None
    ]
    if not texts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    counts = [len(text) for _, text in texts]
    return np.repeat([number for number, _ in texts], counts), np.concatenate([text for _, text in texts])


def marks_of(recipe: Recipe) -> tuple[str, ...]:
    """Return the types of spans that the operators of a recipe's faults read: texts carry these even where no truth is kept."""
    if recipe.faults is None:
        return ()
    given = dict(recipe.faults.marks)
    return tuple(
        dict.fromkeys(_type(kind) for each in TABLE for mark in each.reads for kind in given.get(mark, (mark,)))
    )


def _type(mark: str) -> str:
    """Return the type of spans of a mark, which may name their fact too: `PLACE:home_city`."""
    return mark.partition(":")[0]
