"""Schema: every record has the columns of its recipe and no others, of the types it says; lists and labels hold known entries."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from treadle.checks.findings import TRUTH, Check, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from treadle.checks.findings import Finding, Row
    from treadle.columns import FieldType

    Test = Callable[[Any], bool]
    """Tells whether a value, of any kind, is as it should be."""

_KNOWN_SHOWN = 6


def schema(types: Mapping[str, FieldType]) -> Check:
    """Return the check that rows have exactly these columns (and perhaps spans), each value of its type."""
    return Check("schema", _Columns(types).look)


def same_columns() -> Check:
    """Return the check that all rows have the columns of the first one, for data without a recipe."""
    return Check("schema", _SameColumns().look)


class _Columns:
    def __init__(self, types: Mapping[str, FieldType]) -> None:
        self._tests = {name: (_test(kind), _expected(kind)) for name, kind in types.items()}
        self._names = set(types)

    def look(self, rows: Sequence[Row]) -> Iterator[Finding]:
        for number, row in enumerate(rows):
            there = row.keys()
            if there - TRUTH != self._names:
                yield from _differences(number, there - TRUTH, self._names)
            for name, (holds, expected) in self._tests.items():
                if name in there and not holds(row[name]):
                    yield number, name, shortened(row[name]), expected


class _SameColumns:
    def __init__(self) -> None:
        self._names: set[str] | None = None

    def look(self, rows: Sequence[Row]) -> Iterator[Finding]:
        for number, row in enumerate(rows):
            if self._names is None:
                self._names = set(row)
            yield from _differences(number, set(row), self._names)


def _differences(number: int, there: set[str], names: set[str]) -> Iterator[Finding]:
    for name in sorted(names - there):
        yield number, name, "no such column", "a value"
    for name in sorted(there - names):
        yield number, name, "a column", "no such column in the recipe"


def values(types: Mapping[str, FieldType], labels: Sequence[str]) -> Check:
    """Return the check that labels, splits and all other entries of lists are those that the recipe knows."""
    known = {
        name: (frozenset(entries), name in labels) for name, kind in types.items() if (entries := entries_of(kind))
    }

    def look(rows: Sequence[Row]) -> Iterator[Finding]:
        for number, row in enumerate(rows):
            for name, (entries, is_label) in known.items():
                value = row.get(name)
                for each in value if isinstance(value, list) else [value]:
                    if isinstance(each, str | int) and each not in entries:
                        yield number, name, shortened(each), _one_of(entries, "label" if is_label else "entry")

    return Check("values", look)


def entries_of(kind: FieldType) -> list[Any]:  # texts or integers
    """Return the entries that a column may hold, where its type has a list of them."""
    if kind.vocabulary is None or kind.boolean:
        return []
    return list(kind.vocabulary.entries) if not kind.dates else kind.vocabulary.texts()


def _one_of(entries: frozenset[Any], what: str) -> str:
    listed = sorted(map(str, entries))
    if len(listed) > _KNOWN_SHOWN:
        return f"a known {what}, of the recipe's {len(listed):,}"
    return f"a known {what}: {', '.join(listed)}"


def _test(kind: FieldType) -> Test:
    """Return what tells whether a value is of a type."""
    plain = _plain_test(kind)
    return (lambda value: value is None or plain(value)) if kind.nullable else plain


def _plain_test(kind: FieldType) -> Test:
    match kind.kind:
        case "number":
            return _decimal(kind.places) if kind.places else _is_integer
        case "list":
            item = _is_text if kind.quoted_items else _is_integer
            return lambda value: isinstance(value, list) and all(map(item, value))
        case "children":
            tests = {name: _test(kind.children[name]) for name in kind.columns}
            return lambda value: isinstance(value, list) and all(_is_child(each, tests) for each in value)
    return _is_text if kind.quoted else _is_boolean if kind.boolean else _is_integer


def _is_child(value: Any, tests: Mapping[str, Test]) -> bool:  # noqa: ANN401  # as in Test
    return isinstance(value, dict) and value.keys() == tests.keys() and all(tests[name](value[name]) for name in tests)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_integer(value: object) -> bool:
    return type(value) is int


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool)


def _decimal(places: int) -> Test:
    def holds(value: Any) -> bool:  # noqa: ANN401  # as in Test
        return type(value) is int or (type(value) is float and float(f"{value:.{places}f}") == value)

    return holds


def _expected(kind: FieldType) -> str:
    """Say in words what a value of a type is."""
    named = {
        "number": f"a number with up to {kind.places} decimal places" if kind.places else "a whole number",
        "list": f"a list of {'texts' if kind.kind == 'list' and kind.quoted_items else 'whole numbers'}",
        "children": f"a list of objects with {', '.join(kind.columns)}",
    }
    one = "a text" if kind.quoted else "true or false" if kind.boolean else "a whole number"
    return named.get(kind.kind, one) + (" or nothing" if kind.nullable else "")


_WIDEST = 20
"""Characters of the least number of 64 bits."""
_INTEGER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def read_cell(kind: FieldType | None, cell: str | None) -> Any:  # noqa: ANN401  # the value that the cell says
    """Return the value of a CSV cell of a type; a cell that does not fit it is returned as it is, for the schema to find."""
    if cell is None or kind is None or kind.quoted:
        return cell
    if kind.kind in {"list", "children"}:
        try:
            return json.loads(cell)
        except (ValueError, RecursionError):
            return cell
    if kind.boolean:
        return {"true": True, "false": False}.get(cell, cell)
    if kind.places:
        return float(cell) if _NUMBER.fullmatch(cell) else cell
    return int(cell) if _INTEGER.fullmatch(cell) and len(cell) <= _WIDEST else cell
