"""What a domain of logs is: its inventory, its rules, its raw forms. `DOMAIN` in a domain's `domain.py` is one of these."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from treadle.packs.logs.checklist import Question, document, fill
from treadle.packs.logs.inventory import written
from treadle.packs.logs.schema import Check, Violation, compile_schema, rules_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import treadle as td
    from treadle.packs.logs.columnar import Taken
    from treadle.packs.logs.inventory import Inventory
    from treadle.packs.logs.killing import KillTable
    from treadle.packs.logs.parse import Parsed

    Records = Callable[[int, int], Sequence[dict[str, Any]]]  # JSON values: valid records by their numbers

T = TypeVar("T")
Record = dict[str, Any]
"""A normalized record: JSON values."""
Fault = tuple[str, str, str]
"""A JSON pointer to a place in a record, what was expected there, and what was found."""
Finding = tuple[int, str, str, str]


class ParseError(Exception):
    """A raw line that cannot be read: `column` counts from 1, `reason` says what was expected there."""

    def __init__(self, column: int, reason: str) -> None:
        """Take the place and the reason."""
        super().__init__(f"column {column}: {reason}")
        self.column, self.reason = column, reason


@dataclass(frozen=True)
class Read:
    """What became of many lines: records as JSON lines, how many, and the lines that are none by their place.

    `others` counts what was left out as no record of the domain, such as spans of other programs.
    """

    lines: bytes
    records: int
    errors: Mapping[int, ParseError] = field(default_factory=dict)
    others: int = 0


def json_line(record: Record) -> bytes:
    """Return a record as a line of JSON, without its end."""
    return _encode(record).encode("utf-8", "surrogatepass")


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Made once: `json.dumps` makes an encoder at every call."""


def told(parse: Callable[[str], T], what: str) -> Callable[[str], T]:
    """Return a parser that raises `ParseError` where a value of JSON is of another type or lacks a key, whatever raised on it."""

    def parse_or_tell(line: str) -> T:
        try:
            return parse(line)
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
            raise ParseError(1, f"expected {what}: {type(error).__name__} at {error}") from error

    return parse_or_tell


@dataclass(frozen=True)
class Rule:
    """What must hold between the fields of a record.

    `check` yields a fault for each thing that is wrong; it is shown records that the schema accepts. `break_` returns a copy of a
    record that breaks this rule and no other, or None where that record does not serve.
    """

    name: str
    doc: str
    check: Callable[[Record], Iterable[Fault]]
    break_: Callable[[Record], Record | None]


@dataclass(frozen=True)
class SequenceRule:
    """What must hold between records. `begin` returns a function that is shown records in order and yields their faults."""

    name: str
    doc: str
    begin: Callable[[], Callable[[Record], Iterable[Fault]]]
    break_: Callable[[list[Record]], list[Record] | None]


@dataclass(frozen=True)
class RawRule:
    """What must hold of a raw line.

    `break_` returns a line that the parser must reject, or None where that line does not serve; the reason it gives holds `tells`.
    """

    name: str
    doc: str
    tells: str
    break_: Callable[[str], str | None]


@dataclass(frozen=True)
class Form:
    """A raw form of a domain's records.

    `parse` returns the record that a line (or a block of lines) holds, or raises `ParseError`; `view` returns what of a record
    the form holds, None where a record has no line; `write` is its inverse, for any record, and writes it as the generator
    does where it is `exact`. In a form of several lines `begins` tells of the lines before and a line whether that begins
    another block, and `is_output` of a line that it is none of the log's. `bulk` reads many lines at once, where that is faster;
    `columns` reads those of many lines that are laid out as the generator does, given as bytes, and leaves the others over.
    """

    name: str
    doc: str
    column: str
    parse: Callable[[str], Record]
    write: Callable[[Record], str]
    recognise: Callable[[str], bool]
    view: Callable[[Record], Record | None] = lambda record: record
    begins: Callable[[Sequence[str], str], bool] | None = None
    is_output: Callable[[str], bool] = lambda line: not line
    exact: bool = True
    rules: Sequence[RawRule] = ()
    bulk: Callable[[list[str]], Read] | None = None
    columns: Callable[[bytes], Taken] | None = None


