"""The protocol: ask, parse, check, repair, ask anew, reject; written once, as a generator of requests that receives answers.

Whoever drives it does the input and output. It never asks again for what passed: of 25 texts with two that may not stand, 23 are
kept and two are asked for.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from treadle.llm.answers import LIST, NUMBER, TEXT, Parsed, parse
from treadle.llm.asking import Repair
from treadle.llm.judging import judge

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from treadle.llm.asking import Asker, Block, Request
    from treadle.llm.committing import Row
    from treadle.llm.stating import Found

_SHOWN = 2_000
"""Characters of an answer without form that a model is shown again."""
MOST_ROOMS = 4


@dataclass
class Outcome:
    """What became of a block: its text and where it states what, or why every attempt was turned down; what it took and cost.

    `pieces` is the text cut at its spans, once it is.
    """

    block: Block
    text: str | None = None
    found: list[Found] = field(default_factory=list)
    attempts: int = 0
    cost: int = 0
    reasons: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    pieces: tuple[list[str], list[tuple[int, int, int, str]]] | None = None


@dataclass(frozen=True)
class _Turn:
    blocks: list[Block]
    attempt: int
    room: int = 1
    repair: Repair | None = None


def converse(
    asker: Asker, writer: str, blocks: Sequence[Block], attempts: int, start: int = 0
) -> Generator[Request, Row, list[Outcome]]:
    """Ask for blocks until each passes or has been asked for `attempts` times from `start` on; return what became of each."""
    outcomes = {id(block): Outcome(block, attempts=start) for block in blocks}
    turns = deque([_Turn(list(blocks), start)])
    while turns:
        turn = turns.popleft()
        row = yield asker.request(writer, turn.blocks, turn.attempt, turn.room, turn.repair)
        _share(row.cost, [outcomes[id(block)] for block in turn.blocks])
        parsed = parse(row.answer, len(turn.blocks))
        bad = _keep(turn, parsed, row, outcomes)
        if bad and turn.attempt + 1 < start + attempts:
            turns.extend(_next(turn, bad, parsed, row))
    return list(outcomes.values())


def _keep(turn: _Turn, parsed: Parsed, row: Row, outcomes: dict[int, Outcome]) -> list[tuple[Block, str, list[str]]]:
    """Take what passes; return the other blocks, with the text that was given and what is wrong with it."""
    bad = []
    cut = row.finish == "length"
    for place, block in enumerate(turn.blocks):
        outcome = outcomes[id(block)]
        outcome.attempts = turn.attempt + 1
        text = parsed.texts.get(place)
        if text is None:
            reasons = ["the answer was cut off" if cut else parsed.problem or "the answer leaves it out"]
            text = ""
        else:
            verdict = judge(text, block)
            reasons, text = verdict.reasons, verdict.text
            if not reasons:
                outcome.text, outcome.found, outcome.reasons = text, verdict.found, []
                continue
        outcome.reasons = reasons
        outcome.rejected.append(reasons[0].partition(":")[0])
        bad.append((block, text, reasons))
    return bad


def _next(turn: _Turn, bad: list[tuple[Block, str, list[str]]], parsed: Parsed, row: Row) -> list[_Turn]:
    """Return how the blocks that did not pass are asked for next."""
    blocks = [block for block, _, _ in bad]
    if row.finish == "length":
        if len(blocks) > 1 and not parsed.texts:
            half = len(blocks) // 2
            return [_Turn(blocks[:half], turn.attempt + 1), _Turn(blocks[half:], turn.attempt + 1)]
        return [_Turn(blocks, turn.attempt + 1, min(MOST_ROOMS, 2 * turn.room))]
    if turn.repair is not None or not row.answer.strip():
        return [_Turn(blocks, turn.attempt + 1, turn.room)]
    if parsed.texts:
        given = [{NUMBER: number, TEXT: text} for number, (_, text, _) in enumerate(bad, 1)]
        shown = json.dumps({LIST: given}, ensure_ascii=False)
    else:
        shown = row.answer[:_SHOWN]
    problems = tuple(f"{number}: {'; '.join(reasons)}" for number, (_, _, reasons) in enumerate(bad, 1))
    return [_Turn(blocks, turn.attempt + 1, turn.room, Repair(shown, problems))]


def _share(cost: int, outcomes: list[Outcome]) -> None:
    """Divide what an answer cost among its blocks, to the last nano-dollar."""
    each, rest = divmod(cost, len(outcomes))
    for number, outcome in enumerate(outcomes):
        outcome.cost += each + (number < rest)
