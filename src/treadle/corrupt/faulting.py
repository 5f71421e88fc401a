"""Faulting: the faults of a recipe, put into the finished texts of a batch, operator by operator, each kept as an edit.

Which operators a record gets, in which of its texts, and what they do are draws keyed by (seed, recipe, what is drawn, record), so
that neither the batch nor the faults of other records decide it. The texts themselves never depend on it.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

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
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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


class Chosen(NamedTuple):
    """Operators by number, the field of the text that each acts on, by its number among those of the faults, and the row, (n,)."""

    operator: Ints
    field: Ints
    row: Ints

    @classmethod
    def all_of(cls, operator: int, field: int, rows: Ints) -> Chosen:
        """Choose one operator, for one field, in some rows."""
        return cls(np.full(len(rows), operator), np.full(len(rows), field), rows)

    @classmethod
    def together(cls, several: Sequence[Chosen]) -> Chosen:
        """Put several choices into one."""
        none = np.zeros(0, np.int64)
        return cls(*(np.concatenate(parts) for parts in zip((none, none, none), *several, strict=True)))


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
        fields, copied = TextFields(self, scope, columns), np.zeros(len(scope), np.bool_)
        copied[copies.rows] = True
        chosen = self._everywhere(scope) if self._faults.profile.everywhere else self._by_family(scope, self._families)
        fields.act(*self._texts(chosen, fields, copied))
        families = list(self._families_of(scope))
        self._at_least_one(fields, {family: rows[~copied[rows]] for rows, family in families})
        if copies.rows.size:
            self._copy(fields, copies)
            self._at_least_one(fields, {family: rows[copied[rows]] for rows, family in families})
        return Faulted(fields.finished(), fields.keys(keep) if keep else {})

    def _texts(self, chosen: Chosen, fields: TextFields, copied: Bools) -> tuple[Ints, Ints]:
        """Return operators and the texts chosen for them, (n,) each, by number; rows that are to be duplicates get nothing else."""
        place = np.array([fields.names.index(name) if name in fields.names else -1 for name in self._fields])
        acts = _acting()[chosen.operator] & ~copied[chosen.row] & (place[chosen.field] >= 0)
        operator, field, row = (each[acts] for each in chosen)
        return operator, place[field] * len(copied) + row

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
        rows, operator = _duplicates(self._by_family(scope, self._copying))
        if not rows.size:
            return Duplicates.none()
        states = self.states(scope, rows, "duplicates")
        source = earlier(scope.records[rows], states, facts, self._faults.by, list(self._faults.same))
        found = np.flatnonzero(source >= 0)
        return Duplicates(scope.records[rows[found]], operator[found], states[found], source[found].astype(np.uint64))

    @cached_property
    def _copying(self) -> list[str]:
        """The families that may make a record a duplicate."""
        return [name for name in self._families if {EXACT, NEAR} & {number for number, _ in self._passes(name)}]

    def _families_of(self, scope: Scope, names: Iterable[str] | None = None) -> Iterator[tuple[Ints, str]]:
        """Yield the rows of each family that puts faults into texts, or of some of them."""
        if self._faults.profile.everywhere:
            return
        column = scope.get(self._faults.by, Category)
        for family in self._families if names is None else names:
            rows = np.flatnonzero(column.codes == self._families[family])
            if rows.size:
                yield rows, family

    def key(self, *path: str) -> int:
        """Return the key of a stream of its own."""
        return draw.path_key(self._seed, self._recipe, "faults", *path)

    def states(self, scope: Scope, rows: Ints, *path: str) -> States:
        """Return one state a row in a stream of its own."""
        key = self.key(*path)
        return draw.record_states(key, scope.records[rows], None if scope.attempts is None else scope.attempts[rows])

    def _everywhere(self, scope: Scope) -> Chosen:
        """Return the operators and texts where operators act with rates of their own."""
        chosen: list[Chosen] = []
        everyone = np.arange(len(scope))
        for number, each in enumerate(TABLE):
            rate = self._faults.profile.operators.get(each.name, 0)
            if not rate or each.function is None or not self._can(each):
                continue
            for name in self._weighed(each):
                states = self.states(scope, everyone, "everywhere", name, each.name)
                rows = everyone[draw.chance(states, 0, int(rate * ALWAYS))] if rate < 1 else everyone
                chosen.append(Chosen.all_of(number, self._fields.index(name), rows))
        return Chosen.together(chosen)

    def _by_family(self, scope: Scope, names: Iterable[str]) -> Chosen:
        """Return the operators and texts of some families: each record gets a few of the operators of its family."""
        chosen: list[Chosen] = []
        for rows, family in self._families_of(scope, names):
            passes = self._passes(family)
            if not passes:
                continue
            states = self.states(scope, rows, "operators", family)
            most = min(1 + round(MOST_AT_ONCE * self._faults.profile.severity), len(passes))
            count = 1 + draw.below(states, len(passes) + 1, most)
            order = draw.race(states, self._weights_of(family))[:, :most]
            record, nth = np.nonzero(np.arange(most) < count[:, None])
            place = order[record, nth]
            for which in self._alike(passes):
                mine = np.flatnonzero(which[place])
                chosen += self._fields_of(passes, place[mine], states[record[mine]], rows[record[mine]])
        return Chosen.together(chosen)

    def _weights_of(self, family: str) -> Ints:
        """Return the weights of a family's operators, in thousandths."""
        own, given = self._groups.get(family, {}), self._faults.profile.operators
        return np.array(
            [int(given.get(each.name, own.get(each.name, each.weight)) * 1000) for _, each in self._passes(family)],
            np.int64,
        )

    def _alike(self, passes: list[tuple[int, Operator]]) -> list[Bools]:
        """Tell of each of some operators whether it is of each kind: those of a kind choose among the same texts."""
        kinds = [(each.together, each.about) for _, each in passes]
        return [np.array([kind == one for kind in kinds], np.bool_) for one in dict.fromkeys(kinds)]

    def _fields_of(
        self, passes: list[tuple[int, Operator]], place: Ints, states: States, rows: Ints
    ) -> Iterator[Chosen]:
        """Yield the texts of operators of one kind, (n,) each by place among a family's: one drawn, or all there are."""
        if not len(place):
            return
        each = passes[int(place[0])][1]
        number = np.array([number for number, _ in passes])[place]
        if each.together:
            for code, name in enumerate(self._fields):
                if self.about_of(name) in each.about:
                    yield Chosen(number, np.full(len(rows), code), rows)
            return
        names = [self._fields.index(name) for name in self._weighed(each)]
        thresholds = np.cumsum(list(self._weighed(each).values()))
        random = draw.scale(draw.bits(states, len(passes) + 2 + place), int(thresholds[-1]))
        yield Chosen(number, np.array(names)[np.searchsorted(thresholds, random, side="right")], rows)

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

    def _at_least_one(self, fields: TextFields, rows: dict[str, Ints]) -> None:
        """Give the records of each family that got no edit at all the first operator that changes any text.

        What the families try first is tried at once, then what they try next: they have no record in common.
        """
        tries = [self._tries(fields, family) for family in rows]
        for turn in range(max(map(len, tries), default=0)):
            operator, text = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
            for family, own in zip(rows, tries, strict=True):
                if turn < len(own):
                    number, name = own[turn]
                    rows[family] = fields.untouched(rows[family])
                    operator.append(np.full(len(rows[family]), number))
                    text.append(fields.texts_of(name, rows[family]))
            fields.act(np.concatenate(operator), np.concatenate(text), again=True)

    def _tries(self, fields: TextFields, family: str) -> list[tuple[int, str]]:
        """Return the operators of a family that change every text, and the texts that they act on."""
        return [
            (number, name)
            for number, each in self._passes(family)
            if each.always
            for name in self._weighed(each)
            if name in fields.names
        ]

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


def _duplicates(chosen: Chosen) -> tuple[Ints, Ints]:
    """Return the rows that are to be duplicates, each once, and the number of the operator that makes them so."""
    which = np.flatnonzero((chosen.operator == EXACT) | (chosen.operator == NEAR))
    which = which[np.lexsort((chosen.operator[which], chosen.row[which]))]
    rows, first = np.unique(chosen.row[which], return_index=True)
    return rows, chosen.operator[which[first]]


@cache
def _acting() -> Bools:
    """Tell of each operator of the table whether it acts on texts by itself."""
    return np.array([each.function is not None for each in TABLE], np.bool_)


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
