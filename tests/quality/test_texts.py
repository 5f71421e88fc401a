"""Measures of texts count what is there."""

from __future__ import annotations

import pytest

from treadle.quality.texts import measure


def test_words_and_distinct_shares():
    """Lengths at three quantiles; tokens and pairs in small letters, none across two texts."""
    rows = [{"t": "The cat saw the cat", "n": 3}, {"t": "A C++ cat"}, {"t": None}, {"n": 1}]
    (found,) = measure(rows, ["t"])
    assert (found.column, found.words) == ("t", (3, 3, 5))
    assert found.distinct_tokens == pytest.approx(5 / 8)
    assert found.distinct_pairs == pytest.approx(5 / 6)


def test_nothing_to_measure():
    (found,) = measure([], ["t"])
    assert (found.words, found.distinct_tokens, found.distinct_pairs) == ((0, 0, 0), 0, 0)
