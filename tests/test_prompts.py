"""Texts that a model can write: how they are declared, and what is said of a declaration that does not fit."""

from __future__ import annotations

import pytest

import treadle as td

FIELDS = {"city": td.choice(["Oslo", "Rome"]), "days": td.integer(2, 9), "tags": td.sample(["a", "b", "c"], 2)}


def made(**options):
    return td.Recipe("r", {**FIELDS, "t": td.written("a postcard", **options)})


def test_without_a_model_the_facts_stand_in_a_row():
    record = td.generate(made(facts=["city", "{days} days", "tags"])).record(3)
    assert record["t"] == f"{record['city']}; {record['days']} days; {' and '.join(record['tags'])}."


def test_a_template_of_ones_own_takes_their_place():
    record = td.generate(made(facts=["city"], text="Greetings from {city}!")).record(3)
    assert record["t"] == f"Greetings from {record['city']}!"


def test_a_prompt_decides_no_record_and_no_fingerprint():
    plain, other = made(facts=["city"], text="{city}"), made(facts=["city", "days"], text="{city}", families=["short"])
    assert plain.fingerprint() == other.fingerprint()
    assert plain.prompts_sha256() != other.prompts_sha256()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"facts": ["town"]}, "unknown field 'town'"),
        ({"facts": ["{days} of {city}"]}, "expected a field's name, or one in literal text"),
        ({"facts": ["city.name"]}, "unknown fact 'city.name': did you mean 'city'"),
        ({"facts": ["city"], "withhold": ["secret"]}, "unknown field 'secret'"),
        ({"facts": ["city"], "schema": {"minimum": 3}}, "schema: unknown keyword 'minimum'"),
        ({"facts": ["city"], "schema": {"type": "integer"}}, "expected 'string'"),
        ({"facts": ["city"], "records_per_call": 0}, "records_per_call=0: expected 1 to 200"),
        ({"facts": ["city"], "words": {"days": {"2": "two"}}}, "words: unknown fact 'days'"),
        ({}, r"expected facts=\[...\], or text=..."),
    ],
)
def test_what_does_not_fit_is_told(options, told):
    with pytest.raises(td.TreadleError, match=told):
        td.generate(made(**options))


def test_a_prompt_is_read_from_a_file(tmp_path):
    path = tmp_path / "postcard.toml"
    path.write_text(
        'version = "3"\ntext = "a postcard"\nfacts = ["city:PLACE", "{days} days"]\n[schema]\nmaxLength = 80\n'
    )
    prompt = td.read_prompt(path)
    assert (prompt.version, prompt.facts[0].entity, prompt.facts[1].after) == ("3", "PLACE", " days")
    assert td.generate(td.Recipe("r", {**FIELDS, "t": td.written(prompt)})).record(0)["t"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("text = ", "is no TOML file"),
        ('tone = "x"\ntext = "y"', "unknown key 'tone'"),
        ("", "expected what is to be written"),
    ],
)
def test_a_file_that_is_no_prompt_is_told(tmp_path, content, told):
    path = tmp_path / "p.toml"
    path.write_text(content)
    with pytest.raises(td.UsageError, match=told):
        td.read_prompt(path)
    with pytest.raises(td.UsageError, match="cannot be read"):
        td.read_prompt(tmp_path / "none.toml")
