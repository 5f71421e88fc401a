"""OTLP/JSON: attributes and spans as Python values, and lines that cannot be read told with the column.

The encoding is that of the OpenTelemetry protocol: ids are hex texts, 64-bit integers are texts, names are lowerCamelCase.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from treadle.packs.logs.domain import ParseError, Read, Record, json_line
from treadle.packs.logs.moments import seconds, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Json = Any
"""A JSON value."""
_NOT_HEX = re.compile("[^0-9a-fA-F]")
_INTEGER = re.compile("-?[0-9]{1,40}")
ERROR = 2
"""STATUS_CODE_ERROR."""


@dataclass(frozen=True)
class Batch:
    """Spans of one program: its attributes as they stand, the version of the conventions it names ("" for none), the spans."""

    resource: dict[str, Json]
    version: str
    spans: list[dict[str, Json]]


def batches(line: str) -> list[Batch]:
    """Return the spans of a message of OTLP/JSON by the program and scope that made them; raises `ParseError`."""
    message = read_json(line)
    try:
        found = [_batch(within, scope) for within in message["resourceSpans"] for scope in _scopes(within)]
        spans = [span for batch in found for span in batch.spans]
        keys = sum(len(batch.resource) for batch in found) + sum(len(span.get("attributes") or ()) for span in spans)
        if line.count('"key":') > keys or any(line.count(name) > len(spans) for name in _ONCE):
            read_json(line, once=True)  # slow, and needed only where a key may stand twice
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ParseError(1, f"expected resourceSpans with resource, scopeSpans and spans, found no {error}") from error
    return found


def _scopes(within: dict[str, Json]) -> list[dict[str, Json]]:
    """Return the scopes of a resource; programs of before 2022 call them instrumentation libraries."""
    found = within.get("scopeSpans")
    return list((within.get("instrumentationLibrarySpans") or ()) if found is None else found)


def _batch(within: dict[str, Json], scope: dict[str, Json]) -> Batch:
    url = scope.get("schemaUrl") or within.get("schemaUrl") or ""
    resource = attributes((within.get("resource") or {}).get("attributes"))
    return Batch(resource, str(url).rpartition("/")[2], list(scope.get("spans") or ()))


def is_message(line: str) -> bool:
    """Tell whether a line begins as a message of spans does."""
    return _MESSAGE.match(line) is not None


_MESSAGE = re.compile(r'\s*\{\s*"resourceSpans"\s*:')
_ONCE = ('"traceId":', '"spanId":', '"kind":', '"startTimeUnixNano":', '"endTimeUnixNano":')
"""What stands once in a span."""


def read_json(line: str, *, once: bool = False) -> Json:
    """Return a JSON value; raises `ParseError` where reading stops, with `once` also for a key that stands twice in an object."""
    try:
        return (_DECODE_ONCE if once else json.loads)(line)
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


_DECODE_ONCE = json.JSONDecoder(object_pairs_hook=_once).decode
"""Made once: `json.loads` with a hook makes a decoder at every call."""


def attributes(given: Json) -> dict[str, Json]:
    """Return a list of keys and values as a dict of AnyValues; raises `ParseError` for a key that comes twice."""
    made = {each["key"]: each["value"] for each in given or ()}
    if given and len(made) != len(given):
        keys = [each["key"] for each in given]
        raise ParseError(1, f"attribute {next(key for key in keys if keys.count(key) > 1)!r} comes twice")
    return made


def picked(
    given: dict[str, Json], wanted: Mapping[str, str], former: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Json]:
    """Return the values of attributes by field, None where they are not there.

    `wanted` has the attribute of each field, `former` what attributes were called before, by their present name.
    """
    made = {}
    for field, key in wanted.items():
        held = given.get(key)
        if held is None and key in former:
            held = given.get(former[key])
        made[field] = None if held is None else value(held, key)
    return made


def value(given: dict[str, Json], key: str) -> Json:
    """Return an AnyValue as a Python value, None for an empty one; raises `ParseError` for one that is none."""
    text = given.get("stringValue")
    if type(text) is str and len(given) == 1:
        return text
    if not given:
        return None
    if len(given) != 1:
        raise ParseError(1, f"attribute {key!r} has {len(given)} values, expected one")
    ((kind, held),) = given.items()
    if kind not in _READERS:
        raise ParseError(1, f"attribute {key!r} has a value of unknown kind {kind!r}")
    try:
        return _READERS[kind](held, key)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise ParseError(1, f"attribute {key!r}: {kind} {held!r}: expected {_EXPECTED[kind]}") from None


def integer(held: Json, _key: str = "") -> int:
    """Return an integer that stands as a number or as text; raises `ValueError` for any other value."""
    if type(held) is int:
        return held
    if type(held) is str and _INTEGER.fullmatch(held):
        return int(held)
    if type(held) is float and held.is_integer():
        return int(held)
    raise ValueError(held)


def _double(held: Json, _key: str) -> float:
    if type(held) in {int, float}:
        return held  # type: ignore[no-any-return]  # one of the two
    if held in {"NaN", "Infinity", "-Infinity"}:
        return float(held)
    raise ValueError(held)


def _exactly(kind: type) -> Callable[[Json, str], Json]:
    def read(held: Json, _key: str) -> Json:
        if type(held) is not kind:
            raise ValueError(held)
        return held

    return read


_READERS: dict[str, Callable[[Json, str], Json]] = {
    "stringValue": _exactly(str),
    "boolValue": _exactly(bool),
    "bytesValue": _exactly(str),
    "intValue": integer,
    "doubleValue": _double,
    "arrayValue": lambda held, key: [value(each, key) for each in held.get("values") or ()],
    "kvlistValue": lambda held, key: {each["key"]: value(each["value"], key) for each in held.get("values") or ()},
}
_EXPECTED = {
    "stringValue": "a text", "boolValue": "true or false", "bytesValue": "a text in base64",
    "intValue": "an integer, as a number or as text", "doubleValue": "a number", "arrayValue": "a list of values",
    "kvlistValue": "a list of keys and values",
}  # fmt: skip


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
    """Return a time of a span, which may stand as text or as a number; raises `ParseError` for any other value."""
    held = span.get(key)
    try:
        made = integer(held)
    except ValueError:
        made = -1
    if made < 0:
        raise ParseError(1, f"{key}: expected nanoseconds as text or as a number, found {held!r}")
    return made


def interval(span: dict[str, Json]) -> tuple[str, float]:
    """Return when a span began, to the microsecond, and how long it took in seconds; raises `ParseError`."""
    begin, end = (nanoseconds(span, key) for key in ("startTimeUnixNano", "endTimeUnixNano"))
    if end < begin:
        raise ParseError(1, f"endTimeUnixNano {end}: expected none before startTimeUnixNano {begin}")
    try:
        return text_of(begin // 1000), seconds((end - begin) // 1000)
    except (ValueError, OverflowError):
        raise ParseError(1, f"startTimeUnixNano {begin}: expected a time before the year 10000") from None


def status(span: dict[str, Json]) -> str:
    """Return ERROR for a span that failed, else UNSET: servers and agents set nothing else by the conventions."""
    return "ERROR" if (span.get("status") or {}).get("code") in {ERROR, "STATUS_CODE_ERROR"} else "UNSET"


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


def bulk(parse_all: Callable[[str], tuple[list[Record], int]]) -> Callable[[list[str]], Read]:
    """Return a reader of many lines, each of which may hold several records, and spans that are none."""

    def read(lines: list[str]) -> Read:
        written, errors, others = list[bytes](), dict[int, ParseError](), 0
        for place, line in enumerate(lines):
            try:
                records, more = parse_all(line)
            except ParseError as error:
                errors[place] = error
            else:
                written += map(json_line, records)
                others += more
        return Read(b"".join(line + b"\n" for line in written), len(written), errors, others)

    return read


def one(parse_all: Callable[[str], tuple[list[Record], int]]) -> Callable[[str], Record]:
    """Return a parser of messages that hold one record."""

    def parse(line: str) -> Record:
        records, _ = parse_all(line)
        if len(records) != 1:
            raise ParseError(1, f"expected one record in a message, found {len(records)}")
        return records[0]

    return parse
