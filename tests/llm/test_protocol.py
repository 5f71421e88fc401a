"""The protocol, driven by hand: what is asked, what is kept, what is asked again, and what each text cost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.declarations import Prompt
from treadle.llm.asking import Block
from treadle.llm.committing import Row
from treadle.llm.protocol import converse
from treadle.llm.stating import Stated

PROMPT = Prompt("a line")


class Notes:
    """Stands in for an asker: a request is what was asked for."""

    def request(self, writer, blocks, attempt, room=1, repair=None):
        return {
            "writer": writer,
            "records": [block.record for block in blocks],
            "attempt": attempt,
            "room": room,
            "repair": repair,
        }


def blocks(count):
    return [Block(i, "text", (Stated(f"fact {i}", f"fact {i}", "", (), "", -1),), (), "", PROMPT) for i in range(count)]


def answer(texts, *, finish="stop", cost=0):
    content = (
        texts
        if isinstance(texts, str)
        else json.dumps({"texts": [{"number": i + 1, "text": text} for i, text in enumerate(texts)]})
    )
    return Row(b"", "", "", "", content, finish, 1, 1, cost)


def talk(count, *answers, attempts=6):
    """Carry a conversation to its end; return the requests and the outcomes."""
    asked = []
    conversation = converse(Notes(), "openai:x", blocks(count), attempts)
    request = next(conversation)
    try:
        for each in answers:
            asked.append(request)
            request = conversation.send(each)
    except StopIteration as over:
        return asked, over.value
    asked.append(request)
    return asked, None


def good(*records):
    return [f"here is fact {record}, in words" for record in records]


def test_of_25_with_two_bad_23_are_kept_and_two_are_asked_again():
    first = good(*range(25))
    first[3], first[17] = "nothing of the kind", ""
    asked, outcomes = talk(25, answer(first), answer(good(3, 17)))
    assert [each["records"] for each in asked] == [list(range(25)), [3, 17]]
    assert [each.text for each in outcomes] == good(*range(25))
    assert [each.attempts for each in outcomes] == [2 if i in {3, 17} else 1 for i in range(25)]


def test_a_bad_text_is_repaired_then_asked_for_anew_then_rejected():
    asked, outcomes = talk(1, *[answer(["no"])] * 4, attempts=4)
    assert [bool(each["repair"]) for each in asked] == [False, True, False, True]
    assert asked[1]["repair"].problems == ("1: does not state: fact 0",)
    assert '"no"' in asked[1]["repair"].given
    assert outcomes[0].text is None
    assert outcomes[0].reasons == ["does not state: fact 0"]
    assert outcomes[0].rejected == ["does not state"] * 4


@pytest.mark.parametrize("content", ["", "no json", '{"texts": "x"}', '{"other": 1}', "[1, 2"])
def test_an_answer_without_form_is_asked_for_again(content):
    asked, outcomes = talk(2, answer(content), answer(good(0, 1)))
    assert [each["records"] for each in asked] == [[0, 1], [0, 1]]
    assert all(each.text for each in outcomes)


def test_a_cut_off_answer_keeps_what_is_whole_and_asks_for_the_rest_with_more_room():
    whole = json.dumps({"texts": [{"number": i + 1, "text": text} for i, text in enumerate(good(0, 1, 2, 3))]})
    cut = whole[: whole.index("fact 2")]
    asked, outcomes = talk(4, answer(cut, finish="length"), answer(good(2, 3)))
    assert [each["records"] for each in asked] == [[0, 1, 2, 3], [2, 3]]
    assert asked[1]["room"] == 2
    assert all(each.text for each in outcomes)


def test_a_cut_off_answer_of_which_nothing_is_whole_is_split():
    asked, _ = talk(4, answer('{"texts": [{"num', finish="length"), answer(good(0, 1)), answer(good(2, 3)))
    assert [each["records"] for each in asked] == [[0, 1, 2, 3], [0, 1], [2, 3]]


def test_a_single_cut_off_text_gets_more_room_each_time():
    asked, _ = talk(1, *[answer("x", finish="length")] * 3, answer(good(0)))
    assert [each["room"] for each in asked] == [1, 2, 4, 4]


@given(
    st.integers(1, 30), st.lists(st.tuples(st.integers(0, 10**6), st.sets(st.integers(0, 29))), min_size=6, max_size=6)
)
def test_what_answers_cost_is_shared_to_the_last_nanodollar(count, rounds):
    """Whatever fails, the costs of all texts add up to those of all answers, and no text that passed is asked for again."""
    conversation = converse(Notes(), "openai:x", blocks(count), 6)
    request, paid, passed = next(conversation), 0, set()
    try:
        for cost, bad in rounds:
            records = request["records"]
            assert not passed & set(records)
            texts = ["no" if record in bad else good(record)[0] for record in records]
            passed |= {record for record in records if record not in bad}
            paid += cost
            request = conversation.send(answer(texts, cost=cost))
    except StopIteration as over:
        assert sum(each.cost for each in over.value) == paid
        assert {each.block.record for each in over.value if each.text} == passed
