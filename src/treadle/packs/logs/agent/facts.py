"""What a turn of an agent is about: orders, journeys, code and tables, as facts that its tools and its answer share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.logs.agent.catalog import (
    COLUMNS,
    CURRENCIES,
    PHRASES,
    PLACES,
    SCRIPTS,
    TABLES,
    VALUES,
    WEATHER,
    WORDS,
    facts_of,
    minutes,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

DAY = 86_400_000_000
_COUNTED = 20_454 * DAY
"""2026-01-01, when the tables had the rows that their file says."""
_MINUTES = np.array([[minutes(start, end) for end in PLACES["place"].values()] for start in PLACES["city"].values()])
_RATE = np.array(list(CURRENCIES.values()))
_WEATHER = {
    name: np.array([int(row[name]) for row in WEATHER.values()]) for name in ("coldest", "warmest", "driest", "wettest")
}
_FAILING = np.array(["failing" in script.facts for script in SCRIPTS])
_HOTEL = np.array(["amount" in script.facts for script in SCRIPTS])


def facts() -> dict[str, td.Field]:
    """Return what a turn is about."""
    return {
        **{name: td.choice(facts_of(name), by="script_name") for name in ("order_status", "reason")},
        **{name: td.choice(WORDS[name]) for name in ("carrier", "surname", "symbol", "column", "chart")},
        "value": td.choice(VALUES, by="column"),
        "phrase": td.derive(PHRASES, "product"),
        "order_number": td.integer(100_000, 999_999),
        "order": td.text("SO-{order_number}"),
        "few": td.integer(2, 7),
        "many": td.integer(11, 140),
        "failing": td.derive(lambda script, few: np.where(_FAILING[script], few, 0), "script", "few"),
        "known": td.derive({name: int(row["groups"]) for name, row in COLUMNS.items()}, "column"),
        "groups": td.derive(lambda known, few: np.where(known > 0, known, few), "known", "few"),
        "columns": td.derive({name: int(row["columns"]) for name, row in TABLES.items()}, "table"),
        "held": td.derive({name: int(row["rows"]) for name, row in TABLES.items()}, "table"),
        "every": td.derive({name: int(row["every_s"]) for name, row in TABLES.items()}, "table"),
        "rows": td.derive(
            lambda held, every, begin: held + (begin - _COUNTED) // (every * 1_000_000), "held", "every", "begin"
        ),
        "largest_share": td.integer(310, 720),
        "largest": td.derive(lambda rows, share: rows * share // 1000, "rows", "largest_share"),
        "line": td.integer(3, 420),
        "number": td.integer(1_000, 99_999),
        "days": td.choice([30]),
        "price": td.decimal("4", "390", places=2),
        "total": td.derive(lambda price, few: price + few * 395, "price", "few", places=2),
        "rate": td.decimal("48", "230", places=2),
        "own_amount": td.decimal("5", "480", places=2),
        "amount": td.derive(
            lambda script, rate, own: np.where(_HOTEL[script], rate, own), "script", "rate", "own_amount", places=2
        ),
        "currency": td.choice(list(CURRENCIES)),
        "converted": td.derive(
            lambda amount, currency: amount * _RATE[currency] // 10_000, "amount", "currency", places=2
        ),
        **_journey(),
        **_days(),
    }


def _journey() -> dict[str, td.Field]:
    """Return trains that take as long as the way is, and weather that goes with its temperature."""
    return {
        "detour": td.integer(100, 130),
        "minutes": td.derive(
            lambda city, place, detour: _MINUTES[city, place] * detour // 100, "city", "place", "detour"
        ),
        "connections": td.integer(3, 19),
        "per_minute": td.integer(9, 26),
        "fare": td.derive(lambda minutes, each: minutes * each // 10 * 10, "minutes", "per_minute", places=2),
        "weather": td.choice(list(WEATHER)),
        "warmth": td.integer(0, 99),
        "degrees": td.derive(partial(_between, "coldest", "warmest"), "weather", "warmth"),
        "wetness": td.integer(0, 99),
        "percent": td.derive(partial(_between, "driest", "wettest"), "weather", "wetness"),
    }


def _between(low: str, high: str, weather: Ints, share: Ints) -> Ints:
    """Return what lies so many hundredths between two bounds of the weather."""
    least: Ints = _WEATHER[low][weather]
    return least + (_WEATHER[high][weather] - least + 1) * share // 100


def _days() -> dict[str, td.Field]:
    """Return days before and behind the turn's own."""
    spans = {"past": (-12, -2), "today": (0, 0), "soon": (1, 5), "day": (3, 60)}
    fields: dict[str, td.Field] = {}
    for name, (first, last) in spans.items():
        fields[f"{name}_after"] = td.integer(first, last)
        fields[name] = td.derive(lambda begin, after: begin // DAY + after, "begin", f"{name}_after", date="%Y-%m-%d")
    return fields
