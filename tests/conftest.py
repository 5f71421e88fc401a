"""What all tests share.

`tests` is on the path, here and in worker processes, recipes can be named by their file, and no test reaches the network.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from loopback import SERVED

settings.register_profile("treadle", deadline=None, print_blob=True)
settings.load_profile("treadle")

TESTS = Path(__file__).parent
sys.path.insert(0, str(TESTS))


@pytest.fixture(scope="session")
def wide_file() -> str:
    """Return the reference of the wide recipe, as a command line takes it."""
    return f"{TESTS / 'recipes' / 'wide.py'}:wide"


@pytest.fixture(scope="session")
def slim_file() -> str:
    """Return the reference of the slim recipe."""
    return f"{TESTS / 'recipes' / 'wide.py'}:slim"


def _refuse(made: socket.socket, address: object) -> None:
    if made.family == socket.AF_INET and address[0] == "127.0.0.1" and address[1] in SERVED:
        return
    if made.family != socket.AF_UNIX:
        raise AssertionError(f"a test tried to connect to {address!r}: Treadle works offline (rule 15)")


@pytest.fixture(scope="session", autouse=True)
def no_network():
    """Make every connection fail but those within this machine's own files."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            original = getattr(socket.socket, name)

            def connect(made, address, *, original=original):
                _refuse(made, address)
                return original(made, address)

            patch.setattr(socket.socket, name, connect)
        yield
