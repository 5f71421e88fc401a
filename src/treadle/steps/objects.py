"""The step of `nested`: an object of other fields of the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.columns import FieldType, Objects
from treadle.errors import RecipeError

if TYPE_CHECKING:
    from treadle import declarations
    from treadle.batch import Scope
    from treadle.compiling import Compiling, Run

_FITTING = ("category", "number", "moment", "token", "list")


def nested(context: Compiling, name: str, field: declarations.Nested) -> tuple[FieldType, Run]:
    """Compile an object; its values are those of the fields, drawn in their own streams."""
    if not field.members:
        raise RecipeError("expected the name of at least one field")
    context.require(field.members, name)
    types = {each: context.types[each] for each in dict.fromkeys(field.members) if each in context.types}
    for each, kind in types.items():
        if kind.kind not in _FITTING:
            context.problem(name, f"{each!r} is a {kind.kind}: an object holds single values and lists")
        elif field.members.count(each) > 1:
            context.problem(name, f"field {each!r} is named twice: name it once")
    blocks = tuple(block for kind in types.values() for block in kind.blocks)
    made = FieldType("object", children=types, columns=tuple(types), blocks=blocks)

    def run(scope: Scope) -> Objects:
        return Objects(made, {each: scope.column(each) for each in types}, len(scope))

    return made, run
