"""Operators on words: misspellings, other names for the same thing, shortenings, and case."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treadle.corrupt.choosing import any_below, numbers_within, some
from treadle.corrupt.lists import Alternatives, in_cases, rows_of, words
from treadle.corrupt.operators import Changes
from treadle.corrupt.texts import NEWLINE, SPACE, Stretches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.corrupt.operators import Setting
    from treadle.corrupt.texts import Bools, Bytes, Texts
    from treadle.pieces import Ints

MISSPELT = {"de": "misspellings_de", "fr": "misspellings_fr", "es": "misspellings_es", "ru": "misspellings_ru"}
"""Lists of misspellings by language; English for all others."""


def misspelling(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Misspell words as people do."""
    name = MISSPELT.get(setting.language.partition("-")[0], "misspellings")
    return replaced(texts, rate, words(name, "word", "misspelling"))


def synonym(texts: Texts, setting: Setting, rate: int) -> Changes:  # noqa: ARG001  # as all operators
    """Say it with another word."""
    return replaced(texts, rate, words("synonyms", "phrase", "synonym"), most=3)


def abbreviation(texts: Texts, setting: Setting, rate: int) -> Changes:  # noqa: ARG001  # as all operators
    """Shorten words as notes do."""
    return replaced(texts, rate, words("abbreviations", "phrase", "abbreviation"), most=3)


def spelling_variant(texts: Texts, setting: Setting, rate: int) -> Changes:  # noqa: ARG001  # as all operators
    """Spell in the manner of the other side of the Atlantic."""
    return replaced(texts, rate, _variants())


