"""Draws are uniform, independent of each other, and exact where they promise to be.

Every p-value must be above 1e-4 / (number of p-values of the test): the seeds are fixed, so a test passes always or never, and a
sound generator would have failed one of all these tests with a probability of about 1e-4 times their number, once.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare

import treadle as td
from treadle import draw

RARE = 1e-4
ROWS = 200_000
KEYS = [draw.path_key(seed, "recipe", "field") for seed in (1, 42)]


def states(key: int = KEYS[0], rows: int = ROWS, first: int = 0) -> np.ndarray:
    return draw.record_states(key, np.arange(first, first + rows, dtype=np.uint64))


def is_fair(counts: np.ndarray, expected: np.ndarray | None = None, tests: int = 1) -> bool:
    """Tell whether counts agree with what is expected (default: all equal) by a chi-square test."""
    wanted = None if expected is None else np.asarray(expected) / np.sum(expected) * np.sum(counts)
    return bool(chisquare(counts, wanted).pvalue > RARE / tests)


def are_independent(left: np.ndarray, right: np.ndarray, width: int = 16, tests: int = 1) -> bool:
    """Tell whether two columns of [0, width) are independent by a chi-square test of their table."""
    table = np.bincount(left * width + right, minlength=width * width).reshape(width, width)
    return bool(chi2_contingency(table).pvalue > RARE / tests)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("n", [2, 3, 10, 97, 1_000])
def test_below_is_uniform(n, key):
    """Every integer below n comes equally often, over records and over slots."""
    assert is_fair(np.bincount(draw.below(states(key), 0, n), minlength=n), tests=2)
    one = np.full(ROWS, states(key, 1)[0])
    assert is_fair(np.bincount(draw.below(one, np.arange(ROWS), n), minlength=n), tests=2)


def test_every_bit_is_fair():
    """Each of the 64 bits of a draw is set half of the time."""
    random = draw.bits(states(), 3)
    for bit in range(64):
        held = int(((random >> np.uint64(bit)) & np.uint64(1)).sum())
        assert is_fair(np.array([held, ROWS - held]), tests=64)


def test_below_takes_one_bound_a_record():
    """A bound for each state is kept to, and each value below it is as likely."""
    bounds = np.arange(ROWS) % 7 + 1
    drawn = draw.below(states(), 0, bounds)
    for bound in range(2, 8):
        assert is_fair(np.bincount(drawn[bounds == bound], minlength=bound), tests=6)
    assert not drawn[bounds == 1].any()


@given(random=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20), n=st.integers(1, 1 << 32))
def test_scale_is_the_high_word_of_a_product(random, n):
    """Random bits are scaled exactly, at both ends too."""
    scaled = draw.scale(np.array([*random, 0, 2**64 - 1], np.uint64), n)
    assert scaled.tolist() == [each * n >> 64 for each in (*random, 0, 2**64 - 1)]


@given(random=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20), n=st.integers(1, 1 << 63))
def test_multiply_wide_is_exact(random, n):
    """Both words of a product of 64 bits by 64 bits are right."""
    top, bottom = draw.multiply_wide(np.array(random, np.uint64), n)
    assert [int(t) << 64 | int(b) for t, b in zip(top, bottom, strict=True)] == [each * n for each in random]


@pytest.mark.parametrize("n", [(1 << 32) - 1, 1 << 32, (1 << 32) + 1, 3 << 40, (1 << 63) - 1, 1 << 63])
def test_below_wide_is_uniform(n):
    """Sixteen equal parts of a wide range are hit equally often, and so are the last digits."""
    drawn = draw.below_wide(states(), 0, n)
    assert drawn.min() >= 0
    assert int(drawn.max()) < n
    assert is_fair(np.bincount([int(each) * 16 // n for each in drawn.tolist()], minlength=16), tests=2)
    assert is_fair(np.bincount(drawn % 16, minlength=16), tests=2)


@given(high=st.integers(0, 2**64 - 1), slot=st.integers(0, 9), n=st.integers((1 << 32) + 1, 1 << 63))
def test_below_wide_is_the_high_word_of_128_bits(high, slot, n):
    """Two slots make one number of 128 bits, which is scaled exactly."""
    state = np.array([high], np.uint64)
    random = (int(draw.bits(state, slot)[0]) << 64) + int(draw.bits(state, slot + 1)[0])
    assert draw.below_wide(state, slot, n).tolist() == [random * n >> 128]


@pytest.mark.parametrize("threshold", [0, 1 << 30, 1 << 31, 3 << 30, 1 << 32])
def test_chance_holds_its_probability(threshold):
    """True comes as often as its threshold says, never at 0 and always at 2**32."""
    held = int(draw.chance(states(), 0, threshold).sum())
    if threshold in (0, draw.LIMIT):
        assert held == (ROWS if threshold else 0)
    else:
        assert is_fair(np.array([held, ROWS - held]), np.array([threshold, draw.LIMIT - threshold]))


WEIGHTS = [[1], [1, 1], [3, 1], [1, 2, 3, 4], [0, 5, 0, 1], [1] * 9, [1, 1_000], [7, 0, 0, 11, 2, 2, 90], [1, 2**31]]


def probabilities(weights: list[int]) -> list[int]:
    """Return what an alias table gives each alternative, in units of 1 / (n * 2**32)."""
    thresholds, others = draw.alias_table(weights)
    given_to = [0] * len(weights)
    for column, (threshold, other) in enumerate(zip(thresholds.tolist(), others.tolist(), strict=True)):
        given_to[column] += threshold
        given_to[other] += draw.LIMIT - threshold
    return given_to


@given(st.lists(st.integers(0, 1 << 20), min_size=1, max_size=60).filter(any))
def test_alias_tables_are_exact(weights):
    """The thresholds give every alternative its probability within 2**-32, and one of weight 0 nothing."""
    n, total = len(weights), sum(weights)
    for weight, units in zip(weights, probabilities(weights), strict=True):
        assert abs(units * total - weight * n * draw.LIMIT) <= n * total
        assert weight or not units


@pytest.mark.parametrize("weights", WEIGHTS, ids=str)
def test_weighted_choices_follow_their_weights(weights):
    """Alternatives come as often as they weigh."""
    counts = np.bincount(draw.weighted(states(), 0, *draw.alias_table(weights)), minlength=len(weights))
    held = np.array(weights) > 0
    assert not counts[~held].any()
    if held.sum() > 1 and min(w for w in weights if w) * ROWS > 5 * sum(weights):
        assert is_fair(counts[held], np.array(weights)[held])


@pytest.mark.parametrize(("n", "k"), [(n, k) for n in (1, 2, 3, 4, 5) for k in range(1, n + 1)])
def test_samples_without_replacement_are_uniform_over_all_orders(n, k):
    """Every sequence of k different integers of n is equally likely."""
    drawn = draw.sample(states(), n, k)
    code = (drawn * (n ** np.arange(k))).sum(axis=1)
    found, counts = np.unique(code, return_counts=True)
    assert len(found) == math.perm(n, k)
    if len(found) > 1:
        assert is_fair(counts, tests=15)


@given(n=st.integers(1, 80), key=st.integers(0, 2**64 - 1), data=st.data())
@settings(max_examples=60, deadline=None)
def test_samples_hold_nothing_twice(n, key, data):
    """A sample's entries differ and lie below n, whatever n of each record."""
    width = data.draw(st.integers(1, n))
    drawn = draw.sample(states(key, 50), n, width)
    assert all(len(set(row)) == width and min(row) >= 0 and max(row) < n for row in drawn.tolist())
    bounds = np.arange(50) % n + 1
    ragged = draw.sample(states(key, 50), bounds, width)
    for row, bound in zip(ragged.tolist(), bounds.tolist(), strict=True):
        assert sorted(set(row[:bound])) == sorted(row[:bound])
        assert max(row[: min(bound, width)]) < bound


