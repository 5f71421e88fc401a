"""The desk: takes the calls of a run in order, has many of them answered at once, and hands texts on in the order of the records.

A call holds the blocks of the records r with the same r // records-per-call and the same writer. What depends on the order of the
records, that none is a near duplicate of an earlier one, is judged in that order, however the answers came.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from treadle.llm.near import Sketches, sketch_of
from treadle.llm.protocol import Outcome, converse
from treadle.recipe import TEMPLATE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Mapping

    from treadle.errors import TreadleError
    from treadle.llm.asking import Asker, Block, Request
    from treadle.llm.committing import Row
    from treadle.llm.exchange import Told
    from treadle.llm.money import Prices
    from treadle.llm.settings import Writer

_CHUNK = 256
"""Records whose facts are drawn at once, about."""
_AT_ONCE = 4
"""Answers that are judged before what came meanwhile is looked at."""
_POLL = 0.5


class Answering(Protocol):
    """Who answers requests: an exchange with an endpoint, or a journal alone."""

    halted: bool
    stopping: TreadleError | None

    @property
    def waiting(self) -> int:
        """The requests that wait for their turn."""

    def ask(self, request: Request, prices: Prices, told: Told) -> None:
        """Have a request answered; `told` hears the answer, or None once nothing more is answered."""

    def stop(self, error: TreadleError | None) -> None:
        """Answer nothing more."""


@dataclass
class Done:
    """A record that is through: who wrote it, what became of each of its texts, and what they cost in nano-dollars."""

    record: int
    writer: str
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def cost(self) -> int:
        """What the record cost."""
        return sum(each.cost for each in self.outcomes)

    @property
    def reason(self) -> str:
        """Why the record is rejected, nothing where it is not."""
        return next((f"{each.block.field}: {each.reasons[0]}" for each in self.outcomes if each.text is None), "")


@dataclass
class _Waiting:
    done: Done
    left: int


class _Call:
    """A call on its way: its protocol, and what its requests cost."""

    __slots__ = ("prices", "talk")

    def __init__(self, talk: Generator[Request, Row, list[Outcome]], prices: Prices) -> None:
        self.talk, self.prices = talk, prices


class Desk:
    """Has the texts of records first..last-1 written; `handed` is called with each record that is through, in their order."""

    def __init__(
        self,
        asker: Asker,
        exchange: Answering,
        prices: Mapping[str, Prices],
        writer: Writer,
        handed: Callable[[Done], None],
        *,
        most: int = 0,
    ) -> None:
        """Take the parts of a run."""
        self._asker, self._exchange, self._prices, self._writer, self._handed = asker, exchange, prices, writer, handed
        self._line: deque[_Waiting] = deque()
        self._places: dict[int, _Waiting] = {}
        self._sketches = {name: Sketches() for name in asker.prompts}
        self._open = 0
        self._answers: deque[tuple[_Call, Row]] = deque()
        self._room, self._moving = asyncio.Event(), False
        self._most = most or max(2_048, 4 * writer.concurrency * asker.per_call)
        self._ahead = writer.concurrency + 8

    async def write(self, first: int, last: int) -> None:
        """Write all records; raises what stopped the run, after everything that was open has come back."""
        try:
            async for name, blocks in self._calls(first, last):
                if self._exchange.halted:
                    break
                self._start(name, blocks)
                if self._exchange.waiting > self._ahead:
                    await self._until(lambda: self._exchange.waiting <= self._ahead // 2)
            await self._until(lambda: self._open <= 0)
        except asyncio.CancelledError:
            self._exchange.stop(None)
        while self._open > 0:
            await self._wait()
        if self._exchange.stopping is not None:
            raise self._exchange.stopping

    async def _until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so, or the run is stopping."""
        while not is_so() and not self._exchange.halted:
            await self._wait()

    async def _wait(self) -> None:
        self._room.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._room.wait(), _POLL)

    def _start(self, name: str, blocks: list[Block], start: int = 0) -> None:
        talk = converse(self._asker, name, blocks, self._writer.attempts - start, start)
        self._open += 1
        self._go_on(_Call(talk, self._prices[name]), None)

    def _go_on(self, call: _Call, row: Row | None) -> None:
        """Carry a call on with an answer, or begin it; whatever goes wrong ends the run."""
        try:
            request = call.talk.send(row)  # type: ignore[arg-type]  # a generator begins with None
            self._exchange.ask(request, call.prices, partial(self._answered, call))
        except StopIteration as finished:
            self._close(finished.value)
        except Exception as error:  # noqa: BLE001  # raised again by `write`
            self._fail(error)

    def _close(self, outcomes: list[Outcome]) -> None:
        """Note what became of the blocks of a call that is through."""
        try:
            for outcome in outcomes:
                waiting = self._places[outcome.block.record]
                self._put(waiting.done, outcome)
                waiting.left -= 1
            self._move()
            self._open -= 1
        except Exception as error:  # noqa: BLE001  # raised again by `write`
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._open -= 1
        self._exchange.stop(error)  # type: ignore[arg-type]

    def _answered(self, call: _Call, row: Row | None) -> None:
        """Take an answer; it is judged when nothing waits to be sent or received."""
        if row is None:
            self._open -= 1
            self._room.set()
            return
        self._answers.append((call, row))
        if len(self._answers) == 1:
            asyncio.get_running_loop().call_soon(self._judge)

    def _judge(self) -> None:
        """Judge a few answers, and leave the others for the next turn."""
        for _ in range(min(_AT_ONCE, len(self._answers))):
            self._go_on(*self._answers[0])
            self._answers.popleft()
        if self._answers:
            asyncio.get_running_loop().call_soon(self._judge)
        if self._open <= 0 or self._exchange.waiting <= self._ahead // 2:
            self._room.set()

    async def _calls(self, first: int, last: int) -> AsyncIterator[tuple[str, list[Block]]]:
        """Yield the calls in order; facts are drawn beside, a chunk ahead."""
        size = max(1, _CHUNK // self._asker.per_call) * self._asker.per_call
        begins = [first, *range((first // size + 1) * size, last, size)] if last > first else []
        drawing: asyncio.Task[tuple[dict[int, str], dict[int, list[Block]]]] | None = None
        for number, begin in enumerate(begins):
            current = drawing or self._draw(begin, min(last, (begin // size + 1) * size))
            following = begins[number + 1] if number + 1 < len(begins) else None
            drawing = None
            writers, blocks = await current
            if following is not None:
                drawing = self._draw(following, min(last, following + size))
            self._queue(writers, blocks)
            for call in self._cut(writers, blocks):
                yield call
            await self._until(lambda: len(self._line) <= self._most)

    def _draw(self, begin: int, end: int) -> asyncio.Task[tuple[dict[int, str], dict[int, list[Block]]]]:
        records = np.arange(begin, end, dtype=np.uint64)
        return asyncio.get_running_loop().create_task(asyncio.to_thread(self._asker.blocks, records))

    def _queue(self, writers: dict[int, str], blocks: dict[int, list[Block]]) -> None:
        for record, name in writers.items():
            waiting = _Waiting(Done(record, name), len(blocks.get(record, ())))
            self._line.append(waiting)
            self._places[record] = waiting
        self._move()

    def _cut(self, writers: dict[int, str], blocks: dict[int, list[Block]]) -> list[tuple[str, list[Block]]]:
        calls: dict[tuple[int, str], list[Block]] = {}
        for record, held in blocks.items():
            if held:
                calls.setdefault((record // self._asker.per_call, writers[record]), []).extend(held)
        return [(name, held) for (_, name), held in calls.items()]

    @staticmethod
    def _put(done: Done, outcome: Outcome) -> None:
        """Note an outcome; one of a text that was asked for again continues the earlier one."""
        for number, before in enumerate(done.outcomes):
            if before.block is outcome.block:
                outcome.cost += before.cost
                outcome.rejected = before.rejected + outcome.rejected
                done.outcomes[number] = outcome
                return
        done.outcomes.append(outcome)

    def _move(self) -> None:
        """Hand on the records that are through, in their order, as far as the first that is not."""
        if self._moving:
            return
        self._moving = True
        while self._line and not self._line[0].left:
            waiting = self._line[0]
            if not self._is_new(waiting):
                break
            self._line.popleft()
            del self._places[waiting.done.record]
            self._handed(waiting.done)
        self._moving = False
        if len(self._line) <= self._most:
            self._room.set()

    def _is_new(self, waiting: _Waiting) -> bool:
        """Judge a record's texts against all earlier ones; those that are nearly one of them are asked for again."""
        done = waiting.done
        again = []
        held = [(outcome, sketch_of(outcome.text)) for outcome in done.outcomes if outcome.text is not None]
        for outcome, sketch in held:
            like = self._sketches[outcome.block.field].like(sketch)
            if like is None:
                continue
            outcome.text, outcome.found = None, []
            outcome.reasons = [f"is nearly the text of record {like}"]
            outcome.rejected.append("near duplicate")
            if outcome.attempts < self._writer.attempts:
                again.append(outcome)
        if again and not any(each.text is None and each not in again for each in done.outcomes):
            waiting.left = len(again)
            start = max(outcome.attempts for outcome in again)
            self._start(done.writer, [outcome.block for outcome in again], start)
            return False
        for outcome, sketch in held:
            if outcome.text is not None:
                self._sketches[outcome.block.field].add(sketch, done.record)
        if done.reason and self._writer.fallback == TEMPLATE:
            done.writer = TEMPLATE
        return True
