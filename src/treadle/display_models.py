"""What the command line shows of models: estimates, journals, answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from treadle.display import visible
from treadle.llm.money import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import JustifyMethod, RenderableType

    from treadle.llm.committing import Row
    from treadle.llm.estimate import Estimate


def estimate_parts(found: Sequence[Estimate], budget: int | None) -> list[RenderableType]:
    """Return what a run will take, writer by writer."""
    parts: list[RenderableType] = []
    for each in found:
        parts.append(
            Text(f"{visible(each.writer)}: {each.records:,} records in {each.requests:,} requests", style="bold")
        )
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
        table.add_row("tokens", f"{each.tokens_in:,} in, {each.tokens_out:,} out")
        if each.prices is None or each.low is None or each.high is None or each.likely is None:
            table.add_row("cost", "unknown: nobody knows the prices; give --price-in and --price-out")
        else:
            prices = each.prices
            million = f"{shown(prices.tokens_in)} in, {shown(prices.tokens_out)} out for a million tokens"
            table.add_row("prices", f"{million}, {visible(prices.source)}")
            table.add_row("cost", f"{shown(each.low)} to {shown(each.high)}, likely {shown(each.likely)}")
        parts.append(table)
    high = sum(each.high or 0 for each in found)
    if budget is not None and high > budget:
        parts.append(
            Text(f"the budget of {shown(budget)} may not be enough: the run then stops, and goes on with a larger one")
        )
    return parts


def journal_table(about: dict[str, Any], rows: Iterator[Row]) -> list[RenderableType]:  # JSON values
    """Return a table of the answers of a journal, behind its sums."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False, expand=True)
    for heading in ("user", "key", "model", "ended", "tokens in", "tokens out", "cost", "answer"):
        last = heading == "answer"
        justify: JustifyMethod = "right" if "tokens" in heading else "left"
        table.add_column(heading, no_wrap=True, overflow="ellipsis", justify=justify, ratio=1 if last else None)
    for row in rows:
        begin = visible(" ".join(row.answer[:200].split()))
        numbers = (f"{row.tokens_in:,}", f"{row.tokens_out:,}", shown(row.cost))
        table.add_row(
            row.user, row.key.hex()[:8], Text(visible(row.model)), visible(row.finish), *numbers, Text(begin[:60])
        )
    title = f"{visible(str(about.get('recipe', '')))} version {about.get('version')}, seed {about.get('seed')}: "
    sums = f"{about['answers']:,} answers for {shown(about['nanodollars'])}"
    lost = f"; {about['without_answer']:,} requests without an answer, {shown(about['perhaps_nanodollars'])} at worst"
    return [Text(title + sums + (lost if about["without_answer"] else "")), Text(""), table]


def answer_parts(answer: dict[str, Any]) -> list[RenderableType]:  # JSON values
    """Return a prompt and its answer, message by message."""
    head = f"{answer['user']} {answer['key'][:16]} {visible(answer['model'])}, {shown(answer['nanodollars'])}"
    parts: list[RenderableType] = [Text(head, style="bold")]
    for message in [*answer["messages"], {"role": f"answer ({answer['finish_reason']})", "content": answer["answer"]}]:
        parts += [Text(f"\n{visible(str(message['role']))}", style="bold"), Text(_lines(str(message["content"])))]
    return [*parts, Text("")]


def _lines(text: str) -> str:
    return "\n".join(visible(line) for line in text.split("\n"))
