"""Times as RFC 3339 texts with microseconds, and as integers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def micros_of(text: str) -> int:
    """Return microseconds since 1970; raises `ValueError` for what is no such time."""
    return (datetime.fromisoformat(text) - _EPOCH) // MICROSECOND


def text_of(micros: int) -> str:
    """Return a time in UTC with six places; raises `ValueError` or `OverflowError` outside the years 1 to 9999."""
    moment = _EPOCH + timedelta(microseconds=micros)
    return moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + f".{moment.microsecond:06d}Z"


def seconds(micros: int) -> float:
    """Return microseconds as the nearest float64 of seconds, which is what their decimal text reads as."""
    return micros / 1_000_000


def micros(seconds_: float) -> int:
    """Return seconds with six places as microseconds."""
    return round(seconds_ * 1_000_000)
