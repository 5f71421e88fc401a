"""Operators on sections: dropped, in another order, run together, without their headings, read across two columns.

A section begins at the line of a heading, where the recipe marks headings, and ends before the next; elsewhere it is a paragraph.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from treadle import draw
from treadle.corrupt.choosing import any_below, first_of, numbers_within, one
from treadle.corrupt.lists import rows_of
from treadle.corrupt.operators import Changes
from treadle.corrupt.texts import NEWLINE, Stretches
from treadle.corrupt.words import all_of

if TYPE_CHECKING:
    from treadle.corrupt.operators import Setting
    from treadle.corrupt.texts import Texts
    from treadle.pieces import Ints


class Sections(NamedTuple):
    """Sections of texts: the whole of each without the line ends behind it, and the line of its heading, empty where none is."""

    whole: Stretches
    heading: Stretches

    def take(self, chosen: Ints) -> Sections:
        """Return the sections chosen."""
        return Sections(self.whole.take(chosen), self.heading.take(chosen))


def sections(texts: Texts, setting: Setting) -> Sections:
    """Return the sections of all texts: those with headings, and the paragraphs of texts that have fewer than two."""
    lines = texts.filled_lines
    headed = setting.marked.get("heading", Stretches(*[np.zeros(0, np.int64)] * 3))
    line = np.unique(np.searchsorted(lines.start, headed.start, side="right") - 1) if len(headed.row) else headed.row
    count = np.bincount(lines.row[line], minlength=len(texts)) if len(line) else np.zeros(len(texts), np.int64)
    line = line[count[lines.row[line]] > 1] if len(line) else line
    found = _headed(lines, line)
    paragraphs = texts.paragraphs
    # The first paragraph of a text without headings is who it is about, or its title: it is left alone.
    paragraphs = paragraphs.take((count[paragraphs.row] <= 1) & (numbers_within(paragraphs.row) > 0))
    bare = Stretches(paragraphs.row, paragraphs.start, paragraphs.start)
    return _together(found, Sections(paragraphs, bare))


def _headed(lines: Stretches, line: Ints) -> Sections:
    """Return the sections that begin at some lines."""
    if not len(line):
        return Sections(lines.take(line), lines.take(line))
    heading = lines.take(line)
    last_line = np.append(line[1:], len(lines.row)) - 1
    stays = np.append(heading.row[1:] == heading.row[:-1], False)  # the last has none behind it
    own_last = np.searchsorted(lines.row, heading.row, side="right") - 1
    end = lines.end[np.where(stays, last_line, own_last)]
    return Sections(Stretches(heading.row, heading.start, end), heading)


def _together(one_: Sections, other: Sections) -> Sections:
    whole = Stretches(*(np.concatenate(pair) for pair in zip(one_.whole, other.whole, strict=True)))
    heading = Stretches(*(np.concatenate(pair) for pair in zip(one_.heading, other.heading, strict=True)))
    order = np.argsort(whole.start, kind="stable")
    return Sections(whole.take(order), heading.take(order))


def dropped_section(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave a whole section out."""
    found = sections(texts, setting)
    found = found.take(one(found.whole.row, texts.states))
    start = _back_over_ends(texts, found.whole.row, found.whole.start)
    return Changes.removed(Stretches(found.whole.row, start, found.whole.end))


def _back_over_ends(texts: Texts, row: Ints, place: Ints) -> Ints:
    """Return the places before the line ends that stand before each place."""
    solid = np.flatnonzero(texts.data != NEWLINE)
    last = np.searchsorted(solid, place) - 1
    before = np.where(last >= 0, solid[np.maximum(last, 0)] + 1, 0) if len(solid) else place
    back: Ints = np.maximum(before, texts.bounds[row])
    return back


def merged_sections(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Run a section on to the one before it, without heading and empty line."""
    found = sections(texts, setting)
    found = found.take(one(found.whole.row, texts.states))
    start = _back_over_ends(texts, found.whole.row, found.whole.start)
    heading = found.heading
    end = np.where(heading.end > heading.start, np.minimum(heading.end + 1, found.whole.end), found.whole.start)
    return Changes(found.whole.row, start, end, all_of("\n", len(start)))


def lost_header(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Lose the headings of one section or more, as parsers do."""
    found = sections(texts, setting)
    found = found.take(np.flatnonzero(found.heading.end > found.heading.start))
    found = found.take(one(found.heading.row, texts.states))
    heading = found.heading
    return Changes.removed(Stretches(heading.row, heading.start, np.minimum(heading.end + 1, found.whole.end)))


def renamed_header(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Put a heading that is written over some section, careless ones among them, in the place of one."""
    found = setting.marked["heading"]
    found = found.take(one(found.row, texts.states))
    pool = _headings()
    which = any_below(texts.states, found.row, np.zeros(len(found.row), np.int64), len(pool), slot=1)
    return Changes.of(found, pool.take(pa.array(which)))


@cache
def _headings() -> pa.Array:
    return pa.array([row["heading"] for row in rows_of("section_headers")], pa.large_string())


def reordered_sections(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Put the sections in another order; what parts them stays where it is."""
    found = sections(texts, setting).whole
    several = np.bincount(found.row, minlength=len(texts))[found.row] > 1 if len(found.row) else np.zeros(0, bool)
    found = found.take(np.flatnonzero(several))
    number = numbers_within(found.row)
    random = draw.bits(texts.states[found.row], number)
    order = np.lexsort((random, found.row))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return permuted(found, rank - first_of(found.row))


def permuted(found: Stretches, rank: Ints) -> Changes:
    """Put stretches in a new order: `rank` (n,) is the place of each among those of its text; what parts them keeps its place."""
    count = len(found.row)
    if not count:
        return Changes.none()
    number = numbers_within(found.row)
    last = np.append(found.row[1:] != found.row[:-1], True)  # the last of all is one
    gap = np.flatnonzero(~last)
    row = np.concatenate([found.row, found.row[gap]])
    start = np.concatenate([found.start, found.end[gap]])
    end = np.concatenate([found.end, found.start[gap + 1]])
    place = np.concatenate([2 * rank, 2 * number[gap] + 1])
    order = np.lexsort((np.concatenate([2 * number, 2 * number[gap] + 1]), row))
    return Changes(row[order], start[order], end[order], all_of("", len(row)), place[order])


def interleaved_columns(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Read two neighbouring sections line by line across, as a page in two columns is misread."""
    found = sections(texts, setting).whole
    pair = np.flatnonzero(found.row[1:] == found.row[:-1])
    chosen = pair[one(found.row[pair], texts.states)]
    first, second = found.take(chosen), found.take(chosen + 1)
    lines = texts.filled_lines
    if not len(chosen) or not len(lines.row):
        return Changes.none()
    at = np.full(len(texts), -1)
    at[first.row] = np.arange(len(first.row))
    own = at[lines.row]
    inside = (own >= 0) & (lines.start >= first.start[own]) & (lines.start < second.end[own])
    lines, own = lines.take(inside), own[inside]
    right = (lines.start >= second.start[own]).astype(np.int64)
    within = np.arange(len(right)) - first_of(2 * lines.row + right)
    order = np.lexsort((right, within, lines.row))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return permuted(lines, rank - first_of(lines.row))
