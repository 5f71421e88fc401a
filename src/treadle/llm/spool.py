"""The spool: answers that are not in the journal yet, so that one which has come is never lost to a kill.

The journal commits what has come together a few times a second. Until then an answer stands in this file, which it is appended to
by one write as soon as it is there, before another request takes its place.
A journal that is opened takes in what stands there. What
the system's cache loses when the power fails is asked for again.
"""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class Spool:
    """An append-only file of lines that is emptied whenever all of them are in the journal."""

    def __init__(self, path: Path) -> None:
        """Open the file, which its owner alone can read."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()
        self._waiting = 0

    def left(self) -> list[list[Any]]:  # JSON values
        """Return the lines that an earlier run left, but for one that was cut off."""
        size = os.fstat(self._file).st_size
        found = []
        for line in os.pread(self._file, size, 0).splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def empty(self) -> None:
        """Forget all lines."""
        os.ftruncate(self._file, 0)

    def add(self, values: list[Any]) -> None:  # JSON values
        """Append a line; raises `OSError` where it cannot be written."""
        line = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
        with self._lock:
            self._waiting += 1
            os.write(self._file, line)

    def done(self, count: int) -> None:
        """Note that so many lines are in the journal."""
        with self._lock:
            self._waiting -= count
            if not self._waiting and count:
                os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
