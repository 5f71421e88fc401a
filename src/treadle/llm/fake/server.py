"""The server: HTTP on loopback by hand (RFC 9112, as much as clients use), the endpoints, and the faults of each reply.

POST /v1/chat/completions; GET /v1/models, /health, /stats; POST /reset, /config; and files and batches as OpenAI has them.
A request belongs to the record of the first `rec-<digits>` in its body.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from treadle.errors import UsageError
from treadle.llm.fake.batches import Batches
from treadle.llm.fake.counts import Counts
from treadle.llm.fake.faults import GOOD, Behaviour, uniform
from treadle.llm.fake.saying import content_of
from treadle.llm.fake.shapes import message_of, stream, whole

if TYPE_CHECKING:
    from collections.abc import Callable

_RECORD = re.compile(rb"rec-(\d+)")
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_STATUS = {200: "OK", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests",
           500: "Internal Server Error", 503: "Service Unavailable"}  # fmt: skip
_ERRORS = {
    "429": (429, "rate_limit_exceeded", "Rate limit reached"),
    "quota": (429, "insufficient_quota", "You exceeded your current quota"),
    "500": (500, "server_error", "The server had an error"),
    "503": (503, "overloaded", "The server is overloaded"),
    "401": (401, "invalid_api_key", "Incorrect API key provided: sk-****************abcd"),
    "404": (404, "model_not_found", "The model does not exist"),
}
_HANDSHAKE = b"\x16"
"""What TLS begins with, which this server does not speak."""
_FOREVER = 1e6
_HUGE = 50 << 20


class FakeServer:
    """The state that all connections share: how to behave, what was counted, files and batches."""

    def __init__(self, behaviour: Behaviour) -> None:
        """Take how to behave."""
        self.behaviour = behaviour
        self.batches = Batches(self)
        self.connected: set[asyncio.Transport] = set()
        self.reset()

    def reset(self) -> None:
        """Forget what was counted."""
        self.counts = Counts()
        self._held, self._at = self.behaviour.burst or self.behaviour.rpm, time.monotonic()

    def takes(self) -> bool:
        """Take one from the bucket of the rate limit; tells whether there was one."""
        behaviour, now = self.behaviour, time.monotonic()
        if not behaviour.rpm:
            return True
        self._held = min(behaviour.burst or behaviour.rpm, self._held + (now - self._at) * behaviour.rpm / 60)
        self._at = now
        if self._held < 1:
            return False
        self._held -= 1
        return True

    def completion(self, body: Any, size: int, record: int, fault: str) -> tuple[bytes, int, int]:  # noqa: ANN401  # a JSON value
        """Return the reply to a request as JSON, and the tokens that are billed."""
        content, finish = content_of(body, record, fault)
        times = self.behaviour.tokens_times
        if times != 1:
            times = 1 + (times - 1) * uniform(self.behaviour.seed, record, 99)
        tokens_in = math.ceil((size // 4) * min(times, 4))
        most = body.get("max_tokens") or body.get("max_completion_tokens") or 10**9
        tokens_out = min(int(most), math.ceil((len(content) // 4 + 1) * times))
        base = {"id": f"chatcmpl-{self.counts.requests}", "created": 0, "model": body.get("model", "fake")}
        usage = {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
        }
        if body.get("stream"):
            return stream(base, content, finish, usage), tokens_in, tokens_out
        return whole(base, message_of(body, content), finish, usage), tokens_in, tokens_out


class Connection(asyncio.Protocol):
    """One connection; requests are answered one after another."""

    def __init__(self, server: FakeServer) -> None:
        """Take the state that all connections share."""
        self._server, self._buffer, self._busy = server, b"", False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # a server's transports are
        self._transport = transport
        self._server.connected.add(transport)
        self._server.counts.conns += 1

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002  # the protocol's own argument
        """Note a client that went away."""
        self._server.connected.discard(self._transport)
        if self._timer is not None:
            self._timer.cancel()
        if self._busy:
            self._server.counts.inflight -= 1
            self._server.counts.gone += 1

    def data_received(self, data: bytes) -> None:
        """Take what came, and answer the requests that are whole."""
        self._buffer += data
        if self._buffer[:1] == _HANDSHAKE:
            self._transport.close()
            return
        while not self._busy and self._buffer:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._buffer[:end]
            body, rest = self._body(head, end + 4)
            if body is None:
                return
            self._buffer = rest
            self._serve(head, body)

    def _body(self, head: bytes, begin: int) -> tuple[bytes | None, bytes]:
        """Return the body of a request and what stands behind it; None where it is not whole yet."""
        if b"transfer-encoding: chunked" in head.lower():
            return self._chunks(begin)
        length = _LENGTH.search(head)
        size = int(length[1]) if length else 0
        if len(self._buffer) < begin + size:
            return None, b""
        return self._buffer[begin : begin + size], self._buffer[begin + size :]

    def _chunks(self, begin: int) -> tuple[bytes | None, bytes]:
        parts: list[bytes] = []
        while True:
            line = self._buffer.find(b"\r\n", begin)
            if line < 0:
                return None, b""
            size = int(self._buffer[begin:line].split(b";")[0], 16)
            if len(self._buffer) < line + 4 + size:
                return None, b""
            if not size:
                return b"".join(parts), self._buffer[line + 4 :]
            parts.append(self._buffer[line + 2 : line + 2 + size])
            begin = line + 4 + size

    def _serve(self, head: bytes, body: bytes) -> None:
        method, path = head.split(b" ", 2)[:2]
        path = path.split(b"?")[0]
        if path.endswith(b"/chat/completions"):
            self._chat(head, body)
        else:
            self._send(*self._other(method, path.decode("ascii", "replace"), head, body))

    def _other(  # noqa: PLR0911  # one return a path
        self, method: bytes, path: str, head: bytes, body: bytes
    ) -> tuple[int, bytes]:
        server = self._server
        if path == "/stats":
            return 200, json.dumps(server.counts.shown()).encode()
        if path in {"/reset", "/config"}:
            try:
                server.behaviour = server.behaviour.changed(json.loads(body or b"{}") if path == "/config" else {})
            except (ValueError, UsageError) as error:
                return 400, _error("bad_setting", str(error))
            server.reset()
            return 200, b"{}"
        if not self._may(head):
            status, code, told = _ERRORS["401"]
            return status, _error(code, told)
        if path.endswith("/models"):
            return 200, b'{"object":"list","data":[{"id":"fake","object":"model","created":0,"owned_by":"treadle"}]}'
        if path in {"/", "/health"}:
            return 200, b'{"status":"ok"}'
        found = server.batches.serve(method.decode(), path, head, body)
        return found if found is not None else (404, _error("not_found", f"no such path: {path}"))

    def _may(self, head: bytes) -> bool:
        key = self._server.behaviour.key
        return not key or f"authorization: bearer {key}".lower().encode() in head.lower()

    def _chat(self, head: bytes, body: bytes) -> None:
        server, behaviour = self._server, self._server.behaviour
        found = _RECORD.search(body)
        record = int(found[1]) if found else -1
        attempt = server.counts.arrived(record, time.time())
        self._busy = True
        fault = behaviour.fault(record, attempt) if behaviour.faults else "ok"
        if not self._may(head):
            fault = "401"
        elif (behaviour.max_inflight and server.counts.inflight > behaviour.max_inflight) or not server.takes():
            fault = "429"
        latency = behaviour.latency_ms / 1000
        if behaviour.jitter:
            spread = (
                uniform(behaviour.seed, record, attempt + 1_000) + uniform(behaviour.seed, record, attempt + 2_000) - 1
            )
            latency *= math.exp(behaviour.jitter * 2.45 * spread)
        if fault in _ERRORS and fault not in {"500", "503"}:
            latency = min(latency, 0.005)
        latency = {"slow": latency * behaviour.slow_factor, "hang": _FOREVER}.get(fault, latency)
        if latency <= 0:
            self._reply(fault, record, body)
        else:
            self._timer = asyncio.get_running_loop().call_later(latency, self._reply, fault, record, body)

    def _reply(self, fault: str, record: int, body: bytes) -> None:
        server = self._server
        self._timer, self._busy = None, False
        server.counts.inflight -= 1
        if self._transport.is_closing():
            return
        if fault != "ok":
            server.counts.by_fault[fault] = server.counts.by_fault.get(fault, 0) + 1
        if fault in _ERRORS:
            self._refuse(fault, record)
        elif fault == "drop":
            self._transport.abort() if server.behaviour.reset else self._transport.close()
        elif fault == "htmlerr":
            self._send(200, b"<html><body>502 Bad Gateway</body></html>", kind="text/html")
        elif fault == "redirect":
            self._send(302, b"", more="Location: http://192.0.2.1/elsewhere\r\n")
        elif fault == "huge":
            self._send(200, b'{"choices":[{"message":{"content":"' + b"x" * _HUGE + b'"}}]}')
        elif fault == "latin1":
            self._send(200, b'{"choices":[{"message":{"content":"caf\xe9"},"finish_reason":"stop"}]}')
        else:
            self._say(fault, record, body)
        if self._buffer:
            self.data_received(b"")

    def _say(self, fault: str, record: int, body: bytes) -> None:
        try:
            asked = json.loads(body)
        except ValueError:
            self._send(400, _error("invalid_json", "the request is not JSON"))
            return
        reply, tokens_in, tokens_out = self._server.completion(asked, len(body), max(record, 0), fault)
        self._server.counts.answered(record, tokens_in, tokens_out, good=fault in GOOD)
        kind = "text/event-stream" if asked.get("stream") else "application/json"
        sent = _http(200, reply, kind=kind, more=self._limit_headers())
        if fault == "midbody":
            self._transport.write(sent[: len(sent) // 2])
            self._transport.close()
        else:
            self._transport.write(sent)

    def _limit_headers(self) -> str:
        server, behaviour = self._server, self._server.behaviour
        if not (behaviour.limit_headers and behaviour.rpm):
            return ""
        held = max(0.0, server._held)  # noqa: SLF001  # the two classes are one server
        wait = 60 / behaviour.rpm * max(0.0, 1 - held)
        return (
            f"x-ratelimit-limit-requests: {behaviour.rpm:.0f}\r\nx-ratelimit-remaining-requests: {held:.0f}\r\n"
            f"x-ratelimit-reset-requests: {wait * 1000:.0f}ms\r\n"
        )

    def _refuse(self, fault: str, record: int) -> None:
        behaviour = self._server.behaviour
        status, code, told = _ERRORS[fault]
        more = ""
        if fault == "429":
            now = time.time()
            self._server.counts.not_before[record] = now + behaviour.retry_after
            said = (
                formatdate(now + behaviour.retry_after, usegmt=True)
                if behaviour.http_date
                else f"{behaviour.retry_after:g}"
            )
            date = f"Date: {formatdate(now, usegmt=True)}\r\n" if behaviour.http_date else ""
            more = f"{date}Retry-After: {said}\r\n"
        self._send(status, _error(code, told), more=more)

    def _send(self, status: int, body: bytes, *, kind: str = "application/json", more: str = "") -> None:
        self._transport.write(_http(status, body, kind=kind, more=more))


def _http(status: int, body: bytes, *, kind: str = "application/json", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status} {_STATUS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def _error(code: str, told: str) -> bytes:
    return json.dumps({"error": {"message": told, "type": code, "param": None, "code": code}}).encode()


async def serve(behaviour: Behaviour, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until cancelled; `ready` is told the address. Raises `UsageError` where the port is taken."""
    shared = FakeServer(behaviour)
    try:
        made = await asyncio.get_running_loop().create_server(lambda: Connection(shared), host, port, backlog=4_096)
    except OSError as error:
        raise UsageError(f"host={host!r}, port={port}: cannot listen there ({error.strerror})") from error
    async with made:
        ready(f"http://{host}:{made.sockets[0].getsockname()[1]}/v1")
        await made.serve_forever()


def run(behaviour: Behaviour, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until interrupted; see `serve`."""
    asyncio.run(serve(behaviour, host, port, ready))
