"""Prompts with cases, hints, records left to the templates, a check of their own, and faults in what a model wrote."""

from __future__ import annotations

import json

import numpy as np
import pytest

import treadle as td
from serving import PRICES
from treadle.checks.edits import by_field, restored
from treadle.errors import RecipeError
from treadle.llm.asking import Asker
from treadle.plan import compile_recipe


def shouts(text: str, case: str) -> str:
    """Turn down what begins like record 2 of case `ask`."""
    return "is not wanted" if case == "ask" and text.startswith("rec-000002") else ""


def asked(**more) -> td.Recipe:
    fields = {
        "kind": td.quota(["ask", "tell"]),
        "rare": td.chance("0.3"),
        "mood": td.choice(["calm", "cross"]),
        "fault": td.quota({"none": 1, "slips": 1}),
        "by_whom": td.choice(["template"]),
        "about": td.nested("mood", "by_whom"),
        "text": td.written(
            td.Prompt("a line", hints=(), unless="rare"),
            text="{kind} something about the weather",
            cases=("kind", {"ask": td.Prompt("a question", families=("short", "long")), "tell": td.Prompt("a report")}),
            **more,
        ),
        "size": td.length("text"),
    }
    return td.Recipe(
        "asked",
        fields,
        columns=["kind", "rare", "about", "text"],
        checks=[td.check("long enough", "size > 3")],
        faults=td.faults(["text"], by="fault", groups={"slips": ["keyboard_typo"]}),
        writer_in="by_whom",
    )


def written(recipe, path, model, spec="openai:fake"):
    writer = td.Writer(spec, base_url=model.url, records_per_call=5, attempts=2, fallback="template", **PRICES)
    td.generate(recipe, count=40).write(path, writer=writer)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_records_left_to_the_templates_are_theirs_and_every_record_says_who_wrote_it(tmp_path, model):
    rows = written(asked(), tmp_path / "o.jsonl", model)
    assert {row["rare"] for row in rows} == {True, False}
    for row in rows:
        assert (row["writer"] == "template") == row["rare"]
        assert row["about"]["by_whom"] == row["writer"]


def test_what_a_model_wrote_gets_faults_that_lead_back(tmp_path, model):
    rows = written(asked(), tmp_path / "o.jsonl", model)
    faulty = [row for row in rows if row["edits"] and row["writer"] != "template"]
    assert faulty
    texts = restored([row["text"] for row in rows], [by_field(row["edits"]).get("text", []) for row in rows])
    for row, text in zip(rows, texts, strict=True):
        assert text.startswith("rec-") == (row["writer"] != "template")


def test_facts_are_those_of_the_run_without_a_model(tmp_path, model):
    rows = written(asked(), tmp_path / "o.jsonl", model)
    plain = list(td.generate(asked(), count=40))
    assert [(row["kind"], row["about"]["mood"]) for row in rows] == [
        (row["kind"], row["about"]["mood"]) for row in plain
    ]


def test_a_case_tells_its_own_words_and_families(model):
    asker = Asker(compile_recipe(asked()), td.Writer("openai:fake", base_url=model.url))
    assert "- ask: a question\n- tell: a report" in asker.opening.replace("\\n", "\n")
    _, blocks = asker.blocks(np.arange(40, dtype=np.uint64))
    for held in blocks.values():
        for block in held:
            assert block.lines().splitlines()[1] == f"kind: {block.case}"
            assert (block.family in {"short", "long"}) == (block.case == "ask")


def test_a_text_that_its_own_check_turns_down_is_asked_for_again(tmp_path, model):
    recipe = asked(accept=shouts)
    rows = written(recipe, tmp_path / "o.jsonl", model)
    for number, row in enumerate(rows):
        if number == 2 and row["kind"] == "ask" and not row["rare"]:
            assert row["writer"] == "template"


def test_a_case_that_is_no_value_is_told():
    fields = {
        "kind": td.quota(["ask", "tell"]),
        "text": td.written("a line", text="x", cases=("kind", {"aks": td.Prompt("a question")})),
    }
    with pytest.raises(RecipeError, match="did you mean 'ask'"):
        compile_recipe(td.Recipe("wrong", fields))
