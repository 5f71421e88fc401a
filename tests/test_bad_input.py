"""Bad input gets a clear error and loses nothing: through the real command line, in a process of its own.

Each case says what is typed, the exit code, and a part of every message, one for each problem. Nothing is printed on stdout, there
is no traceback, and no file is left that looks like an output.
"""

# ruff: noqa: E501 - a case is a line of a table
from __future__ import annotations

import json

import pytest

from running import treadle

RECIPE = """
import treadle as td

good = td.Recipe(
    "good",
    {
        "city": td.choice("cities"),
        "tone": td.choice(["calm", "loud"]),
        "score": td.integer(0, 9),
        "line": td.text("To {city}."),
    },
    vocabularies={"cities": ["Porto", "Oslo"]},
)
"""


def body(*fields, more=""):
    """Return a recipe file whose one recipe has these fields."""
    return f"import treadle as td\nmine = td.Recipe('mine', {{{', '.join(fields)}}}{more})\n"


def left(folder):
    """Return the names of everything in a folder, its manifest and staging too."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if "__pycache__" not in path.parts}


def refused(folder, arguments, code, *messages, files=()):
    """Run a command that must fail; check its exit code, its messages, and that it left nothing behind; return stderr."""
    for name, content in dict(files).items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    before = left(folder)
    done = treadle(*[str(each).replace("{}", str(folder)) for each in arguments], COLUMNS="200")
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for message in messages:
        assert message.replace("{}", str(folder)) in done.stderr
    assert done.stderr.startswith("treadle: ")
    assert len(done.stderr.splitlines()) == len(messages), done.stderr
    assert left(folder) == before
    return done.stderr


GENERATE = ["generate", "{}/good.py", "-o", "{}/out.jsonl"]

OPTIONS = {
    "an unknown pack": (["generate", "hirring", "-o", "{}/o.jsonl"], "unknown recipe 'hirring'"),
    "a recipe file without its suffix": (["generate", "{}/good", "-o", "{}/o.jsonl"], "did you mean {}/good.py?"),
    "a recipe file that is missing": (["generate", "{}/none.py"], "recipe file '{}/none.py' is not there"),
    "an unknown recipe of a file": (
        ["generate", "{}/good.py:god", "-o", "{}/o.jsonl"],
        "unknown recipe 'god': did you mean 'good'?",
    ),
    "a negative count": ([*GENERATE, "-n", "-1"], "count=-1: expected 0 or more"),
    "a huge count": ([*GENERATE, "-n", 10**30], f"records=0:{10**30}: expected 0 <= first <= last <= {1 << 62}"),
    "a range that runs backwards": ([*GENERATE, "--records", "5:3"], "records='5:3': expected A:B with 0 <= A <= B"),
    "a negative range": ([*GENERATE, "--records", "-5:3"], "records='-5:3': expected A:B"),
    "a range without an end": ([*GENERATE, "--records", "5"], "records='5': expected A:B"),
    "a range of words": ([*GENERATE, "--records", "a:b"], "records='a:b': expected A:B"),
    "a huge range": ([*GENERATE, "--records", f"{10**30}:{10**30 + 5}"], "expected 0 <= first <= last <="),
    "a count and a range": ([*GENERATE, "-n", 5, "--records", "0:5"], "-n and --records cannot both be given"),
    "no workers": ([*GENERATE, "--workers", 0], "workers=0: expected 1 or more"),
    "a chunk of no records": ([*GENERATE, "--chunk-size", 0], "chunk_size=0: expected 1 or more"),
    "a shard of no records": ([*GENERATE, "--shard-size", -2], "shard_size=-2: expected 1 or more"),
    "an unknown executor": ([*GENERATE, "--executor", "foo"], "executor='foo': expected one of threads, processes"),
    "an unknown format": ([*GENERATE, "--format", "foo"], "format='foo': expected one of jsonl, json, csv, parquet"),
    "an unknown suffix": (
        ["generate", "{}/good.py", "-o", "{}/out.xyz"],
        "expected a file name that ends in one of .jsonl",
    ),
    "an output of nothing but slashes": (
        ["generate", "{}/good.py", "-o", "//"],
        "output='//': expected a file or a folder",
    ),
    "a folder of documents": (
        ["generate", "{}/good.py", "-o", "{}/out/", "--format", "json"],
        "a folder of shards holds jsonl, csv or parquet",
    ),
    "unknown truth": ([*GENERATE, "--truth", "foo"], "truth='foo': expected one of none, inline, sidecar"),
    "inline truth in CSV": (
        ["generate", "{}/good.py", "-o", "{}/out.csv", "--truth", "inline"],
        "csv has no place for spans inside a record",
    ),
    "inline truth in a document": (
        ["generate", "{}/good.py", "-o", "{}/out.json", "--truth", "inline"],
        "json has no place for spans",
    ),
    "a list without a file": ([*GENERATE, "--vocab", "cities"], "vocab='cities': expected NAME=FILE"),
    "a list without a name": ([*GENERATE, "--vocab", "=x"], "vocab='=x': expected NAME=FILE"),
    "a list for no vocabulary": (
        [*GENERATE, "--vocab", "citties={}/good.py"],
        "unknown vocabulary 'citties': did you mean 'cities'",
    ),
    "a list that is missing": (
        [*GENERATE, "--vocab", "cities={}/none.txt"],
        "{}/none.txt: cannot be read (No such file or directory)",
    ),
    "a list that is a folder": ([*GENERATE, "--vocab", "cities={}"], "{}: cannot be read (Is a directory)"),
    "an unknown log level": (
        [*GENERATE, "--log-level", "LOUD"],
        "log_level='LOUD': expected DEBUG, INFO, WARNING or ERROR",
    ),
    "a log file that cannot be written": (
        [*GENERATE, "--log-file", "{}/good.py/log"],
        "log_file='{}/good.py/log': cannot be written",
    ),
    "an unknown record": (["show", "{}/good.py", "--record", -1], "record=-1: expected 0 or more"),
    "a negative count to show": (["show", "{}/good.py", "-n", -2], "count=-2: expected 0 or more"),
    "an unknown recipe to show": (["show", "nope"], "unknown recipe 'nope'"),
    "an unknown recipe to describe": (["describe", "nope"], "unknown recipe 'nope'"),
    "a kind of packs to show": (
        ["show", "logs"],
        "'logs' is several recipes: name one of logs.agent, logs.api, logs.cv",
    ),
    "a folder without a recipe": (["describe", "{}"], "(that folder has no recipe.py)"),
    "standard output as a file": (
        ["generate", "{}/good.py", "-o", "-"],
        "output='-': expected a file or a folder; --follow writes to standard output",
    ),
    "no worker for several files": (
        ["generate", "logs.cv", "-o", "{}", "--workers", 0],
        "workers=0: expected 1 or more",
    ),
    "a device": (["generate", "{}/good.py", "-o", "/dev/null", "--overwrite"], "output /dev/null is a device"),
    "an output below a file": (
        ["generate", "{}/good.py", "-o", "{}/good.py/out.jsonl"],
        "expected a folder above it, and {}/good.py is a file",
    ),
    "a rate for files": ([*GENERATE, "--rate", "5/s"], "option --rate: it is for --follow"),
    "a file to follow": (
        [*GENERATE, "--follow"],
        "option --output: --follow sends records on with --to, and writes no files",
    ),
    "workers to follow": (
        ["generate", "{}/good.py", "--follow", "--workers", 2],
        "option --workers: --follow sends records on with --to",
    ),
    "fewer shards than none": (["verify", "{}/good.py", "--slices", -1], "slices=-1: expected 0 or more"),
    "a list to verify with, and no recipe": (
        ["verify", "{}/good.py", "--vocab", "a=b"],
        "vocab='a=b': name the recipe that takes the list",
    ),
    "a slice that is not there": (["combine", "{}/none.jsonl", "-o", "{}/out.jsonl"], "{}/none.jsonl is not there"),
    "a folder to look through": (["check-pii", "{}"], "{} is no file: expected a file, or - for standard input"),
    "fewer findings than none": (["check-pii", "{}/good.py", "--limit", -1], "limit=-1: expected 0 or more"),
    "a folder to read": (["parse", "{}", "--domain", "api", "-o", "{}/o.jsonl"], "{} is no file: expected a log"),
    "a folder to write records to": (
        ["parse", "{}/good.py", "--domain", "api", "-o", "{}", "--overwrite"],
        "output {} is a folder: expected a file of JSON lines",
    ),
    "a negative count to pay for": (
        ["cost", "{}/good.py", "-n", -1, "--use-openai"],
        "count=-1: expected 0 or more",
    ),
    "a port that is none": (["fake-model", "--port", 70_000], "port=70000: expected 1 to 65535"),
    "a name that is no UTF-8": (["describe", "{}/a\udcff.py"], "a\\udcff.py': expected a name in UTF-8"),
    "an output to verify that is not there": (["verify", "{}/none.jsonl"], "{}/none.jsonl is not there"),
    "a file without statistics": (["stats", "{}/none.csv"], "{}/none.csv is not there"),
    "a file of another kind": (["stats", "{}/good.py"], "expected a file that ends in .jsonl .json .csv or .parquet"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_a_bad_option_is_named_with_what_was_expected(tmp_path, case):
    """One message, exit code 2, nothing written."""
    arguments, message = OPTIONS[case]
    refused(tmp_path, arguments, 2, message, files={"good.py": RECIPE})


TYPED = {
    "an unknown command": (["genrate"], "no such command 'genrate'. Did you mean 'generate'?"),
    "a count that is no number": ([*GENERATE, "-n", "many"], "treadle: count='many': expected a whole number"),
    "a fraction of records": ([*GENERATE, "--count=1.5"], "treadle: count='1.5': expected a whole number"),
    "a heat that is no number": ([*GENERATE, "--temperature", "hot"], "temperature='hot': expected a number"),
    "no recipe": (["generate"], "missing argument 'RECIPE' (see  treadle generate --help)"),
    "an option without its value": (["generate", "{}/good.py", "--seed"], "option '--seed' requires an argument"),
    "a flag of another command": (["operators", "--seed", 1], "no such option: --seed (see  treadle operators --help)"),
}


@pytest.mark.parametrize("case", TYPED)
def test_a_misspelled_command_line_is_worded_as_all_else(tmp_path, case):
    """What the parser refuses is one line on stderr with exit code 2, as every other message."""
    arguments, message = TYPED[case]
    refused(tmp_path, arguments, 2, message, files={"good.py": RECIPE})


def test_an_unknown_option_names_the_nearest(tmp_path):
    """An option that neither the command nor the recipe has is refused, with those that are meant."""
    said = refused(
        tmp_path, [*GENERATE, "--cuont", 5], 2, "unknown option '--cuont': did you mean", files={"good.py": RECIPE}
    )
    assert "'--count'" in said


FILES = {
    "no recipe in it": ("x = 1\n", ["bad.py: expected one recipe, found 0: give it a name, as in  recipe = td.Recipe(...)"]),
    "several recipes": (
        "import treadle as td\na = td.Recipe('a', {'n': td.serial()})\nb = td.Recipe('b', {'n': td.serial()})\n",
        ["bad.py: expected one recipe, found 2: say which, as in {}/bad.py:a"],
    ),
    "an error when it is run": ("x = 1\ny = x / 0\n", ["bad.py:2: the recipe file raised ZeroDivisionError: division by zero"]),
    "a syntax error": ("import treadle as td\nx = (\n", ["bad.py:2: the recipe file raised SyntaxError: '(' was never closed"]),
    "a module that is not there": ("import nothere\n", ["bad.py:1: the recipe file raised ModuleNotFoundError: No module named 'nothere'"]),
    "an exit": ("import sys\nsys.exit(3)\n", ["bad.py:2: the recipe file ended Python with exit code 3"]),
    "bytes that are no UTF-8": (b"x = '\xff'\n", ["bad.py", "UTF-8"][:1]),
    "a recipe without fields": ("import treadle as td\nr = td.Recipe('r', {})\n", ["expected at least one field"]),
    "a field name that is none": ("import treadle as td\nr = td.Recipe('r', {'a b': td.serial()})\n", ["bad.py:2: recipe 'r': name='a b': expected letters"]),
    "a recipe name with a slash": ("import treadle as td\nr = td.Recipe('a/b', {'n': td.serial()})\n", ["bad.py:2: name='a/b': expected a recipe's name"]),
    "an empty list": (body("'c': td.choice([])"), ["bad.py:2, field 'c': the vocabulary given is empty: expected at least one entry"]),
    "one text for a list": (body("'c': td.sample('oslo')"), ["bad.py:2, field 'c': unknown vocabulary 'oslo': there is none"]),
    "mixed entries": (body("'c': td.choice([1, 'a'])"), ["bad.py:2, field 'c': a vocabulary holds texts or integers, not both"]),
    "an entry that is a fraction": (body("'c': td.choice([1.5])"), ["bad.py:2, field 'c': entry=1.5: expected text or an integer, got float"]),
    "an entry beyond 64 bits": (body("'c': td.choice([2**63])"), ["bad.py:2, field 'c': entry=9223372036854775808: expected an integer that 64 bits hold"]),
    "half a character": (body("'c': td.choice(['\\ud800'])"), ["bad.py:2, field 'c': entry='\\ud800': holds half a character"]),
    "half a character in a template": (body("'c': td.text('ab\\udfff')"), ["bad.py:2, field 'c':1:3: '\\udfff' is half a character"]),
    "weights that sum to zero": (body("'c': td.choice({'a': 0, 'b': 0})"), ["bad.py:2, field 'c': weights=[0, 0]: they sum to zero"]),
    "a negative weight": (body("'c': td.choice({'a': 1, 'b': -1})"), ["bad.py:2, field 'c': weights=[1, -1]: expected no negative weight"]),
    "a weight that is no number": (body("'c': td.choice({'a': float('nan')})"), ["bad.py:2, field 'c': weight=nan: expected a finite number"]),
    "an infinite weight": (body("'c': td.choice({'a': float('inf')})"), ["bad.py:2, field 'c': weight=inf: expected a finite number"]),
    "weights that overflow": (body("'c': td.choice({'a': 1, 'b': 10**20})"), ["bad.py:2, field 'c': weights=[1, 100000000000000000000]: their sum as integers, 100000000000000000001, overflows 2**32"]),
    "too few weights": (body("'c': td.choice(['a', 'b'], [1])"), ["bad.py:2, field 'c': expected 2 weights, one an entry, got 1"]),
    "template weights that sum to zero": (body("'c': td.text([('a', 0)])"), ["bad.py:2, field 'c': weights=[0]: they sum to zero"]),
    "a template weight that is no number": (body("'c': td.text([('a', 'x')])"), ["bad.py:2, field 'c': weight='x': expected a finite number"]),
    "a template that is no text": (body("'c': td.text(5)"), ["bad.py:2, field 'c': expected a template, a list of templates"]),
    "a missing slot": (body("'city': td.choice(['a'])", "'c': td.text('to {citty}')"), ["bad.py:2, field 'c':1:4: the template names a missing slot: unknown slot 'citty': did you mean 'city'?"]),
    "an unknown modifier": (body("'city': td.choice(['a'])", "'c': td.text('{city|uper}')"), ["bad.py:2, field 'c':1:1: unknown modifier 'uper': did you mean 'upper'?"]),
    "a rule that calls itself": (body("'c': td.text('{a}')", more=", rules={'a': '{b}', 'b': ['x', '{a}']}"), ["rule 'a' calls itself for ever: a -> b -> a"]),
    "an unknown field in a condition": (body("'n': td.integer(0, 9, when='flagg')", "'flag': td.chance(0.5)"), ["bad.py:2, field 'n': condition 'flagg': unknown field 'flagg': did you mean 'flag'?"]),
    "an unknown value in a condition": (body("'n': td.integer(0, 9, when='t = calmm')", "'t': td.choice(['calm', 'loud'])"), ["unknown value of t 'calmm': did you mean 'calm'?"]),
    "an unknown column": (body("'n': td.serial()", more=", columns=['nn']"), ["recipe 'mine': unknown column 'nn': did you mean 'n'?"]),
    "a column named twice": (body("'n': td.serial()", more=", columns=['n', 'n']"), ["recipe 'mine': column 'n' is named twice"]),
    "an unknown label": (body("'n': td.serial()", more=", labels=['m']"), ["recipe 'mine': unknown label 'm'"]),
    "fields in a circle": (body("'a': td.text('{b}')", "'b': td.text('{a}')"), ["fields need each other in a circle: a -> b -> a"]),
    "a probability above one": (body("'a': td.chance(1.5)"), ["bad.py:2, field 'a': probability=3/2: expected a number in [0, 1]"]),
    "a form of no entry": (body("'c': td.choice(td.vocabulary(['Go'], forms={'short': {'Gp': 'x'}}))"), ["bad.py:2: forms='short': 'Gp' is no entry of the vocabulary"]),
    "a form that is not there": (body("'c': td.choice(td.vocabulary(['Go'], forms={'short': {}}))", "'t': td.text('{c|as(shrt)}')"), ["bad.py:2, field 't':1:1: unknown form of the vocabulary 'shrt': did you mean 'short'?"]),
    "a group of too few for the splits": (body("'s': td.quota(['a', 'b'])", "'c': td.choice({'a': ['x'], 'b': ['y', 'z']}, by='s', within='s')"), ["bad.py:2, field 'c': within='s' needs at least 2 entries, one a split, got 1"]),
    "a range upside down": (body("'a': td.integer(9, 1)"), ["bad.py:2, field 'a': low=9 is above high=1: swap them"]),
    "an unknown date directive": (body("'a': td.date('2025-01-01', '2025-01-02', format='%Q')"), ["field 'a': unknown date directive %Q"]),
    "a date that is none": (body("'a': td.date('2025-13-01', '2025-01-02')"), ["field 'a': first='2025-13-01': expected an ISO date"]),
    "a duration that is none": (body("'a': td.clock('2025-01-01', every='often')"), ["field 'a': every='often': expected a number and one of us ms s min h d"]),
    "a sample larger than its list": (body("'a': td.sample(['x'], 2)"), ["field 'a': count=2: asked for more different entries than the 1 there are"]),
    "something that is no field": (body("'a': 'text'"), ["field 'a': expected a field made by treadle (choice, integer, text, ...), got str"]),
    "an unknown argument": (body("'a': td.choice(['x'], wieghts=[1])"), ["bad.py:2: the recipe file raised TypeError"]),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_bad_recipe_is_shown_with_its_line(tmp_path, case):
    """A recipe file with ... gives one message that says where, and exit code 2."""
    content, messages = FILES[case]
    refused(tmp_path, ["generate", "{}/bad.py", "-o", "{}/out.jsonl"], 2, *messages, files={"bad.py": content})


def test_all_problems_of_a_recipe_are_told_at_once(tmp_path):
    """Every mistake gives its message, one a line, so that a recipe is mended in one go."""
    content = """import treadle as td
