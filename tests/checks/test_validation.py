"""A dataset passes as it was written, in every format; whatever is changed in it by hand is found, with its place."""

from __future__ import annotations

import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import treadle as td
from running import RECIPES, manifest_of, sidecar
from treadle.checks import reading
from treadle.checks.findings import Tally
from treadle.errors import UsageError
from treadle.run.source import Source
from treadle.run.validate import validate

COUNT = 40
FORMATS = ("o.jsonl", "o.json", "o.csv", "o.parquet", "jsonl/", "csv/", "parquet/")
WORDS = " ".join(f"{{{name}}}" for name in ("a", "b", "c", "d", "e") * 7)
RECIPE = td.Recipe(
    "parcels",
    {
        "id": td.uuid(),
        "label": td.quota(["late", "in time"]),
        "split": td.quota(["train", "test"], across="label"),
        "cities": td.sample(["Oslo", "Rome", "Lima"], (1, 3)),
        "paid": td.decimal(1, 90, places=2),
        "due": td.date("2025-01-01", "2025-03-01"),
        "tip": td.integer(-5, 9, when="paid > 20"),
        "gift": td.chance("0.5"),
        "stops": td.each((0, 2), {"place": td.choice(["=dock", "gate"]), "hours": td.integer(1, 9)}),
        "mail": td.text('{cities|join(".")|lower}@example.com'),
        "text": td.text('The parcel to {cities} is {label}, it was due {due|date("%d %B %Y")}. Call +1-555-0123.'),
        "story": td.text(WORDS),
    },
    labels=["label"],
    vocabularies={name: [name + other for other in "aeiouy"] for name in "abcde"},
)  # fmt: skip
SOURCE = Source.of(RECIPE)


@pytest.fixture
def written(tmp_path):
    """Return a written dataset, JSON lines with the spans inline."""
    td.generate(RECIPE, count=COUNT).write(tmp_path / "o.jsonl")
    return tmp_path / "o.jsonl"


def found(path, source=SOURCE, **options):
    """Return what fails: the violations kept of each check that has any."""
    report = validate(path, source, **options)
    assert report.clean == (not any(tally.violations for tally in report.tallies))
    return {tally.check: tally.examples for tally in report.tallies if tally.violations}


def change(path, number, **values):
    """Put other values into a record of a file of JSON lines."""
    lines = path.read_text("utf-8").splitlines()
    row = json.loads(lines[number]) | values
    lines[number] = json.dumps({name: value for name, value in row.items() if value is not ...}, ensure_ascii=False)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def row_of(path, number):
    return json.loads(path.read_text("utf-8").splitlines()[number])


@pytest.mark.parametrize("name", FORMATS)
def test_what_was_written_passes(tmp_path, name):
    """Every check looks at every record, in every format, with truth beside or within."""
    folder = name.endswith("/")
    more = {"format": name[:-1], "shard_size": 16} if folder else {}
    td.generate(RECIPE, records=(7, 7 + COUNT)).write(f"{tmp_path}/{name}", **more)
    report = validate(tmp_path / name, SOURCE)
    assert report.clean, found(tmp_path / name)
    assert {tally.records for tally in report.tallies} == {COUNT}
    assert [tally.check for tally in report.tallies] == [
        "readable", "schema", "values", "spans", "unique", "duplicates", "near duplicates", "privacy", "characters",
    ]  # fmt: skip


@pytest.mark.parametrize("truth", ["none", "sidecar"])
@pytest.mark.parametrize("raw", [True, False])
def test_csv_without_truth_passes(tmp_path, truth, raw):
    """Apostrophes before cells that a spreadsheet would run are no violation, told or not."""
    td.generate(RECIPE, count=COUNT).write(tmp_path / "o.csv", truth=truth, raw_csv=raw)
    assert found(tmp_path / "o.csv") == {}


@pytest.mark.parametrize("name", ["intents", "profile", "resume_pair", "api_logs"])
def test_the_examples_pass(tmp_path, name):
    """Nothing is found in data that is as it should be."""
    reference = str(RECIPES.parent.parent / "examples" / f"{name}.py")
    td.generate(reference, count=2000).write(tmp_path / "o.csv")
    assert found(tmp_path / "o.csv", None) == {}


