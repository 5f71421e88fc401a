"""The recipe of `logs.api`: HTTP server spans of a shop, in sessions and traces, by OpenTelemetry's conventions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.logs.api import traffic
from treadle.packs.logs.api.raw import COMBINED, COMMON, OTLP
from treadle.packs.logs.api.routes import CALLED, DATA, METHODS, NAMES, PROBE, ROUTES, SERVICES, of, parts
from treadle.packs.logs.api.traces import (
    ABORTED,
    ADDRESSES,
    AGENT_TEXTS,
    CLIENT,
    EDGE_NODES,
    INVENTORY,
    KINDS,
    OK,
    QUERIES,
    SERVER,
    SIZE,
    UNMATCHED,
    UPSTREAM,
    VOCABULARY,
    sessions,
    shared,
    traces,
)
from treadle.packs.logs.tables import DRAWN, entries, quantile, weighted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_REQUEST, _RESPONSE = of("request"), of("response")
_METHOD = np.array([METHODS.index(route.method) for route in ROUTES])
_SERVICE = np.array([SERVICES.index(route.service) for route in ROUTES])
_SMALL = 1_000
"""Bytes of an answer that holds one thing, which differs less than lists and pages do."""
_BODILESS = np.array([method in {"GET", "HEAD", "OPTIONS", "DELETE"} for method in METHODS])


def status_of(outcome: Ints, last: Ints, ok: Ints, refused: Ints, failed: Ints) -> Ints:
    """Return the status of a request, 0 where none was sent; `last` is 0 for a trace's root, 1 for its last call, 2 for others."""
    root = np.select(
        [
            outcome == OK,
            outcome == CLIENT,
            (outcome == SERVER) | (outcome == UPSTREAM),
            outcome == ABORTED,
            outcome == UNMATCHED,
        ],
        [ok, refused, failed, 0, 404],
        405,
    )
    call = np.select([outcome == CLIENT, outcome == UPSTREAM], [refused, np.where(failed == 503, 503, 500)], ok)
    call = np.where((outcome == UPSTREAM) & ((failed == 502) | (failed == 504)), 0, call)
    found = np.select([last == 0, last == 1], [root, call], ok)
    return np.where((found == 304) & (last != 0), 200, found)


def _template(route_template: str) -> str:
    """Return a route as the template of its paths."""
    fields = {"{sku}": "{line}-{number}", "{order}": "10{number}", "{cart}": "c{account}", "{item}": "{small}"}
    fields |= {"{account}": "{account}", "{slug}": "{slug}", "{store}": "{store}", "{coupon}": "{coupon}"}
    return "".join(fields.get(part, part) for part in parts(route_template))


def _request() -> dict[str, td.Field]:
    """Return what is asked for."""
    return {
        "place": td.derive(
            lambda depth, place: np.where(depth == 0, place, CALLED[place, np.maximum(depth - 1, 0)]),
            "depth",
            "t_place",
        ),
        "answered": td.derive(
            lambda place, depth, outcome: np.where(
                (depth == 0) & (outcome >= UNMATCHED), len(NAMES) + outcome - UNMATCHED, place
            ),
            "place",
            "depth",
            "outcome",
            values=[*NAMES, "unmatched", "odd method"],
        ),
        "small": td.integer(1, 9_999),
        "slug": td.choice(entries(DATA / "places.tsv", "slug")),
        "stray": td.choice(weighted(DATA / "strays.tsv")),
        "service_name": td.derive(lambda place: _SERVICE[place], "place", values=SERVICES),
        "odd": td.choice(VOCABULARY["odd_method"]),
        "http_request_method": td.derive(
            lambda place, answered: np.select(
                [answered < len(NAMES), answered == len(NAMES)], [_METHOD[place], METHODS.index("GET")], len(METHODS)
            ),
            "place",
            "answered",
            values=[*METHODS, "_OTHER"],
        ),
        "http_request_method_original": td.derive(
            lambda odd: odd, "odd", values=VOCABULARY["odd_method"], when='answered = "odd method"'
        ),
    }


def _target() -> dict[str, td.Field]:
    """Return the path and query of a request, and the route that they belong to."""
    kinds = list(QUERIES)
    queried = np.array([kinds.index(route.query) for route in ROUTES])
    return {
        "url_path": td.text(
            td.by(
                "answered",
                {
                    **{route.name: _template(route.template) for route in ROUTES},
                    "unmatched": "{stray}",
                    "odd method": "/",
                },
            )
        ),
        "query_kind": td.derive(
            lambda place, answered: np.where(answered < len(NAMES), queried[place], 0),
            "place",
            "answered",
            values=kinds,
        ),
        "url_query": td.text("{t_query}", when="query_kind != none"),
        "http_route": td.derive(
            lambda place: place,
            "place",
            values=[route.template for route in ROUTES],
            when='answered != "unmatched" and answered != "odd method"',
        ),
        "span_name": td.derive(
            lambda answered: answered,
            "answered",
            values=[*(f"{route.method} {route.template}" for route in ROUTES), "GET", "HTTP"],
        ),
    }


