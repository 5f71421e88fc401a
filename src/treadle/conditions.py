"""Conditions on facts, as in `level = senior and years >= 5`, compiled once and evaluated for whole batches.

field                       a boolean field
field = value, !=           the value of a choice, number or date; text may be quoted
field < value, <=, >, >=    numbers and dates; the right side may be another such field
field in a, b, c            one of several values
list has value              a list holds an entry;  len(list) > 3  compares its length
not, and, or, ( )           as usual, `and` before `or`
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Protocol

import numpy as np

from treadle.columns import Category, Children, Lists
from treadle.errors import Problem, RecipeError, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from treadle.columns import Column, FieldType

    Bools = NDArray[np.bool_]

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<op><=|>=|!=|==|=|<|>)|(?P<mark>[(),])|(?P<word>[^\s()<>=!,"']+))"""
)
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Facts(Protocol):
    """What a condition reads: the columns of a batch by name."""

    def column(self, name: str) -> Column:
        """Return a column."""


@dataclass(frozen=True)
class Condition:
    """A compiled condition: the fields it reads, and a function from facts to one boolean a row."""

    fields: tuple[str, ...]
    test: Callable[[Facts], Bools]


def compile_condition(text: str, types: Mapping[str, FieldType], where: str) -> Condition:
    """Compile a condition over fields of the types given; raises `RecipeError` with what is wrong."""
    return _Parser(text, types, where).condition()


def names_in(text: str) -> list[str]:
    """Return every word of a condition that could name a field."""
    return [found.group("word") for found in _TOKEN.finditer(text) if found.group("word")]


