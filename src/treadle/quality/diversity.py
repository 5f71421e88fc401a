"""Diversity of a set of texts: how much of it is new, how like each other its texts are, and how they begin.

All measures take words as tokens: runs of letters, digits and apostrophes, in small letters; marks are left out. Compare sets at
equal numbers of texts and tokens: most of these figures favour short texts.
"""

from __future__ import annotations

import gzip
import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import NDArray

    Tokens = Sequence[str]

_TOKEN = re.compile(r"\w+(?:['\u2019]\w+)*")
_CONTRACTION = re.compile(r"\b\w+['\u2019](?:s|t|re|ve|ll|d|m)\b", re.IGNORECASE)
_POLITE = re.compile(r"\b(?:please|pls|plz|thanks?|thank you|thx|cheers|grateful)\b", re.IGNORECASE)
WINDOW = 100
"""Tokens of a window of the moving-average type-token ratio (Covington and McFall, 2010)."""
REFERENCES = 500
"""Texts that each one is compared with for self-BLEU, and whose kernel is taken for the Vendi score."""
NEAR = 0.8
"""Jaccard similarity of character trigrams from which on two texts are near duplicates."""


@dataclass(frozen=True)
class Diversity:
    """Measures of `texts` texts with `tokens` tokens.

    `distinct`: shares of different n-grams, n from 1 to 3 (Li et al., 2016). `mattr`: mean type-token ratio over windows of 100
    tokens. `self_bleu`: mean BLEU-4 of a text against 500 others (Zhu et al., 2018). `vendi`: exponential of the entropy of the
    eigenvalues of the similarity kernel of 500 texts, over their number (Friedman and Dieng, 2023). `unique`: mean share of a
    text's word trigrams that stand in no other. `near`: share of texts with a near duplicate. `gzip`: how many times smaller gzip
    makes them. `first_bits`: entropy of the first token. `contractions`, `polite`: shares of texts with such a word. `lengths`:
    tokens at the quantiles 1, 50 and 99 %.
    """

    texts: int
    tokens: int
    distinct: tuple[float, float, float]
    mattr: float
    self_bleu: float
    vendi: float
    unique: float
    near: float
    gzip: float
    first_bits: float
    contractions: float
    polite: float
    lengths: tuple[int, int, int]


def tokens_of(text: str) -> list[str]:
    """Return the tokens of a text."""
    return _TOKEN.findall(text.lower())


def diversity(texts: Sequence[str]) -> Diversity:
    """Measure texts; the time grows with their number, and with its square for near duplicates: give a few thousand."""
    held = [tokens_of(text) for text in texts]
    words = [len(each) for each in held]
    return Diversity(
        len(texts),
        sum(words),
        (distinct(held, 1), distinct(held, 2), distinct(held, 3)),
        mattr(held),
        self_bleu(held),
        vendi(held),
        unique_trigrams(held),
        near_duplicates(texts),
        gzip_ratio(texts),
        entropy(each[0] for each in held if each),
        _share(bool(_CONTRACTION.search(text)) for text in texts),
        _share(bool(_POLITE.search(text)) for text in texts),
        _quantiles(words),
    )


def ngrams(tokens: Tokens, n: int) -> list[tuple[str, ...]]:
    """Return the n-grams of a text in order."""
    return list(zip(*(tokens[start:] for start in range(n)), strict=False))


def distinct(held: Sequence[Tokens], n: int) -> float:
    """Return the number of different n-grams over that of all; none goes over two texts."""
    counts = Counter(chain.from_iterable(ngrams(each, n) for each in held))
    return len(counts) / max(1, counts.total())


def mattr(held: Sequence[Tokens]) -> float:
    """Return the mean type-token ratio over all windows of the texts end to end."""
    flat = list(chain.from_iterable(held))
    if len(flat) <= WINDOW:
        return len(set(flat)) / max(1, len(flat))
    counts = Counter(flat[:WINDOW])
    total, windows = len(counts), len(flat) - WINDOW + 1
    for left, right in zip(flat, flat[WINDOW:], strict=False):
        counts[right] += 1
        counts[left] -= 1
        if not counts[left]:
            del counts[left]
        total += len(counts)
    return total / windows / WINDOW


def self_bleu(held: Sequence[Tokens], sample: int = REFERENCES) -> float:
    """Return the mean BLEU-4 of up to `sample` texts against `REFERENCES` others, without smoothing but for empty orders."""
    chosen = _spread(len(held), sample)
    references = [held[place] for place in _spread(len(held), REFERENCES + 1)]
    best: list[Counter[tuple[str, ...]]] = [Counter() for _ in range(4)]
    second: list[Counter[tuple[str, ...]]] = [Counter() for _ in range(4)]
    for each in references:
        for order in range(4):
            for gram, count in Counter(ngrams(each, order + 1)).items():
                if count > best[order][gram]:
                    best[order][gram], second[order][gram] = count, best[order][gram]
                elif count > second[order][gram]:
                    second[order][gram] = count
    own = set(map(id, references))
    lengths = sorted({len(each) for each in references})
    scores = [_bleu(held[place], best, second if id(held[place]) in own else None, lengths) for place in chosen]
    return sum(scores) / max(1, len(scores))


