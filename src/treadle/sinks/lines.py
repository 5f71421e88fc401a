"""Records as rows of pieces in JSON or CSV: all but the texts' own characters is literal pieces, and one `take` writes it all.

`LineWriter` holds the plan's pieces in one way of writing (`Escape`) followed by the literals it has needed so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treadle.columns import Category, Children, Lists, Objects, Rewritten
from treadle.pieces import (
    CSV,
    EMPTY,
    FOREIGN,
    JSON,
    Ragged,
    concatenate,
    flatten,
    join,
    regroup,
    render,
    rows_of,
    separators,
    starts,
)
from treadle.splicing import spliced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from treadle.columns import Column, Moment, Number, Written
    from treadle.pieces import Escape, Ids, PieceTable

Piece: TypeAlias = "str | NDArray[np.int32] | Ragged | Category | Opening | Rewritten"
"""A literal for all rows, one piece a row, rows of pieces, entries or an opening that run together with the literal before them, or
texts of which some are in no table."""


@dataclass(frozen=True)
class Opening:
    """What stands before a value that may be absent: its quote, or `null` in its place."""

    quote: str
    valid: NDArray[np.bool_]


_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters that make a spreadsheet run a cell (OWASP, CSV injection)."""

_MOST_LITERALS = 4096
_MOST_ENTRIES = 1024
"""Entries of a list that are written together with the key before them; for longer lists that would cost more than it saves."""


class LineWriter:
    """Turns columns into lines; one for each shard, since it remembers the literals it has met."""

    def __init__(self, table: PieceTable, escape: Escape) -> None:
        """Take a plan's table and the way its pieces are written."""
        self._pieces = table.written(escape)
        self._literals: dict[str, int] = {"": EMPTY}
        self._entries: dict[tuple[str, int, int, bool], Ids] = {}
        self._array, self._size = self._pieces, 0
        self._escape = escape
        self._foreign: list[pa.Array] = []

    def literal(self, text: str) -> int:
        """Return the id of text that is written as it is."""
        if text not in self._literals:
            self._literals[text] = len(self._pieces) + len(self._literals) - 1
        return self._literals[text]

    def lay(self, parts: Sequence[Piece], rows: int) -> Ragged:
        """Lay parts side by side; neighbouring literals become one piece, and so does an entry with the literal before it."""
        laid: list[int | NDArray[np.int32] | Ragged] = []
        waiting = ""
        for part in parts:
            if isinstance(part, str):
                waiting += part
            elif isinstance(part, Category):
                laid.append(self._behind(waiting, part))
                waiting = ""
            elif isinstance(part, Opening):
                laid.append(self.either(part.valid, waiting + part.quote, waiting + "null"))
                waiting = ""
            elif isinstance(part, Rewritten):
                rows_ = part.printed(self.foreign(part.texts))
                laid += [self.literal(waiting), rows_] if waiting else [rows_]
                waiting = ""
            else:
                laid += [self.literal(waiting), part] if waiting else [part]
                waiting = ""
        return concatenate([*laid, self.literal(waiting)] if waiting else laid, rows)

    def _behind(self, text: str, column: Category) -> Ids:
        """Return the pieces of a column's entries, each with a literal before it; of one with absent values, quoted or `null`."""
        base, count, optional = column.type.base, len(column.type.values), column.valid is not None
        key = (text, base, count, optional)
        if key not in self._entries:
            quote = '"' if optional and column.type.quoted else ""
            written = [text + quote + entry + quote for entry in self._pieces.slice(base, count).to_pylist()]
            written += [text + "null"] if optional else []
            self._entries[key] = np.array([self.literal(each) for each in written], np.int32)
        return self._entries[key][column.codes if column.valid is None else np.where(column.valid, column.codes, count)]

    def foreign(self, texts: pa.Array) -> Ids:
        """Return a piece for each of some texts that are in no table, until the next lines are written."""
        first = FOREIGN + sum(map(len, self._foreign))
        self._foreign.append(escaped(texts, self._escape))
        return np.arange(first, first + len(texts)).astype(np.int32)

    def either(self, holds: NDArray[np.bool_], yes: str, no: str) -> Ids:
        """Return one of two literals a row."""
        return np.where(holds, self.literal(yes), self.literal(no)).astype(np.int32)

    def write(self, rows: Ragged) -> memoryview:
        """Write rows end to end."""
        buffer, bounds = flatten(*self._settled(rows))
        return memoryview(buffer)[: int(bounds[-1])]

    def texts(self, rows: Ragged) -> pa.Array:
        """Return each row as a text."""
        return render(*self._settled(rows))

    def _settled(self, rows: Ragged) -> tuple[pa.Array, Ragged]:
        """Return the table with the texts of this batch that are in none, which are then forgotten, and the rows by it."""
        table = self._table()
        if not self._foreign:
            return table, rows
        ids = np.where(rows.ids >= FOREIGN, rows.ids - np.int32(FOREIGN - len(table)), rows.ids)
        table = pa.concat_arrays([table, *self._foreign])
        self._foreign = []
        return table, Ragged(ids, rows.offsets)

    def _table(self) -> pa.Array:
        if self._size != len(self._literals):
            literals = pa.array(list(self._literals)[1:], pa.large_string())
            self._array, self._size = pa.concat_arrays([self._pieces, literals]), len(self._literals)
        return self._array


