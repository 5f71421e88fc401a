"""People: names of many locales, and addresses at which nobody can be reached."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict

import pytest

from treadle.packs.hiring.data import table
from treadle.packs.hiring.people import mail_form

RESERVED = {
    "1": r"(?:[2-9]\d\d)?55501\d\d",
    "44": (
        r"(?:7700900|1632960|2079460|8081570|9098790|1[1-6]1496\d|11[3-8]4960|1914980|2896496|2920180|3069990)\d{3}"
        r"(?<=\d{10})"
    ),
    "61": r"(?:[2378](?:5550|7010)\d{4}|49157\d{4}|1800(?:160401|9757\d\d)|1300975707)",
    "49": (
        r"(?:3023125|6990009|4066969|2214710|8999998)\d{3}|152(?:28817386|28895456|54599371)|17139200\d\d"
        r"|172(?:9925904|996853[2-5]|9973185|9973186|9980752)|176040690\d\d"
    ),
    "33": r"(?:19900|26191|35301|46571|53649|63998)\d{4}",
    "46": r"3139006\d\d|4062804\d\d|8465004\d\d|9803192\d\d|701740(?:60[5-9]|6[1-9]\d)",
    "353": r"2091\d{5}",
}
"""Ranges set aside for fiction, after the country's code, from the regulators' own lists and not from the pack's table.

1: NANPA, 555-0100 to 555-0199. 44: Ofcom. 61: ACMA. 49: Bundesnetzagentur. 33: ARCEP. 46: PTS. 353: ComReg.
"""
CODES = {"United Kingdom": "44", "Australia": "61", "Germany": "49", "France": "33", "Sweden": "46", "Ireland": "353"}


def reserved(number: str, country: str = "") -> bool:
    """Say whether a number, written for its country or with a code, is in a range set aside."""
    digits = re.sub(r"\D", "", number.replace("(0)", ""))
    codes = (
        [CODES.get(country, "1")]
        if not re.match(r"\(?\+", number)
        else [code for code in RESERVED if digits.startswith(code)]
    )
    for code in codes:
        national = (
            digits.removeprefix(code)
            if re.match(r"\(?\+", number)
            else digits.removeprefix("0")
            if code != "1"
            else digits[-10:]
        )
        if re.fullmatch(RESERVED[code], national):
            return True
    return False


SCRIPTS = {
    "Arab": "ARABIC",
    "Cyrl": "CYRILLIC",
    "Grek": "GREEK",
    "Hebr": "HEBREW",
    "Armn": "ARMENIAN",
    "Geor": "GEORGIAN",
}
SCRIPTS |= {"Beng": "BENGALI", "Deva": "DEVANAGARI", "Hang": "HANGUL", "Thai": "THAI", "Latn": "LATIN"}


def test_phones_are_in_ranges_reserved_for_fiction(rows):
    """Every number drawn, and every pattern of the table with any digits, is in one of the ranges."""
    numbers = {(row["phone"], row["home"]) for row in rows}
    numbers |= {(row["pattern"].replace("#", digit), row["country"]) for row in table("phones.tsv") for digit in "0594"}
    stray = [each for each in numbers if not reserved(*each)]
    assert not sorted(stray)[:20], len(stray)


@pytest.mark.parametrize(
    "real", ["+1 212 555 1234", "+44 20 7946 1234", "+49 30 2312 6000", "+61 2 5551 0000", "+33 1 99 01 00 00"]
)
def test_a_number_that_someone_may_have_is_told_apart(real):
    assert not reserved(real)


def test_texts_hold_no_other_phones_or_addresses(rows):
    """Whatever looks like a number to call or an address to write to is the person's, the desk's, or under a reserved name."""
    for row in rows:
        text = row["resume_text"] + "\n" + row["job_skill_text"]
        assert set(re.findall(r"[\w.+-]+@[\w.-]*\w", text)) <= {row["email"], row["apply_to"]}
        assert all(map(reserved, re.findall(r"\+\d[\d ()-]{6,}\d", text)))
        hosts = re.findall(r"(?:https?://|\bwww\.)([\w.-]*\w)", text)
        assert not [host for host in hosts if not re.search(r"(?:^|\.)(?:example|example\.(?:com|net|org))$", host)]


def test_addresses_are_under_names_reserved_for_examples(rows):
    domains = {row[name].partition("@")[2] for row in rows for name in ("email", "apply_to")}
    domains |= {row["domain"] for row in table("domains.tsv")}
    assert len(domains) >= 40
    assert not [
        each
        for each in domains
        if not re.fullmatch(r"(?:[a-z0-9-]+\.)*(?:example\.(?:com|net|org)|[a-z0-9-]+\.example)", each)
    ]


def test_an_address_is_made_from_the_name(rows):
    """The letters before the @ are those of both names, in either order, in plain ASCII."""
    for row in rows:
        local = row["email"].partition("@")[0]
        given, family = mail_form(row["given"]), mail_form(row["family"])
        assert re.sub(r"[^a-z]", "", local) in {given + family, family + given}, (row["name"], local)
        assert re.fullmatch(r"[a-z]+[._-]?[a-z]+\d{0,2}", local), local
        assert row["name"] == f"{row['given']} {row['family']}"


def test_every_latin_name_has_letters_for_an_address():
    for row in table("names.tsv"):
        plain = mail_form(row["latin"])
        assert plain, row
        letters = sum(character.isalpha() for character in unicodedata.normalize("NFC", row["latin"]))
        assert len(plain) >= 0.6 * letters, row


def test_names_are_of_forty_locales_in_both_scripts():
    """Each locale has names for both genders, native in its script and Latin in Latin letters."""
    listed = {row["locale"]: row for row in table("locales.tsv")}
    assert len(listed) >= 40
    assert {row["order"] for row in listed.values()} <= {"given-family", "family-given"}
    assert all(row["culture"] for row in listed.values())
    parts = defaultdict(Counter)
    for row in table("names.tsv"):
        script = listed[row["locale"]]["script"]
        parts[row["locale"]][row["part"], row["gender"]] += 1
        assert all("LATIN" in unicodedata.name(c) for c in row["latin"] if c.isalpha() and c not in "ʻʼʹʺʾʿ"), row
        if script in SCRIPTS:
            assert any(SCRIPTS[script] in unicodedata.name(c) for c in row["native"] if c.isalpha()), row
        assert row["source"], row
    assert set(parts) == set(listed)
    for locale, count in parts.items():
        for gender in "fm":
            assert count["given", gender] + count["given", "-"] >= 10, (locale, gender)
            assert count["family", gender] + count["family", "-"] >= 10, (locale, gender)


def test_people_live_where_their_names_are_from(rows):
    """Home, city and number agree with the locale; four in five live in the country of the post."""
    countries = {row["locale"]: row["country"] for row in table("locales.tsv")}
    cities = defaultdict(set)
    for row in table("cities.tsv"):
        cities[row["country"]].add(row["city"] + (f", {row['region']}" if row["region"] else ""))
    for row in rows:
        assert row["home"] == countries[row["locale"]]
        assert row["home_city"] in cities[row["home"]]
        assert row["city"] in cities[row["country"]]
    assert 0.77 < sum(row["home"] == row["country"] for row in rows) / len(rows) < 0.87
    assert {row["locale"] for row in rows} == set(countries)
    assert 0.47 < sum(row["gender"] == "f" for row in rows) / len(rows) < 0.53
