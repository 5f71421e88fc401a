"""Records of all domains: rules hold within and between them; sessions, traces, load and failures look as they should."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import pytest

import treadle as td
from treadle.packs.logs.api.traffic import WEEK
from treadle.packs.logs.moments import micros, micros_of
from treadle.run.domains import records_of
from treadle.run.source import members


def test_there_are_three_domains():
    assert members("logs") == ["logs.agent", "logs.api", "logs.cv"]


@pytest.mark.parametrize("first", [0, 1_000_000 // 64 * 64])
def test_every_rule_holds(domain, first):
    """Schema, rules between fields and rules between records, wherever one looks."""
    found = domain.judge_all(records_of(domain.reference, 42)(first, first + 4096))
    assert not found, found[:3]


def test_a_record_is_the_same_alone(domain):
    """What refers to other records does not need them to be made."""
    together = records_of(domain.reference, 7)(0, 200)
    dataset = td.generate(domain.reference, seed=7, truth=False)
    for number in (0, 63, 64, 131, 199):
        assert {key: dataset.record(number)[key] for key in together[0]} == together[number]


def test_fifteen_fields_and_more(domain):
    assert len(domain.inventory.fields) >= 15


def test_sessions_share_their_client(records):
    """A visit has one address, agent and protocol, and several requests."""
    visits = defaultdict(list)
    for record in records("api"):
        if record["session_id"] and record["parent_span_id"] is None:
            visits[record["session_id"]].append(record)
    assert max(map(len, visits.values())) > 5
    assert any(len(visit) == 1 for visit in visits.values())
    for visit in visits.values():
        for name in ("client_address", "user_agent_original", "network_protocol_version", "network_peer_port"):
            assert len({record[name] for record in visit}) == 1


def test_a_trace_is_a_tree_of_nested_times(records):
    by_span = {record["span_id"]: record for record in records("api")}
    children = [record for record in by_span.values() if record["parent_span_id"]]
    assert len(children) > 400
    for child in children:
        parent = by_span[child["parent_span_id"]]
        assert parent["trace_id"] == child["trace_id"]
        begin, first = micros_of(parent["timestamp"]), micros_of(child["timestamp"])
        assert begin <= first <= first + micros(child["duration"]) <= begin + micros(parent["duration"])


def test_latency_has_a_heavy_tail(records):
    """The slowest hundredth takes many times the median."""
    times = sorted(record["duration"] for record in records("api") if record["status"] == "UNSET")
    median, late = times[len(times) // 2], times[len(times) * 99 // 100]
    assert late > 8 * median


def test_load_follows_the_hour():
    """At two in the afternoon more is asked than at three in the night; on Saturday most."""
    hours = [int(WEEK[60 * hour + 60] - WEEK[60 * hour]) for hour in range(24)]
    assert hours[14] > 5 * hours[3]
    days = [int(WEEK[1440 * day + 1440] - WEEK[1440 * day]) for day in range(7)]
    assert max(days) == days[5]


def test_failures_come_in_bursts():
    """Some stretches of records fail far more often than most do."""
    made = records_of("logs.api", 42)(0, 65_536)
    shares = [sum(each["status"] == "ERROR" for each in made[at : at + 128]) / 128 for at in range(0, len(made), 128)]
    usual = sorted(shares)[len(shares) // 2]
    assert usual < 0.03
    assert max(shares) > 0.15


def test_time_goes_on(domain, records):
    times = [record["timestamp"] for record in records(domain.name)]
    assert all(before <= after for before, after in pairwise(times))


def test_runs_end_where_they_fail(records):
    """Few phases fail; a run has its phases in order, on one model, and none behind a failure."""
    runs = defaultdict(list)
    for record in records("cv"):
        runs[record["run_id"]].append(record)
    results = Counter(record["result"] for record in records("cv"))
    assert 0.02 < results["failure"] / results.total() < 0.2
    phases = ["training", "validation", "test", "inference"]
    for run in runs.values():
        assert [record["phase"] for record in run] == phases[: len(run)]
        assert all(record["result"] == "success" for record in run[:-1])


def test_slower_hardware_takes_longer(records):
    """The time for an image of one model grows with the factor of the accelerator."""
    times = defaultdict(list)
    for record in records("cv"):
        if record["phase"] == "validation" and record["model"] == "resnet50-v1.5":
            times[record["accelerator"]].append(record["per_image_us"] * record["accelerator_count"])
    mean = {name: sum(held) / len(held) for name, held in times.items()}
    assert mean["accel-x3"] < mean["accel-m2"] < mean["accel-t1"]


def test_tools_are_called_by_the_chat_before(records):
    """Every call of a tool was asked for with its id, and its result is told to the next chat."""
    turns = [record for record in records("agent") if any(step["tool_name"] for step in record["steps"])]
    assert len(turns) > 1000
    for record in turns[:300]:
        asked = "".join(step["output_messages"] or "" for step in record["steps"])
        for step in record["steps"]:
            assert step["tool_call_id"] is None or step["tool_call_id"] in asked


def test_conversations_go_on_over_records(records):
    turns = defaultdict(list)
    for record in records("agent"):
        turns[record["conversation_id"]].append(record["turn"])
    assert max(map(len, turns.values())) > 3
    assert all(held == list(range(1, len(held) + 1)) for held in turns.values())
