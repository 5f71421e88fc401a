"""Weave: fill the slots of expanded text with pieces, and note the spans that they make.

Slots are the leaves of a grammar. A `DrawnSlot` draws an entry of a vocabulary, in place. A `FactSlot` shows a column: one piece a
row, or several (numbers, moments, other texts, lists, children), spliced in by one ragged gather. A `Marker` is no text itself: it
chooses "a" or "an" or a capital for what follows, or bounds the span of a rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from treadle import draw
from treadle.columns import Category
from treadle.grammar import LEAF_ROUND
from treadle.pieces import EMPTY, Ragged, find, gather_index, place, rows_of, splice, stack, starts
from treadle.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from treadle.batch import Scope
    from treadle.grammar import Grammar
    from treadle.pieces import Block, Ids, Ints, Part

    States = NDArray[np.uint64]


@dataclass(frozen=True)
class Parts:
    """The parts of a vocabulary by the values of a field: the first entry of each and their number, shapes (n_values,)."""

    by: str
    first: Ints
    count: Ints


@dataclass(frozen=True)
class DrawnSlot:
    """An entry of a vocabulary, drawn where it stands; `shown` is the block of modified entries, `raw` that of the plain ones.

    One with a number `held` from 0 on is drawn once a text: the same wherever slots of that number stand.
    """

    shown: Block
    raw: Block
    threshold: NDArray[np.uint64]
    other: Ints
    label: int
    held: int = -1
    parts: Parts | None = None


@dataclass(frozen=True)
class SlotRows:
    """What a fact slot shows for each row: pieces, the canonical value where the whole is one span, and spans inside it."""

    shown: Ragged
    value: Ragged | None
    inner: Spans
    valid: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class FactSlot:
    """A column shown in a text."""

    read: Callable[[Scope, bool], SlotRows]  # (scope of any depth, with spans?)
    label: int


@dataclass(frozen=True)
class Marker:
    """`a`, `cap`, `open` or `close`; `site` pairs an opening with its closing."""

    kind: str
    site: int = 0
    label: int = -1


Leaf: TypeAlias = DrawnSlot | FactSlot | Marker
"""What the leaves of a grammar are."""


@dataclass(frozen=True)
class PieceForms:
    """Facts about the pieces that can follow a marker: the article before each, and each with a capital; made at compile time."""

    articles: Ids
    capitals: Ids

    @classmethod
    def none(cls) -> PieceForms:
        """Return the forms of a text without such markers."""
        return cls(np.zeros(0, np.int32), np.zeros(0, np.int32))


class Weaver:
    """Expands and fills one text field."""

    def __init__(self, grammar: Grammar, key: int, forms: PieceForms) -> None:
        """Take compiled tables, the key of the field's stream, and the piece forms that its markers need."""
        self.grammar, self.key, self.forms = grammar, key, forms
        self._drawn = [slot if isinstance(slot, DrawnSlot) else None for slot in grammar.slots]
        self._facts = [slot for slot in grammar.slots if isinstance(slot, FactSlot)]
        self._fact_number = _numbering(grammar.slots, FactSlot)
        self._drawn_number = _numbering(grammar.slots, DrawnSlot)
        self._label = np.array([slot.label for slot in grammar.slots], np.int32)
        self._vocabularies = _Vocabularies([slot for slot in self._drawn if slot is not None])
        self._markers = {n: slot for n, slot in enumerate(grammar.slots) if isinstance(slot, Marker)}
        closing = {marker.site: n for n, marker in self._markers.items() if marker.kind == "close"}
        self._sites = [
            (n, closing[marker.site])
            for n, marker in self._markers.items()
            if marker.kind == "open" and marker.label >= 0
        ]
        self._marks = {
            kind: np.array([isinstance(slot, Marker) and slot.kind == kind for slot in grammar.slots], np.bool_)
            for kind in ("a", "cap")
        }

    def weave(self, scope: Scope, *, trace: bool) -> tuple[Ragged, Spans]:
        """Return the text of every row as pieces, and its spans where `trace` asks for them."""
        states, groups = scope.states(self.key), self._vocabularies.groups(scope)
        filled = [slot.read(scope, trace) for slot in self._facts]
        if self.grammar.is_flat and not self._markers:
            return self._place(states, groups, filled, trace=trace)
        symbols, places = self.grammar.expand(states, scope), None
        if self.grammar.has_late:
            places = self._drawn_places(symbols)
            symbols = self.grammar.settle(symbols, states, scope)
        return self._fill(symbols, places, states, groups, filled, trace=trace)

    def _drawn_places(self, symbols: Ragged) -> Ints:
        """Return where in its row each drawn slot stands, in order: what its draw is keyed by, before late rules move it."""
        ids = symbols.ids
        is_leaf = (ids < 0) & (ids >= -len(self.grammar.slots))
        is_leaf[is_leaf] = self._drawn_number[-ids[is_leaf].astype(np.int64) - 1] >= 0
        at, before = find(is_leaf, symbols.offsets)
        return at - symbols.offsets[rows_of(before)]

    def _place(self, states: States, groups: Ints, filled: list[SlotRows], *, trace: bool) -> tuple[Ragged, Spans]:
        """Take the short way for a text without rules: its parts stand side by side in every row."""
        parts: list[Part] = []
        values: list[SlotRows | None] = []
        for position, symbol in enumerate(self.grammar.root.tolist()):
            slot = -symbol - 1
            if symbol >= 0:
                parts.append(symbol)
            elif self._drawn_number[slot] >= 0:
                at = np.full(len(states), LEAF_ROUND + position)
                which = np.full(len(states), self._drawn_number[slot])
                codes = self._vocabularies.draw(states, at, which, np.arange(len(states)), groups)
                parts.append((codes + self._drawn[slot].shown.base).astype(np.int32))
                values.append(
                    SlotRows(Ragged.single(codes), Ragged.single(codes + self._drawn[slot].raw.base), Spans.none())
                )
                continue
            else:
                parts.append(filled[self._fact_number[slot]].shown)
            values.append(None if symbol >= 0 else filled[self._fact_number[slot]])
        rows, places = place(parts, len(states))
        if not trace:
            return rows, Spans.none()
        everything = np.arange(len(states))
        spans = []
        for symbol, shown, begin in zip(self.grammar.root.tolist(), values, places, strict=True):
            if shown is not None:
                spans += _slot_spans(shown, everything, begin, int(self._label[-symbol - 1]))
        return rows, Spans.together(spans)

    def _fill(
        self,
        symbols: Ragged,
        places: Ints | None,
        states: States,
        groups: Ints,
        filled: list[SlotRows],
        *,
        trace: bool,
    ) -> tuple[Ragged, Spans]:
        leaf, before = find(symbols.ids < 0, symbols.offsets)
        row = rows_of(before)
        slot = -symbols.ids[leaf].astype(np.int64) - 1
        fact, drawn = self._fact_number[slot], self._drawn_number[slot]
        is_drawn = np.flatnonzero(drawn >= 0)
        at, which, drawn_row = leaf[is_drawn], drawn[is_drawn], row[is_drawn]
        places = at - symbols.offsets[drawn_row] if places is None else places
        codes = self._vocabularies.draw(states[drawn_row], places + LEAF_ROUND, which, drawn_row, groups)
        symbols.ids[at] = codes + self._vocabularies.shown[which]
        symbols.ids[leaf[(fact < 0) & (drawn < 0)]] = EMPTY
        is_fact, facts_before = find(fact >= 0, before)
        shown = fact[is_fact] * len(symbols) + row[is_fact]
        rows, where = _splice(symbols, filled, leaf[is_fact], facts_before, shown)
        if not trace and not self._markers:
            return rows, Spans.none()
        begin = where(leaf)
        if self._markers:
            rows = self._mark(rows, slot, begin)
        if not trace:
            return rows, Spans.none()
        spans = self._drawn_spans(slot[is_drawn], begin[is_drawn], drawn_row, codes + self._vocabularies.raw[which])
        for number, each in enumerate(self._facts):
            mine = is_fact[fact[is_fact] == number]
            spans += _slot_spans(filled[number], row[mine], begin[mine], each.label)
        spans += self._rule_spans(slot, begin, row, rows)
        return rows, Spans.together(spans)

    def _mark(self, rows: Ragged, slot: Ints, begin: Ints) -> Ragged:
        """Write articles and capitals: each marker looks at the next piece that is not empty."""
        ids = rows.ids.copy()
        for kind in ("a", "cap"):  # an article may be what gets the capital
            at = begin[self._marks[kind][slot]]
            if not at.size:
                continue
            following, last = at + 1, rows.offsets[np.searchsorted(rows.offsets, at, side="right")] - 1
            while True:
                on = (following < last) & (ids[np.minimum(following, last)] == EMPTY)
                if not on.any():
                    break
                following = following + on
            following = np.minimum(following, last)
            if kind == "cap":
                ids[following] = self.forms.capitals[ids[following]]
            else:
                ids[at] = self.forms.articles[ids[following]]
        return replace(rows, ids=ids)

    def _drawn_spans(self, slot: Ints, begin: Ints, row: Ints, raw: Ints) -> list[Spans]:
        label = self._label[slot]
        kept = np.flatnonzero(label >= 0)
        begin = begin[kept]
        return [Spans(row[kept], begin, begin + 1, label[kept], Ragged.single(raw[kept]))] if kept.size else []

    def _rule_spans(self, slot: Ints, begin: Ints, row: Ints, rows: Ragged) -> list[Spans]:
        """Pair the markers of each site; the canonical value of a rule's span is its surface."""
        spans = []
        for number, end in self._sites:
            opened, closed = slot == number, slot == end
            first, stop = begin[opened] + 1, begin[closed]
            offsets = starts(stop - first)
            source = (first - offsets[:-1])[rows_of(offsets)] + np.arange(offsets[-1])
            label = np.full(len(first), self._markers[number].label, np.int32)
            spans.append(Spans(row[opened], first, stop, label, Ragged(rows.ids[source], offsets)))
        return spans


