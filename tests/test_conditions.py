"""Conditions mean what they say for every record, and are refused with the reason where they mean nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import treadle as td
from treadle.errors import RecipeError

DAY = 24 * 60 * 60 * 10**6
FIELDS = {
    "flag": td.chance("0.5"),
    "level": td.choice(["junior", "senior", "team lead", 'say "x"']),
    "status": td.choice([200, 404, 500]),
    "n": td.integer(-3, 3),
    "m": td.integer(-3, 3),
    "price": td.decimal("-2", "2", places=1),
    "cost": td.decimal("-2", "2", places=1),
    "day": td.date("2025-02-27", "2025-03-02"),
    "due": td.date("2025-02-27", "2025-03-02", format="%d.%m.%Y"),
    "month": td.date("2025-01-31", "2025-02-02", format="%B"),
    "tags": td.sample(["red", "green", "blue"], (0, 3)),
    "ports": td.sample([80, 443], (0, 2)),
    "kids": td.each((0, 2), {"k": td.serial()}),
    "maybe": td.integer(-3, 3, when="flag"),
    "word": td.choice(["x", "y"], when="flag"),
    "some": td.sample(["red", "green"], (0, 2), when="flag"),
    "at": td.clock("2025-01-01", every="1h"),
    "until": td.clock("2025-01-03", every="1min"),
    "line": td.text("x{n}"),
    "made": td.derive(lambda day, n: day + n, "day", "n", date="%Y-%m-%d"),
    "paid": td.derive(lambda made, maybe: made // DAY + maybe, "made", "maybe", date="%Y-%m-%d"),
}
ROWS = list(td.generate(td.Recipe("facts", FIELDS), count=300, truth=False))


def holds(condition):
    """Return for each record whether a condition holds."""
    recipe = td.Recipe(
        "facts", {**FIELDS, "holds": td.text(f"{{if {condition}}}yes{{else}}no{{/if}}")}, columns=["holds"]
    )
    return [row["holds"] == "yes" for row in td.generate(recipe, count=len(ROWS), truth=False)]


def refusal(condition):
    """Return the message for a condition, without its place."""
    with pytest.raises(RecipeError) as caught:
        td.generate(td.Recipe("facts", {**FIELDS, "x": td.serial(when=condition)}))
    (problem,) = caught.value.problems
    assert "field 'x'" in problem.where
    return problem.message


CASES = {
    "flag": lambda r: r["flag"],
    "flag = true": lambda r: r["flag"],
    "flag != true": lambda r: not r["flag"],
    "flag = 0": lambda r: not r["flag"],
    "not flag": lambda r: not r["flag"],
    "not not flag": lambda r: r["flag"],
    "level = senior": lambda r: r["level"] == "senior",
    "level == senior": lambda r: r["level"] == "senior",
    "level=senior": lambda r: r["level"] == "senior",
    "level != senior": lambda r: r["level"] != "senior",
    'level = "team lead"': lambda r: r["level"] == "team lead",
    "level = 'team lead'": lambda r: r["level"] == "team lead",
    "level = 'say \"x\"'": lambda r: r["level"] == 'say "x"',
    'level in senior, "team lead"': lambda r: r["level"] in {"senior", "team lead"},
    "not level in senior, junior": lambda r: r["level"] not in {"senior", "junior"},
    "status = 404": lambda r: r["status"] == 404,
    "status in 200, 500": lambda r: r["status"] in {200, 500},
    "status = 403": lambda _: False,
    "status >= 404": lambda r: r["status"] >= 404,
    "status < 450": lambda r: r["status"] < 450,
    "n = 2": lambda r: r["n"] == 2,
    "n = -2": lambda r: r["n"] == -2,
    "n != 2": lambda r: r["n"] != 2,
    "n = 17": lambda _: False,
    "n in -1, 0, 1": lambda r: abs(r["n"]) < 2,
    "n < 0": lambda r: r["n"] < 0,
    "n <= 0": lambda r: r["n"] <= 0,
    "n > 0": lambda r: r["n"] > 0,
    "n >= 0": lambda r: r["n"] >= 0,
    "n > 1e0": lambda r: r["n"] > 1,
    "n < m": lambda r: r["n"] < r["m"],
    "n >= m": lambda r: r["n"] >= r["m"],
    "n <= status": lambda r: r["n"] <= r["status"],
    "price > 0.5": lambda r: r["price"] > 0.5,
    "price = 0.5": lambda r: r["price"] == 0.5,
    "price <= -1": lambda r: r["price"] <= -1,
    "price < cost": lambda r: r["price"] < r["cost"],
    "day = 2025-02-28": lambda r: r["day"] == "2025-02-28",
    "day < 2025-03-01": lambda r: r["day"] < "2025-03-01",
    "day >= 2020-01-01": lambda _: True,
    "day > 2030-01-01": lambda _: False,
    "due = 01.03.2025": lambda r: r["due"] == "01.03.2025",
    "due = 2025-03-01": lambda r: r["due"] == "01.03.2025",
    "due <= 28.02.2025": lambda r: r["due"] in {"27.02.2025", "28.02.2025"},
    "due > 2025-02-28": lambda r: r["due"] in {"01.03.2025", "02.03.2025"},
    "day < due": lambda r: date.fromisoformat(r["day"]) < date(*map(int, reversed(r["due"].split(".")))),
    "month = February": lambda r: r["month"] == "February",
    "tags has red": lambda r: "red" in r["tags"],
    "not tags has red and tags has blue": lambda r: "red" not in r["tags"] and "blue" in r["tags"],
    "ports has 443": lambda r: 443 in r["ports"],
    "len(tags) > 1": lambda r: len(r["tags"]) > 1,
    "len(tags) = 0": lambda r: not r["tags"],
    "len(tags) != 0": lambda r: bool(r["tags"]),
    "len(kids) <= n": lambda r: len(r["kids"]) <= r["n"],
    "at < until": lambda r: r["at"] < r["until"],
    "at < 2025-01-05": lambda r: r["at"] < "2025-01-05",
    "at = 2025-01-05": lambda r: r["at"] == "2025-01-05T00:00:00Z",
    "made < 2025-03-01": lambda r: r["made"] < "2025-03-01",
    "made >= 1999-12-31": lambda _: True,
    "made = 2025-03-01": lambda r: r["made"] == "2025-03-01",
    "made != 2025-03-01": lambda r: r["made"] != "2025-03-01",
    "made in 2025-03-01, 2025-02-28": lambda r: r["made"] in {"2025-03-01", "2025-02-28"},
    "made > day": lambda r: r["made"] > r["day"],
    "day <= made": lambda r: r["day"] <= r["made"],
    "until < made": lambda r: r["until"] < r["made"],
    "flag and n > 0": lambda r: r["flag"] and r["n"] > 0,
    "flag or n > 0": lambda r: r["flag"] or r["n"] > 0,
    "flag or n > 0 and m > 0": lambda r: r["flag"] or (r["n"] > 0 and r["m"] > 0),
    "n > 0 and m > 0 or flag": lambda r: (r["n"] > 0 and r["m"] > 0) or r["flag"],
    "(flag or n > 0) and m > 0": lambda r: (r["flag"] or r["n"] > 0) and r["m"] > 0,
    "not flag and n > 0": lambda r: not r["flag"] and r["n"] > 0,
    "not (flag and n > 0)": lambda r: not (r["flag"] and r["n"] > 0),
    "flag and n in 1, 2 or m = 3": lambda r: (r["flag"] and r["n"] in {1, 2}) or r["m"] == 3,
    "  n>0  ": lambda r: r["n"] > 0,
}
ABSENT = {
    "maybe > 0": lambda r: r["flag"] and r["maybe"] > 0,
    "maybe <= 0": lambda r: r["flag"] and r["maybe"] <= 0,
    "maybe = 1": lambda r: r["flag"] and r["maybe"] == 1,
    "maybe != 1": lambda r: r["flag"] and r["maybe"] != 1,
    "not maybe = 1": lambda r: not (r["flag"] and r["maybe"] == 1),
    "maybe in 0, 1": lambda r: r["flag"] and r["maybe"] in {0, 1},
    "n < maybe": lambda r: r["flag"] and r["n"] < r["maybe"],
    "paid > made": lambda r: r["flag"] and r["paid"] > r["made"],
    "day >= paid": lambda r: r["flag"] and r["day"] >= r["paid"],
    "paid != 2025-03-01": lambda r: r["flag"] and r["paid"] != "2025-03-01",
    "maybe < n": lambda r: r["flag"] and r["maybe"] < r["n"],
    "word = x": lambda r: r["word"] == "x",
    "word != x": lambda r: r["word"] == "y",
    "some has red": lambda r: r["flag"] and "red" in r["some"],
    "len(some) = 0": lambda r: r["flag"] and not r["some"],
    "len(some) < 9": lambda r: r["flag"],
}


@pytest.mark.parametrize("condition", CASES)
def test_conditions_mean_what_they_say(condition):
    """Each operator agrees with Python's on the values that are written."""
    assert holds(condition) == [bool(CASES[condition](row)) for row in ROWS]


