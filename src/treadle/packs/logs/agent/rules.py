"""What must hold within a turn of an agent, and between turns; each rule with a change that breaks it alone."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from treadle.packs.logs.agent.catalog import AGENTS, MODELS, TOOLS, VOCABULARY
from treadle.packs.logs.domain import Fault, Record, Rule, changed
from treadle.packs.logs.moments import micros, micros_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHAT, TOOL = VOCABULARY["operation"]
_CHAT_FIELDS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "input_messages")
_ANSWER_FIELDS = ("response_model", "finish_reason", "time_to_first_chunk", "output_messages")
_TOOL_FIELDS = ("tool_name", "tool_type", "tool_call_id", "tool_arguments", "tool_result")
_TOKENS = ("input_tokens", "output_tokens", "cache_read_input_tokens")
_ANSWERS = {(row["provider"], row["request_model"]): row["response_model"] for row in MODELS}


def _chats(record: Record) -> list[tuple[int, Record]]:
    return [(number, step) for number, step in enumerate(record["steps"]) if step["operation"] == CHAT]


def _tools(record: Record) -> list[tuple[int, Record]]:
    return [(number, step) for number, step in enumerate(record["steps"]) if step["operation"] == TOOL]


def _total(name: str) -> Callable[[Record], Iterator[Fault]]:
    def check(record: Record) -> Iterator[Fault]:
        whole = sum(step[name] or 0 for step in record["steps"])
        if record[name] != whole:
            yield f"/{name}", f"{whole}, that of all chats", str(record[name])

    return check


def _cached(record: Record) -> Iterator[Fault]:
    for number, step in _chats(record):
        if (step["cache_read_input_tokens"] or 0) > (step["input_tokens"] or 0):
            yield (
                f"/steps/{number}/cache_read_input_tokens",
                f"at most the input, {step['input_tokens']}",
                str(step["cache_read_input_tokens"]),
            )


def _grows(record: Record) -> Iterator[Fault]:
    for (_, before), (number, step) in pairwise(_chats(record)):
        if (step["input_tokens"] or 0) < (before["input_tokens"] or 0):
            yield (
                f"/steps/{number}/input_tokens",
                f"at least {before['input_tokens']}, as read before",
                str(step["input_tokens"]),
            )


def _parents(record: Record) -> Iterator[Fault]:
    for number, step in enumerate(record["steps"]):
        if step["parent_span_id"] != record["span_id"]:
            yield f"/steps/{number}/parent_span_id", f"the turn's span {record['span_id']}", step["parent_span_id"]


def _spans(record: Record) -> Iterator[Fault]:
    seen = {record["span_id"]}
    for number, step in enumerate(record["steps"]):
        if step["span_id"] in seen:
            yield f"/steps/{number}/span_id", "a span that was not there before", step["span_id"]
        seen.add(step["span_id"])


def _nested(record: Record) -> Iterator[Fault]:
    begin = micros_of(record["timestamp"])
    end = begin + micros(record["duration"])
    for number, step in enumerate(record["steps"]):
        first = micros_of(step["started"])
        if not begin <= first <= first + micros(step["duration"]) <= end:
            yield f"/steps/{number}/duration", "within the turn's time", str(step["duration"])


def _behind(record: Record) -> Iterator[Fault]:
    for number, (before, step) in enumerate(pairwise(record["steps"]), 1):
        if micros_of(step["started"]) < micros_of(before["started"]) + micros(before["duration"]):
            yield f"/steps/{number}/started", "behind the end of the step before", step["started"]


def _fields(record: Record) -> Iterator[Fault]:
    for number, step in enumerate(record["steps"]):
        chat, failed = step["operation"] == CHAT, step["status"] == "ERROR"
        wanted = (
            dict.fromkeys(_CHAT_FIELDS, chat)
            | dict.fromkeys(_ANSWER_FIELDS, chat and not failed)
            | dict.fromkeys(_TOOL_FIELDS, not chat)
        )
        for name, there in wanted.items():
            if (step[name] is not None) != there:
                yield f"/steps/{number}/{name}", "a value" if there else f"null in {step['operation']}", str(step[name])


def _names(record: Record) -> Iterator[Fault]:
    for number, step in enumerate(record["steps"]):
        wanted = f"{step['operation']} {record['request_model'] if step['operation'] == CHAT else step['tool_name']}"
        if step["name"] != wanted:
            yield f"/steps/{number}/name", wanted, step["name"]


def _kinds(record: Record) -> Iterator[Fault]:
    for number, step in enumerate(record["steps"]):
        wanted = "CLIENT" if step["operation"] == CHAT else "INTERNAL"
        if step["kind"] != wanted:
            yield f"/steps/{number}/kind", wanted, step["kind"]


def parts_of(messages: str | None, kind: str) -> list[Record]:
    """Return the parts of a kind of all messages; none where they are no messages."""
    try:
        given = json.loads(messages or "[]")
        return [part for message in given for part in message["parts"] if part["type"] == kind]
    except (ValueError, KeyError, TypeError):
        return []


def _around(record: Record, number: int, step: int) -> list[Record]:
    """Return the calls of tools directly behind (step 1) or before (step -1) a chat, in their order."""
    found, steps = [], record["steps"]
    place = number + step
    while 0 <= place < len(steps) and steps[place]["operation"] == TOOL:
        found.append(steps[place])
        place += step
    return found[::step]


def _calls(record: Record) -> Iterator[Fault]:
    for number, step in _chats(record):
        asked = [
            (part.get("id"), part.get("name"), part.get("arguments"))
            for part in parts_of(step["output_messages"], "tool_call")
        ]
        made = [
            (tool["tool_call_id"], tool["tool_name"], _json(tool["tool_arguments"]))
            for tool in _around(record, number, 1)
        ]
        if asked != made:
            yield (
                f"/steps/{number}/output_messages",
                f"the calls that follow, {[each[0] for each in made]}",
                str([each[0] for each in asked]),
            )


def _responses(record: Record) -> Iterator[Fault]:
    for number, step in _chats(record):
        told = [
            (part.get("id"), part.get("response")) for part in parts_of(step["input_messages"], "tool_call_response")
        ]
        made = [(tool["tool_call_id"], _json(tool["tool_result"])) for tool in _around(record, number, -1)]
        if told != made:
            yield (
                f"/steps/{number}/input_messages",
                f"the results before, {[each[0] for each in made]}",
                str([each[0] for each in told]),
            )


def _json(text: str | None) -> Any:  # noqa: ANN401  # any JSON value
    try:
        return json.loads(text or "null")
    except ValueError:
        return text


def _finish(record: Record) -> Iterator[Fault]:
    for number, step in _chats(record):
        asks = bool(parts_of(step["output_messages"], "tool_call"))
        if asks != (step["finish_reason"] == "tool_calls"):
            yield (
                f"/steps/{number}/finish_reason",
                "tool_calls where tools are asked for, and only there",
                str(step["finish_reason"]),
            )


def _error(record: Record) -> Iterator[Fault]:
    for number, step in enumerate(record["steps"]):
        known = VOCABULARY["chat_error" if step["operation"] == CHAT else "tool_error"]
        wanted = known if step["status"] == "ERROR" else [None]
        if step["error_type"] not in wanted:
            yield f"/steps/{number}/error_type", " or ".join(map(str, wanted)), str(step["error_type"])


def _outcome(record: Record) -> Iterator[Fault]:
    failed = [step for _, step in _chats(record) if step["status"] == "ERROR"]
    wanted = ("ERROR", failed[-1]["error_type"]) if failed else ("UNSET", None)
    if (record["status"], record["error_type"]) != wanted:
        yield (
            "/error_type",
            f"{wanted[0]} and {wanted[1]}, as in its chats",
            f"{record['status']} and {record['error_type']}",
        )


def _answer(record: Record) -> Iterator[Fault]:
    wanted = (
        None if record["status"] == "ERROR" else _chats(record)[-1][1]["output_messages"] if _chats(record) else None
    )
    if record["output_messages"] != wanted and (record["status"] == "ERROR" or wanted is not None):
        yield "/output_messages", "what the last chat wrote; null where the turn failed", str(record["output_messages"])


def _messages(record: Record) -> Iterator[Fault]:
    held = [("/input_messages", record["input_messages"]), ("/output_messages", record["output_messages"])]
    held += [
        (f"/steps/{number}/{name}", step[name])
        for number, step in _chats(record)
        for name in ("input_messages", "output_messages")
    ]
    for pointer, text in held:
        if text is not None and not _are_messages(_json(text)):
            yield pointer, "a list of messages with role and parts, as JSON", text


def _are_messages(given: Any) -> bool:  # noqa: ANN401  # any JSON value
    return (
        isinstance(given, list)
        and bool(given)
        and all(
            isinstance(each, dict) and isinstance(each.get("role"), str) and isinstance(each.get("parts"), list)
            for each in given
        )
    )


def _first_chunk(record: Record) -> Iterator[Fault]:
    for number, step in _chats(record):
        if step["time_to_first_chunk"] is not None and step["time_to_first_chunk"] > step["duration"]:
            yield (
                f"/steps/{number}/time_to_first_chunk",
                f"at most {step['duration']}",
                str(step["time_to_first_chunk"]),
            )


def _limit(record: Record) -> Iterator[Fault]:
    for number, step in _chats(record):
        if (step["output_tokens"] or 0) > record["max_tokens"]:
            yield f"/steps/{number}/output_tokens", f"at most {record['max_tokens']}", str(step["output_tokens"])


def _own_tools(record: Record) -> Iterator[Fault]:
    for number, step in _tools(record):
        row = TOOLS.get(step["tool_name"] or "", {"agent": "", "type": ""})
        if step["tool_name"] is not None and (row["agent"], row["type"]) != (record["agent_name"], step["tool_type"]):
            yield (
                f"/steps/{number}/tool_name",
                f"a tool of {record['agent_name']}, with its type",
                f"{step['tool_name']}, {step['tool_type']}",
            )


def _model(record: Record) -> Iterator[Fault]:
    wanted = _ANSWERS.get((record["provider"], record["request_model"]))
    for number, step in _chats(record):
        if step["response_model"] not in {None, wanted}:
            yield (
                f"/steps/{number}/response_model",
                f"{wanted}, which {record['request_model']} is",
                step["response_model"],
            )


def _agent(record: Record) -> Iterator[Fault]:
    row = AGENTS[record["agent_name"]]
    for name, key in (("agent_id", "id"), ("agent_version", "version")):
        if record[name] != row[key]:
            yield f"/{name}", f"{row[key]} of {record['agent_name']}", record[name]


def with_step(record: Record, number: int, **values: Any) -> Record:  # noqa: ANN401  # JSON values
    """Return a record with other values in one of its steps."""
    steps = [
        {**step, **values} if place == number % len(record["steps"]) else step
        for place, step in enumerate(record["steps"])
    ]
    return {**record, "steps": steps}


def _first_tool(record: Record) -> int | None:
    return next((number for number, _ in _tools(record)), None)


def _at_tool(**values: Any) -> Callable[[Record], Record | None]:  # noqa: ANN401  # JSON values
    def change(record: Record) -> Record | None:
        number = _first_tool(record)
        return None if number is None else with_step(record, number, **values)

    return change


def _hungry(record: Record) -> Record | None:
    step = record["steps"][0]
    more = step["input_tokens"] + 1 - step["cache_read_input_tokens"]
    made = with_step(record, 0, cache_read_input_tokens=step["input_tokens"] + 1)
    return changed(made, cache_read_input_tokens=record["cache_read_input_tokens"] + more)


def _forgets(record: Record) -> Record | None:
    chats = _chats(record)
    if len(chats) < 2:
        return None
    (_, before), (number, step) = chats[-2:]
    tokens = before["input_tokens"] - 1
    cached = min(tokens, step["cache_read_input_tokens"])
    made = with_step(record, number, input_tokens=tokens, cache_read_input_tokens=cached)
    return changed(
        made,
        input_tokens=record["input_tokens"] + tokens - step["input_tokens"],
        cache_read_input_tokens=record["cache_read_input_tokens"] + cached - step["cache_read_input_tokens"],
    )


def _another_call(name: str, step: int) -> Callable[[Record], Record | None]:
    def change(record: Record) -> Record | None:
        number = _first_tool(record)
        if number is None:
            return None
        place, call = number + step, record["steps"][number]["tool_call_id"]
        while record["steps"][place]["operation"] == TOOL:
            place += step
        text = record["steps"][place][name]
        return with_step(record, place, **{name: text.replace(call, "call_0000000000000000")})

    return change


def _one_more(name: str) -> Callable[[Record], Record]:
    return lambda record: changed(record, **{name: record[name] + 1})


def _stranger(record: Record) -> Record | None:
    if _first_tool(record) is None:
        return None
    name, row = next((name, row) for name, row in AGENTS.items() if name != record["agent_name"])
    return changed(record, agent_name=name, agent_id=row["id"], agent_version=row["version"])


def _late(record: Record) -> Record | None:
    """Let the second step begin before the first one ended."""
    if len(record["steps"]) < 2:
        return None
    return with_step(record, 1, started=record["steps"][0]["started"])


def _whole(record: Record) -> bool:
    return bool(record["status"] == "UNSET")


RULES = (
    *(
        Rule(f"total.{name}", f"{name} of a turn are those of its chats", _total(name), _one_more(name))
        for name in _TOKENS
    ),
    Rule("cached", "what comes from a cache is part of the input", _cached, _hungry),
    Rule("grows", "a chat reads at least what the one before read", _grows, _forgets),
    Rule(
        "parents",
        "every step is part of the turn",
        _parents,
        lambda record: with_step(record, -1, parent_span_id="00000000000000ff"),
    ),
    Rule("spans", "no span comes twice", _spans, lambda record: with_step(record, -1, span_id=record["span_id"])),
    Rule(
        "nested",
        "steps lie within the turn",
        _nested,
        lambda record: with_step(record, -1, duration=record["duration"] + 60.0),
    ),
    Rule("behind", "a step begins behind the end of the one before", _behind, _late),
    Rule("fields", "chats have what chats have, tools what tools have", _fields, _at_tool(input_tokens=0)),
    Rule(
        "names",
        "a span is named after operation and model or tool",
        _names,
        lambda record: with_step(record, 0, name="chat other"),
    ),
    Rule(
        "kinds",
        "chats are client spans, tools internal ones",
        _kinds,
        lambda record: with_step(record, 0, kind="INTERNAL"),
    ),
    Rule("calls", "what a chat asks for is called", _calls, _another_call("output_messages", -1)),
    Rule("responses", "what tools returned is told to the next chat", _responses, _another_call("input_messages", 1)),
    Rule(
        "finish",
        "finish reason and calls agree",
        _finish,
        lambda record: with_step(record, 0, finish_reason="stop") if _first_tool(record) is not None else None,
    ),
    Rule(
        "error",
        "status and error.type of a step agree",
        _error,
        lambda record: (
            with_step(record, _first_tool(record) or 0, error_type="not_found")
            if _first_tool(record) is not None and record["steps"][_first_tool(record) or 0]["status"] == "UNSET"
            else None
        ),
    ),
    Rule(
        "outcome",
        "a turn ends as its last chat does",
        _outcome,
        lambda record: (
            changed(record, status="ERROR", error_type="timeout", output_messages=None) if _whole(record) else None
        ),
    ),
    Rule(
        "answer",
        "a turn's answer is that of its last chat",
        _answer,
        lambda record: changed(record, output_messages='[{"role":"assistant","parts":[]}]') if _whole(record) else None,
    ),
    Rule(
        "messages",
        "messages are JSON, with role and parts",
        _messages,
        lambda record: changed(record, input_messages='{"role":"user"}'),
    ),
    Rule(
        "first-chunk",
        "an answer begins before it ends",
        _first_chunk,
        lambda record: (
            with_step(record, 0, time_to_first_chunk=record["steps"][0]["duration"] + 1.0)
            if record["steps"][0]["time_to_first_chunk"] is not None
            else None
        ),
    ),
    Rule(
        "limit",
        "a chat writes no more than it may",
        _limit,
        lambda record: changed(record, max_tokens=1) if _whole(record) else None,
    ),
    Rule("tools", "an agent calls its own tools", _own_tools, _stranger),
    Rule(
        "model",
        "the model that answers is the one asked for",
        _model,
        lambda record: (
            with_step(
                record,
                0,
                response_model=next(
                    each for each in VOCABULARY["response_model"] if each != record["steps"][0]["response_model"]
                ),
            )
            if record["steps"][0]["response_model"] is not None
            else None
        ),
    ),
    Rule(
        "agent", "id and version are those of the agent", _agent, lambda record: changed(record, agent_version="0.0.1")
    ),
)
