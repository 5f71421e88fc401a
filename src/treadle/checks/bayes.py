"""Multinomial naive Bayes over hashed words and word pairs, cross-validated in folds of whole groups; it counts alone."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_WORD = re.compile(r"\w+")
FOLDS = 5
WIDTH = 1 << 16
"""Columns that words are hashed to."""
_MOST_WORDS = 200


def cross_validated(
    held: Sequence[NDArray[np.int64]], labels: Sequence[str], groups: Sequence[str]
) -> tuple[list[str], NDArray[np.float64]]:
    """Return for each text the label that a model of the other folds gives it, and how sure it is of the text's own, in [0, 1].

    `held` are the columns of each text, `groups` what each belongs to: a group is in one fold.
    """
    names = sorted(set(labels))
    code = {name: place for place, name in enumerate(names)}
    own = np.array([code[label] for label in labels], np.int64)
    folds = np.array(folds_of(groups), np.int64)
    counts = np.zeros((FOLDS, len(names), WIDTH), np.float32)
    for row, each in enumerate(held):
        np.add.at(counts[folds[row], own[row]], each, 1.0)
    everything = counts.sum(axis=0)
    guessed = np.zeros(len(held), np.int64)
    sure = np.zeros(len(held), np.float64)
    for fold in range(FOLDS):
        weights = _weights(everything - counts[fold])
        for row in np.flatnonzero(folds == fold).tolist():
            score = weights[:, held[row]].sum(axis=1).astype(np.float64) / max(1.0, len(held[row]) ** 0.5)
            guessed[row] = int(score.argmax())
            shares = np.exp(score - score.max())
            sure[row] = shares[own[row]] / shares.sum()
    return [names[place] for place in guessed], sure


def _weights(counts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the logarithms of the smoothed shares of each column in each label's texts."""
    smoothed = counts + 0.1
    found: NDArray[np.float32] = np.log(smoothed / smoothed.sum(axis=1, keepdims=True)).astype(np.float32)
    found -= found.mean(axis=0, keepdims=True)
    return found


def in_columns(text: str) -> NDArray[np.int64]:
    """Return the columns of a text's words and word pairs, each once."""
    words = _WORD.findall(text.lower())[:_MOST_WORDS]
    named = {*words, *(f"{one} {other}" for one, other in pairwise(words))}
    return np.array(sorted(crc32(each.encode("utf-8", "surrogatepass")) % WIDTH for each in named), np.int64)


def folds_of(groups: Iterable[str]) -> list[int]:
    """Return the fold of each group's texts, by a hash of its name."""
    return [crc32(f"fold {group}".encode("utf-8", "surrogatepass")) % FOLDS for group in groups]
