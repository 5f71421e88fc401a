"""Recipes are frozen data with a fingerprint, and tell all that is wrong with them at once."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import treadle as td
from treadle.errors import Problem, RecipeError, UsageError


def base(**options):
    """Return a small recipe."""
    given = {
        "fields": {"n": td.integer(0, 9), "w": td.choice("words"), "t": td.text("{w} {hi}")},
        "vocabularies": {"words": ["a", "b"]},
        "rules": {"hi": ["hi", "hello"]},
    }
    return td.Recipe(**{"name": "base", **given, **options})


def test_a_recipe_is_frozen_and_normal():
    """Lists and dicts become what the engine reads, columns default to all fields, and nothing can be changed."""
    recipe = base(columns=["n"], labels=["w"], checks=[td.check("c", "n > 1")])
    assert (recipe.columns, recipe.labels, len(recipe.checks)) == (("n",), ("w",), 1)
    assert base().columns == ("n", "w", "t")
    assert isinstance(recipe.vocabularies["words"], type(td.vocabulary(["a"])))
    with pytest.raises(AttributeError):
        recipe.name = "other"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fields": {}}, "recipe 'base': fields={}: expected at least one field"),
        ({"fields": {"a b": td.serial()}}, "recipe 'base': name='a b': expected letters, digits and _"),
        ({"fields": {"1a": td.serial()}}, "name='1a': expected letters"),
        ({"vocabularies": {"a-b": ["x"]}}, "name='a-b': expected letters"),
        ({"vocabularies": {"a": []}}, "the vocabulary given is empty"),
        ({"name": ""}, "name='': expected a recipe's name"),
        ({"name": "../x"}, "name='../x': expected a recipe's name, without slashes"),
        ({"name": "a\nb"}, "name='a\\nb': expected a recipe's name"),
        ({"name": "a\x1b"}, "name='a\\x1b': expected a recipe's name"),
        ({"name": "a\ud800"}, "name='a\\ud800': expected a recipe's name"),
    ],
)
def test_names_are_checked_at_once(options, message):
    """What has no name cannot be written down."""
    with pytest.raises(UsageError) as caught:
        base(**options)
    assert message in str(caught.value)


def test_all_problems_are_told_together():
    """Six mistakes in one recipe are six problems of one error, each with its place."""
    recipe = td.Recipe(
        "six",
        {
            "low": td.integer(5, 1),
            "word": td.choice("wrods"),
            "text": td.text("{wrod} [x"),
            "more": td.text("{wrod|shout}"),
            "when": td.serial(when="flag"),
        },
        vocabularies={"words": ["a"]},
        checks=[td.check("sane", "lwo > 1")],
        columns=["low", "txt"],
    )
    with pytest.raises(RecipeError) as caught:
        td.generate(recipe)
    problems = caught.value.problems
    assert all(isinstance(problem, Problem) and problem.where for problem in problems)
    assert len(str(caught.value).splitlines()) == len(problems) == 8
    for part in (
        "low=5 is above high=1",
        "unknown vocabulary 'wrods'",
        "this [ is not closed",
        "unknown modifier 'shout'",
        "unknown slot 'wrod'",
        "unknown field 'flag'",
        "unknown field 'lwo': did you mean 'low'",
        "unknown column 'txt': did you mean 'text'",
    ):
        assert sum(part in problem.message for problem in problems) == 1, part


def test_the_fingerprint_follows_the_content():
    """Everything that decides a record changes the fingerprint; what only describes it does not."""
    same = base().fingerprint()
    assert base().fingerprint() == same
    assert base(doc="other", labels=["n"]).fingerprint() == same
    assert (
        base(fields={"n": td.integer(0, 9, doc="x"), "w": td.choice("words"), "t": td.text("{w} {hi}")}).fingerprint()
        == same
    )
    others = [
        base(name="other"),
        base(version="2"),
        base(vocabularies={"words": ["a", "c"]}),
        base(vocabularies={"words": ["b", "a"]}),
        base(vocabularies={"words": {"a": 1, "b": 2}}),
        base(rules={"hi": ["hi", ("hello", 2)]}),
        base(columns=["n", "w"]),
        base(checks=[td.check("c", "n > 1")]),
        base(checks=[td.check("c", lambda n: n > 1, "n")]),
        base(checks=[td.check("c", lambda n: n > 2, "n")]),
        base(epoch="2026-01-01T00:00:00Z"),
        base(fields={"n": td.integer(0, 8), "w": td.choice("words"), "t": td.text("{w} {hi}")}),
        base(fields={"n": td.integer(0, 9, when="w = a"), "w": td.choice("words"), "t": td.text("{w} {hi}")}),
        base(fields={"n": td.integer(0, 9), "w": td.choice("words", entity="W"), "t": td.text("{w} {hi}")}),
        base(fields={"w": td.choice("words"), "n": td.integer(0, 9), "t": td.text("{w} {hi}")}),
    ]
    assert len({same, *(other.fingerprint() for other in others)}) == len(others) + 1


def test_compiling_changes_nothing():
    """A recipe is the same before and after it is used."""
    recipe = base()
    before = recipe.fingerprint()
    list(td.generate(recipe, count=5))
    assert recipe.fingerprint() == before
    assert recipe == base()


def test_vocabularies_are_replaced_by_name():
    """A recipe's list, or that of a choice or sample, can be another; unknown ones are named with the nearest."""
    recipe = base(fields={"w": td.choice("words"), "own": td.choice(["x"]), "some": td.sample(["y", "z"], 1)})
    other = recipe.with_vocabularies(
        {"words": td.vocabulary(["c"]), "own": td.vocabulary(["d"]), "some": td.vocabulary(["e"])}
    )
    assert td.generate(other).record(0) == {"w": "c", "own": "d", "some": ["e"]}
    assert td.generate(recipe).record(0)["own"] == "x"
    with pytest.raises(UsageError, match="unknown vocabulary 'wrods': did you mean 'words'"):
        recipe.with_vocabularies({"wrods": td.vocabulary(["c"])})


def test_columns_are_chosen_by_name():
    """Any fields in any order; unknown ones are named with the nearest."""
    assert list(td.generate(base(), columns=["t", "n"], truth=False).record(0)) == ["t", "n"]
    with pytest.raises(UsageError, match="unknown column 'm': expected one of n, t, w"):
        td.generate(base(), columns=["m"])


def test_every_field_is_told():
    """Fields and those of children have dotted names."""
    recipe = td.Recipe(
        "r", {"a": td.serial(), "k": td.each(1, {"b": td.serial(), "l": td.each(1, {"c": td.serial()})})}
    )
    assert [name for name, _ in recipe.each_field()] == ["a", "k", "k.b", "k.l", "k.l.c"]


def test_recipes_can_be_pickled():
    """A recipe without functions goes to another process as it is."""
    assert pickle.loads(pickle.dumps(base())) == base()  # noqa: S301  # our own bytes


def test_a_function_may_be_defined_anywhere():
    """Functions from `exec`, builtins and NumPy have no source and are known by their names."""
    space = {}
    exec("f = lambda n: n + 1", space)  # noqa: S102  # to make a function without a source file
    one = base(fields={"n": td.integer(0, 9), "m": td.derive(space["f"], "n"), "o": td.derive(np.abs, "n")}, rules={})
    assert one.fingerprint() == one.fingerprint()
    assert td.generate(one).record(3)["m"] == td.generate(one).record(3)["n"] + 1
