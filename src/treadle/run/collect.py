"""Collecting: finished shards in order, noted in a journal, until the output is whole and is published by renaming.

Three ways: a folder keeps one file a shard; JSON lines and CSV are appended to one file as they come; a JSON document and Parquet
are assembled from their parts at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from io import BufferedRandom
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.appending import Plain, appender
from treadle.pipeline import Part, Shard, ShardInfo, output_errors
from treadle.run.document import metadata, of_document
from treadle.run.manifest import Manifest, manifest_path
from treadle.sinks.base import BLOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from treadle.plan import Plan
    from treadle.sinks.base import Format


def collect(staging: Path, manifest: Manifest, target: Format, plan: Plan, *, folder: bool) -> Collected:
    """Return what collects the shards of an output."""
    if folder:
        return Folder(staging, manifest)
    if target.appendable:
        return Appended(staging, manifest, target.header(plan))
    return Assembled(staging, manifest, target, plan)


class Collected:
    """Shards taken in order. What is in the journal was written before it was noted, and is checked when a run goes on."""

    def __init__(self, staging: Path, manifest: Manifest) -> None:
        """Take the staging folder, and the manifest that shards are added to."""
        self.staging, self.manifest = staging, manifest
        self._journal = staging / "shards.jsonl"
        self._files = ExitStack()

    @property
    def count(self) -> int:
        """The number of shards taken."""
        return len(self.manifest.shards)

    @property
    def next(self) -> Shard:
        """The shard that is taken next."""
        return self._shards[self.count]

    def resume(self, shards: Sequence[Shard]) -> Iterator[ShardInfo]:
        """Take the shards that an earlier run noted, as far as they are whole, and yield them; forget the others."""
        self._shards = shards
        kept = []
        for shard, line in zip(shards, self._noted(), strict=False):
            info = _info(line)
            if info is None or info.records != (shard.first, shard.last) or not self.is_whole(shard, info):
                break
            self.manifest.add(info, self.name(shard))
            kept.append(line)
            yield info
        with output_errors(self._journal):
            self._journal.write_text("".join(kept), encoding="utf-8")
            self._notes = self._files.enter_context(self._journal.open("ab", buffering=0))

    def _noted(self) -> list[str]:
        try:
            return self._journal.read_text(encoding="utf-8").splitlines(keepends=True)
        except (OSError, UnicodeDecodeError):
            return []

    def take(self, part: Part, progress: Callable[[int], None]) -> None:
        """Keep a finished shard, note it, and tell its number of records."""
        with output_errors(self.staging):
            self.keep(part)
            Plain(self._notes).write((json.dumps(asdict(part.info)) + "\n").encode())
        self.manifest.add(part.info, self.name(self.next))
        progress(part.info.records[1] - part.info.records[0])

    def name(self, shard: Shard) -> str:  # noqa: ARG002  # for the collectors below
        """Return the name of a shard's file in the output, nothing where it has none."""
        return ""

    def is_whole(self, shard: Shard, info: ShardInfo) -> bool:
        """Tell whether what an earlier run wrote of a shard agrees with its hash."""
        return sha256_of(Path(shard.path)) == info.file_sha256 and (
            not shard.sidecar or sha256_of(Path(shard.truth_path)) == info.truth_sha256
        )

    def keep(self, part: Part) -> None:
        """Keep a shard; its files stay where they are."""

    def grow(self, name: str, header: bytes = b"") -> Growing:
        """Open a growing file in the staging folder."""
        made = Growing(self.staging / name, header)
        self._files.callback(made.close)
        return made

    def close(self) -> None:
        """Close all files."""
        self._files.close()

    def publish(self, output: Path) -> None:
        """Rename everything into place, the manifest last."""
        raise NotImplementedError


class Folder(Collected):
    """An output of one file a shard."""

    def name(self, shard: Shard) -> str:
        """Return the name of a shard's file."""
        return Path(shard.path).name

    def publish(self, output: Path) -> None:
        """Rename all files into the folder."""
        self._notes.close()
        with output_errors(output):
            if output.exists():
                shutil.rmtree(output)
            output.mkdir()
            for each in sorted(self.staging.glob("part-*")):
                os.replace(each, output / each.name)
        self.manifest.write(output / "manifest.json")


class Appended(Collected):
    """An output of one file that shards are appended to as they come, and so is its sidecar."""

    def __init__(self, staging: Path, manifest: Manifest, header: bytes) -> None:
        """Open the files, and cut off nothing yet."""
        super().__init__(staging, manifest)
        self._body = self.grow("output", header)
        self._truth = self.grow("truth") if manifest.truth == "sidecar" else None

    def is_whole(self, shard: Shard, info: ShardInfo) -> bool:  # noqa: ARG002  # the next shard stands where the file ends
        """Check a shard where it stands in the file."""
        before = self._body.mark()
        if not self._body.holds(info.bytes, info.prefix_sha256):
            return False
        if self._truth is None or self._truth.holds(info.truth_bytes, info.truth_sha256):
            return True
        self._body.back_to(before)
        return False

    def keep(self, part: Part) -> None:
        """Append a shard from memory, or from the file that was lent to it."""
        info, shard = part.info, self.next
        for growing, held, path, size in (
            (self._body, part.body, shard.path, info.bytes),
            (self._truth, part.truth, shard.truth_path, info.truth_bytes),
        ):
            if growing is not None:
                growing.extend(blocks_of(Path(path), 0, size) if path else held)
        info.prefix_sha256 = self._body.sha256
        info.truth_sha256 = self._truth.sha256 if self._truth else ""

    def publish(self, output: Path) -> None:
        """Rename the file and its sidecar into place."""
        self._notes.close()
        publish_file(self.manifest, self._body, self._truth, output)


