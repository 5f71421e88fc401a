"""`treadle validate` reads any dataset of texts with intents: what was changed in it is found, and nothing breaks it."""

from __future__ import annotations

import json

import pytest

import treadle as td
from treadle.packs.intents.validate import checks, language, structure, variety
from treadle.run.validate import validate

FOREIGN = [
    {"text": "What is the capital of Peru?", "intent": "question_answering"},
    {"text": "Write a poem about rain", "intent": "creative_writing"},
]


@pytest.fixture(scope="module")
def rows():
    return list(td.generate("intents", count=1200, truth=False))


def written(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def failures(path, **options):
    report = validate(path, **options)
    return {tally.check: tally.violations for tally in report.tallies if tally.violations}


def test_a_dataset_of_ours_passes_with_and_without_a_manifest(rows, tmp_path):
    assert not failures(written(tmp_path / "o.jsonl", rows))
    path = tmp_path / "document.json"
    path.write_text(json.dumps({"metadata": {}, "examples": rows}), encoding="utf-8")
    assert not failures(path)


def test_a_dataset_of_others_is_known_by_its_columns(tmp_path):
    report = validate(written(tmp_path / "o.jsonl", FOREIGN))
    assert report.clean
    assert report.recipe == "intents"
    assert {tally.check for tally in report.tallies if tally.verdict == "left out"} == {"intents: edge cases"}


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"intent": "weather"}, "intents: structure"),
        ({"text": "ab"}, "intents: structure"),
        ({"text": "x" * 1001}, "intents: structure"),
        ({"text": 5}, "intents: structure"),
        ({"confidence": 0.2}, "intents: structure"),
        ({"confidence": True}, "intents: structure"),
        ({"confidence": "0.9"}, "intents: structure"),
        ({"mood": "good"}, "intents: structure"),
        ({"metadata": []}, "intents: structure"),
        ({"generated_at": "yesterday"}, "intents: structure"),
        ({"text": "half a character \ud83d"}, "intents: structure"),
        ({"text": "very " * 40}, "intents: variety of words"),
        ({"text": "так не пишут по-английски"}, "intents: language"),
        ({"text": "write to jane.roe@gmail.com about it"}, "privacy"),
        ({"metadata": {"edge_type": "short"}}, "intents: edge cases"),
        ({"metadata": {"edge_type": "ambiguous", "other_intent": None}}, "intents: edge cases"),
    ],
)
def test_a_changed_row_is_found(rows, tmp_path, change, check):
    kept = next(row for row in rows if not row["metadata"]["edge_type"] and len(row["text"]) > 60)
    path = written(tmp_path / "o.jsonl", [*rows[:5], {**kept, **change}])
    assert check in failures(path)


def test_a_missing_label_is_found(tmp_path):
    path = written(tmp_path / "o.jsonl", [*FOREIGN, {"text": "no label here"}])
    assert failures(path) == {"intents: structure": 1}


def test_labels_dealt_out_anew_do_not_agree_with_their_texts(rows, tmp_path):
    labels = [row["intent"] for row in rows]
    shuffled = [{**row, "intent": label} for row, label in zip(rows, labels[7:] + labels[:7], strict=True)]
    found = failures(written(tmp_path / "o.jsonl", shuffled))
    assert "label agreement" in found


def test_violations_and_suspected_labels_go_to_a_file(rows, tmp_path):
    path, kept = written(tmp_path / "o.jsonl", [{**rows[0], "text": "ab"} for _ in range(9)]), tmp_path / "v.jsonl"
    report = validate(path, violations=kept)
    lines = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    assert len([line for line in lines if line["check"] == "intents: structure"]) == 9
    assert len(next(tally for tally in report.tallies if tally.check == "intents: structure").examples) == 3


def test_violations_are_written_beside_a_dataset_that_has_any(tmp_path):
    path = written(tmp_path / "o.jsonl", [*FOREIGN, {"text": "What?", "intent": "weather"}])
    assert not validate(path).clean
    assert "weather" in (tmp_path / "o.jsonl.violations.jsonl").read_text(encoding="utf-8")
    assert validate(written(tmp_path / "p.jsonl", FOREIGN)).clean
    assert not (tmp_path / "p.jsonl.violations.jsonl").exists()


def test_one_text_again_and_again_is_no_dataset(rows, tmp_path):
    long = next(row for row in rows if len(row["text"].split()) > 40)
    found = failures(written(tmp_path / "o.jsonl", [long] * 50))
    assert found["duplicates"] == 49
    assert found["near duplicates (MinHash)"] == 49


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"text": "What is rain?", "intent": "question_answering"', "line 1"),
        (b'\xff\xfe{"text": 1}', "line 1"),
        (b'{"text": "What is it?", "text": "Twice?", "intent": "reasoning"}\n', "twice"),
        (b'{"text": "What is it?", "intent": "reasoning", "confidence": NaN}\n', "NaN"),
        (b'["no object"]\n', "a JSON object"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path, content, told):
    path = tmp_path / "o.jsonl"
    path.write_bytes(content)
    report = validate(path)
    first = report.tallies[0]
    assert first.check == "readable"
    assert first.violations == 1
    assert told in f"{first.examples[0].place} {first.examples[0].found} {first.examples[0].expected}"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"examples": [{"text": "What is rain?", "intent": "reasoning"},\n {"text": }]}', "column 11"),
        ('{"examples": [{"text": "What is rain?", "intent": "reasoning"}', "end of the file"),
        ('{"examples": [{"text": "What is rain?", "confidence": NaN}]}', "NaN"),
        ('{"examples": [{"text": "a", "text": "b"}]}', "twice"),
    ],
)
def test_a_damaged_document_is_told_with_its_place(tmp_path, content, told):
    path = tmp_path / "o.json"
    path.write_text(content, encoding="utf-8")
    report = validate(path, None)
    found = report.tallies[0].examples[0]
    assert told in f"{found.place} {found.found} {found.expected}"


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(rows, tmp_path):
    text = "".join(json.dumps(row) + "\r\n" for row in rows[:20])
    path = tmp_path / "o.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert not failures(path)
    document = tmp_path / "o.json"
    document.write_bytes(b"\xef\xbb\xbf" + json.dumps({"examples": rows[:20]}, indent=1).replace("\n", "\r\n").encode())
    assert not failures(document)


def test_checks_stand_alone():
    """Each takes rows of any kind of values, and finds nothing in an empty list."""
    for needs, look, *_ in checks(None).values():
        assert not list(look([]))
        assert set(needs) <= {"text", "intent", "metadata"}
    assert not list(structure([dict(FOREIGN[0])]))
    assert not list(variety([{"text": "a b c"}]))
    assert not list(language([{"text": "", "metadata": None}]))
