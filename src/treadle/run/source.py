"""Where a recipe comes from, in a form that another process can load again."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.errors import RecipeError, TreadleError, UsageError, unknown
from treadle.plan import Plan
from treadle.recipe import Recipe
from treadle.vocabularies import file_and_column, read_vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType


@dataclass(frozen=True)
class Source:
    """A recipe given as an object, or by reference: a pack's name or `file.py[:name]`; and the lists that replace its own.

    Two sources are the same where these agree; `stamp` stands for a recipe given as an object, and for the state of files.
    """

    reference: str = ""
    recipe: Recipe | None = field(default=None, compare=False)
    vocabularies: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    stamp: str = ""

    @classmethod
    def of(
        cls, recipe: Recipe | str, columns: Sequence[str] = (), vocabularies: Sequence[tuple[str, str]] = ()
    ) -> Source:
        """Return the source of a recipe, or of a reference to one, with the files that replace lists of it by name."""
        lists = tuple(vocabularies)
        stamps = [_stamp(file_and_column(path)[0]) for _, path in lists]
        if isinstance(recipe, str):
            path = _split(recipe)[0]
            return cls(recipe, None, lists, tuple(columns), ",".join([_stamp(path), *stamps]))
        if not isinstance(recipe, Recipe):
            raise UsageError(f"recipe={recipe!r}: expected a Recipe, a pack's name or a file, as in recipe.py:name")
        return cls("", recipe, lists, tuple(columns), ",".join([recipe.fingerprint(), *stamps]))

    def load(self) -> Recipe:
        """Return the recipe; raises `UsageError` or `RecipeError` where there is none."""
        recipe = self.recipe if self.recipe is not None else load_recipe(self.reference, self.stamp)
        if self.vocabularies:
            recipe = recipe.with_vocabularies({name: read_vocabulary(path) for name, path in self.vocabularies})
        return recipe.with_columns(self.columns) if self.columns else recipe


def packs() -> list[str]:
    """Return the names of the built-in packs."""
    return sorted(
        each.name for each in resources.files("treadle.packs").iterdir() if each.joinpath("recipe.py").is_file()
    )


@lru_cache(maxsize=64)
def load_recipe(reference: str, stamp: str = "") -> Recipe:  # noqa: ARG001  # a file that was changed is loaded anew
    """Load a recipe by a pack's name or `file.py[:name]`; the only recipe of a file needs no name."""
    path, name = _split(reference)
    if path.endswith(".py"):
        return _chosen(_module(Path(path)), path, name)
    if reference in packs():
        return _chosen(import_module(f"treadle.packs.{reference}.recipe"), reference, "")
    hint = f"; did you mean {reference}.py?" if Path(f"{reference}.py").is_file() else ""
    raise UsageError(
        f"{unknown('recipe', reference, packs())}{hint}; a recipe is a pack's name or a file, as in recipe.py or recipe.py:name"
    )


def _split(reference: str) -> tuple[str, str]:
    """Return the path (or pack) and the name of a reference."""
    path, _, name = reference.rpartition(":") if ".py:" in reference else (reference, "", "")
    return path, name


def _stamp(path: str) -> str:
    """Return what changes when a file does; nothing where it cannot be told."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return ""
    return f"{status.st_mtime_ns}:{status.st_size}"


def _chosen(module: ModuleType, path: str, name: str) -> Recipe:
    found = {key: value for key, value in vars(module).items() if isinstance(value, Recipe)}
    if name:
        if name not in found:
            raise UsageError(f"{path}: {unknown('recipe', name, found)}")
        return found[name]
    different = {id(value): key for key, value in found.items()}
    if len(different) != 1:
        raise UsageError(
            f"{path}: expected one recipe, found {len(different)}"
            + (f": say which, as in {path}:{min(found)}" if found else "")
        )
    return found[next(iter(different.values()))]


def _module(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"recipe file {str(path)!r} is not there")
    name = f"treadle_recipe_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"recipe file {str(path)!r} cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except UsageError as error:
        raise RecipeError(f"{_line_of(error, path)}: {error}") from error
    except TreadleError:
        raise
    except SystemExit as error:
        raise RecipeError(
            f"{_line_of(error, path)}: the recipe file ended Python with exit code {error.code}"
        ) from error
    except Exception as error:  # a recipe file is the user's code: whatever it raises is shown with its line
        raise RecipeError(f"{_line_of(error, path)}: the recipe file raised {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(folder)
    return module


def _line_of(error: BaseException, path: Path) -> str:
    """Return `file:line` of the recipe file at which an error arose."""
    if isinstance(error, SyntaxError) and Path(error.filename or path) == path:
        return f"{path}:{error.lineno}"
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename) == path or Path(frame.filename) == path.resolve()
    ]
    return f"{path}:{lines[-1]}" if lines else str(path)


@lru_cache(maxsize=8)
def compiled(source: Source, seed: int, *, trace: bool) -> Plan:
    """Compile a recipe once in each process; plans do not change, so all who ask share one."""
    return Plan(source.load(), seed, trace=trace)
