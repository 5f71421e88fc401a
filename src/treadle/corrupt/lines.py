"""Operators on lines: bullets, indents, wraps, lines twice, lines that break off."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treadle.corrupt.choosing import any_below, first_of, numbers_within, one, some
from treadle.corrupt.lists import Alternatives, rows_of
from treadle.corrupt.operators import Changes
from treadle.corrupt.texts import NEWLINE, Stretches
from treadle.corrupt.words import all_of, gaps

if TYPE_CHECKING:
    from treadle.corrupt.operators import Setting
    from treadle.corrupt.texts import Texts
    from treadle.pieces import Ints

WIDEST_INDENT = 8
LEAST_WORDS = 5
"""A sentence that breaks off has at least this many gaps between its words before."""
_PARTING, _DOT, _LISTED = b".,:;!?|)-", "·".encode(), 4
"""What stands before a space and parts words; a line with so many of these is a list, which breaks off nowhere."""


def mixed_bullets(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Begin some lines of a list with another mark than the rest."""
    table = _bullets()
    lines = texts.filled_lines
    end = np.minimum(texts.next(lines.start), lines.end)
    marks = Stretches(lines.row, lines.start, end)
    key = table.find(texts, marks)
    key[texts.data[np.minimum(end, len(texts.data) - 1)] != ord(" ")] = -1
    marks, key = marks.take(key >= 0), key[key >= 0]
    chosen = some(marks.row, texts.states, rate)
    marks = marks.take(chosen)
    return Changes.of(marks, table.pick(key[chosen], texts.states, marks.row, chosen_places(texts, marks), slot=1))


def chosen_places(texts: Texts, found: Stretches) -> Ints:
    """Return where stretches begin in their own text, as the number that a draw for each goes by."""
    return found.start - texts.bounds[found.row]


@cache
def _bullets() -> Alternatives:
    marks = [row["mark"] for row in rows_of("bullets")]
    return Alternatives.of((mark, other, 1) for mark in marks if len(mark) == 1 for other in marks)


def ragged_indents(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Set some lines further in than the others."""
    lines = texts.filled_lines
    lines = lines.take(some(lines.row, texts.states, rate))
    width = any_below(texts.states, lines.row, chosen_places(texts, lines), WIDEST_INDENT, slot=1)
    pool = pa.array([" " * (1 + more) for more in range(WIDEST_INDENT)], pa.large_string())
    return Changes.put(lines.row, lines.start, pool.take(pa.array(width)))


def hard_wraps(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Break lines in the middle, as text copied from a narrow page."""
    found = gaps(texts, rate)
    return Changes.of(found, all_of("\n", len(found.row)))


def lost_line_ends(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Run lines together with a space between."""
    ends = np.flatnonzero(texts.data == NEWLINE)
    inner = ends[(ends > 0) & (ends + 1 < len(texts.data))]
    row = texts.row_of(inner)
    inner = inner[(inner > texts.bounds[row]) & (inner + 1 < texts.bounds[row + 1])]
    alone = (texts.data[inner - 1] != NEWLINE) & (texts.data[inner + 1] != NEWLINE)
    inner = inner[alone]
    row = texts.row_of(inner)
    inner = inner[some(row, texts.states, rate)]
    return Changes(texts.row_of(inner), inner, inner + 1, all_of(" ", len(inner)))


def lost_blank_lines(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave out the empty lines between paragraphs."""
    paragraphs = texts.paragraphs
    again = np.flatnonzero(paragraphs.row[1:] == paragraphs.row[:-1])
    between = Stretches(paragraphs.row[again], paragraphs.end[again] + 1, paragraphs.start[again + 1])
    return Changes.removed(between.take(some(between.row, texts.states, rate)))


def repeated_line(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave a line in twice."""
    lines = texts.filled_lines
    lines = lines.take(one(lines.row, texts.states))
    again = pc.binary_join_element_wise(
        all_of("", len(lines.row)), texts.strings(lines), pa.scalar("\n", pa.large_string())
    )
    return Changes.put(lines.row, lines.end, again)


def unfinished_sentence(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Break a line off in the middle."""
    spaces = gaps(texts, None)
    lines = texts.lines
    line = np.searchsorted(lines.start, spaces.start, side="right") - 1
    before = np.arange(len(line)) - first_of(line)
    one_before, two_before = (texts.data[np.maximum(spaces.start - step, 0)] for step in (1, 2))
    parted = np.isin(one_before, np.frombuffer(_PARTING, np.uint8)) | (two_before == _DOT[0]) & (one_before == _DOT[1])
    lists = np.bincount(line[parted], minlength=len(lines.row)) >= _LISTED
    late = (before >= LEAST_WORDS) & ~parted & ~lists[line]
    spaces, line = spaces.take(late), line[late]
    chosen = one(spaces.row, texts.states)
    return Changes.removed(Stretches(spaces.row[chosen], spaces.start[chosen], lines.end[line[chosen]]))


def trailing_spaces(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave spaces and tabs at the ends of lines."""
    lines = texts.filled_lines
    lines = lines.take(some(lines.row, texts.states, rate))
    pool = pa.array([" ", "  ", "   ", "\t"], pa.large_string())
    which = any_below(texts.states, lines.row, chosen_places(texts, lines), len(pool), slot=1)
    return Changes.put(lines.row, lines.end, pool.take(pa.array(which)))


def doubled_punctuation(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Type a comma, full stop or colon twice, or with a space before it."""
    marks = np.flatnonzero(np.isin(texts.data, np.frombuffer(b",.:;!?)", np.uint8)))
    row = texts.row_of(marks)
    chosen = some(row, texts.states, rate)
    found = Stretches(row[chosen], marks[chosen], marks[chosen] + 1)
    once = texts.strings(found)
    twice = pc.binary_join_element_wise(once, once, pa.scalar("", pa.large_string()))
    spaced = pc.binary_join_element_wise(all_of("", len(once)), once, pa.scalar(" ", pa.large_string()))
    kind = any_below(texts.states, found.row, numbers_within(row)[chosen], 2, slot=1)
    both = pa.concat_arrays([twice, spaced])
    return Changes.of(found, both.take(pa.array(kind * len(once) + np.arange(len(once)))))
