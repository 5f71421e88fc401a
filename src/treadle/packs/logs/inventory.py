"""The inventory of a domain's fields and its controlled vocabulary: one file, from which schema and docs are generated."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import treadle as td

if TYPE_CHECKING:
    from pathlib import Path

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TYPES = ("string", "integer", "number", "boolean", "array")
_KNOWN = {
    "name", "type", "doc", "attribute", "resource", "unit", "nullable", "vocabulary", "const", "pattern", "minimum", "maximum",
    "min_length", "max_length", "min_items", "fields",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One field of a record: what it is called and what it may hold.

    `attribute` is its name in the convention that it follows; `nullable` fields are null where there is nothing to say. An array
    holds objects with `fields`, or texts where it has none.
    """

    name: str
    type: str
    doc: str
    attribute: str = ""
    resource: bool = False
    unit: str = ""
    nullable: bool = False
    vocabulary: str = ""
    const: str | int | None = None
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    fields: tuple[Entry, ...] = ()

    def schema(self, vocabulary: dict[str, list[Any]]) -> dict[str, Any]:  # JSON values
        """Return the JSON Schema of a value."""
        made: dict[str, Any] = {"description": self.doc, "type": [self.type, "null"] if self.nullable else self.type}
        if self.vocabulary:
            made["enum"] = [*vocabulary[self.vocabulary], *([None] if self.nullable else [])]
        named = {"const": self.const, "pattern": self.pattern or None, "minimum": self.minimum, "maximum": self.maximum}
        named |= {"minLength": self.min_length, "maxLength": self.max_length, "minItems": self.min_items}
        made |= {key: value for key, value in named.items() if value is not None}
        if self.type == "array":
            made["items"] = of_object(self.fields, vocabulary) if self.fields else {"type": "string"}
        return made


@dataclass(frozen=True)
class Inventory:
    """All fields of a domain, in the order of its columns, and its vocabulary."""

    domain: str
    version: str
    title: str
    follows: str
    fields: tuple[Entry, ...]
    vocabulary: dict[str, list[Any]] = field(default_factory=dict)  # texts or numbers

    @property
    def names(self) -> list[str]:
        """The columns."""
        return [each.name for each in self.fields]

    @property
    def identifier(self) -> str:
        """The schema's identifier: another version has another one."""
        return f"urn:treadle:logs:{self.domain}:{self.version}"

    def schema(self) -> dict[str, Any]:  # JSON values
        """Return the JSON Schema (draft 2020-12) of a record."""
        return {
            "$schema": DIALECT,
            "$id": self.identifier,
            "title": self.title,
            "description": f"Follows {self.follows}. Null: there is nothing to say.",
            **of_object(self.fields, self.vocabulary),
        }

    def document(self) -> str:
        """Return the inventory as a page."""
        lines = [f"# Fields of `logs.{self.domain}`", ""]
        lines += [f"{self.title}, version {self.version}. Follows {self.follows}. Generated from `inventory.toml`.", ""]
        lines += _rows(self.fields)
        for each in self.fields:
            if each.fields:
                lines += ["", f"## Each of `{each.name}`", "", *_rows(each.fields)]
        lines += ["", "## Controlled vocabulary", ""]
        lines += [
            f"- `{name}`: " + ", ".join(f"`{value}`" for value in values) for name, values in self.vocabulary.items()
        ]
        return "\n".join(lines) + "\n"


def of_object(fields: tuple[Entry, ...], vocabulary: dict[str, list[Any]]) -> dict[str, Any]:  # JSON values
    """Return the JSON Schema of an object that has exactly these fields."""
    return {
        "type": "object",
        "properties": {each.name: each.schema(vocabulary) for each in fields},
        "required": [each.name for each in fields],
        "additionalProperties": False,
    }


def _rows(fields: tuple[Entry, ...]) -> list[str]:
    lines = ["| field | type | holds | in the convention |", "| --- | --- | --- | --- |"]
    for each in fields:
        kind = f"{each.type} or null" if each.nullable else each.type
        limits = [f"one of `{each.vocabulary}`"] if each.vocabulary else []
        limits += [f"always `{each.const}`"] if each.const is not None else []
        limits += [f"from {each.minimum}"] if each.minimum is not None else []
        limits += [f"to {each.maximum}"] if each.maximum is not None else []
        limits += [f"pattern `{each.pattern}`".replace("|", "\\|")] if each.pattern else []
        unit = f" ({each.unit})" if each.unit else ""
        convention = f"`{each.attribute}`" if each.attribute else ""
        lines.append(f"| `{each.name}` | {kind} | {'; '.join([each.doc + unit, *limits])} | {convention} |")
    return lines


def read_inventory(path: Path) -> Inventory:
    """Read an inventory; raises `UsageError` that names the file and the field for what it cannot be."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise td.UsageError(f"{path}: expected a TOML file with an inventory of fields: {error}") from error
    missing = [key for key in ("domain", "version", "title", "follows", "field") if key not in content]
    if missing:
        raise td.UsageError(
            f"{path}: {missing[0]!r} is missing: an inventory has domain, version, title, follows and [[field]]"
        )
    vocabulary = content.get("vocabulary", {})
    fields = tuple(_entry(each, vocabulary, path) for each in content["field"])
    return Inventory(content["domain"], content["version"], content["title"], content["follows"], fields, vocabulary)


def _entry(given: dict[str, Any], vocabulary: dict[str, Any], path: Path) -> Entry:  # TOML values
    where = f"{path}, field {given.get('name', '?')!r}"
    unknown = sorted(set(given) - _KNOWN)
    if unknown:
        raise td.UsageError(f"{where}: unknown key {unknown[0]!r}: expected some of {', '.join(sorted(_KNOWN))}")
    for key in ("name", "type", "doc"):
        if key not in given:
            raise td.UsageError(f"{where}: {key!r} is missing")
    if given["type"] not in TYPES:
        raise td.UsageError(f"{where}: type={given['type']!r}: expected one of {', '.join(TYPES)}")
    if given.get("vocabulary", "") not in {"", *vocabulary}:
        raise td.UsageError(f"{where}: vocabulary={given['vocabulary']!r}: expected one of {', '.join(vocabulary)}")
    inner = tuple(_entry(each, vocabulary, path) for each in given.get("fields", ()))
    return Entry(**{**given, "fields": inner})


def written(content: Any) -> str:  # noqa: ANN401  # any JSON value
    """Return a generated JSON file's text."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
