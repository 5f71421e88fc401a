"""Plan: a recipe compiled for one seed, which draws batches of its records. The recipe is not changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from treadle.batch import Batch, Scope
from treadle.columns import FieldType, Lists, Number
from treadle.compiling import Compiling
from treadle.errors import Problems, UsageError
from treadle.pieces import starts
from treadle.sinks.lines import JsonLines
from treadle.truth import COLUMN, SpanTables
from treadle.vocabularies import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

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
        self.capacities, self.digits, self.readers = context.capacities, context.digits, context.readers
        names = Vocabulary(tuple(recipe.columns))
        self._names = FieldType("list", names, self.table.block(names.texts()))
        texts = tuple(name for name in recipe.columns if self.types[name].kind == "text")
        self.spans = SpanTables.of(self.table, context.digits, texts, self.labels) if trace and texts else None

    @cached_property
    def record_bytes(self) -> int:
        """About how many bytes a record has as a JSON line, with its spans where they are kept, from the first 64 records."""
        most = min([64, *(size for size, _ in self.capacities.values())])
        batch = self.draw(np.arange(most, dtype=np.uint64)).batch
        columns = dict(batch.columns)
        if self.spans is not None:
            columns[COLUMN] = self.spans.column(batch, self.table)
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

    def arrow(self, batch: Batch, *, truth: bool) -> pa.Table:
        """Return a batch as an Arrow table, with its spans where `truth` asks for them."""
        columns = dict(batch.columns)
        if truth and self.spans is not None:
            columns[COLUMN] = self.spans.column(batch, self.table)
        return pa.table({name: column.to_arrow(self.table) for name, column in columns.items()})

    def draw(self, records: NDArray[np.uint64], also: Sequence[str] = ()) -> Drawn:
        """Draw records, redrawing those that a check rejects; the batch holds the recipe's columns, and the fields `also` named."""
        scope = self._run(records, None)
        rejected: dict[str, int] = {}
        failed: dict[int, str] = {}
        if self.gates:
            attempts, rejected, failed = self._settle(scope)
            if rejected:
                kept = np.flatnonzero(~np.isin(records, np.array(list(failed), np.uint64)))
                scope = self._run(records[kept], attempts[kept])
        columns = {name: scope.columns[name] for name in dict.fromkeys((*self.recipe.columns, *also))}
        return Drawn(Batch(scope.records, columns, {name: self.types[name] for name in columns}), rejected, failed)

    def _run(self, records: NDArray[np.uint64], attempts: Ints | None) -> Scope:
        scope = Scope(records, attempts=attempts, trace=self.trace)
        for step in self.steps:
            scope.columns[step.name] = step.run(scope)
        return scope

    def _settle(self, scope: Scope) -> tuple[Ints, dict[str, int], dict[int, str]]:
        """Find the attempt of each record that passes all checks: the rejected ones alone are drawn again and again."""
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
            for reason, count in zip(*np.unique(reasons, return_counts=True), strict=True):
                name = self.gates[int(reason)].name
                rejected[name] = rejected.get(name, 0) + int(count)
            if not waiting.size:
                break
        failed = {int(records[row]): self.gates[int(why)].name for row, why in zip(waiting, reasons, strict=True)}
        return attempts, rejected, failed


def compile_recipe(recipe: Recipe, seed: int = 42, *, trace: bool = True) -> Plan:
    """Compile a recipe for a seed; raises `RecipeError` with every problem found."""
    return Plan(recipe, seed, trace=trace)
