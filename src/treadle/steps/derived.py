"""Steps of fields that are computed from others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from treadle.columns import (
    Category,
    Children,
    FieldType,
    Lists,
    Moment,
    Number,
    Written,
    numbers_of,
)
from treadle.errors import RecipeError, RunError, unknown
from treadle.held import both_valid, emptied
from treadle.pieces import rows_of, starts
from treadle.printing import DAY, MomentFormat
from treadle.spans import Spans
from treadle.steps.draws import LARGEST, boolean_type, category_type
from treadle.steps.lists import list_type
from treadle.vocabularies import vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle import declarations
    from treadle.batch import Scope
    from treadle.columns import Column
    from treadle.compiling import Compiling, Run
    from treadle.pieces import Ints

T = TypeVar("T")
FIRST_DAY, LAST_DAY = -719_162, 2_932_896
"""0001-01-01 and 9999-12-31 as days since 1970-01-01: as far as a date is printed."""


def derive(context: Compiling, name: str, field: declarations.Derive) -> tuple[FieldType, Run]:
    """Compile a function of other columns."""
    context.require(field.inputs, name)
    given = [each for each in ("values", "places", "boolean", "date", "moment") if getattr(field, each)]
    if len(given) > 1:
        raise RecipeError(
            f"{given[0]}= and {given[1]}= cannot both be given: they say what the function's integers are"
        )
    if field.many:
        return _derived_list(context, name, field)
    if field.date or field.moment:
        return _derived_moment(context, name, field)
    kind = _derived_type(context, field)

    def run(scope: Scope) -> Column:
        columns = [scope.column(each) for each in field.inputs]
        result = call(field.function, columns, len(scope), name)
        valid = both_valid(columns)
        if kind.kind == "number":
            return Number(kind, result, context.digits, valid)
        if field.boolean and len(result) and not 0 <= int(result.min()) <= int(result.max()) <= 1:
            raise RunError(f"field {name!r}: its function returned other numbers than 0 and 1, expected booleans")
        if field.values is not None:
            _check_indices(result, len(field.values), name)
        return Category(kind, result, valid)

    return kind, run


def _derived_moment(context: Compiling, name: str, field: declarations.Derive) -> tuple[FieldType, Run]:
    shape, unit = MomentFormat(field.date or field.moment, context.table), DAY if field.date else 1
    kind = FieldType("moment", ordered=True, blocks=shape.blocks())

    def run(scope: Scope) -> Moment:
        columns = [scope.column(each) for each in field.inputs]
        made = call(field.function, columns, len(scope), name)
        valid = both_valid(columns)
        if valid is not None:
            made = np.where(valid, made, 0)
        if len(made) and not FIRST_DAY <= int(made.min()) * unit // DAY <= int(made.max()) * unit // DAY <= LAST_DAY:
            what = "day" if field.date else "moment"
            raise RunError(f"field {name!r}: its function returned a {what} outside the years 1 to 9999")
        return Moment(kind, made * unit, shape, valid)

    return kind, run


def _derived_list(context: Compiling, name: str, field: declarations.Derive) -> tuple[FieldType, Run]:
    if field.values is None:
        raise RecipeError("many=True needs `values`, the list that the function's indices point into")
    kind, size = list_type(context, field.values), len(field.values)

    def run(scope: Scope) -> Lists:
        columns = [scope.column(each) for each in field.inputs]
        codes, lengths = call_many(field.function, columns, len(scope), name)
        _check_indices(codes, size, name)
        valid = both_valid(columns)
        made = Lists(kind, codes, starts(lengths), valid)
        return made if valid is None else emptied(made, valid)

    return kind, run


def _check_indices(indices: Ints, size: int, name: str) -> None:
    if len(indices) and (int(indices.min()) < 0 or int(indices.max()) >= size):
        raise RunError(f"field {name!r}: its function returned an index outside [0, {size}), the list in `values`")


def _derived_type(context: Compiling, field: declarations.Derive) -> FieldType:
    if field.boolean:
        return boolean_type(context)
    if field.values is not None:
        return category_type(context, field.values)
    return context.number_type(field.places)


def call(function: Callable[..., Any], columns: list[Column], rows: int, name: str) -> np.ndarray:  # any signature
    """Call a recipe's function on columns; return its int64 result, or raise `RunError` that names the field."""
    result = _whole(_called(lambda: np.asarray(function(*map(argument, columns))), name), name)
    if result.shape != (rows,):
        raise RunError(
            f"field {name!r}: its function returned shape={result.shape}, expected ({rows},), one value a record"
        )
    return result


