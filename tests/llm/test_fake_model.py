"""The fake model: the same faults for every client, honest counters, and the protocol as real endpoints speak it."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
from collections import Counter

import pytest

import treadle as td
from loopback import SERVED
from running import command, treadle
from serving import served
from treadle.llm.fake.faults import FAULTS, Behaviour, parse_faults, uniform
from treadle.llm.wire import retry_after


def post(model, body, path="/v1/chat/completions", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", model.port, timeout=10)
    connection.request("POST", path, json.dumps(body), headers or {})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer, data


def ask(record, **more):
    return {
        "user": f"rec-{record}",
        "messages": [{"role": "user", "content": f"rec-{record}\nmust state: a; b"}],
        **more,
    }


def test_faults_are_a_pure_function_and_come_at_their_rates():
    behaviour = Behaviour(faults={"429": 0.05, "500": 0.03, "drop": 0.02, "badjson": 0.02}, seed=1)
    found = Counter(behaviour.fault(record, 0) for record in range(20_000))
    assert found == Counter(behaviour.fault(record, 0) for record in range(20_000))
    for name, rate in behaviour.faults.items():
        assert found[name] / 20_000 == pytest.approx(rate, abs=0.006)
    assert all(0 <= uniform(seed, 3, 1) < 1 for seed in range(100))


def test_the_usual_mix_asks_a_perfect_client_for_260_repeats():
    behaviour = Behaviour(faults={"429": 0.05, "500": 0.03, "drop": 0.02, "badjson": 0.02}, seed=1)
    repeats = 0
    for record in range(2_000):
        attempt = 0
        while behaviour.fault(record, attempt) != "ok":
            attempt += 1
        repeats += attempt
    assert repeats == 260


@pytest.mark.parametrize(
    ("given", "told"),
    [("429", None), ("429=0.1, drop=0.2", None), ("429=x", "expected NAME=RATE"), ("nope=0.1", "unknown fault"),
     ("429=2", "a rate in"), ("429=0.6,500=0.6", "expected 1 at most")],
)  # fmt: skip
def test_faults_are_given_as_text(given, told):
    if told is None:
        assert sum(parse_faults(given).values()) <= 1
    else:
        with pytest.raises(td.UsageError, match=told):
            parse_faults(given)


def test_texts_satisfy_the_schema_and_state_the_facts_of_their_blocks(model):
    item = {
        "type": "object",
        "properties": {"number": {"type": "integer"}, "text": {"type": "string", "minLength": 10, "maxLength": 90}},
    }
    schema = {"type": "object", "properties": {"texts": {"type": "array", "items": item, "minItems": 2, "maxItems": 2}}}
    asked = ask(3, response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}})
    asked["messages"][0]["content"] = "rec-3\nmust state: red; blue\n\nrec-4\nmust state: green"
    _, data = post(model, asked)
    texts = [each["text"] for each in json.loads(json.loads(data)["choices"][0]["message"]["content"])["texts"]]
    assert texts[0].startswith("rec-000003 ")
    assert "red, blue." in texts[0] or len(texts[0]) == 90
    assert all(10 <= len(text) <= 90 for text in texts)


def test_tools_get_a_call_and_streams_end_with_done(model):
    tool = {
        "type": "function",
        "function": {"name": "write", "parameters": {"type": "object", "properties": {"text": {"type": "string"}}}},
    }
    _, data = post(model, ask(1, tools=[tool]))
    call = json.loads(data)["choices"][0]["message"]["tool_calls"][0]["function"]
    assert call["name"] == "write"
    assert "a, b." in json.loads(call["arguments"])["text"]
    answer, data = post(model, ask(1, stream=True))
    assert answer.getheader("Content-Type") == "text/event-stream"
    events = data.decode().split("\n\n")
    assert events[-2] == "data: [DONE]"
    said = "".join(
        choice["delta"].get("content", "")
        for event in events[:-2]
        for choice in json.loads(event.removeprefix("data: "))["choices"]
    )
    assert "a, b." in said


def test_counters_tell_what_was_paid_twice_and_what_came_too_early(model):
    model.behave(faults={"429": 0.5}, retry_after=5, seed=2)
    statuses = [post(model, ask(record))[0].status for record in range(20) for _ in range(2)]
    stats = model.stats
    assert stats["requests"] == 40
    assert stats["unique_ids"] == 20
    assert stats["by_fault"]["429"] == statuses.count(429) > 0
    assert stats["early_retry"] > 0
    assert stats["paid_twice"] == statuses.count(200) - stats["ids_ok"]


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_comes_in_both_forms(model, as_date):
    model.behave(faults={"429": 1.0}, retry_after=7, http_date=as_date)
    answer, _ = post(model, ask(1))
    assert (answer.getheader("Retry-After") == "7") is not as_date
    assert retry_after(answer.headers) == pytest.approx(7, abs=1)


def test_settings_are_changed_while_it_runs_and_wrong_ones_refused(model):
    assert post(model, {"faults": {"500": 1.0}}, "/config")[0].status == 200
    assert post(model, ask(1))[0].status == 500
    answer, data = post(model, {"wings": 2}, "/config")
    assert answer.status == 400
    assert b"unknown setting 'wings'" in data


def test_a_key_may_be_asked_for(model):
    model.behave(key="right")
    assert post(model, ask(1))[0].status == 401
    assert post(model, ask(1), headers={"Authorization": "Bearer right"})[0].status == 200


def test_two_servers_do_the_same():
    with (
        served(faults={"badjson": 0.3, "trunc": 0.2}, seed=9) as one,
        served(faults={"badjson": 0.3, "trunc": 0.2}, seed=9) as two,
    ):
        for record in range(30):
            assert post(one, ask(record))[1] == post(two, ask(record))[1]


def test_the_command_lists_faults_and_serves():
    listed = treadle("fake-model", "--faults", "list").stdout
    assert all(name in listed for name in FAULTS)
    running = subprocess.Popen(
        command("fake-model", "--port", 0, "--faults", "500=1"), stderr=subprocess.PIPE, text=True
    )
    try:
        port = int(re.search(r":(\d+)/v1", running.stderr.readline())[1])
        SERVED.add(port)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/v1/chat/completions", json.dumps(ask(1)))
        assert connection.getresponse().status == 500
        connection.close()
    finally:
        running.terminate()
        running.communicate()
    assert treadle("fake-model", "--faults", "429=7").returncode == 2
