"""Fields that lean on each other: lists by group, sums of children, absence, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import treadle as td
from treadle.errors import RecipeError, RunError

SKILLS = {"web": ["html", "css", "http"], "data": ["sql", "etl"]}


def rows(fields: dict[str, object], count: int = 200, **more: object) -> list[dict[str, object]]:
    return list(td.generate(td.Recipe("together", fields, **more), count=count, truth=False))


def test_a_sample_by_group_takes_entries_of_its_group_alone() -> None:
    """`sample(by=)` draws different entries from the list of the record's own group, as many as there are at most."""
    made = rows({"trade": td.choice(list(SKILLS)), "skills": td.sample(SKILLS, 3, by="trade")})
    for row in made:
        assert len(set(row["skills"])) == len(row["skills"]) == len(SKILLS[row["trade"]])
        assert set(row["skills"]) <= set(SKILLS[row["trade"]])


def test_a_sample_by_group_needs_a_list_for_each_value() -> None:
    """A group without a list, or a list without a group, is a problem of the recipe."""
    with pytest.raises(RecipeError, match="one list for each of its values"):
        rows({"trade": td.choice(["web", "law"]), "skills": td.sample(SKILLS, 1, by="trade")})


def test_children_are_summed_into_their_parent() -> None:
    """A function of a children field adds up their numbers exactly, none for none."""
    made = rows(
        {
            "items": td.each((0, 4), {"price": td.integer(1, 1000)}),
            "total": td.derive(lambda items: items.sum("price"), "items"),
        }
    )
    assert all(row["total"] == sum(item["price"] for item in row["items"]) for row in made)
    assert any(not row["items"] for row in made)


def test_what_hangs_on_an_absent_value_is_absent() -> None:
    """`by` on an absent value gives no text, no choice and no list; `is present` and `is absent` tell."""
    made = rows(
        {
            "coin": td.chance("0.5"),
            "trade": td.choice(list(SKILLS), when="coin"),
            "text": td.text(td.by("trade", {"web": "WEB", "data": "DATA"})),
            "tool": td.choice({"web": ["vim"], "data": ["excel"]}, by="trade"),
            "skills": td.sample(SKILLS, 1, by="trade"),
            "said": td.text("{if trade is present}yes{elif trade is absent}no{/if}"),
        }
    )
    for row in made:
        assert row["text"] == (row["trade"] or "").upper()
        assert (row["tool"] is None) == (row["skills"] is None) == (row["trade"] is None)
        assert row["said"] == ("no" if row["trade"] is None else "yes")


def test_a_quota_takes_a_vocabulary() -> None:
    """Shares may be given as a vocabulary, with its weights or equal ones."""
    made = rows({"a": td.quota(td.vocabulary(["x", "y"])), "b": td.quota(td.vocabulary({"x": 3, "y": 1}))})
    assert sum(row["a"] == "x" for row in made) == 100
    assert sum(row["b"] == "x" for row in made) == 150


def test_a_boolean_function_returns_booleans() -> None:
    """`boolean=True` refuses other numbers than 0 and 1, naming the field."""
    with pytest.raises(RunError, match="field 'b'"):
        rows({"a": td.integer(0, 5), "b": td.derive(lambda a: a, "a", boolean=True)})


def test_weights_beside_groups_are_refused() -> None:
    """`choice(by=, weights=)` would have to guess which list the weights belong to."""
    with pytest.raises(RecipeError, match="field 'a': by='trade' and weights= cannot both be given"):
        rows({"a": td.choice(SKILLS, [1, 2], by="trade")})


def test_the_data_that_a_function_reads_is_part_of_the_fingerprint() -> None:
    """Two recipes whose functions read other numbers are not the same, and neither moves with the file's place."""
    prints = []
    for weights in (np.array([1, 2]), np.array([1, 3])):
        recipe = td.Recipe("p", {"a": td.integer(0, 1), "b": td.derive(lambda a, held=weights: held[a], "a")})
        other = td.Recipe("p", {"a": td.integer(0, 1), "b": td.derive(lambda a: weights[a], "a")})  # noqa: B023  # read at once
        prints += [other.fingerprint()]
        assert recipe.fingerprint() == recipe.fingerprint()
    assert prints[0] != prints[1]
