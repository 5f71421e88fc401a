"""The pack's front door: datasets of typed rows, their files, their counts and their pictures."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from base64 import b64decode
from collections import Counter
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path
from xml.etree import ElementTree as ET

import polars as pl
import pytest

import treadle as td
from treadle.cli import main
from treadle.packs import hiring
from treadle.packs.hiring.recipe import COLUMNS
from treadle.packs.hiring.training import BLOCK

COUNT = 200
SUFFIXES = ("json", "jsonl", "csv", "parquet")
PICTURES = ("label_balance", "level_by_match", "score_histogram", "skill_frequencies")


@pytest.fixture(scope="module")
def generator():
    return hiring.TechJobDataGenerator(seed=42)


@pytest.fixture(scope="module")
def pairs(generator):
    """Return a small dataset that nobody changes."""
    return generator.generate_training_dataset(num_examples=COUNT)


@pytest.fixture(scope="module")
def rows(pairs):
    return list(pairs)


@pytest.fixture(scope="module")
def drawn(generator, pairs, tmp_path_factory):
    """Return the folder of the dataset's pictures."""
    return generator.plot(pairs, tmp_path_factory.mktemp("pictures") / "deep" / "er").parent


def test_the_quick_start_runs_as_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    from treadle.packs.hiring import TechJobDataGenerator  # noqa: PLC0415  # the quick start's own line

    generator = TechJobDataGenerator(seed=42)
    dataset = generator.generate_training_dataset(num_examples=1000)
    generator.save_dataset(dataset, "data/training/synthetic_dataset.json")

    document = json.loads(Path("data/training/synthetic_dataset.json").read_text(encoding="utf-8"))
    assert len(document["examples"]) == len(dataset) == 1000
    assert Counter(row["match_label"] for row in document["examples"]) == {0: 500, 1: 500}
    assert list(document["examples"][0]) == list(COLUMNS)
    generator.save_dataset(dataset, "data/training/synthetic_dataset.json")  # again: it is replaced


def test_the_public_names_are_there_sorted_and_told():
    assert hiring.__all__ == sorted(set(hiring.__all__)) == dir(hiring)
    assert all(getattr(hiring, name).__doc__ for name in hiring.__all__)
    with pytest.raises(AttributeError, match="no attribute 'hirring'"):
        _ = hiring.hirring


def test_importing_the_pack_reads_nothing():
    """Neither NumPy nor any module of the pack is loaded before a name is used."""
    loaded = "[name for name in sys.modules if name == 'numpy' or name.startswith('treadle.packs.hiring.')]"
    asked = f"import sys, treadle.packs.hiring; print({loaded})"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.strip() == "[]"


def test_a_row_has_an_attribute_for_each_column(rows):
    assert [each.name for each in fields(hiring.TrainingExample)] == list(COLUMNS)
    kinds = {each.name: str(each.type).partition("[")[0] for each in fields(hiring.TrainingExample)}
    assert {name: type(getattr(rows[0], name)).__name__ for name in COLUMNS} == kinds
    with pytest.raises(FrozenInstanceError):
        rows[0].score = 1.0
    assert len(set(rows)) == COUNT


def test_a_row_is_its_record(rows):
    record = td.generate("hiring", count=COUNT).record(7)
    assert hiring.TrainingExample.from_record(record) == rows[7]
    assert rows[7].to_record() == {name: value for name, value in record.items() if name in COLUMNS}


def test_a_record_without_a_column_is_refused(rows):
    record = rows[0].to_record()
    del record["score"], record["name"]
    with pytest.raises(td.UsageError, match="record lacks name, score: expected the columns"):
        hiring.TrainingExample.from_record(record)


def test_a_dataset_is_a_sequence(pairs, rows):
    assert len(pairs) == COUNT
    assert pairs[0] == rows[0]
    assert pairs[-1] == rows[-1]
    assert [pairs[place] for place in (BLOCK - 1, BLOCK, 3, COUNT - 2)] == [
        rows[BLOCK - 1],
        rows[BLOCK],
        rows[3],
        rows[-2],
    ]
    assert list(pairs[50:61]) == rows[50:61]
    assert list(pairs[50:61][2:4]) == rows[52:54]
    assert pairs[10:20][-1] == rows[19]
    assert list(pairs[-3:]) == rows[-3:]
    assert pairs[180:10:-60] == rows[180:10:-60]
    assert len(pairs[9:3]) == 0
    assert rows[5] in pairs
    assert repr(pairs) == "<GeneratedDataset of 200 rows>"
    for place in (COUNT, -COUNT - 1):
        with pytest.raises(IndexError, match=f"row {place} of {COUNT}"):
            _ = pairs[place]


