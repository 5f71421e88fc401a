"""Requests make sense: who asks for what, with which status, and what the services behind the edge are asked for."""

from __future__ import annotations

from collections import defaultdict

import pytest

from treadle.packs.logs.api.routes import ROUTES
from treadle.packs.logs.api.traces import KIND_OF

BY_SPAN_NAME = {f"{route.method} {route.template}": route for route in ROUTES}


@pytest.fixture(scope="module")
def requests(records):
    return records("api", 0, 16_384)


def test_clients_ask_for_what_they_would(requests):
    """A probe asks whether the service is up and for nothing else, bots order nothing, and nobody else asks for its health."""
    seen = defaultdict(set)
    for each in requests:
        if each["parent_span_id"] is None and each["http_route"] is not None:
            kind = KIND_OF[each["user_agent_original"]]
            seen[kind].add(each["span_name"])
            assert kind in BY_SPAN_NAME[each["span_name"]].who
    assert seen["test"] == {"GET /healthz", "GET /readyz"}
    assert all(name.startswith(("GET ", "HEAD ")) for name in seen["bot"])
    assert set(seen) == {"program", "browser", "app", "bot", "test"}


def test_a_status_is_one_that_the_route_answers_with(requests):
    """What is made is 201, what is looked for is 200, and a search conflicts with nothing."""
    for each in requests:
        code, route = each["http_response_status_code"], BY_SPAN_NAME.get(each["span_name"])
        if route is not None and code is not None and code < 500:
            refused = route.refused or {
                400: 1,
                403: 1,
                404: 1,
                409: 1,
                422: 1,
                429: 1,
                401: 1,
            }  # as the edge was answered
            assert code in {*route.ok, *refused, 404, 405}, each["span_name"]
    searches = {each["http_response_status_code"] for each in requests if each["span_name"] == "GET /v1/search"}
    assert {200, 304, 400} <= searches <= {200, 304, 400, 404, 405, 429, 500, 502, 503, 504, None}


def test_services_are_asked_what_the_edge_was_asked(requests):
    """A call behind a request for one page of one thing has the same query, and an answer of a like size."""
    roots = {each["span_id"]: each for each in requests if each["parent_span_id"] is None}
    checked = 0
    for each in requests:
        root = roots.get(each["parent_span_id"] or "")
        if root is not None and each["url_query"] is not None:
            assert each["url_query"] == root["url_query"]
            checked += 1
    assert checked > 500


def test_plain_http_is_for_probes_and_services(requests):
    for each in requests:
        assert each["url_scheme"] == "https" or each["parent_span_id"] or KIND_OF[each["user_agent_original"]] == "test"


def test_preflights_come_from_browsers(requests):
    """No app asks beforehand whether it may ask."""
    kinds = {KIND_OF[each["user_agent_original"]] for each in requests if each["span_name"] == "OPTIONS /v1/cart/items"}
    assert kinds == {"browser"}


def test_answers_that_hold_one_thing_are_of_one_size(requests):
    """A price has a few hundred bytes, whoever asks; a page of products may be many times another."""
    sizes = defaultdict(list)
    for each in requests:
        if each["http_response_status_code"] == 200:
            sizes[each["span_name"]].append(each["http_response_body_size"])
    prices, pages = sizes["GET /internal/prices/{sku}"], sorted(sizes["GET /v1/products"])
    assert max(prices) < 8 * min(prices)
    assert pages[len(pages) * 9 // 10] > 4 * pages[len(pages) // 10]
