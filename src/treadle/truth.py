"""Truth: the spans of a batch's texts as one column of children, ready for any sink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from treadle.batch import Rows
from treadle.columns import Category, Children, FieldType, Number, Written
from treadle.pieces import code_points, stack, starts
from treadle.vocabularies import Vocabulary

if TYPE_CHECKING:
    from treadle.batch import Batch
    from treadle.columns import Column
    from treadle.pieces import Block, Ints, PieceTable, Spans
    from treadle.printing import Digits

COLUMN = "spans"
_FIELDS = ("field", "start", "end", "type", "value", "fact")


@dataclass(frozen=True)
class SpanTables:
    """The names that spans refer to, as blocks of a plan's table: text fields, entity types and facts of the span labels."""

    texts: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    types: dict[str, FieldType]
    digits: Digits

    @classmethod
    def of(cls, table: PieceTable, digits: Digits, texts: tuple[str, ...], labels: list[tuple[str, str]]) -> SpanTables:
        """Add the names to the table."""
        named = {
            "field": texts,
            "type": tuple(entity for entity, _ in labels),
            "fact": tuple(fact for _, fact in labels),
        }
        types = {name: _named(table.block(names or ("",)), names or ("",)) for name, names in named.items()}
        types |= {"start": FieldType("number"), "end": FieldType("number"), "value": FieldType("text")}
        types["fact"] = FieldType("category", types["fact"].vocabulary, types["fact"].block, nullable=True)
        return cls(texts, tuple(labels), {name: types[name] for name in _FIELDS}, digits)

    @property
    def type(self) -> FieldType:
        """The type of the spans column."""
        return FieldType("children", children=self.types, columns=_FIELDS)

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
        return Children(self.type, Rows(columns), starts(np.bincount(row, minlength=len(batch)).astype(np.int64)))

    def _of_text(self, column: Column, table: PieceTable) -> tuple[Spans, Ints, Ints]:
        if not isinstance(column, Written):
            raise TypeError(f"a {column.type.kind} has no spans")
        spans = column.spans
        if column.valid is not None:
            spans = spans.take(np.flatnonzero(column.valid[spans.row]))
        return spans, *code_points(table.lengths(), column.rows, spans)


def _named(block: Block, names: tuple[str, ...]) -> FieldType:
    return FieldType("category", Vocabulary(names), block)
