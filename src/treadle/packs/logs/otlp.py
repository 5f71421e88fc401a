"""OTLP/JSON: attributes and spans as Python values, and lines that cannot be read told with the column.

The encoding is that of the OpenTelemetry protocol: ids are hex texts, 64-bit integers are texts, names are lowerCamelCase.
"""

from __future__ import annotations

import json
import re
from typing import Any

from treadle.packs.logs.domain import ParseError

Json = Any
"""A JSON value."""
_NOT_HEX = re.compile("[^0-9a-fA-F]")
_KINDS = {"stringValue": str, "boolValue": bool, "doubleValue": float}


def one_span(line: str) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return the resource's attributes and the span of a message that holds one span; raises `ParseError` otherwise."""
    resource, spans = all_spans(line)
    if len(spans) != 1:
        raise ParseError(1, f"expected one span in a message, found {len(spans)}")
    return resource, spans[0]


def all_spans(line: str) -> tuple[dict[str, Json], list[dict[str, Json]]]:
    """Return the resource's attributes and the spans of a message of OTLP/JSON."""
    message = read_json(line)
    try:
        (within,) = message["resourceSpans"]
        spans = [span for scope in within["scopeSpans"] for span in scope["spans"]]
        resource = within["resource"]["attributes"]
        keys = len(resource) + sum(len(span.get("attributes", ())) for span in spans)
        if line.count('"key":') > keys or any(line.count(name) > len(spans) for name in _ONCE):
            read_json(line, once=True)  # slow, and needed only where a key may stand twice
        return attributes(resource), spans
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ParseError(1, f"expected resourceSpans with resource, scopeSpans and spans, found no {error}") from error


_ONCE = ('"traceId":', '"spanId":', '"kind":', '"startTimeUnixNano":', '"endTimeUnixNano":')
"""What stands once in a span."""


def read_json(line: str, *, once: bool = False) -> Json:
    """Return a JSON value; raises `ParseError` where reading stops, with `once` also for a key that stands twice in an object."""
    try:
        return json.loads(line, object_pairs_hook=_once if once else None)
    except json.JSONDecodeError as error:
        raise ParseError(error.pos + 1, f"expected JSON: {error.msg}") from error
    except _TwiceError as error:
        raise ParseError(1, f"key {error.args[0]!r} stands twice in one object") from error
    except RecursionError as error:
        raise ParseError(1, "expected JSON that nests less deeply") from error
    except ValueError as error:  # a number of thousands of digits
        raise ParseError(1, f"expected JSON: {error}") from error


class _TwiceError(Exception):
    pass


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1))
    return made


def attributes(given: Json) -> dict[str, Json]:
    """Return a list of keys and values as a dict; raises `ParseError` for a key that comes twice."""
    made: dict[str, Json] = {}
    for each in given:
        key, held = each["key"], each["value"]
        text = held.get("stringValue")
        made[key] = text if type(text) is str and len(held) == 1 else value(held, key)
    if len(made) != len(given):
        keys = [each["key"] for each in given]
        raise ParseError(1, f"attribute {next(key for key in keys if keys.count(key) > 1)!r} comes twice")
    return made


def value(given: dict[str, Json], key: str) -> Json:
    """Return an AnyValue; raises `ParseError` for one that is none."""
    if len(given) != 1:
        raise ParseError(1, f"attribute {key!r} has {len(given)} values, expected one")
    ((kind, held),) = given.items()
    if kind == "intValue":
        try:
            return int(held)
        except (TypeError, ValueError):
            raise ParseError(1, f"attribute {key!r}: intValue {held!r}: expected an integer as text") from None
    if kind == "arrayValue":
        return [value(each, key) for each in held.get("values", ())]
    if kind not in _KINDS:
        raise ParseError(1, f"attribute {key!r} has a value of unknown kind {kind!r}")
    if not isinstance(held, _KINDS[kind]) and not (kind == "doubleValue" and type(held) is int):
        raise ParseError(1, f"attribute {key!r}: {kind} {held!r}: expected {_KINDS[kind].__name__}")
    return held


def any_value(given: Json) -> dict[str, Json]:
    """Return a Python value as an AnyValue."""
    if isinstance(given, bool):
        return {"boolValue": given}
    if isinstance(given, int):
        return {"intValue": str(given)}
    if isinstance(given, float):
        return {"doubleValue": given}
    if isinstance(given, list):
        return {"arrayValue": {"values": [any_value(each) for each in given]}}
    return {"stringValue": given}


def attribute_list(given: dict[str, Json]) -> list[dict[str, Json]]:
    """Return attributes as keys and values, without those that are None."""
    return [{"key": key, "value": any_value(each)} for key, each in given.items() if each is not None]


def nanoseconds(span: dict[str, Json], key: str) -> int:
    """Return a time of a span; raises `ParseError` where it is no integer as text."""
    held = span.get(key)
    if not isinstance(held, str) or not held.isdecimal() or not held.isascii():
        raise ParseError(1, f"{key}: expected nanoseconds as text, found {held!r}")
    return int(held)


def required(span: dict[str, Json], key: str) -> str:
    """Return a text of a span; raises `ParseError` where there is none."""
    held = span.get(key)
    if not isinstance(held, str) or not held:
        raise ParseError(1, f"{key}: expected a text, found {held!r}")
    return held


def identifier(span: dict[str, Json], key: str, length: int) -> str:
    """Return an id of so many hex digits in small letters; raises `ParseError` for any other, and for one that is all zero."""
    held = required(span, key)
    if len(held) != length or not held.strip("0") or _NOT_HEX.search(held):
        raise ParseError(1, f"{key} {held!r}: expected {length} hex digits, not all zero")
    return held.lower()


def compact(given: Json) -> str:
    """Return a JSON value on one line, as the generator writes it."""
    return json.dumps(given, ensure_ascii=False, separators=(",", ":"))
