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
    PLACES,
    SCRIPTS,
    SPANS,
    TOOLS,
    VOCABULARY,
    WORDS,
    Call,
    Script,
)
from treadle.packs.logs.agent.facts import facts
from treadle.packs.logs.interleaving import interleave

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

BLOCK = 32
PATTERNS = interleave("logs.agent conversations", 96, BLOCK, (34, 22, 14, 9, 6, 4, 3, 2), (1,), 5)
START, EVERY = 1_767_254_400_000_000, 120_000_000
"""2026-01-01, 8 o'clock UTC, and two minutes, in microseconds."""
WAIT_US, TOOL_WAIT_US = 30_000_000, 5_000_000
"""How long an agent waits for a model, and for a tool."""
TURN_TOKENS = 90
"""Tokens that each turn before leaves in the history, at least."""
_KEYS = [script.key for script in SCRIPTS]


def _named(made: Sequence[Call], part: str) -> str:
    """Return what calls side by side are called with (part "tool") or bring back (part "result"), told from all others."""
    return " ".join(f"{call.slot}:{getattr(call, part)}" for call in made) or "none"


_ROUNDS: list[tuple[Call, ...]] = [(), *(made for script in SCRIPTS for made in script.rounds)]
ASKED, TOLD = ({_named(made, part): made for made in _ROUNDS} for part in ("tool", "result"))
RESULTS = list(dict.fromkeys(call.result for script in SCRIPTS for call in script.calls))
_TOOLS, _ERRORS = list(TOOLS), VOCABULARY["error"]
_TOOL_US = np.array([int(row["median_ms"]) * 1000 for row in TOOLS.values()])
_TOKENS = {part: np.array([8 + len(row[part]) // 4 for row in TOOLS.values()]) for part in ("arguments", "result")}
"""About how many tokens a call and its result are: four characters each, and what stands around them."""
_TOKEN_US, _FIRST_US = (np.array([int(row[name]) for row in MODELS]) for name in ("us_per_token", "first_ms"))
_CACHES = np.array([int(row["caches"]) for row in MODELS])
_REQUEST = np.array([VOCABULARY["request_model"].index(row["request_model"]) for row in MODELS])
_RESPONSE = np.array([VOCABULARY["response_model"].index(row["response_model"]) for row in MODELS])
_PROVIDER = np.array([VOCABULARY["provider"].index(row["provider"]) for row in MODELS])


def _steps_of(script: Script) -> list[dict[str, int]]:
    """Return of each step what it is: a chat with what it is told and asks for, or a call with its slot, tool, result and error."""
    steps = list[dict[str, int]]()
    asked = [list(ASKED).index(_named(made, "tool")) for made in script.rounds]
    told = [list(TOLD).index(_named(made, "result")) for made in script.rounds]
    for place, made in enumerate([*script.rounds, ()]):
        steps.append({"tells": ([0, *told])[place], "asks": ([*asked, 0])[place]})
        for call in made:
            error = _ERRORS.index(call.error) if call.error else -1
            tool = {"tool": _TOOLS.index(call.tool), "result": RESULTS.index(call.result), "error": error}
            steps.append({"calls": 1, "slot": call.slot - 1, **tool})
    return steps


_STEPS = [_steps_of(script) for script in SCRIPTS]
_LENGTH = np.array([len(steps) for steps in _STEPS])


def _table(part: str, otherwise: int = 0) -> Ints:
    """Return a part of each step, shape (scripts, longest script)."""
    made = np.full((len(SCRIPTS), _LENGTH.max()), otherwise, np.int64)
    for number, steps in enumerate(_STEPS):
        made[number, : len(steps)] = [step.get(part, otherwise) for step in steps]
    return made


_CALLS, _SLOT, _TOOL, _RESULT = _table("calls"), _table("slot"), _table("tool"), _table("result")
_ERROR, _ASKS, _TELLS = _table("error", -1), _table("asks"), _table("tells")


def _conversation() -> dict[str, td.Field]:
    """Return what all turns of a conversation share, and where a record stands in it."""
    shared = {
        "agent_name": "own_agent", "model": "own_model", "conversation": "own_conversation", "tenths": "own_temperature",
        "max_tokens": "own_limit", "base_tokens": "own_base", "growth": "own_growth", "city": "own_city", "place": "own_place",
        "product": "own_product", "table": "own_table", "module": "own_module",
    }  # fmt: skip
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
        "own_limit": td.choice([512, 1024, 2048]),
        "own_base": td.integer(620, 2_600),
        "own_growth": td.integer(TURN_TOKENS, 420),
        **{f"own_{kind}": td.choice(list(places)) for kind, places in PLACES.items()},
        **{f"own_{name}": td.choice(WORDS[name]) for name in ("product", "table", "module")},
        **{name: td.refer(field, at="first") for name, field in shared.items()},
        "temperature": td.derive(lambda tenths: tenths, "tenths", places=1),
        "conversation_id": td.text("conv-{conversation}"),
        "agent_id": td.derive({name: row["id"] for name, row in AGENTS.items()}, "agent_name"),
        "agent_version": td.derive({name: row["version"] for name, row in AGENTS.items()}, "agent_name"),
        "provider": td.derive(lambda model: _PROVIDER[model], "model", values=VOCABULARY["provider"]),
        "request_model": td.derive(lambda model: _REQUEST[model], "model", values=VOCABULARY["request_model"]),
        "semconv_version": td.choice(VOCABULARY["semconv_version"]),
    }


def _script() -> dict[str, td.Field]:
    """Return what happens in a turn: thanks come behind the first one of a conversation."""
    stages = {
        f"{name} {stage}": {
            script.key: script.weight
            for script in SCRIPTS
            if script.agent == name and (stage == "later" or not script.later)
        }
        for name in AGENTS
        for stage in ("first", "later")
    }
    return {
        "stage": td.derive(lambda agent, turn: 2 * agent + (turn > 1), "agent_name", "turn", values=list(stages)),
        "script_name": td.choice(stages, by="stage"),
        "script": td.derive({key: number for number, key in enumerate(_KEYS)}, "script_name"),
        "step_count": td.derive(lambda script: _LENGTH[script], "script"),
        **{f"call_{slot + 1}": td.hexadecimal(16) for slot in range(MOST_CALLS)},
        "ask": td.text(td.by("script_name", {script.key: f"{{{script.ask}}}" for script in SCRIPTS})),
        "usual_answer": td.text(td.by("script_name", {script.key: f"{{{script.answer}}}" for script in SCRIPTS})),
        "answer": td.text(
            td.by("ending", {"stop": "{usual_answer}", "length": "{cut}", "content_filter": "{refused}"})
        ),
        "ask_length": td.length("ask"),
        "answer_length": td.length("answer"),
    }


def _plan() -> dict[str, td.Field]:
    """Return when the turn begins, and how it ends."""
    errors = {"rate_limit_exceeded": 5, "timeout": 3, "server_error": 3, "context_length_exceeded": 1}
    return {
        "fails": td.chance("0.035"),
        "ending": td.choice({"stop": 96, "length": 3, "content_filter": 1}),
        "chat_error": td.choice(errors),
        "status": td.derive(lambda fails: fails.astype(np.int64), "fails", values=VOCABULARY["status"]),
        "error_type": td.derive(lambda cause: cause, "chat_error", values=list(errors), when="fails"),
        "trace_id": td.hexadecimal(32),
        "span_id": td.hexadecimal(16),
        "root": td.text("{span_id}"),
        "jitter": td.integer(0, 19_999_999),
        "begin": td.derive(lambda n, jitter: START + n * EVERY + jitter, "n", "jitter"),
        "timestamp": td.derive(lambda begin: begin, "begin", moment="%Y-%m-%dT%H:%M:%S.%fZ"),
        "ahead": td.integer(400, 9_000),
        "behind": td.integer(300, 6_000),
        "history": td.derive(lambda base, growth, turn: base + growth * (turn - 1), "base_tokens", "growth", "turn"),
        "told_tokens": td.derive(lambda history, asked: history + 4 + asked // 4, "history", "ask_length"),
        "warm": td.chance("0.55"),
        "input_messages": td.text(td.escape("[") + raw.text_message("user", "{ask|json}") + td.escape("]")),
        "output_messages": td.text(raw.final(), when="not fails"),
    }


def _tokens() -> dict[str, td.Field]:
    """Return the tokens of a step: a chat reads what was there and what was written since; a cache holds how it began."""
    return {
        "is_chat": td.derive(lambda script, step: _CALLS[script, step] == 0, "script", "step", boolean=True),
        "tool": td.derive(lambda script, step: _TOOL[script, step], "script", "step", values=_TOOLS),
        "result": td.derive(lambda script, step: _RESULT[script, step], "script", "step", values=RESULTS),
        "asked": td.derive(lambda script, step: _ASKS[script, step], "script", "step", values=list(ASKED)),
        "told": td.derive(lambda script, step: _TELLS[script, step], "script", "step", values=list(TOLD)),
        "last": td.derive(lambda step, steps: step == steps - 1, "step", "step_count", boolean=True),
        "broken": td.derive(lambda fails, last: fails & last, "fails", "last", boolean=True),
        "answered": td.derive(lambda chat, broken: chat & ~broken, "is_chat", "broken", boolean=True),
        "more": td.integer(0, 6),
        "out": td.derive(_written, "answered", "last", "ending", "answer_length", "max_tokens", "asked", "more"),
        "added": td.derive(
            lambda chat, out, tool, more: np.where(chat, out, _TOKENS["result"][tool] + more),
            "is_chat",
            "out",
            "tool",
            "more",
        ),
        "since": td.cumulative("added", before=True),
        "read": td.derive(
            lambda answered, told, since: np.where(answered, told + since, 0), "answered", "told_tokens", "since"
        ),
        "from_cache": td.derive(_from_cache, "answered", "model", "step", "turn", "warm", "history"),
        "input_tokens": td.derive(lambda tokens: tokens, "read", when="answered"),
        "output_tokens": td.derive(lambda tokens: tokens, "out", when="answered"),
        "cache_read_input_tokens": td.derive(lambda tokens: tokens, "from_cache", when="answered"),
    }


_ASKED_TOKENS = np.array(
    [sum(12 + int(_TOKENS["arguments"][_TOOLS.index(call.tool)]) for call in made) for made in ASKED.values()]
)


def _written(answered: Flags, last: Flags, ending: Ints, length: Ints, most: Ints, asked: Ints, more: Ints) -> Ints:
    """Return the tokens that a chat writes: as its text is long, or all that it may where it is cut off."""
    answer = np.where(ending == 1, most, length // 4 + 1 + more)
    return np.where(answered, np.where(last, answer, _ASKED_TOKENS[asked] + more), 0)


def _from_cache(answered: Flags, model: Ints, step: Ints, turn: Ints, warm: Flags, history: Ints) -> Ints:
    """Return the tokens of what was said before that come from a cache, which holds 128 at a time and 1,024 at least."""
    held = history // 128 * 128
    hit = answered & (held >= 1024) & ((step > 0) | ((turn > 1) & warm))
    return np.where(hit, held * _CACHES[model], 0)


def _step_times() -> dict[str, td.Field]:
    """Return when a step is done: behind the one before, and within the turn."""
    return {
        "share": td.quantiles([550, 700, 820, 900, 1_000, 1_130, 1_300, 1_600, 2_400, 3_600]),
        "network": td.integer(0, 4_999),
        "first_us": td.derive(
            lambda model, share, network: _FIRST_US[model] * share + network, "model", "share", "network"
        ),
        "spent": td.derive(
            _micros, "is_chat", "broken", "chat_error", "first_us", "out", "model", "tool", "error", "share"
        ),
        "closing": td.integer(0, 2_999),
        "micros": td.derive(lambda spent, closing: spent + closing, "spent", "closing"),
        "pause": td.integer(150, 3_500),
        "taken": td.derive(lambda micros, pause: micros + pause, "micros", "pause"),
        "before": td.cumulative("taken", before=True),
        "moment": td.derive(lambda begin, ahead, before: begin + ahead + before, "begin", "ahead", "before"),
        "started": td.derive(lambda moment: moment, "moment", moment="%Y-%m-%dT%H:%M:%S.%fZ"),
        "duration": td.derive(lambda micros: micros, "micros", places=6),
        "time_to_first_chunk": td.derive(lambda first: first, "first_us", places=6, when="answered"),
        "start_ns": td.derive(lambda moment: moment * 1000, "moment"),
        "end_ns": td.derive(lambda moment, micros: (moment + micros) * 1000, "moment", "micros"),
    }


def _micros(
    chat: Flags, broken: Flags, cause: Ints, first: Ints, out: Ints, model: Ints, tool: Ints, error: Ints, share: Ints
) -> Ints:
    """Return how long a step takes: a refusal comes at once, a timeout when the agent has waited long enough."""
    refused = np.where(cause == 1, WAIT_US + first // 64, first // 3)
    written = np.where(broken, refused, first + 1 + out * _TOKEN_US[model])
    late = TOOL_WAIT_US + share * 16
    return np.where(
        chat, written, np.where(error == _ERRORS.index("tool_timeout"), late, _TOOL_US[tool] * share // 1000)
    )


def _said() -> dict[str, td.Field]:
    """Return what a step says: messages of a chat, or the call of a tool and its result."""
    ask = {name: raw.calls(made) if made else raw.final() for name, made in ASKED.items()}
    told = {name: raw.responses(made) if made else raw.opening() for name, made in TOLD.items()}
    return {
        "slot": td.derive(
            lambda script, step: _SLOT[script, step],
            "script",
            "step",
            values=[str(slot + 1) for slot in range(MOST_CALLS)],
        ),
        "tool_arguments": td.text(td.by("tool", {tool: raw.arguments(tool) for tool in TOOLS}), when="not is_chat"),
        "tool_result": td.text(td.by("result", {each: raw.result(each) for each in RESULTS}), when="not is_chat"),
        "tool_call_id": td.text(
            td.by("slot", {str(slot + 1): f"call_{{call_{slot + 1}}}" for slot in range(MOST_CALLS)}),
            when="not is_chat",
        ),
        "tool_name": td.derive(lambda tool: tool, "tool", values=_TOOLS, when="not is_chat"),
        "tool_type": td.derive({tool: row["type"] for tool, row in TOOLS.items()}, "tool", when="not is_chat"),
        "input_messages": td.text(td.by("told", told), when="is_chat"),
        "output_messages": td.text(td.by("asked", ask), when="answered"),
        "finish_reason": td.derive(
            lambda last, ending: np.where(last, np.array([0, 1, 3])[ending], 2),
            "last",
            "ending",
            values=VOCABULARY["finish_reason"],
            when="answered",
        ),
        "response_model": td.derive(
            lambda model: _RESPONSE[model], "model", values=VOCABULARY["response_model"], when="answered"
        ),
    }


def _steps() -> dict[str, td.Field]:
    """Return the spans of a turn."""
    causes = np.array([_ERRORS.index(each) for each in VOCABULARY["chat_error"]])
    return {
        "step": td.serial(),
        "error": td.derive(lambda script, step: _ERROR[script, step], "script", "step"),
        **_tokens(),
        **_step_times(),
        "span_id": td.hexadecimal(16),
        "parent_span_id": td.text("{root}"),
        "operation": td.derive(lambda chat: (~chat).astype(np.int64), "is_chat", values=VOCABULARY["operation"]),
        "name": td.text("{if is_chat}chat {request_model}{else}execute_tool {tool}{/if}"),
        "kind": td.derive(lambda chat: (~chat).astype(np.int64), "is_chat", values=VOCABULARY["kind"]),
        "wrong": td.derive(lambda broken, error: broken | (error >= 0), "broken", "error", boolean=True),
        "status": td.derive(lambda wrong: wrong.astype(np.int64), "wrong", values=VOCABULARY["status"]),
        "error_type": td.derive(
            lambda chat, cause, error: np.where(chat, causes[cause], np.maximum(error, 0)),
            "is_chat",
            "chat_error",
            "error",
            values=_ERRORS,
            when="wrong",
        ),
        **_said(),
        "otlp": td.text(raw.child()),
    }


def _turn() -> dict[str, td.Field]:
    """Return the spans, and what follows from them for the whole turn."""
    sums = {"input_tokens": "read", "output_tokens": "out", "cache_read_input_tokens": "from_cache"}
    return {
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
    {**_conversation(), **_script(), **facts(), **_plan(), **_turn()},
    version="1",
    columns=INVENTORY.names,
    labels=["status"],
    rules=td.read_rules(DATA / "messages.rules"),
    entities=["none of them"],
    files=[td.File("{name}_valid.jsonl"), td.File("raw/{name}_raw.otlp.jsonl", ["otlp"], "text")],
    epoch="2026-01-01T08:00:00Z",
    doc="Turns of agents: chats, calls of tools, tokens and errors; as records and as OTLP/JSON.",
)
