"""Fields: declarations of what each value of a record is. They are frozen data and never call the engine.

A field that names other fields (in a template, a condition, `by=`, `within=`, ...) is drawn after them; the order in which a
recipe lists its fields does not matter. All fields take these options:

    doc       one sentence for `treadle describe`
    entity    the type of the spans that the field's value leaves in a text (default: the field's name)
    when      a condition on other fields; where it does not hold, the value is absent (null)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from treadle.errors import RecipeError
from treadle.vocabularies import Entry, Vocabulary, Weight, vocabulary

Values = str | Vocabulary
"""The name of a recipe's vocabulary, or the vocabulary itself."""
Count = int | tuple[int, int] | str
"""A number, an inclusive range to draw it from, or the name of an integer field."""
Listed = Sequence[Entry] | Mapping[Entry, Weight] | Vocabulary | str


@dataclass(frozen=True)
class Field:
    """What all fields have."""

    _: KW_ONLY
    doc: str = ""
    entity: str = ""
    when: str = ""
    origin: str = field(default="", compare=False)


@dataclass(frozen=True)
class Choice(Field):
    """One entry of a vocabulary; see `choice`."""

    values: Values
    by: str = ""
    groups: tuple[tuple[str, Vocabulary], ...] = ()
    within: str = ""
    unique: bool = False


@dataclass(frozen=True)
class Quota(Field):
    """Entries in exact shares; see `quota`."""

    values: Vocabulary
    across: str = ""


@dataclass(frozen=True)
class Integer(Field):
    """A uniform integer or decimal; see `integer` and `decimal`."""

    low: int | str | float
    high: int | str | float
    places: int = 0
    unique: bool = False


@dataclass(frozen=True)
class Quantiles(Field):
    """A number with a given distribution; see `quantiles`."""

    points: tuple[int | float | str, ...]
    places: int = 0


@dataclass(frozen=True)
class Date(Field):
    """A day; see `date`."""

    first: str
    last: str
    format: str = "%Y-%m-%d"


@dataclass(frozen=True)
class Clock(Field):
    """A simulated clock; see `clock`."""

    start: str
    every: str
    format: str = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Chance(Field):
    """A boolean; see `chance`."""

    probability: Fraction


@dataclass(frozen=True)
class Hexadecimal(Field):
    """Hex digits or a UUID; see `hexadecimal` and `uuid`."""

    digits: int
    uuid: bool = False


@dataclass(frozen=True)
class Serial(Field):
    """The record's number; see `serial`."""

    first: int = 0


@dataclass(frozen=True)
class Sample(Field):
    """Several different entries; see `sample`."""

    values: Values
    count: Count
    of: str = ""
    without: str = ""


@dataclass(frozen=True)
class Pick(Field):
    """One item of a list field; see `pick`."""

    of: str


@dataclass(frozen=True)
class Merge(Field):
    """Two lists run together; see `merge`."""

    first: str
    second: str
    shuffle: bool = True


@dataclass(frozen=True)
class Derive(Field):
    """A function of other fields; see `derive`."""

    function: Callable[..., Any]  # its arguments are the columns of the inputs, whatever their kind
    inputs: tuple[str, ...]
    values: Vocabulary | None = None
    places: int = 0
    boolean: bool = False


@dataclass(frozen=True)
class Lookup(Field):
    """A table from one field's values to another's; see `derive`."""

    of: str
    table: tuple[tuple[Entry, Entry], ...]


@dataclass(frozen=True)
class Cumulative(Field):
    """A running total over siblings; see `cumulative`."""

    of: str
    start: int = 0
    before: bool = False


@dataclass(frozen=True)
class By:
    """Alternatives chosen by the value of a field; see `by`."""

    field: str
    cases: tuple[tuple[str, Alternatives], ...]


Alternatives = "str | tuple[tuple[str, Fraction], ...] | By"