def test_rows_do_not_depend_on_how_many_there_are(generator, rows):
    assert list(generator.generate_training_dataset(3)) == rows[:3]
    assert generator.generate_training_dataset(4_000_000_000)[199] == rows[199]


def test_another_seed_gives_other_rows(rows):
    assert hiring.TechJobDataGenerator(7).generate_training_dataset(1)[0] != rows[0]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_saved_is_loaded_again(suffix, generator, pairs, rows, tmp_path):
    path = tmp_path / f"pairs.{suffix}"
    generator.save_dataset(pairs, path)
    loaded = generator.load_dataset(path)
    assert list(loaded) == rows
    assert (loaded[-1], loaded[70], list(loaded[3:5]), len(loaded)) == (rows[-1], rows[70], rows[3:5], COUNT)
    assert sorted(each.name for each in tmp_path.iterdir()) == [path.name, f"{path.name}.manifest.json"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_rows_picked_by_hand_are_saved_too(suffix, generator, pairs, rows, tmp_path):
    """Also in place of a generated dataset, whose manifest would say what is not so."""
    path = tmp_path / "deep" / f"picked.{suffix}"
    picked = [replace(row, name="=1+1", company='"a",\n\u2028b', preferred=()) for row in rows if row.level == "senior"]
    generator.save_dataset(pairs[:3], path)
    generator.save_dataset(picked, path)
    assert list(generator.load_dataset(path)) == picked
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    generator.save_dataset(generator.load_dataset(path), path)
    assert list(generator.load_dataset(path)) == picked


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_rows_are_a_dataset_too(suffix, generator, tmp_path):
    for number, nothing in enumerate((generator.generate_training_dataset(0), [])):
        generator.save_dataset(nothing, tmp_path / f"{number}.{suffix}")
        assert list(generator.load_dataset(tmp_path / f"{number}.{suffix}")) == []


def test_spans_are_saved_when_asked_for(generator, pairs, tmp_path):
    generator.save_dataset(pairs[:5], tmp_path / "pairs.jsonl", truth="inline")
    first = json.loads((tmp_path / "pairs.jsonl").read_text(encoding="utf-8").splitlines()[0])
    span = next(each for each in first["spans"] if each["field"] == "resume_text")
    assert first["resume_text"][span["start"] : span["end"]] == span["value"]
    assert list(generator.load_dataset(tmp_path / "pairs.jsonl")) == list(pairs[:5])
    with pytest.raises(td.UsageError, match="truth='inline': rows that were loaded or picked have no spans"):
        generator.save_dataset(list(pairs[:5]), tmp_path / "pairs.jsonl", truth="inline")


def test_a_file_that_is_there_can_be_kept(generator, pairs, tmp_path):
    generator.save_dataset(pairs[:2], tmp_path / "pairs.jsonl")
    for some in (pairs[:3], list(pairs[:3])):
        with pytest.raises(td.UsageError, match="is there already"):
            generator.save_dataset(some, tmp_path / "pairs.jsonl", overwrite=False)
    assert len(generator.load_dataset(tmp_path / "pairs.jsonl")) == 2


def test_what_is_no_dataset_is_refused(generator, pairs, tmp_path):
    for wrong in (7, "rows", [1, 2], (row for row in pairs)):
        with pytest.raises(td.UsageError, match=r"dataset=\w+: expected what generate_training_dataset"):
            generator.save_dataset(wrong, tmp_path / "pairs.json")
    with pytest.raises(td.UsageError, match=r"expected a name that ends in \.json"):
        generator.save_dataset(list(pairs[:1]), tmp_path / "pairs.txt")


def line(**changed):
    """Return a JSON line with every column, some of them changed or (None) left out."""
    usual = {"str": "x", "int": 1, "float": 0.5, "bool": False, "tuple": []}
    whole = {each.name: usual[str(each.type).partition("[")[0]] for each in fields(hiring.TrainingExample)} | changed
    return json.dumps({name: value for name, value in whole.items() if value is not None})


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.jsonl", "{", r"x\.jsonl: cannot be read as jsonl"),
        ("x.jsonl", line() + "\n[1]\n", r"record 1: expected an object, found \[1\]"),
        ("x.jsonl", line(score=None, split=None), "record 0: lacks score, split: expected the columns"),
        ("x.jsonl", line(score="high"), "record 0: score='high': expected float"),
        ("x.jsonl", line(skills="SQL"), "record 0: skills='SQL': expected tuple"),
        ("x.jsonl", line(years=2**70), r"x\.jsonl: cannot be read as jsonl"),
        ("x.jsonl", b"\xff\xfe", "expected UTF-8 text"),
        ("x.json", '{"rows": []}', "expected a JSON list, or an object with a list in `examples`"),
        ("x.csv", "person_id,name\r\nx,y\r\n", "record 0: lacks record, resume_text"),
        ("x.csv", ",".join(COLUMNS) + "\r\n" + ",".join("z" for _ in COLUMNS), "record 0: a cell does not hold"),
        ("x.parquet", "no parquet", "cannot be read as parquet"),
        ("x.txt", "x", r"expected a name that ends in \.json \.jsonl \.csv or \.parquet"),
    ],
)
def test_a_damaged_file_is_told_with_its_place(name, content, told, generator, tmp_path):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(td.UsageError, match=told):
        generator.load_dataset(path)