class JsonLines(LineWriter):
    """Writes records as JSON objects (RFC 8259), one a line, keys in the order of the columns."""

    def __init__(self, table: PieceTable) -> None:
        """Take a plan's table."""
        super().__init__(table, JSON)

    def lines(self, columns: Mapping[str, Column], rows: int, before: str = "", after: str = "\n") -> memoryview:
        """Return the lines of all records."""
        return self.write(self.lay([before, *self.object(columns), after], rows))

    def object(self, columns: Mapping[str, Column]) -> list[Piece]:
        """Return the parts of an object."""
        parts: list[Piece] = []
        for number, (name, column) in enumerate(columns.items()):
            parts += [("," if number else "{") + f'"{JSON(name)}":', *self.value(column)]
        return [*parts, "}"]

    def value(self, column: Column) -> list[Piece]:
        """Return the parts of a column's values."""
        if isinstance(column, Lists):
            quote = '"' if column.type.quoted_items else ""
            items = join(column.items(), column.offsets, self.literal(f"{quote},{quote}"))
            filled = column.lengths > 0
            parts: list[Piece] = [self.either(filled, "[" + quote, "["), items, self.either(filled, quote + "]", "]")]
        elif isinstance(column, Children):
            inner = {name: column.rows.columns[name] for name in column.type.columns}
            children = self.lay(
                [separators(column.offsets, self.literal(",")), *self.object(inner)], int(column.offsets[-1])
            )
            parts = ["[", regroup(children, column.offsets), "]"]
        elif isinstance(column, Objects):
            parts = self.object(column.columns)
        else:
            return self._single(column)
        return parts if column.valid is None or column.valid.all() else self._or_null(parts, column.valid)

    def _single(self, column: Category | Number | Moment | Written | Rewritten) -> list[Piece]:
        """Return the parts of a column that holds one value a row."""
        quote = '"' if column.type.quoted else ""
        if _is_short(column):
            return [quote, column, quote] if column.valid is None else [column]
        if isinstance(column, Rewritten):
            parts: list[Piece] = [quote, column, quote]
            return parts if column.valid is None or column.valid.all() else self._or_null(parts, column.valid)
        if column.valid is None or column.valid.all():
            return [quote, column.printed(), quote]
        shown: list[Piece] = [Opening(quote, column.valid), blanked(column.printed(), column.valid)]
        return [*shown, self.either(column.valid, quote, "")] if quote else shown

    def _or_null(self, parts: list[Piece], valid: NDArray[np.bool_]) -> list[Piece]:
        """Write `null` for absent values: the parts of a row that holds none are all replaced by one."""
        written = self.lay(parts, len(valid))
        return [present(written, valid), self.either(valid, "", "null")]


