"""OpenAI's Batch API: all requests of a round in one file, submitted, left alone, collected later at half the price.

A round asks for everything that the journal has no answer for. What a batch could not do (errors, expired requests) and what may
not stand and has to be repaired is asked for in the next round, until a round has nothing left to ask.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from treadle.errors import BatchPendingError, RunError, TreadleError
from treadle.llm.committing import Row
from treadle.llm.money import shown
from treadle.llm.wire import NoReplyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import aiohttp

    from treadle.llm.asking import Request
    from treadle.llm.exchange import Told
    from treadle.llm.journal import Journal
    from treadle.llm.money import Prices, Purse
    from treadle.llm.wire import Wire

MOST_REQUESTS, MOST_SENT = 50_000, 190 << 20
"""Requests and bytes of a batch, at most, as OpenAI has it."""
_MOST_READ = 2 << 30
"""Bytes of a file of answers, at most."""
_NAME = "treadle"
"""The name in a batch's metadata under which it is found again, should the reply to its submission be lost."""
log = logging.getLogger("treadle")
_PATH = "/v1/chat/completions"
_OVER = {"completed", "expired", "failed", "cancelled"}
_FIRST_POLL, _LAST_POLL = 1.0, 60.0
_ROUNDS_WITHOUT = 8
"""Rounds in a row without a single answer, after which something is wrong."""


@dataclass(frozen=True)
class _Asked:
    request: Request
    prices: Prices