def _response() -> dict[str, td.Field]:
    """Return what comes back, when, and how large it is."""
    return {
        "ok": td.choice(
            {**{route.name: route.ok for route in ROUTES}, "unmatched": {404: 1}, "odd method": {405: 1}},
            by="answered",
        ),
        "code": td.derive(status_of, "outcome", "last", "ok", "refused", "failed"),
        "http_response_status_code": td.derive(lambda code: code, "code", when="code > 0"),
        "status": td.derive(
            lambda code: ((code >= 500) | (code == 0)).astype(np.int64), "code", values=["UNSET", "ERROR"]
        ),
        "named": td.choice({"": 3, **dict.fromkeys(VOCABULARY["exception"], 1)}),
        "cut": td.choice(VOCABULARY["aborted"]),
        "error": td.derive(_error, "code", "last", "outcome", "failed", "named", "cut", values=_errors()),
        "error_type": td.derive(lambda error: error, "error", values=_errors(), when="status = ERROR"),
        "share": td.integer(150, 900),
        "moment": td.derive(traffic.called, "n", "begin", "depth"),
        "micros": td.derive(
            lambda moment, begin, depth, whole, share: np.where(
                depth == 0, whole, (whole - (moment - begin)) * share // 1000
            ),
            "moment",
            "begin",
            "depth",
            "t_duration",
            "share",
        ),
        "timestamp": td.derive(lambda moment: moment, "moment", moment="%Y-%m-%dT%H:%M:%S.%fZ"),
        "duration": td.derive(lambda micros: micros, "micros", places=6),
        "request_size": td.integer(0, DRAWN),
        "http_request_body_size": td.derive(
            lambda place, drawn: _REQUEST[place] * quantile(SIZE, drawn) // 1000,
            "place",
            "request_size",
            when="has_body",
        ),
        "has_body": td.derive(
            lambda method: (method < len(METHODS)) & ~np.append(_BODILESS, values=True)[method],
            "http_request_method",
            boolean=True,
        ),
        "http_response_body_size": td.derive(
            _answer_size, "place", "code", "http_request_method", "response_size", when="code > 0"
        ),
    }


def _errors() -> list[str]:
    return ["500", "501", "502", "503", "504", *VOCABULARY["exception"], *VOCABULARY["aborted"]]


def _error(code: Ints, last: Ints, outcome: Ints, failed: Ints, named: Ints, cut: Ints) -> Ints:
    """Return the place of an error among `_errors`: the status as text, an exception's name, or why nothing was sent."""
    first = 5 + len(VOCABULARY["exception"])
    thrown = (code == 500) & (named > 0)
    unsent = np.where(
        (last == 1) & (outcome == UPSTREAM), np.where(failed == 504, 0, 1), 2 + cut % (len(VOCABULARY["aborted"]) - 2)
    )
    return np.select([code == 0, thrown, code >= 500], [first + unsent, 4 + named, code - 500], 0)


