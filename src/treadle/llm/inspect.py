"""Looking into journals: what was asked and answered, without a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from treadle.errors import UsageError
from treadle.llm.committing import Row
from treadle.llm.journal import is_journal, journal_path, open_for_reading

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path


class Journalled:
    """A journal that is looked at; a run may hold it at the same time."""

    def __init__(self, path: Path) -> None:
        """Open a journal, or the one that belongs to an output; raises `UsageError` where there is none."""
        beside = journal_path(path)
        if path.is_file() and not beside.is_file() and not is_journal(path):
            raise UsageError(f"{path} has no journal beside it ({beside.name}): a run with --writer keeps one")
        self.path = beside if beside.is_file() else path
        self._connection: sqlite3.Connection = open_for_reading(self.path)

    def about(self) -> dict[str, Any]:  # JSON values
        """Return what the journal is of, and its sums."""
        meta = dict(self._connection.execute("SELECT name, value FROM meta WHERE name NOT LIKE 'opening:%'"))
        answers, cost = self._connection.execute("SELECT count(*), coalesce(sum(cost), 0) FROM answers").fetchone()
        open_, worst = self._connection.execute("SELECT count(*), coalesce(sum(worst), 0) FROM sent").fetchone()
        return {**meta, "answers": answers, "nanodollars": cost, "without_answer": open_, "perhaps_nanodollars": worst}

    def rows(self, like: str = "") -> Iterator[Row]:
        """Yield answers in the order of their first records; only those of a user (`rec-7`) or whose key begins so."""
        found = self._connection.execute(
            "SELECT * FROM answers WHERE ? = '' OR user = ? OR lower(hex(key)) LIKE ? || '%' "
            "ORDER BY CAST(substr(user, 5) AS INTEGER), length(request), key",
            (like, like, like.lower()),
        )
        for each in found:
            yield Row(*each)

    def shown(self, row: Row) -> dict[str, Any]:  # JSON values
        """Return an answer with its whole prompt."""
        asked = json.loads(row.request)
        opening = self._connection.execute("SELECT value FROM meta WHERE name = ?", (asked["opening"],)).fetchone()
        messages = [json.loads(opening[0]), *asked["messages"]] if opening else asked["messages"]
        return {
            "key": row.key.hex(),
            "user": row.user,
            "model": row.model,
            "messages": messages,
            "answer": row.answer,
            "finish_reason": row.finish,
            "prompt_tokens": row.tokens_in,
            "completion_tokens": row.tokens_out,
            "nanodollars": row.cost,
        }

    def one(self, like: str) -> list[dict[str, Any]]:  # JSON values
        """Return the answers of a user or key; raises `UsageError` where there is none."""
        found = [self.shown(row) for row in self.rows(like)]
        if not found or not like:
            raise UsageError(
                f"{self.path} has no answer {like!r}: expected the user (rec-7) or the beginning of a key, as ls lists them"
            )
        return found

    def close(self) -> None:
        """Close the journal."""
        self._connection.close()
