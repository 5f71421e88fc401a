"""The answer key: the edits of a batch as a column beside its spans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from treadle.batch import Rows
from treadle.columns import Category, Children, FieldType, Number, Rewritten
from treadle.corrupt.operators import EFFECTS, FAMILIES
from treadle.corrupt.seals import NULL, SEAL, TEXTS, WORDS, hashes_of, seals
from treadle.corrupt.table import names_of
from treadle.pieces import starts
from treadle.vocabularies import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from treadle.columns import Column
    from treadle.edits import Edits
    from treadle.pieces import Ints, PieceTable
    from treadle.printing import Digits

COLUMN = "edits"
"""The column that holds the edits of each record."""
_WORDS = ("field", "operator", "family", "label_effect")
_NUMBERS = ("pass", "start", "end", "place", "final_start", "final_end")
_NULLABLE = {"place", "final_start", "final_end"}
_ORDER = (
    "field", "pass", "start", "end", "place", "before", "after", "operator", "family", "severity", "label_effect",
    "final_start", "final_end", SEAL,
)  # fmt: skip
PLACES = 4
"""Decimal places of a severity."""


@dataclass(frozen=True)
class AnswerKey:
    """The words that edits refer to, as blocks of a plan's table."""

    fields: tuple[str, ...]
    types: dict[str, FieldType]
    digits: Digits
    severity: int

    @classmethod
    def of(cls, table: PieceTable, digits: Digits, fields: Sequence[str], severity: float) -> AnswerKey:
        """Add the words to the table."""
        words = {"field": tuple(fields), "operator": tuple(names_of()), "family": FAMILIES, "label_effect": EFFECTS}
        types = {
            name: FieldType("category", Vocabulary(entries), table.block(entries)) for name, entries in words.items()
        }
        types |= {name: FieldType("number", nullable=name in _NULLABLE) for name in (*_NUMBERS, SEAL)}
        types |= {"before": FieldType("text"), "after": FieldType("text")}
        types["severity"] = FieldType("number", places=PLACES, blocks=digits.first_blocks)
        return cls(tuple(fields), {name: types[name] for name in _ORDER}, digits, round(severity * 10**PLACES))

    @property
    def type(self) -> FieldType:
        """The type of the column."""
        return FieldType("children", children=self.types, columns=_ORDER)

    def column(self, edits: Mapping[str, Edits], records: Ints) -> Children:
        """Return the edits of each record, by field, pass and place, from the edits of each field."""
        tables = [edits[name].table for name in self.fields if name in edits]
        counts = [len(table) for table in tables]
        total = sum(counts)
        field = np.repeat([code for code, name in enumerate(self.fields) if name in edits], counts).astype(np.int64)
        if not total:
            return Children(self.type, Rows(self._nothing()), np.zeros(len(records) + 1, np.int64))
        table = pa.concat_tables(tables)
        row = np.searchsorted(records, _ints(table, "record"))
        order = np.lexsort((_ints(table, "end"), _ints(table, "start"), _ints(table, "pass"), field, row))
        table = table.take(pa.array(order))
        columns: dict[str, Column] = {"field": Category(self.types["field"], field[order])}
        for name in _NUMBERS:
            there = ~table.column(name).combine_chunks().is_null().to_numpy(zero_copy_only=False)
            columns[name] = Number(
                self.types[name], _ints(table, name), self.digits, there if name in _NULLABLE else None
            )
        for name in _WORDS[1:]:
            values = self.types[name].values
            codes = pa.compute.index_in(table.column(name), pa.array(values.texts())).to_numpy().astype(np.int64)
            columns[name] = Category(self.types[name], codes)
        for name in ("before", "after"):
            columns[name] = Rewritten.whole(table.column(name).combine_chunks().cast(pa.large_string()))
        columns["severity"] = Number(self.types["severity"], np.full(total, self.severity), self.digits)
        columns[SEAL] = Number(self.types[SEAL], self._seals(row[order], field[order], table), self.digits)
        offsets = starts(np.bincount(row, minlength=len(records)).astype(np.int64))
        return Children(self.type, Rows({name: columns[name] for name in _ORDER}), offsets)

    def _seals(self, row: Ints, field: Ints, table: pa.Table) -> Ints:
        """Return the seals of edits in the order in which they are written, by the row and the field of each."""
        operator = self.types["operator"].values
        codes = pa.compute.index_in(table.column("operator"), pa.array(operator.texts())).to_numpy()
        words = {
            name: hashes_of(pa.array(texts, pa.large_string()))[which]
            for name, texts, which in zip(WORDS, (self.fields, operator.texts()), (field, codes), strict=True)
        }
        numbers = {name: _ints(table, name, NULL) for name in _NUMBERS}
        texts = {name: table.column(name).combine_chunks().cast(pa.large_string()) for name in TEXTS}
        return seals(row, words, numbers, texts)

    def _nothing(self) -> dict[str, Column]:
        none = np.zeros(0, np.int64)
        made: dict[str, Column] = {}
        for name in _ORDER:
            if name in _WORDS:
                made[name] = Category(self.types[name], none)
            elif name in {"before", "after"}:
                made[name] = Rewritten.whole(pa.array([], pa.large_string()))
            else:
                valid = np.zeros(0, np.bool_) if name in _NULLABLE else None
                made[name] = Number(self.types[name], none, self.digits, valid)
        return made


def _ints(table: pa.Table, name: str, null: int = 0) -> Ints:
    values: Ints = table.column(name).fill_null(null).to_numpy().astype(np.int64)
    return values
