"""Compiling: a recipe's fields turned into steps, each behind those it reads. Problems are noted, to be reported all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from treadle import draw, quotas
from treadle.batch import Scope
from treadle.closure import check_closure
from treadle.columns import Children, Column, FieldType, Lists
from treadle.conditions import Condition, compile_condition
from treadle.crossing import depth, is_circular, root
from treadle.declarations import Check, Clock, Each, Field, Flawed, Member, Quota, Serial
from treadle.errors import Problem, Problems, RecipeError, VocabularyError, unknown
from treadle.held import emptied
from treadle.pieces import PieceTable
from treadle.printing import Digits
from treadle.seen import SeenTypes
from treadle.steps import TABLE
from treadle.steps.derived import call
from treadle.truth import COLUMN
from treadle.vocabularies import Vocabulary, vocabulary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from treadle.recipe import Recipe

Run = Callable[[Scope], Column]
_CHECKS = "checks of the recipe"
"""Stands for the checks among those that need fields; no field has such a name."""

T = TypeVar("T")
_WATCH = ""
"""Stands for whatever is watched among the fields that are being compiled."""
_NUMBERED = (Member, Serial, Clock)
"""Fields whose values differ within a set, since they count records or members."""


@dataclass(frozen=True)
class Step:
    """One field, ready to run: from a scope to a column."""

    name: str
    type: FieldType
    run: Run


@dataclass(frozen=True)
class Gate:
    """One check, ready to run: from a scope to a boolean a record."""

    name: str
    passes: Callable[[Scope], NDArray[np.bool_]]


class Compiling:
    """One level of fields while a recipe compiles: the record's, or those of children within `each`."""

    def __init__(
        self,
        recipe: Recipe,
        seed: int,
        problems: Problems,
        *,
        parent: Compiling | None = None,
        prefix: str = "",
        fields: Mapping[str, Field] | None = None,
        entities: Sequence[str] = (),
    ) -> None:
        """Open the top level, or with `parent` a level of children; `entities` are the types of spans that are kept.

        `varying` gathers the fields of this level that may differ between the members of a set.
        """
        self.recipe, self.seed, self.problems, self.parent, self.prefix = recipe, seed, problems, parent, prefix
        self.fields: Mapping[str, Field] = recipe.fields if fields is None else fields
        self.table: PieceTable = parent.table if parent else PieceTable()
        self.digits: Digits = parent.digits if parent else Digits(self.table)
        self.labels: list[tuple[str, str]] = parent.labels if parent else []
        self.entities: Sequence[str] = parent.entities if parent else entities
        self.capacities: dict[str, tuple[int, str]] = {}
        self.readers: dict[str, str] = {}
        self.given: dict[str, FieldType] = {}
        self.own: dict[str, FieldType] = {}
        self.types = SeenTypes(self)
        self.varying: set[str] = set()
        self._steps: list[Step] = []
        self._open: list[str] = []
        self._needs: dict[str, set[str]] = {}
        self._designs: dict[tuple[str, ...], NDArray[np.int64]] = {}

    def compile(self) -> list[Step]:
        """Compile every field; return the steps in an order in which each finds what it reads."""
        self.own.update(self.given)
        return self.compile_some(tuple(self.fields))

    def compile_some(self, names: Sequence[str]) -> list[Step]:
        """Compile some fields and what they need; return the steps as `compile` does."""
        for name in names:
            self.compiled(name)
        return self._steps

    def compiled(self, name: str) -> FieldType:
        """Return the type of a field of this level, compiling it first where that is still to be done."""
        if self._open:
            self._needs.setdefault(self._open[-1], set()).add(name)
        if name in self.own:
            return self.own[name]
        if name in self._open:
            path = " -> ".join(each for each in [*self._open[self._open.index(name) :], name] if each != _WATCH)
            raise RecipeError(f"fields need each other in a circle: {path}")
        self._open.append(name)
        try:
            kind, run = self._compile(name, self.fields[name])
        except (RecipeError, VocabularyError) as error:
            self._note(name, error)
            kind, run = _broken(self.fields[name]), None
        self._open.pop()
        self.own[name] = kind
        if run is not None:
            self._steps.append(Step(name, kind, run))
        return kind

    def behind(self, names: Iterable[str]) -> list[Step]:
        """Return the steps of some fields of this level and of all that they read, in order; the fields are compiled."""
        waiting, wanted = list(names), set[str]()
        while waiting:
            name = waiting.pop()
            if name not in wanted:
                wanted.add(name)
                waiting += self._needs.get(name, ())
        return [step for step in self._steps if step.name in wanted]

    def spare(self, name: str, needed: str) -> None:
        """Forget that a field needs another one of the same record: it reads that of another record."""
        self._needs.get(name, set()).discard(needed)

    def needed(self) -> list[Step]:
        """Return the steps that the recipe's columns and checks need: what no one reads is not drawn."""
        return self.behind([*self.recipe.columns, *self._needs.get(_CHECKS, ())])

    def _compile(self, name: str, field: Field) -> tuple[FieldType, Run]:
        if isinstance(field, Flawed):
            raise RecipeError(field.flaw)
        if type(field) not in TABLE:
            raise RecipeError(
                f"expected a field made by treadle (choice, integer, text, ...), got {type(field).__name__}"
            )
        counted = isinstance(field, _NUMBERED) and not getattr(field, "of_set", False)
        if counted and self.recipe.members > 1 and self.parent is None:
            self.varying.add(name)
        kind, run = TABLE[type(field)](self, name, field)
        if not field.when:
            return kind, run
        condition = compile_condition(field.when, self.types, self.where(name))
        return replace(kind, nullable=True), _conditional(run, condition)

    def _note(self, name: str, error: RecipeError | VocabularyError) -> None:
        for problem in getattr(error, "problems", None) or [Problem(str(error))]:
            self.problems.add(problem.message, problem.where or self.where(name))

    def problem(self, name: str, message: str) -> None:
        """Note a problem of a field."""
        self.problems.add(message, self.where(name))

    def where(self, name: str) -> str:
        """Return the place of a field: its file and line where they are known, and its name."""
        origin = self.fields[name].origin if name in self.fields and isinstance(self.fields[name], Field) else ""
        return f"{origin}, field {self.path(name)!r}" if origin else f"field {self.path(name)!r}"

    def path(self, name: str) -> str:
        """Return the dotted name of a field."""
        return f"{self.prefix}{name}"

    def key(self, name: str) -> int:
        """Return the key of a field's stream of draws; sets have streams of their own, so that no record shares a set's draws."""
        stream = ("", "sets") if self.recipe.members > 1 else ()
        return draw.path_key(self.seed, self.recipe.name, *stream, self.path(name))

    def varies(self, name: str) -> bool:
        """Tell whether a compiled field, of this level or above it, may differ between the members of a set."""
        if name in self.own or name in self.given:
            return name in self.varying
        return self.parent is not None and self.parent.varies(name)

    def watched(self, act: Callable[[], T]) -> tuple[T, bool]:
        """Do something, and tell whether it read a field that varies."""
        before = self._needs.pop(_WATCH, set())
        self._open.append(_WATCH)
        made = act()
        self._open.pop()
        read, self._needs[_WATCH] = self._needs.pop(_WATCH, set()), before
        self._needs.setdefault(self._open[-1] if self._open else "", set()).update(read)
        found = _WATCH in self.varying
        self.varying.discard(_WATCH)
        if found and self._open:
            self.varying.add(self._open[-1])
        return made, found

    def beside(self, act: Callable[[], None]) -> None:
        """Do something that reads fields without which the value being compiled would be the same: it does not vary with them."""
        current = self._open[-1]
        varied = current in self.varying
        act()
        self.varying = self.varying if varied else self.varying - {current}

    def note_read(self, name: str) -> None:
        """Mark the field that is being compiled as one that varies, where the one that it reads does."""
        if self._open and self.varies(name):
            self.varying.add(self._open[-1])

    def declared(self, name: str) -> Any:  # noqa: ANN401  # the caller knows which field class it asks for
        """Return a field's declaration."""
        return self.fields[name]

    def entity(self, name: str) -> str:
        """Return the span type that a field, or a child's field by its dotted name, declares, or nothing."""
        head, _, tail = name.partition(".")
        if head in self.fields:
            inner = dict(getattr(self.fields[head], "fields", ()))
            return self.fields[head].entity if not tail else inner[tail].entity if tail in inner else ""
        return self.parent.entity(name) if self.parent else ""

    def label(self, entity: str, fact: str | None) -> int:
        """Return the number of a span label: an entity type and the field it comes from; -1 for a type that is not kept."""
        if self.entities and entity not in self.entities:
            return -1
        source = (
            ""
            if fact is None
            else fact
            if fact.partition(".")[0] not in {*self.fields, *self.given}
            else self.path(fact)
        )
        if (entity, source) not in self.labels:
            self.labels.append((entity, source))
        return self.labels.index((entity, source))

    def vocabulary(self, values: str | Vocabulary) -> Vocabulary:
        """Return a vocabulary by name, or the one given."""
        if isinstance(values, Vocabulary):
            return values
        if values not in self.recipe.vocabularies:
            raise RecipeError(unknown("vocabulary", values, self.recipe.vocabularies))
        return vocabulary(self.recipe.vocabularies[values])

    def require(self, names: Sequence[str], name: str) -> None:
        """Compile fields that another one reads; notes a problem for one that is not there."""
        for each in names:
            if each not in self.types:
                self.problem(name, unknown("field", each, self.types))
            else:
                self.types[each]

    def category(self, wanted: str, name: str) -> FieldType:
        """Return the type of a choice or quota field; raises `RecipeError` for any other."""
        if wanted not in self.types:
            raise RecipeError(unknown("field", wanted, self.types))
        kind = self.types[wanted]
        if kind.kind != "category" or kind.vocabulary is None:
            raise RecipeError(f"field {name!r} needs {wanted!r} to be a choice or quota field, and it is a {kind.kind}")
        return kind

    def listed(self, wanted: str) -> FieldType:
        """Return the type of a list field; raises `RecipeError` for any other."""
        if wanted not in self.types:
            raise RecipeError(unknown("list field", wanted, self.types))
        kind = self.types[wanted]
        if kind.kind != "list" or kind.vocabulary is None:
            raise RecipeError(f"{wanted!r} is no list field: use one made by sample or merge")
        return kind

    def number_type(self, places: int) -> FieldType:
        """Return the type of a number with `places` decimal places."""
        if not 0 <= places <= 9:
            raise RecipeError(f"places={places}: expected 0 to 9")
        return FieldType("number", ordered=True, places=places, blocks=self.digits.first_blocks)

    def capacity(self, name: str, size: int, why: str = "") -> None:
        """Note that a field has values for records below `size` alone, and why: by default since it is unique."""
        if self.parent is None:
            self.capacities[name] = size, why or f"is unique and holds {size} values"

    def inner(self, name: str, fields: Mapping[str, Field]) -> Compiling:
        """Open the level of a field's children."""
        return Compiling(
            self.recipe, self.seed, self.problems, parent=self, prefix=f"{self.path(name)}.", fields=fields
        )

    def quota_chain(self, name: str) -> tuple[str, ...]:
        """Return the quotas crossed with a quota, itself among them, the one that stands alone first."""
        quotas = {each: field for each, field in self.fields.items() if isinstance(field, Quota)}
        across = quotas[name].across
        if across and across not in quotas:
            raise RecipeError(f"quota {name!r}: {unknown('quota field', across, quotas)}")
        roots = {each: root(each, quotas) for each in quotas if each == name or not is_circular(each, quotas)}
        return tuple(
            sorted((each for each in roots if roots[each] == roots[name]), key=lambda each: depth(each, quotas))
        )

    def quota_design(self, chain: tuple[str, ...], weights: list[tuple[int, ...]]) -> NDArray[np.int64]:
        """Return the design that crossed quotas share."""
        if chain not in self._designs:
            across = [[chain.index(each) for each in self._crossed_with(name)] for name in chain]
            self._designs[chain] = quotas.designs(weights, self.key(chain[0]), across)
        return self._designs[chain]

    def _crossed_with(self, name: str) -> list[str]:
        """Return the quotas that one is crossed with, directly and through these."""
        across = getattr(self.fields[name], "across", "")
        return [*self._crossed_with(across), across] if across else []

    def gates(self) -> list[Gate]:
        """Compile the recipe's checks."""
        made = []
        self._open.append(_CHECKS)
        for each in self.recipe.checks:
            where = f"{each.origin}, check {each.name!r}"
            gates, varying = self.watched(partial(self._gate, each, where))
            if varying:
                self.problems.add(
                    "a check cannot read what differs within a set: its members are drawn again all together, or not at all",
                    where,
                )
            made += gates
        self._open.pop()
        return made

    def _gate(self, each: Check, where: str) -> list[Gate]:
        unread = [name for name in each.inputs if name not in self.types]
        for name in unread:
            self.problems.add(unknown("field", name, self.types), where)
        if each.function is not None:
            self.require([name for name in each.inputs if name not in unread], "")
            return [Gate(each.name, _function_gate(each.name, each.function, each.inputs))]
        try:
            return [Gate(each.name, compile_condition(each.condition, self.types, where).test)]
        except RecipeError as error:
            self.problems.extend(error.problems)
        return []

    def check_names(self) -> None:
        """Note columns and labels that are no fields."""
        if COLUMN in self.recipe.columns:
            self.problems.add(
                f"column {COLUMN!r} is where the spans are written: choose another name", f"recipe {self.recipe.name!r}"
            )
        for kind, names in (("column", self.recipe.columns), ("label", self.recipe.labels)):
            for name in dict.fromkeys(names):
                if name not in self.fields:
                    self.problems.add(unknown(kind, name, self.fields), f"recipe {self.recipe.name!r}")
                elif names.count(name) > 1:
                    self.problems.add(f"{kind} {name!r} is named twice: name it once", f"recipe {self.recipe.name!r}")
        check_closure(self.recipe, self.fields, self.varying, self.problems)


def _conditional(run: Run, condition: Condition) -> Run:
    def conditional(scope: Scope) -> Column:
        column, holds = run(scope), condition.test(scope)
        if isinstance(column, Lists | Children):
            column = emptied(column, holds)
        return replace(column, valid=holds if column.valid is None else holds & column.valid)

    return conditional


def _function_gate(
    name: str,
    function: Callable[..., Any],
    inputs: Sequence[str],  # any signature, as in Derive
) -> Callable[[Scope], NDArray[np.bool_]]:
    return lambda scope: call(function, [scope.column(each) for each in inputs], len(scope), name).astype(bool)


def _broken(field: Field) -> FieldType:
    """Return what a field that does not compile is taken for, so that the others can be checked."""
    return FieldType("children" if isinstance(field, Each) else "text")