mine = td.Recipe(
    "mine",
    {
        "a": td.integer(9, 1),
        "b": td.text("{citty} and {b_|uper}"),
        "c": td.choice(["x", "y"], when="n > q"),
        "d": td.text("(a|b"),
        "city": td.choice("citys"),
        "n": td.integer(1, 9),
        "w": td.choice({"x": 0, "y": 0}),
        "e_": td.sample([]),
        "o": td.quota({"x": 10**20, "y": 1}),
        "p": td.chance("often"),
        "u": td.text([("a", "x")]),
    },
    vocabularies={"cities": ["Oslo"]},
    labels=["e"],
)
"""
    said = refused(
        tmp_path,
        ["generate", "{}/bad.py", "-o", "{}/out.jsonl"],
        2,
        "bad.py:5, field 'a': low=9 is above high=1",
        "bad.py:6, field 'b':1:1: the template names a missing slot: unknown slot 'citty'",
        "bad.py:6, field 'b':1:13: unknown modifier 'uper'",
        "bad.py:6, field 'b':1:13: the template names a missing slot: unknown slot 'b_'",
        "bad.py:7, field 'c': condition 'n > q': expected a number, got 'q'",
        "bad.py:8, field 'd':1:1: this ( is not closed",
        "bad.py:9, field 'city': unknown vocabulary 'citys': did you mean 'cities'?",
        "bad.py:11, field 'w': weights=[0, 0]: they sum to zero",
        "bad.py:12, field 'e_': the vocabulary given is empty",
        "bad.py:13, field 'o': weights=[100000000000000000000, 1]: their sum as integers",
        "bad.py:14, field 'p': probability='often': expected a finite number",
        "bad.py:15, field 'u': weight='x': expected a finite number",
        "recipe 'mine': unknown label 'e'",
        files={"bad.py": content},
    )
    assert said.count("bad.py:") == 12


LISTS = {
    "a wrong column": ("w.csv#town", "city,size\nOslo,1\n", "w.csv: column='town' is not there; its columns are city, size; write {}/w.csv#city"),
    "two columns to choose from": ("w.csv", "city,size\nOslo,1\n", "w.csv: say which column to take; its columns are city, size"),
    "a column of a plain list": ("w.txt#city", "Oslo\n", "w.txt: column='city' asked for, and this file is a plain list"),
    "bad UTF-8": ("w.txt", b"Oslo\nPort\xf3\n", "w.txt:2: byte 9 is not UTF-8; save the file as UTF-8"),
    "bad UTF-8 in a table": ("w.csv", b"city\nPort\xf3\n", "w.csv:2: byte 9 is not UTF-8"),
    "an empty list": ("w.txt", "", "w.txt: the list is empty; expected at least one entry"),
    "a list of comments": ("w.txt", "# nothing\n\n", "w.txt: the list is empty"),
    "a header alone": ("w.csv#city", "city\n", "w.csv: the list is empty"),
    "weights that sum to zero": ("w.csv", "city,weight\nOslo,0\n", "w.csv: weights=[0]: they sum to zero"),
    "weights that overflow": ("w.csv", "city,weight\nOslo,1\nRome,10000000000\n", "w.csv: weights=[1, 10000000000]: their sum as integers, 10000000001, overflows 2**32"),
    "a negative weight": ("w.csv", "city,weight\nOslo,-1\n", "w.csv: weights=[-1]: expected no negative weight"),
    "a weight that is no number": ("w.csv", "city,weight\nOslo,NaN\n", "w.csv: weight='NaN': expected a finite number"),
    "a weight that is missing": ("w.csv", "city,weight\nOslo,\n", "w.csv: weight='': expected a finite number"),
    "broken JSON": ("w.json", '["Oslo",\n]', "w.json:2:1: is not JSON"),
    "JSON of another shape": ("w.json", '"Oslo"', "w.json: expected a JSON list of entries"),
    "mixed JSON": ("w.json", '["Oslo", {"value": "Rome"}]', "w.json: expected a JSON list of entries, or of objects"),
    "a null": ("w.json", '["Oslo", null]', "w.json: entry=None: expected text or an integer, got NoneType"),
    "a number beyond 64 bits": ("w.json", "[99999999999999999999]", "w.json: entry=99999999999999999999: expected an integer that 64 bits hold"),
    "half a character": ("w.json", '["\\ud800"]', "w.json: entry='\\ud800': holds half a character"),
    "a broken Parquet file": ("w.parquet", "PAR1", "w.parquet: is not a Parquet file"),
    "a cell larger than can be": ("w.csv", "city\n" + "x" * 200_000 + "\n", "w.csv:2: is not a table (field larger than field limit"),
}  # fmt: skip


@pytest.mark.parametrize("case", LISTS)
def test_a_bad_word_list_is_named(tmp_path, case):
    """A list with ... is refused with its file, and the line where there is one."""
    name, content, message = LISTS[case]
    files = {"good.py": RECIPE, name.partition("#")[0]: content}
    refused(tmp_path, [*GENERATE, "--vocab", f"cities={{}}/{name}"], 2, message, files=files)


def test_an_existing_output_is_kept(tmp_path):
    """Without --overwrite what is there stays as it is; with it, it is replaced."""
    (tmp_path / "out.jsonl").write_text("mine\n")
    refused(
        tmp_path,
        [*GENERATE, "-n", 3],
        2,
        "output {}/out.jsonl is there already: add --overwrite",
        files={"good.py": RECIPE},
    )
    assert (tmp_path / "out.jsonl").read_text() == "mine\n"
    assert treadle(*[each.replace("{}", str(tmp_path)) for each in GENERATE], "-n", 3, "--overwrite").returncode == 0
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 3


def test_an_existing_folder_is_kept(tmp_path):
    """A folder that holds something is no place for an output, unless it may be replaced."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    refused(
        tmp_path,
        ["generate", "{}/good.py", "-o", "{}/out/"],
        2,
        "is there already: add --overwrite",
        files={"good.py": RECIPE},
    )
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"