def test_hostile_texts_are_found_for_their_characters_alone(tmp_path):
    """The wide recipe has line separators in its data, and every kind of field; it is right in all else."""
    for name in ("o.jsonl", "o.csv", "o.parquet"):
        td.generate(f"{RECIPES / 'wide.py'}:wide", count=200).write(tmp_path / name)
        wrong = found(tmp_path / name, None)
        assert list(wrong) == ["characters"]
        assert "U+2028" in wrong["characters"][0].found


@pytest.mark.parametrize(
    ("check", "column", "values"),
    [
        ("values", "label", {"label": "early"}),
        ("values", "split", {"split": "dev"}),
        ("values", "cities", {"cities": ["Oslo", "Atlantis"]}),
        ("schema", "paid", {"paid": "12.50"}),
        ("schema", "paid", {"paid": 12.505}),
        ("schema", "paid", {"paid": None}),
        ("schema", "tip", {"tip": 1.5}),
        ("schema", "gift", {"gift": 1}),
        ("schema", "cities", {"cities": "Oslo"}),
        ("schema", "stops", {"stops": [{"place": "gate"}]}),
        ("schema", "due", {"due": ...}),
        ("schema", "colour", {"colour": "red"}),
        ("characters", "story", {"story": "one \u202e two"}),
        ("characters", "story", {"story": "one \x1b[31m two"}),
        ("privacy", "mail", {"mail": "rome@gmail.com"}),
        ("privacy", "story", {"story": "call (212) 867-5309"}),
        ("privacy", "stops", {"stops": [{"place": "at 8.8.8.8", "hours": 1}]}),
    ],
)
def test_a_changed_value_is_found(written, check, column, values):
    """One record is changed by hand: its check names record, line and column."""
    change(written, 3, **values)
    wrong = found(written)[check]
    assert [(each.record, each.place, each.column) for each in wrong] == [(3, "line 4", column)]
    assert wrong[0].expected


@pytest.mark.parametrize(
    ("move", "expected"),
    [
        (lambda span: {"start": span["start"] + 1}, "the characters that say"),
        (lambda span: {"start": span["start"] - 2, "end": span["end"] - 2}, "the characters that say"),
        (lambda _: {"end": 99_999}, "within the text's"),
        (lambda span: {"start": span["end"]}, "within the text's"),
        (lambda _: {"start": -1}, "within the text's"),
        (lambda _: {"start": "0"}, "within the text's"),
        (lambda _: {"field": "paid"}, "a text of the record"),
        (lambda _: {"type": "PLANET"}, "that the recipe has"),
    ],
)
@pytest.mark.parametrize("fact", ["cities", "label", "due"])
def test_a_moved_span_is_found(written, move, expected, fact):
    """Out of range, off by one, of another field or type."""
    spans = row_of(written, 5)["spans"]
    place = next(place for place, span in enumerate(spans) if (span["field"], span["fact"]) == ("text", fact))
    spans[place] |= move(spans[place])
    change(written, 5, spans=spans)
    (wrong,) = found(written)["spans"]
    assert wrong.record == 5
    assert expected in wrong.expected


def test_swapped_texts_show_in_their_spans(written):
    """The texts of two records are exchanged."""
    first, other = (row_of(written, number)["text"] for number in (1, 2))
    change(written, 1, text=other)
    change(written, 2, text=first)
    assert {each.record for each in found(written, limit=50)["spans"]} == {1, 2}


def test_duplicates_are_found(written):
    """A long text that stands again, one that differs in case and marks, and an identifier; short texts are noted."""
    row = row_of(written, 0)
    change(written, 9, story=row["story"], id=row["id"])
    change(written, 11, story=row["story"].upper() + "!")
    wrong = found(written)
    assert [(each.record, each.column, each.found) for each in wrong["duplicates"]] == [(9, "story", "as in record 0")]
    assert [(each.record, each.found) for each in wrong["near duplicates"]] == [(11, "as in record 0")]
    assert [(each.record, each.column) for each in wrong["unique"]] == [(9, "id")]
    notes = {tally.check: tally.note for tally in validate(written, SOURCE).tallies}
    assert "short texts that come again: mail" in notes["duplicates"]


