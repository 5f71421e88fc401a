"""The runs of one workload, taken in turn, and the best rounds and ratios that compare its programs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.child import Figures, RunError, run
from harness.programs import TREADLE, Program, Task, Workload

Measure = Callable[[Figures], float]


def rows_per_cpu_second(figures: Figures) -> float:
    """Return the rate over the whole process, imports included."""
    return figures.rows / figures.cpu_seconds


def work_rows_per_cpu_second(figures: Figures) -> float:
    """Return the rate over the rows alone, by the program's own account."""
    return figures.rows / figures.work_cpu_seconds


def rows_per_second(figures: Figures) -> float:
    """Return the rate by wall time over the whole process."""
    return figures.rows / figures.wall_seconds


def work_rows_per_second(figures: Figures) -> float:
    """Return the rate by wall time over the rows alone."""
    return figures.rows / figures.work_wall_seconds


def megabytes_per_second(figures: Figures) -> float:
    """Return the output's megabytes per second of wall time over the whole process."""
    return figures.bytes / 1e6 / figures.wall_seconds


@dataclass
class WorkloadRuns:
    """Every program's figures, one a round, in the order of the rounds."""

    workload: Workload
    figures: dict[Program, list[Figures]] = field(default_factory=dict)
    failures: dict[Program, str] = field(default_factory=dict)

    def best(self, program: Program, measure: Measure) -> float:
        """Return the greatest `measure` of the program's rounds.

        Other tenants and first touches of memory only ever add time, and they add more than programs differ by: what is left in
        the best round is the program.
        """
        return max(measure(figures) for figures in self.figures[program])

    def ratio(self, over: Program, under: Program, measure: Measure) -> float:
        """Return the best round of one program over the best of the other."""
        return self.best(over, measure) / self.best(under, measure)

    def with_role(self, role: str) -> list[Program]:
        """Return the programs of this role that ran."""
        return [program for program in self.figures if program.role == role]

    def treadle(self) -> Program | None:
        """Return Treadle on the asked number of workers, or None where it did not run."""
        return next(iter(self.with_role(TREADLE)), None)


@dataclass(frozen=True)
class Plan:
    """How the runs are taken: rounds, scale of the row counts, workers, vocabularies, and where output goes."""

    repeat: int
    scale: float
    workers: int
    pools: Path | None
    folder: Path
    progress: Callable[[str], None]


def runs_in_turn(workload: Workload, programs: Sequence[Program], plan: Plan) -> WorkloadRuns:
    """Run every program once a round, round after round; a program that fails takes no further part."""
    runs = WorkloadRuns(workload, {program: [] for program in programs if workload.name in program.workloads})
    for number in range(1, plan.repeat + 1):
        for program in list(runs.figures):
            plan.progress(f"{workload.name} round {number} of {plan.repeat}: {program.name}")
            try:
                runs.figures[program].append(_one_run(workload, program, plan))
            except RunError as error:
                runs.failures[program] = str(error)
                del runs.figures[program]
    return runs


def _one_run(workload: Workload, program: Program, plan: Plan) -> Figures:
    count = max(1, round(workload.count * plan.scale * program.share))
    out = plan.folder / "rows.jsonl"
    try:
        return run(program, Task(workload.name, count, out, program.workers or plan.workers), pools=plan.pools)
    finally:
        out.unlink(missing_ok=True)
