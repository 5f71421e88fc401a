"""Plan: a recipe compiled for one seed. Compiling checks everything and reports all problems at once; the recipe is not changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from treadle import draw, quotas
from treadle.batch import Batch, Scope
from treadle.columns import Children, Column, FieldType, Lists, Number, emptied
from treadle.conditions import Condition, compile_condition
from treadle.errors import Problem, Problems, RecipeError, UsageError, VocabularyError, unknown
from treadle.fields import Each, Field, Quota
from treadle.pieces import PieceTable, starts
from treadle.printing import Digits
from treadle.sinks.lines import JsonLines
from treadle.steps import TABLE
from treadle.steps.derived import call
from treadle.truth import COLUMN, SpanTables
from treadle.vocabularies import Vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle.pieces import Ints
    from treadle.recipe import Recipe

Run = Callable[[Scope], Column]

ATTEMPTS = 8
"""How often a record is drawn before it counts as failed."""
LAST_RECORD = 1 << 62
"""Record numbers are below this."""


@dataclass(frozen=True)
class Step:
    """One field, ready to run: from a scope to a column."""

    name: str
    type: FieldType
    run: Run


@dataclass(frozen=True)
class Gate:
    """One check, ready to run: from a scope to a boolean a record."""

    name: str
    passes: Callable[[Scope], NDArray[np.bool_]]


@dataclass(frozen=True)
class Drawn:
    """A batch, and what became of the records asked for: rejected attempts by check, and the numbers of those that failed."""

    batch: Batch
    rejected: dict[str, int]
    failed: dict[int, str]


class Plan:
    """A compiled recipe. `draw(records)` makes a batch; it holds no state that changes, so threads share a plan."""

    def __init__(self, recipe: Recipe, seed: int, *, trace: bool) -> None:
        """Compile; raises `RecipeError` with every problem found. With `trace` texts carry spans."""
        self.recipe, self.seed, self.trace = recipe, seed, trace
        problems = Problems()
        context = Compiling(recipe, seed, problems)
        self.steps = context.compile()
        self.gates = context.gates()
        context.check_names()
        problems.raise_if_any()
        self.table, self.labels, self.types = context.table, context.labels, context.own
        self.capacities, self.digits = context.capacities, context.digits
        names = Vocabulary(tuple(recipe.columns))
        self._names = FieldType("list", names, self.table.block(names.texts()))
        texts = tuple(name for name in recipe.columns if self.types[name].kind == "text")
        self.spans = SpanTables.of(self.table, context.digits, texts, self.labels) if trace and texts else None

    @cached_property
    def record_bytes(self) -> int:
        """About how many bytes a record has as a JSON line without spans, from the first 64 records."""
        most = min([64, *(size for size, _ in self.capacities.values())])
        batch = self.draw(np.arange(most, dtype=np.uint64)).batch
        return len(JsonLines(self.table).lines(batch.columns, len(batch))) // max(1, len(batch)) + 1

    def check_range(self, first: int, last: int) -> None:
        """Raise `UsageError` where records first..last-1 cannot be made: outside the numbers there are, or more than are unique."""
        if not 0 <= first <= last <= LAST_RECORD:
            raise UsageError(f"records={first}:{last}: expected 0 <= first <= last <= {LAST_RECORD}")
        for name, (size, why) in self.capacities.items():
            if last > size:
                raise UsageError(f"records={first}:{last}: field {name!r} {why}: ask for records below {size}")

    def record_column(self, records: NDArray[np.uint64]) -> Number:
        """Return record numbers as a column."""
        return Number(FieldType("number"), records.astype(np.int64), self.digits)

    def name_lists(self, marked: Mapping[str, NDArray[np.bool_]], rows: int) -> Lists:
        """Return for each record the names of the columns that are marked for it."""
        order = {name: code for code, name in enumerate(self.recipe.columns)}
        held = np.zeros((rows, len(order)), np.bool_)
        for name, mask in marked.items():
            held[:, order[name]] = mask
        return Lists(self._names, np.nonzero(held)[1], starts(held.sum(axis=1)))

    def arrow(self, batch: Batch, *, truth: bool) -> pa.Table:
        """Return a batch as an Arrow table, with its spans where `truth` asks for them."""
        columns = dict(batch.columns)
        if truth and self.spans is not None:
            columns[COLUMN] = self.spans.column(batch, self.table)
        return pa.table({name: column.to_arrow(self.table) for name, column in columns.items()})

    def draw(self, records: NDArray[np.uint64]) -> Drawn:
        """Draw records, redrawing those that a check rejects."""
        scope, rejected, failed = self._run(records, None), {}, {}
        if self.gates:
            attempts, rejected, failed = self._settle(scope)
            if rejected:
                kept = np.flatnonzero(~np.isin(records, np.array(list(failed), np.uint64)))
                scope = self._run(records[kept], attempts[kept])
        columns = {name: scope.columns[name] for name in self.recipe.columns}
        return Drawn(Batch(scope.records, columns, {name: self.types[name] for name in columns}), rejected, failed)

    def _run(self, records: NDArray[np.uint64], attempts: Ints | None) -> Scope:
        scope = Scope(records, attempts=attempts, trace=self.trace)
        for step in self.steps:
            scope.columns[step.name] = step.run(scope)
        return scope

    def _settle(self, scope: Scope) -> tuple[Ints, dict[str, int], dict[int, str]]:
        """Find the attempt of each record that passes all checks: the rejected ones alone are drawn again and again."""
        records, rejected = scope.records, {}
        attempts, waiting = np.zeros(len(records), np.int64), np.arange(len(records))
        for number in range(ATTEMPTS):
            if number:
                attempts[waiting] = number
                scope = self._run(records[waiting], attempts[waiting])
            passed = np.stack([gate.passes(scope) for gate in self.gates])
            bad = np.flatnonzero(~passed.all(axis=0))
            waiting, reasons = waiting[bad], np.argmin(passed[:, bad], axis=0)
            for reason, count in zip(*np.unique(reasons, return_counts=True), strict=True):
                name = self.gates[int(reason)].name
                rejected[name] = rejected.get(name, 0) + int(count)
            if not waiting.size:
                break
        failed = {int(records[row]): self.gates[int(why)].name for row, why in zip(waiting, reasons, strict=True)}
        return attempts, rejected, failed


class Compiling:
    """One level of fields while a recipe compiles: the record's, or those of children within `each`."""

    def __init__(
        self,
        recipe: Recipe,
        seed: int,
        problems: Problems,
        *,
        parent: Compiling | None = None,
        prefix: str = "",
        fields: Mapping[str, Field] | None = None,
    ) -> None:
        """Open the top level, or with `parent` a level of children."""
        self.recipe, self.seed, self.problems, self.parent, self.prefix = recipe, seed, problems, parent, prefix
        self.fields: Mapping[str, Field] = recipe.fields if fields is None else fields
        self.table: PieceTable = parent.table if parent else PieceTable()
        self.digits: Digits = parent.digits if parent else Digits(self.table)
        self.labels: list[tuple[str, str]] = parent.labels if parent else []
        self.capacities: dict[str, tuple[int, str]] = {}
        self.given: dict[str, FieldType] = {}
        self.own: dict[str, FieldType] = {}
        self.types = _Types(self)
        self._steps: list[Step] = []
        self._open: list[str] = []
        self._designs: dict[tuple[str, ...], NDArray[np.int64]] = {}

    def compile(self) -> list[Step]:
        """Compile every field; return the steps in an order in which each finds what it reads."""
        self.own.update(self.given)
        for name in self.fields:
            self.compiled(name)
        return self._steps

    def compiled(self, name: str) -> FieldType:
        """Return the type of a field of this level, compiling it first where that is still to be done."""
        if name in self.own:
            return self.own[name]
        if name in self._open:
            path = " -> ".join([*self._open[self._open.index(name) :], name])
            raise RecipeError(f"fields need each other in a circle: {path}")
        self._open.append(name)
        try:
            kind, run = self._compile(name, self.fields[name])
        except (RecipeError, VocabularyError) as error:
            self._note(name, error)
            kind, run = _broken(self.fields[name]), None
        self._open.pop()
        self.own[name] = kind
        if run is not None:
            self._steps.append(Step(name, kind, run))
        return kind

    def _compile(self, name: str, field: Field) -> tuple[FieldType, Run]:
        if type(field) not in TABLE:
            raise RecipeError(
                f"expected a field made by treadle (choice, integer, text, ...), got {type(field).__name__}"
            )
        kind, run = TABLE[type(field)](self, name, field)
        if not field.when:
            return kind, run
        condition = compile_condition(field.when, self.types, self.where(name))
        return replace(kind, nullable=True), _conditional(run, condition)

    def _note(self, name: str, error: RecipeError | VocabularyError) -> None:
        for problem in getattr(error, "problems", None) or [Problem(str(error))]:
            self.problems.add(problem.message, problem.where or self.where(name))

    def problem(self, name: str, message: str) -> None:
        """Note a problem of a field."""
        self.problems.add(message, self.where(name))

    def where(self, name: str) -> str:
        """Return the place of a field: its file and line where they are known, and its name."""
        origin = self.fields[name].origin if name in self.fields and isinstance(self.fields[name], Field) else ""
        return f"{origin}, field {self.path(name)!r}" if origin else f"field {self.path(name)!r}"

    def path(self, name: str) -> str:
        """Return the dotted name of a field."""
        return f"{self.prefix}{name}"

    def key(self, name: str) -> int:
        """Return the key of a field's stream of draws."""
        return draw.path_key(self.seed, self.recipe.name, self.path(name))

    def declared(self, name: str) -> Any:  # noqa: ANN401  # the caller knows which field class it asks for
        """Return a field's declaration."""
        return self.fields[name]

    def entity(self, name: str) -> str:
        """Return the span type that a field declares, or nothing."""
        if name in self.fields:
            return self.fields[name].entity
        return self.parent.entity(name) if self.parent else ""

    def label(self, entity: str, fact: str | None) -> int:
        """Return the number of a span label: an entity type and the field it comes from."""
        source = (
            ""
            if fact is None
            else fact
            if fact.partition(".")[0] not in {*self.fields, *self.given}
            else self.path(fact)
        )
        if (entity, source) not in self.labels:
            self.labels.append((entity, source))
        return self.labels.index((entity, source))

    def vocabulary(self, values: str | Vocabulary) -> Vocabulary:
        """Return a vocabulary by name, or the one given."""
        if isinstance(values, Vocabulary):
            return values
        if values not in self.recipe.vocabularies:
            raise RecipeError(unknown("vocabulary", values, self.recipe.vocabularies))
        return self.recipe.vocabularies[values]  # type: ignore[return-value]  # Recipe made every one a Vocabulary

    def require(self, names: Sequence[str], name: str) -> None:
        """Compile fields that another one reads; notes a problem for one that is not there."""
        for each in names:
            if each not in self.types:
                self.problem(name, unknown("field", each, self.types))
            else:
                self.types[each]

    def category(self, wanted: str, name: str) -> FieldType:
        """Return the type of a choice or quota field; raises `RecipeError` for any other."""
        if wanted not in self.types:
            raise RecipeError(unknown("field", wanted, self.types))
        kind = self.types[wanted]
        if kind.kind != "category" or kind.vocabulary is None:
            raise RecipeError(f"field {name!r} needs {wanted!r} to be a choice or quota field, and it is a {kind.kind}")
        return kind

    def listed(self, wanted: str) -> FieldType:
        """Return the type of a list field; raises `RecipeError` for any other."""
        if wanted not in self.types:
            raise RecipeError(unknown("list field", wanted, self.types))
        kind = self.types[wanted]
        if kind.kind != "list" or kind.vocabulary is None:
            raise RecipeError(f"{wanted!r} is no list field: use one made by sample or merge")
        return kind

    def number_type(self, places: int) -> FieldType:
        """Return the type of a number with `places` decimal places."""
        if not 0 <= places <= 9:
            raise RecipeError(f"places={places}: expected 0 to 9")
        return FieldType("number", ordered=True, places=places, blocks=self.digits.first_blocks)

    def capacity(self, name: str, size: int, why: str = "") -> None:
        """Note that a field has values for records below `size` alone, and why: by default since it is unique."""
        if self.parent is None:
            self.capacities[name] = size, why or f"is unique and holds {size} values"

    def inner(self, name: str, fields: Mapping[str, Field]) -> Compiling:
        """Open the level of a field's children."""
        return Compiling(
            self.recipe, self.seed, self.problems, parent=self, prefix=f"{self.path(name)}.", fields=fields
        )

    def quota_chain(self, name: str) -> tuple[str, ...]:
        """Return the quotas crossed with a quota, itself among them, the one that stands alone first."""
        quotas = {each: field for each, field in self.fields.items() if isinstance(field, Quota)}
        across = quotas[name].across
        if across and across not in quotas:
            raise RecipeError(f"quota {name!r}: {unknown('quota field', across, quotas)}")
        roots = {each: _root(each, quotas) for each in quotas if each == name or not _is_circular(each, quotas)}
        return tuple(
            sorted((each for each in roots if roots[each] == roots[name]), key=lambda each: _depth(each, quotas))
        )

    def quota_design(self, chain: tuple[str, ...], weights: list[tuple[int, ...]]) -> NDArray[np.int64]:
        """Return the design that crossed quotas share."""
        if chain not in self._designs:
            self._designs[chain] = quotas.designs(weights, self.key(chain[0]))
        return self._designs[chain]

    def gates(self) -> list[Gate]:
        """Compile the recipe's checks."""
        made = []
        for each in self.recipe.checks:
            where = f"{each.origin}, check {each.name!r}"
            unread = [name for name in each.inputs if name not in self.types]
            for name in unread:
                self.problems.add(unknown("field", name, self.types), where)
            if each.function is not None:
                made.append(Gate(each.name, _function_gate(each.name, each.function, each.inputs)))
                continue
            try:
                made.append(Gate(each.name, compile_condition(each.condition, self.types, where).test))
            except RecipeError as error:
                self.problems.extend(error.problems)
        return made

    def check_names(self) -> None:
        """Note columns and labels that are no fields."""
        if COLUMN in self.recipe.columns:
            self.problems.add(
                f"column {COLUMN!r} is where the spans are written: choose another name", f"recipe {self.recipe.name!r}"
            )
        for kind, names in (("column", self.recipe.columns), ("label", self.recipe.labels)):
            for name in dict.fromkeys(names):
                if name not in self.fields:
                    self.problems.add(unknown(kind, name, self.fields), f"recipe {self.recipe.name!r}")
                elif names.count(name) > 1:
                    self.problems.add(f"{kind} {name!r} is named twice: name it once", f"recipe {self.recipe.name!r}")


