"""Dataset: records that are made when they are asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from treadle.errors import RunError, UsageError
from treadle.run.runner import Settings, failure, output_path, run
from treadle.run.source import Source, compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from os import PathLike

    import polars as pl

    from treadle.llm.settings import Writer
    from treadle.recipe import Recipe
    from treadle.run.manifest import Manifest

DEFAULT_SEED = 42


def generate(
    recipe: Recipe | str,
    *,
    count: int | None = None,
    seed: int = DEFAULT_SEED,
    records: tuple[int, int] | None = None,
    truth: bool = True,
    columns: Sequence[str] = (),
    options: Mapping[str, str] | None = None,
) -> Dataset:
    """Return the first `count` records (default 1,000) of a recipe, or records[0] to records[1] - 1; nothing is made yet.

    `recipe` is a `Recipe`, the name of a pack or `file.py[:name]`. `truth` adds the column `spans`; `options`
    are those of a pack, as on the command line with `_` for `-`. Raises `RecipeError` with every
    problem of the recipe, and `UsageError` for a range outside what there is.
    """
    for name, value in {
        "count": count,
        "seed": seed,
        **{f"records[{i}]": each for i, each in enumerate(records or ())},
    }.items():
        if not isinstance(value, int) and not (name == "count" and value is None):
            raise UsageError(f"{name}={value!r}: expected an integer")
    source = Source.of(recipe, columns, options=options)
    if count is not None and records is not None:
        raise UsageError("count and records cannot both be given: records says how many")
    first, last = records if records is not None else (0, 1000 if count is None else count)
    return Dataset(source, first, last, seed, truth=truth)


class Dataset:
    """Records first..last-1 of a recipe under a seed; `len(dataset)` is their number, and iterating yields dicts."""

    def __init__(self, source: Source, first: int, last: int, seed: int, *, truth: bool) -> None:
        """Compile the recipe; see `generate`."""
        self._source, self.seed, self._truth = source, seed, truth
        self._plan = compiled(source, seed, trace=truth)
        self.recipe = self._plan.recipe
        if not isinstance(first, int) or not isinstance(last, int) or last < first:
            raise UsageError(f"count={last - first}: expected 0 or more")
        self._plan.check_range(first, last)
        self.first, self.last = first, last

    def __len__(self) -> int:
        """Return the number of records asked for."""
        return self.last - self.first

    def record(self, number: int) -> dict[str, Any]:  # a record's values are of many types
        """Return one record by its number, which may lie outside the dataset's range; raises `RunError` where it failed."""
        self._plan.check_range(number, number + 1)
        drawn = self._plan.draw(np.array([number], np.uint64))
        if drawn.failed:
            raise RunError(failure(drawn.failed, 1))
        rows = self._plan.arrow(drawn.batch, truth=True).to_pylist()
        return dict(rows[0])

    def batches(self, size: int = 8192) -> Iterator[pa.RecordBatch]:
        """Yield Arrow record batches of up to `size` records each.

        Raises `RunError` behind the last one where records failed the recipe's checks, so that none goes missing in silence.
        """
        if size < 1:
            raise UsageError(f"size={size}: expected 1 or more")
        failed: dict[int, str] = {}
        for begin in range(self.first, self.last, size):
            drawn = self._plan.draw(np.arange(begin, min(begin + size, self.last), dtype=np.uint64))
            failed |= drawn.failed
            yield from self._plan.arrow(drawn.batch, truth=True).to_batches()
        if failed:
            raise RunError(failure(failed, len(self)))

    def to_arrow(self) -> pa.Table:
        """Return all records as one Arrow table; raises `RunError` as `batches` does."""
        nothing = self._plan.draw(np.zeros(0, np.uint64)).batch
        tables = (pa.Table.from_batches([batch]) for batch in self.batches())
        return pa.concat_tables([self._plan.arrow(nothing, truth=True), *tables])

    def to_polars(self) -> pl.DataFrame:
        """Return all records as one Polars frame."""
        import polars as pl  # noqa: PLC0415  # slow to import and needed here alone

        return pl.DataFrame(pl.from_arrow(self.to_arrow()))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield records as dicts, in order."""
        for batch in self.batches():
            yield from batch.to_pylist()

    def part(self, index: int, of: int) -> Dataset:
        """Return the index-th of `of` consecutive parts, for workers that share a dataset (`torch.utils.data.get_worker_info`)."""
        if not 0 <= index < of:
            raise UsageError(f"index={index}, of={of}: expected 0 <= index < of")
        bounds = [self.first + len(self) * step // of for step in (index, index + 1)]
        return Dataset(self._source, bounds[0], bounds[1], self.seed, truth=self._truth)

    def write(
        self,
        path: str | PathLike[str],
        *,
        format: str | None = None,
        truth: str | None = None,
        raw_csv: bool = False,
        workers: int = 1,
        executor: str | Executor = "threads",
        chunk_size: int | None = None,
        shard_size: int | None = None,
        overwrite: bool = False,
        progress: Callable[[int], None] | None = None,
        writer: Writer | str | None = None,
    ) -> Manifest:
        """Write the records to a file (format by suffix: .jsonl .json .csv .parquet) or a folder of shards; return its manifest.

        `truth` is `none`, `inline` (JSON lines, Parquet) or `sidecar`. Raises `UsageError`, `OutputError` and `RunError`; what was
        finished before an error is kept, and the same call goes on. With `writer`, models write the texts that they can: a spec as
        on the command line (`openai:gpt-4o-mini`), or a `Writer` with all its settings.
        """
        source = self._source
        if writer is not None:
            from treadle.llm.settings import Writer as Settled  # noqa: PLC0415  # only runs with models need it

            writer = Settled(writer) if isinstance(writer, str) else writer
            writer.check()
            source = replace(source, writers=tuple(writer.shares().items()))
        kept = truth if truth is not None else (None if self._truth else "none")
        settings = Settings(
            output_path(str(path)),
            self.first,
            self.last,
            self.seed,
            format,
            kept,
            raw_csv,
            workers,
            executor,
            chunk_size,
            shard_size,
            overwrite,
            folder=str(path).endswith("/") or None,
            writer=writer,
        )
        return run(source, settings, progress or (lambda _: None))