def test_a_file_that_is_not_there_is_told(generator, tmp_path):
    with pytest.raises(td.UsageError, match="there is no such file"):
        generator.load_dataset(tmp_path / "none.json")
    with pytest.raises(td.UsageError, match="there is no such file"):
        generator.load_dataset(Path(f"{tmp_path}.json"))
    pl.DataFrame({"name": ["x"]}).write_parquet(tmp_path / "few.parquet")
    with pytest.raises(td.UsageError, match="lacks the columns"):
        generator.load_dataset(tmp_path / "few.parquet")


def test_loading_leaves_the_limit_of_cells_alone(generator, pairs, tmp_path):
    before = csv.field_size_limit()
    generator.save_dataset(pairs[:2], tmp_path / "x.csv")
    generator.load_dataset(tmp_path / "x.csv")
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"matches": {"none": 0.5, "strong": 0.1}}, "matches: the shares add up to 0.6, expected 1"),
        ({"matches": {"nine": 0.5, "strong": 0.5}}, "matches: unknown name 'nine': did you mean 'none'"),
        ({"levels": {"senor": 1}}, "levels: unknown name 'senor': did you mean 'senior'"),
        ({"levels": {"mid": -0.5, "senior": 1.5}}, "expected no negative share"),
        ({"levels": {"mid": "half", "senior": 0.5}}, "expected numbers from 0 to 1"),
        ({"levels": {"mid": float("nan")}}, "expected numbers from 0 to 1"),
        ({"levels": ["mid"]}, r"levels=\['mid'\]: expected shares by name"),
        ({"levels": "mid"}, "levels='mid': expected shares by name"),
        ({"roles": {"date engineer": 1}}, "roles: unknown name 'date engineer': did you mean 'data engineer'"),
        ({"industries": {"helth": 1}}, "industries: unknown name 'helth': did you mean 'health'"),
        ({"locales": {"en-US": 1}}, "locales: unknown name 'en-US': did you mean 'en_US'"),
        ({"weights": {"macth": 5000}}, "weights: unknown name 'macth': did you mean 'match'"),
        ({"weights": {"match": 0.6}}, "weights: match=0.6: expected basis points"),
        ({"weights": {"required": 5000}}, "weights: weights add up to 10500 basis points: expected 10000"),
        ({"weights": 6000}, "weights=6000: expected Weights, or basis points by name"),
        ({"seed": "x"}, "seed='x': expected an integer"),
    ],
)
def test_settings_that_do_not_fit_are_told(given, told):
    with pytest.raises(td.UsageError, match=told):
        hiring.TechJobDataGenerator(**given)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(td.UsageError) as caught:
        hiring.TechJobDataGenerator(levels={"senior": 2}, roles={"no such role": 1})
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("number", [-1, 2.5, "10", None, 2**70])
def test_a_wrong_number_of_examples_is_refused(number, generator):
    with pytest.raises(td.UsageError, match=r"expected (an integer, 0 or more|0 <= first)"):
        generator.generate_training_dataset(number)


