"""Addresses and numbers in reserved ranges pass, however they are written; real-looking ones are found in any sentence."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from treadle.checks.privacy import unreserved
from treadle.checks.reserved import phone_is_reserved

PHONES = Path(__file__).parents[2] / "src" / "treadle" / "packs" / "hiring" / "data" / "phones.tsv"
SENTENCES = ("{}", "Tel. {}", "Ann Bo | {} | Oslo", "Phone: {}, ann@example.com", "call {}.", "({})", "0 {}")


def patterns():
    lines = [line for line in PHONES.read_text("utf-8").splitlines(keepends=True) if not line.startswith("#")]
    return [row["pattern"] for row in csv.DictReader(lines, delimiter="\t")]


def test_every_number_of_the_hiring_pack_is_reserved():
    """Each pattern with each digit in the free places, in any sentence."""
    for pattern in patterns():
        for digit in "0123456789":
            number = pattern.replace("#", digit)
            assert phone_is_reserved(number), number
            for sentence in SENTENCES[:-1]:
                assert not list(unreserved(sentence.format(number))), number


def test_numbers_beside_a_range_are_found():
    """One digit of the range is another: the number is found, unless that is a neighbouring range of fiction."""
    missed = []
    for pattern in patterns():
        first = pattern.index("#") if "#" in pattern else len(pattern)
        place = max(place for place in range(first) if pattern[place].isdigit())
        for step in (3, 5):
            changed = pattern[:place] + str((int(pattern[place]) + step) % 10) + pattern[place + 1 :]
            number = changed.replace("#", "7")
            found = list(unreserved(f"Phone: {number}"))
            assert bool(found) != phone_is_reserved(number), number
            missed += [] if found else [number]
    assert len(missed) < 80
    assert all("174 06" in number or "157" in number or "570" in number for number in missed), missed


@pytest.mark.parametrize(
    "text",
    [
        "rome@example.com and rome.o'neil+x@mail.rome.example",
        "see https://example.org/a?b=c or www.example.net, http://user:pw@deep.example/x",
        "from 192.0.2.17, 198.51.100.255 and [2001:db8::1], not 999.1.1.1 or 1.2.3.4.5",
        "Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36",
        "std::vector, 12:30:45, aa:bb:cc:dd:ee:ff, 10:20, ratio 1:2:3",
        "2025-03-01T08:00:00.000Z to 03/Mar/2025:08:00:00 +0000",
        "2015-2019, 01/2020 - 02/2021, 05.2019-07.2021, March 2019 - April 2020",
        "$80,000 to $97,000 for 12,500 users, 99.95 % of 1 000 000 calls, 5+ years, +30%",
        "ISO 27001, RFC 2606, K-12, 401(k), 24/7, order 1234567890, 4 000 000",
        "27bf51ab-f7f8-4176-b543-651e8c76ed13",
        "Node.js/React, ASP.NET/C#, socket.io, CI/CD, @decorator, user@localhost",
        "localhost:8080 and http://127.0.0.1:80/",
    ],
)
def test_nothing_is_found_in(text):
    """Dates, sums, versions, identifiers and names of technologies are no addresses."""
    assert not list(unreserved(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("write to joe.bloggs@gmail.com.", "joe.bloggs@gmail.com"),
        ("b@example.com.evil.io", "b@example.com.evil.io"),
        ("müller@firma.de", "müller@firma.de"),
        ("see https://github.com/joe", "github.com"),
        ("(www.joe-bloggs.net)", "www.joe-bloggs.net"),
        ("linkedin.com/in/joe", "linkedin.com"),
        ("ftp://joe:pw@files.acme.org", "joe:pw@files.acme.org"),
        ("host 8.8.8.8 is up", "8.8.8.8"),
        ("http://10.0.0.1/x", "10.0.0.1"),
        ("from 2a00:1450:4001:81b::200e", "2a00:1450:4001:81b::200e"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("+1-415-867-5309", "+1-415-867-5309"),
        ("+1 (415) 867-5309", "+1 (415) 867-5309"),
        ("1-800-867-5309", "1-800-867-5309"),
        ("(212) 867-5309", "(212) 867-5309"),
        ("212.867.5309", "212.867.5309"),
        ("+44 20 7123 4567", "+44 20 7123 4567"),
        ("020 7123 4567", "020 7123 4567"),
        ("06 12 34 56 78", "06 12 34 56 78"),
        ("+4915112345678", "+4915112345678"),
        ("0171 2345678", "0171 2345678"),
        ("+91 98765 43210", "+91 98765 43210"),
        ("Tel: 867-5309", "867-5309"),
    ],
)
def test_what_could_be_somebodys_is_found(text, shown):
    """Each is found once or more, as it is written."""
    assert shown in [found for found, _ in unreserved(text)]
