"""Memory stays flat however many records are asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from running import command

INTENTS = Path(__file__).parent.parent / "recipes" / "intents.py"
MEGABYTE = 1 << 20

MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""
"""A small process between pytest and the one that is measured: a process's peak includes the size of what started it."""


def peak(tmp_path: Path, count: int, *options: object) -> int:
    """Write records to a file and return the most bytes that were in memory at once."""
    output = tmp_path / f"{count}.jsonl"
    arguments = command("generate", INTENTS, "-n", count, "-o", output, "--truth", "none", "-q", *options)
    found = subprocess.run([sys.executable, "-c", MEASURED, *arguments], check=True, capture_output=True, text=True)
    with output.open("rb") as file:
        assert sum(1 for _ in file) == count
    output.unlink()
    return int(found.stdout)


@pytest.mark.parametrize("options", [(), ("--workers", 2)], ids=["one worker", "two workers"])
def test_ten_times_the_records_take_no_more_memory(tmp_path, options):
    """Two million records need under 500 MB, and about what 200,000 need."""
    few, many = (peak(tmp_path, count, *options) for count in (200_000, 2_000_000))
    assert many < 500 * MEGABYTE
    assert many < few * 1.2
