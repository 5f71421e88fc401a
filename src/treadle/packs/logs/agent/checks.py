"""What must hold within a turn of an agent: each check yields a fault for each thing that is wrong."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from treadle.packs.logs.agent.catalog import AGENTS, MODELS, TOOLS, VOCABULARY
from treadle.packs.logs.moments import micros, micros_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle.packs.logs.domain import Fault, Record

CHAT, TOOL = VOCABULARY["operation"]
_CHAT_FIELDS = ("input_messages",)
_ANSWER_FIELDS = (
    "response_model", "finish_reason", "time_to_first_chunk", "output_messages", "input_tokens", "output_tokens",
    "cache_read_input_tokens",
)  # fmt: skip
_TOOL_FIELDS = ("tool_name", "tool_type", "tool_call_id", "tool_arguments", "tool_result")
TOKENS = ("input_tokens", "output_tokens", "cache_read_input_tokens")
_ANSWERS = {(row["provider"], row["request_model"]): row["response_model"] for row in MODELS}


def chats(record: Record) -> list[tuple[int, Record]]:
    """Return the chats of a turn with their places."""
    return [(number, step) for number, step in enumerate(record["steps"]) if step["operation"] == CHAT]


def tools(record: Record) -> list[tuple[int, Record]]:
    """Return the calls of tools with their places."""
    return [(number, step) for number, step in enumerate(record["steps"]) if step["operation"] == TOOL]


def total(name: str) -> Callable[[Record], Iterator[Fault]]:
    """Return the check that a number of a turn is that of its chats."""

    def check(record: Record) -> Iterator[Fault]:
        whole = sum(step[name] or 0 for step in record["steps"])
        if record[name] != whole:
            yield f"/{name}", f"{whole}, that of all chats", str(record[name])

    return check


def cached(record: Record) -> Iterator[Fault]:
    """Check that what comes from a cache is part of the input."""
    for number, step in chats(record):
        if (step["cache_read_input_tokens"] or 0) > (step["input_tokens"] or 0):
            yield (
                f"/steps/{number}/cache_read_input_tokens",
                f"at most the input, {step['input_tokens']}",
                str(step["cache_read_input_tokens"]),
            )


def grows(record: Record) -> Iterator[Fault]:
    """Check that a chat reads at least what the one before read."""
    for (_, before), (number, step) in pairwise(chats(record)):
        if step["input_tokens"] is not None and step["input_tokens"] < (before["input_tokens"] or 0):
            yield (
                f"/steps/{number}/input_tokens",
                f"at least {before['input_tokens']}, as read before",
                str(step["input_tokens"]),
            )


def parents(record: Record) -> Iterator[Fault]:
    """Check that every step is part of the turn."""
    for number, step in enumerate(record["steps"]):
        if step["parent_span_id"] != record["span_id"]:
            yield f"/steps/{number}/parent_span_id", f"the turn's span {record['span_id']}", step["parent_span_id"]


def spans(record: Record) -> Iterator[Fault]:
    """Check that no span comes twice."""
    seen = {record["span_id"]}
    for number, step in enumerate(record["steps"]):
        if step["span_id"] in seen:
            yield f"/steps/{number}/span_id", "a span that was not there before", step["span_id"]
        seen.add(step["span_id"])


def nested(record: Record) -> Iterator[Fault]:
    """Check that steps lie within the turn."""
    begin = micros_of(record["timestamp"])
    end = begin + micros(record["duration"])
    for number, step in enumerate(record["steps"]):
        first = micros_of(step["started"])
        if not begin <= first <= first + micros(step["duration"]) <= end:
            yield f"/steps/{number}/duration", "within the turn's time", str(step["duration"])


def behind(record: Record) -> Iterator[Fault]:
    """Check that a step begins behind the end of the one before."""
    for number, (before, step) in enumerate(pairwise(record["steps"]), 1):
        if micros_of(step["started"]) < micros_of(before["started"]) + micros(before["duration"]):
            yield f"/steps/{number}/started", "behind the end of the step before", step["started"]


def fields(record: Record) -> Iterator[Fault]:
    """Check that chats have what chats have, tools what tools have."""
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


def names(record: Record) -> Iterator[Fault]:
    """Check that a span is named after operation and model or tool."""
    for number, step in enumerate(record["steps"]):
        wanted = f"{step['operation']} {record['request_model'] if step['operation'] == CHAT else step['tool_name']}"
        if step["name"] != wanted:
            yield f"/steps/{number}/name", wanted, step["name"]


def kinds(record: Record) -> Iterator[Fault]:
    """Check that chats are client spans, tools internal ones."""
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


def calls(record: Record) -> Iterator[Fault]:
    """Check that what a chat asks for is called."""
    for number, step in chats(record):
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


def responses(record: Record) -> Iterator[Fault]:
    """Check that what tools returned is told to the next chat."""
    for number, step in chats(record):
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


def finish(record: Record) -> Iterator[Fault]:
    """Check that finish reason and calls agree."""
    for number, step in chats(record):
        asks = bool(parts_of(step["output_messages"], "tool_call"))
        if asks != (step["finish_reason"] == "tool_calls"):
            yield (
                f"/steps/{number}/finish_reason",
                "tool_calls where tools are asked for, and only there",
                str(step["finish_reason"]),
            )


def error(record: Record) -> Iterator[Fault]:
    """Check that status and error.type of a step agree."""
    for number, step in enumerate(record["steps"]):
        known = VOCABULARY["chat_error"] if step["operation"] == CHAT else VOCABULARY["tool_error"]
        wanted = known if step["status"] == "ERROR" else [None]
        if step["error_type"] not in wanted:
            yield f"/steps/{number}/error_type", " or ".join(map(str, wanted)), str(step["error_type"])


def outcome(record: Record) -> Iterator[Fault]:
    """Check that a turn ends as its last chat does."""
    failed = [step for _, step in chats(record) if step["status"] == "ERROR"]
    wanted = ("ERROR", failed[-1]["error_type"]) if failed else ("UNSET", None)
    if (record["status"], record["error_type"]) != wanted:
        yield (
            "/error_type",
            f"{wanted[0]} and {wanted[1]}, as in its chats",
            f"{record['status']} and {record['error_type']}",
        )


def answer(record: Record) -> Iterator[Fault]:
    """Check that a turn's answer is that of its last chat."""
    wanted = None if record["status"] == "ERROR" else chats(record)[-1][1]["output_messages"] if chats(record) else None
    if record["output_messages"] != wanted and (record["status"] == "ERROR" or wanted is not None):
        yield "/output_messages", "what the last chat wrote; null where the turn failed", str(record["output_messages"])