@dataclass(frozen=True)
class Rules:
    """Named rules: from Python (`rules`) or from a file (`read_rules`)."""

    named: tuple[tuple[str, Any], ...] = ()  # alternatives; recursive types are beyond a forward reference here
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Text(Field):
    """A woven text; see `text`."""

    template: Any  # alternatives, as in Rules
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True)
class Each(Field):
    """Children; see `each`."""

    fields: tuple[tuple[str, Field], ...]
    count: Count = 0
    over: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """A requirement on records; see `check`."""

    name: str
    condition: str = ""
    function: Callable[..., Any] | None = None  # as in Derive
    inputs: tuple[str, ...] = ()
    origin: str = field(default="", compare=False)


def choice(
    values: Listed,
    weights: Sequence[Weight] | None = None,
    *,
    by: str = "",
    within: str = "",
    unique: bool = False,
    doc: str = "",
    entity: str = "",
    when: str = "",
) -> Choice:
    """Draw one entry: `choice(["a", "b"])`, `choice({"a": 3, "b": 1})`, or `choice("cities")` for a recipe's vocabulary.

    `by` names a field whose value chooses among several lists: `choice({"FR": [...], "DE": [...]}, by="country")`. `within`
    names a quota field (a split) among whose values the entries are divided by keyed hash, so that a record draws from its own
    part alone. `unique` gives no entry twice. Raises `VocabularyError` for an empty list or weights that do not fit.
    """
    options = {"doc": doc, "entity": entity, "when": when, "origin": _origin()}
    if by:
        groups = tuple((str(key), vocabulary(entries)) for key, entries in dict(values).items())  # type: ignore[call-overload,arg-type]  # with `by` the values map to lists
        return Choice(_union(groups), by=by, groups=groups, within=within, unique=unique, **options)
    return Choice(_values(values, weights), within=within, unique=unique, **options)


def quota(
    shares: Sequence[Entry] | Mapping[Entry, Weight],
    *,
    across: str = "",
    doc: str = "",
    entity: str = "",
    when: str = "",
) -> Quota:
    """Give each entry its exact share: of every D records (D: the least sum of integer weights), and within one at any count.

    `across` names another quota field; every value of that one then holds these shares too. Equal shares where a list is given.
    """
    listed = vocabulary(shares if hasattr(shares, "items") else dict.fromkeys(shares, 1))
    return Quota(listed, across, doc=doc, entity=entity, when=when, origin=_origin())


def integer(low: int, high: int, *, unique: bool = False, doc: str = "", entity: str = "", when: str = "") -> Integer:
    """Draw a uniform integer from `low` to `high`, both included; `unique` gives none twice."""
    return Integer(low, high, unique=unique, doc=doc, entity=entity, when=when, origin=_origin())


def decimal(
    low: str | float, high: str | float, *, places: int = 2, doc: str = "", entity: str = "", when: str = ""
) -> Integer:
    """Draw a uniform decimal from `low` to `high`, both included, with `places` digits behind the point (at most 9)."""
    return Integer(low, high, places, doc=doc, entity=entity, when=when, origin=_origin())


def quantiles(
    points: Sequence[float | str], *, places: int = 0, doc: str = "", entity: str = "", when: str = ""
) -> Quantiles:
    """Draw a number whose distribution has these quantiles, at evenly spaced probabilities from 0 to 1, linear in between.

    `quantiles([5, 20, 45, 120, 2000])` gives half of all values at most 45 and a quarter above 120.
    """
    return Quantiles(tuple(points), places, doc=doc, entity=entity, when=when, origin=_origin())


def date(first: str, last: str, *, format: str = "%Y-%m-%d", doc: str = "", entity: str = "", when: str = "") -> Date:  # noqa: A002  # the name that strftime users look for
    """Draw a day from `first` to `last` (ISO dates, both included, at most 100,000 days apart)."""
    return Date(first, last, format, doc=doc, entity=entity, when=when, origin=_origin())


def clock(
    start: str, *, every: str, format: str = "%Y-%m-%dT%H:%M:%SZ", doc: str = "", entity: str = "", when: str = ""
) -> Clock:  # noqa: A002  # as in date
    """Tell simulated time: record i is `start + i * every` (an ISO moment in UTC; `200ms`, `5s`, `2min`, `1h`, `1d`)."""
    return Clock(start, every, format, doc=doc, entity=entity, when=when, origin=_origin())


