"""Appending leaves the very bytes that were written, wherever it begins and however a file takes them."""

from __future__ import annotations

import errno
import os
import resource
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle import appending
from treadle.appending import ALIGNED, HELD, Direct, Plain, appender


def appended(path, parts, *, at=0, begin=b""):
    """Append parts to a file that begins with some bytes, flushing after each, and return what is in it then."""
    path.write_bytes(begin)
    with path.open("r+b", buffering=0) as file:
        end = appender(file, path)
        file.truncate(at)
        end.begin(at)
        for part in parts:
            end.write(part)
            end.flush()
            at += len(part)
            assert path.stat().st_size == at, "all is in the file after flush, and nothing else"
        end.close()
    return path.read_bytes()


SIZES = st.sampled_from([0, 1, ALIGNED - 1, ALIGNED, ALIGNED + 1, 3 * ALIGNED, HELD - 1, HELD, HELD + 1, 2 * HELD + 5])


@given(begin=st.sampled_from([0, 1, ALIGNED - 1, ALIGNED, 5 * ALIGNED + 7]), sizes=st.lists(SIZES, max_size=4))
def test_the_file_holds_what_was_written(begin, sizes, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "appended"
    pattern = bytes(range(251)) * ((begin + sum(sizes)) // 251 + 1)
    parts, at = [], begin
    for size in sizes:
        parts.append(memoryview(pattern)[at : at + size])
        at += size
    assert appended(path, parts, at=begin, begin=pattern[: begin + 99]) == pattern[:at]


def test_where_direct_writes_cannot_be_had_files_are_written_plainly(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "O_DIRECT", raising=False)
    path = tmp_path / "plain"
    with path.open("w+b", buffering=0) as file:
        assert isinstance(appender(file, path), Plain)
    assert appended(path, [b"one", b"two"]) == b"onetwo"


@pytest.mark.skipif(not hasattr(os, "O_DIRECT"), reason="this system has no direct writes")
def test_blocks_that_a_disk_refuses_are_written_plainly(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(appending.os, "pwrite", refuse)
    path = tmp_path / "refused"
    with path.open("w+b", buffering=0) as file:
        end = Direct(file, os.dup(file.fileno()))
        end.begin(0)
        end.write(b"x" * (HELD + ALIGNED + 3))
        end.flush()
        end.close()
    assert path.read_bytes() == b"x" * (HELD + ALIGNED + 3)


def test_a_limit_within_a_block_is_told_as_what_it_is(tmp_path):
    path, limits = tmp_path / "limited", resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ALIGNED * 10 + 100, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            appended(path, [b"y" * HELD])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert caught.value.errno == errno.EFBIG
    assert path.read_bytes() == b"y" * (ALIGNED * 10 + 100), "what fits is there"
