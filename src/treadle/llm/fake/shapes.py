"""The shapes of a reply: a completion with text or a tool call, whole or as a stream of events."""

from __future__ import annotations

import json
from typing import Any

Json = Any  # a JSON value
_STEP = 24
"""Characters of an event of a stream."""


def message_of(body: Json, content: str) -> dict[str, Any]:  # JSON values
    """Return the message that says something: as the arguments of the first tool, where tools are offered."""
    tools = body.get("tools")
    if not tools:
        return {"role": "assistant", "content": content}
    function = {"name": tools[0]["function"]["name"], "arguments": content}
    call = {"id": "call_1", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def whole(base: dict[str, Any], message: dict[str, Any], finish: str, usage: dict[str, int]) -> bytes:  # JSON values
    """Return a reply in one piece."""
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    return json.dumps({**base, "object": "chat.completion", "choices": [choice], "usage": usage}).encode()


def stream(base: dict[str, Any], content: str, finish: str, usage: dict[str, int]) -> bytes:  # JSON values
    """Return a reply as server-sent events: the role, the content step by step, the reason for the end, the usage."""
    deltas: list[tuple[dict[str, str], str | None]] = [({"role": "assistant", "content": ""}, None)]
    deltas += [({"content": content[begin : begin + _STEP]}, None) for begin in range(0, len(content), _STEP)]
    deltas.append(({}, finish))
    chunks: list[Json] = [[{"index": 0, "delta": delta, "finish_reason": reason}] for delta, reason in deltas]
    events = [{**base, "object": "chat.completion.chunk", "choices": choices} for choices in chunks]
    events.append({**base, "object": "chat.completion.chunk", "choices": [], "usage": usage})
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events) + b"data: [DONE]\n\n"
