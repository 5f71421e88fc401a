"""How fast the hiring pack is written as Parquet: `python benchmarks/hiring_speed.py [--count 131072] [--workers 2]`.

Megabytes are those of both texts (10**6 bytes of UTF-8), seconds are wall time from the first record to the published folder. The
recipe is compiled once before, as a run of any length does.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

import treadle as td
from treadle.run.executors import keep_memory

SHARD = 8_192
TEXTS = ["resume_text", "job_skill_text"]


def main() -> None:
    """Write the pairs once without spans and once with them, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=131_072)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    keep_memory()
    sys.stdout.write(
        f"{'truth':8}{'pairs':>9}{'pairs/s':>10}{'text MB/s':>11}{'wanted':>8}{'CPU us a pair':>15}{'peak MB':>9}\n"
    )
    for truth in ("none", "inline"):
        folder = Path(tempfile.mkdtemp())
        try:
            row = measured(folder / "pairs", truth, arguments.count, arguments.workers)
        finally:
            shutil.rmtree(folder)
        sys.stdout.write(row + "\n")


def measured(output: Path, truth: str, count: int, workers: int) -> str:
    """Write one dataset and return its row."""
    dataset = td.generate("hiring", count=count, truth=truth != "none")
    dataset.record(0)
    began, spent = time.perf_counter(), time.process_time()
    dataset.write(f"{output}/", format="parquet", truth=truth, workers=workers, shard_size=SHARD)
    seconds, spent = time.perf_counter() - began, time.process_time() - spent
    size = sum(
        pc.sum(pc.binary_length(column)).as_py()
        for part in output.glob("*.parquet")
        for column in pq.read_table(part, columns=TEXTS)
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = f"{count / seconds:10,.0f}{size / 1e6 / seconds:11.0f}{'250':>8}"
    return f"{truth:8}{count:9,}{rate}{1e6 * spent / count:15.1f}{peak:9.0f}"


if __name__ == "__main__":
    main()
