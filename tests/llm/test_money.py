"""Money: no run spends a cent more than its cap, whatever tokens a server bills."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import treadle as td
from llm_reading import lines_of, manifest_at
from running import RECIPES
from serving import served
from treadle.llm.money import Prices, Purse, prices_of, shown
from treadle.llm.settings import NANO, Writer, dollars

TICKETS = f"{RECIPES / 'tickets.py'}:tickets"


def test_the_cap_is_never_passed_over_100_random_runs(tmp_path):
    """Random caps, batches, faults and billed tokens: what the server billed is never more than the cap."""
    draw = random.Random(1)  # a test's own choices
    stopped = finished = 0
    with served() as model:
        for number in range(100):
            cap = 10 ** draw.uniform(-2.5, -0.7)
            faults = {name: draw.uniform(0, 0.08) for name in ("429", "500", "drop", "badjson", "trunc", "midbody")}
            model.behave(faults=faults, retry_after=0, seed=number, tokens_times=draw.choice([1.0, 3.0, 20.0]))
            writer = td.Writer(
                "openai:x", base_url=model.url, price_in="2", price_out="10", budget=f"{cap:.6f}", max_retries=30, attempts=12,
                records_per_call=draw.choice([1, 3, 10]), concurrency=draw.choice([1, 4, 32]),
            )  # fmt: skip
            path = tmp_path / f"{number}.jsonl"
            try:
                td.generate(TICKETS, count=24).write(path, writer=writer)
                finished += 1
            except td.TreadleError as error:
                assert "the budget is used up" in str(error), error
                stopped += 1
            billed = model.server.counts.tokens_in * 2 + model.server.counts.tokens_out * 10
            assert billed * NANO <= dollars("cap", f"{cap:.6f}") * 10**6, f"run {number}"
    assert stopped > 20
    assert finished > 20


def test_a_stopped_run_goes_on_with_a_larger_budget_and_pays_only_for_the_rest(tmp_path):
    with served() as model:
        settings = {"base_url": model.url, "price_in": "2", "price_out": "10", "records_per_call": 1, "concurrency": 4}
        dataset, path = td.generate(TICKETS, count=60), tmp_path / "o.jsonl"
        with pytest.raises(td.TreadleError, match=r"the budget is used up: \$0\.0\d+ spent.* raise --budget"):
            dataset.write(path, writer=td.Writer("openai:x", budget="0.05", **settings))
        dataset.write(path, writer=td.Writer("openai:x", budget="1", **settings))
        assert model.stats["dup_requests"] == 0
        assert len(lines_of(path)) == 60
        told = manifest_at(path)["writing"]
        billed = model.server.counts.tokens_in * 2 + model.server.counts.tokens_out * 10
        assert told["spent_nanodollars"] == billed * NANO // 10**6


def test_a_server_that_bills_more_than_can_be_makes_reservations_larger():
    purse = Purse(1_000, 0, 0)
    worst = purse.worst(Prices(10**6, 10**6, "given"), 50, 50)
    assert purse.reserve(worst)
    purse.settle(worst, 3 * worst)
    assert purse.worst(Prices(10**6, 10**6, "given"), 50, 50) > 3 * worst


@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.integers(0, 10**5), st.integers(0, 100), st.booleans(), st.booleans()), max_size=60),
)
def test_spent_lost_and_open_never_pass_the_cap(cap, requests):
    purse, waiting = Purse(cap, 0, 0), []
    for worst, percent, answered, lost in requests:
        if purse.reserve(worst):
            waiting.append((worst, percent, answered, lost))
        if len(waiting) > 3:
            first, percent_of_worst, is_answered, is_lost = waiting.pop(0)
            if is_answered:
                purse.settle(first, first * percent_of_worst // 100)
            else:
                purse.release(first, lost=is_lost)
        assert purse.total <= cap
        assert purse.open == sum(each[0] for each in waiting)


@pytest.mark.parametrize("amount", ["0.5", 0.5, "$0.50", Decimal("0.5")])
def test_amounts_are_given_as_texts_or_numbers(amount):
    assert dollars("budget", amount) == NANO // 2


def test_a_budget_of_nothing_is_a_budget(write, model):
    for nothing in ("0", 0, 0.0):
        with pytest.raises(td.TreadleError, match="the budget is used up"):
            write(5, budget=nothing)
    assert model.stats["requests"] == 0


def test_costs_are_rounded_up_to_a_nanodollar():
    assert Prices(1, 0, "given").cost(1, 0) == 1
    assert Prices(150_000_000, 600_000_000, "given").cost(1_000, 100) == 210_000


def test_known_prices_come_from_the_list_and_given_ones_come_first():
    known = prices_of(Writer("openai:gpt-4o-mini"), "openai:gpt-4o-mini")
    assert (known.tokens_in, known.tokens_out) == (150_000_000, 600_000_000)
    given_ = prices_of(Writer("openai:gpt-4o-mini", price_in="1", price_out="2"), "openai:gpt-4o-mini")
    assert (given_.tokens_in, given_.tokens_out) == (NANO, 2 * NANO)
    assert prices_of(Writer("openai:nobody-knows-this"), "openai:nobody-knows-this") is None


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "$0.000000"), (1_500, "$0.000002"), (42 * 10**6, "$0.0420"), (12 * NANO, "$12.00")]
)
def test_amounts_are_shown_in_dollars(amount, text):
    assert shown(amount) == text
