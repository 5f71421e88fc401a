"""A validator of the schemas that `inventory.py` generates: each violation names its rule, its place, what was expected and got."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from treadle.packs.logs.inventory import Entry, Inventory

Value = Any
"""A JSON value."""


@dataclass(frozen=True)
class Violation:
    """What is wrong with an entry: the rule, a JSON pointer (RFC 6901) to the place, what was expected there and what was found."""

    rule: str
    pointer: str
    expected: str
    got: str
    scope: str = "record"


Check = Callable[[Value, str], Iterator[Violation]]


def compile_schema(inventory: Inventory) -> Check:
    """Return a function of a record, and the pointer to it, that yields its violations.

    Rules are named `DOMAIN.schema.FIELD.KEYWORD`, after the keyword of JSON Schema that each is.
    """
    return _object(inventory.fields, inventory.vocabulary, f"{inventory.domain}.schema")


def rules_of(inventory: Inventory) -> list[str]:
    """Return the names of all rules of a schema."""
    prefix = f"{inventory.domain}.schema"
    return [f"{prefix}.type", f"{prefix}.additionalProperties", *_names(inventory.fields, prefix)]


def _names(fields: Sequence[Entry], prefix: str) -> Iterator[str]:
    for each in fields:
        own = f"{prefix}.{each.name}"
        yield from (f"{own}.required", f"{own}.type")
        yield from (f"{own}.{keyword}" for keyword, _ in _limits(each, {each.vocabulary: []}))
        if each.type == "array":
            yield f"{own}.items.type"
            if each.fields:
                yield f"{own}.items.additionalProperties"
                yield from _names(each.fields, f"{own}.items")


def _object(fields: Sequence[Entry], vocabulary: Mapping[str, Sequence[Value]], prefix: str) -> Check:
    checks = {each.name: _field(each, vocabulary, f"{prefix}.{each.name}") for each in fields}

    def check(record: Value, pointer: str) -> Iterator[Violation]:
        if type(record) is not dict:
            yield Violation(f"{prefix}.type", pointer, "object", shown(record))
            return
        if record.keys() != checks.keys():
            for name in checks.keys() - record.keys():
                yield Violation(f"{prefix}.{name}.required", pointer, f"a field {name}", "no such field")
            for name in sorted(record.keys() - checks.keys()):
                yield Violation(
                    f"{prefix}.additionalProperties",
                    f"{pointer}/{_escaped(name)}",
                    "no such field",
                    shown(record[name]),
                )
        for name, look in checks.items():
            if name in record:
                yield from look(record[name], f"{pointer}/{name}")

    return check


def _field(entry: Entry, vocabulary: Mapping[str, Sequence[Value]], prefix: str) -> Check:
    limits = _limits(entry, vocabulary)
    fits, wanted = _FITS[entry.type], f"{entry.type} or null" if entry.nullable else entry.type
    items = None
    if entry.type == "array":
        items = _object(entry.fields, vocabulary, f"{prefix}.items") if entry.fields else _texts(f"{prefix}.items.type")

    def check(value: Value, pointer: str) -> Iterator[Violation]:
        if value is None and entry.nullable:
            return
        if not fits(value):
            yield Violation(f"{prefix}.type", pointer, wanted, shown(value))
            return
        for keyword, (holds, expected) in limits:
            if not holds(value):
                yield Violation(f"{prefix}.{keyword}", pointer, expected, shown(value))
        if items is not None:
            for number, each in enumerate(value):
                yield from items(each, f"{pointer}/{number}")

    return check


def _texts(rule: str) -> Check:
    def check(value: Value, pointer: str) -> Iterator[Violation]:
        if type(value) is not str:
            yield Violation(rule, pointer, "string", shown(value))

    return check


def _limits(
    entry: Entry, vocabulary: Mapping[str, Sequence[Value]]
) -> list[tuple[str, tuple[Callable[[Value], bool], str]]]:
    """Return the keywords of a field with their tests, and what each expects."""
    made: list[tuple[str, tuple[Callable[[Value], bool], str]]] = []
    if entry.vocabulary:
        known = frozenset(vocabulary[entry.vocabulary])
        made.append(("enum", (lambda value: value in known, f"one of {entry.vocabulary}")))
    if entry.const is not None:
        made.append(("const", (lambda value: value == entry.const, f"{entry.const!r}")))
    if entry.pattern:
        found = re.compile(_python(entry.pattern)).search
        made.append(("pattern", (lambda value: found(value) is not None, entry.pattern)))
    low, high = entry.minimum, entry.maximum
    if low is not None:
        made.append(("minimum", (lambda value: value >= low, f"at least {low}")))
    if high is not None:
        made.append(("maximum", (lambda value: value <= high, f"at most {high}")))
    for keyword, bound, sign in (
        ("minLength", entry.min_length, 1),
        ("maxLength", entry.max_length, -1),
        ("minItems", entry.min_items, 1),
    ):
        if bound is not None:
            made.append((keyword, (_length(bound, sign), f"{keyword} {bound}")))
    return made


def _python(pattern: str) -> str:
    r"""Return an ECMA-262 pattern as Python reads it: `$` is the end alone, and not also the place before a last newline."""
    return re.sub(r"(?<!\\)\$$", r"\\Z", pattern)


def _length(bound: int, sign: int) -> Callable[[Value], bool]:
    return lambda value: sign * len(value) >= sign * bound


def _is_integer(value: Value) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())


_FITS: dict[str, Callable[[Value], bool]] = {
    "string": lambda value: type(value) is str,
    "integer": _is_integer,
    "number": lambda value: type(value) in {int, float},
    "boolean": lambda value: type(value) is bool,
    "array": lambda value: type(value) is list,
}


def shown(value: Value) -> str:
    """Return a value as a message shows it."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
