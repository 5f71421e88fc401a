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
from treadle.corrupt.texts import SPACE, Stretches
from treadle.corrupt.words import all_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from treadle.corrupt.operators import Setting
    from treadle.corrupt.texts import Bools, Texts

_STRANGERS = {
    "company": ("Northwind Freight", "Brightwater Foods", "Calder & Finch", "Meridian Textiles", "Oakhollow Media"),
    "role": ("Regional Sales Manager", "Payroll Specialist", "Junior Account Executive", "Warehouse Planner"),
    "person": ("Ms. Harlow", "Mr. Quist", "Dr. Amadi", "the selection committee"),
}
"""Invented names that blocks left over from another letter speak of."""
LEAST_SPACES = 3
"""A line behind which a sentence is put has at least so many spaces, where a text has such a line."""
_BULLET = "^(?P<mark>[ \t]*(?:[-*+>~•·\u2013▪●◦‣➢→▶►]|\\d{1,2}[.)]) )"
_STRIDE, _STEP = 7, 3
"""By how much the words of the next phrase, and those within one, lie apart in their lists."""


PADDED = {"person": "padding_sentences", "post": "post_padding_sentences"}
"""Lists of sentences that say nothing, by what a text is about."""
PHRASES = {
    "person": (
        "{Adjective}, {adjective} and {adjective} professional",
        "Skilled in {verb} {noun}",
        "{Verb} {noun} for {adjective} teams",
    ),
    "post": (
        "We want {adjective}, {adjective} people with {noun}.",
        "Here you will be {verb} {noun}.",
        "Are you {adjective}, {adjective} and {adjective}?",
        "Our {adjective} team lives for {noun}.",
    ),
}
"""What fashionable words are put together to, by what a text is about."""
MOST_PHRASES = 60
"""So many phrases are put together in each of these ways."""


