"""Posting: JSON posted to one address over aiohttp's kept connections, without what a session adds to each request.

The head of a request is made once, and its deadline is the only timer; name look-up, TLS, keep-alive and parsing are aiohttp's.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp
    from aiohttp.client_proto import ResponseHandler

MOST_BYTES = 8 << 20
"""Bytes of an answer that are read, at most."""
_BUFFER = 1 << 16
_FIRST_FINAL = 200
"""Answers below this status are passed over: another follows (RFC 9110, 15.2)."""


class TooLongError(Exception):
    """An answer is longer than any that is read."""


class Poster:
    """Posts JSON to one address; every answer is read whole."""

    def __init__(
        self, session: aiohttp.ClientSession, address: str, headers: Mapping[str, str], timeout: aiohttp.ClientTimeout
    ) -> None:
        """Take an open session, whose connections are used, and what all requests have in common."""
        from aiohttp.client_reqrep import ClientRequest  # noqa: PLC0415  # of the extra `models`
        from yarl import URL  # noqa: PLC0415  # comes with aiohttp

        assert session.connector is not None  # noqa: S101  # an open session has one
        self._connector, self._timeout = session.connector, timeout
        self._request = ClientRequest("POST", URL(address), headers=headers, loop=asyncio.get_running_loop())
        lines = [
            f"{name}: {value}" for name, value in self._request.headers.items() if name.lower() != "content-length"
        ]
        lines = [f"POST {self._request.url.raw_path_qs} HTTP/1.1", *lines, "Content-Type: application/json"]
        self._head = ("\r\n".join(lines) + "\r\nContent-Length: ").encode("latin-1")

    async def post(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Post and return status, headers and body; raises what aiohttp raises, `TimeoutError` and `TooLongError`."""
        async with asyncio.timeout(self._timeout.total):
            connection = await self._connector.connect(self._request, [], self._timeout)
            try:
                assert connection.protocol is not None  # noqa: S101  # it is open
                answer = await self._exchange(connection.protocol, body)
            except BaseException:
                connection.close()
                raise
            connection.release()
        return answer

    async def _exchange(self, protocol: ResponseHandler, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        protocol.set_response_params(read_until_eof=True, read_bufsize=_BUFFER)
        if protocol.transport is None:
            raise ConnectionResetError("the connection is closed")
        protocol.transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        while True:
            message, content = await protocol.read()
            if message.code >= _FIRST_FINAL:
                return message.code, message.headers, await read_whole(content, message.headers)


async def read_whole(content: aiohttp.StreamReader, headers: Mapping[str, str], most: int = MOST_BYTES) -> bytes:
    """Return the body of an answer; raises `TooLongError` as soon as it is longer than any that is read."""
    told = headers.get("Content-Length", "")
    if told.isdecimal() and int(told) > most:
        raise TooLongError(f"the answer has {int(told):,} bytes, expected {most:,} at most")
    parts, size = [], 0
    while not content.at_eof():
        parts.append(await content.readany())
        size += len(parts[-1])
        if size > most:
            raise TooLongError(f"the answer is longer than {most:,} bytes")
    return parts[0] if len(parts) == 1 else b"".join(parts)
