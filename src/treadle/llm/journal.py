"""The journal: one row for each answer, written before it counts, and one for each request that is about to be sent.

It is an SQLite file in WAL mode that its owner alone can read. A thread of its own commits what has come together since the last
commit, so that many requests share one sync to disk. A reservation is synced before its request is sent: whatever kills the
program, a request without an answer counts at its worst case.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import queue
import sqlite3
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from treadle.errors import ManifestError, OutputError, UsageError
from treadle.llm.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

LAYOUT = 1
_ANSWER = "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_LINGER = 0.015
"""Seconds for which a commit waits for company: requests are reserved ahead, so that nothing waits for it."""
_CROWD = 32
"""Writes that do not wait for more."""
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent (id INTEGER PRIMARY KEY, key BLOB NOT NULL, worst INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
    key BLOB PRIMARY KEY, user TEXT NOT NULL, model TEXT NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL,
    finish TEXT NOT NULL, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, cost INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asked (
    key BLOB PRIMARY KEY, user TEXT NOT NULL, model TEXT NOT NULL, request TEXT NOT NULL, writer TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (id TEXT PRIMARY KEY, state TEXT NOT NULL, requests INTEGER NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Row:
    """An answer as the journal holds it; `cost` in nano-dollars."""

    key: bytes
    user: str
    model: str
    request: str
    answer: str
    finish: str
    tokens_in: int
    tokens_out: int
    cost: int


Write = tuple[str, "Sequence[Any]"]  # an SQL statement and its values
_Waiting: TypeAlias = "asyncio.Future[None] | Future[None] | None"


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
            self._lock.close()
            raise
        self._next = 1 + (self._read.execute("SELECT max(id) FROM sent").fetchone()[0] or 0)
        self._spool = Spool(path.with_name(path.name + ".spool"))
        self._take_spool()
        self._count = threading.Lock()
        self._reading = threading.Lock()
        self._work: queue.SimpleQueue[tuple[list[Write], _Waiting, int] | None] = queue.SimpleQueue()
        self._crowd = threading.Event()
        self._thread = threading.Thread(target=self._commit_all, name="treadle-journal", daemon=True)
        self._thread.start()

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
            open_ = self._read.execute(
                "SELECT coalesce(sum(worst), 0) FROM sent WHERE state IN ('open', 'lost')"
            ).fetchone()[0]
        return int(cost), int(open_)

    def reserve(self, key: bytes, worst: int) -> tuple[int, asyncio.Future[None]]:
        """Note that a request is about to be sent, at its worst case in nano-dollars; the future is done once that is on disk."""
        with self._count:
            number, self._next = self._next, self._next + 1
        return number, self._later([("INSERT INTO sent VALUES (?, ?, ?, 'open')", (number, key, worst))])

    def answer(self, number: int, row: Row) -> asyncio.Future[None]:
        """Note an answer and that its request is no longer open; the future is done once that is on disk."""
        values = (
            row.key,
            row.user,
            row.model,
            row.request,
            row.answer,
            row.finish,
            row.tokens_in,
            row.tokens_out,
            row.cost,
        )
        writes: list[Write] = [(_ANSWER, values)]
        if number:
            writes.append(("DELETE FROM sent WHERE id = ?", (number,)))
        try:
            self._spool.add([row.key.hex(), *values[1:], number])
        except OSError as error:
            raise OutputError(
                f"journal {self.path}: {error.strerror}; make room, and the same command goes on"
            ) from error
        return self._later(writes, spooled=1)

    def _take_spool(self) -> None:
        """Take in the answers that an earlier run had no time to commit."""
        left = self._spool.left()
        with self._read:
            for key, *values, number in left:
                self._read.execute(_ANSWER, (bytes.fromhex(key), *values))
                self._read.execute("DELETE FROM sent WHERE id = ?", (number,))
        self._spool.empty()
        self.empty = self.empty and not left

    def _later(self, writes: list[Write], spooled: int = 0) -> asyncio.Future[None]:
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.write(writes, waiting, spooled)
        return waiting

    def resolve(self, number: int, *, lost: bool) -> None:
        """Note that a request got no answer: refused, so that it cost nothing, or lost, so that it may have been billed."""
        sql = "UPDATE sent SET state = 'lost' WHERE id = ?" if lost else "DELETE FROM sent WHERE id = ?"
        self.write([(sql, (number,))])

    def write(self, writes: list[Write], waiting: _Waiting = None, spooled: int = 0) -> None:
        """Have statements carried out with the next commit; the future, if any, is then done or gets the error.

        `spooled` is how many lines of the spool they stand for.
        """
        self._work.put((writes, waiting, spooled))
        if self._work.qsize() >= _CROWD:
            self._crowd.set()

    def write_now(self, writes: list[Write]) -> None:
        """Carry out statements and wait until they are on disk."""
        waiting: Future[None] = Future()
        self.write(writes, waiting)
        waiting.result()

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:  # rows of any types
        """Return the rows of a question about the journal's tables."""
        with self._reading:
            return self._read.execute(sql, values).fetchall()

    def _commit_all(self) -> None:
        connection = _connect(self.path)
        while (first := self._work.get()) is not None:
            taken, more = [first], True
            self._crowd.wait(_LINGER)
            self._crowd.clear()
            while more:
                try:
                    each = self._work.get_nowait()
                    more = each is not None
                    if each is None:
                        self._work.put(None)
                    else:
                        taken.append(each)
                except queue.Empty:
                    more = False
            error = self._commit(connection, [write for writes, _, _ in taken for write in writes])
            if error is None:
                self._spool.done(sum(spooled for _, _, spooled in taken))
            self._tell([waiting for _, waiting, _ in taken], error)
        connection.close()

    @staticmethod
    def _tell(waiting: Sequence[_Waiting], error: BaseException | None) -> None:
        """Tell those who wait, the ones of an event loop all at once."""
        there: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
        for each in waiting:
            if isinstance(each, Future):
                each.set_exception(error) if error else each.set_result(None)
            elif each is not None:
                there.setdefault(each.get_loop(), []).append(each)
        for loop, futures in there.items():
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_settle, futures, error)

    def _commit(self, connection: sqlite3.Connection, writes: list[Write]) -> BaseException | None:
        try:
            with connection:
                for sql, values in writes:
                    connection.execute(sql, values)
        except sqlite3.Error as error:
            return _told(self.path, error)
        return None

    def close(self) -> None:
        """Commit what is waiting, and let go of the journal."""
        self._work.put(None)
        self._crowd.set()
        self._thread.join()
        self._spool.close()
        self._read.close()
        self._lock.close()


