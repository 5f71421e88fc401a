"""The whole flow of one shard, to be read first: record numbers are drawn and woven in batches, and written to a part.

    record numbers -> plan.draw: facts, labels, text, checks -> PartWriter: lines, hashes, file
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from treadle.errors import OutputError
from treadle.sinks.base import BLOCK, Options
from treadle.sinks.lines import JsonLines
from treadle.truth import COLUMN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from treadle.batch import Batch
    from treadle.columns import Column
    from treadle.plan import Drawn, Plan
    from treadle.sinks.base import Format

CHUNK = 8192
"""Records drawn at once by default: the arrays of a batch then stay in a core's cache."""


@dataclass(frozen=True)
class Shard:
    """Records first..last-1, and the files that they go to: the part, and its truth where that is a sidecar."""

    first: int
    last: int
    path: str
    truth_path: str = ""

    def chunks(self, size: int) -> Iterator[NDArray[np.uint64]]:
        """Return the record numbers in runs that end at multiples of `size`."""
        begin = self.first
        while begin < self.last:
            end = min(self.last, (begin // size + 1) * size)
            yield np.arange(begin, end, dtype=np.uint64)
            begin = end


@dataclass
class ShardInfo:
    """What became of a shard: its line in the manifest."""

    records: tuple[int, int]
    rows: int = 0
    bytes: int = 0
    content_sha256: str = ""
    file_sha256: str = ""
    truth_bytes: int = 0
    truth_sha256: str = ""
    rejected: dict[str, int] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    labels: dict[str, dict[str, int]] = field(default_factory=dict)
    neutralised: dict[str, int] = field(default_factory=dict)


def run_shard(plan: Plan, shard: Shard, target: Format, options: Options, chunk: int = CHUNK) -> ShardInfo:
    """Make the records of one shard and publish its files; raises `OutputError` where they cannot be written."""
    with PartWriter(plan, shard, target, options) as part:
        for records in shard.chunks(chunk):
            part.write(plan.draw(records))
    return part.info


class PartWriter:
    """Writes one part and its sidecar to staged files, and publishes both by renaming when it is left without an error."""

    def __init__(self, plan: Plan, shard: Shard, target: Format, options: Options) -> None:
        """Take where the part goes; nothing is opened yet."""
        self._plan, self._shard, self._format = plan, shard, target
        self._options = Options(options.truth, options.raw_csv, options.folder)
        self._lines = JsonLines(plan.table)
        self._content = None if target.canonical and options.truth != "sidecar" else hashlib.sha256()
        self.info = ShardInfo((shard.first, shard.last))

    def __enter__(self) -> PartWriter:
        """Open the staged files."""
        with output_errors(self._shard.path):
            self._file = _Hashed(self._shard.path)
            self._truth = _Hashed(self._shard.truth_path) if self._shard.truth_path else None
            self._body = self._format.body(self._file, self._plan, self._options)
        return self

    def write(self, drawn: Drawn) -> None:
        """Write a batch, and count what was rejected and what failed."""
        for name, count in drawn.rejected.items():
            self.info.rejected[name] = self.info.rejected.get(name, 0) + count
        self.info.failed |= drawn.failed
        batch = drawn.batch
        self.info.rows += len(batch)
        self._count_labels(batch)
        spans = self._plan.spans.column(batch, self._plan.table) if self._plan.spans and self._options.truth != "none" else None
        everything = batch.columns if spans is None else {**batch.columns, COLUMN: spans}
        written = batch.columns if self._options.truth == "sidecar" else everything
        canonical = self._lines.lines(everything, len(batch))
        if self._content is not None:
            self._content.update(canonical)
        with output_errors(self._shard.path):
            self._body.write(batch.records, written, canonical if written is everything or spans is None else None)
            if self._truth is not None:
                self._truth.write(self._truth_lines(batch, spans))

    def _truth_lines(self, batch: Batch, spans: Column | None) -> memoryview:
        columns: dict[str, Column] = {"record": self._plan.record_column(batch.records)}
        if spans is not None:
            columns[COLUMN] = spans
        neutralised = getattr(self._body, "neutralised", {})
        if neutralised:
            columns["csv_neutralised"] = self._plan.name_lists(neutralised, len(batch))
        return self._lines.lines(columns, len(batch))

    def _count_labels(self, batch: Batch) -> None:
        for name in self._plan.recipe.labels:
            column = batch.columns.get(name)
            if column is None or column.type.kind != "category":
                continue
            counts = np.bincount(column.codes, minlength=len(column.type.vocabulary))
            held = self.info.labels.setdefault(name, {})
            for text, count in zip(column.type.vocabulary.texts(), counts.tolist(), strict=True):
                held[text] = held.get(text, 0) + count

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Publish, or after an error take the staged files away."""
        if error is not None:
            self._file.discard()
            if self._truth is not None:
                self._truth.discard()
            return
        with output_errors(self._shard.path):
            self._body.close()
            if self._truth is not None:
                self.info.truth_bytes, self.info.truth_sha256 = self._truth.publish()
            self.info.bytes, self.info.file_sha256 = self._file.publish()
        self.info.content_sha256 = self.info.file_sha256 if self._content is None else self._content.hexdigest()
        self.info.neutralised = self._options.neutralised


class _Hashed:
    """A staged file that knows its own SHA-256; `publish` renames it into place."""

    def __init__(self, path: str) -> None:
        self._path, self._staged = Path(path), Path(path + ".tmp")
        self._hash, self._size = hashlib.sha256(), 0
        self._file = self._staged.open("wb", buffering=0)
        self.closed = False

    def write(self, data: bytes | memoryview) -> int:
        """Write all bytes."""
        view = memoryview(data)
        self._hash.update(view)
        self._size += len(view)
        while view:
            view = view[self._file.write(view[:BLOCK * 16]):]
        return len(memoryview(data))

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        self._file.flush()

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        """Let writers that close their file do so; `publish` does the rest."""

    def publish(self) -> tuple[int, str]:
        self._file.close()
        os.replace(self._staged, self._path)
        return self._size, self._hash.hexdigest()

    def discard(self) -> None:
        self._file.close()
        with suppress(OSError):
            self._staged.unlink()


@contextmanager
def output_errors(path: str | Path) -> Iterator[None]:
    """Turn an operating system's error into one that says which file could not be written and why."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
