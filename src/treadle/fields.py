"""Fields: functions that declare what each value of a record is. They make frozen data and never call the engine.

A field that names other fields (in a template, a condition, `by=`, `within=`, ...) is drawn after them; the order in which a
recipe lists its fields does not matter. All fields take these options:

    doc       one sentence for `treadle describe`
    entity    the type of the spans that the field's value leaves in a text (default: the field's name)
    when      a condition on other fields; where it does not hold, the value is absent (null)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from treadle.declarations import (
    By,
    Chance,
    Check,
    Choice,
    Clock,
    Cumulative,
    Date,
    Derive,
    Each,
    Hexadecimal,
    Integer,
    Length,
    Lookup,
    Member,
    Merge,
    Nested,
    Pick,
    Quantiles,
    Quota,
    Refer,
    Rules,
    Sample,
    Serial,
    Text,
)
from treadle.errors import RecipeError
from treadle.origins import origin, told_when_compiled
from treadle.vocabularies import Entry, Vocabulary, Weight, vocabulary

if TYPE_CHECKING:
    from treadle.declarations import Alternatives, Count, Field, Values

Shares: TypeAlias = Mapping[str, Weight] | Mapping[int, Weight]
"""Entries with their weights."""
Listed: TypeAlias = Sequence[str] | Sequence[int] | Shares | Vocabulary | str
"""Entries, entries with their weights, or the name of a recipe's vocabulary."""
Grouped: TypeAlias = Mapping[Any, Sequence[str] | Sequence[int] | Shares | Vocabulary]
"""A list for each value of another field."""
Templates: TypeAlias = str | By | Vocabulary | Sequence[str] | Sequence[str | By | tuple[str | By, Weight]]
"""A template, several (each by itself or with its weight), or a choice among them by a field."""


