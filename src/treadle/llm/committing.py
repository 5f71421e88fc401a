"""Committing: what has come together since the last commit goes to disk in one transaction, in a thread of its own."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from treadle.errors import OutputError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from treadle.errors import TreadleError
    from treadle.llm.spool import Spool

LINGER = 0.1
"""Seconds for which a commit waits for company, unless somebody hurries it."""
ANSWER = "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
DONE = "DELETE FROM sent WHERE id = ?"
_RESERVED = "INSERT INTO sent VALUES (?, ?, ?, 'open')"
Write: TypeAlias = "tuple[str, Sequence[Any]]"  # an SQL statement and its values
Told: TypeAlias = "Callable[[TreadleError | None], None]"
"""Is told that something is on disk, or why it is not."""


class Row(NamedTuple):
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


@dataclass
class Group:
    """What is committed together, and who is told of it, each in its event loop."""

    reserved: dict[int, tuple[int, bytes, int]] = field(default_factory=dict)
    answered: list[Row] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    others: list[Write] = field(default_factory=list)
    told: dict[asyncio.AbstractEventLoop, list[Told]] = field(default_factory=dict)

    def close(self, number: int) -> None:
        """Forget a reservation; one that is not on disk yet does not get there."""
        if number and self.reserved.pop(number, None) is None:
            self.done.append(number)

    def tell(self, loop: asyncio.AbstractEventLoop, told: Told) -> None:
        """Have somebody told, in a loop."""
        self.told.setdefault(loop, []).append(told)

    def commit(self, connection: sqlite3.Connection) -> None:
        """Carry everything out in one transaction; raises `sqlite3.Error`."""
        with connection:
            connection.executemany(_RESERVED, self.reserved.values())
            connection.executemany(ANSWER, self.answered)
            connection.executemany(DONE, ((number,) for number in self.done))
            for sql, values in self.others:
                connection.execute(sql, values)


class Committer:
    """Commits groups one after another; used as a context, it hands out the group that is being gathered."""

    def __init__(
        self, connect: Callable[[], sqlite3.Connection], meant: Callable[[sqlite3.Error], TreadleError], spool: Spool
    ) -> None:
        """Take what opens the journal, what an error of it means, and the spool of its answers."""
        self._connection, self._meant, self._spool = connect(), meant, spool
        self._lock = threading.Lock()
        self._group, self._over = Group(), False
        self._begun, self._hurried, self._idle = threading.Event(), threading.Event(), threading.Event()
        self._idle.set()
        self.error: TreadleError | None = None
        self._thread = threading.Thread(target=self._run, name="treadle-journal", daemon=True)
        self._thread.start()

    def __enter__(self) -> Group:
        """Return the group that is being gathered, which nobody else changes meanwhile."""
        self._lock.acquire()
        return self._group

    def __exit__(self, *_: object) -> None:
        """Let others add to it."""
        if not self._begun.is_set():
            self._idle.clear()
            self._begun.set()
        self._lock.release()

    def hurry(self) -> None:
        """Have the group committed at once."""
        if not self._hurried.is_set():  # waking the thread that commits costs more than a look
            self._hurried.set()

    def sync(self) -> None:
        """Wait until everything is on disk; raises why it is not."""
        self.hurry()
        self._idle.wait()
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """Commit what is left, and end."""
        self._over = True
        self._begun.set()
        self._hurried.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._begun.wait()
            self._hurried.wait(LINGER)
            with self._lock:
                group, self._group = self._group, Group()
                over, spooled = self._over, self._spool.turn()
                self._begun.clear()
                self._hurried.clear()
            error = self._commit(group)
            self.error = self.error or error
            if self.error is None:
                self._spool.empty(spooled)
            with self._lock:
                if not self._begun.is_set():
                    self._idle.set()
            for loop, told in group.told.items():
                with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    loop.call_soon_threadsafe(_tell, told, error)
            if over:
                break
        self._connection.close()

    def _commit(self, group: Group) -> TreadleError | None:
        try:
            group.commit(self._connection)
        except sqlite3.Error as error:
            return self._meant(error)
        except Exception as error:  # noqa: BLE001  # told to those who wait, who would wait for ever otherwise
            return OutputError(f"the journal could not be written: {error}")
        return None


def _tell(told: Sequence[Told], error: TreadleError | None) -> None:
    for each in told:
        each(error)
