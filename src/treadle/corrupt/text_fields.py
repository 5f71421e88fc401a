"""The text fields of a batch while operators pass over them: the newest texts, where their spans stand, and the edits so far.

A text is known by one number: that of row r in field f of n rows is f * n + r. Texts know nothing of each other, so operators act
in turns: the first operators that texts get, whichever these are, make one pass over one buffer, their second ones the next.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from treadle import draw
from treadle.columns import Rewritten
from treadle.corrupt.choosing import numbers_within, rate_of
from treadle.corrupt.guarding import GUARDED, clear_of, unguarded
from treadle.corrupt.newest import Marks, Newest
from treadle.corrupt.operators import ABOUT, Changes
from treadle.corrupt.passes import Settled, applied, settle
from treadle.corrupt.table import TABLE
from treadle.corrupt.texts import Stretches, Texts
from treadle.edits import SCHEMA, Edits, with_final_places
from treadle.pieces import PLAIN, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from treadle.batch import Scope
    from treadle.columns import Column, Written
    from treadle.corrupt.faulting import Faulter
    from treadle.corrupt.operators import Operator, Setting
    from treadle.corrupt.texts import Bools
    from treadle.draw import States
    from treadle.pieces import Ids, Ints


class Done(NamedTuple):
    """The edits of a turn: the operator and the text of each, (n,), by number."""

    operator: Ints
    text: Ints
    edits: Settled


class TextFields:
    """The text fields of a batch while passes go over them."""

    def __init__(self, faulter: Faulter, scope: Scope, columns: Mapping[str, Written]) -> None:
        """Take what puts faults in, the batch, and the columns of its text fields."""
        self.names = list(columns)
        self._faulter, self._scope, self._columns, self._count = faulter, scope, columns, len(scope)
        size = len(columns) * self._count
        self._newest, self._nulled, self._touched = Newest(size), np.zeros(size, np.bool_), np.zeros(size, np.bool_)
        self._followed = np.zeros(size, np.bool_)
        self._valid = np.concatenate(
            [np.ones(self._count, np.bool_) if each.valid is None else each.valid for each in columns.values()]
        )
        self._about = np.array([ABOUT.index(faulter.about_of(name)) for name in columns], np.int64)
        self._done: list[Done] = []
        self._marks: Marks | None = None

    def texts_of(self, name: str, rows: Ints) -> Ints:
        """Return the numbers of the texts of a field in some rows."""
        return self.names.index(name) * self._count + rows

    def untouched(self, rows: Ints) -> Ints:
        """Return the rows of which no text was changed."""
        return rows[~self._touched.reshape(len(self.names), self._count)[:, rows].any(axis=0)]

    def act(self, operator: Ints, text: Ints, *, again: bool = False) -> None:
        """Let operators act on texts, both known by their numbers, (n,): on each text in the order of their table.

        `again` gives them other draws.
        """
        there = self._valid[text]
        turns = list(_turns(operator[there], text[there]))
        self._mark([texts[_flags("reads")[operators]] for operators, texts in turns])
        for operators, texts in turns[1:]:
            self._followed[texts[_flags("reads")[operators]]] = True
        for operators, texts in turns:
            self._turn(operators, texts, again=again)

    def _turn(self, operator: Ints, text: Ints, *, again: bool) -> None:
        """Let one operator act on each of some texts, sorted by operator."""
        texts = Texts(self.newest(text), self._states(operator, text, again=again))
        marked = self._marked(texts, operator, text)
        changes: list[Changes] = []
        guarded: list[tuple[int, int, Changes]] = []
        field = text // self._count
        for first, stop in _runs(operator * len(ABOUT) + np.where(_flags("voiced")[operator], self._about[field], 0)):
            each = TABLE[int(operator[first])]
            own = texts.part(first, stop)
            values = self._faulter.values_of(each, self._scope, text[first:stop] % self._count)
            spans = self._spans_of(each, marked, texts, first, stop)
            setting = self._faulter.setting(spans, values, ABOUT[self._about[field[first]]])
            if each.function is not None and len(own):
                found = _let(each, setting, each.function(own, setting, rate_of(each.rate, setting.severity)))
                found = found.moved(first, int(texts.bounds[first]))
                if each.target in GUARDED:
                    guarded.append((first, stop, found))
                else:
                    changes.append(found)
        changes.append(_guarded(texts, guarded))
        self._note(operator, text, texts, settle(texts, Changes.together(changes)))

    def become(self, operator: Ints, text: Ints, after: pa.Array) -> None:
        """Put whole texts in the place of others, (n,) each."""
        there = np.flatnonzero(self._valid[text])
        operator, text, after = operator[there], text[there], after.take(pa.array(there))
        texts = Texts(self.newest(text), np.zeros(len(text), np.uint64))
        everything = Stretches(np.arange(len(text)), texts.bounds[:-1], texts.bounds[1:])
        self._note(operator, text, texts, settle(texts, Changes.of(everything, after)))

    def _note(self, operator: Ints, text: Ints, texts: Texts, settled: Settled) -> None:
        """Keep a turn and the texts after it."""
        if not len(settled.row):
            return
        self._newest.put(text, applied(texts, settled))
        changed = text[settled.row]
        self._done.append(Done(operator[settled.row], changed, settled))
        self._touched[changed] = True
        self._nulled[changed[_flags("nulls")[operator[settled.row]]]] = True
        followed = np.flatnonzero(self._followed[changed])
        if followed.size and self._marks is not None:
            self._marks.follow(changed[followed], settled.take(followed))

    def newest(self, text: Ints) -> pa.Array:
        """Return the newest texts; those that no operator has been at are rendered."""
        held = self._newest.held[text]
        if held.all():
            return self._newest.take(text)
        new = text[~held]
        rendered = self._rendered(new)
        if len(new) == len(text):
            return rendered
        self._newest.put(new, rendered)
        return self._newest.take(text)

    def _rendered(self, text: Ints) -> pa.Array:
        pieces = self._faulter.table.written(PLAIN)
        field, order, parts = text // self._count, np.empty(len(text), np.int64), []
        done = 0
        for number, column in enumerate(self._columns.values()):
            mine = np.flatnonzero(field == number)
            parts.append(render(pieces, column.rows.take(text[mine] % self._count)))
            order[mine] = np.arange(done, done + len(mine))
            done += len(mine)
        together = pa.concat_arrays(parts)
        return together if (order[1:] > order[:-1]).all() else together.take(pa.array(order))

    def _states(self, operator: Ints, text: Ints, *, again: bool) -> States:
        """Return the states that decide what operators do to texts; one that acts on a record's texts together has one for all."""
        field = np.where(_flags("together")[operator], len(self.names), text // self._count)
        pairs, which = np.unique(operator * (len(self.names) + 1) + field, return_inverse=True)
        keys = []
        for number, own in zip(*np.divmod(pairs, len(self.names) + 1), strict=True):
            path = [*(["again"] if again else []), *self.names[own : own + 1], TABLE[number].name]
            keys.append(self._faulter.key(*path))
        rows, attempts = text % self._count, self._scope.attempts
        return draw.record_states(
            np.array(keys, np.uint64)[which], self._scope.records[rows], None if attempts is None else attempts[rows]
        )

    def _marked(self, texts: Texts, operator: Ints, text: Ints) -> tuple[Stretches, Ids]:
        """Return the spans that stand whole in those texts of a turn whose operators read any, and the label of each."""
        reading = np.flatnonzero(_flags("reads")[operator])
        marks = self._marks
        if not reading.size or marks is None:
            return Stretches.none(), np.zeros(0, np.int32)
        places, bounds = marks.places(text[reading])
        row = np.repeat(reading, np.diff(bounds))
        whole = marks.whole[places]
        row, places = row[whole], places[whole]
        found = texts.stretches(row, marks.start[places], marks.end[places])
        order = np.lexsort((found.end, found.start))
        return found.take(order), marks.label[places[order]]

    def _spans_of(
        self, each: Operator, marked: tuple[Stretches, Ids], texts: Texts, first: int, stop: int
    ) -> dict[str, Stretches]:
        """Return the spans of the types that an operator reads, for the texts first..stop-1 of a turn."""
        if not each.reads:
            return {}
        spans, label = marked
        mine = slice(*np.searchsorted(spans.row, [first, stop]).tolist())
        begin = int(texts.bounds[first])
        own = Stretches(spans.row[mine] - first, spans.start[mine] - begin, spans.end[mine] - begin)
        held = self._faulter.held(each)
        return {mark: own.take(self._faulter.labels_of(mark)[label[mine]]) for mark in held}

    def _mark(self, texts: list[Ints]) -> None:
        """Take the spans of texts whose operators read any: once, for what is faulted again by others reads none."""
        if self._marks is None and any(each.size for each in texts):
            wanted = np.zeros(len(self._touched), np.bool_)
            wanted[np.concatenate(texts)] = True
            columns = [(each.rows, each.spans) for each in self._columns.values()]
            self._marks = Marks.of(columns, self._faulter.table.lengths(), self._faulter.readable, wanted)

    def keys(self, count: int) -> dict[str, Edits]:
        """Return all edits of the first `count` rows by field, with their final places."""
        if not self._done:
            return {}
        operator, text, start, end, place = self._all()
        table, records = self._table(operator, text, start, end, place), self._scope.records[:count].astype(np.int64)
        order = np.lexsort((end, start, text, operator))
        order = order[text[order] % self._count < count]
        found: dict[str, Edits] = {}
        for number, name in enumerate(self.names):
            mine = order[text[order] // self._count == number]
            if mine.size:
                found[name] = with_final_places(Edits(table.take(pa.array(mine))), records)
        return found

    def _all(self) -> Iterator[Ints]:
        """Return operators, texts, starts, ends and places of all edits."""
        for name in ("operator", "text"):
            yield np.concatenate([getattr(each, name) for each in self._done])
        for name in ("start", "end", "place"):
            yield np.concatenate([getattr(each.edits, name) for each in self._done])

    def _table(self, operator: Ints, text: Ints, start: Ints, end: Ints, place: Ints) -> pa.Table:
        """Return all edits as a table."""
        total = len(operator)
        which = pa.array(operator)
        made = {
            "record": self._scope.records.astype(np.int64)[text % self._count],
            "field": pa.array(self.names, pa.string()).take(pa.array(text // self._count)),
            "pass": operator.astype(np.int32),
            "start": start,
            "end": end,
            "place": pa.array(place, mask=place < 0),
            "before": pa.concat_arrays([each.edits.before for each in self._done]),
            "after": pa.concat_arrays([each.edits.after for each in self._done]),
            "operator": pa.array([each.name for each in TABLE], pa.string()).take(which),
            "family": pa.array([each.family for each in TABLE], pa.string()).take(which),
            "severity": np.full(total, self._faulter.setting({}, {}, ABOUT[0]).severity),
            "label_effect": pa.array([each.effect for each in TABLE], pa.string()).take(which),
            "final_start": pa.nulls(total, pa.int64()),
            "final_end": pa.nulls(total, pa.int64()),
        }
        return pa.table(made, schema=SCHEMA)

    def finished(self) -> dict[str, Column]:
        """Return the columns that have faults."""
        found: dict[str, Column] = {}
        for number, (name, column) in enumerate(self._columns.items()):
            own = slice(number * self._count, (number + 1) * self._count)
            changed = np.flatnonzero(self._touched[own])
            if changed.size:
                array = self._newest.take(changed + own.start)
                valid = self._valid[own] & ~self._nulled[own]
                kept = None if column.valid is None and valid.all() else valid
                found[name] = Rewritten(replace(column.type, nullable=True), column, changed, array, kept)
        return found


def _turns(operator: Ints, text: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield the first operator that each text gets, then the second, and so on, with the texts; each turn sorted by operator."""
    order = np.lexsort((operator, text))
    operator, text = operator[order], text[order]
    nth = numbers_within(text)
    for turn in range(int(nth.max(initial=-1)) + 1):
        mine = np.flatnonzero(nth == turn)
        mine = mine[np.argsort(operator[mine], kind="stable")]
        yield operator[mine], text[mine]


def _let(each: Operator, setting: Setting, changes: Changes) -> Changes:
    """Return those changes of an operator that spare what it is to leave alone."""
    for mark in each.spares:
        changes = clear_of(changes, setting.stretches(mark))
    return changes


def _guarded(texts: Texts, several: list[tuple[int, int, Changes]]) -> Changes:
    """Return those changes that spare addresses, of operators that are not let at these: all at once, by the texts they change."""
    if not several:
        return Changes.none()
    first, stop = several[0][0], several[-1][1]
    begin = int(texts.bounds[first])
    changes = Changes.together([each for _, _, each in several]).moved(-first, -begin)
    return unguarded(texts.part(first, stop), changes).moved(first, begin)


@cache
def _flags(name: str) -> Bools:
    """Tell of each operator of the table whether something holds of it."""
    return np.array([bool(getattr(each, name)) for each in TABLE], np.bool_)


def _runs(kind: Ints) -> list[tuple[int, int]]:
    """Return where each run of texts of one kind begins and ends."""
    first = np.flatnonzero(np.diff(kind, prepend=-1))
    return list(zip(first.tolist(), [*first[1:].tolist(), len(kind)], strict=True))
