"""What every record is aimed at: the band of its score, and the part of the dataset that it belongs to."""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING

import treadle as td
from treadle.packs.hiring.settings import GRADES, shares_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from treadle.packs.hiring.settings import Settings

NAME = "hiring"
"""The name of the pack's recipes, which every draw hangs on: posts alone are the posts of pairs under the same seed."""
SPLITS = {"train": 8, "validation": 1, "test": 1}
_SPLIT, _TARGET = (
    "the part of the dataset; employers and ways of writing keep to one",
    "the band that the score is to fall into",
)
BANDS = ("none", "low", "high", "strong")
"""Targets: no match, a partial one below the label's threshold, a partial one above it, a strong one."""
MOST_CROSSED = 12
"""The greatest common denominator of bands at which an order that is exact within every split is always found."""


def targets(settings: Settings) -> dict[str, td.Field]:
    """Return `target` (the band that the score is to fall into) and the quota `split`.

    With as many strong matches as none, labels are even at every even count, and in every split. With round shares such as 0.3 or
    1/3 bands and splits are exact within each other; with others each is exact by itself alone.
    """
    shares = shares_of(settings.matches, GRADES, parts=1_000)
    if shares["none"] == shares["strong"]:
        return _even(shares, crossed=len(settings.bias.families) <= 1)
    return _by_bands(shares)


def _even(shares: Mapping[str, Fraction], *, crossed: bool) -> dict[str, td.Field]:
    """Return the targets for equal halves: the label is a quota of its own, and so are the splits and the bands within it.

    Where families of faults are crossed with the label too, the bands are exact by themselves alone.
    """
    outer = 2 * shares["none"] / sum(shares.values())
    crossed &= outer.denominator <= MOST_CROSSED // 2
    return {
        "half": td.quota([0, 1], doc="the label aimed at"),
        "split": td.quota(SPLITS, across="half", doc=_SPLIT),
        "edge": td.quota({"outer": outer, "inner": 1 - outer}, across="split" if crossed else ""),
        "target": td.derive(
            lambda half, edge: half * 3 + edge * (1 - 2 * half), "half", "edge", values=BANDS, doc=_TARGET
        ),
    }


def _by_bands(shares: Mapping[str, Fraction]) -> dict[str, td.Field]:
    bands = {
        "none": shares["none"],
        "low": shares["partial"] / 2,
        "high": shares["partial"] / 2,
        "strong": shares["strong"],
    }
    crossed = lcm(*(share.denominator for share in bands.values())) <= MOST_CROSSED
    return {
        "target": td.quota(bands, doc=_TARGET),
        "split": td.quota(SPLITS, across="target" if crossed else "", doc=_SPLIT),
    }