def _bleu(
    tokens: Tokens,
    best: Sequence[Counter[tuple[str, ...]]],
    second: Sequence[Counter[tuple[str, ...]]] | None,
    lengths: Sequence[int],
) -> float:
    """Return BLEU-4 against references whose largest counts of each n-gram are `best`; `second` where the text is one of them."""
    logs = 0.0
    orders = [order for order in range(4) if len(tokens) > order]
    if not orders:
        return 0.0
    for order in orders:
        counts = Counter(ngrams(tokens, order + 1))
        found = 0
        for gram, count in counts.items():
            most = best[order][gram]
            if second is not None and most == count:
                most = second[order][gram]
            found += min(count, most)
        logs += math.log(max(found, 0.1) / counts.total())
    nearest = min(lengths, key=lambda length: abs(length - len(tokens)))
    brevity = min(0.0, 1 - nearest / len(tokens))
    return math.exp(logs / len(orders) + brevity)


def vendi(held: Sequence[Tokens]) -> float:
    """Return the Vendi score of up to 500 texts over their number, by the mean of the cosines of their words and word pairs."""
    chosen = [held[place] for place in _spread(len(held), REFERENCES)]
    if not chosen:
        return 0.0
    kernel = (_kernel(chosen, 1) + _kernel(chosen, 2)) / 2
    values = np.linalg.eigvalsh(kernel / len(chosen))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()) / len(chosen))


def _kernel(held: Sequence[Tokens], n: int) -> NDArray[np.float64]:
    """Return the cosines of the texts' counts of n-grams; a text without any is like itself alone."""
    columns: dict[tuple[str, ...], int] = {}
    counts = [Counter(ngrams(each, n)) for each in held]
    for each in counts:
        for gram in each:
            columns.setdefault(gram, len(columns))
    matrix = np.zeros((len(held), max(1, len(columns))), np.float32)
    for row, each in enumerate(counts):
        for gram, count in each.items():
            matrix[row, columns[gram]] = count
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    cosines: NDArray[np.float64] = (matrix @ matrix.T).astype(np.float64)
    np.fill_diagonal(cosines, 1.0)
    return cosines


def unique_trigrams(held: Sequence[Tokens]) -> float:
    """Return the mean share of a text's word trigrams that stand in no other text; shorter texts are left out."""
    own = [set(ngrams(each, 3)) for each in held]
    counts = Counter(chain.from_iterable(own))
    shares = [sum(counts[gram] == 1 for gram in each) / len(each) for each in own if each]
    return sum(shares) / max(1, len(shares))


def near_duplicates(texts: Sequence[str]) -> float:
    """Return the share of texts with another whose character trigrams have a Jaccard similarity of 0.8 or more, exactly."""
    sets = [_trigrams(text) for text in texts]
    order = sorted(range(len(sets)), key=lambda place: len(sets[place]))
    frequency = Counter(chain.from_iterable(sets))
    index: dict[str, list[int]] = {}
    found: set[int] = set()
    for place in order:  # prefix filtering (Chaudhuri et al., 2006): similar sets share one of their rarest members
        own = sorted(sets[place], key=lambda gram: (frequency[gram], gram))
        prefix = own[: len(own) - math.ceil(NEAR * len(own)) + 1]
        candidates = {other for gram in prefix for other in index.get(gram, ())}
        for other in candidates:
            if len(sets[other]) >= NEAR * len(own) and _jaccard(sets[other], sets[place]) >= NEAR:
                found |= {place, other}
        for gram in prefix:
            index.setdefault(gram, []).append(place)
    return len(found) / max(1, len(texts))


def _trigrams(text: str) -> frozenset[str]:
    plain = " ".join(text.lower().split())
    return frozenset(plain[start : start + 3] for start in range(max(1, len(plain) - 2)))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def gzip_ratio(texts: Sequence[str]) -> float:
    """Return how many times smaller gzip makes the texts, one a line."""
    raw = "\n".join(texts).encode("utf-8", "surrogatepass")
    return len(raw) / len(gzip.compress(raw, 9, mtime=0)) if raw else 0.0


def entropy(values: Iterable[Hashable]) -> float:
    """Return the entropy of values in bits."""
    counts: NDArray[np.float64] = np.array(list(Counter(values).values()), np.float64)
    shares = counts / max(1.0, float(counts.sum()))
    return float(-(shares * np.log2(shares)).sum())


def _spread(size: int, wanted: int) -> list[int]:
    """Return up to `wanted` places among `size`, evenly spread."""
    return list(range(size)) if size <= wanted else [place * size // wanted for place in range(wanted)]


def _share(holds: Iterable[bool]) -> float:
    listed = list(holds)
    return sum(listed) / max(1, len(listed))


def _quantiles(numbers: Sequence[int]) -> tuple[int, int, int]:
    ordered = sorted(numbers) or [0]
    low, middle, high = (ordered[round(share * (len(ordered) - 1) / 100)] for share in (1, 50, 99))
    return low, middle, high
