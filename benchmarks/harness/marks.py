"""The marks Treadle is held to, and whether a set of runs meets them."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.programs import POLARS, PYTHON, ROW_SEEDED, TREADLE, TWO_WORKERS, Program
from harness.runs import (
    Measure,
    WorkloadRuns,
    rows_per_cpu_second,
    rows_per_second,
    work_rows_per_cpu_second,
    work_rows_per_second,
)

CPU_RATES = (rows_per_cpu_second, work_rows_per_cpu_second)
WALL_RATES = (rows_per_second, work_rows_per_second)


@dataclass(frozen=True)
class Mark:
    """On `workload`, the rate of programs in the role `over` is at least `needed` times that of those in `under`."""

    workload: str
    needed: float
    over: str
    under: str
    rates: tuple[Measure, Measure]
    """The rate over the whole process, then over the rows alone."""


MARKS = (
    Mark("w1", 0.6, TREADLE, POLARS, CPU_RATES),
    Mark("w2", 2.5, TREADLE, PYTHON, CPU_RATES),
    Mark("w3", 0.55, TREADLE, POLARS, CPU_RATES),
    Mark("w3", 6.0, TREADLE, ROW_SEEDED, CPU_RATES),
    Mark("w4", 0.8, TREADLE, POLARS, CPU_RATES),
    Mark("w2", 1.7, TWO_WORKERS, TREADLE, WALL_RATES),
    Mark("w3", 1.7, TWO_WORKERS, TREADLE, WALL_RATES),
    Mark("w4", 1.7, TWO_WORKERS, TREADLE, WALL_RATES),
)


@dataclass(frozen=True)
class Verdict:
    """One mark against one program: the ratio over the whole process and over the rows alone."""

    mark: Mark
    over: Program
    under: Program
    whole: float
    work: float

    @property
    def met(self) -> bool:
        """Whether the rows alone reach the mark: imports, which cost much the same everywhere, must not help."""
        return self.work >= self.mark.needed


def verdicts(all_runs: Mapping[str, WorkloadRuns]) -> list[Verdict]:
    """Return a verdict for every mark and every pair of programs that ran for it."""
    return [
        Verdict(mark, over, under, *(runs.ratio(over, under, rate) for rate in mark.rates))
        for mark in MARKS
        if (runs := all_runs.get(mark.workload)) is not None
        for over in runs.with_role(mark.over)
        for under in runs.with_role(mark.under)
    ]
