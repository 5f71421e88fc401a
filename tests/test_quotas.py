"""Quotas hold every share within one record at every count, and exactly at every whole period (rule 4)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import treadle as td
from treadle import draw, quotas
from treadle.vocabularies import integer_weights

COUNT = 2_000

SHARES: list[list[int | float | str]] = [
    [1, 1],
    [1, 1, 1],
    [70, 30],
    [0.7, 0.3],
    [8, 1, 1],
    [1, 2, 3, 4],
    ["0.333", "0.667"],
    ["0.333", "0.333", "0.334"],
    [1] * 10,
    [1] * 9,
    [9, 1],
    [5, 0, 2],
    [1],
    [99, 1],
    [0.55, 0.25, 0.15, 0.05],
    [1, 1, 1, 7, 13, 50],
    [3, 3, 1],
]
CROSSED = [
    ([1, 1], [1, 1, 1]),
    ([1, 1], [1, 1]),
    ([1] * 3, [1] * 4),
    ([1] * 5, [1] * 5),
    ([1] * 10, [1, 1]),
    ([8, 1, 1], [1, 1, 1]),
    ([1, 1, 1], [8, 1, 1]),
    ([7, 3], [1, 1]),
    ([1, 1], [7, 3]),
    ([2, 1], [3, 2]),
    ([1, 2, 3], [2, 1]),
    ([4, 1], [3, 1]),
]


def recipe(**fields: td.fields.Field) -> td.Recipe:
    return td.Recipe("quotas", fields)


def codes(made: td.Recipe, name: str, first: int = 0, last: int = COUNT, seed: int = 42) -> np.ndarray:
    """Return the class of each record by its number in the quota."""
    dataset = td.generate(made, records=(first, last), seed=seed, columns=[name])
    place = {entry: code for code, entry in enumerate(made.fields[name].values.entries)}
    return np.array([place[row[name]] for row in dataset], np.int64)


def named(weights) -> dict[str, object]:
    return {f"c{number}": weight for number, weight in enumerate(weights)}


def furthest(classes: np.ndarray, weights: tuple[int, ...]) -> Fraction:
    """Return by how many records a class is furthest off its share at any count."""
    total = sum(weights)
    held = np.cumsum(classes[:, None] == np.arange(len(weights)), axis=0) * total
    share = np.arange(1, len(classes) + 1)[:, None] * np.array(weights)
    return Fraction(int(np.abs(held - share).max()), total)


def is_exact(classes: np.ndarray, weights: tuple[int, ...], period: int) -> bool:
    """Tell whether every class has its exact share of every `period` records."""
    blocks = classes[: len(classes) // period * period].reshape(-1, period)
    expected = np.array(weights) * (period // sum(weights))
    return all((np.bincount(block, minlength=len(weights)) == expected).all() for block in blocks)


@pytest.mark.parametrize("seed", [42, 1, 2])
@pytest.mark.parametrize("weights", SHARES, ids=str)
def test_each_class_is_within_one_of_its_share_at_every_count(weights, seed):
    """Up to 2,000 records no class is ever a whole record off, and each whole period is exact."""
    made = codes(recipe(q=td.quota(named(weights))), "q", seed=seed)
    whole = integer_weights(weights)
    assert furthest(made, whole) < 1
    assert is_exact(made, whole, sum(whole))


@given(weights=st.lists(st.integers(0, 12), min_size=1, max_size=7).filter(any), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_any_weights_are_held_within_one(weights, seed):
    """Whatever the weights, the bound holds at every count."""
    made = codes(recipe(q=td.quota(named(weights))), "q", last=400, seed=seed)
    whole = integer_weights(weights)
    assert furthest(made, whole) < 1
    assert is_exact(made, whole, sum(whole))


@pytest.mark.parametrize("seed", [42, 7])
@pytest.mark.parametrize(("first", "second"), CROSSED, ids=str)
def test_both_of_two_crossed_quotas_are_within_one_at_every_count(first, second, seed):
    """Crossing costs neither quota its bound; jointly they are exact after every D1 * D2 records."""
    made = recipe(a=td.quota(named(first)), b=td.quota(named(second), across="a"))
    a, b = codes(made, "a", seed=seed), codes(made, "b", seed=seed)
    one, two = integer_weights(first), integer_weights(second)
    assert furthest(a, one) < 1
    assert furthest(b, two) < 1
    assert is_exact(a, one, sum(one))
    assert is_exact(b, two, sum(two))
    joint = tuple(left * right for left in one for right in two)
    assert is_exact(a * len(two) + b, joint, sum(one) * sum(two))


@pytest.mark.parametrize(("first", "second"), [pair for pair in CROSSED if {*pair[0], *pair[1]} == {1}], ids=str)
def test_equal_shares_are_jointly_within_one_at_every_count(first, second):
    """Where all shares are equal, every pair of classes is within one of its share at every count too."""
    made = recipe(a=td.quota(named(first)), b=td.quota(named(second), across="a"))
    for seed in (42, 7, 8):
        joint = codes(made, "a", seed=seed) * len(second) + codes(made, "b", seed=seed)
        assert furthest(joint, (1,) * (len(first) * len(second))) < 1


@pytest.mark.parametrize(("first", "second"), CROSSED, ids=str)
def test_every_class_of_the_other_quota_holds_the_shares(first, second):
    """Among the records of one class alone, the crossed quota is exact after every D of them."""
    made = recipe(a=td.quota(named(first)), b=td.quota(named(second), across="a"))
    a, b = codes(made, "a"), codes(made, "b")
    two = integer_weights(second)
    period = len(a) // (sum(integer_weights(first)) * sum(two)) * sum(integer_weights(first)) * sum(two)
    for value in np.unique(a).tolist():
        assert is_exact(b[:period][a[:period] == value], two, sum(two))


def test_three_quotas_can_be_crossed():
    """A chain and a fork of three hold every share within one, and all jointly after D1 * D2 * D3 records."""
    for across in ("a", "b"):
        made = recipe(
            a=td.quota(["x", "y"]), b=td.quota(["p", "q", "r"], across="a"), c=td.quota({"s": 2, "t": 1}, across=across)
        )
        a, b, c = (codes(made, name) for name in "abc")
        for classes, weights in ((a, (1, 1)), (b, (1, 1, 1)), (c, (2, 1))):
            assert furthest(classes, weights) < 1
            assert is_exact(classes, weights, sum(weights))
        joint = tuple(weight for _ in range(6) for weight in (2, 1))
        assert is_exact((a * 3 + b) * 2 + c, joint, 18)


@pytest.mark.parametrize("seed", [42, 7, 8, 9])
def test_quotas_crossed_with_a_third_are_exact_with_it_soonest(seed):
    """Each is exact within the third as if the other were not there, and every triple after D1 * D2 * D3 records."""
    made = recipe(
        label=td.quota(["x", "y"]),
        split=td.quota({"train": 8, "validation": 1, "test": 1}, across="label"),
        family=td.quota(list("abcdefgh"), across="label"),
    )
    label, split, family = (codes(made, name, seed=seed) for name in ("label", "split", "family"))
    joint = (label * 8 + family)[: COUNT // 16 * 16]
    assert furthest(family, (1,) * 8) < 1
    assert is_exact(joint, (1,) * 16, 16)
    evens = np.cumsum(joint[:, None] == np.arange(16), axis=0)[1::2]
    assert (np.abs(evens - np.arange(1, len(evens) + 1)[:, None] / 8) < 1).all()
    assert is_exact(label * 3 + split, (8, 1, 1) * 2, 20)
    assert is_exact((label * 3 + split) * 8 + family, tuple(w for w in (8, 1, 1) * 2 for _ in range(8)), 160)


def test_a_quota_takes_its_place_in_any_slice():
    """Slices, and records far out, hold what the whole holds."""
    made = recipe(a=td.quota({"x": 8, "y": 1, "z": 1}), b=td.quota(["p", "q", "r"], across="a"))
    for name in "ab":
        whole = codes(made, name)
        for first, last in ((0, 1), (7, 8), (3, 33), (999, 1_512), (1_999, 2_000), (500, 500)):
            assert codes(made, name, first, last).tolist() == whole[first:last].tolist()
        far = codes(made, name, 30 * 10**12, 30 * 10**12 + 60)
        assert is_exact(far, integer_weights(made.fields[name].values.weights), 30)
        assert codes(made, name, 30 * 10**12 + 31, 30 * 10**12 + 32).tolist() == far[31:32].tolist()


def test_the_order_is_keyed_by_the_seed():
    """Seeds and names give other orders of the same shares, and blocks within a dataset differ too."""
    made = recipe(q=td.quota(["x", "y", "z"]), other=td.quota(["x", "y", "z"]))
    orders = [tuple(codes(made, name, seed=seed)) for name in ("q", "other") for seed in (1, 2, 3)]
    assert len(set(orders)) == 6
    blocks = np.array(orders[0][:1_998]).reshape(-1, 3)
    assert len({tuple(block) for block in blocks.tolist()}) == 6


def test_every_position_of_a_block_holds_every_class_over_seeds():
    """No class is tied to a place: over blocks and seeds, each stands at each position about equally often."""
    table = np.zeros((4, 4), np.int64)
    for seed in range(40):
        made = codes(recipe(q=td.quota(list("wxyz"))), "q", seed=seed).reshape(-1, 4)
        for position in range(4):
            table[position] += np.bincount(made[:, position], minlength=4)
    assert (np.abs(table / table.sum(axis=0) - 0.25) < 0.05).all()


def test_designs_are_made_of_whole_periods():
    """Every design of crossed quotas holds every pair of units once."""
    for design in quotas.designs([(2, 1), (1, 1, 1)], draw.path_key(1, "q")):
        pairs, counts = np.unique(design, axis=0, return_counts=True)
        assert dict(zip(map(tuple, pairs.tolist()), counts.tolist(), strict=True)) == {
            (a, b): 2 - a for a in (0, 1) for b in (0, 1, 2)
        }


def test_promised_examples():
    """1,000 records asked for half and half are 500 and 500, and 10,000 over ten intents are 1,000 each."""
    halves = codes(recipe(q=td.quota(["x", "y"])), "q", last=1_000)
    assert np.bincount(halves).tolist() == [500, 500]
    intents = codes(recipe(q=td.quota(list("abcdefghij"))), "q", last=10_000)
    assert np.bincount(intents).tolist() == [1_000] * 10
