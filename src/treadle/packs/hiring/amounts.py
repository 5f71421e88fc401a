"""Amounts of money as they are written in each country: in its currency, and as large as there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import treadle as td
from treadle.packs.hiring.data import table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from treadle import Field

DOLLARS = {
    "money": [*range(20_500, 200_000, 500), *range(202_500, 1_000_000, 2_500), *range(1_050_000, 4_800_000, 50_000)],
    "post_learning_money": range(400, 3_010, 20),
    "post_referral_money": range(250, 2_010, 10),
    "post_relocation_money": range(800, 3_600, 20),
    "post_commute_money": range(40, 125),
    "post_wellness_money": range(20, 96),
    "post_shoe_money": range(70, 151, 5),
    "post_meal_money": range(4, 10),
}
"""Amounts by the rule that draws from them, in dollars."""
MILLION, BILLION = 10**6, 10**9
LEAST_IN_WORDS = {MILLION: 1_050_000, BILLION: 1_050_000_000}


def written(amount: int) -> str:
    """Return an amount with commas, or from 1.05 million on in millions or billions with a tenth.

    >>> written(640_500), written(1_050_000), written(24_000_000), written(3_150_000_000)
    ('640,500', '1.05 million', '24 million', '3.15 billion')
    """
    for unit, name in ((BILLION, "billion"), (MILLION, "million")):
        if amount >= LEAST_IN_WORDS[unit]:
            hundredths = amount * 100 // unit
            places = f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")
            return f"{places} {name}"
    return f"{amount:,}"


def currency_fields(prefix: str, country: str, countries: Iterable[str]) -> dict[str, Field]:
    """Return the currency of a country, given as a field, and how many of its units buy what a dollar does."""
    rows = {row["country"]: row for row in table("currencies.tsv")}
    return {
        f"{prefix}_currency": td.derive({each: _before(rows[each]["prefix"]) for each in countries}, country),
        f"{prefix}_units": td.derive({each: rows[each]["units"] for each in countries}, country),
    }


def amount_rules(prefix: str) -> dict[str, Any]:
    """Return the rules of `DOLLARS` in the currency that `currency_fields` declares under the prefix."""
    return {
        name: td.by(
            f"{prefix}_units",
            {units: f"{{{prefix}_currency}}{{{name}_{units}}}" for units in _units()},
        )
        for name in DOLLARS
    }


def amount_lists() -> dict[str, td.Vocabulary]:
    """Return the lists that the rules draw from: each amount in each number of units."""
    return {
        f"{name}_{units}": td.vocabulary([written(amount * int(units)) for amount in amounts])
        for name, amounts in DOLLARS.items()
        for units in _units()
    }


def _units() -> list[str]:
    return list(dict.fromkeys(row["units"] for row in table("currencies.tsv")))


def _before(prefix: str) -> str:
    return prefix if len(prefix) == 1 else f"{prefix} "
