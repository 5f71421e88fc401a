"""The Batch API: submitted, left alone, collected; what a batch did not do is asked for in the next."""

from __future__ import annotations

import pytest

import treadle as td
from llm_reading import lines_of, manifest_at
from running import RECIPES, treadle
from serving import PRICES
from treadle.errors import BatchPendingError

TICKETS = f"{RECIPES / 'tickets.py'}:tickets"


def test_a_batch_is_submitted_left_alone_and_collected_by_the_same_command(tmp_path, model):
    given = [
        "generate",
        TICKETS,
        "-n",
        20,
        "-o",
        tmp_path / "o.jsonl",
        "--writer",
        "openai:x",
        "--base-url",
        model.url,
        "--batch",
    ]
    codes = []
    for _ in range(6):
        done = treadle(*given)
        codes.append(done.returncode)
        if done.returncode == 0:
            break
        assert "is on its way" in done.stderr
        assert "the same command collects it when it is finished" in done.stderr
    assert codes[-1] == 0
    assert codes[:-1] == [75] * len(codes[:-1])
    assert len(lines_of(tmp_path / "o.jsonl")) == 20
    assert model.stats["dup_requests"] == 0


def test_failures_expiry_and_repairs_go_into_the_next_batch(write, model):
    plain = write(40, "plain.jsonl").read_bytes()
    model.behave(faults={"500": 0.2, "hang": 0.2}, seed=4)
    path = write(40, "batched.jsonl", batch=True, wait=True)
    assert path.read_bytes() == plain
    assert model.stats["paid_twice"] == 0
    assert manifest_at(path)["writing"]["sent_again"] > 0


def test_a_batch_costs_half(write):
    live = manifest_at(write(20, "live.jsonl"))["writing"]["spent_nanodollars"]
    batched = manifest_at(write(20, "batched.jsonl", batch=True, wait=True))["writing"]["spent_nanodollars"]
    assert batched == pytest.approx(live / 2, rel=0.1)


def test_a_batch_that_may_cost_more_than_the_budget_is_not_sent(write, model):
    with pytest.raises(td.TreadleError, match=r"the batch may cost \$0\.\d+ at worst"):
        write(40, batch=True, budget="0.001")
    assert model.stats["requests"] == 0


def test_a_batch_whose_submission_got_no_reply_is_found_again_and_not_sent_twice(write, model):
    original = model.server.batches.serve
    lost = []

    def losing(method, path, head, body):
        found = original(method, path, head, body)
        if (method, path) == ("POST", "/v1/batches") and not lost:
            lost.append(path)
            for transport in list(model.server.connected):
                transport.abort()
        return found

    model.server.batches.serve = losing
    with pytest.raises(td.TreadleError, match=r"/batches: the connection ended .*the same command goes on"):
        write(20, batch=True, wait=True, budget="1")
    path = write(20, batch=True, wait=True, budget="1")
    assert len(lines_of(path)) == 20
    assert len(model.server.batches._batches) == 1
    assert model.stats["dup_requests"] == 0
    assert manifest_at(path)["writing"]["perhaps_billed_nanodollars"] == 0


def test_a_batch_that_never_arrived_is_sent_again_and_its_money_is_free_again(write, model):
    original = model.server.batches.serve
    refused = []

    def failing(method, path, head, body):
        if (method, path) == ("POST", "/v1/batches") and not refused:
            refused.append(path)
            return 500, b"{}"
        return original(method, path, head, body)

    model.server.batches.serve = failing
    with pytest.raises(td.TreadleError, match=r"/batches: status 500"):
        write(20, batch=True, wait=True, budget="0.02")
    path = write(20, batch=True, wait=True, budget="0.02")
    assert manifest_at(path)["writing"]["perhaps_billed_nanodollars"] == 0


def test_what_does_not_fit_into_one_batch_goes_into_several_each_with_its_money(write, model, monkeypatch):
    monkeypatch.setattr("treadle.llm.batching.MOST_REQUESTS", 3)
    path = write(40, batch=True, wait=True, budget="1")
    assert len(lines_of(path)) == 40
    assert len(model.server.batches._batches) == 3
    assert manifest_at(path)["writing"]["perhaps_billed_nanodollars"] == 0


def test_an_endpoint_without_batches_is_told(write, model):
    model.server.batches.serve = lambda *_: (200, b"<html>")
    with pytest.raises(td.TreadleError, match=r"expected a JSON object; does it have the Batch API\?"):
        write(20, batch=True)


def test_a_pending_batch_has_an_exit_code_of_its_own():
    assert BatchPendingError("x").exit_code == 75
    assert PRICES
