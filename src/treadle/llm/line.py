"""The line: requests wait in it until they are paid for, noted in the journal, and let through by the pacer.

Some are paid for and noted ahead of their turn, so that a slow disk keeps no place empty.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from treadle.errors import RunError, TreadleError
from treadle.llm.money import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.llm.asking import Request
    from treadle.llm.journal import Journal
    from treadle.llm.limits import Sent
    from treadle.llm.money import Prices, Purse
    from treadle.llm.pacing import Pacer


class StoppedError(Exception):
    """The run is stopping: what is open is waited for, and nothing new is sent."""


class Place:
    """A request's place: its worst case in nano-dollars and its number in the journal, once it has them."""

    __slots__ = ("again", "number", "prices", "request", "through", "worst")

    def __init__(self, request: Request, prices: Prices, *, again: bool) -> None:
        """Take a request, its prices, and whether it was sent before."""
        self.request, self.prices, self.again, self.worst, self.number = request, prices, again, 0, 0
        self.through: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()

    @property
    def tokens(self) -> int:
        """The tokens that a server will count the request for, about."""
        return self.request.tokens_in // 4 + self.request.room


class Line:
    """Lets requests through in their order, those that are sent again first."""

    def __init__(
        self, purse: Purse, journal: Journal, pacer: Pacer, ahead: int, stop: Callable[[TreadleError], None]
    ) -> None:
        """Take the parts of a run; `ahead` are paid for at once, `stop` is told of what ends the run."""
        self.purse, self.journal, self.pacer, self._stop = purse, journal, pacer, stop
        self._waiting: deque[Place] = deque()
        self._most, self._taken, self._noting, self._halted = ahead, 0, 0, False

    async def enter(self, request: Request, prices: Prices, *, again: bool) -> tuple[Place, Sent]:
        """Wait until a request may be sent; raises `StoppedError` once nothing more is."""
        if self._halted:
            raise StoppedError
        place = Place(request, prices, again=again)
        (self._waiting.appendleft if again else self._waiting.append)(place)
        self.move()
        try:
            sent = await place.through
            if self._halted:
                raise StoppedError  # noqa: TRY301  # what it holds is given back below
        except BaseException:
            through = place.through
            if through.done() and not through.cancelled() and through.exception() is None:
                self.pacer.leave(through.result(), "limited", {})
            if place.number:
                self.leave(place, None)
            raise
        return place, sent

    def leave(self, place: Place, cost: int | None, *, lost: bool = False) -> None:
        """Give a place to another: its request was answered at a cost, or was not, perhaps after it was billed."""
        self._taken -= 1
        if cost is not None:
            self.purse.settle(place.worst, cost)
        else:
            self.purse.release(place.worst, lost=lost)
            self.journal.resolve(place.number, lost=lost)
        self.move()

    def move(self) -> None:
        """Pay for as many requests as fit ahead and under the cap, and note them."""
        while self._waiting and self._taken < self._most and not self._halted:
            place = self._waiting[0]
            worst = self.purse.worst(place.prices, place.request.tokens_in, place.request.room)
            if not self.purse.reserve(worst):
                if not self.purse.open:
                    self._stop(self._used_up(worst))
                return  # the open ones may be cheaper than their worst case
            self._waiting.popleft()
            self._taken, place.worst = self._taken + 1, worst
            place.number = self.journal.reserve(place.request.key, worst, partial(self._noted, place))
            self._noting += 1
        if self._noting and not self.pacer.is_awaited:
            self.journal.hurry()

    def _noted(self, place: Place, error: TreadleError | None) -> None:
        """Queue a request whose reservation is on disk."""
        self._noting -= 1
        if error is not None:
            self._stop(error)
        if not self._halted:
            self.pacer.queue(place.through, place.tokens, again=place.again)
        elif not place.through.done():
            place.through.set_exception(StoppedError())

    def _used_up(self, worst: int) -> RunError:
        purse = self.purse
        aside = f", {shown(purse.lost)} set aside for requests without an answer" if purse.lost else ""
        return RunError(
            f"the budget is used up: {shown(purse.spent)} spent{aside}, and the next request may cost {shown(worst)} of "
            f"{shown(purse.cap or 0)}: raise --budget, and the same command goes on with what is in the journal"
        )

    def halt(self) -> None:
        """Let nothing more through."""
        self._halted = True
        waiting, self._waiting = self._waiting, deque()
        for through in (*(place.through for place in waiting), *self.pacer.turn_away()):
            if not through.done():
                through.set_exception(StoppedError())
