"""Steps of fields that are computed from others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from treadle.columns import Category, Children, Lists, Number, numbers_of
from treadle.errors import RecipeError, RunError, unknown
from treadle.steps.draws import LARGEST, boolean_type, category_type
from treadle.vocabularies import vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle import declarations
    from treadle.batch import Scope
    from treadle.columns import Column, FieldType
    from treadle.compiling import Compiling, Run
    from treadle.pieces import Ints


def derive(context: Compiling, name: str, field: declarations.Derive) -> tuple[FieldType, Run]:
    """Compile a function of other columns."""
    kind = _derived_type(context, field)
    context.require(field.inputs, name)

    def run(scope: Scope) -> Column:
        columns = [scope.column(each) for each in field.inputs]
        result = call(field.function, columns, len(scope), name)
        valid = both_valid(columns)
        if kind.kind == "number":
            return Number(kind, result, context.digits, valid)
        if field.boolean and len(result) and not 0 <= int(result.min()) <= int(result.max()) <= 1:
            raise RunError(f"field {name!r}: its function returned other numbers than 0 and 1, expected booleans")
        if (
            field.values is not None
            and len(result)
            and (int(result.min()) < 0 or int(result.max()) >= len(field.values))
        ):
            raise RunError(
                f"field {name!r}: its function returned an index outside [0, {len(field.values)}), the list in `values`"
            )
        return Category(kind, result, valid)

    return kind, run


def _derived_type(context: Compiling, field: declarations.Derive) -> FieldType:
    if field.boolean:
        return boolean_type(context)
    if field.values is not None:
        return category_type(context, field.values)
    return context.number_type(field.places)


def call(function: Callable[..., Any], columns: list[Column], rows: int, name: str) -> np.ndarray:  # any signature
    """Call a recipe's function on columns; return its int64 result, or raise `RunError` that names the field."""
    try:
        result = np.asarray(function(*[argument(column) for column in columns]))
    except Exception as error:  # a recipe's own code may raise anything, and the user needs to know which field it was
        raise RunError(f"field {name!r}: its function raised {type(error).__name__}: {error}") from error
    if result.dtype.kind not in "iub":
        raise RunError(
            f"field {name!r}: its function returned {result.dtype}, expected integers or booleans: use // instead of /, and "
            "`places=` for decimals"
        )
    if result.dtype == np.uint64 and result.size and int(result.max()) > LARGEST:
        raise RunError(f"field {name!r}: its function returned {result.max()}, more than 64 bits with a sign hold")
    if result.shape != (rows,):
        raise RunError(
            f"field {name!r}: its function returned shape={result.shape}, expected ({rows},), one value a record"
        )
    return result.astype(np.int64)


def argument(column: Column) -> Any:  # noqa: ANN401  # numbers, booleans, lists or texts, by the column's kind
    """Return what a function gets for a column."""
    if isinstance(column, Lists):
        return replace(column, codes=_frozen(column.codes), offsets=_frozen(column.offsets))
    if isinstance(column, Children):
        return column
    numbers = numbers_of(column)
    return numbers.astype(bool) if column.type.boolean else _frozen(numbers)


def _frozen(values: Ints) -> Ints:
    """Return a view that cannot be written to: a function that changes its arguments would change the record."""
    frozen = values.view()
    frozen.flags.writeable = False
    return frozen


def both_valid(columns: list[Column]) -> np.ndarray | None:
    """Return where all columns hold a value; None where they always do."""
    masks = [column.valid for column in columns if column.valid is not None]
    return np.logical_and.reduce(masks) if masks else None


def lookup(context: Compiling, name: str, field: declarations.Lookup) -> tuple[FieldType, Run]:
    """Compile a table from the values of one field to those of another."""
    source = context.category(field.of, name)
    entries = [str(entry) for entry in source.vocabulary.entries] if source.vocabulary else []
    table = {str(key): value for key, value in field.table}
    for key in table:
        if key not in entries:
            context.problem(name, unknown(f"value of {field.of}", key, entries))
    missing = [entry for entry in entries if entry not in table]
    if missing:
        raise RecipeError(
            f"the table says nothing of {', '.join(map(repr, missing[:5]))}: give each value of {field.of!r} a result"
        )
    listed = vocabulary(list(dict.fromkeys(table[entry] for entry in entries)))
    kind = category_type(context, listed)
    place = {entry: code for code, entry in enumerate(listed.entries)}
    codes = np.array([place[table[entry]] for entry in entries], np.int64)

    def run(scope: Scope) -> Category:
        column = scope.get(field.of, Category)
        return Category(kind, codes[column.codes], column.valid)

    return kind, run


def cumulative(context: Compiling, name: str, field: declarations.Cumulative) -> tuple[FieldType, Run]:
    """Compile a running total over siblings."""
    if context.parent is None:
        raise RecipeError("a running total needs siblings: use it among the fields of `each`")
    context.require([field.of], name)
    source = context.types[field.of]
    if source.kind != "number" and source.numbers is None:
        raise RecipeError(f"of={field.of!r}: expected a number")
    kind = context.number_type(source.places)

    def run(scope: Scope) -> Number:
        column = scope.column(field.of)
        numbers = numbers_of(column)
        values = numbers if column.valid is None else np.where(column.valid, numbers, 0)
        total = np.cumsum(values)
        first = np.flatnonzero(scope.numbers == 0)
        before = (total - values)[first]
        siblings = np.diff(np.append(first, len(values)))
        running = total - np.repeat(before, siblings) + field.start
        return Number(kind, running - values if field.before else running, context.digits)

    return kind, run
