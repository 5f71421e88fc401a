"""Faults between two jobs: they overlap, lie far apart, or skip a level. Where one cannot be, another takes its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.fact_kinds import GAP, JUMP, KINDS, NONE, OF_JOBS, OPEN, OVERLAP
from treadle.packs.hiring.job_dates import DATES, Dates
from treadle.packs.hiring.months import MONTHS
from treadle.packs.hiring.resumes import DATES as WRITTEN
from treadle.packs.hiring.taxonomy import LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle import Field
    from treadle.packs.hiring.fact_kinds import Asked

    Ints = NDArray[np.int64]

RISES = (15, 48, 108)
"""Months of experience in the middle of a job by which people are at the next level there, if that is not above their own."""
SENIOR = LEVELS.index("senior")
YEARLY = tuple(WRITTEN).index("YYYY")
"""The way of writing dates that shows no months."""


def natural_level(now: Ints, start: Ints, finish: Ints, first: Ints, number: Ints) -> Ints:
    """Return the level of each job of a career, latest first, by how long the career had lasted: they never fall."""
    risen = (((start + finish) // 2 - first)[:, None] >= np.array(RISES)).sum(axis=1)
    before = np.where(number == 1, now - 1, 0)  # nobody skips a level into the job of today
    return np.where(number == 0, now, np.clip(risen, before, now))


def level_with_fault(kind: Ints, *columns: Any) -> Ints:  # noqa: ANN401  # of `natural_level`
    """Return the same, but that all jobs before the latest were at the first level where a level is skipped."""
    return np.where((kind == JUMP) & (columns[-1] > 0), 0, natural_level(*columns))


@dataclass(frozen=True)
class CareerFaults:
    """Declares the faults that a profile asks for; the candidate's fields, `fault_found` among them, must be among the others."""

    asked: Asked

    def over(self, made: dict[str, Field]) -> dict[str, Field]:
        """Return the fields of a career with those that have faults in the place of the others."""
        usual = ("written", "employed", "between", "months_worked", "usual_job_count", "shares", "pauses")
        faults = ("fact_fault", "fact_draw", "dates")
        return {
            **made,
            "usual_job_count": made["job_count"],
            "fact_fault": td.derive(
                self._settled,
                "fault_found",
                "candidate_level",
                "fact_draw",
                "dates",
                *usual,
                values=KINDS,
                doc="the fault that was put into the facts",
            ),
            "job_count": td.derive(
                lambda kind, count: np.where(np.isin(kind, OF_JOBS), np.maximum(count, 2), count),
                "fact_fault",
                "usual_job_count",
            ),
            "job_starts": td.derive(_starts, *faults, *DATES, values=range(MONTHS), many=True),
            "job_ends": td.derive(_ends, *faults, *DATES, values=range(MONTHS), many=True),
            "pause_before": td.derive(_pause, *faults, *DATES, doc="months between the two jobs, without the fault"),
            "pause_after": td.derive(
                _made, *faults, *DATES, doc="months between the two jobs, or those that they share"
            ),
            "level_before": td.derive(
                _skipped,
                "fact_fault",
                "candidate_level",
                "job_starts",
                "job_ends",
                "first_month",
                values=LEVELS,
                doc="the level of the job before the latest, without the fault",
            ),
        }

    def _settled(self, found: Ints, level: Ints, draw: Ints, dates: Ints, *columns: Any) -> Ints:  # noqa: ANN401  # of `DATES`
        """Return the fault of each record: the one that was found where it can be, else the next that can."""
        *rest, count, shares, pauses = columns
        jobs = Dates.of(*rest, np.maximum(count, 2), shares, pauses)
        can = {OVERLAP: jobs.can_overlap(dates == YEARLY), GAP: np.ones(len(level), np.bool_), JUMP: level >= SENIOR}
        wanted = np.where(found == OPEN, 0, found)
        for kind, fits in can.items():
            wanted[(found == kind) & ~fits] = 0
        waiting = (wanted == NONE) & (found != NONE)
        for turn in range(len(OF_JOBS)):
            kinds = np.array(OF_JOBS)[(draw + turn) % len(OF_JOBS)]
            for kind, fits in can.items():
                taken = waiting & (kinds == kind) & fits & self.asked.has(kind)
                wanted[taken] = kind
                waiting &= ~taken
        return wanted


def _faulted(kind: Ints, draw: Ints, dates: Ints, *columns: Any) -> Dates:  # noqa: ANN401  # of `DATES`
    return Dates.of(*columns).with_fault(kind, draw, dates == YEARLY)


def _starts(*columns: Any) -> tuple[Ints, Ints]:  # noqa: ANN401  # of a fault and of `DATES`
    dates = _faulted(*columns)
    return dates.listed(dates.starts)


def _ends(*columns: Any) -> tuple[Ints, Ints]:  # noqa: ANN401  # as above
    dates = _faulted(*columns)
    return dates.listed(dates.ends)


def _pause(kind: Ints, draw: Ints, dates: Ints, *columns: Any) -> Ints:  # noqa: ANN401  # as above
    """Return the months that would lie between the two jobs of a fault; 0 where there is none."""
    jobs = Dates.of(*columns)
    return _at(jobs, jobs.pause, kind, draw, dates == YEARLY)


def _made(kind: Ints, draw: Ints, dates: Ints, *columns: Any) -> Ints:  # noqa: ANN401  # as above
    """Return the months that do, or those for which the jobs overlap."""
    jobs = Dates.of(*columns)
    yearly = dates == YEARLY
    return np.abs(_at(jobs, jobs.with_fault(kind, draw, yearly).pause, kind, draw, yearly))


def _at(jobs: Dates, pause: Ints, kind: Ints, draw: Ints, yearly: NDArray[np.bool_]) -> Ints:
    found = np.zeros(len(kind), np.int64)
    for fault in (OVERLAP, GAP):
        job, _ = jobs.changed(fault, draw, yearly)
        there = np.take_along_axis(pause, job[:, None], axis=1)[:, 0]
        found = np.where(kind == fault, there, found)
    return found


def _skipped(kind: Ints, now: Ints, starts: td.Lists, ends: td.Lists, first: Ints) -> Ints:
    """Return the level of the job before the latest as it would be; the latest's own where no level is skipped."""
    second = starts.offsets[:-1] + np.minimum(1, starts.lengths - 1)
    usual = natural_level(now, starts.codes[second], ends.codes[second], first, np.ones(len(now), np.int64))
    return np.where(kind == JUMP, usual, now)
