"""What flows through a run: scopes while a batch is drawn, and the finished `Batch`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from treadle import draw
from treadle.pieces import rows_of, starts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from treadle.columns import Column, FieldType
    from treadle.edits import Edits
    from treadle.pieces import Ints

C = TypeVar("C", bound="Column")


class Scope:
    """The rows of a batch while they are drawn: records at the top, children of them below.

    `states(key)` gives one 64-bit state a row, `column(name)` a column of this scope or, repeated for each child, of its parents.
    """

    def __init__(
        self, records: NDArray[np.uint64], *, attempts: Ints | None = None, trace: bool = False, members: int = 1
    ) -> None:
        """Open the top scope for the record numbers (n,); `attempts` (n,) counts how often each was rejected.

        With sets of several `members` each record draws what its set, `sets` (n,), does.
        """
        self.records, self.attempts, self.trace = records, attempts, trace
        self.sets = records if members == 1 else records // np.uint64(members)
        self.members: Ints = (records - self.sets * np.uint64(members)).astype(np.int64)
        self.columns: dict[str, Column] = {}
        self.parent: Scope | None = None
        self.parent_rows: Ints = np.zeros(0, np.int64)
        self.numbers: Ints = records.astype(np.int64)
        self._outer: dict[str, Column] = {}
        self._others: dict[str, Scope] = {}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.numbers)

    def children(self, counts: Ints) -> Scope:
        """Open the scope of children, `counts` (n,) of them for each row; `numbers` counts siblings from 0."""
        child = Scope(self.records, attempts=self.attempts, trace=self.trace)
        offsets = starts(counts)
        child.parent = self
        child.parent_rows = rows_of(offsets)
        child.numbers = np.arange(offsets[-1]) - offsets[child.parent_rows]
        return child

    def others(self, at: str, numbers: Ints) -> Scope:
        """Return the scope of the records that the field `at` names by `numbers` (n,); all who ask share it."""
        if at not in self._others:
            self._others[at] = Scope(numbers.astype(np.uint64), trace=self.trace)
        return self._others[at]

    def states(self, key: int) -> NDArray[np.uint64]:
        """Return the states of the rows in the stream of `key`."""
        if self.parent is None:
            return draw.record_states(key, self.sets, self.attempts)
        return draw.child_states(self.parent.states(key)[self.parent_rows], self.numbers)

    def column(self, name: str) -> Column:
        """Return a column by name; one of a parent is gathered for each child."""
        if name in self.columns or self.parent is None:
            return self.columns[name]
        if name not in self._outer:
            column, rows = self.origin(name)
            self._outer[name] = column.take(rows)
        return self._outer[name]

    def get(self, name: str, kind: type[C]) -> C:
        """Return a column whose kind is known from its field's type; raises `TypeError` where it is another one."""
        return _checked(name, self.column(name), kind)

    def origin_of(self, name: str, kind: type[C]) -> tuple[C, Ints]:
        """Return what `origin` does of a column whose kind is known; raises `TypeError` where it is another one."""
        column, rows = self.origin(name)
        return _checked(name, column, kind), rows

    def origin(self, name: str) -> tuple[Column, Ints]:
        """Return a column as the scope that it belongs to holds it, and which of its rows each row of this scope sees."""
        if name in self.columns or self.parent is None:
            return self.columns[name], np.arange(len(self))
        column, rows = self.parent.origin(name)
        return column, rows[self.parent_rows]


def _checked(name: str, column: Column, kind: type[C]) -> C:
    if not isinstance(column, kind):
        raise TypeError(f"field {name!r} is a {type(column).__name__}, not a {kind.__name__}")
    return column


@dataclass(frozen=True)
class Rows:
    """The columns of some rows."""

    columns: dict[str, Column]

    def take(self, rows: Ints) -> Rows:
        """Return the rows chosen."""
        return Rows({name: column.take(rows) for name, column in self.columns.items()})


@dataclass(frozen=True)
class Batch:
    """Finished records: their numbers (n,), the columns that are written, in order, their types, and the edits of text fields."""

    records: NDArray[np.uint64]
    columns: dict[str, Column]
    types: dict[str, FieldType]
    edits: dict[str, Edits] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.records)

    def texts(self) -> Iterable[tuple[str, Column]]:
        """Return the columns that hold woven text."""
        return [(name, column) for name, column in self.columns.items() if self.types[name].kind == "text"]
