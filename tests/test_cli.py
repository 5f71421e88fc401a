"""The command line: each command does its work, prints what was asked for and nothing else."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

import treadle as td
from running import RECIPES, files_of, manifest_of, treadle, treadle_here

WIDE, SLIM = f"{RECIPES / 'wide.py'}:wide", f"{RECIPES / 'wide.py'}:slim"
README = RECIPES.parents[1] / "README.md"
COMMANDS = ("generate", "try", "show", "describe", "stats", "verify", "validate", "combine")


def rows_in(path):
    """Return the records of an output in any format."""
    if path.is_dir():
        return [row for part in sorted(path.glob("part-*")) if ".truth." not in part.name for row in rows_in(part)]
    text = path.suffix != ".parquet" and path.read_text("utf-8")
    return {
        ".jsonl": lambda: [json.loads(line) for line in text.splitlines()],
        ".json": lambda: json.loads(text)["examples"],
        ".csv": lambda: list(csv.DictReader(text.splitlines(keepends=True))),
        ".parquet": lambda: pq.read_table(path).to_pylist(),
    }[path.suffix]()


@pytest.mark.parametrize("name", ["o.jsonl", "o.json", "o.csv", "o.parquet", "o.ndjson", "o.pq", "O.JSONL"])
def test_generate_writes_the_format_of_the_suffix(tmp_path, name, capfd):
    """A file, a manifest beside it, and nothing on stdout."""
    assert treadle_here("generate", SLIM, "-n", 30, "-o", tmp_path / name, "--seed", 3) == 0
    said = capfd.readouterr()
    assert said.out == ""
    assert re.search(r"30 records of slim \(seed 3\) in .*, [\d.]+ s, [\d,]+ records/s", said.err)
    manifest = json.loads(manifest_of(tmp_path / name).read_text("utf-8"))
    assert (manifest["rows"], manifest["seed"], manifest["recipe"]) == (30, 3, "slim")
    if name in {"o.jsonl", "o.parquet"}:
        assert rows_in(tmp_path / name) == list(td.generate(SLIM, count=30, seed=3))


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_generate_writes_folders_of_shards(tmp_path, format):
    """A name that ends in a slash is a folder; its files are in the format asked for, their records in order."""
    assert (
        treadle_here("generate", SLIM, "-n", 30, "-o", f"{tmp_path}/out/", "--format", format, "--shard-size", 7, "-q")
        == 0
    )
    parts = sorted((tmp_path / "out").glob(f"part-*.{format}"))
    assert len(parts) == (1 if format == "parquet" else 5)
    assert [str(row["id"]) for row in rows_in(tmp_path / "out")] == [str(n) for n in range(30)]
    assert treadle_here("verify", tmp_path / "out", "-q") == 0


def test_generate_writes_beside_itself_by_default(tmp_path, monkeypatch):
    """Without -o the output is the recipe's name and .jsonl here, of 1,000 records."""
    monkeypatch.chdir(tmp_path)
    assert treadle_here("generate", SLIM, "-q") == 0
    assert len(rows_in(tmp_path / "slim.jsonl")) == 1000


def test_options_that_change_no_record(tmp_path):
    """Workers, executors, chunks and shards leave the bytes as they are; a range is a slice."""
    plain, other, slice_ = tmp_path / "a.jsonl", tmp_path / "b.jsonl", tmp_path / "c.jsonl"
    assert treadle_here("generate", SLIM, "-n", 500, "-o", plain, "-q") == 0
    assert (
        treadle_here(
            "generate", SLIM, "-n", 500, "-o", other, "-q", "--workers", 3, "--chunk-size", 13, "--shard-size", 64
        )
        == 0
    )
    assert treadle_here("generate", SLIM, "--records", "100:200", "-o", slice_, "-q") == 0
    assert plain.read_bytes() == other.read_bytes()
    assert slice_.read_bytes() == b"".join(plain.read_bytes().splitlines(keepends=True)[100:200])