class CsvLines(LineWriter):
    """Writes records as CSV (RFC 4180): quoted where needed, absent values empty, empty text as a quoted nothing.

    Cells that a spreadsheet would run get an apostrophe in front unless `raw`; `neutralised` counts them by column.
    """

    def __init__(self, table: PieceTable, *, raw: bool) -> None:
        """Take a plan's table."""
        super().__init__(table, CSV)
        self._json = JsonLines(table)
        self._raw = raw
        self._quoted = np.array([any(c in text for c in ',"\r\n') for text in table.texts], np.bool_)
        self._run = np.array([text.startswith(_RUN_BY_SPREADSHEETS) for text in table.texts], np.bool_)
        self._filled = np.array([bool(text) for text in table.texts], np.bool_)
        self.neutralised: dict[str, NDArray[np.bool_]] = {}

    @staticmethod
    def header(names: Sequence[str]) -> str:
        """Return the header line."""
        return ",".join(names) + "\r\n"

    def lines(self, columns: Mapping[str, Column], rows: int) -> memoryview:
        """Return the lines of all records; sets `neutralised` to one boolean a record for each column that has any."""
        self.neutralised = {}
        parts: list[Piece] = []
        for name, column in columns.items():
            parts += ["," if parts else "", *self._cell(name, column, alone=len(columns) == 1)]
        written = self.write(self.lay([*parts, "\r\n"], rows))
        if len(self._literals) > _MOST_LITERALS:
            self._literals, self._size = {"": EMPTY}, 0
        return written

    def _json_cell(self, column: Lists | Children | Objects, rows: int) -> list[Piece]:
        """Return lists, children and objects as JSON in a quoted cell: each cell becomes a literal of this batch."""
        cells = self._json.texts(self._json.lay(self._json.value(column), rows))
        doubled = pc.replace_substring(cells, '"', '""').to_pylist()
        literals = np.array([self.literal(cell) for cell in doubled], np.int32)
        if column.valid is None:
            return ['"', literals, '"']
        quote = self.either(column.valid, '"', "")
        return [quote, np.where(column.valid, literals, EMPTY).astype(np.int32), quote]

    def _cell(self, name: str, column: Column, *, alone: bool) -> list[Piece]:
        if isinstance(column, Lists | Children | Objects):
            return self._json_cell(column, len(column) if isinstance(column, Objects) else len(column.offsets) - 1)
        if isinstance(column, Rewritten):
            return self._foreign_cell(name, column, alone=alone)
        shown = column.printed() if column.valid is None else present(column.printed(), column.valid)
        if not column.type.quoted:  # readers skip empty lines, so an absent value alone on its line is a quoted nothing
            return [shown] if column.valid is None or not alone else [shown, self.either(column.valid, "", '""')]
        special, run, empty = self._needs(shown)
        return self._quoted_cell(name, shown, special, run, empty & self._there(column, alone=alone))

    def _foreign_cell(self, name: str, column: Rewritten, *, alone: bool) -> list[Piece]:
        """Return the cells of texts of which some are in no table of pieces."""
        special, run, empty = self._needs(column.written.rows)
        texts, at = column.texts, column.changed
        special[at] = flags(pc.match_substring_regex(texts, '[,"\r\n]'))
        run[at] = flags(pc.match_substring_regex(texts, "^[=+\\-@\t\r\n]"))
        empty[at] = flags(pc.equal(pc.binary_length(texts), 0))
        shown = column.printed(self.foreign(texts))
        if column.valid is not None:
            shown, special, run = present(shown, column.valid), special & column.valid, run & column.valid
            empty |= ~column.valid
        return self._quoted_cell(name, shown, special, run, empty & self._there(column, alone=alone))

    @staticmethod
    def _there(column: Column, *, alone: bool) -> NDArray[np.bool_]:
        """Tell of each row whether an empty cell is to be a quoted nothing: where the value is there, or alone on its line."""
        return np.array(True) if column.valid is None else column.valid | alone  # noqa: FBT003  # for all rows

    def _quoted_cell(
        self, name: str, shown: Ragged, special: NDArray[np.bool_], run: NDArray[np.bool_], nothing: NDArray[np.bool_]
    ) -> list[Piece]:
        quote = self.either(special | nothing, '"', "")
        if self._raw:
            return [quote, shown, quote]
        if run.any():
            self.neutralised[name] = run
        return [quote, self.either(run, "'", ""), shown, quote]

    def _needs(self, shown: Ragged) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
        """Tell of each cell whether it needs quotes, whether a spreadsheet would run it, and whether it is empty."""
        filled = starts(self._filled[shown.ids].astype(np.int64))
        empty = filled[shown.offsets[1:]] == filled[shown.offsets[:-1]]
        special = starts(self._quoted[shown.ids].astype(np.int64))
        return special[shown.offsets[1:]] > special[shown.offsets[:-1]], self._would_run(shown, filled, ~empty), empty

    def _would_run(self, shown: Ragged, filled: NDArray[np.int64], there: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell of each cell whether its first piece that is not empty begins with a character that makes it run."""
        first = np.flatnonzero(self._filled[shown.ids])
        run = np.zeros(len(shown), np.bool_)
        run[there] = self._run[shown.ids[first[filled[shown.offsets[:-1][there]]]]]
        return run


def _is_short(column: Column) -> TypeGuard[Category]:
    """Tell whether a column's entries are few enough to be written together with the key before them."""
    return isinstance(column, Category) and len(column.type.values) <= _MOST_ENTRIES


def blanked(rows: Ragged, valid: NDArray[np.bool_]) -> Ragged:
    """Return rows of which those not valid hold empty pieces alone: as many as before, so that rows of one length stay so."""
    if rows.width is not None:
        return Ragged.fixed(np.where(valid[:, None], rows.matrix, EMPTY).astype(np.int32, copy=False))
    return present(rows, valid)


def present(rows: Ragged, valid: NDArray[np.bool_]) -> Ragged:
    """Return rows of which those not valid hold nothing."""
    if valid.all():
        return rows
    lengths = rows.lengths()
    kept = valid[rows_of(rows.offsets)]
    return Ragged(rows.ids[kept], starts(np.where(valid, lengths, 0)))


def flags(found: pa.Array) -> NDArray[np.bool_]:
    """Return Arrow booleans as NumPy's."""
    held: NDArray[np.bool_] = found.to_numpy(zero_copy_only=False)
    return held


def escaped(texts: pa.Array, escape: Escape) -> pa.Array:
    """Return texts, each character that needs it replaced: one look at every byte, one cut and one take."""
    _, bounds, values = texts.buffers()
    offsets = np.frombuffer(bounds, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    if values is None or not escape.replacements:
        return texts
    needed = np.zeros(256, np.bool_)
    needed[[ord(character) for character in escape.replacements]] = True
    data = np.frombuffer(values, np.uint8)
    at = int(offsets[0]) + np.flatnonzero(needed[data[int(offsets[0]) : int(offsets[-1])]])
    pool = pa.array(list(escape.replacements.values()), pa.large_string())
    order = np.zeros(256, np.int64)
    order[[ord(character) for character in escape.replacements]] = np.arange(len(pool))
    row = np.searchsorted(offsets, at, side="right") - 1
    return spliced(texts, row, at, at + 1, pool.take(pa.array(order[data[at]])))
