"""What faults cost: `python benchmarks/corruption.py`.

Prints, for each format, what a hiring pair costs clean and with all eight families of faults at their default rates: files
are written with one worker, in turn, and the best of the rounds counts. Then how many texts of 2 KB a pass of ready edits
does a second, and how `td.with_faults` compares with nlpaug's keyboard and OCR augmenters, where these are installed, on
texts of 2 KB. All are CPU seconds of one core. A machine that others use slows both sides alike: compare ratios.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

import treadle as td
from treadle.run.executors import keep_memory
from treadle.splicing import spliced

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3
EDITS = 6
"""Edits of each text in the pass that is timed by itself."""
CLASSIC = ["name", "resume_text", "job_skill_text", "match_label", "bias_type"]
FORMATS = (
    ("parquet", "none", ()), ("parquet", "inline", ()), ("jsonl", "none", ()), ("jsonl", "inline", ()), ("csv", "none", CLASSIC),
    ("csv", "sidecar", CLASSIC),
)  # fmt: skip
"""Format, where the truth goes, and columns (all where none is named)."""
MOST = 40
"""The mark: faults may take so many percent of the clean rate."""


def best(function: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the least CPU seconds of a few calls, after one that warms up."""
    function()
    return min(spent(function) for _ in range(rounds))


def spent(function: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    begun = time.process_time()
    function()
    return time.process_time() - begun


def pair_costs(count: int) -> None:
    """Print what a pair costs without and with faults in each format."""
    print(f"{'format':9}{'truth':9}{'clean':>10}{'faulted':>11}{'rate':>9}  (mark: -{MOST} %)")
    for name, truth, columns in FORMATS:
        runs = {bias: dataset(bias, count, truth, columns) for bias in ("none", "balanced")}
        found: dict[str, list[float]] = {bias: [] for bias in runs}
        for _ in range(ROUNDS):
            for bias, made in runs.items():
                found[bias].append(spent(partial(written, made, name, truth)))
        clean, faulted = (min(each) / count * 1e6 for each in found.values())
        print(f"{name:9}{truth:9}{clean:7.0f} us{faulted:8.0f} us{100 * (clean / faulted - 1):+7.0f} %")


def dataset(bias: str, count: int, truth: str, columns: list[str] | tuple[()]) -> td.Dataset:
    """Return pairs whose recipe is compiled."""
    options = {} if bias == "none" else {"bias": bias}
    made = td.generate("hiring", count=count, truth=truth != "none", columns=columns, options=options)
    made.record(0)
    return made


def written(made: td.Dataset, name: str, truth: str) -> None:
    """Write a dataset, and remove it."""
    folder = Path(tempfile.mkdtemp())
    try:
        made.write(str(folder / f"pairs.{name}"), format=name, truth=truth, workers=1)
    finally:
        shutil.rmtree(folder)


def gather_rate(count: int) -> None:
    """Print how many texts of 2 KB one pass of edits does a second."""
    texts = pa.array(["word " * 410] * count, pa.large_string())
    row = np.repeat(np.arange(count), EDITS)
    first = row * 2050 + np.tile(np.arange(EDITS) * 300 + 5, count)
    after = pa.array(["mistake"], pa.large_string()).take(pa.array(np.zeros(len(row), np.int64)))
    seconds = best(lambda: spliced(texts, row, first, first + 4, after))
    print(f"one pass of {EDITS} edits: {count / seconds:,.0f} texts of 2 KB a second (mark: 300,000)")


def peers(count: int) -> None:
    """Print our rate and nlpaug's for slips of the keyboard and for OCR, on texts of 2 KB."""
    records = td.generate("hiring", count=count, truth=False).to_arrow()["resume_text"].to_pylist()
    texts = [(text * 3)[:2000] for text in records]
    ours = {
        name: best(lambda name=name: td.with_faults(texts, name)) / count for name in ("keyboard_typo", "ocr_confusion")
    }
    try:
        import nlpaug.augmenter.char as nac  # noqa: PLC0415  # only where it is installed
    except ImportError:
        nac = None
        print("nlpaug is not installed: pip install nlpaug, in an environment of its own")
    for name, peer in (("keyboard_typo", "KeyboardAug"), ("ocr_confusion", "OcrAug")):
        told = f"td.with_faults, {name}: {1 / ours[name]:,.0f} texts of 2 KB a second"
        if nac is not None:
            augmenter = getattr(nac, peer)()
            theirs = best(lambda augmenter=augmenter: [augmenter.augment(text) for text in texts[:40]], 1) / 40
            told += f"; nlpaug {1 / theirs:,.0f}: {theirs / ours[name]:,.0f} times (mark: 500)"
        print(told)


def main() -> None:
    """Print all of it."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=8192, help="pairs (default: 8192)")
    count = parser.parse_args().count
    keep_memory()
    pair_costs(count)
    gather_rate(20_000)
    peers(2_000)


if __name__ == "__main__":
    main()
