"""Datasets of typed rows: made, or read from a file, when they are asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

import pyarrow as pa

import treadle as td
from treadle.packs.hiring.example import COLUMNS, TrainingExample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

BLOCK = 64
"""Rows that are made together when one is asked for by its place: few enough to take hardly longer than one."""
BATCH = 2_048
_ARROW = {
    "str": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "tuple[str, ...]": pa.list_(pa.string()),
}
SCHEMA = pa.schema([(name, _ARROW[kind]) for name, kind in COLUMNS.items()])
"""The columns of the rows, as Arrow types."""


class TrainingDataset(Sequence[TrainingExample]):
    """Rows of `TrainingExample`: `len`, indices, slices (again lazy) and iteration; memory stays flat while iterating."""

    def __init__(self) -> None:
        """Begin with no block of rows kept; the last one will be, so that rows asked for in order are made once."""
        self._block: tuple[int, list[TrainingExample]] = (-1, [])

    @abstractmethod
    def batches(self, size: int = BATCH) -> Iterator[pa.RecordBatch]:
        """Yield the rows as Arrow record batches of up to `size` each."""

    @abstractmethod
    def block(self, number: int) -> list[TrainingExample]:
        """Return the rows from number * BLOCK on, at most `BLOCK` of them."""

    @abstractmethod
    def part(self, first: int, last: int) -> TrainingDataset:
        """Return the rows first..last-1 as a dataset."""

    @overload
    def __getitem__(self, place: int) -> TrainingExample: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[TrainingExample]: ...

    def __getitem__(self, place: int | slice) -> TrainingExample | Sequence[TrainingExample]:
        """Return a row, or a slice of the rows: a dataset, or a list where the slice has a step."""
        if isinstance(place, slice):
            first, last, step = place.indices(len(self))
            return (
                self.part(first, max(first, last)) if step == 1 else [self[each] for each in range(first, last, step)]
            )
        number = place + len(self) if place < 0 else place
        if not 0 <= number < len(self):
            raise IndexError(f"row {place} of {len(self)}")
        block, within = divmod(number, BLOCK)
        if self._block[0] != block:
            self._block = block, self.block(block)
        return self._block[1][within]

    def __iter__(self) -> Iterator[TrainingExample]:
        """Yield the rows in order."""
        for batch in self.batches():
            yield from map(TrainingExample.from_record, batch.to_pylist())

    def __repr__(self) -> str:
        """Return the kind and number of rows."""
        return f"<{type(self).__name__} of {len(self):,} rows>"


class GeneratedDataset(TrainingDataset):
    """Rows that are made when they are asked for; `source` is the `treadle.Dataset` behind them."""

    def __init__(self, make: Callable[..., td.Dataset], first: int, last: int) -> None:
        """Take what returns the dataset of any `records=(first, last)`, and which of them the rows are."""
        super().__init__()
        self._make = make
        self.source = make(records=(first, last))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.source)

    def batches(self, size: int = BATCH) -> Iterator[pa.RecordBatch]:
        """Yield the rows as Arrow record batches of up to `size` each."""
        return self.source.batches(size)

    def block(self, number: int) -> list[TrainingExample]:
        """Return the rows from number * BLOCK on, at most `BLOCK` of them."""
        first = number * BLOCK
        return list(self.part(first, min(first + BLOCK, len(self))))

    def part(self, first: int, last: int) -> GeneratedDataset:
        """Return the rows first..last-1 as a dataset."""
        return GeneratedDataset(self._make, self.source.first + first, self.source.first + last)


class HeldDataset(TrainingDataset):
    """Rows that are held as an Arrow table: read from a file, or picked by a user."""

    def __init__(self, table: pa.Table) -> None:
        """Take a table of `SCHEMA`."""
        super().__init__()
        self.table = table

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.table.num_rows)

    def batches(self, size: int = BATCH) -> Iterator[pa.RecordBatch]:
        """Yield the rows as Arrow record batches of up to `size` each."""
        yield from self.table.to_batches(max_chunksize=size)

    def block(self, number: int) -> list[TrainingExample]:
        """Return the rows from number * BLOCK on, at most `BLOCK` of them."""
        return list(map(TrainingExample.from_record, self.table.slice(number * BLOCK, BLOCK).to_pylist()))

    def part(self, first: int, last: int) -> HeldDataset:
        """Return the rows first..last-1 as a dataset."""
        return HeldDataset(self.table.slice(first, last - first))


def dataset_of(rows: Iterable[TrainingExample]) -> TrainingDataset:
    """Return rows as a dataset: one as it is, any other collection (such as those a user picked) held as a table."""
    if isinstance(rows, TrainingDataset):
        return rows
    if not isinstance(rows, Sequence) or not all(isinstance(row, TrainingExample) for row in rows):
        raise td.UsageError(
            f"dataset={type(rows).__name__}: expected what generate_training_dataset or load_dataset returns, or a list of "
            "TrainingExample"
        )
    return HeldDataset(pa.Table.from_pylist([row.to_record() for row in rows], schema=SCHEMA))
