"""What the command line shows of models: estimates, journals, answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from treadle.display import visible
from treadle.llm.money import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from treadle.llm.committing import Row
    from treadle.llm.estimate import Estimate


def estimate_parts(found: Sequence[Estimate], budget: int | None) -> list[RenderableType]:
    """Return a table of what a run will take."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for heading in ("writer", "records", "requests", "tokens in", "tokens out", "cost", "likely"):
        table.add_column(heading, justify="left" if heading == "writer" else "right")
    for each in found:
        cost = "unknown" if each.low is None or each.high is None else f"{shown(each.low)} to {shown(each.high)}"
        likely = "" if each.likely is None else shown(each.likely)
        numbers = (each.records, each.requests, each.tokens_in, each.tokens_out)
        table.add_row(Text(visible(each.writer)), *(f"{number:,}" for number in numbers), cost, likely)
    parts: list[RenderableType] = [table]
    unknown = [each.writer for each in found if each.prices is None]
    parts += [Text(f"nobody knows the prices of {visible(name)}: give --price-in and --price-out") for name in unknown]
    high = sum(each.high or 0 for each in found)
    if budget is not None and high > budget:
        parts.append(
            Text(f"the budget of {shown(budget)} may not be enough: the run then stops, and goes on with a larger one")
        )
    return parts


def journal_table(about: dict[str, Any], rows: Iterator[Row]) -> list[RenderableType]:  # JSON values
    """Return a table of the answers of a journal, behind its sums."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for heading in ("user", "key", "model", "ended", "tokens in", "tokens out", "cost", "answer"):
        table.add_column(
            heading,
            no_wrap=heading != "answer",
            overflow="ellipsis",
            justify="right" if "tokens" in heading else "left",
        )
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
