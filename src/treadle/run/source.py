"""Where a recipe comes from, in a form that another process can load again.

A pack, or a recipe file, may make its recipe to a user's wishes. Then its module has, beside its recipe,

    OPTIONS: dict[str, str]                        the names of its options, and a line on each
    PRESETS: dict[str, tuple[list[str], dict]]     sets of columns by name, each with the options that it implies
    LISTS: dict[str, str]                          the lists that it takes in place of its own, and a line on each
    FLAGS: Sequence[str]                           those of its options that stand alone, without a value
    def command(options, count) -> Mapping         what `treadle generate` is to do: `options` that decide the records,
                                                   their `count`, and the default `output`; `count` is -n, or None
    def configured(**options: str) -> Recipe       makes the recipe; a list comes as NAME_list="FILE[#COLUMN]"
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.errors import RecipeError, TreadleError, UsageError, unknown
from treadle.plan import Plan
from treadle.recipe import WRITER, Recipe
from treadle.vocabularies import file_and_column, read_vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable
    from types import ModuleType


@dataclass(frozen=True)
class Source:
    """A recipe given as an object, or by reference: a pack's name or `file.py[:name]`; the lists that replace its own; its options.

    `clean` leaves its texts as they are before any fault. Two sources are the same where these agree; `stamp` stands for a recipe
    given as an object, and for the state of files.
    """

    reference: str = ""
    recipe: Recipe | None = field(default=None, compare=False)
    vocabularies: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    stamp: str = ""
    options: tuple[tuple[str, str], ...] = ()
    clean: bool = False
    writers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls,
        recipe: Recipe | str,
        columns: Sequence[str] = (),
        vocabularies: Sequence[tuple[str, str]] = (),
        options: Mapping[str, str] | None = None,
        writers: Mapping[str, str] | None = None,
    ) -> Source:
        """Return the source of a recipe, or of a reference to one.

        With it go the files that replace lists of it, its options, and the shares of the writers of its records.
        """
        lists, chosen, dealt = tuple(vocabularies), tuple((options or {}).items()), tuple((writers or {}).items())
        for name in (recipe, *(path for _, path in (*lists, *chosen))):
            if isinstance(name, str) and name.encode(errors="replace").decode() != name:
                raise UsageError(f"{name!r}: expected a name in UTF-8, since the manifest holds it")
        stamps = [_stamp(file_and_column(path)[0]) for _, path in (*lists, *chosen)]
        if isinstance(recipe, str):
            path = _split(recipe)[0]
            stamp = ",".join([_stamp(path), *stamps])
            return cls(recipe, None, lists, tuple(columns), stamp, chosen, writers=dealt)
        if chosen:
            raise UsageError(f"option {chosen[0][0]!r}: a recipe that is given as an object takes none")
        if not isinstance(recipe, Recipe):
            raise UsageError(f"recipe={recipe!r}: expected a Recipe, a pack's name or a file, as in recipe.py:name")
        stamp = ",".join([recipe.fingerprint(), recipe.prompts_sha256(), *stamps])
        return cls("", recipe, lists, tuple(columns), stamp, writers=dealt)

    def cleaned(self, *, clean: bool = True) -> Source:
        """Return the source of the texts as they are before any fault, or for `clean` false as they are after."""
        return replace(self, clean=clean)

    def load(self) -> Recipe:
        """Return the recipe; raises `UsageError` or `RecipeError` where there is none."""
        taken = settable(self.reference, self.stamp).lists if self.recipe is None else {}
        own = tuple((f"{name}_list", path) for name, path in self.vocabularies if name in taken)
        others = {name: path for name, path in self.vocabularies if name not in taken}
        recipe = self.recipe if self.recipe is not None else load_recipe(self.reference, self.stamp, self.options + own)
        if others:
            recipe = recipe.with_vocabularies({name: read_vocabulary(path) for name, path in others.items()})
        recipe = recipe.without_faults() if self.clean else recipe
        columns = [name for name in self.columns if name != WRITER or not self.writers]
        recipe = recipe.with_columns(columns) if columns else recipe
        return recipe.with_writers(dict(self.writers)) if self.writers else recipe


def packs() -> list[str]:
    """Return the names of the built-in packs; one that stands in a folder of its kind has a dotted name, as in `logs.api`."""
    return list(_packs())


@lru_cache(maxsize=1)
def _packs() -> tuple[str, ...]:
    return tuple(sorted(_packs_in(resources.files("treadle.packs"), "")))


def _packs_in(folder: Traversable, prefix: str) -> Iterator[str]:
    for each in folder.iterdir():
        if each.is_dir() and not each.name.startswith(("_", ".")):
            if each.joinpath("recipe.py").is_file():
                yield prefix + each.name
            else:
                yield from _packs_in(each, f"{prefix}{each.name}.")


def members(reference: str) -> list[str]:
    """Return the packs that a name stands for: itself, or all packs of that kind, as `logs` does."""
    return [name for name in packs() if name.startswith(f"{reference}.")] or [reference]


def pack_module(name: str, part: str) -> ModuleType | None:
    """Return a module of a built-in pack, or of a folder with a recipe; None where there is none, or it has no such part."""
    own = Path(name) / f"{part}.py"
    if name not in packs() and own.is_file() and own.with_name("recipe.py").is_file():
        return _module(own)
    folder = resources.files("treadle.packs").joinpath(*name.split("."))
    if name not in packs() or not folder.joinpath(f"{part}.py").is_file():
        return None
    return import_module(f"treadle.packs.{name}.{part}")


@dataclass(frozen=True)
class Settable:
    """What a user can set of a pack or recipe file: options and lists by name, each with a line on it."""

    options: Mapping[str, str]
    lists: Mapping[str, str]
    flags: frozenset[str] = frozenset()
    presets: Mapping[str, tuple[Sequence[str], Mapping[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What a `generate` command is to do, as the recipe's module understands the options that it was given."""

    options: Mapping[str, str]
    count: int | None
    output: str = ""


