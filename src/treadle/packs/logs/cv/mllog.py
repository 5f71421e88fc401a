"""MLLOG blocks: the lines that a training logs by MLCommons' rules, from its settings to how it ended.

A block holds a view of a training's record. What the rules ask for is checked while it is read: each key as often as it must come,
in its order, with values in their range.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from treadle.packs.logs.cv.catalog import BENCHMARKS, metric_of
from treadle.packs.logs.domain import ParseError, RawRule, Record
from treadle.packs.logs.otlp import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TOKEN = ":::MLLOG "  # noqa: S105  # what lines begin with
VIEW = (
    "timestamp",
    "started",
    "phase",
    "benchmark",
    "image_count",
    "global_batch_size",
    "epochs",
    "optimizer",
    "learning_rate",
    "seed",
    "accelerator",
    "accelerator_count",
    "startup_ms",
    "top1",
    "ap",
    "result",
)
"""What a block holds of a record."""
ONCE = (
    "submission_org",
    "submission_platform",
    "submission_division",
    "submission_benchmark",
    "train_samples",
    "eval_samples",
    "seed",
    "gradient_accumulation_steps",
    "global_batch_size",
    "opt_name",
    "opt_base_learning_rate",
    "opt_weight_decay",
    "init_stop",
    "run_start",
    "run_stop",
)
AT_LEAST_ONCE = ("cache_clear", "init_start", "epoch_start")
EVENTS = {"INTERVAL_START", "INTERVAL_END", "POINT_IN_TIME"}
_FIELDS = ("namespace", "time_ms", "event_type", "key", "value", "metadata")
_STATUS = {"success": "success", "aborted": "failure"}
_PLATFORM = re.compile(r"([1-9][0-9]{0,3})x(\S+)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BlockError(ParseError):
    """A block that cannot be read; `line` counts its lines from 0."""

    def __init__(self, line: int, column: int, reason: str) -> None:
        """Take the place and the reason."""
        super().__init__(column, reason)
        self.line = line


def is_output(line: str) -> bool:
    """Tell whether a line is a program's other output, and no damaged line of the log."""
    return "MLLOG" not in line and '"event_type"' not in line


def begins(before: Sequence[str], line: str) -> bool:
    """Tell whether a line begins another block: behind the end of a run, or with the settings of another one."""
    return '"run_stop"' in before[-1] or ('"cache_clear"' in line and any('"run_start"' in each for each in before))


def view(record: Record) -> Record | None:
    """Return what a block holds of a record; None for phases that are no trainings."""
    if record["phase"] != "training":
        return None
    return {name: record[name] for name in VIEW}


def parse(block: str) -> Record:
    """Return the view that a block holds; raises `BlockError`."""
    events = list(_events(block))
    found: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for number, event in enumerate(events):
        found.setdefault(event["key"], []).append((number, event))
    _counted(found, len(events))
    _ordered(found, events)
    accuracies = [_accuracy(number, event) for number, event in found.get("eval_accuracy", [])]

    def value(key: str) -> Any:  # noqa: ANN401  # a JSON value
        return found[key][0][1]["value"]

    benchmark, status = _known(found), _status(*found["run_stop"][0])
    count, accelerator = _machine(*found["submission_platform"][0])
    begin, start, end = (found[key][0][1]["time_ms"] for key in ("init_start", "init_stop", "run_stop"))
    if status == "success" and not accuracies:
        raise BlockError(found["run_stop"][0][0], 1, "a run that succeeds has an eval_accuracy")
    reached = {metric_of(BENCHMARKS[benchmark]): accuracies[-1]} if status == "success" else {}
    return {
        "timestamp": _moment(end),
        "started": _moment(begin),
        "phase": "training",
        "benchmark": benchmark,
        "image_count": value("train_samples"),
        "global_batch_size": value("global_batch_size"),
        "epochs": len(found["epoch_start"]),
        "optimizer": value("opt_name"),
        "learning_rate": value("opt_base_learning_rate"),
        "seed": value("seed"),
        "accelerator": accelerator,
        "accelerator_count": count,
        "startup_ms": start - begin,
        "top1": reached.get("top1"),
        "ap": reached.get("ap"),
        "result": status,
    }


