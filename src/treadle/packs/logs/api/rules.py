"""What must hold between the fields of an API record, and between records; each rule with a change that breaks it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.packs.logs.api.routes import ROUTES
from treadle.packs.logs.api.traces import AGENTS, VOCABULARY
from treadle.packs.logs.domain import Fault, Record, Rule, changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATTERNS = {route.template: route.pattern for route in ROUTES}
SYNTHETIC = {row["agent"]: row["kind"] for row in AGENTS if row["kind"] in {"bot", "test"}}
BODILESS = {"GET", "HEAD", "OPTIONS", "DELETE", "TRACE", "CONNECT"}
GAVE_UP = 504
LEAST_WAIT = 5.0
"""A gateway gives up after five seconds at the earliest."""


def _span_name(record: Record) -> Iterator[Fault]:
    method, route = record["http_request_method"], record["http_route"]
    wanted = " ".join(filter(None, ("HTTP" if method == "_OTHER" else method, route)))
    if record["span_name"] != wanted:
        yield "/span_name", wanted, record["span_name"]


def _status(record: Record) -> Iterator[Fault]:
    code = record["http_response_status_code"]
    wanted = "ERROR" if code is None or code >= 500 else "UNSET"
    if record["status"] != wanted:
        yield "/status", f"{wanted} for status code {code}", record["status"]


def _error_type(record: Record) -> Iterator[Fault]:
    code, error, names = record["http_response_status_code"], record["error_type"], VOCABULARY["exception"]
    if record["status"] != "ERROR":
        wanted: list[Any] = [None]
    elif code is None:
        wanted = VOCABULARY["aborted"]
    else:
        wanted = [str(code), *(names if code == 500 else [])]
    if error not in wanted:
        yield "/error_type", " or ".join(map(str, wanted)), str(error)


def _original(record: Record) -> Iterator[Fault]:
    method, original = record["http_request_method"], record["http_request_method_original"]
    if (method == "_OTHER") != (original is not None):
        yield "/http_request_method_original", "a method where http_request_method is _OTHER, else null", str(original)


def _route(record: Record) -> Iterator[Fault]:
    route = record["http_route"]
    if route is not None and (route not in PATTERNS or not PATTERNS[route].fullmatch(record["url_path"])):
        yield "/http_route", f"a route that {record['url_path']} belongs to", route


def _unmatched(record: Record) -> Iterator[Fault]:
    code = record["http_response_status_code"]
    if record["http_route"] is None and code not in {404, 405}:
        yield "/http_response_status_code", "404 or 405 where no route matched", str(code)


def _answer(record: Record) -> Iterator[Fault]:
    code, size = record["http_response_status_code"], record["http_response_body_size"]
    if (code is None) != (size is None):
        yield "/http_response_body_size", "a size where a status was sent, else null", str(size)
    elif (code in {204, 304} or record["http_request_method"] == "HEAD") and size:
        yield "/http_response_body_size", f"0 for {record['http_request_method']} and status {code}", str(size)


def _body(record: Record) -> Iterator[Fault]:
    size = record["http_request_body_size"]
    if record["http_request_method"] in BODILESS and size is not None:
        yield "/http_request_body_size", f"null for {record['http_request_method']}", str(size)


def _port(record: Record) -> Iterator[Fault]:
    if (record["server_port"] is None) != (record["server_address"] is None):
        yield "/server_port", "a port where there is an address, else null", str(record["server_port"])


def _scheme(record: Record) -> Iterator[Fault]:
    port, scheme = record["server_port"], record["url_scheme"]
    if (port == 443 and scheme != "https") or (port in {80, 8080} and scheme != "http"):
        yield "/url_scheme", f"the scheme of port {port}", scheme


def _parent(record: Record) -> Iterator[Fault]:
    if record["parent_span_id"] == record["span_id"]:
        yield "/parent_span_id", "another span", record["parent_span_id"]


def _synthetic(record: Record) -> Iterator[Fault]:
    wanted = SYNTHETIC.get(record["user_agent_original"])
    if record["user_agent_synthetic_type"] != wanted:
        yield "/user_agent_synthetic_type", str(wanted), str(record["user_agent_synthetic_type"])


def _visit(record: Record) -> Iterator[Fault]:
    if record["user_agent_synthetic_type"] is not None and record["session_id"] is not None:
        yield "/session_id", "null for bots and tests", record["session_id"]


def _waited(record: Record) -> Iterator[Fault]:
    if record["http_response_status_code"] == GAVE_UP and record["duration"] < LEAST_WAIT:
        yield "/duration", f"at least {LEAST_WAIT} s before a gateway gives up", str(record["duration"])


def _public(record: Record) -> Iterator[Fault]:
    if (record["service_name"] == "edge") != (record["parent_span_id"] is None):
        yield "/parent_span_id", "null for requests to the edge, a span for those within", str(record["parent_span_id"])


def _peer(record: Record) -> Iterator[Fault]:
    if record["service_name"] == "edge" and record["network_peer_address"] != record["client_address"]:
        yield "/network_peer_address", f"the client {record['client_address']}", record["network_peer_address"]


def _if(holds: Callable[[Record], bool], **values: Any) -> Callable[[Record], Record | None]:  # noqa: ANN401  # JSON values
    """Return what changes records for which something holds."""
    return lambda record: changed(record, **values) if holds(record) else None


def _fine(record: Record) -> bool:
    return bool(record["status"] == "UNSET" and record["http_response_status_code"] == 200)


def _is_edge(record: Record) -> bool:
    return bool(record["service_name"] == "edge")


def _another_kind(record: Record) -> Record | None:
    kind = record["user_agent_synthetic_type"]
    return None if kind is None else changed(record, user_agent_synthetic_type={"bot": "test", "test": "bot"}[kind])


RULES = (
    Rule(
        "span-name",
        "the span is named after method and route",
        _span_name,
        lambda record: changed(record, span_name="GET /v0"),
    ),
    Rule(
        "status",
        "the status is ERROR for 5xx and where nothing was sent",
        _status,
        _if(
            lambda record: record["error_type"] is not None and record["http_response_status_code"] == 503,
            http_response_status_code=403,
            error_type="403",
        ),
    ),
    Rule("error-type", "error.type agrees with the status code", _error_type, _if(_fine, error_type="500")),
    Rule(
        "method-original",
        "the method as sent is there where it is unknown, and only there",
        _original,
        _if(_fine, http_request_method_original="PURGE"),
    ),
    Rule(
        "route",
        "the path belongs to the route",
        _route,
        _if(lambda record: record["http_route"] == "/v1/cart", url_path="/v1/basket"),
    ),
    Rule(
        "unmatched",
        "without a route the status is 404 or 405",
        _unmatched,
        _if(lambda record: record["http_route"] is None, http_response_status_code=200),
    ),
    Rule("answer", "the size of the answer agrees with the status", _answer, _if(_fine, http_response_body_size=None)),
    Rule(
        "body",
        "a method without a body sends none",
        _body,
        _if(lambda record: record["http_request_method"] == "GET", http_request_body_size=12),
    ),
    Rule(
        "port",
        "there is a port where there is an address",
        _port,
        _if(lambda record: record["server_port"] is not None, server_port=None),
    ),
    Rule(
        "scheme", "scheme and port agree", _scheme, _if(lambda record: record["server_port"] == 443, url_scheme="http")
    ),
    Rule(
        "parent",
        "a span is not its own parent",
        _parent,
        lambda record: changed(record, parent_span_id=record["span_id"]) if not _is_edge(record) else None,
    ),
    Rule("synthetic", "bots and tests are marked as what they are", _synthetic, _another_kind),
    Rule(
        "visit",
        "bots and tests have no session",
        _visit,
        _if(lambda record: record["user_agent_synthetic_type"] is not None, session_id="0123456789abcdef"),
    ),
    Rule(
        "waited",
        "a gateway that gives up has waited",
        _waited,
        _if(lambda record: record["http_response_status_code"] == GAVE_UP, duration=0.25),
    ),
    Rule(
        "public",
        "requests from outside reach the edge",
        _public,
        _if(lambda record: not _is_edge(record), parent_span_id=None),
    ),
    Rule("peer", "the edge's peer is the client", _peer, _if(_is_edge, network_peer_address="203.0.113.255")),
)
