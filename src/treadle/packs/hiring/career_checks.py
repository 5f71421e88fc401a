"""What must agree within the jobs of a résumé, by its spans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from treadle.packs.hiring.careers import FIRST_MONTH, LAST_MONTH

Row = Mapping[str, Any]  # a record's values are of many types
Finding = tuple[int, str, str, str]


@dataclass
class Job:
    """A job of a résumé, by its spans: months from January 1970 (the end -1 where it goes on), title, skills of its bullets."""

    start: int
    end: int
    title: str
    skills: list[str]


def careers(
    rows: Sequence[Row], introduced: Mapping[str, int], levels: Mapping[str, tuple[int, int]]
) -> Iterator[Finding]:
    """Check that jobs do not overlap, add up to the years, come after school, that levels grow, and no skill is used too early.

    `introduced` has the year of each skill, `levels` the least and the highest at which each title is held. A fault that a record
    declares is left to `fact_checks`.
    """
    for number, row in enumerate(rows):
        spans = [span for span in row["spans"] if span["field"] == "resume_text"]
        try:
            jobs = jobs_of(spans)
            fault = row.get("fact_fault")
            years = first_number(row["fact_before"]) if fault == "inflated_years" else row["years"]
            wrong = [*_dates(jobs, years), *_order(jobs, spans, introduced, levels)]
            wrong += [] if fault == "overlapping_jobs" else _overlaps(jobs)
        except ValueError as error:
            wrong = [(str(error), "dates of jobs as YYYY-MM, each end behind a beginning, and school in years")]
        for found, expected in wrong:
            yield number, "resume_text", found, expected


def first_number(text: str) -> int:
    """Return the number that a text begins with; raises `ValueError` where there is none."""
    return int(text.partition(" ")[0])


def jobs_of(spans: Sequence[Mapping[str, Any]]) -> list[Job]:  # spans hold text and numbers
    """Return the jobs that the spans of a résumé tell of, latest first; raises `ValueError` for an end without a beginning."""
    jobs: list[Job] = []
    titles = [span["value"] for span in spans if span["fact"] == "jobs.title"]
    for span in spans:
        if span["fact"] == "jobs.from":
            title = titles[len(jobs)] if len(jobs) < len(titles) else ""
            jobs.append(Job(month_of(span["value"]), -1, title, []))
        elif span["fact"] == "jobs.to" and jobs:
            jobs[-1].end = month_of(span["value"])
        elif span["fact"] == "jobs.to":
            raise ValueError(f"a job's end {span['value']} before any beginning")
        elif span["fact"] == "jobs.bullets.skill" and jobs:
            jobs[-1].skills.append(span["value"])
    return jobs


def month_of(text: str) -> int:
    """Return a month such as 2024-05, counted from January 1970; raises `ValueError` for another text."""
    year, month = text.split("-")
    return (int(year) - 1970) * 12 + int(month) - 1


def _dates(jobs: Sequence[Job], years: int) -> Iterator[tuple[str, str]]:
    if not jobs:
        return
    for job in jobs:
        if 0 <= job.end <= job.start:
            yield f"{shown(job.start)} to {shown(job.end)}", "a job that ends after it begins"
    worked = sum(job.end - job.start for job in jobs if job.end >= 0)
    now = [job for job in jobs if job.end < 0]
    least, most = (worked + sum(month - job.start for job in now) for month in (FIRST_MONTH, LAST_MONTH))
    if not least // 12 <= years <= most // 12:
        yield f"jobs of {least // 12} to {most // 12} years", f"the {years} years of the record"


def _overlaps(jobs: Sequence[Job]) -> Iterator[tuple[str, str]]:
    for later, earlier in pairwise(jobs):
        if earlier.end < 0 or earlier.end > later.start:
            yield (
                f"a job until {shown(earlier.end)} and one from {shown(later.start)}",
                "jobs that do not overlap, latest first",
            )


def _order(
    jobs: Sequence[Job],
    spans: Sequence[Mapping[str, Any]],
    introduced: Mapping[str, int],
    levels: Mapping[str, tuple[int, int]],
) -> Iterator[tuple[str, str]]:
    for job in jobs:
        last = 1970 + (job.end if job.end >= 0 else LAST_MONTH) // 12
        for skill in job.skills:
            if introduced.get(skill, 0) > last:
                yield f"{skill} in a job until {last}", f"no skill before {introduced[skill]}"
    for later, earlier in pairwise(jobs):
        if {later.title, earlier.title} <= levels.keys():
            least, most = levels[earlier.title][0], levels[later.title][1]
            if least > most:
                yield f"{later.title} after {earlier.title}", "levels that do not fall"
    graduated = [int(span["value"]) for span in spans if span["fact"] == "graduated"]
    if graduated and jobs and max(graduated) > 1970 + jobs[-1].start // 12:
        yield (
            f"school until {max(graduated)}, work from {shown(jobs[-1].start)}",
            "school that ends before the first job",
        )


def shown(month: int) -> str:
    """Return a month as text."""
    return f"{1970 + month // 12}-{month % 12 + 1:02}" if month >= 0 else "now"
