"""Checks one example against the pack's JSON Schema (draft 2020-12), of which it knows what the schema uses."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCHEMA = Path(__file__).parent / "data" / "schema.json"
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "null": type(None),
}


@cache
def schema() -> Mapping[str, Any]:  # JSON values
    """Return the schema."""
    loaded: Mapping[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return loaded


def faults(value: Any, rules: Mapping[str, Any], name: str = "") -> Iterator[tuple[str, str, str]]:  # noqa: ANN401  # JSON values
    """Yield what is wrong with a value: the name of the member, what was found, and what was expected."""
    wanted = rules.get("type")
    if wanted is not None and not _is_of(value, wanted):
        yield name, repr(value), " or ".join([wanted] if isinstance(wanted, str) else wanted)
        return
    if "enum" in rules and value not in rules["enum"]:
        yield name, repr(value), f"one of {', '.join(rules['enum'])}"
    if isinstance(value, str):
        yield from _of_text(value, rules, name)
    elif isinstance(value, int | float):
        if not rules.get("minimum", value) <= value <= rules.get("maximum", value):
            yield name, repr(value), f"{rules.get('minimum')} to {rules.get('maximum')}"
    elif isinstance(value, dict):
        yield from _of_object(value, rules, name)


def _of_text(value: str, rules: Mapping[str, Any], name: str) -> Iterator[tuple[str, str, str]]:
    low, high = rules.get("minLength", 0), rules.get("maxLength", len(value))
    if not low <= len(value) <= high:
        yield name, f"{len(value)} characters", f"{low} to {high}"
    if "pattern" in rules and not re.search(rules["pattern"], value):
        yield name, value, f"a text like {rules['pattern']}"


def _of_object(value: Mapping[str, Any], rules: Mapping[str, Any], name: str) -> Iterator[tuple[str, str, str]]:
    known = rules.get("properties", {})
    for key in rules.get("required", ()):
        if key not in value:
            yield f"{name}.{key}".lstrip("."), "nothing", "a value"
    for key, each in value.items():
        inner = f"{name}.{key}".lstrip(".")
        if key in known:
            yield from faults(each, known[key], inner)
        elif rules.get("additionalProperties", True) is False:
            yield inner, "a value", f"no such key: one of {', '.join(known)}"


def _is_of(value: object, wanted: str | list[str]) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    return any(isinstance(value, _TYPES[name]) and (not isinstance(value, bool) or name == "boolean") for name in names)
