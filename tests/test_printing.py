"""Numbers and moments are printed as Python prints them, by integer arithmetic alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import treadle as td
from treadle.columns import FieldType, Number
from treadle.errors import RecipeError
from treadle.pieces import PLAIN, PieceTable, render
from treadle.printing import Digits, MomentFormat, civil

TABLE = PieceTable()
DIGITS = Digits(TABLE)
INT64 = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-2000, 2000),
    st.sampled_from([sign * (10**power + more) for power in range(19) for more in (-1, 0, 1) for sign in (1, -1)]),
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DIRECTIVES = ["Y", "y", "m", "d", "b", "B", "a", "A", "j", "H", "I", "p", "M", "S", "f"]
moments = st.integers(0, 131 * 365 * 86_400 * 10**6).map(lambda micros: EPOCH + timedelta(microseconds=micros))


def printed(rows, table=TABLE):
    """Return rows of pieces as texts."""
    return render(table.written(PLAIN), rows).to_pylist()


def micros(moment):
    """Return a moment as microseconds since 1970-01-01 UTC."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def decimal(value, places):
    """Return `value * 10**-places` as we print it: no zeros at the end but one behind the point."""
    if not places:
        return str(value)
    whole, _, rest = f"{Decimal(value).scaleb(places * -1):.{places}f}".partition(".")
    return f"{whole}.{rest.rstrip('0') or '0'}"


@given(st.lists(INT64, max_size=20), st.integers(0, 9))
@example([-(2**63), 2**63 - 1, 0], 0)
@example([-(2**63), 2**63 - 1, 0, -1], 9)
def test_numbers_are_printed_exactly(values, places):
    """Every int64, negative and huge ones too, with 0 to 9 decimal places, is printed as Python's Decimal has it."""
    rows = DIGITS.print(np.array(values, np.int64), places)
    assert printed(rows) == [decimal(value, places) for value in values]


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20), st.integers(1, 6))
def test_decimals_are_printed_as_python_prints_floats(values, places):
    """Where a float holds the number, its shortest form is ours."""
    rows = printed(DIGITS.print(np.array(values, np.int64), places))
    assert [float(text) for text in rows] == [value / 10**places for value in values]
    for text, value in zip(rows, values, strict=True):
        if value == 0 or abs(value) >= 10 ** (places - 4):
            assert text == repr(value / 10**places)


@given(st.lists(INT64, max_size=20), st.integers(1, 9))
def test_decimals_are_the_nearest_floats(values, places):
    """A column of decimals holds the float64 that its text reads as."""
    column = Number(FieldType("number", places=places), np.array(values, np.int64), DIGITS)
    assert column.to_arrow(TABLE).to_pylist() == [float(text) for text in printed(column.printed())]


@given(st.lists(st.dates(), min_size=1, max_size=20))
@example([date(1, 1, 1), date(9999, 12, 31), date(2000, 2, 29), date(1900, 3, 1)])
def test_civil_is_the_calendar(days):
    """Year, month and day of every day that Python's calendar has."""
    numbers = np.array([(day - date(1970, 1, 1)).days for day in days])
    found = zip(*(part.tolist() for part in civil(numbers)), strict=True)
    assert list(found) == [(day.year, day.month, day.day) for day in days]


@given(st.lists(moments, min_size=1, max_size=8), st.sampled_from(DIRECTIVES))
def test_every_directive_is_that_of_strftime(moments_, directive):
    """Each directive alone, and between literal text, prints what datetime does."""
    for shape in (f"%{directive}", f"a%{directive}{{}}|%%"):
        table = PieceTable()
        made = MomentFormat(shape, table)
        rows = made.print(np.array([micros(moment) for moment in moments_]))
        assert printed(rows, table) == [moment.strftime(shape) for moment in moments_]


@given(st.lists(moments, min_size=1, max_size=4), st.data())
def test_formats_of_many_directives(moments_, data):
    """Directives and text in any order and number are printed one behind the other."""
    part = st.one_of(
        st.sampled_from([f"%{directive}" for directive in DIRECTIVES]),
        st.sampled_from(["%%", "T", ":", "-", " ", "%H:%M", "é\n", "%%f", "%%H:%M", "fu", "R"]),
    )
    shape = "%d" + "".join(data.draw(st.lists(part, max_size=8)))
    table = PieceTable()
    rows = MomentFormat(shape, table).print(np.array([micros(moment) for moment in moments_]))
    assert printed(rows, table) == [moment.strftime(shape) for moment in moments_]


@given(moments)
def test_milliseconds_and_plain_days(moment):
    """%L is milliseconds in three digits, and %e the day without a zero."""
    table = PieceTable()
    rows = MomentFormat("%e.%L", table).print(np.array([micros(moment)]))
    assert printed(rows, table) == [f"{moment.day}.{moment.microsecond // 1000:03d}"]


@given(st.datetimes(timezones=st.just(UTC)))
def test_all_years_that_there_are(moment):
    """Before 1970 and far ahead, years have four digits and days their names."""
    table = PieceTable()
    rows = MomentFormat("%Y-%m-%d %a %j %H:%M:%S.%f", table).print(np.array([micros(moment)]))
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    expected = f"{moment.year:04d}-{moment:%m-%d} {names[moment.weekday()]} {moment:%j %H:%M:%S.%f}"
    assert printed(rows, table) == [expected]


@pytest.mark.parametrize("shape", ["%Q", "%u", "%R", "%C", "%-d", "%é", "%z", "%c", "%\n"])
def test_unknown_directives_are_refused(shape):
    """The message names the directive and those there are, internal ones not among them."""
    with pytest.raises(RecipeError, match=f"unknown date directive %{shape[1]}: expected one of %Y ") as caught:
        MomentFormat(shape, PieceTable())
    assert not set("uRC") & set(str(caught.value).partition("one of")[2].replace("%", ""))


@pytest.mark.parametrize("shape", ["", "today", "100%", "%%"])
def test_a_format_without_directives_is_refused(shape):
    """A date that is always the same text is a mistake."""
    with pytest.raises(RecipeError, match="expected at least one directive, as in %Y-%m-%d"):
        MomentFormat(shape, PieceTable())


def test_names_are_english_whatever_the_locale():
    """Months and weekdays come from our own table."""
    recipe = td.Recipe("r", {"d": td.date("2024-01-01", "2024-12-31", format="%A %d %B, %p")})
    names = {row["d"].split()[2].rstrip(",") for row in td.generate(recipe, count=2000)}
    assert len(names) == 12
    assert {"January", "May", "December"} <= names


def test_clocks_go_on_over_days_and_years():
    """Record i is `start + i * every`."""
    recipe = td.Recipe("r", {"t": td.clock("2023-12-31T23:59:59.998Z", every="700us", format="%Y-%m-%dT%H:%M:%S.%f")})
    rows = [row["t"] for row in td.generate(recipe, count=10)]
    begin = datetime(2023, 12, 31, 23, 59, 59, 998_000, tzinfo=UTC)
    assert rows == [f"{begin + timedelta(microseconds=700 * i):%Y-%m-%dT%H:%M:%S.%f}" for i in range(10)]
