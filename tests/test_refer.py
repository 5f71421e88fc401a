"""refer: records take values from others, the same wherever they are made; and fields that no one reads are not drawn."""

from __future__ import annotations

import numpy as np
import pytest

import treadle as td
from treadle.plan import compile_recipe

FIELDS = {
    "n": td.serial(),
    "first": td.derive(lambda n: n - n % 5, "n"),
    "own_city": td.choice(["Oslo", "Rome", "Porto", "Graz"]),
    "own_street": td.choice(
        {city: [f"{city} {i}" for i in range(9)] for city in ("Oslo", "Rome", "Porto", "Graz")}, by="own_city"
    ),
    "own_note": td.text("from {own_city}", when="own_even"),
    "own_even": td.derive(lambda n: n % 2 == 0, "n", boolean=True),
    "own_tags": td.sample(["a", "b", "c"], (0, 3)),
    "city": td.refer("own_city", at="first"),
    "street": td.refer("own_street", at="first"),
    "note": td.refer("own_note", at="first"),
    "tags": td.refer("own_tags", at="first"),
    "line": td.text("{city}, {street}{if note is present}: {note}{/if}"),
}


def rows(fields, count=60, columns=(), **options):
    return list(td.generate(td.Recipe("referring", fields, columns=columns, **options), count=count, truth=False))


def test_records_share_what_they_refer_to():
    """Each record has what the one it names draws for itself, absent values and lists too."""
    made = rows(FIELDS)
    for record in made:
        named = made[record["first"]]
        for name in ("city", "street", "note", "tags"):
            assert record[name] == named[f"own_{name}"]
        assert record["line"].startswith(f"{record['city']}, {record['city']} ")


def test_the_record_named_need_not_be_made():
    """Alone, in a slice or in other batches, a record is the same."""
    made = rows(FIELDS)
    dataset = td.generate(td.Recipe("referring", FIELDS), records=(41, 44), truth=False)
    assert list(dataset) == made[41:44]
    assert [
        each
        for batch in td.generate(td.Recipe("referring", FIELDS), count=60, truth=False).batches(7)
        for each in batch.to_pylist()
    ] == made


def test_references_reach_through_references():
    """What is referred to may refer further; the numbers may point ahead."""
    fields = FIELDS | {"next": td.derive(lambda n: n + 1, "n"), "city_next": td.refer("city", at="next")}
    made = rows(fields, 61)
    assert all(made[n]["city_next"] == made[n + 1]["city"] for n in range(60))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"n": td.serial(), "a": td.refer("b", at="n")}, "unknown field 'b'"),
        (
            {"n": td.choice(["x"]), "b": td.integer(0, 1), "a": td.refer("b", at="n")},
            "expected a field of whole numbers",
        ),
        ({"n": td.integer(0, 9, when="b = 1"), "b": td.integer(0, 1), "a": td.refer("b", at="n")}, "never absent"),
        ({"n": td.serial(), "a": td.refer("b", at="n"), "b": td.refer("a", at="n")}, "circle"),
        (
            {"n": td.serial(), "b": td.integer(0, 1), "c": td.each(2, {"a": td.refer("b", at="n")})},
            "records refer to records",
        ),
    ],
)
def test_what_cannot_be_referred_to_is_told(fields, told):
    with pytest.raises(td.UsageError) as error:
        td.generate(td.Recipe("bad", fields))
    assert told in str(error.value)


def test_checks_and_references_exclude_each_other():
    with pytest.raises(td.UsageError, match="leave refer or checks out"):
        td.generate(td.Recipe("bad", FIELDS, checks=[td.check("odd", "n > 3")]))


def test_a_negative_number_names_no_record():
    fields = {"n": td.serial(-3), "b": td.integer(0, 1), "a": td.refer("b", at="n")}
    with pytest.raises(td.TreadleError, match="names record -3: expected 0 or more"):
        rows(fields)


def test_what_no_one_reads_is_not_drawn():
    """Steps are those behind the columns; leaving the others out moves no value."""
    whole, part = compile_recipe(td.Recipe("r", FIELDS)), compile_recipe(td.Recipe("r", FIELDS, columns=["street"]))
    assert [step.name for step in part.steps] == ["n", "first", "street"]
    numbers = np.arange(50, dtype=np.uint64)
    both = [plan.arrow(plan.draw(numbers).batch, truth=False)["street"].to_pylist() for plan in (whole, part)]
    assert both[0] == both[1]


def test_every_column_alone_is_as_among_the_others(wide_file):
    """The recipe with every kind of field, one column at a time."""
    together = td.generate(wide_file, count=40, truth=False).to_arrow()
    for name in together.column_names:
        alone = td.generate(wide_file, count=40, truth=False, columns=[name]).to_arrow()
        assert alone[name].to_pylist() == together[name].to_pylist()


def test_moments_are_derived():
    fields = {
        "n": td.serial(),
        "at": td.derive(lambda n: 1_500_000 * n + 86_400_000_000, "n", moment="%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    assert [record["at"] for record in rows(fields, 3)] == [
        "1970-01-02T00:00:00.000000Z",
        "1970-01-02T00:00:01.500000Z",
        "1970-01-02T00:00:03.000000Z",
    ]
    with pytest.raises(td.TreadleError, match="a moment outside the years 1 to 9999"):
        rows({"n": td.serial(), "at": td.derive(lambda n: n + (1 << 60), "n", moment="%Y")})


def test_json_escapes_what_a_slot_writes():
    """A value stands in a JSON text whatever it holds; the text around it is the template's."""
    fields = {
        "who": td.choice(['say "hi"', "back\\slash", "new\nline", "tab\t", "plain"]),
        "text": td.text('\\{"who":"{who|json}"\\}'),
    }
    import json  # noqa: PLC0415  # only here

    for record in rows(fields):
        assert json.loads(record["text"]) == {"who": record["who"]}
