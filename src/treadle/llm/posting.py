"""Posting: JSON posted to one address over kept connections, without what a session adds to each request.

The head of a request is made once, and one timer watches the deadlines of all; name look-up, TLS and what is no plain answer are
aiohttp's.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from treadle.llm.channels import Channel

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp

    from treadle.llm.channels import Told

_STALE = 15.0
"""Seconds after which an idle connection is not used again: the server may be closing it."""


class Poster:
    """Posts JSON to one address; every answer is read whole."""

    def __init__(
        self, session: aiohttp.ClientSession, address: str, headers: Mapping[str, str], timeout: aiohttp.ClientTimeout
    ) -> None:
        """Take an open session, whose connections are used, and what all requests have in common."""
        from aiohttp.client_reqrep import ClientRequest  # noqa: PLC0415  # of the extra `models`
        from yarl import URL  # noqa: PLC0415  # comes with aiohttp

        assert session.connector is not None  # noqa: S101  # an open session has one
        self._connector, self._timeout, self._loop = session.connector, timeout, asyncio.get_running_loop()
        self._request = ClientRequest("POST", URL(address), headers=headers, loop=self._loop)
        lines = [
            f"{name}: {value}" for name, value in self._request.headers.items() if name.lower() != "content-length"
        ]
        lines = [f"POST {self._request.url.raw_path_qs} HTTP/1.1", *lines, "Content-Type: application/json"]
        self._head = ("\r\n".join(lines) + "\r\nContent-Length: ").encode("latin-1")
        self._idle: list[Channel] = []
        self._due: dict[Channel, float] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def post(self, body: bytes, told: Told) -> None:
        """Post; `told` hears the answer, or what aiohttp raises, an `OSError`, a `TimeoutError` or a `TooLongError`, later."""
        data, due = b"%b%d\r\n\r\n%b" % (self._head, len(body), body), self._loop.time() + (self._timeout.total or 0)
        while self._idle:
            channel = self._idle.pop()
            if channel.is_open and self._loop.time() - channel.idle_since < _STALE:
                self._send(channel, data, due, told)
                return
            channel.close()
        opening = self._loop.create_task(self._open(data, due, told))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)

    async def _open(self, data: bytes, due: float, told: Told) -> None:
        try:
            async with asyncio.timeout_at(due):
                connection = await self._connector.connect(self._request, [], self._timeout)
        except Exception as error:  # noqa: BLE001  # told to who waits
            told(error)
            return
        self._send(Channel(connection, self._freed, self._lost), data, due, told)

    def _send(self, channel: Channel, data: bytes, due: float, told: Told) -> None:
        self._due[channel] = due
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._watch)
        channel.send(data, told)

    def _watch(self) -> None:
        """Wait no longer for what is past its deadline, and come back at the next."""
        self._timer, now = None, self._loop.time()
        for channel in [each for each, due in self._due.items() if due <= now]:
            channel.fail(TimeoutError())
        if self._due and self._timer is None:
            self._timer = self._loop.call_at(min(self._due.values()), self._watch)

    def _freed(self, channel: Channel) -> None:
        self._due.pop(channel, None)
        channel.idle_since = self._loop.time()
        self._idle.append(channel)

    def _lost(self, channel: Channel) -> None:
        self._due.pop(channel, None)

    def close(self) -> None:
        """Close all connections."""
        if self._timer is not None:
            self._timer.cancel()
        for opening in self._opening:
            opening.cancel()
        for channel in [*self._idle, *self._due]:
            channel.close()