@told_when_compiled
def choice(
    values: Listed | Grouped,
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
    part alone. `unique` gives no entry twice. An empty list or weights that do not fit are told when the recipe is compiled.
    """
    if by and weights is not None:
        raise RecipeError(f"by={by!r} and weights= cannot both be given: write each list as entries with their weights")
    groups = _groups(by, values) if by else ()
    listed = _union(groups) if by else _values(values, weights)
    return Choice(listed, by, groups, within, unique, doc=doc, entity=entity, when=when, origin=origin())


@told_when_compiled
def quota(
    shares: Sequence[str] | Sequence[int] | Shares,
    *,
    across: str = "",
    doc: str = "",
    entity: str = "",
    when: str = "",
) -> Quota:
    """Give each entry its exact share: of every D records (D: the least sum of integer weights), and within one at any count.

    `across` names another quota field; every value of that one then holds these shares too. Equal shares where a list is given.
    """
    listed = vocabulary(shares if isinstance(shares, Mapping | Vocabulary) else dict.fromkeys(shares, 1))
    if listed.weights is None:
        listed = vocabulary(listed.entries, (1,) * len(listed))
    return Quota(listed, across, doc=doc, entity=entity, when=when, origin=origin())


def integer(low: int, high: int, *, unique: bool = False, doc: str = "", entity: str = "", when: str = "") -> Integer:
    """Draw a uniform integer from `low` to `high`, both included; `unique` gives none twice."""
    return Integer(low, high, unique=unique, doc=doc, entity=entity, when=when, origin=origin())


def decimal(
    low: str | float, high: str | float, *, places: int = 2, doc: str = "", entity: str = "", when: str = ""
) -> Integer:
    """Draw a uniform decimal from `low` to `high`, both included, with `places` digits behind the point (at most 9)."""
    return Integer(low, high, places, doc=doc, entity=entity, when=when, origin=origin())


def quantiles(
    points: Sequence[float | str], *, places: int = 0, doc: str = "", entity: str = "", when: str = ""
) -> Quantiles:
    """Draw a number whose distribution has these quantiles, at evenly spaced probabilities from 0 to 1, linear in between.

    `quantiles([5, 20, 45, 120, 2000])` gives half of all values at most 45 and a quarter above 120.
    """
    return Quantiles(tuple(points), places, doc=doc, entity=entity, when=when, origin=origin())


def date(first: str, last: str, *, format: str = "%Y-%m-%d", doc: str = "", entity: str = "", when: str = "") -> Date:
    """Draw a day from `first` to `last` (ISO dates, both included, at most 100,000 days apart)."""
    return Date(first, last, format, doc=doc, entity=entity, when=when, origin=origin())


def clock(
    start: str, *, every: str, format: str = "%Y-%m-%dT%H:%M:%SZ", doc: str = "", entity: str = "", when: str = ""
) -> Clock:
    """Tell simulated time: record i is `start + i * every` (an ISO moment in UTC; `200ms`, `5s`, `2min`, `1h`, `1d`)."""
    return Clock(start, every, format, doc=doc, entity=entity, when=when, origin=origin())


@told_when_compiled
def chance(probability: Weight, *, doc: str = "", entity: str = "", when: str = "") -> Chance:
    """Draw true with a probability in [0, 1]."""
    return Chance(_fraction(probability, "probability"), doc=doc, entity=entity, when=when, origin=origin())


def hexadecimal(digits: int = 16, *, doc: str = "", entity: str = "", when: str = "") -> Hexadecimal:
    """Draw lower-case hex digits, an even number of them."""
    return Hexadecimal(digits, doc=doc, entity=entity, when=when, origin=origin())


def uuid(*, doc: str = "", entity: str = "", when: str = "") -> Hexadecimal:
    """Draw a version 4 UUID (RFC 9562)."""
    return Hexadecimal(32, uuid=True, doc=doc, entity=entity, when=when, origin=origin())


def serial(first: int = 0, *, doc: str = "", entity: str = "", when: str = "") -> Serial:
    """Count records (or, in `each`, siblings) from `first`."""
    return Serial(first, doc=doc, entity=entity, when=when, origin=origin())


def member(*, doc: str = "", entity: str = "", when: str = "") -> Member:
    """Give each record its place in its set, from 0: the one value that differs in a set (see `Recipe(members=)`)."""
    return Member(doc=doc, entity=entity, when=when, origin=origin())


def set_number(*, doc: str = "", entity: str = "", when: str = "") -> Member:
    """Give each record the number of its set, from 0 (see `Recipe(members=)`); without sets that is the record's own."""
    return Member(of_set=True, doc=doc, entity=entity, when=when, origin=origin())


def refer(of: str, *, at: str, doc: str = "", entity: str = "", when: str = "") -> Refer:
    """Take a field's value from another record: the one whose number the integer field `at` says.

    Records that name the same record share what they take from it: the client of a session, the trace of a span. The other record
    need not be in the range that is made, and is not looked up: what it says is drawn again, and comes out the same.
    """
    return Refer(of, at, doc=doc, entity=entity, when=when, origin=origin())


@told_when_compiled
def sample(
    values: Listed | Grouped = (),
    count: Count = 1,
    *,
    of: str = "",
    without: str = "",
    by: str = "",
    doc: str = "",
    entity: str = "",
    when: str = "",
) -> Sample:
    """Draw several different entries, in random order: from a vocabulary, or with `of` from the items of a list field.

    Weights make an entry likelier to be drawn, and to be drawn early: each entry is a weighted choice among those left.
    `without` names a list field over the same vocabulary whose items are left out. `by` names a field whose value chooses among
    several lists, as in `choice`.
    """
    groups = _groups(by, values) if by else ()
    listed = _union(groups) if by else "" if of else _values(values, None)
    return Sample(listed, count, of, without, by, groups, doc=doc, entity=entity, when=when, origin=origin())


def pick(of: str, *, doc: str = "", entity: str = "", when: str = "") -> Pick:
    """Draw one item of a list field; absent where the list is empty."""
    return Pick(of, doc=doc, entity=entity, when=when, origin=origin())


def merge(first: str, second: str, *, shuffle: bool = True, doc: str = "", entity: str = "", when: str = "") -> Merge:
    """Run two list fields over one vocabulary together, shuffled or one behind the other."""
    return Merge(first, second, shuffle, doc=doc, entity=entity, when=when, origin=origin())


@told_when_compiled
def derive(
    function: Callable[..., Any] | Mapping[Any, Any],  # any signature, as in Derive; entries to entries
    *inputs: str,
    values: Sequence[str] | Sequence[int] | Vocabulary | None = None,
    places: int = 0,
    boolean: bool = False,
    many: bool = False,
    date: str = "",
    moment: str = "",
    doc: str = "",
    entity: str = "",
    when: str = "",
) -> Derive | Lookup:
    """Compute a value from other fields, for whole batches: `derive({200: "INFO", 500: "ERROR"}, "status")`, or a function.

    A function gets one argument an input: int64 arrays of shape (n_records,) for numbers (decimals as multiples of
    10**-places), integers and dates (days since 1970-01-01), codes for text choices, bool arrays for booleans, `Lists` for lists,
    `Children` for children (`jobs.sum("years")` adds up a number of theirs).
    It returns integers (`values` makes them indices into a list, `places` makes them decimals, `date="%Y-%m-%d"` makes them days
    since 1970-01-01 printed so, `moment=` microseconds since then) or booleans (`boolean=True`). With `many=True` it returns a
    list for each record: the indices into `values` of all items end to end, and how many of them each record has. It must not use
    floating point, whose results differ between machines, and must treat each record alone.
    """
    options = {"doc": doc, "entity": entity, "when": when, "origin": origin()}
    if not callable(function):
        return Lookup(inputs[0] if inputs else "", tuple(function.items()), **options)
    listed = vocabulary(values) if values is not None else None
    return Derive(function, inputs, listed, places, boolean, many, date, moment, **options)


def cumulative(
    of: str, *, start: int = 0, before: bool = False, doc: str = "", entity: str = "", when: str = ""
) -> Cumulative:
    """Add up a number over siblings in `each`, from `start`; `before` leaves the sibling's own number out."""
    return Cumulative(of, start, before, doc=doc, entity=entity, when=when, origin=origin())


def length(of: str, *, doc: str = "", entity: str = "", when: str = "") -> Length:
    """Count the characters (code points) of a text field, as a whole number that conditions, checks and functions can read."""
    return Length(of, doc=doc, entity=entity, when=when, origin=origin())


def by(field: str, cases: Mapping[Any, Any]) -> By:  # entries to templates: a Mapping is invariant in its keys
    """Choose alternatives by the value of a choice or quota field: `by("intent", {"refund": [...], "cancel": [...]})`."""
    return By(field, tuple((str(key), _alternatives(value)) for key, value in cases.items()))


def rules(named: Mapping[str, Templates] | None = None, /, **more: Templates) -> Rules:
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


@told_when_compiled
def text(
    template: Templates,
    *,
    rules: Rules | Mapping[str, Any] | None = None,
    doc: str = "",
    entity: str = "",
    when: str = "",
) -> Text:
    """Weave a text from a template, a list of templates (each a text or a pair of text and weight), or `by(...)`.

    The notation is that of `treadle.notation`; `rules` are named rules for this text, beside those of the recipe.
    """
    named = (
        rules
        if isinstance(rules, Rules)
        else Rules(tuple((name, _alternatives(value)) for name, value in (rules or {}).items()))
    )
    return Text(_alternatives(template), named, doc=doc, entity=entity, when=when, origin=origin())


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
        tuple((fields or {}).items()), count, over, tuple(columns), doc=doc, entity=entity, when=when, origin=origin()
    )


