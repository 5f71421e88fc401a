"""Which skills a candidate holds, so that the score falls into the band of its target (rule: targets first).

Of the skills asked for a candidate holds the must-have and the first few of the others, in an order drawn for the pair, and the
rest of the list is filled up from the candidate's own role. How many of those asked for are held is found from the score itself: it
grows with each, so a count is tried, scored, and moved up or down until the score is in the band. A candidate who is to be no match
lacks the must-have, which alone is enough. Where a record's facts have a fault, the list is made to show it: see `swaps.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from treadle.packs.hiring.fact_kinds import INCOMPLETE
from treadle.packs.hiring.matching import FULL, MatchingMetricsCalculator, Weights, among, covered, matrix_of
from treadle.packs.hiring.swaps import Relatives, Swaps
from treadle.packs.hiring.targets import BANDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import treadle as td

    Ints = NDArray[np.int64]

ROUNDS = 12
FAR = 2


@dataclass(frozen=True)
class Holder:
    """Tables that the search reads: see `TechSkillsTaxonomy.similarity` and `jobs.skill_tables`."""

    similarity: NDArray[np.uint8]
    pool: Ints
    weights: Weights
    relatives: Relatives

    @classmethod
    def of(cls, calculator: MatchingMetricsCalculator, pool: Ints) -> Holder:
        """Take the tables of a calculator."""
        taxonomy = calculator.taxonomy
        return cls(taxonomy.similarity, pool, calculator.weights, Relatives.of(taxonomy))

    def hold(
        self,
        target: Ints,
        relation: Ints,
        aim: Ints,
        count: Ints,
        required: td.Lists,
        importance: td.Lists,
        must_have: Ints,
        preferred: td.Lists,
        post: Ints,
        places: td.Lists,
        years: Ints,
        years_min: Ints,
        years_max: Ints,
        level: Ints,
        job_level: Ints,
        degree: Ints,
        job_degree: Ints,
        fault: Ints | None = None,
    ) -> tuple[Ints, Ints]:
        """Return the codes of the skills held, all records end to end, and how many each record has.

        `fault` is the fault of each record's facts, where a recipe has such: a code of `fact_kinds.KINDS`.
        """
        score = MatchingMetricsCalculator
        rest = (
            self.weights.experience * score.experience(years, years_min, years_max)
            + self.weights.seniority * score.seniority(level, job_level)
            + self.weights.education * score.education(degree, job_degree)
        )
        search = _Search(
            self,
            required,
            importance,
            must_have,
            preferred,
            self._own(post, places),
            count,
            rest,
            aim,
            target,
            relation,
            np.zeros(len(target), np.bool_) if fault is None else np.isin(fault, INCOMPLETE),
        )
        held = search.run()
        if fault is not None:
            Swaps(search, self.relatives, must_have, fault).make(held)
        kept = held < self._none
        return held[kept], kept.sum(axis=1)

    @property
    def _none(self) -> int:
        return len(self.similarity) - 1

    def _own(self, post: Ints, places: td.Lists) -> Ints:
        """Return the skills of each candidate's own role in the order drawn, (n, WIDEST), filled with no skill."""
        drawn = matrix_of(places, -1)
        return np.where(drawn >= 0, self.pool[post[:, None], drawn], self._none)


