"""Measures of texts: how long they are, and how much of them is new."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_TOKEN = re.compile(r"\w+(?:[-'.+#]\w+)*")


@dataclass(frozen=True)
class TextMeasure:
    """One column of texts: words at the quantiles 5, 50 and 95 %, and the shares of tokens and of pairs that are distinct.

    Distinct-1 and distinct-2 are the numbers of different tokens and neighbouring pairs over the numbers of all, after Li et al.,
    A Diversity-Promoting Objective Function for Neural Conversation Models (2016); small letters, no token across two texts.
    """

    column: str
    words: tuple[int, int, int]
    distinct_tokens: float
    distinct_pairs: float


def measure(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> list[TextMeasure]:
    """Measure columns of texts in one pass; what is no text is passed over."""
    held = {name: _Held() for name in columns}
    for row in rows:
        for name in columns:
            if isinstance(row.get(name), str):
                held[name].add(row[name])
    return [each.measured(name) for name, each in held.items()]


class _Held:
    def __init__(self) -> None:
        self._lengths: list[int] = []
        self._tokens: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()

    def add(self, text: str) -> None:
        tokens = _TOKEN.findall(text.lower())
        self._lengths.append(len(text.split()))
        self._tokens.update(tokens)
        self._pairs.update(pairwise(tokens))

    def measured(self, name: str) -> TextMeasure:
        lengths = sorted(self._lengths) or [0]
        low, middle, high = (lengths[round(share * (len(lengths) - 1) / 100)] for share in (5, 50, 95))
        return TextMeasure(name, (low, middle, high), _distinct(self._tokens), _distinct(self._pairs))


def _distinct(counts: Counter[Any]) -> float:  # tokens or pairs of them
    return len(counts) / max(1, counts.total())
