"""Streams: lines sent on as they are made, to standard output, a file, or a TCP, UDP or HTTP endpoint."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import SplitResult, urlsplit

from treadle.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Send = Callable[[Sequence[bytes]], None]

TIMEOUT = 10
"""Seconds that an endpoint has to answer."""
DATAGRAM = 65_507
"""Bytes of the longest UDP datagram over IPv4."""
STDOUT = "-"
SCHEMES = ("tcp", "udp", "http", "https")


@contextmanager
def open_stream(target: str) -> Iterator[Send]:
    """Open a stream and yield what sends lines, each without its end, to it.

    `target` is `-` for standard output, a path, or `tcp://HOST:PORT`, `udp://HOST:PORT`, `http://HOST[:PORT]/PATH`: lines are sent
    behind each other over TCP, each in a datagram over UDP, and together as the body of a POST over HTTP, whose answer must be of
    2xx (redirects are not followed). Raises `UsageError` for a target that is none, `OutputError` where it cannot be reached.
    """
    place = _endpoint(target)
    with ExitStack() as opened, _told(target):
        if place is None:
            yield _file(target, opened)
        elif place.scheme in {"http", "https"}:
            yield _http(place, target, opened)
        else:
            yield _socket(place, opened)


def _endpoint(target: str) -> SplitResult | None:
    """Return the parts of an endpoint; None for standard output and files."""
    if target == STDOUT or "://" not in target:
        return None
    place = urlsplit(target)
    try:
        port = place.port
    except ValueError as error:
        raise UsageError(f"to={target!r}: expected a port from 1 to 65535") from error
    if place.scheme not in SCHEMES or not place.hostname or (place.scheme in {"tcp", "udp"} and not port):
        raise UsageError(
            f"to={target!r}: expected -, a file, tcp://HOST:PORT, udp://HOST:PORT or http://HOST:PORT/PATH"
        )
    if place.username is not None:
        raise UsageError(f"to={place.scheme}://...: expected an address without a user and a password")
    return place


@contextmanager
def _told(target: str) -> Iterator[None]:
    try:
        yield
    except (OSError, HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise OutputError(f"cannot send to {target}: {reason}") from error


def _file(target: str, opened: ExitStack) -> Send:
    file: BinaryIO = sys.stdout.buffer
    if target != STDOUT:
        file = opened.enter_context(Path(target).open("ab"))  # noqa: SIM115  # closed with the stack

    def send(lines: Sequence[bytes]) -> None:
        file.write(b"\n".join([*lines, b""]))
        file.flush()

    return send


def _socket(place: SplitResult, opened: ExitStack) -> Send:
    address = (str(place.hostname), int(place.port or 0))
    if place.scheme == "tcp":
        connection = opened.enter_context(socket.create_connection(address, TIMEOUT))
        return lambda lines: connection.sendall(b"\n".join([*lines, b""]))
    family, kind, protocol, _, found = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0]
    datagrams = opened.enter_context(socket.socket(family, kind, protocol))

    def send(lines: Sequence[bytes]) -> None:
        for line in lines:
            if len(line) > DATAGRAM:
                raise OutputError(f"a line of {len(line)} bytes fits in no datagram: send it over tcp:// or http://")
            datagrams.sendto(line, found)

    return send


def _http(place: SplitResult, target: str, opened: ExitStack) -> Send:
    kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
    connection = kind(str(place.hostname), place.port, timeout=TIMEOUT)
    opened.callback(connection.close)
    path = (place.path or "/") + (f"?{place.query}" if place.query else "")

    def send(lines: Sequence[bytes]) -> None:
        connection.request("POST", path, b"\n".join([*lines, b""]), {"Content-Type": "application/x-ndjson"})
        answer = connection.getresponse()
        answer.read()
        if not 200 <= answer.status < 300:
            raise OutputError(f"cannot send to {target}: it answered {answer.status} {answer.reason}")

    return send
