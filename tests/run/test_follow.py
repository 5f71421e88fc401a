"""--follow: records one after the other, in the order of their simulated time, so many a second."""

from __future__ import annotations

import json
import signal
import subprocess
import time

import pytest

import treadle as td
from running import command, treadle, treadle_here
from treadle.run.follow import follow, rate_of
from treadle.run.source import Source


def test_it_sends_what_a_run_writes(tmp_path):
    """The lines of records 3 to 149, whatever the rate; and of one column as text."""
    source = Source.of("logs.api")
    assert follow(source, 42, str(tmp_path / "a.jsonl"), first=3, last=150, rate="1000000/s") == 147
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()]
    assert lines == list(td.generate("logs.api", records=(3, 150), truth=False))
    assert [each["timestamp"] for each in lines] == sorted(each["timestamp"] for each in lines)
    follow(Source.of("logs.api", ["combined"]), 42, str(tmp_path / "a.log"), last=20, rate="1000000/s", text=True)
    assert len((tmp_path / "a.log").read_text("utf-8").splitlines()) == 20


def test_it_keeps_to_the_rate(tmp_path):
    """By a clock of our own: 300 records at 100/s are waited for two seconds and more, and none is sent too early."""
    now, waits = [0.0], []

    def wait(seconds):
        waits.append(seconds)
        now[0] += seconds

    sent = follow(Source.of("logs.cv"), 1, str(tmp_path / "a"), last=300, rate="100/s", clock=lambda: now[0], wait=wait)
    assert sent == 300
    assert 2.9 <= now[0] <= 3.0
    assert max(waits) < 0.06


def test_it_goes_on_until_it_is_stopped():
    """Without -n there is no end; a reader that has seen enough ends it quietly, as with any other command in a pipe."""
    running = subprocess.Popen(
        command("generate", "logs.agent", "--follow", "--rate", "400/s"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    turns = [json.loads(running.stdout.readline()) for _ in range(30)]
    running.stdout.close()
    assert running.wait(60) == 0
    assert running.stderr.read() == ""
    running.stderr.close()
    assert turns == list(td.generate("logs.agent", count=30, truth=False))


def test_who_stops_it_is_told_which_record_is_next(tmp_path):
    """All records before that one were sent, each whole."""
    output = tmp_path / "x.log"
    running = subprocess.Popen(
        command("generate", "logs.api", "--follow", "--rate", "400/s", "--records", "7:9000000", "--to", output),
        stderr=subprocess.PIPE,
        text=True,
    )
    while running.poll() is None and (not output.exists() or output.stat().st_size < 20_000):
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 130
    told = running.stderr.read()
    running.stderr.close()
    sent = len(output.read_text("utf-8").splitlines())
    assert f"stopped behind {sent:,} records; the next is record {7 + sent}" in told


def test_the_command_takes_a_count():
    done = treadle(
        "generate", "logs.api", "--follow", "-n", 5, "--rate", "1000/s", "--columns", "combined", "--format", "text"
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 5
    assert '"GET ' in done.stdout


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [(("--records", "5:9"), 5, 9), (("--records", "5:", "-n", 4), 5, 9), (("--records", "7:7"), 7, 7)],
)
def test_a_stream_may_begin_anywhere(tmp_path, options, first, last):
    """And end where a range does, or a count from its beginning."""
    output = tmp_path / "x.jsonl"
    told = ("--follow", "--rate", "1000000/s", "--to", output, *options)
    assert treadle_here("generate", "logs.cv", *told) == 0
    sent = [json.loads(line) for line in output.read_text("utf-8").splitlines()] if output.exists() else []
    assert sent == list(td.generate("logs.cv", records=(first, last), truth=False))


def test_a_range_with_an_open_end_goes_on_until_it_is_stopped():
    running = subprocess.Popen(
        command("generate", "logs.cv", "--follow", "--rate", "4000/s", "--records", "5000:"),
        stdout=subprocess.PIPE,
        text=True,
    )
    read = [json.loads(running.stdout.readline()) for _ in range(30)]
    running.stdout.close()
    assert running.wait(60) == 0
    assert read == list(td.generate("logs.cv", records=(5_000, 5_030), truth=False))


@pytest.mark.parametrize(
    "options", [("--records", ":5"), ("--records", "9:5"), ("--records", "x:"), ("--records", "1:2", "-n", 1)]
)
def test_other_ranges_are_told(options, capsys):
    assert treadle_here("generate", "logs.cv", "--follow", *options) == 2
    assert treadle_here("generate", "logs.cv", *options) == 2
    told = capsys.readouterr().err
    assert told.count("expected A:B") + told.count("cannot both be given") == 2


def test_an_open_end_is_for_streams(capsys):
    assert treadle_here("generate", "logs.cv", "--records", "5:") == 2
    assert "expected A:B" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "rate"), [("100/s", 100), ("30/min", 0.5), ("1.5", 1.5), ("7200/h", 2)])
def test_rates(text, rate):
    assert float(rate_of(text)) == rate


@pytest.mark.parametrize("rate", ["0/s", "-1", "fast", "1/day", "2000000/s", "", "1e3/s"])
def test_other_rates_are_told(rate, capsys):
    with pytest.raises(td.UsageError, match="expected records a second"):
        rate_of(rate)
    assert treadle_here("generate", "logs.api", "--follow", "-n", 1, f"--rate={rate}") == 2
    assert "expected records a second" in capsys.readouterr().err
