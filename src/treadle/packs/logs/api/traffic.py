"""When requests come and whose they are: a week's load minute by minute, sessions and traces, and hours in which things fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from treadle.packs.logs.api.routes import odds_of_calls
from treadle.packs.logs.interleaving import interleave

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

START = 1_772_409_600_000_000
"""Monday, 2026-03-02, midnight UTC, in microseconds since 1970."""
MINUTE, MINUTES = 60_000_000, 7 * 1440
BLOCK = 64
PATTERNS = interleave("logs.api sessions", 96, BLOCK, (30, 18, 12, 9, 7, 6, 5, 4, 3, 3, 2, 2), odds_of_calls(), 7, 130)
ERA = 2048
"""Records within which at most one incident happens."""
_HOURLY = (18, 12, 9, 8, 9, 14, 26, 48, 70, 82, 88, 92, 96, 94, 90, 88, 90, 96, 106, 118, 122, 104, 70, 36)
"""Requests of each hour of a working day, in fiftieths of a request a minute."""
_DAYS = (100, 102, 103, 104, 108, 122, 112)
"""How busy each day is, Monday first, in hundredths."""


def _week() -> Ints:
    """Return how many requests have come before each minute of a week, and in all, shape (MINUTES + 1,)."""
    hours = np.array([*_HOURLY, _HOURLY[0]], np.int64)
    within = np.arange(60)
    daily = np.concatenate([hours[h] * (60 - within) + hours[h + 1] * within for h in range(24)])
    minutes = np.concatenate([daily * share for share in _DAYS])  # fiftieths x 60 x 100
    minutes = np.maximum(1, minutes * 6 // 6_000)
    return np.concatenate([[0], np.cumsum(minutes)])


WEEK = _week()


def minute_of(record: Ints) -> tuple[Ints, Ints, Ints]:
    """Return of each record the beginning of its time in microseconds since `START`, how long it is, and its minute of the week."""
    week, place = np.divmod(record, int(WEEK[-1]))
    minute = np.searchsorted(WEEK, place, side="right") - 1
    gap = MINUTE // (WEEK[minute + 1] - WEEK[minute])
    return (week * MINUTES + minute) * MINUTE + (place - WEEK[minute]) * gap, gap, minute


def begun(record: Ints, jitter: Ints) -> Ints:
    """Return when a request comes, in microseconds since 1970: in the first half of its record's time, `jitter` of 1024 into it."""
    moment, gap, _ = minute_of(record)
    return START + moment + gap * jitter // 2048


def called(record: Ints, moment: Ints, number: Ints) -> Ints:
    """Return when the calls of a request are answered: behind each other, and all before the next record begins."""
    _, gap, _ = minute_of(record)
    return moment + number * np.minimum(gap // 16, 120)


def load(record: Ints) -> Ints:
    """Return how much longer requests take at a time, in thousandths: up to a third more in the busiest minute."""
    _, _, minute = minute_of(record)
    now = WEEK[minute + 1] - WEEK[minute]
    return 1000 + 330 * now * now // int(np.diff(WEEK).max()) ** 2


def block_of(record: Ints) -> Ints:
    """Return the first record of the block."""
    return record - record % BLOCK


def era_of(record: Ints) -> Ints:
    """Return the first record of the era."""
    return record - record % ERA


def session_of(record: Ints, pattern: Ints) -> Ints:
    """Return the first record of the session that a record belongs to."""
    place = record % BLOCK
    return record - place + PATTERNS.chain[pattern, place]


def root_of(record: Ints, pattern: Ints) -> Ints:
    """Return the record that is the root of a record's trace."""
    place = record % BLOCK
    return record - place + PATTERNS.root[pattern, place]


def probes(record: Ints, pattern: Ints) -> Ints:
    """Return 1 for the first records of sessions that ask once whether the service is up."""
    return PATTERNS.single[pattern, record % BLOCK]


def calls_of(record: Ints, pattern: Ints) -> Ints:
    """Return how many calls the trace of a record has."""
    return PATTERNS.children[pattern, record % BLOCK]


def ongoing(record: Ints, incident: Ints, begin: Ints, length: Ints) -> Ints:
    """Return the incident that is going on; 0 for none."""
    since = record % ERA - begin
    return np.where((since >= 0) & (since < length), incident, 0)
