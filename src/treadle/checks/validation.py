"""Validation: all checks of a dataset in one pass over its rows."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from treadle.checks.characters import characters
from treadle.checks.duplicates import duplicates, near_duplicates, unique
from treadle.checks.edits import edits
from treadle.checks.findings import LIMIT, Report, Tally
from treadle.checks.privacy import privacy
from treadle.checks.reading import chunks
from treadle.checks.schema import entries_of, same_columns, schema, values
from treadle.checks.spans import spans

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from treadle.checks.findings import Check
    from treadle.checks.reading import Chunk, Layout
    from treadle.columns import FieldType

_MADE_UP = {"token", "moment", "number"}
"""Kinds of columns that hold random digits or times: no addresses, however they look."""


_FIRST = {"schema", "spans"}
"""Checks that those which are late rely on."""


def general(
    types: Mapping[str, FieldType],
    columns: Sequence[str],
    *,
    labels: Sequence[str] = (),
    entities: Sequence[tuple[str, str]] = (),
    identifiers: Sequence[str] = (),
    theirs: Collection[str] = (),
    faulted: bool = False,
) -> list[Check]:
    """Return the checks that fit any recipe.

    `types` are those of all its fields, `columns` those that are written, `entities` the types of spans with their facts, and
    `identifiers` the columns that hold no value twice; `theirs` are columns with a user's own words, which may say anything;
    `faulted` data holds edits.
    """
    written = {name: types[name] for name in columns}
    texts = [name for name, kind in written.items() if kind.kind == "text" and name not in theirs]
    made_up = {name for name, kind in written.items() if kind.kind in _MADE_UP}
    return [
        schema(written),
        *([values(written, labels)] if any(map(entries_of, written.values())) else []),
        spans(types, entities),
        *([edits()] if faulted else []),
        *([unique(identifiers)] if identifiers else []),
        *([duplicates(texts), near_duplicates(texts)] if texts else []),
        privacy({*made_up, *theirs}),
        characters(theirs),
    ]


def without_recipe() -> list[Check]:
    """Return the checks that fit any data: of equal columns, spans, addresses and characters."""
    return [same_columns(), spans(None, ()), privacy(), characters()]


def validate(
    layout: Layout,
    checks: Sequence[Check],
    *,
    path: str,
    recipe: str = "",
    rows: int | None = None,
    limit: int = LIMIT,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Run checks over a dataset; `rows` is the number of records that it should hold, `limit` how many violations are kept.

    Nothing stops it: what cannot be read is a violation of the check `readable`. Raises `UsageError` for files that are no dataset,
    or cannot be opened.
    """
    readable = Tally("readable", limit)
    running = [_Running(check, limit) for check in checks]
    numbers = _Numbers()
    for chunk in chunks(layout, readable):
        damaged: set[int] = set()
        for each in running:
            damaged |= each.look(chunk, damaged)
        numbers.add(chunk.numbers)
        progress(len(chunk.rows))
    if rows is not None and rows != readable.records:
        readable.add(-1, "", "", f"{readable.records:,} records", f"{rows:,}, as the manifest says")
    for each in running:
        each.finish()
    return Report(path, recipe, numbers.count, [readable, *(each.tally for each in running)])


class _Running:
    """A check at work, on the rows that have the columns it needs."""

    def __init__(self, check: Check, limit: int) -> None:
        self._check, self.tally, self._numbers = check, Tally(check.name, limit), _Numbers()

    def look(self, chunk: Chunk, damaged: set[int]) -> set[int]:
        """Look at the rows of a chunk; return those that are not fit for checks that come later."""
        needs, passed_over = self._check.needs, damaged if self._check.late else ()
        kept = [
            place
            for place, row in enumerate(chunk.rows)
            if place not in passed_over and all(name in row for name in needs)
        ]
        self._numbers.add([chunk.numbers[place] for place in kept])
        self.tally.records += len(kept)
        found_in = set()
        for row, column, found, expected in self._check.look([chunk.rows[place] for place in kept]) if kept else ():
            self.tally.add(chunk.numbers[kept[row]], chunk.places[kept[row]], column, found, expected)
            found_in.add(kept[row])
        return found_in if self._check.name in _FIRST else set()

    def finish(self) -> None:
        for row, column, found, expected in self._check.finish(self._numbers.of):
            self.tally.add(self._numbers.of(row), "", column, found, expected)
        self.tally.note = self._check.note()


class _Numbers:
    """The record number of each row, kept as runs of neighbours."""

    def __init__(self) -> None:
        self.count = 0
        self._rows: list[int] = []
        self._numbers: list[int] = []

    def add(self, numbers: Sequence[int]) -> None:
        """Take the numbers of the next rows."""
        for number in numbers:
            if not self._rows or number - self._numbers[-1] != self.count - self._rows[-1]:
                self._rows.append(self.count)
                self._numbers.append(number)
            self.count += 1

    def of(self, row: int) -> int:
        """Return the record number of a row."""
        run = bisect_right(self._rows, row) - 1
        return self._numbers[run] + row - self._rows[run]
