"""check-pii: what could be somebody's is found in any file, with its place; what is reserved, or only looks like it, is not."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from running import treadle_here
from treadle.checks import pii
from treadle.checks.pii import findings, luhn, scan_file

FOUND = {
    "write to ann@acme-tools.com today": ("e-mail address", "ann@acme-tools.com"),
    "seen at 8.8.8.8 today": ("IP address", "8.8.8.8"),
    "from 2a00:1450:4001:81b::200e": ("IP address", "2a00:1450:4001:81b::200e"),
    "see https://acme-tools.com/x": ("link", "acme-tools.com"),
    "call +1 212 736 5000 now": ("telephone number", "+1 212 736 5000"),
    "card 4539 1488 0343 6467": ("card number", "4539 1488 0343 6467"),
    "amex 371449635398443": None,
    "ssn 536-22-1234": ("identity number", "536-22-1234"),
    "078-05-1120": ("identity number", "078-05-1120"),  # which could be a telephone number, too
    "nino AB123456C.": ("identity number", "AB123456C"),
    "dni 12345678Z": ("identity number", "12345678Z"),
    "nie X1234567L": ("identity number", "X1234567L"),
    "iban DE89 3704 0044 0532 0130 00": ("account number", "DE89 3704 0044 0532 0130 00"),
    "she joined Deutsche Bank in May": ("firm", "Deutsche Bank"),
    "owned by Apple Inc since": ("firm", "Apple"),
}
CLEAN = [
    "ann@example.com, 192.0.2.7, 2001:db8::1, https://shop.example/x, +1 212 555 0123",
    "test cards 4242 4242 4242 4242 and 4111111111111111",
    "order 4539148803436468 has a wrong check digit",
    "ssn 666-12-3456 and 923-10-3456 are never given out",
    "Chrome/142.0.0.0 Safari/537.36, version 8.8.8",
    "an apple a day; the shell of a snail; a total of 3",
    "DE89 3704 0044 0532 0130 01 fails its check, and 12345678A its letter",
    "0.123456789012345 and 1767187981472 and 4539.1488",
    "7b1e3c9a4f0d4242424242424242 in a hash",
]


@pytest.mark.parametrize(("text", "found"), FOUND.items())
def test_what_could_be_somebodys_is_found(text, found):
    got = [(kind, seen) for _, kind, seen, _ in findings(text)]
    assert got == ([] if found is None else [found])
    if found is not None:
        assert text[findings(text)[0][0] :].startswith(found[1])


@pytest.mark.parametrize("text", CLEAN)
def test_what_belongs_to_nobody_is_left_alone(text):
    assert findings(text) == []


@given(st.integers(10**14, 10**15 - 1))
def test_one_digit_in_ten_checks(body):
    """Exactly one last digit makes a number pass (ISO/IEC 7812-1)."""
    assert sum(luhn(f"{body}{digit}") for digit in range(10)) == 1


@given(st.text(max_size=300))
def test_any_text_can_be_looked_through(text):
    for begin, _, seen, _ in findings(text):
        assert text[begin : begin + len(seen)] == seen


def test_line_and_column_are_told(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("nothing\n\n  ünï ann@acme-tools.com and bob@acme-tools.com\n", encoding="utf-8")
    assert [(each.line, each.column) for each in scan_file(path).findings] == [(3, 7), (3, 30)]


def test_compressed_files_and_bytes_of_any_kind(tmp_path):
    packed, odd = tmp_path / "x.gz", tmp_path / "x.bin"
    packed.write_bytes(gzip.compress(b"8.8.8.8\n" * 3_000))
    odd.write_bytes(bytes(range(256)) * 20 + b"\n8.8.4.4\n")
    assert scan_file(packed).count == 3_000
    assert scan_file(odd).kinds["IP address"] == 1


def test_a_very_long_line_is_looked_through_in_parts(tmp_path, monkeypatch):
    """What lies across a cut is found once, at its place."""
    monkeypatch.setattr(pii, "LONGEST", 5_000)
    monkeypatch.setattr(pii, "BLOCK", 1_000)
    text = ("x " * 2_450 + "8.8.8.8 ") * 4
    path = tmp_path / "x.txt"
    path.write_text(text, encoding="utf-8")
    places = [at for at in range(len(text)) if text.startswith("8.8.8.8", at)]
    assert [each.column - 1 for each in scan_file(path).findings] == places


def test_the_command_says_where_and_exits_with_one(tmp_path, capsys):
    path = tmp_path / "x.txt"
    path.write_text("mail ann@acme-tools.com\x1b[31m\n", encoding="utf-8")
    assert treadle_here("check-pii", path) == 1
    shown = capsys.readouterr().out.replace("\n", "").replace(" ", "")
    assert "x.txt:1:6:e-mailaddress" in shown
    assert "\x1b[31m" not in shown
    assert treadle_here("check-pii", path, "--json") == 1
    (found,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]  # a line each, however long
    assert (found["line"], found["column"]) == (1, 6)
    path.write_text("nothing here\n", encoding="utf-8")
    assert treadle_here("check-pii", path) == 0
    assert "0 findings" in capsys.readouterr().out.replace("\n", " ")
    assert treadle_here("check-pii", tmp_path / "none") == 2


def test_our_own_data_hold_nobody(tmp_path):
    """All files of all log domains, raw ones too."""
    assert treadle_here("generate", "logs", "-n", 2000, "--files", "valid,raw", "-o", tmp_path, "--quiet") == 0
    for path in [path for path in tmp_path.rglob("*") if path.is_file() and "manifest" not in path.name]:
        assert scan_file(path).findings == [], path.name
