"""kill -9 at any moment: no journalled answer is paid for twice, at most what was open is sent again, the bytes end equal."""

from __future__ import annotations

import os
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
    """Count the answers that a run has noted, in the journal or in the spool before it."""
    if not path.exists():
        return 0
    spool = path.with_name(path.name + ".spool")
    waiting = spool.read_bytes().count(b"\n") if spool.exists() else 0
    return waiting + committed(path)


def committed(path):
    with sqlite3.connect(path) as connection:
        try:
            return connection.execute("SELECT count(*) FROM answers").fetchone()[0]
        except sqlite3.OperationalError:
            return 0


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "o.jsonl"
    with served(latency_ms=20) as model:
        subprocess.run(run(model.url, path), check=True)
    return path.read_bytes()


@pytest.mark.parametrize("moment", range(10))
def test_a_killed_run_goes_on_and_pays_for_nothing_twice(tmp_path, undisturbed, moment):
    path = tmp_path / "o.jsonl"
    with served(latency_ms=20) as model:
        first = subprocess.Popen(run(model.url, path))
        wanted = (moment * 37 + 5) % COUNT
        end = time.monotonic() + 30
        while model.server.counts.ok < wanted and first.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        first.kill()
        assert first.wait() in {-signal.SIGKILL, 0}
        kept = journalled(journal_path(path))
        time.sleep(0.1)
        sent = model.stats["requests"]
        if not path.exists():
            subprocess.run(run(model.url, path), check=True)
        assert path.read_bytes() == undisturbed
        assert model.stats["requests"] - sent == COUNT - kept if first.returncode else True
        assert model.stats["requests"] <= COUNT + CONCURRENCY
        assert model.stats["paid_twice"] <= CONCURRENCY


def test_ctrl_c_waits_for_what_is_open_and_the_run_goes_on(tmp_path, undisturbed):
    path = tmp_path / "o.jsonl"
    with served(latency_ms=150) as model:
        first = subprocess.Popen(run(model.url, path), stderr=subprocess.PIPE, text=True, env={**os.environ})
        while model.server.counts.ok < 16:
            time.sleep(0.01)
        first.send_signal(signal.SIGINT)
        _, said = first.communicate(timeout=30)
        assert first.returncode == 130
        assert "stopped; what was finished is kept" in said
        assert journalled(journal_path(path)) == model.stats["ok"], "an answer that came was not journalled"
        with sqlite3.connect(journal_path(path)) as connection:
            assert connection.execute("SELECT count(*) FROM sent").fetchone()[0] == 0
        subprocess.run(run(model.url, path), check=True)
        assert model.stats["dup_requests"] == 0
    assert path.read_bytes() == undisturbed


def test_the_worst_case_of_lost_requests_counts_against_the_budget(tmp_path):
    """What was open when the run was killed may have been billed: a rerun sets it aside."""
    path = tmp_path / "o.jsonl"
    with served(latency_ms=300) as model:
        first = subprocess.Popen(run(model.url, path))
        while model.server.counts.inflight < CONCURRENCY:
            time.sleep(0.005)
        first.kill()
        first.wait()
        done = treadle(*run(model.url, path)[3:])
        assert done.returncode == 0, done.stderr
    with sqlite3.connect(journal_path(path)) as connection:
        lost = connection.execute("SELECT count(*), sum(worst) FROM sent").fetchone()
    assert CONCURRENCY <= lost[0] <= 2 * CONCURRENCY + 8
    assert lost[1] > 0
    assert len(lines_of(path)) == COUNT