@pytest.mark.parametrize("condition", ABSENT)
def test_an_absent_value_satisfies_no_comparison(condition):
    """Neither equality nor inequality nor order holds of a value that is not there; `not` turns the whole around."""
    assert holds(condition) == [bool(ABSENT[condition](row)) for row in ROWS]


ERRORS = {
    "": "it ends too early",
    "n >": "it ends too early",
    "n": "n is no yes-or-no field: compare it, as in n = value",
    "n > 0)": "unexpected ')'",
    "n > 0 m": "unexpected 'm'",
    "(n > 0": "a parenthesis is not closed",
    "n > 0 and": "it ends too early",
    "flagg": "unknown field 'flagg': did you mean 'flag'?",
    "made < soon": "expected an ISO date to compare made with, as in 2025-03-01, got 'soon'",
    "made < n": "made and n cannot be compared: they hold values of different kinds or places",
    "level = senor": "unknown value of level 'senor': did you mean 'senior'",
    "level in junior, senor": "unknown value of level 'senor': did you mean 'senior'",
    "level > junior": "level has no order: compare it with = or !=, or use `in`",
    "n > level": "n and level cannot be compared",
    "n > price": "n and price cannot be compared",
    "n > day": "n and day cannot be compared",
    "n > often": "expected a number, got 'often'",
    "n = 0.5": "0.5 has more than 0 decimal places, more than the field holds",
    "n = 99999999999999999999": "99999999999999999999 is more than 64 bits hold",
    "n < nan": "expected a number, got 'nan'",
    "price > 0.55": "0.55 has more than 1 decimal places",
    "day = 2031-01-01": "unknown value of day '2031-01-01'",
    "tags has rde": "unknown entry of tags 'rde': did you mean 'red'",
    "level has red": "level is no list",
    "len(level) > 1": "len(level) needs a list field and a closing parenthesis",
    "len(tags > 1": "len(tags) needs a list field and a closing parenthesis",
    "len(tags) red": "expected a comparison, got 'red'",
    "tags = red": "tags holds list values, which have no value to compare with",
    "line = x1": "line holds text values, which have no value to compare with",
    "line > 1": "line has no order",
    'level = "senior': "cannot read '\"senior'",
    "not " * 70 + "flag": "it nests more than 64 deep",
    "(" * 70 + "flag" + ")" * 70: "it nests more than 64 deep",
}


