"""The whole flow of one shard, to be read first: record numbers are drawn and woven in batches, and written to a part.

record numbers -> plan.draw: facts, labels, text, checks -> PartWriter: lines, hashes, file
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from treadle.appending import Plain, appender
from treadle.columns import Category
from treadle.errors import OutputError
from treadle.sinks.base import Options
from treadle.sinks.lines import JsonLines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from treadle.batch import Batch
    from treadle.columns import Column
    from treadle.plan import Drawn, Plan
    from treadle.sinks.base import Format

BATCH_BYTES = 32 << 20
"""About how much text a batch makes by default, at most; small records come in batches of `BATCH`."""
BATCH = 32_768
"""Most records of a batch by default: fewer would spend their time in Python, more would gain little and take more memory."""


@dataclass(frozen=True)
class Shard:
    """Records first..last-1, and where they go: a part file and one for a truth sidecar, or memory where there is no path.

    A part file may be lent: shards that are appended to an output take turns in it.
    """

    first: int
    last: int
    path: str = ""
    sidecar: bool = False
    lent: bool = False

    @property
    def truth_path(self) -> str:
        """The file of the sidecar."""
        return f"{self.path}.truth.jsonl" if self.path else ""

    def chunks(self, size: int) -> Iterator[NDArray[np.uint64]]:
        """Return the record numbers in runs that end at multiples of `size`."""
        begin = self.first
        while begin < self.last:
            end = min(self.last, (begin // size + 1) * size)
            yield np.arange(begin, end, dtype=np.uint64)
            begin = end


@dataclass
class ShardInfo:
    """What became of a shard: its line in the journal and in the manifest.

    A shard with a file of its own has the hash of that file. One that is appended to the output has instead, in the journal, the
    hash of everything up to its end (`prefix_sha256`, and the same of the sidecar), so that no byte is hashed twice.
    """

    records: tuple[int, int]
    rows: int = 0
    bytes: int = 0
    content_sha256: str = ""
    file_sha256: str = ""
    prefix_sha256: str = ""
    truth_bytes: int = 0
    truth_sha256: str = ""
    rejected: dict[str, int] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    labels: dict[str, dict[str, int]] = field(default_factory=dict)
    neutralised: dict[str, int] = field(default_factory=dict)


@dataclass
class Part:
    """A finished shard; `body` and `truth` hold its bytes where it was made in memory."""

    info: ShardInfo
    body: list[memoryview] = field(default_factory=list)
    truth: list[memoryview] = field(default_factory=list)


def run_shard(plan: Plan, shard: Shard, target: Format, options: Options, chunk: int) -> Part:
    """Make the records of one shard, and publish its files; raises `OutputError` where they cannot be written."""
    with PartWriter(plan, shard, target, options) as part:
        for records in shard.chunks(chunk):
            part.write(plan.draw(records))
    return part.finished


class PartWriter:
    """Writes one part and its sidecar to staged files, and publishes both by renaming when it is left without an error."""

    def __init__(self, plan: Plan, shard: Shard, target: Format, options: Options) -> None:
        """Take where the part goes; nothing is opened yet."""
        self._plan, self._shard, self._format = plan, shard, target
        self._options = Options(options.truth, options.raw_csv, options.folder)
        self._lines = JsonLines(plan.table)
        self._content = None if target.canonical and options.truth != "sidecar" else hashlib.sha256()
        self._hashed = options.folder or not target.appendable
        self.info = ShardInfo((shard.first, shard.last))
        self.finished = Part(self.info)

    def __enter__(self) -> Self:
        """Open the staged files."""
        with output_errors(self._shard.path):
            self._file = self._open(self._shard.path)
            self._truth = self._open(self._shard.truth_path) if self._shard.sidecar else None
            self._body = self._format.body(self._file, self._plan, self._options)
        return self

    def _open(self, path: str) -> _Memory:
        if not path:
            return _Memory(hashed=self._hashed)
        if self._shard.lent:
            return _Lent(path, hashed=self._hashed)
        return _Staged(path, self._options, hashed=self._hashed)

    def write(self, drawn: Drawn) -> None:
        """Write a batch, and count what was rejected and what failed."""
        for name, count in drawn.rejected.items():
            self.info.rejected[name] = self.info.rejected.get(name, 0) + count
        self.info.failed |= drawn.failed
        batch = drawn.batch
        self.info.rows += len(batch)
        self._count_labels(batch)
        truth = self._plan.truth(batch) if self._options.truth != "none" else {}
        everything = {**batch.columns, **truth}
        written = batch.columns if self._options.truth == "sidecar" else everything
        canonical = None if self._content is None else self._lines.lines(everything, len(batch))
        if self._content is not None and canonical is not None:
            self._content.update(canonical)
        with output_errors(self._shard.path):
            self._body.write(batch.records, written, None if truth and written is not everything else canonical)
            if self._truth is not None:
                self._truth.write(self._truth_lines(batch, truth))

    def _truth_lines(self, batch: Batch, truth: dict[str, Column]) -> memoryview:
        columns: dict[str, Column] = {
            "record": self._plan.record_column(batch.records),
            **truth,
            **self._plan.digests(batch, truth),
        }
        neutralised = getattr(self._body, "neutralised", None)
        if neutralised is not None:
            columns["csv_neutralised"] = self._plan.name_lists(neutralised, len(batch))
        return self._lines.lines(columns, len(batch))

    def _count_labels(self, batch: Batch) -> None:
        for name in self._plan.recipe.labels:
            column = batch.columns.get(name)
            if not isinstance(column, Category):
                continue
            values = column.type.values
            counts = np.bincount(column.codes, minlength=len(values))
            held = self.info.labels.setdefault(name, {})
            for text, count in zip(values.texts(), counts.tolist(), strict=True):
                held[text] = held.get(text, 0) + count

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Publish, or after an error take the staged files away."""
        files = [self._file] if self._truth is None else [self._file, self._truth]
        if error is not None:
            for file in files:
                file.discard()
            return
        info = self.info
        with output_errors(self._shard.path):
            self._body.close()
            if self._truth is not None:
                info.truth_bytes, info.truth_sha256, self.finished.truth = self._truth.publish()
            info.bytes, info.file_sha256, self.finished.body = self._file.publish()
        info.content_sha256 = info.file_sha256 if self._content is None else self._content.hexdigest()
        info.neutralised = self._options.neutralised


