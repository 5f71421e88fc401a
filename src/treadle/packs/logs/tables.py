"""Reads the data files of a domain: tab-separated tables, and quantile tables."""

from __future__ import annotations

import csv
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

BODY, TAIL = 32, 16
"""Steps of a quantile table from 0 to 1, and of its last step, which is told again in finer ones."""
_BITS = 16
DRAWN = (1 << _BITS) - 1
"""A uniform number from 0 to this says where a value stands among all values of its kind."""


@cache
def table(path: Path) -> tuple[dict[str, str], ...]:
    """Return the rows of a tab-separated file; lines that begin with `#` say where its content is from."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return tuple(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def column(path: Path, name: str) -> Ints:
    """Return a column of integers."""
    return np.array([int(row[name]) for row in table(path)], np.int64)


def entries(path: Path, name: str = "entry") -> list[str]:
    """Return a column of texts."""
    return [row[name] for row in table(path)]


def weighted(path: Path, name: str = "entry") -> dict[str, int]:
    """Return a column of texts with their weights."""
    return {row[name]: int(row["weight"]) for row in table(path)}


def quantile(points: Ints, drawn: Ints) -> Ints:
    """Return the values at places of a distribution, linear between `points` (BODY + TAIL + 2,); `drawn` is in [0, DRAWN]."""
    shift = _BITS - (BODY.bit_length() - 1)
    fine = shift - (TAIL.bit_length() - 1)
    step, rest = drawn >> shift, drawn & ((1 << shift) - 1)
    tail, left = rest >> fine, rest & ((1 << fine) - 1)
    last = step == BODY - 1
    place = np.where(last, BODY + 1 + tail, step)
    width = np.where(last, fine, shift)
    found: Ints = points[place] + (((points[place + 1] - points[place]) * np.where(last, left, rest)) >> width)
    return found