@dataclass(frozen=True)
class Domain:
    """One domain of logs."""

    name: str
    inventory: Inventory
    rules: Sequence[Rule]
    sequence_rules: Sequence[SequenceRule]
    forms: Mapping[str, Form]
    questions: Sequence[Question] = ()
    window: int = 64
    _cache: dict[str, Any] = field(default_factory=dict, compare=False)  # compiled once

    @property
    def reference(self) -> str:
        """The pack's name."""
        return f"logs.{self.name}"

    @cached_property
    def schema(self) -> Check:
        """The compiled schema."""
        return compile_schema(self.inventory)

    def rule_names(self) -> dict[str, str]:
        """Return all rules and their scopes: those of the schema, between fields, between records, and of raw lines."""
        found = dict.fromkeys(rules_of(self.inventory), "record")
        found |= dict.fromkeys((self.rule_name(each.name) for each in self.rules), "record")
        found |= dict.fromkeys((self.rule_name(each.name) for each in self.sequence_rules), "sequence")
        return found | {
            self.rule_name(f"{form.name}.{each.name}"): "raw" for form in self.forms.values() for each in form.rules
        }

    def rule_name(self, name: str) -> str:
        """Return the full name of a rule."""
        return f"{self.name}.{name}"

    def judge(self, record: Any) -> list[Violation]:  # noqa: ANN401  # any JSON value, not only records
        """Return what is wrong with a record by itself: the schema first, and only where it holds the rules between fields."""
        found = list(self.schema(record, ""))
        if found:
            return found
        return [Violation(self.rule_name(rule.name), *fault) for rule in self.rules for fault in rule.check(record)]

    def judge_all(self, records: Sequence[Any]) -> list[Violation]:  # any JSON values, as above
        """Return what is wrong with records, by themselves and with each other; pointers begin with the record's place."""
        watching = self.watchers()
        found: list[Violation] = []
        for number, record in enumerate(records):
            own = self.judge(record)
            found += [Violation(each.rule, f"/{number}{each.pointer}", each.expected, each.got) for each in own]
            for name, watch in watching.items() if not own else ():
                found += [
                    Violation(name, f"/{number}{pointer}", expected, got, "sequence")
                    for pointer, expected, got in watch(record)
                ]
        return found

    def watchers(self) -> dict[str, Callable[[Record], Iterable[Fault]]]:
        """Return the rules between records, ready to be shown records in order."""
        return {self.rule_name(rule.name): rule.begin() for rule in self.sequence_rules}

    def form(self, name: str) -> Form:
        """Return a raw form by name."""
        return self.forms[name]

    def checks(
        self, _recipe: td.Recipe
    ) -> dict[str, tuple[Sequence[str], Callable[[Sequence[Record]], Iterator[Finding]]]]:
        """Return the checks that `treadle validate` runs: schema, rules between fields, and rules between records."""
        watching = self.watchers()

        def alone(rows: Sequence[Record]) -> Iterator[Finding]:
            for number, row in enumerate(rows):
                for each in self.judge(dict(row)):
                    yield number, each.pointer, each.got, f"{each.rule}: {each.expected}"

        def together(rows: Sequence[Record]) -> Iterator[Finding]:
            for number, row in enumerate(rows):
                for name, watch in watching.items():
                    for pointer, expected, got in watch(dict(row)):
                        yield number, pointer, got, f"{name}: {expected}"

        return {
            f"{self.reference}: schema and rules": (self.inventory.names, alone),
            f"{self.reference}: rules between records": (self.inventory.names, together),
        }

    def parse(
        self,
        source: Path,
        output: Path,
        *,
        form: str = "",
        overwrite: bool = False,
        progress: Callable[[int], None] = lambda _: None,
    ) -> Parsed:
        """Read a raw log into JSON lines; see `treadle.packs.logs.parse`."""
        from treadle.packs.logs.parse import parse  # noqa: PLC0415  # it is built on this module

        return parse(self, source, output, form=form, overwrite=overwrite, progress=progress)

    def invalid_lines(self, records: Records, count: int) -> Iterator[str]:
        """Yield entries that must be rejected as lines of JSON, one at least for every rule; see `treadle.packs.logs.mutants`."""
        from treadle.packs.logs.mutants import mutants  # noqa: PLC0415  # it is built on this module

        return (mutant.line() for mutant in mutants(self, records, count))

    def kill_table(self, records: Records, command: str = "") -> KillTable:
        """Return which mutants are rejected; see `treadle.packs.logs.killing`."""
        from treadle.packs.logs.killing import kill_table  # noqa: PLC0415  # it is built on this module

        return kill_table(self, records, command)

    def checklist(self, path: Path) -> list[tuple[str, str]]:
        """Return the profiling checklist, filled from a file of JSON lines or Parquet."""
        frame = pl.scan_parquet(path) if path.suffix == ".parquet" else pl.scan_ndjson(path, infer_schema_length=None)
        return fill(self.questions, frame)

    def generated(self) -> dict[str, str]:
        """Return the files that are generated from the inventory, by name: the JSON Schema, the page of fields, the checklist."""
        return {
            "schema.json": written(self.inventory.schema()),
            "FIELDS.md": self.inventory.document(),
            "CHECKLIST.md": document(self.name, self.questions),
        }

    def write_generated(self, folder: Path) -> None:
        """Write the generated files."""
        for name, content in self.generated().items():
            (folder / name).write_text(content, encoding="utf-8")


REMEMBERED = 65_536
"""Records that a rule between records looks back, so that memory does not grow with a file."""


class Recent(OrderedDict[str, Any]):  # what a rule notes of a record
    """The last entries of a mapping that is added to in order."""

    def note(self, key: str, value: Any) -> None:  # noqa: ANN401  # as above
        """Add an entry, and forget the oldest where there are too many."""
        self[key] = value
        if len(self) > REMEMBERED:
            self.popitem(last=False)


def changed(record: Record, **values: Any) -> Record:  # noqa: ANN401  # JSON values
    """Return a copy of a record with other values."""
    return {**record, **values}
