"""Reads a written dataset, a few rows at a time, whatever its format; what cannot be read is noted with its place and left out.

Rows come as dicts of plain values, the spans of a truth file beside the data among them.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8, getincrementaldecoder
from collections import deque
from contextlib import closing, contextmanager
from csv import reader as csv_rows
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from treadle.checks.documents import DocumentError, examples, once, refuse
from treadle.checks.findings import EDITS, SPANS
from treadle.checks.schema import read_cell
from treadle.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path

    from treadle.checks.findings import Tally
    from treadle.columns import FieldType

ROWS = 512
"""Rows in memory at once."""
BLOCK = 16 << 20
"""Bytes of a CSV file read at once; no row may be longer."""
LONGEST_LINE = 64 << 20
"""Bytes of a record: a longer line is not read."""
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters of cells that an apostrophe is put before (see sinks/lines.py)."""

_Item = tuple[str, Any]
"""A row's place in its file, and the row; None for what could not be read."""


@dataclass(frozen=True)
class Part:
    """One file of a dataset: its record numbers from `first` on, and its truth file where there is one."""

    path: Path
    first: int = 0
    truth: Path | None = None


@dataclass(frozen=True)
class Layout:
    """How a dataset was written: its parts, the types of its columns, numbers left out because they failed, and CSV's habit.

    `only` names the columns that are read of a Parquet file; all of them where it is empty. `json` names columns without a type
    whose cells in CSV are JSON values: numbers, objects and lists.
    """

    parts: Sequence[Part]
    types: Mapping[str, FieldType] = field(default_factory=dict)
    failed: frozenset[int] = frozenset()
    raw_csv: bool = False
    only: Sequence[str] = ()
    json: Sequence[str] = ()


@dataclass(frozen=True)
class Chunk:
    """Some rows: their record numbers and places."""

    rows: list[dict[str, Any]]  # as in Row
    numbers: list[int]
    places: list[str]


def chunks(layout: Layout, unread: Tally) -> Generator[Chunk]:
    """Yield all rows, a few at a time; what cannot be read is added to `unread`."""
    several = len(layout.parts) > 1
    for part in layout.parts:
        number = part.first
        before = f"{part.path.name}, " if several else ""
        truth = _Truth(part.truth, unread, before)
        with closing(read(part.path, layout)) as rows, closing(truth):
            while items := list(islice(rows, ROWS)):
                held = Chunk([], [], [])
                for place, row in items:
                    if isinstance(row, Unreadable) and not row.is_row:
                        unread.add(-1, before + place, "", row.found, row.expected)
                        continue
                    while number in layout.failed:
                        number += 1
                    unread.records += 1
                    beside = truth.next(number)
                    if isinstance(row, Unreadable):
                        unread.add(number, before + place, "", row.found, row.expected)
                    else:
                        held.rows.append(_joined(row, beside, layout) if beside else row)
                        held.numbers.append(number)
                        held.places.append(before + place)
                    number += 1
                yield held
            truth.end()


@dataclass(frozen=True)
class Unreadable:
    """What stands where a row should be, or (`is_row` false) where nothing more can be read."""

    found: str
    expected: str
    is_row: bool = True


def _joined(row: dict[str, Any], beside: dict[str, Any], layout: Layout) -> dict[str, Any]:  # as in Row
    """Return a row with its line of the truth file: spans, and the cells that got an apostrophe."""
    for name in beside.get("csv_neutralised") or ():
        cell = row.get(name)
        if isinstance(cell, str) and cell.startswith("'"):
            row[name] = read_cell(layout.types.get(name), cell[1:])
    return {**row, **{name: beside[name] for name in (SPANS, EDITS) if name in beside}}


class _Truth:
    """The lines of a truth file, one a record."""

    def __init__(self, path: Path | None, unread: Tally, before: str) -> None:
        self._unread, self._before, self._name = unread, before, path.name if path else ""
        self._lines: Generator[_Item] | None = None
        if path is not None and not path.is_file():
            unread.add(-1, before + self._name, SPANS, "no such file", "the truth file that the manifest names")
        elif path is not None:
            self._lines = read_lines(path)

    def next(self, number: int) -> dict[str, Any] | None:  # JSON values
        """Return the line of a record."""
        if self._lines is None:
            return None
        place, line = next(self._lines, ("end", Unreadable("the end of the file", "a line for each record")))
        where = f"{self._before}{self._name}, {place}"
        if isinstance(line, Unreadable):
            self._unread.add(number, where, SPANS, line.found, line.expected)
            return None
        if line.get("record") != number:
            self._unread.add(number, where, SPANS, f"record={line.get('record')!r}", f"record={number}")
        return dict(line)

    def end(self) -> None:
        """Note what is left."""
        for place, _ in self._lines or ():
            where = f"{self._before}{self._name}, {place}"
            self._unread.add(-1, where, SPANS, "a line", "the end of the file: no record is left")

    def close(self) -> None:
        """Close the file."""
        if self._lines is not None:
            self._lines.close()


def read(path: Path, layout: Layout) -> Generator[_Item]:
    """Return the rows of a file by its suffix; raises `UsageError` for one that holds no dataset."""
    suffix = path.suffix.lower()
    if suffix not in READERS:
        raise UsageError(f"{path}: expected a file that ends in {' '.join(READERS)}, or a folder that treadle wrote")
    return READERS[suffix](path, layout)


def _jsonl(path: Path, _layout: Layout) -> Generator[_Item]:
    return read_lines(path)


def read_lines(path: Path) -> Generator[_Item]:
    """Yield the objects of a file of JSON lines, each with its place."""
    with _open(path) as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                yield f"line {number}", Unreadable("a line of more than 64 MB", "a record")
                while line and not line.endswith(b"\n"):
                    line = file.readline(LONGEST_LINE)
                continue
            yield f"line {number}", _parsed(line.removeprefix(BOM_UTF8) if number == 1 else line)


