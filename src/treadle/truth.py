"""Truth: the spans of a batch's texts as one column of children, ready for any sink."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from treadle.batch import Rows
from treadle.columns import Category, Children, FieldType, Number, Rewritten, Written
from treadle.corrupt.seals import SEAL
from treadle.edits import GONE, remap
from treadle.pieces import stack, starts
from treadle.spans import code_points
from treadle.vocabularies import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.batch import Batch
    from treadle.columns import Column
    from treadle.pieces import Block, Ints, PieceTable
    from treadle.printing import Digits
    from treadle.spans import Spans

COLUMN = "spans"
DIGEST = "text_sha256"
"""The key under which a line of a truth file says which texts it belongs to: `field,field:` and `digest_of` these and the edits."""
_FIELDS = ("field", "start", "end", "type", "value", "fact")
_FAULTED = (*_FIELDS, "state", "clean_start", "clean_end")
_STATES = ("intact", "damaged", "gone")
"""By `edits.INTACT`, `DAMAGED` and `GONE`."""


@dataclass(frozen=True)
class SpanTables:
    """The names that spans refer to, as blocks of a plan's table: text fields, entity types and facts of the span labels.

    Where a recipe puts in faults, a span also tells its state, and its place in the clean text; what is gone has no other.
    """

    texts: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    types: dict[str, FieldType]
    digits: Digits
    faulted: bool = False

    @classmethod
    def of(
        cls,
        table: PieceTable,
        digits: Digits,
        texts: tuple[str, ...],
        labels: list[tuple[str, str]],
        *,
        faulted: bool = False,
    ) -> SpanTables:
        """Add the names to the table."""
        named = {
            "field": texts,
            "type": tuple(entity for entity, _ in labels),
            "fact": tuple(fact for _, fact in labels),
        }
        types = {name: _named(table.block(names or ("",)), names or ("",)) for name, names in named.items()}
        types |= {"start": FieldType("number"), "end": FieldType("number"), "value": FieldType("text")}
        types["fact"] = FieldType("category", types["fact"].vocabulary, types["fact"].block, nullable=True)
        if faulted:
            types["state"] = _named(table.block(_STATES), _STATES)
            types |= dict.fromkeys(("start", "end"), FieldType("number", nullable=True))
            types |= dict.fromkeys(("clean_start", "clean_end"), FieldType("number"))
        return cls(
            texts, tuple(labels), {name: types[name] for name in (_FAULTED if faulted else _FIELDS)}, digits, faulted
        )

    @property
    def type(self) -> FieldType:
        """The type of the spans column."""
        return FieldType("children", children=self.types, columns=tuple(self.types))

    def column(self, batch: Batch, table: PieceTable) -> Children:
        """Return the spans of each record: text field, start and end in code points, entity type, canonical value, source fact."""
        found = [(number, self._of_text(batch.columns[name], table)) for number, name in enumerate(self.texts)]
        row = np.concatenate([spans.row for _, (spans, _, _) in found])
        text = np.concatenate([np.full(len(spans), number) for number, (spans, _, _) in found])
        start, end = (np.concatenate([each[part] for _, each in found]) for part in (1, 2))
        order = np.lexsort((-end, start, text, row))
        value = stack([spans.value for _, (spans, _, _) in found])
        label = np.concatenate([spans.label for _, (spans, _, _) in found]).astype(np.int64)[order]
        has_fact = np.array([bool(fact) for _, fact in self.labels], bool)
        columns: dict[str, Column] = {
            "field": Category(self.types["field"], text[order]),
            "start": Number(self.types["start"], start[order], self.digits),
            "end": Number(self.types["end"], end[order], self.digits),
            "type": Category(self.types["type"], label),
            "value": Written(self.types["value"], value.take(order)),
            "fact": Category(self.types["fact"], label, has_fact[label]),
        }
        if self.faulted:
            columns |= self._followed(batch, row[order], text[order], start[order], end[order])
        return Children(self.type, Rows(columns), starts(np.bincount(row, minlength=len(batch)).astype(np.int64)))

    def _followed(self, batch: Batch, row: Ints, text: Ints, start: Ints, end: Ints) -> dict[str, Column]:
        """Return where spans stand in the final texts, and what the edits made of them."""
        state, now_start, now_end = np.zeros(len(row), np.int64), start.copy(), end.copy()
        for number, name in enumerate(self.texts):
            mine = np.flatnonzero(text == number)
            if name in batch.edits and mine.size:
                moved = remap(row[mine], start[mine], end[mine], batch.edits[name], batch.records.astype(np.int64))
                state[mine], now_start[mine], now_end[mine] = moved.state, moved.start, moved.end
        there = state < GONE
        return {
            "start": Number(self.types["start"], now_start, self.digits, there),
            "end": Number(self.types["end"], now_end, self.digits, there),
            "state": Category(self.types["state"], state),
            "clean_start": Number(self.types["clean_start"], start, self.digits),
            "clean_end": Number(self.types["clean_end"], end, self.digits),
        }

    def _of_text(self, column: Column, table: PieceTable) -> tuple[Spans, Ints, Ints]:
        if not isinstance(column, Written | Rewritten):
            raise TypeError(f"a {column.type.kind} has no spans")
        spans = column.spans
        valid = column.written.valid if isinstance(column, Rewritten) else column.valid
        if valid is not None:
            spans = spans.take(np.flatnonzero(valid[spans.row]))
        return spans, *code_points(table.lengths(), column.rows, spans)


def _named(block: Block, names: tuple[str, ...]) -> FieldType:
    return FieldType("category", Vocabulary(names), block)


def digest_of(texts: Sequence[str | None], seals: Sequence[int] = ()) -> str:
    """Return what tells texts from others, and edits with these seals: the first 64 bits of a SHA-256 over them, in hex."""
    own = hashlib.sha256()
    for text in texts:
        own.update(b"\1" if text is None else b"\0" + text.encode())
    own.update("".join(f" {seal}" for seal in seals).encode())
    return own.hexdigest()[:16]


def digests(fields: Sequence[str], columns: Sequence[pa.Array], edits: Children | None) -> pa.Array:
    """Return for each record the fields and the digest of their texts, and of the edits that it has in the answer key."""
    before = ",".join(fields) + ":"
    rows = zip(*(column.to_pylist() for column in columns), strict=True)
    if edits is None:
        return pa.array([before + digest_of(texts) for texts in rows], pa.large_string())
    seals, bounds = edits.numbers(SEAL).tolist(), edits.offsets.tolist()
    made = [before + digest_of(texts, seals[slice(*own)]) for texts, own in zip(rows, pairwise(bounds), strict=True)]
    return pa.array(made, pa.large_string())
