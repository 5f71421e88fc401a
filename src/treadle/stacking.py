"""Stacking: the rows of two columns of one type below each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from treadle.batch import Rows
from treadle.columns import Category, Children, Lists, Moment, Number, Objects, Rewritten, Written
from treadle.pieces import Ragged, stack
from treadle.spans import Spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle.columns import Column
    from treadle.pieces import Ints


def below(first: Column, second: Column) -> Column:  # noqa: PLR0911  # a case for each kind of column
    """Return the rows of two columns of one type below each other; texts without their spans."""
    valid = None
    if first.valid is not None or second.valid is not None:
        valid = np.concatenate(
            [
                _all(first) if first.valid is None else first.valid,
                _all(second) if second.valid is None else second.valid,
            ]
        )
    match first, second:
        case Category(), Category():
            return replace(first, codes=np.concatenate([first.codes, second.codes]), valid=valid)
        case Number(), Number():
            return replace(first, values=np.concatenate([first.values, second.values]), valid=valid)
        case Moment(), Moment():
            return replace(first, values=np.concatenate([first.values, second.values]), valid=valid)
        case Written(), Written():
            return replace(first, rows=stack([first.rows, second.rows]), spans=Spans.none(), valid=valid)
        case Lists(), Lists():
            codes, offsets = np.concatenate([first.codes, second.codes]), _offsets_below(first, second)
            return replace(first, codes=codes, offsets=offsets, valid=valid)
        case Children(), Children():
            rows = Rows({name: below(column, second.rows.columns[name]) for name, column in first.rows.columns.items()})
            return replace(first, rows=rows, offsets=_offsets_below(first, second), valid=valid)
        case Objects(), Objects():
            columns = {name: below(column, second.columns[name]) for name, column in first.columns.items()}
            return replace(first, columns=columns, count=first.count + second.count, valid=valid)
    raise TypeError(f"a {first.type.kind} and a {second.type.kind} are of two types")


def _all(column: Column) -> NDArray[np.bool_]:
    return np.ones(count_of(column), np.bool_)


def count_of(column: Column) -> int:
    """Return the number of rows of a column."""
    match column:
        case Category():
            return len(column.codes)
        case Number() | Moment():
            return len(column.values)
        case Written():
            return len(column.rows)
        case Rewritten():
            return len(column.written.rows)
        case Objects():
            return column.count
    return len(column.offsets) - 1


def _offsets_below(first: Lists | Children, second: Lists | Children) -> Ints:
    return np.concatenate([first.offsets, second.offsets[1:] + first.offsets[-1]])


def put(column: Column, rows: Ints, other: Column) -> Column:
    """Return a column whose `rows` (n,) hold the rows of another, of n."""
    order = np.arange(count_of(column))
    order[rows] = len(order) + np.arange(len(rows))
    return below(column, other).take(order)


def first_of(column: Column, count: int) -> Column:
    """Return the first `count` rows of a column; texts keep their spans."""
    valid = None if column.valid is None else column.valid[:count]
    match column:
        case Written():
            spans, stop = column.spans, int(np.searchsorted(column.spans.row, count))
            row, first, last = (each[:stop] for each in (spans.row, spans.first, spans.stop))
            kept = Spans(row, first, last, spans.label[:stop], _first_rows(spans.value, stop))
            return replace(column, rows=_first_rows(column.rows, count), spans=kept, valid=valid)
        case Rewritten():
            changed = column.changed[: np.searchsorted(column.changed, count)]
            written = first_of(column.written, count)
            assert isinstance(written, Written)  # noqa: S101  # as it was
            return replace(
                column, written=written, changed=changed, texts=column.texts.slice(0, len(changed)), valid=valid
            )
    return column.take(np.arange(count))


def _first_rows(rows: Ragged, count: int) -> Ragged:
    return Ragged(rows.ids[: rows.offsets[count]], rows.offsets[: count + 1], rows.width)
