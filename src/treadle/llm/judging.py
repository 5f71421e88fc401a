"""Judging: whether a text that a model wrote may stand, and the spans of what it states. Every reason for a no is named."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from treadle.checks.characters import UNSAFE
from treadle.checks.privacy import SCREEN, unreserved
from treadle.llm.language import is_other_language
from treadle.llm.stating import Found, find_all, names_any

if TYPE_CHECKING:
    from treadle.declarations import Prompt
    from treadle.llm.asking import Block

_CANNOT = r"(?:can(?:no|['’ ]?)t|am (?:unable|not able)|won['’]?t|must decline|will not)"  # noqa: RUF001  # as people type
_REFUSED = re.compile(
    rf"\W*(?:(?:i['’ ]?a?m (?:very |so )?sorry|sorry|i apologi[sz]e|unfortunately)\W+(?:but )?(?:i|we) {_CANNOT}"  # noqa: RUF001  # as above
    rf"|(?:i|we) {_CANNOT} (?:help|assist|comply|create|provide|write|generate|fulfil|do that)"
    rf"|as an? (?:ai\b|(?:large )?language model))",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"[ \t]+\n")


class Verdict(NamedTuple):
    """A text as it is kept, where it states which fact, and why it may not stand: no reason is a yes."""

    text: str
    found: list[Found]
    reasons: list[str]


def judge(text: str, block: Block) -> Verdict:
    """Judge a text against what its block asked for."""
    kept = _BLANKS.sub("\n", text.replace("\r\n", "\n")).strip()
    found, missing = find_all(kept, block.facts)
    reasons = [f"does not state: {fact.phrase}" for fact in missing]
    reasons += [f"names what is to be left out: {value}" for value in names_any(kept, block.withheld, found)]
    reasons += _schema(kept, block.prompt)
    if _REFUSED.match(kept):
        reasons.append("is a refusal")
    if UNSAFE.search(kept):
        reasons.append("holds control characters or direction marks")
    unfit = block.prompt.accept(kept, block.case) if block.prompt.accept is not None else ""
    if unfit:
        reasons.append(unfit)
    other = is_other_language(kept, block.prompt.language)
    if other:
        reasons.append(f"is in another language ({other}), expected {block.prompt.language}")
    if SCREEN.search(kept):
        given = {fact.value for fact in block.facts}
        reasons += [f"names {shown}, expected {expected}" for shown, expected in unreserved(kept) if shown not in given]
    return Verdict(kept, found, reasons)


def _schema(text: str, prompt: Prompt) -> list[str]:
    schema, size = schema_of(prompt), len(text)
    reasons = [] if text else ["is empty"]
    if size < schema.get("minLength", 0):
        reasons.append(f"has {size} characters, expected {schema['minLength']} at least")
    if size > schema.get("maxLength", size):
        reasons.append(f"has {size} characters, expected {schema['maxLength']} at most")
    if "pattern" in schema and not re.search(schema["pattern"], text):
        reasons.append(f"does not fit the pattern {schema['pattern']}")
    if "enum" in schema and text not in schema["enum"]:
        reasons.append(f"is none of {', '.join(map(str, schema['enum']))}")
    return reasons


def schema_of(prompt: Prompt) -> dict[str, Any]:  # JSON values
    """Return the schema of a prompt's text."""
    return _read(prompt.schema)


@lru_cache(maxsize=64)
def _read(schema: str) -> dict[str, Any]:  # JSON values
    return dict(json.loads(schema))
