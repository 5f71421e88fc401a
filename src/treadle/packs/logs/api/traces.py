"""Sessions and traces of requests: what their first record draws and all others take from it, and how a trace ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.logs.api import traffic
from treadle.packs.logs.api.routes import DATA, MOST_CALLS, NAMES, PROBE, ROUTES, of, public
from treadle.packs.logs.interleaving import Dice
from treadle.packs.logs.inventory import read_inventory
from treadle.packs.logs.tables import DRAWN, column, entries, quantile, table, weighted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

INVENTORY = read_inventory(DATA.parent / "inventory.toml")
VOCABULARY = INVENTORY.vocabulary
AGENTS = table(DATA / "agents.tsv")
INTERNAL_AGENT = "edge-gateway/3.8.1"
AGENT_TEXTS = [*(row["agent"] for row in AGENTS), INTERNAL_AGENT]
OUTCOMES = ["ok", "client error", "server error", "upstream error", "aborted", "unmatched", "odd method"]
OK, CLIENT, SERVER, UPSTREAM, ABORTED, UNMATCHED, ODD = range(len(OUTCOMES))
KINDS = ["program", "browser", "app", "bot", PROBE]
KIND_OF = {row["agent"]: row["kind"] for row in AGENTS}
MOODS = {
    "calm, alone": (9620, 210, 12, 0, 28, 118, 12),
    "calm, calling": (9770, 160, 14, 26, 30, 0, 0),
    "calm, probing": (9990, 0, 0, 0, 10, 0, 0),
    "upstream down, alone": (9600, 220, 20, 0, 40, 108, 12),
    "upstream down, calling": (5900, 120, 40, 3700, 240, 0, 0),
    "upstream down, probing": (9900, 0, 90, 0, 10, 0, 0),
    "overload, alone": (8200, 800, 600, 0, 300, 90, 10),
    "overload, calling": (6900, 300, 500, 1900, 400, 0, 0),
    "overload, probing": (9000, 0, 700, 0, 300, 0, 0),
    "bad deploy, alone": (7300, 300, 2200, 0, 90, 100, 10),
    "bad deploy, calling": (7000, 250, 2500, 160, 90, 0, 0),
    "bad deploy, probing": (8800, 0, 1100, 0, 100, 0, 0),
}
"""The odds of the outcomes, of 10,000, by the incident that goes on and by whether a request calls other services, or probes."""
LATENCY, SIZE = column(DATA / "quantiles.tsv", "latency"), column(DATA / "quantiles.tsv", "size")
_MEDIAN = of("median_us")


QUERY_OF = {route.name: route.query for route in ROUTES}
QUERIES = {
    "none": "",
    "listing": "page={page}&per_page=(24|48|{*4}36)[&sort=(price|rating|newest|-price)][{20%}&in_stock=true]",
    "page": "page={page}[&per_page=50]",
    "search": "q={word}[&page={page}][{25%}&sort=(price|rating)]",
    "prefix": "q={word}&limit=8",
    "place": "near={store}[&radius_km=(5|10|25)]",
}


def _addresses() -> dict[str, int]:
    """Return addresses for documentation (RFC 5737, RFC 3849) with their weights: a quarter of the clients use IPv6."""
    fours = [f"{net}.{host}" for net in ("192.0.2", "198.51.100", "203.0.113") for host in range(1, 255)]
    dice = Dice("logs.api addresses")
    sixes = [
        f"2001:db8:{1 + dice.below(65_535):x}:{1 + dice.below(65_535):x}::{1 + dice.below(4_095):x}"
        for _ in range(6_000)
    ]
    return dict.fromkeys(fours, 24) | dict.fromkeys(sixes, 1)


ADDRESSES = _addresses()
EDGE_NODES = ["198.51.100.11", "198.51.100.12", "198.51.100.13", "198.51.100.14"]
"""The gateway's own addresses, from which it calls the services."""


