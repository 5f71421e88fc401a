"""What the fake server counts: requests, good replies, faults, what came too early, what was paid for twice."""

from __future__ import annotations

import time
from typing import Any


class Counts:
    """The counters since the last reset."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.requests = self.ok = self.inflight = self.max_inflight = self.conns = self.early = self.gone = 0
        self.by_fault: dict[str, int] = {}
        self.attempts: dict[int, int] = {}
        self.good: dict[int, int] = {}
        self.not_before: dict[int, float] = {}
        self.tokens_in = self.tokens_out = 0
        self.first = self.last = 0.0
        self._cpu = time.process_time()

    def arrived(self, record: int, now: float) -> int:
        """Note a request for a record; return how many came before it."""
        self.first = self.first or now
        self.last = now
        self.requests += 1
        self.inflight += 1
        self.max_inflight = max(self.max_inflight, self.inflight)
        before = self.attempts.get(record, 0)
        self.attempts[record] = before + 1
        if now < self.not_before.pop(record, 0.0) - 0.01:
            self.early += 1
        return before

    def answered(self, record: int, tokens_in: int, tokens_out: int, *, good: bool) -> None:
        """Note a reply that is billed."""
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out
        if good:
            self.ok += 1
            self.good[record] = self.good.get(record, 0) + 1

    def shown(self) -> dict[str, Any]:  # JSON values
        """Return the counters by name."""
        return {
            "requests": self.requests,
            "ok": self.ok,
            "by_fault": self.by_fault,
            "unique_ids": len(self.attempts),
            "ids_ok": len(self.good),
            "dup_requests": self.requests - len(self.attempts),
            "paid_twice": sum(count - 1 for count in self.good.values()),
            "early_retry": self.early,
            "client_gone": self.gone,
            "inflight": self.inflight,
            "max_inflight": self.max_inflight,
            "conns": self.conns,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "span_s": round(self.last - self.first, 3),
            "cpu_s": round(time.process_time() - self._cpu, 3),
        }
