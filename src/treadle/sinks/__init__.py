"""Sinks: one file format each, chosen by suffix. A shard is written to a part; parts are assembled into one file, or are the files.

`FORMATS` is the table. A format opens a *body* for a part (`write` a batch, `close`), says whether parts can be appended to the
output as they finish (`appendable`), and otherwise assembles them at the end.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from treadle.errors import UsageError
from treadle.sinks import csv, document, jsonl, parquet, text

if TYPE_CHECKING:
    from treadle.sinks.base import Format

FORMATS: dict[str, Format] = {
    "jsonl": jsonl.FORMAT,
    "json": document.FORMAT,
    "csv": csv.FORMAT,
    "parquet": parquet.FORMAT,
    "text": text.FORMAT,
}


def format_of(path: str | Path, name: str | None = None) -> Format:
    """Return the format named, or the one of the path's suffix; raises `UsageError` where there is none."""
    if name is not None:
        if name not in FORMATS:
            raise UsageError(f"format={name!r}: expected one of {', '.join(FORMATS)}")
        return FORMATS[name]
    suffix = Path(path).suffix.lower()
    for each in FORMATS.values():
        if suffix in each.suffixes:
            return each
    known = " ".join(suffix for each in FORMATS.values() for suffix in each.suffixes)
    raise UsageError(
        f"output={str(path)!r}: expected a file name that ends in one of {known}, or a folder (a name that ends in /)"
    )
