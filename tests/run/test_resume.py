"""A run that was stopped anywhere, by anything, ends in the same bytes when the same command is given again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import treadle as td
from recipes.wide import slim
from running import command, files_of, treadle, treadle_here
from treadle.errors import TreadleError, UsageError
from treadle.run import runner
from treadle.run.staging import staging_of

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 60
"""Seconds after which something that must happen is taken for something that never will."""


class Stop(BaseException):
    """Stops a run where it stands, as a signal would."""


@dataclass(frozen=True)
class Case:
    """A command, how many shards it makes, and how often it is killed."""

    name: str
    arguments: tuple[object, ...]
    shards: int
    kills: int


CASES = [
    Case("one.jsonl", ("-n", 3_000, "--shard-size", 75), 40, 4),
    Case("threads.jsonl", ("-n", 3_000, "--shard-size", 75, "--workers", 2), 40, 3),
    Case("processes.jsonl", ("-n", 3_000, "--shard-size", 75, "--workers", 2, "--executor", "processes"), 40, 3),
    Case("sidecar.csv", ("-n", 2_000, "--shard-size", 50, "--workers", 2), 40, 3),
    Case("groups.parquet", ("-n", 393_216), 6, 2),
    Case("folder/", ("-n", 2_000, "--shard-size", 50), 40, 3),
    Case("document.json", ("-n", 2_000, "--shard-size", 50, "--workers", 2), 40, 2),
]


def noted(output: Path) -> int:
    """Return how many shards the journal of an unfinished run holds."""
    journal = staging_of(output) / "shards.jsonl"
    return journal.read_bytes().count(b"\n") if journal.is_file() else 0


def kill_at(arguments: list[str], output: Path, shards: int, delay: float) -> int | None:
    """Start a run, kill it `delay` seconds after its journal holds `shards`; return what it holds then, None if it was too late."""
    process = subprocess.Popen(arguments, start_new_session=True, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and noted(output) < shards and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(delay)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    while is_alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(process.pid), "workers outlive the run they were started by"
    return noted(output) if process.returncode == -signal.SIGKILL and staging_of(output).is_dir() else None


def is_alive(group: int) -> bool:
    """Tell whether any process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_killed_run_ends_in_the_same_bytes(case, tmp_path, wide_file, slim_file):
    """`kill -9` at random moments costs the shards in flight and not one byte."""
    moments = random.Random(case.name)
    recipe = slim_file if case.shards == 6 else wide_file
    calm, output = tmp_path / "calm" / case.name, tmp_path / "killed" / case.name
    for each in (calm, output):
        each.parent.mkdir()
    assert treadle_here("generate", recipe, *case.arguments, "-o", f"{calm.parent}/{case.name}", "-q") == 0
    again = command("generate", recipe, *case.arguments, "-o", f"{output.parent}/{case.name}", "-q")
    targets = sorted(moments.choices(range(case.shards), k=case.kills))
    seen = [kill_at(again, output, target, moments.uniform(0, 0.01)) for target in targets]
    finished = subprocess.run(again, capture_output=True, text=True, check=False)
    assert finished.returncode == 0 or "is there already" in finished.stderr
    assert any(shards is not None and shards < case.shards for shards in seen), "no kill hit the run"
    assert files_of(output) == files_of(calm)
    assert [each.name for each in output.parent.iterdir() if each.name.startswith(".")] == []


def test_the_killed_runs_are_twenty():
    """The moments above are as many as promised."""
    assert sum(case.kills for case in CASES) == 20


def stopped(output: Path, after: int, **options: Any) -> None:
    """Begin a run and stop it after some shards."""
    done = []

    def progress(records: int) -> None:
        done.append(records)
        if len(done) == after:
            raise Stop

    with pytest.raises(Stop):
        finish(output, progress=progress, **options)


class AlreadyThereError(Exception):
    """The output was published."""


def go_on(output: Path) -> None:
    """Give the same call again; raise `AlreadyThereError` where the one before had come to its end."""
    try:
        finish(output)
    except UsageError as error:
        if "is there already" in str(error):
            raise AlreadyThereError from error
        raise


