"""Each kind of field holds what it says, for every record."""

# ruff: noqa: E501 - a case is a line of a table
from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

import treadle as td
from treadle.columns import FieldType
from treadle.errors import RecipeError, RunError, UsageError


def rows_of(fields, count=2000, **options):
    """Return the records of a recipe made of these fields."""
    return list(td.generate(td.Recipe("r", fields, **options), count=count, truth=False))


def values(field, count=2000, **others):
    """Return the values of one field."""
    return [row["x"] for row in rows_of({"x": field, **others}, count)]


def refusal(field, **others):
    """Return the messages for a recipe that does not compile."""
    with pytest.raises(UsageError) as caught:
        td.generate(td.Recipe("r", {"x": field() if callable(field) else field, **others}))
    return str(caught.value)


def fits(counted, weights):
    """Tell whether counts are plausible under weights: a chi-square test that one run in a million fails."""
    total, drawn = sum(weights.values()), sum(counted.values())
    assert not set(counted) - {key for key, weight in weights.items() if weight}
    keys = [key for key, weight in weights.items() if weight]
    if len(keys) == 1:
        return True
    expected = [drawn * weights[key] / total for key in keys]
    return chisquare([counted[key] for key in keys], expected).pvalue > 1e-6


def test_choices_are_drawn_by_weight():
    """Equal shares, integer and decimal weights, and a weight of nothing."""
    assert fits(Counter(values(td.choice(list("abcd")))), dict.fromkeys("abcd", 1))
    assert fits(Counter(values(td.choice({"a": 5, "b": 3, "c": 0}))), {"a": 5, "b": 3, "c": 0})
    assert fits(Counter(values(td.choice(["a", "b"], [0.1, "0.3"]))), {"a": 1, "b": 3})
    assert fits(Counter(values(td.choice({200: 9, 404: 1}))), {200: 9, 404: 1})


def test_choices_by_another_field():
    """Each value of the other field has a list, or weights, of its own."""
    rows = rows_of(
        {"c": td.choice(["FR", "DE"]), "x": td.choice({"FR": ["a", "b"], "DE": {"b": 3, "c": 1}}, by="c")}, 4000
    )
    assert fits(Counter(row["x"] for row in rows if row["c"] == "FR"), {"a": 1, "b": 1})
    assert fits(Counter(row["x"] for row in rows if row["c"] == "DE"), {"b": 3, "c": 1})


def test_choices_within_splits():
    """A record draws from its split's part of the entries alone; each split has some, in proportion."""
    rows = rows_of(
        {
            "split": td.quota({"train": 8, "test": 1, "dev": 1}),
            "x": td.choice([f"e{i}" for i in range(30)], within="split"),
        },
        5000,
    )
    parts = {split: {row["x"] for row in rows if row["split"] == split} for split in ("train", "test", "dev")}
    assert sum(map(len, parts.values())) == len(set.union(*parts.values())) == 30
    assert len(parts["train"]) > 15
    assert all(parts.values())


def test_choices_by_group_within_splits():
    """The entries of each group are divided among the splits; one that several groups hold is in the same split for all."""
    groups = {
        "FR": [f"f{i}" for i in range(20)] + ["x", "y"],
        "DE": {"x": 5, "y": 1, "d": 1},
        "IT": ["i", "j", "i", "y"],
    }
    rows = rows_of(
        {
            "split": td.quota({"train": 3, "test": 1}),
            "c": td.choice(list(groups)),
            "x": td.choice(groups, by="c", within="split"),
        },
        8000,
    )
    parts = {(row["c"], row["split"]): set() for row in rows}
    for row in rows:
        parts[row["c"], row["split"]].add(row["x"])
    for group, entries in groups.items():
        assert parts[group, "train"] | parts[group, "test"] == set(entries)
        assert parts[group, "train"]
        assert parts[group, "test"]
    train, test = ({row["x"] for row in rows if row["split"] == split} for split in ("train", "test"))
    assert not train & test
    assert len(parts["FR", "train"]) > len(parts["FR", "test"]) > 1
    for split in ("train", "test"):
        drawn = Counter(row["x"] for row in rows if (row["c"], row["split"]) == ("DE", split))
        assert fits(drawn, {entry: {"x": 5}.get(entry, 1) for entry in parts["DE", split]})
        drawn = Counter(row["x"] for row in rows if (row["c"], row["split"]) == ("IT", split))
        assert fits(drawn, {entry: {"i": 2}.get(entry, 1) for entry in parts["IT", split]})


@given(st.lists(st.sets(st.sampled_from("abcdefgh"), min_size=3), min_size=1, max_size=4), st.integers(0, 99))
@settings(max_examples=40)
def test_no_entry_is_in_two_splits(lists, number):
    """However the lists of groups overlap, an entry is in one split, or the recipe is refused with the reason."""
    groups = {f"g{i}": sorted(each) for i, each in enumerate(lists)}
    fields = {
        "split": td.quota(["train", "test"]),
        "c": td.choice(list(groups)),
        f"x{number}": td.choice(groups, by="c", within="split"),
    }
    try:
        rows = rows_of(fields, 300)
    except UsageError as error:
        assert "entries, one a split, got 3 that are not all in one split for another list" in str(
            error
        )  # rare, and then this
        return
    train, test = ({row[f"x{number}"] for row in rows if row["split"] == split} for split in ("train", "test"))
    assert not train & test
    assert all(row[f"x{number}"] in groups[row["c"]] for row in rows)


def test_an_entry_told_twice_is_in_one_split():
    """A list may tell an entry twice: it weighs double, and is in one split all the same."""
    rows = rows_of({"split": td.quota(["a", "b"]), "x": td.choice(["p", "p", "q", "r", "r"], within="split")}, 2000)
    first, second = ({row["x"] for row in rows if row["split"] == split} for split in ("a", "b"))
    assert not first & second
    assert first | second == {"p", "q", "r"}