def padding(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Add a sentence that says nothing."""
    return _among_lines(texts, _pool(PADDED[setting.about], "sentence"))


def buzzwords(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Add a line of fashionable words."""
    return _among_lines(texts, _buzz(setting.about))


def mixed_careers(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Add a line from somebody else's trade."""
    return _among_lines(texts, pa.array(setting.lists["careers"], pa.large_string()))


def homonyms(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Add a line in which a word that is asked for means something else."""
    return _among_lines(texts, _pool("homonyms", "sentence"))


def copied_block(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave in a block from another letter or a template."""
    return _behind_lines(texts, _blocks(setting.about, "letter", "footer", "note"), texts.filled_lines)


def placeholder(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave a gap of a template unfilled."""
    return _behind_lines(texts, _blocks(setting.about, "placeholder", "residue"), texts.filled_lines)


def _among_lines(texts: Texts, pool: pa.Array) -> Changes:
    """Put an entry of a pool behind a line of some words in each text, with the mark and the full stop that this line has."""
    lines = texts.filled_lines
    spaces = np.flatnonzero(texts.data == SPACE)
    long = np.searchsorted(spaces, lines.end) - np.searchsorted(spaces, lines.start) >= LEAST_SPACES
    none = np.ones(len(texts), np.bool_)
    none[lines.row[long]] = False
    return _behind_lines(texts, pool, lines.take(long | none[lines.row]), alike=True)


def _behind_lines(texts: Texts, pool: pa.Array, lines: Stretches, *, alike: bool = False) -> Changes:
    """Put an entry of a pool behind one of the lines of each text, on a line of its own, which may look like that line."""
    lines = lines.take(one(lines.row, texts.states))
    which = any_below(texts.states, lines.row, np.zeros(len(lines.row), np.int64), len(pool), slot=1)
    entries = pool.take(pa.array(which))
    if alike:
        marks = pc.extract_regex(texts.strings(lines), _BULLET).field("mark").fill_null("")
        ends = texts.data[np.maximum(lines.end - 1, 0)] == ord(".")
        bare = pc.utf8_rtrim(entries, ".")
        stopped = pc.binary_join_element_wise(bare, pa.scalar(".", entries.type), pa.scalar("", entries.type))
        asks = pc.match_substring_regex(entries, r"[!?]$")
        entries = pc.if_else(asks, entries, pc.if_else(pa.array(ends), stopped, bare))
        entries = pc.binary_join_element_wise(marks, entries, pa.scalar("", entries.type))
    after = pc.binary_join_element_wise(all_of("", len(lines.row)), entries, pa.scalar("\n", pa.large_string()))
    return Changes.put(lines.row, lines.end, after)


@cache
def _pool(name: str, column: str) -> pa.Array:
    return pa.array([row[column] for row in rows_of(name)], pa.large_string())


@cache
def _buzz(about: str) -> pa.Array:
    """Return lines of fashionable words: those of people as they are, and such as are put together of single words."""
    words: dict[str, list[str]] = {}
    for row in rows_of("buzzwords"):
        words.setdefault(row["place"], []).append(row["phrase"])
    whole = [*words["bullet"], *words["sentence"]] if about == "person" else []
    made = [_phrase(frame, words, number) for frame in PHRASES[about] for number in range(MOST_PHRASES)]
    return pa.array([*whole, *made], pa.large_string())


def _phrase(frame: str, words: Mapping[str, list[str]], number: int) -> str:
    """Put fashionable words into the slots of a frame: other ones for each number, and none twice."""
    counts = dict.fromkeys(words, 0)

    def filled(slot: re.Match[str]) -> str:
        kind = {"verb": "verb-ing"}.get(slot[1].lower(), slot[1].lower())
        counts[kind] += 1
        word = words[kind][(number * _STRIDE + counts[kind] * _STEP) % len(words[kind])]
        return word[:1].upper() + word[1:] if slot[1][0].isupper() else word

    return re.sub(r"\{(\w+)\}", filled, frame)


@cache
def _blocks(about: str, *kinds: str) -> pa.Array:
    """Return the blocks of some kinds in texts about a person or a post, their slots filled with names of strangers."""
    rows = [
        row["block"].replace("\\n", "\n")
        for row in rows_of("copy_paste")
        if row["kind"] in kinds and row["about"] in {about, "any"}
    ]
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


PLACES = ("word", "line", "block", "standalone")
"""What markup stands around, or alone; a text gets it in one of these ways."""


def _marked_up(texts: Texts, rate: int, kind: str) -> Changes:
    """Put markup around words, lines or a paragraph, or alone behind lines."""
    way = any_below(texts.states, np.arange(len(texts)), np.zeros(len(texts), np.int64), len(PLACES), slot=3)
    parts = [_around(texts, rate, kind, place, way == number) for number, place in enumerate(PLACES)]
    return Changes.together(parts)


def _around(texts: Texts, rate: int, kind: str, place: str, mine: Bools) -> Changes:
    opening, closing = _markup(kind, place)
    found = {"word": texts.words, "block": texts.paragraphs}.get(place, texts.filled_lines)
    found = found.take(mine[found.row])
    chosen = one(found.row, texts.states, slot=4) if place == "block" else some(found.row, texts.states, rate, slot=4)
    number, found = numbers_within(found.row)[chosen], found.take(chosen)
    which = pa.array(any_below(texts.states, found.row, number, len(opening), slot=6))
    first, last = opening.take(which), closing.take(which)
    if place == "standalone":
        joined = pc.binary_join_element_wise(pa.scalar("\n", first.type), first, pa.scalar("", first.type))
        return Changes.put(found.row, found.end, joined)
    if place == "block":
        line = pa.scalar("\n", first.type)
        none = pa.scalar("", first.type)
        first = pc.binary_join_element_wise(first, line, none)
        last = pc.binary_join_element_wise(line, last, none)
        return Changes.together([Changes.put(found.row, found.start, first), Changes.put(found.row, found.end, last)])
    inside = pc.binary_join_element_wise(first, texts.strings(found), last, pa.scalar("", first.type))
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
