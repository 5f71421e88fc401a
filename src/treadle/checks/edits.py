"""Edits: taken back one by one, they lead from a record's texts to clean ones; what each says stands there does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from treadle.checks.findings import EDITS, Check, shortened
from treadle.edits import Edits, invert
from treadle.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from treadle.checks.findings import Finding, Row

_KEYS = ("field", "pass", "start", "end", "before", "after")


def edits() -> Check:
    """Return the check of the column `edits`."""
    return Check(EDITS, _look, [EDITS])


def _look(rows: Sequence[Row]) -> Iterator[Finding]:
    for number, row in enumerate(rows):
        for field, own in by_field(row.get(EDITS) or ()).items():
            wrong = _wrong(row.get(field), own)
            if wrong:
                yield number, EDITS, shortened(f"{field}: {wrong}"), "edits that lead back to a clean text"


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
