"""Vocabularies hold the entries and weights of lists, files and other recipes."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import treadle as td
from hostile import HARD, nfc, texts
from treadle.errors import VocabularyError
from treadle.vocabularies import integer_weights

clean = texts.filter(lambda text: "\x00" not in text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder for the files of this module."""
    return tmp_path_factory.mktemp("lists")


def test_entries_are_normalised():
    """Texts are held in NFC, so that one word has one form; integers stay what they are."""
    assert td.vocabulary(["e\u0301"]).entries == ("é",)
    assert td.vocabulary([3, -1, 2**63 - 1, -(2**63)]).entries == (3, -1, 2**63 - 1, -(2**63))
    assert td.vocabulary(td.vocabulary(["a"])).entries == ("a",)
    assert td.vocabulary({"a": 1, "b": 3}).weights == (1, 3)


@pytest.mark.parametrize(
    ("entries", "weights", "message"),
    [
        ([], None, "the vocabulary given is empty"),
        ("oslo", None, "expected a list of entries, got one text; write ['oslo']"),
        ([1, "a"], None, "texts or integers, not both"),
        ([True], None, "entry=True: expected text or an integer, got bool"),
        ([None], None, "got NoneType"),
        ([b"a"], None, "got bytes"),
        ([2**63], None, "expected an integer that 64 bits hold"),
        (["a\ud800"], None, "holds half a character"),
        (["a", "b"], [1], "expected 2 weights, one an entry, got 1"),
        (["a", "b"], [1, -1], "expected no negative weight"),
        (["a", "b"], [0, 0.0], "they sum to zero"),
        (["a", "b"], [1, float("nan")], "weight=nan: expected a finite number"),
        (["a", "b"], [1, float("inf")], "weight=inf: expected a finite number"),
        (["a", "b"], [1, "many"], "weight='many': expected a finite number"),
        (["a", "b"], [1, "1/0"], "weight='1/0': expected a finite number"),
        (["a", "b"], [1, None], "weight=None: expected a finite number"),
        (["a", "b"], [1, 1e10], "overflows 2**32; round them"),
        (["a", "b"], ["1e-9", "0.7"], None),
        (["a", "b"], [1, 2**32], "overflows"),
        (["a", "b"], [2, 2**33 - 2], None),
    ],
)
def test_lists_that_cannot_be_drawn_from_are_refused(entries, weights, message):
    """The message says what was expected; weights that reduce to integers within 2**32 are fine."""
    if message is None:
        assert sum(td.vocabulary(entries, weights).weights) <= 2**32
        return
    with pytest.raises(VocabularyError) as caught:
        td.vocabulary(entries, weights)
    assert message in str(caught.value)


@given(st.lists(st.fractions(0, 50, max_denominator=40), min_size=1, max_size=5).filter(any))
def test_weights_keep_their_proportions(weights):
    """Integer weights have no common divisor and the proportions asked for, exactly."""
    try:
        whole = integer_weights(weights)
    except VocabularyError:  # their sum may overflow
        return
    total = sum(weights)
    assert [Fraction(weight, sum(whole)) for weight in whole] == [weight / total for weight in weights]
    assert integer_weights(whole) == whole


def test_forms_are_other_ways_of_writing_entries():
    """A form has a text for every entry, its own or the entry as it is; names and texts are held in NFC."""
    skills = td.vocabulary(
        ["JavaScript", "cafe\u0301"], forms={"short": {"JavaScript": "JS"}, "e": {"café": "e\u0301"}}
    )
    assert dict(skills.forms) == {"short": ("JS", "café"), "e": ("JavaScript", "é")}
    assert dict(td.vocabulary(["é"], forms={"short": {"e\u0301": "E"}}).forms) == {"short": ("E",)}
    assert dict(td.vocabulary([200, 404], forms={"word": {200: "OK"}}).forms) == {"word": ("OK", "404")}
    assert dict(td.vocabulary({"a": 3, "b": 1}, forms={"x": {}}).forms) == {"x": ("a", "b")}
    more = td.vocabulary(skills, forms={"long": {"café": "coffee house"}})
    assert [name for name, _ in more.forms] == ["short", "e", "long"]
    assert td.vocabulary(skills) is skills


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"Go": "golang", "Gp": "x"}, "forms='short': 'Gp' is no entry of the vocabulary"),
        ({"Go": 5}, "forms='short': expected a text for 'Go', got 5"),
        ({"Go": None}, "entry=None: expected text or an integer"),
        ({"Go": "\ud800"}, "holds half a character"),
        ({True: "x"}, "entry=True: expected text or an integer, got bool"),
    ],
)
def test_forms_that_cannot_be_are_refused(form, message):
    """A form of a stray entry, or one that is no text, is an error that names it."""
    with pytest.raises(VocabularyError) as caught:
        td.vocabulary(["Go", "R"], forms={"short": form})
    assert message in str(caught.value)


