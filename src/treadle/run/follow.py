"""Following: records sent on as time goes by, so many a second, in the order of their simulated time."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from treadle.errors import OutputError, UsageError
from treadle.pieces import PLAIN
from treadle.run.source import compiled
from treadle.sinks.lines import JsonLines, LineWriter
from treadle.sinks.stream import STDOUT, open_stream
from treadle.sinks.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from treadle.plan import Plan
    from treadle.run.source import Source

MOST_RATE = 1_000_000
_UNITS = {"s": 1, "min": 60, "h": 3600}
_BEATS = 20
"""How often a second lines are sent, where there are that many."""
BATCH = 4_096
Lines = list[bytes]


def rate_of(text: str) -> Fraction:
    """Return records a second of `100/s`, `6000/min` or `100`; raises `UsageError`."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(?:/(s|min|h))?", text.strip())
    rate = Fraction(found[1]) / _UNITS[found[2] or "s"] if found else Fraction(0)
    if not 0 < rate <= MOST_RATE:
        raise UsageError(f"rate={text!r}: expected records a second, as in 100/s or 30/min, at most {MOST_RATE}/s")
    return rate


def lines_of(plan: Plan, first: int, last: int | None, *, text: bool) -> Iterator[Lines]:
    """Yield the lines of records first..last-1 (without `last` for ever), some at a time: JSON, or with `text` the only column."""
    json, raw = JsonLines(plan.table), LineWriter(plan.table, PLAIN)
    begin = first
    while last is None or begin < last:
        end = min(begin // BATCH * BATCH + BATCH, BATCH * (begin // BATCH + 1) if last is None else last)
        batch = plan.draw(np.arange(begin, end, dtype=np.uint64)).batch
        made = (
            plain(raw, next(iter(batch.columns.values())), len(batch))
            if text
            else json.lines(batch.columns, len(batch))
        )
        yield bytes(made).split(b"\n")[:-1]
        begin = end


def follow(
    source: Source,
    seed: int,
    target: str,
    *,
    first: int = 0,
    last: int | None = None,
    rate: str = "10/s",
    text: bool = False,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
    noted: Callable[[int], None] = lambda _: None,
) -> int:
    """Send the lines of records first..last-1 to a target at a rate, without `last` until stopped; return how many were sent.

    `noted` is told after each portion how many were sent in all. A reader of standard output that has seen enough ends it.
    """
    pace = rate_of(rate)
    plan = compiled(source, seed, trace=False)
    plan.check_range(first, first if last is None else last)
    sent, beat = 0, max(1, int(pace / _BEATS))
    with _until_left(target), open_stream(target) as send:
        begun = clock()
        for lines in lines_of(plan, first, last, text=text):
            for place in range(0, len(lines), beat):
                due = float(sent / pace) - (clock() - begun)
                if due > 0:
                    wait(due)
                portion: Sequence[bytes] = lines[place : place + beat]
                send(portion)
                sent += len(portion)
                noted(sent)
    return sent


@contextmanager
def _until_left(target: str) -> Iterator[None]:
    """End quietly where what reads standard output has closed it, as `head` does; any other end of a stream is an error."""
    try:
        yield
    except OutputError as error:
        if target != STDOUT or not isinstance(error.__cause__, BrokenPipeError):
            raise