def test_each_place_of_a_long_sample_is_uniform():
    """Every entry stands at every place equally often."""
    drawn = draw.sample(states(), 40, 20)
    for place in (0, 1, 10, 19):
        assert is_fair(np.bincount(drawn[:, place], minlength=40), tests=4)


RACES = [[1, 1], [3, 1], [1, 2, 3, 4], [1, 0, 5, 1], [1, 1_000], [7, 0, 0, 11, 2], [2**30, 2**30 + 1, 2**31 - 1]]


def orders(weights: list[int]) -> dict[tuple[int, ...], float]:
    """Return the probability of every order of the entries with weight: of successive choices among those left."""
    held = [entry for entry, weight in enumerate(weights) if weight]
    chance = {}
    for order in itertools.permutations(held):
        left = list(itertools.accumulate(weights[entry] for entry in reversed(order)))[::-1]
        chance[order] = math.prod(weights[entry] / total for entry, total in zip(order, left, strict=True))
    return chance


@pytest.mark.parametrize("weights", RACES, ids=str)
def test_a_race_is_a_row_of_weighted_choices_without_replacement(weights):
    """Every order comes as often as successive choices among the entries left would bring it; those without weight come last."""
    chance = orders(weights)
    drawn = draw.race(states(), np.array(weights))
    held = sum(map(bool, weights))
    assert (np.sort(drawn, axis=1) == np.arange(len(weights))).all()
    assert not (np.array(weights)[drawn[:, :held]] == 0).any()
    codes = drawn[:, :held] @ (len(weights) ** np.arange(held))
    counts = [
        int((codes == sum(entry * len(weights) ** place for place, entry in enumerate(order))).sum())
        for order in chance
    ]
    assert sum(counts) == ROWS
    assert is_fair(np.array(counts), np.array(list(chance.values())), tests=len(RACES))


