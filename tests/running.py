"""Ways to run the command line, and what its outputs consist of; for tests of runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from treadle.cli import main

RECIPES = Path(__file__).parent / "recipes"


def command(*arguments: object) -> list[str]:
    """Return the command line as a list for `subprocess`."""
    return [sys.executable, "-m", "treadle.cli", *map(str, arguments)]


def treadle(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own and return what it said."""
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def treadle_here(*arguments: object) -> int:
    """Run the command line in this process and return its exit code: faster, where the process does not matter."""
    try:
        main([str(each) for each in arguments])
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def sidecar(path: Path) -> Path:
    """Return the truth file of an output."""
    return path.with_name(path.name + ".truth.jsonl")


def manifest_of(path: Path) -> Path:
    """Return the manifest of an output."""
    return path / "manifest.json" if path.is_dir() else path.with_name(path.name + ".manifest.json")


def files_of(output: Path) -> dict[str, bytes]:
    """Return every file of an output (one file, its sidecar and manifest, or all in a folder) by its name."""
    if output.is_dir():
        return {each.name: each.read_bytes() for each in sorted(output.iterdir())}
    found = [output, sidecar(output), manifest_of(output)]
    return {each.name.removeprefix(output.name): each.read_bytes() for each in found if each.is_file()}
