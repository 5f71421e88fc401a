"""The runner: cuts a range into shards, has them made by an executor, assembles them in order, and publishes the output.

All of a run lives in a staging folder beside the output (`.NAME.run`) until it is finished. Shards are collected in order and noted
in a journal there, so a run that was killed goes on behind the last one noted.
"""

from __future__ import annotations

import logging
import shutil
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from treadle.errors import OutputError, RunError, UsageError
from treadle.pipeline import BATCH, BATCH_BYTES, Part, Shard, output_errors, run_shard
from treadle.plan import ATTEMPTS, MODELS
from treadle.run.collect import collect
from treadle.run.executors import check_executor, open_executor
from treadle.run.manifest import Manifest, manifest_path
from treadle.run.rejects import rejects_name, write_rejects
from treadle.run.source import compiled
from treadle.run.staging import open_staging, staging_of
from treadle.sinks import FORMATS, format_of
from treadle.sinks.base import Options
from treadle.vocabularies import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Executor, Future

    from treadle.llm.settings import Writer
    from treadle.llm.writing import Writing
    from treadle.plan import Plan
    from treadle.recipe import Recipe
    from treadle.run.collect import Collected
    from treadle.run.source import Source
    from treadle.sinks.base import Format

SHARD_BYTES, LONG_SHARD_BYTES, LONG_SHARD = 16 << 20, 32 << 20, 4_096
"""About how many bytes a shard of a single file holds by default, as several are in memory at once; how many records one of long
records holds, if they fit into so many bytes: a batch has costs of its own."""
FOLDER_SHARD = 131_072
"""Records of a file in a folder of shards by default."""
TRUTHS = ("none", "inline", "sidecar")
AHEAD = 2
"""Shards that are there beside those being made: one that is collected, and one for the worker that is done first."""
PUBLISHING = "publishing"
"""This file in a staging folder says that its files are being renamed into place."""

log = logging.getLogger("treadle")

J = TypeVar("J")
T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """How a run is carried out. None of it but `truth` and `raw_csv` changes what is written."""

    output: Path
    first: int
    last: int
    seed: int = 42
    format: str | None = None
    truth: str | None = None
    raw_csv: bool = False
    workers: int = 1
    executor: str | Executor = "threads"
    chunk_size: int | None = None
    shard_size: int | None = None
    overwrite: bool = False
    folder: bool | None = None
    writer: Writer | None = None
    watch: Callable[[int, int], None] | None = None

    @property
    def is_folder(self) -> bool:
        """Whether the output is a folder of shards: said so, there already, or a name without a suffix."""
        return self.folder if self.folder is not None else self.output.is_dir() or not self.output.suffix

    def check(self) -> None:
        """Raise `UsageError` for a setting out of its range, and for an output that is there already or that no file can be."""
        for name in ("workers", "chunk_size", "shard_size"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name}={value}: expected 1 or more")
        check_executor(self.executor)
        if self.truth is not None and self.truth not in TRUTHS:
            raise UsageError(f"truth={self.truth!r}: expected one of {', '.join(TRUTHS)}")
        _check_output(self.output, overwrite=self.overwrite)


@dataclass(frozen=True)
class Job:
    """One shard's work, as it is sent to a worker."""

    source: Source
    seed: int
    shard: Shard
    format: str
    options: Options
    chunk_size: int
    writing: Writing | None = None


def work(job: Job) -> Part:
    """Make one shard."""
    plan = compiled(job.source, job.seed, trace=job.options.truth != "none")
    if job.writing is not None:
        plan = job.writing.over(plan, job.shard.first, job.shard.last)
    return run_shard(plan, job.shard, FORMATS[job.format], job.options, job.chunk_size)


def run(source: Source, settings: Settings, progress: Callable[[int], None] = lambda _: None) -> Manifest:
    """Carry out a run and return its manifest; `progress` is told the number of records of each shard that is finished.

    Raises `UsageError` for settings that do not fit, `OutputError` where files cannot be written (what is finished is kept, and
    the same call goes on), and `RunError` where records failed, after all others were written.
    """
    settings.check()
    plan = compiled(source, settings.seed, trace=traced(source, settings))
    writing = _writing(plan, settings)
    if writing is not None:
        progress = lambda _: None  # noqa: E731  # models tell their own progress
    with begun(source, settings, plan, progress, writing=writing) as output:
        chunk = settings.chunk_size or min(BATCH, records_of(BATCH_BYTES, plan))
        jobs = (
            Job(source, settings.seed, shard, output.manifest.format, output.options, chunk, writing)
            for shard in output.left()
        )
        with writing or nullcontext():
            carry_out(work, jobs, settings, output.collected, lambda part: output.collected.take(part, progress))
        if writing is not None:
            output.manifest.writing |= writing.account()
        output.mark()
        output.publish()
    return told(output.manifest, settings)


