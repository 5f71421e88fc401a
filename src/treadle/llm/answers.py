"""Answers: the texts in what a model said. JSON alone counts, also in a fence or between words; nothing is guessed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)
_ITEM = re.compile(r"\{")
LIST, TEXT, NUMBER = "texts", "text", "number"
"""The keys of an answer: {"texts": [{"number": 1, "text": "..."}]}."""


@dataclass(frozen=True)
class Parsed:
    """The texts of an answer by the number of their block, and what is wrong with its form as a whole."""

    texts: dict[int, str] = field(default_factory=dict)
    problem: str = ""


def parse(content: str, count: int) -> Parsed:
    """Return the texts of an answer to `count` blocks.

    Items are taken by their numbers where these are those of the blocks, each once, or else by their order where there are as many
    as blocks. Of an answer that was cut off, the whole items count.
    """
    if not content.strip():
        return Parsed(problem="the answer is empty")
    value = _json_in(content)
    if value is None:
        return Parsed(_whole_items(content, count), "the answer is not valid JSON")
    items = value.get(LIST) if isinstance(value, dict) else value
    if isinstance(value, dict) and items is None and isinstance(value.get(TEXT), str):
        items = [value]
    if not isinstance(items, list):
        return Parsed(problem=f"the answer has no list {LIST!r}")
    texts = [item.get(TEXT) if isinstance(item, dict) else None for item in items]
    if not any(isinstance(text, str) for text in texts):
        return Parsed(problem=f"the answer has no item with a {TEXT!r}")
    placed = _placed(items, count)
    if placed is None:
        return Parsed(problem=f"the answer has {len(items)} items, and {count} were asked for")
    kept = {place: text for place, text in zip(placed, texts, strict=True) if isinstance(text, str)}
    return Parsed(kept)


def _placed(items: list[Any], count: int) -> list[int] | None:
    """Return the place of each item among the blocks; None where that cannot be told."""
    numbers = [item.get(NUMBER) if isinstance(item, dict) else None for item in items]
    known = [number for number in numbers if type(number) is int and 1 <= number <= count]
    if len(known) == len(items) and len(set(known)) == len(known):
        return [number - 1 for number in known]
    return list(range(count)) if len(items) == count else None


def _json_in(content: str) -> Any:  # noqa: ANN401  # any JSON value
    """Return the JSON value of an answer: all of it, what a fence holds, or the first object in it."""
    try:
        return json.loads(content)
    except ValueError:
        pass
    fence = _FENCE.search(content)
    if fence:
        try:
            return json.loads(fence[1])
        except ValueError:
            pass
    begin = content.find("{")
    if begin > 0:
        try:
            return json.JSONDecoder().raw_decode(content, begin)[0]
        except ValueError:
            return None
    return None


def _whole_items(content: str, count: int) -> dict[int, str]:
    """Return the items of a list that was cut off, by their numbers or their order."""
    begin = content.find("[")
    found: list[dict[str, Any]] = []
    decoder = json.JSONDecoder()
    while begin >= 0 and (opened := _ITEM.search(content, begin)):
        try:
            item, begin = decoder.raw_decode(content, opened.start())
        except ValueError:
            break
        found.append(item)
    numbers = [item.get(NUMBER) for item in found]
    in_order = numbers == list(range(1, len(found) + 1))
    if count < 2 or not in_order:
        return {}
    return {place: item[TEXT] for place, item in enumerate(found[:count]) if isinstance(item.get(TEXT), str)}
