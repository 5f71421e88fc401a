"""Counts are exact at the number asked for, and as near as can be before it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import treadle as td
from treadle.packs.intents.counts import Counts
from treadle.packs.intents.labels import EDGES, INTENTS

NUMBERS = st.integers(0, 400)


@given(examples=NUMBERS, edges=NUMBERS)
def test_every_intent_has_exactly_its_examples(examples, edges):
    counts = Counts(examples, edges)
    records = np.arange(counts.total)
    is_edge, intents = counts.is_edge(records), counts.intents(records)
    assert int(is_edge.sum()) == edges
    assert np.bincount(intents[~is_edge], minlength=len(INTENTS)).tolist() == [examples] * len(INTENTS)
    of_edges = np.bincount(intents[is_edge], minlength=len(INTENTS))
    assert of_edges.max() - of_edges.min() <= 1


@given(count=st.integers(0, 3000))
def test_any_number_is_spread_evenly_a_sixth_of_it_edge_cases(count):
    counts, records = Counts(), np.arange(count)
    is_edge, intents, kinds = counts.is_edge(records), counts.intents(records), counts.edge_types(records)
    assert abs(int(is_edge.sum()) - count / 6) < 1
    clean = np.bincount(intents[~is_edge], minlength=len(INTENTS))
    assert clean.max() - clean.min() <= 1
    of_kinds = np.bincount(kinds[is_edge], minlength=len(EDGES))
    assert of_kinds.max() - of_kinds.min() <= 1


@given(records=st.lists(st.integers(0, 1 << 60), min_size=1, max_size=50), edges=NUMBERS)
def test_a_record_depends_on_its_number_alone(records, edges):
    counts = Counts(7, edges)
    together = counts.intents(np.array(records))
    assert together.tolist() == [int(counts.intents(np.array([each]))[0]) for each in records]
    other = counts.other_intents(np.array(records))
    assert not (other == together).any()
    assert other.min() >= 0
    assert other.max() < len(INTENTS)


def test_proportions_alone_decide():
    """A thousand examples and two thousand edge cases are records as five to one are."""
    records = np.arange(5000)
    assert (Counts(1000, 2000).intents(records) == Counts(1, 2).intents(records)).all()
    assert Counts(1000, 2000).ratio == (1, 6)


@pytest.mark.parametrize(("name", "counts"), [("--examples-per-intent", (-1, 0)), ("--edge-cases", (3, -2))])
def test_a_count_below_zero_is_refused(name, counts):
    with pytest.raises(td.UsageError, match=f"{name} -"):
        Counts(*counts)


def test_more_than_a_period_holds_is_refused():
    with pytest.raises(td.UsageError, match="several datasets"):
        Counts(1 << 30, 0)
