"""Grammar: template notation compiled to flat tables, and their expansion for all records at once.

Symbols are int32: a piece id where >= 0, else a slot or, below the slots, a rule. Each rule owns a range of alternatives and each
alternative a range of symbols (CSR tables). `Grammar.expand` works in rounds: find the rule symbols, choose an alternative for
each, replace all by one ragged gather, until none is left. What chooses is a draw keyed by (record, round, position), or a *fact*
bound to the rule (a condition, or `by`), so conditions, optional parts and weighted synonyms are one mechanism. Slots are left for
`weave`.

In sets of several members (`Recipe(members=)`) a rule that is bound to a fact which differs within a set is *late*: it stays one
symbol until all others are gone, and nothing below it is drawn. So the draws of a text, which are keyed by position, are the same
for all members, and what they say differs in those places alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from treadle import draw
from treadle.pieces import EMPTY, Ragged, counted, find, rows_of, splice

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from treadle.batch import Scope
    from treadle.pieces import Ids, Ints
    from treadle.weave import Leaf

DEEPEST = 64
"""Most rounds of expansion; rules nest no deeper."""
LEAF_ROUND = DEEPEST << 32
"""The slot key of draws for leaf slots begins here, behind those of all rounds."""


@dataclass(frozen=True)
class Bound:
    """A fact that chooses alternatives: from a scope of any depth to one a row; whether it differs between the members of a set."""

    read: Callable[[Scope], Ints]
    varies: bool = False


@dataclass
class Grammar:
    """Compiled tables; `slots` and `bound` belong to the compiler's caller."""

    alternatives: Ragged
    threshold: NDArray[np.uint64]
    other: Ints
    rule_first: Ints
    rule_count: NDArray[np.uint64]
    rule_bound: Ints
    rule_late: NDArray[np.bool_]
    root: Ids
    slots: list[Leaf]
    bound: list[Bound]

    @property
    def is_flat(self) -> bool:
        """Whether every record has the same symbols."""
        return not len(self.rule_first)

    @property
    def has_late(self) -> bool:
        """Whether there are rules that `expand` leaves and `settle` expands."""
        return bool(self.rule_late.any())

    def expand(self, states: NDArray[np.uint64], scope: Scope) -> Ragged:
        """Expand the root for every record, but for late rules; return rows of symbols."""
        rows = np.empty((len(states), len(self.root)), np.int32)
        rows[:] = self.root
        return self._expanded(Ragged.fixed(rows), states, scope, late=False)

    def settle(self, rows: Ragged, states: NDArray[np.uint64], scope: Scope) -> Ragged:
        """Expand the late rules, and what is below them; nothing is drawn."""
        return self._expanded(rows, states, scope, late=True)

    def _expanded(self, rows: Ragged, states: NDArray[np.uint64], scope: Scope, *, late: bool) -> Ragged:
        facts = np.stack([bound.read(scope) for bound in self.bound]) if self.bound else None
        waits = self.has_late and not late
        for depth in range(DEEPEST):
            is_rule = rows.ids < -len(self.slots)
            if waits:
                is_rule[is_rule] = ~self.rule_late[-rows.ids[is_rule] - 1 - len(self.slots)]
            at, before = find(is_rule, rows.offsets)
            if not at.size:
                break
            row = rows_of(before)
            rule = -rows.ids[at] - 1 - len(self.slots)
            slot = at - rows.offsets[row] + (depth << 32)
            rows = self._replaced(rows, at, before, self._choose(rule, row, slot, states, facts))
        return rows

    def _replaced(self, rows: Ragged, at: Ints, before: Ints, chosen: Ints) -> Ragged:
        """Put the chosen alternatives in the place of rules: those of one symbol in place, where the rule stands."""
        if rows.width == 1 and len(at) == len(rows):
            return self.alternatives.take(chosen)
        is_longer = self.alternatives.lengths()[chosen] != 1
        longer = np.flatnonzero(is_longer)
        rows.ids[at] = self._begins[chosen]  # of those that stay longer or empty it does not matter
        if not longer.size:
            return rows
        before = counted(is_longer, before)
        return splice(rows, at[longer], before, self.alternatives, chosen[longer])[0]

    @cached_property
    def _begins(self) -> Ids:
        """The first symbol of each alternative; of an empty one that of another."""
        return np.append(self.alternatives.ids, EMPTY).astype(np.int32)[self.alternatives.offsets[:-1]]

    def _choose(self, rule: Ids, row: Ints, slot: Ints, states: NDArray[np.uint64], facts: Ints | None) -> Ints:
        """Choose an alternative for each rule symbol: by its fact where one is bound, else by a draw."""
        if facts is None:
            return self._drawn(rule, draw.bits(states[row], slot))
        bound = self.rule_bound[rule]
        free, held = np.flatnonzero(bound < 0), np.flatnonzero(bound >= 0)
        chosen = np.empty(len(rule), np.int64)
        if free.size:
            chosen[free] = self._drawn(rule[free], draw.bits(states[row[free]], slot[free]))
        place = bound[held] * facts.shape[1]
        place += row[held]
        chosen[held] = self.rule_first[rule[held]] + facts.reshape(-1)[place]
        return chosen

    def _drawn(self, rule: Ids, random: NDArray[np.uint64]) -> Ints:
        """Draw an alternative of each rule: the high word picks it, and where weights differ the low word tosses its coin."""
        first = self.rule_first[rule]
        pick = random >> draw.U64(32)
        pick *= self.rule_count[rule]
        pick >>= draw.U64(32)
        column: Ints = first + pick.view(np.int64)
        if self._is_even:
            return column
        keep = (random & draw.U64(0xFFFFFFFF)) < self.threshold[column]
        return np.where(keep, column, first + self.other[column])

    def followers(self, marks: NDArray[np.bool_], gaps: NDArray[np.bool_]) -> Ids:
        """Return the pieces and slots that may be the first behind a mark that are not empty.

        `marks` and `gaps` tell of each slot whether it is a mark, and whether it may be empty. A place of an alternative is reached
        behind a mark, behind what is reached itself and may be empty, at the beginning of a rule that is reached, and behind a rule
        whose end is: until no place is added.
        """
        ids, rules = np.append(self.alternatives.ids, self.root), len(self.rule_first)
        offsets = np.append(self.alternatives.offsets, len(ids))  # the root is one more alternative
        owner = np.append(rows_of(np.append(self.rule_first, len(offsets) - 2)), rules)
        body, begins, ends = rows_of(offsets), np.diff(offsets) > 0, np.zeros(len(ids), np.bool_)
        ends[offsets[1:][begins] - 1] = True
        is_rule, is_slot = ids < -len(marks), (ids < 0) & (ids >= -len(marks))
        rule, slot = -1 - len(marks) - ids[is_rule], -1 - ids[is_slot]
        is_mark, may_be_empty = np.zeros(len(ids), np.bool_), ids == EMPTY
        is_mark[is_slot], may_be_empty[is_slot] = marks[slot], gaps[slot]
        while True:
            empty = np.zeros(rules + 1, np.bool_)
            empty[owner[np.bincount(body[~may_be_empty], minlength=len(owner)) == 0]] = True
            if (empty[rule] == may_be_empty[is_rule]).all():
                break
            may_be_empty[is_rule] = empty[rule]
        reached, ended, count = np.zeros(len(ids), np.bool_), np.zeros(rules + 1, np.bool_), -1
        while count < (more := int(reached.sum() + ended.sum())):
            count = more
            passed = is_mark | (reached & may_be_empty)
            passed[is_rule] |= ended[rule]
            ended[owner[body[passed & ends]]] = True
            reached[1:] |= (passed & ~ends)[:-1]
            entered = np.zeros(rules + 1, np.bool_)
            entered[rule[reached[is_rule]]] = True
            reached[offsets[:-1][begins & entered[owner]]] = True
        return np.unique(ids[reached & ~is_rule])

    @cached_property
    def _is_even(self) -> bool:
        """Whether all alternatives of each rule are equally likely."""
        return bool((self.threshold == draw.U64(draw.LIMIT)).all())
