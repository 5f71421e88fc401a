"""Faulting: the faults of a recipe, put into the finished texts of a batch, operator by operator, each kept as an edit.

Which operators a record gets, in which of its texts, and what they do are draws keyed by (seed, recipe, what is drawn, record), so
that neither the batch nor the faults of other records decide it. The texts themselves never depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from treadle import draw
from treadle.columns import PLAIN, Category, Rewritten, Written
from treadle.corrupt.choosing import ALWAYS, rate_of
from treadle.corrupt.operators import Setting
from treadle.corrupt.passes import Settled, applied, settle
from treadle.corrupt.table import FAMILIES, TABLE
from treadle.corrupt.texts import Stretches, Texts
from treadle.edits import DAMAGED, SCHEMA, Edits, remap, with_final_places
from treadle.errors import RecipeError, unknown
from treadle.pieces import code_points, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from treadle.batch import Scope
    from treadle.columns import Column, FieldType
    from treadle.corrupt.operators import Operator
    from treadle.declarations import Faults
    from treadle.draw import States
    from treadle.pieces import Ints, PieceTable
    from treadle.recipe import Recipe

MOST_AT_ONCE = 3
"""How many operators more than one a record of a family gets at most, at severity 1."""


@dataclass
class Faulted:
    """The texts of a batch with their faults, by field, and the edits that made them, by field."""

    columns: dict[str, Column] = field(default_factory=dict)
    edits: dict[str, Edits] = field(default_factory=dict)


class Faulter:
    """Puts in the faults that a recipe asks for; holds no state that changes."""

    def __init__(
        self, faults: Faults, recipe: str, seed: int, types: Mapping[str, FieldType], table: PieceTable
    ) -> None:
        """Check the fields; raises `RecipeError` for one that is no text, and for a `by` that is no choice."""
        self._faults, self._recipe, self._seed, self._table = faults, recipe, seed, table
        profile = faults.profile
        self._values = dict(faults.values)
        for name in (*dict(faults.fields), *self._values.values()):
            if name not in types or types[name].kind != "text":
                texts = [each for each, kind in types.items() if kind.kind == "text"]
                raise RecipeError(f"faults: {unknown('text field', name, texts)}")
        self._families = self._codes(types) if not profile.everywhere else {}
        self._weights = {name: weight for name, weight in faults.fields if weight}
        marked = dict(faults.marks)
        self._marks = {name: marked.get(name, (name,)) for each in TABLE for name in each.needs}
        self._setting = Setting(profile.severity, faults.language, dict(faults.lists))

    def _codes(self, types: Mapping[str, FieldType]) -> dict[str, int]:
        """Return the code of each family in the field that names them."""
        by = self._faults.by
        if by not in types or types[by].kind != "category":
            choices = [each for each, kind in types.items() if kind.kind == "category"]
            raise RecipeError(
                f"faults: {unknown('choice or quota field', by, choices)}; by=FIELD says what each record gets"
            )
        entries = [str(entry) for entry in types[by].values.entries]
        wrong = [entry for entry in entries if entry not in {"none", *FAMILIES}]
        if wrong:
            raise RecipeError(f"faults: field {by!r}: {unknown('family of faults', wrong[0], ['none', *FAMILIES])}")
        return {entry: code for code, entry in enumerate(entries) if entry != "none"}

    def put_in(self, scope: Scope, labels: list[tuple[str, str]]) -> Faulted:
        """Return the texts of a batch with their faults; `labels` are those of the spans."""
        chosen = self._everywhere(scope) if self._faults.profile.everywhere else self._by_family(scope)
        made = Faulted()
        fields = {
            name: _Field(self, name, scope, column, labels)
            for name in self._weights
            if isinstance(column := scope.columns[name], Written)
        }
        for number, each in enumerate(TABLE):
            for name, rows in chosen.get(number, {}).items():
                fields[name].go(number, each, rows)
        for rows, family in self._families_of(scope):
            self._at_least_one(fields, rows, family)
        for name, each in fields.items():
            if each.passes:
                made.columns[name], made.edits[name] = each.finished()
        return made

    def _families_of(self, scope: Scope) -> Iterator[tuple[Ints, str]]:
        """Yield the rows of each family that puts faults into texts."""
        if self._faults.profile.everywhere:
            return
        column = scope.get(self._faults.by, Category)
        for family, code in self._families.items():
            rows = np.flatnonzero(column.codes == code)
            if rows.size:
                yield rows, family

    def states(self, scope: Scope, rows: Ints, *path: str) -> States:
        """Return one state a row in a stream of its own."""
        key = draw.path_key(self._seed, self._recipe, "faults", *path)
        return draw.record_states(key, scope.records[rows], None if scope.attempts is None else scope.attempts[rows])

    def _everywhere(self, scope: Scope) -> dict[int, dict[str, Ints]]:
        """Return the rows of each operator and field where operators act with rates of their own."""
        chosen: dict[int, dict[str, Ints]] = {}
        everyone = np.arange(len(scope))
        for number, each in enumerate(TABLE):
            rate = self._faults.profile.operators.get(each.name, 0)
            if not rate or each.function is None or not self._can(each):
                continue
            for name in self._weights:
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
            weights = np.array([int(profile.operators.get(each.name, 1) * 1000) for _, each in passes], np.int64)
            most = min(1 + round(MOST_AT_ONCE * profile.severity), len(passes))
            count = 1 + draw.below(states, len(passes) + 1, most)
            order = draw.race(states, weights)
            fields = self._drawn_fields(states, len(passes))
            for place, (number, _) in enumerate(passes):
                taken = (order[:, :most] == place) & (np.arange(most) < count[:, None])
                mine = taken.any(axis=1)
                for name, code in zip(self._weights, range(len(self._weights)), strict=True):
                    chosen.setdefault(number, {})[name] = rows[mine & (fields[:, place] == code)]
        return chosen

    def _passes(self, family: str) -> list[tuple[int, Operator]]:
        """Return the operators of a family that change texts and are not turned off."""
        off = self._faults.profile.operators
        return [
            (number, each)
            for number, each in enumerate(TABLE)
            if each.family == family and each.function is not None and off.get(each.name, 1) and self._can(each)
        ]

    def _can(self, each: Operator) -> bool:
        """Tell whether the recipe gives an operator the words that it reads."""
        return all(name in self._setting.lists for name in each.lists) and all(
            name in self._values for name in each.values
        )

    def _drawn_fields(self, states: States, operators: int) -> Ints:
        """Draw a field for each record and operator, shape (n, operators)."""
        thresholds = np.cumsum(list(self._weights.values()))
        slots = np.arange(operators)[None, :] + operators + 2
        random = draw.scale(draw.bits(states[:, None], slots), int(thresholds[-1]))
        fields: Ints = np.searchsorted(thresholds, random, side="right")
        return fields

    def _at_least_one(self, fields: dict[str, _Field], rows: Ints, family: str) -> None:
        """Give the records of a family that got no edit at all the first operator that changes any text."""
        for number, each in self._passes(family):
            if not each.always:
                continue
            for one in fields.values():
                rows = rows[~np.logical_or.reduce([np.isin(rows, other.touched()) for other in fields.values()])]
                if rows.size:
                    one.go(number, each, rows, again=True)

    @property
    def table(self) -> PieceTable:
        """The plan's pieces."""
        return self._table

    def setting(self, marked: Mapping[str, Stretches], values: Mapping[str, pa.Array]) -> Setting:
        """Return what an operator reads beside its texts."""
        return replace(self._setting, marked=marked, values=values)

    def values_of(self, each: Operator, scope: Scope, rows: Ints) -> dict[str, pa.Array]:
        """Return the recipe's texts that an operator reads, for some rows."""
        pieces = self._table.written(PLAIN)
        return {
            name: render(pieces, scope.get(self._values[name], Written).rows.take(rows)) for name in each.values
        }

    def types_of(self, mark: str) -> tuple[str, ...]:
        """Return the types of spans that stand for a mark."""
        return self._marks[mark]


