"""Conditions on facts, as in `level = senior and years >= 5`, compiled once and evaluated for whole batches.

field                       a boolean field
field = value, !=           the value of a choice, number or date; text may be quoted
field < value, <=, >, >=    numbers and dates; the right side may be another such field; dates may be written as 2025-03-01, which
                            to a clock or a derived date is that day's midnight
field in a, b, c            one of several values
field is present, absent    whether it holds a value (see `when`)
list has value              a list holds an entry;  len(list) > 3  compares its length
not, and, or, ( )           as usual, `and` before `or`

A value that is absent satisfies no comparison, so `not x = 3` holds where x is absent.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from datetime import date as day_of
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Protocol

import numpy as np

from treadle.columns import Children, Lists, numbers_of
from treadle.errors import Problem, RecipeError, unknown
from treadle.printing import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from treadle.columns import Column, FieldType

    Bools = NDArray[np.bool_]

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<op><=|>=|!=|==|=|<|>)|(?P<mark>[(),])|(?P<word>[^\s()<>=!,"']+))"""
)
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_EPOCH_DAY = day_of(1970, 1, 1).toordinal()
_DEEPEST = 64
"""Most parentheses and `not`s within each other."""
_SHOWN = 160
"""Characters of a condition that an error shows."""


class Facts(Protocol):
    """What a condition reads: the columns of a batch by name."""

    def column(self, name: str) -> Column:
        """Return a column."""

    def __len__(self) -> int:
        """Return the number of rows."""


@dataclass(frozen=True)
class Condition:
    """A compiled condition: the fields it reads, and a function from facts to one boolean a row."""

    fields: tuple[str, ...]
    test: Callable[[Facts], Bools]


def compile_condition(text: str, types: Mapping[str, FieldType], where: str) -> Condition:
    """Compile a condition over fields of the types given; raises `RecipeError` with what is wrong."""
    return _Parser(text, types, where).condition()