class _Parser:
    def __init__(self, text: str, types: Mapping[str, FieldType], where: str) -> None:
        self.text, self.types, self.where = text, types, where
        self.tokens = self._tokens()
        self.at = 0
        self.fields: list[str] = []

    def _tokens(self) -> list[tuple[str, str]]:
        tokens, at = [], 0
        while at < len(self.text.rstrip()):
            found = _TOKEN.match(self.text, at)
            if not found:
                raise self.error(f"cannot read {self.text[at:].strip()!r}")
            kind = str(found.lastgroup)
            value = found.group(kind)
            tokens.append((kind, value[1:-1] if kind == "text" else value))
            at = found.end()
        return tokens

    def error(self, message: str) -> RecipeError:
        return RecipeError([Problem(f"condition {self.text!r}: {message}", self.where)])

    def next(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise self.error("it ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, *values: str) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at][0] != "text" and self.tokens[self.at][1] in values
        self.at += found
        return found

    def condition(self) -> Condition:
        test = self.either()
        if self.at < len(self.tokens):
            raise self.error(f"unexpected {self.tokens[self.at][1]!r}")
        return Condition(tuple(dict.fromkeys(self.fields)), test)

    def either(self) -> Callable[[Facts], Bools]:
        tests = [self.both()]
        while self.take("or"):
            tests.append(self.both())
        return tests[0] if len(tests) == 1 else lambda facts: np.logical_or.reduce([test(facts) for test in tests])

    def both(self) -> Callable[[Facts], Bools]:
        tests = [self.negation()]
        while self.take("and"):
            tests.append(self.negation())
        return tests[0] if len(tests) == 1 else lambda facts: np.logical_and.reduce([test(facts) for test in tests])

    def negation(self) -> Callable[[Facts], Bools]:
        if self.take("not"):
            test = self.negation()
            return lambda facts: ~test(facts)
        if self.take("("):
            test = self.either()
            if not self.take(")"):
                raise self.error("a parenthesis is not closed")
            return test
        return self.comparison()

    def comparison(self) -> Callable[[Facts], Bools]:
        word = self.next()[1]
        if word == "len" and self.take("("):
            name = self.field(self.next()[1])
            if not self.take(")") or self.types[name].kind not in {"list", "children"}:
                raise self.error(f"len({name}) needs a list field and a closing parenthesis")
            return self.compared(lambda facts: _lengths(facts.column(name)), 0)
        name = self.field(word)
        kind = self.types[name]
        if self.take("has"):
            return self.holds(name, self.next()[1])
        if self.take("in"):
            return self.one_of(name)
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "op":
            return self.equality(name) if self.tokens[self.at][1] in {"=", "==", "!="} else self.ordering(name)
        if kind.boolean:
            return _valid_and(name, lambda column: column.numbers != 0)
        raise self.error(f"{name} is no yes-or-no field: compare it, as in {name} = value")

    def field(self, name: str) -> str:
        if name not in self.types:
            raise self.error(unknown("field", name, self.types))
        self.fields.append(name)
        return name

    def equality(self, name: str) -> Callable[[Facts], Bools]:
        wanted = self.next()[1] != "!="
        value = self.number(name, self.next()[1])
        if wanted:
            return _valid_and(name, lambda column: column.numbers == value)
        return _valid_and(name, lambda column: column.numbers != value)

    def one_of(self, name: str) -> Callable[[Facts], Bools]:
        values = [self.number(name, self.next()[1])]
        while self.take(","):
            values.append(self.number(name, self.next()[1]))
        return _valid_and(name, lambda column: np.isin(column.numbers, values))

    def ordering(self, name: str) -> Callable[[Facts], Bools]:
        kind = self.types[name]
        if kind.kind == "category" and not kind.ordered or kind.kind not in {"category", "number", "moment"}:
            raise self.error(f"{name} has no order: compare it with = or !=, or use `in`")
        return self.compared(lambda facts: facts.column(name).numbers, kind.places, name)

    def compared(
        self, left: Callable[[Facts], NDArray[np.int64]], places: int, name: str = ""
    ) -> Callable[[Facts], Bools]:
        kind, symbol = self.next()
        if kind != "op":
            raise self.error(f"expected a comparison, got {symbol!r}")
        compare = _COMPARE.get(symbol, operator.ne if symbol == "!=" else operator.eq)
        word = self.next()[1]
        if (
            word in self.types
            and self.types[word].kind in {"category", "number", "moment"}
            and self.types[word].places == places
        ):
            other = self.field(word)
            return lambda facts: compare(left(facts), facts.column(other).numbers)
        value = self.number(name, word) if name else self.decimal(word, places)
        return lambda facts: compare(left(facts), value)

    def number(self, name: str, value: str) -> int:
        """Return the number behind a value of a field."""
        kind = self.types[name]
        if kind.boolean and value in {"true", "false", "1", "0"}:
            return int(value in {"true", "1"})
        if kind.kind == "category" and kind.vocabulary is not None:
            texts = kind.vocabulary.texts()
            if value not in texts:
                raise self.error(unknown(f"value of {name}", value, texts))
            code = texts.index(value)
            return code if kind.numbers is None else kind.numbers[code]
        if kind.kind == "number":
            return self.decimal(value, kind.places)
        raise self.error(
            f"{name} holds {kind.kind} values, which have no value to compare with; use a choice, number or date"
        )

    def decimal(self, value: str, places: int) -> int:
        try:
            scaled = Decimal(value).scaleb(places)
        except InvalidOperation as error:
            raise self.error(f"expected a number, got {value!r}") from error
        if scaled != int(scaled):
            raise self.error(f"{value} has more than {places} decimal places, more than the field holds")
        return int(scaled)

    def holds(self, name: str, value: str) -> Callable[[Facts], Bools]:
        vocabulary = self.types[name].vocabulary
        if self.types[name].kind != "list" or vocabulary is None:
            raise self.error(f"{name} is no list")
        if value not in vocabulary.texts():
            raise self.error(unknown(f"entry of {name}", value, vocabulary.texts()))
        code = vocabulary.texts().index(value)

        def test(facts: Facts) -> Bools:
            column = facts.column(name)
            return column.sum((column.codes == code).astype(np.int64)) > 0

        return test


def _lengths(column: Column) -> NDArray[np.int64]:
    if not isinstance(column, Lists | Children):
        raise TypeError(column)
    return column.lengths


def _valid_and(name: str, test: Callable[[Category], Bools]) -> Callable[[Facts], Bools]:
    """A value that is absent satisfies no comparison."""

    def checked(facts: Facts) -> Bools:
        column = facts.column(name)
        passed = test(column)
        return passed if column.valid is None else passed & column.valid

    return checked
