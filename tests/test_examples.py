"""The examples are short, run, keep their quotas, agree with themselves, and name nobody and nothing that exists."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

import treadle as td

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
NAMES = ("profile", "resume_pair", "intents", "api_logs")
COUNT = 200

MAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
LINK = re.compile(r"https?://([\w.-]+)")
ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
PHONE = re.compile(r"\+\d[\d -]{6,}\d")
RESERVED = re.compile(r"(?:.*\.)?(?:example\.(?:com|net|org)|[\w-]+\.(?:example|test|invalid))")
DOCUMENTATION = [IPv4Network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]


def reference(name: str) -> str:
    return str(EXAMPLES / f"{name}.py")


@cache
def records(name: str) -> tuple[dict, ...]:
    return tuple(td.generate(reference(name), count=COUNT, seed=42))


def strings(value: object) -> list[str]:
    """Return every text of a record, however deep."""
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inside for text in strings(each)]


def everything(name: str) -> list[str]:
    return [text for record in records(name) for text in strings(record)]


def treadle(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "treadle.cli", *arguments], capture_output=True, encoding="utf-8", check=False, cwd=ROOT
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_has_ten_to_forty_lines(name):
    assert 10 <= len((EXAMPLES / f"{name}.py").read_text(encoding="utf-8").splitlines()) <= 40


@pytest.mark.parametrize("path", sorted((EXAMPLES / "data").iterdir()), ids=lambda path: path.name)
def test_every_list_says_in_its_head_where_it_comes_from(path):
    assert "Apache-2.0" in "".join(path.read_text(encoding="utf-8").splitlines()[:2])


@pytest.mark.parametrize("name", NAMES)
def test_every_record_asked_for_is_made(name):
    assert len(records(name)) == COUNT


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_empty_or_ragged(name):
    for text in everything(name):
        assert text
        assert text == text.strip(), text
        assert not re.search(r"  | ,|\{(?!id\}|page\}|word\})", text), text


@pytest.mark.parametrize(
    ("name", "label", "shares"),
    [
        ("profile", "status", {"active": 176, "closed": 24}),
        ("resume_pair", "label", {"match": 100, "no match": 100}),
        ("intents", "intent", {"write_function": 48, "fix_error": 40, "explain_code": 28, "write_tests": 20}
         | dict.fromkeys(("convert_code", "review_code", "speed_up", "set_up"), 16)),
        ("api_logs", "outcome", {"ok": 188, "refused": 9, "failed": 3}),
    ],
)  # fmt: skip
def test_labels_come_in_their_exact_shares(name, label, shares):
    assert label in td.generate(reference(name), count=0).recipe.labels
    assert Counter(record[label] for record in records(name)) == shares


@pytest.mark.parametrize("name", NAMES)
def test_addresses_are_from_ranges_kept_for_examples(name):
    """E-mail, links, IP addresses and phone numbers belong to nobody: RFC 2606, RFC 5737, 555-0100 to 555-0199."""
    for text in everything(name):
        for domain in (*MAIL.findall(text), *LINK.findall(text)):
            assert RESERVED.fullmatch(domain), text
        for address in ADDRESS.findall(text):
            assert any(IPv4Address(address) in net for net in DOCUMENTATION), text
        for phone in PHONE.findall(text):
            assert re.fullmatch(r"\+1-555-01\d\d", phone), text


def test_the_patterns_find_what_they_are_for():
    assert any(MAIL.search(text) for text in everything("profile"))
    assert any(PHONE.search(text) for text in everything("resume_pair"))
    assert any(ADDRESS.search(text) for text in everything("api_logs"))
    assert not RESERVED.fullmatch("example.com.evil.io")


@pytest.mark.parametrize("name", NAMES)
def test_spans_mark_what_they_say(name):
    """A span lies in its text, and its characters are the value it names but for case and articles."""
    for record in records(name):
        for span in record["spans"]:
            text = record[span["field"]]
            assert 0 <= span["start"] < span["end"] <= len(text)
            if span["type"] in {"language", "error", "task", "skill", "ip", "first", "last"}:
                assert text[span["start"] : span["end"]].lower() == span["value"].lower()


@pytest.mark.parametrize("name", NAMES)
def test_show_and_describe_work(name):
    shown = treadle("show", reference(name), "--record", "17")
    assert shown.returncode == 0
    assert "record 17" in shown.stdout
    described = treadle("describe", reference(name))
    assert described.returncode == 0
    assert "label" in described.stdout


def test_a_customer_agrees_with_itself():
    of = json.loads((EXAMPLES / "data" / "countries.json").read_text(encoding="utf-8"))
    rows = records("profile")
    assert len({row["customer"] for row in rows}) == COUNT
    for row in rows:
        country = row["country"]
        first, _, last = row["name"].partition(" ")
        assert row["city"] in of["city"][country]
        assert first in of["first"][country]
        assert last in of["last"][country]
        assert any(row["company"].endswith(form) for form in of["form"][country])
        assert row["email"].startswith(of["plain"]["first"][first])
        assert row["email"].isascii()
        assert (row["closed_on"] is not None) == (row["status"] == "closed")
        assert (row["spent"] is not None) == (row["last_order"] is not None) == (row["orders"] > 0)
        assert row["spent"] is None or row["spent"] >= 4.9 * row["orders"] - 0.001


def test_a_pair_has_the_label_that_its_score_says():
    """The score follows from the skills in the texts: what is asked for, and what the résumé has of it."""
    of = json.loads((EXAMPLES / "data" / "trades.json").read_text(encoding="utf-8"))["skills"]
    for row in records("resume_pair"):
        asked = [each["skill"] for each in row["asks"]]
        has = {span["value"] for span in row["spans"] if span["field"] == "resume" and span["type"] == "skill"}
        core = list(of[row["trade"]])[:6]
        weight = {skill: 2 if skill in core else 1 for skill in asked}
        points = sum(weight[skill] for skill in asked if skill in has)
        assert round(row["score"] * 10_000) == 10_000 * points // sum(weight.values())
        assert (row["label"] == "match") == (row["score"] > 0.5)
        assert all(skill in row["job"] for skill in asked)


def test_prompts_say_what_they_are_labelled_with():
    rows = records("intents")
    for row in rows:
        assert row["language"].lower() in row["text"].lower()
        assert (row["target"] is not None) == (row["intent"] == "convert_code")
        assert row["target"] != row["language"]
    train, test = ({row["task"] for row in rows if row["split"] == split} - {None} for split in ("train", "test"))
    assert train
    assert test
    assert not train & test


def test_a_request_is_told_alike_by_its_fields_and_its_line():
    line = re.compile(
        r'(\S+) - (\S+) \[03/Mar/2025:\d\d:\d\d:\d\d \+0000\] "(\S+) (\S+) HTTP/1\.1" (\d{3}) (\d+|-) "-" "([^"]+)"'
    )
    for row in records("api_logs"):
        ip, user, method, path, status, size, _ = line.fullmatch(row["raw"]).groups()
        assert (ip, method, path, int(status)) == (row["ip"], row["method"], row["path"], row["status"])
        assert user == ("-" if row["user"] is None else f"u{row['user']}")
        assert size == ("-" if row["bytes"] is None else str(row["bytes"]))
        assert (row["error"] is not None) == (row["status"] >= 400) == (row["outcome"] != "ok")
        assert {"ok": 0, "refused": 400, "failed": 500}[row["outcome"]] <= row["status"]


def test_prompts_take_a_word_list_of_a_package(tmp_path):
    """The list in the docs is an object of objects by language; other packages keep a list under one name."""
    shapes = {"linguist.json": {"Ada": {"extensions": [".adb"]}, "Zig": {"extensions": [".zig"]}},
              "listed.json": {"about": "a remark", "languages": ["Ada", "Zig"]}}  # fmt: skip
    for file, content in shapes.items():
        (tmp_path / file).write_text(json.dumps(content), encoding="utf-8")
        out = tmp_path / f"{file}l"
        done = treadle(
            "generate", reference("intents"), "-n", "60", "--vocab", f"language={tmp_path / file}", "-o", str(out)
        )
        assert done.returncode == 0, done.stderr
        made = [json.loads(row) for row in out.read_text(encoding="utf-8").splitlines()]
        assert {row["language"] for row in made} == {"Ada", "Zig"}


def test_word_list_says_where_a_file_of_a_package_is():
    script = [sys.executable, str(EXAMPLES / "word_list.py")]
    found = subprocess.run([*script, "numpy", "numpy/__init__.py"], capture_output=True, encoding="utf-8", check=True)
    assert Path(found.stdout.strip()).is_file()
    missing = subprocess.run([*script, "no-such-package", "x"], capture_output=True, encoding="utf-8", check=False)
    assert missing.returncode == 1
    assert "pip install no-such-package" in missing.stderr
