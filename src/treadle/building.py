"""Building: the template notation of one text compiled to the tables of a grammar."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from treadle import draw
from treadle.declarations import By
from treadle.errors import RecipeError, VocabularyError
from treadle.grammar import DEEPEST, Bound, Grammar
from treadle.notation import Alternatives, Branches, Literal, Modifier, Place, Rule, Slot, parse
from treadle.pieces import Ragged
from treadle.vocabularies import integer_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from treadle import declarations
    from treadle.errors import Problems
    from treadle.notation import Node
    from treadle.pieces import PieceTable
    from treadle.vocabularies import Weight
    from treadle.weave import Leaf

    Body = list[tuple[str, int]]  # ("piece" | "slot" | "rule", number)


@dataclass
class Builder:
    """Compiles one text field: its root, the rules it reaches, and slots resolved by `resolve`.

    `resolve(slot)` returns a slot object (opaque here; `draws(slot)` tells whether it is drawn), `branch(conditions, where)` and
    `choose(by, where)` return bound facts.
    Case modifiers on a rule are pushed down: a rule is compiled once for each chain of them that it is used with.
    """

    table: PieceTable
    rules: Mapping[str, Rule | declarations.Alternatives]
    resolve: Callable[[Slot], Leaf]
    branch: Callable[[Branches], Bound]
    choose: Callable[[By, str], tuple[Bound, list[str]]]
    marker: Callable[[str, Slot, int], Leaf]
    rewrite: Callable[[tuple[Modifier, ...], str], str]
    problems: Problems
    place: Place
    draws: Callable[[Leaf], bool]
    bodies: list[list[Body]] = field(default_factory=list)
    weights: list[tuple[int, ...]] = field(default_factory=list)
    bindings: list[int] = field(default_factory=list)
    slots: list[Leaf] = field(default_factory=list)
    bound: list[Bound] = field(default_factory=list)
    literals: set[int] = field(default_factory=set)
    _resolved: dict[tuple[str, str, str, tuple[Modifier, ...]], int] = field(default_factory=dict)
    _compiled: dict[tuple[str, tuple[Modifier, ...]], int] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _bindings: dict[tuple[str, ...], int] = field(default_factory=dict)

    def build(self, template: declarations.Alternatives) -> Grammar:
        """Compile the root; problems are collected, and a grammar is returned all the same."""
        root = self._inlined(self._rule(template, "", self.place, ()))
        depth = self._depth()
        if depth > DEEPEST:
            self.problems.add(f"rules nest {depth} deep, more than {DEEPEST}: flatten them", self.place.source)
        return self._tables(root)

    def _inlined(self, rule: int) -> Body:
        """Return the body of a rule with one alternative, and for any other rule the rule itself."""
        return self.bodies[rule][0] if len(self.bodies[rule]) == 1 and self.bindings[rule] < 0 else [("rule", rule)]

    def _rule(
        self, alternatives: Rule | declarations.Alternatives, name: str, place: Place, case: tuple[Modifier, ...]
    ) -> int:
        """Compile alternatives in any of their forms into a rule; return its number."""
        if isinstance(alternatives, By):
            return self._by(alternatives, place, case)
        if isinstance(alternatives, str):
            return self._add([self._parsed(alternatives, place, case)], (1,))
        if isinstance(alternatives, Rule):
            bodies = [
                self._parsed(text, at, case)
                for text, at in zip(alternatives.alternatives, alternatives.places, strict=True)
            ]
            return self._add(bodies, self._weights(alternatives.weights, place))
        bodies = []
        for number, (body, _) in enumerate(alternatives, start=1):
            at = replace(place, source=f"{place.source}, alternative {number}") if len(alternatives) > 1 else place
            bodies.append(
                self._inlined(self._rule(body, name, at, case))
                if isinstance(body, By)
                else self._parsed(body, at, case)
            )
        if not bodies:
            self.problems.add(f"rule {name!r} has no alternative: give it at least one", place.source)
            return self._add([[]], (1,))
        return self._add(bodies, self._weights([weight for _, weight in alternatives], place))

    def _weights(self, weights: Sequence[Weight], place: Place) -> tuple[int, ...]:
        try:
            return integer_weights(list(weights))
        except VocabularyError as error:
            self.problems.add(str(error), place.source)
        return (1,) * len(weights)

    def _by(self, chosen: By, place: Place, case: tuple[Modifier, ...]) -> int:
        bound, order = self.choose(chosen, place.source)
        binding = self._binding(("by", chosen.field), bound)
        cases = dict(chosen.cases)
        bodies = []
        for value in order:
            at = replace(place, source=f"{place.source}, {chosen.field}={value}")
            bodies.append(self._inlined(self._rule(cases[value], value, at, case)) if value in cases else [])
        bodies.append([])  # where the field holds no value, the text says nothing
        return self._add(bodies, (1,) * len(bodies), binding=binding)

    def _binding(self, key: tuple[str, ...], bound: Bound) -> int:
        """Return the number of a fact that rules are bound to; a fact that many rules ask for is read once."""
        if key not in self._bindings:
            self._bindings[key] = len(self.bound)
            self.bound.append(bound)
        return self._bindings[key]

    def _add(self, bodies: list[Body], weights: tuple[int, ...], binding: int = -1) -> int:
        self.bodies.append(bodies)
        self.weights.append(weights)
        self.bindings.append(binding)
        return len(self.bodies) - 1

    def _parsed(self, text: str, place: Place, case: tuple[Modifier, ...]) -> Body:
        try:
            return self._body(parse(text, place), case)
        except RecipeError as error:
            self.problems.extend(problem for problem in error.problems if problem not in self.problems)
            return []

    def _body(self, nodes: Sequence[Node], case: tuple[Modifier, ...]) -> Body:
        body: Body = []
        for node in nodes:
            if isinstance(node, Literal):
                piece = self.table.add(self.rewrite(case, node.text) if case else node.text)
                self.literals.add(piece)
                body.append(("piece", piece))
            elif isinstance(node, Slot):
                body += self._slot(node, case)
            elif isinstance(node, Alternatives):
                bodies = [self._body(choice, case) for choice in node.choices]
                body.append(("rule", self._add(bodies, self._weights(node.weights, Place(node.where)))))
            else:
                body.append(("rule", self._branches(node, case)))
        return body

    def _branches(self, node: Branches, case: tuple[Modifier, ...]) -> int:
        bodies = [self._body(body, case) for body in (*node.bodies, node.otherwise)]
        binding = self._binding(("if", *node.conditions), self.branch(node))
        return self._add(bodies, (1,) * len(bodies), binding=binding)

    def _slot(self, slot: Slot, case: tuple[Modifier, ...]) -> Body:
        if not slot.modifiers:
            return self._named(slot, case) if slot.name in self.rules else [self._shared(slot, case)]
        before: Body = []
        counted = [modifier for modifier in slot.modifiers if modifier.name == "plural" and modifier.arguments]
        if counted:
            return self._counted(slot, counted[0], case)
        marks = [modifier for modifier in slot.modifiers if modifier.name in {"a", "cap"}]
        plain = tuple(modifier for modifier in slot.modifiers if modifier not in marks)
        for modifier in sorted(marks, key=lambda each: each.name, reverse=True):  # `cap` stands before what `a` becomes
            before.append(self._leaf(self.marker(modifier.name, slot, 0)))
        if slot.name in self.rules:
            return before + self._named(replace(slot, modifiers=plain), case)
        return [*before, self._shared(slot, plain + case)]

    def _counted(self, slot: Slot, modifier: Modifier, case: tuple[Modifier, ...]) -> Body:
        """`{noun|plural(n)}`: the plural unless the number n is 1."""
        one = replace(slot, modifiers=tuple(each for each in slot.modifiers if each is not modifier))
        many = replace(
            slot, modifiers=tuple(Modifier("plural") if each is modifier else each for each in slot.modifiers)
        )
        return [
            ("rule", self._branches(Branches((f"{modifier.arguments[0]} = 1",), ((one,),), (many,), slot.where), case))
        ]

    def _shared(self, slot: Slot, modifiers: tuple[Modifier, ...]) -> tuple[str, int]:
        """Resolve a slot with these modifiers once, however often the text shows it."""
        key = (slot.name, slot.held, slot.entity, modifiers)
        if key not in self._resolved:
            self._resolved[key] = self._leaf(self.resolve(replace(slot, modifiers=modifiers)))[1]
        return ("slot", self._resolved[key])

    def _leaf(self, slot: Leaf) -> tuple[str, int]:
        self.slots.append(slot)
        return ("slot", len(self.slots) - 1)

    def _named(self, slot: Slot, case: tuple[Modifier, ...]) -> Body:
        if slot.name in self._open:
            path = " -> ".join([*self._open[self._open.index(slot.name) :], slot.name])
            self.problems.add(f"rule {slot.name!r} calls itself for ever: {path}", slot.where)
            return []
        if len(self._open) >= DEEPEST:
            self.problems.add(f"rules nest more than {DEEPEST} deep: flatten them", self.place.source)
            return []
        if slot.held:
            self.problems.add(
                f"{{{slot.name}#{slot.held}}}: {slot.name!r} is a rule, and a vocabulary alone is held", slot.where
            )
        wrong = [
            modifier.name for modifier in slot.modifiers if modifier.name not in {"lower", "upper", "title", "without"}
        ]
        if wrong:
            self.problems.add(
                f"modifier |{wrong[0]} needs a field or a vocabulary, and {slot.name!r} is a rule", slot.where
            )
        key = (slot.name, slot.modifiers + case)
        if key not in self._compiled:
            self._open.append(slot.name)
            place = Place(f"{self.place.source}, rule {slot.name!r}")
            self._compiled[key] = self._rule(self.rules[slot.name], slot.name, place, key[1])
            self._open.pop()
        body = self._inlined(self._compiled[key])
        if not slot.entity:
            return list(body)
        site = len(self.slots)
        return [self._leaf(self.marker("open", slot, site)), *body, self._leaf(self.marker("close", slot, site))]

    def _depth(self) -> int:
        """Return how many rounds the deepest expansion takes."""
        depth = [0] * len(self.bodies)
        for rule, bodies in enumerate(self.bodies):  # a rule's parts are added before it, so their depth is known
            below = [depth[number] for body in bodies for kind, number in body if kind == "rule"]
            depth[rule] = 1 + max(below, default=0)
        return max(depth, default=0)

    def _tables(self, root: Body) -> Grammar:
        below = {"slot": -1, "rule": -1 - len(self.slots)}
        used = self._used(root)
        flat: list[int] = []
        offsets: list[int] = [0]
        first, count, thresholds, others = [], [], [], []
        for rule, bodies in enumerate(self.bodies):
            first.append(len(offsets) - 1)
            count.append(len(bodies))
            threshold, other = draw.alias_table(self.weights[rule])
            thresholds.append(threshold)
            others.append(other)
            for body in bodies:
                if rule in used:
                    flat += [number if kind == "piece" else below[kind] - number for kind, number in body]
                offsets.append(len(flat))
        kept = bool(used)
        return Grammar(
            Ragged(np.array(flat, np.int32), np.array(offsets, np.int64)),
            np.concatenate(thresholds),
            np.concatenate(others),
            np.array(first if kept else [], np.int64),
            np.array(count, np.uint64),
            np.array(self.bindings, np.int64),
            np.array(self._late(used) if kept else [], np.bool_),
            np.array([number if kind == "piece" else below[kind] - number for kind, number in root], np.int32),
            self.slots,
            self.bound if kept else [],
        )

    def _late(self, used: set[int]) -> list[bool]:
        """Return which rules are late; notes a problem for one that draws, or below which something is drawn."""
        late = [binding >= 0 and self.bound[binding].varies for binding in self.bindings]
        for rule in sorted(rule for rule in used if late[rule]):
            below = self._used([("rule", rule)])
            drawn = any(len(self.bodies[each]) > 1 and self.bindings[each] < 0 for each in below)
            slots = (
                self.slots[number]
                for each in below
                for body in self.bodies[each]
                for kind, number in body
                if kind == "slot"
            )
            if drawn or any(map(self.draws, slots)):
                self.problems.add(
                    "text that a fact chooses which differs within a set draws nothing itself: write it without [optional] parts, "
                    "(one|other) and vocabularies, or draw these in fields of their own",
                    self.place.source,
                )
        return late

    def _used(self, root: Body) -> set[int]:
        """Return the rules that are reached as symbols."""
        used: set[int] = set()
        waiting = [number for kind, number in root if kind == "rule"]
        while waiting:
            rule = waiting.pop()
            if rule not in used:
                used.add(rule)
                waiting += [number for body in self.bodies[rule] for kind, number in body if kind == "rule"]
        return used
