"""Rules expand as they are weighed and nested, for all records at once; rules that cannot be are refused."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

import treadle as td
from treadle.building import Builder
from treadle.compiling import Compiling
from treadle.errors import Problems, RecipeError
from treadle.grammar import Bound
from treadle.notation import Place


def lines(template, count=4000, **options):
    """Return the texts of a template."""
    fields = {"flag": td.chance("0.5"), "n": td.integer(0, 2), "line": td.text(template)}
    return [row["line"] for row in td.generate(td.Recipe("r", fields, **options), count=count, truth=False)]


def refusal(template, **options):
    """Return the problems of a template, one a line."""
    with pytest.raises(RecipeError) as caught:
        lines(template, 1, **options)
    return str(caught.value)


def fits(found, shares):
    """Tell whether counts are plausible under shares: a chi-square test that one run in a million fails."""
    counted, total = Counter(found), sum(shares.values())
    assert set(counted) <= {key for key, share in shares.items() if share}
    kept = {key: share for key, share in shares.items() if share}
    return (
        len(kept) == 1
        or chisquare([counted[key] for key in kept], [len(found) * kept[key] / total for key in kept]).pvalue > 1e-6
    )


@pytest.mark.parametrize(
    ("template", "shares"),
    [
        ("(a|b)", {"a": 1, "b": 1}),
        ("(a|{*3}b|{*0}c)", {"a": 1, "b": 3}),
        ("({*0.5}a|{*1.5}b)", {"a": 1, "b": 3}),
        ("[a]", {"": 1, "a": 1}),
        ("[{10%}a]b", {"ab": 1, "b": 9}),
        ("[{0%}a]b", {"b": 1}),
        ("[{100%}a]b", {"ab": 1}),
        ("[{50%}a|{*3}b]", {"": 4, "a": 1, "b": 3}),
        ("(a|(b|c))", {"a": 2, "b": 1, "c": 1}),
        ("(a|b)(c|d)", {"ac": 1, "ad": 1, "bc": 1, "bd": 1}),
        ("(a|b)[x(c|d)]", {"a": 2, "b": 2, "axc": 1, "axd": 1, "bxc": 1, "bxd": 1}),
        ("(a|)", {"a": 1, "": 1}),
        (["a", ("b", 2), ("(c|d)", "0.5")], {"a": 4, "b": 8, "c": 1, "d": 1}),
        ("{r}", {"x": 2, "1y": 1, "2y": 1}),
        ("{r}{r}", {a + b: {"x": 2}.get(a, 1) * {"x": 2}.get(b, 1) for a in ("x", "1y", "2y") for b in ("x", "1y", "2y")}),
        ("{w}-{w}", {f"{a}-{b}": 1 for a in "pq" for b in "pq"}),
        ("{weighed}", {"p": 3, "q": 1}),
        ("(plain) text", {"(plain) text": 1}),
    ],
)  # fmt: skip
def test_alternatives_come_as_often_as_they_are_weighed(template, shares):
    """Weights, chances and nesting give the distribution that they say, and neighbours are independent."""
    options = {
        "rules": {"r": ["x", "(1|2)y"]},
        "vocabularies": {"w": ["p", "q"], "weighed": td.vocabulary({"p": 3, "q": 1})},
    }
    assert fits(lines(template, **options), shares)


def test_one_draw_a_place():
    """The same group at two places of a text is drawn twice, and a group within an absent part not at all."""
    found = lines("(a|b)(a|b)[(a|b)(a|b)]", 8000)
    assert fits(
        found, {a + b + c: (4 if not c else 1) for a in "ab" for b in "ab" for c in ("", "aa", "ab", "ba", "bb")}
    )


def test_conditions_choose_without_a_draw():
    """A branch follows the record's facts, whatever stands in it, at any depth."""
    fields = {
        "flag": td.chance("0.5"),
        "n": td.integer(0, 2),
        "line": td.text(
            "({if flag}yes{if n = 1}!{elif n = 2}?{/if}{else}no{/if}|{if not flag}no{else}yes{if n = 1}!{elif n = 2}?{/if}{/if})"
        ),
    }
    for row in td.generate(td.Recipe("r", fields), count=500):
        assert row["line"] == ("yes" + ("", "!", "?")[row["n"]] if row["flag"] else "no")


