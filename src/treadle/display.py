"""What the command line shows: progress, records, tables. Text from data is shown with control characters escaped."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from treadle.checks.characters import UNSAFE
from treadle.checks.findings import TRUTH
from treadle.declarations import (
    Chance,
    Clock,
    Cumulative,
    Date,
    Derive,
    Each,
    Hexadecimal,
    Integer,
    Length,
    Member,
    Nested,
    Quantiles,
    Serial,
)
from treadle.errors import UsageError
from treadle.truth import COLUMN
from treadle.vocabularies import vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType

    from treadle.columns import FieldType
    from treadle.declarations import Field
    from treadle.plan import Plan
    from treadle.quality.profile import ColumnProfile, Profile
    from treadle.recipe import Recipe
    from treadle.run.manifest import Manifest
    from treadle.run.source import Settable

log = logging.getLogger("treadle")

_STYLES = (
    "cyan",
    "magenta",
    "green",
    "yellow",
    "blue",
    "red",
    "bright_cyan",
    "bright_magenta",
    "bright_green",
    "bright_yellow",
)


def visible(text: str) -> str:
    """Return text with each control character shown as one that stands for it (a control picture), so that offsets hold."""
    return UNSAFE.sub(lambda found: _picture(ord(found.group())), text)


def _picture(code: int) -> str:
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def to_stdout(part: RenderableType) -> None:
    """Print what was asked for."""
    Console(soft_wrap=False).print(part, markup=False)


def note(text: str) -> None:
    """Print a line about what was done, on stderr."""
    sys.stderr.write(text + "\n")


@contextmanager
def log_to(level: str, file: str, *, quiet: bool) -> Iterator[None]:
    """Send the log to stderr, and to a file where one is named, at a level."""
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise UsageError(f"log_level={level!r}: expected DEBUG, INFO, WARNING or ERROR")
    handlers: list[logging.Handler] = [] if quiet else [logging.StreamHandler(sys.stderr)]
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(message)s"))
    if file:
        handlers.append(_file_handler(Path(file)))
    log.setLevel(number)
    for handler in handlers:
        log.addHandler(handler)
    try:
        yield
    except Exception as error:
        if file:
            log.handlers[-1].handle(log.makeRecord(log.name, logging.ERROR, __file__, 0, "%s", (error,), None))
        raise
    finally:
        for handler in handlers:
            log.removeHandler(handler)
            handler.close()


def _file_handler(path: Path) -> logging.Handler:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"log_file={str(path)!r}: cannot be written ({error.strerror})") from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    return handler


class Progress:
    """A bar with rate and time left on a terminal, a line every few seconds elsewhere, nothing when quiet."""

    _EVERY = 5.0
    _AT_ONCE = 0.1
    """Seconds in which records that come one by one are shown together."""

    def __init__(self, total: int | None, *, quiet: bool) -> None:
        """Take the number of records to come, None where it is not known."""
        self._total, self._done, self._spent, self._waiting = total, 0, "", 0
        self._began = self._said = self._shown = time.monotonic()
        self._lines = not quiet
        console = Console(stderr=True)
        self._bar: Bar | None = None
        if console.is_terminal and not quiet:
            self._lines = False
            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(bar_width=None),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=console,
                transient=True,
            )

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    def __enter__(self) -> Self:
        """Start the bar."""
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task("records", total=self._total, rate="")
        return self

    def advance(self, records: int) -> None:
        """Note that records were written."""
        self._done += records
        rate = f"{self._done / max(self.seconds, 1e-9):,.0f}/s" + (f", {self._spent}" if self._spent else "")
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, rate=rate)
        elif self._lines and time.monotonic() - self._said > self._EVERY:
            self._said = time.monotonic()
            if self._total is None:
                log.info("%s records, %s", f"{self._done:,}", rate)
                return
            left = (self._total - self._done) * self.seconds / self._done
            log.info("%s of %s records, %s, %.0f s left", f"{self._done:,}", f"{self._total:,}", rate, left)

    def spend(self, records: int, nanodollars: int) -> None:
        """Note that records were written by models, and what all answers have cost so far."""
        self._waiting += records
        now = time.monotonic()
        if now - self._shown >= self._AT_ONCE or self._done + self._waiting == self._total:
            self._spent = f"{_dollars(nanodollars)} spent"
            self.advance(self._waiting)
            self._waiting, self._shown = 0, now

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()


def summary(manifest: Manifest, output: Path, seconds: float) -> None:
    """Log what a run wrote."""
    rate = manifest.rows / max(seconds, 1e-9)
    truth = {
        "inline": ", spans in each",
        "sidecar": f", spans in {manifest.truth_file or '*.truth.jsonl'}",
        "none": "",
    }[manifest.truth]
    log.info(
        "%s records of %s (seed %s) in %s%s: %s, %.1f s, %s records/s",
        f"{manifest.rows:,}",
        manifest.recipe,
        manifest.seed,
        output,
        truth,
        _size(manifest.bytes),
        seconds,
        f"{rate:,.0f}",
    )
    for name, counts in manifest.intakes.items():
        counted = ", ".join(f"{what}: {count:,}" for what, count in counts.items())
        log.info("%s: %s%s", name, counted, f"; see {manifest.rejects_file}" if manifest.rejects_file else "")
    if manifest.writing:
        told = manifest.writing
        log.info(
            "models: %s answers, %s from the journal, %s requests sent again, %s spent; texts that fell back to templates: %s",
            f"{told['answers']:,}", f"{told['answers_from_journal']:,}", f"{told['sent_again']:,}",
            _dollars(told["spent_nanodollars"]), f"{told['fallbacks']:,}",
        )  # fmt: skip
    if manifest.rejected:
        log.info(
            "attempts rejected and drawn again: %s",
            ", ".join(f"{name}: {count:,}" for name, count in manifest.rejected.items()),
        )
    if manifest.csv_neutralised:
        counted = ", ".join(f"{name}: {count:,}" for name, count in manifest.csv_neutralised.items())
        log.info("cells that a spreadsheet would run got an apostrophe (--csv-raw leaves them): %s", counted)


def _dollars(nanodollars: int) -> str:
    cents = nanodollars // 10**5
    return f"${cents // 10**4}.{cents % 10**4:04}"


def _size(count: int) -> str:
    size, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if size >= 100 or unit == "B" else f"{size:.1f} {unit}"


def record_panel(recipe: Recipe, number: int, record: dict[str, Any]) -> Table:  # a record's values are of many types
    """Return a record as a table of its columns; spans are coloured by their type, with a legend."""
    spans = [span for span in record.get(COLUMN) or [] if span["start"] is not None]  # what a fault took has no place
    styles = {kind: _STYLES[i % len(_STYLES)] for i, kind in enumerate(dict.fromkeys(span["type"] for span in spans))}
    title = Text(f"{visible(recipe.name)} record {number}")
    table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in record.items():
        if name not in TRUTH:
            table.add_row(name, _value(value, [span for span in spans if span["field"] == name], styles))
    if styles:
        table.add_row("", "")
        table.add_row(
            "spans", Text("  ").join(Text(visible(kind), style=f"bold {style}") for kind, style in styles.items())
        )
    return table


def _value(value: object, spans: list[dict[str, Any]], styles: dict[str, str]) -> Text:  # spans hold text and numbers
    if isinstance(value, str):
        text = Text(visible(value))
        for span in sorted(spans, key=lambda span: span["start"] - span["end"]):
            text.stylize(f"bold {styles[span['type']]}", span["start"], span["end"])
        return text
    if isinstance(value, list):
        return Text("\n" if any(isinstance(item, dict) for item in value) else ", ").join(_item(item) for item in value)
    if isinstance(value, bool):
        return Text("true" if value else "false")
    return Text("-" if value is None else str(value))


def _item(item: object) -> Text:
    if isinstance(item, dict):
        return Text("  ").join(Text.assemble((f"{key}=", "dim"), visible(str(value))) for key, value in item.items())
    return Text(visible(str(item)))


def settable_table(found: Settable) -> list[RenderableType]:
    """Return tables of what a user can set of a recipe; none where there is nothing."""
    parts: list[RenderableType] = []
    options = {f"--{name.replace('_', '-')}": told for name, told in found.options.items()}
    lists = {f"--vocab {name}=FILE": told for name, told in found.lists.items()}
    for heading, held in (("options", options), ("lists of your own", lists)):
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for name, told in held.items():
            table.add_row(Text(name), Text(visible(told)))
        parts += [Text(f"\n{heading}", style="bold"), table] if held else []
    return parts


def recipe_table(recipe: Recipe, plan: Plan) -> list[RenderableType]:
    """Return a recipe's title and a table of its fields."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for heading in ("field", "holds", "written"):
        table.add_column(heading, overflow="fold")
    for name, declared in recipe.each_field():
        head = name.partition(".")[0]
        written = ("label" if name in recipe.labels else "yes") if head in recipe.columns else ""
        holds = Text(_holds(declared, plan.types.get(name)))
        if declared.when:
            holds.append(f", when {declared.when}", style="italic")
        if declared.doc:
            holds.append(f"\n{visible(declared.doc)}", style="dim")
        table.add_row(Text(name), holds, written)
    title = Text.assemble(
        (visible(recipe.name), "bold"), f" version {recipe.version}", f"\n{visible(recipe.doc)}" if recipe.doc else ""
    )
    named = {name: vocabulary(entries) for name, entries in recipe.vocabularies.items()}
    lists = [
        Text(f"{name}: {len(entries):,} entries" + (f" from {entries.source}" if entries.source else ""))
        for name, entries in named.items()
    ]
    parts: list[RenderableType] = [title, Text(""), table]
    if recipe.members > 1:
        differ = ", ".join(recipe.closure)
        parts.append(Text(f"\nsets of {recipe.members} records, which differ in these columns alone: {differ}"))
    if lists:
        parts += [Text("\nvocabularies", style="bold"), *lists]
    if recipe.checks:
        parts += [
            Text("\nchecks", style="bold"),
            *(
                Text(f"{check.name}: {check.condition or 'a function of ' + ', '.join(check.inputs)}")
                for check in recipe.checks
            ),
        ]
    return parts


