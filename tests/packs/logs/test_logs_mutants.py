"""Mutants: one for every rule, rejected for it alone, with a true answer key; and users' validators that are tried on them."""

from __future__ import annotations

import json
import re
import sys

import pytest

from running import treadle, treadle_here
from treadle.errors import UsageError
from treadle.packs.logs.domain import ParseError
from treadle.packs.logs.killing import kill_table
from treadle.packs.logs.mutants import check, mutants
from treadle.run.domains import records_of


@pytest.fixture
def source(domain):
    return records_of(domain.reference, 42)


def test_every_rule_has_a_mutant_that_it_alone_rejects(domain, source):
    found = list(mutants(domain, source))
    assert {mutant.rule_id: mutant.scope for mutant in found} == domain.rule_names()
    for mutant in found:
        assert check(domain, mutant) == [mutant.rule_id]


def test_answer_keys_name_the_place(domain, source):
    """The pointer of a mutant is where our validator finds the fault; the column of a raw one where the parser stops."""
    for mutant in mutants(domain, source, 400):
        if mutant.scope == "raw":
            with pytest.raises(ParseError) as error:
                domain.form(mutant.form).parse(mutant.entry)
            assert mutant.pointer == f"column {error.value.column}"
            continue
        found = domain.judge_all(mutant.entry) if mutant.scope == "sequence" else domain.judge(mutant.entry)
        assert (mutant.pointer, mutant.expected, mutant.got) == (found[0].pointer, found[0].expected, found[0].got)
        assert mutant.expected
        assert mutant.got


def test_the_valid_record_behind_a_mutant_is_valid(domain, source):
    for mutant in mutants(domain, source):
        assert not domain.judge(source(mutant.record, mutant.record + 1)[0])


def test_more_mutants_are_others(domain, source):
    """Asked for more than there are rules, each rule is broken in other records."""
    rules = len(domain.rule_names())
    lines = [mutant.line() for mutant in mutants(domain, source, 2 * rules)]
    assert len(lines) == 2 * rules
    assert len(set(lines)) > 1.9 * rules
    assert lines == [mutant.line() for mutant in mutants(domain, source, 2 * rules)]


def test_the_table_counts_our_kills(domain, source):
    table = kill_table(domain, source)
    assert table.ours == (len(domain.rule_names()), len(domain.rule_names()))


def test_the_command_prints_the_table():
    done = treadle("mutants", "logs.agent")
    assert re.search(
        r"^agent\.schema\.additionalProperties +record ", done.stdout, re.MULTILINE
    )  # whole, whatever the width
    assert done.returncode == 0, done.stderr
    assert "agent.total.input_tokens" in done.stdout
    assert "(100.0 %)" in done.stdout.replace("\n", " ")


def validator(tmp_path, body):
    script = tmp_path / "validator.py"
    script.write_text(f"import json, sys\n{body}\n", encoding="utf-8")
    return f"{sys.executable} {script} {{file}}"


def test_a_validator_of_ones_own_gets_its_score(tmp_path, monkeypatch):
    """One that knows that a turn has an answer kills a few mutants, and its score says so; fewer than all exit with 1."""
    monkeypatch.setattr(
        "treadle.packs.logs.killing.mutants", lambda domain, records: list(mutants(domain, records))[:6]
    )
    command = validator(
        tmp_path,
        "for line in open(sys.argv[1]):\n    record = json.loads(line)\n"
        "    sys.exit(type(record) is not dict or 'timestamp' not in record)",
    )
    from treadle.run.domains import find_domain  # noqa: PLC0415  # behind the patch

    table = kill_table(find_domain("agent")[1], records_of("logs.agent", 42), command)
    by_rule = {each.mutant.rule_id: each.theirs for each in table.verdicts}
    assert by_rule["agent.schema.type"]
    assert by_rule["agent.schema.timestamp.required"]
    assert not by_rule["agent.schema.timestamp.pattern"]
    assert 0 < table.theirs[0] < table.theirs[1] == 6


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("true", "expected {file}"),
        ("no-such-command-anywhere {file}", "cannot be run"),
        ("false {file}", "rejects 20 valid records"),
        ("'", "cannot be read as a command"),
    ],
)
def test_a_command_that_cannot_judge_is_told(domain, source, command, told):
    with pytest.raises(UsageError) as error:
        kill_table(domain, source, command)
    assert told in str(error.value)


def test_an_unknown_domain_is_told(capsys):
    assert treadle_here("mutants", "logs") == 2
    assert "name one of logs.agent, logs.api, logs.cv" in capsys.readouterr().err
    assert treadle_here("mutants", "apy") == 2
    assert "unknown domain 'apy'" in capsys.readouterr().err


def test_invalid_files_hold_the_key(tmp_path):
    """`raw/NAME_invalid.jsonl` has each rule, with the keys that the answer is looked up by."""
    assert treadle_here("generate", "logs.cv", "-n", 20, "--files", "invalid", "-o", tmp_path, "--quiet") == 0
    lines = [json.loads(line) for line in (tmp_path / "raw" / "cv_invalid.jsonl").read_text("utf-8").splitlines()]
    assert {each["scope"] for each in lines} == {"record", "sequence", "raw"}
    assert all({"rule_id", "scope", "pointer", "expected", "got", "record", "entry"} <= each.keys() for each in lines)
    assert [each.name for each in tmp_path.rglob("*")] == ["raw", "cv_invalid.jsonl"]