def _events(block: str) -> Iterator[dict[str, Any]]:
    last = None
    for number, line in enumerate(block.split("\n")):
        at = line.find(TOKEN)
        if at < 0:
            raise BlockError(number, 1, f"expected {TOKEN.strip()} and a space")
        try:
            event = read_json(line[at + len(TOKEN) :], once=True)
        except ParseError as error:
            raise BlockError(number, at + len(TOKEN) + error.column, error.reason) from None
        if not isinstance(event, dict) or tuple(event) != _FIELDS:
            raise BlockError(number, at + len(TOKEN) + 1, f"expected an object of {', '.join(_FIELDS)}, in this order")
        if type(event["time_ms"]) is not int:
            raise BlockError(
                number, at + line[at:].find('"time_ms"') + 1, f"time_ms {event['time_ms']!r}: expected an integer"
            )
        if event["event_type"] not in EVENTS:
            raise BlockError(
                number,
                at + line[at:].find('"event_type"') + 1,
                f"event_type: expected one of {', '.join(sorted(EVENTS))}",
            )
        if not isinstance(event["metadata"], dict) or not {"file", "lineno"} <= event["metadata"].keys():
            raise BlockError(number, at + line[at:].find('"metadata"') + 1, "metadata: expected file and lineno")
        if last is not None and event["time_ms"] < last:
            raise BlockError(
                number, at + line[at:].find('"time_ms"') + 1, f"time_ms {event['time_ms']}: expected none before {last}"
            )
        last = event["time_ms"]
        yield event


def _counted(found: dict[str, list[tuple[int, dict[str, Any]]]], lines: int) -> None:
    for key in (*ONCE, *AT_LEAST_ONCE):
        if key not in found:
            raise BlockError(lines - 1, 1, f"key {key} is missing")
    for key in ONCE:
        if len(found[key]) > 1:
            raise BlockError(found[key][1][0], 1, f"key {key} stands twice: expected it once")


def _ordered(found: dict[str, list[tuple[int, dict[str, Any]]]], events: list[dict[str, Any]]) -> None:
    """Raise `BlockError` for keys out of their order: settings and init, then the run, then epochs, each with its end."""
    init, run, stop = (found[key][0][0] for key in ("init_stop", "run_start", "run_stop"))
    if not found["init_start"][0][0] < init < run < stop:
        raise BlockError(run, 1, "expected init_start, init_stop, run_start and run_stop in this order")
    opened, done = 0, 0
    for number, event in enumerate(events):
        key, epoch = event["key"], event["metadata"].get("epoch_num")
        if key.startswith(("epoch_", "eval_")) and key != "eval_samples":
            _within_run(number, key, epoch, (run, stop))
        if key == "epoch_start":
            opened += 1
            if epoch != opened:
                raise BlockError(number, 1, f"epoch_start: epoch_num {epoch}: expected {opened}")
        elif key == "epoch_stop":
            done += 1
            if epoch != opened or done != opened:
                raise BlockError(number, 1, f"epoch_stop: epoch_num {epoch}: expected the end of epoch {opened}")
        elif key == "eval_accuracy" and epoch != done:
            raise BlockError(number, 1, f"eval_accuracy: epoch_num {epoch}: expected it behind epoch {epoch}")


def _within_run(number: int, key: str, epoch: object, run: tuple[int, int]) -> None:
    if type(epoch) is not int:
        raise BlockError(number, 1, f"{key}: expected an epoch_num in its metadata")
    if not run[0] < number < run[1]:
        raise BlockError(number, 1, f"{key}: expected it between run_start and run_stop")