def _holds(declared: Field, kind: FieldType | None) -> str:
    """Say in a few words what a field holds."""
    name = type(declared).__name__.lower()
    if isinstance(declared, Integer):
        return f"{'decimal' if declared.places else name} from {declared.low} to {declared.high}"
    if isinstance(declared, Date):
        return f"{name} from {declared.first} to {declared.last}"
    if kind is not None and kind.vocabulary is not None and not kind.boolean:
        texts = kind.vocabulary.texts()
        return f"{name} of {len(texts):,}: {visible(', '.join(texts[:4]))}{', ...' if len(texts) > 4 else ''}"
    return _TOLD[type(declared)](declared) if type(declared) in _TOLD else name


_TOLD: dict[type[Field], Callable[[Any], str]] = {  # Any: each takes its own field class
    Chance: lambda each: f"true with probability {float(each.probability):g}",
    Clock: lambda each: f"clock from {each.start}, every {each.every}",
    Quantiles: lambda each: (
        f"number from {each.points[0]} to {each.points[-1]}, median {each.points[len(each.points) // 2]}"
    ),
    Hexadecimal: lambda each: "UUID" if each.uuid else f"{each.digits} hex digits",
    Each: lambda _: "children",
    Nested: lambda each: f"object of {', '.join(each.members)}",
    Derive: lambda each: f"computed from {', '.join(each.inputs)}",
    Cumulative: lambda each: f"running total of {each.of}",
    Length: lambda each: f"characters of {each.of}",
    Serial: lambda each: f"counter from {each.first}",
    Member: lambda each: "number of the set" if each.of_set else "place in the set, from 0",
}


def stats_table(path: Path, found: Profile) -> list[RenderableType]:
    """Return a profile as a table that fits 80 columns."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    table.add_column("column", no_wrap=True)
    table.add_column("type")
    table.add_column("missing", justify="right")
    table.add_column("different", justify="right")
    table.add_column("values", overflow="fold")
    for column in found.columns:
        different = f"{column.different:,}" if column.different is not None else ""
        table.add_row(
            Text(visible(column.name)), column.type, f"{column.missing:,}", different, Text(_values(column, found.rows))
        )
    return [Text(f"{path}: {found.rows:,} records"), Text(""), table]


def _values(column: ColumnProfile, rows: int) -> str:
    parts = []
    if column.type in {"list", "object"}:
        return f"{column.mean:.2f} items on average" if column.mean is not None else ""
    if column.smallest is not None:
        parts.append(f"{column.smallest:,} to {column.largest:,}, mean {column.mean:,.4g}")
    if column.lengths is not None:
        parts.append("characters p5/p50/p95 " + "/".join(f"{length:,}" for length in column.lengths))
    if column.common:
        parts.append(
            ", ".join(f"{visible(value)[:32]} {100 * count / max(rows, 1):.1f}%" for value, count in column.common)
        )
    return "; ".join(parts)