class _Parser:
    def __init__(self, text: str, types: Mapping[str, FieldType], where: str) -> None:
        self.text, self.types, self.where = text, types, where
        self.tokens = self._tokens()
        self.at = self.depth = 0
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
        shown = self.text if len(self.text) <= _SHOWN else self.text[:_SHOWN] + "..."
        return RecipeError([Problem(f"condition {shown!r}: {message}", self.where)])

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
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.error(f"it nests more than {_DEEPEST} deep")
        test = self.negated() if self.take("not") else self.grouped() if self.take("(") else self.comparison()
        self.depth -= 1
        return test

    def negated(self) -> Callable[[Facts], Bools]:
        test = self.negation()
        return lambda facts: ~test(facts)

    def grouped(self) -> Callable[[Facts], Bools]:
        test = self.either()
        if not self.take(")"):
            raise self.error("a parenthesis is not closed")
        return test

    def comparison(self) -> Callable[[Facts], Bools]:
        word = self.next()[1]
        if word == "len" and self.take("("):
            name = self.field(self.next()[1])
            if not self.take(")") or self.types[name].kind not in {"list", "children"}:
                raise self.error(f"len({name}) needs a list field and a closing parenthesis")
            return self.compared(name, _lengths, ("number", 0))
        name = self.field(word)
        kind = self.types[name]
        if self.take("is"):
            return self.presence(name)
        if self.take("has"):
            return self.holds(name, self.next()[1])
        if self.take("in"):
            return self.one_of(name)
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "op":
            return self.equality(name) if self.tokens[self.at][1] in {"=", "==", "!="} else self.ordering(name)
        if kind.boolean:
            return _valid_and(name, lambda column: numbers_of(column) != 0)
        raise self.error(f"{name} is no yes-or-no field: compare it, as in {name} = value")

    def presence(self, name: str) -> Callable[[Facts], Bools]:
        wanted = self.next()[1]
        if wanted not in {"present", "absent"}:
            raise self.error(f"expected `{name} is present` or `{name} is absent`, got {wanted!r}")

        def test(facts: Facts) -> Bools:
            valid = facts.column(name).valid
            there = np.ones(len(facts), np.bool_) if valid is None else valid
            return there if wanted == "present" else ~there

        return test

    def field(self, name: str) -> str:
        if name not in self.types:
            raise self.error(unknown("field", name, self.types))
        self.fields.append(name)
        return name

    def equality(self, name: str) -> Callable[[Facts], Bools]:
        wanted = self.next()[1] != "!="
        values = self.numbers(name, self.next()[1])
        if wanted:
            return _valid_and(name, lambda column: _among(numbers_of(column), values))
        return _valid_and(name, lambda column: ~_among(numbers_of(column), values))

    def one_of(self, name: str) -> Callable[[Facts], Bools]:
        values = self.numbers(name, self.next()[1])
        while self.take(","):
            values += self.numbers(name, self.next()[1])
        return _valid_and(name, lambda column: _among(numbers_of(column), values))

    def ordering(self, name: str) -> Callable[[Facts], Bools]:
        unit = _unit(self.types[name])
        if unit is None:
            raise self.error(f"{name} has no order: compare it with = or !=, or use `in`")
        return self.compared(name, numbers_of, unit)

    def compared(
        self, name: str, left: Callable[[Column], NDArray[np.int64]], unit: tuple[str, int]
    ) -> Callable[[Facts], Bools]:
        kind, symbol = self.next()
        if kind != "op":
            raise self.error(f"expected a comparison, got {symbol!r}")
        compare = _COMPARE.get(symbol, operator.ne if symbol == "!=" else operator.eq)
        kind, word = self.next()
        if kind == "word" and word in self.types:
            other, right = self.field(word), numbers_of
            if {unit, _unit(self.types[other])} == {("day", 0), ("moment", 0)}:
                left = right = _moments
            elif _unit(self.types[other]) != unit:
                raise self.error(
                    f"{name} and {other} cannot be compared: they hold values of different kinds or places"
                )
            both = (name, other)
            return lambda facts: _present(facts, both, compare(left(facts.column(name)), right(facts.column(other))))
        value = self.point(name, word, unit)
        return _valid_and(name, lambda column: compare(left(column), value))

    def point(self, name: str, value: str, unit: tuple[str, int]) -> int:
        """Return the number to order the values of a field by, which need not be one of them."""
        kind, places = unit
        if kind == "number":
            return self.decimal(value, places)
        day = _day(value)
        return day if kind == "day" and day is not None else self.numbers(name, value)[0]

    def numbers(self, name: str, value: str) -> list[int]:
        """Return the numbers behind a value of a field: several where dates are printed alike."""
        kind = self.types[name]
        if kind.boolean and value in {"true", "false", "1", "0"}:
            return [int(value in {"true", "1"})]
        if kind.kind == "category" and kind.vocabulary is not None:
            texts = kind.vocabulary.texts()
            codes = [code for code, text in enumerate(texts) if text == value]
            if codes:
                return codes if kind.numbers is None else [kind.numbers[code] for code in codes]
            if kind.numbers is not None and not kind.dates and re.fullmatch(r"-?\d{1,18}", value):
                return [int(value)]  # an integer is compared as one, whether the list holds it or not
            day = _day(value) if kind.dates else None
            if day is None or day not in (kind.numbers or ()):
                raise self.error(unknown(f"value of {name}", value, texts))
            return [day]
        if kind.kind == "number":
            return [self.decimal(value, kind.places)]
        day = _day(value) if kind.kind == "moment" else None
        if day is not None:
            return [day * DAY]
        if kind.kind == "moment":
            raise self.error(f"expected an ISO date to compare {name} with, as in 2025-03-01, got {value!r}")
        raise self.error(
            f"{name} holds {kind.kind} values, which have no value to compare with; use a choice, number or date"
        )

    def decimal(self, value: str, places: int) -> int:
        try:
            scaled = Decimal(value).scaleb(places)
        except InvalidOperation as error:
            raise self.error(f"expected a number, got {value!r}") from error
        if not scaled.is_finite():
            raise self.error(f"expected a number, got {value!r}")
        if scaled != int(scaled):
            raise self.error(f"{value} has more than {places} decimal places, more than the field holds")
        if not -(1 << 63) <= scaled < 1 << 63:
            raise self.error(f"{value} is more than 64 bits hold")
        return int(scaled)

    def holds(self, name: str, value: str) -> Callable[[Facts], Bools]:
        vocabulary = self.types[name].vocabulary
        if self.types[name].kind != "list" or vocabulary is None:
            raise self.error(f"{name} is no list")
        if value not in vocabulary.texts():
            raise self.error(unknown(f"entry of {name}", value, vocabulary.texts()))
        codes = [code for code, text in enumerate(vocabulary.texts()) if text == value]
        return _valid_and(name, lambda column: _holding(column, codes))


def _holding(column: Column, codes: list[int]) -> Bools:
    """Return where a list holds an entry."""
    if not isinstance(column, Lists):
        raise TypeError(f"a {column.type.kind} holds no entries")
    return column.sum(_among(column.codes, codes).astype(np.int64)) > 0


def _lengths(column: Column) -> NDArray[np.int64]:
    if not isinstance(column, Lists | Children):
        raise TypeError(f"a {column.type.kind} has no length")
    return column.lengths


def _moments(column: Column) -> NDArray[np.int64]:
    """Return dates and moments in the same unit, microseconds: a date is the midnight that it begins with."""
    return numbers_of(column) * (DAY if column.type.dates else 1)


def _unit(kind: FieldType) -> tuple[str, int] | None:
    """Return what the numbers of a field count, and its decimal places; None where they have no order."""
    if kind.kind == "category":
        return None if not kind.ordered else ("day" if kind.dates else "number", 0)
    return (kind.kind, kind.places) if kind.kind in {"number", "moment"} else None


def _day(text: str) -> int | None:
    """Return the days since 1970-01-01 of an ISO date, None where it is none."""
    try:
        return day_of.fromisoformat(text).toordinal() - _EPOCH_DAY
    except ValueError:
        return None


def _among(numbers: NDArray[np.int64], values: list[int]) -> Bools:
    return numbers == values[0] if len(values) == 1 else np.isin(numbers, values)


def _present(facts: Facts, names: Iterable[str], passed: Bools) -> Bools:
    """Return where a comparison holds: an absent value satisfies none."""
    for name in names:
        valid = facts.column(name).valid
        if valid is not None:
            passed = passed & valid
    return passed


def _valid_and(name: str, test: Callable[[Column], Bools]) -> Callable[[Facts], Bools]:
    return lambda facts: _present(facts, (name,), test(facts.column(name)))
