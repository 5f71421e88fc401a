"""Writing: the texts of a run, written by models beside the run, and taken into its records when a shard is made.

The facts, labels and ids of a record are those that the plan draws; only the texts are another's. A shard's texts are further
pieces behind those of the plan, cut where the spans of what they state begin and end.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from treadle.columns import Category, Objects, Written
from treadle.errors import TreadleError
from treadle.llm.asking import Asker
from treadle.llm.batching import BatchExchange
from treadle.llm.desk import Desk, Done
from treadle.llm.exchange import Exchange
from treadle.llm.journal import Journal, journal_path
from treadle.llm.money import BATCHED, Purse, needed_prices
from treadle.llm.pacing import Pacer
from treadle.llm.settings import dollars
from treadle.llm.wire import Wire, need_aiohttp
from treadle.overlay import Overlay
from treadle.pieces import Ragged, stack, starts
from treadle.plan import MODELS, Drawn, Plan
from treadle.recipe import TEMPLATE, WRITER
from treadle.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Self

    from numpy.typing import NDArray

    from treadle.batch import Scope
    from treadle.columns import Column
    from treadle.declarations import Prompt
    from treadle.llm.protocol import Outcome
    from treadle.llm.settings import Writer
    from treadle.pieces import Ints

log = logging.getLogger("treadle")
_POLL = 0.2
"""Seconds after which a wait looks up, so that Ctrl-C is heard."""
_COLLECT = 10_000, 20, 20
"""Thresholds of Python's collector of cycles while models write: with those of the start it takes a sixth of the time."""


