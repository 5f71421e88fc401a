"""One's own texts with faults: operators put into any list of texts, with the edits that take them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from treadle import draw
from treadle.corrupt.choosing import ALWAYS, rate_of
from treadle.corrupt.guarding import GUARDED, unguarded
from treadle.corrupt.operators import Setting
from treadle.corrupt.passes import applied, settle
from treadle.corrupt.table import BY_NAME, names_of
from treadle.corrupt.texts import Texts
from treadle.edits import SCHEMA, Edits, invert, with_final_places
from treadle.errors import UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from treadle.corrupt.operators import Operator
    from treadle.corrupt.passes import Settled
    from treadle.pieces import Ints

FIELD = "text"
"""The name that the texts have in their edits."""
_AT_ONCE = 2048
"""Texts that operators are let at together."""


@dataclass(frozen=True)
class Faulty:
    """Texts with faults, and the edits that made them: a row each, `record` the number of the text.

    The columns of `edits` are those of the answer key of a dataset.
    """

    texts: list[str]
    edits: pa.Table

    def clean(self) -> list[str]:
        """Return the texts as they were."""
        held = pa.array(self.texts, pa.large_string())
        texts: list[str] = invert(held, Edits(self.edits), np.arange(len(held))).to_pylist()
        return texts


def with_faults(
    texts: Sequence[str],
    operators: str | Sequence[str] | Mapping[str, float],
    *,
    severity: float = 0.5,
    seed: int = 42,
    language: str = "en",
    lists: Mapping[str, Sequence[Any]] | None = None,  # texts, or pairs of them
) -> Faulty:
    """Put faults into texts of your own, and keep the edits that take them back.

    `operators` names one or several (`treadle operators` lists them), or gives each the share of texts that get it, in [0, 1];
    they act in the order of their table. `severity` in [0, 1] says how much each does. What a text gets depends on the seed, its
    place in the list and itself alone. `language` (BCP 47) chooses the keyboard and the misspellings; `lists` holds words that
    operators read, such as pairs of names for one thing (`aliases`).

    Raises `UsageError` for operators that are not there or need more than a text, and for numbers out of range.
    """
    shares = _shares(operators, dict(lists or {}))
    if not 0 <= severity <= 1:
        raise UsageError(f"severity={severity}: expected a number from 0 to 1")
    wrong = next((number for number, text in enumerate(texts) if not isinstance(text, str)), None)
    if wrong is not None:
        raise UsageError(f"texts[{wrong}]={texts[wrong]!r}: expected a text")
    setting = Setting(severity, language, dict(lists or {}))
    parts = [
        _faulty(pa.array(texts[first : first + _AT_ONCE], pa.large_string()), first, shares, setting, seed)
        for first in range(0, len(texts), _AT_ONCE)
    ]
    table = pa.concat_tables([SCHEMA.empty_table(), *(edits for _, edits in parts)])
    return Faulty([text for array, _ in parts for text in array.to_pylist()], table)


def _shares(operators: str | Sequence[str] | Mapping[str, float], lists: Mapping[str, Any]) -> dict[str, float]:
    """Return the share of texts that each operator acts on, in the order of the table."""
    named = [operators] if isinstance(operators, str) else operators
    shares = dict(named) if isinstance(named, Mapping) else dict.fromkeys(named, 1.0)
    problems = [unknown("operator", name, names_of()) for name in shares if name not in BY_NAME]
    problems += [
        f"operator {name!r}, share={share}: expected a number from 0 to 1"
        for name, share in shares.items()
        if not 0 <= share <= 1
    ]
    for name in filter(BY_NAME.__contains__, shares):
        each = BY_NAME[name]
        lacking = [other for other in each.lists if other not in lists]
        if each.function is None or each.needs or each.values:
            problems.append(f"operator {name!r} reads facts or spans: it acts in recipes, see td.faults")
        elif lacking:
            problems.append(f"operator {name!r} reads words: give lists={{{lacking[0]!r}: [...]}}")
    if problems:
        raise UsageError("; ".join(problems))
    return {name: float(shares[name]) for name in names_of() if shares.get(name)}


def _faulty(
    texts: pa.Array, first: int, shares: Mapping[str, float], setting: Setting, seed: int
) -> tuple[pa.Array, pa.Table]:
    """Return some texts with their faults, and the edits; `first` is the number of the first text."""
    numbers = np.arange(first, first + len(texts))
    parts: list[pa.Table] = []
    for name, share in shares.items():
        each = BY_NAME[name]
        states = draw.record_states(draw.path_key(seed, "texts", name), numbers.astype(np.uint64))
        rows = np.flatnonzero(draw.chance(states, 0, int(share * ALWAYS)))
        if not rows.size or each.function is None:
            continue
        own = Texts(texts if len(rows) == len(texts) else texts.take(pa.array(rows)), draw.bits(states[rows], 1))
        changes = each.function(own, setting, rate_of(each.rate, setting.severity))
        settled = settle(own, unguarded(own, changes) if each.target in GUARDED else changes)
        if not len(settled.row):
            continue
        parts.append(_table(each, setting.severity, numbers[rows[settled.row]], settled))
        order = np.arange(len(texts))
        order[rows] = len(texts) + np.arange(len(rows))
        after = applied(own, settled)
        texts = after if len(rows) == len(texts) else pa.concat_arrays([texts, after]).take(pa.array(order))
    if not parts:
        return texts, SCHEMA.empty_table()
    return texts, with_final_places(Edits(pa.concat_tables(parts).combine_chunks()), numbers).table


def _table(each: Operator, severity: float, record: Ints, settled: Settled) -> pa.Table:
    made = {
        "record": record,
        "pass": np.full(len(record), names_of().index(each.name), np.int32),
        "start": settled.start,
        "end": settled.end,
        "place": pa.array(settled.place, mask=settled.place < 0),
        "before": settled.before,
        "after": settled.after,
        "severity": np.full(len(record), severity),
        **dict(_same(len(record), field=FIELD, operator=each.name, family=each.family, label_effect=each.effect)),
        "final_start": pa.nulls(len(record), pa.int64()),
        "final_end": pa.nulls(len(record), pa.int64()),
    }
    return pa.table({name: made[name] for name in SCHEMA.names}, schema=SCHEMA)


def _same(count: int, **texts: str) -> Iterator[tuple[str, pa.Array]]:
    for name, text in texts.items():
        yield name, pa.array([text], pa.string()).take(pa.array(np.zeros(count, np.int64)))
