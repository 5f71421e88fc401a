"""The spans column: what each text says, where, and which fact it comes from."""

from __future__ import annotations

import pyarrow as pa
import pytest

import treadle as td


def recipe(**options):
    """Return a recipe whose two texts have spans of every origin."""
    return td.Recipe(
        "truth",
        {
            "city": td.choice(["Łódź", "🏙️ Rīga"], entity="LOC"),
            "flag": td.chance("0.5"),
            "n": td.integer(10, 99, when="flag"),
            "kids": td.each(1, {"word": td.choice(["x"], entity="WORD")}),
            "first": td.text("{city} {n} {tool}"),
            "second": td.text("{kids.word}{hi:HI} {city:PLACE|upper}", when="flag"),
            "third": td.text("nothing"),
        },
        vocabularies={"tool": ["axe"]},
        rules={"hi": "hi {city}"},
        **options,
    )


def test_spans_have_six_columns_in_order():
    """Field, start, end, type, value and fact; in the order of fields and places, the longer of two that begin together first."""
    rows = list(td.generate(recipe(), count=50))
    for row in rows:
        city = row["city"]
        expected = [("first", 0, len(city), "LOC", city, "city")]
        at = len(city) + 1
        if row["flag"]:
            expected.append(("first", at, at + 2, "n", str(row["n"]), "n"))
            at += 2
        expected.append(("first", at + 1, at + 4, "tool", "axe", None))
        if row["flag"]:
            stop = 1 + len("hi ") + len(city)
            expected += [
                ("second", 0, 1, "WORD", "x", "kids.word"),
                ("second", 1, stop, "HI", f"hi {city}", None),
                ("second", 4, stop, "LOC", city, "city"),
                ("second", stop + 1, stop + 1 + len(city), "PLACE", city, "city"),
            ]
        assert [tuple(span.values()) for span in row["spans"]] == expected
        assert all(list(span) == ["field", "start", "end", "type", "value", "fact"] for span in row["spans"])


def test_spans_of_columns_that_are_not_written_are_left_out():
    """A text that helps another one has no spans of its own in the output."""
    rows = list(td.generate(recipe(columns=["second"]), count=20))
    assert all(set(row) == {"second", "spans"} for row in rows)
    assert {span["field"] for row in rows for span in row["spans"]} == {"second"}


def test_a_recipe_without_texts_has_no_spans():
    """Truth is of texts: where there is none there is no column, and the manifest says so."""
    rows = list(td.generate(recipe(columns=["city", "n"]), count=3))
    assert all(set(row) == {"city", "n"} for row in rows)


def test_the_name_spans_is_taken():
    """A column of that name would hide the truth."""
    with pytest.raises(td.TreadleError, match="column 'spans' is where the spans are written: choose another name"):
        td.generate(td.Recipe("r", {"spans": td.serial(), "t": td.text("x")}))


def test_spans_in_arrow():
    """Lists of structs, texts large, offsets int64, facts null where a span has none."""
    kind = td.generate(recipe(), count=4).to_arrow().schema.field("spans").type
    assert kind == pa.large_list(
        pa.struct(
            [
                (name, pa.int64() if name in {"start", "end"} else pa.large_string())
                for name in ("field", "start", "end", "type", "value", "fact")
            ]
        )
    )


def test_a_child_has_the_entity_it_declares():
    """`entity` names the type of a child's spans as it does a record's."""
    fields = {
        "kids": td.each(1, {"w": td.choice(["x"], entity="WORD"), "l": td.text("{w}")}),
        "t": td.text("{kids.l} {kids.w}"),
    }
    spans = td.generate(td.Recipe("r", fields), count=1).record(0)["spans"]
    assert [(span["type"], span["fact"]) for span in spans] == [("WORD", "kids.w"), ("WORD", "kids.w")]