class _Field:
    """One text field of a batch while passes go over it: the newest text of each row, and the edits so far."""

    def __init__(
        self, faulter: Faulter, name: str, scope: Scope, column: Written, labels: list[tuple[str, str]]
    ) -> None:
        self._faulter, self._name, self._scope, self._column, self._labels = faulter, name, scope, column, labels
        count = len(column.rows)
        self._version, self._place = np.full(count, -1), np.zeros(count, np.int64)
        self._arrays: list[pa.Array] = []
        self._nulled = np.zeros(count, np.bool_)
        self.passes: list[tuple[int, Operator, Ints, Settled]] = []

    def touched(self) -> Ints:
        """Return the rows that have an edit."""
        found = [rows[np.unique(settled.row)] for _, _, rows, settled in self.passes]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)

    def go(self, number: int, each: Operator, rows: Ints, *, again: bool = False) -> None:
        """Let an operator act on the rows."""
        if self._column.valid is not None:
            rows = rows[self._column.valid[rows]]
        if not rows.size or each.function is None:
            return
        self._render(rows[self._version[rows] < 0])
        array, rows = self._newest(rows)
        states = self._faulter.states(self._scope, rows, *(["again"] if again else []), self._name, each.name)
        texts = Texts(array, states)
        marked = self._marked(texts, rows, each) if each.needs else {}
        setting = self._faulter.setting(marked, self._faulter.values_of(each, self._scope, rows))
        settled = settle(texts, each.function(texts, setting, rate_of(each.rate, setting.severity)))
        if not len(settled.row):
            return
        self.passes.append((number, each, rows, settled))
        changed = np.unique(settled.row)
        after = applied(texts, settled)
        self._version[rows[changed]] = len(self._arrays)
        self._place[rows[changed]] = changed
        self._arrays.append(after)
        if each.nulls:
            self._nulled[rows[changed]] = True

    def _render(self, rows: Ints) -> None:
        if rows.size:
            rows = np.sort(rows)
            self._version[rows], self._place[rows] = len(self._arrays), np.arange(len(rows))
            pieces = self._faulter.table.written(PLAIN)
            self._arrays.append(render(pieces, self._column.rows.take(rows)))

    def _newest(self, rows: Ints) -> tuple[pa.Array, Ints]:
        """Return the newest texts of rows, and the rows in the order in which these come."""
        order = np.lexsort((self._place[rows], self._version[rows]))
        rows = rows[order]
        version, place = self._version[rows], self._place[rows]
        taken = [
            self._arrays[number].take(pa.array(place[version == number])) for number in np.unique(version).tolist()
        ]
        return (taken[0] if len(taken) == 1 else pa.concat_arrays(taken)), rows

    def _marked(self, texts: Texts, rows: Ints, each: Operator) -> dict[str, Stretches]:
        """Return the spans of the types that an operator needs, where these stand now; damaged ones are left out."""
        spans = self._column.spans
        start, end = code_points(self._faulter.table.lengths(), self._column.rows, spans)
        where = np.full(len(self._column.rows), -1)
        where[rows] = np.arange(len(rows))
        found: dict[str, Stretches] = {}
        for mark in each.needs:
            types = self._faulter.types_of(mark)
            wanted = np.array([entity in types for entity, _ in self._labels], np.bool_)
            kept = np.flatnonzero(wanted[spans.label] & (where[spans.row] >= 0)) if len(wanted) else np.zeros(0, int)
            row, first, stop = spans.row[kept], start[kept], end[kept]
            if self.passes:
                records = self._scope.records.astype(np.int64)
                moved = remap(row, first, stop, self._edits(), records)
                whole = (moved.state < DAMAGED) & (moved.end > moved.start)
                row, first, stop = row[whole], moved.start[whole], moved.end[whole]
            found[mark] = texts.stretches(where[row], first, stop)
        return found

    def _edits(self) -> Edits:
        """Return all edits so far."""
        records = self._scope.records.astype(np.int64)
        severity = self._faulter.setting({}, {}).severity
        names = [number for number, *_ in self.passes]
        counts = [len(settled.row) for *_, settled in self.passes]
        which = np.repeat(np.arange(len(names)), counts)
        columns: dict[str, object] = {
            "record": np.concatenate([records[rows[settled.row]] for _, _, rows, settled in self.passes]),
            "pass": np.repeat(np.array(names, np.int32), counts),
            "start": np.concatenate([settled.start for *_, settled in self.passes]),
            "end": np.concatenate([settled.end for *_, settled in self.passes]),
        }
        place = np.concatenate([np.full(len(s.row), -1) if s.place is None else s.place for *_, s in self.passes])
        texts = {
            "before": pa.concat_arrays([settled.before for *_, settled in self.passes]),
            "after": pa.concat_arrays([settled.after for *_, settled in self.passes]),
        }
        total = len(which)
        words = {
            "field": pa.array([self._name] * 1, pa.string()).take(pa.array(np.zeros(total, np.int64))),
            **{
                name: pa.array([str(getattr(each, part)) for _, each, *_ in self.passes], pa.string()).take(
                    pa.array(which)
                )
                for name, part in (("operator", "name"), ("family", "family"), ("label_effect", "effect"))
            },
        }
        made = {
            **{name: pa.array(values) for name, values in columns.items()},
            **texts,
            **words,
            "place": pa.array(place, mask=place < 0),
            "severity": pa.array(np.full(total, severity)),
            "final_start": pa.nulls(total, pa.int64()),
            "final_end": pa.nulls(total, pa.int64()),
        }
        table = pa.table({name: made[name] for name in SCHEMA.names}, schema=SCHEMA)
        order = np.lexsort((columns["end"], columns["start"], columns["record"], columns["pass"]))
        return Edits(table.take(pa.array(order)))

    def finished(self) -> tuple[Rewritten, Edits]:
        """Return the column with its faults, and its edits with their final places."""
        changed = self.touched()
        array, rows = self._newest(changed)
        order = np.argsort(rows)
        column = self._column
        valid = column.valid
        if self._nulled.any():
            valid = ~self._nulled if valid is None else valid & ~self._nulled
        made = Rewritten(replace(column.type, nullable=True), column, changed, array.take(pa.array(order)), valid)
        return made, with_final_places(self._edits(), self._scope.records.astype(np.int64))


def marks_of(recipe: Recipe) -> tuple[str, ...]:
    """Return the types of spans that the operators of a recipe's faults read: texts carry these even where no truth is kept."""
    if recipe.faults is None:
        return ()
    given = dict(recipe.faults.marks)
    return tuple(dict.fromkeys(kind for each in TABLE for mark in each.needs for kind in given.get(mark, (mark,))))