def test_truth_and_raw_csv(tmp_path):
    """Truth goes where it is asked for, and formulas are left alone where that is."""
    assert treadle_here("generate", SLIM, "-n", 40, "-o", tmp_path / "a.csv", "-q") == 0
    assert treadle_here("generate", SLIM, "-n", 40, "-o", tmp_path / "b.csv", "-q", "--csv-raw", "--truth", "none") == 0
    words = {row["word"] for row in rows_in(tmp_path / "a.csv")}
    assert "'=gamma" in words
    assert {word.removeprefix("'") for word in words} == {row["word"] for row in rows_in(tmp_path / "b.csv")}
    assert (tmp_path / "a.csv.truth.jsonl").is_file()
    assert not (tmp_path / "b.csv.truth.jsonl").exists()


def test_a_list_of_ones_own(tmp_path):
    """--vocab puts a file's entries in place of a recipe's, several times if need be, and the manifest knows the file."""
    (tmp_path / "cities.csv").write_text("city,weight\nAtlantis,1\n", "utf-8")
    (tmp_path / "tools.txt").write_text("loom\n", "utf-8")
    given = ["--vocab", f"cities={tmp_path}/cities.csv#city", "--vocab", f"tool={tmp_path}/tools.txt"]
    assert treadle_here("generate", WIDE, "-n", 20, "-o", tmp_path / "o.jsonl", "-q", *given) == 0
    assert {row["city"] for row in rows_in(tmp_path / "o.jsonl")} == {"Atlantis"}
    manifest = json.loads(manifest_of(tmp_path / "o.jsonl").read_text("utf-8"))
    assert set(manifest["vocabularies"]) == {"cities", "tool"}
    assert treadle_here("verify", tmp_path / "o.jsonl", "-q") == 0
    (tmp_path / "tools.txt").write_text("spindle\n", "utf-8")
    assert treadle_here("verify", tmp_path / "o.jsonl", "-q") == 1


def test_overwrite_replaces(tmp_path):
    """What is there is kept unless it may be replaced."""
    output = tmp_path / "o.jsonl"
    assert treadle_here("generate", SLIM, "-n", 5, "-o", output, "-q") == 0
    before = files_of(output)
    assert treadle_here("generate", SLIM, "-n", 6, "-o", output, "-q") == 2
    assert files_of(output) == before
    assert treadle_here("generate", SLIM, "-n", 6, "-o", output, "-q", "--overwrite") == 0
    assert len(rows_in(output)) == 6


@pytest.mark.parametrize("command", ["generate", "verify", "combine"])
def test_quiet_prints_nothing(tmp_path, command, capfd):
    """--quiet leaves stdout and stderr empty."""
    assert treadle_here("generate", SLIM, "-n", 5, "-o", tmp_path / "o.jsonl", "--quiet") == 0
    more = {
        "verify": [tmp_path / "o.jsonl"],
        "combine": [tmp_path / "o.jsonl", "-o", tmp_path / "all.jsonl"],
        "generate": None,
    }
    if more[command]:
        assert treadle_here(command, *more[command], "--quiet") == 0
    assert capfd.readouterr() == ("", "")


