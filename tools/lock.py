"""Pins the newest versions that pyproject.toml allows, in the three requirements*.lock files.

A fresh virtual environment is filled with what the project needs to run, to be built and to be tested, then with the
benchmarks' extras, and what is in it then is written down. Run by `make lock`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# Made by `make lock` from pyproject.toml: {what}
# Python {python}; the same versions serve Python 3.11 to 3.13 on Linux and macOS.
"""
LOCK = "what treadle needs to run, to be built, checked and tested."
CLIENTS_LOCK = "programs that tests of logs run if they are there, in an environment of their own."
BENCHMARKS_LOCK = "what the benchmarks compare with, on top of requirements.lock."


def main() -> None:
    """Fill a fresh environment, and write both locks."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder, "bin", "python"))
        build = [*project["build-system"]["requires"], "editables"]  # what hatchling asks for to install editable
        extras = project["project"]["optional-dependencies"]
        own = [*project["project"]["dependencies"], *extras["charts"], *extras["models"]]
        needed = [*own, *project["dependency-groups"]["dev"], *build]
        everything = _installed(python, needed)
        _write("requirements.lock", LOCK, everything)
        compared = _installed(python, extras["benchmarks"])
        _write("requirements-benchmarks.lock", BENCHMARKS_LOCK, [each for each in compared if each not in everything])
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        _write(
            "requirements-clients.lock", CLIENTS_LOCK, _installed(str(Path(folder, "bin", "python")), extras["clients"])
        )


def _installed(python: str, needed: list[str]) -> list[str]:
    """Install requirements, and return every package that is there then, as `name==version`."""
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", *needed], check=True)
    frozen = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True).stdout.splitlines()
    pins = [line for line in frozen if re.fullmatch(r"[\w.-]+==\S+", line)]
    return sorted(pins, key=lambda pin: pin.partition("==")[0].lower())


def _write(name: str, what: str, pins: list[str]) -> None:
    header = HEADER.format(what=what, python=".".join(map(str, sys.version_info[:3])))
    (ROOT / name).write_text(header + "\n".join(pins) + "\n", encoding="utf-8")
    sys.stdout.write(f"{name}: {len(pins)} packages\n")


if __name__ == "__main__":
    main()
