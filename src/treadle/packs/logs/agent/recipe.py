"""The recipe of `logs.agent`: turns of agents, each a trace of chats and calls of tools, by OpenTelemetry's conventions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.logs.agent import raw
from treadle.packs.logs.agent.catalog import (
    AGENTS,
    DATA,
    INVENTORY,
    MODELS,
    MOST_CALLS,
    PLANS,
    SPANS,
    TOOLS,
    VOCABULARY,
    WORDS,
    template,
)
from treadle.packs.logs.interleaving import interleave

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

BLOCK = 32
PATTERNS = interleave("logs.agent conversations", 96, BLOCK, (34, 22, 14, 9, 6, 4, 3, 2), (1,), 5)
START, EVERY = 1_767_254_400_000_000, 90_000_000
"""2026-01-01, 8 o'clock UTC, and a minute and a half, in microseconds."""
SLOTS = [str(slot + 1) for slot in range(MOST_CALLS)]
_PLANS = list(PLANS)
_LONGEST = max(map(len, _PLANS))
_TOOL_US = np.array([int(row["median_ms"]) * 1000 for row in TOOLS.values()])
_TOKEN_US, _FIRST_US = (np.array([int(row[name]) for row in MODELS]) for name in ("us_per_token", "first_ms"))
_CACHES = np.array([int(row["caches"]) for row in MODELS])
_REQUEST = np.array([VOCABULARY["request_model"].index(row["request_model"]) for row in MODELS])
_RESPONSE = np.array([VOCABULARY["response_model"].index(row["response_model"]) for row in MODELS])
_PROVIDER = np.array([VOCABULARY["provider"].index(row["provider"]) for row in MODELS])


def _runs(plan: str) -> list[tuple[str, str, str, str]]:
    """Return of each step of a plan its kind, the slot of its call, the slots that it asks for, and those it is told of."""
    slot, made = 0, []
    for place, kind in enumerate(plan):
        slot += kind == "T"
        before = len(plan[:place]) - len(plan[:place].rstrip("T"))
        after = len(plan[place + 1 :]) - len(plan[place + 1 :].lstrip("T"))
        asked = "".join(SLOTS[slot : slot + after]) if kind == "C" else ""
        told = "".join(SLOTS[slot - before : slot]) if kind == "C" else ""
        made.append((kind, SLOTS[max(slot - 1, 0)], asked or "none", told or "none"))
    return made


_STEPS = {plan: _runs(plan) for plan in _PLANS}
ASKED, TOLD = (list(dict.fromkeys(step[part] for steps in _STEPS.values() for step in steps)) for part in (2, 3))


def _table(part: int, values: list[str]) -> Ints:
    """Return a part of each step as its place among values, shape (plans, longest plan)."""
    made = np.zeros((len(_PLANS), _LONGEST), np.int64)
    for number, plan in enumerate(_PLANS):
        made[number, : len(plan)] = [values.index(step[part]) for step in _STEPS[plan]]
    return made


_KIND, _SLOT, _ASKED, _TOLD = _table(0, ["C", "T"]), _table(1, SLOTS), _table(2, ASKED), _table(3, TOLD)
_LENGTH = np.array([len(plan) for plan in _PLANS])


def _conversation() -> dict[str, td.Field]:
    """Return what all turns of a conversation share, and where a record stands in it."""
    shared = {
        "agent_name": "own_agent",
        "model": "own_model",
        "conversation": "own_conversation",
        "temperature": "own_temperature",
    }
    shared |= {
        "max_tokens": "own_limit",
        "city": "own_city",
        "place": "own_place",
        "product": "own_product",
        "order_number": "own_order",
    }
    shared |= {"table": "own_table", "module": "own_module"}
    return {
        "n": td.serial(),
        "block": td.derive(lambda n: n - n % BLOCK, "n"),
        "own_pattern": td.integer(0, len(PATTERNS) - 1),
        "pattern": td.refer("own_pattern", at="block"),
        "first": td.derive(lambda n, pattern: n - n % BLOCK + PATTERNS.chain[pattern, n % BLOCK], "n", "pattern"),
        "turn": td.derive(lambda n, pattern: PATTERNS.step[pattern, n % BLOCK] + 1, "n", "pattern"),
        "own_agent": td.choice({name: int(row["weight"]) for name, row in AGENTS.items()}),
        "own_model": td.choice({str(number): int(row["weight"]) for number, row in enumerate(MODELS)}),
        "own_conversation": td.hexadecimal(12),
        "own_temperature": td.choice([0, 2, 3, 5, 7, 10]),
        "own_limit": td.choice([512, 1024, 2048, 4096]),
        "own_order": td.integer(100_000, 999_999),
        **{f"own_{name}": td.choice(WORDS[name]) for name in ("city", "place", "product", "table", "module")},
        **{name: td.refer(field, at="first") for name, field in shared.items() if name != "temperature"},
        "tenths": td.refer("own_temperature", at="first"),
        "temperature": td.derive(lambda tenths: tenths, "tenths", places=1),
        "conversation_id": td.text("conv-{conversation}"),
        "agent_id": td.derive({name: row["id"] for name, row in AGENTS.items()}, "agent_name"),
        "agent_version": td.derive({name: row["version"] for name, row in AGENTS.items()}, "agent_name"),
        "provider": td.derive(lambda model: _PROVIDER[model], "model", values=VOCABULARY["provider"]),
        "request_model": td.derive(lambda model: _REQUEST[model], "model", values=VOCABULARY["request_model"]),
        "semconv_version": td.choice(VOCABULARY["semconv_version"]),
    }


