"""Faults: which one a request meets is a pure function of seed, record and attempt, so that every client meets the same."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from treadle.errors import UsageError, unknown

FAULTS: dict[str, str] = {
    "429": "too many requests, at once, with Retry-After",
    "500": "a server error",
    "503": "a server that is overloaded",
    "401": "a key that is not accepted",
    "404": "a model that is not there",
    "quota": "429 that says the quota is used up",
    "drop": "the connection ends without a reply",
    "midbody": "the connection ends in the middle of the reply",
    "hang": "no reply, ever",
    "slow": "a reply after `slow_factor` times the latency",
    "badjson": "content that is not JSON",
    "trunc": "content cut in half, finish_reason length",
    "schema": "JSON with other keys than those asked for",
    "fence": "JSON in a fence, between sentences",
    "empty": "no content",
    "refusal": "a refusal in place of the texts",
    "htmlerr": "status 200 with a page of HTML",
    "latin1": "a reply that is not UTF-8",
    "huge": "a reply of 50 MB",
    "redirect": "a redirect to another host",
    "forget": "texts that leave out one fact each",
    "leak": "texts with an address that is not reserved",
}
"""The faults by name, and what each does."""
GOOD = frozenset({"ok", "slow", "fence"})
"""What counts as a good reply."""
_MASK = (1 << 64) - 1
_STEPS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0x2545F4914F6CDD1D)
_NUMBERS = (
    "latency_ms",
    "jitter",
    "retry_after",
    "seed",
    "max_inflight",
    "rpm",
    "burst",
    "slow_factor",
    "tokens_times",
)


@dataclass(frozen=True)
class Behaviour:
    """How the server behaves: `latency_ms` and its log-normal `jitter`, the rates of faults, and its limits.

    `retry_after` is in seconds (`http_date` says it as a date), `max_inflight` and `rpm` (a bucket of `burst`) are limits that are
    kept with 429; `limit_headers` tells of them. `tokens_times` multiplies the tokens that are billed. With `key`
    no other key is accepted; with `reset` a dropped connection is reset instead of closed.
    """

    latency_ms: float = 0.0
    jitter: float = 0.0
    faults: dict[str, float] = field(default_factory=dict)
    retry_after: float = 1.0
    http_date: bool = False
    seed: int = 1
    slow_factor: float = 10.0
    max_inflight: int = 0
    rpm: float = 0.0
    burst: float = 0.0
    limit_headers: bool = False
    tokens_times: float = 1.0
    key: str = ""
    reset: bool = False

    def changed(self, given: dict[str, Any]) -> Behaviour:  # JSON values
        """Return the behaviour with other settings; raises `UsageError` for one that it does not have."""
        for name, value in given.items():
            if name not in self.__dataclass_fields__:
                raise UsageError(unknown("setting", name, self.__dataclass_fields__))
            if name in _NUMBERS and not isinstance(value, int | float):
                raise UsageError(f"{name}={value!r}: expected a number")
        made = replace(self, **given)
        check_faults(made.faults)
        return made

    def fault(self, record: int, attempt: int) -> str:
        """Return the fault that an attempt meets, `ok` for none."""
        drawn, below = uniform(self.seed, record, attempt), 0.0
        for name, rate in self.faults.items():
            below += rate
            if drawn < below:
                return name
        return "ok"


def parse_faults(given: str) -> dict[str, float]:
    """Return the rates of faults from text such as `429=0.05,drop=0.02`; raises `UsageError` for what is no such list."""
    found: dict[str, float] = {}
    for part in given.split(","):
        name, equals, rate = part.strip().partition("=")
        if not part.strip():
            continue
        try:
            found[name] = float(rate) if equals else 1.0
        except ValueError as error:
            raise UsageError(f"faults={part!r}: expected NAME=RATE with a rate in [0, 1], as in 429=0.05") from error
    check_faults(found)
    return found


def check_faults(faults: dict[str, float]) -> None:
    """Raise `UsageError` for a fault that there is not, or rates that are no shares."""
    for name, rate in faults.items():
        if name not in FAULTS:
            raise UsageError(unknown("fault", name, FAULTS))
        if not 0 <= rate <= 1:
            raise UsageError(f"faults={name}={rate}: expected a rate in [0, 1]")
    if sum(faults.values()) > 1 + 1e-9:
        raise UsageError(f"faults add up to {sum(faults.values()):g}: expected 1 at most")


def uniform(seed: int, record: int, attempt: int) -> float:
    """Return a number in [0, 1) that depends on all three: two rounds of a 64-bit finalizer (SplitMix64)."""
    state = (seed * _STEPS[0] + record * _STEPS[1] + attempt * _STEPS[2] + _STEPS[3]) & _MASK
    for _ in range(2):
        state = ((state ^ (state >> 30)) * _STEPS[1]) & _MASK
        state = ((state ^ (state >> 27)) * _STEPS[2]) & _MASK
        state ^= state >> 31
    return state / 2**64
