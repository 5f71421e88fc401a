"""Raw lines parse back into what they were made from: over 100,000 records of a domain, and for hostile values."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packs.logs.conftest import NAMES, made
from treadle.packs.logs.domain import ParseError
from treadle.run.domains import find_domain
from treadle.run.source import Source, compiled

COUNT, BATCH = 100_000, 5_000
DOMAINS = {name: find_domain(name)[1] for name in NAMES}
FORMS = [(name, form) for name in NAMES for form in DOMAINS[name].forms]

HOSTILE = [
    '"', "\\", '\\"', "\n", "\r\n", "\u2028\u2029", "\x00\x1f\x7f\x85", "null", "", "-", "\\x22", "%22", "é😀", "\\u0000",
    "a\tb", "{}[]:,", "<i>",
]  # fmt: skip
TEXT = st.text(max_size=40) | st.sampled_from(HOSTILE)
NUMBER = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1e308, 5e-324, 0.1, 1e16, -1])
WHOLE = st.integers(-(10**30), 10**30)


@pytest.mark.parametrize(("name", "form"), FORMS, ids=lambda each: each)
def test_raw_lines_parse_back(name, form):
    """`parse(raw) == view(record)`, where the view of a whole form is the record itself; our writer in Python agrees."""
    known = DOMAINS[name].forms[form]
    plan = compiled(Source.of(f"logs.{name}", [*DOMAINS[name].inventory.names, known.column]), 42, trace=False)
    lines = 0
    for first in range(0, COUNT, BATCH):
        batch = plan.draw(np.arange(first, first + BATCH, dtype=np.uint64)).batch
        for row in plan.arrow(batch, truth=False).to_pylist():
            line = row.pop(known.column)
            view = known.view(row)
            assert (line is None) == (view is None)
            if line is not None:
                lines += 1
                assert known.parse(line) == view
                assert not known.exact or lines > BATCH or known.write(row) == line
    assert lines > COUNT // 5


def hostile(name, form):
    """Return records in which values of all kinds are replaced, as far as a form can hold them."""
    fields = [each for each in DOMAINS[name].inventory.fields if each.attribute or form == "json"]
    kinds = {"string": TEXT, "integer": WHOLE, "number": NUMBER}
    values = {
        each.name: kinds[each.type] | (st.none() if each.nullable else st.nothing())
        for each in fields
        if each.type in kinds and not each.resource
    }
    bases = st.sampled_from(made(name, 0, 256)).map(json.loads)
    return st.builds(lambda base, changed: {**base, **changed}, bases, st.fixed_dictionaries({}, optional=values))


@given(st.data())
@pytest.mark.parametrize(("name", "form"), [("api", "otlp"), ("agent", "otlp"), ("cv", "json")])
def test_whole_forms_hold_hostile_values(name, form, data):
    """Quotes, line ends, U+2028, empty beside null, huge numbers and negative zero come back as they were."""
    known, record = DOMAINS[name].forms[form], data.draw(hostile(name, form))
    line = known.write(record)
    assert "\n" not in line
    assert known.parse(line) == record


PATHS = st.text(st.characters(exclude_characters=" ?#\t\r\n", exclude_categories=["Cs"]), max_size=30)


@given(
    base=st.sampled_from(made("api", 0, 256)).map(json.loads),
    path=PATHS,
    query=st.none() | PATHS.filter(bool),
    agent=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    referer=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    size=st.none() | st.integers(0, 10**30),
)
def test_combined_lines_hold_hostile_values(*, base, path, query, agent, referer, size):
    """A text that would end the line or its quotes is escaped, and `-` is told from nothing."""
    changed = {
        "url_path": f"/{path}",
        "url_query": query,
        "user_agent_original": agent,
        "http_request_header_referer": referer,
    }
    record = {**base, **changed, "http_response_body_size": size}
    for form in (DOMAINS["api"].forms[name] for name in ("combined", "common")):
        line = form.write(record)
        assert "\n" not in line
        assert form.parse(line) == form.view(record)
        read = form.bulk([line, line])
        assert (read.records, read.errors) == (2, {})
        assert [json.loads(each) for each in read.lines.splitlines()] == [form.view(record)] * 2


@given(
    seed=st.integers(0, 10**18),
    rate=st.floats(0, 1e6, allow_nan=False),
    reached=st.floats(0, 1, exclude_max=True),
    optimizer=TEXT,
)
def test_blocks_hold_hostile_values(seed, rate, reached, optimizer):
    form = DOMAINS["cv"].forms["mllog"]
    trainings = [
        record
        for record in map(json.loads, made("cv", 0, 256))
        if record["phase"] == "training" and record["result"] == "success"
    ]
    record = {**trainings[0], "seed": seed, "learning_rate": rate, "optimizer": optimizer}
    record["top1" if record["top1"] is not None else "ap"] = reached
    assert form.parse(form.write(record)) == form.view(record)


@given(line=st.text(max_size=200))
@pytest.mark.parametrize(("name", "form"), FORMS, ids=lambda each: each)
def test_any_text_is_read_or_refused(name, form, line):
    """A parser raises nothing but `ParseError`, whose column lies within the line or just behind it."""
    known = DOMAINS[name].forms[form]
    try:
        known.parse(line)
    except ParseError as error:
        assert 1 <= error.column <= len(line) + 20  # what is raised is what is tested
        assert error.reason  # as above


@given(st.data())
@pytest.mark.parametrize(("name", "form"), FORMS, ids=lambda each: each)
def test_a_damaged_line_is_read_or_refused(name, form, data):
    """Any character taken out, put in or changed gives a record or a `ParseError`, and nothing else."""
    known = DOMAINS[name].forms[form]
    records = [record for record in map(json.loads, made(name, 0, 256)) if known.view(record) is not None]
    line = known.write(data.draw(st.sampled_from(records)))
    at = data.draw(st.integers(0, len(line) - 1))
    damaged = (
        line[:at]
        + data.draw(st.sampled_from(["", "x", '"', "0", "{", "\u2028"]))
        + line[at + data.draw(st.integers(0, 1)) :]
    )
    try:
        known.parse(damaged)
    except ParseError as error:
        assert error.reason  # what is raised is what is tested
