"""Parquet with zstd; row groups end at multiples of a number that the recipe decides, whatever chunks and shards are."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from treadle.sinks.base import Body, Format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from treadle.columns import Column
    from treadle.plan import Plan
    from treadle.sinks.base import Options, Writable


class _Body(Body):
    """Gathers batches into row groups; a part of a single file is an Arrow stream of them, ready to be copied into it."""

    def __init__(self, file: Writable, plan: Plan, *, folder: bool) -> None:
        self._file, self._table, self._folder, self._size = file, plan.table, folder, plan.group
        self._waiting: list[pa.Table] = []
        self._group = -1
        self._writer: pq.ParquetWriter | pa.RecordBatchFileWriter | None = None

    def write(self, records: NDArray[np.uint64], columns: Mapping[str, Column], canonical: memoryview | None) -> None:
        table = pa.table({name: column.to_arrow(self._table) for name, column in columns.items()})
        if self._writer is None:
            self._writer = (
                open_writer(self._file, table.schema) if self._folder else pa.ipc.new_file(self._file, table.schema)
            )
        groups = (records // np.uint64(self._size)).astype(np.int64)
        for group in np.unique(groups).tolist():
            if group != self._group:
                self._flush()
                self._group = group
            first, stop = np.searchsorted(groups, [group, group + 1])
            self._waiting.append(table.slice(first, stop - first))

    def _flush(self) -> None:
        if self._waiting and self._writer is not None:
            self._writer.write_table(pa.concat_tables(self._waiting).combine_chunks(), self._size)
            self._waiting = []

    def close(self) -> None:
        self._flush()
        if self._writer is not None:
            self._writer.close()


def open_writer(file: Writable, schema: pa.Schema) -> pq.ParquetWriter:
    """Open a Parquet file as all outputs are written."""
    return pq.ParquetWriter(file, schema, compression="zstd", write_statistics=True)


class _Parquet(Format):
    name = "parquet"
    suffixes: tuple[str, ...] = (".parquet", ".pq")
    truth = "inline"
    appendable = False
    canonical = False

    def shard_size(self, wanted: int, plan: Plan) -> int:
        return -(-wanted // plan.group) * plan.group

    def body(self, file: Writable, plan: Plan, options: Options) -> _Body:
        return _Body(file, plan, folder=options.folder)

    def assemble(
        self, parts: Sequence[Path], file: BinaryIO, plan: Plan, metadata: Mapping[str, Any]
    ) -> None:  # JSON values
        writer = None
        for part in parts:
            with pa.memory_map(str(part)) as source, pa.ipc.open_file(source) as groups:
                writer = writer or open_writer(file, groups.schema)
                for number in range(groups.num_record_batches):
                    writer.write_table(pa.Table.from_batches([groups.get_batch(number)]), plan.group)
        if writer is None:
            nothing = plan.draw(np.zeros(0, np.uint64)).batch
            writer = open_writer(file, plan.arrow(nothing, truth=metadata["config"]["truth"] == "inline").schema)
        writer.close()


FORMAT = _Parquet()