@pytest.fixture
def output(tmp_path):
    """Return a finished output and its recipe."""
    (tmp_path / "good.py").write_text(RECIPE)
    done = treadle("generate", tmp_path / "good.py", "-n", 20, "-o", tmp_path / "out.jsonl", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return tmp_path / "out.jsonl"


MANIFESTS = {
    "no manifest": (None, "out.jsonl.manifest.json: cannot be read (No such file or directory)"),
    "half a manifest": ('{"recipe": "go', "out.jsonl.manifest.json: is damaged"),
    "a list": ("[]", "layout=None: expected 1"),
    "another layout": ('{"layout": 99}', "layout=99: expected 1"),
    "another content": ('{"layout": 1, "colour": "red"}', "is damaged"),
    "bytes": (b"\xff\xfe", "is damaged"),
}


@pytest.mark.parametrize("case", MANIFESTS)
@pytest.mark.parametrize("command", ["verify", "combine"])
def test_a_damaged_manifest_is_named(output, command, case):
    """Commands that read a manifest say which it is and what is wrong; exit code 1."""
    content, message = MANIFESTS[case]
    manifest = output.with_name("out.jsonl.manifest.json")
    if content is None:
        manifest.unlink()
    else:
        manifest.write_bytes(content if isinstance(content, bytes) else content.encode())
    more = ["-o", "{}/joined.jsonl"] if command == "combine" else []
    refused(output.parent, [command, output, *more], 1, message)


def test_a_manifest_of_another_recipe_is_refused(output):
    """Verifying against a recipe that was changed since says so, and so does combining slices of two recipes."""
    recipe = output.with_name("good.py")
    recipe.write_text(RECIPE.replace("(0, 9)", "(0, 8)"))
    refused(output.parent, ["verify", output], 1, "the recipe 'good' is not the one that made this output")
    assert treadle("generate", recipe, "--records", "20:30", "-o", output.with_name("more.jsonl"), "-q").returncode == 0
    refused(
        output.parent, ["combine", output, "{}/more.jsonl", "-o", "{}/all.jsonl"], 2, "more.jsonl does not belong to"
    )


def test_values_of_the_wrong_kind_in_a_manifest_are_no_traceback(output):
    """A manifest whose numbers are words is damaged."""
    manifest = output.with_name("out.jsonl.manifest.json")
    content = json.loads(manifest.read_text())
    for name, value in (("shards", 5), ("seed", "x"), ("first", None), ("rows", "many"), ("shards", [{"records": 5}])):
        manifest.write_text(json.dumps({**content, name: value}))
        done = treadle("verify", output)
        assert "Traceback" not in done.stderr, (name, value)
        assert done.returncode in {0, 1}


def test_changed_data_is_noticed(output):
    """Verifying says which file is not what its manifest says, and which records in it are not what the recipe makes."""
    output.write_text(output.read_text().replace("Porto", "Paris"))
    refused(output.parent, ["verify", output], 1, "out.jsonl: file_sha256=", "records 0 to 19: made again they have")


FUNCTIONS = {
    "raises": ("1 // 0", "raised ZeroDivisionError: integer division or modulo by zero"),
    "returns floats": ("n / 2", "returned float64, expected integers or booleans: use // instead of /"),
    "returns the wrong shape": ("n[:-1]", "returned shape="),
    "returns nothing": ("None", "returned object, expected integers"),
    "returns texts": ("n.astype(str)", "expected integers or booleans"),
    "returns ragged lists": ("[[1], [1, 2]]", "raised ValueError"),
}


@pytest.mark.parametrize("case", FUNCTIONS)
@pytest.mark.parametrize("kind", ["derive", "check"])
def test_a_recipe_function_that_goes_wrong_is_named(tmp_path, case, kind):
    """A function that ... is a failed run: the message names its field."""
    code, message = FUNCTIONS[case]
    made = f"td.derive(lambda n: {code}, 'n')" if kind == "derive" else "td.serial()"
    checks = f", checks=[td.check('d', lambda n: {code}, 'n')]" if kind == "check" else ""
    (tmp_path / "bad.py").write_text(body("'n': td.integer(0, 9)", f"'d': {made}", more=checks))
    done = treadle("generate", tmp_path / "bad.py", "-o", tmp_path / "out.jsonl", "-n", 20)
    assert done.returncode == 1
    assert done.stdout == ""
    assert message in done.stderr
    assert "'d'" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out.jsonl").exists()
    (tmp_path / "bad.py").write_text(body("'n': td.integer(0, 9)", "'d': td.serial()"))
    mended = treadle("generate", tmp_path / "bad.py", "-o", tmp_path / "out.jsonl", "-n", 20)
    assert mended.returncode == 0, mended.stderr


def test_an_index_outside_its_list_is_named(tmp_path):
    """A derived index without an entry is a failed run."""
    (tmp_path / "bad.py").write_text(body("'n': td.integer(5, 9)", "'d': td.derive(lambda n: n, 'n', values=['a'])"))
    done = treadle("generate", tmp_path / "bad.py", "-o", tmp_path / "out.jsonl")
    assert (done.returncode, done.stdout) == (1, "")
    assert "field 'd': its function returned an index outside [0, 1)" in done.stderr


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            "lambda n: n, 'n', many=True, values=['a']",
            "its function returned arrays of shapes () and 63 more, expected two",
        ),
        ("lambda n: (n, n), 'n', many=True, values=['a']", "its function returned 64 items and lengths that add up to"),
        ("lambda n: (n, n - n + 1), 'n', many=True, values=['a']", "its function returned an index outside [0, 1)"),
        ("lambda n: (n / 2, n), 'n', many=True, values=['a']", "its function returned float64, expected integers"),
        ("lambda n: n * 10**6, 'n', date='%Y'", "its function returned a day outside the years 1 to 9999"),
        ("lambda n: n / 2, 'n', date='%Y'", "its function returned float64, expected integers"),
    ],
)
def test_lists_and_dates_that_go_wrong_are_named(tmp_path, made, message):
    """A function that makes no lists, or no dates, is a failed run: one line names its field, and no output is left."""
    (tmp_path / "bad.py").write_text(body("'n': td.integer(5, 9)", f"'d': td.derive({made})"))
    done = treadle("generate", tmp_path / "bad.py", "-o", tmp_path / "out.jsonl", "-n", 20)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"field 'd': {message}" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize("field", ["td.choice(['a', 'b', 'c'], unique=True)", "td.integer(1, 3, unique=True)"])
