"""What a dataset of pairs holds, counted: `Statistics`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from treadle.packs.hiring.settings import GRADES
from treadle.packs.hiring.taxonomy import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from treadle.packs.hiring.training import TrainingDataset

    Ints = NDArray[np.int64]

COUNTED = ("match_label", "match_grade", "split", "level", "candidate_level", "role", "industry", "locale")
LISTED = ("skills", "required")
TEXTS = ("resume_text", "job_skill_text")
ORDERS: dict[str, tuple[object, ...]] = {
    "match_label": (0, 1),
    "match_grade": GRADES,
    "split": ("train", "validation", "test"),
    "level": LEVELS,
    "candidate_level": LEVELS,
}
"""Columns whose values have an order of their own; the others' stand with the commonest first."""
CROSSED = (("level", "match_label"), ("level", "match_grade"), ("split", "match_label"))
BINS = 40
"""Bars of the score's histogram: the default thresholds lie between two of them."""
QUANTILES = (0, 5, 25, 50, 75, 95, 100)
_SHOWN = 12
_FULL = 10_000


@dataclass(frozen=True)
class Statistics:
    """Counts of a dataset; printing it gives a table.

    `counts` and `crossed` are by value, `score` and `words` are quantiles in percent, `histogram` counts the scores of either label
    in `BINS` bars.
    """

    rows: int
    counts: Mapping[str, Mapping[object, int]]
    crossed: Mapping[tuple[str, str], Mapping[tuple[object, object], int]]
    score: Mapping[int, float]
    words: Mapping[str, Mapping[int, int]]
    histogram: Mapping[int, tuple[int, ...]]

    def share(self, column: str, value: object) -> float:
        """Return the share of rows that hold a value, from 0 to 1; of rows that list it, for `skills` and `required`."""
        return self.counts[column].get(value, 0) / max(self.rows, 1)

    def __str__(self) -> str:
        """Return the table."""
        parts = [f"{self.rows:,} pairs", _quantiles(self), _balance(self)]
        parts += [_counts(self, name) for name in COUNTED]
        parts += [_counts(self, name, f"{name} (share of {told})") for name, told in zip(LISTED, TEXTS, strict=True)]
        return "\n\n".join(parts)


@dataclass
class _Tally:
    """Counts so far."""

    rows: int = 0
    counts: dict[str, Counter[object]] = field(
        default_factory=lambda: {name: Counter() for name in (*COUNTED, *LISTED)}
    )
    crossed: dict[tuple[str, str], Counter[tuple[object, object]]] = field(
        default_factory=lambda: {pair: Counter() for pair in CROSSED}
    )
    points: list[Ints] = field(default_factory=list)
    labels: list[Ints] = field(default_factory=list)
    words: dict[str, list[Ints]] = field(default_factory=lambda: {name: [] for name in TEXTS})

    def add(self, batch: pa.RecordBatch) -> None:
        """Count a batch of rows."""
        frame = pl.DataFrame(pl.from_arrow(batch))
        self.rows += len(frame)
        for name in COUNTED:
            self.counts[name].update(dict(frame[name].value_counts().iter_rows()))
        for name in LISTED:
            self.counts[name].update(dict(frame[name].list.unique().explode().drop_nulls().value_counts().iter_rows()))
        for pair in CROSSED:
            self.crossed[pair].update({(one, two): n for one, two, n in frame.group_by(pair).len().iter_rows()})
        self.points.append((frame["score"] * _FULL).round().cast(pl.Int64).to_numpy())
        self.labels.append(frame["match_label"].to_numpy())
        for name, counted in self.words.items():
            counted.append(frame[name].str.count_matches(r"\S+").cast(pl.Int64).to_numpy())


def statistics(dataset: TrainingDataset) -> Statistics:
    """Count what a dataset holds, in one pass over batches."""
    tally = _Tally()
    for batch in dataset.batches():
        tally.add(batch)
    points, labels = (np.concatenate([*parts, np.zeros(0, np.int64)]) for parts in (tally.points, tally.labels))
    bars = np.minimum(points * BINS // _FULL, BINS - 1)
    return Statistics(
        tally.rows,
        {name: _ordered(name, counted) for name, counted in tally.counts.items()},
        {pair: dict(counted) for pair, counted in tally.crossed.items()},
        {percent: value / _FULL for percent, value in _at(points).items()},
        {name: _at(np.concatenate([*counted, np.zeros(0, np.int64)])) for name, counted in tally.words.items()},
        {label: tuple(np.bincount(bars[labels == label], minlength=BINS).tolist()) for label in (0, 1)},
    )


def _ordered(column: str, counted: Counter[object]) -> dict[object, int]:
    own = {value: place for place, value in enumerate(ORDERS.get(column, ()))}
    return dict(sorted(counted.items(), key=lambda each: (own.get(each[0], len(own)), -each[1], str(each[0]))))


def _at(values: Ints) -> dict[int, int]:
    """Return the quantiles: for each the least value that at least so many percent of all do not exceed."""
    if not len(values):
        return dict.fromkeys(QUANTILES, 0)
    found = np.quantile(values, np.array(QUANTILES) / 100, method="inverted_cdf")
    return dict(zip(QUANTILES, found.tolist(), strict=True))


def _quantiles(found: Statistics) -> str:
    heads = ["least" if q == 0 else "most" if q == 100 else f"p{q}" for q in QUANTILES]
    rows = [["", *heads], ["score", *(f"{value:.4f}" for value in found.score.values())]]
    rows += [
        [f"words of {name}", *(f"{value:,}" for value in counted.values())] for name, counted in found.words.items()
    ]
    return _aligned(rows)


def _balance(found: Statistics) -> str:
    counted = found.crossed["level", "match_label"]
    rows = [["label by level of the post", "0", "1", "share of 1"]]
    for level in found.counts["level"]:
        zero, one = (counted.get((level, label), 0) for label in (0, 1))
        rows.append([f"  {_visible(level)}", f"{zero:,}", f"{one:,}", f"{one / (zero + one):.1%}"])
    return _aligned(rows)


def _counts(found: Statistics, column: str, title: str = "") -> str:
    counted = found.counts[column]
    shown = dict(list(counted.items())[:_SHOWN])
    rows = [[title or column, "count", "share"]]
    rows += [
        [f"  {_visible(value)}", f"{count:,}", f"{found.share(column, value):.1%}"] for value, count in shown.items()
    ]
    more = len(counted) - len(shown)
    if more:
        rows.append([f"  and {more:,} more", f"{sum(counted.values()) - sum(shown.values()):,}", ""])
    return _aligned(rows)


def _visible(value: object) -> str:
    """Return a value with every control character replaced: files come from anywhere, and tables go to terminals."""
    return "".join(each if each.isprintable() else "\ufffd" for each in str(value))


def _aligned(rows: list[list[str]]) -> str:
    """Return rows of cells as lines, the first column to the left and the others to the right."""
    first, *others = (max(len(row[place]) for row in rows) for place in range(len(rows[0])))
    lines = (
        [row[0].ljust(first), *(cell.rjust(width) for cell, width in zip(row[1:], others, strict=True))] for row in rows
    )
    return "\n".join("  ".join(line).rstrip() for line in lines)
