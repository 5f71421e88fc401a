"""Cleaning: a dataset with faults and its answer key become the dataset without them, from these alone.

The key is the column `edits` of the file itself, or the truth file beside it (or anywhere: `--key`). Neither the recipe nor the
manifest is asked, and files may have other names than they were written under. A folder of shards becomes a folder of shards.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from treadle.checks.edits import by_field, restored
from treadle.checks.findings import EDITS, SPANS
from treadle.checks.reading import READERS, ROWS, Layout, Part, Unreadable, read, read_lines
from treadle.corrupt.seals import SEAL, broken
from treadle.errors import EditError, UsageError
from treadle.pipeline import output_errors
from treadle.run.folders import packed, parts_of, replaced_folder
from treadle.run.rewriting import json_line, rewriter
from treadle.truth import DIGEST, digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Row = dict[str, Any]  # JSON values

TRUTH = ".truth.jsonl"
_LATER = {"state", "clean_start", "clean_end"}
"""What a span says of the faults around it."""


@dataclass
class Cleaned:
    """What became of a file: its records, those that had faults, and the edits taken back."""

    records: int = 0
    faulted: int = 0
    edits: int = 0


def clean(
    path: Path,
    output: Path,
    *,
    key: Path | None = None,
    overwrite: bool = False,
    raw_csv: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Cleaned:
    """Write the clean twin of a file or folder of shards; `output` has the format of `path`. The spans of clean texts are kept.

    Raises `UsageError` where a file is not there or no dataset, and `EditError` where the key is missing, cut short, changed, or
    belongs to other texts: then nothing is written.
    """
    _check_paths(path, output, key, overwrite=overwrite)
    done = Cleaned()
    if path.is_dir():
        with replaced_folder(output) as staged:
            for part in parts_of(path, tuple(READERS)):
                beside = _beside(part, None if key is None else key / (part.name + TRUTH))
                _take_back(part, staged / part.name, beside, done, raw_csv=raw_csv, progress=progress)
        return done
    staged = output.with_name(f".{output.name}.tmp")
    beside = _beside(path, key)
    try:
        _take_back(path, staged, beside, done, raw_csv=raw_csv, progress=progress)
        with output_errors(output):
            os.replace(staged, output)
            if beside:
                os.replace(_truth_of(staged), _truth_of(output))
    finally:
        for left in (staged, _truth_of(staged)):
            with suppress(OSError):
                left.unlink()
    return done


def _take_back(
    path: Path, output: Path, beside: Path | None, done: Cleaned, *, raw_csv: bool, progress: Callable[[int], None]
) -> None:
    """Write the clean twin of one file, and the truth file of its own where it has one."""
    before = done.records
    try:
        with output_errors(output), ExitStack() as files:
            out = files.enter_context(rewriter(path, output, raw_csv=raw_csv))
            truth = files.enter_context(_truth_of(output).open("wb")) if beside else None
            for rows, lines in _together(path, beside):
                fresh = _cleaned(rows, lines, done, before)
                out.write(fresh if truth is None else [_without(row, {SPANS}) for row in fresh])
                if truth is not None:
                    _write_truth(truth, fresh, lines, getattr(out, "neutralised", None))
                progress(len(rows))
            out.finish()
    except EditError as error:
        raise error if str(path) in str(error) else EditError(f"{path}: {error}") from error


def _check_paths(path: Path, output: Path, key: Path | None, *, overwrite: bool) -> None:
    if not path.exists():
        raise UsageError(f"dataset {path} is not there: name the file, or the folder, that treadle wrote")
    if key is not None and not (key.is_dir() if path.is_dir() else key.is_file()):
        kind, other = ("folder of truth files", "folder") if path.is_dir() else ("truth file", "file")
        raise UsageError(f"key {key} is not there, or no {other}: name the {kind} that treadle wrote with {path}")
    if packed(path):
        raise UsageError(f"dataset {path} is compressed: unpack it first, and its truth file if it has one")
    if not path.is_dir() and path.suffix.lower() != output.suffix.lower():
        raise UsageError(f"output {output}: expected a name that ends in {path.suffix}, as the dataset's does")
    if output.exists() and not overwrite:
        raise UsageError(f"output {output} is there already: add --overwrite to replace it, or choose another name")
    if output.resolve() == path.resolve():
        raise UsageError(f"output {output} is the dataset itself: choose another name")
    if path.is_dir() and path.resolve() in output.resolve().parents:
        raise UsageError(f"output {output} lies in the dataset itself: choose a folder beside it")


def _truth_of(path: Path) -> Path:
    return path.with_name(path.name + TRUTH)


def _beside(path: Path, key: Path | None) -> Path | None:
    """Return the truth file of a file; None where the key is in the file itself."""
    beside = key or _truth_of(path)
    return beside if beside.is_file() else None


def _together(path: Path, key: Path | None) -> Iterator[tuple[list[Row], list[Row]]]:
    """Yield rows, a few at a time, each with the line of the key that belongs to it (itself, where the key is inside)."""
    with closing(read(path, Layout([Part(path)]))) as rows, ExitStack() as files:
        lines = files.enter_context(closing(read_lines(key))) if key else None
        count = 0
        while items := list(islice(rows, ROWS)):
            held = [_whole(path, place, row, count + number) for number, (place, row) in enumerate(items)]
            keyed = held
            if lines is not None and key is not None:
                found = list(islice(lines, len(items)))
                if len(found) < len(items):
                    raise EditError(
                        f"key {key}: ends behind {count + len(found)} records, and {path} goes on: take the whole key that was "
                        "written with it"
                    )
                keyed = [_whole(key, place, line, count + number) for number, (place, line) in enumerate(found)]
            count += len(items)
            yield held, keyed
        if lines is not None and next(lines, None) is not None:
            raise EditError(f"key {key}: has more than the {count} records of {path}: take the key that belongs to it")


def _whole(path: Path, place: str, row: Any, number: int) -> Row:  # noqa: ANN401  # a row, or what stands in its place
    if isinstance(row, Unreadable):
        raise EditError(
            f"{path}, {place}: record {number} cannot be read ({row.found}): expected {row.expected}, as treadle wrote it"
        )
    return dict(row)


def _cleaned(rows: list[Row], lines: list[Row], done: Cleaned, before: int) -> list[Row]:
    """Return rows as they were before their faults; `before` is how many were done before their file."""
    first = done.records - before
    fresh = [_without(_plain(row, line), {EDITS}) for row, line in zip(rows, lines, strict=True)]
    for number, (row, line) in enumerate(zip(fresh, lines, strict=True)):
        _check_digest(row, line, first + number)
    listed = [_edits_of(line, first + number) for number, line in enumerate(lines)]
    altered = broken(listed)
    if altered is not None:
        raise EditError(
            f"record {first + altered}: its edits are not those that were written ({SEAL} differs): the key was changed "
            "or cut; take the one that was written with this file"
        )
    held = [by_field(own) for own in listed]
    for name in dict.fromkeys(name for each in held for name in each):
        missing = next((number for number, row in enumerate(fresh) if name not in row and name in held[number]), None)
        if missing is not None:
            raise EditError(
                f"record {first + missing}: the key has edits of {name!r}, and the dataset has no such column"
            )
        texts = restored([row.get(name) for row in fresh], [each.get(name, []) for each in held])
        for row, text, own in zip(fresh, texts, held, strict=True):
            if name in own:
                row[name] = text
    for row, line in zip(fresh, lines, strict=True):
        if SPANS in line:
            row[SPANS] = [_clean_span(span) for span in line[SPANS] or ()]
    done.records += len(rows)
    done.faulted += sum(map(bool, held))
    done.edits += sum(len(own) for each in held for own in each.values())
    return fresh


def _edits_of(line: Row, number: int) -> list[Any]:
    if EDITS not in line:
        raise EditError(
            f"record {number} has no column {EDITS!r}, and there is no truth file: the answer key was not kept (--truth none), "
            "or is elsewhere: name it with --key"
        )
    return line[EDITS] or []


def _plain(row: Row, line: Row) -> Row:
    """Return a row without the apostrophes that were put before cells, as its line of the key tells."""
    marked = set(line.get("csv_neutralised") or ())
    return {name: cell[1:] if name in marked and str(cell).startswith("'") else cell for name, cell in row.items()}


def _check_digest(row: Row, line: Row, number: int) -> None:
    if DIGEST not in line:
        return
    fields, _, expected = str(line[DIGEST]).rpartition(":")
    texts = [row.get(name) for name in fields.split(",")]
    seals = [each[SEAL] for each in line.get(EDITS) or () if isinstance(each, dict) and SEAL in each]
    if digest_of(texts, seals) != expected:
        raise EditError(
            f"record {number}: the key belongs to other texts, or was changed ({DIGEST} differs): take the key that was written "
            "with this file"
        )


def _clean_span(span: Row) -> Row:
    if "clean_start" not in span:
        return span
    moved = {**span, "start": span["clean_start"], "end": span["clean_end"]}
    return _without(moved, _LATER)


def _without(row: Row, names: set[str]) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _write_truth(file: Any, rows: list[Row], lines: list[Row], neutralised: list[list[str]] | None) -> None:  # noqa: ANN401  # a binary file
    """Write the truth of clean rows: their spans, and the cells that got an apostrophe."""
    for number, (row, line) in enumerate(zip(rows, lines, strict=True)):
        truth = {"record": line.get("record")} | ({SPANS: row[SPANS]} if SPANS in row else {})
        if neutralised is not None:
            truth["csv_neutralised"] = neutralised[number]
        file.write(json_line(truth))
