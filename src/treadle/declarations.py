"""Declarations: what the functions of `fields` make, frozen data that says what each value of a record is."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from treadle.vocabularies import Entry, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.corrupt.profiles import Profile

Values = str | Vocabulary
"""The name of a recipe's vocabulary, or the vocabulary itself."""
Count = int | tuple[int, int] | str
"""A number, an inclusive range to draw it from, or the name of an integer field."""


@dataclass(frozen=True)
class Field:
    """What all fields have."""

    _: KW_ONLY
    doc: str = ""
    entity: str = ""
    when: str = ""
    origin: str = field(default="", compare=False)


@dataclass(frozen=True)
class Flawed(Field):
    """A field whose declaration is wrong, and in what: told with all other problems of a recipe when that is compiled."""

    flaw: str


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
class Member(Field):
    """The record's place in its set, or the set's number; see `member` and `set_number`."""

    of_set: bool = False


@dataclass(frozen=True)
class Refer(Field):
    """A field of another record; see `refer`."""

    of: str
    at: str


@dataclass(frozen=True)
class Sample(Field):
    """Several different entries; see `sample`."""

    values: Values
    count: Count
    of: str = ""
    without: str = ""
    by: str = ""
    groups: tuple[tuple[str, Vocabulary], ...] = ()


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
    many: bool = False
    date: str = ""
    moment: str = ""


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
class Length(Field):
    """The characters of a text; see `length`."""

    of: str


@dataclass(frozen=True)
class By:
    """Alternatives chosen by the value of a field; see `by`."""

    field: str
    cases: tuple[tuple[str, Alternatives], ...]


Alternatives: TypeAlias = str | By | tuple[tuple[str | By, Fraction], ...]
"""A template, several with their weights, or a choice among alternatives by a field."""


@dataclass(frozen=True)
class Rules:
    """Named rules: from Python (`rules`) or from a file (`read_rules`)."""

    named: tuple[tuple[str, Alternatives], ...] = ()
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Fact:
    """What a text states, as a prompt lists it: a field's value between literal text, and the type of its span.

    `words` stand in the place of the whole phrase for some values; a value whose words are empty is not stated.
    """

    field: str
    before: str = ""
    after: str = ""
    entity: str = ""
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Prompt:
    """How a model is asked for a text: what to write, the facts it states and those it leaves out; see `written`.

    `families` are ways of writing, of which each record draws one; `schema` is JSON Schema of the text, as JSON. `hints` are shown
    with each record and need not be stated. `cases` are prompts by the value of the field `by`, of which a record has its own
    beside this one; records where the field `unless` holds are left to the templates. `accept` returns why a text may not stand.
    """

    text: str
    facts: tuple[Fact, ...] = ()
    withheld: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    schema: str = "{}"
    language: str = "en"
    records_per_call: int = 10
    version: str = "1"
    hints: tuple[Fact, ...] = ()
    unless: str = ""
    by: str = ""
    cases: tuple[tuple[str, Prompt], ...] = ()
    accept: Callable[[str, str], str] | None = field(default=None, repr=False, compare=False)

    def of(self, case: str) -> Prompt:
        """Return the prompt of a case; this one where there is none."""
        return dict(self.cases).get(case, self)

    @property
    def reads(self) -> tuple[str, ...]:
        """The fields that are read beside facts and what is withheld."""
        return tuple(
            name for name in (*(hint.field.partition(".")[0] for hint in self.hints), self.unless, self.by) if name
        )


@dataclass(frozen=True)
class Text(Field):
    """A woven text; see `text`. With a prompt it can be written by a model; the prompt decides no record that is woven."""

    template: Alternatives
    rules: Rules = field(default_factory=Rules)
    prompt: Prompt | None = None


@dataclass(frozen=True)
class Each(Field):
    """Children; see `each`."""

    fields: tuple[tuple[str, Field], ...]
    count: Count = 0
    over: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Faults:
    """Faults that are put into finished texts; see `faults`."""

    fields: tuple[tuple[str, int], ...]
    profile: Profile
    by: str = ""
    language: str = "en"
    marks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lists: tuple[tuple[str, tuple[Any, ...]], ...] = ()  # texts, or pairs of them
    values: tuple[tuple[str, str], ...] = ()
    same: tuple[str, ...] = ()
    groups: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()
    about: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Nested(Field):
    """An object of other fields; see `nested`."""

    members: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """A requirement on records; see `check`."""

    name: str
    condition: str = ""
    function: Callable[..., Any] | None = None  # as in Derive
    inputs: tuple[str, ...] = ()
    origin: str = field(default="", compare=False)
