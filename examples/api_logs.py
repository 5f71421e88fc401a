"""Requests to a shop's API as a gateway logs them: the outcome is the label; status, time and message follow from it."""

from pathlib import Path

import treadle as td

ROUTES = {"GET /v1/products?page={page}": 25, "GET /v1/products/{id}": 30, "GET /v1/search?q={word}": 15}
ROUTES |= {"GET /v1/orders/{id}": 12, "GET /v1/cart": 8, "POST /v1/cart/items": 8, "POST /v1/orders": 4}
ROUTES |= {"POST /v1/sessions": 5, "PUT /v1/customers/{id}/address": 2, "DELETE /v1/cart/items/{id}": 3}

requests = td.Recipe(
    "api-requests",
    {
        "time": td.clock("2025-03-03T08:00:00Z", every="137ms", format="%Y-%m-%dT%H:%M:%S.%LZ"),
        "request": td.hexadecimal(16),
        "ip": td.text("(192.0.2|198.51.100|203.0.113).{host}", doc="From the ranges for documentation, RFC 5737."),
        "known": td.choice({r: {"yes": 7, "no": 3 * ("/orders" not in r)} for r in ROUTES}, by="route"),
        "user": td.integer(10_000, 99_999, when="known = yes"),
        "route": td.choice(ROUTES),
        "method": td.derive({route: route.split()[0] for route in ROUTES}, "route"),
        "id": td.integer(10_000, 99_999),
        "path": td.text(td.by("route", {route: route.split()[1] for route in ROUTES})),
        "outcome": td.quota({"ok": 188, "refused": 9, "failed": 3}),
        "ok": td.choice({"GET": {200: 9, 304: 1}, "POST": [201], "PUT": [200], "DELETE": [204]}, by="method"),
        "refused": td.choice({r: {400: 2, 401: 2, 403: 1, 429: 2, 404: 5 * ("id" in r)} for r in ROUTES}, by="route"),
        "failed": td.choice({500: 4, 502: 3, 503: 2, 504: 2}),
        "status": td.derive(
            lambda k, *codes: sum(codes[i] * (k == i) for i in range(3)), "outcome", "ok", "refused", "failed"
        ),
        "bytes": td.quantiles([90, 180, 420, 1_400, 5_200, 48_000], when="status != 204 and status != 304"),
        "quick": td.quantiles([1, 9, 14, 22, 35, 60, 120, 310, 1900], places=1),
        "latency_ms": td.derive(lambda status, quick: quick + 300_000 * (status == 504), "status", "quick", places=1),
        "error": td.text("{message}", when="outcome != ok"),
        "raw": td.text("{combined}"),
    },
    columns="time request ip user method route path status bytes latency_ms outcome error raw".split(),
    labels=["outcome"],
    vocabularies={"host": range(1, 255), "page": range(2, 60)},
    rules=td.read_rules(Path(__file__).parent / "data" / "api_logs.rules"),
)
