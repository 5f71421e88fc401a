"""The combined log format, and the common one that it extends: a line for each request, as nginx and Apache write it."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from treadle.packs.logs.api.raw import INVENTORY
from treadle.packs.logs.domain import ParseError, RawRule, Read, Record, json_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
_REQUEST = (
    ("", r"(?:[^ :]+:[0-9]+ (?=[^ ]+ [^ ]+ [^\[ ][^\[]*\[))?", "the server's name, where Apache logs it first"),
    ("client", r"[^ ]+", "the client's address"),
    ("", r" ", "a space"),
    ("", r"[^ ]+", "the identity, or -"),
    ("", r" ", "a space"),
    ("", r"[^ \[](?:[^\[]*[^ \[])?", "the user, or -"),
    ("", r" \[", "a space and ["),
    (
        "time",
        r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}",
        "a time as 02/Mar/2026:08:00:00 +0000",
    ),
    ("", r"\] \"", 'a ], a space and "'),
    ("method", r"[A-Z][A-Z-]*", "a method"),
    ("", r" ", "a space"),
    ("", r"(?:[a-z]+://[^ \"/?\\]+(?=/))?", "where a proxy is asked, the server"),
    ("path", r"(?:/|\\x2F)(?:[^ \"?\\]|\\[^ ])*|\*", "a path"),
    ("", r"(?:\?(?P<query>(?:[^ \"\\]|\\[^ ])+)?)?", "a query"),
    ("", r" HTTP/", "a space and HTTP/"),
    ("protocol", r"[0-9](?:\.[0-9])?", "a version of HTTP"),
    ("", r"\" ", 'a " and a space'),
    ("status", r"[1-5][0-9]{2}", "a status of three digits"),
    ("", r" ", "a space"),
    ("size", r"[0-9]+|-", "a size in bytes, or -"),
)
_FURTHER = r'(?: (?:[^ "]+(?:"(?:[^"\\]|\\.)*")?|"(?:[^"\\]|\\.)*"))*'
"""What a server's own format adds behind: the address before a proxy, times, names and values."""
_COMBINED = (
    *_REQUEST,
    ("", r" \"", 'a space and "'),
    ("referer", r"(?:[^\"\\]|\\.)*", "the page before"),
    ("", r"\" \"", 'a ", a space and "'),
    ("agent", r"(?:[^\"\\]|\\.)*", "the user agent"),
    ("", rf"\"{_FURTHER}\Z", 'a " at the end of the line, or a space and further fields'),
)
_COMMON = (*_REQUEST, ("", rf"{_FURTHER}\Z", "the end of the line, or a space and further fields"))
_PLAIN = (
    r"^(?:[^ :]+:[0-9]+ )?(?P<client>[^ ]+) [^ ]+ [^ \[]+ "
    r"\[(?P<day>[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}):(?P<clock>(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]) (?P<zone>[+-][0-9]{4})\] "
    r'"(?P<method>[A-Z][A-Z-]*) (?P<path>/[^ "?\\]*)(?:\?(?P<query>[^ "\\]+)?)? HTTP/(?P<protocol>[0-9](?:\.[0-9])?)" '
    r"(?P<status>[1-5][0-9]{2}) (?P<size>[0-9]{1,18}|-)"
)
"""A line without escapes, for the reader of many lines at once, up to the size."""
_ESCAPED = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+|\\(.)", re.DOTALL)
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f\x85\u2028\u2029]')
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "v": "\v", "f": "\f"}


_VERSIONS = {"2": "2.0", "3": "3.0"}
"""How servers log the versions of HTTP that OpenTelemetry's conventions call by one digit."""
_DIGIT = {logged: version for version, logged in _VERSIONS.items()}


@dataclass(frozen=True)
class LineFormat:
    """A format of access logs: its parts in order, and the names of those that its lines hold behind the size, each in quotes."""

    parts: Sequence[tuple[str, str, str]]
    behind: Sequence[str]

    @cached_property
    def line(self) -> re.Pattern[str]:
        """Return the pattern of a whole line."""
        return re.compile("".join(f"(?P<{name}>{pattern})" if name else pattern for name, pattern, _ in self.parts))

    @cached_property
    def plain(self) -> str:
        """Return the pattern of a line without escapes, in the dialect of Polars."""
        return _PLAIN + "".join(rf' "(?P<{name}>[^"\\]*)"' for name in self.behind) + _FURTHER + "$"

    def parse(self, line: str) -> Record:
        """Return the view that a line holds; raises `ParseError`."""
        found = self.line.match(line)
        if found is None:
            raise self._stopped(line)
        return _record(found.groupdict(), found.start("time") + 1)

    def _stopped(self, line: str) -> ParseError:
        """Return where a line stops being one, and what should stand there."""
        place = 0
        for _, pattern, wanted in self.parts:
            found = re.compile(pattern).match(line, place)
            if found is None:
                return ParseError(place + 1, f"expected {wanted}")
            place = found.end()
        return ParseError(place + 1, "expected another order of parts")

    def bulk(self, lines: list[str]) -> Read:
        """Read many lines: those without escapes at once, the others one by one."""
        groups = pl.Series("line", lines).str.extract_groups(self.plain).struct.unnest()
        groups = groups.with_columns(timestamp=_timestamps(groups))
        fits = groups["timestamp"].is_not_null()
        every = bool(fits.all())
        plain = groups if every else groups.filter(fits)
        written = _written(plain)
        if every:
            return Read(written, len(lines))
        rows, errors = dict(zip(fits.arg_true().to_list(), written.split(b"\n"), strict=False)), {}
        for place in (~fits).arg_true().to_list():
            try:
                rows[place] = json_line(self.parse(lines[place]))
            except ParseError as error:
                errors[place] = error
        return Read(b"".join(rows[place] + b"\n" for place in sorted(rows)), len(rows), errors)