def test_log_files(tmp_path, monkeypatch, capfd):
    """--log-file alone writes data_generation.log beside the output, with a name that file; a level filters both."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    assert treadle_here("generate", SLIM, "-n", 5, "-o", "sub/a.jsonl", "--log-file") == 0
    log = (tmp_path / "sub" / "data_generation.log").read_text("utf-8")
    assert re.search(r"^\d{4}-\d\d-\d\d .* INFO 5 records of slim", log, re.MULTILINE)
    assert treadle_here("generate", SLIM, "-n", 5, "--log-file", "-q", "-o", "sub/b.jsonl") == 0
    assert (tmp_path / "sub" / "data_generation.log").read_text("utf-8").count("5 records of slim") == 2
    assert treadle_here("generate", SLIM, "-n", 5, "-o", "c.jsonl", "--log-file", "logs/mine.log") == 0
    assert "5 records of slim" in (tmp_path / "logs" / "mine.log").read_text("utf-8")
    capfd.readouterr()
    assert (
        treadle_here("generate", SLIM, "-n", 5, "-o", "d.jsonl", "--log-level", "warning", "--log-file", "w.log") == 0
    )
    assert capfd.readouterr() == ("", "")
    assert (tmp_path / "w.log").read_text("utf-8") == ""


def test_a_failed_run_is_in_the_log_file(tmp_path, capfd):
    """The error is told once on stderr and kept in the log."""
    recipe = tmp_path / "r.py"
    recipe.write_text(
        "import treadle as td\nr = td.Recipe('r', {'n': td.serial()}, checks=[td.check('no', 'n < 0')])\n"
    )
    assert treadle_here("generate", recipe, "-n", 2, "-o", tmp_path / "o.jsonl", "--log-file", tmp_path / "x.log") == 1
    assert capfd.readouterr().err.count("2 of 2 records failed") == 1
    assert "ERROR 2 of 2 records failed" in (tmp_path / "x.log").read_text("utf-8")


def test_progress_is_plain_lines_without_a_terminal(tmp_path, monkeypatch, capfd):
    """Where stderr is no terminal, progress is a line now and then, with rate and time left, without escapes."""
    from treadle import display  # noqa: PLC0415

    monkeypatch.setattr(display.Progress, "_EVERY", 0.0)
    assert treadle_here("generate", SLIM, "-n", 300, "--shard-size", 100, "-o", tmp_path / "o.jsonl") == 0
    said = capfd.readouterr()
    assert said.out == ""
    assert "\x1b" not in said.err
    assert re.search(r"^100 of 300 records, [\d,]+/s, \d+ s left$", said.err, re.MULTILINE)


def test_progress_on_a_terminal_goes_away(tmp_path):
    """On a terminal there is a bar on stderr; stdout stays empty."""
    done = treadle(
        "generate", SLIM, "-n", 300, "--shard-size", 50, "-o", tmp_path / "o.jsonl", FORCE_COLOR="1", TERM="xterm"
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "300 records of slim" in done.stderr


def test_show_prints_records(capfd):
    """Records with their numbers, on stdout alone."""
    assert treadle_here("show", SLIM, "--seed", 42, "--record", 17, "-n", 2) == 0
    said = capfd.readouterr()
    assert said.err == ""
    for number in (17, 18):
        row = td.generate(SLIM).record(number)
        assert f"slim record {number}" in said.out
        assert row["line"] in said.out


def test_show_escapes_what_could_mislead(tmp_path, capfd):
    """Terminal controls, bidi overrides, markup and emoji codes in data are shown as text."""
    recipe = tmp_path / "r.py"
    recipe.write_text(
        "import treadle as td\n"
        "r = td.Recipe('r', {'w': td.choice(['[bold]x[/bold] :smile: \\x1b[31mred\\x07 \\u202egpj']), 't': td.text('{w}!')})\n"
    )
    assert treadle_here("show", recipe) == 0
    said = capfd.readouterr().out
    assert "[bold]x[/bold] :smile: ␛[31mred␇ \ufffdgpj" in said
    assert not set("\x1b\x07\u202e") & set(said)


def test_describe_and_stats(tmp_path, capfd):
    """A recipe's fields and a file's columns, within 80 columns."""
    assert treadle_here("describe", WIDE) == 0
    described = capfd.readouterr()
    assert described.err == ""
    assert all(
        name in described.out for name in ("wide version 1", "jobs.bullets.line", "plausible", "cities: 10 entries")
    )
    assert treadle_here("generate", WIDE, "-n", 50, "-o", tmp_path / "o.jsonl", "-q") == 0
    assert treadle_here("stats", tmp_path / "o.jsonl") == 0
    counted = capfd.readouterr()
    assert "50 records" in " ".join(counted.out.split())
    for said in (described.out, counted.out):
        assert max(map(len, said.splitlines())) <= 80


def test_verify_checks_and_says_so(tmp_path, capfd):
    """An untouched output is verified, all shards or some, and the recipe may be named again."""
    assert treadle_here("generate", SLIM, "-n", 100, "--shard-size", 10, "-o", tmp_path / "o.jsonl", "-q") == 0
    for more, count in (([], 8), (["--slices", 0], 10), (["--slices", 2], 2), (["--recipe", SLIM], 8)):
        assert treadle_here("verify", tmp_path / "o.jsonl", *more) == 0
        said = capfd.readouterr()
        assert said.out == ""
        assert f"1 file as in the manifest; {count} of 10 shards made again, all equal" in said.err


def test_validate_says_what_it_looked_at(tmp_path, capfd):
    """A table of checks on stdout within 80 columns, exit 0 where nothing is wrong."""
    assert treadle_here("generate", SLIM, "-n", 50, "-o", tmp_path / "o.csv", "-q") == 0
    assert treadle_here("validate", tmp_path / "o.csv") == 0
    said = capfd.readouterr()
    assert said.err == ""
    assert re.search(r"^spans +50 +0 +passes", said.out, re.MULTILINE)
    assert re.search(r"^(\d+) of \1 checks passed$", said.out, re.MULTILINE)
    assert max(map(len, said.out.splitlines())) <= 80


def test_validate_shows_and_writes_what_is_wrong(tmp_path, capfd):
    """Exit 1, the first few of each check with record, line and column, all of it counted in the JSON file."""
    output = tmp_path / "o.jsonl"
    assert treadle_here("generate", SLIM, "-n", 30, "-o", output, "-q") == 0
    output.write_text(
        re.sub(r'"id":(\d+)', r'"id":"\1"', output.read_text("utf-8")).replace('"line"', '"lime"', 1), "utf-8"
    )
    assert treadle_here("validate", output, "--limit", 2, "--json", tmp_path / "report.json") == 1
    said = capfd.readouterr().out
    assert "record 0, line 1, line: no such column" in " ".join(said.split())
    assert "and 30 more" in said
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    schema = next(check for check in report["checks"] if check["check"] == "schema")
    assert (report["clean"], report["records"], report["recipe"]) == (False, 30, "slim")
    assert (schema["violations"], schema["verdict"], len(schema["examples"])) == (32, "fails", 2)
    assert schema["examples"][0] == {
        "record": 0, "place": "line 1", "column": "line", "found": "no such column", "expected": "a value",
    }  # fmt: skip


def test_validate_without_a_recipe_says_so(tmp_path, capfd):
    """Data of others is checked as far as can be; a recipe may be named."""
    (tmp_path / "o.jsonl").write_text('{"a": 1}\n', "utf-8")
    assert treadle_here("validate", tmp_path / "o.jsonl") == 0
    said = capfd.readouterr()
    assert "no recipe is known" in said.err
    assert "schema" in said.out
    assert treadle_here("validate", tmp_path / "o.jsonl", "--recipe", SLIM, "--limit", 9) == 1
    assert "no such column in the recipe" in " ".join(capfd.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["validate", "none.jsonl"], "none.jsonl is not there"),
        (["validate", "o.txt"], "o.txt: expected a file that ends in .jsonl"),
        (["validate", "o.jsonl", "--limit", -1], "limit=-1: expected 0 or more"),
        (["validate", "o.jsonl", "--limt", 4], "unknown option '--limt': did you mean '--limit'"),
        (["validate", "o.jsonl", "--vocab", "a=b"], "vocab='a=b': name the recipe that takes the list"),
        (["validate", "o.jsonl", "--json", "no/such/folder/r.json"], "cannot write no/such/folder/r.json"),
        (["validate", "o.jsonl", "--recipe", "hirring"], "unknown recipe 'hirring'"),
        (["try", "nothing"], "unknown recipe 'nothing'"),
        (["try", SLIM, "-n", 0], "count=0: expected 1 or more"),
    ],
)
def test_what_is_asked_wrongly_is_told(tmp_path, monkeypatch, capfd, arguments, message):
    """One line on stderr, nothing on stdout."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "o.jsonl").write_text('{"a": 1}\n', "utf-8")
    (tmp_path / "o.txt").write_text("a", "utf-8")
    assert treadle_here(*arguments) == (1 if "--json" in arguments else 2)
    said = capfd.readouterr()
    assert message in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