def messages(record: Record) -> Iterator[Fault]:
    """Check that messages are JSON, with role and parts."""
    held = [("/input_messages", record["input_messages"]), ("/output_messages", record["output_messages"])]
    held += [
        (f"/steps/{number}/{name}", step[name])
        for number, step in chats(record)
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


def first_chunk(record: Record) -> Iterator[Fault]:
    """Check that an answer begins before it ends."""
    for number, step in chats(record):
        if step["time_to_first_chunk"] is not None and step["time_to_first_chunk"] > step["duration"]:
            yield (
                f"/steps/{number}/time_to_first_chunk",
                f"at most {step['duration']}",
                str(step["time_to_first_chunk"]),
            )


def limit(record: Record) -> Iterator[Fault]:
    """Check that a chat writes no more than it may."""
    for number, step in chats(record):
        if (step["output_tokens"] or 0) > record["max_tokens"]:
            yield f"/steps/{number}/output_tokens", f"at most {record['max_tokens']}", str(step["output_tokens"])


def own_tools(record: Record) -> Iterator[Fault]:
    """Check that an agent calls its own tools."""
    for number, step in tools(record):
        row = TOOLS.get(step["tool_name"] or "", {"agent": "", "type": ""})
        if step["tool_name"] is not None and (row["agent"], row["type"]) != (record["agent_name"], step["tool_type"]):
            yield (
                f"/steps/{number}/tool_name",
                f"a tool of {record['agent_name']}, with its type",
                f"{step['tool_name']}, {step['tool_type']}",
            )


def model(record: Record) -> Iterator[Fault]:
    """Check that the model that answers is the one asked for."""
    wanted = _ANSWERS.get((record["provider"], record["request_model"]))
    for number, step in chats(record):
        if step["response_model"] not in {None, wanted}:
            yield (
                f"/steps/{number}/response_model",
                f"{wanted}, which {record['request_model']} is",
                step["response_model"],
            )


def agent(record: Record) -> Iterator[Fault]:
    """Check that id and version are those of the agent."""
    row = AGENTS[record["agent_name"]]
    for name, key in (("agent_id", "id"), ("agent_version", "version")):
        if record[name] != row[key]:
            yield f"/{name}", f"{row[key]} of {record['agent_name']}", record[name]
