"""Columns: the values of one field for the rows of a batch, as integers or as rows of pieces.

A column knows how it is printed (`printed`, rows of pieces), how it is compared in a condition (`numbers`), how it leaves as Arrow
(`to_arrow`), and which of its rows hold a value (`valid`, None where all do). `FieldType` is what is known of a column when the
recipe compiles.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pyarrow as pa

from treadle.pieces import PLAIN, Ragged, gather, gather_index, render, rows_of, stack
from treadle.spans import Spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle.batch import Rows
    from treadle.pieces import Block, Ids, Ints, PieceTable
    from treadle.printing import Digits, MomentFormat
    from treadle.vocabularies import Vocabulary

    Valid = NDArray[np.bool_] | None

Kind = Literal["category", "number", "moment", "token", "text", "list", "children", "object"]


@dataclass(frozen=True)
class FieldType:
    """What is known of a field before any record is drawn."""

    kind: Kind
    vocabulary: Vocabulary | None = None
    block: Block | None = None
    numbers: tuple[int, ...] | None = None
    ordered: bool = False
    dates: bool = False
    boolean: bool = False
    places: int = 0
    nullable: bool = False
    blocks: tuple[Block, ...] = ()
    children: dict[str, FieldType] = field(default_factory=dict)
    columns: tuple[str, ...] = ()

    @property
    def values(self) -> Vocabulary:
        """The vocabulary of a category or list; raises `TypeError` for a kind without one."""
        if self.vocabulary is None:
            raise TypeError(f"a {self.kind} has no vocabulary")
        return self.vocabulary

    @property
    def base(self) -> int:
        """The piece of the first entry of a category or list; raises `TypeError` for a kind without one."""
        if self.block is None:
            raise TypeError(f"a {self.kind} has no block of pieces")
        return self.block.base

    @cached_property
    def listed_numbers(self) -> Ints:
        """The numbers behind the entries of a category, shape (n_entries,)."""
        return np.array(self.numbers or (), np.int64)

    @property
    def quoted(self) -> bool:
        """Whether a value is a JSON string."""
        if self.kind == "category":
            return not self.boolean and self.vocabulary is not None and isinstance(self.vocabulary.entries[0], str)
        return self.kind in {"moment", "token", "text"}

    @property
    def quoted_items(self) -> bool:
        """Whether the items of a list are JSON strings."""
        return self.vocabulary is not None and isinstance(self.vocabulary.entries[0], str)


@dataclass(frozen=True)
class Category:
    """Codes into a vocabulary; also dates (entries are days) and booleans."""

    type: FieldType
    codes: Ints
    valid: Valid = None

    def take(self, rows: Ints) -> Category:
        """Return the rows chosen."""
        return replace(self, codes=self.codes[rows], valid=_taken(self.valid, rows))

    def printed(self) -> Ragged:
        """Return one piece a row."""
        return Ragged.single(self.codes + self.type.base)

    @property
    def numbers(self) -> Ints:
        """The number behind each value: the integer, the day since 1970-01-01, 0 or 1, or the code."""
        return self.codes if self.type.numbers is None else self.type.listed_numbers[self.codes]

    def to_arrow(self, table: PieceTable) -> pa.Array:
        """Return strings, int64 or booleans."""
        if self.type.quoted:
            return _masked(render(table.written(PLAIN), self.printed()), self.valid)
        numbers = self.numbers.astype(bool) if self.type.boolean else self.numbers
        return pa.array(numbers, mask=None if self.valid is None else ~self.valid)


@dataclass(frozen=True)
class Number:
    """int64 multiples of 10**-places."""

    type: FieldType
    values: Ints
    digits: Digits
    valid: Valid = None

    def take(self, rows: Ints) -> Number:
        """Return the rows chosen."""
        return replace(self, values=self.values[rows], valid=_taken(self.valid, rows))

    def printed(self) -> Ragged:
        """Return the digits in groups."""
        return self.digits.print(self.values, self.type.places)

    @property
    def numbers(self) -> Ints:
        """The values as they are held."""
        return self.values

    def to_arrow(self, _table: PieceTable) -> pa.Array:
        """Return int64, or the nearest float64 of each decimal (one correctly rounded division)."""
        values = _decimals(self.values, 10**self.type.places) if self.type.places else self.values
        return pa.array(values, mask=None if self.valid is None else ~self.valid)


@dataclass(frozen=True)
class Moment:
    """int64 microseconds since 1970-01-01 UTC, printed by a format."""

    type: FieldType
    values: Ints
    format: MomentFormat
    valid: Valid = None

    def take(self, rows: Ints) -> Moment:
        """Return the rows chosen."""
        return replace(self, values=self.values[rows], valid=_taken(self.valid, rows))

    def printed(self) -> Ragged:
        """Return one piece for each directive of the format."""
        return self.format.print(self.values)

    @property
    def numbers(self) -> Ints:
        """Microseconds since 1970-01-01 UTC."""
        return self.values

    def to_arrow(self, table: PieceTable) -> pa.Array:
        """Return the printed moments."""
        return _masked(render(table.written(PLAIN), self.printed()), self.valid)


@dataclass(frozen=True)
class Written:
    """Rows of pieces: texts, with the spans of what they express, and tokens such as UUIDs."""

    type: FieldType
    rows: Ragged
    spans: Spans = field(default_factory=Spans.none)
    valid: Valid = None

    def take(self, rows: Ints) -> Written:
        """Return the rows chosen; their spans stay behind, for they belong to the text they were woven into."""
        return replace(self, rows=self.rows.take(rows), spans=Spans.none(), valid=_taken(self.valid, rows))

    def printed(self) -> Ragged:
        """Return the rows."""
        return self.rows

    def to_arrow(self, table: PieceTable) -> pa.Array:
        """Return large strings."""
        return _masked(render(table.written(PLAIN), self.rows), self.valid)


@dataclass(frozen=True)
class Rewritten:
    """A text column of which some rows hold text that no table of pieces has: `texts` (m,) stand in the rows `changed` (m,)."""

    type: FieldType
    written: Written
    changed: Ints
    texts: pa.Array
    valid: Valid = None

    @classmethod
    def whole(cls, texts: pa.Array) -> Rewritten:
        """Make a column of texts alone."""
        count = len(texts)
        empty = Written(FieldType("text"), Ragged(np.zeros(0, np.int32), np.zeros(count + 1, np.int64)))
        return cls(empty.type, empty, np.arange(count), texts)

    @property
    def spans(self) -> Spans:
        """The spans of the texts as they were woven."""
        return self.written.spans

    @property
    def rows(self) -> Ragged:
        """The texts as they were woven."""
        return self.written.rows

    def take(self, rows: Ints) -> Rewritten:
        """Return the rows chosen; their spans stay behind."""
        place = np.full(len(self.written.rows), -1)
        place[self.changed] = np.arange(len(self.changed))
        chosen = place[rows]
        changed = np.flatnonzero(chosen >= 0)
        texts = self.texts.take(pa.array(chosen[changed]))
        return replace(
            self, written=self.written.take(rows), changed=changed, texts=texts, valid=_taken(self.valid, rows)
        )

    def printed(self, foreign: Ids) -> Ragged:
        """Return the rows of pieces, with the piece `foreign[k]` for the k-th changed text."""
        order = np.arange(len(self.written.rows))
        order[self.changed] = len(order) + np.arange(len(self.changed))
        return stack([self.written.rows, Ragged.single(foreign)]).take(order)

    def to_arrow(self, table: PieceTable) -> pa.Array:
        """Return large strings."""
        plain = render(table.written(PLAIN), self.written.rows)
        order = np.arange(len(plain))
        order[self.changed] = len(order) + np.arange(len(self.changed))
        return _masked(pa.concat_arrays([plain, self.texts]).take(pa.array(order)), self.valid)


@dataclass(frozen=True)
class Lists:
    """Several codes into one vocabulary in each row: row r holds `codes[offsets[r]:offsets[r + 1]]`."""

    type: FieldType
    codes: Ints
    offsets: Ints
    valid: Valid = None

    def take(self, rows: Ints) -> Lists:
        """Return the rows chosen."""
        codes, offsets = gather(self.codes, self.offsets, rows)
        return replace(self, codes=codes, offsets=offsets, valid=_taken(self.valid, rows))

    def items(self) -> Ragged:
        """Return one piece for every item of every list."""
        return Ragged.single(self.codes + self.type.base)

    @property
    def lengths(self) -> Ints:
        """The length of each list, shape (n_rows,)."""
        return np.diff(self.offsets)

    @property
    def row(self) -> Ints:
        """The row of each item, shape (n_items,)."""
        return rows_of(self.offsets)

    def sum(self, values: Ints) -> Ints:
        """Add up one integer an item over each list, exactly."""
        return _sums(values, self.offsets)

    def isin(self, other: Lists) -> NDArray[np.bool_]:
        """Tell of each item whether the same row of `other`, over the same vocabulary, holds it too."""
        if self.type.values.entries != other.type.values.entries:
            raise ValueError("isin compares lists over the same vocabulary, and these are over two")
        width, count = len(self.type.values), len(self.offsets) - 1
        found = np.empty(len(self.codes), np.bool_)
        step = max(1, _MOST_HELD // width)
        held = np.zeros(min(step, count) * width, np.bool_)
        mine, theirs = self.row * width + self.codes, other.row * width + other.codes
        for begin in range(0, count, step):  # few enough that the table of what is held stays in the cache
            end = min(begin + step, count)
            here, there = slice(*self.offsets[[begin, end]].tolist()), slice(*other.offsets[[begin, end]].tolist())
            held[theirs[there] - begin * width] = True
            found[here] = held[mine[here] - begin * width]
            held[theirs[there] - begin * width] = False
        return found

    def to_arrow(self, table: PieceTable) -> pa.Array:
        """Return large lists of strings or int64."""
        if self.type.quoted_items:
            items = render(table.written(PLAIN), self.items())
        else:
            items = pa.array(np.array(self.type.values.entries, np.int64)[self.codes])
        return _masked(pa.LargeListArray.from_arrays(pa.array(self.offsets), items), self.valid)


@dataclass(frozen=True)
class Children:
    """The rows of a child batch, several to each row: row r owns the child rows `offsets[r]:offsets[r + 1]`."""

    type: FieldType
    rows: Rows
    offsets: Ints
    valid: Valid = None

    def take(self, rows: Ints) -> Children:
        """Return the rows chosen."""
        source, offsets = gather_index(self.offsets, rows)
        return replace(self, rows=self.rows.take(source), offsets=offsets, valid=_taken(self.valid, rows))

    @property
    def lengths(self) -> Ints:
        """The number of children of each row."""
        return np.diff(self.offsets)

    def numbers(self, name: str) -> Ints:
        """Return the numbers of a field of all children, shape (n_children,)."""
        return numbers_of(self.rows.columns[name])

    def sum(self, name: str) -> Ints:
        """Add up a number of the children of each row, exactly, shape (n_rows,)."""
        return _sums(self.numbers(name), self.offsets)

    def to_arrow(self, table: PieceTable) -> pa.Array:
        """Return large lists of structs, one field a column of the children."""
        names = list(self.type.columns)
        arrays = [self.rows.columns[name].to_arrow(table) for name in names]
        items = pa.StructArray.from_arrays(arrays, names=names)
        return _masked(pa.LargeListArray.from_arrays(pa.array(self.offsets), items), self.valid)


@dataclass(frozen=True)
class Objects:
    """Other columns side by side, as one object in each of `count` rows."""

    type: FieldType
    columns: dict[str, Column]
    count: int
    valid: Valid = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.count

    def take(self, rows: Ints) -> Objects:
        """Return the rows chosen."""
        columns = {name: column.take(rows) for name, column in self.columns.items()}
        return replace(self, columns=columns, count=len(rows), valid=_taken(self.valid, rows))

    def to_arrow(self, table: PieceTable) -> pa.Array:
        """Return structs, one field a column."""
        arrays = [column.to_arrow(table) for column in self.columns.values()]
        mask = None if self.valid is None else pa.array(~self.valid)
        return pa.StructArray.from_arrays(arrays, names=list(self.columns), mask=mask)


Column: TypeAlias = "Category | Number | Moment | Written | Rewritten | Lists | Children | Objects"


def numbers_of(column: Column) -> Ints:
    """Return the number behind each value of a choice, number or moment; raises `TypeError` for any other kind."""
    if isinstance(column, Category | Number | Moment):
        return column.numbers
    raise TypeError(f"a {column.type.kind} has no numbers behind its values")


def _decimals(values: Ints, scale: int) -> NDArray[np.float64]:
    """Return the float64 nearest to each `value / scale`: beyond 2**53 by Python, whose division of integers rounds once."""
    divided = values / np.float64(scale)
    for large in np.flatnonzero((values > _EXACT) | (values < -_EXACT)).tolist():
        divided[large] = int(values[large]) / scale
    return divided


_MOST_HELD = 1 << 20
_EXACT = 1 << 53
"""float64 holds every integer up to here."""


def _sums(values: Ints, offsets: Ints) -> Ints:
    """Add up what stands between each two offsets."""
    before: Ints = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
    return before[offsets[1:]] - before[offsets[:-1]]


def _taken(valid: Valid, rows: Ints) -> Valid:
    return None if valid is None else valid[rows]


def _masked(array: pa.Array, valid: Valid) -> pa.Array:
    """Return the array with nulls where `valid` is False."""
    if valid is None or valid.all():
        return array
    bitmap = pa.py_buffer(np.packbits(valid, bitorder="little"))
    buffers = array.buffers()
    if pa.types.is_large_list(array.type):
        return pa.Array.from_buffers(array.type, len(array), [bitmap, buffers[1]], children=[array.values])
    return pa.Array.from_buffers(array.type, len(array), [bitmap, *buffers[1:]])