def _settle(waiting: Sequence[asyncio.Future[None]], error: BaseException | None) -> None:
    for each in waiting:
        if not each.done():
            each.set_exception(error) if error else each.set_result(None)


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


def journal_path(output: Path) -> Path:
    """Return the journal that belongs to an output."""
    return output.with_name(f"{output.name}.journal")


def key_of(request: Mapping[str, Any]) -> bytes:  # JSON values
    """Return the key of a request: a SHA-256 over its canonical JSON."""
    written = json.dumps(request, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).digest()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    return connection


def _hold(path: Path) -> Any:  # noqa: ANN401  # an open file
    """Make the journal readable to its owner alone, and hold it; raises `UsageError` with the process that holds it already."""
    lock = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for each in (path, lock):
            os.close(os.open(each, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
        held = lock.open("r+", encoding="utf-8")
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
    held.truncate(0)
    held.seek(0)
    held.write(f"process {os.getpid()}")
    held.flush()
    return held


def _told(path: Path, error: sqlite3.Error) -> OutputError | ManifestError:
    if isinstance(error, sqlite3.OperationalError):
        return OutputError(
            f"journal {path}: {error}; what it holds is kept: make room or mend the disk, and the same command goes on"
        )
    return ManifestError(f"journal {path}: is damaged or no journal ({error}); name another with --journal")