@pytest.mark.parametrize(
    ("matches", "matched"),
    [
        ({"strong": 1}, 300),
        ({"none": 0.6, "partial": 0.2, "strong": 0.2}, 90),
        ({"none": 1 / 3, "partial": 1 / 3, "strong": 1 / 3}, 150),
        ({"none": 0.47, "partial": 0.5, "strong": 0.03}, 84),
    ],
)
def test_match_levels_can_be_set(matches, matched):
    """Exactly: half of the partial pairs, and all of the strong ones, are matches."""
    dataset = hiring.TechJobDataGenerator(matches=matches).generate_training_dataset(300)
    found = Counter(row.match_label for row in dataset)
    assert found[1] == matched


def test_other_distributions_can_be_set(tmp_path):
    """And the manifest tells them, so that `treadle verify` finds its way back."""
    generator = hiring.TechJobDataGenerator(
        levels={"senior": 0.75, "staff": 0.25},
        roles={"registered nurse": 0.5, "data engineer": 0.5},
        industries={"health": 1},
        locales={"de_DE": 1 / 3, "ja_JP": 2 / 3},
    )
    dataset = generator.generate_training_dataset(300)
    found = generator.statistics(dataset)
    assert set(found.counts["level"]) == {"senior", "staff"}
    assert set(found.counts["role"]) == {"registered nurse", "data engineer"}
    assert set(found.counts["industry"]) == {"health"}
    assert found.share("level", "senior") == pytest.approx(0.75, abs=0.1)
    assert found.share("locale", "ja_JP") == pytest.approx(2 / 3, abs=0.1)
    generator.save_dataset(dataset, tmp_path / "some.jsonl")
    with pytest.raises(SystemExit) as done:
        main(["verify", str(tmp_path / "some.jsonl")])
    assert not done.value.code


def test_weights_can_be_set():
    """By name or as `Weights`: a lower threshold makes labels of lower scores."""
    by_name = hiring.TechJobDataGenerator(weights={"match": 5000}).generate_training_dataset(60)
    given = hiring.TechJobDataGenerator(weights=hiring.Weights(match=5000)).generate_training_dataset(60)
    assert list(by_name) == list(given)
    assert all(row.match_label == (row.score >= 0.5) for row in given)


def test_parts_made_alone_are_those_of_the_pairs(rows):
    """Posts, candidates and texts on their own are the same as in the dataset under the same seed."""
    posts = list(hiring.JobDescriptionGenerator().generate(20))
    candidates = list(hiring.CandidateProfileGenerator().generate(20))
    texts = list(hiring.TextFormatter().generate(20))
    for row, *alone in zip(rows[:20], posts, candidates, texts, strict=True):
        known = row.to_record()
        shared = [{name: value for name, value in part.items() if name in known} for part in alone]
        assert all(len(part) >= 4 and part.items() <= known.items() for part in shared)


@pytest.mark.parametrize("part", ["JobDescriptionGenerator", "CandidateProfileGenerator", "TextFormatter"])
def test_parts_check_their_settings(part):
    made = getattr(hiring, part)(settings=hiring.Settings(levels={"senor": 1}))
    with pytest.raises(td.UsageError, match="did you mean 'senior'"):
        made.generate(5)


def quantile(values, percent):
    """Return the least value that at least so many percent of all do not exceed."""
    ordered = sorted(values)
    return next(each for place, each in enumerate(ordered, 1) if place * 100 >= percent * len(ordered))