@pytest.mark.parametrize("recipe", ["hiring", SLIM, str(RECIPES.parent.parent / "examples" / "intents.py")])
def test_try_shows_records_and_leaves_nothing(tmp_path, monkeypatch, capfd, recipe):
    """Ten records in short, a quality table, checks that all pass, 80 columns, and no file is left."""
    import tempfile  # noqa: PLC0415

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert treadle_here("try", recipe, "--seed", 7) == 0
    said = capfd.readouterr()
    assert said.err == ""
    assert max(map(len, said.out.splitlines())) <= 80
    assert len(re.findall(r"^\d  ", said.out, re.MULTILINE)) == 10
    assert re.search(r"^text +words p5/p50/p95 +distinct words +distinct pairs$", said.out, re.MULTILINE)
    assert re.search(r"^made again +10 +0 +passes", said.out, re.MULTILINE)
    assert re.search(r"^(\d+) of \1 checks passed$", said.out, re.MULTILINE)
    assert ("hiring: careers" in said.out) == (recipe == "hiring")
    assert not list(tmp_path.iterdir())


def test_try_fails_where_a_check_does(tmp_path, monkeypatch, capfd):
    """A recipe with somebody's address in it: exit 1, the address is shown, the folder is gone."""
    import tempfile  # noqa: PLC0415

    recipe = tmp_path / "r.py"
    recipe.write_text(
        "import treadle as td\nr = td.Recipe('r', {'n': td.serial(), 't': td.text('write to ann{n}@gmail.com')})\n"
    )
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    assert treadle_here("try", recipe, "-n", 4) == 1
    said = capfd.readouterr().out
    assert "record 0, line 1, t: ann0@gmail.com" in said
    assert "and 1 more" in said
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize("name", ["o.jsonl", "o.csv", "o.parquet"])
def test_combine_joins_slices(tmp_path, name):
    """Slices in any order make the file that one run makes, truth beside it and all."""
    assert treadle_here("generate", SLIM, "-n", 90, "-o", tmp_path / name, "-q") == 0
    paths = []
    for records in ("30:60", "0:30", "60:90"):
        paths.append(tmp_path / f"{records.replace(':', '_')}-{name}")
        assert treadle_here("generate", SLIM, "--records", records, "-o", paths[-1], "-q") == 0
    assert treadle_here("combine", *paths, "-o", tmp_path / f"all-{name}", "-q") == 0
    one, joined = files_of(tmp_path / name), files_of(tmp_path / f"all-{name}")
    for kind in (kind for kind in one if "manifest" not in kind):
        assert joined[kind] == one[kind]
    assert treadle_here("verify", tmp_path / f"all-{name}", "-q") == 0


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_eighty_columns(command):
    """--help of every command exits 0, on stdout, in lines of at most 80 characters."""
    done = treadle(*([command] if command else []), "--help", COLUMNS="80", TERMINAL_WIDTH="80")
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "Usage:" in done.stdout
    assert command or all(each in done.stdout for each in COMMANDS)


