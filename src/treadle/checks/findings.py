"""What checks say: findings, counted and the first few kept, and the report of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Row = Mapping[str, Any]  # a record's values are of many types
Finding = tuple[int, str, str, str]
"""The row among those looked at, the column, what was found there, and what was expected."""
Look = Callable[[Sequence[Row]], Iterable[Finding]]

SPANS, EDITS = "spans", "edits"
"""The columns that hold a record's truth: what its texts express, and the faults that were put in."""
TRUTH = {SPANS, EDITS}
LIMIT = 3
"""Violations of each check that are kept."""
SHOWN = 80
"""Characters of a value that are shown."""


def shortened(value: object) -> str:
    """Return a value as text, cut where it is long."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


@dataclass(frozen=True)
class Check:
    """One check: `look` is called with rows in order, a batch at a time, then `finish` once.

    `needs` are the columns without which the check is left out. Rows in the findings of `look` count from 0 in each batch; those of
    `finish`, which is given a function from such a row to its record number, count from the first row of all. `note` tells what is
    worth knowing and no violation. A check that is `late` may take types for granted: it is not shown rows in which the
    checks of schema and spans found something.
    """

    name: str
    look: Look
    needs: Sequence[str] = ()
    finish: Callable[[Callable[[int], int]], Iterable[Finding]] = lambda _: ()
    note: Callable[[], str] = str
    late: bool = False


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong: the record's number (-1: none can be told), its place in the file, and what was expected."""

    record: int
    place: str
    column: str
    found: str
    expected: str


@dataclass
class Tally:
    """What came of one check: rows looked at, violations counted, the first of them kept."""

    check: str
    limit: int
    records: int = 0
    violations: int = 0
    examples: list[Violation] = field(default_factory=list)
    note: str = ""

    @property
    def verdict(self) -> str:
        """`fails`, `passes`, or `left out` where it looked at nothing."""
        return "fails" if self.violations else "passes" if self.records else "left out"

    def add(self, record: int, place: str, column: str, found: str, expected: str) -> None:
        """Count a violation."""
        self.violations += 1
        if len(self.examples) < self.limit:
            self.examples.append(Violation(record, place, column, shortened(found), expected))


@dataclass(frozen=True)
class Report:
    """The tallies of all checks of a dataset; `recipe` is the name of the one it was held against, if any."""

    path: str
    recipe: str
    records: int
    tallies: list[Tally]

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not any(tally.violations for tally in self.tallies)

    @property
    def passed(self) -> tuple[int, int]:
        """How many checks passed, of how many that looked at something."""
        verdicts = [tally.verdict for tally in self.tallies]
        return verdicts.count("passes"), len(verdicts) - verdicts.count("left out")

    def to_json(self) -> dict[str, Any]:  # JSON values
        """Return the report as JSON values."""
        checks = [{**asdict(tally), "verdict": tally.verdict} for tally in self.tallies]
        for check in checks:
            del check["limit"]
        return {
            "path": self.path,
            "recipe": self.recipe,
            "records": self.records,
            "clean": self.clean,
            "checks": checks,
        }
