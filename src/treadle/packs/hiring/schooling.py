"""The section of a résumé on the last degree, named as where people live: an HND in Ireland, an Associate of Science in Ohio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import treadle as td
from treadle.packs.hiring.data import table
from treadle.packs.hiring.taxonomy import DEGREES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from treadle import Field

STYLES = ("american", "british", "commonwealth", "indian", "other")
"""Groups of countries that name degrees alike; `other` is everywhere else, where names are translations."""
OTHER = "other"


def schooling(own: Mapping[str, Any]) -> dict[str, Field]:  # rules
    """Return the section of the last degree."""
    named = {
        level: {f"{level}/{style}": names for style, names in own.items()} for level, own in degree_names().items()
    }
    names = {key: each for own in named.values() for key, each in own.items()}
    lines = [
        "{degree_name}, {school}, {graduated}",
        "{school}\n{degree_name}, {began}-{graduated}",
        "{degree_name}\n{school} \\({graduated}\\)",
    ]
    school_years = [
        "Secondary school diploma, {home_city}, {graduated}",
        "High school leaving certificate \\({graduated}\\), {home_city}",
    ]
    return {
        "degree_style": degree_style("home"),
        "degree_here": td.derive(
            lambda degree, style: degree * len(STYLES) + style,
            "degree",
            "degree_style",
            values=[f"{level}/{style}" for level in DEGREES for style in STYLES],
        ),
        "education": td.text(
            "\n\n{h_education}\n{schooling}",
            rules={
                **own,
                "schooling": td.by(
                    "degree", {level: lines if level in named else school_years for level in ("none", *named)}
                ),
                "degree_name": td.by("degree_here", {**{f"none/{style}": "" for style in STYLES}, **names}),
            },
        ),
    }


def degree_names() -> dict[str, dict[str, list[tuple[str, int]]]]:
    """Return by level and style the names of degrees that fit any study, with their weights."""
    found: dict[str, dict[str, list[tuple[str, int]]]] = {}
    for row in table("degrees.tsv"):
        if row["fits"] == "any":
            of_level = found.setdefault(row["level"], {style: [] for style in STYLES})
            for style in row["where"].split("|") if row["where"] else STYLES:
                of_level[style].append((row["name"], int(row["weight"])))
    return found


def degree_style(country: str) -> Field:
    """Return the field of the style of a country, a place in `STYLES`; the country is a field itself."""
    known = {row["country"]: row["style"] for row in table("degree_styles.tsv")}
    homes = dict.fromkeys(row["country"] for row in table("locales.tsv"))
    return td.derive({home: STYLES.index(known.get(home, OTHER)) for home in homes}, country)
