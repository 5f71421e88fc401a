"""The combined log format: a line for each request, as nginx and Apache write it."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from treadle.packs.logs.api.raw import INVENTORY
from treadle.packs.logs.domain import ParseError, RawRule, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

UNSENT = 499
"""What nginx logs as the status where the client was gone before an answer was sent."""
VIEW = (
    "timestamp",
    "client_address",
    "http_request_method",
    "http_request_method_original",
    "url_path",
    "url_query",
    "network_protocol_version",
    "http_response_status_code",
    "http_response_body_size",
    "http_request_header_referer",
    "user_agent_original",
)
"""What a line holds of a record."""
METHODS = frozenset(INVENTORY.vocabulary["method"]) - {"_OTHER"}
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905  # a line of words reads better
_PARTS = (
    ("client", r"[^ ]+", "the client's address"),
    ("", r" ", "a space"),
    ("", r"[^ ]+", "the identity, or -"),
    ("", r" ", "a space"),
    ("", r"[^ \[]+", "the user, or -"),
    ("", r" \[", "a space and ["),
    (
        "time",
        r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}",
        "a time as 02/Mar/2026:08:00:00 +0000",
    ),
    ("", r"\] \"", 'a ], a space and "'),
    ("method", r"[A-Z][A-Z-]*", "a method"),
    ("", r" ", "a space"),
    ("path", r"(?:/|\\x2F)(?:[^ \"?\\]|\\[^ ])*", "a path"),
    ("", r"(?:\?(?P<query>(?:[^ \"\\]|\\[^ ])+))?", "a query"),
    ("", r" HTTP/", "a space and HTTP/"),
    ("protocol", r"[0-9](?:\.[0-9])?", "a version of HTTP"),
    ("", r"\" ", 'a " and a space'),
    ("status", r"[1-5][0-9]{2}", "a status of three digits"),
    ("", r" ", "a space"),
    ("size", r"[0-9]+|-", "a size in bytes, or -"),
    ("", r" \"", 'a space and "'),
    ("referer", r"(?:[^\"\\]|\\.)*", "the page before"),
    ("", r"\" \"", 'a ", a space and "'),
    ("agent", r"(?:[^\"\\]|\\.)*", "the user agent"),
    ("", r"\"\Z", 'a " at the end of the line'),
)
_LINE = re.compile("".join(f"(?P<{name}>{pattern})" if name else f"(?:{pattern})" for name, pattern, _ in _PARTS))
_STEPS = [(re.compile(pattern), wanted) for _, pattern, wanted in _PARTS]
_PLAIN = (
    r"^(?P<client>[^ ]+) [^ ]+ [^ \[]+ \[(?P<time>[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4})\] "
    r'"(?P<method>[A-Z][A-Z-]*) (?P<path>/[^ "?\\]*)(?:\?(?P<query>[^ "\\]+))? HTTP/(?P<protocol>[0-9](?:\.[0-9])?)" '
    r'(?P<status>[1-5][0-9]{2}) (?P<size>[0-9]{1,18}|-) "(?P<referer>[^"\\]*)" "(?P<agent>[^"\\]*)"$'
)
"""A line without escapes, for the reader of many lines at once."""
_ESCAPED = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+|\\(.)", re.DOTALL)
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f\x85\u2028\u2029]')
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "v": "\v", "f": "\f"}


def view(record: Record) -> Record:
    """Return what a line holds of a record: the time to the second, and the fields of `VIEW`."""
    return {**{name: record[name] for name in VIEW}, "timestamp": record["timestamp"][:19] + "Z"}


def write(record: Record) -> str:
    """Return a record, or its view, as a line."""
    moment = datetime.fromisoformat(record["timestamp"])
    time = f"{moment.day:02d}/{MONTHS[moment.month - 1]}/{moment.year:04d}:{moment:%H:%M:%S} +0000"
    method = record["http_request_method_original"] or record["http_request_method"]
    query = "" if record["url_query"] is None else f"?{_escape(record['url_query'])}"
    status = record["http_response_status_code"] or UNSENT
    size = "-" if record["http_response_body_size"] is None else record["http_response_body_size"]
    request = f"{method} {_escape(record['url_path'])}{query} HTTP/{record['network_protocol_version']}"
    quoted = [_quoted(record[name]) for name in ("http_request_header_referer", "user_agent_original")]
    return f'{record["client_address"]} - - [{time}] "{request}" {status} {size} {" ".join(quoted)}'


def _quoted(text: str | None) -> str:
    return '"-"' if text is None else f'"{_escape(text)}"' if text != "-" else '"\\x2D"'


def _escape(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: "".join(f"\\x{byte:02X}" for byte in found[0].encode()), text)


def _unescape(text: str) -> str:
    return _ESCAPED.sub(_meant, text) if "\\" in text else text


def _meant(found: re.Match[str]) -> str:
    if found[1] is not None:
        return _NAMED.get(found[1], found[1])
    return bytes.fromhex(found[0].replace("\\x", "")).decode("utf-8", "backslashreplace")


def parse(line: str) -> Record:
    """Return the view that a line holds; raises `ParseError`."""
    found = _LINE.match(line)
    if found is None:
        raise _stopped(line)
    return _record(found.groupdict(), found.start("time") + 1)


def _stopped(line: str) -> ParseError:
    """Return where a line stops being one, and what should stand there."""
    place = 0
    for step, wanted in _STEPS:
        found = step.match(line, place)
        if found is None:
            return ParseError(place + 1, f"expected {wanted}")
        place = found.end()
    return ParseError(place + 1, "expected another order of parts")


def _record(given: Mapping[str, str | None], column: int) -> Record:
    method, size, status = str(given["method"]), given["size"], int(str(given["status"]))
    referer, agent, query = (given[name] for name in ("referer", "agent", "query"))
    return {
        "timestamp": _time(str(given["time"]), column),
        "client_address": given["client"],
        "http_request_method": method if method in METHODS else "_OTHER",
        "http_request_method_original": None if method in METHODS else method,
        "url_path": _unescape(str(given["path"])),
        "url_query": None if query is None else _unescape(query),
        "network_protocol_version": given["protocol"],
        "http_response_status_code": None if status == UNSENT else status,
        "http_response_body_size": None if size in {None, "-"} else int(str(size)),
        "http_request_header_referer": None if referer in {None, "-"} else _unescape(str(referer)),
        "user_agent_original": None if agent in {None, "-"} else _unescape(str(agent)),
    }


def _time(text: str, column: int) -> str:
    try:
        month = MONTHS.index(text[3:6]) + 1
        offset = f"{text[21:24]}:{text[24:]}"
        moment = datetime.fromisoformat(f"{text[7:11]}-{month:02d}-{text[:2]}T{text[12:20]}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise ParseError(column, f"expected a day and time that there is, found {text}") from None
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%SZ}"


def bulk(lines: list[str]) -> tuple[list[str], dict[int, ParseError]]:
    """Read many lines: the views as JSON, in order, and the lines that are none by their place."""
    groups = pl.Series("line", lines).str.extract_groups(_PLAIN).struct.unnest().with_row_index("place")
    plain = groups.filter(pl.col("agent").is_not_null())
    errors: dict[int, ParseError] = {}
    times, wrong = {}, []
    for text in plain["time"].unique().to_list():
        try:
            times[text] = _time(text, 1)
        except ParseError:
            wrong.append(text)
    plain = plain.filter(~pl.col("time").is_in(wrong)) if wrong else plain
    written = _written(plain.with_columns(timestamp=pl.col("time").replace_strict(times, return_dtype=pl.String)))
    if len(plain) == len(lines):
        return written, errors
    rows = dict(zip(plain["place"].to_list(), written, strict=True))
    for place in sorted(set(range(len(lines))) - rows.keys()):
        try:
            rows[place] = json.dumps(parse(lines[place]), ensure_ascii=False, separators=(",", ":"))
        except ParseError as error:
            errors[place] = error
    return [rows[place] for place in sorted(rows)], errors


def _written(plain: pl.DataFrame) -> list[str]:
    """Return the matches of plain lines as the JSON of their views."""
    known = pl.col("method").is_in(sorted(METHODS))
    status = pl.col("status").cast(pl.Int64)
    made = plain.select(
        "timestamp",
        client_address="client",
        http_request_method=pl.when(known).then("method").otherwise(pl.lit("_OTHER")),
        http_request_method_original=pl.when(~known).then("method"),
        url_path="path",
        url_query="query",
        network_protocol_version="protocol",
        http_response_status_code=pl.when(status != UNSENT).then(status),
        http_response_body_size=pl.when(pl.col("size") != "-").then("size").cast(pl.Int64),
        http_request_header_referer=pl.when(pl.col("referer") != "-").then("referer"),
        user_agent_original=pl.when(pl.col("agent") != "-").then("agent"),
    )
    buffer = io.BytesIO()
    made.write_ndjson(buffer)
    return buffer.getvalue().decode().split("\n")[:-1]


RULES = (
    RawRule(
        "truncated",
        "a line ends with the user agent and its quote",
        "expected",
        lambda line: line[: len(line) * 2 // 3],
    ),
    RawRule(
        "time",
        "the time is a day that there is",
        "a day and time that there is",
        lambda line: re.sub(r"\[../...", "[31/Feb", line),
    ),
    RawRule(
        "month",
        "the month has an English name of three letters",
        "a day and time that there is",
        lambda line: re.sub(r"\[(..)/...", r"[\1/Mrz", line),
    ),
    RawRule(
        "status",
        "the status has three digits",
        "a status of three digits",
        lambda line: re.sub(r'" ([1-5])[0-9]{2} ', r'" \g<1>x4 ', line, count=1),
    ),
    RawRule(
        "size",
        "the size is a number or -",
        "a size in bytes",
        lambda line: re.sub(r'(" [1-5][0-9]{2}) ([0-9]+|-) ', r"\1 x7 ", line, count=1),
    ),
    RawRule(
        "protocol",
        "the protocol is HTTP and its version",
        "a version of HTTP",
        lambda line: re.sub(r" HTTP/[0-9.]+\"", ' HTTP/two"', line),
    ),
    RawRule("quote", "a quote within a text is escaped", "at the end of the line", lambda line: f'{line[:-1]}"x"'),
    RawRule(
        "method",
        "the method has capitals",
        "a method",
        lambda line: re.sub(r'"[A-Z]', lambda found: found[0].lower(), line, count=1),
    ),
)
"""What the parser must reject."""