def test_the_first_of_a_long_race_follow_their_weights():
    """Among many entries the first is a weighted choice; the last of equal ones is any."""
    weights = np.arange(200) % 7
    drawn = draw.race(states(rows=40_000), weights)
    held = weights > 0
    counts = np.bincount(drawn[:, 0], minlength=200)
    assert not counts[~held].any()
    assert is_fair(counts[held], weights[held], tests=2)
    equal = draw.race(states(rows=40_000), np.ones(50, np.int64))
    assert is_fair(np.bincount(equal[:, -1], minlength=50), tests=2)


def test_a_race_knows_proportions_alone():
    """Weights as large as they may be order the entries as the same weights made small do: no bits are missing for them."""
    small = np.arange(1024) % 3 + 1
    few, many = (
        draw.race(states(rows=500), weights)[:, :16] for weights in (small, small * ((1 << 32) // small.sum()))
    )
    assert (few == many).mean() > 0.999


@given(st.lists(st.integers(0, 1 << 26), min_size=1, max_size=40), st.integers(0, 2**64 - 1), st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_a_race_depends_on_its_own_state_alone(weights, key, rows):
    """Each row has the order that it has alone, under shared weights or its own; entries without weight are last."""
    drawn = draw.race(states(key, rows), np.array(weights))
    own = draw.race(states(key, rows), np.tile(weights, (rows, 1)))
    alone = np.concatenate([draw.race(states(key, 1, first), np.array(weights)) for first in range(rows)])
    assert (drawn == own).all()
    assert (drawn == alone).all()
    held = sum(map(bool, weights))
    assert all(
        sorted(row) == list(range(len(weights))) and all(weights[each] for each in row[:held]) for row in drawn.tolist()
    )


@given(n=st.one_of(st.integers(1, 3_000), st.integers(1, 40_000)), key=st.integers(0, 2**64 - 1))
@settings(max_examples=60, deadline=None)
def test_permute_is_one_to_one(n, key):
    """Each place is taken by exactly one of n."""
    assert sorted(draw.permute(key, np.arange(n), n).tolist()) == list(range(n))


@given(
    n=st.integers(2, 1 << 62),
    key=st.integers(0, 2**64 - 1),
    picked=st.sets(st.integers(0, (1 << 62) - 1), min_size=2, max_size=40),
)
def test_permute_keeps_apart_what_differs_in_any_range(n, key, picked):
    """In a range too wide to try all, different places stay different and within it, and the rest of the array has no say."""
    index = np.array(sorted({each % n for each in picked}), np.int64)
    moved = draw.permute(key, index, n)
    assert len(set(moved.tolist())) == len(index)
    assert moved.min() >= 0
    assert int(moved.max()) < n
    assert draw.permute(key, index[-1:], n).tolist() == moved[-1:].tolist()


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_permute_is_uniform_over_all_orders(n):
    """Over many keys, each of the n! orders of a few comes equally often."""
    orders = dict.fromkeys(itertools.permutations(range(n)), 0)
    for number in range(30_000):
        orders[tuple(draw.permute(draw.path_key(number, "order"), np.arange(n), n).tolist())] += 1
    assert is_fair(np.array(list(orders.values())), tests=5)


@pytest.mark.parametrize("n", [2_000, 4_096, 10_000])
def test_permute_puts_each_place_anywhere(n):
    """Over many keys, one place goes to all parts of the range, and two places go there independently."""
    moved = np.array([draw.permute(draw.path_key(k, "p"), np.array([0, 1]), n) for k in range(4_000)]) * 16 // n
    assert is_fair(np.bincount(moved[:, 0], minlength=16), tests=6)
    assert are_independent(moved[:, 0], moved[:, 1], tests=6)


def test_fields_are_independent():
    """What one field draws says nothing of what another draws, were their paths or seeds ever so near."""
    paths = [("a",), ("b",), ("a", "b"), ("ab",), ("b", "a")]
    drawn = [draw.below(states(draw.path_key(42, *path)), 0, 16) for path in paths]
    drawn += [draw.below(states(draw.path_key(seed, "a")), 0, 16) for seed in (41, 43)]
    pairs = list(itertools.combinations(drawn, 2))
    assert all(are_independent(left, right, tests=len(pairs)) for left, right in pairs)


def test_paths_are_told_apart():
    """Parts of a path cannot be mistaken for others, and no two of many keys are equal."""
    assert draw.path_key(1, "a/b", "c") != draw.path_key(1, "a", "b/c")
    assert draw.path_key(1, "a", "") != draw.path_key(1, "a")
    assert draw.path_key(12, "a") != draw.path_key(1, "2a")
    assert len({draw.path_key(seed, "f", str(i)) for seed in range(100) for i in range(100)}) == 10_000


@pytest.mark.parametrize("distance", [1, 2, 3, 64, 4_096, 65_536])
def test_neighbouring_records_are_independent(distance):
    """A record's draw says nothing of one next to it, or further off."""
    drawn = draw.below(states(rows=ROWS + distance), 0, 16)
    assert are_independent(drawn[:ROWS], drawn[distance:], tests=6)


@pytest.mark.parametrize("other", [1, 2, 7, 1 << 32, (1 << 32) + 1, 2 << 32, 1 << 40, 64 << 32])
def test_slots_are_independent(other):
    """Neighbouring slots, those of other rounds of expansion (depth << 32) and those of leaves are independent of each other."""
    assert are_independent(draw.below(states(), 0, 16), draw.below(states(), other, 16), tests=16)
    many = np.full(ROWS, other)
    assert (draw.below(states(), many, 16) == draw.below(states(), other, 16)).all()
    shifted = draw.below(states(first=1), 0, 16)
    assert are_independent(shifted, draw.below(states(), other, 16), tests=16)


def test_attempts_are_independent():
    """A redrawn record has draws of its own, independent of those rejected and of its neighbours'."""
    records = np.arange(ROWS, dtype=np.uint64)
    drawn = [draw.below(draw.record_states(KEYS[0], records, np.full(ROWS, attempt)), 0, 16) for attempt in range(4)]
    assert (drawn[0] == draw.below(states(), 0, 16)).all()
    pairs = list(itertools.combinations(drawn, 2))
    for left, right in pairs:
        assert are_independent(left, right, tests=12)
        assert are_independent(left[1:], right[:-1], tests=12)


def test_attempts_leave_other_records_alone():
    """The attempt of one record changes nothing of another."""
    attempts = np.zeros(100, np.int64)
    attempts[40] = 3
    with_attempt = draw.record_states(KEYS[0], np.arange(100, dtype=np.uint64), attempts)
    assert np.flatnonzero(with_attempt != states(rows=100)).tolist() == [40]


def test_children_are_independent():
    """A child's draw says nothing of its parent's, its siblings' or of children elsewhere."""
    parents = states()
    children = [draw.child_states(parents, np.full(ROWS, number)) for number in range(4)]
    columns = [draw.below(each, 0, 16) for each in (parents, *children)]
    columns.append(draw.below(draw.child_states(children[0], np.zeros(ROWS, np.int64)), 0, 16))
    pairs = list(itertools.combinations(columns, 2))
    for left, right in pairs:
        assert are_independent(left, right, tests=2 * len(pairs))
        assert are_independent(left[1:], right[:-1], tests=2 * len(pairs))
    assert is_fair(np.bincount(columns[-1], minlength=16))


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=50, unique=True))
def test_finalize_loses_nothing(words):
    """The mixer maps different words to different words."""
    assert len(set(draw.finalize(np.array(words, np.uint64)).tolist())) == len(words)


COMPASS = ["n", "e", "s", "w"]
DRAWN = td.Recipe(
    "drawn",
    {
        "one": td.choice(COMPASS),
        "two": td.choice(COMPASS),
        "number": td.integer(0, 3),
        "spread": td.quantiles([0, 4]),
        "day": td.date("2025-01-01", "2025-01-04"),
        "coin": td.chance("0.25"),
        "some": td.sample(COMPASS, 2),
        "one_of": td.pick("some"),
        "merged": td.merge("some", "some"),
        "hex": td.hexadecimal(2),
        "kids": td.each(2, {"kind": td.choice(COMPASS), "line": td.text("(n|e|s|w)")}),
        "round": td.text(
            "{deep}(n|e|s|w)", rules={"deep": ["n{more}", "e{more}"], "more": ["(s|w)", "{end}"], "end": "x"}
        ),
        "slot": td.text("{compass}{compass}"),
    },
    vocabularies={"compass": COMPASS},
)


@pytest.fixture(scope="module")
def columns():
    """Return columns of small integers, four values each, from every kind of draw that a recipe makes."""
    table = td.generate(DRAWN, count=40_000, truth=False).to_arrow()
    rows = {name: table.column(name).to_pylist() for name in table.column_names}
    code = {each: number for number, each in enumerate(COMPASS)}
    found = {name: [code[each] for each in rows[name]] for name in ("one", "two", "one_of")}
    found |= {"number": rows["number"], "day": [int(each[-1]) - 1 for each in rows["day"]]}
    found |= {"some": [code[each[0]] for each in rows["some"]], "merged": [code[each[1]] for each in rows["merged"]]}
    found |= {"hex": [int(each, 16) // 64 for each in rows["hex"]], "slot": [code[each[1]] for each in rows["slot"]]}
    found |= {f"kid{i}": [code[each[i]["kind"]] for each in rows["kids"]] for i in (0, 1)}
    found |= {f"line{i}": [code[each[i]["line"]] for each in rows["kids"]] for i in (0, 1)}
    found |= {"round": [code[each[-1]] for each in rows["round"]], "first": [code[each[0]] for each in rows["slot"]]}
    return {name: np.array(values) for name, values in found.items()} | {
        "coin": np.array(rows["coin"]).astype(int),
        "deep": np.array([each[0] == "n" for each in rows["round"]]).astype(int),
        "spread": np.array(rows["spread"]),
        "more": np.array(["swx".index(each[1]) for each in rows["round"]]),
    }


def test_every_kind_of_field_is_uniform(columns):
    """Choices, numbers, days, samples, picks, merges, digits, children and texts hold each value equally often."""
    fair = {name: values for name, values in columns.items() if name not in {"coin", "spread", "more"}}
    for values in fair.values():
        assert is_fair(np.bincount(values), tests=len(fair) + 3)
    assert is_fair(np.bincount(columns["coin"]), np.array([3, 1]), tests=len(fair) + 3)
    assert is_fair(np.bincount(columns["more"]), np.array([1, 1, 2]), tests=len(fair) + 3)
    assert is_fair(np.bincount(columns["spread"]), np.array([1, 2, 2, 2, 1]), tests=len(fair) + 3)


def test_fields_of_a_recipe_are_independent(columns):
    """No field tells anything of another, in the same record or in the next; what is drawn from another field is left out."""
    related = {frozenset(("some", name)) for name in ("one_of", "merged")} | {frozenset(("one_of", "merged"))}
    pairs = [pair for pair in itertools.combinations(columns, 2) if frozenset(pair) not in related]
    for left, right in pairs:
        assert are_independent_values(columns[left], columns[right], 3 * len(pairs)), (left, right)
        assert are_independent_values(columns[left][1:], columns[right][:-1], 3 * len(pairs)), (left, right)
        assert are_independent_values(columns[left][:-1], columns[right][1:], 3 * len(pairs)), (left, right)


def test_neighbours_in_a_recipe_are_independent(columns):
    """No field tells anything of itself in the next record."""
    for name, values in columns.items():
        assert are_independent_values(values[1:], values[:-1], len(columns)), name


def are_independent_values(left: np.ndarray, right: np.ndarray, tests: int) -> bool:
    """Tell whether two columns of few values are independent."""
    table = np.zeros((left.max() + 1, right.max() + 1), np.int64)
    np.add.at(table, (left, right), 1)
    return bool(chi2_contingency(table, correction=False).pvalue > RARE / tests)
