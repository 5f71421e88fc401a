"""Templates and rule files are parsed into what they say, or refused with file, line and column."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import treadle as td
from hostile import texts
from treadle.errors import RecipeError
from treadle.notation import (
    Alternatives,
    Branches,
    Literal,
    Modifier,
    Place,
    Slot,
    parse,
    parse_rules,
)

PLACE = Place("jobs.rules", 7, 3)


def parsed(text):
    """Parse a template that stands at jobs.rules, line 7, column 3."""
    return parse(text, PLACE)


def problem(text):
    """Return the one problem of a template, as it is shown."""
    with pytest.raises(RecipeError) as caught:
        parsed(text)
    (found,) = caught.value.problems
    return str(found)


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("{city}", Slot("city", "", (), "jobs.rules:7:3")),
        ("{ city }", Slot("city", "", (), "jobs.rules:7:3")),
        ("{jobs.line}", Slot("jobs.line", "", (), "jobs.rules:7:3")),
        ("{city:PLACE}", Slot("city", "PLACE", (), "jobs.rules:7:3")),
        ("{city:B-LOC}", Slot("city", "B-LOC", (), "jobs.rules:7:3")),
        ("{größe}", Slot("größe", "", (), "jobs.rules:7:3")),
        ("{ärger.übel}", Slot("ärger.übel", "", (), "jobs.rules:7:3")),
        ("{iffy}", Slot("iffy", "", (), "jobs.rules:7:3")),
        ("{elsewhere}", Slot("elsewhere", "", (), "jobs.rules:7:3")),
        ("{city|lower}", Slot("city", "", (Modifier("lower"),), "jobs.rules:7:3")),
        ("{city:X | lower | a}", Slot("city", "X", (Modifier("lower"), Modifier("a")), "jobs.rules:7:3")),
        ('{all|join(", ")}', Slot("all", "", (Modifier("join", (", ",)),), "jobs.rules:7:3")),
        ('{all|join(", ", " and ")}', Slot("all", "", (Modifier("join", (", ", " and ")),), "jobs.rules:7:3")),
        (r'{all|join("\n")}', Slot("all", "", (Modifier("join", ("\n",)),), "jobs.rules:7:3")),
        ('{all|join(" {or} ")}', Slot("all", "", (Modifier("join", (" {or} ",)),), "jobs.rules:7:3")),
        ('{all|join(")")}', Slot("all", "", (Modifier("join", (")",)),), "jobs.rules:7:3")),
        ('{all|join("")}', Slot("all", "", (Modifier("join", ("",)),), "jobs.rules:7:3")),
        ("{noun|plural(n)}", Slot("noun", "", (Modifier("plural", ("n",)),), "jobs.rules:7:3")),
        ('{day|date("%d.%m.%Y")}', Slot("day", "", (Modifier("date", ("%d.%m.%Y",)),), "jobs.rules:7:3")),
    ],
)
def test_slots(text, slot):
    """A slot has a name, perhaps a type, and modifiers with arguments."""
    assert parsed(text) == (slot,)


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("", None),
        ("plain", "plain"),
        (r"\{\}\[\]\(\)\|\\", "{}[]()|\\"),
        (r"a\nb\tc", "a\nb\tc"),
        (r"\x\"", 'x"'),
        ("a|b", "a|b"),
        ("a)b", "a)b"),
        ("(see below)", "(see below)"),
        ("f(x(y))", "f(x(y))"),
        ("()", "()"),
        ("two\nlines", "two\nlines"),
        ("\u2028 and \x85", "\u2028 and \x85"),
    ],
)
def test_plain_text(text, literal):
    """What has no meaning is text, and a backslash takes meaning away."""
    assert parsed(text) == (() if literal is None else (Literal(literal),))


@given(texts)
def test_escaped_text_means_itself(text):
    """`escape` and `parse` are inverses, within groups too."""
    assert parsed(td.escape(text)) == ((Literal(text),) if text else ())
    (group,) = parsed(f"({td.escape(text)}|b)")
    assert group.choices[0] == ((Literal(text),) if text else ())


@given(st.text("{}[]()|\\*%:\"' abif/=.\n", max_size=30))
def test_any_text_is_parsed_or_refused_with_its_place(text):
    """No template makes the parser fail in another way, and every place lies within the template."""
    try:
        parsed(text)
    except RecipeError as error:
        for found in error.problems:
            source, line, column = found.where.split(":")
            assert source == "jobs.rules"
            lines = text.split("\n")
            number = int(line) - 7
            assert 0 <= number < len(lines)
            assert 1 <= int(column) - (2 if number == 0 else 0) <= len(lines[number]) + 1


def test_alternatives_and_weights():
    """Alternatives are equally likely unless weighed."""
    (group,) = parsed("(a|{*3}b|{* 0.5 }{c}|)")
    assert isinstance(group, Alternatives)
    assert group.weights == (1, 3, Fraction(1, 2), 1)
    assert group.choices[:2] == ((Literal("a"),), (Literal("b"),))
    assert group.choices[2][0].name == "c"
    assert group.choices[3] == ()


def test_optional_parts_and_chances():
    """An optional part is there half of the time, or as often as it says, shared among its alternatives by their weights."""
    (half,) = parsed("[a]")
    assert (half.choices, half.weights) == (((), (Literal("a"),)), (Fraction(1, 2), Fraction(1, 2)))
    (some,) = parsed("[{12.5%}a]")
    assert some.weights == (Fraction(7, 8), Fraction(1, 8))
    (never,) = parsed("[{0%}a]")
    assert never.weights == (1, 0)
    (always,) = parsed("[{100%}a|{*3}b]")
    assert always.weights == (0, Fraction(1, 4), Fraction(3, 4))


def test_conditions_hold_whole_templates():
    """The first branch whose condition holds is taken; without `else` the rest is nothing."""
    (node,) = parsed('{if level = "a b"}x{y}{elif n > 3}[z]{else}(u|v){/if}')
    assert isinstance(node, Branches)
    assert node.conditions == ('level = "a b"', "n > 3")
    assert [type(part).__name__ for body in (*node.bodies, node.otherwise) for part in body] == [
        "Literal",
        "Slot",
        "Alternatives",
        "Alternatives",
    ]
    (short,) = parsed("{ if a }b{ /if }")
    assert (short.conditions, short.bodies, short.otherwise) == (("a",), ((Literal("b"),),), ())


def test_groups_nest():
    """Groups stand in groups of every kind."""
    (outer,) = parsed("[a (b|[{10%}c {if d}(e|f){/if}]) g]")
    assert outer.choices[1][0] == Literal("a ")
    assert outer.choices[1][2] == Literal(" g")
    inner = outer.choices[1][1].choices[1][0].choices[1][1]
    assert isinstance(inner, Branches)
    assert isinstance(inner.bodies[0][0], Alternatives)


ERRORS = {
    "{": "jobs.rules:7:3: this { is not closed: write } behind the name, or \\{ for the character itself",
    "ab{city": "jobs.rules:7:5: this { is not closed",
    "{}": "jobs.rules:7:3: expected a name inside braces, as in {city} or {city|upper}, got {}",
    "a\nb {2x}": "jobs.rules:8:3: expected a name inside braces",
    "{a b}": "jobs.rules:7:3: expected a name inside braces",
    "{else}": "jobs.rules:7:3: unexpected '{else}': nothing is open here",
    "{city|}": "jobs.rules:7:3: expected modifiers as in |lower or |join(\", \"), got '|'",
    "{city|lower upper}": "jobs.rules:7:3: expected modifiers",
    "{city|join(}": "jobs.rules:7:3: expected modifiers",
    "}": "jobs.rules:7:3: unexpected '}': nothing is open here; write \\} for the character itself",
    "a]b": "jobs.rules:7:4: unexpected ']b': nothing is open here; write \\] for the character itself",
    "{/if}": "jobs.rules:7:3: unexpected '{/if}': nothing is open here",
    "[a": "jobs.rules:7:3: this [ is not closed: write ], or \\[ for the character itself",
    "[a}": "jobs.rules:7:3: this [ is not closed",
    "(a|b": "jobs.rules:7:3: this ( is not closed: write ), or \\( for the character itself",
    ":(": "jobs.rules:7:4: this ( is not closed",
    "([)]": "jobs.rules:7:3: this ( is not closed",
    "[{101%}a]": "jobs.rules:7:3: a chance is at most 100%, got 101%",
    "({*0}a|{*0}b)": "jobs.rules:7:3: the weights of these alternatives sum to zero",
    "({*-1}a|b)": "jobs.rules:7:4: expected a name inside braces",
    "{if a}b": "jobs.rules:7:3: this {if} is not closed: write {/if} behind it",
    "{if a}b{else}c": "jobs.rules:7:3: this {if} is not closed",
    "{if}b{/if}": "jobs.rules:7:3: {if} needs a condition, as in {if level=senior}",
    "{if a}b{elif}c{/if}": "jobs.rules:7:3: {elif} needs a condition",
    "abc\\": "jobs.rules:7:6: a backslash at the end escapes nothing: write \\\\ for a backslash",
    "a\n\n  \ud800": "jobs.rules:9:3: '\\ud800' is half a character",
    "(a|" * 65 + "b" + ")" * 65: "jobs.rules:7:195: groups nest more than 64 deep here",
}


@pytest.mark.parametrize("text", ERRORS, ids=ascii)
def test_errors_name_file_line_and_column(text):
    """Every mistake is shown where it begins, with what to write instead."""
    assert problem(text).startswith(ERRORS[text])


def test_rule_files():
    """A rule is a name and a colon, its alternatives are indented lines; comments and empty lines are nothing."""
    text = "# rules\n\ngreeting:\n  hi\n\t{*3}hello {name}\n  # not this\n\nfarewell :\r\n  bye\r\n"
    first, second = parse_rules(text, "x.rules")
    assert (first.name, first.alternatives, first.weights) == ("greeting", ("hi", "hello {name}"), (1, 3))
    assert [(place.line, place.column) for place in first.places] == [(4, 3), (5, 6)]
    assert (second.name, second.alternatives) == ("farewell", ("bye",))


def test_rule_files_end_lines_where_files_do():
    """Line separators within a text are text, so lines are numbered as an editor numbers them."""
    (rule,) = parse_rules("a:\n  x\u2028y\x85z\x0b\n  second\n", "x.rules")
    assert rule.alternatives == ("x\u2028y\x85z", "second")
    assert rule.places[1].line == 3


def test_rule_files_report_every_line():
    """All mistakes of a file are told together."""
    with pytest.raises(RecipeError) as caught:
        parse_rules("  early\nno colon\na.b:\n  x\nempty:\nb:\n  y\nb:\n", "x.rules")
    assert [str(each).partition(": ")[0] for each in caught.value.problems] == [
        "x.rules:1:1",
        "x.rules:2:1",
        "x.rules:3:1",
        "x.rules:8:1",
        "x.rules",
    ]
