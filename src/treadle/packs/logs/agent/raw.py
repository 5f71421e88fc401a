"""Messages as JSON, and a turn as one message of OTLP/JSON, as templates of the recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import treadle as td
from treadle.packs.logs.agent.catalog import AGENTS, INVENTORY, SPANS, TOOLS, template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.packs.logs.agent.catalog import Call
    from treadle.packs.logs.inventory import Entry

SCHEMA_URL = "https://opentelemetry.io/schemas/1.41.0"
SCOPE = "treadle.example/agents"
_KINDS = {"integer": ("intValue", '"', '"'), "number": ("doubleValue", "", ""), "string": ("stringValue", '"', '"')}


def text_message(role: str, slot: str, ending: str = "") -> str:
    """Return a message of one text; `ending` is what stands behind its parts."""
    return td.escape(f'{{"role":"{role}","parts":[{{"type":"text","content":"') + slot + td.escape(f'"}}]{ending}}}')


def calls(made: Sequence[Call]) -> str:
    """Return the message in which a model asks for tools: one part for each call."""
    parts = [
        td.escape('{"type":"tool_call","id":"call_') + f"{{call_{call.slot}}}" + td.escape(f'","name":"{call.tool}","arguments":')
        + arguments(call.tool) + td.escape("}")
        for call in made
    ]  # fmt: skip
    return td.escape('[{"role":"assistant","parts":[') + ",".join(parts) + td.escape('],"finish_reason":"tool_calls"}]')


def responses(made: Sequence[Call]) -> str:
    """Return the message that brings what tools returned."""
    parts = [
        td.escape('{"type":"tool_call_response","id":"call_') + f"{{call_{call.slot}}}" + td.escape('","response":')
        + result(call.result) + td.escape("}")
        for call in made
    ]  # fmt: skip
    return td.escape('[{"role":"tool","parts":[') + ",".join(parts) + td.escape("]}]")


def arguments(tool: str) -> str:
    """Return what a tool is called with, as JSON."""
    return template(TOOLS[tool]["arguments"])


def result(of: str) -> str:
    """Return what a tool returned, or that it failed, as JSON."""
    return template(TOOLS[of]["result"]) if of in TOOLS else td.escape(f'{{"error":"{of}"}}')


def opening() -> str:
    """Return what the first chat of a turn is told: the agent's instructions, and what the user said."""
    system = "".join(
        f"{{{'if' if place == 0 else 'elif'} agent_name = {name}}}{td.escape(row['instructions'])}"
        for place, (name, row) in enumerate(AGENTS.items())
    )
    return (
        td.escape("[")
        + text_message("system", system + "{/if}")
        + ","
        + text_message("user", "{ask|json}")
        + td.escape("]")
    )


def final(slot: str = "{answer|json}", reason: str = "{ending}") -> str:
    """Return the agent's answer."""
    ending = f',"finish_reason":"{reason}"'
    made = td.escape('{"role":"assistant","parts":[{"type":"text","content":"') + slot + td.escape('"}]')
    return td.escape("[") + made + ending + td.escape("}]")


def attribute(name: str, key: str, kind: str, *, listed: bool = False, optional: bool = False) -> str:
    """Return an attribute as a template, with the comma that stands behind it."""
    value, before, after = _KINDS[kind]
    slot = f"{{{name}|json}}" if kind == "string" else f"{{{name}}}"
    held = td.escape(f'{{"{value}":{before}') + slot + td.escape(f"{after}}}")
    if listed:
        held = td.escape('{"arrayValue":{"values":[') + held + td.escape("]}}")
    made = td.escape(f'{{"key":"{key}","value":') + held + td.escape("},")
    return f"{{if {name} is present}}{made}{{/if}}" if optional else made


def _attributes(fields: tuple[Entry, ...], operation: str) -> str:
    """Return the attributes of a span; the operation, which every span has, comes last."""
    made = [
        attribute(each.name, each.attribute, each.type, listed=each.name == "finish_reason", optional=each.nullable)
        for each in fields
        if each.attribute and each.name != "operation"
    ]
    return (
        "".join(made)
        + td.escape('{"key":"gen_ai.operation.name","value":{"stringValue":"')
        + operation
        + td.escape('"}}')
    )


def _span(parent: str, name: str, kind: str, attributes: str) -> str:
    return (
        td.escape('{"traceId":"') + "{trace_id}" + td.escape('","spanId":"') + "{span_id}" + parent + td.escape('","name":"')
        + name + td.escape('","kind":') + kind + td.escape(',"startTimeUnixNano":"') + "{start_ns}"
        + td.escape('","endTimeUnixNano":"') + "{end_ns}" + td.escape('","attributes":[') + attributes
        + td.escape('],"status":{') + '{if status = ERROR}"code":2{/if}' + td.escape("}}")
    )  # fmt: skip


def child() -> str:
    """Return a chat or a call of a tool as a span."""
    return _span(
        td.escape('","parentSpanId":"') + "{parent_span_id}",
        "{name|json}",
        "{if kind = CLIENT}3{else}1{/if}",
        _attributes(SPANS, "{operation}"),
    )


def turn() -> str:
    """Return a turn as a message of OTLP/JSON: the span of the agent, and those that are part of it."""
    root = _span("", "invoke_agent {agent_name}", "1", _attributes(INVENTORY.fields, "invoke_agent"))
    return (
        td.escape('{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"') + "{agent_name}"
        + td.escape(f'"}}}}]}},"scopeSpans":[{{"scope":{{"name":"{SCOPE}"}},"spans":[') + root + ',{steps.otlp|join(",")}'
        + td.escape(f'],"schemaUrl":"{SCHEMA_URL}"}}],"schemaUrl":"{SCHEMA_URL}"}}]}}')
    )  # fmt: skip
