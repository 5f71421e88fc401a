"""The journal: one row for each answer, written before it counts, and one for each request that is about to be sent.

It is an SQLite file in WAL mode that its owner alone can read, with a spool of answers beside it. What comes together is committed
in one transaction and synced (synchronous=FULL: what is committed outlives a power cut). A reservation is synced before its
request is sent: whatever kills the program, a request without an answer counts at its worst case. An answer is in the spool before
its place is given on, and in the tables with the next commit.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

from treadle.errors import ManifestError, OutputError, UsageError
from treadle.llm.committing import ANSWER, DONE, Committer, Row
from treadle.llm.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from treadle.llm.committing import Told, Write

LAYOUT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent (id INTEGER PRIMARY KEY, key BLOB NOT NULL, worst INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
    key BLOB PRIMARY KEY, user TEXT NOT NULL, model TEXT NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL,
    finish TEXT NOT NULL, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, cost INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS asked (
    key BLOB PRIMARY KEY, user TEXT NOT NULL, model TEXT NOT NULL, request TEXT NOT NULL, writer TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (id TEXT PRIMARY KEY, state TEXT NOT NULL, requests INTEGER NOT NULL) WITHOUT ROWID;
"""


class Journal:
    """The journal of one run at a time; every method may be called from any thread."""

    def __init__(self, path: Path, *, about: Mapping[str, str] | None = None) -> None:
        """Open or make a journal and hold it; `about` is noted where it is new.

        Raises `UsageError` where another run holds it, `ManifestError` for a file that is no journal, `OutputError` where it cannot
        be written.
        """
        self.path = path
        self._lock = _hold(path)
        try:
            try:
                self._read = _connect(path)
            except sqlite3.DatabaseError as error:
                raise _told(path, error) from error
            self._prepare(about or {})
        except BaseException:
            _let_go(path, self._lock)
            raise
        self._next = 1 + (self._read.execute("SELECT max(id) FROM sent").fetchone()[0] or 0)
        self._reading = threading.Lock()
        self._spool = Spool(path.with_name(path.name + ".spool"))
        self._take_spool()
        self._committer = Committer(lambda: _connect(path), lambda error: _told(path, error), self._spool)

    def _prepare(self, about: Mapping[str, str]) -> None:
        try:
            self._read.executescript(_TABLES)
            with self._read:
                self._read.executemany(
                    "INSERT OR IGNORE INTO meta VALUES (?, ?)", [("layout", str(LAYOUT)), *about.items()]
                )
            self.about = dict(self._read.execute("SELECT name, value FROM meta"))
            self.empty = self._read.execute("SELECT 1 FROM answers LIMIT 1").fetchone() is None
        except sqlite3.DatabaseError as error:
            raise _told(self.path, error) from error
        if self.about.get("layout") != str(LAYOUT):
            raise ManifestError(
                f"journal {self.path}: layout={self.about.get('layout')!r}: expected {LAYOUT}; it is of another Treadle version"
            )

    def find(self, key: bytes) -> Row | None:
        """Return the answer to a request by its key, None where there is none."""
        with self._reading:
            found = self._read.execute("SELECT * FROM answers WHERE key = ?", (key,)).fetchone()
        return Row(*found) if found else None

    def rows(self) -> Iterator[Row]:
        """Yield all answers in the order of their keys."""
        for found in self._read.execute("SELECT * FROM answers ORDER BY key"):
            yield Row(*found)

    def spent(self) -> tuple[int, int]:
        """Return in nano-dollars what answers cost, and the worst case of requests that got none."""
        with self._reading:
            cost = self._read.execute("SELECT coalesce(sum(cost), 0) FROM answers").fetchone()[0]
            open_ = self._read.execute("SELECT coalesce(sum(worst), 0) FROM sent").fetchone()[0]
        return int(cost), int(open_)

    def reserve(self, key: bytes, worst: int, told: Told | None = None) -> int:
        """Note that a request is about to be sent, at its worst case in nano-dollars; `told` hears once that is on disk."""
        with self._committer as group:
            number, self._next = self._next, self._next + 1
            group.reserved[number] = number, key, worst
            if told is not None:
                group.tell(asyncio.get_running_loop(), told)
        return number

    def answer(self, number: int, row: Row, told: Told | None = None) -> None:
        """Note an answer and that its request is no longer open; `told` hears once that is in the tables.

        Raises `OutputError` where it cannot be noted.
        """
        with self._committer as group:
            try:
                self._spool.add([row.key.hex(), *row[1:], number])
            except OSError as error:
                raise OutputError(
                    f"journal {self.path}: {error.strerror}; make room, and the same command goes on"
                ) from error
            group.answered.append(row)
            group.close(number)
            if told is not None:
                group.tell(asyncio.get_running_loop(), told)

    def resolve(self, number: int, *, lost: bool) -> None:
        """Note that a request got no answer: refused, so that it cost nothing, or lost, so that it may have been billed."""
        with self._committer as group:
            if lost:
                group.others.append(("UPDATE sent SET state = 'lost' WHERE id = ?", (number,)))
            else:
                group.close(number)

    def write(self, *writes: Write) -> None:
        """Have statements carried out with the next commit, behind what was noted before it."""
        with self._committer as group:
            group.others += writes

    def hurry(self) -> None:
        """Have what was noted committed at once."""
        self._committer.hurry()

    def sync(self) -> None:
        """Wait until everything that was noted is on disk; raises why it is not."""
        self._committer.sync()

    def _take_spool(self) -> None:
        """Take in the answers that an earlier run had no time to commit."""
        left = self._spool.left()
        with self._read:
            for key, *values, number in left:
                self._read.execute(ANSWER, (bytes.fromhex(key), *values))
                self._read.execute(DONE, (number,))
        self._spool.empty(0, 1)
        self.empty = self.empty and not left

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:  # rows of any types
        """Return the rows of a question about the journal's tables."""
        with self._reading:
            return self._read.execute(sql, values).fetchall()

    def close(self) -> None:
        """Commit what is waiting, and let go of the journal; raises what kept answers out of it."""
        self._committer.close()
        self._spool.close()
        self._read.close()
        _let_go(self.path, self._lock)
        if self._committer.error is not None:
            raise self._committer.error


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open a journal to be looked at, also while a run holds it; raises `UsageError` where there is none."""
    if not path.is_file():
        raise UsageError(f"journal {path} is not there; a run with --writer keeps one beside its output")
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        connection.execute("SELECT 1 FROM answers LIMIT 1")
    except sqlite3.Error as error:
        raise _told(path, error) from error
    return connection


def is_journal(path: Path) -> bool:
    """Tell whether a file begins as all SQLite files do, or is empty, as a new one is."""
    with path.open("rb") as file:
        return file.read(15) in {b"SQLite format 3", b""}


def journal_path(output: Path) -> Path:
    """Return the journal that belongs to an output."""
    return output.with_name(f"{output.name}.journal")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    return connection


def _hold(path: Path) -> TextIO:
    """Make the journal readable to its owner alone, and hold it; raises `UsageError` with the process that holds it already."""
    lock = _lock_of(path)
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
            held = os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"journal {path}: cannot be opened ({error.strerror})") from error
        try:
            import fcntl  # noqa: PLC0415  # not on Windows, where two runs on one journal are not noticed

            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            return held
        except OSError as error:
            who = held.read().strip() or "another process"
            held.close()
            raise UsageError(
                f"journal {path} is held by {who}: wait until that run is over, or name another with --journal"
            ) from error
        if _is_there(lock, held):
            break
        held.close()  # what is locked is a file that its holder has removed meanwhile
    held.truncate(0)
    held.seek(0)
    held.write(f"process {os.getpid()}")
    held.flush()
    return held


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _is_there(lock: Path, held: TextIO) -> bool:
    try:
        return os.path.samestat(lock.stat(), os.fstat(held.fileno()))
    except FileNotFoundError:
        return False


def _let_go(path: Path, held: TextIO) -> None:
    """Let go of a journal: the lock's file is removed while it is held, so that nobody else's is."""
    with suppress(OSError):  # Windows removes no open file
        _lock_of(path).unlink()
    held.close()


def _told(path: Path, error: sqlite3.Error) -> OutputError | ManifestError:
    if isinstance(error, sqlite3.OperationalError):
        return OutputError(
            f"journal {path}: {error}; what it holds is kept: make room or mend the disk, and the same command goes on"
        )
    return ManifestError(f"journal {path}: is damaged or no journal ({error}); name another with --journal")
