"""The routes of the shop, from `data/routes.tsv`: which are called from outside, and which by those."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from treadle.packs.logs.tables import table

DATA = Path(__file__).parent / "data"
MOST_CALLS = 3
PROBE = "test"
"""The kind of clients that ask whether a service is up, and for nothing else."""


@dataclass(frozen=True)
class Route:
    """A route of a service; `calls` are the places in `ROUTES` of what it calls."""

    service: str
    method: str
    template: str
    weight: int
    median_us: int
    request: int
    response: int
    query: str
    who: frozenset[str]
    ok: dict[int, int]
    refused: dict[int, int]
    calls: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """How a route is told from all others."""
        return f"{self.service} {self.method} {self.template}"

    @property
    def pattern(self) -> re.Pattern[str]:
        """What a path of this route looks like."""
        return re.compile("".join("[^/]+" if part[:1] == "{" else re.escape(part) for part in parts(self.template)))


def parts(template: str) -> list[str]:
    """Split a route into plain text and parameters."""
    return [part for part in re.split(r"(\{\w+\})", template) if part]


def _weights(text: str) -> dict[int, int]:
    """Return codes with their weights, as they stand in `200:94 304:6`."""
    return {int(code): int(weight or 1) for code, _, weight in (each.partition(":") for each in text.split())}


def _read() -> tuple[Route, ...]:
    rows = table(DATA / "routes.tsv")
    place = {f"{row['service']} {row['method']} {row['route']}": number for number, row in enumerate(rows)}
    return tuple(
        Route(
            row["service"], row["method"], row["route"], int(row["weight"]), int(row["median_us"]), int(row["request"]),
            int(row["response"]), row["query"] or "none", frozenset(row["who"].split()), _weights(row["ok"]),
            _weights(row["refused"]),
            tuple(place[call] for call in (row["calls"] or "").split(",") if call),
        )
        for row in rows
    )  # fmt: skip


ROUTES = _read()
NAMES = [route.name for route in ROUTES]
METHODS = list(dict.fromkeys(route.method for route in ROUTES))
SERVICES = list(dict.fromkeys(route.service for route in ROUTES))
CALLED = np.array([[*route.calls, *(0,) * (MOST_CALLS - len(route.calls))] for route in ROUTES], np.int64)
"""The route of each call of a route, shape (routes, MOST_CALLS)."""


def public(calls: int, kind: str) -> dict[str, int]:
    """Return the public routes that make so many calls and that a kind of client asks for, with their weights."""
    return {route.name: route.weight for route in ROUTES if kind in route.who and len(route.calls) == calls}


def odds_of_calls() -> list[int]:
    """Return how often a request makes 0, 1, ... calls."""
    asked = [route for route in ROUTES if route.who - {PROBE}]
    return [sum(route.weight for route in asked if len(route.calls) == calls) for calls in range(MOST_CALLS + 1)]


def of(attribute: str) -> np.ndarray:
    """Return a number of every route."""
    return np.array([getattr(route, attribute) for route in ROUTES], np.int64)
