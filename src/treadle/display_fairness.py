"""What `treadle fairness` shows: for each cue or column of groups its measures, and a table of its groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from treadle.display import visible
from treadle.quality.fairness import FOUR_FIFTHS

if TYPE_CHECKING:
    from rich.console import RenderableType

    from treadle.quality.fairness import Facet, Fairness
    from treadle.quality.resampling import Estimate


def fairness_parts(audit: Fairness) -> list[RenderableType]:
    """Return an audit as lines and tables."""
    chosen = "decisions of 1" if audit.threshold is None else f"scores of {audit.threshold:g} or more"
    head = (
        f"{audit.predictions} against {audit.dataset}: {audit.records:,} records; selected are {chosen}\n"
        f"in brackets: {100 * audit.level:g}% bootstrap intervals, {audit.resamples:,} resamples of sets, seed {audit.seed}"
    )
    return [Text(visible(head)), *(part for facet in audit.facets for part in _facet(facet))]


def _facet(facet: Facet) -> list[RenderableType]:
    flag = f"flagged: below {FOUR_FIFTHS:g}" if facet.flagged else ""
    measures = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    for name, estimate, more in (
        ("flip rate", facet.flip_rate, ""),
        ("mean gap", facet.mean_gap, ""),
        ("impact ratio", facet.impact_ratio, flag),
        ("equalized odds difference", facet.equalized_odds_difference, ""),
    ):
        measures.add_row(Text(name), Text(_shown(estimate)), Text(more, style="bold red"))
    title = f"\n{facet.name}: {facet.sets:,} sets, {facet.records:,} records"
    notes = [Text(visible(f"note: {note}"), style="dim") for note in facet.notes]
    return [Text(visible(title), style="bold"), measures, Text(""), _groups(facet), *notes]


def _groups(facet: Facet) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold", pad_edge=False)
    table.add_column("group", overflow="fold")
    for heading in ("records", "mean", "selected", "tpr", "fpr", "against others"):
        table.add_column(heading, justify="right", no_wrap=True)
    for group in facet.groups:
        brief = (group.mean_score, group.selection_rate, group.true_positive_rate, group.false_positive_rate)
        shown = [_number(each.value) for each in brief]
        table.add_row(
            Text(visible(group.name)), f"{group.records:,}", *shown, _shown(group.against_others, signed=True)
        )
    return table


def _shown(estimate: Estimate, *, signed: bool = False) -> str:
    if estimate.value is None:
        return "not defined"
    if estimate.low is None or estimate.high is None:
        return _number(estimate.value, signed=signed)
    low, high = (_number(each, signed=signed) for each in (estimate.low, estimate.high))
    return f"{_number(estimate.value, signed=signed)} [{low}, {high}]"


def _number(value: float | None, *, signed: bool = False) -> str:
    return "-" if value is None else f"{value:+.3f}" if signed else f"{value:.3f}"
