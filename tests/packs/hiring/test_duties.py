"""Duties and evidence read well whatever is drawn: verbs in one form, articles that fit, beginners who lead nobody."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations

import pytest

from treadle.packs.hiring.data import grammars, tables
from treadle.packs.hiring.sentences import MOST_EVIDENCE, OF_LEADERS, Sentences, prime_up_to
from treadle.packs.hiring.taxonomy import KINDS

ROWS = tables("duties")
LITTLE = frozenset(
    (
        "a",
        "an",
        "and",
        "at",
        "by",
        "for",
        "from",
        "in",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
        "per",
        "each",
        "{few}",
        "{tens}",
    )
)
NUMBERS = r"\{(?:few|tens|hundreds|thousands|pct|hours|weeks|months)\}"


def test_no_second_verb_is_left_in_its_base_form():
    """Only the first verb changes with the tense: "wiped and donate" must not be sayable."""
    assert [row["rest"] for row in ROWS if re.match(r"(?:and|or|then) ", row["rest"])] == []


def test_no_article_stands_before_a_number_that_may_need_the_other():
    """A drawn number may be 8, 11 or 80: "a 11-page study"."""
    lines = [row["rest"] for row in ROWS]
    lines += [line for path in grammars() for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if re.search(rf"\b[Aa]n? {NUMBERS}", line)] == []


def test_what_lasts_until_now_is_told_in_the_perfect():
    lines = [line for path in grammars() for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if re.search(r"\bdoes\b.* since \{post_founded\}", line)] == []


def test_what_is_held_within_a_share_is_held_within_a_few_per_cent():
    lines = [row["rest"] for row in ROWS]
    lines += [line for path in grammars() for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if "within {pct}%" in line] == []


def test_no_two_duties_of_a_role_are_nearly_the_same():
    """They share neither their first four words nor nearly all of the words of the shorter one."""
    own: dict[str, list[list[str]]] = {}
    for row in ROWS:
        if "role" in row:
            own.setdefault(row["role"], []).append(f"{row['verb']} {row['rest']}".lower().split())
    near = []
    for duties in own.values():
        told = [(" ".join(words[:4]), frozenset(words) - LITTLE, " ".join(words)) for words in duties]
        for (start, words, one), (other_start, others, two) in combinations(told, 2):
            least = min(len(words), len(others))
            if start == other_start or (least >= 4 and len(words & others) > 0.75 * least):
                near.append((one, two))
    assert near == []


def test_evidence_of_a_kind_can_be_strode_through():
    """A prime number of sentences, so that any stride meets each once, and no two bullets of a résumé are worded alike."""
    counts = Counter((row["kind"], row["sector"]) for row in ROWS if "kind" in row)
    assert all(prime_up_to(count) == min(count, MOST_EVIDENCE) == count for count in counts.values()), counts


@pytest.mark.parametrize("number", range(2, 2 * len(KINDS) + 2))
def test_beginners_draw_from_evidence_that_leads_nobody(taxonomy, number):
    sentences = Sentences.of(taxonomy)
    first, count, junior = (
        int(each[number - 2])
        for each in (sentences.evidence_first, sentences.evidence_count, sentences.evidence_count_junior)
    )
    assert not OF_LEADERS.intersection(sentences.verbs[first : first + junior])
    assert junior == prime_up_to(junior) <= count <= MOST_EVIDENCE
    assert junior >= 0.75 * count