class Assembled(Collected):
    """An output of one file that is written from all its parts at the end."""

    def __init__(self, staging: Path, manifest: Manifest, target: Format, plan: Plan) -> None:
        """Take the format that assembles the parts."""
        super().__init__(staging, manifest)
        self._format, self._plan = target, plan

    def publish(self, output: Path) -> None:
        """Assemble the parts in order and rename the file into place."""
        self._notes.close()
        parts = sorted(each for each in self.staging.glob("part-*") if not each.name.endswith((".truth.jsonl", ".tmp")))
        told = of_document(self.manifest, parts) if self._format.name == "json" else metadata(self.manifest)
        with output_errors(output):
            body = self.grow("output")
            body.restart()
            with body.buffered() as file:
                self._format.assemble(parts, file, self._plan, told)
            body.rehash()
            truth = None
            if self.manifest.truth == "sidecar":
                truth = self.grow("truth")
                truth.restart()
                for part in parts:
                    truth.extend(blocks_of(part.with_name(part.name + ".truth.jsonl")))
        publish_file(self.manifest, body, truth, output)


def publish_file(manifest: Manifest, body: Growing, truth: Growing | None, output: Path) -> None:
    """Rename a finished file and its sidecar into place, the manifest last."""
    with output_errors(output):
        manifest.bytes, manifest.file_sha256 = body.finish()
        if truth is not None:
            manifest.truth_file = output.name + ".truth.jsonl"
            _, manifest.truth_sha256 = truth.finish()
            os.replace(truth.path, output.with_name(manifest.truth_file))
        os.replace(body.path, output)
    manifest.write(manifest_path(output))


def _info(line: str) -> ShardInfo | None:
    """Read a line of the journal; None where it is damaged."""
    try:
        content = json.loads(line)
        return ShardInfo(
            **{
                **content,
                "records": tuple(content["records"]),
                "failed": {int(k): v for k, v in content["failed"].items()},
            }
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def blocks_of(path: Path, begin: int = 0, size: int | None = None) -> Iterator[bytes]:
    """Read a file, or `size` bytes of it from `begin` on, block by block."""
    left = sys.maxsize if size is None else size
    with path.open("rb", buffering=0) as file:
        file.seek(begin)
        while block := file.read(min(BLOCK, left)):
            yield block
            left -= len(block)


def sha256_of(path: Path, begin: int = 0, size: int | None = None) -> str:
    """Return the SHA-256 of a file, or of `size` bytes of it from `begin` on; nothing where it is not there."""
    if not path.is_file():
        return ""
    own = hashlib.sha256()
    for block in blocks_of(path, begin, size):
        own.update(block)
    return own.hexdigest()


class Growing:
    """A file that grows, and its SHA-256 so far. What lies behind the last whole shard is cut off before it grows again."""

    def __init__(self, path: Path, header: bytes) -> None:
        """Open the file, and see whether it begins with the header or write it."""
        self.path = path
        with output_errors(path):
            self.file = path.open("r+b" if path.exists() else "w+b", buffering=0)
            self._end = appender(self.file, path)
        self._hash, self._size = hashlib.sha256(), 0
        if not self.holds(len(header), hashlib.sha256(header).hexdigest()):
            with output_errors(path):
                self.extend([header])

    def mark(self) -> tuple[int, Any]:  # a hash of hashlib has no public type
        """Return how far the file is known to be whole."""
        return self._size, self._hash

    def back_to(self, mark: tuple[int, Any]) -> None:  # as above
        """Forget what `holds` has stepped over since a mark."""
        self._size, self._hash = mark

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file up to the last whole shard."""
        return self._hash.hexdigest()

    def holds(self, size: int, sha256: str) -> bool:
        """Tell whether the file has this hash up to the end of the next `size` bytes, and step over them if so."""
        self.file.seek(self._size)
        whole, left = self._hash.copy(), size
        while left and (block := self.file.read(min(left, BLOCK))):
            whole.update(block)
            left -= len(block)
        if left or whole.hexdigest() != sha256:
            return False
        self._hash, self._size = whole, self._size + size
        return True

    def extend(self, blocks: Iterable[bytes | memoryview]) -> None:
        """Write behind the last whole shard."""
        if self.file.seek(0, os.SEEK_END) != self._size:
            self.file.truncate(self._size)
        self._end.begin(self._size)
        size = self._size
        for block in blocks:
            self._end.write(block)
            self._hash.update(block)
            size += len(block)
        self._end.flush()
        self._size = size

    def restart(self) -> None:
        """Empty the file."""
        self.file.seek(0)
        self.file.truncate(0)
        self._hash, self._size = hashlib.sha256(), 0

    @contextmanager
    def buffered(self) -> Iterator[BufferedRandom]:
        """Lend the file to those who write by themselves, behind a buffer: a disk that fills up may take less than it is given."""
        file = BufferedRandom(self.file, BLOCK)
        try:
            yield file
        finally:
            file.detach()

    def rehash(self) -> None:
        """Take the size and hash of what others wrote."""
        self._size, self._hash = 0, hashlib.sha256()
        self.file.flush()
        for block in blocks_of(self.path):
            self._hash.update(block)
            self._size += len(block)

    def finish(self) -> tuple[int, str]:
        """Cut off what is not whole, close the file, and return its size and SHA-256."""
        self.file.truncate(self._size)
        self.close()
        return self._size, self._hash.hexdigest()

    def close(self) -> None:
        """Close the file."""
        if not self.file.closed:
            self._end.close()
            self.file.close()
