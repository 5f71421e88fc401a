"""What the rows of the pack hold."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict

import pytest

import treadle as td
from treadle.packs.intents.labels import AUDIENCES, COMPLEXITIES, EDGES, INTENTS, STYLES
from treadle.packs.intents.languages import languages
from treadle.packs.intents.structure import faults, schema

COUNT = 12_000


@pytest.fixture(scope="module")
def rows():
    return list(td.generate("intents", count=COUNT, truth=False))


def edge(row):
    return row["metadata"]["edge_type"]


def test_the_default_is_a_thousand_of_each_intent_and_two_thousand_edge_cases(rows):
    assert Counter(row["intent"] for row in rows if not edge(row)) == dict.fromkeys(INTENTS, 1000)
    kinds = Counter(edge(row) for row in rows if edge(row))
    assert set(kinds) == set(EDGES)
    assert kinds.total() == 2000
    assert max(kinds.values()) - min(kinds.values()) <= 1


def test_every_row_fits_the_schema(rows):
    assert not [found for row in rows for found in faults(row, schema())]
    assert {row["audience"] for row in rows} == set(AUDIENCES)
    assert {row["complexity"] for row in rows} == set(COMPLEXITIES)
    assert {row["metadata"]["style"] for row in rows} == set(STYLES)
    assert len({row["metadata"]["technical_level"] for row in rows}) >= 10


def test_a_rule_is_in_one_split(rows):
    splits = defaultdict(set)
    for row in rows:
        splits[row["metadata"]["rule"]].add(row["metadata"]["split"])
    assert not [rule for rule, held in splits.items() if len(held) > 1]
    shares = Counter(row["metadata"]["split"] for row in rows)
    assert shares == {"train": 9600, "validation": 1200, "test": 1200}


def test_no_intent_prefers_a_domain(rows):
    """Of the texts that name a domain, the share of each domain is about the same whatever the intent."""
    named = Counter((row["intent"], row["metadata"]["domain"]) for row in rows if row["metadata"]["domain"])
    domains = {domain for _, domain in named}
    assert len(domains) >= 40
    for intent in INTENTS:
        own = [named[intent, domain] for domain in domains]
        assert sum(own) > 300
        assert max(own) < 4 * sum(own) / len(domains)


def test_a_topic_stands_in_the_text(rows):
    told = [row for row in rows if row["metadata"]["topic"] and row["metadata"]["form"] != "text"]
    assert len(told) > 500
    missing = [row for row in told if row["metadata"]["topic"].lower() not in row["text"].lower()]
    assert len(missing) < len(told)


def test_length_does_not_tell_the_intent(rows):
    """Medians of the clean texts' words are near each other, since short, medium and long families are drawn alike."""
    words = defaultdict(list)
    for row in rows:
        if not edge(row):
            words[row["intent"]].append(len(row["text"].split()))
    middle = [sorted(each)[len(each) // 2] for each in words.values()]
    assert max(middle) <= 3 * min(middle)


def test_edge_cases_are_what_they_say(rows):
    by_kind = defaultdict(list)
    for row in rows:
        by_kind[edge(row)].append(row)
    assert {len(row["text"]) for row in by_kind["short"]} <= {3, 4, 5}
    assert min(len(row["text"]) for row in by_kind["long"]) >= 800
    assert all(row["text"] == row["text"].upper() for row in by_kind["all_caps"])
    spoken = {row["metadata"]["text_language"] for row in by_kind["multi_language"]}
    assert spoken <= set(languages())
    assert len(spoken) >= 25
    assert all(
        re.search("[\U0001f300-\U0001faff\u2600-\u27bf\U0001f1e6-\U0001f1ff]", row["text"]) for row in by_kind["emoji"]
    )
    for kind in ("ambiguous", "adversarial", "near_duplicate"):
        assert all(row["metadata"]["other_intent"] in INTENTS for row in by_kind[kind])
        assert not [row for row in by_kind[kind] if row["metadata"]["other_intent"] == row["intent"]]
    assert all(row["metadata"]["other_intent"] is None for row in by_kind[None])
    assert {row["metadata"]["text_language"] for row in by_kind[None]} == {"en"}


def test_few_clean_texts_come_twice(rows):
    texts = Counter(row["text"] for row in rows if not edge(row))
    assert sum(count - 1 for count in texts.values()) <= 100


def test_every_record_can_be_made_alone(rows):
    dataset = td.generate("intents", count=10, truth=False)
    for number in (0, 17, 4_999, 11_999):
        assert dataset.record(number) == rows[number]


def test_a_seed_changes_texts_and_no_counts(rows):
    others = list(td.generate("intents", count=60, seed=7, truth=False))
    assert [row["intent"] for row in others] == [row["intent"] for row in rows[:60]]
    assert sum(one["text"] == other["text"] for one, other in zip(others, rows, strict=False)) <= 6


def test_no_placeholder_is_left(rows):
    left = [
        row["text"]
        for row in rows
        if edge(row) != "noise" and re.search(r"<[a-z_]+>|\{[a-z_]+(\||\})", row["text"]) and "```" not in row["text"]
    ]
    assert len(left) < 60, left[:5]
    json.dumps(rows[:10])
