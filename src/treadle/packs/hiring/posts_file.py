"""Reads a user's own job posts from CSV, JSON lines or Parquet: what can be read, and what cannot and why.

Lines are read one at a time and capped, so that a file of any shape is read in little memory. Each line is UTF-8, or else
Windows-1252; HTML becomes text; texts that are there several times are kept once.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from treadle import UsageError
from treadle.packs.hiring.markup import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST = 100_000
"""Characters of the longest post that is taken."""
LONGEST_LINE = 8 << 20
"""Bytes of the longest line that is read."""
LARGEST = 8 << 30
"""Bytes of a file, decompressed, behind which reading stops."""
MOST_BROKEN = 1_000
"""Rows of a CSV file that cannot be read before it counts as something else."""
TITLES = ("title", "job_title", "jobtitle", "job title", "position", "position_title", "role_title", "name")
TEXTS = (
    "text",
    "description",
    "job_description",
    "job description",
    "jobdescription",
    "job_skill_text",
    "body",
    "content",
    "posting",
)
"""Columns that are looked for where none is named."""
COMPANIES = ("company", "company_name", "employer", "organization", "organisation")
SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
PACKED = {".gz": "gzip", ".zst": "zstd"}
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u2028\u2029\ufeff]")
_RUNS = re.compile(r"[ \t\u00a0]+(?=\n)|\n{3,}")


@dataclass(frozen=True)
class Post:
    """One post as it was read: its line (or row, in Parquet), title, text, and company where the file tells it."""

    row: int
    title: str
    text: str
    company: str = ""


@dataclass
class PostsFile:
    """What a file holds: posts, and what became of everything else."""

    path: Path
    sha256: str = ""
    posts: list[Post] = field(default_factory=list)
    rejects: list[dict[str, str | int]] = field(default_factory=list)
    read: int = 0
    recoded: int = 0

    def reject(self, row: int, reason: str, title: str = "") -> None:
        """Note that a row was left out."""
        self.rejects.append({"row": row, "reason": reason, "title": title[:200]})

    def reasons(self) -> Counter[str]:
        """Count what was left out, by its reason."""
        return Counter(re.sub(r" \(.*", "", str(each["reason"])) for each in self.rejects)


@dataclass(frozen=True)
class Columns:
    """The columns that posts are in."""

    title: str
    text: str
    company: str = ""


def read_posts(path: str | Path, title: str = "", text: str = "") -> PostsFile:
    """Read a file of posts; `title` and `text` name its columns, where they are not called so or alike.

    Raises `UsageError` where the file cannot be read, has no such columns, or holds no post.
    """
    found = PostsFile(Path(path))
    suffix, packed = _suffixes(found.path)
    found.sha256 = _hash(found.path)
    read = _read_parquet if suffix == ".parquet" else _read_json if suffix in {".jsonl", ".ndjson"} else _read_csv
    seen: dict[str, int] = {}
    try:
        for row, cells in read(found, packed, title, text):
            found.read += 1
            _take(found, row, cells, seen)
    except (OSError, EOFError, pa.ArrowException) as error:
        raise UsageError(f"jobs={str(path)!r}: cannot be read as {suffix[1:]} ({error})") from error
    if not found.read and not found.rejects:
        raise UsageError(f"jobs={str(path)!r}: holds no rows: expected a post on each")
    return found


def _suffixes(path: Path) -> tuple[str, str]:
    """Return the suffix that tells the format, and that of the compression."""
    suffixes = [each.lower() for each in path.suffixes]
    packed = suffixes.pop() if suffixes and suffixes[-1] in PACKED else ""
    suffix = suffixes[-1] if suffixes else ""
    if suffix not in SUFFIXES or (packed and suffix == ".parquet"):
        raise UsageError(
            f"jobs={str(path)!r}: expected a file that ends in {', '.join(SUFFIXES[:-1])} (these also in .gz or .zst) or .parquet"
        )
    if not path.is_file():
        raise UsageError(f"jobs={str(path)!r}: is not there: expected a file of job posts")
    return suffix, packed


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"jobs={str(path)!r}: cannot be read ({error.strerror})") from error


def _take(found: PostsFile, row: int, cells: tuple[str, str, str], seen: dict[str, int]) -> None:
    """Keep a row as a post, or note why not."""
    title = " ".join(plain(_clean(cells[0])).split())
    if len(cells[1]) > 4 * MOST:
        found.reject(row, f"too long ({len(cells[1]):,} characters, at most {MOST:,})", title)
        return
    text = _RUNS.sub(lambda run: "\n\n" if run.group().startswith("\n\n") else "", plain(_clean(cells[1]))).strip()
    if len(text) > MOST or len(title) > 1_000:
        found.reject(row, f"too long ({max(len(text), len(title)):,} characters, at most {MOST:,})", title)
    elif not text:
        found.reject(row, "no text", title)
    elif text in seen:
        found.reject(row, f"text is there already (row {seen[text]})", title)
    else:
        seen[text] = row
        found.posts.append(Post(row, title, text, " ".join(plain(_clean(cells[2])).split())[:200]))


def _clean(text: str) -> str:
    """Return text in NFC with plain line ends, without control characters and halves of characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u0085", "\n")
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if not text.isascii() else text
    return unicodedata.normalize("NFC", _CONTROLS.sub(" ", text))