def target_of(settings: Settings) -> Format:
    """Return the format of an output; raises `UsageError` where there is none such."""
    target = format_of(settings.output, settings.format or ("jsonl" if settings.is_folder else None))
    if settings.is_folder and target.name == "json":
        raise UsageError("format='json': a folder of shards holds jsonl, csv or parquet")
    return target


def traced(source: Source, settings: Settings) -> bool:
    """Tell whether texts carry spans; raises as `source.load` and `target_of` do."""
    source.load()
    return (settings.truth or target_of(settings).truth) != "none"


def told(manifest: Manifest, settings: Settings) -> Manifest:
    """Return the manifest of a run that is published; raises `RunError` where records failed."""
    if manifest.failed:
        raise RunError(
            f"{failure(manifest.failed, settings.last - settings.first)}; the other {manifest.rows} are in "
            f"{settings.output}, and the numbers of those that failed in its manifest"
        )
    return manifest


@dataclass(frozen=True)
class Begun:
    """An output that is being made: its manifest, staging folder and shards, and what collects these."""

    recipe: Recipe
    path: Path
    manifest: Manifest
    staging: Path
    shards: Shards
    options: Options
    collected: Collected

    def left(self) -> Iterator[Shard]:
        """Yield the shards that are still to be made."""
        return (self.shards[number] for number in range(self.collected.count, len(self.shards)))

    def mark(self) -> None:
        """Note that the files are about to be renamed into place."""
        (self.staging / PUBLISHING).touch()

    def publish(self) -> None:
        """Rename all files into place."""
        write_rejects(self.recipe, self.path)
        self.collected.publish(self.path)
        shutil.rmtree(self.staging, ignore_errors=True)


@contextmanager
def begun(
    source: Source,
    settings: Settings,
    plan: Plan,
    progress: Callable[[int], None],
    *,
    writing: Writing | None = None,
) -> Iterator[Begun]:
    """Begin an output, or go on with one that was stopped; shards that are finished are told. Raises as `run` does."""
    recipe, folder, target, path = source.load(), settings.is_folder, target_of(settings), settings.output
    plan.check_range(settings.first, settings.last)
    manifest = manifest_of(source, plan, settings)
    if writing is not None:
        manifest.writing = writing.describe()
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with open_staging(path, manifest.settings(), overwrite=settings.overwrite) as staging:
        shards = Shards(manifest, staging, target, _lent(settings, target))
        options = Options(manifest.truth, settings.raw_csv, folder)
        with closing(collect(staging, manifest, target, plan, folder=folder)) as collected:
            for info in collected.resume(shards):
                progress(info.records[1] - info.records[0])
            yield Begun(recipe, path, manifest, staging, shards, options, collected)


def _writing(plan: Plan, settings: Settings) -> Writing | None:
    """Return what has the run's texts written by models, None where the templates write them all."""
    if settings.writer is None:
        return None
    if settings.executor != "threads":
        raise UsageError("executor='processes': models write beside a run of threads: leave --executor out")
    from treadle.llm.writing import Writing  # noqa: PLC0415  # only runs with models need it

    watch = settings.watch or (lambda _records, _spent: None)
    return Writing(settings.writer, plan, settings.output, (settings.first, settings.last), watch)


def failure(failed: Mapping[int, str] | Mapping[str, str], asked: int) -> str:
    """Say how many records failed, and which checks they failed."""
    reasons = Counter(failed.values())
    counted = ", ".join(f"{name}: {reasons[name]}" for name in sorted(reasons))
    if all(name.startswith(MODELS) for name in reasons):
        return f"{len(failed)} of {asked} records failed, since no attempt at their texts passed ({counted})"
    return f"{len(failed)} of {asked} records failed the recipe's checks {ATTEMPTS} times ({counted})"


def output_path(text: str) -> Path:
    """Return the path of an output given as text."""
    if not text.strip("/") or text == "-":
        hint = "; --follow writes to standard output" if text == "-" else ""
        raise UsageError(f"output={text!r}: expected a file or a folder{hint}")
    return Path(text)


def _check_output(output: Path, *, overwrite: bool) -> None:
    if _exists(output) and not overwrite and not _half_published(output):
        raise UsageError(f"output {output} is there already: add --overwrite to replace it, or choose another name")
    if output.exists() and not (output.is_file() or output.is_dir()):
        raise UsageError(f"output {output} is a device, pipe or socket: expected a file or a folder")
    above = next(each for each in output.absolute().parents if each.exists())
    if not above.is_dir():
        raise UsageError(f"output {output}: expected a folder above it, and {above} is a file")


def _exists(output: Path) -> bool:
    return (any(output.iterdir()) if output.is_dir() else output.exists()) or (
        not output.is_dir() and manifest_path(output).exists()
    )


def _half_published(output: Path) -> bool:
    """Tell whether a run was stopped while it renamed its files into place, so that what is there is its own."""
    return (staging_of(output) / PUBLISHING).exists() and not manifest_path(output).exists()


