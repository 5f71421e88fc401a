"""Several files of the same records: drawn once, written as if each were alone, and stopped and gone on with as one run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from running import command, treadle_here
from treadle.plan import Plan
from treadle.run import files as runs
from treadle.run.runner import Begun, Settings
from treadle.run.staging import staging_of

RECIPE = """
import treadle as td

recipe = td.Recipe(
    "visits",
    {
        "page": td.choice(["/", "/cart", "/h\\u00e9lp"]),
        "ms": td.integer(1, 90, when="page != /"),
        "line": td.text("{page} took a while to answer, and then it answered"),
        "kind": td.quota(["none", "textual"]),
    },
    columns=["page", "ms", "line"],
    checks=[td.check("not too fast", "ms > 3 or page = /")],
    faults=td.faults(["line"], by="kind"),
    files=[
        td.File("{name}.jsonl"), td.File("raw/{name}.log", ["line"]), td.File("{name}.csv", ["ms", "line"]),
        td.File("{name}.parquet", ["page", "line"]), td.File("{name}.json", ["ms"]),
    ],
)
"""
NAMES = ("v.jsonl", "raw/v.log", "v.csv", "v.parquet", "v.json")
COLUMNS = ("page,ms,line", "line", "ms,line", "page,line", "ms")


@pytest.fixture
def visits(tmp_path):
    path = tmp_path / "visits.py"
    path.write_text(RECIPE, encoding="utf-8")
    return path


def generate(recipe, folder, *options):
    return treadle_here("generate", recipe, "-n", 900, "--name", "v", "-o", folder, "-q", *options)


def bodies(folder):
    return {path.name: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


@pytest.mark.parametrize("options", [(), ("--workers", 2), ("--workers", 2, "--executor", "processes")])
def test_each_file_is_as_if_it_were_written_alone(visits, tmp_path, options):
    """Whatever its format, with checks that reject and faults; so is its manifest but for how it was cut."""
    assert generate(visits, tmp_path / "all", *options) == 0
    for name, columns in zip(NAMES, COLUMNS, strict=True):
        alone = tmp_path / "alone" / Path(name).name
        told = ("--columns", columns, "--truth", "none", "-o", alone)
        assert treadle_here("generate", visits, "-n", 900, "-q", *told) == 0
        made = tmp_path / "all" / name
        assert made.read_bytes() == alone.read_bytes()
        manifests = [json.loads(Path(f"{path}.manifest.json").read_text("utf-8")) for path in (made, alone)]
        assert manifests[0].pop("shard_size") <= 65_536
        for each in manifests:
            for key in ("shard_size", "shards"):
                each.pop(key, None)
        assert manifests[0] == manifests[1]
        assert treadle_here("verify", made, "--quiet") == 0


def test_a_record_is_drawn_once(visits, tmp_path, monkeypatch):
    """For five files as for one."""
    drawn = []
    draw = Plan.draw
    monkeypatch.setattr(Plan, "draw", lambda plan, records: drawn.append(len(records)) or draw(plan, records))
    assert generate(visits, tmp_path / "all", "--shard-size", 65_536, "--chunk-size", 900) == 0
    assert sum(count == 900 for count in drawn) == 1


def test_a_killed_run_ends_in_the_same_files(visits, tmp_path):
    """`kill -9` while the files grow costs no byte of any; the marks of the run are gone in the end."""
    options = ("--shard-size", 100, "--chunk-size", 50, "--files", "valid,raw")
    big = RECIPE[: RECIPE.index('td.File("{name}.csv"')].rstrip() + "]) "
    visits.write_text(big, encoding="utf-8")
    calm = ("generate", visits, "-n", 20_000, "--name", "v", "-q", *options)
    assert treadle_here(*calm, "-o", tmp_path / "calm") == 0
    killed = tmp_path / "killed"
    again = command(*calm, "-o", killed)
    journal = staging_of(killed / "v.jsonl") / "shards.jsonl"
    for shards in (3, 90):
        process = subprocess.Popen(again)
        while process.poll() is None and (not journal.is_file() or journal.read_bytes().count(b"\n") < shards):
            time.sleep(0.001)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert journal.is_file(), "no kill hit the run"
    assert subprocess.run(again, check=False).returncode == 0
    assert bodies(killed) == bodies(tmp_path / "calm")


class StopError(Exception):
    """Stops a run where it stands."""


def settings(folder):
    return Settings(folder, 0, 40, shard_size=20)


@pytest.mark.parametrize("after", [1, 4])
def test_a_run_that_is_stopped_between_its_files_keeps_those_that_are_there(tmp_path, monkeypatch, after):
    """Of two recipes with files and invalid entries; what is finished is not made again, and is no reason to give up."""
    wanted = runs.Wanted("logs", tmp_path / "x", "log", ("valid",))
    publish, published = Begun.publish, []

    def stopping(self):
        if len(published) == after % 3 and after < 3:
            raise StopError
        publish(self)
        published.append(self.path)
        if len(published) == after - 2:
            raise StopError

    monkeypatch.setattr(Begun, "publish", stopping)
    with pytest.raises(StopError):
        runs.run_files(wanted, settings(tmp_path / "x"))
    kept = {path: path.stat().st_ino for path in published}
    monkeypatch.setattr(Begun, "publish", publish)
    told = []
    written = runs.run_files(wanted, settings(tmp_path / "x"), told.append)
    assert [lines for _, lines in written] == [40] * 3
    assert sum(told) == 120
    assert {path: path.stat().st_ino for path in kept} == kept
    assert not list((tmp_path / "x").rglob(".*"))
    calm = runs.Wanted("logs", tmp_path / "calm", "log", ("valid",))
    runs.run_files(calm, settings(tmp_path / "calm"))
    assert bodies(tmp_path / "x") == bodies(tmp_path / "calm")


def test_invalid_entries_that_are_there_are_kept(tmp_path, monkeypatch):
    """A run that was stopped behind them does not make them again; another run does not take them for its own."""
    wanted = runs.Wanted("logs.cv", tmp_path, "log", ("invalid",))
    monkeypatch.setattr(runs.Note, "end", lambda _: None)
    first = runs.run_files(wanted, settings(tmp_path))
    monkeypatch.undo()
    assert runs.run_files(wanted, settings(tmp_path)) == first
    with pytest.raises(runs.UsageError, match="add --overwrite"):
        runs.run_files(wanted, settings(tmp_path))