def _accuracy(number: int, event: dict[str, Any]) -> float:
    value = event["value"]
    if type(value) not in {int, float} or not 0 <= value < 1:
        raise BlockError(number, 1, f"eval_accuracy {value!r}: expected a number from 0 to below 1")
    return float(value)


def _known(found: dict[str, list[tuple[int, dict[str, Any]]]]) -> str:
    number, event = found["submission_benchmark"][0]
    if event["value"] not in BENCHMARKS:
        raise BlockError(number, 1, f"submission_benchmark {event['value']!r}: expected one of {', '.join(BENCHMARKS)}")
    division = found["submission_division"][0]
    if division[1]["value"] not in {"closed", "open"}:
        raise BlockError(division[0], 1, f"submission_division {division[1]['value']!r}: expected closed or open")
    for key in ("train_samples", "eval_samples", "seed", "global_batch_size"):
        place, held = found[key][0]
        if type(held["value"]) is not int or held["value"] < 0:
            raise BlockError(place, 1, f"{key} {held['value']!r}: expected a whole number")
    place, held = found["opt_base_learning_rate"][0]
    if type(held["value"]) not in {int, float} or not held["value"] >= 0:
        raise BlockError(place, 1, f"opt_base_learning_rate {held['value']!r}: expected a number that is not negative")
    return str(event["value"])


def _status(number: int, event: dict[str, Any]) -> str:
    status = event["metadata"].get("status")
    if status not in _STATUS:
        raise BlockError(number, 1, f"run_stop: status {status!r}: expected success or aborted")
    return _STATUS[status]


def _machine(number: int, event: dict[str, Any]) -> tuple[int, str]:
    found = _PLATFORM.fullmatch(str(event["value"]))
    if found is None:
        raise BlockError(number, 1, f"submission_platform {event['value']!r}: expected a count, x and an accelerator")
    return int(found[1]), found[2]


def _moment(milliseconds: int) -> str:
    try:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise BlockError(0, 1, f"time_ms {milliseconds}: expected a time before the year 10000") from None
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _milliseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)


def write(record: Record) -> str:
    """Return the view of a training as a block; of its epochs' accuracies it knows the last alone."""
    begin, end = _milliseconds(record["started"]), _milliseconds(record["timestamp"])
    run = begin + record["startup_ms"]
    reached = record["top1"] if record["top1"] is not None else record["ap"]
    platform = f"{record['accelerator_count']}x{record['accelerator']}"
    settings = {
        "cache_clear": True,
        "init_start": None,
        "submission_org": "ExampleVision",
        "submission_platform": platform,
        "submission_division": "closed",
        "submission_status": "research",
        "submission_benchmark": record["benchmark"],
        "seed": record["seed"],
        "train_samples": record["image_count"],
        "eval_samples": record["image_count"],
        "gradient_accumulation_steps": 1,
        "global_batch_size": record["global_batch_size"],
        "opt_name": record["optimizer"],
        "opt_base_learning_rate": record["learning_rate"],
        "opt_weight_decay": 0.0,
        "opt_learning_rate_warmup_epochs": 1,
        "opt_learning_rate_warmup_factor": 0.001,
    }
    lines = [_line(key, value, begin) for key, value in settings.items()] + [
        _line("init_stop", None, run),
        _line("run_start", None, run),
    ]
    for number in range(1, record["epochs"] + 1):
        last = number == record["epochs"]
        lines.append(_line("epoch_start", None, run, epoch_num=number))
        if not last or record["result"] == "success":
            lines.append(_line("epoch_stop", None, run, epoch_num=number))
        if last and record["result"] == "success":
            lines.append(_line("eval_accuracy", reached, run, epoch_num=number))
    status = "success" if record["result"] == "success" else "aborted"
    return "\n".join([*lines, _line("run_stop", None, end, status=status)])