def test_forms_enter_the_fingerprint():
    """Two recipes whose entries are written otherwise are not the same."""
    prints = {
        td.Recipe("r", {"w": td.choice("w")}, vocabularies={"w": td.vocabulary(["a", "b"], forms=forms)}).fingerprint()
        for forms in (None, {"short": {}}, {"short": {"a": "A"}}, {"short": {"b": "A"}}, {"long": {"a": "A"}})
    }
    assert len(prints) == 5


def test_a_list_of_your_own_is_written_in_the_forms_of_the_one_it_replaces(folder):
    """`{skill|as(short)}` works with another list too: entries that it shares have their forms, others are as they are."""
    skills = td.vocabulary(["JavaScript", "Python"], forms={"short": {"JavaScript": "JS"}})
    fields = {"own": td.choice(skills), "line": td.text("{own|as(short)} {skill|as(short)}")}
    recipe = td.Recipe("r", fields, vocabularies={"skill": skills})
    mine = td.read_vocabulary(write(folder, "mine.txt", "JavaScript\nRust\n"))
    rows = list(td.generate(recipe.with_vocabularies({"skill": mine, "own": mine}), count=50, truth=False))
    assert {row["line"] for row in rows} == {f"{own} {skill}" for own in ("JS", "Rust") for skill in ("JS", "Rust")}


def test_decimal_weights_are_meant_as_they_are_written():
    """0.1 is one tenth, not the float beside it."""
    assert integer_weights([0.1, 0.2, 0.7]) == (1, 2, 7)
    assert integer_weights(["0.1", "1/3"]) == (3, 10)


def write(folder, name, content):
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


@given(st.lists(clean, min_size=1, max_size=6, unique_by=nfc))
def test_tables_hold_any_text(folder, entries):
    """CSV, TSV, JSON, JSON lines and Parquet bring every text back, separators, quotes and breaks in it too."""
    filled = [entry for entry in entries if entry]
    expected = tuple(nfc(entry) for entry in filled)
    for name, delimiter in (("t.csv", ","), ("t.tsv", "\t")):
        file = io.StringIO(newline="")
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerows([["word", "weight"], *([entry, number] for number, entry in enumerate(entries, 1))])
        path = write(folder, name, file.getvalue())
        if filled:
            assert td.read_vocabulary(f"{path}#word").entries == expected
    if filled:
        lines = "".join(json.dumps({"word": entry}, ensure_ascii=False) + "\n" for entry in entries)
        assert td.read_vocabulary(write(folder, "t.jsonl", lines)).entries == expected
        frame = pl.DataFrame({"word": entries, "other": [1] * len(entries)})
        frame.write_parquet(folder / "t.parquet")
        assert td.read_vocabulary(folder / "t.parquet", "word").entries == expected
    whole = json.dumps(entries, ensure_ascii=False)
    assert td.read_vocabulary(write(folder, "t.json", whole)).entries == tuple(map(nfc, entries))


@given(
    st.lists(
        clean.map(str.strip).filter(lambda text: text and text[0] != "#" and not set("\r\n") & set(text)),
        min_size=1,
        max_size=6,
    )
)
def test_plain_lists_hold_a_line_an_entry(folder, entries):
    """Lines end at line feeds alone: a line separator within an entry stays in it; an entry told twice counts once."""
    path = write(folder, "t.txt", "\ufeff# words\n\n" + "\r\n".join(entries))
    assert td.read_vocabulary(path).entries == tuple(dict.fromkeys(map(nfc, entries)))


