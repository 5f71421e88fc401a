"""Near duplicates by MinHash: texts whose word pairs are mostly the same, found without comparing all with all."""

from __future__ import annotations

import re
from array import array
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from treadle.checks.findings import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from treadle.checks.findings import Finding, Row

_WORD = re.compile(r"\w+")
PERMUTATIONS, BANDS = 120, 10
"""One of ten bands of twelve hashes agrees whole for 96 % of pairs of similarity 0.9, half of those of 0.8, one in eight of 0.7."""
KEPT = 1 << 20
"""Texts that are compared, at most: of more, the first ones."""
MOST = 0.2
"""The share of near duplicates from which on they count as a violation."""


class NearDuplicates:
    """Finds texts that are nearly the same as an earlier one; 80 bytes a text are kept."""

    def __init__(self, text: str, most: float = MOST) -> None:
        """Take the column of the text, and the share that is let pass; needs rensa (the extra `validate`)."""
        self._text, self._most = text, most
        self._bands = [array("Q") for _ in range(BANDS)]
        self._rows = array("Q")
        self._seen, self._told = 0, ""
        self._hasher = _rensa()

    def look(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Take rows in; findings come at the end."""
        for row in rows:
            if self._hasher is not None and isinstance(row[self._text], str) and len(self._rows) < KEPT:
                self._add(row[self._text])
            self._seen += 1
        return iter(())

    def _add(self, text: str) -> None:
        words = _WORD.findall(text.casefold())
        made = self._hasher(num_perm=PERMUTATIONS, seed=42)
        made.update([*words, *(f"{one} {other}" for one, other in pairwise(words))] or [text])
        digest = np.array(made.digest(), np.uint32)
        for band, part in zip(self._bands, digest.reshape(BANDS, -1), strict=True):
            band.append(int.from_bytes(blake2b(part.tobytes(), digest_size=8).digest(), "little"))
        self._rows.append(self._seen)

    def finish(self, number_of: Callable[[int], int]) -> Iterator[Finding]:
        """Yield the near duplicates where they are more than the share that is let pass; note how many there are."""
        if self._hasher is None:
            self._told = "left out: pip install 'treadle[validate]'"
            return
        earlier = _earlier(self._bands, len(self._rows))
        found = np.flatnonzero(earlier >= 0)
        share = len(found) / max(1, len(self._rows))
        self._told = f"{len(found):,} of {len(self._rows):,} texts ({share:.1%}) have a near duplicate before them"
        if share > self._most:
            for place in found.tolist():
                before = number_of(self._rows[int(earlier[place])])
                yield (
                    self._rows[place],
                    self._text,
                    f"nearly as in record {before}",
                    f"at most {self._most:.0%} of such texts",
                )

    def note(self) -> str:
        """Tell how many near duplicates there are."""
        return self._told


def _earlier(bands: Sequence[array[int]], count: int) -> np.ndarray:
    """Return for each text the first one that shares a band with it, -1 where there is none."""
    found = np.full(count, -1, np.int64)
    for band in bands:
        keys = np.frombuffer(band, np.uint64) if count else np.zeros(0, np.uint64)
        _, first, place = np.unique(keys, return_index=True, return_inverse=True)
        before = first[place]
        again = (before < np.arange(count)) & ((found < 0) | (before < found))
        found[again] = before[again]
    return found


def near_duplicates(text: str) -> Check:
    """Return the check for near duplicates by MinHash."""
    held = NearDuplicates(text)
    return Check("near duplicates (MinHash)", held.look, (text,), held.finish, held.note)


def _rensa() -> Any:  # noqa: ANN401  # rensa has no types
    """Return rensa's MinHash, None where it is not installed."""
    try:
        from rensa import RMinHash  # noqa: PLC0415  # an extra
    except ImportError:
        return None
    return RMinHash
