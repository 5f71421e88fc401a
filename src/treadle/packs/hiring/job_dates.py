"""When the jobs of a career began and ended, in months from January 1970, latest first; and faults between two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from treadle.packs.hiring.fact_kinds import GAP, OVERLAP
from treadle.packs.hiring.matching import matrix_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

MOST_JOBS = 6
SHORTEST = 10
"""Share of the shortest job in a career; that of the longest is 47."""
DATES = ("written", "employed", "between", "months_worked", "job_count", "shares", "pauses")
"""The fields that decide the dates of all jobs."""
SHORTEST_GAP, GAPS = 18, 31
"""The least months of a gap that is a fault, and how many lengths there are from there on."""
LEAST_OVERLAP, OVERLAPS = 2, 10
"""The least months for which two jobs that overlap do, and how many lengths there are, where the jobs are long enough."""


class Dates(NamedTuple):
    """Jobs as matrices, one row a record, `MOST_JOBS` wide: their months, and those between each and the one that came later.

    `last` is the month in which the latest one ends, or goes on; a negative pause is an overlap.
    """

    last: Ints
    lasted: Ints
    pause: Ints
    number: Ints

    @classmethod
    def of(cls, *columns: Any) -> Dates:  # noqa: ANN401  # the columns of `DATES`
        """Divide the months in work among the jobs."""
        written, employed, between, months, count, shares, pauses = columns
        there = np.arange(MOST_JOBS) < count[:, None]
        part = np.where(there, SHORTEST + matrix_of(shares, 0, MOST_JOBS), 0)
        bounds = (months - 3 * count)[:, None] * part.cumsum(axis=1) // part.sum(axis=1)[:, None]
        lasted = np.diff(bounds, axis=1, prepend=0) + 3 * there
        pause = np.where(there, np.maximum(matrix_of(pauses, 0, MOST_JOBS) - 6, 0), 0)
        pause[:, 0] = 0
        return cls(np.where(employed, written, written - between), lasted, pause, count)

    @property
    def ends(self) -> Ints:
        """The months in which jobs ended."""
        ends: Ints = self.last[:, None] - (self.lasted + self.pause).cumsum(axis=1) + self.lasted
        return ends

    @property
    def starts(self) -> Ints:
        """The months in which jobs began."""
        return self.ends - self.lasted

    def listed(self, months: Ints) -> tuple[Ints, Ints]:
        """Return the months of all jobs that there are, end to end, and how many each record has."""
        return months[np.arange(MOST_JOBS) < self.number[:, None]], self.number

    def with_fault(self, kind: Ints, draw: Ints, yearly: NDArray[np.bool_]) -> Dates:
        """Return the dates with an overlap or a gap where `kind` says so; `yearly` texts show years alone."""
        rows, pause = np.arange(len(kind)), self.pause.copy()
        for fault in (OVERLAP, GAP):
            job, months = self.changed(fault, draw, yearly)
            mine = kind == fault
            pause[rows[mine], job[mine]] = months[mine]
        return self._replace(pause=pause)

    def changed(self, fault: int, draw: Ints, yearly: NDArray[np.bool_]) -> tuple[Ints, Ints]:
        """Return before which job a fault stands, counted from the latest, and the pause there; for two jobs or more."""
        if fault == GAP:
            return 1 + draw % np.maximum(self.number - 1, 1), SHORTEST_GAP + draw // 8 % GAPS
        job, least = self.widest()
        wanted = np.minimum(LEAST_OVERLAP + draw % OVERLAPS, least - 1)
        return job, -np.where(yearly, np.maximum(wanted, self._to_new_year(job)), wanted)

    def widest(self) -> tuple[Ints, Ints]:
        """Return the job for which it and the one that came later are longest, and the months of the shorter of the two."""
        both = np.minimum(self.lasted[:, 1:], self.lasted[:, :-1])
        job = 1 + both.argmax(axis=1)
        return job, both.max(axis=1)

    def can_overlap(self, yearly: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell whether two jobs are long enough to overlap so that it shows."""
        job, least = self.widest()
        fits: NDArray[np.bool_] = (
            (self.number > 1) & (least > LEAST_OVERLAP) & (~yearly | (self._to_new_year(job) < least))
        )
        return fits

    def _to_new_year(self, job: Ints) -> Ints:
        """Return the months from the beginning of the job that came later than `job` to the next January."""
        began = np.take_along_axis(self.starts, job[:, None] - 1, axis=1)[:, 0]
        left: Ints = 12 - began % 12
        return left
