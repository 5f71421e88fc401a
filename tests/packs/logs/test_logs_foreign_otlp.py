"""OTLP/JSON as collectors and programs write it: batches of spans of all kinds, numbers as numbers, attributes of old."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from treadle.packs.logs.parse import parse
from treadle.run.domains import find_domain

API, AGENT = find_domain("api")[1], find_domain("agent")[1]
TRACE = "5B8EFFF798038103D269B633813FC60C"


def attributes(**given):
    """Return attributes of a span; `__` stands for a dot."""
    kinds = {str: "stringValue", int: "intValue", float: "doubleValue", bool: "boolValue"}
    return [{"key": key.replace("__", "."), "value": {kinds[type(value)]: value}} for key, value in given.items()]


def span(number, **given):
    """Return a span of one millisecond with times as numbers."""
    base = {
        "traceId": TRACE,
        "spanId": f"{number:016X}",
        "parentSpanId": "",
        "name": "GET /test",
        "kind": "SPAN_KIND_SERVER",
    }
    times = {
        "startTimeUnixNano": 1_600_000_000_000_000_000 + number,
        "endTimeUnixNano": 1_600_000_000_001_000_000 + number,
    }
    return {**base, **times, "flags": 257, "traceState": "", "events": [{"timeUnixNano": "5", "name": "x"}], **given}


def message(*spans, scopes=1, **within):
    """Return a message as a collector's file exporter writes it, its spans divided among some scopes."""
    parts = [{"scope": {"name": f"s{place}", "version": "1"}, "spans": spans[place::scopes]} for place in range(scopes)]
    resource = {"attributes": attributes(service__name="shop", host__name="a"), "droppedAttributesCount": 0}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": parts, **within}]}


@pytest.fixture
def run(tmp_path):
    """Return a function that parses messages and gives records, rejects and counts."""

    def run(domain, *messages, spaces=True):
        source, output = tmp_path / "x.jsonl", tmp_path / "y.jsonl"
        separators = None if spaces else (",", ":")
        source.write_text(
            "".join(json.dumps(each, separators=separators) + "\n" for each in messages), encoding="utf-8"
        )
        done = parse(domain, source, output, overwrite=True)
        rejects = tmp_path / "y.rejects.jsonl"
        kept = rejects.read_text("utf-8").splitlines() if rejects.exists() else []
        return [json.loads(line) for line in output.read_text("utf-8").splitlines()], kept, done

    return run


NEW = attributes(http__request__method="GET", url__path="/test", url__scheme="http", http__response__status_code=200)


@pytest.mark.parametrize("spaces", [True, False])
def test_a_batch_of_spans(run, spaces):
    """Each server's span is a record, whatever its scope; the others are counted."""
    spans = [
        span(1, attributes=NEW),
        span(2, kind=3),
        span(3, kind=2, attributes=NEW),
        span(4, kind=1),
        span(5, attributes=NEW),
    ]
    read, rejects, done = run(API, message(*spans, scopes=2), message(span(6, attributes=NEW), scopes=3), spaces=spaces)
    assert not rejects
    assert (done.lines, done.records, done.others) == (2, 4, 2)
    assert sorted(each["span_id"] for each in read) == [f"{number:016x}" for number in (1, 3, 5, 6)]
    assert {each["trace_id"] for each in read} == {TRACE.lower()}
    first = read[0]
    assert (first["timestamp"], first["duration"]) == ("2020-09-13T12:26:40.000000Z", 0.001)
    assert (first["http_response_status_code"], first["service_name"], first["parent_span_id"]) == (200, "shop", None)


def test_several_resources_in_a_message(run):
    both = {
        "resourceSpans": message(span(1, attributes=NEW))["resourceSpans"]
        + message(span(2, attributes=NEW))["resourceSpans"]
    }
    both["resourceSpans"][1]["resource"] = {"attributes": attributes(service__name="cart")}
    read, _, _ = run(API, both)
    assert [each["service_name"] for each in read] == ["shop", "cart"]


