"""The line: requests wait in it until they are paid for, noted in the journal, and let through by the pacer.

Some are paid for and noted ahead of their turn, so that a slow disk keeps no place empty.
"""

from __future__ import annotations

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


class Place:
    """A request's place: its worst case in nano-dollars and its number in the journal, once it has them.

    `through` is told when the request may be sent (`sent` says when that was), or never will be (`sent` is None).
    """

    __slots__ = ("again", "is_over", "number", "prices", "request", "sent", "through", "worst")

    def __init__(self, request: Request, prices: Prices, through: Callable[[Place], None], *, again: bool) -> None:
        """Take a request, its prices, and whether it was sent before."""
        self.request, self.prices, self.through, self.again = request, prices, through, again
        self.worst = self.number = 0
        self.sent: Sent | None = None
        self.is_over = False

    @property
    def tokens(self) -> int:
        """The tokens that a server will count the request for, about."""
        return self.request.tokens_in // 4 + self.request.room

    def done(self) -> bool:
        """Tell whether the request waits no longer."""
        return self.is_over

    def set_result(self, sent: Sent) -> None:
        """Hear that the request may be sent."""
        self.is_over, self.sent = True, sent
        self.through(self)


class Line:
    """Lets requests through in their order, those that are sent again first."""

    def __init__(
        self, purse: Purse, journal: Journal, pacer: Pacer, ahead: int, stop: Callable[[TreadleError], None]
    ) -> None:
        """Take the parts of a run; `ahead` are paid for at once, `stop` is told of what ends the run."""
        self.purse, self.journal, self.pacer, self._stop = purse, journal, pacer, stop
        self._waiting: deque[Place] = deque()
        self._most, self._taken, self._noting, self._halted = ahead, 0, 0, False

    def __len__(self) -> int:
        """Return the number of requests that are not paid for yet."""
        return len(self._waiting)

    def enter(self, place: Place) -> None:
        """Have a request wait until it may be sent; it is told at once where nothing more is."""
        if self._halted:
            self._turn_away(place)
            return
        (self._waiting.appendleft if place.again else self._waiting.append)(place)
        self.move()

    def _turn_away(self, place: Place) -> None:
        """Tell a request that it will not be sent, and give back what it holds."""
        if place.is_over:
            return
        place.is_over = True
        if place.number:
            self.leave(place, None)
        place.through(place)

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
            self._noting += 1
            place.number = self.journal.reserve(place.request.key, worst, partial(self._noted, place))
        if self._noting and not self.pacer.is_awaited:
            self.journal.hurry()

    def _noted(self, place: Place, error: TreadleError | None) -> None:
        """Queue a request whose reservation is on disk."""
        self._noting -= 1
        if error is not None:
            self._stop(error)
        if self._halted:
            self._turn_away(place)
        else:
            self.pacer.queue(place, place.tokens, again=place.again)

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
        for place in (*waiting, *self.pacer.turn_away()):
            if isinstance(place, Place):
                self._turn_away(place)