def test_more_than_are_unique_are_refused(tmp_path, field):
    """A unique field's capacity bounds the records; up to it all is well."""
    files = {"mine.py": body(f"'u': {field}")}
    refused(
        tmp_path,
        ["generate", "{}/mine.py", "-n", 4, "-o", "{}/out.jsonl"],
        2,
        "field 'u' is unique and holds 3 values",
        files=files,
    )
    assert treadle("generate", tmp_path / "mine.py", "-n", 3, "-o", tmp_path / "out.jsonl").returncode == 0
    assert len(set((tmp_path / "out.jsonl").read_text().splitlines())) == 3


def test_a_clock_that_runs_out_is_refused(tmp_path):
    """Simulated time ends with the year 9999."""
    files = {"mine.py": body("'t': td.clock('9999-12-30T00:00:00Z', every='1d')")}
    refused(
        tmp_path,
        ["generate", "{}/mine.py", "-n", 3, "-o", "{}/out.jsonl"],
        2,
        "field 't' is a clock that ends with the year 9999: ask for records below 2",
        files=files,
    )


def test_records_that_fail_their_checks_are_counted(tmp_path):
    """A run whose records fail exits 1, and requested = delivered + failed; the others are there, and the manifest has the reasons."""
    (tmp_path / "mine.py").write_text(
        body(
            "'n': td.serial()",
            "'d': td.integer(0, 9)",
            more=", checks=[td.check('low', 'n < 15'), td.check('even', 'd in 0, 2, 4, 6, 8')]",
        )
    )
    done = treadle("generate", tmp_path / "mine.py", "-n", 20, "-o", tmp_path / "out.jsonl")
    assert (done.returncode, done.stdout) == (1, "")
    manifest = json.loads((tmp_path / "out.jsonl.manifest.json").read_text())
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert manifest["rows"] == len(rows)
    assert len(rows) + len(manifest["failed"]) == 20
    assert {str(n) for n in range(15, 20)} <= set(manifest["failed"])
    assert all(manifest["failed"][str(n)] == "low" for n in range(15, 20))
    assert {row["n"] for row in rows} == set(range(20)) - set(map(int, manifest["failed"]))
    assert all(row["d"] % 2 == 0 for row in rows)
    assert f"{len(manifest['failed'])} of 20 records failed the recipe's checks 8 times" in done.stderr
    assert manifest["rejected"]["low"] == 5 * 8
    assert manifest["rejected"]["even"] > 0