class _Search:
    """The state of a search over all records of a batch; counts and lists are arrays with one row a record."""

    def __init__(
        self,
        holder: Holder,
        required: td.Lists,
        importance: td.Lists,
        must_have: Ints,
        preferred: td.Lists,
        own: Ints,
        count: Ints,
        rest: Ints,
        aim: Ints,
        target: Ints,
        relation: Ints,
        incomplete: NDArray[np.bool_],
    ) -> None:
        none = len(holder.similarity) - 1
        self.similarity, self.none, self.count, self.rest = holder.similarity, none, count, rest
        weight = holder.weights
        self.weight_required, self.weight_preferred = weight.required, weight.preferred
        self.threshold = weight.match
        self.asked, self.importance = _must_first(matrix_of(required, none), matrix_of(importance, 0), must_have)
        self.required_count = required.lengths
        # who is to lack one of the skills asked for never holds the last
        self.asked_count = required.lengths - (incomplete & (required.lengths > 1))
        self.wished = matrix_of(preferred, none)
        lacking = target == 0
        self.far = relation == FAR
        own = np.where(own == must_have[:, None], none, own)
        wanted = np.concatenate([self.asked, self.wished], axis=1)
        asked_for = among(own, wanted) & ~(lacking & self.far)[:, None]
        self.fill = np.where(asked_for, none, own)
        self.lacking = lacking
        low, high = bands_of(weight)
        self.low, self.high = low[target], high[target]
        middle = self.low + (self.high - self.low) * aim // FULL
        self.aim, self.target = middle, target
        self.plain = np.zeros(len(target), np.bool_)
        self._estimate(aim)

    def _estimate(self, aim: Ints) -> None:
        """Guess how many of the skills asked for, and of those wished for, bring the score near its aim."""
        total = self.importance.sum(axis=1)
        reached = self.rest[:, None] + self.weight_required * (FULL * self.importance.cumsum(axis=1) // total[:, None])
        wanted = np.maximum((self.aim * FULL)[:, None] - reached, 0)
        self.wish_count = np.where(self.lacking, 0, aim % (1 + (self.wished < self.none).sum(axis=1)))
        gain = self.weight_preferred * (FULL * self.wish_count // np.maximum((self.wished < self.none).sum(axis=1), 1))
        self.ask_count = np.clip(1 + (wanted > gain[:, None]).sum(axis=1), 1, self.asked_count)
        self.ask_count = np.where(
            self.lacking, np.where(self.far, 0, aim % np.maximum(self.asked_count // 2, 1)), self.ask_count
        )

    def run(self) -> Ints:
        """Return the lists found."""
        everyone = np.arange(len(self.count))
        held = self._lists(everyone)
        waiting = np.flatnonzero(~self.lacking)
        for turn in range(ROUNDS):
            score = self._score(held[waiting], waiting)
            low, high = score < self.low[waiting], score >= self.high[waiting]
            off = low | high
            waiting, low = waiting[off], low[off]
            if not waiting.size:
                break
            self._move(waiting, low, turn)
            held[waiting] = self._lists(waiting)
        waiting = self._try_all(waiting, held)
        self._fall_back(waiting)
        held[waiting] = self._lists(waiting)
        short = waiting[self._score(held[waiting], waiting) < self.threshold]
        short = short[~self.lacking[short]]
        self.ask_count[short] = self.required_count[short]
        held[short] = self._lists(short)
        return held

    def fits(self, held: Ints, rows: Ints) -> NDArray[np.bool_]:
        """Tell whether the scores of lists are in the bands of their rows."""
        score = self._score(held, rows)
        fits: NDArray[np.bool_] = self.lacking[rows] | ((score >= self.low[rows]) & (score < self.high[rows]))
        return fits

    def _try_all(self, rows: Ints, held: Ints) -> Ints:
        """Hold more and more of what is asked for, with none, all and half of the wishes; return the rows that fit no band so."""
        self.plain[rows] = True
        wishes = (self.wished < self.none).sum(axis=1)
        for share in (0, 2, 1):
            for count in range(1, 1 + int(self.asked_count[rows].max(initial=0))):
                self.ask_count[rows] = np.minimum(count, self.asked_count[rows])
                self.wish_count[rows] = wishes[rows] * share // 2
                held[rows] = self._lists(rows)
                rows = rows[~self.fits(held[rows], rows)]
                if not rows.size:
                    return rows
        return rows

    def _fall_back(self, rows: Ints) -> None:
        """Hold all of the required skills, or not the must-have: this settles the label, if not the grade."""
        matches = self.target[rows] >= BANDS.index("high")
        self.lacking[rows] = ~matches
        self.ask_count[rows] = np.where(matches, self.asked_count[rows], 1)
        self.wish_count[rows] = np.where(matches, (self.wished[rows] < self.none).sum(axis=1), 0)

    def _move(self, rows: Ints, low: NDArray[np.bool_], turn: int) -> None:
        """Ask for one more or one less; first of the wished skills, then of the required; and leave siblings out in the end."""
        wishes = (self.wished[rows] < self.none).sum(axis=1)
        can_wish = np.where(low, self.wish_count[rows] < wishes, self.wish_count[rows] > 0)
        can_ask = np.where(low, self.ask_count[rows] < self.asked_count[rows], self.ask_count[rows] > 1)
        step = np.where(low, 1, -1)
        ask = can_ask & ((turn % 2 == 0) | ~can_wish)
        self.ask_count[rows] += np.where(ask, step, 0)
        self.wish_count[rows] += np.where(can_wish & ~ask, step, 0)
        self.plain[rows] |= ~low & (turn >= 2)  # after each count was moved once

    def _lists(self, rows: Ints) -> Ints:
        """Return for each row the skills asked for and wished for that are held, then the candidate's own, `count` in all."""
        first = np.where(self.lacking[rows], 1, 0)[:, None]
        places = np.arange(self.asked.shape[1])
        asked = np.where(
            (places >= first) & (places < first + self.ask_count[rows][:, None]), self.asked[rows], self.none
        )
        wished = np.where(
            np.arange(self.wished.shape[1]) < self.wish_count[rows][:, None], self.wished[rows], self.none
        )
        fill = self.fill[rows]
        plain = np.flatnonzero(self.plain[rows])
        if plain.size:
            wanted = np.concatenate([self.asked[rows[plain]], self.wished[rows[plain]]], axis=1)
            near = self.similarity[fill[plain][:, :, None], wanted[:, None, :]].any(axis=2)
            fill[plain] = np.where(near, self.none, fill[plain])
        everything = np.concatenate([asked, wished, fill], axis=1)
        there = everything < self.none
        most = np.maximum(self.count[rows], self.ask_count[rows] + self.wish_count[rows])[:, None]
        return np.where(there & (there.cumsum(axis=1) <= most), everything, self.none)

    def _score(self, held: Ints, rows: Ints) -> Ints:
        """Return the scores of lists in basis points, as `MatchingMetricsCalculator.total` adds them up."""
        packed = np.sort(held, axis=1)[:, : max(1, int((held < self.none).sum(axis=1).max(initial=1)))]
        required = covered(self.similarity, self.asked[rows], self.importance[rows], packed)
        wished = self.wished[rows]
        preferred = covered(self.similarity, wished, (wished < self.none).astype(np.int64), packed)
        return (self.rest[rows] + self.weight_required * required + self.weight_preferred * preferred) // FULL


def bands_of(weights: Weights) -> tuple[Ints, Ints]:
    """Return the least score of each band, and the least that is above it."""
    bounds = np.array([0, weights.partial, weights.match, weights.strong, FULL + 1])
    return bounds[:-1], bounds[1:]


def _must_first(asked: Ints, importance: Ints, must_have: Ints) -> tuple[Ints, Ints]:
    """Swap the must-have to the first place of each row."""
    rows = np.arange(len(asked))
    place = (asked == must_have[:, None]).argmax(axis=1)
    for matrix in (asked, importance):
        first = matrix[:, 0].copy()
        matrix[:, 0] = matrix[rows, place]
        matrix[rows, place] = first
    return asked, importance