COMBINED = LineFormat(_COMBINED, ("referer", "agent"))
COMMON = LineFormat(_COMMON, ())


def view(record: Record) -> Record:
    """Return what a line holds of a record: the time to the second, the fields of `VIEW`, and no size where nothing was sent."""
    held = {name: record[name] for name in VIEW}
    held["timestamp"] = f"{record['timestamp'][:19]}Z"
    return held if record["http_response_status_code"] is not None else {**held, "http_response_body_size": None}


def view_common(record: Record) -> Record:
    """Return what a line without the page before and the user agent holds."""
    return {**view(record), "http_request_header_referer": None, "user_agent_original": None}


def write(record: Record) -> str:
    """Return a record, or its view, as a line of the combined format."""
    quoted = [_quoted(record[name]) for name in ("http_request_header_referer", "user_agent_original")]
    return f"{write_common(record)} {' '.join(quoted)}"


def write_common(record: Record) -> str:
    """Return a record, or its view, as a line of the common format."""
    moment = datetime.fromisoformat(record["timestamp"])
    time = f"{moment.day:02d}/{MONTHS[moment.month - 1]}/{moment.year:04d}:{moment:%H:%M:%S} +0000"
    method = record["http_request_method_original"] or record["http_request_method"]
    query = "" if record["url_query"] is None else f"?{_escape(record['url_query'])}"
    status, size = record["http_response_status_code"], record["http_response_body_size"]
    version = record["network_protocol_version"]
    request = f"{method} {_escape(record['url_path'])}{query} HTTP/{_VERSIONS.get(version, version)}"
    shown = "-" if size is None or status is None else size
    return f'{record["client_address"]} - - [{time}] "{request}" {status or UNSENT} {shown}'


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


def _record(given: Mapping[str, str | None], column: int) -> Record:
    method, size, status = str(given["method"]), given["size"], int(str(given["status"]))
    referer, agent, query = (given.get(name) for name in ("referer", "agent", "query"))
    return {
        "timestamp": _time(str(given["time"]), column),
        "client_address": given["client"],
        "http_request_method": method if method in METHODS else "_OTHER",
        "http_request_method_original": None if method in METHODS else method,
        "url_path": _unescape(str(given["path"])),
        "url_query": None if query is None else _unescape(query),
        "network_protocol_version": _DIGIT.get(str(given["protocol"]), given["protocol"]),
        "http_response_status_code": None if status == UNSENT else status,
        "http_response_body_size": None if size == "-" or status == UNSENT else int(str(size)),
        "http_request_header_referer": None if referer in {None, "-"} else _unescape(str(referer)),
        "user_agent_original": None if agent in {None, "-"} else _unescape(str(agent)),
    }


def _time(text: str, column: int) -> str:
    made = _time_or_none(text)
    if made is None:
        raise ParseError(column, f"expected a day and time that there is, found {text}")
    return made


def _time_or_none(text: str) -> str | None:
    """Return a time of a log in UTC; None for one that there is not."""
    try:
        month = MONTHS.index(text[3:6]) + 1
        offset = f"{text[21:24]}:{text[24:]}"
        moment = datetime.fromisoformat(f"{text[7:11]}-{month:02d}-{text[:2]}T{text[12:20]}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%SZ}"


def _timestamps(groups: pl.DataFrame) -> pl.Series:
    """Return times in UTC, null for those that there are not: each day is looked at once, and each time where clocks differ."""
    if groups["zone"].drop_nulls().is_in(["+0000"]).all():
        name, shown = "day", pl.concat_str(pl.col("time"), pl.lit("T"), pl.col("clock"), pl.lit("Z"))
        made = {text: _time_or_none(f"{text}:00:00:00 +0000") for text in groups["day"].unique().drop_nulls()}
        times = {text: time and time[:10] for text, time in made.items()}
    else:
        name, shown = "moment", pl.col("time")
        groups = groups.with_columns(moment=pl.concat_str(pl.col("day"), pl.lit(":"), "clock", pl.lit(" "), "zone"))
        times = {text: _time_or_none(text) for text in groups["moment"].unique().drop_nulls()}
    found = pl.col(name).replace_strict(times, default=None, return_dtype=pl.String)
    return groups.with_columns(time=found).select(shown).to_series()


def _written(plain: pl.DataFrame) -> bytes:
    """Return the matches of plain lines as the JSON of their views."""
    known, sent = pl.col("method").is_in(sorted(METHODS)), pl.col("status") != str(UNSENT)
    quoted = {
        field: pl.when(pl.col(name) != "-").then(name) if name in plain.columns else pl.lit(None, pl.String)
        for name, field in (("referer", "http_request_header_referer"), ("agent", "user_agent_original"))
    }
    made = plain.select(
        "timestamp",
        client_address="client",
        http_request_method=pl.when(known).then("method").otherwise(pl.lit("_OTHER")),
        http_request_method_original=pl.when(~known).then("method"),
        url_path="path",
        url_query="query",
        network_protocol_version=pl.col("protocol").replace(_DIGIT),
        http_response_status_code=pl.when(sent).then(pl.col("status").cast(pl.Int64)),
        http_response_body_size=pl.when((pl.col("size") != "-") & sent).then("size").cast(pl.Int64),
        **quoted,
    )
    buffer = io.BytesIO()
    made.write_ndjson(buffer)
    return buffer.getvalue()


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
