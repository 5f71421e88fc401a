"""What faults cost: `python benchmarks/corruption.py`.

Prints how much longer hiring pairs take with all eight families of faults, how many texts of 2 KB a pass of ready edits does a
second, and how our keyboard and OCR operators compare with those of nlpaug where it is installed. CPU seconds of one core.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

import treadle as td
from treadle import draw
from treadle.corrupt.choosing import rate_of
from treadle.corrupt.operators import Setting
from treadle.corrupt.passes import applied, settle
from treadle.corrupt.table import BY_NAME
from treadle.corrupt.texts import Texts
from treadle.run.executors import keep_memory
from treadle.run.source import Source, compiled
from treadle.sinks.lines import JsonLines

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.plan import Plan

ROUNDS = 5
EDITS = 6
"""Edits of each text in the pass that is timed by itself."""


def best(function: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the least CPU seconds of a few calls, after one that warms up."""
    function()
    spent = []
    for _ in range(rounds):
        begun = time.process_time()
        function()
        spent.append(time.process_time() - begun)
    return min(spent)


def pair_costs(count: int) -> None:
    """Print what a pair costs without and with faults, without and with truth."""
    for trace in (False, True):
        costs = {}
        for bias in ("none", "balanced"):
            plan = compiled(Source.of("hiring", (), (), {} if bias == "none" else {"bias": bias}), 42, trace=trace)
            costs[bias] = best(lambda plan=plan: lines_of(plan, count)) / count * 1e6
        more = 100 * (costs["balanced"] / costs["none"] - 1)
        told = "with spans and key" if trace else "texts alone"
        print(
            f"hiring, {told}: {costs['none']:.0f} us a pair clean, {costs['balanced']:.0f} us with faults: {more:+.0f} %"
        )


def lines_of(plan: Plan, count: int) -> None:
    """Draw records and write them as JSON lines."""
    lines = JsonLines(plan.table)
    for first in range(0, count, 4096):
        batch = plan.draw(np.arange(first, min(count, first + 4096), dtype=np.uint64)).batch
        lines.lines({**batch.columns, **(plan.truth(batch) if plan.trace else {})}, len(batch))


def gather_rate(count: int) -> None:
    """Print how many texts of 2 KB one pass of edits does a second."""
    texts = pa.array(["word " * 410] * count, pa.large_string())
    row = np.repeat(np.arange(count), EDITS)
    first = row * 2050 + np.tile(np.arange(EDITS) * 300 + 5, count)
    after = pa.array(["mistake"], pa.large_string()).take(pa.array(np.zeros(len(row), np.int64)))
    from treadle.splicing import spliced  # noqa: PLC0415  # timed alone

    seconds = best(lambda: spliced(texts, row, first, first + 4, after))
    print(f"one pass of {EDITS} edits: {count / seconds:,.0f} texts of 2 KB a second (mark: 300,000)")


def peers(count: int) -> None:
    """Print our rate and nlpaug's for slips of the keyboard and for OCR."""
    texts = td.generate("hiring", count=count, truth=False).to_arrow()["resume_text"].combine_chunks()
    texts = texts.cast(pa.large_string())
    held = Texts(texts, draw.record_states(1, np.arange(count, dtype=np.uint64)))
    try:
        import nlpaug.augmenter.char as nac  # noqa: PLC0415  # only where it is installed
    except ImportError:
        print("nlpaug is not installed: pip install nlpaug")
        return
    for name, peer in (("keyboard_typo", nac.KeyboardAug()), ("ocr_confusion", nac.OcrAug())):
        each, fresh = BY_NAME[name], lambda: Texts(held.array, held.states)
        ours = best(
            lambda each=each, fresh=fresh: applied(
                fresh(), settle(fresh(), each.function(fresh(), Setting(), rate_of(each.rate, 0.5)))
            )
        )
        few = texts.slice(0, 40).to_pylist()
        theirs = best(lambda peer=peer, few=few: [peer.augment(text) for text in few], 1) / len(few)
        ratio = theirs / (ours / count)
        print(f"{name}: {count / ours:,.0f} texts a second, nlpaug {1 / theirs:,.0f}: {ratio:,.0f} times (mark: 500)")


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
