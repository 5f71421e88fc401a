"""A fake model for tests: the project's own server in a thread of its own, at a port that the tests may connect to."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from loopback import SERVED
from treadle.llm.fake.faults import Behaviour
from treadle.llm.fake.server import Connection, FakeServer

if TYPE_CHECKING:
    from collections.abc import Iterator

PRICES = {"price_in": "1", "price_out": "2"}
"""US dollars for a million tokens, as settings of a writer."""


class Serving:
    """A server that runs; `url` is its address, `stats` what it counted."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.server = FakeServer(behaviour)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        made = asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result()
        self._made, self.port = made, made.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def _listen(self):
        return await self.loop.create_server(lambda: Connection(self.server), "127.0.0.1", 0)

    async def _end(self):
        self._made.close()
        for transport in list(self.server.connected):
            transport.abort()
        for _ in range(3):  # what was aborted is closed in the next rounds of the loop
            await asyncio.sleep(0)

    @property
    def stats(self):
        return json.loads(json.dumps(self.server.counts.shown()))

    def behave(self, **given) -> None:
        """Change how the server behaves, and forget what was counted."""
        self.server.behaviour = self.server.behaviour.changed(given)
        self.server.reset()

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@contextmanager
def served(**given) -> Iterator[Serving]:
    """Serve a fake model while the context is open."""
    serving = Serving(Behaviour().changed(given))
    SERVED.add(serving.port)
    try:
        yield serving
    finally:
        SERVED.discard(serving.port)
        serving.close()