class _Vocabularies:
    """The alias tables of all drawn slots of a text, end to end."""

    def __init__(self, slots: list[DrawnSlot]) -> None:
        count = [slot.shown.count for slot in slots]
        self.first = starts(np.array(count, np.int64))[:-1] if slots else np.zeros(0, np.int64)
        self.threshold = np.concatenate([slot.threshold for slot in slots]) if slots else np.zeros(0, np.uint64)
        self.other = np.concatenate([slot.other for slot in slots]) if slots else np.zeros(0, np.int64)
        self.shown = np.array([slot.shown.base for slot in slots], np.int64)
        self.raw = np.array([slot.raw.base for slot in slots], np.int64)
        self.held = np.array([slot.held for slot in slots], np.int64)
        self.holds = bool((self.held >= 0).any())
        self._fields = sorted({slot.parts.by for slot in slots if slot.parts is not None})
        number = {name: place for place, name in enumerate(self._fields, start=1)}
        self.field = np.array([number[slot.parts.by] if slot.parts is not None else 0 for slot in slots], np.int64)
        whole = [(np.zeros(1, np.int64), np.array([slot.shown.count])) for slot in slots]
        bounds = [
            (slot.parts.first, slot.parts.count) if slot.parts is not None else each
            for slot, each in zip(slots, whole, strict=True)
        ]
        self.part = (
            starts(np.array([len(first) for first, _ in bounds], np.int64))[:-1] if slots else np.zeros(0, np.int64)
        )
        self.part_first = np.concatenate([first for first, _ in bounds]) if slots else np.zeros(0, np.int64)
        self.part_count = (
            np.concatenate([count for _, count in bounds]).astype(np.uint64) if slots else np.zeros(0, np.uint64)
        )

    def groups(self, scope: Scope) -> Ints:
        """Return the codes of the fields that choose parts, shape (n_fields + 1, n_rows); the first row is of no field."""
        if not self._fields:
            return np.zeros((1, 0), np.int64)
        codes = [scope.get(name, Category).codes for name in self._fields]
        found: Ints = np.stack([np.zeros(len(scope), np.int64), *codes])
        return found

    def draw(self, states: States, slot: Ints, which: Ints, row: Ints, groups: Ints) -> Ints:
        """Draw a code for each (state, slot key) from the vocabulary `which`, of the part that the row's fields choose."""
        if not len(which):
            return np.zeros(0, np.int64)
        if self.holds:
            held = self.held[which]
            slot = np.where(held >= 0, held + 2 * LEAF_ROUND, slot)
        random = draw.bits(states, slot)
        part = self.part[which]
        if self._fields:
            part += groups[self.field[which], row]
        code = (((random >> draw.U64(32)) * self.part_count[part]) >> draw.U64(32)).astype(np.int64) + self.part_first[
            part
        ]
        column = self.first[which] + code
        keep = (random & draw.U64(0xFFFFFFFF)) < self.threshold[column]
        return np.where(keep, code, self.other[column])


