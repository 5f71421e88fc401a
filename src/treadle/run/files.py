"""Runs into a folder: every file that a recipe names, for one recipe or for all packs of a kind."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.errors import UsageError, unknown
from treadle.pipeline import output_errors
from treadle.run.domains import domain_of, records_of
from treadle.run.manifest import write_json
from treadle.run.source import Source, members
from treadle.run.staging import read_json
from treadle.run.together import Together
from treadle.sinks import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from treadle.recipe import File
    from treadle.run.runner import Settings

FOLDER = "data/synthetic"
"""Where files go that no output is named for."""
KINDS = ("valid", "raw", "invalid")
INVALID = "raw/{name}_invalid.jsonl"
MOST_INVALID = 1_000
"""Invalid entries that are made for a count above it; there is always one for each rule."""


@dataclass(frozen=True)
class Wanted:
    """Which files are written: for the packs of a kind or one recipe, under which name, in which folder, and of which kinds."""

    reference: str
    folder: Path
    name: str = ""
    kinds: Sequence[str] = KINDS
    options: Mapping[str, str] | None = None
    vocabularies: Sequence[tuple[str, str]] = ()

    def check(self) -> None:
        """Raise `UsageError` for a name or kind that cannot be."""
        if any(mark in self.name for mark in ("/", "\\", "\0")) or self.name in {".", ".."}:
            raise UsageError(f"name={self.name!r}: expected a file's name, without slashes")
        for kind in self.kinds:
            if kind not in KINDS:
                raise UsageError(unknown("kind of file", kind, KINDS))

    def named(self) -> dict[str, str]:
        """Return the name of each recipe's files: the one given, with the pack's behind it where there are several."""
        found = members(self.reference)
        short = {each: Path(each).name.removesuffix(".py").rpartition(".")[2] for each in found}
        if found == [self.reference]:
            return {found[0]: self.name or short[found[0]]}
        return {each: f"{self.name}_{short[each]}" if self.name else short[each] for each in found}


def writes_files(reference: str, output: str) -> bool:
    """Tell whether a run into this output writes the files that a recipe names: the output is a folder, or none is given."""
    if Path(output).suffix.lower() in {suffix for each in FORMATS.values() for suffix in each.suffixes}:
        return False
    found = members(reference)
    return found != [reference] or bool(Source.of(reference).load().files)


def run_files(
    wanted: Wanted, settings: Settings, progress: Callable[[int], None] = lambda _: None
) -> list[tuple[Path, int]]:
    """Write all files, each with its manifest; return their paths and numbers of lines. Raises as `run` does.

    The files of one recipe are written together, so that each record is drawn once. A run that was stopped goes on where it was,
    and keeps the files that it had finished.
    """
    wanted.check()
    written: list[tuple[Path, int]] = []
    with output_errors(wanted.folder):
        wanted.folder.mkdir(parents=True, exist_ok=True)
    note = Note.of(wanted, settings)
    for reference, name in wanted.named().items():
        recipe = Source.of(reference, (), list(wanted.vocabularies), wanted.options).load()
        files = [file for file in recipe.files if kind_of(file) in wanted.kinds]
        written += _write(files, wanted, settings, progress, note, reference=reference, name=name)
        if "invalid" in wanted.kinds:
            written += _write_invalid(reference, name, wanted.folder, settings, note)
    note.end()
    return written


def total(wanted: Wanted, records: int) -> int:
    """Return how many lines are written in all, for a bar of progress."""
    files = [file for each in wanted.named() for file in Source.of(each).load().files if kind_of(file) in wanted.kinds]
    return len(files) * records


def kind_of(file: File) -> str:
    """Return whether a file holds records, or raw lines."""
    return "raw" if file.name.startswith("raw/") else "valid"


class Note:
    """A note beside the files of a run of several, until all are there: which of them it has finished, so that these are kept."""

    def __init__(self, path: Path, settings: dict[str, Any], done: Sequence[str]) -> None:  # JSON values
        """Take where the note stands, what the run is, and the files that are finished."""
        self._path, self._settings, self._done = path, settings, list(done)

    @classmethod
    def of(cls, wanted: Wanted, settings: Settings) -> Note:
        """Return the note of this run, if it was stopped, or a new one."""
        path = wanted.folder / f".{wanted.name or Path(wanted.reference).name}.files"
        own = {"reference": wanted.reference, "seed": settings.seed, "records": [settings.first, settings.last]}
        own |= {"options": dict(wanted.options or {}), "vocabularies": [list(each) for each in wanted.vocabularies]}
        found = read_json(path)
        same = isinstance(found, dict) and found.get("run") == own
        return cls(path, own, found["done"] if same else [])

    def finishes(self, paths: Sequence[Path]) -> None:
        """Note that files are about to be renamed into place."""
        self._done += [path.name for path in paths]
        write_json(self._path, {"run": self._settings, "done": self._done})

    def has(self, path: Path) -> bool:
        """Tell whether a file was finished before the run was stopped."""
        return path.name in self._done and path.exists()

    def end(self) -> None:
        """Take the note away."""
        self._path.unlink(missing_ok=True)


def _write(
    files: Sequence[File],
    wanted: Wanted,
    settings: Settings,
    progress: Callable[[int], None],
    note: Note,
    *,
    reference: str,
    name: str,
) -> list[tuple[Path, int]]:
    """Write files of one recipe, and return their paths and numbers of lines, in the order given."""
    if not files:
        return []
    paths = [wanted.folder / file.name.replace("{name}", name) for file in files]
    whole = Together.of(
        [Source.of(reference, file.columns, list(wanted.vocabularies), wanted.options) for file in files],
        [
            replace(settings, output=path, format=file.format or None, truth="none", folder=False)
            for path, file in zip(paths, files, strict=True)
        ],
    )
    lines = {path: manifest.rows for path, manifest in whole.finished().items() if note.has(path)}
    progress(sum(lines.values()))
    left = whole.without(lines)
    if left.settings:
        made = left.run(progress, lambda: note.finishes(left.paths))
        lines |= {path: manifest.rows for path, manifest in zip(left.paths, made, strict=True)}
    return [(path, lines[path]) for path in paths]


def _write_invalid(reference: str, name: str, folder: Path, settings: Settings, note: Note) -> list[tuple[Path, int]]:
    """Write the entries that must be rejected, where the pack has any."""
    domain = domain_of(reference)
    if domain is None:
        return []
    path = folder / INVALID.replace("{name}", name)
    if note.has(path):
        with path.open("rb") as file:
            return [(path, sum(1 for _ in file))]
    if path.exists() and not settings.overwrite:
        raise UsageError(f"output {path} is there already: add --overwrite to replace it, or choose another name")
    count = min(settings.last - settings.first, MOST_INVALID)
    staged, lines = path.with_name(path.name + ".tmp"), 0
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with staged.open("w", encoding="utf-8", newline="\n") as file:
            for line in domain.invalid_lines(records_of(reference, settings.seed), count):
                file.write(line + "\n")
                lines += 1
        note.finishes([path])
        os.replace(staged, path)
    return [(path, lines)]
