"""Several files of the same records, written together: what is drawn once goes into all of them.

Each file has its own staging folder, journal and manifest, as if it were written alone, and the same bytes. All are cut into the
same shards; a run that was stopped makes for each file what that file still lacks.
"""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from treadle.batch import Batch
from treadle.pipeline import BATCH, BATCH_BYTES, Part, PartWriter, Shard
from treadle.run.manifest import manifest_path, read_manifest
from treadle.run.runner import Begun, begun, carry_out, manifest_of, records_of, shard_size_of, target_of, told
from treadle.run.source import compiled
from treadle.sinks import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence
    from pathlib import Path

    from treadle.plan import Drawn, Plan
    from treadle.run.manifest import Manifest
    from treadle.run.runner import Settings
    from treadle.run.source import Source
    from treadle.sinks.base import Options

Numbered = tuple[int, Part]
"""The number of a file among those of a run, and a shard of it."""


@dataclass(frozen=True)
class Piece:
    """One file's share of a job: the file's number, its columns, its shard and how that is written."""

    number: int
    columns: tuple[str, ...]
    shard: Shard
    format: str
    options: Options


@dataclass(frozen=True)
class Job:
    """The same records for several files; the source has the columns of all of them."""

    source: Source
    seed: int
    pieces: tuple[Piece, ...]
    chunk_size: int


def work(job: Job) -> list[Numbered]:
    """Make one shard of each file: every batch is drawn once and written to all of them."""
    plan = compiled(job.source, job.seed, trace=False)
    with ExitStack() as stack:
        writers = [(piece, stack.enter_context(_writer(job, piece))) for piece in job.pieces]
        for records in job.pieces[0].shard.chunks(job.chunk_size):
            drawn = plan.draw(records)
            for piece, writer in writers:
                writer.write(_of(drawn, piece.columns))
    return [(piece.number, writer.finished) for piece, writer in writers]


def _writer(job: Job, piece: Piece) -> PartWriter:
    plan = compiled(job.source, job.seed, trace=False).with_columns(piece.columns)
    return PartWriter(plan, piece.shard, FORMATS[piece.format], piece.options)


def _of(drawn: Drawn, columns: Sequence[str]) -> Drawn:
    """Return a batch with some of its columns."""
    batch = drawn.batch
    held = {name: batch.columns[name] for name in columns}
    return replace(drawn, batch=Batch(batch.records, held, {name: batch.types[name] for name in columns}))


@dataclass(frozen=True)
class Together:
    """Files to be written from the same records: the source and settings of each."""

    sources: Sequence[Source]
    settings: Sequence[Settings]

    @classmethod
    def of(cls, sources: Sequence[Source], settings: Sequence[Settings]) -> Together:
        """Cut all files into the same shards: the smallest that one of them would have, as these are held at the same time."""
        plans = cls(sources, settings).plans
        size = settings[0].shard_size or min(map(shard_size_of, plans))
        fitting = [target_of(own).shard_size(size, each) for own, each in zip(settings, plans, strict=True)]
        return cls(sources, [replace(own, shard_size=math.lcm(*fitting)) for own in settings])

    @property
    def paths(self) -> list[Path]:
        """Where the files go."""
        return [own.output for own in self.settings]

    def finished(self) -> dict[Path, Manifest]:
        """Return the manifests of the files that are there, made by this recipe with these settings."""
        found = {}
        for source, own, plan in zip(self.sources, self.settings, self.plans, strict=True):
            path = manifest_path(own.output)
            manifest = read_manifest(path) if own.output.is_file() and path.exists() else None
            if manifest is not None and manifest.settings() == manifest_of(source, plan, own).settings():
                found[own.output] = manifest
        return found

    def without(self, paths: Container[Path]) -> Together:
        """Return the other files."""
        kept = [place for place, own in enumerate(self.settings) if own.output not in paths]
        return Together([self.sources[place] for place in kept], [self.settings[place] for place in kept])

    @property
    def source(self) -> Source:
        """The source with the columns of all files."""
        return replace(
            self.sources[0], columns=tuple(dict.fromkeys(name for each in self.sources for name in each.load().columns))
        )

    @property
    def plan(self) -> Plan:
        """The plan that draws the columns of all files."""
        return compiled(self.source, self.settings[0].seed, trace=False)

    @property
    def plans(self) -> list[Plan]:
        """The plan of each file."""
        plan = self.plan
        return [plan.with_columns(source.load().columns) for source in self.sources]

    def run(self, progress: Callable[[int], None], publishing: Callable[[], None] = lambda: None) -> list[Manifest]:
        """Write all files, and return their manifests; `publishing` is called before the first is renamed into place.

        Raises as `treadle.run.runner.run` does.
        """
        for own in self.settings:
            own.check()
        plans, settings = self.plans, self.settings[0]
        with ExitStack() as stack:
            outputs = [
                stack.enter_context(begun(source, own, each, progress))
                for source, own, each in zip(self.sources, self.settings, plans, strict=True)
            ]
            chunk = settings.chunk_size or min(BATCH, *(records_of(BATCH_BYTES, each) for each in plans))

            def take(parts: list[Numbered]) -> None:
                for number, part in parts:
                    outputs[number].collected.take(part, progress)

            last = min(outputs, key=lambda output: output.collected.count)
            carry_out(work, self._jobs(outputs, chunk), settings, last.collected, take)
            publishing()
            for output in outputs:
                output.mark()
            for output in outputs:
                output.publish()
        return [told(output.manifest, own) for output, own in zip(outputs, self.settings, strict=True)]

    def _jobs(self, outputs: Sequence[Begun], chunk: int) -> Iterator[Job]:
        """Yield a job for each shard that some of the files lack."""
        counts = [output.collected.count for output in outputs]
        for number in range(min(counts), len(outputs[0].shards)):
            pieces = tuple(
                Piece(
                    place, tuple(output.manifest.columns), output.shards[number], output.manifest.format, output.options
                )
                for place, output in enumerate(outputs)
                if counts[place] <= number
            )
            yield Job(self.source, self.settings[0].seed, pieces, chunk)
