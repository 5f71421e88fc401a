"""Lists: the data files of `corrupt/data` as tables of alternatives: for a character or a word, what may stand in its place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import gcd
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treadle import draw
from treadle.corrupt.choosing import any_below
from treadle.corrupt.texts import Texts
from treadle.errors import UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from treadle.corrupt.texts import Bools, Stretches
    from treadle.draw import States
    from treadle.pieces import Ints

MOST_REPEATED = 64
"""Alternatives are repeated in proportion to their weights, and the heaviest of one key at most this often."""


def rows_of(name: str) -> list[dict[str, str]]:
    """Return the rows of a data file by column: comments at its head, then one line of names, tab-separated."""
    text = resources.files("treadle.corrupt").joinpath("data", f"{name}.tsv").read_text(encoding="utf-8")
    lines = text.split("\n")
    begin = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    names = lines[begin].split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines[begin + 1 :] if line]


def fault_list(name: str) -> list[dict[str, str]]:
    """Return the rows of one of the lists that faults are made of, by column: `fairness_names`, `neighbourhoods`, `icons`, ...

    Raises `UsageError` for a list that is not there.
    """
    known = sorted(
        file.name.removesuffix(".tsv")
        for file in resources.files("treadle.corrupt").joinpath("data").iterdir()
        if file.name.endswith(".tsv")
    )
    if name not in known:
        raise UsageError(unknown("list of faults", name, known))
    return rows_of(name)


@dataclass(frozen=True, eq=False)
class Alternatives:
    """For each of n keys (texts, or the code points of single characters) a few texts, `pool[offsets[k]:offsets[k + 1]]`.

    `longest` is the length of the longest key in bytes, `heads` tells of each byte whether a key begins with it, (256,).
    `hashed` are the hashes of all keys, ascending, and `order` the key of each; `likely` tells of the last bits of a hash
    whether a key has them, `opens` whether the first word of a key of several words has.
    """

    keys: pa.Array
    points: Ints
    offsets: Ints
    pool: pa.Array
    longest: int
    heads: Bools
    hashed: NDArray[np.uint64]
    order: Ints
    likely: Bools
    opens: Bools

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str, int]]) -> Alternatives:
        """Take (key, alternative, weight); an alternative that equals its key is left out."""
        by_key: dict[str, list[tuple[str, int]]] = {}
        for key, other, weight in pairs:
            if key != other and key:
                by_key.setdefault(key, []).append((other, weight))
        ordered = sorted(by_key)
        pools = [_repeated(by_key[key]) for key in ordered]
        single = all(len(key) == 1 for key in ordered)
        keys = pa.array(ordered, pa.large_string())
        texts = Texts(keys, np.zeros(len(keys), np.uint64))
        own = hashes(texts.data, texts.bounds[:-1], texts.bounds[1:])
        order = np.argsort(own, kind="stable")
        words_ = texts.words
        again = np.flatnonzero(np.append(words_.row[1:] == words_.row[:-1], False))  # the last has none behind it
        first = words_.take(again)
        return cls(
            keys,
            np.array([ord(key) for key in ordered] if single else [], np.int64),
            np.cumsum([0, *map(len, pools)]).astype(np.int64),
            pa.array([text for pool in pools for text in pool], pa.large_string()),
            max((len(key.encode()) for key in ordered), default=0),
            np.isin(np.arange(256), [key.encode()[0] for key in ordered]),
            own[order],
            order,
            _marked(own),
            _marked(hashes(texts.data, first.start, first.end)),
        )

    def find(self, texts: Texts, where: Stretches) -> Ints:
        """Return the key that stands in each stretch, -1 where none does."""
        found = np.full(len(where.row), -1)
        short = np.flatnonzero((where.end > where.start) & (where.end - where.start <= self.longest))
        own = hashes(texts.data, where.start[short], where.end[short])
        likely = np.flatnonzero(self.likely[own & _LAST_BITS])
        short, own = short[likely], own[likely]
        at = np.minimum(np.searchsorted(self.hashed, own), len(self.hashed) - 1)
        hit = np.flatnonzero(self.hashed[at] == own) if len(own) else short
        key, short = self.order[at[hit]], short[hit]
        same = pc.equal(texts.strings(where.take(short)), self.keys.take(pa.array(key))).to_numpy(zero_copy_only=False)
        found[short[same]] = key[same]
        return found

    def openers(self, texts: Texts, where: Stretches) -> Bools:
        """Tell of each stretch whether it may be the first word of a key of several words."""
        opens: Bools = self.opens[hashes(texts.data, where.start, where.end) & _LAST_BITS]
        return opens

    def find_points(self, points: Ints) -> Ints:
        """Return the key of each code point, -1 where it is none."""
        if not len(self.points):
            return np.full(len(points), -1)
        at = np.minimum(np.searchsorted(self.points, points), len(self.points) - 1)
        return np.where(self.points[at] == points, at, -1)

    def pick(self, key: Ints, states: States, row: Ints, place: Ints, *, slot: int) -> pa.Array:
        """Return an alternative of each key, drawn for (text, place within it)."""
        count = self.offsets[key + 1] - self.offsets[key]
        return self.pool.take(pa.array(self.offsets[key] + any_below(states, row, place, count, slot=slot)))


def hashes(data: NDArray[np.uint8], start: Ints, end: Ints) -> NDArray[np.uint64]:
    """Return a hash of each stretch of bytes: of its words of 8 bytes, the last one filled up with zeros, and of its length."""
    padded = np.append(data, np.zeros(8, np.uint8))
    words = np.ndarray(len(data) + 1, np.dtype("<u8"), padded, strides=(1,))
    found = (end - start).astype(np.uint64)
    left = np.arange(len(start))
    while left.size:
        size = end[left] - start[left]
        word = words[start[left]] & _FILLED[np.minimum(size, 8)]
        found[left] = draw.finalize(found[left] ^ word)
        left = left[size > 8]  # bytes of a word
        start = start + 8
    return found


_FILLED = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
"""The bits of a word of which so many bytes are filled."""
_LAST_BITS = np.uint64((1 << 17) - 1)


def _marked(hashed: NDArray[np.uint64]) -> Bools:
    """Tell of all last bits of hashes whether any of some has them."""
    marked = np.zeros(int(_LAST_BITS) + 1, np.bool_)
    marked[hashed & _LAST_BITS] = True
    return marked


def _repeated(weighted: list[tuple[str, int]]) -> list[str]:
    together = gcd(*(weight for _, weight in weighted))
    most = max(weight for _, weight in weighted) // together
    step = max(together, together * -(-most // MOST_REPEATED))
    return [text for text, weight in weighted for _ in range(max(1, weight // step))]


def in_cases(pairs: Iterable[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """Return pairs of words as they are, with a capital, and in capitals."""
    made = []
    for key, other, weight in pairs:
        made.append((key, other, weight))
        if key[:1].islower():
            made.append((_capital(key), _capital(other), weight))
            if len(key) > 1:
                made.append((key.upper(), other.upper(), weight))
    return list({(key, other): (key, other, weight) for key, other, weight in made}.values())


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


@cache
def words(name: str, key: str, other: str) -> Alternatives:
    """Return a list of words and what stands for them, in all cases."""
    return Alternatives.of(in_cases((row[key], row[other], int(row.get("weight", 1))) for row in rows_of(name)))


@cache
def characters(name: str, key: str, others: str) -> Alternatives:
    """Return single characters and the characters that stand for each, written together in one cell."""
    return Alternatives.of((row[key], other, 1) for row in rows_of(name) for other in row[others])
