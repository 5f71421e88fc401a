"""The profiling checklist of a domain: questions to a dataset, and their answers from any file, in one lazy pass each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from treadle.packs.logs.inventory import Inventory

Answer = Callable[[pl.LazyFrame], str]
Question = tuple[str, Answer]
"""What is asked, and how a dataset answers."""


def value(frame: pl.LazyFrame, expression: pl.Expr) -> object:
    """Return one value of a dataset."""
    return frame.select(expression).collect().item()


def share(condition: pl.Expr) -> Answer:
    """Ask for how many records a condition holds."""
    return lambda frame: _share(value(frame, condition.sum()), value(frame, pl.len()))


def _share(some: object, whole: object) -> str:
    count, of = int(str(some or 0)), int(str(whole))
    return f"{count:,} of {of:,} ({100 * count / of if of else 0:.2f} %)"


def quantiles(expression: pl.Expr, unit: str = "") -> Answer:
    """Ask for the median, the 95th and the 99th percentile and the greatest value."""

    def answer(frame: pl.LazyFrame) -> str:
        points = frame.select(
            p50=expression.quantile(0.5),
            p95=expression.quantile(0.95),
            p99=expression.quantile(0.99),
            most=expression.max(),
        ).collect()
        return (
            ", ".join(f"{name} {held:,.6g}" for name, held in points.row(0, named=True).items() if held is not None)
            + f" {unit}".rstrip()
        )

    return answer


def counts(column: str, most: int = 6) -> Answer:
    """Ask for the commonest values of a column."""

    def answer(frame: pl.LazyFrame) -> str:
        found = frame.group_by(column).len().sort("len", column, descending=[True, False]).head(most).collect()
        return ", ".join(f"{'none' if name is None else name} {count:,}" for name, count in found.rows())

    return answer


def different(column: str) -> Answer:
    """Ask how many different values a column has."""
    return lambda frame: f"{value(frame, pl.col(column).drop_nulls().n_unique()):,}"


def span(column: str) -> Answer:
    """Ask for the first and the last value."""
    return lambda frame: f"{value(frame, pl.col(column).min())} to {value(frame, pl.col(column).max())}"


def general(inventory: Inventory) -> list[Question]:
    """Return the questions that the inventory itself asks."""
    wanted = [each.name for each in inventory.fields if not each.nullable]
    listed = {each.name: inventory.vocabulary[each.vocabulary] for each in inventory.fields if each.vocabulary}
    outside = [pl.col(name).is_not_null() & ~pl.col(name).is_in(values) for name, values in listed.items()]
    unused = list(listed.items())

    def coverage(frame: pl.LazyFrame) -> str:
        made = (
            frame.select(pl.col(name).drop_nulls().n_unique().alias(name) for name in listed)
            .collect()
            .row(0, named=True)
        )
        return ", ".join(f"{name} {made[name]}/{len(values)}" for name, values in unused)

    return [
        ("How many records are there?", lambda frame: f"{value(frame, pl.len()):,}"),
        ("Which columns are missing or too many?", lambda frame: _columns(frame, inventory.names)),
        (
            "How many records lack a value that is never null?",
            share(pl.any_horizontal(pl.col(name).is_null() for name in wanted)),
        ),
        (
            "How many hold a value outside the vocabulary?",
            share(pl.any_horizontal(outside) if outside else pl.lit(value=False)),
        ),
        ("How much of each vocabulary is used?", coverage),
    ]


def _columns(frame: pl.LazyFrame, wanted: Sequence[str]) -> str:
    found = frame.collect_schema().names()
    odd = [f"{name} is missing" for name in wanted if name not in found] + [
        f"{name} is too many" for name in found if name not in wanted
    ]
    return ", ".join(odd) or "none"


def fill(questions: Sequence[Question], frame: pl.LazyFrame) -> list[tuple[str, str]]:
    """Return each question with its answer; one that a dataset has no columns for is answered so."""
    filled = []
    for question, answer in questions:
        try:
            filled.append((question, answer(frame)))
        except (
            pl.exceptions.ColumnNotFoundError,
            pl.exceptions.InvalidOperationError,
            pl.exceptions.SchemaError,
        ) as error:
            filled.append((question, f"cannot be told: {str(error).splitlines()[0]}"))
    return filled


def document(domain: str, questions: Sequence[Question]) -> str:
    """Return the empty checklist as a page."""
    lines = [
        f"# Profiling checklist of `logs.{domain}`",
        "",
        "Filled by `treadle stats FILE`.",
        "",
        "| question | answer |",
        "| --- | --- |",
    ]
    return "\n".join([*lines, *(f"| {question} | |" for question, _ in questions)]) + "\n"
