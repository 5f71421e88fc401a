"""Replaying: the texts of a finished run made again from its journal. Nothing is asked; an answer that is missing is an error."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from treadle.errors import ManifestError, TreadleError
from treadle.llm.asking import Asker
from treadle.llm.committing import Row
from treadle.llm.desk import Desk, Done
from treadle.llm.journal import journal_path, open_for_reading
from treadle.llm.money import FREE
from treadle.llm.settings import Writer
from treadle.llm.writing import WrittenPlan

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from pathlib import Path

    from treadle.llm.asking import Request
    from treadle.llm.exchange import Told
    from treadle.llm.money import Prices
    from treadle.plan import Plan


def replayed(
    plan: Plan, writing: Mapping[str, Any], records: tuple[int, int], output: Path
) -> WrittenPlan:  # JSON values
    """Return the plan with the texts of records first..last-1, as the journal beside the output has them.

    `writing` is what the manifest says of the models. Raises `UsageError` where the journal is not there, and `ManifestError` where
    it lacks an answer.
    """
    spec = ",".join(f"{name}:{share}" for name, share in writing["writers"].items())
    temperature = writing["temperature"]
    writer = Writer(
        spec if len(writing["writers"]) > 1 else next(iter(writing["writers"])),
        records_per_call=writing["records_per_call"],
        temperature=None if temperature == "None" else float(temperature),
        attempts=writing["attempts"],
        fallback=writing["fallback"],
    )
    path = output.with_name(str(writing.get("journal") or journal_path(output).name))
    connection = open_for_reading(path)
    done: list[Done] = []
    try:
        asker = Asker(plan, writer)
        desk = Desk(asker, _Journalled(connection, path), dict.fromkeys(writer.models(), FREE), writer, done.append)
        asyncio.run(desk.write(*records))
    finally:
        connection.close()
    return WrittenPlan(plan, done, writer.fallback)


class _Journalled:
    """Answers from a journal alone."""

    waiting = 0

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self._path = connection, path
        self.stopping: TreadleError | None = None
        self.halted = False

    def ask(self, request: Request, prices: Prices, told: Told) -> None:  # noqa: ARG002  # nothing is paid for
        found = self._connection.execute("SELECT * FROM answers WHERE key = ?", (request.key,)).fetchone()
        if found is None:
            self.stop(
                ManifestError(
                    f"journal {self._path} has no answer for {request.user}: the texts cannot be made again; it is not the journal "
                    "of this output, or the recipe, its prompts or the checks were changed since"
                )
            )
        told(Row(*found) if found is not None else None)

    def stop(self, error: TreadleError | None) -> None:
        self.stopping = self.stopping or error
        self.halted = True