def test_lines_that_cannot_be_read_are_counted_and_passed_over(written, monkeypatch):
    """Broken JSON, another kind of value, bytes that are no text, an endless line: each with its line, and the rest is read."""
    lines = written.read_bytes().splitlines(keepends=True)
    lines[2], lines[4], lines[6] = lines[2][:50] + b"\n", b"[1, 2]\n", b'{"a": "\xff"}\n'
    lines[8] = b"x" * 9000 + b"\n"
    lines[10] = b"\n"
    lines[12] = b'{"a": NaN}\n'
    written.write_bytes(b"".join(lines))
    monkeypatch.setattr(reading, "LONGEST_LINE", 8000)
    report = validate(written, SOURCE, limit=9)
    readable = report.tallies[0]
    assert [each.place for each in readable.examples] == [f"line {number}" for number in (3, 5, 7, 9, 11, 13)]
    assert [each.record for each in readable.examples] == [2, 4, 6, 8, 10, 12]
    assert (readable.records, report.records) == (COUNT, COUNT - 6)
    assert not any(tally.violations for tally in report.tallies[1:])


def test_records_that_are_missing_are_noticed(written):
    """The manifest says how many there are."""
    written.write_text("".join(written.read_text("utf-8").splitlines(keepends=True)[:-3]), "utf-8")
    (wrong,) = found(written)["readable"]
    assert (wrong.found, wrong.expected) == ("37 records", "40, as the manifest says")


def test_a_cut_parquet_file_is_found(tmp_path):
    """The file ends too early: nothing can be read, and that is a violation."""
    path = tmp_path / "o.parquet"
    td.generate(RECIPE, count=COUNT).write(path)
    path.write_bytes(path.read_bytes()[:-100])
    wrong = found(path)["readable"]
    assert wrong[0].place == "behind row 0"
    assert wrong[0].expected == "a whole Parquet file"


def test_parquet_of_other_columns_is_found(tmp_path):
    """A column less, one more, one of another type."""
    path = tmp_path / "o.parquet"
    td.generate(RECIPE, count=COUNT).write(path)
    table = pq.read_table(path).drop_columns(["due"]).append_column("more", pa.array(range(COUNT)))
    table = table.set_column(table.schema.get_field_index("paid"), "paid", table["paid"].cast(pa.string()))
    pq.write_table(table, path)
    assert {each.column for each in found(path, limit=200)["schema"]} == {"due", "more", "paid"}


def test_damaged_csv_is_found(tmp_path):
    """Rows of another length are named by their number; a cell that is no number, and bytes that are no text, are found."""
    path = tmp_path / "o.csv"
    td.generate(RECIPE, count=COUNT).write(path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = b"1,2,3\r\n"
    lines[6] = lines[6].replace(b",late,", b",later,").replace(b",in time,", b",later,")
    path.write_bytes(b"".join(lines))
    wrong = found(path)
    assert [(each.record, each.place) for each in wrong["readable"]] == [(2, "row 3")]
    assert "3 cells where the header has 12" in wrong["readable"][0].found
    assert [(each.record, each.place) for each in wrong["values"]] == [(5, "row 6")]
    path.write_bytes(b"".join(lines[:8]) + b"\xff\xfe" + b"".join(lines[8:]))
    assert re.fullmatch(r"byte \d+ is not UTF-8", found(path)["readable"][0].found)


def test_a_binary_file_as_csv_is_found(tmp_path, capfd):
    """Cells of another number that are no text are found, and print no traceback."""
    path = tmp_path / "o.csv"
    path.write_bytes(b"a,b\n1,2\n\x96\n")
    assert found(path)["readable"][0].found == "byte 8 is not UTF-8"
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("damage", "line", "message"),
    [
        (lambda text: text.replace('"label":"late"', '"label":late', 1), None, "Expecting value"),
        (lambda text: text[:-40], None, "Unterminated string"),
        (lambda text: text + "more", None, "behind the end"),
        (lambda text: text.replace('"examples"', '"rows"'), None, "no list 'examples'"),
        (lambda _: "3", 1, "neither a list nor an object"),
        (lambda _: "", 1, "neither a list nor an object"),
    ],
)
def test_damaged_documents_are_found(tmp_path, damage, line, message):
    """A JSON document is read example by example as far as it is whole; the place of the damage is told."""
    path = tmp_path / "o.json"
    td.generate(RECIPE, count=COUNT).write(path)
    path.write_text(damage(path.read_text("utf-8")), "utf-8")
    wrong = found(path, limit=99)["readable"][0]
    assert message in wrong.found
    assert line is None or wrong.place == f"line {line}"