def test_a_fact_is_read_once_for_all_rules_bound_to_it():
    """However often a text asks a condition or chooses by a field, the answer is the record's, and worked out once."""
    asked = "{if n > 1}a{else}b{/if}{if n > 1}c{else}d{/if}{r}{if flag}e{elif n > 1}f{/if}"
    template = [(td.by("c", {"x": asked, "y": "{s}" + asked}), 1), td.by("c", {"x": "1", "y": "2"})]
    rules = {"r": "{if n > 1}g{else}h{/if}", "s": td.by("c", {"x": "no", "y": "s"})}
    fields = {"n": td.integer(0, 3), "c": td.choice(["x", "y"]), "flag": td.chance("0.5")}
    recipe = td.Recipe("r", {**fields, "line": td.text(template)}, rules=rules)
    for row in td.generate(recipe, count=400, truth=False):
        many = row["n"] > 1
        long = ("acg" if many else "bdh") + ("e" if row["flag"] else "f" if many else "")
        assert row["line"] in ({"1", long} if row["c"] == "x" else {"2", "s" + long})
    problems = Problems()
    compiling = Compiling(recipe, 42, problems)
    builder = Builder(
        compiling.table,
        dict(recipe.named_rules.named),
        lambda slot: slot,
        lambda _: Bound(len),
        lambda *_: (Bound(len), ["x", "y"]),
        lambda *_: None,
        lambda _, literal: literal,
        problems,
        Place("here"),
        lambda _: False,
    )
    grammar = builder.build(recipe.fields["line"].template)
    assert not problems
    assert len(grammar.bound) == 3


NESTED = st.recursive(
    st.sampled_from(["a", "bc", "é", " "]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        inner.map(lambda part: f"[{part}]"),
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(NESTED)
def test_texts_are_of_their_language(template):
    """Whatever is nested in what, each text is one that the template, read as a regular expression, describes."""
    language = re.compile(re.sub(r"[\[(]", "(?:", template).replace("]", ")?"))
    assert all(language.fullmatch(text) for text in lines(template, 30))


def test_deep_rules():
    """Rules nest 60 deep and draw at each step; more than 64 are refused."""
    chain = {f"r{i}": f"{{r{i + 1}}}" for i in range(60)} | {"r60": "end"}
    assert set(lines("{r0}", 5, rules=chain)) == {"end"}
    ladder = {f"r{i}": [f"{{r{i + 1}}}", "x"] for i in range(60)} | {"r60": ["end", "fin"]}
    assert set(lines("{r0}", 500, rules=ladder)) <= {"x", "end", "fin"}
    steep = {f"r{i}": [f"{{r{i + 1}}}", "x"] for i in range(70)} | {"r70": ["end", "fin"]}
    assert re.search("rules nest .*64.*flatten them", refusal("{r0}", rules=steep))


def test_a_tower_of_rules_is_refused_too():
    """Thousands of rules on top of each other are one problem, no crash."""
    for body in ("{{r{}}}", "({{r{}}}|x)"):
        tower = {f"r{i}": body.format(i + 1) for i in range(3000)} | {"r3000": "end"}
        assert re.search("rules nest .*64.*flatten them", refusal("{r0}", rules=tower))


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ({"a": "{a}"}, "rule 'a' calls itself for ever: a -> a"),
        ({"a": ["x", "[{30%}{b}]"], "b": "{c}", "c": ["{a}", "y"]}, "rule 'a' calls itself for ever: a -> b -> c -> a"),
        ({"a": "{b}", "b": "{b}!"}, "rule 'b' calls itself for ever: b -> b"),
        ({"a": "{if flag}{a}{/if}"}, "rule 'a' calls itself for ever: a -> a"),
        ({"a": "{b|upper}", "b": "{a|lower}"}, "rule 'a' calls itself for ever: a -> b -> a"),
    ],
)
def test_rules_that_call_themselves_are_refused(rules, path):
    """The message shows the way round."""
    assert path in refusal("{a}", rules=rules)
    assert len(refusal("{a}", rules=rules).splitlines()) == 1


