"""A profile of any dataset file: what each column holds, read lazily in one pass."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from treadle.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

_COMMON = 6
_FIRST = 10_000
"""Records that the types of columns are taken from, at first."""


@dataclass(frozen=True)
class ColumnProfile:
    """One column: its type, gaps, number of different values, and its range, lengths or commonest values."""

    name: str
    type: str
    missing: int
    different: int | None = None
    smallest: Any = None  # Any: a value of the column's own type
    largest: Any = None  # as above
    mean: float | None = None
    lengths: tuple[int, int, int] | None = None
    common: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Profile:
    """A dataset: its rows and columns."""

    rows: int
    columns: list[ColumnProfile]


def profile(path: Path) -> Profile:
    """Profile a file or a folder of shards; raises `UsageError` where it is not there, or is no dataset."""
    for rows_read in (_FIRST, None):  # the type of a column may show only further down
        try:
            return _profile(_scan(path, rows_read))
        except pl.exceptions.NoDataError:
            return Profile(0, [])
        except (pl.exceptions.PolarsError, OSError, ValueError, TypeError) as error:
            if rows_read is None:
                raise UsageError(f"{path}: cannot be read as a dataset ({str(error).splitlines()[0]})") from error
    raise AssertionError


def _profile(frame: pl.LazyFrame) -> Profile:
    schema = frame.collect_schema()
    rows = int(frame.select(pl.len()).collect(engine="streaming").item())
    return Profile(rows, [_column(frame, name, kind, rows) for name, kind in schema.items()])


def _scan(path: Path, rows_read: int | None) -> pl.LazyFrame:
    if not path.exists():
        raise UsageError(f"{path} is not there")
    if path.is_dir():
        files = sorted(each for each in path.glob("part-*") if not each.name.endswith(".truth.jsonl"))
        if not files:
            raise UsageError(f"{path}: holds no part-* files: expected a folder that treadle wrote")
        filled = [file for file in files if file.stat().st_size] or files[:1]
        return pl.concat([_scan(file, rows_read) for file in filled], how="vertical_relaxed")
    if not path.stat().st_size and path.suffix not in {".parquet", ".pq"}:
        raise pl.exceptions.NoDataError
    if path.suffix in {".jsonl", ".ndjson"}:
        return pl.scan_ndjson(path, infer_schema_length=rows_read)
    if path.suffix == ".csv":
        return pl.scan_csv(path, infer_schema_length=rows_read)
    if path.suffix in {".parquet", ".pq"}:
        return pl.scan_parquet(path)
    if path.suffix == ".json":
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = content.get("examples") if isinstance(content, dict) else content
        if not isinstance(rows, list):
            raise UsageError(f"{path}: expected a JSON list, or an object with a list in `examples`")
        return pl.LazyFrame(rows, infer_schema_length=None)
    raise UsageError(
        f"{path}: expected a file that ends in .jsonl .json .csv or .parquet, or a folder that treadle wrote"
    )


def _column(frame: pl.LazyFrame, name: str, kind: pl.DataType, rows: int) -> ColumnProfile:
    if kind.is_nested():
        return _nested(frame, name, kind, rows)
    column = pl.col(name)
    wanted = {"missing": column.null_count(), "different": column.drop_nulls().n_unique()}
    if kind.is_numeric():
        wanted |= {"smallest": column.min(), "largest": column.max(), "mean": column.mean()}
    elif kind == pl.String:
        length = column.str.len_chars()
        wanted |= {f"length{q}": length.quantile(q / 100, "nearest") for q in (5, 50, 95)}
    found = frame.select(**wanted).collect(engine="streaming").row(0, named=True)
    lengths = None
    if kind == pl.String:
        low, middle, high = (int(found[f"length{q}"] or 0) for q in (5, 50, 95))
        lengths = low, middle, high
    common = _common(frame, name) if found["different"] <= max(20, rows // 20) or kind == pl.Boolean else []
    return ColumnProfile(
        name,
        _TYPES.get(str(kind), str(kind).lower()),
        found["missing"],
        found["different"],
        found.get("smallest"),
        found.get("largest"),
        found.get("mean"),
        lengths,
        common,
    )


def _nested(frame: pl.LazyFrame, name: str, kind: pl.DataType, rows: int) -> ColumnProfile:
    column, is_list = pl.col(name), isinstance(kind, pl.List)
    total = column.list.len().sum() if is_list else pl.lit(None)
    missing, items = frame.select(missing=column.null_count(), total=total).collect(engine="streaming").row(0)
    mean = items / (rows - missing) if is_list and rows > missing else None
    return ColumnProfile(name, "list" if is_list else "object", missing, mean=mean)


def _common(frame: pl.LazyFrame, name: str) -> list[tuple[str, int]]:
    counts = (
        frame.group_by(pl.col(name).alias("value"))
        .agg(count=pl.len())
        .drop_nulls("value")
        .sort(["count", "value"], descending=[True, False])
        .head(_COMMON)
        .collect(engine="streaming")
    )
    return [(str(value), count) for value, count in counts.rows()]


_TYPES = {"String": "text", "Int64": "integer", "Float64": "decimal", "Boolean": "yes/no"}