def _line(key: str, value: object, time: int, **metadata: object) -> str:
    kind = {"start": "INTERVAL_START", "stop": "INTERVAL_END"}.get(key.rpartition("_")[2], "POINT_IN_TIME")
    content = {"namespace": "", "time_ms": time, "event_type": kind, "key": key, "value": value}
    return TOKEN + json.dumps(
        {**content, "metadata": {"file": "train.py", "lineno": 1, **metadata}}, ensure_ascii=False
    )


def _without(key: str) -> RawRule:
    return RawRule(f"{key}.missing", f"{key} is there", f"key {key} is missing", _dropped(key))


def _dropped(key: str) -> Callable[[str], str]:
    return lambda block: "\n".join(line for line in block.split("\n") if f'"key": "{key}"' not in line)


def _twice(key: str) -> RawRule:
    def double(block: str) -> str:
        lines = []
        for line in block.split("\n"):
            lines.append(line)
            if f'"key": "{key}"' in line:
                lines.append(re.sub(r'"value": [^,]+', '"value": "again"', line))
        return "\n".join(lines)

    return RawRule(f"{key}.twice", f"{key} comes once", f"key {key} stands twice", double)


def _swapped(block: str) -> str:
    lines = block.split("\n")
    at = next(number for number, line in enumerate(lines) if '"init_stop"' in line)
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    return "\n".join(lines)


def _replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda block: re.sub(old, new, block, count=1)


RULES = (
    *(_without(key) for key in (*ONCE, *AT_LEAST_ONCE)),
    *(_twice(key) for key in ONCE),
    RawRule("order", "init comes before the run", "in this order", _swapped),
    RawRule("prefix", "every line begins with its token", "expected :::MLLOG", _replaced(":::MLLOG ", "::MLLOG ")),
    RawRule("truncated", "a line is whole", "expected JSON", lambda block: block[: block.rindex('"metadata"')]),
    RawRule(
        "time", "time_ms is an integer", "expected an integer", _replaced('"time_ms": [0-9]+', '"time_ms": "noon"')
    ),
    RawRule(
        "back",
        "time does not go back",
        "expected none before",
        lambda block: re.sub(r'"time_ms": [0-9]+(?=[^\n]*"run_stop")', '"time_ms": 1000', block),
    ),
    RawRule("event-type", "the event is of a known type", "event_type", _replaced("POINT_IN_TIME", "POINT")),
    RawRule("fields", "a line has its six fields in order", "in this order", _replaced('"namespace": "", ', "")),
    RawRule("metadata", "metadata tells file and line", "file and lineno", _replaced('"lineno"', '"line"')),
    RawRule(
        "benchmark",
        "the benchmark is known",
        "submission_benchmark",
        _replaced(r'("submission_benchmark", "value": ")[^"]+', r"\1chess"),
    ),
    RawRule("division", "the division is closed or open", "submission_division", _replaced('"closed"', '"ajar"')),
    RawRule(
        "samples", "samples are counted", "train_samples", _replaced(r'("train_samples", "value": )[0-9]+', r"\1-5")
    ),
    RawRule(
        "rate",
        "the learning rate is not negative",
        "opt_base_learning_rate",
        _replaced(r'("opt_base_learning_rate", "value": )', r"\1-"),
    ),
    RawRule(
        "platform",
        "the platform is a count of accelerators",
        "submission_platform",
        _replaced(r'("submission_platform", "value": ")', r"\1some-"),
    ),
    RawRule("status", "the run tells how it ended", "run_stop: status", _replaced(r', "status": "[a-z]+"', "")),
    RawRule("epoch-num", "an epoch has its number", "epoch_num", _replaced(r', "epoch_num": 1', "")),
    RawRule("epoch-order", "epochs are counted from 1", "expected 1", _replaced(r'"epoch_num": 1\b', '"epoch_num": 7')),
    RawRule(
        "accuracy",
        "an accuracy is below 1",
        "eval_accuracy",
        lambda block: re.sub(r'("eval_accuracy", "value": )[0-9.e-]+', r"\g<1>1.02", block),
    ),
)
"""What the parser must reject: the rules of the compliance checker as far as they fit any benchmark."""
