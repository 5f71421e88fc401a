"""Edits: taken back one by one, they lead from a record's texts to clean ones; what each says stands there does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from treadle.checks.findings import EDITS, Check, shortened
from treadle.corrupt.seals import broken
from treadle.corrupt.table import TABLE
from treadle.edits import Edits, invert
from treadle.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from treadle.checks.findings import Finding, Row

_COPIES = {each.name for each in TABLE if each.target == "records"}
_KEYS = ("field", "pass", "start", "end", "before", "after")


def edits() -> Check:
    """Return the check of the column `edits`."""
    return Check(EDITS, _look, [EDITS])


def _look(rows: Sequence[Row]) -> Iterator[Finding]:
    altered = broken([row.get(EDITS) or () for row in rows]) is not None
    for number, row in enumerate(rows):
        listed = row.get(EDITS) or ()
        if altered and broken([listed]) is not None:
            yield number, EDITS, "edits that do not fit their seals", "the edits that were written"
        for field, own in by_field(listed).items():
            wrong = _wrong(row.get(field), own)
            if wrong:
                yield number, EDITS, shortened(f"{field}: {wrong}"), "edits that lead back to a clean text"


def cleaned(rows: Sequence[Row]) -> list[Row | None]:
    """Return rows with the texts that their faults were put into; None for a duplicate, whose facts are another record's.

    A row whose edits do not lead back stays as it is: the check of edits tells of it.
    """
    return [_clean(row) if row.get(EDITS) else row for row in rows]


def _clean(row: Row) -> Row | None:
    own = by_field(row[EDITS])
    if any(isinstance(each, dict) and each.get("operator") in _COPIES for edits in own.values() for each in edits):
        return None
    try:
        return {**row, **{field: restored([row.get(field)], [edits])[0] for field, edits in own.items()}}
    except (EditError, KeyError, TypeError, ValueError, pa.ArrowException):
        return row


def by_field(held: Sequence[Any]) -> dict[str, list[Any]]:  # JSON values
    """Return the edits of a record by the text that they are of."""
    found: dict[str, list[Any]] = {}
    for each in held:
        name = each.get("field", "") if isinstance(each, dict) else ""
        found.setdefault(str(name), []).append(each)
    return found


def _wrong(text: Any, own: list[Any]) -> str:  # noqa: ANN401  # JSON values
    """Say what is wrong with the edits of one text; nothing where all is well."""
    incomplete = next((each for each in own if not isinstance(each, dict) or not each.keys() >= set(_KEYS)), None)
    if incomplete is not None:
        return f"{incomplete!r}: expected an object with {', '.join(_KEYS)}"
    try:
        restored([text], [own])
    except (EditError, TypeError, ValueError, pa.ArrowException) as error:
        return str(error)
    return ""


def restored(texts: Sequence[Any], own: Sequence[Sequence[Any]]) -> list[str | None]:  # JSON values
    """Return texts as they were before their edits; a text that is null was emptied.

    Raises `EditError` where an edit does not fit.
    """
    rows = [{**edit, "record": number} for number, each in enumerate(own) for edit in each]
    if not rows:
        return list(texts)
    held = pa.array(["" if text is None else text for text in texts], pa.large_string())
    clean = invert(held, Edits.of(rows), np.arange(len(held))).to_pylist()
    return [text if each or was is not None else None for text, each, was in zip(clean, own, texts, strict=True)]
