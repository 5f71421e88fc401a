"""Appending to files: past the page cache where the system has direct input and output (O_DIRECT, open(2)).

Datasets are larger than what a cache is good for. Each page of one has to be found, zeroed and filled, one by one, and on a virtual
machine that gave the memory back, brought in again: 1.5 to 3 ns a byte, as much as all the rest of a line of text. A direct write
has the disk fetch the bytes from where they are and costs next to no processor time; in return memory, place and length have to be
multiples of the disk's block.
"""

from __future__ import annotations

import errno
import mmap
import os
from abc import ABC, abstractmethod
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

ALIGNED = 4096
"""A multiple of every block size in use (512 and 4,096 bytes), and the page that memory is aligned to."""
HELD = 4 << 20
"""Bytes of one direct write: half as many take a tenth longer, twice as many no less."""


def appender(file: FileIO, path: Path) -> Appender:
    """Return what appends to a file that is open for writing, directly if the system and the file's disk can."""
    try:
        direct = os.open(path, os.O_WRONLY | os.O_DIRECT)
    except (AttributeError, OSError):  # not Linux; a file system that refuses
        return Plain(file)
    return Direct(file, direct)


class Appender(ABC):
    """Appends to a file. What is written is in the file after `flush` at the latest."""

    @abstractmethod
    def begin(self, at: int) -> None:
        """Append from the byte `at` on; the file ends there."""

    @abstractmethod
    def write(self, data: bytes | memoryview) -> None:
        """Append all of the data. Raises `OSError` as the system does."""

    def flush(self) -> None:  # noqa: B027  # nothing is held back by what writes at once
        """Have everything in the file."""

    def close(self) -> None:  # noqa: B027  # as above
        """Give up what was opened; the file itself stays open."""


class Plain(Appender):
    """Writes as it is told to."""

    def __init__(self, file: FileIO) -> None:
        """Take a file."""
        self._file = file

    def begin(self, at: int) -> None:
        """Go to a place."""
        self._file.seek(at)

    def write(self, data: bytes | memoryview) -> None:
        """Append, however little each call takes: a file system that fills up may take less before it refuses."""
        view = memoryview(data).cast("B")
        while view:
            view = view[self._file.write(view) :]


class Direct(Appender):
    """Collects bytes in aligned memory and writes them directly, meanwhile collecting in another such memory.

    What is left of the last block is written through the file.
    """

    def __init__(self, file: FileIO, direct: int) -> None:
        """Take a file, and its second descriptor, which writes directly."""
        self._file, self._direct = file, direct
        self._held, self._spare = _aligned(), _aligned()
        self._at = self._size = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="treadle-direct")
        self._under_way: Future[None] | None = None

    def begin(self, at: int) -> None:
        """Hold the beginning of the block that a place is in."""
        self._size = at % ALIGNED
        self._at = at - self._size
        self._file.seek(self._at)
        self._held[: self._size] = np.frombuffer(self._file.read(self._size), np.uint8)

    def write(self, data: bytes | memoryview) -> None:
        """Append; whatever fills the memory is written."""
        left = np.frombuffer(data, np.uint8)  # NumPy copies without holding the lock of the interpreter
        while len(left):
            taken = left[: HELD - self._size]
            self._held[self._size : self._size + len(taken)] = taken
            self._size += len(taken)
            left = left[len(taken) :]
            if self._size == HELD:
                self._put(HELD)

    def flush(self) -> None:
        """Write whole blocks directly, and the rest, which stays in memory, beside them."""
        self._put(self._size - self._size % ALIGNED)
        self._wait()
        self._write_plainly(self._held[: self._size], self._at)

    def _put(self, size: int) -> None:
        """Have the first bytes held, whole blocks, written, and go on with those behind them."""
        self._wait()
        full, rest = self._held[:size], self._held[size : self._size]
        self._held, self._spare = self._spare, self._held
        self._held[: len(rest)] = rest
        self._under_way = self._thread.submit(self._write_directly, full, self._at)
        self._at, self._size = self._at + size, len(rest)

    def _wait(self) -> None:
        """Wait for the write that is under way; raises what it raised."""
        if self._under_way is not None:
            under_way, self._under_way = self._under_way, None
            under_way.result()

    def _write_directly(self, data: Bytes, at: int) -> None:
        try:
            while len(data):
                done = os.pwrite(self._direct, data.data, at)
                data, at = data[done:], at + done
        except OSError as error:
            if error.errno != errno.EINVAL:  # blocks of an unusual size, or a limit within one
                raise
            self._write_plainly(data, at)

    def _write_plainly(self, data: Bytes, at: int) -> None:
        plain = Plain(self._file)
        plain.begin(at)
        plain.write(data.data)

    def close(self) -> None:
        """Close the second descriptor, when nothing is written to it any more."""
        self._thread.shutdown()
        os.close(self._direct)


def _aligned() -> Bytes:
    return np.frombuffer(mmap.mmap(-1, HELD), np.uint8)
