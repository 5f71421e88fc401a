"""The spool: answers that are not in the journal yet, so that one which has come is never lost to a kill.

The journal commits what has come together a few times a second. Until then an answer stands in one of two files, which it is
appended to by one write as soon as it is there, before another request takes its place. While what stands in one file is
committed, the other takes what comes; a journal that is opened takes in what stands in both. What the system's cache loses when the
power fails is asked for again.
"""

from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Spool:
    """Two append-only files of lines, of which each is emptied when what stands in it is in the journal."""

    def __init__(self, path: Path) -> None:
        """Open the files, which their owner alone can read."""
        self.paths = path, path.with_name(path.name + "2")
        self._files = [os.open(each, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600) for each in self.paths]
        self._current = 0

    def left(self) -> list[list[Any]]:  # JSON values
        """Return the lines that an earlier run left, but for those that were cut off."""
        found = []
        for file in self._files:
            for line in os.pread(file, os.fstat(file).st_size, 0).splitlines():
                try:
                    found.append(json.loads(line))
                except ValueError:
                    continue
        return found

    def add(self, values: Sequence[Any]) -> None:  # JSON values
        """Append a line; raises `OSError` where it cannot be written."""
        line = _ENCODE(values).encode("utf-8", "surrogatepass") + b"\n"
        written = os.write(self._files[self._current], line)
        if written < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def turn(self) -> int:
        """Have further lines appended to the other file; return the number of the one that is to be committed and emptied."""
        before, self._current = self._current, 1 - self._current
        return before

    def empty(self, *numbers: int) -> None:
        """Forget the lines of files."""
        for number in numbers:
            os.ftruncate(self._files[number], 0)

    def close(self) -> None:
        """Close the files, and remove them where nothing stands in them."""
        empty = not any(os.fstat(file).st_size for file in self._files)
        for file, path in zip(self._files, self.paths, strict=True):
            os.close(file)
            if empty:
                path.unlink(missing_ok=True)
