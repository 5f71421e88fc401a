"""Writes rows of plain values as the file that they were read from has them: JSON lines, a JSON document, CSV or Parquet."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from treadle.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    Row = dict[str, Any]  # JSON values

RUN = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters of cells that a spreadsheet would run: these get an apostrophe in front (OWASP, CSV injection)."""


class Rewriter(ABC):
    """Writes rows to one file; a context that closes it. `write` takes rows of the same columns each time."""

    def __init__(self, source: Path, path: Path) -> None:
        """Take the file that the rows are from, and the one to be written."""
        self.source, self.path = source, path
        self._files = ExitStack()

    def __enter__(self) -> Self:
        """Open the file."""
        self.file = self._files.enter_context(self.path.open("wb"))
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._files.close()

    @abstractmethod
    def write(self, rows: Sequence[Row]) -> None:
        """Write rows."""

    def finish(self) -> None:  # noqa: B027  # most formats have nothing there
        """Write what stands behind the last row."""


class _JsonLines(Rewriter):
    def write(self, rows: Sequence[Row]) -> None:
        self.file.write("".join(f"{_json(row)}\n" for row in rows).encode())


class _Document(Rewriter):
    """Keeps the metadata of the document that the rows are from."""

    _count = 0

    def write(self, rows: Sequence[Row]) -> None:
        if not self._count:
            metadata = json.dumps(self._metadata(), ensure_ascii=False, indent=2).replace("\n", "\n  ")
            self.file.write(f'{{\n  "metadata": {metadata},\n  "examples": [\n'.encode())
        for row in rows:
            self.file.write((",\n" if self._count else "").encode() + _json(row).encode())
            self._count += 1

    def _metadata(self) -> Any:  # noqa: ANN401  # any JSON value
        with self.source.open(encoding="utf-8") as file:
            head = file.read(1 << 20)
        begin = head.find('"metadata":')
        if begin < 0 or begin > head.find('"examples"') >= 0:
            return {}
        content = head[begin + len('"metadata":') :].lstrip()
        return json.JSONDecoder().raw_decode(content)[0]

    def finish(self) -> None:
        if not self._count:
            self.write([])
        self.file.write(b"\n  ]\n}\n")


class _Csv(Rewriter):
    """RFC 4180, as `sinks/csv.py` writes it; `neutralised` lists for each row of the last call the cells with an apostrophe."""

    raw = False
    _header = False

    def write(self, rows: Sequence[Row]) -> None:
        lines = [",".join(rows[0]) + "\r\n"] if rows and not self._header else []
        self._header |= bool(rows)
        self.neutralised = []
        for row in rows:
            runs = [] if self.raw else [name for name, cell in row.items() if str(cell or "").startswith(RUN)]
            self.neutralised.append(runs)
            cells = [_cell(f"'{cell}" if name in runs else cell) for name, cell in row.items()]
            lines.append(",".join(cells) + "\r\n" if len(cells) > 1 or cells[0] else '""\r\n')
        self.file.write("".join(lines).encode())


class _Parquet(Rewriter):
    _writer: Any = None  # of pyarrow, which has no types

    def write(self, rows: Sequence[Row]) -> None:
        import pyarrow as pa  # noqa: PLC0415  # slow to import, and needed for tables alone
        import pyarrow.parquet as pq  # noqa: PLC0415

        if not rows:
            return
        known = pq.read_schema(self.source)
        fields = [_without_faults(known.field(name)) for name in rows[0]]
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.file, pa.schema(fields), compression="zstd")
        self._writer.write_table(pa.Table.from_pylist(list(rows), schema=pa.schema(fields)))

    def finish(self) -> None:
        if self._writer is None:
            raise UsageError(f"{self.source}: has no rows: there is nothing to be cleaned")
        self._writer.close()


def _without_faults(field: Any) -> Any:  # noqa: ANN401  # of pyarrow, which has no types
    """Return the type of a column; spans of clean texts say nothing of faults."""
    import pyarrow as pa  # noqa: PLC0415  # as above

    if field.name != "spans":
        return field
    kept = [each for each in field.type.value_type if each.name not in {"state", "clean_start", "clean_end"}]
    return pa.field(field.name, pa.large_list(pa.struct(kept)))


_WRITERS: dict[str, type[Rewriter]] = {
    ".jsonl": _JsonLines,
    ".ndjson": _JsonLines,
    ".json": _Document,
    ".csv": _Csv,
    ".parquet": _Parquet,
    ".pq": _Parquet,
}


def rewriter(source: Path, path: Path, *, raw_csv: bool = False) -> Rewriter:
    """Return what writes rows of a file to another of the same format; raises `UsageError` for a suffix of no format."""
    suffix = source.suffix.lower()
    if suffix not in _WRITERS:
        raise UsageError(f"{source}: expected a file that ends in {' '.join(_WRITERS)}")
    made = _WRITERS[suffix](source, path)
    if isinstance(made, _Csv):
        made.raw = raw_csv
    return made


def json_line(row: Row) -> bytes:
    """Return a row as a line of JSON."""
    return f"{_json(row)}\n".encode()


def _json(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _cell(value: str | None) -> str:
    if value is None:
        return ""
    return '"' + value.replace('"', '""') + '"' if not value or any(mark in value for mark in ',"\r\n') else value
