"""Reads raw logs of any size into normalized records: plain, gzip or zstd; what cannot be read is kept, with place and reason."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa

import treadle as td
from treadle.packs.logs.domain import Domain, Form, ParseError, Read, json_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    """What became of the lines of a log: how many there were, how many records they gave, and how many were rejected, by reason.

    `others` counts what lines hold beside records of the domain, such as spans of other programs.
    """

    form: str
    lines: int = 0
    records: int = 0
    rejected: int = 0
    others: int = 0
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
        raise td.UsageError(
            f"{source} is {'no file' if source.exists() else 'not there'}: expected a log, plain or compressed with gzip or zstd"
        )
    if form and form not in domain.forms:
        raise td.UsageError(f"form={form!r}: expected one of {', '.join(domain.forms)}")
    for each in (output, rejects):
        if each.is_dir():
            raise td.UsageError(f"output {each} is a folder: expected a file of JSON lines")
        if each.exists() and not overwrite:
            raise td.UsageError(
                f"output {each} is there already: add --overwrite to replace it, or choose another name"
            )
    staged = [path.with_name(path.name + ".tmp") for path in (output, rejects)]
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with staged[0].open("wb") as records, staged[1].open("wb") as rejected:
            done = _Reader(domain, form, records, rejected, progress).read(source)
        staged[0].replace(output)
        if done.rejected:
            staged[1].replace(rejects)
        elif overwrite:
            rejects.unlink(missing_ok=True)
    except OSError as error:
        raise td.TreadleError(f"cannot write {output}: {error.strerror or error}") from error
    finally:
        for path in staged:
            path.unlink(missing_ok=True)
    return done


Numbered = tuple[Sequence[int], list[str]]
"""Numbers of lines, and the lines; of a block, the number of its first."""


class _Reader:
    def __init__(
        self, domain: Domain, form: str, records: BinaryIO, rejects: BinaryIO, progress: Callable[[int], None]
    ) -> None:
        self._domain, self._form = domain, domain.forms[form] if form else None
        self._records, self._rejects, self._progress = records, rejects, progress
        self._done = Parsed(form)
        self._waiting: list[str] = []
        self._began = 0

    def read(self, source: Path) -> Parsed:
        with opened(source) as stream:
            for numbers, lines in self._blocks(self._left_over(chunks(stream, self._too_long))):
                if lines:
                    self._take(numbers, lines)
                self._progress(len(lines))
        if self._form is None:
            self._done.form = "none"
        return self._done

    def _left_over(self, given: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
        """Read by columns what can be, and yield the other lines in their order, as they came."""
        for first, raw in given:
            if self._form is None:
                self._form = self._recognised([each.decode("utf-8", "replace") for each in raw.split(b"\n", 100)[:100]])
            if self._form is None or self._form.columns is None or not _is_text(raw):
                yield first, raw
                continue
            taken = self._form.columns(raw + b"\n")
            if self._form.begins is not None:  # a line that is left over may belong to those next to it
                taken = taken.without_neighbours()
            begins = [*taken.begins.tolist(), len(raw) + 1]
            for start, end, good in taken.runs():
                if good:
                    self._take_waiting()
                    self._records.write(taken.records(start, end))
                    self._done.lines += end - start
                    self._done.records += end - start
                    self._progress(end - start)
                else:
                    yield first + start, raw[begins[start] : begins[end] - 1]

    def _too_long(self, line: int, size: int) -> None:
        self._done.lines += 1
        self._reject(line, 1, f"the line has more than {size} bytes", "")

    def _blocks(self, given: Iterator[tuple[int, bytes]]) -> Iterator[Numbered]:
        """Yield lines behind their numbers, or blocks of lines where the form has such, many at a time."""
        for first, raw in given:
            numbers, lines = self._decoded(first, raw)
            if self._form is None:
                self._form = self._recognised(lines)
            form = self._form
            if form is None or form.begins is None:
                yield numbers, lines
                continue
            blocks: list[tuple[int, str]] = []
            for number, text in zip(numbers, lines, strict=True):
                if form.is_output(text):
                    self._reject(number, 1, f"expected a line of the form {form.name}", text)
                    continue
                waiting = self._waiting
                if waiting and (form.begins(waiting, text) or len(waiting) == MOST_LINES):
                    blocks.append((self._began, "\n".join(waiting)))
                    waiting.clear()
                self._began = self._began if waiting else number
                waiting.append(text)
            yield [number for number, _ in blocks], [text for _, text in blocks]
        self._take_waiting()

    def _take_waiting(self) -> None:
        """Read the block that might have gone on."""
        if self._waiting:
            self._take([self._began], ["\n".join(self._waiting)])
            self._waiting.clear()

    def _decoded(self, first: int, raw: bytes) -> Numbered:
        """Return the lines that hold something, and their numbers; those that are no UTF-8 are rejected."""
        try:
            lines = raw.decode().split("\n")
        except UnicodeDecodeError:
            lines = [self._decoded_or_rejected(number, line) for number, line in enumerate(raw.split(b"\n"), first)]
        if b"\r" in raw:
            lines = [line.removesuffix("\r") for line in lines]
        numbers: Sequence[int] = range(first, first + len(lines))
        if not all(lines) or any(map(str.isspace, lines)):
            kept = [place for place, line in enumerate(lines) if line and not line.isspace()]
            numbers, lines = [first + place for place in kept], [lines[place] for place in kept]
        self._done.lines += len(lines)
        return numbers, lines

    def _decoded_or_rejected(self, number: int, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            column = len(line[: error.start].decode()) + 1
            self._done.lines += 1
            self._reject(
                number,
                column,
                f"byte 0x{line[error.start]:02x} is not UTF-8",
                line.decode("utf-8", "backslashreplace"),
            )
            return ""

    def _recognised(self, lines: Sequence[str]) -> Form | None:
        """Return the form that the first lines have: a log may begin with a line or two that are none."""
        for line in lines[:100]:
            for form in self._domain.forms.values():
                if form.recognise(line):
                    self._done.form = form.name
                    return form
        return None

    def _take(self, numbers: Sequence[int], lines: list[str]) -> None:
        if self._form is None:
            for number, text in zip(numbers, lines, strict=True):
                self._reject(number, 1, f"expected a line of one of the forms {', '.join(self._domain.forms)}", text)
            return
        read = (self._form.bulk or _one_by_one(self._form))(lines)
        self._records.write(read.lines)
        self._done.records += read.records
        self._done.others += read.others
        for place, error in read.errors.items():
            self._reject(numbers[place] + getattr(error, "line", 0), error.column, error.reason, lines[place])

    def _reject(self, line: int, column: int, reason: str, text: str) -> None:
        entry = {"line": line, "column": column, "reason": reason, "text": text[:SHOWN]}
        self._done.rejected += 1
        self._done.reasons[re.sub(r"[0-9]+|'[^']*'|found .*", "...", reason)] += 1
        if len(self._done.first) < 3:
            self._done.first.append(entry)
        self._rejects.write((json.dumps(entry, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace"))


def _is_text(raw: bytes) -> bool:
    """Tell whether bytes are UTF-8."""
    if raw.isascii():
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


MOST_LINES = 100_000
"""Lines of the longest block."""


def _one_by_one(form: Form) -> Callable[[list[str]], Read]:
    def read(lines: list[str]) -> Read:
        written, errors = list[bytes](), dict[int, ParseError]()
        for place, line in enumerate(lines):
            try:
                written.append(json_line(form.parse(line)) + b"\n")
            except ParseError as error:
                errors[place] = error
        return Read(b"".join(written), len(written), errors)

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
) -> Iterator[tuple[int, bytes]]:  # pyarrow has no types
    """Yield whole lines of a stream, many at once as one text without its last end, behind the number of the first (from 1)."""
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
        block = rest + block
        end = block.rfind(b"\n")
        rest = block[end + 1 :]
        if end >= 0:
            yield number, block[:end]
            number += block.count(b"\n", 0, end + 1)
        if len(rest) > LONGEST:
            too_long(number, LONGEST)
            rest, skipping = b"", True
    if rest:
        yield number, rest
