"""Treadle: synthetic labelled text data whose truth is known by construction.

The names below are loaded when they are first used, so that importing the package, and the command line's help, stay fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from treadle._version import __version__

if TYPE_CHECKING:
    from treadle.columns import Children, Lists
    from treadle.dataset import Dataset, generate
    from treadle.declarations import Field
    from treadle.errors import TreadleError, UsageError
    from treadle.fields import (
        by,
        chance,
        check,
        choice,
        clock,
        cumulative,
        date,
        decimal,
        derive,
        each,
        hexadecimal,
        integer,
        length,
        merge,
        nested,
        pick,
        quantiles,
        quota,
        read_rules,
        rules,
        sample,
        serial,
        text,
        uuid,
    )
    from treadle.notation import escape
    from treadle.recipe import Intake, Recipe
    from treadle.vocabularies import Vocabulary, parted, read_vocabulary, values_of, vocabulary

__all__ = [
    "Children",
    "Dataset",
    "Field",
    "Intake",
    "Lists",
    "Recipe",
    "TreadleError",
    "UsageError",
    "Vocabulary",
    "__version__",
    "by",
    "chance",
    "check",
    "choice",
    "clock",
    "cumulative",
    "date",
    "decimal",
    "derive",
    "each",
    "escape",
    "generate",
    "hexadecimal",
    "integer",
    "length",
    "merge",
    "nested",
    "parted",
    "pick",
    "quantiles",
    "quota",
    "read_rules",
    "read_vocabulary",
    "rules",
    "sample",
    "serial",
    "text",
    "uuid",
    "values_of",
    "vocabulary",
]

_HOMES = {
    "Children": "columns",
    "Dataset": "dataset",
    "Field": "declarations",
    "Intake": "recipe",
    "Lists": "columns",
    "Recipe": "recipe",
    "TreadleError": "errors",
    "UsageError": "errors",
    "Vocabulary": "vocabularies",
    "escape": "notation",
    "generate": "dataset",
    "read_vocabulary": "vocabularies",
    "values_of": "vocabularies",
    "parted": "vocabularies",
    "vocabulary": "vocabularies",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # a module's attributes are of many types
    """Load a public name from its module."""
    if name not in __all__:
        raise AttributeError(f"module 'treadle' has no attribute {name!r}")
    return getattr(import_module(f"treadle.{_HOMES.get(name, 'fields')}"), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return list(__all__)