def _facts() -> dict[str, td.Field]:
    """Return what a turn is about."""
    shared = {"city", "place", "product", "table", "module"}
    return {
        **{name: td.choice(entries) for name, entries in WORDS.items() if name not in shared},
        "order": td.text("SO-{order_number}"),
        "few": td.integer(2, 7),
        "many": td.integer(8, 240),
        "amount": td.decimal("5", "480", places=2),
        "other_amount": td.decimal("8", "9000", places=2),
        "day": td.date("2026-01-05", "2026-12-20"),
        "days": td.choice([14, 30, 60]),
        "minutes": td.integer(12, 380),
        "degrees": td.integer(-5, 33),
        "percent": td.integer(0, 100),
        "line": td.integer(3, 420),
        "number": td.integer(1_000, 99_999),
        "ask": td.text(
            td.by(
                "agent_name",
                dict(
                    zip(AGENTS, ("{ask_shop|cap}", "{ask_travel|cap}", "{ask_code|cap}", "{ask_data|cap}"), strict=True)
                ),
            )
        ),
        "answer": td.text(
            td.by(
                "agent_name",
                dict(zip(AGENTS, ("{answer_shop}", "{answer_travel}", "{answer_code}", "{answer_data}"), strict=True)),
            )
        ),
    }


def _calls() -> dict[str, td.Field]:
    """Return the calls that a turn may make, one for each slot: the tool, what it is called with and what it returns."""
    by_agent = {
        name: {tool: int(row["weight"]) for tool, row in TOOLS.items() if row["agent"] == name} for name in AGENTS
    }
    fields: dict[str, td.Field] = {}
    for slot in SLOTS:
        fields |= {
            f"tool_{slot}": td.choice(by_agent, by="agent_name"),
            f"call_{slot}": td.hexadecimal(16),
            f"args_{slot}": td.text(
                td.by(f"tool_{slot}", {tool: template(row["arguments"]) for tool, row in TOOLS.items()})
            ),
            f"failed_{slot}": td.chance("0.06"),
            f"cause_{slot}": td.choice(VOCABULARY["tool_error"]),
            f"returned_{slot}": td.text(
                td.by(f"tool_{slot}", {tool: template(row["result"]) for tool, row in TOOLS.items()})
            ),
            f"result_{slot}": td.text(
                f"{{if failed_{slot}}}"
                + td.escape('{"error":"')
                + f"{{cause_{slot}}}"
                + td.escape('"}')
                + f"{{else}}{{returned_{slot}}}{{/if}}"
            ),
        }
    return fields


def _plan() -> dict[str, td.Field]:
    """Return what the agent does, and how it ends."""
    return {
        "plan": td.choice(PLANS),
        "step_count": td.derive(lambda plan: _LENGTH[plan], "plan"),
        "fails": td.chance("0.035"),
        "ending": td.choice({"stop": 96, "length": 3, "content_filter": 1}),
        "chat_error": td.choice(
            {"rate_limit_exceeded": 5, "timeout": 3, "server_error": 3, "context_length_exceeded": 1}
        ),
        "status": td.derive(lambda fails: fails.astype(np.int64), "fails", values=VOCABULARY["status"]),
        "error_type": td.derive(lambda cause: cause, "chat_error", values=VOCABULARY["chat_error"], when="fails"),
        "trace_id": td.hexadecimal(32),
        "span_id": td.hexadecimal(16),
        "root": td.text("{span_id}"),
        "jitter": td.integer(0, 19_999_999),
        "begin": td.derive(lambda n, jitter: START + n * EVERY + jitter, "n", "jitter"),
        "timestamp": td.derive(lambda begin: begin, "begin", moment="%Y-%m-%dT%H:%M:%S.%fZ"),
        "ahead": td.integer(400, 9_000),
        "behind": td.integer(300, 6_000),
        "asked_tokens": td.integer(8, 60),
        "told_tokens": td.integer(380, 1_400),
        "input_messages": td.text(td.escape("[") + raw.text_message("user", "{ask|json}") + td.escape("]")),
        "output_messages": td.text(raw.final(), when="not fails"),
    }


