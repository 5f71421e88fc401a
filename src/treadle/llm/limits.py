"""Limits that a server keeps without saying so, learned from the few requests it turns down (status 429).

Of every request it is known how many others were being answered when it was sent, and whether it was turned down. Where requests
are turned down as soon as a number of others is open, that number is the window. Where they are turned down whatever is open,
and many of them, a rate is kept: each time a request is turned down
the server's bucket is empty, so that what was accepted between two such
moments is the rate times the time between them. A few that are turned down here and there tell nothing and change nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass

_KEPT = 2_048
"""Requests that are remembered, at most."""
_SPAN = 4.0
"""Seconds that are looked back."""
_CLUSTER, _LEAST = 0.25, 6
"""The share of recent requests, and how many at least, that are turned down by a limit and not here and there."""
_RECENT = 64
_PATIENT = 3
"""Judgements in a row that find a window that is narrow enough already: then it is a rate that turns requests down."""
_BRAKE, _BRAKE_SHARE = 3, 0.1
"""Requests turned down since the last judgement, and their share of those sent, that hold further ones back until the next."""
_NEAR = 0.9
_MOST_STEP, _FASTER = 0.25, 1.5
"""A rate grows by so much a second at most, and by so much more each second in which nothing was turned down: one that was measured
while the machine was busy is far too low."""
_UNDER = 0.995
"""A learned rate is kept just under what was measured."""


@dataclass(eq=False, slots=True)
class Sent:
    """A request that was sent: its number, when, when it came back (0 while it is open), and whether it was turned down."""

    number: int
    at: float
    back: float = 0.0
    limited: bool = False
    tokens: int = 0


class Limits:
    """A window of open requests and a rate, both learned; times are seconds of one clock."""

    def __init__(self, most: int) -> None:
        """Take the most requests that are open at once."""
        self.most, self.window = most, most
        self.rate = 0.0
        """Requests a second, 0 where no rate is kept."""
        self._log: deque[Sent] = deque()
        self._news: list[Sent] = []
        self._probed, self._pause, self._stride, self._stuck = 0.0, 0.5, 1, 0
        self._grown, self._step = 0.0, 0.01
        self._cuts: deque[float] = deque(maxlen=4)
        self._noise = 0.0
        self._sent = self._before = self._number = 0
        self._since = 0.0

    def sent(self, now: float, tokens: int = 0) -> Sent:
        """Note that a request is sent."""
        self._sent += 1
        self._number += 1
        entry = Sent(self._number, now, tokens=tokens)
        self._log.append(entry)
        while len(self._log) > _KEPT and self._log[0].back:
            self._log.popleft()
        return entry

    def back(self, entry: Sent, now: float, *, limited: bool) -> None:
        """Note that a request came back."""
        entry.back, entry.limited = now, limited
        if limited:
            self._news.append(entry)

    @property
    def is_told(self) -> bool:
        """Whether requests were turned down since the last judgement."""
        return bool(self._news)

    @property
    def is_braking(self) -> bool:
        """Whether so much was turned down that nothing is sent before the next judgement."""
        count = len(self._news)
        if self.window < self.most or self.rate:
            return count >= 1
        return count >= _BRAKE and count >= _BRAKE_SHARE * self._sent

    def settle_time(self) -> float:
        """Return the seconds after which what was sent before the last news has been turned down or not."""
        last = self._news[-1]
        return min(0.25, max(0.01, 2 * (last.back - last.at)))

    def judge(self, now: float) -> None:
        """Learn from what was turned down since the last judgement."""
        news, self._news = self._news, []
        self._sent = 0
        if self._before:
            self.window, self._before = self._before, 0
            self._probed, self._pause, self._stride = now, min(16.0, 2 * self._pause), 1
            return
        settled = now - max(0.005, *(each.back - each.at for each in news))
        recent = [each for each in self._log if each.at > now - _SPAN and (each.back or each.at < settled)]
        if self.rate:
            self._correct(recent, news, now)
            return
        accepted = [each for each in recent if not each.limited]
        opened = _open_before(accepted, news)
        most = max(_open_before(accepted, accepted[-4 * _RECENT :]), default=0) + 1
        middle = sorted(opened)[len(opened) // 2]
        if middle >= _NEAR * most and middle <= self.window:
            self._stuck = self._stuck + 1 if self.window <= most < self.most else 0
            self._narrow(most, now)
            if self._stuck >= _PATIENT:
                self._begin_rate(recent, now)
            return
        last = recent[-_RECENT:]
        limited = sum(each.limited for each in last)
        share = limited / max(1, len(last))
        if share >= max(_CLUSTER, 2 * self._noise) and limited >= _LEAST:
            self._begin_rate(recent, now)

    def _narrow(self, most: int, now: float) -> None:
        self.window, self._probed = max(1, min(self.window, most)), now

    def _begin_rate(self, recent: list[Sent], now: float) -> None:
        measured = _slope(recent)
        if measured > 0:
            self.rate, self._since, self._grown, self._step = measured * _UNDER, now, now, 0.015
            self.window, self._before, self._stuck = self.most, 0, 0

    def _correct(self, recent: list[Sent], news: list[Sent], now: float) -> None:
        """Lower a rate that was a little too high; where lowering it changes nothing, it is no rate that turns requests down."""
        since = [each for each in recent if each.at > self._since]
        limited = sum(each.limited for each in since)
        share = limited / max(1, len(since))
        is_far_off = share >= _CLUSTER and limited >= _LEAST
        if news[-1].at - self._since < (0.1 if is_far_off else 0.5):
            return
        measured = _slope(since)
        self._cuts.append(share)
        if len(self._cuts) == self._cuts.maxlen and min(self._cuts) > 0.03 and share > 0.6 * self._cuts[0]:
            self.rate, self._noise = 0.0, share
            self._cuts.clear()
            return
        lower = min(self.rate, measured or self.rate) * _UNDER
        self.rate = lower if is_far_off else max(0.9 * self.rate, lower)
        self._since, self._grown, self._step = now, now, 0.015 if is_far_off else 0.002

    def grow(self, now: float) -> None:
        """Try a little more, where nothing was turned down for a while."""
        if self.window < self.most and now - self._probed > self._pause:
            self._before, self._probed = self.window, now
            self.window = min(self.most, self.window + self._stride)
            self._stride *= 2
        if self.rate and now - self._grown > 1.0:
            self.rate, self._grown = self.rate * (1 + self._step), now
            self._step = min(_MOST_STEP, _FASTER * self._step)


def _open_before(accepted: list[Sent], entries: list[Sent]) -> list[int]:
    """Return how many of the accepted requests, in the order in which they were sent, were open when each entry was sent."""
    numbers = [each.number for each in accepted]
    backs = sorted(each.back for each in accepted if each.back)
    return [bisect_left(numbers, entry.number) - bisect_right(backs, entry.at) for entry in entries]


def _slope(recent: list[Sent]) -> float:
    """Return the requests a second that were accepted between the first and the last that was turned down."""
    limited = [each.at for each in recent if each.limited]
    if not limited:
        return 0.0
    first, last = limited[0], limited[-1]
    if last - first < 0.05:
        first = min(each.at for each in recent)
    accepted = sum(first < each.at <= last and not each.limited for each in recent)
    return accepted / (last - first) if last - first > 0.01 else 0.0