class BatchExchange:
    """Answers from the journal; what is not there is noted, to be asked for in the next batch."""

    waiting = 0

    def __init__(self, wire: Wire, journal: Journal, purse: Purse, *, wait: bool) -> None:
        """Take the parts of a run; with `wait` batches are waited for."""
        self.wire, self.journal, self.purse, self._wait = wire, journal, purse, wait
        self.halted = False
        self.stopping: TreadleError | None = None
        self.answered = self.repeated = self.replayed = self._empty_rounds = 0
        self._asked: dict[bytes, _Asked] = {}

    def ask(self, request: Request, prices: Prices, told: Told) -> None:
        """Tell the answer that the journal has; where it has none, note the request."""
        row = self.journal.find(request.key)
        if row is None:
            self._asked[request.key] = _Asked(request, prices)
        else:
            self.replayed += 1
        told(row)

    def stop(self, error: TreadleError | None) -> None:
        """Ask for nothing more."""
        self.stopping = self.stopping or error
        self.halted = True

    async def next_round(self, prices: Mapping[str, Prices]) -> bool:
        """Submit what was noted, and collect it if it is to be waited for; tells whether there was anything to ask.

        Raises `BatchPendingError` where the batch is on its way and is not waited for.
        """
        if not self._asked:
            return False
        asked, self._asked = list(self._asked.values()), {}
        for some in self._cut(asked):
            await self._submit(some)
        await self.collect(prices)
        return True

    async def collect(self, prices: Mapping[str, Prices]) -> None:
        """Take in the answers of batches that are on their way; raises `BatchPendingError` where one is not waited for."""
        pause = _FIRST_POLL
        await self._find()
        for (name,) in self.journal.query("SELECT id FROM batches WHERE state = 'open' ORDER BY id"):
            batch = await self._call("GET", f"/batches/{name}")
            while batch.get("status") not in _OVER:
                counts = batch.get("request_counts") or {}
                if not self._wait:
                    raise BatchPendingError(
                        f"batch {name} is on its way ({batch.get('status')}, {counts.get('completed', 0)} of "
                        f"{counts.get('total', '?')} requests done): the same command collects it when it is finished"
                    )
                await asyncio.sleep(pause)
                pause = min(_LAST_POLL, 1.5 * pause)
                batch = await self._call("GET", f"/batches/{name}")
            await self._take(name, batch, prices)

    async def _submit(self, asked: list[_Asked]) -> None:
        worst = [self.purse.worst(each.prices, each.request.tokens_in, each.request.room) for each in asked]
        if not self.purse.reserve(sum(worst)):
            raise RunError(
                f"the batch may cost {shown(sum(worst))} at worst, and {shown(self.purse.total)} of "
                f"{shown(self.purse.cap or 0)} is spent or set aside: raise --budget, or ask for fewer records"
            )
        lines = b"\n".join(map(self._line, asked))
        numbers = [self.journal.reserve(each.request.key, cost) for each, cost in zip(asked, worst, strict=True)]
        noted = [
            (
                "INSERT OR REPLACE INTO asked VALUES (?, ?, ?, ?, ?)",
                (each.key, each.user, each.model, each.told, each.writer),
            )
            for each in (one.request for one in asked)
        ]
        before = self.journal.query("SELECT count(*) FROM batches")[0][0]
        token = hashlib.sha256(b"".join(each.request.key for each in asked) + b"%d" % before).hexdigest()[:32]
        held = [("UPDATE sent SET state = ? WHERE id = ?", (token, number)) for number in numbers]
        self.journal.write(*noted, *held, ("INSERT INTO batches VALUES (?, 'sending', ?)", (token, len(asked))))
        self.journal.sync()
        uploaded = await self._call("POST", "/files", self._form(lines))
        wanted = {
            "input_file_id": uploaded["id"],
            "endpoint": _PATH,
            "completion_window": "24h",
            "metadata": {_NAME: token},
        }
        made = await self._call("POST", "/batches", json.dumps(wanted).encode(), tries=1)
        self._adopt(token, str(made["id"]))
        log.info("batch %s: %s requests submitted, %s at worst", made["id"], f"{len(asked):,}", shown(sum(worst)))

    def _line(self, asked: _Asked) -> bytes:
        body = self.wire.dialect.body(asked.request, self.wire.temperature)
        key = asked.request.key.hex().encode()
        return b'{"custom_id":"%s","method":"POST","url":"%s","body":%s}' % (key, _PATH.encode(), body)

    def _cut(self, asked: list[_Asked]) -> Iterator[list[_Asked]]:
        """Yield what fits into one batch each."""
        some: list[_Asked] = []
        size = 0
        for each in asked:
            own = each.request.tokens_in + len(each.request.schema) + 1_024  # bytes: no token is shorter than one
            if some and (len(some) == MOST_REQUESTS or size + own > MOST_SENT):
                yield some
                some, size = [], 0
            some.append(each)
            size += own
        yield some

    def _adopt(self, token: str, name: str) -> None:
        """Note the name that a batch was given."""
        self.journal.write(
            ("UPDATE batches SET id = ?, state = 'open' WHERE id = ?", (name, token)),
            ("UPDATE sent SET state = ? WHERE state = ?", (name, token)),
        )
        self.journal.sync()

    async def _find(self) -> None:
        """Find the batches whose submission got no reply; what was not submitted is asked for again."""
        sending = [token for (token,) in self.journal.query("SELECT id FROM batches WHERE state = 'sending'")]
        after = ""
        while sending:
            listed = await self._call("GET", f"/batches?limit=100{after}")
            for batch in listed.get("data") or ():
                token = str((batch.get("metadata") or {}).get(_NAME, ""))
                if token in sending:
                    sending.remove(token)
                    self._adopt(token, str(batch["id"]))
            if not listed.get("has_more") or not listed.get("data"):
                break
            after = f"&after={listed['data'][-1]['id']}"
        for token in sending:
            self.journal.write(("DELETE FROM batches WHERE id = ?", (token,)))
            self._release(token)

    def _form(self, lines: bytes) -> aiohttp.FormData:
        form = self.wire.form()
        form.add_field("purpose", "batch")
        form.add_field("file", lines, filename="requests.jsonl", content_type="application/jsonl")
        return form

    async def _take(self, name: str, batch: Mapping[str, Any], prices: Mapping[str, Prices]) -> None:  # JSON values
        """Take in the answers of a batch that is over; what it did not do is asked for again."""
        if batch.get("status") == "failed" and not batch.get("output_file_id"):
            told = json.dumps(batch.get("errors") or "no reason given", ensure_ascii=False)[:300]
            self.journal.write(("UPDATE batches SET state = 'failed' WHERE id = ?", (name,)))
            self._release(name)
            raise RunError(f"batch {name} was refused: {self.wire.key.blot(told)}; nothing of it is billed")
        count = 0
        if batch.get("output_file_id"):
            data = await self._raw("GET", f"/files/{batch['output_file_id']}/content")
            for line in data.splitlines():
                count += self._take_line(self._held(line, "a batch's file"), prices)
        self.answered += count
        self.journal.write(("UPDATE batches SET state = 'done' WHERE id = ?", (name,)))
        self._release(name)
        self.repeated += len(self._sent_again(batch, count))
        self._empty_rounds = 0 if count else self._empty_rounds + 1
        if self._empty_rounds >= _ROUNDS_WITHOUT:
            raise RunError(
                f"{_ROUNDS_WITHOUT} batches came back without an answer, the last is {name}: see it in the provider's console"
            )

    @staticmethod
    def _sent_again(batch: Mapping[str, Any], count: int) -> range:  # JSON values
        return range(max(0, int((batch.get("request_counts") or {}).get("total", count)) - count))

    def _release(self, batch: str) -> None:
        """Let go of what was set aside for a batch that is over: it bills only what it answers."""
        self.journal.write(("DELETE FROM sent WHERE state = ?", (batch,)))
        self.journal.sync()
        self.purse.open = 0
        self.purse.spent, self.purse.lost = self.journal.spent()

    def _take_line(self, line: Mapping[str, Any], prices: Mapping[str, Prices]) -> int:  # JSON values
        """Journal one answer; return how many it is, 0 for an error."""
        response = line.get("response") or {}
        if response.get("status_code") != 200:
            return 0
        key = bytes.fromhex(line["custom_id"])
        try:
            reply = self.wire.reply_of({}, json.dumps(response["body"]).encode())
        except NoReplyError:
            return 0
        asked = self.journal.query("SELECT user, model, request, writer FROM asked WHERE key = ?", (key,))
        if not asked:
            return 0
        user, model, told, writer = asked[0]
        cost = prices[writer].cost(reply.tokens_in, reply.tokens_out) if writer in prices else 0
        text = self.wire.key.blot(reply.content) if self.wire.key else reply.content
        row = Row(key, user, model, told, text, reply.finish, reply.tokens_in, reply.tokens_out, cost)
        sent = self.journal.query("SELECT id FROM sent WHERE key = ?", (key,))
        self.journal.answer(sent[0][0] if sent else 0, row)
        return 1

    def _held(self, data: bytes, where: str) -> dict[str, Any]:  # JSON values
        try:
            held = json.loads(data)
        except ValueError:
            held = None
        if not isinstance(held, dict):
            raise RunError(f"{self.wire.endpoint}: {where}: expected a JSON object; does it have the Batch API?")
        return held

    async def _call(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401  # JSON values and forms
        tries: int = 5,
    ) -> dict[str, Any]:
        return self._held(await self._raw(method, path, body, tries), path)

    async def _raw(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401  # as above
        tries: int = 5,
    ) -> bytes:
        """Return the body of a reply; tries again where nothing came back, since nothing that is tried again is billed."""
        for number in range(tries):
            refused: Exception
            try:
                status, headers, data = await self.wire.exchange(method, path, body, _MOST_READ)
                if status == 200:
                    return data
                refused = self.wire.refusal(status, headers, data, "")
            except NoReplyError as error:
                refused = error
            if isinstance(refused, TreadleError):
                raise refused
            if number + 1 < tries:
                await asyncio.sleep(2.0**number / 2)
        raise RunError(f"{self.wire.endpoint}{path}: {refused}; the same command goes on")