@pytest.mark.parametrize("suffix", ["jsonl", "json", "csv", "parquet"])
def test_records_that_all_fail_leave_an_empty_output(tmp_path, suffix):
    """Even a run that delivers nothing says so in every format, with exit code 1."""
    (tmp_path / "mine.py").write_text(body("'n': td.serial()", more=", checks=[td.check('never', 'n < 0')]"))
    done = treadle("generate", tmp_path / "mine.py", "-n", 3, "-o", tmp_path / f"out.{suffix}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "3 of 3 records failed the recipe's checks 8 times (never: 3)" in done.stderr
    assert "Traceback" not in done.stderr
    manifest = json.loads((tmp_path / f"out.{suffix}.manifest.json").read_text())
    assert (manifest["rows"], manifest["failed"]) == (0, {"0": "never", "1": "never", "2": "never"})
    shown = treadle("stats", tmp_path / f"out.{suffix}", COLUMNS="200")
    assert (shown.returncode, "0 records" in shown.stdout) == (0, True), shown.stderr


def test_a_failed_record_cannot_be_shown(tmp_path):
    """Asking for a record that failed says that it did."""
    files = {"mine.py": body("'n': td.serial()", more=", checks=[td.check('never', 'n < 0')]")}
    refused(
        tmp_path,
        ["show", "{}/mine.py", "--record", 7],
        1,
        "records failed the recipe's checks 8 times (never: 1)",
        files=files,
    )


def test_a_recipe_that_cannot_be_sent_to_processes_says_so(tmp_path):
    """Recipes named by their file work in processes too; functions within functions are no hindrance there."""
    (tmp_path / "mine.py").write_text(body("'n': td.integer(0, 9)", "'d': td.derive(lambda n: n + 1, 'n')"))
    done = treadle(
        "generate",
        tmp_path / "mine.py",
        "-n",
        10,
        "--shard-size",
        3,
        "-o",
        tmp_path / "out.jsonl",
        "--workers",
        2,
        "--executor",
        "processes",
    )
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 10


SLICES = {
    "a gap": (["0:10", "12:20"], "leaves out records 10 to 11"),
    "an overlap": (["0:10", "5:20"], "overlaps with the slice before it"),
}


@pytest.mark.parametrize("case", SLICES)
def test_slices_that_do_not_fit_are_refused(tmp_path, case):
    """Combining says which slice does not belong."""
    ranges, message = SLICES[case]
    (tmp_path / "good.py").write_text(RECIPE)
    paths = []
    for number, records in enumerate(ranges):
        paths.append(tmp_path / f"{number}.jsonl")
        assert treadle("generate", tmp_path / "good.py", "--records", records, "-o", paths[-1]).returncode == 0
    refused(tmp_path, ["combine", *paths, "-o", "{}/all.jsonl"], 2, message)


def test_slices_of_other_formats_are_refused(output):
    """Combining writes the format of its slices."""
    refused(
        output.parent,
        ["combine", output, "-o", "{}/all.csv"],
        2,
        "out.jsonl is jsonl: expected slices in the format of the output",
    )


BROKEN_RULES = {
    "an alternative before any rule": ("  hello\n", ["x.rules:1:1: expected a rule name and a colon before its alternatives"]),
    "a rule without a colon": ("hello\n  a\n", ["x.rules:1:1: expected a rule name and a colon, got 'hello'"]),
    "a rule without alternatives": ("hello:\n", ["x.rules: rule 'hello' has no alternative"]),
    "a rule defined twice": ("a:\n  x\na:\n  y\n", ["x.rules:3:1: rule 'a' is defined twice"]),
    "a mistake in an alternative": ("a:\n  x\n  y {\n", ["x.rules:3:5: this { is not closed"]),
    "several mistakes": ("  x\nb\n", ["x.rules:1:1: expected", "x.rules:2:1: expected"]),
    "bad UTF-8": (b"a:\n  \xff\n", ["bad.py:2: x.rules: byte 5 is not UTF-8"]),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN_RULES)
def test_a_bad_rule_file_is_shown_with_its_line(tmp_path, case, monkeypatch):
    """A rule file with ... gives a message for each mistake, with file, line and column."""
    monkeypatch.chdir(tmp_path)
    content, messages = BROKEN_RULES[case]
    files = {
        "x.rules": content,
        "bad.py": body("'c': td.text('{a}')", more=", rules=td.read_rules('x.rules')")
        if "a:" in str(content)
        else body("'c': td.text('c')", more=", rules=td.read_rules('x.rules')"),
    }
    refused(tmp_path, ["generate", "bad.py", "-o", "{}/out.jsonl"], 2, *messages, files=files)


def test_a_rule_file_that_is_missing_is_named(tmp_path):
    """The message has the recipe's line and the file's name."""
    files = {"bad.py": body("'c': td.text('c')", more=", rules=td.read_rules('no.rules')")}
    refused(
        tmp_path,
        ["generate", "{}/bad.py"],
        2,
        "bad.py:2: no.rules: cannot be read (No such file or directory)",
        files=files,
    )