def test_statistics_agree_with_a_count_by_hand(generator, pairs, rows):
    found = generator.statistics(pairs)
    assert found.rows == COUNT
    for name, counted in found.counts.items():
        values = [getattr(row, name) for row in rows]
        if isinstance(values[0], tuple):
            values = [each for value in values for each in set(value)]
        assert counted == Counter(values), name
    assert found.crossed["level", "match_label"] == Counter((row.level, row.match_label) for row in rows)
    assert found.crossed["split", "match_label"] == Counter((row.split, row.match_label) for row in rows)
    assert found.score == {percent: quantile([row.score for row in rows], percent) for percent in found.score}
    for name, lengths in found.words.items():
        counted = [len(getattr(row, name).split()) for row in rows]
        assert lengths == {percent: quantile(counted, percent) for percent in lengths}
    for label, bars in found.histogram.items():
        points = [round(row.score * 10_000) for row in rows if row.match_label == label]
        by_hand = Counter(min(each * len(bars) // 10_000, len(bars) - 1) for each in points)
        assert {place: count for place, count in enumerate(bars) if count} == by_hand
    assert found.share("match_label", 1) == 0.5
    assert found.share("role", "no such role") == 0
    assert found == generator.statistics(rows)


def test_statistics_print_as_a_table(generator, pairs):
    told = str(generator.statistics(pairs))
    assert told.startswith("200 pairs\n")
    assert re.search(r"^match_label +count +share\n  0 +100 +50\.0%\n  1 +100 +50\.0%$", told, re.MULTILINE)
    assert re.search(r"^words of resume_text( +[\d,]+){7}$", told, re.MULTILINE)
    assert re.findall(r"^  (entry|mid|senior|staff) ", told, re.MULTILINE) == 3 * ["entry", "mid", "senior", "staff"]
    assert max(map(len, told.splitlines())) <= 80


def test_statistics_of_nothing_are_zeros(generator):
    found = generator.statistics([])
    assert (found.rows, found.counts["role"], found.score[50], found.share("level", "mid")) == (0, {}, 0, 0)
    assert "0 pairs" in str(found)


def test_tables_show_no_control_characters(generator, rows):
    wild = [replace(rows[0], role="\x1b[31mred\u202e")]
    assert "\ufffd[31mred\ufffd" in str(generator.statistics(wild))


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_there(name, drawn):
    """A PNG with a size, and an SVG that is XML and asks for nothing from elsewhere."""
    png = (drawn / f"{name}.png").read_bytes()
    width, height = (int.from_bytes(png[place : place + 4], "big") for place in (16, 20))
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert width > 500
    assert height > 200
    svg = (drawn / f"{name}.svg").read_text(encoding="utf-8")
    assert parsed(drawn / f"{name}.svg").tag == "{http://www.w3.org/2000/svg}svg"
    assert loads_nothing(svg)


def parsed(svg):
    """Return the root of a picture."""
    return ET.fromstring(svg.read_text(encoding="utf-8"))  # noqa: S314  # our own file


def loads_nothing(text):
    """Tell whether markup names no place that something would be loaded from."""
    return not re.search(
        r"""(?:href|src)\s*=(?!\s*["']?(?:data:|#))|@import|url\((?!["']?(?:#|data:))|<script|<link|<iframe""", text
    )


def test_pictures_say_what_is_counted(drawn):
    texts = {name: " ".join(parsed(drawn / f"{name}.svg").itertext()) for name in PICTURES}
    assert "all (200)" in texts["label_balance"]
    assert "50%" in texts["label_balance"]
    assert all(level in texts["level_by_match"] for level in ("entry", "mid", "senior", "staff"))
    assert all(word in texts["score_histogram"] for word in ("partial", "match", "strong", "200 pairs"))
    assert "communication" in texts["skill_frequencies"]
    assert "\u2026" not in "".join(texts.values())  # a label that was cut ends so


def test_the_page_holds_all_and_loads_nothing(drawn):
    page = (drawn / "index.html").read_text(encoding="utf-8")
    assert loads_nothing(page)
    assert "http" not in page
    held = [b64decode(each).decode() for each in re.findall(r"data:image/svg\+xml;base64,([\w+/=]+)", page)]
    assert sorted(held) == sorted((drawn / f"{name}.svg").read_text(encoding="utf-8") for name in PICTURES)
    assert "match_label" in page
    assert len(page) < 1_000_000


def test_hostile_values_are_drawn_as_text(generator, rows, tmp_path):
    wild = [replace(row, skills=("<script>alert(1)</script>", "a" * 300), role="<b>") for row in rows[:5]]
    page = generator.plot(wild, tmp_path).read_text(encoding="utf-8")
    assert loads_nothing(page)
    assert "&lt;b&gt;" in page
    assert parsed(tmp_path / "skill_frequencies.svg") is not None


def test_nothing_can_be_drawn_too(generator, tmp_path):
    assert generator.plot([], tmp_path).is_file()


def test_a_folder_that_cannot_be_made_is_told(generator, rows, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(td.UsageError, match="cannot be written"):
        generator.plot(rows[:5], tmp_path / "file" / "under")


def test_drawing_without_the_extra_says_how_to_get_it(generator, rows, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(td.UsageError, match=re.escape("run  pip install 'treadle[charts]'")):
        generator.plot(rows[:5], tmp_path)
