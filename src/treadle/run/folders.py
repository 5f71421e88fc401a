"""Folders of shards that are rewritten: their files in order, and a folder that is published by renaming once all are there."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

from treadle.errors import UsageError
from treadle.pipeline import output_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKED = (".gz", ".zst", ".bz2", ".xz", ".zip")
"""Suffixes of compressed files."""
_PART = re.compile(r"part-(\d+)\.\w+")
_OURS = re.compile(r"part-\d+\..*|manifest\.json|.*\.manifest\.json")


def packed(path: Path) -> bool:
    """Tell whether a file is compressed, or a folder holds a shard that is."""
    files = path.iterdir() if path.is_dir() else [path]
    return any(file.suffix.lower() in PACKED for file in files)


def parts_of(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Return the shards of a folder in order; raises `UsageError` where there are none, or one between two is missing."""
    found = sorted(
        (int(match[1]), file)
        for file in folder.iterdir()
        if (match := _PART.fullmatch(file.name)) and file.suffix.lower() in suffixes
    )
    if not found:
        raise UsageError(
            f"dataset {folder}: expected shards such as part-000000.jsonl, as treadle wrote them; found none"
        )
    for (one, file), (other, _) in pairwise(found):
        if other != one + 1:
            lacking = re.sub(r"\d+", f"{one + 1:0{len(_digits(file))}d}", file.name, count=1)
            raise UsageError(f"dataset {folder}: {lacking} is not there: copy the whole folder")
    return [file for _, file in found]


def _digits(file: Path) -> str:
    match = _PART.fullmatch(file.name)
    return match[1] if match else ""


@contextmanager
def replaced_folder(output: Path) -> Iterator[Path]:
    """Make a folder beside its destination, and rename it there when it is left without an error; an old one gives way to it.

    Raises `UsageError` where the old one holds other files than shards: these are nobody's to remove.
    """
    if output.exists() and not output.is_dir():
        raise UsageError(f"output {output} is a file, and the dataset a folder: choose another name")
    others = [file.name for file in output.iterdir() if not _OURS.fullmatch(file.name)] if output.exists() else []
    if others:
        raise UsageError(f"output {output} holds {others[0]}, which is no shard: choose another name")
    staged, old = (output.with_name(f".{output.name}.{end}") for end in ("tmp", "old"))
    with output_errors(output):
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
    try:
        yield staged
        with output_errors(output):
            if output.exists():
                shutil.rmtree(old, ignore_errors=True)
                os.replace(output, old)
            os.replace(staged, output)
    finally:
        for left in (staged, old):
            shutil.rmtree(left, ignore_errors=True)
