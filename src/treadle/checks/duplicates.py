"""Values that come twice: texts, texts that hardly differ, and identifiers."""

from __future__ import annotations

import re
from array import array
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from treadle.checks.findings import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from treadle.checks.findings import Finding, Row

LONG = 30
"""Words from which on a text that comes twice counts as a violation; shorter ones repeat by chance, and are noted."""


class Repeats:
    """Finds what comes more than once in a column, by hashes of 64 bits: eight bytes a value are kept.

    With `near` two texts are the same where they differ in case, digits, marks and spaces alone.
    """

    def __init__(self, columns: Sequence[str], *, near: bool = False, least: int = 0) -> None:
        """Take the columns; texts under `least` words are counted, and are no violations."""
        self._columns, self._near, self._least = columns, near, least
        self._seen = {name: array("Q") for name in columns}
        self._plain = {name: array("Q") for name in columns if near}
        self._long = {name: bytearray() for name in columns}
        self._short: dict[str, int] = {}

    def look(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Take rows in; findings come at the end."""
        for row in rows:
            for name in self._columns:
                value = row.get(name)
                text = value if isinstance(value, str) else repr(value)
                self._seen[name].append(_hash(_normal(text) if self._near else text))
                if self._near:
                    self._plain[name].append(_hash(text))
                self._long[name].append(value is not None and len(text.split()) >= self._least)
        return iter(())

    def finish(self, number_of: Callable[[int], int]) -> Iterator[Finding]:
        """Yield every row whose value stood in an earlier row already; `number_of` gives a row's record number."""
        what = "a text that differs in more than case, digits and marks" if self._near else "a value of its own"
        for name in self._columns:
            later, first = self._repeated(name)
            long = np.frombuffer(self._long[name], np.bool_)[later] if len(later) else np.zeros(0, np.bool_)
            self._short[name] = int((~long).sum()) if self._least else 0
            for row, before in zip(later[long].tolist(), first[long].tolist(), strict=True):
                yield row, name, f"as in record {number_of(before)}", what

    def note(self) -> str:
        """Tell how many short texts come again."""
        told = ", ".join(f"{name} {count:,}" for name, count in self._short.items() if count)
        return f"short texts that come again: {told}" if told else ""

    def _repeated(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows of a column that repeat an earlier one, and the first row of each."""
        keys = np.frombuffer(self._seen[name], np.uint64)
        order = np.argsort(keys, kind="stable")
        placed = keys[order]
        begins = np.flatnonzero(np.concatenate([[True], placed[1:] != placed[:-1]])) if len(keys) else order
        first = order[np.repeat(begins, np.diff(np.append(begins, len(keys))))]
        again = first != order
        if self._near:
            plain = np.frombuffer(self._plain[name], np.uint64)
            again &= plain[first] != plain[order]
        later, before = order[again], first[again]
        place = np.argsort(later, kind="stable")
        return later[place], before[place]


def duplicates(columns: Sequence[str]) -> Check:
    """Return the check for texts that come twice."""
    held = Repeats(columns, least=LONG)
    return Check("duplicates", held.look, finish=held.finish, note=held.note)


def near_duplicates(columns: Sequence[str]) -> Check:
    """Return the check for texts that differ in case, digits, marks and spaces alone."""
    held = Repeats(columns, near=True, least=LONG)
    return Check("near duplicates", held.look, finish=held.finish)


def unique(columns: Sequence[str]) -> Check:
    """Return the check that identifiers, and fields declared unique, hold no value twice."""
    held = Repeats(columns)
    return Check("unique", held.look, columns, held.finish)


_LETTERS = re.compile(r"[^\W\d_]+")
_blake = partial(blake2b, digest_size=8)


def _normal(text: str) -> str:
    return " ".join(_LETTERS.findall(text.casefold()))


def _hash(text: str) -> int:
    return int.from_bytes(_blake(text.encode("utf-8", "surrogatepass")).digest(), "little")