class _Memory:
    """Bytes kept in memory, with their SHA-256 if asked for; enough of a file for those who write Arrow and Parquet."""

    closed = False

    def __init__(self, *, hashed: bool) -> None:
        self.hash, self.size = hashlib.sha256() if hashed else None, 0
        self._kept: list[memoryview] = []

    def write(self, data: bytes | memoryview) -> int:
        """Write all bytes; a memoryview is kept as it is."""
        view = memoryview(data)
        if self.hash is not None:
            self.hash.update(view)
        self.size += view.nbytes
        self.put(view)
        return view.nbytes

    def put(self, view: memoryview) -> None:
        """Keep bytes."""
        self._kept.append(view)

    def tell(self) -> int:
        """Return how much was written."""
        return self.size

    def flush(self) -> None:
        """Do nothing: nothing is buffered."""

    def writable(self) -> bool:
        """Say yes."""
        return True

    def readable(self) -> bool:
        """Say no."""
        return False

    def seekable(self) -> bool:
        """Say no."""
        return False

    def close(self) -> None:
        """Do nothing: some writers close what they write to, and `publish` comes later."""

    def publish(self) -> tuple[int, str, list[memoryview]]:
        """Return the size, the SHA-256 (nothing where none was asked for) and what is in memory."""
        return self.size, self.hash.hexdigest() if self.hash is not None else "", self._kept

    def discard(self) -> None:
        """Forget everything."""
        self._kept = []


class _Lent(_Memory):
    """A file that is written over and over: the system would have to find fresh pages for a new one."""

    def __init__(self, path: str, *, hashed: bool) -> None:
        super().__init__(hashed=hashed)
        self._path = Path(path)
        self._path.touch()
        self._file = self._path.open("r+b", buffering=0)  # "wb" would give its pages back
        self._end = Plain(self._file)

    def put(self, view: memoryview) -> None:
        """Write bytes to the file."""
        self._end.write(view)

    def publish(self) -> tuple[int, str, list[memoryview]]:
        """Leave the file; what is behind the bytes just written is from an earlier turn."""
        self._file.close()
        return super().publish()

    def discard(self) -> None:
        """Leave the file."""
        self._file.close()


class _Staged(_Memory):
    """A file beside its destination; `publish` renames it into place."""

    def __init__(self, path: str, options: Options, *, hashed: bool) -> None:
        super().__init__(hashed=hashed)
        self._path, self._staged = Path(path), Path(path + ".tmp")
        self._file = self._staged.open("w+b", buffering=0)
        # Parts of a folder stay where they are; those of a single file are read again at once, and had better be in the cache.
        self._end = appender(self._file, self._staged) if options.folder else Plain(self._file)

    def put(self, view: memoryview) -> None:
        """Write bytes to the file."""
        self._end.write(view)

    def publish(self) -> tuple[int, str, list[memoryview]]:
        """Rename the file into place."""
        self._end.flush()
        self._end.close()
        self._file.close()
        os.replace(self._staged, self._path)
        return super().publish()

    def discard(self) -> None:
        """Remove the file."""
        self._end.close()
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
