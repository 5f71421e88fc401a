"""What the command line shows of checks: the table of `validate`, and the records and quality table of `try`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from treadle.display import visible
from treadle.quality.labelled import COLUMNS, CORPORA

if TYPE_CHECKING:
    from rich.console import RenderableType

    from treadle.checks.findings import Report, Tally, Violation
    from treadle.quality.labelled import Labelled
    from treadle.quality.texts import TextMeasure
    from treadle.run.trial import Trial, Tried

WIDTH = 78
"""Characters of a line of a record."""
_LINES = 3
"""First lines of a text that are shown."""
_FEW = 4
"""Words that make a text worth a line of its own, where others have more."""
_STYLES = {"fails": "bold red", "passes": "green", "left out": "dim"}


def report_table(report: Report) -> list[RenderableType]:
    """Return the checks with what they found, and below them the first violations of each that failed."""
    against = f", recipe {report.recipe}" if report.recipe else ""
    parts: list[RenderableType] = [
        Text(visible(f"{report.path}: {report.records:,} {'record' if report.records == 1 else 'records'}{against}\n")),
        _checks(report),
    ]
    for tally in report.tallies:
        parts += _examples(tally)
    passed, of = report.passed
    parts.append(Text(f"\n{passed} of {of} checks passed", style="" if report.clean else "bold red"))
    return parts


def _checks(report: Report) -> Table:
    table = _plain_table("check", ">records", ">violations", "verdict")
    for tally in report.tallies:
        verdict = Text(tally.verdict, style=_STYLES[tally.verdict])
        if tally.note:
            verdict.append(f"; {visible(tally.note)}", style="dim")
        table.add_row(Text(visible(tally.check)), f"{tally.records:,}", f"{tally.violations:,}", verdict)
    return table


def _plain_table(*headings: str) -> Table:
    """Return an empty table; a heading behind `>` stands to the right."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading.lstrip(">"), justify="right" if heading.startswith(">") else "left", overflow="fold")
    return table


def _examples(tally: Tally) -> list[RenderableType]:
    if not tally.violations:
        return []
    shown = [_example(each) for each in tally.examples]
    left = tally.violations - len(shown)
    more = [Text(f"  and {left:,} more")] if left and shown else []
    return [Text(f"\n{visible(tally.check)}", style="bold"), *shown, *more]


def _example(violation: Violation) -> Text:
    where = [f"record {violation.record}"] if violation.record >= 0 else []
    where += [each for each in (violation.place, violation.column) if each]
    return Text(visible(f"  {', '.join(where) or 'all'}: {violation.found}\n    expected {violation.expected}"))


def trial_parts(trial: Trial) -> list[RenderableType]:
    """Return a trial's records in short, the tables of quality and of checks."""
    parts: list[RenderableType] = [part for each in trial.records for part in (*_tried(each), Text(""))]
    if trial.rows > len(trial.records):
        parts.append(Text(f"and {trial.rows - len(trial.records):,} more\n"))
    if trial.measures:
        parts += [_measures(trial.measures), Text("")]
    if trial.labels:
        parts += [_balance(trial.labels, trial.rows), Text("")]
    return [*parts, *report_table(trial.report)[1:]]


def _tried(record: Tried) -> list[Text]:
    title, *more = record.summary or [""]
    lines = [Text(_cut(f"{record.number}  {title}"), style="bold"), *(Text(_cut(f"   {line}")) for line in more)]
    long = {name: text for name, text in record.texts.items() if len(text.split()) > _FEW} or record.texts
    for name, text in long.items():
        begun = [line for line in text.splitlines() if line.strip()][:_LINES]
        lines += [Text(_cut(f"   {name}"), style="cyan"), *(Text(_cut(f"     {line}")) for line in begun)]
    return lines


def _cut(line: str) -> str:
    shown = visible(line)
    return shown if len(shown) <= WIDTH else shown[: WIDTH - 3] + "..."


def _measures(measures: list[TextMeasure]) -> Table:
    table = _plain_table("text", ">words p5/p50/p95", ">distinct words", ">distinct pairs")
    for each in measures:
        words = "/".join(f"{count:,}" for count in each.words)
        shares = (f"{share:.2f}" for share in (each.distinct_tokens, each.distinct_pairs))
        table.add_row(Text(visible(each.column)), words, *shares)
    return table


def _balance(labels: dict[str, dict[str, int]], rows: int) -> Table:
    table = _plain_table("label", "shares")
    for name, counts in labels.items():
        shares = ", ".join(f"{value} {100 * count / max(rows, 1):.0f}%" for value, count in counts.items())
        table.add_row(Text(visible(name)), Text(visible(shares)))
    return table


def labelled_tables(found: Labelled) -> list[RenderableType]:
    """Return the measures of prompts beside those of real corpora, and how their attributes are spread."""
    figures = found.to_json()
    corpora = [f">{name.split(' ')[0]}" for name in CORPORA]
    table = _plain_table("clean texts", ">this", *corpora, "better")
    for place, (name, (key, way)) in enumerate(COLUMNS.items()):
        others = [f"{values[place]:.2f}" for values in CORPORA.values()]
        table.add_row(name, f"{figures[key]:.2f}", *others, Text(way, style="dim"))
    more = _plain_table("measure", ">value")
    shown = {key for key, _ in COLUMNS.values()}
    for key, value in figures.items():
        if key not in shown and value is not None:
            more.add_row(key.replace("_", " "), f"{value:,}")
    spread = _plain_table("attribute", "shares")
    for name, counts in found.spread.items():
        total = sum(counts.values())
        common = sorted(counts.items(), key=lambda pair: -pair[1])[:10]
        shares = ", ".join(f"{value} {100 * count / total:.0f}%" for value, count in common)
        spread.add_row(name, Text(visible(shares + (f", and {len(counts) - 10} more" if len(counts) > 10 else ""))))
    sample = Text(f"\n{found.diversity.texts:,} clean texts, evenly spread, beside real corpora\n")
    return [sample, table, Text(""), more, Text(""), spread]