def test_values_of_all_kinds(run):
    """Integers are numbers or texts; what a record has no field for may hold anything."""
    odd = [
        {"key": "empty", "value": {}},
        {"key": "map", "value": {"kvlistValue": {"values": attributes(a=1)}}},
        {"key": "bytes", "value": {"bytesValue": "AQ=="}},
        {"key": "later", "value": {"someValue": 1}},
        {"key": "url.query", "value": {}},
    ]
    texts = [{"key": "http.response.status_code", "value": {"intValue": "404"}}]
    read, rejects, _ = run(
        API, message(span(1, attributes=[*NEW[:3], *texts, *odd], status={"code": "STATUS_CODE_ERROR"}))
    )
    assert not rejects
    assert (read[0]["http_response_status_code"], read[0]["status"], read[0]["url_query"]) == (404, "ERROR", None)


@pytest.mark.parametrize(
    "held", [{"intValue": 7.5}, {"intValue": " 7"}, {"intValue": "1_0"}, {"intValue": True}, {"intValue": None}]
)
def test_numbers_that_are_none(run, held):
    """Python's own reading of numbers is wider than JSON's."""
    read, (reject,), _ = run(API, message(span(1, attributes=[{"key": "http.response.status_code", "value": held}])))
    assert not read
    assert "expected an integer" in reject


def test_attributes_by_their_former_names(run):
    """Programs that follow conventions from before 1.21 say path and query in one, and call most things otherwise."""
    old = attributes(
        http__method="POST", http__target="/a/b?c=d", http__scheme="https", http__status_code=503, http__user_agent="curl/8",
        net__host__name="a.example", net__host__port=443, http__client_ip="192.0.2.1",
    )  # fmt: skip
    ((record,), _, _) = run(API, message(span(1, attributes=old), schemaUrl="https://opentelemetry.io/schemas/1.20.0"))
    wanted = {"http_request_method": "POST", "url_path": "/a/b", "url_query": "c=d", "http_response_status_code": 503}
    wanted |= {
        "server_port": 443,
        "client_address": "192.0.2.1",
        "semconv_version": "1.20.0",
        "user_agent_original": "curl/8",
    }
    assert {name: record[name] for name in wanted} == wanted


def test_scopes_by_their_former_name_and_nothing_at_all(run):
    old = {"resourceSpans": [{"instrumentationLibrarySpans": [{"spans": [span(1, attributes=NEW)]}]}]}
    read, rejects, _ = run(API, old, {"resourceSpans": []}, {"resourceSpans": [{"resource": None, "scopeSpans": None}]})
    assert (len(read), read[0]["service_name"]) == (1, None)
    assert len(rejects) == 2


def turn(*numbers, **given):
    """Return the spans of a turn as they are sent: steps before their agent, whose own parent is a server's span."""
    chat = attributes(gen_ai__operation__name="chat", gen_ai__system="openai", gen_ai__usage__input_tokens=12)
    tool = attributes(gen_ai__operation__name="execute_tool", gen_ai__tool__name="find")
    agent = attributes(gen_ai__operation__name="invoke_agent", gen_ai__agent__name="a", gen_ai__usage__prompt_tokens=12)
    root, first, second = numbers
    spans = [
        span(second, name="execute_tool find", kind=None, parentSpanId=f"{root:016x}", attributes=tool),
        span(first, name="chat m", kind=3, parentSpanId=f"{root:016x}", attributes=chat),
        span(root, name="invoke_agent a", kind=1, parentSpanId=f"{99:016x}", attributes=agent),
    ]
    return [{**each, **given} for each in spans]


def test_turns_of_agents(run):
    """A message may hold several turns and what else a program does; steps are told in the order of time."""
    others = [span(99, name="POST /ask"), span(98, kind=3, name="POST", parentSpanId=f"{2:016x}")]
    read, rejects, done = run(AGENT, message(*turn(1, 2, 3), *others, *turn(4, 5, 6, traceId="ab" * 16)))
    assert not rejects
    assert (done.records, done.others) == (2, 2)
    assert [each["trace_id"] for each in read] == [TRACE.lower(), "ab" * 16]
    assert [[step["name"] for step in each["steps"]] for each in read] == [["chat m", "execute_tool find"]] * 2
    assert (read[0]["input_tokens"], read[0]["steps"][0]["input_tokens"], read[0]["agent_name"]) == (12, 12, "a")