def test_help_loads_no_heavy_module():
    """Help is fast since it loads neither NumPy nor Arrow nor Polars."""
    done = treadle("--help", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "typer" in loaded
    assert not loaded & {"numpy", "pyarrow", "polars", "treadle.plan", "treadle.display"}


def test_no_arguments_show_the_help():
    """Alone, the command says what it can do."""
    done = treadle()
    assert "Usage:" in done.stdout + done.stderr
    assert "generate" in done.stdout + done.stderr


def test_what_a_terminal_cannot_show_is_escaped():
    """Text beyond the terminal's characters is written as escapes, and is no traceback."""
    done = treadle("operators", "textual", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u23ce" in done.stdout or "\\u2192" in done.stdout


def test_a_pipe_that_is_closed_is_no_traceback():
    """`treadle show ... | head -1` ends in silence."""
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    line = f"{sys.executable} -m treadle.cli show {SLIM} -n 3000 | head -1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("slim record 0")


def test_the_version_is_told():
    """--version prints the version that is installed, and nothing else."""
    done = treadle("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"treadle {td.__version__}\n", "")


def test_every_command_stands_in_the_readme():
    """The README's table of commands has all that the help has."""
    told = set(re.findall(r"^\| `treadle ([a-z-]+)", README.read_text(encoding="utf-8"), re.MULTILINE))
    listed = set(re.findall(r"^│ ([a-z-]+) {2,}[A-Z]", treadle("--help", COLUMNS="80").stdout, re.MULTILINE))
    assert told == listed != set()


def test_plans_are_searched_for_cycles_but_in_processes_that_keep_them():
    program = """
import gc
import treadle as td
def frozen(seed):
    td.generate(td.Recipe("r", {"a": td.integer(1, 9)}), count=1, seed=seed).record(0)
    assert gc.isenabled()
    return gc.get_freeze_count()
assert frozen(1) == 0
gc.freeze()
before = gc.get_freeze_count()
assert frozen(2) > before
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
