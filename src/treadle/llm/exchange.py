"""The exchange of one request for an answer: from the journal, or paid for, sent as often as it takes, and journalled."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from treadle.errors import RunError, TreadleError
from treadle.llm.committing import Row
from treadle.llm.line import Line, Place
from treadle.llm.wire import NoReplyError, Reply, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from treadle.llm.asking import Request
    from treadle.llm.journal import Journal
    from treadle.llm.money import Prices, Purse
    from treadle.llm.pacing import Pacer
    from treadle.llm.settings import Writer
    from treadle.llm.wire import Wire

Told: TypeAlias = "Callable[[Row | None], None]"
"""Hears the answer to a request, or None once nothing more is answered."""
PATIENCE = 900.0
"""Seconds for which an endpoint may answer nothing before a run stops."""
_FIRST_TRIES = 3
"""Connections refused at the very start before a run stops: then there is no server."""
_PERHAPS_BILLED = frozenset({"lost", "strange"})
NONE: Mapping[str, str] = {}
_BASE, _TIMES, _LONGEST = 0.12, 3, 30.0
"""Seconds of the first pause before a request is sent again, how much longer each further one is, and of the longest: most failures
are single ones, and a server that is down has a breaker to wait for it."""


class _Asking:
    """A request on its way to an answer: who is told, how often it was sent, and since when."""

    __slots__ = ("limited", "prices", "request", "since", "told", "tries")

    def __init__(self, request: Request, prices: Prices, told: Told, since: float) -> None:
        self.request, self.prices, self.told, self.since = request, prices, told, since
        self.tries = self.limited = 0


class Exchange:
    """Sends requests under a budget and at the pace that the endpoint takes; counts what came of them.

    Nothing here waits: whoever asks is told. An answer is noted, and the next request sent, before anything is done with it.
    """

    def __init__(  # noqa: PLR0917  # the parts of a run, each of its own type
        self, wire: Wire, pacer: Pacer, journal: Journal, purse: Purse, writer: Writer, clock: Callable[[], float]
    ) -> None:
        """Take the parts; one exchange serves all requests of a run."""
        self.wire, self.pacer, self.journal, self.purse, self._writer = wire, pacer, journal, purse, writer
        self._clock = clock
        ahead = 2 * writer.concurrency + 8
        self.line = Line(purse, journal, pacer, ahead, self.stop)
        self._pausing: dict[_Asking, asyncio.TimerHandle] = {}
        self.stopping: TreadleError | None = None
        self.halted = False
        self.answered = self.repeated = self.replayed = self._refused = 0

    @property
    def waiting(self) -> int:
        """The requests that are not paid for yet."""
        return len(self.line)

    def ask(self, request: Request, prices: Prices, told: Told) -> None:
        """Have a request answered; `told` hears the answer, or None once the run is stopping."""
        row = None if self.journal.empty else self.journal.find(request.key)
        if row is not None:
            self.replayed += 1
            told(row)
        else:
            self._enter(_Asking(request, prices, told, self._clock()))

    def _enter(self, asking: _Asking) -> None:
        """Have a request wait for its turn."""
        self._pausing.pop(asking, None)
        again = asking.request.again or asking.tries + asking.limited > 0
        self.line.enter(Place(asking.request, asking.prices, partial(self._send, asking), again=again))

    def _send(self, asking: _Asking, place: Place) -> None:
        if place.sent is None:
            asking.told(None)
            return
        try:
            self.wire.ask(asking.request, partial(self._came, asking, place))
        except Exception as error:  # noqa: BLE001  # raised again by the desk
            asyncio.get_running_loop().call_soon(self._came, asking, place, error)

    def _came(self, asking: _Asking, place: Place, came: Reply | Exception) -> None:
        """Take what came of a request; whatever goes wrong ends the run."""
        try:
            self._take(asking, place, came)
        except Exception as error:  # noqa: BLE001  # raised again by the desk
            self.stop(error)  # type: ignore[arg-type]  # as above
            asking.told(None)

    def _take(self, asking: _Asking, place: Place, came: Reply | Exception) -> None:
        """Note an answer before the place is given on to another, and go on."""
        row = self._noted_answer(asking, place, came) if isinstance(came, Reply) else None
        kind, headers = "answered", came.headers if isinstance(came, Reply | NoReplyError) else NONE
        if isinstance(came, NoReplyError):
            kind = came.kind
        elif isinstance(came, Exception) and not isinstance(came, Unsupported):
            kind = "answered" if isinstance(came, TreadleError) else "lost"
            self.stop(came)  # type: ignore[arg-type]  # whatever it is ends the run
        assert place.sent is not None  # noqa: S101  # it was sent
        self.pacer.leave(place.sent, kind, headers)
        billed = isinstance(came, Reply) or kind in _PERHAPS_BILLED
        self.line.leave(place, row.cost if row is not None else None, lost=billed)
        if row is not None:
            self.answered += 1
            asking.told(row)
        elif isinstance(came, NoReplyError):
            self._again(asking, came)
        elif isinstance(came, Unsupported):
            self._enter(asking)
        else:
            asking.told(None)

    def _noted_answer(self, asking: _Asking, place: Place, reply: Reply) -> Row | None:
        """Note an answer in the journal; None where that cannot be done, which ends the run."""
        row = self._row(asking.request, reply, asking.prices)
        try:
            self.journal.answer(place.number, row, self._noted)
        except TreadleError as error:
            self.stop(error)
            return None
        return row

    def _again(self, asking: _Asking, error: NoReplyError) -> None:
        """Have a request that got no answer sent again, after a pause; or end the run."""
        self.repeated += 1
        if error.kind == "limited" and self._clock() - asking.since < PATIENCE:
            asking.limited += 1
        elif asking.tries < self._writer.max_retries:
            asking.tries += 1
        else:
            self.stop(
                RunError(
                    f"{asking.request.user}: no answer from {self.wire.endpoint} after {asking.tries + 1} tries ({error}): what "
                    "was answered is in the journal, and the same command goes on"
                )
            )
        self._check_alive(error)
        if self.halted:
            asking.told(None)
            return
        pause = error.wait or self._backoff(asking.request, asking.tries + asking.limited)
        self._pausing[asking] = asyncio.get_running_loop().call_later(pause, self._enter, asking)

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

    def stop(self, error: TreadleError | None) -> None:
        """Send nothing new; what is open is waited for."""
        self.stopping = self.stopping or error
        self.halted = True
        self.line.halt()
        pausing, self._pausing = self._pausing, {}
        for asking, timer in pausing.items():
            timer.cancel()
            asking.told(None)

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

    @staticmethod
    def _backoff(request: Request, tries: int) -> float:
        """Return the seconds before a request is sent again: more each time, and spread by the request's own hash."""
        spread = int.from_bytes(request.key[tries % 16 : tries % 16 + 2], "big") / 65_536
        return float(min(_LONGEST, _BASE * _TIMES ** (tries - 1)) * (0.75 + spread / 2))
