"""Estimates: a range from the run's own prompts, near what a run then costs."""

from __future__ import annotations

import pytest

from llm_reading import manifest_at
from running import RECIPES, treadle
from treadle.llm.estimate import estimate
from treadle.llm.settings import Writer
from treadle.llm.tokens import count_tokens
from treadle.run.source import Source, compiled

TICKETS = f"{RECIPES / 'tickets.py'}:tickets"


def of(count=1000, **settings):
    writer = Writer(**{"spec": "openai:gpt-4o-mini", **settings})
    return estimate(compiled(Source.of(TICKETS, writers=writer.shares()), 42, trace=True), writer, 0, count)


def test_the_range_holds_what_is_likely():
    (found,) = of()
    assert found.requests == 100
    assert 0 < found.low < found.likely < found.high
    assert found.tokens_out > 1000


def test_a_run_costs_about_what_was_estimated(write):
    (found,) = of(60, records_per_call=5, price_in="1", price_out="2")
    spent = manifest_at(write(60))["writing"]["spent_nanodollars"]
    assert found.low / 2 < spent < 4 * found.high


def test_costs_grow_with_the_count_and_halve_in_batches():
    assert of(2000)[0].likely == pytest.approx(2 * of(1000)[0].likely, rel=0.02)
    assert of(batch=True)[0].likely == pytest.approx(of()[0].likely / 2, rel=0.01)


def test_each_model_of_a_mixed_run_has_its_share():
    (found,) = of(spec="template:0.75,openai:gpt-4o-mini:0.25")
    assert found.records == 250


def test_unknown_prices_give_tokens_and_no_amount():
    (found,) = of(spec="openai:nobody-knows")
    assert found.likely is None
    assert found.tokens_in > 0


def test_tokens_are_counted_offline():
    assert count_tokens("hello world", "gpt-4o-mini") == 2
    assert count_tokens("", "gpt-4o-mini") == 0


def test_the_command_prints_a_table_and_warns_of_a_small_budget():
    done = treadle("cost", TICKETS, "--writer", "openai:gpt-4o-mini", "-n", 1000, "--budget", "0.0001", COLUMNS="120")
    assert done.returncode == 0, done.stderr
    assert "openai:gpt-4o-mini: 1,000 records in 100 requests" in done.stdout
    assert "$0.1500 in, $0.6000 out for a million tokens, genai-prices (openai)" in done.stdout
    assert "may not be enough" in done.stdout
    assert treadle("cost", TICKETS).returncode == 2