def test_a_turn_whose_agent_is_elsewhere_is_kept(run):
    read, (reject,), _ = run(AGENT, message(*turn(1, 2, 3)[:2]), message(*turn(1, 2, 3)))
    assert len(read) == 1
    assert f"trace {TRACE.lower()}: expected one invoke_agent span" in reject


def spread(record, sizes, *, ended=True):
    """Return a turn as several messages, its spans in batches of these sizes, in the order in which they end."""
    whole = json.loads(AGENT.forms["otlp"].write(record))
    spans = whole["resourceSpans"][0]["scopeSpans"][0]["spans"]
    if ended:
        spans = [*spans[1:], spans[0]]
    made, at = [], 0
    for size in [*sizes, len(spans)]:
        held = json.loads(json.dumps(whole))
        held["resourceSpans"][0]["scopeSpans"][0]["spans"] = spans[at : at + size]
        made += [held] if spans[at : at + size] else []
        at += size
    return made


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("sizes", [(1,), (1, 1, 1), (2,), (2, 1)])
@pytest.mark.parametrize("spaces", [True, False])
def test_a_turn_in_several_messages(run, records, sizes, ended, spaces):
    """Neighbouring lines that share a trace are read as one, among turns of one line each, whether the agent is first or last."""
    turns = [turn for turn in records("agent", 0, 60) if len(turn["steps"]) >= 3][:8]
    messages = []
    for number, turn in enumerate(turns):
        whole = [json.loads(AGENT.forms["otlp"].write(turn))]
        messages += spread(turn, sizes, ended=ended) if number in {1, 2, 5} else whole
    read, kept, done = run(AGENT, *messages, spaces=spaces)
    assert not kept
    assert read == turns
    assert done.lines == len(messages)


def test_batches_of_several_turns(run, records):
    """A batch holds the end of one turn and the beginning of the next, as a collector's do."""
    turns = [turn for turn in records("agent", 0, 60) if len(turn["steps"]) >= 3][:4]
    parts = [spread(turn, (2,)) for turn in turns]
    messages = [parts[0][0]]
    for before, after in pairwise(parts):
        messages.append({"resourceSpans": before[1]["resourceSpans"] + after[0]["resourceSpans"]})
    read, kept, _ = run(AGENT, *messages, parts[-1][1])
    assert not kept
    assert sorted(read, key=lambda each: each["timestamp"]) == turns


def test_a_turn_whose_spans_stand_apart_is_told(run, records):
    """What stands between is read; both parts are kept, and the reason says where spans were looked for."""
    turns = [turn for turn in records("agent", 0, 60) if len(turn["steps"]) >= 3][:2]
    first, last = spread(turns[0], (2,))
    read, kept, _ = run(AGENT, first, json.loads(AGENT.forms["otlp"].write(turns[1])), last)
    assert read[0] == turns[1]
    told = [json.loads(each) for each in kept]
    assert told[0]["line"] == 1
    assert "in this line and those next to it that share a trace" in told[0]["reason"]


def test_turns_of_one_trace_that_are_whole_stay_apart(run, records):
    """A trace id that comes twice joins no turns that need nothing of each other."""
    turn = records("agent", 0, 1)[0]
    whole = json.loads(AGENT.forms["otlp"].write(turn))
    read, kept, _ = run(AGENT, whole, whole, spaces=False)
    assert (read, kept) == ([turn, turn], [])


def test_joined_lines_are_bounded(run, records):
    """Of a turn that goes on for ever, as many lines are held as are read as one."""
    step = json.dumps(spread(records("agent", 0, 1)[0], (1,))[0])
    own = json.loads(step)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["spanId"]
    _, kept, done = run(AGENT, *[json.loads(step.replace(own, f"{number:016x}")) for number in range(1, 601)])
    assert [json.loads(each)["line"] for each in kept] == [1, 257, 513]
    assert done.lines == 600
