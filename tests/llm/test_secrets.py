"""Keys: sent to the endpoint, and to be found nowhere else."""

from __future__ import annotations

import pickle

import pytest

import treadle as td
from running import RECIPES, treadle
from treadle.llm.keys import Secret, find_key

TICKETS = f"{RECIPES / 'tickets.py'}:tickets"
KEY = "sk-test-9f8e7d6c5b4a3f2e1d0c"


@pytest.mark.parametrize("how", ["variable", "file", "option", "named variable"])
def test_a_key_is_sent_and_written_nowhere(tmp_path, model, how):
    model.behave(key=KEY, faults={"badjson": 0.2})
    folder = tmp_path / "out"
    folder.mkdir()
    given, environment = [], {}
    if how == "variable":
        environment = {"OPENAI_API_KEY": KEY}
    elif how == "named variable":
        given, environment = ["--api-key-env", "MY_KEY"], {"MY_KEY": KEY}
    elif how == "file":
        (tmp_path / "key").write_text(KEY + "\n")
        given = ["--api-key-file", str(tmp_path / "key")]
    else:
        given = ["--api-key", KEY]
    done = treadle(
        "generate", TICKETS, "-n", 20, "-o", folder / "o.jsonl", "--writer", "openai:x", "--base-url", model.url,
        "--records-per-call", 2, "--log-level", "DEBUG", "--log-file", folder / "log.txt", *given, **environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert ("--api-key can be read by everyone who lists processes" in done.stderr) == (how == "option")
    assert KEY not in done.stdout + done.stderr
    files = list(folder.rglob("*"))
    assert len(files) >= 4
    for path in files:
        assert KEY.encode() not in path.read_bytes(), path


def test_a_server_that_echoes_the_key_does_not_bring_it_into_messages(model, tmp_path):
    model.behave(key="another")
    done = treadle(
        "generate",
        TICKETS,
        "-n",
        2,
        "-o",
        tmp_path / "o.jsonl",
        "--writer",
        "openai:x",
        "--base-url",
        model.url,
        OPENAI_API_KEY=KEY,
    )
    assert done.returncode == 2
    assert "sk-" not in done.stderr


def test_a_secret_shows_nothing_of_itself():
    secret = Secret(KEY, "OPENAI_API_KEY")
    assert KEY not in repr(secret) + str(secret) + f"{secret}"
    assert secret.blot(f"bad key {KEY} and sk-abcdef0123") == "bad key [key] and [key]"
    with pytest.raises(TypeError, match="a key is not pickled"):
        pickle.dumps(secret)


def test_settings_do_not_show_a_key():
    assert KEY not in repr(td.Writer("openai:x", api_key=KEY))


@pytest.mark.parametrize("text", ["two words", "naïve", "a\nb", "x" * 5_000])
def test_what_can_be_no_key_is_refused_without_being_shown(text):
    with pytest.raises(td.UsageError) as told:
        find_key(text)
    assert text not in str(told.value)


def test_an_empty_file_is_no_key(tmp_path):
    (tmp_path / "key").write_text("\n")
    with pytest.raises(td.UsageError, match="is empty: expected a key"):
        find_key(file=str(tmp_path / "key"))