def chance(probability: Weight, *, doc: str = "", entity: str = "", when: str = "") -> Chance:
    """Draw true with a probability in [0, 1]."""
    return Chance(_fraction(probability, "probability"), doc=doc, entity=entity, when=when, origin=_origin())


def hexadecimal(digits: int = 16, *, doc: str = "", entity: str = "", when: str = "") -> Hexadecimal:
    """Draw lower-case hex digits, an even number of them."""
    return Hexadecimal(digits, doc=doc, entity=entity, when=when, origin=_origin())


def uuid(*, doc: str = "", entity: str = "", when: str = "") -> Hexadecimal:
    """Draw a version 4 UUID (RFC 9562)."""
    return Hexadecimal(32, uuid=True, doc=doc, entity=entity, when=when, origin=_origin())


def serial(first: int = 0, *, doc: str = "", entity: str = "", when: str = "") -> Serial:
    """Count records (or, in `each`, siblings) from `first`."""
    return Serial(first, doc=doc, entity=entity, when=when, origin=_origin())


def sample(
    values: Listed = (),
    count: Count = 1,
    *,
    of: str = "",
    without: str = "",
    doc: str = "",
    entity: str = "",
    when: str = "",
) -> Sample:
    """Draw several different entries, in random order: from a vocabulary, or with `of` from the items of a list field.

    `without` names a list field over the same vocabulary whose items are left out.
    """
    return Sample(
        "" if of else _values(values, None), count, of, without, doc=doc, entity=entity, when=when, origin=_origin()
    )


def pick(of: str, *, doc: str = "", entity: str = "", when: str = "") -> Pick:
    """Draw one item of a list field; absent where the list is empty."""
    return Pick(of, doc=doc, entity=entity, when=when, origin=_origin())


def merge(first: str, second: str, *, shuffle: bool = True, doc: str = "", entity: str = "", when: str = "") -> Merge:
    """Run two list fields over one vocabulary together, shuffled or one behind the other."""
    return Merge(first, second, shuffle, doc=doc, entity=entity, when=when, origin=_origin())


def derive(
    function: Callable[..., Any] | Mapping[Entry, Entry],
    *inputs: str,
    values: Sequence[Entry] | None = None,  # any signature, as in Derive
    places: int = 0,
    boolean: bool = False,
    doc: str = "",
    entity: str = "",
    when: str = "",
) -> Derive | Lookup:
    """Compute a value from other fields, for whole batches: `derive({200: "INFO", 500: "ERROR"}, "status")`, or a function.

    A function gets one argument an input: int64 arrays of shape (n_records,) for numbers (decimals as multiples of
    10**-places), integers and dates (days since 1970-01-01), codes for text choices, bool arrays for booleans, `Lists` for lists.
    It returns integers (`values` makes them indices into a list, `places` makes them decimals) or booleans (`boolean=True`). It
    must not use floating point, whose results differ between machines, and must treat each record alone.
    """
    options = {"doc": doc, "entity": entity, "when": when, "origin": _origin()}
    if not callable(function):
        return Lookup(inputs[0] if inputs else "", tuple(function.items()), **options)
    return Derive(function, inputs, vocabulary(values) if values else None, places, boolean, **options)


def cumulative(
    of: str, *, start: int = 0, before: bool = False, doc: str = "", entity: str = "", when: str = ""
) -> Cumulative:
    """Add up a number over siblings in `each`, from `start`; `before` leaves the sibling's own number out."""
    return Cumulative(of, start, before, doc=doc, entity=entity, when=when, origin=_origin())


def by(field: str, cases: Mapping[Entry, Any]) -> By:  # cases are alternatives, as in Rules
    """Choose alternatives by the value of a choice or quota field: `by("intent", {"refund": [...], "cancel": [...]})`."""
    return By(field, tuple((str(key), _alternatives(value)) for key, value in cases.items()))


