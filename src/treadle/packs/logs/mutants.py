"""Entries that must be rejected: one at least for every rule, each with its answer key, and the table of who rejects them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import treadle as td
from treadle.packs.logs.domain import Domain, ParseError, RawRule, Record, Rule, SequenceRule
from treadle.packs.logs.schema import rules_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from treadle.packs.logs.inventory import Entry

POOL = 1 << 15
"""Records among which one is looked for that a rule can be broken in."""
_STRIDE = 97
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Mutant:
    """An invalid entry: a record, several records in order, or a raw line; and what is wrong with it.

    `rule_id` is the only rule that it breaks, `pointer` the JSON pointer to the place (in a raw line, its column), `record` the
    number of the valid record that it was made from, `form` the raw form that a line has.
    """

    rule_id: str
    scope: str
    pointer: str
    expected: str
    got: str
    record: int
    form: str
    entry: Any

    def line(self) -> str:
        """Return the mutant as a line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))


def mutants(domain: Domain, records: Callable[[int, int], Sequence[Record]], count: int = 0) -> Iterator[Mutant]:
    """Yield a mutant for every rule, and on and on through the rules until there are `count`.

    `records(first, last)` returns valid records by their numbers. Raises `UsageError` where no record serves to break a rule.
    """
    makers = _makers(domain)
    pool = _Pool(records, domain.window)
    for number in range(max(count, len(makers))):
        name, make = list(makers.items())[number % len(makers)]
        yield _first(domain, name, make, pool, number // len(makers) * _STRIDE)


class _Pool:
    """Valid records, made a window at a time when they are asked for."""

    def __init__(self, records: Callable[[int, int], Sequence[Record]], window: int) -> None:
        self._records, self._size = records, max(window, 1024 // window * window)
        self._made: dict[int, list[Record]] = {}
        self.window = window

    def record(self, number: int) -> Record:
        chunk = number // self._size
        if chunk not in self._made:
            self._made[chunk] = list(self._records(chunk * self._size, (chunk + 1) * self._size))
        found: Record = self._made[chunk][number % self._size]
        return found

    def together(self, number: int) -> list[Record]:
        begin = number // self.window * self.window
        return [self.record(each) for each in range(begin, begin + self.window)]


def _first(domain: Domain, name: str, make: Any, pool: _Pool, start: int) -> Mutant:  # noqa: ANN401  # a maker of `_makers`
    for number in range(start, start + POOL):
        mutant: Mutant | None = make(pool, number)
        if mutant is not None:
            return mutant
    raise td.UsageError(
        f"{domain.reference}: none of {POOL} records serves to break rule {name!r}: expected one that it can be broken in"
    )


def _makers(domain: Domain) -> dict[str, Any]:
    """Return by rule what makes its mutant of a record by number, or None where that record does not serve."""
    made: dict[str, Any] = {}
    for name in rules_of(domain.inventory):
        made[name] = _schema_maker(domain, name)
    for rule in domain.rules:
        made[domain.rule_name(rule.name)] = _rule_maker(domain, rule)
    for sequence in domain.sequence_rules:
        made[domain.rule_name(sequence.name)] = _sequence_maker(domain, sequence)
    for form in domain.forms.values():
        for raw in form.rules:
            made[domain.rule_name(f"{form.name}.{raw.name}")] = _raw_maker(domain, form.name, raw)
    return made


def _rule_maker(domain: Domain, rule: Rule) -> Any:  # noqa: ANN401  # as in `_makers`
    def make(pool: _Pool, number: int) -> Mutant | None:
        entry = rule.break_(pool.record(number))
        return None if entry is None else _judged(domain, rule.name, entry, number)

    return make


def _judged(domain: Domain, name: str, entry: Record, number: int) -> Mutant | None:
    """Return the mutant, with what our validator says of it; None where it breaks other rules too."""
    found = domain.judge(entry)
    if {each.rule for each in found} != {domain.rule_name(name)}:
        return None
    first = found[0]
    return Mutant(first.rule, "record", first.pointer, first.expected, first.got, number, "", entry)


def _sequence_maker(domain: Domain, rule: SequenceRule) -> Any:  # noqa: ANN401  # as in `_makers`
    def make(pool: _Pool, number: int) -> Mutant | None:
        begin = number // pool.window * pool.window
        entry = rule.break_(pool.together(number))
        found = [] if entry is None else domain.judge_all(entry)
        if {each.rule for each in found} != {domain.rule_name(rule.name)}:
            return None
        first = found[0]
        return Mutant(first.rule, "sequence", first.pointer, first.expected, first.got, begin, "", entry)

    return make


def _raw_maker(domain: Domain, form_name: str, rule: RawRule) -> Any:  # noqa: ANN401  # as in `_makers`
    form = domain.form(form_name)

    def make(pool: _Pool, number: int) -> Mutant | None:
        record = pool.record(number)
        line = form.write(record) if form.view(record) is not None else None
        broken = rule.break_(line) if line is not None else None
        if broken is None or broken == line:
            return None
        try:
            form.parse(broken)
        except ParseError as error:
            name = domain.rule_name(f"{form_name}.{rule.name}")
            if rule.tells not in error.reason:
                return None
            return Mutant(
                name,
                "raw",
                f"column {error.column}",
                error.reason,
                shown(broken[error.column - 1 :]),
                number,
                form_name,
                broken,
            )
        return None

    return make


def _schema_maker(domain: Domain, name: str) -> Any:  # noqa: ANN401  # as in `_makers`
    *within, keyword = name.removeprefix(f"{domain.name}.schema").lstrip(".").split(".")

    def make(pool: _Pool, number: int) -> Mutant | None:
        place = _place(domain.inventory.fields, within, pool.record(number))
        if place is None:
            return None
        path, entry = place
        changed = _broken(keyword, entry, domain.inventory.vocabulary)
        for value in changed:
            record = json.loads(json.dumps(pool.record(number)))
            mutated = _with(record, path, keyword, value)
            found = domain.judge(mutated)
            if [each.rule for each in found] == [name]:
                first = found[0]
                return Mutant(name, "record", first.pointer, first.expected, first.got, number, "", mutated)
        return None

    return make


def _place(fields: Sequence[Entry], within: Sequence[str], record: Any) -> tuple[Path, Entry | None] | None:  # noqa: ANN401  # JSON
    """Return the path to what a rule is about and its field; None where the record has no such place."""
    if not within:
        return (), None
    entry = next(each for each in fields if each.name == within[0])
    rest = list(within[1:])
    if rest and rest[0] == "items":
        if not record[entry.name]:
            return None
        inner = _place(entry.fields, rest[1:], record[entry.name][0]) if rest[1:] else ((), None)
        return None if inner is None else ((entry.name, 0, *inner[0]), inner[1])
    return (entry.name,), entry


_REMOVED, _ADDED = object(), object()
_WHOLE: dict[str, list[Any]] = {"required": [_REMOVED], "additionalProperties": [_ADDED], "minItems": [[]]}
_OTHER_TYPES: dict[str, list[Any]] = {
    "string": [7], "integer": ["7", 7.5], "number": ["0.1"], "boolean": ["true"], "array": ["none"],
}  # fmt: skip
"""Values that are of another type."""


def _broken(keyword: str, entry: Entry | None, vocabulary: Mapping[str, list[Any]]) -> list[Any]:  # JSON values
    """Return values that break a keyword, the first of which that breaks nothing else is taken."""
    if entry is None or keyword in _WHOLE:  # an object, or a text of a list
        return _WHOLE.get(keyword, [["no object"], 7])
    if keyword == "type":
        return _OTHER_TYPES[entry.type]
    if keyword in {"minimum", "maximum"}:
        bound = entry.minimum if keyword == "minimum" else entry.maximum
        return [(bound or 0) + (-1 if keyword == "minimum" else 1)]
    known = vocabulary.get(entry.vocabulary, [entry.const])
    outside = -1 if isinstance(known[0], int) else f"{known[0]}-x"
    return [outside] if keyword in {"enum", "const"} else ["", "x", "?", "0 0", "x" * 100_000]


def _with(record: Any, path: Path, keyword: str, value: Any) -> Any:  # noqa: ANN401  # JSON values
    """Return the record with another value at a place."""
    if not path:
        if keyword == "additionalProperties":
            return {**record, "surprise": 1}
        return value
    *before, last = path
    held = record
    for step in before:
        held = held[step]
    if value is _REMOVED:
        del held[last]
    elif value is _ADDED:
        held[last] = {**held[last], "surprise": 1}
    else:
        held[last] = value
    return record


def check(domain: Domain, mutant: Mutant) -> list[str]:
    """Return the rules that our own validator finds broken by a mutant, each once."""
    if mutant.scope == "raw":
        try:
            domain.form(mutant.form).parse(mutant.entry)
        except ParseError:
            return [mutant.rule_id]
        return []
    found = domain.judge_all(mutant.entry) if mutant.scope == "sequence" else domain.judge(mutant.entry)
    return sorted({each.rule for each in found})