def finish(output: Path, *, seed: int = 42, count: int = 1_000, **options: Any) -> dict[str, bytes]:
    """Carry out a run of ten shards, or what is left of it, and return its files."""
    folder = "/" if output.suffix == "" else ""
    td.generate(slim, count=count, seed=seed).write(f"{output}{folder}", shard_size=100, **options)
    return files_of(output)


@pytest.fixture
def calm(tmp_path):
    """Return the files of an undisturbed run by the output's name."""
    made: dict[str, dict[str, bytes]] = {}

    def of(name: str) -> dict[str, bytes]:
        folder = tmp_path / "calm"
        folder.mkdir(exist_ok=True)
        if name not in made:
            made[name] = finish(folder / name)
        return made[name]

    return of


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.json", "folder"])
@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_finished_shards_are_kept(name, executor, tmp_path, calm, monkeypatch):
    """A run that goes on makes no shard again that was noted, and tells of it as done."""
    stopped(tmp_path / name, 4, executor=executor)
    assert noted(tmp_path / name) == 4
    whole, made, told = calm(name), [], []
    work = runner.work
    monkeypatch.setattr(runner, "work", lambda job: made.append(job.shard.first) or work(job))
    assert finish(tmp_path / name, executor=executor, progress=told.append) == whole
    assert made == [400, 500, 600, 700, 800, 900]
    assert sum(told) == 1_000
    assert not staging_of(tmp_path / name).exists()