@contextmanager
def _open(path: Path) -> Any:  # noqa: ANN401  # a binary file
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror or error})") from error


def _parsed(line: bytes) -> dict[str, Any] | Unreadable:  # JSON values
    try:
        row = json.loads(line.decode("utf-8"), parse_constant=refuse, object_pairs_hook=once)
    except UnicodeDecodeError as error:
        return Unreadable(f"byte {error.start} is not UTF-8", "a JSON object in UTF-8")
    except (ValueError, RecursionError) as error:
        return Unreadable(f"{error} in {line[:40].decode('utf-8', 'replace').strip()!r}", "a JSON object")
    return row if isinstance(row, dict) else Unreadable(repr(row), "a JSON object")


def _document(path: Path, _layout: Layout) -> Generator[_Item]:
    with _open(path) as file:
        try:
            for number, row in enumerate(examples(file)):
                place = f"example {number + 1}"
                yield place, row if isinstance(row, dict) else Unreadable(repr(row), "a JSON object")
        except DocumentError as error:
            yield f"line {error.line}", Unreadable(str(error), "a JSON document with a list of examples", is_row=False)


def _csv(path: Path, layout: Layout) -> Generator[_Item]:
    import pyarrow as pa  # noqa: PLC0415  # slow to import, and needed for tables alone

    wrong: deque[tuple[int, str]] = deque()
    count = 0
    with _open(path) as file:
        bad = _not_utf8(file.read(BLOCK))
    if bad is not None:  # Arrow prints a traceback where a row of another length is no text
        yield "behind row 0", Unreadable(f"byte {bad} is not UTF-8", "a CSV table in UTF-8", is_row=False)
        return
    try:
        for row in _csv_rows(path, wrong):
            while wrong and wrong[0][0] == count + 1:
                count += 1
                yield f"row {count}", Unreadable(wrong.popleft()[1], "as many cells as the header has")
            count += 1
            yield f"row {count}", _cells(row, layout)
    except (pa.ArrowException, OSError) as error:
        yield f"behind row {count}", Unreadable(_first_line(error), "a CSV table in UTF-8", is_row=False)
    for number, found in wrong:
        yield f"row {number}", Unreadable(found, "as many cells as the header has")


def _not_utf8(block: bytes) -> int | None:
    """Return the place of the first byte that is no UTF-8, but for a character that the block's end cuts."""
    try:
        getincrementaldecoder("utf-8")().decode(block)
    except UnicodeDecodeError as error:
        return error.start
    return None


def _csv_rows(
    path: Path, wrong: deque[tuple[int, str]]
) -> Generator[dict[str, Any]]:  # texts, None where nothing stands
    """Yield the rows of a table; those of another length are left out, their numbers (from 1) and what is wrong go to `wrong`."""
    import pyarrow as pa  # noqa: PLC0415  # as above
    from pyarrow import csv  # noqa: PLC0415  # as above

    def skip(row: Any) -> str:  # noqa: ANN401  # pyarrow has no types
        found = f"{row.actual_columns} cells where the header has {row.expected_columns}: {row.text[:40]!r}"
        wrong.append((row.number - 1, found))
        return "skip"

    with _open(path) as file:
        header = file.readline(LONGEST_LINE).decode("utf-8-sig", "replace").strip("\r\n")
    if not header:
        return
    reading = csv.ReadOptions(use_threads=False, block_size=BLOCK)  # in order, so that rows have numbers
    parsing = csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip)
    converting = csv.ConvertOptions(
        column_types=dict.fromkeys(next(csv_rows([header])), pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    with csv.open_csv(path, reading, parsing, converting) as batches:
        for batch in batches:
            for start in range(0, batch.num_rows, ROWS):
                yield from batch.slice(start, ROWS).to_pylist()


def _cells(row: dict[str, Any], layout: Layout) -> dict[str, Any]:  # as in Row
    """Return the values of a row's cells, but for apostrophes that the truth file tells of."""
    read = {name: read_cell(layout.types.get(name), _plain(cell, layout)) for name, cell in row.items()}
    return read | {name: _value(read[name]) for name in layout.json if name in read}


def _value(cell: Any) -> Any:  # noqa: ANN401  # any JSON value
    """Return the value that a cell holds as JSON; the cell itself where it is none."""
    try:
        return json.loads(cell, parse_constant=refuse, object_pairs_hook=once) if isinstance(cell, str) else cell
    except (ValueError, RecursionError):
        return cell


def _plain(cell: str | None, layout: Layout) -> str | None:
    told = any(part.truth for part in layout.parts)
    if layout.raw_csv or told or cell is None or not (cell.startswith("'") and cell[1:2] in _RUN):
        return cell
    return cell[1:]


def _parquet(path: Path, layout: Layout) -> Generator[_Item]:
    import pyarrow as pa  # noqa: PLC0415  # slow to import, and needed for tables alone
    import pyarrow.parquet as pq  # noqa: PLC0415

    count = 0
    try:
        with pq.ParquetFile(path) as file:
            only = [name for name in file.schema_arrow.names if name in layout.only]
            for batch in file.iter_batches(ROWS, columns=only or None):
                for row in batch.to_pylist():
                    count += 1
                    yield f"row {count}", row
    except (pa.ArrowException, OSError) as error:
        yield f"behind row {count}", Unreadable(_first_line(error), "a whole Parquet file", is_row=False)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


READERS: dict[str, Callable[[Path, Layout], Generator[_Item]]] = {
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": _document,
    ".csv": _csv,
    ".parquet": _parquet,
    ".pq": _parquet,
}
"""How a file is read, by its suffix."""