REFUSED = {
    "{cty}": "the template names a missing slot: unknown slot 'cty': did you mean 'city'?",
    "{zzz}": "unknown slot 'zzz': expected one of city, flag, line, n, own, rule, word",
    "{n|uper}": "unknown modifier 'uper': did you mean 'upper'?",
    "{rule|a|plural}": "modifier |plural needs a field or a vocabulary, and 'rule' is a rule",
    '{city|join(", ")}': "modifier |join does not fit 'city'",
    '{word|join(", ")}': "modifier |join does not fit 'word': |join needs a list, |date a date or a clock",
    '{word|date("%Y")}': "modifier |date does not fit 'word'",
    "{word|plural(m)}": "unknown field 'm'",
    "{if m}x{/if}": "unknown field 'm'",
    "{own}": "1:1: this ( is not closed",
}


@pytest.mark.parametrize("template", REFUSED)
def test_slots_that_cannot_be_are_refused(template):
    """Names are checked against fields, vocabularies and rules, and the nearest are named, with file, line and column."""
    fields = {
        "city": td.choice(["Oslo"]),
        "flag": td.chance("0.5"),
        "n": td.integer(0, 2),
        "line": td.text(f"\n {template}", rules={"own": "(a|b"}),
    }
    with pytest.raises(RecipeError) as caught:
        td.generate(td.Recipe("r", fields, rules={"rule": "r"}, vocabularies={"word": ["w"]}))
    (problem,) = caught.value.problems
    assert REFUSED[template] in str(problem)
    if template != "{own}":
        assert re.search(r"test_grammar\.py:\d+, field 'line':2:2$", problem.where)


def test_a_rule_is_named_in_its_problems():
    """Mistakes in a rule, in one of several alternatives and in a case of `by` say where they are."""
    fields = {"y": td.quota(["p", "q"]), "line": td.text([td.by("y", {"p": "{x1}", "q": ["a", "{x2}"]}), "{r}"])}
    with pytest.raises(RecipeError) as caught:
        td.generate(td.Recipe("r", fields, rules={"r": ["a", "b", "c {x3}"]}))
    places = [problem.where.partition("'line'")[2] for problem in caught.value.problems]
    assert places == [
        ", alternative 1, y=p:1:1",
        ", alternative 1, y=q, alternative 2:1:1",
        ", rule 'r', alternative 3:1:3",
    ]


def test_rules_are_used_wherever_they_are_named(tmp_path):
    """Rules of files, of the recipe and of the text itself; the nearest one counts."""
    path = tmp_path / "x.rules"
    path.write_text("a:\n  file {b}\nb:\n  fb\n", encoding="utf-8")
    fields = {
        "one": td.text("{a}"),
        "two": td.text("{a}", rules={"b": "own"}),
        "three": td.text("{b}", rules=td.read_rules(path)),
    }
    row = td.generate(td.Recipe("r", fields, rules=td.read_rules(path)), count=1).record(0)
    assert (row["one"], row["two"], row["three"]) == ("file fb", "file own", "fb")


def test_case_reaches_all_of_a_rule():
    """A modifier on a rule changes its literals, its slots and the rules within it, and no other use of them."""
    found = lines(
        "{r|upper} {r}", 50, rules={"r": "(one|two) {inner} {w}", "inner": "né{n}"}, vocabularies={"w": ["straße"]}
    )
    assert all(re.fullmatch(r"(ONE|TWO) NÉ\d STRASSE (one|two) né\d straße", text) for text in found)
