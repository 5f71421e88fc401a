"""Reads what a fairness audit needs: a model's scores by record, and of the dataset the columns that say who was scored.

Of every row a number or two are kept, 16 bytes a prediction and about 8 for each column of the dataset; texts are forgotten.
"""

from __future__ import annotations

from array import array
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from treadle.checks.findings import Tally
from treadle.checks.reading import Layout, Part, chunks
from treadle.errors import UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Row = Mapping[str, Any]  # a record's values are of many types

ROW = "row"
"""The key that stands for the place of a row in its file, from 0."""
_SHOWN = 5


def rows_of(path: Path, columns: Sequence[str] = (), more: Sequence[str] = ()) -> Generator[tuple[int, Row]]:
    """Yield the rows of a dataset with their places from 0; `columns` must be there, of `more` those that are; all by default.

    Raises `UsageError` for an unknown column, or what cannot be read.
    """
    unread, count = Tally("readable", 1), 0
    needed = [name for name in columns if name != ROW]
    with closing(chunks(Layout(_parts(path), only=[*needed, *more]), unread)) as read:
        for chunk in read:
            if unread.violations:
                first = unread.examples[0]
                raise UsageError(f"{path}: {first.place}: found {first.found}, expected {first.expected}")
            for row in chunk.rows:
                missing = [name for name in needed if name not in row]
                if missing:
                    raise UsageError(f"{path}: row {count}: {unknown('column', missing[0], columns_of(path))}")
                yield count, row
                count += 1
    if not count:
        raise UsageError(f"{path}: holds no records: expected some")


def columns_of(path: Path) -> list[str]:
    """Return the columns of a dataset's first row; raises `UsageError` where there is none."""
    with closing(rows_of(path)) as rows:
        return list(next(rows)[1])


def _parts(path: Path) -> list[Part]:
    if not path.exists():
        raise UsageError(f"{path} is not there")
    files = (
        [each for each in sorted(path.glob("part-*")) if not each.name.endswith(".truth.jsonl")]
        if path.is_dir()
        else [path]
    )
    if not files:
        raise UsageError(f"{path}: holds no part-* files: expected a folder that treadle wrote")
    return [Part(file) for file in files]


def key_of(value: object) -> int:
    """Return 64 bits for a record's key: its hash as text, so that 7 in one file is "7" in another."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def repeated(keys: NDArray[np.uint64]) -> tuple[int, int] | None:
    """Return the first two rows that have the same key, if any have."""
    order = np.argsort(keys, kind="stable")
    again = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    if not again.size:
        return None
    later = int(again[np.argmin(order[again + 1])])
    return int(order[later]), int(order[later + 1])


@dataclass(frozen=True)
class Predictions:
    """A model's scores, or decisions as 0 and 1, by the keys of records, sorted."""

    path: str
    keys: NDArray[np.uint64]
    scores: NDArray[np.float64]

    @classmethod
    def read(
        cls,
        path: Path,
        column: str,
        *,
        key: str = "record",
        within: tuple[float, float] = (0, 1),
        decisions: bool = False,
    ) -> Predictions:
        """Read a file of predictions: JSON lines, JSON, CSV or Parquet.

        Raises `UsageError` for a column that is not there, a score that is missing, no number or outside the range `within`, a
        decision other than 0 and 1, and keys that come twice.
        """
        keys, scores = array("Q"), array("d")
        for place, row in rows_of(path, (key, column)):
            keys.append(key_of(place if key == ROW else row[key]))
            scores.append(_score(row[column], within, decisions, f"{path}: row {place}: {column}"))
        again = repeated(np.frombuffer(keys, np.uint64))
        if again:
            raise UsageError(f"{path}: rows {again[0]} and {again[1]} have the same {key}: expected one score a record")
        order = np.argsort(np.frombuffer(keys, np.uint64), kind="stable")
        return cls(str(path), np.frombuffer(keys, np.uint64)[order], np.frombuffer(scores, np.float64)[order])

    def of(self, keys: NDArray[np.uint64], dataset: Path, key: str) -> NDArray[np.float64]:
        """Return the scores of a dataset's records by their keys; raises `UsageError` that names the first without one."""
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        missing = np.flatnonzero(self.keys[at] != keys)
        if missing.size:
            wanted = {*missing[:_SHOWN].tolist()}
            first = [str(row.get(key, place)) for place, row in rows_of(dataset) if place in wanted]
            raise UsageError(
                f"{self.path}: no score for {missing.size:,} of the {len(keys):,} records of {dataset}, the first with {key} "
                f"{', '.join(first)}: score every record, or name another key with --key"
            )
        return self.scores[at]


def _score(value: object, within: tuple[float, float], decisions: bool, where: str) -> float:  # noqa: FBT001  # what is read
    if decisions:
        found = {"0": 0.0, "1": 1.0, "false": 0.0, "true": 1.0, "0.0": 0.0, "1.0": 1.0}.get(str(value).lower())
        if found is None:
            raise UsageError(f"{where}={value!r}: expected a decision, 0 or 1; name a column of scores with --score")
        return found
    low, high = within
    try:
        score = float(str(value))
    except ValueError:
        score = float("nan")
    if isinstance(value, bool) or not isfinite(score) or not low <= score <= high:
        raise UsageError(
            f"{where}={value!r}: expected a number from {low:g} to {high:g}; --range LOW:HIGH names another range"
        )
    return score


class Codes:
    """Values of a column as numbers, in the order of their first appearance."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._place: dict[str, int] = {}
        self._codes = array("l")

    def add(self, value: object) -> None:
        """Take a row's value; None is one as any other."""
        self._codes.append(self._place.setdefault("none" if value is None else str(value), len(self._place)))

    @property
    def values(self) -> list[str]:
        """The different values."""
        return list(self._place)

    @property
    def codes(self) -> NDArray[np.int64]:
        """The place of each row's value among them."""
        return np.frombuffer(self._codes, np.int64)
