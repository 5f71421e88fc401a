"""The exchange of one request for an answer: from the journal, or paid for, sent as often as it takes, and journalled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from treadle.errors import RunError, TreadleError
from treadle.llm.journal import Row
from treadle.llm.money import shown
from treadle.llm.wire import NoReplyError, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.llm.asking import Request
    from treadle.llm.journal import Journal
    from treadle.llm.limits import Sent
    from treadle.llm.money import Prices, Purse
    from treadle.llm.pacing import Pacer
    from treadle.llm.settings import Writer
    from treadle.llm.wire import Reply, Wire

PATIENCE = 900.0
"""Seconds for which an endpoint may answer nothing before a run stops."""
_FIRST_TRIES = 3
"""Connections refused at the very start before a run stops: then there is no server."""
_BASE, _LONGEST = 0.25, 30.0
"""Seconds of the first pause before a request is sent again, and of the longest."""


class StoppedError(Exception):
    """The run is stopping: what is open is waited for, and nothing new is sent."""


class Exchange:
    """Sends requests under a budget and at the pace that the endpoint takes; counts what came of them."""

    def __init__(  # noqa: PLR0917  # the parts of a run, each of its own type
        self, wire: Wire, pacer: Pacer, journal: Journal, purse: Purse, writer: Writer, clock: Callable[[], float]
    ) -> None:
        """Take the parts; one exchange serves all requests of a run."""
        self.wire, self.pacer, self.journal, self.purse, self._writer = wire, pacer, journal, purse, writer
        self._clock = clock
        extra = writer.concurrency + 8  # reserved ahead, so that a slow disk keeps no place empty
        self._slots = asyncio.Semaphore(writer.concurrency + extra)
        self._poor: list[asyncio.Future[None]] = []
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
                return await self._once(request, prices, again=tries + limited > 0)
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
                await asyncio.sleep(error.wait or self._backoff(request, tries + limited))

    async def _once(self, request: Request, prices: Prices, *, again: bool) -> Row:
        async with self._slots:
            worst = await self._afford(request, prices)
            number = 0
            try:
                number, noted = self.journal.reserve(request.key, worst)
                await self._on_disk(noted)
                sent = await self.pacer.enter(request.tokens_in // 4 + request.room, again=again)
                if self.halted:
                    self.pacer.leave(sent, "limited", {})
                    raise StoppedError  # noqa: TRY301  # what was reserved is released below
            except BaseException:
                self._release(number, worst, lost=False)
                raise
            row, noted = await self._send(request, sent, number, worst, prices)
        await self._on_disk(noted)
        self.answered += 1
        return row

    async def _send(
        self, request: Request, sent: Sent, number: int, worst: int, prices: Prices
    ) -> tuple[Row, asyncio.Future[None]]:
        """Send a request, and note its answer before the place is given on to another."""
        try:
            reply = await self.wire.ask(request)
        except NoReplyError as error:
            self.pacer.leave(sent, error.kind, error.headers)
            self._release(number, worst, lost=error.kind in {"lost", "strange"})
            raise
        except Unsupported:
            self.pacer.leave(sent, "answered", {})
            self._release(number, worst, lost=False)
            raise
        except TreadleError as error:
            self.pacer.leave(sent, "answered", {})
            self._release(number, worst, lost=False)
            self.stop(error)
            raise StoppedError from error
        except BaseException:
            self.pacer.leave(sent, "lost", {})
            self._release(number, worst, lost=True)
            raise
        try:
            return self._keep(request, reply, number, worst, prices)
        except TreadleError as error:
            self.stop(error)
            raise StoppedError from error
        finally:
            self.pacer.leave(sent, "answered", reply.headers)

    def _keep(
        self, request: Request, reply: Reply, number: int, worst: int, prices: Prices
    ) -> tuple[Row, asyncio.Future[None]]:
        """Journal an answer; it counts once the future is done."""
        tokens_in, tokens_out = reply.tokens_in, reply.tokens_out
        if not tokens_in:
            tokens_in, tokens_out = request.tokens_in, request.room
        cost = prices.cost(tokens_in, tokens_out)
        self.purse.settle(worst, cost)
        self._wake()
        text = (
            self.wire.key.blot(reply.content)
            if self.wire.key and self.wire.key.reveal() in reply.content
            else reply.content
        )
        row = Row(
            request.key, request.user, request.model, request.told, text, reply.finish, tokens_in, tokens_out, cost
        )
        return row, self.journal.answer(number, row)

    async def _afford(self, request: Request, prices: Prices) -> int:
        """Put the worst case of a request aside, waiting for open ones to be cheaper than theirs; stop where it never fits."""
        while not self.halted:
            worst = self.purse.worst(prices, request.tokens_in, request.room)
            if self.purse.reserve(worst):
                return worst
            if not self.purse.open:
                self.stop(
                    RunError(
                        f"the budget is used up: {shown(self.purse.spent)} spent"
                        + (
                            f", {shown(self.purse.lost)} set aside for requests without an answer"
                            if self.purse.lost
                            else ""
                        )
                        + f", and the next request may cost {shown(worst)} of {shown(self.purse.cap or 0)}: raise --budget, and "
                        "the same command goes on with what is in the journal"
                    )
                )
                break
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._poor.append(waiting)
            await waiting
        raise StoppedError

    async def _on_disk(self, waiting: asyncio.Future[None]) -> None:
        """Wait until what was written is on disk; stop where it cannot be."""
        try:
            await waiting
        except TreadleError as error:
            self.stop(error)
            raise StoppedError from error

    def _release(self, number: int, worst: int, *, lost: bool) -> None:
        self.purse.release(worst, lost=lost)
        if number:
            self.journal.resolve(number, lost=lost)
        self._wake()

    def _wake(self) -> None:
        waiting, self._poor = self._poor, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    def stop(self, error: TreadleError | None) -> None:
        """Send nothing new; what is open is waited for."""
        self.stopping = self.stopping or error
        self.halted = True
        self._wake()

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
        """Return the seconds before a request is sent again: doubled each time, and spread by the request's own hash."""
        spread = int.from_bytes(request.key[tries % 16 : tries % 16 + 2], "big") / 65_536
        return float(min(_LONGEST, _BASE * 2**tries) * (0.5 + spread))
