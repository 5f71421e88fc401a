"""Pacing: when the next request may be sent, under limits that the user set, that headers tell, and that were learned.

Order is kept: what asks first is sent first, and what is sent again comes before what is new. While a circuit breaker is open
nothing is sent but one probe after each pause.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import TYPE_CHECKING, Protocol

from treadle.llm.limits import Limits, Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TRIPS = 10
"""Requests in a row without any answer that open the breaker."""
_FIRST_PAUSE, _LAST_PAUSE = 1.0, 30.0
_RESET = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_KINDS = ("requests", "tokens")
_MOST_WAIT = 120.0
_SHORTEST = 1e-6
"""Seconds that are no wait."""


class Waiting(Protocol):
    """What waits to be sent, as a future does."""

    def done(self) -> bool:
        """Tell whether it waits no longer."""

    def set_result(self, result: Sent, /) -> None:
        """Hear that it may be sent, at once."""


class Bucket:
    """A token bucket: `rate` a second, `burst` at most at once."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        """Begin full."""
        self.rate, self.burst, self._held, self._at = rate, burst, burst, now

    def wait(self, amount: float, now: float) -> float:
        """Return the seconds until so much is there; more than fits is there when the bucket is full."""
        self._held = min(self.burst, self._held + (now - self._at) * self.rate)
        self._at = now
        wait = (min(amount, self.burst) - self._held) / self.rate
        return wait if wait > _SHORTEST else 0.0

    def take(self, amount: float) -> None:
        """Take so much; what is missing is owed."""
        self._held -= amount


class Pacer:
    """Lets requests through; `enter` before one is sent, `leave` when it is back."""

    def __init__(self, concurrency: int, rpm: int, tpm: int, clock: Callable[[], float]) -> None:
        """Take the limits that the user set, 0 for none."""
        self.limits, self._clock = Limits(concurrency), clock
        now = clock()
        self._buckets = {
            name: Bucket((each - _burst(each)) / 60, _burst(each), now) if each else None
            for name, each in (("requests", rpm), ("tokens", tpm))
        }
        self._learned: Bucket | None = None
        self._left: dict[str, tuple[float, float]] = {}
        self.open = 0
        self._waiting: deque[tuple[Waiting, int]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._judging: asyncio.TimerHandle | None = None
        self._failures, self._pause, self._closed_until, self._probing = 0, _FIRST_PAUSE, 0.0, False
        self.broken_since = 0.0

    async def enter(self, tokens: int, *, again: bool = False) -> Sent:
        """Wait until a request may be sent; `tokens` is what a server will count it for, `again` puts it before new ones."""
        waiting: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()
        self.queue(waiting, tokens, again=again)
        return await waiting

    def queue(self, waiting: Waiting, tokens: int, *, again: bool = False) -> None:
        """Have somebody told when a request may be sent; see `enter`."""
        (self._waiting.appendleft if again else self._waiting.append)((waiting, tokens))
        self._pump()

    @property
    def is_awaited(self) -> bool:
        """Whether a request could be sent if the pace were faster."""
        return bool(self._waiting)

    def turn_away(self) -> list[Waiting]:
        """Forget those that wait, and return them."""
        waiting, self._waiting = self._waiting, deque()
        return [each for each, _ in waiting]

    def leave(self, sent: Sent, kind: str, headers: Mapping[str, str]) -> None:
        """Note how a request came back: `answered`, `limited`, `failed`, `refused`, `lost` or `strange`."""
        now = self._clock()
        self.open -= 1
        self.limits.back(sent, now, limited=kind == "limited")
        if kind == "limited" and self._judging is None:
            self._judging = asyncio.get_running_loop().call_later(self.limits.settle_time(), self._judge)
        self._note_breaker(kind, now)
        if headers and kind in {"answered", "limited"}:
            self._note_headers(headers, now)
        self._pump()

    def _judge(self) -> None:
        self._judging = None
        now = self._clock()
        before = self.limits.rate
        if self.limits.is_told:
            self.limits.judge(now)
        if self.limits.rate != before:
            self._follow(now)
        self._pump()

    def _follow(self, now: float) -> None:
        """Keep the rate that was learned."""
        rate = self.limits.rate
        if not rate:
            self._learned = None
        elif self._learned is None:
            self._learned = Bucket(rate, max(1.0, rate * 0.02), now)
            self._learned.take(self._learned.burst)
        else:
            self._learned.rate = rate

    def _note_breaker(self, kind: str, now: float) -> None:
        if kind in {"answered", "limited", "strange"}:
            if self._failures or self._closed_until:
                self._failures, self._pause, self._closed_until = 0, _FIRST_PAUSE, 0.0
                self._probing, self.broken_since = False, 0.0
            return
        self._failures += 1
        if self._failures >= _TRIPS and (self._probing or not self._closed_until or now >= self._closed_until):
            self.broken_since = self.broken_since or now
            self._closed_until, self._probing = now + self._pause, False
            self._pause = min(_LAST_PAUSE, 2 * self._pause)

    def _note_headers(self, headers: Mapping[str, str], now: float) -> None:
        """Follow `x-ratelimit-remaining-*` with `x-ratelimit-reset-*`: what remains until the reset, and no more."""
        for kind in _KINDS:
            remaining, reset = headers.get(f"x-ratelimit-remaining-{kind}"), headers.get(f"x-ratelimit-reset-{kind}")
            if remaining and reset and remaining.strip().isdecimal():
                self._left[kind] = float(remaining), now + min(_MOST_WAIT, seconds_of(reset))

    def _blocked(self, tokens: int, now: float) -> float:
        """Return the seconds until the next request may be sent, 0 for at once; infinity where something must come back first."""
        if self.open >= self.limits.window or (self._judging is not None and self.limits.is_braking):
            return float("inf")
        if now < self._closed_until:
            return self._closed_until - now
        if self._closed_until and self._probing:
            return float("inf")
        waits = [0.0]
        for kind, amount in (("requests", 1), ("tokens", tokens)):
            bucket = self._buckets[kind]
            if bucket is not None:
                waits.append(bucket.wait(amount, now))
            left, until = self._left.get(kind, (0.0, 0.0))
            if until > now and left < amount:
                waits.append(until - now)
        if self._learned is not None:
            waits.append(self._learned.wait(1, now))
        return max(waits)

    def _pump(self) -> None:
        """Let through whatever may be sent now, and set a timer for what may be sent later."""
        now = self._clock()
        before = self.limits.rate
        self.limits.grow(now)
        if self.limits.rate != before:
            self._follow(now)
        while self._waiting:
            waiting, tokens = self._waiting[0]
            if waiting.done():
                self._waiting.popleft()
                continue
            wait = self._blocked(tokens, now)
            if wait > 0:
                if wait != float("inf"):
                    self._set_timer(wait)
                return
            self._waiting.popleft()
            self._take(tokens)
            waiting.set_result(self.limits.sent(now, tokens))

    def _take(self, tokens: int) -> None:
        self.open += 1
        self._probing = bool(self._closed_until)
        for kind, amount in (("requests", 1), ("tokens", tokens)):
            bucket = self._buckets[kind]
            if bucket is not None:
                bucket.take(amount)
            if kind in self._left:
                left, until = self._left[kind]
                self._left[kind] = left - amount, until
        if self._learned is not None:
            self._learned.take(1)

    def _set_timer(self, wait: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(min(wait, 1.0), self._pump)


def _burst(per_minute: int) -> float:
    """Return how much of a minute's limit may go at once: a second's worth."""
    return max(1.0, per_minute / 60)


def seconds_of(reset: str) -> float:
    """Return the seconds of a header such as `6m0s`, `1.5s`, `20ms` or `2`."""
    try:
        return max(0.0, float(reset))
    except ValueError:
        pass
    found = _RESET.fullmatch(reset.strip())
    if not found or not reset.strip():
        return 0.0
    days, hours, minutes, seconds, milliseconds = (float(each or 0) for each in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds + milliseconds / 1000
