"""What stands beside a career: the school and its years, a certificate, years of awards and courses, all in step with its dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.data import table
from treadle.packs.hiring.taxonomy import DEGREES, TechSkillsTaxonomy, padded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle import Field

    Ints = NDArray[np.int64]

YEARS = range(1990, 2031)
LAST_YEAR = 2025
"""The last whole year before every résumé was written, or the year it was."""
STUDY_YEARS = (3, 2, 3, 2, 4)
"""Years that each of `DEGREES` takes."""
KINDS = (
    ("university", "polytechnic", "college"),
    ("college", "polytechnic"),
    ("university", "polytechnic"),
    ("university", "polytechnic"),
    ("university",),
)
"""The schools that confer each of `DEGREES`; a country without any confers it at those that it has."""


def credentials(taxonomy: TechSkillsTaxonomy) -> dict[str, Field]:
    """Return the school, the years of study, the certificate and its year; a person and a career must be among the others."""
    return {**_school(), **_certificate(taxonomy)}


def awarded() -> dict[str, str]:
    """Return a rule for the year of an award or a course by `work_year`, the year half a year after work began: from then on."""
    return {
        str(first): f"({'|'.join(map(str, range(first, LAST_YEAR + 1)))})" if first < LAST_YEAR else str(LAST_YEAR)
        for first in YEARS
    }


def _school() -> dict[str, Field]:
    rows = table("institutions.tsv")
    homes = list(dict.fromkeys(row["country"] for row in rows))
    schools: dict[str, list[str]] = {}
    for home in homes:
        own = [row for row in rows if row["country"] == home]
        for degree, kinds in zip(DEGREES, KINDS, strict=True):
            fitting = [row["institution"] for row in own if row["kind"] in kinds]
            schools[f"{home}/{degree}"] = fitting or [row["institution"] for row in own]
    lasted = np.array(STUDY_YEARS)
    return {
        "schooling_group": td.derive(
            {home: number for number, home in enumerate(homes)}, "home", doc="the country of the school"
        ),
        "school_group": td.derive(
            lambda home, degree: home * len(DEGREES) + degree, "schooling_group", "degree", values=list(schools)
        ),
        "school": td.choice(schools, by="school_group", entity="INSTITUTION"),
        "rest_before_work": td.integer(0, 8),
        "graduated": td.derive(
            lambda first, rest: 1970 + (first - 1 - rest) // 12, "first_month", "rest_before_work", entity="YEAR"
        ),
        "began": td.derive(lambda year, degree: year - lasted[degree], "graduated", "degree", entity="YEAR"),
        "study_year": td.derive(lambda year, rest: year - rest % 2, "graduated", "rest_before_work", entity="YEAR"),
        "work_year": td.derive(
            lambda first: (first + 6) // 12 + 1970 - YEARS[0], "first_month", values=[str(year) for year in YEARS]
        ),
    }


def _certificate(taxonomy: TechSkillsTaxonomy) -> dict[str, Field]:
    roles = list(taxonomy.roles.values())
    names = list(dict.fromkeys(name for role in roles for name in role.certificates)) or [""]
    known = {row["certificate"]: row for row in table("certificates.tsv")}

    def column(name: str) -> Ints:
        return np.array([int(known.get(each, {}).get(name) or 0) for each in names], np.int64)

    introduced, needs = column("introduced"), column("years")
    licence = np.array([bool(known.get(each, {}).get("licence")) for each in names])
    widest = max(1, *(len(role.certificates) for role in roles))
    held = padded([[names.index(each) for each in role.certificates] for role in roles], widest, -1)

    def place(role: Ints, first: Ints, written: Ints, draw: Ints) -> Ints:
        """Return the first certificate of the role from a place on that the career leaves time for; -1 where there is none."""
        turned = held[role[:, None], (draw[:, None] + np.arange(widest)) % widest]
        earliest = np.maximum(introduced[turned], 1970 + first[:, None] // 12 + needs[turned])
        good = (turned >= 0) & (earliest <= 1970 + (written[:, None] - 1) // 12)
        chosen = np.take_along_axis(turned, good.argmax(axis=1)[:, None], axis=1)[:, 0]
        return np.where(good.any(axis=1), chosen, -1)

    def year(place: Ints, first: Ints, written: Ints, draw: Ints) -> Ints:
        start = 1970 + first // 12
        earliest = np.maximum(introduced[place], start + needs[place])
        room = np.maximum(1970 + (written - 1) // 12 - earliest, 0) + 1
        return np.where(licence[place], start, earliest + (draw // widest) % room)

    dates: tuple[Any, ...] = ("first_month", "written", "certificate_draw")
    return {
        "certificate_draw": td.integer(0, 999_999),
        "certificate_place": td.derive(place, "candidate_role", *dates),
        "certificate": td.derive(
            lambda place: np.maximum(place, 0), "certificate_place", values=names, entity="CERTIFICATE"
        ),
        "certified": td.derive(year, "certificate_place", *dates, entity="YEAR", doc="the year of the certificate"),
    }
