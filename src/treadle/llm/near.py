"""Near-duplicates: a text whose words, three by three, are mostly those of one earlier text.

A text is held as the eight least hashes of its word triples (a bottom-k sketch, Broder 1997); two texts are near duplicates where
at least six are shared. Short texts are held whole. Memory is eight hashes a text.
"""

from __future__ import annotations

import re
from itertools import accumulate
from zlib import crc32

_WORD = re.compile(r"\w+")
KEPT, SHARED = 8, 6
LONG = 12
"""Words from which on texts are compared by triples; shorter ones are duplicates where all words are equal."""
LEAST = 6
"""Words below which a text may come again: there are too few ways to say little."""


class Sketches:
    """The sketches of one text field, in the order of its records."""

    def __init__(self) -> None:
        """Begin with no text."""
        self._owner: dict[int, int] = {}

    def like(self, sketch: tuple[int, ...]) -> int | None:
        """Return the record of an earlier text that a sketch is nearly that of, None where there is none."""
        if not sketch:
            return None
        owners = [owner for owner in map(self._owner.get, sketch) if owner is not None]
        needed = -(-SHARED * len(sketch) // KEPT)
        if len(owners) < needed:
            return None
        best = max(set(owners), key=owners.count)
        return best if owners.count(best) >= needed else None

    def add(self, sketch: tuple[int, ...], record: int) -> None:
        """Remember the text of a record."""
        for each in sketch:
            self._owner.setdefault(each, record)


def sketch_of(text: str) -> tuple[int, ...]:
    """Return the sketch of a text: eight hashes, one for a short text, none for one that may come again."""
    words = _WORD.findall(text.casefold())
    if len(words) < LEAST:
        return ()
    if len(words) < LONG:
        return (crc32(" ".join(words).encode()) | 1 << 32,)
    data = " ".join(words).encode()
    sizes = words if data.isascii() else [word.encode() for word in words]
    begins = list(accumulate((len(word) + 1 for word in sizes), initial=0))
    triples = zip(begins, begins[3:], strict=False)
    hashes = {crc32(data[begin : end - 1]) * 0x9E3779B1 & 0xFFFFFFFF for begin, end in triples}
    return tuple(sorted(hashes)[:KEPT])
