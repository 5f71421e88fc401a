"""Measures of diversity, by what they must be for texts that are all alike, all different, or small enough to count."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.quality import diversity as measures
from treadle.quality.labelled import Prompt, labelled, of_file, prompt_of
from treadle.quality.probes import bag_of_words, length_bins, majority, probes

WORDS = st.lists(st.sampled_from(["sun", "rain", "fog", "hail", "wind", "snow"]), min_size=1, max_size=12)
TEXTS = st.lists(WORDS.map(" ".join), min_size=2, max_size=30)


@given(texts=TEXTS)
def test_shares_are_shares(texts):
    found = measures.diversity(texts)
    for share in (*found.distinct, found.mattr, found.self_bleu, found.vendi, found.unique, found.near, found.polite):
        assert -1e-9 <= share <= 1 + 1e-9
    assert found.texts == len(texts)
    assert found.lengths[0] <= found.lengths[1] <= found.lengths[2]


def test_one_text_again_and_again_is_not_diverse():
    found = measures.diversity(["the same words again today"] * 20)
    assert found.distinct[0] == pytest.approx(5 / 100)
    assert found.self_bleu == pytest.approx(1)
    assert found.vendi == pytest.approx(1 / 20)
    assert found.unique == 0
    assert found.near == 1


def test_texts_without_a_common_word_are():
    found = measures.diversity([f"{a}x {a}y {a}z {a}w" for a in ("kilo", "mega", "giga", "tera", "peta")])
    assert found.distinct == (1, 1, 1)
    assert found.vendi == pytest.approx(1)
    assert found.unique == 1
    assert found.near == 0
    assert found.first_bits == pytest.approx(math.log2(5))


@given(texts=TEXTS)
def test_near_duplicates_are_those_of_comparing_all_with_all(texts):
    sets = [measures._trigrams(text) for text in texts]
    near = {
        one
        for one in range(len(texts))
        for other in range(len(texts))
        if one != other and len(sets[one] & sets[other]) >= 0.8 * len(sets[one] | sets[other])
    }
    assert measures.near_duplicates(texts) == pytest.approx(len(near) / len(texts))


def test_windows_are_those_of_a_plain_count():
    tokens = [str(number * number % 37) for number in range(250)]
    plain = [len(set(tokens[start : start + 100])) / 100 for start in range(151)]
    assert measures.mattr([tokens[:80], tokens[80:]]) == pytest.approx(sum(plain) / len(plain))


def test_a_feature_that_tells_the_label_is_found():
    labels = ["a", "b"] * 100
    rows = [str(number) for number in range(200)]
    assert majority(labels, labels, rows) == 1
    assert majority([0] * 200, labels, rows) <= 0.6
    assert bag_of_words([f"{label} and more" for label in labels], labels, rows) == 1


def test_a_rule_held_out_is_harder_than_a_row():
    texts = [f"word{rule} word{rule} filler" for rule in range(20) for _ in range(10)]
    labels = ["ab"[rule % 2] for rule in range(20) for _ in range(10)]
    found = probes(texts, labels, [str(rule) for rule in range(20) for _ in range(10)])
    assert found.words == 1
    assert found.words_held_out < 0.9
    assert found.chance == 0.5


def test_bins_of_lengths_are_even():
    bins = length_bins(["x" * number for number in range(1, 101)], bins=4)
    assert [bins.count(each) for each in range(4)] == [25, 25, 25, 25]


def test_edge_cases_and_rows_without_a_label_are_not_measured():
    assert prompt_of({"text": "x", "intent": "y", "metadata": {"edge_type": "short"}}) is None
    assert prompt_of({"text": "x"}) is None
    assert prompt_of({"text": "x", "intent": "y", "metadata": {"style": "plain"}}) == Prompt("x", "y", style="plain")


def test_a_file_is_measured_whatever_its_format(tmp_path):
    path = tmp_path / "o.jsonl"
    path.write_text('{"text": "what is rain", "intent": "a"}\n{"text": "write a song", "intent": "b"}\n' * 20)
    assert of_file(path).spread["label"] == {"a": 20, "b": 20}
    (tmp_path / "o.csv").write_text("text,intent\r\nwhat is rain,a\r\nwrite a song,b\r\n")
    assert of_file(tmp_path / "o.csv").diversity.texts == 2
    (tmp_path / "other.csv").write_text("a,b\r\n1,2\r\n")
    assert of_file(tmp_path / "other.csv") is None
    assert of_file(tmp_path / "none.txt") is None


def test_figures_have_a_name_and_evenness_is_that_of_entropy():
    found = labelled([Prompt("one two", "a", style="plain"), Prompt("three four", "b", style="terse")])
    assert found.evenness("style") == pytest.approx(1)
    assert found.evenness("domain") == 0
    assert found.to_json()["texts"] == 2