class Writing:
    """Has the texts of one run written; used as a context, which leaves when everything that was open has come back."""

    def __init__(
        self,
        writer: Writer,
        plan: Plan,
        output: Path,
        records: tuple[int, int],
        watch: Callable[[int, int], None] = lambda _records, _spent: None,
    ) -> None:
        """Take the settings and the plan; `watch` is told of records that are through and of nano-dollars spent so far.

        Raises `UsageError` for what cannot be: no key, no prices for a budget, no text that a model can write.
        """
        writer.check()
        if writer.models():
            need_aiohttp()
        self.writer, self._watch, self._records = writer, watch, records
        self.asker = Asker(plan, writer)
        self._prices = needed_prices(writer)
        if writer.batch:
            self._prices = {name: each.in_percent(BATCHED) for name, each in self._prices.items()}
        self._key = writer.key() if writer.models() else None
        self.path = Path(writer.journal) if writer.journal else journal_path(output)
        self._plan = plan
        self._held: dict[int, Done] = {}
        self._through = threading.Condition()
        self._next, self._wanted, self._over = records[0], records[1], False
        self._error: BaseException | None = None
        self._exchange: Exchange | BatchExchange
        self.ledger: dict[str, str] = {}
        self.fell_back = 0

    def describe(self) -> dict[str, Any]:  # JSON values
        """Return what must agree for a stopped run to go on, as the manifest notes it."""
        return {
            "writers": self.writer.shares(),
            "prompts": {name: _version(prompt) for name, prompt in self.asker.prompts.items()},
            "prompts_sha256": self.asker.prompts_sha256(),
            "records_per_call": self.asker.per_call,
            "temperature": str(self.writer.temperature),
            "fallback": self.writer.fallback,
            "attempts": self.writer.attempts,
        }

    def account(self) -> dict[str, Any]:  # JSON values
        """Return what became of the run's money and requests, with a line for each record."""
        exchange = self._exchange
        return {
            "answers": exchange.answered,
            "answers_from_journal": exchange.replayed,
            "sent_again": exchange.repeated,
            "fallbacks": self.fell_back,
            "spent_nanodollars": self._purse.spent,
            "perhaps_billed_nanodollars": self._purse.lost,
            "prices": {
                name: f"{each.tokens_in} in, {each.tokens_out} out per million, {each.source}"
                for name, each in self._prices.items()
            },
            "journal": self.path.name,
            "ledger": self.ledger,
        }

    def __enter__(self) -> Self:
        """Open the journal, and begin to write beside the caller."""
        recipe = self._plan.recipe
        about = {
            "recipe": recipe.name,
            "version": recipe.version,
            "seed": str(self._plan.seed),
            self.asker.opening_name: self.asker.opening,
        }
        self._journal = Journal(self.path, about=about)
        self._warn(about)
        spent, lost = self._journal.spent()
        self._purse = Purse(dollars("budget", self.writer.budget), spent, lost)
        self._collect = gc.get_threshold()
        if self._collect[0]:
            gc.set_threshold(*map(max, self._collect, _COLLECT))
        self._thread = threading.Thread(target=self._run, name="treadle-models", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread.start()
        return self

    def _warn(self, about: dict[str, str]) -> None:
        """Say where a journal was begun by another recipe, version or seed: answers to requests that are the same still count."""
        before = {name: self._journal.about.get(name, each) for name, each in about.items()}
        if any(before[name] != about[name] for name in ("recipe", "version", "seed")):
            log.warning(
                "journal %s is of %s version %s, and this is %s version %s (seeds %s and %s): only answers to requests that have "
                "not changed are taken from it",
                self.path, before["recipe"], before["version"], about["recipe"], about["version"], before["seed"], about["seed"],
            )  # fmt: skip

    def _run(self) -> None:
        try:
            asyncio.run(self._write())
        except TreadleError as error:
            self._error = error
        except BaseException as error:  # noqa: BLE001  # raised again in the thread that waits
            self._error = error
        with self._through:
            self._over = True
            self._through.notify_all()

    async def _write(self) -> None:
        writer = self.writer
        self._loop = asyncio.get_running_loop()
        pacer = Pacer(writer.concurrency, writer.rpm, writer.tpm, time.monotonic)
        key = self._key
        if key is None:
            from treadle.llm.keys import Secret  # noqa: PLC0415  # for runs of templates alone

            key = Secret("", "none")
        wire = Wire(
            writer.endpoint(),
            key,
            concurrency=writer.concurrency,
            timeout=writer.timeout,
            temperature=writer.temperature,
        )
        async with wire:
            if writer.batch:
                await self._write_batches(wire)
                return
            exchange = self._exchange = Exchange(wire, pacer, self._journal, self._purse, writer, time.monotonic)
            desk = Desk(self.asker, exchange, self._prices, writer, self._hand)
            await desk.write(*self._records)

    async def _write_batches(self, wire: Wire) -> None:
        """Write by batches: rounds of requests, until the journal has an answer to each."""
        exchange = BatchExchange(wire, self._journal, self._purse, wait=self.writer.wait)
        self._exchange = exchange
        await exchange.collect(self._prices)
        while True:
            done: list[Done] = []
            exchange.replayed = 0
            desk = Desk(self.asker, exchange, self._prices, self.writer, done.append, most=1 << 62)
            await desk.write(*self._records)
            if not await exchange.next_round(self._prices):
                break
        for each in done:
            self._hand(each)

    def _hand(self, done: Done) -> None:
        for outcome in done.outcomes:
            if outcome.text is not None:
                outcome.pieces = cut(outcome)
        with self._through:
            self._held[done.record] = done
            self._next = done.record + 1
            if self._next >= self._wanted:
                self._through.notify_all()
        fell_back = bool(done.reason) and done.writer == TEMPLATE
        self.fell_back += fell_back
        if done.outcomes:
            attempts = sum(each.attempts for each in done.outcomes)
            self.ledger[str(done.record)] = f"{done.writer} attempts={attempts} nanodollars={done.cost}"
        self._watch(1, self._purse.spent)

    def over(self, plan: Plan, first: int, last: int) -> WrittenPlan:
        """Wait for the texts of records first..last-1, and return the plan that has them; raises what stopped the run."""
        with self._through:
            self._wanted = last
            while self._next < last and not self._over:
                self._through.wait(_POLL)
            if self._error is not None:
                raise self._error
            held = [self._held.pop(record) for record in sorted(self._held) if first <= record < last]
        return WrittenPlan(plan, held, self.writer.fallback)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop sending, wait for what is open, and close the journal."""
        if self._thread.is_alive() and self._loop is not None and kind is not None:
            self._loop.call_soon_threadsafe(self._halt)
        self._thread.join()
        gc.set_threshold(*self._collect)
        self._journal.close()

    def _halt(self) -> None:
        exchange = getattr(self, "_exchange", None)
        if exchange is not None:
            exchange.stop(None)


@dataclass(frozen=True)
class _Cut:
    """A text's pieces behind those of a plan: the first one's id and how many there are, and its spans.

    A span is its first and stop piece, label and value.
    """

    first: int
    count: int
    spans: list[tuple[int, int, int, int]]


class WrittenPlan(Plan):
    """A plan whose texts were written by models, for the records of one shard.

    No record is a duplicate of another: what it would copy may be a text of another shard.
    """

    copies = False

    def __init__(self, plan: Plan, held: Sequence[Done], fallback: str) -> None:
        """Take the records that are through; their texts become pieces behind those of the plan."""
        self.__dict__.update(plan.__dict__)
        self.table = Overlay(plan.table)
        if plan.faulter is not None:
            self.faulter = plan.faulter.reading(self.table)
        self._texts: dict[str, dict[int, _Cut]] = {}
        self._writers: dict[int, str] = {}
        self._failed: dict[int, str] = {}
        self._rejected: dict[int, list[str]] = {}
        pieces: list[str] = []
        noted: list[tuple[str, int, int, int, list[tuple[int, int, int, str]]]] = []
        begin = len(self.table.texts)
        for done in held:
            self._writers[done.record] = done.writer
            self._rejected[done.record] = [
                f"{each.block.field}: {why}" for each in done.outcomes for why in each.rejected
            ]
            if done.reason and fallback != TEMPLATE:
                self._failed[done.record] = f"{MODELS}{done.reason.partition(': ')[0]}: {_kind(done)}"
            elif not done.reason:
                for outcome in done.outcomes:
                    own, spans = outcome.pieces or cut(outcome)
                    first = begin + len(pieces)
                    pieces += own
                    noted.append((outcome.block.field, done.record, first, len(own), spans))
        self.table.extend(pieces)
        for name, record, first, count, spans in noted:
            placed = [(start, stop, label, self.table.add(value)) for start, stop, label, value in spans]
            self._texts.setdefault(name, {})[record] = _Cut(first, count, placed)

    def draw(self, records: NDArray[np.uint64], also: Sequence[str] = ()) -> Drawn:
        """Draw records as the plan does, with the texts that models wrote; records whose texts were rejected fail."""
        failed = {record: self._failed[record] for record in records.tolist() if record in self._failed}
        kept = records[~np.isin(records, np.array(list(failed), np.uint64))] if failed else records
        drawn = super().draw(kept, also)
        rejected = dict(drawn.rejected)
        for record in records.tolist():
            for reason in self._rejected.get(record, ()):
                rejected[reason] = rejected.get(reason, 0) + 1
        return Drawn(drawn.batch, rejected, drawn.failed | failed)

    def _scope(
        self, records: NDArray[np.uint64], more: NDArray[np.uint64]
    ) -> tuple[Scope, int, dict[str, int], dict[int, str]]:
        """Return the fields of records, with the texts that models wrote, before any fault is put in."""
        scope, own, rejected, failed = super()._scope(records, more)
        numbers = scope.records.tolist()
        for name, texts in self._texts.items():
            scope.columns[name] = self._replaced(scope.columns[name], numbers, texts)
        told = {WRITER, self.recipe.writer_in}
        for name, column in scope.columns.items():
            if name in told:
                scope.columns[name] = self._by(column, numbers)
            elif isinstance(column, Objects) and told & set(column.columns):
                inner = {each: self._by(own, numbers) if each in told else own for each, own in column.columns.items()}
                scope.columns[name] = replace(column, columns=inner)
        return scope, own, rejected, failed

    def _by(self, column: Column, numbers: list[int]) -> Column:
        """Return a column that names the writer of each record as it came to be."""
        assert isinstance(column, Category)  # noqa: S101  # a quota, or what is derived from it
        codes = {text: code for code, text in enumerate(column.type.values.texts())}
        return replace(column, codes=np.array([codes[self._writers[record]] for record in numbers], np.int64))

    def _replaced(self, column: Column, numbers: list[int], texts: dict[int, _Cut]) -> Written:
        """Return a text column in which the rows that a model wrote are its own."""
        assert isinstance(column, Written)  # noqa: S101  # a text with a prompt is woven
        cuts = [texts.get(record) for record in numbers]
        own = [cut for cut in cuts if cut is not None]
        pool = Ragged(
            np.array([each for cut in own for each in range(cut.first, cut.first + cut.count)], np.int32),
            starts(np.array([cut.count for cut in own], np.int64)),
        )
        is_own = np.array([cut is not None for cut in cuts], np.bool_)
        chosen = np.arange(len(numbers))
        chosen[is_own] = len(numbers) + np.arange(len(own))
        rows = stack([column.rows, pool]).take(chosen)
        return replace(column, rows=rows, spans=self._spans(column, rows.offsets, is_own, cuts))

    def _spans(self, column: Written, offsets: Ints, is_own: NDArray[np.bool_], cuts: list[_Cut | None]) -> Spans:
        if not self.trace and self.faulter is None:
            return Spans.none()
        woven = column.spans.take(np.flatnonzero(~is_own[column.spans.row]))
        shift = (offsets[:-1] - column.rows.offsets[:-1])[woven.row]
        kept = Spans(woven.row, woven.first + shift, woven.stop + shift, woven.label, woven.value)
        found = [(row, *span) for row, cut in enumerate(cuts) if cut is not None for span in cut.spans]
        if not found:
            return kept
        row, first, stop, label, value = (np.array(each, np.int64) for each in zip(*found, strict=True))
        begin = offsets[row]
        made = Spans(row, begin + first, begin + stop, label.astype(np.int32), Ragged.single(value))
        return Spans.together([kept, made])


def cut(outcome: Outcome) -> tuple[list[str], list[tuple[int, int, int, str]]]:
    """Cut a text where the spans of what it states begin and end.

    Returns its pieces, and of each span the first and stop piece, the label and the value.
    """
    text, facts = outcome.text or "", outcome.block.facts
    found = [(start, end, facts[fact]) for start, end, fact in outcome.found if facts[fact].label >= 0]
    bounds = sorted({0, len(text), *(start for start, _, _ in found), *(end for _, end, _ in found)})
    place = {bound: number for number, bound in enumerate(bounds)}
    spans = [(place[start], place[end], fact.label, fact.value) for start, end, fact in found]
    return [text[begin:end] for begin, end in pairwise(bounds)], spans


def _version(prompt: Prompt) -> str:
    """Return the version of a prompt, and those of its cases."""
    return ", ".join([prompt.version, *(f"{case} {each.version}" for case, each in prompt.cases)])


def _kind(done: Done) -> str:
    """Return what kind of reason a record was rejected for, without its own words."""
    return done.reason.split(": ", 2)[1]
