"""Renders runs and verdicts as plain text, and as the figures that `--json` saves."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version

from harness.marks import Verdict
from harness.programs import Program
from harness.runs import (
    WorkloadRuns,
    megabytes_per_second,
    rows_per_cpu_second,
    rows_per_second,
    work_rows_per_cpu_second,
)

_HEADINGS = (
    "program",
    "rows",
    "rows/s",
    "rows/CPU s",
    "rows/CPU s*",
    "MB/s",
    "CPU s",
    "peak MB",
    "treadle is",
    "treadle is*",
)
_MARK_HEADINGS = ("mark", "against", "needed", "measured*", "whole process", "verdict")
_PACKAGES = ("numpy", "polars", "pyarrow", "orjson", "mimesis", "faker")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return `rows` under `headings` in columns as wide as their longest cell, all but the first to the right."""
    lines = [list(headings), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
        for line in (lines[0], rule, *lines[1:])
    )


def workload_table(runs: WorkloadRuns) -> str:
    """Return the comparison of one workload's programs, the best of its rounds."""
    workload, lines = runs.workload, [_program_cells(runs, program) for program in runs.figures]
    failures = [f"failed: {program.name}: {reason}" for program, reason in runs.failures.items()]
    return "\n".join([f"{workload.name.upper()} {workload.about}", table(_HEADINGS, lines), *failures])


def _program_cells(runs: WorkloadRuns, program: Program) -> list[str]:
    treadle, rates = runs.treadle(), (rows_per_cpu_second, work_rows_per_cpu_second)
    times = [f"{runs.ratio(treadle, program, rate):.2f}x" for rate in rates] if treadle else ["-", "-"]
    first = runs.figures[program][0]
    return [
        program.name,
        f"{first.rows:,}",
        f"{runs.best(program, rows_per_second):,.0f}",
        f"{runs.best(program, rows_per_cpu_second):,.0f}",
        f"{runs.best(program, work_rows_per_cpu_second):,.0f}",
        f"{runs.best(program, megabytes_per_second):,.1f}",
        f"{-runs.best(program, lambda figures: -figures.cpu_seconds):,.2f}",
        f"{runs.best(program, lambda figures: figures.peak_rss_mb):,.0f}",
        *times,
    ]


def marks_table(found: Sequence[Verdict]) -> str:
    """Return each mark's measured ratios and whether it is met."""
    rows = [
        (
            f"{verdict.mark.workload.upper()} {verdict.over.name}",
            verdict.under.name,
            f"{verdict.mark.needed:g}x",
            f"{verdict.work:.2f}x",
            f"{verdict.whole:.2f}x",
            "met" if verdict.met else "not met",
        )
        for verdict in found
    ]
    return "\n".join(["Marks", table(_MARK_HEADINGS, rows)])


def saved_figures(all_runs: Iterable[WorkloadRuns], found: Sequence[Verdict]) -> dict[str, object]:
    """Return every run and verdict, with the machine and the packages they depend on, as JSON can hold them."""
    return {
        "machine": {"platform": platform.platform(), "python": platform.python_version(), "cpus": os.cpu_count()},
        "packages": {package: installed for package in _PACKAGES if (installed := _installed(package))},
        "runs": [
            {"workload": runs.workload.name, "program": program.name, "round": number, **asdict(figures)}
            for runs in all_runs
            for program, rounds in runs.figures.items()
            for number, figures in enumerate(rounds, 1)
        ],
        "failures": [
            {"workload": runs.workload.name, "program": program.name, "reason": reason}
            for runs in all_runs
            for program, reason in runs.failures.items()
        ],
        "marks": [
            {
                "workload": verdict.mark.workload,
                "over": verdict.over.name,
                "under": verdict.under.name,
                "needed": verdict.mark.needed,
                "whole_process": verdict.whole,
                "rows_alone": verdict.work,
                "met": verdict.met,
            }
            for verdict in found
        ],
    }


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