def alias(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Call a thing by another of its names, from the recipe's own list of pairs."""
    return replaced(texts, rate, _aliases(tuple(map(tuple, setting.lists["aliases"]))), most=4)


@lru_cache(maxsize=8)
def _aliases(pairs: tuple[tuple[str, str], ...]) -> Alternatives:
    return Alternatives.of((name, other, 1) for name, other in pairs)


@lru_cache(maxsize=1)
def _variants() -> Alternatives:
    pairs = [(row["british"], row["american"]) for row in rows_of("spelling_variants")]
    return Alternatives.of(in_cases((a, b, 1) for pair in pairs for a, b in (pair, pair[::-1])))


def replaced(texts: Texts, rate: int, table: Alternatives, *, most: int = 1) -> Changes:
    """Put alternatives in the place of the phrases of a table, of up to `most` words; of those that overlap the longest first."""
    found, key = phrases(texts, table, most)
    chosen = some(found.row, texts.states, rate)
    found, key = found.take(chosen), key[chosen]
    after = table.pick(key, texts.states, found.row, found.start - texts.bounds[found.row], slot=1)
    return Changes.of(found, after)


def phrases(
    texts: Texts, table: Alternatives, most: int
) -> tuple[Stretches, Ints]:
    """Return where the keys of a table stand as whole words, without overlaps, and which key each is."""
    tokens = texts.words
    rows, starts_, ends, keys = [], [], [], []
    for length in range(most, 0, -1):
        last = tokens.take(np.arange(length - 1, len(tokens.row)))
        first = tokens.take(np.arange(len(last.row)))
        near = (first.row == last.row) & (last.end - first.start <= table.longest)
        found = Stretches(first.row[near], first.start[near], last.end[near])
        key = table.find(texts.strings(found))
        hit = np.flatnonzero(key >= 0)
        rows.append(found.row[hit])
        starts_.append(found.start[hit])
        ends.append(found.end[hit])
        keys.append(key[hit])
    row, start, end, key = (np.concatenate(parts) for parts in (rows, starts_, ends, keys))
    order = np.lexsort((-end, start))
    row, start, end, key = row[order], start[order], end[order], key[order]
    reach = np.concatenate([[-1], np.maximum.accumulate(end)[:-1]]) if len(end) else end
    clear = start >= reach
    return Stretches(row[clear], start[clear], end[clear]), key[clear]


def changed_case(texts: Texts, setting: Setting, rate: int) -> Changes:  # noqa: ARG001  # as all operators
    """Write words in capitals, in small letters, or with the case of every letter turned."""
    chosen = some(texts.words.row, texts.states, rate)
    number = numbers_within(texts.words.row)[chosen]
    found = texts.words.take(chosen)
    as_is = texts.strings(found)
    kind = any_below(texts.states, found.row, number, 3, slot=1)
    ways = [pc.ascii_upper(as_is), pc.ascii_lower(as_is), pc.ascii_swapcase(as_is)]
    after = pa.concat_arrays(ways).take(pa.array(kind * len(found.row) + np.arange(len(found.row))))
    return Changes.of(found, after)


def repeated_word(texts: Texts, setting: Setting, rate: int) -> Changes:  # noqa: ARG001  # as all operators
    """Write a word twice, as happens at the end of a line."""
    chosen = some(texts.words.row, texts.states, rate)
    found = texts.words.take(chosen)
    once = texts.strings(found)
    twice = pc.binary_join_element_wise(once, once, pa.scalar(" ", pa.large_string()))
    return Changes.of(found, twice)


def split_word(texts: Texts, setting: Setting, rate: int) -> Changes:  # noqa: ARG001  # as all operators
    """Break a word in two by a space."""
    return _broken(texts, rate, " ")


def hyphenated_word(texts: Texts, setting: Setting, rate: int) -> Changes:  # noqa: ARG001  # as all operators
    """Keep the hyphen and the line end at which a word was broken on a page."""
    return _broken(texts, rate, "-\n")


def _broken(texts: Texts, rate: int, mark: str) -> Changes:
    tokens = texts.words.take(texts.words.end - texts.words.start > LONG)
    chosen = some(tokens.row, texts.states, rate)
    number = numbers_within(tokens.row)[chosen]
    found = tokens.take(chosen)
    place = found.start + 2 + any_below(texts.states, found.row, number, found.end - found.start - 3, slot=1)
    if texts.cuts is not None:
        place = texts.cuts[np.searchsorted(texts.cuts, place)]
    inside = place < found.end
    return Changes.put(found.row[inside], place[inside], all_of(mark, int(inside.sum())))


LONG = 5
"""A word that is broken has more bytes than this."""


def glued_words(texts: Texts, setting: Setting, rate: int) -> Changes:  # noqa: ARG001  # as all operators
    """Lose the space between two words, as when a page is read by machine."""
    return Changes.removed(gaps(texts, rate))


def space_runs(texts: Texts, setting: Setting, rate: int) -> Changes:  # noqa: ARG001  # as all operators
    """Put three or more spaces in the place of one, as columns leave them behind."""
    found = gaps(texts, rate)
    width = any_below(texts.states, found.row, found.start - texts.bounds[found.row], 6, slot=1)
    pool: Sequence[str] = [" " * (3 + more) for more in range(6)]
    return Changes.of(found, pa.array(pool, pa.large_string()).take(pa.array(width)))


def gaps(texts: Texts, rate: int | None) -> Stretches:
    """Return single spaces between two tokens of a line: those drawn by the rate, or all for None."""
    spaces = np.flatnonzero(texts.data == SPACE)
    spaces = spaces[(spaces > 0) & (spaces + 1 < len(texts.data))]
    single = _solid(texts.data[spaces - 1]) & _solid(texts.data[spaces + 1])
    spaces = spaces[single]
    row = texts.row_of(spaces)
    inside = (spaces > texts.bounds[row]) & (spaces + 1 < texts.bounds[row + 1])
    spaces, row = spaces[inside], row[inside]
    if rate is not None:
        chosen = some(row, texts.states, rate)
        spaces, row = spaces[chosen], row[chosen]
    return Stretches(row, spaces, spaces + 1)


def _solid(data: Bytes) -> Bools:
    return (data != SPACE) & (data != NEWLINE)


def all_of(text: str, count: int) -> pa.Array:
    """Return one text `count` times."""
    return pa.array([text], pa.large_string()).take(pa.array(np.zeros(count, np.int64)))
