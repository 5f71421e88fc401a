"""Pacing in virtual time: limits are learned from few refusals, kept closely, and single refusals change nothing."""

from __future__ import annotations

import asyncio
import random

import pytest
from virtual import play

from treadle.llm.pacing import Pacer, seconds_of

LATENCY, REFUSAL = 0.2, 0.005


class Server:
    """A server with limits that it keeps in silence."""

    def __init__(self, *, rate=0.0, burst=0.0, inflight=0, noise=0.0):
        self.rate, self.held, self.at, self.burst = rate, burst, 0.0, burst
        self.inflight, self.noise, self.open = inflight, noise, 0
        self.refused, self.times, self.most = 0, [], 0
        self._draw = random.Random(1)  # a test's own choices

    def takes(self, now):
        if self.rate:
            self.held = min(self.burst, self.held + (now - self.at) * self.rate)
            self.at = now
            if self.held < 1:
                return False
        if self.inflight and self.open >= self.inflight:
            return False
        if self._draw.random() < self.noise:
            return False
        self.held -= 1
        return True

    async def answer(self, loop):
        if not self.takes(loop.time()):
            self.refused += 1
            await asyncio.sleep(REFUSAL)
            return "limited"
        self.open += 1
        self.most = max(self.most, self.open)
        self.times.append(loop.time())
        await asyncio.sleep(LATENCY)
        self.open -= 1
        return "answered"


def send(server, count, *, concurrency=64, headers=None, **limits):
    """Send requests, each again a second after it was refused; return the seconds it took."""

    async def work(loop):
        pacer = Pacer(concurrency, limits.get("rpm", 0), limits.get("tpm", 0), loop.time)

        async def one():
            again = False
            while True:
                sent = await pacer.enter(limits.get("tokens", 0), again=again)
                kind = await server.answer(loop)
                pacer.leave(sent, kind, headers(loop.time()) if headers else {})
                if kind == "answered":
                    return
                again = True
                await asyncio.sleep(1.0)

        await asyncio.gather(*(one() for _ in range(count)))
        return loop.time(), pacer

    return play(work)


def test_without_limits_all_places_are_always_taken():
    seconds, _ = send(Server(), 2_000)
    assert seconds == pytest.approx(2_000 / 64 * LATENCY, rel=0.05)


def test_a_bucket_is_learned_from_few_refusals_and_held_closely():
    server = Server(rate=100, burst=60)
    seconds, _ = send(server, 2_000)
    assert server.refused <= 100
    assert seconds <= 1.08 * (2_000 - 60) / 100


def test_an_in_flight_limit_is_learned_from_few_refusals_and_held_closely():
    server = Server(inflight=24)
    seconds, pacer = send(server, 2_000)
    assert server.refused <= 100
    assert seconds <= 1.08 * 2_000 / 24 * LATENCY
    assert pacer.limits.window in {24, 25}


@pytest.mark.parametrize(("rate", "burst"), [(50, 100), (150, 60), (80, 40)])
def test_other_buckets_too(rate, burst):
    server = Server(rate=rate, burst=burst)
    seconds, _ = send(server, 1_500)
    assert server.refused <= 150
    assert seconds <= 1.1 * (1_500 - burst) / rate


def test_a_rate_that_is_far_too_low_is_found_out():
    """A server that is slow at first, or a machine too busy to measure its rate, does not slow the whole run down."""

    class Rising(Server):
        def takes(self, now):
            self.rate = 25 if now < 8 else 100
            return super().takes(now)

    server = Rising(rate=25, burst=20)
    seconds, _ = send(server, 3_000)
    assert seconds <= 1.25 * (8 + (3_000 - 220) / 100)
    assert server.refused <= 100


def test_single_refusals_never_collapse_the_rate():
    server = Server(noise=0.05)
    seconds, pacer = send(server, 2_000)
    assert 2_000 / seconds >= 240
    assert pacer.limits.window == 64
    assert not pacer.limits.rate


def test_a_limit_that_is_lifted_is_found_out():
    server = Server(inflight=8)
    send_all = 1_500

    async def lift():
        server.inflight = 0

    seconds, pacer = send(server, send_all)
    assert pacer.limits.window <= 9
    assert seconds >= send_all / 9 * LATENCY


def test_the_users_own_limit_of_requests_is_never_passed():
    server = Server()
    send(server, 500, rpm=600)
    for begin in range(len(server.times)):
        within = [at for at in server.times[begin:] if at < server.times[begin] + 60]
        assert len(within) <= 600
    assert server.times[-1] >= 45


def test_the_users_own_limit_of_tokens_is_never_passed():
    server = Server()
    send(server, 100, tpm=60_000, tokens=1_000)
    assert server.times[-1] >= 90


def test_what_headers_say_remains_is_all_that_is_sent_until_the_reset():
    server = Server()

    def headers(now):
        window = int(now // 10)
        sent = sum(int(at // 10) == window for at in server.times)
        return {
            "x-ratelimit-remaining-requests": str(max(0, 50 - sent)),
            "x-ratelimit-reset-requests": f"{(window + 1) * 10 - now}s",
        }

    send(server, 120, concurrency=10, headers=headers)
    for window in range(3):
        assert sum(int(at // 10) == window for at in server.times) <= 60


def test_the_breaker_pauses_and_probes_instead_of_failing():
    """While nothing is answered one request is sent after each pause; all go on when the server is back."""
    sent_at = []

    async def work(loop):
        pacer = Pacer(16, 0, 0, loop.time)

        async def one():
            while True:
                sent = await pacer.enter(0)
                sent_at.append(loop.time())
                await asyncio.sleep(0.01)
                alive = loop.time() > 40
                pacer.leave(sent, "answered" if alive else "failed", {})
                if alive:
                    return
                await asyncio.sleep(0.1)

        await asyncio.gather(*(one() for _ in range(40)))
        return loop.time()

    seconds = play(work)
    during = [at for at in sent_at if 5 < at < 40]
    assert len(during) <= 6
    assert 40 < seconds < 75


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("6m0s", 360), ("1.5s", 1.5), ("20ms", 0.02), ("2", 2), ("1h2m3s", 3723), ("1d", 86400), ("soon", 0), ("", 0)],
)
def test_resets_are_read_in_all_their_forms(text, seconds):
    assert seconds_of(text) == seconds