def duration_of(route: Ints, drawn: Ints, slower: Ints, outcome: Ints, failed: Ints, incident: Ints) -> Ints:
    """Return how long the root of a trace takes, in microseconds."""
    usual = _MEDIAN[route] * quantile(LATENCY, drawn) // 1000 * slower // 1000
    usual = np.where(incident == 2, usual * 5, usual)
    quick = np.minimum(usual, 900 + usual // 12)
    waited = np.where((outcome == UPSTREAM) & (failed == 504), 5_000_000 + usual % 1_000_000, usual)
    return np.where((outcome == UNMATCHED) | (outcome == ODD), quick, np.minimum(waited, 29_000_000)) + 180


def sessions() -> dict[str, td.Field]:
    """Return what all requests of a session share, as its first record draws it."""
    protocols = {
        row["agent"]: {p.partition(":")[0]: int(p.partition(":")[2]) for p in row["protocol"].split()} for row in AGENTS
    }
    return {
        "own_address": td.choice(ADDRESSES),
        "probing": td.derive(traffic.probes, "n", "pattern", values=["no", "yes"]),
        "own_agent": td.choice(
            {
                probing: {
                    row["agent"]: int(row["weight"]) for row in AGENTS if (row["kind"] == PROBE) == (probing == "yes")
                }
                for probing in ("no", "yes")
            },
            by="probing",
        ),
        "own_protocol": td.choice(protocols, by="own_agent"),
        "own_session": td.hexadecimal(16),
        "own_port": td.integer(1024, 65_535),
        "own_account": td.integer(100_000, 999_999),
    }


def traces() -> dict[str, td.Field]:
    """Return what all spans of a trace share, as its root draws it."""
    groups = {
        f"{kind} {calls}": public(calls, kind)
        for kind in KINDS
        for calls in range(MOST_CALLS + 1)
        if public(calls, kind)
    }
    names = list(dict.fromkeys(name for group in groups.values() for name in group))
    queried = {name: QUERY_OF[name] for name in names}
    failed: dict[str, dict[int, int]] = {outcome: {500: 1} for outcome in OUTCOMES}
    failed |= {"server error": {500: 8, 503: 3}, "upstream error": {500: 2, 502: 5, 503: 4, 504: 4}}
    return {
        "own_trace": td.hexadecimal(32),
        "kind": td.derive(KIND_OF, "s_agent"),
        "client": td.derive(
            lambda kind, calls: kind * (MOST_CALLS + 1) + calls, "kind_place", "calls", values=list(groups)
        ),
        "kind_place": td.derive({kind: place for place, kind in enumerate(KINDS)}, "kind"),
        "own_route": td.choice(groups, by="client"),
        "own_place": td.derive({name: NAMES.index(name) for name in names}, "own_route"),
        "own_query_kind": td.derive(queried, "own_route"),
        "own_query": td.text(
            td.by("own_query_kind", {kind: QUERIES[kind] for kind in dict.fromkeys(queried.values())})
        ),
        "own_size": td.integer(0, DRAWN),
        "store": td.choice(entries(DATA / "places.tsv", "store")),
        "word": td.choice(weighted(DATA / "words.tsv")),
        "page": td.quantiles([1, 1, 1, 1, 2, 2, 3, 5, 12, 60]),
        "own_jitter": td.integer(0, 1023),
        "own_begin": td.derive(traffic.begun, "n", "own_jitter"),
        "own_number": td.integer(10_000, 99_999),
        "own_line": td.choice(entries(DATA / "places.tsv", "line")),
        "own_coupon": td.choice(entries(DATA / "places.tsv", "coupon")),
        "own_incident": td.choice({"none": 78, "upstream down": 9, "overload": 7, "bad deploy": 6}),
        "own_onset": td.integer(0, traffic.ERA - 260),
        "own_length": td.integer(60, 260),
        "incident_kind": td.refer("own_incident", at="era"),
        "onset": td.refer("own_onset", at="era"),
        "length": td.refer("own_length", at="era"),
        "incident": td.derive(traffic.ongoing, "n", "incident_kind", "onset", "length"),
        "mood": td.derive(
            lambda incident, calls, kind: 3 * incident + np.where(kind == KINDS.index(PROBE), 2, calls > 0),
            "incident",
            "calls",
            "kind_place",
            values=list(MOODS),
        ),
        "own_outcome": td.choice(
            {mood: dict(zip(OUTCOMES, odds, strict=True)) for mood, odds in MOODS.items()}, by="mood"
        ),
        "own_refused": td.choice({name: ROUTES[NAMES.index(name)].refused for name in names}, by="own_route"),
        "own_failed": td.choice(failed, by="own_outcome"),
        "own_slow": td.integer(0, DRAWN),
        "slower": td.derive(traffic.load, "n"),
        "own_duration": td.derive(
            duration_of, "own_place", "own_slow", "slower", "own_outcome", "own_failed", "incident"
        ),
    }


def shared() -> dict[str, td.Field]:
    """Return where a record stands, and what it takes from its session and its trace."""
    session = {
        "client_address": "own_address",
        "s_agent": "own_agent",
        "s_protocol": "own_protocol",
        "s_session": "own_session",
    }
    session |= {"s_port": "own_port", "account": "own_account"}
    trace = {
        "trace_id": "own_trace",
        "t_place": "own_place",
        "begin": "own_begin",
        "number": "own_number",
        "line": "own_line",
    }
    trace |= {"coupon": "own_coupon", "outcome": "own_outcome", "refused": "own_refused", "failed": "own_failed"}
    trace |= {"t_duration": "own_duration", "t_query": "own_query", "response_size": "own_size"}
    return {
        "n": td.serial(),
        "block": td.derive(traffic.block_of, "n"),
        "era": td.derive(traffic.era_of, "n"),
        "own_pattern": td.integer(0, len(traffic.PATTERNS) - 1),
        "pattern": td.refer("own_pattern", at="block"),
        "session_at": td.derive(traffic.session_of, "n", "pattern"),
        "root_at": td.derive(traffic.root_of, "n", "pattern"),
        "call_count": td.derive(traffic.calls_of, "n", "pattern"),
        "calls": td.derive(lambda calls: calls, "call_count", values=["0", "1", "2", "3"]),
        "depth": td.derive(lambda n, root: n - root, "n", "root_at"),
        "last": td.derive(
            lambda depth, calls: np.where(depth == 0, 0, np.where(depth == calls, 1, 2)), "depth", "call_count"
        ),
        **{name: td.refer(field, at="session_at") for name, field in session.items()},
        **{name: td.refer(field, at="root_at") for name, field in trace.items()},
    }
