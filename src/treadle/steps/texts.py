"""The step of woven texts: compiles templates and rules, and resolves their slots against fields and vocabularies."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from treadle import draw
from treadle.building import Builder
from treadle.columns import Category, Children, FieldType, Lists, Moment, Written
from treadle.conditions import Condition, compile_condition
from treadle.errors import RecipeError, unknown
from treadle.grammar import Bound
from treadle.held import printed
from treadle.notation import Place, named_rules, parse_rules
from treadle.pieces import EMPTY, Block, Ragged, place, regroup, rows_of, separators
from treadle.printing import MomentFormat
from treadle.spans import Spans
from treadle.steps.marks import forms_of, pieces_of, runs_of
from treadle.steps.modifiers import MODIFIERS, chain, rewritten
from treadle.steps.prompts import note_facts
from treadle.weave import DrawnSlot, FactSlot, Marker, Parts, PieceForms, SlotRows, Weaver

if TYPE_CHECKING:
    from treadle import declarations
    from treadle.batch import Scope
    from treadle.compiling import Compiling, Run
    from treadle.declarations import Alternatives, By, Rules
    from treadle.notation import Branches, Modifier, Rule, Slot
    from treadle.pieces import Ids, Ints
    from treadle.vocabularies import Vocabulary
    from treadle.weave import Leaf


def text(context: Compiling, name: str, field: declarations.Text) -> tuple[FieldType, Run]:
    """Compile one woven text."""
    compiler = _TextCompiler(context, name, field)
    if field.prompt is not None:
        context.beside(partial(note_facts, context, name, field.prompt))
    weaver = compiler.weaver()
    kind = FieldType("text", blocks=tuple(compiler.blocks))

    def run(scope: Scope) -> Written:
        rows, spans = weaver.weave(scope, trace=scope.trace)
        return Written(kind, rows, spans)

    return kind, run


class _TextCompiler:
    """Resolves what the grammar builder asks for, and remembers which pieces the text can hold."""

    def __init__(self, context: Compiling, name: str, field: declarations.Text) -> None:
        self.context, self.name, self.field = context, name, field
        self.blocks: set[Block] = set()
        self.drawn: set[Block] = set()
        self.uses_marks = False
        self.place = Place(
            f"{field.origin}, field {context.path(name)!r}" if field.origin else f"field {context.path(name)!r}"
        )

    def weaver(self) -> Weaver:
        shared, own = self.context.recipe.named_rules, self.field.rules
        rules = {**rules_of(self.context, shared), **rules_of(self.context, own)}
        builder = Builder(
            self.context.table,
            rules,
            self.resolve,
            self.branch,
            self.choose,
            self.marker,
            rewritten,
            self.context.problems,
            self.place,
            lambda leaf: isinstance(leaf, DrawnSlot),
        )
        grammar = builder.build(self.field.template)
        forms, more = forms_of(self.context.table, grammar, self.blocks) if self.uses_marks else (PieceForms.none(), ())
        self.blocks |= {*more, *self.drawn, *(Block(piece, 1) for piece in builder.literals)}
        return Weaver(grammar, self.context.key(self.name), forms)

    def marker(self, kind: str, slot: Slot, site: int) -> Marker:
        if kind in {"open", "close"}:
            return Marker(kind, site, self.context.label(slot.entity, None) if kind == "open" else -1)
        self.uses_marks = True
        return Marker(kind)

    def branch(self, node: Branches) -> Bound:
        conditions, varies = self.context.watched(partial(self._conditions, node))

        def bound(scope: Scope) -> np.ndarray:
            taken = np.full(len(scope), len(conditions), np.int64)
            for number in range(len(conditions) - 1, -1, -1):
                taken[conditions[number].test(scope)] = number
            return taken

        return Bound(bound, varies)

    def _conditions(self, node: Branches) -> list[Condition]:
        conditions = []
        for condition in node.conditions:
            try:
                conditions.append(compile_condition(condition, self.context.types, node.where))
            except RecipeError as error:
                self.context.problems.extend(error.problems)
        return conditions

    def choose(self, chosen: By, where: str) -> tuple[Bound, list[str]]:
        kind = self.context.types.get(chosen.field)
        if kind is None:
            self.context.problems.add(unknown("field", chosen.field, self.context.types), where)
        if kind is None or kind.kind != "category" or kind.vocabulary is None:
            if kind is not None:
                self.context.problems.add(
                    f"by({chosen.field!r}) needs a choice or quota field, not a {kind.kind}", where
                )
            return Bound(lambda scope: np.zeros(len(scope), np.int64)), []
        values, cases = kind.vocabulary.texts(), dict(chosen.cases)
        known = set(values)
        for value in cases:
            if value not in known:
                self.context.problems.add(unknown(f"value of {chosen.field}", value, values), where)
        missing = [value for value in values if value not in cases]
        if missing:
            self.context.problems.add(
                f"by({chosen.field!r}) has no case for {', '.join(map(repr, missing[:5]))}: give each value one", where
            )

        def bound(scope: Scope) -> Ints:
            column = scope.get(chosen.field, Category)
            return column.codes if column.valid is None else np.where(column.valid, column.codes, len(values))

        return Bound(bound, self.context.varies(chosen.field)), values

    def resolve(self, slot: Slot) -> Leaf:
        wrong = [modifier.name for modifier in slot.modifiers if modifier.name not in MODIFIERS]
        if wrong:
            self.context.problems.add(unknown("modifier", wrong[0], MODIFIERS), slot.where)
        head, _, tail = slot.name.partition(".")
        kind = self.context.types.get(head)
        try:
            if kind is not None and slot.held:
                told = f"{head!r} is a field, the same wherever it stands: leave #{slot.held} out"
                raise RecipeError(f"{{{slot.name}#{slot.held}}}: {told}")  # noqa: TRY301  # collected with the others below
            if kind is not None:
                return self._fact(slot, head, tail, kind)
            if slot.name in self.context.recipe.vocabularies:
                return self._drawn(slot)
            known = [
                *self.context.types,
                *self.context.recipe.vocabularies,
                *dict(self.field.rules.named),
                *dict(self.context.recipe.named_rules.named),
            ]
            raise RecipeError(f"the template names a missing slot: {unknown('slot', slot.name, known)}")  # noqa: TRY301  # collected with the others below
        except RecipeError as error:
            for problem in error.problems:
                self.context.problems.add(problem.message, problem.where or slot.where)
            return Marker("missing")

    def _drawn(self, slot: Slot) -> DrawnSlot:
        listed = self.context.vocabulary(slot.name)
        texts = listed.texts()
        for modifier in slot.modifiers:
            self._refuse(modifier, {"join", "date"}, slot.name)
        for modify in chain(slot.modifiers, listed):
            texts = list(map(modify, texts))
        shown, raw = self.context.table.block(texts), self.context.table.block(listed.texts())
        self.drawn |= {shown}
        threshold, other = draw.alias_table(listed.weights or (1,) * len(listed))
        held = draw.path_key(0, slot.name, slot.held) >> 33 if slot.held else -1
        label = self.context.label(slot.entity or slot.name, None)
        return DrawnSlot(shown, raw, threshold, other, label, held, self._parts(listed))

    def _parts(self, listed: Vocabulary) -> Parts | None:
        """Return what chooses the part of a vocabulary that has one for each value of a field."""
        if not listed.by:
            return None
        values = self.context.category(listed.by, self.name).values.texts()
        told = {value: (first, count) for value, first, count in listed.parts}
        missing = [value for value in values if value not in told]
        if missing:
            raise RecipeError(
                f"a vocabulary parted by {listed.by!r} has no list for {', '.join(map(repr, missing[:5]))}"
            )
        bounds = np.array([told[value] for value in values], np.int64)
        return Parts(listed.by, bounds[:, 0], bounds[:, 1])

    def _refuse(self, modifier: Modifier, refused: set[str], name: str) -> None:
        if modifier.name in refused:
            raise RecipeError(
                f"modifier |{modifier.name} does not fit {name!r}: |join needs a list, |date a date or a clock"
            )

    def _fact(self, slot: Slot, head: str, tail: str, kind: FieldType) -> FactSlot:
        if kind.kind == "children":
            return self._children(slot, head, tail, kind)
        if tail:
            raise RecipeError(f"{head!r} has no field {tail!r}: only children made by `each` have fields of their own")
        label = self.context.label(slot.entity or self.context.entity(head) or head, head)
        shape = next((modifier for modifier in slot.modifiers if modifier.name == "date"), None)
        if kind.kind == "object":
            raise RecipeError(f"{head!r} is an object: name one of its fields, as in {{{kind.columns[0]}}}")
        if kind.kind == "list":
            return self._list(slot, head, kind, label)
        if any(modifier.name == "join" for modifier in slot.modifiers):
            raise RecipeError(f"modifier |join does not fit {head!r}: it needs a list or children")
        if shape is not None:
            return self._dated(head, kind, shape, label)
        if kind.kind != "category" and any(modifier.name == "plural" for modifier in slot.modifiers):
            raise RecipeError(f"modifier |plural does not fit {head!r}: it needs a choice or a list, not a {kind.kind}")
        self.blocks |= set(kind.blocks)
        pieces = self._map(kind, slot.modifiers)

        def read(scope: Scope, trace: bool) -> SlotRows:  # noqa: FBT001  # the protocol of FactSlot
            column = scope.column(head)
            plain = _blanked(printed(column), column.valid)
            inner = column.spans if trace and isinstance(column, Written) else Spans.none()
            return SlotRows(plain.mapped(pieces), plain, inner, column.valid)

        return FactSlot(read, label)

    def _dated(self, head: str, kind: FieldType, shape: Modifier, label: int) -> FactSlot:
        if not (kind.kind == "moment" or kind.dates) or len(shape.arguments) != 1:
            raise RecipeError(
                f'modifier |date("format") needs a date or a clock and one format, and {head!r} is a {kind.kind}'
            )
        table = self.context.table
        formatted = MomentFormat(shape.arguments[0], table)
        block = table.block(formatted.texts(table, np.array(kind.numbers, np.int64))) if kind.dates else None
        if block is not None:
            self.blocks |= {block}

        def read(scope: Scope, trace: bool) -> SlotRows:  # noqa: FBT001, ARG001  # the protocol of FactSlot
            column: Category | Moment
            if block is None:
                column = scope.get(head, Moment)
                shown = formatted.print(column.values)
            else:
                column = scope.get(head, Category)
                shown = Ragged.single(column.codes + block.base)
            return SlotRows(_blanked(shown, column.valid), column.printed(), Spans.none(), column.valid)

        return FactSlot(read, label)

    def _list(self, slot: Slot, head: str, kind: FieldType, label: int) -> FactSlot:
        between, last = self._separators(slot)
        self.blocks |= set(kind.blocks)
        pieces = self._map(kind, slot.modifiers)

        def read(scope: Scope, trace: bool) -> SlotRows:  # noqa: FBT001  # the protocol of FactSlot
            column = scope.get(head, Lists)
            items = column.items()
            joined, places = place([separators(column.offsets, between, last), items.mapped(pieces)], len(items))
            inner = Spans.none()
            if trace and label >= 0 and len(items):
                inner = Spans(column.row, places[1], places[1] + 1, np.full(len(items), label, np.int32), items)
            return SlotRows(regroup(joined, column.offsets), None, inner, column.valid)

        return FactSlot(read, label)

    def _children(self, slot: Slot, head: str, tail: str, kind: FieldType) -> FactSlot:
        texts = [name for name, each in kind.children.items() if each.kind == "text"]
        name = tail or (texts[0] if len(texts) == 1 else "")
        if name not in kind.children:
            raise RecipeError(
                f"{{{slot.name}}} needs a field of these children, as in {{{head}.{(texts or list(kind.children))[0]}}}: "
                f"{unknown('field', name or '?', kind.children)}"
            )
        child = kind.children[name]
        if child.kind in {"list", "children"}:
            raise RecipeError(
                f"{{{slot.name}}} is a {child.kind}: write a text among the children that shows it, and name that"
            )
        entity = slot.entity or self.context.entity(f"{head}.{name}") or name
        label = self.context.label(entity, f"{head}.{name}")
        between, last = self._separators(slot)
        self.blocks |= set(child.blocks)
        pieces = self._map(child, slot.modifiers)

        def read(scope: Scope, trace: bool) -> SlotRows:  # noqa: FBT001  # the protocol of FactSlot
            return _joined_children(scope.get(head, Children), name, (between, last), pieces, label if trace else None)

        return FactSlot(read, label)

    def _separators(self, slot: Slot) -> tuple[int, int | None]:
        """Return the pieces between items and before the last one: `a, b and c` unless |join says otherwise."""
        table = self.context.table
        joins = [modifier.arguments for modifier in slot.modifiers if modifier.name == "join"]
        arguments = joins[-1] if joins else ()
        if not arguments:
            arguments = (", ", " and ")
        if len(arguments) > 2:
            raise RecipeError(
                '|join takes the text between items and, if it differs, the text before the last: |join(", ", " or ")'
            )
        ids = [table.add(each) for each in arguments]
        self.blocks |= {Block(i, 1) for i in ids}
        return ids[0], ids[1] if len(ids) == 2 else None

    def _map(self, kind: FieldType, modifiers: tuple[Modifier, ...]) -> Ids | None:
        """Return a map from each piece that a column can hold to its modified form; None where nothing changes."""
        if kind.vocabulary is None and any(modifier.name == "as" for modifier in modifiers):
            raise RecipeError(f"modifier |as needs a choice or a list, and this is a {kind.kind}")
        changes = chain(modifiers, kind.vocabulary)
        if not changes:
            return None
        table = self.context.table
        reachable = pieces_of(kind.blocks, len(table))
        written = [table.texts[i] for i in reachable.tolist()]
        for modify in changes:
            written = list(map(modify, written))
        changed = np.array([table.add(text) for text in written], np.int32)
        pieces = np.arange(len(table), dtype=np.int32)
        pieces[reachable] = changed
        self.blocks |= runs_of(changed)
        return pieces


def _joined_children(
    column: Children, name: str, between: tuple[int, int | None], pieces: Ids | None, label: int | None
) -> SlotRows:
    """Run the texts of each row's children together, and move the spans inside them along."""
    child = column.rows.columns[name]
    plain = _blanked(printed(child), child.valid)
    rows = plain.mapped(pieces)
    joined, places = place([separators(column.offsets, *between), rows], len(rows))
    shown = regroup(joined, column.offsets)
    if label is None:
        return SlotRows(shown, None, Spans.none(), column.valid)
    parent = rows_of(column.offsets)
    if isinstance(child, Written):
        spans = child.spans
        shift = places[1][spans.row] - rows.offsets[spans.row]
        moved, owner = (
            Spans(parent[spans.row], spans.first + shift, spans.stop + shift, spans.label, spans.value),
            spans.row,
        )
    elif label < 0:
        return SlotRows(shown, None, Spans.none(), column.valid)
    else:
        moved = Spans(parent, places[1], places[1] + rows.lengths(), np.full(len(rows), label, np.int32), plain)
        owner = np.arange(len(rows))
    if child.valid is not None:
        moved = moved.take(np.flatnonzero(child.valid[owner]))
    return SlotRows(shown, None, moved, column.valid)


def _blanked(rows: Ragged, valid: np.ndarray | None) -> Ragged:
    """Return rows in which absent values are empty."""
    if valid is None or valid.all():
        return rows
    ids = np.where(valid[rows_of(rows.offsets)], rows.ids, np.int32(EMPTY))
    return Ragged(ids, rows.offsets, rows.width)


def rules_of(context: Compiling, declared: Rules) -> dict[str, Rule | Alternatives]:
    """Return the named rules of a declaration, those of its files parsed."""
    found: dict[str, Rule | Alternatives] = dict(declared.named)
    for path, content in declared.files:
        try:
            found |= {rule.name: rule for rule in parse_rules(content, path)}
        except RecipeError as error:
            context.problems.extend(error.problems)
            found |= dict.fromkeys(named_rules(content), "")  # so that no slot is called missing besides
    return found
