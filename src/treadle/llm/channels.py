"""Channels: a kept connection, and the one answer that is awaited on it.

Connections are made by aiohttp (names, addresses, TLS). A plain answer, which has a length and no coding, as nearly all have, is
read here in a few steps; every other is left to aiohttp's parser.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import aiohttp
    from aiohttp.connector import Connection

MOST_BYTES = 8 << 20
"""Bytes of an answer that are read, at most."""
_BUFFER, _MOST_HEAD = 1 << 16, 1 << 15
_FIRST_FINAL = 200
"""Answers below this status are passed over: another follows (RFC 9110, 15.2)."""
_BODILESS = {204, 304}
_CODED = {"transfer-encoding", "content-encoding", "upgrade"}
_BEGIN, _END = b"HTTP/1.1 ", b"\r\n\r\n"


class Answer(NamedTuple):
    """An answer as it came: its headers are asked by names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Told: TypeAlias = "Callable[[Answer | Exception], None]"


class TooLongError(Exception):
    """An answer is longer than any that is read."""


class Channel(asyncio.Protocol):
    """One kept connection; requests are sent and answered one after another."""

    def __init__(
        self, connection: Connection, freed: Callable[[Channel], None], lost: Callable[[Channel], None]
    ) -> None:
        """Take an open connection; `freed` is told when another request may be sent, `lost` when none may any more."""
        assert connection.protocol is not None  # noqa: S101  # it is open
        assert connection.transport is not None  # noqa: S101  # as above
        self._connection, self._handler, self._transport = connection, connection.protocol, connection.transport
        self._freed, self._lost = freed, lost
        self._told: Told | None = None
        self._held, self._needed = bytearray(), 0
        self._reading: asyncio.Task[None] | None = None
        self.idle_since = 0.0
        self._transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Whether a request can be sent."""
        return not self._transport.is_closing()

    def send(self, data: bytes, told: Told) -> None:
        """Send a request; `told` hears the answer, or why there is none."""
        self._told = told
        self._transport.write(data)

    def fail(self, error: Exception) -> None:
        """Wait no longer."""
        self._finish(error, keep=False)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Take what came, and hand the answer on when it is whole."""
        if self._reading is not None:
            self._handler.data_received(data)
        elif self._told is None:
            self.close()  # what nobody asked for
        elif self._held:
            self._held += data
            if len(self._held) >= self._needed:
                self._take(bytes(self._held))
        else:
            self._take(data)

    def _take(self, data: bytes) -> None:
        end = data.find(_END)
        if end < 0 and len(data) < _MOST_HEAD:
            self._hold(data, 0)
            return
        head = _plain(data[:end]) if end > 0 else None
        if head is None:
            self._leave_to_aiohttp(data)
            return
        status, headers, size = head
        begin = end + len(_END)
        if size > MOST_BYTES:
            self._finish(_too_long(size), keep=False)
        elif len(data) < begin + size:
            self._hold(data, begin + size)
        else:
            keep = len(data) == begin + size and headers.get("connection", "").lower() != "close"
            self._finish(Answer(status, headers, data[begin : begin + size]), keep=keep)

    def _hold(self, data: bytes, needed: int) -> None:
        self._held, self._needed = bytearray(data), needed

    def _leave_to_aiohttp(self, data: bytes) -> None:
        self._held = bytearray()
        self._handler.set_response_params(read_until_eof=True, read_bufsize=_BUFFER)
        self._reading = asyncio.get_running_loop().create_task(self._read())
        self._handler.data_received(data)

    async def _read(self) -> None:
        try:
            status = 0
            while status < _FIRST_FINAL:
                message, content = await self._handler.read()
                status = message.code
            body = await read_whole(content, message.headers)
        except Exception as error:  # noqa: BLE001  # told to who waits
            self._finish(error, keep=False)
        else:
            self._finish(Answer(status, message.headers, body), keep=not self._handler.should_close)

    def _finish(self, came: Answer | Exception, *, keep: bool) -> None:
        told, self._told = self._told, None
        if told is None:
            return
        if self._reading is not None and isinstance(came, TimeoutError):
            self._reading.cancel()
        self._reading, self._held = None, bytearray()
        if keep and self.is_open:
            self._freed(self)
        else:
            self._lost(self)
            self.close()
        told(came)

    def eof_received(self) -> None:
        """Note that the server sends no more; the connection is closed then."""
        self._handler.eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell who waits that there will be no answer, unless the parser has one that ends here."""
        self._handler.connection_lost(error)
        self._connection.close()
        if self._reading is None:
            self._lost(self)
            self._finish(error or ConnectionResetError("the server closed the connection"), keep=False)


def _plain(head: bytes) -> tuple[int, dict[str, str], int] | None:
    """Return status, headers and length of a plain answer; None for any other."""
    if not head.startswith(_BEGIN):
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name = name.lower()
        if name in headers or not name.isprintable() or " " in name:
            return None
        headers[name] = value.strip()
    status, size = first[9:12], headers.get("content-length", "")
    if not (status.isdecimal() and size.isascii() and size.isdecimal() and first[12:13] in {"", " "}):
        return None
    if int(status) < _FIRST_FINAL or int(status) in _BODILESS or not headers.keys().isdisjoint(_CODED):
        return None
    return int(status), headers, int(size)


async def read_whole(content: aiohttp.StreamReader, headers: Mapping[str, str], most: int = MOST_BYTES) -> bytes:
    """Return the body of an answer; raises `TooLongError` as soon as it is longer than any that is read."""
    told = headers.get("Content-Length", "")
    if told.isdecimal() and int(told) > most:
        raise _too_long(int(told), most)
    parts, size = [], 0
    while not content.at_eof():
        parts.append(await content.readany())
        size += len(parts[-1])
        if size > most:
            raise TooLongError(f"the answer is longer than {most:,} bytes")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_long(size: int, most: int = MOST_BYTES) -> TooLongError:
    return TooLongError(f"the answer has {size:,} bytes, expected {most:,} at most")
