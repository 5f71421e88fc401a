"""Reads the rule families of the intents: named rules of rule files with a line of attributes above each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import treadle as td
from treadle.packs.intents.labels import AUDIENCES, COMPLEXITIES, EDGES, FORMS, INTENTS, NOISY, PASTED, WRAPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HERE = Path(__file__).parent / "data"
_HEAD = re.compile(r"#=\s*(.*)")
_NAME = re.compile(r"([A-Za-z_]\w*):\s*")
_LEVEL = re.compile(r"(\d+)|domain([+-]\d+)?")


@dataclass(frozen=True)
class Family:
    """One way of asking: a named rule and what is true of its texts.

    `intent` is `any` for an edge case that each intent has, and `kind` its kind; `level` is a technical level, 0 to 10, or where
    `of_domain` is set what is added to the domain's own; `sure` tells how many of a hundred careful readers would give the label,
    and `near` which label the others would give.
    """

    name: str
    intent: str
    form: str
    complexity: str = "moderate"
    level: int = 0
    of_domain: bool = True
    audience: tuple[str, ...] = ()
    style: tuple[str, ...] = ()
    paste: tuple[str, ...] = ()
    sure: int = 95
    near: str = ""
    weight: str = "1"
    where: str = ""
    kind: str = ""

    @property
    def styles(self) -> dict[str, int]:
        """The styles that the family's texts are written in, and their weights."""
        allowed = FORMS[self.form]
        return {style: allowed.get(style, 1) for style in self.style} if self.style else allowed


def read_families(path: Path, intent: str = "") -> list[Family]:
    """Return the families of a rule file, of an intent or (without one) of edge cases of the kind that the file is named for.

    Raises `UsageError` with every attribute that is wrong.
    """
    found: list[Family] = []
    wrong: list[str] = []
    head, where = "", ""
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        attributes, name = _HEAD.fullmatch(line.strip()), _NAME.fullmatch(line)
        if attributes:
            if head:
                wrong.append(f"{where}: attributes without a rule below them")
            head, where = attributes.group(1) or " ", f"{path.name}:{number}"
        elif name and head:
            try:
                found.append(_family(name.group(1), intent, head, where, kind="" if intent else path.stem))
            except ValueError as error:
                wrong.append(f"{where}: {error}")
            head = ""
    if head:
        wrong.append(f"{where}: attributes without a rule below them")
    if wrong:
        raise td.UsageError("\n".join(wrong))
    return found


def _family(name: str, intent: str, head: str, where: str, kind: str) -> Family:
    """Return a family from its line of attributes; raises `ValueError` for what does not fit."""
    prefix = INTENTS.get(intent, "edge")
    if not name.startswith(f"{prefix}_"):
        raise ValueError(f"name={name!r}: expected a name that begins with {prefix}_")
    given = dict(_pair(each) for each in head.split())
    unknown = [key for key in given if key not in _READ or (key == "intent" and not kind)]
    if unknown:
        raise ValueError(f"attribute {unknown[0]!r}: expected one of {', '.join(_READ)}")
    if given.get("form") not in FORMS:
        raise ValueError(f"form={given.get('form')!r}: expected one of {', '.join(FORMS)}")
    read = [_READ[key](value) for key, value in given.items()]
    known = {"intent": intent or "any", "where": where, "kind": kind}
    values: dict[str, Any] = {
        **known,
        **{key: value for each in read for key, value in each.items()},
    }  # of their fields' types
    made = Family(name, **values)
    if made.sure < 80 and made.near in {"", made.intent} and made.intent != "any":
        raise ValueError(f"sure={made.sure}: below 80 near= has to name the intent that others would give")
    if unfit := [style for style in made.style if style not in FORMS[made.form]]:
        raise ValueError(f"style={unfit[0]!r}: the form {made.form} has {', '.join(FORMS[made.form])}")
    if made.paste and made.form not in {"command", "question", "request", "statement"}:
        raise ValueError(
            f"paste: the form {made.form} holds its own material; expected a command, question, request or statement"
        )
    return made


def _pair(attribute: str) -> tuple[str, str]:
    key, equals, value = attribute.partition("=")
    if not equals or not value:
        raise ValueError(f"{attribute!r}: expected NAME=VALUE")
    return key, value


def _one_of(key: str, known: tuple[str, ...]) -> Callable[[str], Mapping[str, str]]:
    def read(value: str) -> Mapping[str, str]:
        if value not in known:
            raise ValueError(f"{key}={value!r}: expected one of {', '.join(known)}")
        return {key: value}

    return read


def _some_of(key: str, known: tuple[str, ...]) -> Callable[[str], Mapping[str, tuple[str, ...]]]:
    def read(value: str) -> Mapping[str, tuple[str, ...]]:
        values = tuple(each.strip() for each in value.split(",") if each.strip())
        wrong = [each for each in values if each not in (*known, "any")]
        if wrong:
            raise ValueError(f"{key}={wrong[0]!r}: expected some of {', '.join(known)}")
        return {key: () if "any" in values else values}

    return read


def _level(value: str) -> Mapping[str, int | bool]:
    found = _LEVEL.fullmatch(value)
    if not found or (found.group(1) and int(found.group(1)) > 10):
        raise ValueError(f"level={value!r}: expected 0 to 10, domain, domain+2 or domain-1")
    return {"level": int(found.group(1) or found.group(2) or 0), "of_domain": found.group(1) is None}


def _sure(value: str) -> Mapping[str, int]:
    if not value.isdecimal() or not 30 <= int(value) <= 99:
        raise ValueError(f"sure={value!r}: expected 30 to 99")
    return {"sure": int(value)}


def _weight(value: str) -> Mapping[str, str]:
    if not re.fullmatch(r"\d+(\.\d+)?", value) or not float(value):
        raise ValueError(f"weight={value!r}: expected a number above 0")
    return {"weight": value}


_READ: dict[str, Callable[[str], Mapping[str, object]]] = {
    "form": _one_of("form", tuple(FORMS)),
    "intent": _one_of("intent", tuple(INTENTS)),
    "complexity": _one_of("complexity", COMPLEXITIES),
    "level": _level,
    "audience": _some_of("audience", AUDIENCES),
    "style": _some_of("style", WRAPPED),
    "paste": _some_of("paste", PASTED),
    "sure": _sure,
    "near": _one_of("near", tuple(INTENTS)),
    "weight": _weight,
}
"""What each attribute may say, and the fields of a family that it gives."""


@cache
def families() -> tuple[Family, ...]:
    """Return the families of all intents, intent by intent."""
    return tuple(each for intent in INTENTS for each in read_families(HERE / "grammar" / f"{intent}.rules", intent))


@cache
def edge_families() -> tuple[Family, ...]:
    """Return the families of all kinds of edge cases but the noisy ones, whose texts are of the families of the intents."""
    kinds = [kind for kind in EDGES if kind not in NOISY]
    return tuple(each for kind in kinds for each in read_families(HERE / "grammar" / "edge" / f"{kind}.rules"))


@cache
def grammars() -> tuple[Path, ...]:
    """Return the rule files: those of the intents, those that they share, and those of edge cases."""
    return tuple(sorted((HERE / "grammar").rglob("*.rules")))