def _answer_size(place: Ints, code: Ints, method: Ints, drawn: Ints) -> Ints:
    """Return the size of a body: none for 204, 304 and HEAD, a short message where something went wrong."""
    share = quantile(SIZE, drawn)
    usual = _RESPONSE[place] * np.where(_RESPONSE[place] < _SMALL, 1000 + (share - 1000) // 5, share) // 1000
    empty = (code == 204) | (code == 304) | (method == METHODS.index("HEAD"))
    return np.where(empty, 0, np.where(code >= 400, 90 + (drawn & 127), usual))


def _wire() -> dict[str, td.Field]:
    """Return who speaks to whom."""
    inner = len(AGENT_TEXTS) - 1
    return {
        "span_id": td.hexadecimal(16),
        "parent": td.refer("span_id", at="root_at"),
        "parent_span_id": td.text("{parent}", when="depth > 0"),
        "agent": td.derive(
            lambda agent, depth: np.where(depth == 0, agent, inner), "s_agent", "depth", values=AGENT_TEXTS
        ),
        "user_agent_original": td.derive(lambda agent: agent, "agent", values=AGENT_TEXTS),
        "user_agent_synthetic_type": td.derive(
            lambda kind: np.maximum(kind - 3, 0),
            "kind_place",
            values=["bot", "test"],
            when="(kind = bot or kind = test) and depth = 0",
        ),
        "session_id": td.text("{s_session}", when="kind != bot and kind != test"),
    }


def _connection() -> dict[str, td.Field]:
    """Return the two ends of the connection, and what they speak."""
    hosts = ["api.shop.example", *(f"{service}.svc.example" for service in SERVICES[1:])]
    return {
        "network_protocol_version": td.derive(
            lambda protocol, depth: np.where(depth == 0, protocol, 1),
            "protocol_place",
            "depth",
            values=["1.0", "1.1", "2", "3"],
        ),
        "protocol_place": td.derive({"1.0": 0, "1.1": 1, "2": 2, "3": 3}, "s_protocol"),
        "plain": td.derive(
            lambda kind, protocol, depth: ((kind == KINDS.index(PROBE)) & (protocol < 2)) | (depth > 0),
            "kind_place",
            "protocol_place",
            "depth",
            boolean=True,
        ),
        "url_scheme": td.derive(lambda plain: plain.astype(np.int64), "plain", values=["https", "http"]),
        "host_sent": td.derive(
            lambda protocol, depth: (protocol > 0) | (depth > 0), "protocol_place", "depth", boolean=True
        ),
        "service_place": td.derive({name: number for number, name in enumerate(SERVICES)}, "service_name"),
        "server_address": td.derive(lambda service: service, "service_place", values=hosts, when="host_sent"),
        "server_port": td.derive(
            lambda depth, plain: np.where(depth > 0, 8080, np.where(plain, 80, 443)), "depth", "plain", when="host_sent"
        ),
        "edge_node": td.integer(0, len(EDGE_NODES) - 1),
        "network_peer_address": td.derive(
            lambda depth, client, node: np.where(depth == 0, client, len(ADDRESSES) + node),
            "depth",
            "client_address",
            "edge_node",
            values=[*ADDRESSES, *EDGE_NODES],
        ),
        "own_peer_port": td.integer(32_768, 60_999),
        "network_peer_port": td.derive(
            lambda depth, session, own: np.where(depth == 0, session, own), "depth", "s_port", "own_peer_port"
        ),
        "page_before": td.choice(weighted(DATA / "referers.tsv")),
        "referred": td.chance("0.82"),
        "http_request_header_referer": td.derive(
            lambda page: page, "page_before", values=entries(DATA / "referers.tsv"), when="referer_sent"
        ),
        "referer_sent": td.derive(
            lambda kind, depth, referred: (kind == 1) & (depth == 0) & referred,
            "kind_place",
            "depth",
            "referred",
            boolean=True,
        ),
        "semconv_version": td.choice([VOCABULARY["semconv_version"][0]]),
        "span_kind": td.choice(["SERVER"]),
    }


def _raw() -> dict[str, td.Field]:
    """Return the raw lines, and what they say in other words than the record."""
    return {
        "start_ns": td.derive(lambda moment: moment * 1000, "moment"),
        "end_ns": td.derive(lambda moment, micros: (moment + micros) * 1000, "moment", "micros"),
        "code_logged": td.derive(lambda code: np.where(code > 0, code, 499), "code"),
        "method_sent": td.derive(
            lambda method, odd: np.where(method < len(METHODS), method, len(METHODS) + odd),
            "http_request_method",
            "odd",
            values=[*METHODS, *VOCABULARY["odd_method"]],
        ),
        "mark": td.derive(lambda kind: (kind > 0).astype(np.int64), "query_kind", values=["", "?"]),
        "dash": td.derive(lambda code: (code == 0).astype(np.int64), "code", values=["", "-"]),
        "referer_logged": td.derive(
            lambda page, shown: np.where(shown, page + 1, 0),
            "page_before",
            "referer_sent",
            values=["-", *entries(DATA / "referers.tsv")],
        ),
        "version_logged": td.derive(
            lambda protocol: protocol, "network_protocol_version", values=["1.0", "1.1", "2.0", "3.0"]
        ),
        "combined": td.text(COMBINED),
        "common": td.text(COMMON),
        "otlp": td.text(OTLP),
    }


recipe = td.Recipe(
    "logs.api",
    {
        **shared(),
        **sessions(),
        **traces(),
        **_request(),
        **_target(),
        **_response(),
        **_wire(),
        **_connection(),
        **_raw(),
    },
    version="1",
    columns=INVENTORY.names,
    labels=["status"],
    entities=["none of them"],
    files=[
        td.File("{name}_valid.jsonl"),
        td.File("raw/{name}_raw.log", ["combined"]),
        td.File("raw/{name}_raw.otlp.jsonl", ["otlp"], "text"),
    ],
    epoch="2026-03-02T00:00:00Z",
    doc="HTTP server spans of a shop: sessions, traces, incidents; as records, as combined log lines and as OTLP/JSON.",
)
