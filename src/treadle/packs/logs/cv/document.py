"""Computer vision records as JSON the way an evaluation script writes it: nested, with the twelve COCO statistics as a list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from treadle.packs.logs.cv.catalog import INVENTORY, STATISTICS
from treadle.packs.logs.cv.raw import GROUPS
from treadle.packs.logs.domain import ParseError, RawRule, Record
from treadle.packs.logs.otlp import compact, read_json


def parse(line: str) -> Record:
    """Return the record that a line holds; raises `ParseError`."""
    given = read_json(line, once=True)
    _same(given, {*GROUPS, "coco_eval"}, "a document")
    record: dict[str, Any] = {}
    for group, fields in GROUPS.items():
        _same(given[group], set(fields), group)
        record |= {name: given[group][key] for key, name in fields.items()}
    _same(given["coco_eval"], {"stats"}, "coco_eval")
    stats = given["coco_eval"]["stats"]
    if not isinstance(stats, list) or len(stats) != len(STATISTICS):
        raise ParseError(1, f"coco_eval.stats: expected {len(STATISTICS)} statistics")
    record |= dict(zip(STATISTICS, stats, strict=True))
    return {name: record[name] for name in INVENTORY.names}


def _same(given: object, wanted: set[str], what: str) -> None:
    if not isinstance(given, dict):
        raise ParseError(1, f"{what}: expected an object")
    if given.keys() != wanted:
        missing, more = sorted(wanted - given.keys()), sorted(given.keys() - wanted)
        raise ParseError(1, f"{what}: " + (f"{missing[0]!r} is missing" if missing else f"{more[0]!r} is unknown"))


def write(record: Record) -> str:
    """Return a record as a line."""
    groups: dict[str, Any] = {
        group: {key: record[name] for key, name in fields.items()} for group, fields in GROUPS.items()
    }
    line = compact({**groups, "coco_eval": {"stats": [record[name] for name in STATISTICS]}})
    rate = record["learning_rate"]
    if isinstance(rate, float) and "e-" in repr(
        rate
    ):  # Python has an exponent below 0.0001, and the generator has digits
        return line.replace(f'"learning_rate":{rate!r}', f'"learning_rate":{Decimal(repr(rate)):f}', 1)
    return line


RULES = (
    RawRule("truncated", "a line is a whole JSON value", "expected JSON", lambda line: line[: len(line) // 2]),
    RawRule(
        "group",
        "a document has its groups",
        "'hardware' is missing",
        lambda line: line.replace('"hardware":', '"hardwares":', 1),
    ),
    RawRule(
        "key",
        "a group has its fields",
        "run: 'phase' is missing",
        lambda line: line.replace('"phase":', '"phases":', 1),
    ),
    RawRule(
        "stats",
        "there are twelve statistics",
        "12 statistics",
        lambda line: line.replace('"stats":[', '"stats":[0.5,', 1),
    ),
    RawRule(
        "twice",
        "a key stands once in an object",
        "stands twice",
        lambda line: line.replace('"images":', '"images":1,"images":', 1),
    ),
)
"""What the parser must reject."""
