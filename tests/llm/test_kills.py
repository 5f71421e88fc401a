"""kill -9 at any moment: no journalled answer is paid for twice, at most what was open is sent again, the bytes end equal."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time

import pytest

from llm_reading import lines_of
from running import RECIPES, command, treadle
from serving import PRICES, served
from treadle.llm.journal import journal_path

TICKETS = f"{RECIPES / 'tickets.py'}:tickets"
COUNT, CONCURRENCY = 120, 8


def run(url, output):
    prices = [word for name, value in PRICES.items() for word in (f"--{name.replace('_', '-')}", value)]
    return command(
        "generate", TICKETS, "-n", COUNT, "-o", output, "--writer", "openai:x", "--base-url", url, "--records-per-call", 1,
        "--concurrency", CONCURRENCY, "--budget", 5, "--quiet", *prices,
    )  # fmt: skip


def journalled(path):
    """Return the users whose answers a run has noted, in the journal or in the spool before it."""
    spools = path.parent.glob(f"{path.name}.spool*")
    lines = [line for spool in spools for line in spool.read_bytes().splitlines(keepends=True)]
    return committed(path) | {json.loads(line)[1] for line in lines if line.endswith(b"\n")}


def committed(path):
    if not path.exists():
        return set()
    with sqlite3.connect(path) as connection:
        try:
            return {user for (user,) in connection.execute("SELECT user FROM answers")}
        except sqlite3.OperationalError:
            return set()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "o.jsonl"
    with served(latency_ms=20) as model:
        subprocess.run(run(model.url, path), check=True)
    return path.read_bytes()


@pytest.mark.parametrize("moment", range(10))
def test_a_killed_run_goes_on_and_pays_for_nothing_twice(tmp_path, undisturbed, moment):
    """Nothing here depends on how fast anything is: the moment is a number of answers, and the server counts by record."""
    path = tmp_path / "o.jsonl"
    with served(latency_ms=20) as model:
        first = subprocess.Popen(run(model.url, path))
        wanted = (moment * 37 + 5) % COUNT
        while model.server.counts.ok < wanted and first.poll() is None:
            time.sleep(0.002)
        first.kill()
        assert first.wait() in {-signal.SIGKILL, 0}
        kept = journalled(journal_path(path))
        if not path.exists():
            subprocess.run(run(model.url, path), check=True)
        assert path.read_bytes() == undisturbed
        asked = model.server.counts.attempts
        assert len(asked) == COUNT
        assert {user for user in kept if asked[int(user.removeprefix("rec-"))] > 1} == set(), "paid for again"
        assert sum(asked.values()) <= COUNT + CONCURRENCY
        assert len(kept) >= wanted - CONCURRENCY or first.returncode == 0


def slow_down(model, latency_ms):
    """Change the latency of the requests to come, and keep what was counted."""
    model.server.behaviour = model.server.behaviour.changed({"latency_ms": latency_ms})


def test_ctrl_c_waits_for_what_is_open_and_the_run_goes_on(tmp_path, undisturbed):
    path = tmp_path / "o.jsonl"
    with served(latency_ms=20) as model:
        first = subprocess.Popen(run(model.url, path), stderr=subprocess.PIPE, text=True)
        while model.server.counts.ok < 16 and first.poll() is None:
            time.sleep(0.002)
        slow_down(model, 1_500)  # so that the run is not over before it is told to stop, on whatever machine
        first.send_signal(signal.SIGINT)
        _, said = first.communicate()
        assert first.returncode == 130
        assert "stopped; what was finished is kept" in said
        assert len(journalled(journal_path(path))) == model.stats["ok"], "an answer that came was not journalled"
        with sqlite3.connect(journal_path(path)) as connection:
            assert connection.execute("SELECT count(*) FROM sent").fetchone()[0] == 0
        slow_down(model, 0)
        subprocess.run(run(model.url, path), check=True)
        assert model.stats["dup_requests"] == 0
    assert path.read_bytes() == undisturbed


def test_the_worst_case_of_lost_requests_counts_against_the_budget(tmp_path):
    """What was open when the run was killed may have been billed: a rerun sets it aside."""
    path = tmp_path / "o.jsonl"
    with served(faults={"hang": 1.0}) as model:
        first = subprocess.Popen(run(model.url, path))
        while model.server.counts.inflight < CONCURRENCY and first.poll() is None:
            time.sleep(0.002)
        first.kill()
        first.wait()
        model.behave(faults={})
        done = treadle(*run(model.url, path)[3:])
        assert done.returncode == 0, done.stderr
    with sqlite3.connect(journal_path(path)) as connection:
        lost = connection.execute("SELECT count(*), sum(worst) FROM sent").fetchone()
    assert CONCURRENCY <= lost[0] <= 2 * CONCURRENCY + 8
    assert lost[1] > 0
    assert len(lines_of(path)) == COUNT