def call_many(
    function: Callable[..., Any], columns: list[Column], rows: int, name: str
) -> tuple[Ints, Ints]:  # any signature
    """Call a recipe's function that makes lists; return the items of all records and their number in each."""
    made = _called(lambda: [np.asarray(each) for each in function(*map(argument, columns))], name)
    shapes = [each.shape for each in made]
    if len(made) != 2 or shapes[1] != (rows,) or len(shapes[0]) != 1:
        got = " and ".join(map(str, shapes)) if len(made) < 4 else f"{shapes[0]} and {len(made) - 1} more"
        raise RunError(
            f"field {name!r}: its function returned arrays of shapes {got or '[]'}, expected two: all items end to end, and "
            f"their number in each of {rows} records"
        )
    items, lengths = (_whole(each, name) for each in made)
    if (lengths < 0).any() or lengths.sum() != len(items):
        raise RunError(
            f"field {name!r}: its function returned {len(items)} items and lengths that add up to {lengths.sum()}"
        )
    return items, lengths


def _called(made: Callable[[], T], name: str) -> T:
    try:
        return made()
    except Exception as error:  # a recipe's own code may raise anything, and the user needs to know which field it was
        raise RunError(f"field {name!r}: its function raised {type(error).__name__}: {error}") from error


def _whole(result: np.ndarray, name: str) -> Ints:
    """Return a result as int64; raises `RunError` where it is anything but integers or booleans."""
    if result.size and result.dtype.kind not in "iub":  # NumPy takes an empty list for floats, and there is none in it
        raise RunError(
            f"field {name!r}: its function returned {result.dtype}, expected integers or booleans: use // instead of /, and "
            "`places=` for decimals"
        )
    if result.dtype == np.uint64 and result.size and int(result.max()) > LARGEST:
        raise RunError(f"field {name!r}: its function returned {result.max()}, more than 64 bits with a sign hold")
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


def lookup(context: Compiling, name: str, field: declarations.Lookup) -> tuple[FieldType, Run]:
    """Compile a table from the values of one field to those of another."""
    source = context.category(field.of, name)
    entries = [str(entry) for entry in source.vocabulary.entries] if source.vocabulary else []
    table, known = {str(key): value for key, value in field.table}, set(entries)
    for key in table:
        if key not in known:
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


def refer(context: Compiling, name: str, field: declarations.Refer) -> tuple[FieldType, Run]:
    """Compile a field of another record: the steps behind it run once more, for the records that are named."""
    if context.parent is not None:
        raise RecipeError("records refer to records, not children: refer in the record, and name that field here")
    if context.recipe.checks:
        raise RecipeError(
            "what a check rejects is drawn again, so that no other record can tell it: leave refer or checks out"
        )
    for each in (field.at, field.of):
        if each not in context.types:
            raise RecipeError(unknown("field", each, context.types))
    kind, at = context.types[field.of], context.types[field.at]
    context.spare(name, field.of)
    if at.kind != "number" or at.places or at.nullable:
        raise RecipeError(f"at={field.at!r}: expected a field of whole numbers that is never absent")
    steps = context.behind([field.of])

    def run(scope: Scope) -> Column:
        numbers = numbers_of(scope.column(field.at))
        if len(numbers) and numbers.min() < 0:
            raise RunError(f"field {name!r}: {field.at!r} names record {numbers.min()}: expected 0 or more")
        there = scope.others(field.at, numbers)
        for step in steps:
            if step.name not in there.columns:
                there.columns[step.name] = step.run(there)
        found = there.columns[field.of]
        return replace(found, spans=Spans.none()) if isinstance(found, Written) else found

    return kind, run


def length(context: Compiling, name: str, field: declarations.Length) -> tuple[FieldType, Run]:
    """Compile the number of characters of a text: the lengths of its pieces added up."""
    context.require([field.of], name)
    if context.types[field.of].kind != "text":
        raise RecipeError(f"of={field.of!r}: expected a text, and it is a {context.types[field.of].kind}")
    kind, table = context.number_type(0), context.table

    def run(scope: Scope) -> Number:
        column = scope.get(field.of, Written)
        before = starts(table.lengths()[column.rows.ids])
        return Number(
            kind, before[column.rows.offsets[1:]] - before[column.rows.offsets[:-1]], context.digits, column.valid
        )

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
        running = total - before[rows_of(np.append(first, len(values)))] + field.start
        return Number(kind, running - values if field.before else running, context.digits)

    return kind, run
