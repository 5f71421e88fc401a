"""Addresses and numbers that belong to nobody: ranges set aside for documentation and fiction, with who set them aside.

A telephone number is judged by its digits: in the international form behind `+`, or in the national form with its trunk prefix.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Address

HOSTS = re.compile(
    r"(?:.*\.)?(?:example\.(?:com|net|org)|(?:[\w-]+\.)?(?:example|test|invalid|localhost))", re.IGNORECASE
)
"""Reserved host names, RFC 2606: example.com, .net and .org, and the domains .example, .test, .invalid and .localhost."""

NETWORKS = [
    ip_network(network)
    for network in (
        "192.0.2.0/24",  # RFC 5737, TEST-NET-1
        "198.51.100.0/24",  # RFC 5737, TEST-NET-2
        "203.0.113.0/24",  # RFC 5737, TEST-NET-3
        "2001:db8::/32",  # RFC 3849
        "3fff::/20",  # RFC 9637
        "127.0.0.0/8",  # RFC 1122, a machine's own
        "0.0.0.0/32",  # RFC 1122, no address
        "::1/128",  # RFC 4291, a machine's own
        "::/128",  # RFC 4291, no address
    )
]


@dataclass(frozen=True)
class Range:
    """Numbers of one country: its code, the trunk prefix of national calls, and patterns in which `#` is any digit."""

    country: str
    code: str
    trunk: str
    patterns: tuple[str, ...]
    source: str


PHONES = (
    Range(
        "United States, Canada and others",
        "1",
        "",
        ("55501##", "[2-9]##55501##"),
        "NANPA, 555 Line Numbers: 555-0100 to 555-0199",
    ),
    Range(
        "Germany",
        "49",
        "0",
        ("3023125###", "6990009###", "4066969###", "2214710###", "8999998###", "17139200##", "176040690##"),
        "Bundesnetzagentur, Mitteilung 148/2021: Rufnummern für Medienproduktionen",
    ),
    Range(
        "United Kingdom",
        "44",
        "0",
        ("11[3-8]4960###", "1[2-6]14960###", "1914980###", "2079460###", "2896496###", "2920180###", "1632960###",
         "7700900###", "8081570###", "9098790###", "3069990###"),
        "Ofcom, Telephone numbers for drama use (TV, radio)",
    ),
    Range(
        "Australia",
        "61",
        "0",
        ("[2378]5550####", "[2378]7010####", "491570(?:006|156|157|158|159|110|313|737)",
         "491571(?:266|491|804)", "491572(?:549|665|983)", "491573(?:770|087)", "491574(?:118|632)", "491575(?:254|789)",
         "491576(?:398|801)", "491577(?:426|644)", "491578(?:957|148|888)", "491579(?:212|760|455)"),
        "ACMA, Phone numbers for use in TV shows, films and creative works",
    ),
    Range("Ireland", "353", "0", ("2091#####",), "ComReg 08/04: drama use"),
    Range(
        "France",
        "33",
        "0",
        ("19900####", "26191####", "35301####", "46571####", "53649####", "63998####"),
        "ARCEP, decision 2018-0881: audiovisual works",
    ),
    Range(
        "Sweden",
        "46",
        "0",
        ("3139006##", "4062804##", "8465004##", "9803192##", "70174060[5-9]", "7017406[1-9]#"),
        "PTS, Telefonnummer till böcker och filmer",
    ),
)  # fmt: skip


def _pattern(prefixes: Sequence[str]) -> re.Pattern[str]:
    """Return what matches the digits of all ranges, each behind its prefix."""
    ranges = zip(prefixes, PHONES, strict=True)
    return re.compile(
        "|".join(f"{prefix}(?:{'|'.join(each.patterns).replace('#', '[0-9]')})" for prefix, each in ranges)
    )


_ABROAD = _pattern([each.code for each in PHONES])
_AT_HOME = _pattern([each.trunk or f"{each.code}?" for each in PHONES])


def host_is_reserved(host: str) -> bool:
    """Tell whether a host name is reserved."""
    return HOSTS.fullmatch(host.rstrip(".")) is not None


def address_is_reserved(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an IP address is reserved; an IPv4 address inside an IPv6 one counts as itself."""
    plain = (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
    return any(plain in network for network in NETWORKS)


def phone_is_reserved(number: str) -> bool:
    """Tell whether a telephone number, however it is grouped, is in a range set aside for fiction."""
    written = number.strip()
    abroad = written.lstrip("(").startswith("+")
    digits = re.sub(r"[^0-9]", "", written.replace("(0)", "") if abroad else written)
    return (_ABROAD if abroad else _AT_HOME).fullmatch(digits) is not None
