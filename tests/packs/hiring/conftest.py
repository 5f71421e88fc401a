"""What the tests of the pack share: its taxonomy, and ten thousand records with the facts behind them, made once."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

import treadle as td
from treadle.packs.hiring.recipe import recipe
from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy

COUNT = 10_000
FACTS = (
    *("target", "importance", "relation", "months_worked", "written", "employed", "first_month", "graduated", "began", "study"),
    *("school", "headline", "country", "city", "home", "home_city", "email", "phone", "given", "family", "given_native"),
    *("family_native", "foreign_script", "apply_to", "resume_family", "job_family", "layout", "job_layout", "length", "job_length"),
    *("summary", "certificate", "certificate_place", "certified", "pay_low", "pay_high", "jobs", "duties", "tense"),
    *("required_lines", "preferred_lines"),
)  # fmt: skip
"""Fields that are no columns of the recipe, and that laws are about."""


def opened(field: td.Field) -> td.Field:
    """Return the declaration of children with all of their fields as columns, theirs of theirs among them."""
    inner = dict(getattr(field, "fields", ()))
    if not inner:
        return field
    return replace(field, fields=tuple((name, opened(each)) for name, each in inner.items()), columns=tuple(inner))


@pytest.fixture(scope="session")
def taxonomy():
    """Return the taxonomy that the pack ships."""
    return TechSkillsTaxonomy()


@pytest.fixture(scope="session")
def dataset():
    """Return the records with hidden facts as columns, and every field of their jobs, bullets and duties."""
    children = {name: opened(recipe.fields[name]) for name in ("jobs", "duties", "required_lines", "preferred_lines")}
    full = replace(recipe, fields={**recipe.fields, **children}, columns=(*recipe.columns, *FACTS))
    return td.generate(full, count=COUNT)


@pytest.fixture(scope="session")
def rows(dataset):
    """Return the records as dicts."""
    return list(itertools.chain.from_iterable(batch.to_pylist() for batch in dataset.batches(2_000)))