@pytest.mark.parametrize("condition", ERRORS)
def test_conditions_that_mean_nothing_are_refused(condition):
    """The message shows the condition and what is wrong with it."""
    if not condition:
        assert all(row["x"] is not None for row in td.generate(td.Recipe("r", {"x": td.serial(when="")}), count=3))
        return
    message = refusal(condition)
    assert message.startswith("condition ")
    assert ERRORS[condition] in message


@given(st.text("nflagtgs()<>=!,\"' and or not in has len 0123.", max_size=40))
def test_any_condition_is_read_or_refused(condition):
    """No condition makes the parser fail in another way."""
    with suppress(RecipeError):
        td.generate(td.Recipe("facts", {**FIELDS, "x": td.serial(when=condition)}), count=1)


@given(st.integers(-(10**6), 10**6), st.integers(0, 4), st.sampled_from(["<", "<=", ">", ">=", "=", "!="]))
def test_decimals_compare_exactly(value, places, symbol):
    """A decimal is compared as the number that is printed, without rounding."""
    shown = f"{value / 10**places:.{places}f}"
    recipe = td.Recipe("r", {"d": td.decimal(shown, shown, places=places), "x": td.serial(when=f"d {symbol} {shown}")})
    row = td.generate(recipe, count=1).record(0)
    assert (row["x"] is not None) == (symbol in {"<=", ">=", "="})