def test_documents_are_read_block_by_block(tmp_path, monkeypatch):
    """However small the blocks, and whether the document is a list or an object with one."""
    from treadle.checks import documents  # noqa: PLC0415

    rows = [{"n": number, "text": "é" * number, "deep": [{"a": [1, 2.5, None]}]} for number in range(60)]
    monkeypatch.setattr(documents, "BLOCK", 7)
    for content in (rows, {"metadata": {"examples": 3, "n": [1]}, "examples": rows, "more": 1}):
        path = tmp_path / "o.json"
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False), "utf-8")
        with path.open("rb") as file:
            assert list(documents.examples(file)) == rows


def test_a_truth_file_must_fit(tmp_path):
    """Gone, too short, too long, of other records, or damaged: each is found."""
    path = tmp_path / "o.csv"
    td.generate(RECIPE, count=COUNT).write(path)
    lines = sidecar(path).read_text("utf-8").splitlines(keepends=True)
    for changed, expected in (
        (lines[:-1], "a line for each record"),
        ([*lines, lines[0]], "the end of the file"),
        (lines[:7] + lines[8:9] + lines[8:], "record=7"),
        ([*lines[:7], "{\n", *lines[8:]], "a JSON object"),
    ):
        sidecar(path).write_text("".join(changed), "utf-8")
        assert expected in found(path)["readable"][0].expected
    sidecar(path).unlink()
    assert "the truth file" in found(path)["readable"][0].expected


def test_data_of_others_is_checked_as_far_as_can_be(tmp_path):
    """Without a recipe: equal columns, spans in their texts, addresses and characters."""
    path = tmp_path / "theirs.jsonl"
    rows = [{"a": "x", "b": 1}, {"a": "mail me: joe@gmail.com"}, {"a": "x", "b": 2, "c": 3}, {"a": "\x07", "b": 2}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    wrong = found(path, None)
    assert [(each.record, each.column) for each in wrong["schema"]] == [(1, "b"), (2, "c")]
    assert [each.record for each in wrong["privacy"]] == [1]
    assert [each.record for each in wrong["characters"]] == [3]


def test_failed_records_leave_their_numbers_out(tmp_path):
    """Records that failed are in no file; those behind them keep their numbers."""
    checked = td.Recipe("r", {"n": td.serial(), "t": td.text("x {n}")}, checks=[td.check("some", "n > 2")])
    path = tmp_path / "o.csv"
    with pytest.raises(td.TreadleError, match="3 of 10 records failed"):
        td.generate(checked, count=10).write(path)
    assert found(path, Source.of(checked)) == {}
    path.write_text(path.read_text("utf-8").replace("9,x 9", "9,x 8"), "utf-8")
    assert [(each.record, each.place) for each in found(path, Source.of(checked))["spans"]] == [(9, "row 7")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.jsonl", None, "is not there"),
        ("o.txt", "a", "expected a file that ends in .jsonl"),
        ("folder", "", "holds no part-\\* files"),
    ],
)
def test_what_is_no_dataset_is_named(tmp_path, name, content, message):
    """One message, and nothing is checked."""
    if name == "folder":
        (tmp_path / name).mkdir()
    elif content is not None:
        (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(UsageError, match=message):
        validate(tmp_path / name)


def test_a_recipe_that_did_not_make_it_is_refused(written):
    """The manifest's columns are none of its fields."""
    with pytest.raises(UsageError, match="has no field 'cities'"):
        validate(written, Source.of(td.Recipe("other", {"id": td.serial()})))
    manifest_of(written).unlink()
    assert "schema" in found(written, Source.of(td.Recipe("other", {"id": td.serial()})))


def test_many_violations_are_counted_and_few_are_kept(written):
    """It never stops at the first."""
    for number in range(20):
        change(written, number, label="x")
    tally = next(tally for tally in validate(written, SOURCE, limit=2).tallies if tally.check == "values")
    assert (tally.violations, len(tally.examples)) == (20, 2)
    assert validate(written, SOURCE, limit=0).clean is False


@pytest.mark.parametrize("name", ["o.jsonl", "o.json", "o.csv", "o.parquet"])
def test_few_rows_are_in_memory_at_once(tmp_path, name):
    """Rows come by the chunk, numbered without a gap, whatever the size of the file."""
    td.generate(RECIPE, count=2000).write(tmp_path / name, truth="none")
    read = list(reading.chunks(reading.Layout([reading.Part(tmp_path / name)]), Tally("readable", 3)))
    assert max(len(chunk.rows) for chunk in read) == reading.ROWS
    assert [number for chunk in read for number in chunk.numbers] == list(range(2000))
