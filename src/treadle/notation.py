r"""The template notation, parsed into a small tree.

    {slot}  {slot|lower}  {slot:TYPE}     a field, vocabulary or rule; modifiers; the entity type of its span
    {slot#mark}                           an entry of a vocabulary that is drawn once for the text: the same wherever it stands
    [text]  [{30%}text]                   optional text, half of the time or with the chance given
    (one|two|{*3}three)                   one alternative; `{*3}` weighs it three times
    {if level=senior}..{elif ..}{else}..{/if}   a condition on facts
    \{ \[ \( \| \\ \n \t                    the character itself; a parenthesis without `|` is plain text

A rule file holds named rules: a line `name:` and, indented below it, one alternative a line; `#` begins a comment line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from treadle.errors import Problem, RecipeError


@dataclass(frozen=True)
class Place:
    """Where a template begins: a source (`jobs.rules`, `recipe.py:12, field 'text'`), its first line and column."""

    source: str
    line: int = 1
    column: int = 1

    def at(self, text: str, index: int) -> str:
        """Return `source:line:column` of a character of the template."""
        if "\n" not in text:
            return f"{self.source}:{self.line}:{self.column + index}"
        before = text[:index]
        line = before.count("\n")
        column = index - (before.rfind("\n") + 1) + (self.column if line == 0 else 1)
        return f"{self.source}:{self.line + line}:{column}"


@dataclass(frozen=True)
class Literal:
    """Plain text."""

    text: str


@dataclass(frozen=True)
class Modifier:
    """`|name(arguments)` behind a slot."""

    name: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Slot:
    """`{name#held:entity|modifiers}`."""

    name: str
    entity: str
    modifiers: tuple[Modifier, ...]
    where: str
    held: str = ""


@dataclass(frozen=True)
class Alternatives:
    """`(a|b)`, or an optional part as an alternative beside nothing; `weights` are relative."""

    choices: tuple[Sequence_, ...]
    weights: tuple[Fraction, ...]
    where: str


@dataclass(frozen=True)
class Branches:
    """`{if condition}..{else}..{/if}`: the first condition that holds decides; `otherwise` may be empty."""

    conditions: tuple[str, ...]
    bodies: tuple[Sequence_, ...]
    otherwise: Sequence_
    where: str


Node: TypeAlias = Literal | Slot | Alternatives | Branches
Sequence_: TypeAlias = tuple[Node, ...]


@dataclass(frozen=True)
class Rule:
    """A named rule: alternatives as source text with weights and places."""

    name: str
    alternatives: tuple[str, ...]
    weights: tuple[Fraction, ...]
    places: tuple[Place, ...]


_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_SLOT = re.compile(rf"({_NAME})(?:#(\w+))?(?::([\w\-]+))?\s*((?:\|.*)?)", re.DOTALL)
_MODIFIER = re.compile(r"\|\s*([A-Za-z_]\w*)\s*(?:\(((?:[^()\"]|\"[^\"]*\")*)\))?\s*")
_ARGUMENT = re.compile(r'\s*(?:"([^"]*)"|([^,"]+?))\s*(?:,|$)')
_ESCAPED = {"n": "\n", "t": "\t"}
_PERCENT = re.compile(r"\{\s*(\d+(?:\.\d+)?)%\s*\}")
_WEIGHT = re.compile(r"\{\s*\*\s*(\d+(?:\.\d+)?)\s*\}")
_KEYWORDS = {"if", "elif", "else"}
_DEEPEST = 64
"""Most brackets, parentheses and conditions within each other."""
_NO_TEXT = re.compile("[\ud800-\udfff]")


@lru_cache(1 << 16)
def parse(text: str, place: Place) -> Sequence_:
    """Parse one template; raise `RecipeError` with the place of the first thing that is wrong."""
    broken = _NO_TEXT.search(text)
    if broken:
        message = f"{broken.group()!a} is half a character, which no file can hold: write the whole one"
        raise RecipeError([Problem(message, place.at(text, broken.start()))])
    return _Parser(text, place).template()


def parse_weight(text: str) -> tuple[Fraction | None, int]:
    """Read a leading `{*N}`; return the weight (or None) and where the rest begins."""
    found = _WEIGHT.match(text)
    return (Fraction(found.group(1)), found.end()) if found else (None, 0)


def escape(text: str) -> str:
    r"""Return text in which no character has a meaning in templates: `(a|b)` becomes `\(a\|b\)`."""
    return re.sub(r"([\\{}\[\]()|])", r"\\\1", text)


@lru_cache(256)
def parse_rules(text: str, source: str) -> list[Rule]:
    """Parse a rule file; raise `RecipeError` with every line that is wrong."""
    problems: list[Problem] = []
    rules: dict[str, list[tuple[str, Fraction, Place]]] = {}
    current: list[tuple[str, Fraction, Place]] | None = None
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0] not in " \t":
            current = _open_rule(line, f"{source}:{number}:1", rules, problems)
        elif current is None:
            problems.append(Problem("expected a rule name and a colon before its alternatives", f"{source}:{number}:1"))
        else:
            body = line.strip()
            weight, begin = parse_weight(body)
            column = line.index(body) + 1 + begin
            current.append((body[begin:], weight if weight is not None else Fraction(1), Place(source, number, column)))
    problems += [
        Problem(f"rule {name!r} has no alternative: write at least one, indented below it", source)
        for name, alternatives in rules.items()
        if not alternatives
    ]
    if problems:
        raise RecipeError(problems)
    return [Rule(name, *map(tuple, zip(*alternatives, strict=True))) for name, alternatives in rules.items()]


def named_rules(text: str) -> list[str]:
    """Return the names of the rules of a rule file, though there be mistakes in it."""
    return re.findall(rf"^({_NAME})\s*:\s*$", text, re.MULTILINE)


def _open_rule(
    line: str, where: str, rules: dict[str, list[tuple[str, Fraction, Place]]], problems: list[Problem]
) -> list[tuple[str, Fraction, Place]]:
    name = line.strip().removesuffix(":").strip()
    if not line.rstrip().endswith(":") or not re.fullmatch(_NAME, name) or "." in name:
        problems.append(Problem(f"expected a rule name and a colon, got {line.strip()!r}", where))
        return []
    if name in rules:
        problems.append(Problem(f"rule {name!r} is defined twice: put its alternatives together", where))
    return rules.setdefault(name, [])


_KEYWORD = re.compile(r"\{\s*(if\b|elif\b|else\b|/if\b)")
_BRACES = re.compile(r'\{((?:[^{}"]|"[^"]*")*)\}')
_EASY = re.compile(rf"([^\\{{}}\[\]()|]+)|\{{(?!(?:if|elif|else)\b)({_NAME})\}}")
"""Plain text, or a slot that is a name alone: most of what stands in templates."""


class _Parser:
    """A recursive-descent parser over one template."""

    def __init__(self, text: str, place: Place) -> None:
        self.text, self.place, self.at, self.depth = text, place, 0, 0

    def template(self) -> Sequence_:
        nodes = self.sequence(stop="")
        if self.at < len(self.text):
            found = self.text[self.at]
            raise self.error(
                f"unexpected {self.text[self.at : self.at + 6].splitlines()[0]!r}: nothing is open here; write \\{found} "
                "for the character itself"
            )
        return nodes

    def error(self, message: str, at: int | None = None) -> RecipeError:
        return RecipeError([Problem(message, self.place.at(self.text, self.at if at is None else at))])

    def sequence(self, stop: str) -> Sequence_:
        """Read nodes up to a character of `stop`, a closing bracket of an outer group or a branch keyword."""
        nodes: list[Node] = []
        while self.at < len(self.text):
            if easy := _EASY.match(self.text, self.at):
                nodes.append(self.easy(easy))
                continue
            character = self.text[self.at]
            if character in stop or character in "]}":
                break
            if character == "{" and self.keyword() in {"elif", "else", "/if"}:
                break
            nodes.extend(self.node(character))
        return _merged(nodes)

    def easy(self, found: re.Match[str]) -> Node:
        self.at = found.end()
        plain, name = found.groups()
        return Slot(name, "", (), self.place.at(self.text, found.start())) if plain is None else Literal(plain)

    def node(self, character: str) -> Sequence_:
        if character == "\\":
            return (Literal(self.escaped()),)
        if character == "{" and self.keyword() != "if":
            return (self.slot(),)
        if character in "{[(":
            self.depth += 1
            if self.depth > _DEEPEST:
                raise self.error(f"groups nest more than {_DEEPEST} deep here: name some of them as rules")
            group = (self.branches(),) if character == "{" else (self.optional(),) if character == "[" else self.group()
            self.depth -= 1
            return group
        self.at += 1
        return (Literal(character),)

    def escaped(self) -> str:
        if self.at + 1 >= len(self.text):
            raise self.error("a backslash at the end escapes nothing: write \\\\ for a backslash")
        character = self.text[self.at + 1]
        self.at += 2
        return _ESCAPED.get(character, character)

    def keyword(self) -> str | None:
        found = _KEYWORD.match(self.text, self.at)
        return found.group(1) if found else None

    def braces(self) -> str:
        """Read `{...}` and return what is inside; quotes may hold braces."""
        found = _BRACES.match(self.text, self.at)
        if not found:
            raise self.error("this { is not closed: write } behind the name, or \\{ for the character itself")
        self.at = found.end()
        return found.group(1).strip()

    def slot(self) -> Slot:
        begin = self.at
        inner = self.braces()
        found = _SLOT.fullmatch(inner)
        if not found or found.group(1) in _KEYWORDS:
            raise self.error(f"expected a name inside braces, as in {{city}} or {{city|upper}}, got {{{inner}}}", begin)
        name, held, entity, rest = found.groups()
        return Slot(name, entity or "", self.modifiers(rest, begin), self.place.at(self.text, begin), held or "")

    def modifiers(self, rest: str, begin: int) -> tuple[Modifier, ...]:
        found, at = [], 0
        while at < len(rest):
            match = _MODIFIER.match(rest, at)
            if not match:
                raise self.error(f'expected modifiers as in |lower or |join(", "), got {rest[at:]!r}', begin)
            arguments = match.group(2)
            found.append(Modifier(match.group(1), _arguments(arguments) if arguments else ()))
            at = match.end()
        return tuple(found)

    def optional(self) -> Alternatives:
        begin = self.at
        self.at += 1
        chance = Fraction(1, 2)
        percent = _PERCENT.match(self.text, self.at)
        if percent:
            chance, self.at = Fraction(percent.group(1)) / 100, percent.end()
            if chance > 1:
                raise self.error(f"a chance is at most 100%, got {percent.group(1)}%", begin)
        choices, weights = self.alternatives("]", begin)
        total = sum(weights)
        shared = [chance * weight / total for weight in weights]
        return Alternatives(((), *choices), (1 - chance, *shared), self.place.at(self.text, begin))

    def group(self) -> Sequence_:
        begin = self.at
        self.at += 1
        choices, weights = self.alternatives(")", begin)
        if len(choices) == 1:
            return (Literal("("), *choices[0], Literal(")"))
        return (Alternatives(tuple(choices), tuple(weights), self.place.at(self.text, begin)),)

    def alternatives(self, close: str, begin: int) -> tuple[list[Sequence_], list[Fraction]]:
        choices, weights = [], []
        while True:
            weight, length = parse_weight(self.text[self.at :])
            self.at += length
            choices.append(self.sequence(stop="|" + close))
            weights.append(weight if weight is not None else Fraction(1))
            if self.at >= len(self.text) or self.text[self.at] not in "|" + close:
                opened = self.text[begin]
                raise self.error(
                    f"this {opened} is not closed: write {close}, or \\{opened} for the character itself", begin
                )
            self.at += 1
            if self.text[self.at - 1] == close:
                if not sum(weights):
                    raise self.error(
                        "the weights of these alternatives sum to zero: give one of them a weight above 0", begin
                    )
                return choices, weights

    def branches(self) -> Branches:
        begin = self.at
        conditions: list[str] = []
        bodies: list[Sequence_] = []
        otherwise: Sequence_ = ()
        while True:
            word, _, condition = self.braces().partition(" ")
            if word == "/if":
                return Branches(tuple(conditions), tuple(bodies), otherwise, self.place.at(self.text, begin))
            body = self.sequence(stop="")
            if self.keyword() is None:
                raise self.error("this {if} is not closed: write {/if} behind it", begin)
            if word == "else":
                otherwise = body
            elif condition.strip():
                conditions.append(condition.strip())
                bodies.append(body)
            else:
                raise self.error(f"{{{word}}} needs a condition, as in {{{word} level=senior}}", begin)


def _arguments(text: str) -> tuple[str, ...]:
    pairs = (found.groups() for found in _ARGUMENT.finditer(text) if found.group(0).strip())
    return tuple(
        (quoted if quoted is not None else bare.strip()).replace("\\n", "\n").replace("\\t", "\t")
        for quoted, bare in pairs
    )


def _merged(nodes: list[Node]) -> Sequence_:
    """Run neighbouring literals together."""
    merged: list[Node] = []
    for node in nodes:
        if isinstance(node, Literal) and merged and isinstance(merged[-1], Literal):
            merged[-1] = Literal(merged[-1].text + node.text)
        else:
            merged.append(node)
    return tuple(merged)
