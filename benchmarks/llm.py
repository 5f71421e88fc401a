"""The model client against a fault server, beside the figures of other clients: `python benchmarks/llm.py [--url URL] [--quick]`.

Every run is a whole one, from recipe to file, with checks, journal and budget on; a run's figures leave out the start of Python and
the compiling of the recipe, and those of the process hold everything. Without --url the project's own fake model serves. With
--peers FILE a table of other clients' figures on such a server is printed below, where the file is there.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import treadle as td

ROOT = Path(__file__).resolve().parent.parent
MIX = {"429": 0.05, "500": 0.03, "drop": 0.02, "badjson": 0.02}
MORE = {**dict.fromkeys(("trunc", "hang", "schema", "htmlerr", "midbody", "fence", "empty"), 0.01), **MIX}


@dataclass(frozen=True)
class Case:
    """One run: what the server does, how much is asked, and the mark."""

    name: str
    server: dict[str, Any]  # JSON values
    mark: str
    count: int = 2_000
    concurrency: int = 64
    timeout: float = 30.0
    ideal: float = 0.0


CASES = (
    Case("64 in flight, 200 ms", {"latency_ms": 200}, "0.95 of ideal, 0.35 CPU s per 1,000, 300 MB", ideal=2_000 / 320),
    Case("0 ms", {}, "2,000 rec/s"),
    Case("1,000 in flight, 2 s", {"latency_ms": 2_000}, "0.85 of ideal", count=10_000, concurrency=1_000, ideal=20.0),
    Case("5 % 429, 3 % 500, 2 % drop, 2 % bad", {"latency_ms": 200, "faults": MIX}, "260 repeats, 9 s"),
    Case("the same and 1 % each of 7 more", {"latency_ms": 200, "faults": MORE}, "all delivered", timeout=2.0),
    Case("5 % 429 alone", {"latency_ms": 200, "faults": {"429": 0.05}}, "240 rec/s"),
    Case(
        "bucket of 100/s",
        {"latency_ms": 200, "rpm": 6_000, "burst": 60},
        "wall at most 1.08 of ideal, 100 429s",
        ideal=19.4,
    ),
    Case(
        "24 in flight allowed",
        {"latency_ms": 200, "max_inflight": 24},
        "wall at most 1.08 of ideal, 100 429s",
        ideal=16.67,
    ),
)
USUAL = {"latency_ms": 0, "faults": {}, "rpm": 0, "burst": 0, "max_inflight": 0, "seed": 1, "retry_after": 1}
RECIPE = td.Recipe(
    "tickets",
    {
        "product": td.choice(["kettle", "desk lamp", "rain coat", "bicycle bell"]),
        "days": td.integer(2, 30),
        "mood": td.quota(["angry", "calm"]),
        "topics": td.sample(["delivery", "price", "colour", "size"], (1, 2)),
        "text": td.written(
            "what a customer writes to a shop",
            facts=["product", "{days} days", "topics"],
            schema={"minLength": 20, "maxLength": 900},
        ),
    },
    labels=["mood"],
)


def main() -> None:
    """Run all cases, each in a process of its own, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a server that runs already, with /config and /stats")
    parser.add_argument("--quick", action="store_true", help="a tenth of the records")
    parser.add_argument("--peers", type=Path, help="a file with a table of other clients")
    parser.add_argument("--case", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.case is not None:
        _one(CASES[chosen.case], chosen.url, quick=chosen.quick)
        return
    own = None if chosen.url else _serve()
    url = chosen.url or "http://127.0.0.1:9399"
    print(
        "| case | delivered | wall s | rec/s | of ideal | CPU s per 1,000 (run / process) | MB | repeats | 429s | early "
        "| paid twice | mark |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    try:
        for number in range(len(CASES)):
            again = [
                sys.executable,
                __file__,
                "--case",
                str(number),
                "--url",
                url,
                *(["--quick"] if chosen.quick else []),
            ]
            subprocess.run(again, check=True)
    finally:
        if own is not None:
            own.terminate()
    if chosen.peers is not None:
        print(
            f"\n{chosen.peers.read_text(encoding='utf-8')}"
            if chosen.peers.is_file()
            else f"\n{chosen.peers} is not there: no peers"
        )


def _serve() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "treadle.cli", "fake-model", "--port", "9399"]
    server = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, stderr=subprocess.DEVNULL)
    time.sleep(2.0)
    return server


def _call(url: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:  # JSON values
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(f"{url}{path}", data, timeout=30) as answer:  # noqa: S310  # a server on this machine
        return dict(json.load(answer))


def _one(case: Case, url: str, *, quick: bool) -> None:
    """Carry out one case and print its line."""
    count = case.count // 10 if quick else case.count
    _call(url, "/config", {**USUAL, **case.server})
    writer = td.Writer(
        "openai:gpt-4o-mini",
        base_url=url,
        records_per_call=1,
        concurrency=case.concurrency,
        timeout=case.timeout,
        budget="5",
    )
    dataset = td.generate(RECIPE, count=count)
    import aiohttp  # noqa: F401, PLC0415  # loaded before the clock starts, as by the other clients
    import genai_prices  # noqa: F401, PLC0415  # as above

    with tempfile.TemporaryDirectory() as folder:
        began, used = time.perf_counter(), time.process_time()
        manifest = dataset.write(Path(folder) / "out.jsonl", writer=writer)
        wall, cpu = time.perf_counter() - began, time.process_time() - used
    stats = _call(url, "/stats")
    ideal = f"{case.ideal * count / case.count / wall:.3f}" if case.ideal else "-"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    per_1000 = f"{cpu / count * 1000:.2f} / {time.process_time() / count * 1000:.2f}"
    cells = [
        case.name, f"{manifest.rows:,} of {count:,}", f"{wall:.1f}", f"{count / wall:,.0f}", ideal, per_1000, memory,
        stats["dup_requests"], stats["by_fault"].get("429", 0), stats["early_retry"], stats["paid_twice"], case.mark,
    ]  # fmt: skip
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
