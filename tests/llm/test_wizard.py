"""The wizard: asks, checks the key with one free call, and makes what was agreed on."""

from __future__ import annotations

import pytest

import treadle as td
from running import treadle
from treadle.llm.settings import Writer
from treadle.llm.wizard import ask, check_key


class Answers:
    """Answers questions from a list, and holds the texts against their checks as a person meets them."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def _next(self, question):
        self.asked.append(question)
        return self.answers.pop(0)

    def choose(self, question, choices):
        given = self._next(question)
        return next(each for each in choices if given in each)

    def text(self, question, default, check):
        given = self._next(question) or default
        wrong = check(given)
        if wrong:
            raise ValueError(wrong)
        return given

    def secret(self, question):
        return self._next(question)

    def confirm(self, question):
        return self._next(question)


def test_templates_need_no_more_questions():
    plans = ask(Answers("hiring", "20", "template", ""), ["hiring"])
    assert (plans.pack, plans.count, plans.output, plans.writer) == ("hiring", 20, "hiring.csv", None)


def test_an_endpoint_of_ones_own_is_asked_about():
    questions = Answers("hiring", "20", "another endpoint", "o.jsonl", "http://127.0.0.1:9", "small", "0", "0", "0.25")
    writer = ask(questions, ["hiring"]).writer
    assert writer == Writer("openai:small", base_url="http://127.0.0.1:9", price_in="0", price_out="0", budget="0.25")
    assert not questions.answers


def test_a_missing_key_is_asked_for_and_not_shown():
    writer = ask(Answers("hiring", "20", "gpt-4o-mini", "", "", "sk-secret-of-mine"), ["hiring"]).writer
    assert writer.key().reveal() == "sk-secret-of-mine"
    assert "sk-secret" not in repr(writer)


@pytest.mark.parametrize(
    ("answers", "told"), [(("hiring", "many"), "expected a number"), (("hiring", "5", "gpt", "", "free"), "US dollars")]
)
def test_wrong_answers_are_told_at_once(answers, told):
    with pytest.raises(ValueError, match=told):
        ask(Answers(*answers), ["hiring"])


def test_the_key_is_checked_with_one_free_call(model):
    assert check_key(Writer("openai:fake", base_url=model.url)) == "the endpoint answers, and asks for no key"
    accepted = check_key(Writer("openai:fake", base_url=model.url, api_key="sk-of-mine"))
    assert accepted == "the endpoint answers, and the key is accepted"
    assert "does not list gpt-9; it has fake" in check_key(Writer("openai:gpt-9", base_url=model.url))
    assert model.stats["requests"] == 0


def test_what_is_there_already_is_told_at_once(tmp_path):
    (tmp_path / "o.csv").touch()
    with pytest.raises(ValueError, match=r"o\.csv is there already: choose another name"):
        ask(Answers("hiring", "20", "template", str(tmp_path / "o.csv")), ["hiring"])


def test_without_a_terminal_nothing_is_asked():
    done = treadle("new")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("treadle: treadle new asks questions, and there is no terminal to answer on")


def test_a_key_that_is_not_accepted_is_told_before_anything_else(model):
    model.behave(key="right")
    with pytest.raises(td.UsageError, match="the key is not accepted"):
        check_key(Writer("openai:fake", base_url=model.url, api_key="wrong-key"))
