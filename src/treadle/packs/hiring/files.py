"""Files of rows: reading every format that the pack writes, and writing rows that a user picked by hand."""

from __future__ import annotations

import csv
import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from treadle import UsageError
from treadle.packs.hiring.example import COLUMNS
from treadle.packs.hiring.training import BATCH, SCHEMA, HeldDataset, TrainingDataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from os import PathLike

    Record = dict[str, Any]  # a record's values are of many types

SUFFIXES = (".json", ".jsonl", ".csv", ".parquet")
_LONGEST_CELL = 1 << 28
"""Characters of a CSV cell at most."""
_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that `Dataset.write` puts an apostrophe before."""
_BESIDE = (".manifest.json", ".truth.jsonl")
"""Endings of the files that a run puts beside its output."""


def load(path: str | PathLike[str]) -> HeldDataset:
    """Read a file of rows by its suffix; raises `UsageError` where it is not there, damaged or lacks columns."""
    file = Path(path)
    suffix = _suffix(file)
    if not file.is_file():
        raise UsageError(f"path={str(path)!r}: there is no such file")
    try:
        return HeldDataset(_READERS[suffix](file))
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: expected UTF-8 text ({error.reason} at byte {error.start})") from error
    except (OSError, ValueError, OverflowError, RecursionError, csv.Error, pa.ArrowException) as error:
        raise UsageError(f"{path}: cannot be read as {suffix[1:]} ({str(error).splitlines()[0]})") from error


def write(dataset: TrainingDataset, path: str | PathLike[str], *, overwrite: bool) -> None:
    """Write rows by the suffix of the file, which is whole or not there; raises `UsageError` where it is there already."""
    file = Path(path)
    writer = _WRITERS[_suffix(file)]
    if file.exists() and not overwrite:
        raise UsageError(
            f"path={str(path)!r}: is there already: pass overwrite=True to replace it, or choose another name"
        )
    part = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        writer(dataset, part)
        part.replace(file)
        for ending in _BESIDE:  # of an earlier run, whose file this is no more
            file.with_name(file.name + ending).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"path={str(path)!r}: cannot be written ({error.strerror})") from error
    finally:
        part.unlink(missing_ok=True)


def _suffix(file: Path) -> str:
    if file.suffix not in SUFFIXES:
        raise UsageError(
            f"path={str(file)!r}: expected a name that ends in {' '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
        )
    return file.suffix


def _table(records: Iterable[Record]) -> pa.Table:
    """Return records as a table, batch by batch; a wrong one is named by its number."""
    source, batches = iter(records), list[pa.RecordBatch]()
    while rows := list(islice(source, BATCH)):
        first = len(batches) * BATCH
        for number, row in enumerate(rows, first):
            _check(number, row)
        batches.append(pa.RecordBatch.from_pylist(rows, schema=SCHEMA))
    return pa.Table.from_batches(batches, schema=SCHEMA)


def _check(number: int, row: object) -> None:
    if not isinstance(row, dict):
        raise UsageError(f"record {number}: expected an object, found {json.dumps(row)[:40]}")
    missing = [name for name in COLUMNS if row.get(name) is None]
    if missing:
        raise UsageError(
            f"record {number}: lacks {', '.join(missing[:6])}{', ...' if len(missing) > 6 else ''}: expected the columns of "
            "`treadle describe hiring`"
        )
    for name, kind in COLUMNS.items():
        if not isinstance(row[name], _KINDS[kind]):
            raise UsageError(f"record {number}: {name}={str(row[name])[:40]!r}: expected {kind}")


_KINDS: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "tuple[str, ...]": list,
}


def _read_document(file: Path) -> pa.Table:
    content = json.loads(file.read_text(encoding="utf-8"))
    rows = content.get("examples") if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise UsageError("expected a JSON list, or an object with a list in `examples`")
    return _table(rows)


def _read_lines(file: Path) -> pa.Table:
    with file.open(encoding="utf-8") as lines:
        return _table(json.loads(line) for line in lines if line.strip())


def _read_csv(file: Path) -> pa.Table:
    limit = csv.field_size_limit(_LONGEST_CELL)
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            return _table(_cells(csv.DictReader(lines)))
    finally:
        csv.field_size_limit(limit)


def _cells(rows: Iterable[dict[str, str | None]]) -> Iterator[Record]:
    for number, row in enumerate(rows):
        try:
            yield {name: _FROM_CELL[kind](row[name] or "") for name, kind in COLUMNS.items() if name in row}
        except (ValueError, KeyError) as error:
            raise UsageError(f"record {number}: a cell does not hold what its column does ({error})") from error


def _text(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_RUN_BY_SPREADSHEETS) else cell


_FROM_CELL: dict[str, Callable[[str], object]] = {
    "str": _text,
    "int": int,
    "float": float,
    "bool": {"true": True, "false": False}.__getitem__,
    "tuple[str, ...]": json.loads,
}


def _read_parquet(file: Path) -> pa.Table:
    missing = set(COLUMNS) - set(pq.read_schema(file).names)
    if missing:
        raise UsageError(f"lacks the columns {', '.join(sorted(missing))}")
    return pq.read_table(file, columns=list(COLUMNS)).cast(SCHEMA)


def _records(dataset: TrainingDataset) -> Iterator[Record]:
    return (row for batch in dataset.batches() for row in batch.to_pylist())


def _json(row: Record) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _write_document(dataset: TrainingDataset, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        metadata = json.dumps({"recipe": "hiring", "rows": len(dataset), "columns": list(COLUMNS)})
        out.write(f'{{\n  "metadata": {metadata},\n  "examples": [')
        for number, row in enumerate(_records(dataset)):
            out.write((",\n" if number else "\n") + _json(row))
        out.write("\n  ]\n}\n")


def _write_lines(dataset: TrainingDataset, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        out.writelines(_json(row) + "\n" for row in _records(dataset))


def _write_csv(dataset: TrainingDataset, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(COLUMNS)
        table.writerows([_cell(row[name]) for name in COLUMNS] for row in _records(dataset))


def _cell(value: object) -> str:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_RUN_BY_SPREADSHEETS) else value
    return json.dumps(value, ensure_ascii=False)


def _write_parquet(dataset: TrainingDataset, file: Path) -> None:
    with pq.ParquetWriter(file, SCHEMA, compression="zstd") as out:
        for batch in dataset.batches():
            out.write_table(pa.Table.from_batches([batch]).cast(SCHEMA))


_READERS = dict(zip(SUFFIXES, (_read_document, _read_lines, _read_csv, _read_parquet), strict=True))
_WRITERS = dict(zip(SUFFIXES, (_write_document, _write_lines, _write_csv, _write_parquet), strict=True))