def test_columns_are_found(folder):
    """A column is named, or is `value`, or the only one beside `weight`."""
    path = write(folder, "w.csv", "city,size,weight\nOslo,1,2\nRome,2,4\nOslo,3,4\n,4,1\n")
    found = td.read_vocabulary(path, "city")
    assert (found.entries, found.weights, found.source) == (("Oslo", "Rome"), (3, 2), "w.csv")
    assert td.read_vocabulary(f"{path}#size").entries == ("1", "2", "3", "4")
    assert td.read_vocabulary(f"{path}#weight").weights is None
    assert td.read_vocabulary(write(folder, "v.csv", "value,other\na,b\n")).entries == ("a",)
    assert td.read_vocabulary(write(folder, "o.csv", "word,weight\na,2\n")).weights == (1,)
    assert td.read_vocabulary(write(folder, "n.json", '{"Java": {"color": "x"}, "C#": {"color": "y"}}')).entries == (
        "Java",
        "C#",
    )
    assert td.read_vocabulary(write(folder, "n.json", '{"Java": 1, "C#": 2}')).entries == ("Java", "C#")
    assert td.read_vocabulary(write(folder, "i.json", "[200, 404]")).entries == (200, 404)


def test_file_names_may_hold_a_number_sign(folder):
    """`c#.txt` is a file where there is one, and so is `c#.csv#word`."""
    assert td.read_vocabulary(write(folder, "c#.txt", "x\n")).entries == ("x",)
    assert td.read_vocabulary(str(write(folder, "c#.csv", "word,b\nx,y\n")) + "#b").entries == ("y",)


def test_a_file_is_known_by_its_bytes(folder):
    """The hash of a file is part of a vocabulary, and names it in the manifest."""
    path = write(folder, "h.txt", "a\nb\n")
    found = td.read_vocabulary(path)
    recipe = td.Recipe("r", {"w": td.choice("words")}, vocabularies={"words": found})
    manifest = td.generate(recipe, count=2).write(folder / "h.jsonl", overwrite=True)
    assert manifest.inputs == {"words": found.sha256}
    write(folder, "h.txt", "a\nb\n\n")
    assert td.read_vocabulary(path).sha256 != found.sha256
    assert td.read_vocabulary(path) == found


def test_values_of_another_recipe():
    """The values that a field takes elsewhere are a vocabulary here, each once."""
    people = td.Recipe(
        "people", {"id": td.integer(1, 5), "name": td.choice(["Ada", "Bo"]), "gone": td.choice(["x"], when="id > 9")}
    )
    assert set(td.values_of(people, "id").entries) == {1, 2, 3, 4, 5}
    assert sorted(td.values_of(people, "name").entries) == ["Ada", "Bo"]
    with pytest.raises(td.TreadleError, match="empty"):
        td.values_of(people, "gone")
    with pytest.raises(td.TreadleError, match="unknown column 'nam': did you mean 'name'"):
        td.values_of(people, "nam")


def test_repeated_entries_are_refused_where_they_must_differ():
    """A list may tell an entry twice, which is then drawn twice as often; samples and unique fields refuse it."""
    recipe = td.Recipe("r", {"w": td.choice(["a", "a", "b"]), "x": td.text("{if w = a}yes{else}no{/if}")})
    rows = list(td.generate(recipe, count=3000, truth=False))
    assert all((row["w"] == "a") == (row["x"] == "yes") for row in rows)
    assert 1850 < sum(row["w"] == "a" for row in rows) < 2150
    for field in (td.choice(["a", "a"], unique=True), td.sample(["a", "a"], 1)):
        with pytest.raises(td.TreadleError, match="'a' is there more than once"):
            td.generate(td.Recipe("r", {"w": field}), count=1)


def test_hostile_entries_come_back():
    """A vocabulary of the hardest texts gives exactly those."""
    rows = td.generate(td.Recipe("r", {"w": td.choice(HARD, unique=True)}), count=len(HARD))
    assert sorted(row["w"] for row in rows) == sorted(map(nfc, HARD))
