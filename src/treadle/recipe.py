"""Recipe: a dataset as frozen data. A `Plan` of it is what runs; making one does not change it."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from fractions import Fraction
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from treadle.declarations import Check, Choice, Each, Faults, Field, Rules, Sample, Text
from treadle.errors import RecipeError, UsageError, unknown
from treadle.fields import derive
from treadle.fields import quota as make_quota
from treadle.fields import rules as make_rules
from treadle.vocabularies import Vocabulary, vocabulary

if TYPE_CHECKING:
    from treadle.fields import Templates

MOST_MEMBERS = 256
"""Most records of a set."""
_UNHASHED = {"origin", "doc", "source", "sha256", "prompt"}
WRITER, TEMPLATE = "writer", "template"
"""The column that says who wrote a record, and its entry for the templates."""


@dataclass(frozen=True)
class Intake:
    """What became of a user's file that a recipe was made from: how much of it was taken, and what was not and why.

    `name` is the option that named the file, `source` the file's own name, `counts` say how many entries were read, taken, and left
    out for each reason, and each of `rejects` describes an entry that was left out. A run writes the rejects beside its output.
    """

    name: str
    source: str
    sha256: str
    counts: Mapping[str, int] = field(default_factory=dict)
    rejects: Sequence[Mapping[str, str | int]] = ()


@dataclass(frozen=True)
class File:
    """One of the files that a recipe's records are written to: its name, the columns in it, its format by name or by suffix.

    `{name}` in the file's name stands for the name that a run is given; a folder before it is made.
    """

    name: str
    columns: Sequence[str] = ()
    format: str = ""


@dataclass(frozen=True)
class Recipe:
    """A dataset: named fields, the columns that are written, and the vocabularies and rules they share.

    `columns` default to all fields in their order; `labels` name the columns a model should learn; `checks` are requirements on
    records; `epoch` is the simulated time at which the data was made; `entities` are the types of spans that the truth holds, all
    types where none is named; `intakes` tell what became of a user's files; `faults` are put into finished texts; `files` are
    written by a run whose output is a folder; where models write, the field `writer_in` says who wrote a record's texts.

    With `members` above 1 records come in sets of so many: record n is member n % members of set n // members, all draws are those
    of the set, and what differs within it follows from `member` fields; `closure` names the columns that may differ. Raises
    `RecipeError` for a name that is no identifier; everything else is checked when the recipe is compiled, all at once.
    """

    name: str
    fields: Mapping[str, Field]
    version: str = "1"
    columns: Sequence[str] = ()
    labels: Sequence[str] = ()
    vocabularies: Mapping[str, Vocabulary | Sequence[str]] = field(default_factory=dict)
    rules: Rules | Mapping[str, Templates] = field(default_factory=dict)
    checks: Sequence[Check] = ()
    epoch: str = "2025-01-01T00:00:00Z"
    doc: str = ""
    entities: Sequence[str] = ()
    intakes: Sequence[Intake] = ()
    files: Sequence[File] = ()
    faults: Faults | None = None
    members: int = 1
    closure: Sequence[str] = ()
    writer_in: str = ""

    def __post_init__(self) -> None:
        """Freeze what was given as plain lists and dicts."""
        put = object.__setattr__
        put(self, "fields", dict(self.fields))
        put(self, "columns", tuple(self.columns) or tuple(self.fields))
        put(self, "labels", tuple(self.labels))
        put(self, "checks", tuple(self.checks))
        put(self, "entities", tuple(self.entities))
        put(self, "intakes", tuple(self.intakes))
        put(self, "closure", tuple(self.closure))
        put(self, "files", tuple(self.files))
        put(self, "vocabularies", {name: vocabulary(value) for name, value in self.vocabularies.items()})
        put(self, "rules", self.named_rules)
        if not self.name or any(character in "/\\" or not character.isprintable() for character in self.name):
            raise RecipeError(f"name={self.name!a}: expected a recipe's name, without slashes and control characters")
        if isinstance(self.members, bool) or not isinstance(self.members, int) or not 1 <= self.members <= MOST_MEMBERS:
            raise RecipeError(
                f"recipe {self.name!r}: members={self.members!r}: expected 1 to {MOST_MEMBERS} records a set"
            )
        wrong = [name for name in (*self.fields, *self.vocabularies) if not str(name).isidentifier()]
        if wrong or not self.fields:
            raise RecipeError(
                f"recipe {self.name!r}: "
                + (
                    f"name={wrong[0]!r}: expected letters, digits and _"
                    if wrong
                    else "fields={}: expected at least one field"
                )
            )

    @property
    def named_rules(self) -> Rules:
        """The rules, whatever they were given as."""
        return self.rules if isinstance(self.rules, Rules) else make_rules(self.rules)

    def with_vocabularies(self, replaced: Mapping[str, Vocabulary]) -> Recipe:
        """Return the recipe with vocabularies, or the lists of choice and sample fields, replaced by name."""
        made = self
        for name, entries in replaced.items():
            made = made._with_vocabulary(name, entries)
        return made

    def _with_vocabulary(self, name: str, entries: Vocabulary) -> Recipe:
        if name in self.vocabularies:
            held = vocabulary(self.vocabularies[name])
            return replace(self, vocabularies={**self.vocabularies, name: entries.in_forms_of(held)})
        declared = self.fields.get(name)
        if isinstance(declared, Choice | Sample) and isinstance(declared.values, Vocabulary) and not declared.groups:
            return replace(
                self, fields={**self.fields, name: replace(declared, values=entries.in_forms_of(declared.values))}
            )
        replaceable = [
            key for key, each in self.fields.items() if isinstance(each, Choice | Sample) and not each.groups
        ]
        known = [*self.vocabularies, *replaceable]
        raise UsageError(unknown("vocabulary", name, known))

    def with_columns(self, columns: Sequence[str]) -> Recipe:
        """Return the recipe with other output columns; raises `UsageError` for one that is no field."""
        for name in columns:
            if name not in self.fields:
                raise UsageError(unknown("column", name, self.fields))
        return replace(self, columns=tuple(columns))

    def without_faults(self) -> Recipe:
        """Return the recipe whose texts stay as they were before any fault; all else is the same."""
        return replace(self, faults=None)

    def with_writers(self, shares: Mapping[str, str]) -> Recipe:
        """Return the recipe with a column `writer` that deals its records out among writers, in exact shares.

        Raises `UsageError` where the recipe has a field of that name, or no text that a model can write.
        """
        if WRITER in self.fields:
            raise UsageError(
                f"recipe {self.name!r} has a field {WRITER!r}, where the writer of each record is noted: rename it"
            )
        if not any(isinstance(each, Text) and each.prompt is not None for each in self.fields.values()):
            raise UsageError(
                f"recipe {self.name!r} has no text that a model can write: declare one with treadle.written(prompt, facts=[...])"
            )
        dealt = make_quota({TEMPLATE: "0", **shares}, doc="who wrote the record's texts")
        told = {
            self.writer_in: derive(_same, WRITER, values=[TEMPLATE, *(each for each in shares if each != TEMPLATE)])
        }
        fields = {**self.fields, WRITER: dealt, **(told if self.writer_in else {})}
        return replace(self, fields=fields, columns=(*self.columns, WRITER))

    def fingerprint(self) -> str:
        """Return a SHA-256 over everything that decides a record: fields, lists, rules, checks, faults and functions' source."""
        names = ["name", "version", "fields", "columns", "vocabularies", "rules", "checks", "epoch", "entities"]
        content = {name: _plain(getattr(self, name)) for name in names + ["members", "closure"] * (self.members > 1)}
        if self.faults is not None:
            content["faults"] = _plain(self.faults)
        written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()

    def prompts_sha256(self) -> str:
        """Return a SHA-256 over the prompts that models are given; they decide no record that the templates write."""
        prompts = {
            name: repr(each.prompt) for name, each in self.fields.items() if isinstance(each, Text) and each.prompt
        }
        return hashlib.sha256(json.dumps(prompts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()

    def each_field(self) -> list[tuple[str, Field]]:
        """Return every field with its dotted name, children below their parents."""
        return _walk(self.fields.items(), "")


def _same(codes: Any) -> Any:  # noqa: ANN401  # an array
    return codes


def _walk(items: Any, prefix: str) -> list[tuple[str, Field]]:  # noqa: ANN401  # the items of a dict or of a frozen copy of one
    found = []
    for name, declared in items:
        found.append((prefix + name, declared))
        if isinstance(declared, Each):
            found += _walk(declared.fields, f"{prefix}{name}.")
    return found


def _plain(value: Any) -> Any:  # noqa: ANN401  # walks any declaration
    """Return a declaration as JSON-ready data."""
    if isinstance(value, Rules):
        return {"": "Rules", "named": _plain(value.named), "files": [content for _, content in value.files]}
    if is_dataclass(value) and not isinstance(value, type):
        kept = {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.name not in _UNHASHED}
        return {"": type(value).__name__, **kept}
    for kind, written in _WRITTEN:
        if isinstance(value, kind):
            return written(value)
    return value if isinstance(value, str | int | float | None) else repr(type(value))


def _plain_items(items: Sequence[Any]) -> list[Any]:  # JSON values
    """Return a list as JSON-ready data; long lists of texts or numbers are that already."""
    return list(items) if {*map(type, items)} <= {str, int} else [_plain(each) for each in items]


def _code(function: FunctionType) -> list[Any]:  # JSON values
    """Return what decides a function's results: its source, and the data and functions of the recipe that it reads by name."""
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):
        source = function.__code__.co_code.hex()
    read = inspect.getclosurevars(function)
    named = {**read.globals, **read.nonlocals}
    own = {name: each for name, each in named.items() if not isinstance(each, type | ModuleType | FunctionType)}
    called = {
        name: each
        for name, each in named.items()
        if isinstance(each, FunctionType) and each.__module__ == function.__module__ and each is not function
    }
    return [source, _plain(own), [[name, inspect.getsource(each)] for name, each in called.items()]]


_WRITTEN: tuple[tuple[type, Callable[[Any], Any]], ...] = (  # each takes and returns its own kind
    (Mapping, lambda value: [[key, _plain(each)] for key, each in value.items()]),
    (tuple, _plain_items),
    (list, _plain_items),
    (Fraction, str),
    (np.ndarray, lambda value: [str(value.dtype), value.shape, hashlib.sha256(value.tobytes()).hexdigest()]),
    (FunctionType, _code),
)
