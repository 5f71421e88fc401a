"""Faults of the pack: how families and labels are crossed."""

from __future__ import annotations

from collections import Counter

import pytest

import treadle as td
from treadle.corrupt.operators import FAMILIES


@pytest.mark.parametrize("seed", [42, 7])
def test_families_and_labels_are_crossed_at_every_even_count(seed):
    """Half of the pairs match at every even count, every family of every label is within one of its share, and exact at 16."""
    columns = ["bias_type", "match_label", "split"]
    made = td.generate("hiring", count=320, seed=seed, columns=columns, options={"bias": "balanced"}, truth=False)
    rows = [(row["bias_type"], row["match_label"]) for row in made]
    for count in range(2, 321, 2):
        seen = Counter(rows[:count])
        assert sum(label for _, label in rows[:count]) == count // 2
        for family in FAMILIES:
            assert abs(8 * (seen[family, 0] + seen[family, 1]) - count) < 8
            for label in (0, 1):
                assert abs(16 * seen[family, label] - count) < 16 * (count % 16 > 0) + 1
    assert Counter(row["split"] for row in made) == {"train": 256, "validation": 32, "test": 32}
