"""What the fake model says: a value of the schema it is given, whose texts state the facts of their blocks."""

from __future__ import annotations

import json
import re
from typing import Any

from treadle.llm.fake.faults import uniform

_MUST = re.compile(r"must state:[ \t]*([^\n\r]+)")
_WORDS = (
    "anchor", "basalt", "cedar", "dune", "echo", "fennel", "granite", "hazel", "inlet", "jetty", "kelp", "lantern", "meadow",
    "north", "oak", "pebble", "quill", "reed", "slate", "thyme", "upland", "vale", "wharf", "yonder", "zinc", "brook",
)  # fmt: skip
_COUNT = 14
_DEEPEST = 8
Json = Any  # a JSON value


def facts_of(body: Json) -> list[str]:
    """Return the facts to be stated, one line a block, from the last message of a request."""
    messages = body.get("messages") if isinstance(body, dict) else None
    content = messages[-1].get("content", "") if messages and isinstance(messages[-1], dict) else ""
    if isinstance(content, list):
        content = " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return _MUST.findall(content)


def schema_of(body: Json) -> Json:
    """Return the schema that a request asks an answer for; None where it has none."""
    form = body.get("response_format") or {}
    if form.get("json_schema"):
        return form["json_schema"].get("schema")
    tools = body.get("tools") or []
    return tools[0]["function"].get("parameters") if tools else None


def stating(record: int, facts: str) -> str:
    """Return a text that begins with the record's number and words of its own, and states facts."""
    words = [_WORDS[int(uniform(record, place, 7) * len(_WORDS))] for place in range(_COUNT)]
    return f"rec-{record:06d} {' '.join(words)}. {facts.replace(';', ',')}."


class Speaker:
    """Makes values that satisfy a JSON schema: type, enum, const, properties, items, $ref, anyOf, least and most."""

    def __init__(self, root: Json, record: int, facts: list[str]) -> None:
        """Take the whole schema, the record of the request, and the facts of its blocks."""
        self._root, self._record, self._facts = root, record, facts

    def value(  # noqa: PLR0911  # one return a keyword
        self, schema: Json, record: int, key: str = "", facts: str = "", depth: int = 0
    ) -> Json:
        """Return a value of a schema; `facts` are those that its texts state."""
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return None
        if "$ref" in schema:
            return self.value(self._found(schema["$ref"]), record, key, facts, depth + 1)
        for name in ("const", "default"):
            if name in schema:
                return schema[name]
        if "enum" in schema:
            return schema["enum"][record % len(schema["enum"])]
        for name in ("anyOf", "oneOf", "allOf"):
            if schema.get(name):
                return self.value(schema[name][0], record, key, facts, depth + 1)
        kind = schema.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object" or "properties" in schema:
            held = schema.get("properties", {})
            return {name: self.value(each, record, name, facts, depth + 1) for name, each in held.items()}
        return self._many(schema, record, key, depth) if kind == "array" else self._single(kind, schema, record, facts)

    def _many(self, schema: Json, record: int, key: str, depth: int) -> list[Json]:
        count = max(1, int(schema.get("minItems", len(self._facts))))
        own = self._facts[-count:] if len(self._facts) >= count else [*self._facts, *[""] * (count - len(self._facts))]
        return [
            self.value(schema.get("items", {}), record + place, key, facts, depth + 1)
            for place, facts in enumerate(own)
        ]

    def _single(self, kind: str | None, schema: Json, record: int, facts: str) -> Json:
        if kind == "integer":
            return max(int(schema.get("minimum", record)), min(record, int(schema.get("maximum", 10**9))))
        if kind == "number":
            return float(max(schema.get("minimum", 0), min(record % 100 / 100, schema.get("maximum", 1))))
        if kind in {"boolean", "null"}:
            return record % 2 == 0 if kind == "boolean" else None
        text = stating(record, facts or (self._facts[-1] if self._facts else "nothing in particular"))
        return text[: schema.get("maxLength", 8_000)].ljust(schema.get("minLength", 0), ".")

    def _found(self, reference: str) -> Json:
        found = self._root
        for part in reference.lstrip("#/").split("/"):
            found = found.get(part, {}) if isinstance(found, dict) else {}
        return found


def content_of(body: Json, record: int, fault: str) -> tuple[str, str]:
    """Return what the model says and why it ends: `stop`, or `length` where it is cut off."""
    facts = facts_of(body)
    schema = schema_of(body)
    if fault == "forget":
        facts = [line.rpartition(";")[0] or "nothing" for line in facts]
    if fault == "leak":
        facts = [f"{line}; write to someone@gmail.com" for line in facts]
    wants_json = (
        schema is not None or "response_format" in body or "json" in json.dumps(body.get("messages", "")).lower()
    )
    if not wants_json:
        said = stating(record, facts[-1] if facts else "nothing in particular")
    elif schema is None:
        items = [
            {"number": place, "text": stating(record + place, each)} for place, each in enumerate(facts or [""], 1)
        ]
        said = json.dumps({"texts": items})
    else:
        said = json.dumps(Speaker(schema, record, facts).value(schema, record))
    return _spoiled(said, fault)


def _spoiled(said: str, fault: str) -> tuple[str, str]:
    if fault == "schema":
        said = json.dumps({"id": "x", "words": 5, "kind": None})
    elif fault == "badjson":
        said = said[:40] + '", "more": [1, 2' + said[60:90]
    elif fault == "fence":
        said = f"Here is what you asked for:\n```json\n{said}\n```\nShall I go on?"
    elif fault == "refusal":
        said = "I'm sorry, but I can't help with that."
    elif fault == "empty":
        said = ""
    return (said[: len(said) // 2], "length") if fault == "trunc" else (said, "stop")
