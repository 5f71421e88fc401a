"""The staging folder of an output: where a run lives until it is finished, held by one run at a time."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from treadle.errors import UsageError
from treadle.pipeline import output_errors
from treadle.run.manifest import write_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_WORDS = {"first": "first record", "last": "last record", "shard_size": "shard size", "recipe_version": "version"}
"""Settings as a message names them, where that is not their own name."""


def staging_of(output: Path) -> Path:
    """Return the staging folder of an output."""
    return output.parent / f".{output.name}.run"


@contextmanager
def open_staging(
    output: Path,
    settings: dict[str, Any],  # JSON values
    *,
    overwrite: bool,
) -> Iterator[Path]:
    """Open the staging folder: a new one, or that of the same run when it was stopped.

    Raises `UsageError` where another run holds it, or an unfinished one with other settings is there and is not to be overwritten.
    """
    staging = staging_of(output)
    with output_errors(staging):
        staging.mkdir(exist_ok=True)
        lock = (staging / "lock").open("w")
    with lock:
        _lock(lock, output)
        described = staging / "run.json"
        found = read_json(described)
        if found != settings and (overwrite or not _has_shards(staging)):
            _empty(staging)
        elif described.exists() and found != settings:
            different = [
                _WORDS.get(name, name)
                for name, value in settings.items()
                if not isinstance(found, dict) or found.get(name) != value
            ]
            raise UsageError(
                f"{staging} holds an unfinished run with another {', '.join(different)}: finish it with its own settings, or "
                "add --overwrite to begin anew"
            )
        write_json(described, settings)
        yield staging


def _has_shards(staging: Path) -> bool:
    """Tell whether an unfinished run has anything that would be lost."""
    try:
        return (staging / "shards.jsonl").stat().st_size > 0
    except OSError:
        return False


def _empty(staging: Path) -> None:
    for each in staging.iterdir():
        if each.name != "lock":
            shutil.rmtree(each) if each.is_dir() else each.unlink()


def _lock(lock: TextIO, output: Path) -> None:
    try:
        import fcntl  # noqa: PLC0415  # not on Windows, where two runs on one output are not noticed
    except ImportError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise UsageError(
            f"another run is writing {output} at this moment: wait for it, or choose another name"
        ) from error


def read_json(path: Path) -> Any:  # noqa: ANN401  # any JSON value
    """Return the content of a JSON file, None where it is not there or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
