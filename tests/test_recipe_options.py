"""Recipes' own options: handed to `configured`, part of what a run is, and refused where they are unknown."""

from __future__ import annotations

import json

import pytest

import treadle as td
from running import treadle_here
from treadle.run.source import Source

RECIPE = """
import treadle as td

OPTIONS = {"greeting": "how a text begins", "word_file": "a file of words"}
LISTS = {"names": "whom to greet"}


def configured(greeting="hello", word_file="", names_list=""):
    if greeting == "boom":
        raise ValueError("no booms")
    if greeting == "nothing":
        return None
    names = td.read_vocabulary(names_list) if names_list else ["Ada", "Bo"]
    words = td.read_vocabulary(word_file) if word_file else td.vocabulary(["day"])
    fields = {"name": td.choice(names), "word": td.choice(words), "text": td.text(greeting + " {name} {word}")}
    rejects = [{"row": 3, "reason": "too odd"}] if greeting == "odd" else []
    intakes = [td.Intake("words", "words.txt", words.sha256, {"read": 3, "taken": 2}, rejects)] if word_file else []
    return td.Recipe("greetings", fields, intakes=intakes)


recipe = configured()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    (tmp_path / "greet.py").write_text(RECIPE)
    (tmp_path / "words.txt").write_text("night\nweek\n")
    (tmp_path / "names.txt").write_text("Cleo\nDan\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def told(capfd):
    """Return what runs the command line and returns its exit code and what it said on stderr."""

    def run(*arguments):
        capfd.readouterr()
        code = treadle_here(*arguments)
        return code, capfd.readouterr().err

    return run


def texts(path="a.jsonl"):
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  # a name in the working folder
        return {json.loads(line)["text"] for line in file}


@pytest.mark.parametrize("given", [["--greeting", "good"], ["--greeting=good"]])
def test_options_behind_the_recipe_reach_it(told, given):
    assert told("generate", "greet.py", "-n", 20, *given, "--seed", 7, "-o", "a.jsonl", "-q") == (0, "")
    assert texts() == {"good Ada day", "good Bo day"}
    assert told("verify", "a.jsonl", "-q")[0] == 0
    assert told("verify", "a.jsonl", "--recipe", "greet.py", "--greeting", "good", "-q")[0] == 0
    assert told("verify", "a.jsonl", "--recipe", "greet.py", "-q")[0] == 1


def test_options_can_be_given_in_python():
    assert td.generate("greet.py", count=5, options={"greeting": "oi"}).record(0)["text"].startswith("oi ")


def test_files_count_by_their_content_and_are_in_the_manifest(told, folder):
    assert (
        told("generate", "greet.py", "-n", 20, "--word-file", "words.txt", "--greeting", "odd", "-o", "a.jsonl")[0] == 0
    )
    manifest = json.loads((folder / "a.jsonl.manifest.json").read_text())
    assert manifest["recipe_options"] == {"word_file": "words.txt", "greeting": "odd"}
    assert len(manifest["inputs"]["words"]) == 64
    assert manifest["intakes"] == {"words": {"read": 3, "taken": 2}}
    assert manifest["rejects_file"] == "a.jsonl.rejects.jsonl"
    rejects = (folder / "a.jsonl.rejects.jsonl").read_text()
    assert json.loads(rejects) == {"file": "words.txt", "row": 3, "reason": "too odd"}
    assert told("verify", "a.jsonl", "-q")[0] == 0
    (folder / "words.txt").write_text("night\nyear\n")
    assert "was changed since" in told("verify", "a.jsonl")[1]
    assert told("generate", "greet.py", "-n", 20, "-o", "a.jsonl", "--overwrite", "-q")[0] == 0
    assert not (folder / "a.jsonl.rejects.jsonl").exists()


def test_a_recipes_own_list_replaces_its_names(told):
    assert told("generate", "greet.py", "-n", 20, "--vocab", "names=names.txt", "-o", "a.jsonl", "-q") == (0, "")
    assert texts() == {"hello Cleo day", "hello Dan day"}
    assert told("verify", "a.jsonl", "-q")[0] == 0


def test_sources_with_other_options_differ():
    first, second = (Source.of("greet.py", options={"greeting": each}) for each in ("a", "b"))
    assert first != second
    assert hash(first) != hash(second)


def test_describe_lists_options_and_lists(capfd):
    assert treadle_here("describe", "greet.py") == 0
    said = capfd.readouterr().out
    assert "--word-file" in said
    assert "a file of words" in said
    assert "--vocab names=FILE" in said


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["greet.py", "--greting", "x"], "unknown option '--greting': did you mean '--greeting'"),
        (["greet.py", "--sed", "1"], "unknown option '--sed': did you mean '--seed'"),
        (["greet.py", "--greeting"], "option --greeting: expected a value behind it"),
        (["greet.py", "--greeting", "--word-file", "x"], "option --greeting: expected a value behind it"),
        (["greet.py", "--greeting", "a", "--greeting", "b"], "option --greeting: given twice"),
        (["greet.py", "stray"], "argument 'stray': expected options behind the recipe"),
        (["--greeting", "x", "greet.py"], "a recipe's own options stand behind the recipe's name"),
        (["greet.py:recipe", "--greeting", "x"], "unknown option '--greeting'"),
        (["greet.py", "--greeting", "boom"], "greet.py:10: the recipe file raised ValueError: no booms"),
        (["greet.py", "--greeting", "nothing"], "configured() returned None: expected a Recipe"),
    ],
)
def test_what_does_not_fit_is_one_message(told, given, message):
    code, said = told("show", *given)
    assert code == 2
    assert message in said
    assert "Traceback" not in said


def test_recipes_without_options_take_none(told, folder):
    (folder / "plain.py").write_text("import treadle as td\nrecipe = td.Recipe('p', {'a': td.choice(['x'])})\n")
    code, said = told("generate", "plain.py", "--jobs", "x.csv")
    assert code == 2
    assert "unknown option '--jobs'" in said
    with pytest.raises(td.UsageError, match="as an object takes none"):
        td.generate(td.Recipe("p", {"a": td.choice(["x"])}), options={"jobs": "x"})
