"""Treadle: synthetic labelled text data whose truth is known by construction.

The names below are loaded when they are first used, so that importing the package, and the command line's help, stay fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from treadle._version import __version__

if TYPE_CHECKING:
    from treadle.columns import Children, Lists
    from treadle.corrupt.declaring import faults
    from treadle.corrupt.lists import fault_list
    from treadle.corrupt.own_texts import Faulty, with_faults
    from treadle.corrupt.profiles import Profile, profile
    from treadle.dataset import Dataset, generate
    from treadle.declarations import Field, Prompt
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
        member,
        merge,
        nested,
        pick,
        quantiles,
        quota,
        read_rules,
        refer,
        rules,
        sample,
        serial,
        set_number,
        text,
        uuid,
    )
    from treadle.llm.settings import Writer
    from treadle.notation import escape
    from treadle.prompts import read_prompt, written
    from treadle.recipe import File, Intake, Recipe
    from treadle.vocabularies import Vocabulary, parted, read_vocabulary, values_of, vocabulary

__all__ = [
    "Children",
    "Dataset",
    "Faulty",
    "Field",
    "File",
    "Intake",
    "Lists",
    "Profile",
    "Prompt",
    "Recipe",
    "TreadleError",
    "UsageError",
    "Vocabulary",
    "Writer",
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
    "fault_list",
    "faults",
    "generate",
    "hexadecimal",
    "integer",
    "length",
    "member",
    "merge",
    "nested",
    "parted",
    "pick",
    "profile",
    "quantiles",
    "quota",
    "read_prompt",
    "read_rules",
    "read_vocabulary",
    "refer",
    "rules",
    "sample",
    "serial",
    "set_number",
    "text",
    "uuid",
    "values_of",
    "vocabulary",
    "with_faults",
    "written",
]

_HOMES = {
    "Children": "columns",
    "Dataset": "dataset",
    "Faulty": "corrupt.own_texts",
    "Field": "declarations",
    "File": "recipe",
    "Intake": "recipe",
    "Lists": "columns",
    "Profile": "corrupt.profiles",
    "Prompt": "declarations",
    "Recipe": "recipe",
    "TreadleError": "errors",
    "UsageError": "errors",
    "Vocabulary": "vocabularies",
    "Writer": "llm.settings",
    "escape": "notation",
    "fault_list": "corrupt.lists",
    "faults": "corrupt.declaring",
    "generate": "dataset",
    "profile": "corrupt.profiles",
    "read_prompt": "prompts",
    "read_vocabulary": "vocabularies",
    "values_of": "vocabularies",
    "parted": "vocabularies",
    "vocabulary": "vocabularies",
    "with_faults": "corrupt.own_texts",
    "written": "prompts",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # a module's attributes are of many types
    """Load a public name from its module."""
    if name not in __all__:
        raise AttributeError(f"module 'treadle' has no attribute {name!r}")
    return getattr(import_module(f"treadle.{_HOMES.get(name, 'fields')}"), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return list(__all__)
