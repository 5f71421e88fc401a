"""What is shown cannot mislead a terminal, and spans are coloured where they are."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from rich.console import Console

import treadle as td
from hostile import texts
from treadle.display import Progress, recipe_table, record_panel, stats_table, visible
from treadle.plan import Plan
from treadle.quality.profile import profile

CONTROLS = {
    *map(chr, range(9)),
    *map(chr, range(0x0B, 0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *"\u061c\u200e\u200f\u2028\u2029",
} | {
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2066, 0x206A)),
}


def shown(*parts, width=200, colour=False):
    """Return what a terminal of that width would get."""
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        legacy_windows=False,
    )
    for part in parts:
        console.print(part)
    return console.file.getvalue()


@given(texts)
def test_visible_text_has_no_controls_and_the_same_length(text):
    """Each control or bidi character becomes one that stands for it, so that offsets hold; all else stays."""
    made = visible(text)
    assert len(made) == len(text)
    assert not set(made) & CONTROLS
    assert all(a == b or a in CONTROLS for a, b in zip(text, made, strict=True))


def test_controls_have_pictures():
    """An escape is shown as one."""
    assert visible("a\x00\x1b[2J\x7f\x9b\u202eb\n\t") == "a␀␛[2J␡\ufffd\ufffdb\n\t"


MARKUP = "[bold]b[/bold] [link=https://x]l[/link] :smile: [red]"


@pytest.mark.parametrize("where", ["value", "item", "child", "name", "doc", "field doc", "vocabulary"])
def test_markup_is_shown_as_it_is(where):
    """Rich's markup and emoji codes in data, names and descriptions are text, and so are terminal controls."""
    hard = MARKUP + "\x1b[31m"
    recipe = td.Recipe(
        MARKUP.replace("/", "") if where == "name" else "r",
        {
            "v": td.choice(
                [hard if where in {"value", "vocabulary"} else "x"], doc=hard if where == "field doc" else ""
            ),
            "l": td.sample([hard if where == "item" else "x"], 1),
            "k": td.each(1, {"c": td.choice([hard if where == "child" else "x"])}),
            "t": td.text("{v}"),
        },
        doc=hard if where == "doc" else "",
    )
    plan = Plan(recipe, 42, trace=True)
    record = td.generate(recipe).record(0)
    said = shown(
        *(
            [record_panel(recipe, 0, record)]
            if where in {"value", "item", "child", "name"}
            else recipe_table(recipe, plan)
        )
    )
    expected = MARKUP.replace("/", "") if where == "name" else MARKUP
    assert "".join(expected.split()) in "".join(said.split())
    assert "\x1b[31m" not in said


def test_spans_are_coloured_where_they_are():
    """The styled stretch of a text is the surface of its span, astral and control characters before it notwithstanding."""
    recipe = td.Recipe("r", {"w": td.choice(["needle"], entity="W"), "t": td.text("😀\x07e\u0301 {w} after")})
    record = td.generate(recipe).record(0)
    panel = record_panel(recipe, 0, record)
    cell = list(panel.columns[1].cells)[1]
    assert [cell.plain[span.start : span.end] for span in cell.spans] == ["needle"]
    assert "W" in shown(panel)
    assert "\x1b[1;36m" in shown(panel, colour=True)


def test_values_of_all_kinds_are_shown():
    """Absent values, booleans, numbers, lists and children."""
    recipe = td.Recipe(
        "r",
        {
            "b": td.chance(1),
            "no": td.serial(when="not b"),
            "n": td.integer(5, 5),
            "l": td.sample([1, 1000], 2),
            "k": td.each(2, {"i": td.serial(), "w": td.choice(["x y"])}),
        },
    )
    said = shown(record_panel(recipe, 3, td.generate(recipe).record(3)))
    for line in ("r record 3", "b   true", "no  -", "n   5", "k   i=0  w=x y", "    i=1  w=x y"):
        assert line in said
    assert "1, 1000" in said or "1000, 1" in said


def test_a_description_tells_every_field():
    """Names, what they hold, what is written, conditions, vocabularies and checks; within 80 columns."""
    recipe = td.Recipe(
        "shop",
        {
            "split": td.quota(["train", "test"]),
            "city": td.choice("cities", doc="Where it is."),
            "many": td.choice([f"entry {i}" for i in range(2000)]),
            "price": td.decimal("0.5", "9.5"),
            "ms": td.quantiles([1, 5, 100]),
            "day": td.date("2025-01-01", "2025-02-01"),
            "at": td.clock("2025-01-01", every="5s"),
            "rare": td.chance("0.05"),
            "id": td.uuid(),
            "hex": td.hexadecimal(8),
            "no": td.serial(1, when="rare"),
            "sum": td.derive(lambda no: no, "no"),
            "kids": td.each(2, {"y": td.integer(1, 2), "t": td.cumulative("y")}),
            "text": td.text("{city}"),
        },
        labels=["split"],
        columns=["split", "city", "text", "kids"],
        vocabularies={"cities": ["Porto", "Oslo"]},
        checks=[td.check("sane", "price < 9"), td.check("odd", lambda no: no > 0, "no")],
        doc="A shop.",
    )
    said = shown(*recipe_table(recipe, Plan(recipe, 42, trace=True)), width=80)
    assert max(map(len, said.splitlines())) <= 80
    for part in (
        "shop version 1",
        "A shop.",
        "quota of 2: train, test",
        "choice of 2: Porto, Oslo",
        "Where it is.",
        "choice of 2,000: entry 0,",
        "decimal from 0.5 to 9.5",
        "number from 1 to 100, median 5",
        "date from 2025-01-01 to 2025-02-01",
        "clock from 2025-01-01, every 5s",
        "true with probability 0.05",
        "UUID",
        "8 hex digits",
        "counter from 1, when rare",
        "computed from no",
        "kids.y",
        "running total of y",
        "cities: 2 entries",
        "sane: price < 9",
        "odd: a function of no",
        "label",
    ):
        assert part in said, part


def test_statistics_fit_eighty_columns(tmp_path):
    """Long names, long values and controls are cut or escaped."""
    recipe = td.Recipe(
        "r",
        {
            "a_rather_long_name_of_a_column": td.choice(["\x1b[31m" + "long " * 30, "y"]),
            "n": td.integer(-(10**9), 10**9),
            "l": td.sample([1], 1),
        },
    )
    td.generate(recipe, count=50).write(tmp_path / "o.jsonl")
    said = shown(*stats_table(Path("o.jsonl"), profile(tmp_path / "o.jsonl")), width=80)
    assert max(map(len, said.splitlines())) <= 80
    assert "\x1b" not in said
    assert "50 records" in said


def test_records_that_come_one_by_one_are_shown_together_and_all_of_them(monkeypatch):
    clock, shown = [0.0], []

    class Noted(Progress):
        def advance(self, records):
            shown.append(records)
            super().advance(records)

    monkeypatch.setattr("treadle.display.time.monotonic", lambda: clock[0])
    progress = Noted(100, quiet=True)
    for _ in range(100):
        clock[0] += 0.01
        progress.spend(1, 10**6)
    assert sum(shown) == 100
    assert len(shown) <= 11
