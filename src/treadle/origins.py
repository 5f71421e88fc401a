"""Where in a recipe a field was declared, and what is wrong with its declaration."""

from __future__ import annotations

import sys
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from treadle.declarations import Field, Flawed
from treadle.errors import RecipeError, VocabularyError

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
F = TypeVar("F", bound=Field)


def told_when_compiled(constructor: Callable[P, F]) -> Callable[P, F]:
    """Return a constructor that makes a `Flawed` field of wrong lists and numbers: a recipe tells all its problems at once."""

    @wraps(constructor)
    def constructed(*arguments: P.args, **options: P.kwargs) -> F:
        try:
            return constructor(*arguments, **options)
        except (RecipeError, VocabularyError) as error:
            return cast("F", Flawed(str(error), origin=origin()))

    return constructed


def origin() -> str:
    """Return `file:line` of the recipe that called a constructor of fields."""
    frame = sys._getframe(1)  # noqa: SLF001  # the only way to name the recipe's line in an error
    while frame.f_back is not None and frame.f_globals.get("__name__") in {__name__, "treadle.fields"}:
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