class _Types(Mapping[str, FieldType]):
    """The types of all fields that a level sees, its own before its parents'; looking one up compiles it."""

    def __init__(self, level: Compiling) -> None:
        self._level = level

    def __getitem__(self, name: str) -> FieldType:
        level = self._level
        if name in level.given:
            return level.given[name]
        if name in level.fields:
            return level.compiled(name)
        if level.parent is None:
            raise KeyError(name)
        return level.parent.types[name]

    def __contains__(self, name: object) -> bool:
        return name in set(self)

    def __iter__(self) -> Iterator[str]:
        level = self._level
        yield from level.given
        yield from level.fields
        if level.parent is not None:
            yield from level.parent.types

    def __len__(self) -> int:
        return len(set(self))


def compile_recipe(recipe: Recipe, seed: int = 42, *, trace: bool = True) -> Plan:
    """Compile a recipe for a seed; raises `RecipeError` with every problem found."""
    return Plan(recipe, seed, trace=trace)


def _conditional(run: Run, condition: Condition) -> Run:
    def conditional(scope: Scope) -> Column:
        column, holds = run(scope), condition.test(scope)
        if isinstance(column, Lists | Children):
            column = emptied(column, holds)
        return replace(column, valid=holds if column.valid is None else holds & column.valid)

    return conditional


def _function_gate(
    name: str, function: Callable[..., Any], inputs: Sequence[str]
) -> Callable[[Scope], NDArray[np.bool_]]:
    return lambda scope: call(function, [scope.column(each) for each in inputs], len(scope), name).astype(bool)


def _broken(field: Field) -> FieldType:
    """What a field that does not compile is taken for, so that the others can be checked."""
    return FieldType("children" if isinstance(field, Each) else "text")


def _root(name: str, quotas: Mapping[str, Quota]) -> str:
    seen = [name]
    while quotas[seen[-1]].across in quotas:
        if quotas[seen[-1]].across in seen:
            raise RecipeError(f"quotas are crossed in a circle: {' -> '.join([*seen, quotas[seen[-1]].across])}")
        seen.append(quotas[seen[-1]].across)
    return seen[-1]


def _is_circular(name: str, quotas: Mapping[str, Quota]) -> bool:
    try:
        _root(name, quotas)
    except RecipeError:
        return True
    return False


def _depth(name: str, quotas: Mapping[str, Quota]) -> int:
    return 1 + _depth(quotas[name].across, quotas) if quotas[name].across in quotas else 0
