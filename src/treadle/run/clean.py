"""Cleaning: a dataset with faults and its answer key become the dataset without them, from these alone.

The key is the column `edits` of the file itself, or the truth file beside it (or anywhere: `--key`). Neither the recipe nor the
manifest is asked, and files may have other names than they were written under.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from treadle.checks.edits import by_field, restored
from treadle.checks.findings import EDITS, SPANS
from treadle.checks.reading import ROWS, Layout, Part, Unreadable, read, read_lines
from treadle.errors import EditError, UsageError
from treadle.pipeline import output_errors
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
    """Write the clean twin of a file; `output` has the format of `path`. The spans of the clean texts are kept.

    Raises `UsageError` where a file is not there or no dataset, and `EditError` where the key is missing, cut short, or belongs to
    other texts: then nothing is written.
    """
    beside = _key_of(path, output, key, overwrite=overwrite)
    staged, done = output.with_name(f".{output.name}.tmp"), Cleaned()
    staged_truth = staged.with_name(staged.name + TRUTH)
    try:
        with output_errors(output), ExitStack() as files:
            out = files.enter_context(rewriter(path, staged, raw_csv=raw_csv))
            truth = files.enter_context(staged_truth.open("wb")) if beside else None
            for rows, lines in _together(path, beside):
                fresh = _cleaned(rows, lines, done)
                out.write(fresh if truth is None else [_without(row, {SPANS}) for row in fresh])
                if truth is not None:
                    _write_truth(truth, fresh, lines, getattr(out, "neutralised", None))
                progress(len(rows))
            out.finish()
        with output_errors(output):
            os.replace(staged, output)
            if beside:
                os.replace(staged_truth, output.with_name(output.name + TRUTH))
    finally:
        for left in (staged, staged_truth):
            with suppress(OSError):
                left.unlink()
    return done


def _key_of(path: Path, output: Path, key: Path | None, *, overwrite: bool) -> Path | None:
    """Return the truth file; None where the key is in the file itself."""
    for each, what in ((path, "dataset"), (key, "key")):
        if each is not None and each.is_dir():
            part = next(
                (file.name for file in sorted(each.iterdir()) if file.stem.startswith("part-")), "part-000000.jsonl"
            )
            raise UsageError(f"{what} {each} is a folder: name its files one by one, as in {each / part}")
        if each is not None and not each.is_file():
            raise UsageError(f"{what} {each} is not there: name the file that treadle wrote")
    if path.suffix.lower() != output.suffix.lower():
        raise UsageError(f"output {output}: expected a name that ends in {path.suffix}, as the dataset's does")
    if output.exists() and not overwrite:
        raise UsageError(f"output {output} is there already: add --overwrite to replace it, or choose another name")
    if output.resolve() == path.resolve():
        raise UsageError(f"output {output} is the dataset itself: choose another name")
    beside = key or path.with_name(path.name + TRUTH)
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


def _cleaned(rows: list[Row], lines: list[Row], done: Cleaned) -> list[Row]:
    """Return rows as they were before their faults."""
    fresh = [_without(_plain(row, line), {EDITS}) for row, line in zip(rows, lines, strict=True)]
    for number, (row, line) in enumerate(zip(fresh, lines, strict=True)):
        _check_digest(row, line, done.records + number)
    held = [by_field(_edits_of(line, done.records + number)) for number, line in enumerate(lines)]
    for name in dict.fromkeys(name for each in held for name in each):
        missing = next((number for number, row in enumerate(fresh) if name not in row and name in held[number]), None)
        if missing is not None:
            raise EditError(
                f"record {done.records + missing}: the key has edits of {name!r}, and the dataset has no such column"
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
    if digest_of(texts) != expected:
        raise EditError(
            f"record {number}: the key belongs to other texts ({DIGEST} differs): take the key that was written with this file"
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