def columns_of(path: Path, names: Sequence[str], title: str, text: str) -> Columns:
    """Find the columns of posts among those of a file; raises `UsageError` where one is missing."""
    lower = {name.strip().lower(): name for name in reversed(names)}

    def find(asked: str, usual: Sequence[str], what: str) -> str:
        hits = [asked] if asked in names else [] if asked else [lower[each] for each in usual if each in lower]
        if hits:
            return hits[0]
        listed = ", ".join(map(repr, names[:12])) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
        raise UsageError(
            f"jobs={str(path)!r}: no column {asked or what!r}: its columns are {listed}; say which holds the {what} with "
            f"--jobs-{what} COLUMN"
        )

    body = find(text, TEXTS, "text")
    company = next((lower[each] for each in COMPANIES if each in lower), "")
    return Columns(find(title, TITLES, "title"), body, company)


class _Lines:
    """The lines of a file as text, with their numbers; those that are too long are skipped and noted."""

    def __init__(self, found: PostsFile, packed: str) -> None:
        self.found, self.number, self.back = found, 0, []  # type: ignore[var-annotated]
        raw = pa.input_stream(str(found.path), compression=PACKED.get(packed))
        self._file = BufferedReader(raw, 1 << 20)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.back:
            self.number, line = self.back.pop()
            return str(line)
        while True:
            line = self._file.readline(LONGEST_LINE)
            if not line:
                raise StopIteration
            self.number += 1
            if len(line) < LONGEST_LINE or line.endswith(b"\n"):
                return self._decoded(line)
            self._skip(len(line))

    def _skip(self, size: int) -> None:
        """Read on to the end of a line that is too long."""
        while rest := self._file.readline(1 << 20):
            size += len(rest)
            if size > LARGEST:
                raise UsageError(f"jobs={str(self.found.path)!r}: line {self.number} is longer than {LARGEST:,} bytes")
            if rest.endswith(b"\n"):
                break
        self.found.read += 1
        self.found.reject(self.number, f"line too long ({size:,} bytes, at most {LONGEST_LINE:,})")

    def _decoded(self, line: bytes) -> str:
        if self.number == 1:
            if line.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise UsageError(f"jobs={str(self.found.path)!r}: is UTF-16: save the file as UTF-8")
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self.found.recoded += 1
            return line.decode("cp1252", "replace")


