"""Probes of labelled texts: how well a single feature, or a bag of words, tells the label; above chance it may be a leak.

Models are counted, not fitted: a probe is the majority label of each value of its feature, or multinomial naive Bayes over words.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from treadle.checks.bayes import FOLDS, cross_validated, folds_of, in_columns

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Probes:
    """Accuracies of probes over `labels` labels; `chance` is the share of the commonest one.

    By length alone, by the first word alone, by words with rows split at random, and by words with whole groups (rules) held out:
    None where no groups are known.
    """

    labels: int
    chance: float
    length: float
    first_word: float
    words: float
    words_held_out: float | None


def probes(texts: Sequence[str], labels: Sequence[str], groups: Sequence[str] | None = None) -> Probes:
    """Probe labelled texts by cross-validation in five folds; `groups` names what each text was made by."""
    rows = [str(number) for number in range(len(texts))]
    counts = Counter(labels)
    return Probes(
        len(counts),
        max(counts.values(), default=0) / max(1, len(labels)),
        majority(length_bins(texts), labels, rows),
        majority([_first(text) for text in texts], labels, rows),
        bag_of_words(texts, labels, rows),
        bag_of_words(texts, labels, groups) if groups is not None else None,
    )


def majority(feature: Sequence[Hashable], labels: Sequence[str], groups: Sequence[str]) -> float:
    """Return the accuracy of naming the commonest label among the other folds' texts with the same value of a feature."""
    right = 0
    folds = folds_of(groups)
    for fold in range(FOLDS):
        seen: dict[Hashable, Counter[str]] = defaultdict(Counter)
        overall: Counter[str] = Counter()
        for value, label, own in zip(feature, labels, folds, strict=True):
            if own != fold:
                seen[value][label] += 1
                overall[label] += 1
        usual = overall.most_common(1)[0][0] if overall else ""
        for value, label, own in zip(feature, labels, folds, strict=True):
            if own == fold:
                right += (seen[value].most_common(1)[0][0] if seen.get(value) else usual) == label
    return right / max(1, len(labels))


def length_bins(texts: Sequence[str], bins: int = 25) -> list[int]:
    """Return in which of so many bins of equal numbers of texts the length of each lies, in characters."""
    lengths = np.array([len(text) for text in texts])
    edges = np.quantile(lengths, np.linspace(0, 1, bins + 1)[1:-1]) if len(lengths) else np.zeros(0)
    return [int(place) for place in np.searchsorted(edges, lengths, side="right")]


def bag_of_words(texts: Sequence[str], labels: Sequence[str], groups: Sequence[str]) -> float:
    """Return the accuracy of naive Bayes over words and word pairs, with whole groups held out in five folds."""
    guessed = cross_validated([in_columns(text) for text in texts], labels, groups)[0]
    return sum(guess == label for guess, label in zip(guessed, labels, strict=True)) / max(1, len(labels))


def _first(text: str) -> str:
    found = _WORD.search(text.lower())
    return found.group() if found else ""
