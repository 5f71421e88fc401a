"""The estimate: what a run will cost, as a range, from its own prompts and the texts of the template writer. Nothing is asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from treadle.llm.answers import LIST, NUMBER, TEXT
from treadle.llm.asking import MOST_ROOM, Asker
from treadle.llm.money import BATCHED, prices_of
from treadle.llm.settings import model_of
from treadle.llm.tokens import count_tokens

if TYPE_CHECKING:
    from treadle.llm.asking import Block
    from treadle.llm.money import Prices
    from treadle.llm.settings import Writer
    from treadle.plan import Plan

SAMPLE = 100
"""Records whose prompts are counted, at most."""
_LOW, _HIGH = 70, 180
"""The least and the most tokens of answers, in percent of the template writer's: models write shorter or longer."""
_AGAIN = 130
"""Requests in percent of those without any fault: what is repaired and asked for anew."""
_WORDS = 12
"""Tokens around each text of an answer."""


@dataclass(frozen=True)
class Estimate:
    """What one writer's share of a run takes: requests, tokens, and nano-dollars from `low` to `high`; `worst` is reserved at most.

    Amounts are None where nobody knows the prices.
    """

    writer: str
    records: int
    requests: int
    tokens_in: int
    tokens_out: int
    prices: Prices | None
    low: int | None
    likely: int | None
    high: int | None


def estimate(plan: Plan, writer: Writer, first: int, last: int) -> list[Estimate]:
    """Return the estimate of each model of a run over records first..last-1."""
    asker = Asker(plan, writer)
    count = min(SAMPLE, last - first)
    records = (
        np.unique(np.linspace(first, last - 1, count, dtype=np.int64)).astype(np.uint64)
        if count
        else np.zeros(0, np.uint64)
    )
    batch = asker.plan.draw(records, asker.also).batch
    writers, blocks = asker.blocks(records)
    rows = {int(record): row for row, record in enumerate(batch.records)}
    texts = {name: asker.texts(batch.columns[name]) for name in asker.prompts}
    found, shares = [], writer.shares()
    for name in writer.models():
        own = [record for record, who in writers.items() if who == name]
        answered = [texts[block.field][rows[record]] for record in own for block in blocks[record]]
        made = round((last - first) * Fraction(shares[name]))
        if writers and any(prompt.unless for prompt in asker.prompts.values()):
            made = round((last - first) * Fraction(len(own), len(writers)))
        if own:
            found.append(_estimate(asker, writer, name, made, [blocks[record] for record in own], answered))
    return found


def _estimate(  # noqa: PLR0917  # private, and called once
    asker: Asker, writer: Writer, name: str, made: int, held: list[list[Block]], answered: list[str]
) -> Estimate:
    per_call = asker.per_call
    calls = [
        [block for blocks in held[begin : begin + per_call] for block in blocks]
        for begin in range(0, len(held), per_call)
    ]
    requests = [asker.request(name, call, 0) for call in calls if call]
    model = model_of(name)
    opening = count_tokens(asker.opening, model) + count_tokens(requests[0].schema, model)
    told = sum(count_tokens(each.told, model) for each in requests)
    items = json.dumps({LIST: [{NUMBER: 1, TEXT: text} for text in answered]}, ensure_ascii=False)
    said = count_tokens(items, model) + _WORDS
    tokens_out = said * made // max(1, len(held))
    needed = max(
        -(-made // per_call), -(-tokens_out // MOST_ROOM)
    )  # what no longer fits into an answer is asked for in another
    tokens_in = needed * opening + told * made // max(1, len(held))
    prices = prices_of(writer, name)
    if prices is None:
        return Estimate(name, made, needed, tokens_in, tokens_out, None, None, None, None)
    share = BATCHED if writer.batch else 100
    amounts = [
        prices.cost(tokens_in * again // 100, tokens_out * part * again // 10_000) * share // 100
        for part, again in ((_LOW, 100), (100, 105), (_HIGH, _AGAIN))
    ]
    return Estimate(name, made, needed, tokens_in, tokens_out, prices, *amounts)