@pytest.mark.parametrize("size", [1, 2, 7, 1024, 1025, 5000])
def test_unique_choices_and_integers(size):
    """Every entry once, in an order that is not theirs."""
    chosen = values(td.choice([f"e{i}" for i in range(size)], unique=True), size)
    assert sorted(chosen) == sorted(f"e{i}" for i in range(size))
    drawn = values(td.integer(-3, size - 4, unique=True), size)
    assert sorted(drawn) == list(range(-3, size - 3))
    assert size < 7 or drawn != sorted(drawn)


@pytest.mark.parametrize("count", [1, 2, 3, 10, 99, 100, 101])
def test_quotas_are_exact(count):
    """Shares are exact at multiples of their denominator and within one at any count, crossed with another quota too."""
    rows = rows_of({"y": td.quota({"a": 1, "b": 4}), "z": td.quota(["p", "q"], across="y")}, count)
    for name, shares in (
        ("y", {"a": Fraction(1, 5), "b": Fraction(4, 5)}),
        ("z", {"p": Fraction(1, 2), "q": Fraction(1, 2)}),
    ):
        counted = Counter(row[name] for row in rows)
        assert all(abs(counted[value] - share * count) < 1 for value, share in shares.items())
    if count % 10 == 0:
        assert Counter((row["y"], row["z"]) for row in rows)["a", "p"] == count // 10


@given(st.integers(-(2**62), 2**62), st.integers(0, 2**62 - 1))
@settings(max_examples=40)
def test_integers_lie_in_their_range(low, width):
    """From the lowest to the highest, both included, however wide."""
    drawn = values(td.integer(low, low + width), 50)
    assert all(low <= number <= low + width for number in drawn)
    assert width > 3 or set(drawn) == set(range(low, low + width + 1))


