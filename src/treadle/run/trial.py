"""A trial: a few records made in a temporary folder, verified, validated and measured; nothing of it is left behind."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from treadle.checks.findings import LIMIT, Report, Tally
from treadle.errors import UsageError, VerifyError
from treadle.quality.texts import TextMeasure, measure
from treadle.run.runner import Settings, run
from treadle.run.source import compiled, pack_module
from treadle.run.validate import validate
from treadle.run.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.llm.settings import Writer
    from treadle.run.manifest import Manifest
    from treadle.run.source import Source

SHOWN = 100
"""Records that are kept to be shown, at most."""


@dataclass(frozen=True)
class Tried:
    """A record: its number, what its pack says of it in short (or its labels), and its texts by column."""

    number: int
    summary: list[str]
    texts: dict[str, str]


@dataclass(frozen=True)
class Trial:
    """What came of a trial."""

    recipe: str
    seed: int
    records: list[Tried]
    rows: int
    labels: dict[str, dict[str, int]]
    measures: list[TextMeasure]
    report: Report


def trial(source: Source, count: int, seed: int, writer: Writer | None = None) -> Trial:
    """Make `count` records, make them again and compare, run all checks, measure the texts, and remove the files.

    Raises `UsageError` for a count under 1, and what a run raises.
    """
    if count < 1:
        raise UsageError(f"count={count}: expected 1 or more")
    with TemporaryDirectory(prefix="treadle-try-") as folder:
        output = Path(folder) / "records.jsonl"
        manifest = run(source, Settings(output, 0, count, seed, writer=writer))
        checked = validate(output, source)
        report = Report(
            checked.path, checked.recipe, checked.records, [_made_again(output, source, manifest), *checked.tallies]
        )
        types = compiled(source, seed, trace=True).types
        texts = [name for name in manifest.columns if types[name].kind == "text"]
        shown = list(islice(_tried(output, manifest, texts), SHOWN))
        measures = measure(_rows(output), texts)
    return Trial(manifest.recipe, seed, shown, manifest.rows, manifest.label_counts, measures, report)


def _made_again(output: Path, source: Source, manifest: Manifest) -> Tally:
    tally = Tally("made again", LIMIT, records=manifest.rows)
    try:
        verify(output, source, slices=None)
    except VerifyError as error:
        for line in str(error).splitlines():
            tally.add(-1, "", "", line, "the same bytes")
    return tally


def _tried(output: Path, manifest: Manifest, texts: list[str]) -> Iterator[Tried]:
    module = pack_module(manifest.recipe, "validate")
    numbers = (number for number in range(manifest.first, manifest.last) if str(number) not in manifest.failed)
    for number, row in zip(numbers, _rows(output), strict=False):
        summary = module.summary(row) if module is not None and hasattr(module, "summary") else _labels(row, manifest)
        yield Tried(number, summary, {name: row[name] for name in texts if isinstance(row[name], str)})


def _labels(row: dict[str, Any], manifest: Manifest) -> list[str]:  # JSON values
    told = ", ".join(f"{name} {row[name]}" for name in manifest.labels)
    return [told] if told else []


def _rows(output: Path) -> Iterator[dict[str, Any]]:  # JSON values
    with output.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