def rules(named: Mapping[str, Any] | None = None, /, **more: Any) -> Rules:  # noqa: ANN401  # alternatives, as in Rules
    """Name rules that templates can use: `rules(greeting=["hi", ("hello", 3)])`."""
    return Rules(tuple((name, _alternatives(value)) for name, value in {**(named or {}), **more}.items()))


def read_rules(*paths: str | Path) -> Rules:
    """Read named rules from files in the notation of `treadle.notation`; raises `RecipeError` where one cannot be read."""
    return Rules(files=tuple((str(path), _read(Path(path))) for path in paths))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RecipeError(f"{path}: cannot be read ({error.strerror}); expected a file of rules") from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from error


def text(
    template: Any, *, rules: Rules | Mapping[str, Any] | None = None, doc: str = "", entity: str = "", when: str = ""
) -> Text:  # noqa: ANN401  # alternatives, as in Rules
    """Weave a text from a template, a list of templates (each a text or a pair of text and weight), or `by(...)`.

    The notation is that of `treadle.notation`; `rules` are named rules for this text, beside those of the recipe.
    """
    named = (
        rules
        if isinstance(rules, Rules)
        else Rules(tuple((name, _alternatives(value)) for name, value in (rules or {}).items()))
    )
    return Text(_alternatives(template), named, doc=doc, entity=entity, when=when, origin=_origin())


def each(
    count: Count = 0,
    fields: Mapping[str, Field] | None = None,
    *,
    over: str = "",
    columns: Sequence[str] = (),
    doc: str = "",
    entity: str = "",
    when: str = "",
) -> Each:
    """Give each record several children with fields of their own, each with its own stream of draws.

    `count` is a number, an inclusive range or an integer field; with `over`, a list field, there is one child an item, and the
    child's field `item` is that item. Templates show a child's text field with `{jobs.line|join("; ")}`; in the output the
    children are a list of objects with `columns` (default: all their fields).
    """
    return Each(
        tuple((fields or {}).items()), count, over, tuple(columns), doc=doc, entity=entity, when=when, origin=_origin()
    )


def check(name: str, condition: str | Callable[..., Any], *inputs: str) -> Check:  # any signature, as in Derive
    """Require something of every record: a condition, or a function of input columns that returns booleans.

    A record that fails is drawn again with the attempt in its key, up to 8 times; then it counts as failed.
    """
    if callable(condition):
        return Check(name, function=condition, inputs=inputs, origin=_origin())
    return Check(name, condition=condition, origin=_origin())


def _values(values: Listed, weights: Sequence[Weight] | None) -> Values:
    return values if isinstance(values, str) and not weights else vocabulary(values, weights)


def _union(groups: tuple[tuple[str, Vocabulary], ...]) -> Vocabulary:
    return vocabulary(list(dict.fromkeys(entry for _, group in groups for entry in group.entries)))


def _alternatives(given: Any) -> Any:  # noqa: ANN401  # as in Rules
    """Freeze alternatives: a text, a list of texts or (text, weight) pairs, or By."""
    if isinstance(given, str | By):
        return given
    if isinstance(given, Vocabulary):
        weights = given.weights or (1,) * len(given)
        return tuple(zip(given.texts(), map(Fraction, weights), strict=True))
    try:
        pairs = [(item, 1) if isinstance(item, str | By) else tuple(item) for item in given]
        return tuple((body, _fraction(weight, "weight")) for body, weight in pairs)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"expected a template, a list of templates, pairs of template and weight, or by(...), got {given!r}") from error


def _fraction(number: Weight, what: str) -> Fraction:
    """Return a number exactly: 0.1 is one tenth."""
    try:
        return Fraction(str(number))
    except (ValueError, ZeroDivisionError) as error:
        raise RecipeError(f"{what}={number!r}: expected a finite number") from error


def _origin() -> str:
    """Return `file:line` of the recipe that called a constructor of this module."""
    frame = sys._getframe(1)  # noqa: SLF001  # the only way to name the recipe's line in an error
    while frame.f_back is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
