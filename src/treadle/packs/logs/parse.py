"""Reads raw logs of any size into normalized records: plain, gzip or zstd; what cannot be read is kept, with place and reason."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa

import treadle as td
from treadle.packs.logs.domain import Domain, Form, ParseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CHUNK = 8 << 20
"""Bytes read at once."""
LONGEST = 16 << 20
"""Bytes of the longest line that is read; a longer one is rejected without being kept whole."""
LARGEST = 1 << 42
"""Bytes that a compressed file may unfold to: what says it holds more is no log."""
SHOWN = 4096
"""Characters of a rejected line that are kept where it is longer."""
_COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


@dataclass
class Parsed:
    """What became of the lines of a log: how many there were, how many records they gave, and how many were rejected, by reason."""

    form: str
    lines: int = 0
    records: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    first: list[dict[str, Any]] = field(default_factory=list)  # JSON values


def parse(
    domain: Domain,
    source: str | Path,
    output: str | Path,
    *,
    form: str = "",
    overwrite: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Parsed:
    """Read a raw log into JSON lines, and what could not be read into `OUTPUT.rejects.jsonl`; memory does not grow with the file.

    `form` is that of the log, by its name; without it, the first line that is not empty tells. Raises `UsageError` where the log is
    not there, where no form fits, or where the output is there already.
    """
    source, output = Path(source), Path(output)
    rejects = output.with_name(output.name.removesuffix(".jsonl") + ".rejects.jsonl")
    if not source.is_file():
        raise td.UsageError(f"{source} is not there: expected a log, plain or compressed with gzip or zstd")
    if form and form not in domain.forms:
        raise td.UsageError(f"form={form!r}: expected one of {', '.join(domain.forms)}")
    for each in (output, rejects):
        if each.exists() and not overwrite:
            raise td.UsageError(
                f"output {each} is there already: add --overwrite to replace it, or choose another name"
            )
    output.parent.mkdir(parents=True, exist_ok=True)
    staged = [path.with_name(path.name + ".tmp") for path in (output, rejects)]
    try:
        with staged[0].open("wb") as records, staged[1].open("wb") as rejected:
            done = _Reader(domain, form, records, rejected, progress).read(source)
        staged[0].replace(output)
        if done.rejected:
            staged[1].replace(rejects)
        elif overwrite:
            rejects.unlink(missing_ok=True)
    finally:
        for path in staged:
            path.unlink(missing_ok=True)
    return done


class _Reader:
    def __init__(
        self, domain: Domain, form: str, records: BinaryIO, rejects: BinaryIO, progress: Callable[[int], None]
    ) -> None:
        self._domain, self._form = domain, domain.forms[form] if form else None
        self._records, self._rejects, self._progress = records, rejects, progress
        self._done = Parsed(form)

    def read(self, source: Path) -> Parsed:
        with opened(source) as stream:
            for first, lines in self._blocks(chunks(stream, self._too_long)):
                self._take(first, lines)
                self._progress(len(lines))
        if self._form is None:
            self._done.form = "none"
        return self._done

    def _too_long(self, line: int, size: int) -> None:
        self._done.lines += 1
        self._reject(line, 1, f"the line has more than {size} bytes", "")

    def _blocks(self, given: Iterator[tuple[int, list[bytes]]]) -> Iterator[tuple[int, list[tuple[int, str]]]]:
        """Yield numbered lines, or blocks of lines where the form has such, many at a time."""
        waiting: list[tuple[int, str]] = []
        for first, raw in given:
            lines = self._decoded(first, raw)
            if self._form is None:
                self._form = self._recognised(lines)
            begins = self._form.begins if self._form is not None else None
            if begins is None:
                yield first, lines
                continue
            blocks: list[tuple[int, str]] = []
            for number, text in lines:
                if self._form is not None and self._form.is_output(text):
                    self._reject(number, 1, f"expected a line of the form {self._form.name}", text)
                    continue
                if waiting and begins([line for _, line in waiting], text):
                    blocks.append(_block(waiting))
                    waiting = []
                waiting.append((number, text))
                if len(waiting) > MOST_LINES:
                    blocks.append(_block(waiting))
                    waiting = []
            yield first, blocks
        if waiting:
            yield waiting[0][0], [_block(waiting)]

    def _decoded(self, first: int, raw: list[bytes]) -> list[tuple[int, str]]:
        found = []
        for number, line in enumerate(raw, first):
            if not line.strip():
                continue
            self._done.lines += 1
            try:
                found.append((number, line.decode()))
            except UnicodeDecodeError as error:
                column = len(line[: error.start].decode()) + 1
                self._reject(
                    number,
                    column,
                    f"byte 0x{line[error.start]:02x} is not UTF-8",
                    line.decode("utf-8", "backslashreplace"),
                )
        return found

    def _recognised(self, lines: list[tuple[int, str]]) -> Form | None:
        """Return the form that the first lines have: a log may begin with a line or two that are none."""
        for _, line in lines[:100]:
            for form in self._domain.forms.values():
                if form.recognise(line):
                    self._done.form = form.name
                    return form
        return None

    def _take(self, first: int, lines: list[tuple[int, str]]) -> None:
        if self._form is None:
            for number, text in lines:
                self._reject(number, 1, f"expected a line of one of the forms {', '.join(self._domain.forms)}", text)
            return
        read = self._form.bulk or _one_by_one(self._form)
        written, errors = read([text for _, text in lines]) if lines else ([], {})
        if written:
            self._records.write(("\n".join(written) + "\n").encode("utf-8", "surrogatepass"))
        self._done.records += len(written)
        for place, error in errors.items():
            number, text = lines[place]
            self._reject(number + getattr(error, "line", 0), error.column, error.reason, text)
        del first

    def _reject(self, line: int, column: int, reason: str, text: str) -> None:
        entry = {"line": line, "column": column, "reason": reason, "text": text[:SHOWN]}
        self._done.rejected += 1
        self._done.reasons[re.sub(r"[0-9]+|'[^']*'|found .*", "...", reason)] += 1
        if len(self._done.first) < 3:
            self._done.first.append(entry)
        self._rejects.write((json.dumps(entry, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace"))


MOST_LINES = 100_000
"""Lines of the longest block."""


def _block(lines: Sequence[tuple[int, str]]) -> tuple[int, str]:
    return lines[0][0], "\n".join(text for _, text in lines)


def _one_by_one(form: Form) -> Callable[[list[str]], tuple[list[str], dict[int, ParseError]]]:
    def read(lines: list[str]) -> tuple[list[str], dict[int, ParseError]]:
        written, errors = list[str](), dict[int, ParseError]()
        for place, line in enumerate(lines):
            try:
                written.append(json.dumps(form.parse(line), ensure_ascii=False, separators=(",", ":")))
            except ParseError as error:
                errors[place] = error
        return written, errors

    return read


@contextmanager
def opened(source: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, unfolded where it is compressed with gzip or zstd: its first bytes tell."""
    with source.open("rb") as file:
        head = file.read(4)
    kind = next((name for mark, name in _COMPRESSIONS.items() if head.startswith(mark)), None)
    with pa.input_stream(str(source), compression=kind, buffer_size=1 << 20) as stream:
        yield stream


def chunks(
    stream: BinaryIO, too_long: Callable[[int, int], None]
) -> Iterator[tuple[int, list[bytes]]]:  # pyarrow has no types
    """Yield the lines of a stream, many at once, behind the number of the first (from 1); without their line ends."""
    number, rest, skipping, total = 1, b"", False, 0
    while True:
        try:
            block = stream.read(CHUNK)
        except OSError as error:
            raise td.UsageError(f"line {number}: the file cannot be unfolded ({error}): is it whole?") from error
        total += len(block)
        if total > LARGEST:
            raise td.UsageError(f"the log unfolds to more than {LARGEST} bytes: cut it in parts")
        if not block:
            break
        if skipping:
            end = block.find(b"\n")
            if end < 0:
                continue
            block, skipping, number = block[end + 1 :], False, number + 1
        *lines, rest = (rest + block).split(b"\n")
        if lines:
            yield number, [line[:-1] if line.endswith(b"\r") else line for line in lines]
            number += len(lines)
        if len(rest) > LONGEST:
            too_long(number, LONGEST)
            rest, skipping = b"", True
    if rest:
        yield number, [rest.removesuffix(b"\r")]
