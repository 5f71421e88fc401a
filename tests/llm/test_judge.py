"""An independent judge: llmock watches the client, and finds nothing that a client should not do."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from loopback import SERVED
from running import RECIPES, treadle

TICKETS = f"{RECIPES / 'tickets.py'}:tickets"
JUDGE = Path(sys.executable).with_name("llmock")


@contextmanager
def judge(*options):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    SERVED.add(port)
    command = [JUDGE, "serve", "--port", str(port), "--log-level", "error", "--latency-ms", "10", *options]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


@pytest.mark.parametrize(
    "options",
    [("--error-rate", "429=0.1", "--error-rate", "500=0.05", "--error-rate", "503=0.05"), ("--rpm", "240")],
    ids=["faults", "limit"],
)
def test_the_judge_finds_neither_errors_nor_warnings(tmp_path, options):
    with judge(*options) as url:
        done = treadle(
            "generate", TICKETS, "-n", 60, "-o", tmp_path / "o.jsonl", "--writer", "openai:gpt-4o-mini", "--base-url", url,
            "--records-per-call", 1, "--attempts", 1, "--fallback", "template", "--quiet",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        with urllib.request.urlopen(f"{url}/_llmock/verdict", timeout=10) as answer:
            verdict = json.load(answer)
    assert verdict["passed"]
    assert verdict["findings"] == []
    assert verdict["calls"] == 60