def manifest_of(source: Source, plan: Plan, settings: Settings) -> Manifest:
    """Return the manifest of a run that has not begun; raises `UsageError` for truth that its format has no place for."""
    recipe, target = source.load(), target_of(settings)
    truth = settings.truth or target.truth
    if truth == "inline" and target.truth == "sidecar":
        raise UsageError(
            f"truth='inline': {target.name} has no place for spans inside a record; use --truth sidecar or none"
        )
    wanted = settings.shard_size or (FOLDER_SHARD if settings.is_folder else shard_size_of(plan))
    lists = [
        *recipe.vocabularies.items(),
        *((name, getattr(field, "values", None)) for name, field in recipe.fields.items()),
    ]
    return Manifest(
        recipe.name,
        recipe.version,
        recipe.fingerprint(),
        source.reference,
        settings.seed,
        settings.first,
        settings.last,
        target.name,
        truth if plan.spans or truth == "none" or _marks_cells(target, settings) else "none",
        target.shard_size(wanted, plan),
        list(recipe.columns),
        list(recipe.labels),
        options={"raw_csv": settings.raw_csv} if target.name == "csv" else {},
        vocabularies=dict(source.vocabularies),
        inputs={name: each.sha256 for name, each in lists if isinstance(each, Vocabulary) and each.sha256}
        | {intake.name: intake.sha256 for intake in recipe.intakes},
        recipe_options=dict(source.options),
        clean=source.clean,
        intakes={intake.name: dict(intake.counts) for intake in recipe.intakes},
        rejects_file=rejects_name(recipe, settings.output),
        generated_at=recipe.epoch,
        row_group=plan.group if target.name == "parquet" else 0,
    )


def _marks_cells(target: Format, settings: Settings) -> bool:
    """Tell whether a sidecar is kept for the cells that got an apostrophe alone."""
    return target.name == "csv" and not settings.raw_csv and settings.truth != "none"


def shard_size_of(plan: Plan) -> int:
    """Return how many records a shard of a single file holds by default."""
    return max(records_of(SHARD_BYTES, plan), min(LONG_SHARD, records_of(LONG_SHARD_BYTES, plan)))


def records_of(size: int, plan: Plan) -> int:
    """Return the power of two of records that makes about `size` bytes, from 256 to 65,536."""
    fitting = max(1, size // plan.record_bytes)
    return min(65_536, max(256, 1 << (fitting.bit_length() - 1)))


class Shards(Sequence[Shard]):
    """The shards of a run, cut at multiples of the shard size; made when they are asked for, since there can be very many."""

    def __init__(self, manifest: Manifest, staging: Path, target: Format, lent: int | None) -> None:
        """Take the range from the manifest, and how many files the shards take turns in: None where each has its own."""
        self._manifest, self._staging, self._suffix, self._lent = manifest, staging, target.suffixes[0], lent
        self._offset = manifest.first // manifest.shard_size

    def __len__(self) -> int:
        """Return the number of shards."""
        if self._manifest.last == self._manifest.first:
            return 0
        return -(-self._manifest.last // self._manifest.shard_size) - self._offset

    def __getitem__(self, number: Any) -> Any:  # noqa: ANN401  # an index gives a shard; slices are not used
        """Return a shard by its number."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        size = self._manifest.shard_size
        begin = (self._offset + number) * size
        first, last = max(begin, self._manifest.first), min(begin + size, self._manifest.last)
        return Shard(first, last, self._path(number), self._manifest.truth == "sidecar", self._lent is not None)

    def _path(self, number: int) -> str:
        if self._lent is None:
            return str(self._staging / f"part-{number:06d}{self._suffix}")
        return str(self._staging / f"lent-{number % self._lent}{self._suffix}") if self._lent else ""


def _lent(settings: Settings, target: Format) -> int | None:
    """Return how many files the shards of an output take turns in, 0 where they come in memory, None where each has its own."""
    if settings.is_folder or not target.appendable:
        return None
    return 0 if settings.executor == "threads" else settings.workers + AHEAD


def carry_out(
    make: Callable[[J], T],
    jobs: Iterator[J],
    settings: Settings,
    collected: Collected,
    take: Callable[[T], None],
) -> None:
    """Have jobs done by an executor, a few ahead of the one that is taken, and take what they made in order.

    Where an output cannot be written, the error tells how many shards `collected` has kept.
    """
    waiting: deque[Future[T]] = deque()
    with open_executor(settings.executor, settings.workers) as submit:
        try:
            for job in jobs:
                waiting.append(submit(make, job))
                while waiting and (waiting[0].done() or len(waiting) >= settings.workers + AHEAD):
                    take(waiting.popleft().result())
            while waiting:
                take(waiting.popleft().result())
        except OutputError as error:
            raise OutputError(
                f"{error}; {collected.count} shards are finished and kept beside it: make room, and the same command goes on"
            ) from error
        finally:
            for future in waiting:
                future.cancel()
