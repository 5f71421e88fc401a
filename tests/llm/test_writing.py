"""Texts of models in the flow: the facts are those of the offline run, and all that follows takes them like any other text."""

from __future__ import annotations

import json

import polars as pl
import pytest

import treadle as td
from llm_reading import facts_in, lines_of, manifest_at
from running import treadle_here
from serving import served
from treadle.llm.fake import counts, server
from treadle.run.validate import validate
from treadle.run.verify import verify

WRITTEN = {"text", "spans", "writer"}


def test_facts_labels_and_ids_are_those_of_the_offline_run(tmp_path, write):
    offline = tmp_path / "offline.jsonl"
    td.generate(facts_in(write), count=30).write(offline)
    online = lines_of(write(30))
    for record, (plain, written) in enumerate(zip(lines_of(offline), online, strict=True)):
        assert {k: v for k, v in plain.items() if k not in WRITTEN} == {
            k: v for k, v in written.items() if k not in WRITTEN
        }
        assert written["text"].startswith("rec-"), record
        assert written["text"] != plain["text"], record


def test_spans_of_stated_facts_are_found_and_published(write):
    for row in lines_of(write(20)):
        held = {(span["type"], span["value"]) for span in row["spans"]}
        assert ("PRODUCT", row["product"]) in held
        assert ("days", str(row["days"])) in held
        assert {value for kind, value in held if kind == "TOPIC"} == set(row["topics"])
        for span in row["spans"]:
            assert row["text"][span["start"] : span["end"]].casefold() == span["value"].casefold()


@pytest.mark.parametrize("name", ["o.jsonl", "o.csv", "o.parquet", "o.json"])
def test_what_models_wrote_is_validated_and_verified_like_any_other(write, name):
    path = write(25, name)
    assert validate(path).clean
    assert verify(path, slices=None).shards >= 1


def test_every_format_holds_the_same_texts(write):
    texts = [row["text"] for row in lines_of(write(15, "a.jsonl"))]
    assert pl.read_csv(write(15, "a.csv"))["text"].to_list() == texts
    assert pl.read_parquet(write(15, "a.parquet"))["text"].to_list() == texts


def test_each_record_says_who_wrote_it(write):
    rows = lines_of(write(50, spec="template:0.8,openai:fake:0.2"))
    wrote = [row["writer"] for row in rows]
    assert wrote.count("template") == 40
    assert wrote.count("openai:fake") == 10
    assert all(row["text"].startswith("rec-") == (row["writer"] == "openai:fake") for row in rows)


def test_the_templates_texts_of_a_mixed_run_are_those_of_the_offline_run(tmp_path, write):
    offline = tmp_path / "offline.jsonl"
    td.generate(facts_in(write), count=20).write(offline)
    mixed = lines_of(write(20, spec="template:0.5,openai:fake:0.5"))
    for plain, row in zip(lines_of(offline), mixed, strict=True):
        if row["writer"] == "template":
            assert (row["text"], row["spans"]) == (plain["text"], plain["spans"])


def test_the_bytes_do_not_depend_on_how_the_run_was_carried_out(write, model):
    """Concurrency, faults and shards change nothing where the answers are equal."""
    plain = write(60, "plain.jsonl").read_bytes()
    assert write(60, "alone.jsonl", concurrency=1).read_bytes() == plain
    model.behave(faults={"429": 0.2, "500": 0.1, "drop": 0.1}, retry_after=0.05)
    assert write(60, "faulty.jsonl", max_retries=20).read_bytes() == plain


def test_a_record_that_never_passes_fails_and_says_why(write, model):
    model.behave(faults={"forget": 1.0})
    with pytest.raises(td.TreadleError, match=r"10 of 10 records failed.*a model's text: does not state: 10"):
        write(10, attempts=2)


def test_with_fallback_the_templates_fill_the_place(write, model, tmp_path):
    offline = tmp_path / "offline.jsonl"
    td.generate(facts_in(write), count=10).write(offline)
    model.behave(faults={"refusal": 1.0})
    path = write(10, attempts=2, fallback="template")
    assert [(row["writer"], row["text"]) for row in lines_of(path)] == [
        ("template", row["text"]) for row in lines_of(offline)
    ]
    assert manifest_at(path)["writing"]["fallbacks"] == 10


