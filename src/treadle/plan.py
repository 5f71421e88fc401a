"""Plan: a recipe compiled for one seed, which draws batches of its records. The recipe is not changed."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from treadle.batch import Batch, Scope
from treadle.columns import Children, FieldType, Lists, Number, Rewritten
from treadle.compiling import Compiling
from treadle.corrupt.duplicates import Duplicates
from treadle.corrupt.faulting import Faulter, marks_of
from treadle.corrupt.key import COLUMN as EDITS
from treadle.corrupt.key import AnswerKey
from treadle.declarations import Serial
from treadle.errors import Problems, UsageError
from treadle.pieces import starts
from treadle.sinks.lines import JsonLines
from treadle.stacking import first_of, put
from treadle.truth import COLUMN, DIGEST, SpanTables, digests
from treadle.vocabularies import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from treadle.columns import Column
    from treadle.compiling import Step
    from treadle.corrupt.duplicates import Copies
    from treadle.pieces import Ints
    from treadle.recipe import Recipe

ATTEMPTS = 8
"""How often a record is drawn before it counts as failed."""
MODELS = "a model's "
"""How the reason of a record begins that failed because of the text that a model wrote."""
LAST_RECORD = 1 << 62
"""Record numbers are below this."""
GROUP_BYTES, LEAST_GROUPED, MOST_GROUPED = 32 << 20, 1_024, 65_536
"""About how much a Parquet row group holds, and its least and most records."""


@dataclass(frozen=True)
class Drawn:
    """A batch, and what became of the records asked for: rejected attempts by check, and the numbers of those that failed."""

    batch: Batch
    rejected: dict[str, int]
    failed: dict[int, str]


class Plan:
    """A compiled recipe. `draw(records)` makes a batch; it holds no state that changes, so threads share a plan."""

    copies = True
    """Whether records may be duplicates of others, which are drawn for it."""

    def __init__(self, recipe: Recipe, seed: int, *, trace: bool) -> None:
        """Compile; raises `RecipeError` with every problem found. With `trace` texts carry spans."""
        self.recipe, self.seed, self.trace = recipe, seed, trace
        problems = Problems()
        self._marks = marks_of(recipe)
        context = Compiling(recipe, seed, problems, entities=self._entities(recipe) if trace else self._marks)
        with _uncollected():
            steps = context.compile()
        self.gates = context.gates()
        context.check_names()
        problems.raise_if_any()
        self.steps = steps if recipe.faults else context.needed()  # faults may read any field
        self.table, self.labels, self.types = context.table, context.labels, context.own
        self.capacities, self.digits, self.readers = context.capacities, context.digits, context.readers
        names = Vocabulary(tuple(recipe.columns))
        self._names = FieldType("list", names, self.table.block(names.texts()))
        texts = tuple(name for name in recipe.columns if self.types[name].kind == "text")
        faults = recipe.faults
        for name, _ in faults.fields if faults else ():
            if name in self.types:
                self.types[name] = replace(self.types[name], nullable=True)
        self.faulter = Faulter(faults, context) if faults else None
        self._key = (
            AnswerKey.of(self.table, self.digits, [name for name, _ in faults.fields], faults.profile.severity)
            if faults
            else None
        )
        self.spans = (
            SpanTables.of(self.table, context.digits, texts, self.labels, faulted=faults is not None)
            if trace and texts
            else None
        )

    def _entities(self, recipe: Recipe) -> tuple[str, ...]:
        """Return the types of spans that are kept: those the recipe names, and those its faults read; all where it names none."""
        return (*recipe.entities, *self._marks) if recipe.entities else ()

    def without_faults(self) -> Plan:
        """Return the same plan, whose texts are those before any fault."""
        other = copy(self)
        other.faulter = None
        return other

    def with_columns(self, columns: Sequence[str]) -> Plan:
        """Return the same plan, of which other columns are written; only of those that it was compiled for, and without spans."""
        other = copy(self)
        other.__dict__.pop("record_bytes", None)
        other.__dict__.pop("group", None)
        other.recipe = self.recipe.with_columns(columns)
        return other

    @cached_property
    def record_bytes(self) -> int:
        """About how many bytes a record has as a JSON line, with its spans where they are kept, from the first 64 records."""
        most = min([64, *(size for size, _ in self.capacities.values())])
        batch = self.draw(np.arange(most, dtype=np.uint64)).batch
        columns = {**batch.columns, **self.truth(batch)}
        return len(JsonLines(self.table).lines(columns, len(batch))) // max(1, len(batch)) + 1

    @cached_property
    def group(self) -> int:
        """How many records a Parquet row group holds: a power of two that the recipe decides, for about 32 MB of text."""
        return 1 << (min(MOST_GROUPED, max(LEAST_GROUPED, GROUP_BYTES // self.record_bytes)).bit_length() - 1)

    def check_range(self, first: int, last: int) -> None:
        """Raise `UsageError` where records first..last-1 cannot be made: outside the numbers there are, or more than are unique."""
        if not 0 <= first <= last <= LAST_RECORD:
            raise UsageError(f"records={first}:{last}: expected 0 <= first <= last <= {LAST_RECORD}")
        for name, (size, why) in self.capacities.items():
            if last > size:
                raise UsageError(f"records={first}:{last}: field {name!r} {why}: ask for records below {size}")

    def label(self, entity: str, fact: str) -> int:
        """Return the number of a span label; -1 for a type that the recipe does not keep."""
        return self.labels.index((entity, fact)) if (entity, fact) in self.labels else -1

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

    def truth(self, batch: Batch) -> dict[str, Column]:
        """Return the columns of what is known of the texts: their spans, and the edits that put faults in."""
        found: dict[str, Column] = {}
        if self.spans is not None:
            found[COLUMN] = self.spans.column(batch, self.table)
        if self._key is not None and self.trace:
            found[EDITS] = self._key.column(batch.edits, batch.records.astype(np.int64))
        return found

    def digests(self, batch: Batch, truth: Mapping[str, Column]) -> dict[str, Column]:
        """Return for a truth file what tells the texts and edits of each record from others, where there may be faults."""
        if self.recipe.faults is None:
            return {}
        fields = [name for name, _ in self.recipe.faults.fields if name in batch.columns]
        edits = truth.get(EDITS)
        columns = [batch.columns[name].to_arrow(self.table) for name in fields]
        found = digests(fields, columns, edits if isinstance(edits, Children) else None)
        return {DIGEST: Rewritten.whole(found)}

    def arrow(self, batch: Batch, *, truth: bool) -> pa.Table:
        """Return a batch as an Arrow table, with its spans where `truth` asks for them."""
        columns = {**batch.columns, **(self.truth(batch) if truth else {})}
        return pa.table({name: column.to_arrow(self.table) for name, column in columns.items()})

    def draw(self, records: NDArray[np.uint64], also: Sequence[str] = ()) -> Drawn:
        """Draw records, redrawing those that a check rejects; the batch holds the recipe's columns, and the fields `also` named."""
        duplicates = self._duplicates(Scope(records))
        scope, own, rejected, failed = self._scope(records, duplicates.source)
        if scope.attempts is not None:  # a record on its second attempt may be another duplicate, or none
            duplicates = self._duplicates(scope)
            if (duplicates.among(scope.records).rows.size) < len(duplicates.records):
                scope, own, rejected, failed = self._scope(records, duplicates.source)
        columns = {name: scope.columns[name] for name in dict.fromkeys((*self.recipe.columns, *also))}
        types = {name: self.types[name] for name in columns}
        if self.faulter is None:
            return Drawn(Batch(scope.records, columns, types), rejected, failed)
        copies = duplicates.among(scope.records)
        faulted = self.faulter.put_in(scope, copies, keep=own if self.trace else 0)
        columns |= {name: column for name, column in faulted.columns.items() if name in columns}
        if copies.rows.size:
            columns = self._copied(columns, copies)
        if own < len(scope):
            columns = {name: first_of(column, own) for name, column in columns.items()}
        return Drawn(Batch(scope.records[:own], columns, types, faulted.edits), rejected, failed)

    def _duplicates(self, scope: Scope) -> Duplicates:
        """Return which records are to be duplicates; of a scope without columns, by their first attempts."""
        if self.faulter is None or not (self.copies and self.faulter.copies and len(scope)):
            return Duplicates.none()
        if not scope.columns:
            scope.columns = self.facts(scope.records)
        return self.faulter.duplicates(scope, self.facts)

    def _scope(
        self, records: NDArray[np.uint64], more: NDArray[np.uint64]
    ) -> tuple[Scope, int, dict[str, int], dict[int, str]]:
        """Return the fields of records that pass all checks, and behind them those of `more` which are not among them.

        Also returns how many the former are, their rejected attempts by check, and which of them failed.
        """
        own = len(records)
        if len(more):
            records = np.concatenate([records, np.setdiff1d(more, records)])
        scope = self._run(records, None)
        if not self.gates:
            return scope, own, {}, {}
        attempts, reasons, rejected = self._settle(scope, own)
        if attempts.any():
            kept = np.flatnonzero(reasons < 0)
            scope = self._run(records[kept], attempts[kept])
        failed = {int(records[row]): self.gates[int(reasons[row])].name for row in np.flatnonzero(reasons[:own] >= 0)}
        return scope, own - len(failed), rejected, failed

    def facts(self, records: NDArray[np.uint64]) -> dict[str, Column]:
        """Return the fields that duplicates go by, of any records."""
        scope = Scope(records)
        for step in self._light:
            scope.columns[step.name] = step.run(scope)
        return scope.columns

    @cached_property
    def _light(self) -> list[Step]:
        """The steps of the fields that duplicates go by, and of what these need."""
        faults = self.recipe.faults
        context = Compiling(self.recipe, self.seed, Problems())
        return context.compile_some([faults.by, *faults.same] if faults else [])

    def _copied(self, columns: dict[str, Column], copies: Copies) -> dict[str, Column]:
        """Return columns in which duplicates hold the facts of what they copy; numbers and the family of faults stay their own."""
        faults, fields = self.recipe.faults, self.recipe.fields
        texts = {name for name, _ in faults.fields} if faults else set()
        own = {name for name in columns if isinstance(fields[name], Serial)} | texts | {faults.by if faults else ""}
        return {
            name: column if name in own else put(column, copies.rows, column.take(copies.which))
            for name, column in columns.items()
        }

    def _run(self, records: NDArray[np.uint64], attempts: Ints | None) -> Scope:
        trace = self.trace or bool(self._marks)
        scope = Scope(records, attempts=attempts, trace=trace, members=self.recipe.members)
        for step in self.steps:
            scope.columns[step.name] = step.run(scope)
        return scope

    def _settle(self, scope: Scope, own: int) -> tuple[Ints, Ints, dict[str, int]]:
        """Find the attempt of each record that passes all checks: the rejected ones alone are drawn again and again.

        Also returns the check that each failed in the end, -1 for none, and the rejected attempts of the first `own` records.
        """
        records = scope.records
        rejected: dict[str, int] = {}
        attempts, waiting = np.zeros(len(records), np.int64), np.arange(len(records))
        for number in range(ATTEMPTS):
            if number:
                attempts[waiting] = number
                scope = self._run(records[waiting], attempts[waiting])
            passed = np.stack([gate.passes(scope) for gate in self.gates])
            bad = np.flatnonzero(~passed.all(axis=0))
            waiting, reasons = waiting[bad], np.argmin(passed[:, bad], axis=0)
            for reason, count in zip(*np.unique(reasons[waiting < own], return_counts=True), strict=True):
                name = self.gates[int(reason)].name
                rejected[name] = rejected.get(name, 0) + int(count)
            if not waiting.size:
                break
        failed = np.full(len(records), -1)
        failed[waiting] = reasons
        return attempts, failed, rejected


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python from searching for cycles, over and over, the small objects that a recipe is while it compiles.

    A process that has frozen what it keeps, as those of the command line and its workers have, keeps its plans too: they are never
    searched. In others a plan has to be found when nobody asks for it any more.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_freeze_count():
            gc.freeze()
        if enabled:
            gc.enable()


def compile_recipe(recipe: Recipe, seed: int = 42, *, trace: bool = True) -> Plan:
    """Compile a recipe for a seed; raises `RecipeError` with every problem found."""
    return Plan(recipe, seed, trace=trace)