DAMAGE = {
    "a flipped byte at the beginning": ("output", lambda data: flipped(data, 3)),
    "a flipped byte in the middle": ("output", lambda data: flipped(data, len(data) // 2)),
    "a flipped byte at the end": ("output", lambda data: flipped(data, len(data) - 1)),
    "bytes too many": ("output", lambda data: data + b'{"id":'),
    "bytes too few": ("output", lambda data: data[: len(data) * 2 // 3]),
    "an empty file": ("output", lambda _: b""),
    "a flipped byte in the truth": ("truth", lambda data: flipped(data, len(data) // 2)),
    "an empty truth": ("truth", lambda _: b""),
    "a journal cut within a line": ("shards.jsonl", lambda data: data[: len(data) * 2 // 3]),
    "a journal without its last newline": ("shards.jsonl", lambda data: data[:-1]),
    "a garbage journal": ("shards.jsonl", lambda _: b"\x00\xff\xfe garbage {}\n" * 5),
    "a journal of other JSON": ("shards.jsonl", lambda _: b'{}\n[]\n"x"\nnull\n'),
    "a journal with wrong types": ("shards.jsonl", lambda data: data.replace(b'"bytes": ', b'"bytes": "x", "c": ')),
    "a journal with nothing in it": (
        "shards.jsonl",
        lambda data: data.replace(b'"file_sha256": "', b'"file_sha256": null, "x": "'),
    ),
    "a journal without its first line": ("shards.jsonl", lambda data: data[data.index(b"\n") + 1 :]),
    "a journal with a line twice": ("shards.jsonl", lambda data: data[: data.index(b"\n") + 1] + data),
    "an empty journal": ("shards.jsonl", lambda _: b""),
}


def flipped(data: bytes, at: int) -> bytes:
    """Return data with one byte changed."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_damaged_staging_folder_ends_in_the_same_bytes(name, damage, tmp_path, calm):
    """What an earlier run left is believed as far as its hashes say, and made again behind that."""
    output = tmp_path / name
    stopped(output, 6)
    file, change = DAMAGE[damage]
    if file == "truth" and name == "a.jsonl":
        file = "output"
    path = staging_of(output) / file
    path.write_bytes(change(path.read_bytes()))
    assert finish(output) == calm(name)


@pytest.mark.parametrize("name", ["a.json", "folder"])
@pytest.mark.parametrize(
    "change", [lambda data: flipped(data, 50), lambda data: data[:-1], None], ids=["flip", "cut", "gone"]
)
def test_a_damaged_part_is_made_again(name, change, tmp_path, calm):
    """A part file that is not what the journal says is no reason to lose the run."""
    output = tmp_path / name
    stopped(output, 6)
    part = min(staging_of(output).glob("part-000003.json*"))
    if change is None:
        part.unlink()
    else:
        part.write_bytes(change(part.read_bytes()))
    assert finish(output) == calm(name)


def test_parts_left_half_written_do_not_reach_the_output(tmp_path, calm):
    """Staged files of a killed worker vanish."""
    stopped(tmp_path / "folder", 3)
    (staging_of(tmp_path / "folder") / "part-000004.jsonl.tmp").write_bytes(b"half a li")
    assert finish(tmp_path / "folder") == calm("folder")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a killed run closes no files
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.json", "a.parquet", "folder"])
def test_a_run_stopped_at_any_rename_ends_in_the_same_bytes(name, tmp_path, calm, monkeypatch):
    """However far publishing came, the same call finishes it, or finds the whole output there."""
    replace, crashes = os.replace, 0
    for moment in range(1, 40):
        output = tmp_path / str(moment) / name
        output.parent.mkdir()
        left = [moment]

        def failing(source: Any, target: Any, left: list[int] = left) -> None:
            left[0] -= 1
            if not left[0]:
                raise Stop
            replace(source, target)

        with monkeypatch.context() as patched:
            patched.setattr(os, "replace", failing)
            try:
                finish(output)
            except Stop:
                crashes += 1
        if left[0] > 0:
            break
        with suppress(AlreadyThereError):
            go_on(output)
        assert files_of(output) == calm(name)
    assert crashes == moment - 1 >= 3


def test_an_output_is_not_replaced_unless_asked_for(tmp_path, calm):
    """A file that is there is refused, whole or not, and stays as it is; with `overwrite` it is replaced."""
    output = tmp_path / "a.jsonl"
    output.write_text("mine")
    with pytest.raises(UsageError, match="is there already: add --overwrite"):
        finish(output)
    assert output.read_text() == "mine"
    assert finish(output, overwrite=True) == calm("a.jsonl")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"seed": 43}, "seed"),
        ({"count": 900}, "last record"),
        ({"truth": "none"}, "truth"),
        ({"seed": 1, "count": 50}, "seed, last record"),
    ],
    ids=str,
)
def test_an_unfinished_run_of_other_settings_is_not_lost(options, named, tmp_path, calm):
    """Another run on the same output is refused, says what differs, and leaves what is finished; `overwrite` begins anew."""
    output = tmp_path / "a.jsonl"
    stopped(output, 6)
    with pytest.raises(UsageError, match=rf"holds an unfinished run with another {named}: .*--overwrite"):
        finish(output, **options)
    assert noted(output) == 6
    assert finish(output) == calm("a.jsonl")
    (tmp_path / "b").mkdir()
    stopped(tmp_path / "b" / "a.jsonl", 6)
    anew = finish(tmp_path / "b" / "a.jsonl", overwrite=True, **options)
    (tmp_path / "c").mkdir()
    assert anew == finish(tmp_path / "c" / "a.jsonl", **options)


def test_an_unfinished_run_goes_on_with_overwrite_too(tmp_path, calm, monkeypatch):
    """The same command is the same command: `overwrite` throws away no finished shard of its own run."""
    output = tmp_path / "a.jsonl"
    output.write_text("old")
    stopped(output, 6, overwrite=True)
    assert output.read_text() == "old"
    whole, made = calm("a.jsonl"), []
    work = runner.work
    monkeypatch.setattr(runner, "work", lambda job: made.append(job) or work(job))
    assert finish(output, overwrite=True) == whole
    assert len(made) == 4


def test_two_runs_do_not_write_one_output(tmp_path, wide_file):
    """The second of two runs at once is refused, and the first is not disturbed."""
    output = tmp_path / "a.jsonl"
    arguments = ("generate", wide_file, "-n", 3_000, "--shard-size", 100, "-o", output, "-q")
    first = subprocess.Popen(command(*arguments))
    deadline = time.monotonic() + PATIENCE
    while not noted(output) and time.monotonic() < deadline:
        time.sleep(0.001)
    first.send_signal(signal.SIGSTOP)
    second = treadle(*arguments)
    first.send_signal(signal.SIGCONT)
    assert second.returncode == 2
    assert "another run is writing" in second.stderr
    assert first.wait(PATIENCE) == 0
    assert treadle_here(*arguments[:-3], "-o", tmp_path / "calm.jsonl", "-q") == 0
    assert output.read_bytes() == (tmp_path / "calm.jsonl").read_bytes()


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from treadle.cli import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize(
    ("name", "workers", "part"),
    [
        ("a.jsonl", ("--workers", 1), 0.45),
        ("a.jsonl", ("--workers", 2), 0.7),
        ("a.jsonl", ("--workers", 2, "--executor", "processes"), 0.45),
        ("a.csv", ("--workers", 1), 0.45),
        ("a.parquet", ("--workers", 1), 0.45),
        ("folder/", ("--workers", 1), 0.45),
        ("a.json", ("--workers", 1), 0.45),
    ],
)
def test_a_full_disk_loses_nothing(name, workers, part, tmp_path, slim_file):
    """A file that can grow no further ends the run with a clear message; with room the same command goes on."""
    for folder in ("calm", "full"):
        (tmp_path / folder).mkdir()
    arguments = ("generate", slim_file, "-n", 4_000, "--shard-size", 400, *workers, "-q", "-o")
    assert treadle_here(*arguments, f"{tmp_path}/calm/{name}") == 0
    whole = files_of(tmp_path / "calm" / name)
    size = max(len(data) for data in whole.values())
    given = [str(each) for each in (*arguments, f"{tmp_path}/full/{name}")]
    limited = [sys.executable, "-c", FULL, str(int(size * part)), *given]
    refused = subprocess.run(limited, capture_output=True, text=True, check=False)
    assert refused.returncode == 1, refused.stderr
    assert "File too large" in refused.stderr
    assert "Traceback" not in refused.stderr
    shards = noted(tmp_path / "full" / name)
    if name != "a.json":
        assert f"{shards} shards are finished and kept" in refused.stderr
        assert shards >= (0 if name in {"folder/", "a.parquet"} else 3)
    else:
        assert shards == 10
    assert not (tmp_path / "full" / name).exists()
    assert treadle_here(*given) == 0
    assert files_of(tmp_path / "full" / name) == whole


def test_an_interrupt_keeps_what_is_finished(tmp_path, wide_file):
    """Ctrl-C ends with a message instead of a traceback, and the same command goes on."""
    output = tmp_path / "a.jsonl"
    arguments = ("generate", wide_file, "-n", 4_000, "--shard-size", 100, "-o", output, "-q")
    process = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + PATIENCE
    while noted(output) < 2 and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 130
    assert said.startswith("treadle: stopped")
    assert "Traceback" not in said
    assert noted(output) >= 2
    assert treadle_here(*arguments) == 0
    assert treadle_here(*arguments[:-3], "-o", tmp_path / "calm.jsonl", "-q") == 0
    assert output.read_bytes() == (tmp_path / "calm.jsonl").read_bytes()


def test_a_failing_function_keeps_what_is_finished(tmp_path):
    """A recipe whose own code raises in the middle fails with the field's name; once mended, the run is another one."""
    made = td.Recipe(
        "failing", {"id": td.serial(), "x": td.derive(lambda number: number // (number != 450), "id", boolean=True)}
    )
    broken = td.Recipe("failing", {"id": td.serial(), "x": td.derive(raising, "id")})
    with pytest.raises(TreadleError, match="field 'x': its function raised ValueError"):
        td.generate(broken, count=1_000).write(tmp_path / "a.jsonl", shard_size=100)
    assert noted(tmp_path / "a.jsonl") == 4
    with pytest.raises(UsageError, match="unfinished run with another fingerprint"):
        td.generate(made, count=1_000).write(tmp_path / "a.jsonl", shard_size=100)


def raising(number):
    """Fail at record 450."""
    if (number == 450).any():
        raise ValueError
    return number
