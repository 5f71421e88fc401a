"""What the commands of raw logs show."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from treadle.display import visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import RenderableType

    from treadle.checks.pii import Scan
    from treadle.run.domains import Parsed


def parsed_lines(output: Path, done: Parsed) -> Iterator[str]:
    """Tell what became of a raw log."""
    yield f"{output}: {done.records:,} records from {done.lines:,} lines (form {done.form})"
    for each in done.first:
        yield visible(f"line {each['line']}, column {each['column']}: {each['reason']}")
    if done.others:
        yield f"left out: {done.others:,} spans of other kinds"
    if done.rejected:
        yield f"rejected: {done.rejected:,}, kept in {output.with_name(output.name.removesuffix('.jsonl') + '.rejects.jsonl')}"


def kill_table_lines(table: Any) -> Iterator[str]:  # noqa: ANN401  # a pack's kill table
    """Show each mutant's rule and place, and who rejects it: a line each, however long, so that it can be searched."""
    rows = [("rule", "scope", "place", "ours", *(["yours"] if table.command else []))]
    for each in table.verdicts:
        marks = [_mark(each.ours), *([_mark(each.theirs)] if table.command else [])]
        rows.append((each.mutant.rule_id, each.mutant.scope, visible(each.mutant.pointer or "/"), *marks))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield f"\n{table.domain}: our validator kills {_score(*table.ours)}, each for its rule alone"
    if table.command:
        yield f"{visible(table.command)}: kills {_score(*table.theirs)}"


def _mark(killed: bool | None) -> str:  # noqa: FBT001  # a verdict
    return "killed" if killed else "MISSED"


def _score(some: int, whole: int) -> str:
    return f"{some} of {whole} mutants ({100 * some / whole:.1f} %)"


def checklist_table(filled: list[tuple[str, str]]) -> Iterator[RenderableType]:
    """Show the profiling checklist of a dataset, where its pack has one."""
    if filled:
        shown = Table("checklist", "", box=None, pad_edge=False)
        for question, answer in filled:
            shown.add_row(Text(question), Text(visible(answer)))
        yield Text("")
        yield shown


def finding_lines(file: Path, found: Scan, limit: int | None, *, as_json: bool) -> Iterator[str]:
    """Show where personal data, or what looks like it, is in a file: a line each, however long."""
    for each in found.findings if limit is None else found.findings[:limit]:
        if as_json:
            yield json.dumps(asdict(each), ensure_ascii=True)
        else:
            yield visible(f"{file}:{each.line}:{each.column}: {each.kind} {each.text!r}: expected {each.expected}")
    if not as_json:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(found.kinds.items()))
        findings = f"{found.count:,} {'finding' if found.count == 1 else 'findings'}"
        yield f"{file}: {found.lines:,} lines, {findings}{f' ({kinds})' if kinds else ''}"
