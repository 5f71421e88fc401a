"""One text field of a batch while operators pass over it: the newest texts, where their spans stand, and the edits so far."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from treadle.columns import Rewritten, Written
from treadle.corrupt.choosing import rate_of
from treadle.corrupt.newest import Marks, Newest
from treadle.corrupt.operators import Changes
from treadle.corrupt.passes import Settled, applied, settle
from treadle.corrupt.texts import Stretches, Texts
from treadle.edits import SCHEMA, Edits, with_final_places
from treadle.pieces import PLAIN, code_points, render, starts

if TYPE_CHECKING:
    from treadle.batch import Scope
    from treadle.corrupt.faulting import Faulter
    from treadle.corrupt.operators import Operator
    from treadle.pieces import Ints


class TextField:
    """One text field of a batch while passes go over it: the newest text of each row, and the edits so far."""

    def __init__(self, faulter: Faulter, name: str, scope: Scope, column: Written) -> None:
        """Take what puts faults in, the field's name, the batch, and the field's column in it."""
        self._faulter, self._name, self._scope, self._column = faulter, name, scope, column
        self._newest = Newest(len(column.rows))
        self._nulled, self.touched = np.zeros(len(column.rows), np.bool_), np.zeros(len(column.rows), np.bool_)
        self.passes: list[tuple[int, Operator, Ints, Settled]] = []

    def go(self, number: int, each: Operator, rows: Ints, *, again: bool = False) -> None:
        """Let an operator act on the rows."""
        if self._column.valid is not None:
            rows = rows[self._column.valid[rows]]
        if not rows.size or each.function is None:
            return
        self._render(rows[~self._newest.held[rows]])
        array = self._newest.take(rows)
        path = [*(["again"] if again else []), *([] if each.together else [self._name]), each.name]
        states = self._faulter.states(self._scope, rows, *path)
        texts = Texts(array, states)
        marked = self._marked(texts, rows, each) if each.needs or each.uses else {}
        setting = self._faulter.setting(marked, self._faulter.values_of(each, self._scope, rows))
        settled = settle(texts, each.function(texts, setting, rate_of(each.rate, setting.severity)))
        self._note(number, each, rows, texts, settled)

    def _note(self, number: int, each: Operator, rows: Ints, texts: Texts, settled: Settled) -> None:  # one pass, whole
        """Keep a pass and the texts after it."""
        if not len(settled.row):
            return
        self.passes.append((number, each, rows, settled))
        changed = np.unique(settled.row)
        self._newest.put(rows[changed], applied(texts, settled).take(pa.array(changed)))
        self.touched[rows[changed]] = True
        if each.nulls:
            self._nulled[rows[changed]] = True

    def become(self, number: int, each: Operator, rows: Ints, after: pa.Array) -> None:
        """Put whole texts in the place of those of some rows."""
        if self._column.valid is not None:
            there = np.flatnonzero(self._column.valid[rows])
            rows, after = rows[there], after.take(pa.array(there))
        self._render(rows[~self._newest.held[rows]])
        texts = Texts(self._newest.take(rows), np.zeros(len(rows), np.uint64))
        everything = Stretches(np.arange(len(rows)), texts.bounds[:-1], texts.bounds[1:])
        self._note(number, each, rows, texts, settle(texts, Changes.of(everything, after)))

    def _render(self, rows: Ints) -> None:
        if rows.size:
            self._newest.put(rows, render(self._faulter.table.written(PLAIN), self._column.rows.take(rows)))

    def _marked(self, texts: Texts, rows: Ints, each: Operator) -> dict[str, Stretches]:
        """Return the spans of the types that an operator needs, where these stand now; damaged ones are left out."""
        marks = self._marks
        for numbers in self.passes[marks.passed :]:
            marks.follow(numbers[2], numbers[3])
        places, bounds = marks.of(rows)
        row = np.repeat(np.arange(len(rows)), np.diff(bounds))
        found: dict[str, Stretches] = {}
        for mark in (*each.needs, *each.uses):
            mine = np.flatnonzero(self._faulter.labels_of(mark)[marks.label[places]] & marks.whole[places])
            found[mark] = texts.stretches(row[mine], marks.start[places[mine]], marks.end[places[mine]])
        return found

    @cached_property
    def _marks(self) -> Marks:
        """The spans that operators may read, where they stand now."""
        spans = self._column.spans
        spans = spans.take(np.flatnonzero(self._faulter.readable[spans.label]))
        start, end = code_points(self._faulter.table.lengths(), self._column.rows, spans)
        bounds = starts(np.bincount(spans.row, minlength=len(self._column.rows)).astype(np.int64))
        return Marks(spans.row, start, end, spans.label, np.ones(len(spans), np.bool_), bounds)

    def _edits(self) -> Edits:
        """Return all edits so far."""
        records = self._scope.records.astype(np.int64)
        severity = self._faulter.setting({}, {}).severity
        names = [number for number, *_ in self.passes]
        counts = [len(settled.row) for *_, settled in self.passes]
        which = np.repeat(np.arange(len(names)), counts)
        columns: dict[str, Ints] = {
            "record": np.concatenate([records[rows[settled.row]] for _, _, rows, settled in self.passes]),
            "pass": np.repeat(np.array(names, np.int64), counts),
            "start": np.concatenate([settled.start for *_, settled in self.passes]),
            "end": np.concatenate([settled.end for *_, settled in self.passes]),
        }
        place = np.concatenate([np.full(len(s.row), -1) if s.place is None else s.place for *_, s in self.passes])
        texts = {
            "before": pa.concat_arrays([settled.before for *_, settled in self.passes]),
            "after": pa.concat_arrays([settled.after for *_, settled in self.passes]),
        }
        total = len(which)
        words = {
            "field": pa.array([self._name] * 1, pa.string()).take(pa.array(np.zeros(total, np.int64))),
            **{
                name: pa.array([str(getattr(each, part)) for _, each, *_ in self.passes], pa.string()).take(
                    pa.array(which)
                )
                for name, part in (("operator", "name"), ("family", "family"), ("label_effect", "effect"))
            },
        }
        made = {
            **{name: pa.array(values).cast(SCHEMA.field(name).type) for name, values in columns.items()},
            **texts,
            **words,
            "place": pa.array(place, mask=place < 0),
            "severity": pa.array(np.full(total, severity)),
            "final_start": pa.nulls(total, pa.int64()),
            "final_end": pa.nulls(total, pa.int64()),
        }
        table = pa.table({name: made[name] for name in SCHEMA.names}, schema=SCHEMA)
        order = np.lexsort((columns["end"], columns["start"], columns["record"], columns["pass"]))
        return Edits(table.take(pa.array(order)))

    def key(self) -> Edits:
        """Return all edits, with their final places."""
        return with_final_places(self._edits(), self._scope.records.astype(np.int64))

    def finished(self) -> Rewritten:
        """Return the column with its faults."""
        changed = np.flatnonzero(self.touched)
        array = self._newest.take(changed)
        column = self._column
        valid = column.valid
        if self._nulled.any():
            valid = ~self._nulled if valid is None else valid & ~self._nulled
        return Rewritten(replace(column.type, nullable=True), column, changed, array, valid)
