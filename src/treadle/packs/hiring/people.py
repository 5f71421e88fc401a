"""People: names by locale, addresses that are reserved for fiction and documentation, places."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.hiring.data import table
from treadle.packs.hiring.jobs import cities, locales

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from treadle import Field
    from treadle.packs.hiring.settings import Settings

    Ints = NDArray[np.int64]

GENDERS = ("f", "m")
_PLAIN = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "\u0131": "i", "ə": "e"}
)


def people(settings: Settings) -> dict[str, Field]:
    """Return the fields of a person: locale, gender, names, e-mail, phone, city; `country` of a post must be among the others."""
    return {**_names(settings), **_addresses(settings)}


def _names(settings: Settings) -> dict[str, Field]:
    chosen = locales(settings)
    rows = _own_names(settings) or [row for row in table("names.tsv") if row["locale"] in chosen]
    groups = [f"{locale}/{gender}" for locale in chosen for gender in GENDERS]
    latin = list(dict.fromkeys(row["latin"] for row in rows))
    native = list(dict.fromkeys(row["native"] for row in rows))
    latin_of = _places([row["latin"] for row in rows], latin)
    native_of = _places([row["native"] for row in rows], native)
    foreign = np.array([row["native"] != row["latin"] for row in rows])
    mail = list(dict.fromkeys(map(mail_form, latin)))
    mail_of = _places([mail_form(row["latin"]) for row in rows], mail)

    def lives(stays: NDArray[np.bool_], there: Ints, anywhere: Ints) -> Ints:
        return np.where(stays, there, anywhere)

    def entries(part: str) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {group: [] for group in groups}
        for number, row in enumerate(rows):
            for gender in GENDERS if row["part"] == part else ():
                for locale in (row["locale"] and [row["locale"]]) or chosen:
                    if row["gender"] in {gender, "-"}:
                        found[f"{locale}/{gender}"].append(number)
        return found

    return {
        "person_id": td.uuid(doc="the person; names can be shared"),
        "stays": td.chance("0.8", doc="whether the person lives in the country of the post"),
        "locale_there": td.choice(_locales_by_country(chosen), by="country"),
        "locale_anywhere": td.choice({number: weight for number, (_, weight) in enumerate(chosen.values())}),
        "locale": td.derive(
            lives,
            "stays",
            "locale_there",
            "locale_anywhere",
            values=list(chosen),
            doc="where the person's name is from",
        ),
        "gender": td.choice(GENDERS, doc="the gender that the given name is tagged with"),
        "person_group": td.derive(lambda locale, gender: locale * 2 + gender, "locale", "gender", values=groups),
        "given_row": td.choice(entries("given"), by="person_group"),
        "family_row": td.choice(entries("family"), by="person_group"),
        "given": td.derive(lambda row: latin_of[row], "given_row", values=latin, entity="GIVEN_NAME"),
        "family": td.derive(lambda row: latin_of[row], "family_row", values=latin, entity="FAMILY_NAME"),
        "given_native": td.derive(lambda row: native_of[row], "given_row", values=native, entity="GIVEN_NAME"),
        "family_native": td.derive(lambda row: native_of[row], "family_row", values=native, entity="FAMILY_NAME"),
        "foreign_script": td.derive(
            lambda given, family: foreign[given] & foreign[family], "given_row", "family_row", boolean=True
        ),
        "given_mail": td.derive(lambda row: mail_of[row], "given_row", values=mail),
        "family_mail": td.derive(lambda row: mail_of[row], "family_row", values=mail),
        "name": td.text("{given} {family}", entity="PERSON"),
    }


def _own_names(settings: Settings) -> list[dict[str, str]]:
    """Return a user's own names as rows of any locale."""
    return [
        {"locale": "", "part": part, "latin": name, "native": name, "gender": gender}
        for part, name, gender in settings.names
    ]


def _locales_by_country(chosen: Mapping[str, tuple[str, int]]) -> dict[str, dict[int, int]]:
    """Return the places of each country's locales with their weights, equal ones where all are 0."""
    found: dict[str, dict[int, int]] = {}
    for number, (country, weight) in enumerate(chosen.values()):
        found.setdefault(country, {})[number] = weight
    return {country: own if any(own.values()) else dict.fromkeys(own, 1) for country, own in found.items()}


def _addresses(settings: Settings) -> dict[str, Field]:
    chosen = locales(settings)
    listed = list(dict.fromkeys(country for country, _ in chosen.values()))
    return {
        "mail_number": td.integer(1, 99),
        "domain": td.choice({row["domain"]: int(row["weight"]) for row in table("domains.tsv")}),
        "email": td.text(MAIL, entity="EMAIL"),
        "home": td.derive({locale: country for locale, (country, _) in chosen.items()}, "locale", entity="COUNTRY"),
        "home_city": td.choice(
            {name: each for name, each in cities().items() if name in listed}, by="home", entity="PLACE"
        ),
        "phone_pattern": td.choice(phones(listed), by="home"),
        "phone": td.text(
            td.by("phone_pattern", _dialled(listed)), rules={"digit": "(0|1|2|3|4|5|6|7|8|9)"}, entity="PHONE"
        ),
    }


MAIL = [
    ("{given_mail}.{family_mail}@{domain}", 5),
    ("{given_mail}{family_mail}@{domain}", 2),
    ("{family_mail}.{given_mail}@{domain}", 1),
    ("{given_mail}_{family_mail}@{domain}", 1),
    ("{given_mail}.{family_mail}{mail_number}@{domain}", 2),
    ("{given_mail}-{family_mail}@{domain}", 1),
]


def mail_form(name: str) -> str:
    """Return a name as it stands before the @: ASCII letters alone, in small letters."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_PLAIN))
    return re.sub(r"[^a-z]", "", plain)


def phones(countries: list[str]) -> dict[str, list[str]]:
    """Return the number patterns of each country, all in ranges reserved for fiction; `#` is any digit."""
    found: dict[str, list[str]] = {country: [] for country in countries}
    for row in table("phones.tsv"):
        if row["country"] in found:
            found[row["country"]].append(row["pattern"])
    return found


def _dialled(countries: list[str]) -> dict[str, str]:
    patterns = dict.fromkeys(pattern for listed in phones(countries).values() for pattern in listed)
    return {pattern: "{digit}".join(map(td.escape, pattern.split("#"))) for pattern in patterns}


def _places(values: list[str], listed: list[str]) -> Ints:
    place = {entry: number for number, entry in enumerate(listed)}
    return np.array([place[value] for value in values], np.int64)
