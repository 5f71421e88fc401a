"""The step of `each`: children with fields of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.batch import Rows
from treadle.columns import Category, Children, FieldType, Lists
from treadle.errors import RecipeError, unknown
from treadle.pieces import starts
from treadle.steps.lists import counts

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle import declarations
    from treadle.batch import Scope
    from treadle.compiling import Compiling, Run
    from treadle.pieces import Ints

ITEM = "item"
"""The field of a child that holds its list item, with `over`."""


def each(context: Compiling, name: str, field: declarations.Each) -> tuple[FieldType, Run]:
    """Compile the children's fields in a scope of their own."""
    if not field.fields and not field.over:
        raise RecipeError("expected at least one field for the children")
    how_many = _as_many_as(field.over) if field.over else counts(context, name, field.count)[0]
    inner = context.inner(name, dict(field.fields))
    if field.over:
        listed = context.listed(field.over)
        numbers = listed.values.integers
        inner.given[ITEM] = FieldType(
            "category", listed.vocabulary, listed.block, numbers, ordered=numbers is not None, blocks=listed.blocks
        )
        if context.varies(field.over):
            inner.varying.add(ITEM)
    steps = inner.compile()
    names = field.columns or (*inner.given, *dict(field.fields))
    _check_names(context, name, field, inner)
    types = {column: inner.own[column] for column in inner.own}
    kind = FieldType(
        "children",
        children=types,
        columns=tuple(names),
        blocks=tuple(block for each in types.values() for block in each.blocks),
    )

    def run(scope: Scope) -> Children:
        count = how_many(scope)
        children = scope.children(count)
        if field.over:
            children.columns[ITEM] = Category(types[ITEM], scope.get(field.over, Lists).codes)
        for step in steps:
            children.columns[step.name] = step.run(children)
        return Children(kind, Rows(children.columns), starts(count))

    return kind, run


def _as_many_as(items: str) -> Callable[[Scope], Ints]:
    return lambda scope: scope.get(items, Lists).lengths


def _check_names(context: Compiling, name: str, field: declarations.Each, inner: Compiling) -> None:
    """Note names of children's fields that are none or taken, and columns that are unknown or named twice."""
    for child in dict(field.fields):
        if not child.isidentifier() or child in inner.given:
            context.problem(
                name, f"name={child!r}: expected letters, digits and _, and another name than {ITEM!r} with `over`"
            )
    for column in dict.fromkeys(field.columns):
        if column not in inner.own:
            context.problem(name, unknown("column", column, inner.own))
        elif field.columns.count(column) > 1:
            context.problem(name, f"column {column!r} is named twice: name it once")
