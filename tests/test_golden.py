"""What a seed gave once it gives for ever: content hashes of recipes in `tests/golden`."""

from __future__ import annotations

import json

import pytest

from golden.regenerate import HERE, hashes, path_of, references

ADVICE = (
    "a seed gives other records than it did. If that is meant: bump the version of the recipe, tell it in a changelog "
    "entry (changelog.d/), and run  python tests/golden/regenerate.py"
)
RECIPES = references()


@pytest.mark.parametrize("name", RECIPES)
def test_records_are_those_of_the_golden_hashes(name):
    """The bytes of its records under two seeds are the same as when the hashes were written."""
    assert path_of(name).is_file(), f"no golden hashes of {name}: run  python tests/golden/regenerate.py"
    assert hashes(RECIPES[name]) == json.loads(path_of(name).read_text(encoding="utf-8")), ADVICE


def test_no_hashes_are_left_of_recipes_that_are_gone():
    """Every file of hashes belongs to a recipe."""
    assert sorted(each.name for each in HERE.glob("*.json")) == sorted(path_of(name).name for name in RECIPES)
