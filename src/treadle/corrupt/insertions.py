"""Operators that put in what does not belong: padding, buzzwords, another career, blocks of other letters, markup, placeholders."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treadle.corrupt.choosing import any_below, numbers_within, one, some
from treadle.corrupt.lists import Alternatives, rows_of
from treadle.corrupt.operators import Changes
from treadle.corrupt.texts import Stretches
from treadle.corrupt.words import all_of

if TYPE_CHECKING:
    from treadle.corrupt.operators import Setting
    from treadle.corrupt.texts import Texts

_STRANGERS = {
    "company": ("Northwind Freight", "Brightwater Foods", "Calder & Finch", "Meridian Textiles", "Oakhollow Media"),
    "role": ("Regional Sales Manager", "Payroll Specialist", "Junior Account Executive", "Warehouse Planner"),
    "person": ("Ms. Harlow", "Mr. Quist", "Dr. Amadi", "the selection committee"),
}
"""Invented names that blocks left over from another letter speak of."""


def padding(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Add a sentence that says nothing."""
    return _behind_lines(texts, _pool("padding_sentences", "sentence"), "\n")


def buzzwords(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Add a line of fashionable words."""
    return _behind_lines(texts, _buzz(), "\n")


def mixed_careers(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Add a line from somebody else's trade."""
    return _behind_lines(texts, pa.array(setting.lists["careers"], pa.large_string()), "\n")


def homonyms(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Add a line in which a word that is asked for means something else."""
    return _behind_lines(texts, _pool("homonyms", "sentence"), "\n")


def copied_block(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave in a block from another letter or a template."""
    return _behind_lines(texts, _blocks("letter", "footer", "note"), "\n")


def placeholder(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave a gap of a template unfilled."""
    return _behind_lines(texts, _blocks("placeholder", "residue"), "\n")


def _behind_lines(texts: Texts, pool: pa.Array, before: str) -> Changes:
    """Put an entry of a pool behind a line of each text, on a line of its own."""
    lines = texts.filled_lines
    lines = lines.take(one(lines.row, texts.states))
    which = any_below(texts.states, lines.row, np.zeros(len(lines.row), np.int64), len(pool), slot=1)
    after = pc.binary_join_element_wise(
        all_of("", len(lines.row)), pool.take(pa.array(which)), pa.scalar(before, pa.large_string())
    )
    return Changes.put(lines.row, lines.end, after)


@cache
def _pool(name: str, column: str) -> pa.Array:
    return pa.array([row[column] for row in rows_of(name)], pa.large_string())


@cache
def _buzz() -> pa.Array:
    return pa.array(
        [row["phrase"] for row in rows_of("buzzwords") if row["place"] in {"sentence", "bullet"}], pa.large_string()
    )


@cache
def _blocks(*kinds: str) -> pa.Array:
    """Return the blocks of some kinds, their slots filled with names of strangers."""
    rows = [row["block"].replace("\\n", "\n") for row in rows_of("copy_paste") if row["kind"] in kinds]
    return pa.array([_filled(block, number) for block in rows for number in range(4)], pa.large_string())


def _filled(block: str, number: int) -> str:
    return re.sub(
        r"\{(company|role|person)\}", lambda slot: _STRANGERS[slot[1]][number % len(_STRANGERS[slot[1]])], block
    )


def html_residue(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave tags of a web page in."""
    return _marked_up(texts, rate, "html")


def markdown_residue(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave marks of Markdown in."""
    return _marked_up(texts, rate, "markdown")


def latex_residue(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave commands of LaTeX in."""
    return _marked_up(texts, rate, "latex")


def _marked_up(texts: Texts, rate: int, kind: str) -> Changes:
    """Put markup around words or lines, or alone at the end of lines."""
    parts = [_around(texts, rate, kind, place) for place in ("word", "line")]
    return Changes.together(parts)


def _around(texts: Texts, rate: int, kind: str, place: str) -> Changes:
    opening, closing = _markup(kind, place)
    found = texts.words if place == "word" else texts.filled_lines
    slot = 4 if place == "word" else 5
    # Half of the texts get it around words, the others around lines; which one is drawn.
    half = any_below(texts.states, np.arange(len(texts)), np.zeros(len(texts), np.int64), 2, slot=3)
    found = found.take(half[found.row] == (place == "word"))
    chosen = some(found.row, texts.states, rate, slot=slot)
    number, found = numbers_within(found.row)[chosen], found.take(chosen)
    which = pa.array(any_below(texts.states, found.row, number, len(opening), slot=slot + 2))
    empty = all_of("", 1)
    inside = pc.binary_join_element_wise(
        opening.take(which), texts.strings(found), closing.take(which), pa.scalar("", empty.type)
    )
    return Changes.of(found, inside)


@cache
def _markup(kind: str, place: str) -> tuple[pa.Array, pa.Array]:
    rows = [row for row in rows_of("markup") if row["kind"] == kind and row["place"] == place]
    opening, closing = ([row[name].replace("\\n", "\n") for row in rows] for name in ("opening", "closing"))
    return pa.array(opening, pa.large_string()), pa.array(closing, pa.large_string())


def html_entities(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Write characters as a web page's source does."""
    return _everywhere(texts, rate, _entities("named"))


def latex_escapes(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Write characters as LaTeX's source does."""
    return _everywhere(texts, rate, _entities("latex"))


@cache
def _entities(column: str) -> Alternatives:
    return Alternatives.of((row["character"], row[column], 1) for row in rows_of("entities"))


def _everywhere(texts: Texts, rate: int, table: Alternatives) -> Changes:
    """Put a table's alternatives in the place of characters, wherever these stand."""
    begins = np.flatnonzero(table.heads[texts.data])
    key = table.find_points(texts.points(begins)) if len(begins) else begins
    begins, key = begins[key >= 0], key[key >= 0]
    row = texts.row_of(begins)
    chosen = some(row, texts.states, rate)
    begins, key, row = begins[chosen], key[chosen], row[chosen]
    after = table.pick(key, texts.states, row, begins - texts.bounds[row], slot=1)
    return Changes(row, begins, texts.next(begins), after)


def null_field(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave a whole text out."""
    row = np.flatnonzero(np.diff(texts.bounds) > 0)
    return Changes.removed(Stretches(row, texts.bounds[:-1][row], texts.bounds[1:][row]))