def test_integers_and_decimals_are_uniform():
    """Every number in the range is equally likely, those at its ends too; decimals have the places asked for."""
    assert fits(Counter(values(td.integer(-2, 3), 6000)), dict.fromkeys(range(-2, 4), 1))
    drawn = values(td.decimal("0.1", "0.5", places=1), 5000)
    assert fits(Counter(drawn), dict.fromkeys([0.1, 0.2, 0.3, 0.4, 0.5], 1))
    wide = values(td.integer(0, 2**62), 4000)
    assert fits(Counter(number * 8 // (2**62 + 1) for number in wide), dict.fromkeys(range(8), 1))
    assert max(np.bincount([number % 7 for number in wide])) < 700


def test_quantiles_have_the_distribution_asked_for():
    """A quarter of all values lies between neighbouring points."""
    drawn = values(td.quantiles([0, 10, "20.5", 100, 1000], places=1), 8000)
    bands = Counter(sum(number > bound for bound in (10, 20.5, 100)) for number in drawn)
    assert fits(bands, dict.fromkeys(range(4), 1))
    assert 0 <= min(drawn) < 1
    assert 990 < max(drawn) <= 1000
    assert set(values(td.quantiles([5, 5, 5]), 50)) == {5}


def test_dates_and_clocks():
    """Days from the first to the last, both included; record i of a clock is its start and i steps."""
    days = values(td.date("2024-02-27", "2024-03-02"), 2000)
    expected = [(date(2024, 2, 27) + timedelta(days=i)).isoformat() for i in range(5)]
    assert fits(Counter(days), dict.fromkeys(expected, 1))
    assert values(td.date("2024-02-29", "2024-02-29", format="%d/%m"), 2) == ["29/02"] * 2
    assert values(td.clock("2024-12-31T23:59:00+01:00", every="30s"), 4) == [
        f"2024-12-31T22:59:{s}Z" for s in ("00", "30")
    ] + [f"2024-12-31T23:00:{s}Z" for s in ("00", "30")]
    units = {"1us": 1, "2ms": 2000, "3s": 3 * 10**6, "4min": 240 * 10**6, "5h": 18 * 10**9, "6d": 6 * 864 * 10**8}
    for every, micros in units.items():
        second = values(td.clock("1970-01-01", every=every, format="%Y-%m-%dT%H:%M:%S.%f"), 2)[1]
        assert (np.datetime64(second, "us") - np.datetime64("1970-01-01", "us")).astype(int) == micros


def test_chances():
    """True as often as asked, never at 0 and always at 1."""
    assert fits(Counter(values(td.chance("0.2"), 5000)), {True: 1, False: 4})
    assert fits(Counter(values(td.chance(1 / 3), 5000)), {True: 1, False: 2})
    assert set(values(td.chance(0))) == {False}
    assert set(values(td.chance(1))) == {True}


def test_tokens():
    """Hex digits of the length asked for, UUIDs of version 4, serials from their first."""
    drawn = values(td.hexadecimal(6))
    assert all(re.fullmatch("[0-9a-f]{6}", token) for token in drawn)
    assert len(set(drawn)) > 1990
    assert fits(Counter("".join(drawn)), dict.fromkeys("0123456789abcdef", 1))
    identifiers = values(td.uuid())
    assert all(str(UUID(token)) == token and UUID(token).version == 4 for token in identifiers)
    assert len(set(identifiers)) == len(identifiers)
    assert {len(token) for token in values(td.hexadecimal(512), 5)} == {512}
    assert values(td.serial(-2), 4) == [-2, -1, 0, 1]


def test_samples_are_different_entries():
    """A number of them, a range or another field's number; in random order; without those of another list; from a list."""
    rows = rows_of(
        {
            "x": td.sample(list("abcde"), 3),
            "some": td.sample(list("abcde"), (0, 5)),
            "n": td.integer(-1, 7),
            "many": td.sample(list("abcde"), "n"),
            "rest": td.sample(list("abcde"), "n", without="x"),
            "part": td.sample(of="x", count=2),
            "all": td.sample(of="some", count="n"),
            "one": td.pick("some"),
            "both": td.merge("x", "rest"),
            "ordered": td.merge("x", "rest", shuffle=False),
            "ports": td.sample([80, 443, 22], 2),
        },
        4000,
    )
    for row in rows:
        assert all(
            len(set(row[name])) == len(row[name]) for name in ("x", "some", "many", "rest", "part", "all", "both")
        )
        assert len(row["x"]) == 3
        assert len(row["many"]) == max(0, min(row["n"], 5))
        assert len(row["rest"]) == max(0, min(row["n"], 2))
        assert not set(row["rest"]) & set(row["x"])
        assert set(row["part"]) < set(row["x"])
        assert set(row["all"]) <= set(row["some"])
        assert len(row["all"]) == max(0, min(row["n"], len(row["some"])))
        assert (row["one"] in row["some"]) if row["some"] else row["one"] is None
        assert sorted(row["both"]) == sorted(row["ordered"])
        assert row["ordered"] == row["x"] + row["rest"]
    assert fits(
        Counter("".join(row["x"]) for row in rows),
        dict.fromkeys((a + b + c for a in "abcde" for b in "abcde" for c in "abcde" if len({a, b, c}) == 3), 1),
    )
    assert fits(Counter(len(row["some"]) for row in rows), dict.fromkeys(range(6), 1))
    assert fits(Counter(row["one"] for row in rows if len(row["some"]) == 5), dict.fromkeys("abcde", 1))


def test_weighted_samples():
    """The entries are successive weighted choices among those left; one without weight is never drawn, nor more than there are."""
    rows = rows_of(
        {
            "x": td.sample({"a": 3, "b": "1.5", "c": "0.5", "d": 0}, 2),
            "n": td.integer(-1, 9),
            "many": td.sample({80: 9, 443: 1, 22: 0}, "n"),
            "g": td.choice(["p", "q", "r"]),
            "by": td.sample({"p": {"a": 1, "b": 4}, "q": ["b", "c", "d", "e"], "r": {"a": 0, "e": 2}}, (1, 3), by="g"),
            "gone": td.sample({"a": 2, "b": 1}, 1, when="g = p"),
        },
        6000,
    )
    pairs = {
        a + b: u * v / (10 - u)
        for a, u in (("a", 6), ("b", 3), ("c", 1))
        for b, v in (("a", 6), ("b", 3), ("c", 1))
        if a != b
    }
    assert fits(Counter("".join(row["x"]) for row in rows), pairs)
    for row in rows:
        assert len(row["many"]) == max(0, min(row["n"], 2))
        assert set(row["many"]) <= {80, 443}
        assert len(set(row["by"])) == len(row["by"])
        assert set(row["by"]) <= {"p": {"a", "b"}, "q": {"b", "c", "d", "e"}, "r": {"e"}}[row["g"]]
        assert (row["gone"] is None) == (row["g"] != "p")
    assert fits(Counter(row["by"][0] for row in rows if row["g"] == "p"), {"a": 1, "b": 4})
    assert fits(Counter(row["by"][0] for row in rows if row["g"] == "q"), dict.fromkeys("bcde", 1))
    assert fits(Counter(row["many"][0] for row in rows if row["many"]), {80: 9, 443: 1})
    assert {len(row["by"]) for row in rows if row["g"] == "p"} == {1, 2}
    assert {len(row["by"]) for row in rows if row["g"] == "q"} == {1, 2, 3}


def test_a_weighted_sample_of_many_entries():
    """Lists of thousands of entries are raced too, a few records at a time."""
    field = td.sample({f"e{i}": i % 5 for i in range(4096)}, 20)
    rows = rows_of({"x": field}, 700)
    assert rows[699] == td.generate(td.Recipe("r", {"x": field}), truth=False).record(699)
    assert all(len(set(row["x"])) == 20 for row in rows)
    assert fits(Counter(int(each[1:]) % 5 for row in rows for each in row["x"][:1]), {i: i for i in range(5)})


def test_what_a_list_holds_twice_is_left_out_once():
    """`without` a list that holds an entry twice leaves all the others to be drawn."""
    rows = rows_of(
        {
            "one": td.sample(list("abcd"), 1),
            "twice": td.merge("one", "one"),
            "rest": td.sample(list("abcd"), 3, without="twice"),
        },
        300,
    )
    assert all(sorted(row["one"] + row["rest"]) == list("abcd") for row in rows)


def first_of(tags, number):
    """Return the first items of each list, as many as the number says."""
    place = np.arange(len(tags.codes)) - np.repeat(tags.offsets[:-1], tags.lengths)
    kept = place < number[tags.row]
    return tags.codes[kept], tags.sum(kept.astype(np.int64))


def test_derived_lists():
    """A function gives the items of all records end to end and their number in each; the list is a list like any other."""
    letters = td.vocabulary(list("abcde"))
    rows = rows_of(
        {
            "tags": td.sample(letters, (0, 5)),
            "n": td.integer(0, 5),
            "f": td.chance("0.5"),
            "x": td.derive(first_of, "tags", "n", values=letters, many=True),
            "ports": td.derive(lambda n: (np.repeat(n % 2, n), n), "n", values=[80, 443], many=True),
            "python": td.derive(
                lambda n: ([i for k in n.tolist() for i in range(k % 2)], n % 2), "n", values=["one"], many=True
            ),
            "none": td.derive(lambda n: (n[:0], 0 * n), "n", values=["never"], many=True),
            "gone": td.derive(first_of, "tags", "n", values=letters, many=True, when="f"),
            "hidden": td.derive(lambda gone: (gone.codes, gone.lengths), "gone", values=letters, many=True),
            "shown": td.text('{x|join("")}/{ports}/{gone|join("")}/{hidden|join("")}'),
            "best": td.pick("x"),
            "rest": td.sample(letters, 5, without="x"),
            "all": td.merge("x", "rest", shuffle=False),
            "kids": td.each(
                over="x",
                fields={"seen": td.derive(first_of, "tags", "i", values=letters, many=True), "i": td.serial(1)},
            ),
            "lost": td.each(over="hidden"),
            "has": td.derive(lambda x, tags: x.sum(x.isin(tags)), "x", "tags"),
        }
    )
    for row in rows:
        assert row["x"] == row["tags"][: row["n"]]
        assert row["ports"] == [[80, 443][row["n"] % 2]] * row["n"]
        assert row["python"] == ["one"] * (row["n"] % 2)
        assert row["none"] == []
        assert row["gone"] == row["hidden"] == (row["x"] if row["f"] else None)
        gone = "".join(row["gone"] or ())
        assert row["shown"].startswith("".join(row["x"]) + "/")
        assert row["shown"].endswith(f"/{gone}/{gone}")
        assert row["best"] in (row["x"] or [None])
        assert sorted(row["all"]) == list("abcde")
        assert [kid["item"] for kid in row["kids"]] == row["x"]
        assert [kid["seen"] for kid in row["kids"]] == [row["tags"][: i + 1] for i in range(len(row["x"]))]
        assert [kid["item"] for kid in row["lost"]] == list(row["hidden"] or ())
        assert row["has"] == len(row["x"])
    assert {row["f"] for row in rows} == {True, False}


def test_lists_derived_from_absent_values_are_absent_and_hold_nothing():
    """Whatever the function makes of the number behind an absent value, no text, child or function sees it."""
    rows = rows_of(
        {
            "f": td.chance("0.5"),
            "n": td.integer(1, 3, when="f"),
            "x": td.derive(lambda n: (np.repeat(0, n.sum()), n), "n", values=["secret"], many=True),
            "line": td.text("<{x}>"),
            "kids": td.each(over="x"),
            "length": td.derive(lambda x: x.lengths, "x", values=["none", *"123"]),
            "both": td.merge("x", "x"),
        },
        200,
    )
    for row in rows:
        held = ["secret"] * (row["n"] or 0)
        assert row["x"] == (held if row["f"] else None)
        assert row["line"] == f"<{', '.join(held[:-1])}{' and ' * (len(held) > 1)}{''.join(held[-1:])}>"
        assert [kid["item"] for kid in row["kids"]] == held
        assert row["both"] == held * 2


def test_derived_lists_within_children():
    """Children's lists are made of their own fields, their siblings' order and a list of their parent; grandchildren's too."""
    rows = rows_of(
        {
            "tags": td.sample(list("abcde"), (0, 5)),
            "jobs": td.each(
                (0, 3),
                {
                    "years": td.integer(0, 4),
                    "used": td.derive(first_of, "tags", "years", values=list("abcde"), many=True, when="years != 2"),
                    "line": td.text('{years}:{used|join("")}'),
                    "parts": td.each(
                        1, {"again": td.derive(first_of, "tags", "years", values=list("abcde"), many=True)}
                    ),
                },
            ),
            "all": td.text('{jobs.line|join(" ")}'),
        },
        600,
    )
    for row in rows:
        for job in row["jobs"]:
            assert job["parts"][0]["again"] == row["tags"][: job["years"]]
            assert job["used"] == (row["tags"][: job["years"]] if job["years"] != 2 else None)
            assert job["line"] == f"{job['years']}:{''.join(job['used'] or ())}"
        assert row["all"] == " ".join(job["line"] for job in row["jobs"])


def test_derived_dates():
    """Days since 1970 are printed by their format; other functions read the microseconds of their midnight, as of a clock."""
    rows = rows_of(
        {
            "day": td.date("1969-12-30", "1970-01-03"),
            "n": td.integer(-719_160, 2_932_890),
            "f": td.chance("0.5"),
            "x": td.derive(lambda day, n: 0 * day + n, "day", "n", date="%Y-%m-%d"),
            "next": td.derive(lambda day: day + 1, "day", date="%d/%m/%y"),
            "since": td.derive(lambda x: x, "x"),
            "gone": td.derive(lambda day: day, "day", date="%A", when="f"),
            "hidden": td.derive(lambda gone: gone // (24 * 60 * 60 * 10**6), "gone", date="%j"),
            "line": td.text('{x}, {x|date("%B %Y")}, {gone|date("%d")}|{hidden}|{hidden|date("%Y")}'),
            "kids": td.each(
                2, {"i": td.serial(1), "on": td.derive(lambda x, i: x // (864 * 10**8) - i, "x", "i", date="%Y%m%d")}
            ),
        },
        3000,
    )
    for row in rows:
        day, made = date.fromisoformat(row["day"]), date(1970, 1, 1) + timedelta(days=row["n"])
        assert row["x"] == made.isoformat()
        assert row["next"] == f"{day + timedelta(days=1):%d/%m/%y}"
        assert row["since"] == row["n"] * 24 * 60 * 60 * 10**6
        assert row["gone"] == (f"{day:%A}" if row["f"] else None)
        assert row["hidden"] == (f"{day:%j}" if row["f"] else None)
        shown = (f"{day:%d}", f"{day:%j}", f"{day:%Y}") if row["f"] else ("", "", "")
        assert row["line"] == f"{row['x']}, {made:%B} {made.year:04d}, {shown[0]}|{shown[1]}|{shown[2]}"
        assert [kid["on"] for kid in row["kids"]] == [
            (made - timedelta(days=i)).isoformat().replace("-", "") for i in (1, 2)
        ]


def test_derived_dates_reach_from_the_year_1_to_9999():
    """The first and the last day that Python knows are dates; the days beside them are errors, but not behind absent values."""
    ends = {"first": -719_162, "last": 2_932_896}
    (row,) = rows_of(
        {name: td.derive(lambda i, day=day: i + day, "i", date="%Y-%m-%d") for name, day in ends.items()}
        | {"i": td.serial()},
        1,
    )
    assert (row["first"], row["last"]) == (date.min.isoformat(), date.max.isoformat())
    for day in (-719_163, 2_932_897, 2**62, -(2**62)):
        fields = {"n": td.integer(day, day), "x": td.derive(lambda n: n, "n", date="%Y-%m-%d")}
        with pytest.raises(RunError, match="field 'x': its function returned a day outside the years 1 to 9999"):
            rows_of(fields, 2)
        absent = {
            **fields,
            "n": td.integer(day, day, when="f"),
            "f": td.chance(0),
            "line": td.text('{x}{x|date("%d")}'),
        }
        assert {(row["x"], row["line"]) for row in rows_of(absent, 20)} == {(None, "")}


@given(st.data(), st.integers(1, 3000), st.integers(1, 60))
@settings(max_examples=30)
def test_isin_is_what_it_is_in_python(data, size, count):
    """Of long vocabularies and many records, each item is told whether the same record's other list holds it."""
    codes = st.lists(st.integers(0, size - 1), max_size=6)
    lists = [[data.draw(codes) for _ in range(count)] for _ in range(2)]
    kind = FieldType("list", td.vocabulary(list(range(size))))
    mine, theirs = (
        td.Lists(kind, np.array([code for row in rows for code in row], np.int64), np.cumsum([0, *map(len, rows)]))
        for rows in lists
    )
    expected = [code in other for row, other in zip(*lists, strict=True) for code in row]
    assert mine.isin(theirs).tolist() == expected


def test_isin_of_more_than_its_table_holds_at_once():
    """Records beyond the first few thousand are told as the first are."""
    words = td.vocabulary([f"w{i}" for i in range(3000)])
    fields = {"a": td.sample(words, (0, 9)), "b": td.sample(of="a", count=(0, 3)), "c": td.sample(words, (0, 400))}
    shared = {
        "both": td.derive(lambda a, c: a.sum(a.isin(c)), "a", "c"),
        "all": td.derive(lambda a, b: b.sum(b.isin(a)), "a", "b"),
    }
    rows = rows_of({**fields, **shared}, 1500)
    for row in rows:
        assert row["both"] == len(set(row["a"]) & set(row["c"]))
        assert row["all"] == len(row["b"])
    assert any(row["both"] for row in rows)


def test_isin_compares_lists_of_one_vocabulary():
    """Places in two different vocabularies mean different entries, so comparing them is an error."""
    fields = {"a": td.sample(["p", "q"], 1), "b": td.sample(["q", "p"], 1)}
    with pytest.raises(RunError, match="field 'x': its function raised ValueError: isin compares lists over the same"):
        rows_of({**fields, "x": td.derive(lambda a, b: a.sum(a.isin(b)), "a", "b")}, 3)


def test_derived_values():
    """Tables, and functions of numbers, codes, booleans, dates and lists, to numbers, entries, decimals and booleans."""
    rows = rows_of(
        {
            "s": td.choice([200, 500]),
            "level": td.derive({200: "info", 500: "error"}, "s"),
            "code": td.derive({"info": 1, "error": -1}, "level"),
            "n": td.integer(-5, 5),
            "twice": td.derive(lambda n: 2 * n, "n"),
            "sign": td.derive(lambda n: np.sign(n) + 1, "n", values=["minus", "zero", "plus"]),
            "half": td.derive(lambda n: n * 5, "n", places=1),
            "even": td.derive(lambda n: n % 2 == 0, "n", boolean=True),
            "d": td.decimal("-1", "1", places=2),
            "cents": td.derive(lambda d: d, "d"),
            "day": td.date("1970-01-01", "1970-01-10"),
            "since": td.derive(lambda day: day, "day"),
            "tags": td.sample(list("abc"), (0, 3)),
            "others": td.sample(list("abc"), (0, 3)),
            "shared": td.derive(lambda a, b: a.sum(a.isin(b).astype(np.int64)), "tags", "others"),
            "length": td.derive(lambda a: a.lengths, "tags"),
            "first": td.derive(lambda level: level, "level"),
        }
    )
    for row in rows:
        assert row["level"] == {200: "info", 500: "error"}[row["s"]]
        assert row["code"] == {"info": 1, "error": -1}[row["level"]]
        assert row["twice"] == 2 * row["n"]
        assert row["sign"] == ("zero" if not row["n"] else "plus" if row["n"] > 0 else "minus")
        assert row["half"] == row["n"] / 2
        assert row["even"] is (row["n"] % 2 == 0)
        assert row["cents"] == round(row["d"] * 100)
        assert row["since"] == int(row["day"][-2:]) - 1
        assert row["shared"] == len(set(row["tags"]) & set(row["others"]))
        assert row["length"] == len(row["tags"])
        assert row["first"] == ["info", "error"].index(row["level"])


def test_children():
    """A number of children, a range, a field's number or one an item; each with draws of its own and its parents' facts."""
    rows = rows_of(
        {
            "n": td.integer(0, 3),
            "tags": td.sample(["red", "blue"], (0, 2)),
            "fixed": td.each(2, {"v": td.integer(0, 10**9)}),
            "some": td.each((0, 2), {"i": td.serial(1)}),
            "many": td.each(
                "n",
                {
                    "years": td.integer(1, 5),
                    "sum": td.cumulative("years"),
                    "before": td.cumulative("years", before=True, start=10),
                },
            ),
            "items": td.each(
                over="tags",
                fields={"n2": td.derive(lambda n: n + 1, "n"), "kids": td.each(1, {"t": td.text("{item}{n}")})},
            ),
            "shown": td.each(1, {"a": td.serial(), "b": td.serial()}, columns=["b"]),
        },
        1000,
    )
    for row in rows:
        assert len(row["fixed"]) == 2
        assert row["fixed"][0] != row["fixed"][1]
        assert [child["i"] for child in row["some"]] == list(range(1, len(row["some"]) + 1))
        total = 0
        assert len(row["many"]) == row["n"]
        for child in row["many"]:
            assert child["before"] == total + 10
            total += child["years"]
            assert child["sum"] == total
        assert [child["item"] for child in row["items"]] == row["tags"]
        assert all(child["n2"] == row["n"] + 1 for child in row["items"])
        assert [child["kids"][0]["t"] for child in row["items"]] == [f"{tag}{row['n']}" for tag in row["tags"]]
        assert row["shown"] == [{"b": 0}]
    assert {len(row["some"]) for row in rows} == {0, 1, 2}
    assert len({child["v"] for row in rows for child in row["fixed"]}) == 2000


def test_absent_values_stay_absent():
    """What is computed from an absent value is absent, empty or nothing: no hidden value shows."""
    rows = rows_of(
        {
            "flag": td.chance("0.5"),
            "n": td.integer(1, 5, when="flag"),
            "word": td.choice(["a", "b"], when="flag"),
            "tags": td.sample(["a", "b"], 2, when="flag"),
            "twice": td.derive(lambda n: 2 * n, "n"),
            "mapped": td.derive({"a": "A", "b": "B"}, "word"),
            "one": td.pick("tags"),
            "part": td.sample(of="tags", count=1),
            "both": td.merge("tags", "more"),
            "more": td.sample(["a", "b"], 1, without="tags"),
            "kids": td.each(over="tags"),
            "counted": td.each("n", {"v": td.serial()}),
            "sampled": td.sample(list("abcdef"), "n"),
            "gone": td.each(2, {"v": td.serial()}, when="flag"),
            "sums": td.each(3, {"f": td.chance("0.5"), "y": td.integer(1, 9, when="f"), "total": td.cumulative("y")}),
            "line": td.text("{n}{word}{tags}{gone.v}"),
        },
        600,
    )
    assert {row["flag"] for row in rows} == {True, False}
    for row in rows:
        if not row["flag"]:
            assert (
                row["n"]
                is row["word"]
                is row["tags"]
                is row["twice"]
                is row["mapped"]
                is row["one"]
                is row["gone"]
                is None
            )
            assert row["part"] == row["kids"] == row["counted"] == row["sampled"] == []
            assert row["both"] == row["more"]
            assert len(row["more"]) == 1
            assert row["line"] == ""
        else:
            assert row["twice"] == 2 * row["n"]
            assert len(row["counted"]) == len(row["sampled"]) == row["n"]
            assert len(row["gone"]) == 2
        total = 0
        for child in row["sums"]:
            total += child["y"] or 0
            assert child["total"] == total


def test_texts_choose_among_alternatives():
    """Templates, pairs with weights, cases by a field, and rules of Python, recipe and text."""
    rows = rows_of(
        {
            "mood": td.choice(["up", "down"]),
            "x": td.text(["a", ("b", 2), ("c", 0)]),
            "y": td.text(td.by("mood", {"up": ["{hi}!", "yes"], "down": "no"})),
            "z": td.text("{hi} {own}", rules={"own": td.rules(o=["1", "2"]).named[0][1], "hi": "mine"}),
            "w": td.text([(td.by("mood", {"up": "u", "down": "d"}), 1), "either"]),
        },
        3000,
        rules=td.rules(hi=["hello", ("hey", 3)]),
    )
    assert fits(Counter(row["x"] for row in rows), {"a": 1, "b": 2, "c": 0})
    assert fits(Counter(row["y"] for row in rows if row["mood"] == "up"), {"yes": 4, "hello!": 1, "hey!": 3})
    assert {row["y"] for row in rows if row["mood"] == "down"} == {"no"}
    assert fits(Counter(row["z"] for row in rows), {"mine 1": 1, "mine 2": 1})
    assert fits(Counter(row["w"] for row in rows if row["mood"] == "up"), {"u": 1, "either": 1})


def test_checks_draw_again():
    """Records that break a condition or a function's law are drawn again, and what is delivered keeps both."""
    recipe = td.Recipe(
        "r",
        {"n": td.integer(0, 9), "m": td.integer(0, 9)},
        checks=[td.check("low", "n < 9"), td.check("apart", lambda n, m: n != m, "n", "m")],
    )
    rows = list(td.generate(recipe, count=3000))
    assert len(rows) == 3000
    assert fits(Counter(row["n"] for row in rows), dict.fromkeys(range(9), 1))
    assert all(row["n"] < 9 and row["n"] != row["m"] for row in rows)


REFUSED = {
    "choice by a field that is not there": (lambda: td.choice({"a": ["x"]}, by="c"), "unknown field 'c'"),
    "choice by a number": (lambda: td.choice({"a": ["x"]}, by="n"), "needs 'n' to be a choice or quota field, and it is a number"),
    "choice by a field with another value": (lambda: td.choice({"p": ["x"], "q": ["x"], "r": ["y"]}, by="y"), "unknown value of y 'r'"),
    "choice by a field with one more value": (lambda: td.choice({"p": ["x"]}, by="y"), "by='y' has no entries for 'q'"),
    "choice within too many splits": (lambda: td.choice(["a"], within="y"), "within='y' needs at least 2 entries"),
    "unique with weights": (lambda: td.choice({"a": 1, "b": 2}, unique=True), "unique entries have no weights"),
    "unique among children": (lambda: td.each(2, {"u": td.integer(0, 9, unique=True)}), "kept over records, not over children"),
    "quota across no quota": (lambda: td.quota(["a"], across="n"), "unknown quota field 'n'"),
    "integer of words": (lambda: td.integer("a", "b"), "low='a': expected a number"),
    "integer of fractions": (lambda: td.integer(0.5, 2), "low=0.5: expected a number with at most 0 decimal places"),
    "integer beyond 64 bits": (lambda: td.integer(0, 2**64), "expected a number that 64 bits hold"),
    "integer of too wide a range": (lambda: td.integer(-(2**63) + 1, 2**63 - 1), "the range is wider than 2**63"),
    "integer without an end": (lambda: td.integer(0, float("inf")), "expected a number with at most"),
    "decimal of too many places": (lambda: td.decimal(0, 1, places=10), "places=10: expected 0 to 9"),
    "decimal of finer bounds": (lambda: td.decimal("0.123", 1, places=2), "low='0.123': expected a number with at most 2"),
    "one quantile": (lambda: td.quantiles([1]), "expected at least two numbers that never fall"),
    "falling quantiles": (lambda: td.quantiles([1, 3, 2]), "expected at least two numbers that never fall"),
    "quantiles far apart": (lambda: td.quantiles([0, 2**40]), "further than 2**31 steps apart"),
    "dates upside down": (lambda: td.date("2025-01-02", "2025-01-01"), "expected a range of 1 to 100000 days"),
    "dates of centuries": (lambda: td.date("1000-01-01", "2025-01-01"), "expected a range of 1 to 100000 days"),
    "a date of another kind": (lambda: td.date(5, "2025-01-01"), "first=5: expected an ISO date"),
    "a clock of another kind": (lambda: td.clock("noon", every="1s"), "start='noon': expected an ISO moment"),
    "a negative chance": (lambda: td.chance(-0.1), "probability=-1/10: expected a number in [0, 1]"),
    "odd hex digits": (lambda: td.hexadecimal(3), "digits=3: expected an even number from 2 to 512"),
    "hex digits of text": (lambda: td.hexadecimal("4"), "digits='4': expected an even number"),
    "a serial beyond 64 bits": (lambda: td.serial(2**63), "expected a number that 64 bits hold"),
    "a serial near the end": (lambda: td.serial(2**62 + 1), "expected a number from -2**62 to 2**62"),
    "a negative sample": (lambda: td.sample(["a"], -1), "count=-1: expected a number of 0 or more"),
    "a sample of a text's number": (lambda: td.sample(["a"], "y"), "count='y': expected a number, a range or the name of an integer field"),
    "a weighted sample without a list": (lambda: td.sample({"red": 1, "blue": 2}, 1, without="tags"), "weights and `without` cannot be used together"),
    "a weighted sample of more than there are": (lambda: td.sample({"a": 1, "b": 2}, 3), "count=3: asked for more different entries than the 2 there are"),
    "a weighted sample of more than have weight": (lambda: td.sample({"a": 1, "b": 2, "c": 0}, (0, 3)), "asked for more different entries than the 2 there are"),
    "a weighted sample of too long a list": (lambda: td.sample(dict.fromkeys(range(4097), 1), 1), "a weighted sample is drawn from at most 4096 entries, got 4097"),
    "a weighted sample by group of too long a list": (lambda: td.sample({"p": dict.fromkeys(range(4097), 1), "q": [1]}, 1, by="y"), "at most 4096 entries, got 4097"),
    "a sample by group of an entry told twice": (lambda: td.sample({"p": ["a", "b", "a"], "q": ["a"]}, 1, by="y"), "and 'a' is there more than once"),
    "a choice by group within splits of too few": (lambda: td.choice({"p": ["a", "b", "c"], "q": {"d": 1, "e": 0}}, by="y", within="y"), "within='y' needs at least 2 entries, one a split, got 1"),
    "a choice by group within splits without a group": (lambda: td.choice({"p": ["a", "b", "c"]}, by="y", within="y"), "by='y' has no entries for 'q'"),
    "a choice by group within a number": (lambda: td.choice({"p": ["a"], "q": ["b"]}, by="y", within="n"), "needs 'n' to be a choice or quota field, and it is a number"),
    "a derived list without its entries": (lambda: td.derive(lambda n: (n, n), "n", many=True), "many=True needs `values`"),
    "a derived list of dates": (lambda: td.derive(lambda n: (n, n), "n", values=["a"], many=True, date="%Y"), "values= and date= cannot both be given"),
    "a derived date with places": (lambda: td.derive(lambda n: n, "n", places=2, date="%Y"), "places= and date= cannot both be given"),
    "a derived date of no format": (lambda: td.derive(lambda n: n, "n", date="day"), "format='day': expected at least one directive"),
    "a derived date of an unknown directive": (lambda: td.derive(lambda n: n, "n", date="%Q"), "unknown date directive %Q"),
    "a list of a derived list of other entries": (lambda: td.each(1, {"d": td.derive(lambda n: (n, n), "n", values=["red", "green"], many=True), "m": td.merge("d", "tags")}), "'tags' is a list over another vocabulary"),
    "a sample without another list": (lambda: td.sample(["a", "b"], 1, without="tags"), "'tags' is a list over another vocabulary"),
    "a sample of no list": (lambda: td.sample(of="n", count=1), "'n' is no list field"),
    "a sample of and without": (lambda: td.sample(of="tags", count=1, without="tags"), "cannot be used together"),
    "a pick of nothing": (lambda: td.pick("nope"), "unknown list field 'nope'"),
    "a table with a value too many": (lambda: td.derive({"p": 1, "q": 2, "z": 3}, "y"), "unknown value of y 'z'"),
    "a table with a value too few": (lambda: td.derive({"p": 1}, "y"), "the table says nothing of 'q'"),
    "a function of an unknown field": (lambda: td.derive(lambda a: a, "m"), "unknown field 'm'"),
    "a running total of records": (lambda: td.cumulative("n"), "a running total needs siblings"),
    "a running total of words": (lambda: td.each(1, {"c": td.cumulative("y")}), "of='y': expected a number"),
    "children without fields": (lambda: td.each(2), "expected at least one field for the children"),
    "children over no list": (lambda: td.each(over="y"), "'y' is no list field"),
    "children with a column named twice": (lambda: td.each(1, {"v": td.serial()}, columns=["v", "v"]), "column 'v' is named twice"),
    "children with a name that is none": (lambda: td.each(1, {"a b": td.serial()}), "name='a b': expected letters, digits and _"),
    "children with an item of their own": (lambda: td.each(over="tags", fields={"item": td.serial()}), "another name than 'item'"),
    "children with an unknown column": (lambda: td.each(1, {"v": td.serial()}, columns=["w"]), "unknown column 'w'"),
    "a text by a number": (lambda: td.text(td.by("n", {"1": "a"})), "by('n') needs a choice or quota field, not a number"),
    "a text by a field with one more value": (lambda: td.text(td.by("y", {"p": "a"})), "by('y') has no case for 'q'"),
    "a text of no alternatives": (lambda: td.text([]), "has no alternative: give it at least one"),
    "a joined number": (lambda: td.text("{n|join}"), "modifier |join does not fit 'n'"),
    "a dated number": (lambda: td.text('{n|date("%d")}'), "needs a date or a clock and one format, and 'n' is a number"),
    "a plural of a number": (lambda: td.text("{n|plural}"), "modifier |plural does not fit 'n'"),
    "three separators": (lambda: td.text('{tags|join("a", "b", "c")}'), "|join takes the text between items"),
    "a field of no children": (lambda: td.text("{n.x}"), "'n' has no field 'x'"),
    "children of several texts": (lambda: td.text("{kids}"), "{kids} needs a field of these children, as in {kids.v}"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_fields_that_cannot_be_are_refused(case):
    """A field declared as ... is one clear problem when the recipe is compiled."""
    made, message = REFUSED[case]
    said = refusal(
        made,
        n=td.integer(0, 9),
        y=td.quota(["p", "q"]),
        tags=td.sample(["red", "blue"], 1),
        kids=td.each(1, {"v": td.serial()}),
    )
    assert message in said
    assert len(said.splitlines()) == 1, said


def test_functions_of_the_wrong_kind_are_named():
    """Floats, other shapes and numbers beyond 64 bits are refused when they are drawn."""
    for function, message in (
        (lambda n: n / 2, "returned float64"),
        (lambda n: n[:1], "returned shape=(1,), expected (3,)"),
        (lambda n: n.astype(np.uint64) + np.uint64(2**63), "more than 64 bits with a sign hold"),
        (lambda _: 5, "returned shape=()"),
    ):
        with pytest.raises(RunError, match="field 'x': its function") as caught:
            rows_of({"n": td.integer(0, 9), "x": td.derive(function, "n")}, 3)
        assert message in str(caught.value)


def test_functions_that_make_no_lists_are_named():
    """Wrong shapes, lengths that do not add up, places outside the list and floats are refused when they are drawn."""
    for function, message in (
        (
            lambda n: n,
            "returned arrays of shapes () and 3 more, expected two: all items end to end, and their number in each of 4 records",
        ),
        (lambda _: (), "returned arrays of shapes [], expected two"),
        (lambda n: (n, n, n), "returned arrays of shapes (4,) and (4,) and (4,), expected two"),
        (lambda n: (n, n[:1]), "returned arrays of shapes (4,) and (1,), expected two"),
        (lambda n: (n[:, None], n), "returned arrays of shapes (4, 1) and (4,), expected two"),
        (lambda n: (n[0], n), "returned arrays of shapes () and (4,), expected two"),
        (lambda n: (n[:3], 0 * n + 1), "returned 3 items and lengths that add up to 4"),
        (lambda n: (n, 0 * n), "returned 4 items and lengths that add up to 0"),
        (lambda n: (n[:0], np.array([1, -1, 1, -1]) + 0 * n), "returned 0 items and lengths that add up to 0"),
        (lambda n: (n / 2, 0 * n + 1), "returned float64, expected integers or booleans"),
        (lambda n: (n, (0 * n + 1) / 1), "returned float64, expected integers or booleans"),
        (lambda n: (0 * n + 2, 0 * n + 1), "returned an index outside [0, 2), the list in `values`"),
        (lambda n: (0 * n - 1, 0 * n + 1), "returned an index outside [0, 2), the list in `values`"),
        (lambda _: None, "raised TypeError"),
        (lambda n: n // 0 if n[5] else n, "raised IndexError"),
    ):
        with pytest.raises(RunError, match="field 'x': its function") as caught:
            rows_of({"n": td.integer(0, 1), "x": td.derive(function, "n", values=["a", "b"], many=True)}, 4)
        assert message in str(caught.value)


def test_a_function_cannot_change_its_arguments():
    """What a function is given is the record's own, so writing to it is an error and no silent change."""
    fields = {"n": td.integer(1, 9), "tags": td.sample(["a", "b"], 1)}
    for function, name in ((lambda n: n.__imul__(0), "n"), (lambda tags: tags.codes.__imul__(0), "tags")):
        with pytest.raises(RunError, match="field 'x': its function raised ValueError: output array is read-only"):
            rows_of({**fields, "x": td.derive(function, name)}, 3)


def test_declarations_are_frozen():
    """A field is data: it compares by what it says, wherever it was written, and cannot be changed."""
    assert td.choice(["a"]) == td.choice(["a"])
    assert td.choice(["a"]) != td.choice(["b"])
    with pytest.raises(AttributeError):
        td.choice(["a"]).unique = True
    often = td.chance("often")
    with pytest.raises(RecipeError, match="field 'a': probability='often': expected a finite number"):
        rows_of({"a": often}, 1)
