"""Nobody's addresses: every e-mail address, link, IP address and telephone number in a record is in a reserved range."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any

from treadle.checks.findings import TRUTH, Check
from treadle.checks.reserved import address_is_reserved, host_is_reserved, phone_is_reserved

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from treadle.checks.findings import Finding, Row

_MAIL = re.compile(r"@(\[?[\w-]+(?:[.:][\w-]+)*)")
_BEFORE_AT = re.compile(r"[\w.+%'-]+$")
_LINK = re.compile(r"(?:://(?:[^\s/@]*@)?|\bwww\.)([\w-]+(?:\.[\w-]+)*)", re.IGNORECASE)
_PLAIN_LINK = re.compile(r"://(?:[^\s/@]*@)?([\w-]+(?:\.[\w-]+)*)")
_SUFFIX = re.compile(r"\.(?:com|org|net|edu|gov|io|dev|me|co|uk|de|fr|eu|info)\Z")
_LONGEST_SUFFIX = 5
_PATH = re.compile(r"/[\w~%-]")
"""A bare link is a domain before a slash: the few slashes of a text are looked at, and not its many points."""
_BEFORE_SUFFIX = re.compile(r"(?<![\w@./:-])[\w-]+(?:\.[\w-]+)*$")
_BACK = 128
"""Characters before a mark in which the rest of an address is looked for."""
_IPV4 = re.compile(r"(?<![\w.])(?<!\w/)([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![\w-]|\.[0-9])")
"""Not behind `name/`: that is a product's version, as in Chrome/120.0.0.0 (RFC 9110, 10.1.5)."""
_IPV6 = re.compile(r"(?<![\w:.])([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w:])", re.IGNORECASE)
_IPV4_MARK = re.compile(r"[0-9]\.[0-9]{1,3}\.[0-9]")
_IPV6_MARK = re.compile(r":[0-9a-fA-F]{0,4}:")
"""What every link and address has some of: the patterns for them are slow."""
_DIGITS = re.compile(r"[+(0-9][0-9 ().\-/+]{5,}[0-9]")
"""Where telephone numbers may be: the pattern for them is slow."""
_PHONE = re.compile(
    r"""(?<![\w.,:/+$€£-])(?<!\d[ ])(?:
      \(?\+\d{1,3}\)?(?:[ .\-/]?\(?\d{1,5}\)?){2,6}        # +49 30 23125001, +46 (0)31 390 06 12
    | (?:1[ .-]?)?\(\d{2,5}\)(?:[ .-]?\d{2,5}){1,4}        # (212) 555-0123
    | (?:1[ .-])?\d{3}[ .-]\d{3}[ .-]\d{4}                 # 212-555-0123
    | 0\d{1,4}(?:[ -]\d{2,8}){1,4}                         # 030 23125001
    | 0\d{8,11}                                            # 0171392001
    | (?<=tel[ ])\d[\d -]{5,14}\d | (?<=tel:[ ])\d[\d -]{5,14}\d | (?<=phone:[ ])\d[\d -]{5,14}\d
    )(?![\w]|[.,/:-]\d)""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_FEWEST, _MOST = 7, 15
"""Digits of a telephone number; E.164 has at most 15."""

SCREEN = re.compile(r"@|//|www\.|[0-9]{3}|[.][a-z]{2,4}/|[:.][0-9a-f]{0,4}[:.]", re.IGNORECASE)
"""What every address and number has some of: a text without it is not looked at closer."""


def privacy(passed_over: Collection[str] = ()) -> Check:
    """Return the check of every text of a record, however deep, but for the columns passed over."""
    left_out = {*TRUTH, *passed_over}

    def look(rows: Sequence[Row]) -> Iterator[Finding]:
        for number, row in enumerate(rows):
            for column, value in row.items():
                for text in texts_in(value) if column not in left_out else ():
                    if SCREEN.search(text):
                        for found, expected in unreserved(text):
                            yield number, column, found, expected

    return Check("privacy", look)


def texts_in(value: Any) -> Iterator[str]:  # noqa: ANN401  # a value of any kind
    """Yield every text of a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts_in(each)


def unreserved(text: str) -> Iterator[tuple[str, str]]:
    """Yield every address and number of a text that is not reserved, with what was expected."""
    yield from _mails(text)
    yield from _links(text)
    yield from _addresses(text)
    yield from _phones(text)


def _mails(text: str) -> Iterator[tuple[str, str]]:
    for found in _MAIL.finditer(text):
        name = _BEFORE_AT.search(text, max(0, found.start() - _BACK), found.start())
        if name and not host_is_reserved(found[1]):
            yield name[0] + found[0], "an e-mail address of a domain reserved for examples (RFC 2606)"


def _links(text: str) -> Iterator[tuple[str, str]]:
    pattern = _LINK if "www." in text.lower() else _PLAIN_LINK if "://" in text else None
    hosts = [(found[0].lstrip(":/"), found[1]) for found in (pattern.finditer(text) if pattern else ())]
    for path in _PATH.finditer(text):
        end = path.start()
        if not _SUFFIX.search(text, max(0, end - _LONGEST_SUFFIX), end):
            continue
        named = _BEFORE_SUFFIX.search(text, max(0, end - _LONGEST_SUFFIX - _BACK), end)
        hosts += [(named[0], named[0])] if named else []
    for shown, host in hosts:
        if not (host_is_reserved(host) or _IPV4.fullmatch(host)):
            yield shown, "a link to a domain reserved for examples (RFC 2606)"


def _addresses(text: str) -> Iterator[tuple[str, str]]:
    for found in _IPV4.finditer(text) if _IPV4_MARK.search(text) else ():
        if max(map(int, found[1].split("."))) < 256 and not address_is_reserved(_ipv4(found[1])):
            yield found[0], "an IP address kept for documentation (RFC 5737)"
    for found in _IPV6.finditer(text) if _IPV6_MARK.search(text) else ():
        address = _ipv6(found[1])
        if address is not None and not address_is_reserved(address):
            yield found[0], "an IP address kept for documentation (RFC 3849)"


def _phones(text: str) -> Iterator[tuple[str, str]]:
    for run in _DIGITS.finditer(text):
        for found in _PHONE.finditer(text, run.start(), run.end() + 2):
            digits = sum(character.isdigit() for character in found[0])
            if _FEWEST <= digits <= _MOST + 1 and not phone_is_reserved(found[0]):
                yield (
                    found[0],
                    "a telephone number of a range kept for fiction (555-0100 to 555-0199 and national ones)",
                )


def _ipv4(text: str) -> IPv4Address:
    return IPv4Address(".".join(str(int(part)) for part in text.split(".")))


def _ipv6(text: str) -> IPv6Address | None:
    try:
        return IPv6Address(text)
    except AddressValueError:
        return None