def test_the_manifest_holds_a_cost_for_every_record_that_adds_up(write, model):
    model.behave(faults={"badjson": 0.3})
    told = manifest_at(write(40))["writing"]
    assert len(told["ledger"]) == 40
    each = [int(line.rpartition("nanodollars=")[2]) for line in told["ledger"].values()]
    assert sum(each) == told["spent_nanodollars"] > 0


def test_every_rejected_attempt_is_counted_with_its_reason(write, model):
    model.behave(faults={"badjson": 0.3, "leak": 0.2}, seed=5)
    rejected = manifest_at(write(40))["rejected"]
    assert rejected["text: the answer is not valid JSON"] > 0
    assert any("someone@gmail.com" in reason for reason in rejected)


def test_requests_name_their_records_and_facts(write, tmp_path):
    path = write(10)
    treadle_here("journal", "export", path, "-o", tmp_path / "j.jsonl")
    rows = lines_of(path)
    for answer in lines_of(tmp_path / "j.jsonl"):
        first = int(answer["user"].removeprefix("rec-"))
        prompt = answer["messages"][-1]["content"]
        assert prompt.startswith(f"rec-{first} text\n")
        stated = [line for line in prompt.splitlines() if line.startswith("must state: ")]
        assert len(stated) == 5
        assert stated[0].startswith(f"must state: {rows[first]['product']}; {rows[first]['days']} days; ")


def test_a_written_text_that_another_field_reads_is_refused(tmp_path, model):
    recipe = td.Recipe(
        "chained",
        {"a": td.choice(["x", "y"]), "t": td.written("a word", facts=["a"]), "u": td.text("so: {t}")},
    )
    with pytest.raises(td.UsageError, match=r"field 'u' reads 't', which a model writes"):
        td.generate(recipe).write(tmp_path / "o.jsonl", writer=td.Writer("openai:fake", base_url=model.url))


def test_a_recipe_without_such_texts_says_how_to_declare_one(tmp_path, wide_file, model):
    with pytest.raises(td.UsageError, match=r"treadle.written"):
        td.generate(wide_file).write(tmp_path / "o.jsonl", writer=td.Writer("openai:fake", base_url=model.url))


def test_near_duplicates_are_asked_for_again_in_the_order_of_the_records(tmp_path):
    """A model that says the same of two records is asked anew for the later one; what it says then counts."""
    recipe = td.Recipe("twins", {"city": td.choice(["Oslo"]), "t": td.written("a line", facts=["city"])})
    with served() as serving:
        said = []

        def same(body, record, fault, *, original=server.content_of):
            said.append(record)
            words = "a long line of words that nobody would ever say twice of one and the same Oslo"
            if "Wording" in body["messages"][-1]["content"] or len(said) == 1:
                return original(body, record, fault)
            return json.dumps({"texts": [{"number": 1, "text": words}]}), "stop"

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(server, "content_of", same)
            path = tmp_path / "o.jsonl"
            writer = td.Writer("openai:x", base_url=serving.url, records_per_call=1, concurrency=1)
            td.generate(recipe, count=5).write(path, writer=writer)
        texts = [row["t"] for row in lines_of(path)]
        assert len(set(texts)) == 5
        assert manifest_at(path)["rejected"] == {"t: near duplicate": 3}


def test_what_has_to_be_repaired_goes_before_what_was_not_asked_for_yet(write, model, monkeypatch):
    """At the end of a run nothing is left to be repaired but what came last."""
    arrived, original = [], counts.Counts.arrived

    def noted(self, record, now):
        arrived.append(record)
        return original(self, record, now)

    monkeypatch.setattr(counts.Counts, "arrived", noted)
    model.behave(faults={"badjson": 0.1})
    write(60, records_per_call=1, concurrency=1)
    before: dict[int, int] = {}
    gaps = []
    for place, record in enumerate(arrived):
        if record in before:
            gaps.append(place - before[record])
        before[record] = place
    assert gaps
    assert max(gaps) <= 12, "no more go before it than were paid for ahead"
