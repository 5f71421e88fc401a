"""Labels that a model doubts, and texts that nearly come twice."""

from __future__ import annotations

import numpy as np

from treadle.checks.bayes import FOLDS, cross_validated, folds_of, in_columns
from treadle.checks.labels import KEPT, agreement
from treadle.checks.near import NearDuplicates, near_duplicates

TEXTS = [f"{word} number {number}" for number in range(300) for word in ("apple", "stone")]
LABELS = ["fruit", "rock"] * 300


def rows(labels):
    return [{"text": text, "intent": label} for text, label in zip(TEXTS, labels, strict=True)]


def test_a_model_of_the_other_folds_names_the_labels():
    guessed, sure = cross_validated([in_columns(text) for text in TEXTS], LABELS, TEXTS)
    assert guessed == LABELS
    assert sure.min() > 0.5


def test_a_group_is_in_one_fold():
    assert set(folds_of(["a"] * 9)) <= set(range(FOLDS))
    assert len(set(folds_of(["a"] * 9))) == 1


def test_a_wrong_label_is_suspected_and_no_violation():
    check, held = agreement("text", "intent")
    wrong = [*LABELS[:-1], "fruit"]
    assert not list(check.look(rows(wrong)))
    assert not list(check.finish(lambda row: row))
    assert [record for record, _, _ in held.suspected] == [len(TEXTS) - 1]
    assert "1 suspected" in check.note()


def test_labels_that_mostly_disagree_are_a_violation():
    check, _ = agreement("text", "intent")
    flipped = [LABELS[place ^ (place // 2 % 2)] for place in range(len(LABELS))]
    names = [f"{label}{place % 7}" for place, label in enumerate(flipped)]
    list(check.look(rows(names)))
    assert len(list(check.finish(lambda row: row))) == 1


def test_too_few_texts_are_not_judged():
    check, _ = agreement("text", "intent")
    list(check.look(rows(LABELS)[:50]))
    assert not list(check.finish(lambda row: row))
    assert "no model" in check.note()


def test_memory_does_not_grow_with_the_rows():
    check, held = agreement("text", "intent")
    for _ in range(2 * KEPT // len(TEXTS) + 2):
        list(check.look(rows(LABELS)))
    assert len(held._rows) < KEPT


def test_texts_that_differ_in_a_word_are_near():
    long = " ".join(f"word{number}" for number in range(60))
    held = NearDuplicates("text", most=0.1)
    list(held.look([{"text": long}, {"text": long + " more"}, {"text": "something else entirely"}]))
    assert [row for row, *_ in held.finish(lambda row: row)] == [1]
    assert "1 of 3 texts" in held.note()


def test_a_few_near_duplicates_are_let_pass():
    check = near_duplicates("text")
    texts = [" ".join(f"w{number * 31 + place}" for place in range(20)) for number in range(50)]
    list(check.look([{"text": text} for text in [*texts, texts[0]]]))
    assert not list(check.finish(lambda row: row))
    assert "1 of 51" in check.note()


def test_columns_are_within_bounds():
    found = in_columns("a b c a b")
    assert found.dtype == np.int64
    assert len(found) == 6 - 1 or len(found) == 6
    assert not len(in_columns(""))
