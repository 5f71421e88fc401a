"""Sixty posts in the styles that real ones have, labelled by a person: what is read from them is what they ask for.

A skill is required where a post asks for it outright or names it among the daily work, and preferred where it is called a plus; of
alternatives ("Go or Java") each is asked for. Skills that the taxonomy does not know are in no label. The posts are written for
these tests.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from treadle.packs.hiring.posts_file import read_posts
from treadle.packs.hiring.reader import Asked, PostReader
from treadle.packs.hiring.taxonomy import LEVELS

POSTS = Path(__file__).parent / "data" / "labelled.jsonl"
COUNT = 60


@pytest.fixture(scope="module")
def judged(taxonomy):
    """Return each post's title, its labels, and what is read from it (None where it is left out)."""
    reader, labels = (
        PostReader(taxonomy),
        [json.loads(line)["expected"] for line in POSTS.read_text("utf-8").splitlines()],
    )
    found = []
    for post in read_posts(POSTS).posts:
        asked = reader.read(post.title, post.text)
        found.append((post.title, labels[post.row - 1], asked if isinstance(asked, Asked) else None))
    return found


def test_the_posts_are_of_many_trades_and_all_levels(judged, taxonomy):
    assert len(judged) == COUNT
    assert {expected["level"] for _, expected, _ in judged} == set(LEVELS)
    roles = {taxonomy.roles[expected["role"]] for _, expected, _ in judged}
    assert len(roles) >= 50
    assert len({role.industry for role in roles}) == 7


def test_few_are_left_out(judged):
    assert sum(asked is None for _, _, asked in judged) <= 3


@pytest.mark.parametrize("which", ["required", "preferred"])
def test_skills_are_read_as_a_person_reads_them(judged, taxonomy, which):
    """Precision is 0.95 or more and recall 0.9 or more, what posts that are left out ask for counting as missed."""
    right, wrong, missed, told = 0, 0, 0, []
    for title, expected, asked in judged:
        got = {taxonomy.names[code] for code in getattr(asked, which, ())}
        want = set(expected[which])
        right, wrong, missed = right + len(got & want), wrong + len(got - want), missed + len(want - got)
        told += [f"{title}: not asked for: {name}" for name in got - want] + [
            f"{title}: missed {name}" for name in want - got
        ]
    precision, recall = right / (right + wrong), right / (right + missed)
    assert precision >= 0.95 and recall >= 0.9, (precision, recall, told)  # noqa: PT018  # both figures are told


@pytest.mark.parametrize(("fact", "least"), [("level", 0.95), ("years", 0.95), ("role", 0.95)])
def test_other_facts_are_read_as_a_person_reads_them(judged, fact, least):
    name = {"years": "years_min"}.get(fact, fact)
    read = [(title, expected[fact], getattr(asked, name)) for title, expected, asked in judged if asked is not None]
    wrong = [each for each in read if each[1] != each[2]]
    assert len(wrong) <= (1 - least) * len(read), (1 - len(wrong) / len(read), wrong)
