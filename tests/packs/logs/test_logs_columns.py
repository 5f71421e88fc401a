"""Reading by columns: what it takes it reads as the exact way does, to the byte, and what it cannot prove it leaves over."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packs.logs.conftest import NAMES, made
from packs.logs.test_logs_round_trip import hostile
from treadle.packs.logs import parse as parsing
from treadle.packs.logs.domain import ParseError, json_line
from treadle.packs.logs.parse import parse
from treadle.run.domains import find_domain
from treadle.run.source import Source, compiled

DOMAINS = {name: find_domain(name)[1] for name in NAMES}
FORMS = [(name, form) for name in NAMES for form, known in DOMAINS[name].forms.items() if known.columns]
MARKS = ["", "x", '"', "0", "-", ".", "\\", "{", ",", "\u2028", "\x01", "null"]
NUMBERS = [
    "0", "-0", "01", "0.10", "0.1", "1.0", "1.00", "1e5", "1E5", "-0.0", "0.0001", "0.00001", "1.", ".5", "12345678901234567",
    "0.1234567890123456", "123456789012345678901", "NaN", "Infinity", "true", "null", '"1"', "", "+1", "1.50", "-1", "0x1",
]  # fmt: skip


def exact(form, line):
    """Return the line's record as the exact way reads it, None where it refuses."""
    try:
        return json_line(form.parse(line)) + b"\n"
    except ParseError:
        return None


def check(form, lines):
    """Hold lines read by columns against the exact way; return which were taken."""
    taken = form.columns("".join(f"{line}\n" for line in lines).encode())
    assert len(taken.good) == len(lines)
    for place, (line, good) in enumerate(zip(lines, taken.good.tolist(), strict=True)):
        assert bytes(taken.records(place, place + 1)) == (exact(form, line) if good else b"")
    assert sum(last - first for first, last, _ in taken.runs()) == len(lines)
    return taken.good


def written(name, form, count):
    """Return raw lines of the generator."""
    column = DOMAINS[name].forms[form].column
    plan = compiled(Source.of(f"logs.{name}", [column]), 7, trace=False)
    return plan.arrow(plan.draw(np.arange(count, dtype=np.uint64)).batch, truth=False)[column].to_pylist()


def test_the_whole_forms_are_read_by_columns():
    assert ("api", "otlp") in FORMS
    assert ("cv", "json") in FORMS


@pytest.mark.parametrize(("name", "form"), FORMS, ids=lambda each: each)
def test_lines_of_the_generator_are_taken(name, form):
    """Nearly all: Python writes a few small numbers in another way."""
    good = check(DOMAINS[name].forms[form], written(name, form, 3_000))
    assert good.mean() > 0.97


@given(st.data())
@pytest.mark.parametrize(("name", "form"), FORMS, ids=lambda each: each)
def test_hostile_values_are_read_as_ever_or_left_over(name, form, data):
    """Among others in one block, so that no line leads another astray."""
    known = DOMAINS[name].forms[form]
    records = data.draw(st.lists(hostile(name, form) | st.sampled_from(made(name, 0, 256)).map(json.loads), max_size=6))
    check(known, [known.write(record) for record in records])


@given(st.data())
@pytest.mark.parametrize(("name", "form"), FORMS, ids=lambda each: each)
def test_damaged_lines_are_read_as_ever_or_left_over(name, form, data):
    """A character, or a stretch, taken out or put in at any places of some lines."""
    known = DOMAINS[name].forms[form]
    lines = []
    for record in data.draw(st.lists(st.sampled_from(made(name, 0, 64)), min_size=1, max_size=4)):
        line = known.write(json.loads(record))
        for _ in range(data.draw(st.integers(0, 2))):
            at = data.draw(st.integers(0, len(line)))
            line = line[:at] + data.draw(st.sampled_from(MARKS)) + line[at + data.draw(st.integers(0, 30)) :]
        lines.append(line)
    check(known, lines)


@pytest.mark.parametrize(("name", "form"), FORMS, ids=lambda each: each)
def test_a_line_that_is_damaged_at_any_byte(name, form):
    """Each character of a line is taken out, doubled or changed in turn; all of these lines stand in one block."""
    known = DOMAINS[name].forms[form]
    line = min(written(name, form, 40), key=len)
    changed = [line[:at] + mark + line[at + 1 :] for at in range(len(line)) for mark in ("", line[at] * 2, "0", '"')]
    check(known, changed)


@pytest.mark.parametrize(("name", "form"), FORMS, ids=lambda each: each)
def test_numbers_that_python_writes_otherwise(name, form):
    """Every number of a line is replaced by every one of a list."""
    known = DOMAINS[name].forms[form]
    line = min(written(name, form, 40), key=len)
    spans, at = [], 0
    while at < len(line):
        end = at
        while end < len(line) and line[end] in "-0123456789.":
            end += 1
        if end > at and line[at - 1] in ':",[':
            spans.append((at, end))
        at = end + 1
    assert len(spans) > 5
    check(known, [line[:begin] + number + line[end:] for begin, end in spans for number in NUMBERS])


@pytest.mark.parametrize("chunk", [1 << 10, 1 << 20])
@pytest.mark.parametrize(("name", "form"), FORMS, ids=lambda each: each)
def test_a_log_is_read_the_same_with_and_without(name, form, chunk, tmp_path, monkeypatch):
    """Records in their order, rejects with their lines, columns and reasons, and all counts."""
    known = DOMAINS[name].forms[form]
    lines = [line.encode() for line in written(name, form, 120)]
    lines[3], lines[4], lines[40], lines[41] = b"", b"  ", lines[40][:50], lines[41] + b"\r"
    lines[60], lines[61] = lines[60].replace(b":", b": "), lines[61].replace(b"e", b"\xff", 1)
    lines[80:83] = [b"null", b"[]", lines[80] + b" "]
    source = tmp_path / "x.log"
    source.write_bytes(b"\n".join(lines))
    monkeypatch.setattr(parsing, "CHUNK", chunk)
    told, found = [], []
    for number, each in enumerate((known, replace(known, columns=None))):
        output = tmp_path / f"{number}.jsonl"
        own = replace(DOMAINS[name], forms={form: each})
        told.append(parse(own, source, output))
        found.append([path.read_bytes() for path in (output, tmp_path / f"{number}.rejects.jsonl")])
    assert found[0] == found[1]
    assert told[0] == told[1]
    assert told[0].rejected >= 4
