"""Personal data in any text file: what looks like an address or number that could be somebody's, with line and column.

Addresses and telephone numbers are those outside the ranges of `reserved.py`. Card numbers pass their check digit (Luhn, ISO/IEC
7812-1) and are none of the issuers' published test numbers; identity numbers pass theirs where they have one.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import pyarrow as pa

from treadle.checks.privacy import unreserved
from treadle.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

BLOCK = 1 << 20
LONGEST = 1 << 20
"""Characters of a line that are looked at together; a longer line is looked at in parts that overlap."""
OVERLAP = 256
KEPT = 10_000
"""Findings that are kept; all are counted."""
_COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
TEST_CARDS = frozenset(
    {"4111111111111111", "4242424242424242", "5555555555554444", "378282246310005", "6011111111111117", "3530111333300000",
     "4012888888881881", "5105105105105100", "371449635398431", "30569309025904", "4000000000000002"}
)  # fmt: skip
"""Card numbers that issuers and payment services publish for tests."""


@dataclass(frozen=True)
class Personal:
    """One finding: its line and column (from 1, in code points), what kind it is, the text, and what would have been fine."""

    line: int
    column: int
    kind: str
    text: str
    expected: str


@dataclass
class Scan:
    """All findings of a file: the first of them, and how many of each kind."""

    lines: int = 0
    findings: list[Personal] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """How many findings there are."""
        return sum(self.kinds.values())

    def add(self, finding: Personal) -> None:
        """Count a finding."""
        self.kinds[finding.kind] += 1
        if len(self.findings) < KEPT:
            self.findings.append(finding)


@dataclass(frozen=True)
class Kind:
    """A kind of number: a pattern, a test of what it finds, and what would have been fine."""

    name: str
    pattern: re.Pattern[str]
    is_one: Callable[[str], bool]
    expected: str


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def luhn(digits: str) -> bool:
    """Tell whether the last digit is the check digit of ISO/IEC 7812-1."""
    doubled = [int(each) * (1 + place % 2) for place, each in enumerate(reversed(digits))]
    return sum(each - 9 * (each > 9) for each in doubled) % 10 == 0


def _is_card(text: str) -> bool:
    digits = _digits(text)
    return 13 <= len(digits) <= 19 and luhn(digits) and digits not in TEST_CARDS and len(set(digits)) > 1


def _is_us(text: str) -> bool:
    area, group, serial = text.split("-")
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"


def _is_nino(text: str) -> bool:
    plain = text.replace(" ", "").upper()
    return (
        plain[:2] not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ", "QQ"}
        and plain[0] not in "DFIQUV"
        and plain[1] not in "DFIOQUV"
    )


def _is_iban(text: str) -> bool:
    plain = text.replace(" ", "").upper()
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(each, 36)) for each in moved)) % 97 == 1


def _is_spanish(text: str) -> bool:
    plain = text.upper().replace("-", "")
    number = int(plain[:-1].translate(str.maketrans("XYZ", "012")))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == plain[-1]


def _is_french(text: str) -> bool:
    digits = _digits(text)
    return len(digits) == 15 and 97 - int(digits[:13]) % 97 == int(digits[13:])


def _is_indian(text: str) -> bool:
    """Tell whether twelve digits end in the check digit of Verhoeff, which Aadhaar numbers do."""
    check = 0
    for place, each in enumerate(reversed(_digits(text))):
        check = _VERHOEFF_D[check][_VERHOEFF_P[place % 8][int(each)]]
    return check == 0


_VERHOEFF_D, _VERHOEFF_P = (
    [list(map(int, row)) for row in rows.split()]
    for rows in (
        "0123456789 1234067895 2340178956 3401289567 4012395678 5987604321 6598710432 7659821043 8765932104 9876543210",
        "0123456789 1576283094 5803796142 8916043527 9453126870 4286573901 2793806415 7046913258",
    )
)

KINDS = (
    Kind("card number", re.compile(
        r"(?<![\w.+-])(?:[2-6][0-9]{3}(?:[ -]?[0-9]{4}){2}(?:[ -]?[0-9]{1,7})|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5})"
        r"(?![\w-]|\.[0-9])"),
         _is_card, "no card number, or one that issuers publish for tests"),
    Kind("identity number", re.compile(r"(?<![\w-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![\w-])"), _is_us,
         "no social security number of the United States"),
    Kind("identity number", re.compile(r"(?<!\w)[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D](?!\w)"), _is_nino,
         "no national insurance number of the United Kingdom"),
    Kind("identity number", re.compile(r"(?<![\w-])[0-9XYZ][0-9]{7}-?[A-HJ-NP-TV-Z](?![\w-])"), _is_spanish,
         "no DNI or NIE number of Spain"),
    Kind("identity number", re.compile(
        r"(?<!\w)[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]) ?[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}(?!\w)"), _is_french,
         "no social security number of France"),
    Kind("identity number", re.compile(r"(?<![\w.-])[2-9][0-9]{3} [0-9]{4} [0-9]{4}(?![\w.-])"), _is_indian,
         "no Aadhaar number of India"),
    Kind("account number", re.compile(r"(?<!\w)[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)"), _is_iban,
         "no IBAN (ISO 13616)"),
)  # fmt: skip
_ANY_DIGITS = re.compile(r"[0-9]{2}")
_COMPANY = r"(?=,? (?:Inc|Ltd|LLC|GmbH|Corp|AG|SE|plc|PLC|S\.A|Bank|Stores|Limited|Corporation)\b)"
_ADDRESS_KINDS = (
    ("e-mail", "e-mail address"),
    ("a link", "link"),
    ("an IP", "IP address"),
    ("a telephone", "telephone number"),
)


@cache
def _firms() -> re.Pattern[str]:
    """Return the pattern of all names."""
    lines = resources.files("treadle").joinpath("data/firms.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")][1:]
    named = sorted((re.escape(name) for name, plain in rows if not plain), key=len, reverse=True)
    plain = [re.escape(name) + _COMPANY for name, plain in rows if plain]
    return re.compile(rf"(?<![\w./@-])(?:{'|'.join([*named, *plain])})(?![\w-]|\.\w|/[0-9])")


def scan_file(path: Path) -> Scan:
    """Look through a file of any size, plain or compressed with gzip or zstd; `-` is standard input. Raises `UsageError`."""
    if str(path) == "-":
        return scan_lines(_lines(sys.stdin.buffer))
    if not path.is_file():
        raise UsageError(
            f"{path} is {'no file' if path.exists() else 'not there'}: expected a file, or - for standard input"
        )
    with path.open("rb") as file:
        head = file.read(4)
    kind = next((name for mark, name in _COMPRESSIONS.items() if head.startswith(mark)), None)
    try:
        with pa.input_stream(str(path), compression=kind, buffer_size=BLOCK) as stream:
            return scan_lines(_lines(stream))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _lines(stream: BinaryIO) -> Iterator[tuple[int, int, str]]:
    """Yield lines by number, those that are very long in parts: the line, the column before its first character, and the text."""
    number, rest, before = 1, b"", 0
    while block := stream.read(BLOCK):
        *whole, rest = (rest + block).split(b"\n")
        for each in whole:
            yield number, before, each.decode("utf-8", "replace")
            number, before = number + 1, 0
        if len(rest) > LONGEST:
            cut = rest[:-OVERLAP].decode("utf-8", "replace")
            yield number, before, rest.decode("utf-8", "replace")
            before, rest = before + len(cut), rest[-OVERLAP:]
    if rest:
        yield number, before, rest.decode("utf-8", "replace")


def scan_lines(lines: Iterable[tuple[int, int, str]]) -> Scan:
    """Look through numbered lines."""
    scan, last = Scan(), 0
    seen: set[tuple[int, int, str]] = set()
    for number, before, text in lines:
        if number != last:
            seen.clear()
        scan.lines, last = number, number
        for begin, kind, found, expected in findings(text):
            place = (number, before + begin + 1, kind)
            if place not in seen:
                seen.add(place)
                scan.add(Personal(number, before + begin + 1, kind, found, expected))
    return scan


def findings(text: str) -> list[tuple[int, str, str, str]]:
    """Return what is found in a text, in order: where it begins, its kind, the text, and what was expected."""
    kept: list[tuple[int, str, str, str]] = []
    end = -1
    for each in sorted(
        [*_numbers(text), *_addresses(text), *_named(text)], key=lambda found: (found[0], -len(found[2]))
    ):
        if each[0] + len(each[2]) > end:  # what lies within another finding is a part of that
            kept.append(each)
            end = each[0] + len(each[2])
    return kept


_STANDARDS = ("://opentelemetry.io", "opentelemetry.io", "json-schema.org", "www.w3.org")
"""Hosts in the names that published standards give their schemas: not links to anybody."""


def _addresses(text: str) -> Iterator[tuple[int, str, str, str]]:
    if len(text) < 6:
        return
    before: dict[str, int] = {}
    for found, expected in unreserved(text):
        begin = text.find(found, before.get(found, 0))
        before[found] = begin + len(found)
        kind = next(name for mark, name in _ADDRESS_KINDS if mark in expected)
        if found not in _STANDARDS:
            yield begin, kind, found, expected


def _numbers(text: str) -> Iterator[tuple[int, str, str, str]]:
    if not _ANY_DIGITS.search(text):
        return
    for kind in KINDS:
        for found in kind.pattern.finditer(text):
            if kind.is_one(found[0]):
                yield found.start(), kind.name, found[0], kind.expected


def _named(text: str) -> Iterator[tuple[int, str, str, str]]:
    for found in _firms().finditer(text):
        yield found.start(), "firm", found[0], "an invented name, and not that of a real firm"
