"""The pack's own options, as they are given as text: `--examples-per-intent 1000 --edge-cases 2000`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import treadle as td
from treadle.packs.intents.counts import Counts

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS = {
    "examples_per_intent": "clean examples of each intent (default 1000)",
    "edge_cases": "edge cases beside them (default 2000)",
    "test": "make a small batch: 10 examples an intent and 20 edge cases",
    "wall_clock": "date the examples by the clock on the wall, not by the simulated one",
}
"""What `treadle generate intents` takes beside its own options."""
FLAGS = ("test", "wall_clock")
"""Options that stand alone."""
OUTPUT = "training_data.json"
START = "2024-01-24T12:00:00Z"
_SMALL = {"examples_per_intent": "10", "edge_cases": "20"}


def command(
    options: Mapping[str, str], count: int | None
) -> dict[str, Any]:  # options, count and output, as the command line has them
    """Return what `treadle generate intents` is to do: the options that decide records, how many, and the default output.

    Raises `UsageError` for options that do not fit.
    """
    kept = {name: value for name, value in options.items() if name not in FLAGS}
    if "test" in options:
        kept = {**_SMALL, **kept}
    if count is not None and kept:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in kept)
        raise td.UsageError(f"-n {count} and {names} cannot both be given: -n spreads a number over the intents")
    made = count if count is not None else counts_of(kept).total
    if "wall_clock" in options:
        kept["wall_clock"] = options["wall_clock"] or time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"options": kept, "count": made, "output": OUTPUT}


def counts_of(options: Mapping[str, str]) -> Counts:
    """Return the counts among the options; raises `UsageError` for what is no number of 0 or more."""
    usual = Counts()
    given = {name: _count(name, options[name]) for name in ("examples_per_intent", "edge_cases") if name in options}
    return Counts(
        given.get("examples_per_intent", usual.examples_per_intent), given.get("edge_cases", usual.edge_cases)
    )


def start_of(options: Mapping[str, str]) -> str:
    """Return the moment of the first record."""
    return options.get("wall_clock") or START


def _count(name: str, given: str) -> int:
    if not given.isdecimal() or not given.isascii():
        raise td.UsageError(f"--{name.replace('_', '-')} {given!r}: expected a whole number, 0 or more")
    return int(given)
