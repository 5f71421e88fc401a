"""Runs one program as a child process and measures it and its descendants from outside."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from harness.programs import WORKLOADS, Program, Task

CAN_PIN = hasattr(os, "sched_setaffinity")
_PEAK_UNITS_PER_MB = 1e6 if sys.platform == "darwin" else 1e6 / 1024
_RESULT = "RESULT "
_TOUCHED = 1 << 30
"""Bytes: about four times what a run holds and writes."""
_THREAD_VARIABLES = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class RunError(Exception):
    """A program ended with an error, printed no RESULT line, or wrote something else than it should."""


@dataclass(frozen=True)
class Figures:
    """What one run cost.

    `work_*` is what the program says of its rows alone, without imports and vocabularies; all else is measured from
    outside, from start to exit. CPU seconds are those of the whole process tree, peak memory is that of its largest
    process, and megabytes are 10**6 bytes.
    """

    rows: int
    bytes: int
    wall_seconds: float
    cpu_seconds: float
    peak_rss_mb: float
    work_wall_seconds: float
    work_cpu_seconds: float


def run(program: Program, task: Task, *, pools: Path | None) -> Figures:
    """Run `program` to its end, on one CPU if the task is for one worker, and return what it cost.

    Raises RunError, with the program's last words, where it fails or its output is not what was asked for.
    """
    _touch_memory()
    with _one_cpu() if task.workers == 1 and CAN_PIN else nullcontext():
        began = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, *program.arguments(task)],
            env=_environment(task.workers, pools),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = child.stdout.read() if child.stdout else ""
        _, status, usage = os.wait4(child.pid, 0)  # includes every descendant that its parent has waited for
        wall_seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        message = f"exit status {child.returncode}: {(said.strip().splitlines() or ['no output'])[-1]}"
        raise RunError(message)
    work_wall, work_cpu = _work_seconds(said)
    _check_rows(task)
    return Figures(
        rows=task.count,
        bytes=task.out.stat().st_size,
        wall_seconds=wall_seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_rss_mb=usage.ru_maxrss / _PEAK_UNITS_PER_MB,
        work_wall_seconds=work_wall,
        work_cpu_seconds=work_cpu,
    )


def _touch_memory() -> None:
    """Touch as much memory as a program may use, and give it back.

    A virtual machine takes memory that its guest does not use, and who touches it first pays for it: several microseconds a
    page, at random. Without this, that decides a run more than the program does.
    """
    subprocess.run(
        [sys.executable, "-c", f"bytearray(b'1') * {_TOUCHED}"], check=True
    )  # apart: peak memory is inherited


@contextmanager
def _one_cpu() -> Iterator[None]:
    """Keep this process, and so the child it starts, on the last CPU it may use."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _environment(workers: int, pools: Path | None) -> dict[str, str]:
    threads = dict.fromkeys(_THREAD_VARIABLES, str(workers))
    return {**os.environ, **threads, **({"TREADLE_BENCH_POOLS": str(pools)} if pools else {})}


def _work_seconds(said: str) -> tuple[float, float]:
    """Return the wall and CPU seconds of the RESULT line; peers call them `secs` and `cpu`."""
    lines = [line for line in said.splitlines() if line.startswith(_RESULT)]
    if not lines:
        message = "printed no RESULT line"
        raise RunError(message)
    result = json.loads(lines[-1].removeprefix(_RESULT))
    wall, cpu = result.get("seconds", result.get("secs")), result.get("cpu_seconds", result.get("cpu"))
    if wall is None or cpu is None:
        message = f"expected seconds and cpu_seconds in the RESULT line, keys={sorted(result)}"
        raise RunError(message)
    return wall, cpu


def _check_rows(task: Task) -> None:
    """Raise RunError unless the file holds as many rows as asked for, the first with the workload's fields."""
    with task.out.open("rb") as out:
        first = json.loads(out.readline())
        out.seek(0)
        rows = sum(part.count(b"\n") for part in iter(lambda: out.read(1 << 20), b""))
    if rows != task.count:
        message = f"expected {task.count} rows in the output, rows={rows}"
        raise RunError(message)
    fields = WORKLOADS[task.workload].fields
    if tuple(first) != fields:
        message = f"expected the fields {' '.join(fields)}, fields={' '.join(first)}"
        raise RunError(message)