def _tokens() -> dict[str, td.Field]:
    """Return the tokens of a step: a chat reads what was there and what was written since; a cache holds what it read before."""
    return {
        "is_chat": td.derive(lambda plan, step: _KIND[plan, step] == 0, "plan", "step", boolean=True),
        "broken": td.derive(
            lambda chat, fails, step, steps: chat & fails & (step == steps - 1),
            "is_chat",
            "fails",
            "step",
            "step_count",
            boolean=True,
        ),
        "written": td.quantiles([9, 24, 48, 72, 96, 130, 180, 310, 480]),
        "called": td.integer(18, 70),
        "returned": td.quantiles([20, 45, 80, 140, 260, 700]),
        "final": td.derive(lambda plan, step: _ASKED[plan, step] == ASKED.index("none"), "plan", "step", boolean=True),
        "out": td.derive(
            lambda chat, broken, final, written, called, most: np.where(
                ~chat | broken, 0, np.where(final, np.minimum(written, most), called)
            ),
            "is_chat",
            "broken",
            "final",
            "written",
            "called",
            "max_tokens",
        ),
        "added": td.derive(np.where, "is_chat", "out", "returned"),
        "since": td.cumulative("added", before=True),
        "read": td.derive(
            lambda chat, told, asked, since: np.where(chat, told + asked + since, 0),
            "is_chat",
            "told_tokens",
            "asked_tokens",
            "since",
        ),
        "hits": td.integer(40, 98),
        "from_cache": td.derive(
            lambda chat, model, step, told, hits: np.where(chat & (step > 0), told * hits // 100 * _CACHES[model], 0),
            "is_chat",
            "model",
            "step",
            "told_tokens",
            "hits",
        ),
        "input_tokens": td.derive(lambda tokens: tokens, "read", when="is_chat"),
        "output_tokens": td.derive(lambda tokens: tokens, "out", when="is_chat"),
        "cache_read_input_tokens": td.derive(lambda tokens: tokens, "from_cache", when="is_chat"),
    }


def _step_times() -> dict[str, td.Field]:
    """Return when a step is done: behind the one before, and within the turn."""
    tools = ("tool_1", "tool_2", "tool_3", "tool_4")
    return {
        "tool": td.derive(lambda slot, *tools: np.choose(slot, tools), "slot", *tools, values=list(TOOLS)),
        "share": td.quantiles([550, 700, 820, 900, 1_000, 1_130, 1_300, 1_600, 2_400, 3_600]),
        "first_us": td.derive(lambda model, share: _FIRST_US[model] * share, "model", "share"),
        "micros": td.derive(
            lambda chat, first, out, model, tool, share: np.where(
                chat, first + 1 + out * _TOKEN_US[model], _TOOL_US[tool] * share // 1000
            ),
            "is_chat",
            "first_us",
            "out",
            "model",
            "tool",
            "share",
        ),
        "pause": td.integer(150, 3_500),
        "taken": td.derive(lambda micros, pause: micros + pause, "micros", "pause"),
        "before": td.cumulative("taken", before=True),
        "moment": td.derive(lambda begin, ahead, before: begin + ahead + before, "begin", "ahead", "before"),
        "started": td.derive(lambda moment: moment, "moment", moment="%Y-%m-%dT%H:%M:%S.%fZ"),
        "duration": td.derive(lambda micros: micros, "micros", places=6),
        "time_to_first_chunk": td.derive(lambda first: first, "first_us", places=6, when="is_chat and not broken"),
        "start_ns": td.derive(lambda moment: moment * 1000, "moment"),
        "end_ns": td.derive(lambda moment, micros: (moment + micros) * 1000, "moment", "micros"),
    }


def _said() -> dict[str, td.Field]:
    """Return what a step says: messages of a chat, or the call of a tool and its result."""
    by_slot = {
        name: td.text(td.by("slot", {slot: f"{{{field}_{slot}}}" for slot in SLOTS}), when="not is_chat")
        for name, field in (("tool_arguments", "args"), ("tool_result", "result"))
    }
    ask = {asked: raw.calls(asked) if asked != "none" else raw.final() for asked in ASKED}
    told = {slots: raw.responses(slots) if slots != "none" else raw.opening() for slots in TOLD}
    return {
        **by_slot,
        "tool_call_id": td.text(td.by("slot", {slot: f"call_{{call_{slot}}}" for slot in SLOTS}), when="not is_chat"),
        "tool_name": td.derive(lambda tool: tool, "tool", values=list(TOOLS), when="not is_chat"),
        "tool_type": td.derive({tool: row["type"] for tool, row in TOOLS.items()}, "tool", when="not is_chat"),
        "asked": td.derive(lambda plan, step: _ASKED[plan, step], "plan", "step", values=ASKED),
        "told": td.derive(lambda plan, step: _TOLD[plan, step], "plan", "step", values=TOLD),
        "input_messages": td.text(td.by("told", told), when="is_chat"),
        "output_messages": td.text(td.by("asked", ask), when="is_chat and not broken"),
        "finish_reason": td.derive(
            lambda final, ending: np.where(final, np.array([0, 1, 3])[ending], 2),
            "final",
            "ending",
            values=VOCABULARY["finish_reason"],
            when="is_chat and not broken",
        ),
        "response_model": td.derive(
            lambda model: _RESPONSE[model], "model", values=VOCABULARY["response_model"], when="is_chat and not broken"
        ),
    }


def _steps() -> dict[str, td.Field]:
    """Return the spans of a turn."""
    failed, causes = [f"failed_{slot}" for slot in SLOTS], [f"cause_{slot}" for slot in SLOTS]
    tool_error = [VOCABULARY["error"].index(each) for each in VOCABULARY["tool_error"]]
    return {
        "step": td.serial(),
        "slot": td.derive(lambda plan, step: _SLOT[plan, step], "plan", "step", values=SLOTS),
        **_tokens(),
        **_step_times(),
        "span_id": td.hexadecimal(16),
        "parent_span_id": td.text("{root}"),
        "operation": td.derive(lambda chat: (~chat).astype(np.int64), "is_chat", values=VOCABULARY["operation"]),
        "name": td.text("{if is_chat}chat {request_model}{else}execute_tool {tool}{/if}"),
        "kind": td.derive(lambda chat: (~chat).astype(np.int64), "is_chat", values=VOCABULARY["kind"]),
        "wrong": td.derive(
            lambda chat, broken, slot, *failed: np.where(chat, broken, np.choose(slot, failed)),
            "is_chat",
            "broken",
            "slot",
            *failed,
            boolean=True,
        ),
        "status": td.derive(lambda wrong: wrong.astype(np.int64), "wrong", values=VOCABULARY["status"]),
        "error_type": td.derive(
            lambda chat, cause, slot, *causes: np.where(chat, cause, np.array(tool_error)[np.choose(slot, causes)]),
            "is_chat",
            "chat_error_code",
            "slot",
            *causes,
            values=VOCABULARY["error"],
            when="wrong",
        ),
        **_said(),
        "otlp": td.text(raw.child()),
    }


def _turn() -> dict[str, td.Field]:
    """Return the spans, and what follows from them for the whole turn."""
    sums = {"input_tokens": "read", "output_tokens": "out", "cache_read_input_tokens": "from_cache"}
    errors = VOCABULARY["chat_error"]
    return {
        "chat_error_code": td.derive({name: VOCABULARY["error"].index(name) for name in errors}, "chat_error"),
        "steps": td.each("step_count", _steps(), columns=[each.name for each in SPANS]),
        **{name: td.derive(_sum_of(field), "steps") for name, field in sums.items()},
        "whole": td.derive(
            lambda steps, ahead, behind: ahead + steps.sum("taken") + behind, "steps", "ahead", "behind"
        ),
        "duration": td.derive(lambda whole: whole, "whole", places=6),
        "start_ns": td.derive(lambda begin: begin * 1000, "begin"),
        "end_ns": td.derive(lambda begin, whole: (begin + whole) * 1000, "begin", "whole"),
        "otlp": td.text(raw.turn()),
    }


def _sum_of(field: str) -> Callable[[td.Children], Ints]:
    return lambda steps: steps.sum(field)


recipe = td.Recipe(
    "logs.agent",
    {**_conversation(), **_facts(), **_calls(), **_plan(), **_turn()},
    version="1",
    columns=INVENTORY.names,
    labels=["status"],
    rules=td.read_rules(DATA / "messages.rules"),
    entities=["none of them"],
    files=[td.File("{name}_valid.jsonl"), td.File("raw/{name}_raw.otlp.jsonl", ["otlp"], "text")],
    epoch="2026-01-01T08:00:00Z",
    doc="Turns of agents: chats, calls of tools, tokens and errors; as records and as OTLP/JSON.",
)
