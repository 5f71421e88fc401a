"""What happens in a turn of an agent makes sense: tools serve the question, the answer says what they returned, figures add up."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict

import pytest

from treadle.packs.logs.agent.catalog import CURRENCIES, PLACES, SCRIPTS, TOOLS, VOCABULARY, minutes


@pytest.fixture(scope="module")
def turns(records):
    return records("agent")


def answer_of(turn):
    """Return what the agent answered; "" where it was cut off, or failed."""
    if turn["output_messages"] is None or turn["steps"][-1]["finish_reason"] != "stop":
        return ""
    return json.loads(turn["output_messages"])[0]["parts"][0]["content"]


def question_of(turn):
    return json.loads(turn["input_messages"])[0]["parts"][0]["content"]


def results(turn, tool):
    """Return what a tool returned, where it did."""
    steps = [step for step in turn["steps"] if step["tool_name"] == tool and step["status"] == "UNSET"]
    return [json.loads(step["tool_result"]) for step in steps]


def test_answers_say_what_tools_returned(turns):
    """Each figure of an answer stands in the question, or in what the turn's tools were called with and returned."""
    checked = 0
    for turn in turns:
        said = "".join(f"{step['tool_arguments']}{step['tool_result']}" for step in turn["steps"]) + question_of(turn)
        for figure in re.findall(
            r"[0-9]+(?:[.-][0-9]+)*", answer_of(turn).replace("limit 20", "").replace("durations=10", "")
        ):
            assert figure in said, (question_of(turn), answer_of(turn))
            checked += 1
    assert checked > 2_000


def test_a_call_is_not_made_twice_unless_it_failed(turns):
    for turn in turns:
        calls = [(step["tool_name"], step["status"]) for step in turn["steps"] if step["tool_name"]]
        worked = Counter(name for name, status in calls if status == "UNSET")
        assert not worked or max(worked.values()) == 1, question_of(turn)


def test_money_is_worth_what_it_is(turns):
    for turn in turns:
        for step in turn["steps"]:
            if step["tool_name"] == "convert_currency":
                asked, found = json.loads(step["tool_arguments"]), json.loads(step["tool_result"])
                assert found["amount"] == pytest.approx(asked["amount"] * CURRENCIES[asked["to"]] / 10_000, abs=0.011)


def test_trains_take_as_long_as_the_way_is(turns):
    seen = set()
    for turn in turns:
        for step in turn["steps"]:
            if step["tool_name"] == "search_trains" and step["status"] == "UNSET":
                asked, found = json.loads(step["tool_arguments"]), json.loads(step["tool_result"])
                least = minutes(PLACES["city"][asked["from"]], PLACES["place"][asked["to"]])
                assert least <= found["fastest_min"] <= 1.31 * least
                seen.add((asked["from"], asked["to"]))
    assert len(seen) > 60
    assert 480 < minutes(PLACES["city"]["Utrecht"], PLACES["place"]["Vienna"]) < 900


def test_weather_goes_with_its_temperature(turns):
    for turn in turns:
        for found in results(turn, "get_weather"):
            assert found["high_c"] <= 6 or "snow" not in found["summary"]
            assert found["rain_percent"] >= 50 or not re.search("rain|thunder|snow", found["summary"])


def test_tokens_go_with_texts(turns):
    """Four characters make a token, about; one that is cut off wrote all that it may, one that failed tells of none."""
    reasons = Counter()
    for turn in turns:
        last = turn["steps"][-1]
        reasons[last["finish_reason"]] += 1
        if turn["status"] == "ERROR":
            assert last["input_tokens"] is last["output_tokens"] is last["cache_read_input_tokens"] is None
        elif last["finish_reason"] == "length":
            assert last["output_tokens"] == turn["max_tokens"]
        elif answer_of(turn):
            assert len(answer_of(turn)) / 4 <= last["output_tokens"] <= len(answer_of(turn)) / 4 + 8
    assert set(reasons) == {"stop", "length", "content_filter", None}


def test_a_conversation_reads_more_with_every_turn(turns):
    """Each turn's first chat reads what was said before; what comes from a cache is at least 1,024 tokens, in steps of 128."""
    read = defaultdict(list)
    for turn in turns:
        if turn["steps"][0]["input_tokens"] is not None:
            read[turn["conversation_id"]].append(turn["steps"][0]["input_tokens"])
        for step in turn["steps"]:
            cached = step["cache_read_input_tokens"]
            assert cached in {None, 0} or (cached >= 1024 and cached % 128 == 0)
    assert all(held == sorted(held) for held in read.values())


def test_who_waits_in_vain_waits_long(turns):
    waited = [step for turn in turns for step in turn["steps"] if step["error_type"] in {"timeout", "tool_timeout"}]
    assert len(waited) > 20
    assert all(step["duration"] >= (30 if step["operation"] == "chat" else 5) for step in waited)


def test_days_are_near_the_turn(turns):
    """Nobody books a train for a day that is over, or waits for an order of next summer."""
    for turn in turns:
        for day in re.findall(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", question_of(turn) + answer_of(turn)):
            apart = (int(day[:4]) - int(turn["timestamp"][:4])) * 12 + int(day[5:7]) - int(turn["timestamp"][5:7])
            assert -1 <= apart <= 3


def test_thanks_come_behind_a_first_turn(turns):
    assert all(turn["turn"] > 1 for turn in turns if re.match("(Thank|Great|Perfect|That helps)", question_of(turn)))


def test_scripts_name_what_there_is():
    """Every tool is called by its own agent, in every script; errors are those of the vocabulary."""
    called = {call.tool for script in SCRIPTS for call in script.calls}
    assert called == set(TOOLS)
    for script in SCRIPTS:
        for call in script.calls:
            assert TOOLS[call.tool]["agent"] == script.agent
            assert call.error in {"", *VOCABULARY["error"]}


def test_a_table_is_the_same_whoever_asks(turns):
    """It keeps its columns, gains rows as time goes by, and has seven weekdays and three plans."""
    columns, rows, checked = defaultdict(set), defaultdict(list), 0
    for turn in turns:
        named = {json.loads(step["tool_arguments"]).get("table") for step in turn["steps"] if step["tool_name"]}
        for found in results(turn, "describe_table"):
            (table,) = named - {None}
            columns[table].add(found["columns"])
            rows[table].append(found["rows"])
            assert turn["timestamp"].startswith(found["updated"])
        for found in results(turn, "run_query"):
            checked += found["columns"][0] in {"weekday", "plan"}
            assert found["rows"] == {"weekday": 7, "plan": 3}.get(found["columns"][0], found["rows"])
    assert all(len(each) == 1 for each in columns.values())
    assert all(each == sorted(each) for each in rows.values())
    assert len(columns) > 3
    assert checked > 50


def test_times_are_on_no_grid(turns):
    """Durations are measured to the microsecond: their last digits are those of any clock."""
    taken = [step[name] for turn in turns for step in turn["steps"] for name in ("duration", "time_to_first_chunk")]
    digits = Counter(round(each * 1_000_000) % 100 for each in taken if each is not None)
    assert len(digits) == 100
    assert max(digits.values()) < 2 * min(digits.values())
