"""The closure of sets: the columns that may differ between records which share every draw but their place in a set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.errors import unknown

if TYPE_CHECKING:
    from collections.abc import Collection

    from treadle.errors import Problems
    from treadle.recipe import Recipe


def check_closure(recipe: Recipe, fields: Collection[str], varying: Collection[str], problems: Problems) -> None:
    """Note columns that differ in a set and are not in the recipe's closure, names there that do not differ, and faults."""
    where = f"recipe {recipe.name!r}"
    if recipe.members > 1 and recipe.faults is not None:
        problems.add("faults would differ between the members of a set: leave faults out, or members", where)
    for name in recipe.closure:
        if name not in fields:
            problems.add(unknown("field in closure", name, fields), where)
        elif name not in varying:
            problems.add(f"closure names {name!r}, which is the same for all members of a set: leave it out", where)
    for name in recipe.columns:
        if name in varying and name not in recipe.closure:
            problems.add(f"column {name!r} differs between the members of a set: name it in closure=", where)