def nested(*fields: str, doc: str = "", when: str = "") -> Nested:
    """Put fields of the record into one object, as in `metadata=nested("style", "level")`; its keys are their names.

    The fields hold single values or lists. Leave them out of the recipe's `columns`, unless they should stand beside it too.
    """
    return Nested(fields, doc=doc, when=when, origin=origin())


def check(name: str, condition: str | Callable[..., Any], *inputs: str) -> Check:  # any signature, as in Derive
    """Require something of every record: a condition, or a function of input columns that returns booleans.

    A record that fails is drawn again with the attempt in its key, up to 8 times; then it counts as failed.
    """
    if callable(condition):
        return Check(name, function=condition, inputs=inputs, origin=origin())
    return Check(name, condition=condition, origin=origin())


def _values(values: Any, weights: Sequence[Weight] | None) -> Values:  # noqa: ANN401  # `vocabulary` checks them
    return values if isinstance(values, str) and not weights else vocabulary(values, weights)


def _groups(by: str, values: Any) -> tuple[tuple[str, Vocabulary], ...]:  # noqa: ANN401  # checked here
    if not isinstance(values, Mapping):
        raise RecipeError(f"by={by!r}: expected a list for each of its values, as in {{'FR': [...], 'DE': [...]}}")
    return tuple((str(key), vocabulary(entries)) for key, entries in values.items())


def _union(groups: tuple[tuple[str, Vocabulary], ...]) -> Vocabulary:
    listed = vocabulary(list(dict.fromkeys(entry for _, group in groups for entry in group.entries)))
    forms: dict[str, dict[Entry, str]] = {}
    for _, group in groups:
        for name, written in group.forms:
            forms.setdefault(name, {}).update(zip(group.entries, written, strict=True))
    return vocabulary(listed, forms=forms)


def _alternatives(given: Templates) -> Alternatives:
    """Freeze alternatives: a text, a list of texts or (text, weight) pairs, or By."""
    if isinstance(given, str | By):
        return given
    if isinstance(given, Vocabulary):
        weights = given.weights or (1,) * len(given)
        return tuple(zip(given.texts(), map(Fraction, weights), strict=True))
    try:
        pairs = [(item, 1) if isinstance(item, str | By) else item for item in given]
        return tuple((body, _fraction(weight, "weight")) for body, weight in pairs)
    except (TypeError, ValueError) as error:
        raise RecipeError(
            f"expected a template, a list of templates, pairs of template and weight, or by(...), got {given!r}"
        ) from error


def _fraction(number: Weight, what: str) -> Fraction:
    """Return a number exactly: 0.1 is one tenth."""
    try:
        return Fraction(str(number))
    except (ValueError, ZeroDivisionError) as error:
        raise RecipeError(f"{what}={number!r}: expected a finite number") from error