def _read_csv(found: PostsFile, packed: str, title: str, text: str) -> Iterator[tuple[int, tuple[str, str, str]]]:
    lines = _Lines(found, packed)
    first = next((line for line in lines if line.strip()), "")
    if not first:
        return
    delimiter = max(",;\t|", key=first.count)
    try:
        names = next(csv.reader([first], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise UsageError(f"jobs={str(found.path)!r}: its first line is no line of column names ({error})") from error
    columns = columns_of(found.path, [name.strip() for name in names], title, text)
    places = [[name.strip() for name in names].index(name) if name else -1 for name in vars(columns).values()]
    for row, cells in _rows(found, lines, delimiter):
        if len(cells) <= max(places[:2]):
            found.read += 1
            found.reject(row, f"too few cells ({len(cells)} of {len(names)})", cells[0] if cells else "")
            continue
        yield row, tuple(cells[place] if 0 <= place < len(cells) else "" for place in places)  # type: ignore[misc]


def _rows(found: PostsFile, lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV file with the numbers of their first lines; goes on behind one that is broken."""
    broken = 0
    while True:
        used: list[tuple[int, str]] = []
        reader = csv.reader(_noting(lines, used), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                row = used[0][0]
                used.clear()
                if cells and any(cell.strip() for cell in cells):
                    yield row, cells
        except csv.Error as error:
            broken += 1
            found.read += 1
            found.reject(used[0][0], f"no row of CSV ({error})", used[0][1])
            if broken > MOST_BROKEN:
                raise UsageError(
                    f"jobs={str(found.path)!r}: more than {MOST_BROKEN:,} rows are no CSV, the last on line {used[0][0]}: {error}"
                ) from error
            lines.back = list(reversed(used[1:]))
            continue
        return


def _noting(lines: _Lines, used: list[tuple[int, str]]) -> Iterator[str]:
    for line in lines:
        used.append((lines.number, line))
        yield line


def _read_json(found: PostsFile, packed: str, title: str, text: str) -> Iterator[tuple[int, tuple[str, str, str]]]:
    lines = _Lines(found, packed)
    waiting: list[tuple[int, dict[str, Any]]] = []  # JSON values
    columns: Columns | None = None
    for row, entry in _objects(found, lines):
        if columns is None:
            waiting.append((row, entry))
            if len(waiting) < 100:  # a look at these tells which columns there are
                continue
            columns = _json_columns(found, waiting, title, text)
            yield from _cells(waiting, columns)
        else:
            yield from _cells([(row, entry)], columns)
    if columns is None and waiting:
        yield from _cells(waiting, _json_columns(found, waiting, title, text))


def _json_columns(found: PostsFile, rows: list[tuple[int, dict[str, Any]]], title: str, text: str) -> Columns:
    return columns_of(found.path, list(dict.fromkeys(name for _, entry in rows for name in entry)), title, text)


def _objects(found: PostsFile, lines: _Lines) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a file of JSON lines; notes the lines that are none."""
    for line in lines:
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            found.read += 1
            found.reject(lines.number, f"no JSON ({error})", line)
            continue
        if isinstance(entry, dict):
            yield lines.number, entry
        else:
            found.read += 1
            found.reject(lines.number, "no JSON object", line)


def _cells(rows: Iterable[tuple[int, dict[str, Any]]], columns: Columns) -> Iterator[tuple[int, tuple[str, str, str]]]:
    for row, entry in rows:
        cells = [entry.get(name) if name else "" for name in vars(columns).values()]
        title, text, company = (cell if isinstance(cell, str) else "" for cell in cells)
        yield row, (title, text, company)


def _read_parquet(found: PostsFile, _packed: str, title: str, text: str) -> Iterator[tuple[int, tuple[str, str, str]]]:
    file = pq.ParquetFile(found.path)
    schema = file.schema_arrow
    columns = columns_of(found.path, schema.names, title, text)
    wanted = [name for name in vars(columns).values() if name]
    for name in wanted:
        kind = schema.field(name).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
            raise UsageError(f"jobs={str(found.path)!r}: column {name!r} holds {kind}: expected text")
    row = 0
    for batch in file.iter_batches(256, columns=list(dict.fromkeys(wanted))):
        held = {name: batch.column(name).to_pylist() for name in batch.schema.names}
        for place in range(batch.num_rows):
            row += 1
            cells = [held[name][place] or "" if name else "" for name in vars(columns).values()]
            yield row, (cells[0], cells[1], cells[2])
