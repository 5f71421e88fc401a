"""Dialects: how an endpoint likes its requests, learned from what it refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from treadle.llm.asking import Request


_LENGTHS = frozenset({"minLength", "maxLength", "pattern"})
_COUNTS = frozenset({"minItems", "maxItems"})


@dataclass
class Dialect:
    """How an endpoint likes its requests; learned from what it refuses."""

    structured: str = "json_schema"
    room: str = "max_tokens"
    temperature: bool = True
    lengths: bool = True
    counts: bool = True
    tried: set[str] = field(default_factory=set)

    def learn(self, told: str) -> bool:
        """Change what an error message is about; tells whether anything is left to change."""
        text = told.lower()
        if self.room in text and ("max_completion_tokens" in text or "unsupported" in text or "not support" in text):
            return self._once("room", "max_completion_tokens" if self.room == "max_tokens" else "max_tokens")
        if "temperature" in text:
            return self._once("temperature", value=False)
        if any(word in text for word in ("minitems", "maxitems")):
            return self._once("counts", value=False)
        if any(word in text for word in ("minlength", "maxlength", "pattern", "keyword")):
            return self._once("lengths", value=False)
        if any(word in text for word in ("schema", "response_format", "json", "grammar")):
            step = {"json_schema": "json_object", "json_object": "none"}.get(self.structured)
            return step is not None and self._once(f"structured-{step}", step)
        return False

    def _once(self, what: str, value: Any) -> bool:  # noqa: ANN401  # a flag or a word
        if what in self.tried:
            return False
        self.tried.add(what)
        setattr(self, what.partition("-")[0], value)
        return True

    def body(self, request: Request, temperature: float | None) -> bytes:
        """Return a request as it is sent."""
        parts = [f'{{"user":"{request.user}","model":{json.dumps(request.model)}', f'"messages":{request.messages}']
        if temperature is not None and self.temperature:
            parts.append(f'"temperature":{temperature}')
        parts.append(f'"{self.room}":{request.room}')
        if self.structured == "json_schema":
            schema = request.schema
            if not self.lengths:
                schema = _without(schema, _LENGTHS)
            if not self.counts:
                schema = _without(schema, _COUNTS)
            strict = "true" if not self.lengths else "false"
            parts.append(
                f'"response_format":{{"type":"json_schema","json_schema":{{"name":"texts","strict":{strict},"schema":{schema}}}}}'
            )
        elif self.structured == "json_object":
            parts.append('"response_format":{"type":"json_object"}')
        return (",".join(parts) + "}").encode("utf-8", "surrogatepass")


@lru_cache(maxsize=256)
def _without(schema: str, left_out: frozenset[str]) -> str:
    """Return a schema without keywords that an endpoint refuses."""

    def plain(value: Any) -> Any:  # noqa: ANN401  # any JSON value
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items() if key not in left_out}
        return value

    return json.dumps(plain(json.loads(schema)), ensure_ascii=False, separators=(",", ":"))
