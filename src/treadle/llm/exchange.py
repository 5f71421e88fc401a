"""The exchange of one request for an answer: from the journal, or paid for, sent as often as it takes, and journalled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from treadle.errors import RunError, TreadleError
from treadle.llm.committing import Row
from treadle.llm.line import Line, StoppedError
from treadle.llm.wire import NoReplyError, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from treadle.llm.asking import Request
    from treadle.llm.journal import Journal
    from treadle.llm.money import Prices, Purse
    from treadle.llm.pacing import Pacer
    from treadle.llm.settings import Writer
    from treadle.llm.wire import Reply, Wire

PATIENCE = 900.0
"""Seconds for which an endpoint may answer nothing before a run stops."""
_FIRST_TRIES = 3
"""Connections refused at the very start before a run stops: then there is no server."""
_PERHAPS_BILLED = frozenset({"lost", "strange"})
NONE: Mapping[str, str] = {}
_BASE, _TIMES, _LONGEST = 0.1, 3, 30.0
"""Seconds of the first pause before a request is sent again, how much longer each further one is, and of the longest: most failures
are single ones, and a server that is down has a breaker to wait for it."""


class Exchange:
    """Sends requests under a budget and at the pace that the endpoint takes; counts what came of them."""

    def __init__(  # noqa: PLR0917  # the parts of a run, each of its own type
        self, wire: Wire, pacer: Pacer, journal: Journal, purse: Purse, writer: Writer, clock: Callable[[], float]
    ) -> None:
        """Take the parts; one exchange serves all requests of a run."""
        self.wire, self.pacer, self.journal, self.purse, self._writer = wire, pacer, journal, purse, writer
        self._clock = clock
        ahead = 2 * writer.concurrency + 8
        self.line = Line(purse, journal, pacer, ahead, self.stop)
        self._pausing: set[asyncio.Future[None]] = set()
        self.stopping: TreadleError | None = None
        self.halted = False
        self.answered = self.repeated = self.replayed = self._refused = 0

    async def ask(self, request: Request, prices: Prices) -> Row:
        """Return the answer to a request; raises `StoppedError` once the run is stopping."""
        if not self.journal.empty:
            row = self.journal.find(request.key)
            if row is not None:
                self.replayed += 1
                return row
        tries, limited, since = 0, 0, self._clock()
        while True:
            try:
                return await self._once(request, prices, again=request.again or tries + limited > 0)
            except Unsupported:
                continue
            except NoReplyError as error:
                self.repeated += 1
                if error.kind == "limited" and self._clock() - since < PATIENCE:
                    limited += 1
                elif tries < self._writer.max_retries:
                    tries += 1
                else:
                    self.stop(
                        RunError(
                            f"{request.user}: no answer from {self.wire.endpoint} after {tries + 1} tries ({error}): what was "
                            "answered is in the journal, and the same command goes on"
                        )
                    )
                    raise StoppedError from error  # what is raised stops every call
                self._check_alive(error)
                await self._pause(error.wait or self._backoff(request, tries + limited))

    async def _once(self, request: Request, prices: Prices, *, again: bool) -> Row:
        """Send a request once, and note its answer before the place is given on to another."""
        place, sent = await self.line.enter(request, prices, again=again)
        kind, cost, headers, billed = "answered", None, NONE, False
        try:
            reply = await self.wire.ask(request)
            headers, billed = reply.headers, True
            row = self._row(request, reply, prices)
            self.journal.answer(place.number, row, self._noted)
            cost = row.cost
        except NoReplyError as error:
            kind, headers, billed = error.kind, error.headers, error.kind in _PERHAPS_BILLED
            raise
        except TreadleError as error:
            self.stop(error)
            raise StoppedError from error
        except Unsupported:
            raise
        except BaseException:
            kind, billed = "lost", True
            raise
        finally:
            self.pacer.leave(sent, kind, headers)
            self.line.leave(place, cost, lost=billed)
        self.answered += 1
        return row

    def _row(self, request: Request, reply: Reply, prices: Prices) -> Row:
        """Return an answer as the journal keeps it; one that says nothing of tokens counts at its worst case."""
        tokens_in, tokens_out = reply.tokens_in, reply.tokens_out
        if not tokens_in:
            tokens_in, tokens_out = request.tokens_in, request.room
        cost, key, text = prices.cost(tokens_in, tokens_out), self.wire.key, reply.content
        if key and key.reveal() in text:
            text = key.blot(text)
        return Row(
            request.key, request.user, request.model, request.told, text, reply.finish, tokens_in, tokens_out, cost
        )

    def _noted(self, error: TreadleError | None) -> None:
        """Stop where an answer could not be committed; it stays in the spool."""
        if error is not None:
            self.stop(error)

    async def _pause(self, seconds: float) -> None:
        """Wait before a request is sent again, unless the run stops meanwhile."""
        if self.halted:
            return
        pause: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pausing.add(pause)
        timer = pause.get_loop().call_later(seconds, _wake, pause)
        try:
            await pause
        finally:
            timer.cancel()
            self._pausing.discard(pause)

    def stop(self, error: TreadleError | None) -> None:
        """Send nothing new; what is open is waited for."""
        self.stopping = self.stopping or error
        self.halted = True
        self.line.halt()
        for each in self._pausing:
            _wake(each)

    def _check_alive(self, error: NoReplyError) -> None:
        """Stop where there is no server, or where it has answered nothing for long."""
        self._refused = self._refused + 1 if error.kind == "refused" else 0
        broken = self.pacer.broken_since
        if (not self.answered and self._refused >= _FIRST_TRIES) or (broken and self._clock() - broken > PATIENCE):
            self.stop(
                RunError(
                    f"{error}: is the server running? What was answered is in the journal, and the same command goes on"
                )
            )
            raise StoppedError from error

    @staticmethod
    def _backoff(request: Request, tries: int) -> float:
        """Return the seconds before a request is sent again: more each time, and spread by the request's own hash."""
        spread = int.from_bytes(request.key[tries % 16 : tries % 16 + 2], "big") / 65_536
        return float(min(_LONGEST, _BASE * _TIMES ** (tries - 1)) * (0.5 + spread))


def _wake(pause: asyncio.Future[None]) -> None:
    if not pause.done():
        pause.set_result(None)
