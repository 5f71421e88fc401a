"""Examples: what each operator does to one short letter, for the table that a user reads."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from treadle import draw
from treadle.corrupt.choosing import rate_of
from treadle.corrupt.guarding import GUARDED, unguarded
from treadle.corrupt.operators import Setting
from treadle.corrupt.passes import applied, settle
from treadle.corrupt.texts import Stretches, Texts

if TYPE_CHECKING:
    from treadle.corrupt.operators import Operator
    from treadle.pieces import Ints

LETTER = """Ann Lee
Zürich, ann.lee@mail.example

Experience
Baker, Oakhollow Mills, May 2019 - June 2023
- Managed the organization of 12 "night" shifts
- Responsible for quality; assisted customers quickly, and obtained approximately 300 orders
- Developed bread plans & recipes with the team

Education
Certificate, Leeds College, 2017"""
"""The text that the examples are of."""
_MARKS = {
    "date": r"(May|June) \d{4}", "company": "Oakhollow Mills", "contact": r"ann\.lee@\S+", "heading": "Experience|Education",
    "skill": "bread plans", "person": "Ann Lee", "given_name": "Ann", "family_name": "Lee", "email": r"ann\.lee@\S+",
    "institution": "Leeds College", "place": "Zürich", "title": "Baker",
}  # fmt: skip
_LISTS = {
    "companies": ("Northwind Freight",),
    "aliases": (("bread plans", "baking schedules"),),
    "careers": ("Tuned pianos in schools and concert halls",),
}
_VALUES = {"claimed": "cake design", "keywords": "cake design, sugar craft, bread plans"}
_SEVERITY = 0.5
_TRIES = 40
_AROUND = 12
"""Characters that are shown before and behind what has changed."""


class Example(NamedTuple):
    """What stood in a text and what stands there now, with a few characters around."""

    before: str
    after: str


def example(operator: Operator) -> Example | None:
    """Return what an operator does to the letter, with the first draws that change a little of it; on facts, its words."""
    if operator.function is None:
        return Example(*operator.words) if operator.words else None
    copies = pa.array([LETTER] * _TRIES, pa.large_string())
    texts = Texts(copies, draw.record_states(draw.path_key(7, operator.name), np.arange(_TRIES, dtype=np.uint64)))
    marked = {mark: _found(texts, _MARKS[mark]) for mark in operator.reads if mark in _MARKS}
    values = {name: pa.array([_VALUES[name]] * _TRIES, pa.large_string()) for name in operator.values}
    setting = Setting(_SEVERITY, "en", _LISTS, values, marked)
    changes = operator.function(texts, setting, rate_of(operator.rate, _SEVERITY))
    edits = settle(texts, unguarded(texts, changes) if operator.target in GUARDED else changes)
    results = [after for after in applied(texts, edits).to_pylist() if after != LETTER]
    return _shown(min(results, key=lambda after: (len(_changed(after)), abs(len(after) - len(LETTER)))))


def _found(texts: Texts, pattern: str) -> Stretches:
    places = [(match.start(), match.end()) for match in re.finditer(pattern, LETTER)]
    row: Ints = np.repeat(np.arange(len(texts)), len(places))
    start, end = (np.tile(np.array([each[side] for each in places], np.int64), len(texts)) for side in (0, 1))
    return texts.stretches(row, start, end)


def _changed(after: str) -> list[tuple[int, int, int, int]]:
    matcher = SequenceMatcher(None, LETTER, after, autojunk=False)
    return [(a, b, c, d) for kind, a, b, c, d in matcher.get_opcodes() if kind != "equal"]


def _shown(after: str) -> Example:
    """Return what changed first, up to what changed last where that is near."""
    changes = _changed(after)
    near = [change for change in changes if change[0] <= changes[0][1] + _AROUND]
    first, stop = max(0, changes[0][0] - _AROUND), near[-1][1] + _AROUND
    begin, end = max(0, changes[0][2] - _AROUND), near[-1][3] + _AROUND
    return Example(LETTER[first:stop], after[begin:end])
