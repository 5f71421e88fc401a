"""Reading by columns lines that hold a record with rows of its own, as a turn of an agent holds its steps; see `columnar`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyarrow as pa

from treadle.packs.logs.blocks import Block, gathered
from treadle.packs.logs.columnar import Values, kept, matrix, same_lines
from treadle.packs.logs.shapes import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from treadle.packs.logs.columnar import Taken
    from treadle.packs.logs.shapes import Literals, Shape

    Ids = NDArray[np.int32]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Worked = tuple[Flags, dict[str, Flags | None], dict[str, list[Ids]]]

T = TypeVar("T", bound=np.generic)
MOST = 100
"""Rows of a record; one with more is read the exact way."""


@dataclass(frozen=True)
class Side:
    """How lines, or records, are laid out: what is before the rows, each row, what is between two, and what is behind the last."""

    head: Shape
    row: Shape
    between: str
    tail: str


@dataclass(frozen=True)
class _Part:
    """Heads, or rows: the line of each, which values are there and where, and the pieces of those that were worked out."""

    lines: Ints
    present: dict[str, Flags | None]
    values: Values
    pieces: dict[str, list[Ids]]


@dataclass(frozen=True)
class Nested:
    """A reader of lines of which each holds one record with rows: how both are laid out, and what is worked out of their values.

    `begins` is the text that begins a row. `work_head` and `work_row` do for heads and rows what `Columnar.work` does for lines;
    the latter is also shown the heads and the head of each row.
    """

    raw: Side
    record: Side
    literals: Literals
    begins: str
    work_head: Callable[[Block, Values], Worked]
    work_row: Callable[[Block, Values, Values, Ints], Worked]

    def read(self, raw: bytes) -> Taken:
        """Return what was read of lines, each with its line break."""
        block = Block(raw)
        every = np.arange(len(block.ends))
        found, ranks = self.raw.head.walk(block, block.first, block.ends)
        heads = Values(self.raw.head, found, (block.begins, block.ends))
        lines, below = self._rows(block, ranks)
        rows = Values(self.raw.row, below, (block.begins[lines], block.ends[lines]))
        good = heads.sane & ~block.odd
        good[lines[~rows.sane | (_before(heads, rows, lines) > rows.begins[:, 0])]] = False
        for values, own in ((heads, every), (rows, lines)):
            values.forget(~good[own], block.begins[own])
        worked, below_worked = self.work_head(block, heads), self.work_row(block, rows, heads, lines)
        good &= worked[0]
        good[lines[~below_worked[0]]] = False
        again = (_Part(every, found.present, heads, {}), _Part(lines, below.present, rows, {}))
        good &= same_lines(block, self._written(block, self.raw, again))
        made = (
            _Part(every, found.present | worked[1], heads, worked[2]),
            _Part(lines, below.present | below_worked[1], rows, below_worked[2]),
        )
        return kept(block, *self._written(block, self.record, made), good)

    def _rows(self, block: Block, ranks: Ints) -> tuple[Ints, Found]:
        """Return the line of each row, in order, and where the values of rows are."""
        lines = np.arange(len(ranks))
        each: list[tuple[Ints, Found]] = []
        for _ in range(MOST):
            more = block.is_text(ranks, self.begins, -1)
            lines, ranks = lines[more], ranks[more]
            if not len(lines) and each:
                break
            found, ranks = self.raw.row.walk(block, ranks, block.ends[lines])
            each.append((lines, found))
        order = np.argsort(np.concatenate([own for own, _ in each]), kind="stable")
        made = Found()
        for slot in self.raw.row.slots:
            name = slot.name
            made.begins[name] = np.concatenate([found.begins[name] for _, found in each])[order]
            made.ends[name] = np.concatenate([found.ends[name] for _, found in each])[order]
            present = [found.present[name] for _, found in each]
            made.present[name] = (
                None if present[0] is None else np.concatenate([flags for flags in present if flags is not None])[order]
            )
        return np.concatenate([own for own, _ in each])[order], made

    def _written(self, block: Block, side: Side, parts: tuple[_Part, _Part]) -> tuple[NDArray[np.uint8], Ints]:
        """Return the lines of one side from the values found, and the place of each one's end."""
        heads, rows = parts
        counts = np.bincount(rows.lines, minlength=len(heads.lines))
        first = np.cumsum(counts) - counts
        number = np.arange(len(rows.lines)) - first[rows.lines]
        widths = heads.values.begins.shape[1], rows.values.begins.shape[1]
        slots = _Places(counts, widths, number, rows.lines, 0)
        begins, ends = (
            slots.laid(getattr(heads.values, name), getattr(rows.values, name)) for name in ("begins", "ends")
        )
        for own, part in ((side.head, heads), (side.row, rows)):  # so that all literals have their numbers
            own.laid(self.literals, part.present, {})
        between, tail = self.literals(side.between), self.literals(side.tail)
        base = len(self.literals.texts)
        pieces = [
            matrix(self._pieces(own, part, base + 2 * at), len(part.lines))
            for own, part, at in ((side.head, heads, slots.heads), (side.row, rows, slots.rows))
        ]
        pieces[1] = np.column_stack([np.where(number > 0, between, 0).astype(np.int32), pieces[1]])
        placed = _Places(counts, (pieces[0].shape[1], pieces[1].shape[1]), number, rows.lines, 1)
        ids = placed.laid(pieces[0], pieces[1])
        last = np.append(placed.heads, len(ids))[1:] - 1
        ids[last] = tail
        data, bounds = gathered(pa.concat_arrays([self.literals.array(), block.texts(begins, ends)]), ids)
        return data, bounds[last]

    def _pieces(self, shape: Shape, part: _Part, at: Ints) -> Sequence[Ids | int]:
        copied = {name: [(at + 2 * place).astype(np.int32)] for name, place in part.values.column.items()}
        return shape.laid(self.literals, part.present, copied | part.pieces)


class _Places:
    """Where heads and rows begin where each head is followed by its rows, and each line by some room."""

    def __init__(self, counts: Ints, widths: tuple[int, int], number: Ints, lines: Ints, room: int) -> None:
        sizes = widths[0] + counts * widths[1] + room
        self.heads = np.cumsum(sizes) - sizes
        self.rows = self.heads[lines] + widths[0] + number * widths[1]
        self._total = int(sizes.sum())

    def laid(self, heads: NDArray[T], rows: NDArray[T]) -> NDArray[T]:
        """Return what heads (n, a) and rows (m, b) hold, in that order."""
        made = np.zeros(self._total, heads.dtype)
        for own, at in ((heads, self.heads), (rows, self.rows)):
            made[at[:, None] + np.arange(own.shape[1])] = own
        return made


def _before(heads: Values, rows: Values, lines: Ints) -> Ints:
    """Return where what stands before each row ends: the row before, or the head."""
    made = heads.ends[lines, -1]
    follows = np.flatnonzero(lines[1:] == lines[:-1]) + 1
    made[follows] = rows.ends[follows - 1, -1]
    return np.asarray(made)