def _numbering(slots: list[Leaf], kind: type[Leaf]) -> Ints:
    """Return the number of each slot among those of one kind; -1 for the others."""
    numbers, count = [], 0
    for slot in slots:
        numbers.append(count if isinstance(slot, kind) else -1)
        count += isinstance(slot, kind)
    return np.array(numbers, np.int64)


def _splice(
    symbols: Ragged, filled: list[SlotRows], at: Ints, before: Ints, which: Ints
) -> tuple[Ragged, Callable[[Ints], Ints]]:
    """Put the pieces of fact slots in place of the symbols `at`; return the rows, and where each old symbol now begins.

    `which` numbers the rows of all slots end to end.
    """
    shown = [each.shown for each in filled]
    if not at.size or all(each.width == 1 for each in shown):
        if at.size:
            symbols.ids[at] = np.concatenate([each.ids for each in shown])[which]
        return symbols, lambda places: places
    return splice(symbols, at, before, stack(shown), which)


def _slot_spans(shown: SlotRows, row: Ints, begin: Ints, label: int) -> list[Spans]:
    """Return the spans that a slot shown in the rows `row`, each from the piece `begin` on, leaves in the text."""
    if shown.valid is not None:
        present = np.flatnonzero(shown.valid[row])
        row, begin = row[present], begin[present]
    spans = []
    if shown.value is not None and len(row) and label >= 0:
        stop = begin + shown.shown.lengths()[row]
        spans.append(Spans(row, begin, stop, np.full(len(row), label, np.int32), shown.value.take(row)))
    if len(shown.inner):
        spans.append(_moved(shown, row, begin))
    return spans


def _moved(shown: SlotRows, row: Ints, begin: Ints) -> Spans:
    """Move the spans inside a slot's rows to where those rows stand in the text, once for each time they stand there."""
    inner = shown.inner
    per_row = starts(np.bincount(inner.row, minlength=len(shown.shown)).astype(np.int64))
    chosen, offsets = gather_index(per_row, row)
    owner = rows_of(offsets)
    shift = (begin - shown.shown.offsets[row])[owner]
    moved = inner.take(chosen)
    return Spans(row[owner], moved.first + shift, moved.stop + shift, moved.label, moved.value)