def asked(reference: str, options: Mapping[str, str], count: int | None) -> Asked:
    """Return what options and a count (-n, None where it is not given) mean to a recipe; without `command` just that."""
    module = None if _split(reference)[1] else _loaded(reference, _stamp(_split(reference)[0]))
    command = getattr(module, "command", None)
    return Asked(options, count) if command is None else Asked(**command(options, count))


def settable(reference: str, stamp: str = "") -> Settable:
    """Return what can be set of a recipe."""
    module = None if _split(reference)[1] else _loaded(reference, stamp)
    if not hasattr(module, "configured"):
        return Settable({}, {})
    options, lists, presets = (getattr(module, name, {}) for name in ("OPTIONS", "LISTS", "PRESETS"))
    return Settable(options, lists, frozenset(getattr(module, "FLAGS", ())), presets)


@lru_cache(maxsize=16)
def load_recipe(reference: str, stamp: str = "", options: tuple[tuple[str, str], ...] = ()) -> Recipe:
    """Load a recipe by a pack's name or `file.py[:name]`; the only recipe of a file needs no name."""
    path, name = _split(reference)
    module = _loaded(reference, stamp)
    if not options:
        return _chosen(module, path, name)
    known = settable(reference, stamp)
    for each, _ in options:
        if each not in known.options and each.removesuffix("_list") not in known.lists:
            raise UsageError(f"{reference}: {unknown('option', each, known.options)}")
    if not path.endswith(".py"):
        return _made(module.configured(**dict(options)), reference)
    with _told_by_line(Path(path)):
        return _made(module.configured(**dict(options)), reference)


def _made(recipe: object, reference: str) -> Recipe:
    if not isinstance(recipe, Recipe):
        raise UsageError(f"{reference}: configured() returned {recipe!r}: expected a Recipe")
    return recipe


@lru_cache(maxsize=64)
def _loaded(reference: str, stamp: str) -> ModuleType:  # noqa: ARG001  # a file that was changed is loaded anew
    """Return the module of a pack or of a recipe file."""
    path, _ = _split(reference)
    if path.endswith(".py"):
        return _module(Path(path))
    if reference in packs():
        return import_module(f"treadle.packs.{reference}.recipe")
    kind = members(reference)
    if kind != [reference]:
        raise UsageError(f"{reference!r} is several recipes: name one of {', '.join(kind)}")
    hint = f"; did you mean {reference}.py?" if Path(f"{reference}.py").is_file() else ""
    hint = hint or (" (that folder has no recipe.py)" if reference and Path(reference).is_dir() else "")
    told = unknown("recipe", reference, packs()) + hint
    end = " A" if told.endswith("?") else "; a"
    raise UsageError(f"{told}{end} recipe is a pack's name or a file, as in recipe.py or recipe.py:name")


def _split(reference: str) -> tuple[str, str]:
    """Return the path (or pack) and the name of a reference."""
    path, _, name = reference.rpartition(":") if ".py:" in reference else (reference, "", "")
    own = Path(path) / "recipe.py"
    return (str(own) if path not in packs() and own.is_file() else path), name


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
            + (
                f": say which, as in {path}:{min(found)}"
                if found
                else ": give it a name, as in  recipe = td.Recipe(...)"
            )
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
        with _told_by_line(path):
            spec.loader.exec_module(module)
    finally:
        sys.path.remove(folder)
    return module


@contextmanager
def _told_by_line(path: Path) -> Iterator[None]:
    """Name the file and line of what the user's code raises."""
    try:
        yield
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


def _line_of(error: BaseException, path: Path) -> str:
    """Return `file:line` of the recipe file at which an error arose."""
    if isinstance(error, SyntaxError) and Path(error.filename or path) == path:
        return f"{path}:{error.lineno}" if error.lineno else str(path)
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
