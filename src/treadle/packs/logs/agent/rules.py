"""The rules of a turn of an agent, each with a change that breaks it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.packs.logs.agent.catalog import AGENTS, VOCABULARY
from treadle.packs.logs.domain import Record, Rule, changed

if TYPE_CHECKING:
    from collections.abc import Callable

from treadle.packs.logs.agent.checks import (
    TOKENS,
    TOOL,
    agent,
    answer,
    behind,
    cached,
    calls,
    chats,
    error,
    fields,
    finish,
    first_chunk,
    grows,
    kinds,
    limit,
    messages,
    model,
    names,
    nested,
    outcome,
    own_tools,
    parents,
    responses,
    spans,
    tools,
    total,
)


def with_step(record: Record, number: int, **values: Any) -> Record:  # noqa: ANN401  # JSON values
    """Return a record with other values in one of its steps."""
    steps = [
        {**step, **values} if place == number % len(record["steps"]) else step
        for place, step in enumerate(record["steps"])
    ]
    return {**record, "steps": steps}


def _first_tool(record: Record) -> int | None:
    return next((number for number, _ in tools(record)), None)


def _at_tool(**values: Any) -> Callable[[Record], Record | None]:  # noqa: ANN401  # JSON values
    def change(record: Record) -> Record | None:
        number = _first_tool(record)
        return None if number is None else with_step(record, number, **values)

    return change


def _hungry(record: Record) -> Record | None:
    step = record["steps"][0]
    if step["input_tokens"] is None:
        return None
    more = step["input_tokens"] + 1 - step["cache_read_input_tokens"]
    made = with_step(record, 0, cache_read_input_tokens=step["input_tokens"] + 1)
    return changed(made, cache_read_input_tokens=record["cache_read_input_tokens"] + more)


def _forgets(record: Record) -> Record | None:
    read = chats(record)
    if len(read) < 2:
        return None
    (_, before), (number, step) = read[-2:]
    if step["input_tokens"] is None:
        return None
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
        Rule(f"total.{name}", f"{name} of a turn are those of its chats", total(name), _one_more(name))
        for name in TOKENS
    ),
    Rule("cached", "what comes from a cache is part of the input", cached, _hungry),
    Rule("grows", "a chat reads at least what the one before read", grows, _forgets),
    Rule(
        "parents",
        "every step is part of the turn",
        parents,
        lambda record: with_step(record, -1, parent_span_id="00000000000000ff"),
    ),
    Rule("spans", "no span comes twice", spans, lambda record: with_step(record, -1, span_id=record["span_id"])),
    Rule(
        "nested",
        "steps lie within the turn",
        nested,
        lambda record: with_step(record, -1, duration=record["duration"] + 60.0),
    ),
    Rule("behind", "a step begins behind the end of the one before", behind, _late),
    Rule("fields", "chats have what chats have, tools what tools have", fields, _at_tool(input_tokens=0)),
    Rule(
        "names",
        "a span is named after operation and model or tool",
        names,
        lambda record: with_step(record, 0, name="chat other"),
    ),
    Rule(
        "kinds",
        "chats are client spans, tools internal ones",
        kinds,
        lambda record: with_step(record, 0, kind="INTERNAL"),
    ),
    Rule("calls", "what a chat asks for is called", calls, _another_call("output_messages", -1)),
    Rule("responses", "what tools returned is told to the next chat", responses, _another_call("input_messages", 1)),
    Rule(
        "finish",
        "finish reason and calls agree",
        finish,
        lambda record: with_step(record, 0, finish_reason="stop") if _first_tool(record) is not None else None,
    ),
    Rule(
        "error",
        "status and error.type of a step agree",
        error,
        lambda record: (
            with_step(record, _first_tool(record) or 0, error_type="not_found")
            if _first_tool(record) is not None and record["steps"][_first_tool(record) or 0]["status"] == "UNSET"
            else None
        ),
    ),
    Rule(
        "outcome",
        "a turn ends as its last chat does",
        outcome,
        lambda record: (
            changed(record, status="ERROR", error_type="timeout", output_messages=None) if _whole(record) else None
        ),
    ),
    Rule(
        "answer",
        "a turn's answer is that of its last chat",
        answer,
        lambda record: changed(record, output_messages='[{"role":"assistant","parts":[]}]') if _whole(record) else None,
    ),
    Rule(
        "messages",
        "messages are JSON, with role and parts",
        messages,
        lambda record: changed(record, input_messages='{"role":"user"}'),
    ),
    Rule(
        "first-chunk",
        "an answer begins before it ends",
        first_chunk,
        lambda record: (
            with_step(record, 0, time_to_first_chunk=record["steps"][0]["duration"] + 1.0)
            if record["steps"][0]["time_to_first_chunk"] is not None
            else None
        ),
    ),
    Rule(
        "limit",
        "a chat writes no more than it may",
        limit,
        lambda record: changed(record, max_tokens=1) if _whole(record) else None,
    ),
    Rule("tools", "an agent calls its own tools", own_tools, _stranger),
    Rule(
        "model",
        "the model that answers is the one asked for",
        model,
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
        "agent", "id and version are those of the agent", agent, lambda record: changed(record, agent_version="0.0.1")
    ),
)
