"""What must hold between phases of a run; each rule with a change that breaks it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.packs.logs.cv.catalog import (
    PHASES,
    STATISTICS,
)
from treadle.packs.logs.cv.rules import again, earlier
from treadle.packs.logs.domain import Fault, Record, SequenceRule
from treadle.packs.logs.sequences import at, chained, in_order, shared, swapped

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED = ("model", "task", "benchmark", "dataset", "batch_size")


def _follows(before: Record, record: Record) -> Iterator[Fault]:
    place = PHASES.index(before["phase"]) + 1
    if record["phase"] != [*PHASES, "no phase"][place]:
        yield "/phase", f"{[*PHASES, 'no phase'][place]} after {before['phase']}", record["phase"]


def _goes_on(before: Record, record: Record) -> Iterator[Fault]:
    if before["result"] == "failure":
        yield "/run_id", "no phase after one that failed", record["run_id"]


def _later(before: Record, record: Record) -> Iterator[Fault]:
    if record["started"] < before["timestamp"]:
        yield "/started", f"not before the last phase ended, {before['timestamp']}", record["started"]


def _phases(records: list[Record]) -> list[tuple[int, int]]:
    """Return the places of each two phases of a run that follow each other."""
    seen: dict[str, int] = {}
    found = []
    for number, record in enumerate(records):
        if record["run_id"] in seen:
            found.append((seen[record["run_id"]], number))
        seen[record["run_id"]] = number
    return found


def _skipped(records: list[Record]) -> list[Record] | None:
    """Leave out a phase between two others."""
    for before, number in _phases(records):
        if records[before]["phase"] == "validation" and any(first == number for first, _ in _phases(records)):
            return [record for place, record in enumerate(records) if place != number]
    return None


def _other_batch(records: list[Record]) -> list[Record] | None:
    for before, number in _phases(records):
        record = records[number]
        if records[before]["phase"] == "test":
            latency = {
                name: round(record[name] * 2, 3) for name in ("latency_p50_ms", "latency_p90_ms", "latency_p99_ms")
            }
            return at(records, number, batch_size=record["batch_size"] * 2, **latency)
    return None


def _failed_before(records: list[Record]) -> list[Record] | None:
    """Let a phase fail that another one follows."""
    for before, _ in _phases(records):
        record = records[before]
        if record["phase"] in {"validation", "test"} and record["result"] == "success":
            duration = again(record, -1)
            nothing = dict.fromkeys(("top1", "top5", *STATISTICS))
            return at(
                records,
                before,
                result="failure",
                error_type="Preempted",
                error_message="the scheduler took the node back",
                images_done=record["images_done"] - 1,
                duration_ms=duration,
                started=earlier(record, duration),
                **nothing,
            )
    return None


def _overlapping(records: list[Record]) -> list[Record] | None:
    """Let a phase begin before the last one ended: by a start that took hours."""
    for _, number in _phases(records):
        record = records[number]
        slow = {**record, "startup_ms": record["startup_ms"] + 400_000_000}
        duration = again(slow, 0)
        return at(records, number, startup_ms=slow["startup_ms"], duration_ms=duration, started=earlier(slow, duration))
    return None


SEQUENCE_RULES = (
    SequenceRule("phases", "phases of a run follow in order", chained("run_id", _follows), _skipped),
    SequenceRule("run", "phases of a run share model, data and batch", shared("run_id", SHARED), _other_batch),
    SequenceRule("failed", "nothing follows a phase that failed", chained("run_id", _goes_on), _failed_before),
    SequenceRule("overlap-in-time", "a phase begins after the last one ended", chained("run_id", _later), _overlapping),
    SequenceRule("order", "records stand in the order of time", in_order, swapped("run_id")),
)
