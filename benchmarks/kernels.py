"""Where the time goes: each kernel's share of a run on one core, and its rate beside that of the Arrow gather alone.

`python kernels.py [w1 w2 w3 w4]` draws, weaves and writes each workload in memory, times the kernels inside, and then
times one Arrow `take` of the very pieces that the lines consist of. The last column says how many times as long as that
gather a kernel takes.
"""

from __future__ import annotations

import hashlib
import io
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

import workloads
from treadle.plan import Plan
from treadle.run.executors import keep_memory
from treadle.sinks.lines import JsonLines

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.batch import Scope
    from treadle.columns import Column

COUNTS = {"w1": 262_144, "w2": 32_768, "w3": 524_288, "w4": 262_144}
BATCH = {"w2": 4_096}
ROUNDS = 5
TEXTS = ("text", "children")


def measure(name: str) -> tuple[Counter[str], int, int]:
    """Return nanoseconds by kernel, bytes and pieces of one workload, all per record; the best of several rounds."""
    plan = Plan(getattr(workloads, name), 42, trace=False)
    best: Counter[str] = Counter()
    for _ in range(ROUNDS):
        spent, size, pieces = one_round(plan, COUNTS[name], BATCH.get(name, 32_768))
        best = spent if not best or spent.total() < best.total() else best
    return (
        Counter({kernel: ns // COUNTS[name] for kernel, ns in best.items()}),
        size // COUNTS[name],
        pieces // COUNTS[name],
    )


def one_round(plan: Plan, count: int, batch: int) -> tuple[Counter[str], int, int]:
    """Make `count` records in batches; return nanoseconds by kernel, and bytes and pieces in all."""
    spent: Counter[str] = Counter()
    steps = [(step, timed(step.run, spent, kernel_of(step.type.kind))) for step in plan.steps]
    writer, sink, size, pieces = JsonLines(plan.table), io.BytesIO(), 0, 0
    for begin in range(0, count, batch):
        scope = new_scope(np.arange(begin, begin + batch, dtype=np.uint64))
        for step, run in steps:
            scope.columns[step.name] = run(scope)
        columns = {name: scope.columns[name] for name in plan.recipe.columns}
        rows = timed(lambda: writer.lay([*writer.object(columns), "\n"], batch), spent, "lines: laying out pieces")()  # noqa: B023  # called at once
        data = timed(lambda: writer.write(rows), spent, "lines: gather")()  # noqa: B023  # called at once
        timed(lambda: hashlib.sha256(data).digest(), spent, "SHA-256, once")()  # noqa: B023  # called at once
        timed(lambda: (sink.seek(0), sink.write(data)), spent, "copy to a buffer")()  # noqa: B023  # called at once
        ids = pa.array(rows.ids)
        table = writer._table()  # noqa: SLF001  # the very table of the lines, for the gather alone
        timed(lambda: table.take(ids), spent, "Arrow take alone")()  # noqa: B023  # called at once
        size, pieces = size + len(data), pieces + len(rows.ids)
    return spent, size, pieces


def new_scope(records: np.ndarray) -> Scope:
    """Open a scope without spans."""
    from treadle.batch import Scope  # noqa: PLC0415  # its name is a type above

    return Scope(records)


def kernel_of(kind: str) -> str:
    """Return the kernel that a field of this kind belongs to."""
    return "weaving texts" if kind in TEXTS else "drawing facts"


def timed(function: Callable[..., Column], spent: Counter[str], kernel: str) -> Callable[..., Column]:
    """Return the function, its time added to `spent[kernel]`."""

    def wrapped(*arguments: object) -> Column:
        began = time.thread_time_ns()
        result = function(*arguments)
        spent[kernel] += time.thread_time_ns() - began
        return result

    return wrapped


def main() -> None:
    """Print a table for each workload asked for."""
    keep_memory()
    for name in sys.argv[1:] or COUNTS:
        spent, size, pieces = measure(name)
        gather = spent.pop("Arrow take alone")
        alone = f"the Arrow take alone: {gather} ns, {size / gather:.2f} GB/s"
        sys.stdout.write(f"\n{name}: {size} bytes and {pieces} pieces a record; {alone}\n")
        sys.stdout.write(f"{'kernel':28}{'ns/record':>10}{'share':>8}{'GB/s':>8}{'x gather':>10}\n")
        for kernel, ns in spent.most_common():
            sys.stdout.write(
                f"{kernel:28}{ns:10}{100 * ns / spent.total():7.0f}%{size / max(ns, 1):8.2f}{ns / gather:10.2f}\n"
            )
        sys.stdout.write(
            f"{'in all':28}{spent.total():10}{100:7}%{size / spent.total():8.2f}{spent.total() / gather:10.2f}\n"
        )


if __name__ == "__main__":
    main()
