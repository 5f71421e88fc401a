"""Operators on words: misspellings, other names for the same thing, shortenings, and case."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treadle.corrupt.choosing import any_below, numbers_within, one, some, some_of
from treadle.corrupt.lists import Alternatives, in_cases, rows_of, words
from treadle.corrupt.operators import Changes
from treadle.corrupt.texts import NEWLINE, SPACE, Stretches
from treadle.english import lower, upper

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


def synonym(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Say it with another word; not where that would ask for another article, as in `an essential part`."""
    changes = replaced(texts, rate, words("synonyms", "phrase", "synonym"), most=3)
    return changes.only(np.flatnonzero(~_articles(texts, changes)))


def _articles(texts: Texts, changes: Changes) -> Bools:
    """Tell which changes stand behind `a` or `an`, and begin with a vowel where that was none, or the other way round."""
    before = np.stack([texts.data[np.maximum(changes.start - step, 0)] | _SMALL for step in (4, 3, 2, 1)])
    apart, behind_a = before[3] == SPACE, before[2] == ord("a")
    a = behind_a & ((before[1] < ord("a")) | (changes.start - texts.bounds[changes.row] == len("a ")))
    an = (
        (before[2] == ord("n"))
        & (before[1] == ord("a"))
        & ((before[0] < ord("a")) | (changes.start - texts.bounds[changes.row] == len("an ")))
    )
    old = texts.strings(Stretches(changes.row, changes.start, changes.end))
    vowels = [
        pc.match_substring_regex(each, "^[aeiouAEIOU]").to_numpy(zero_copy_only=False) for each in (old, changes.after)
    ]
    found: Bools = apart & (a | an) & (vowels[0] != vowels[1])
    return found


def abbreviation(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Shorten words as notes do."""
    return replaced(texts, rate, words("abbreviations", "phrase", "abbreviation"), most=3)


def spelling_variant(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Spell in the manner of the other side of the Atlantic."""
    return replaced(texts, rate, _variants())


def alias(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Call a thing by another of its names, from the recipe's own list of pairs; where skills are marked, these alone."""
    changes = replaced(texts, rate, _aliases(_Same(setting.lists["aliases"])), most=4)
    skills = setting.marked.get("skill")
    if skills is None:
        return changes
    at = np.minimum(np.searchsorted(skills.start, changes.start), max(0, len(skills.row) - 1))
    meant = (
        (skills.start[at] == changes.start) & (skills.end[at] == changes.end)
        if len(skills.row)
        else np.zeros(0, np.bool_)
    )
    return changes.only(np.flatnonzero(meant))


class _Same:
    """A list that is equal to itself alone, so that looking it up does not read all of it."""

    def __init__(self, entries: Sequence[tuple[str, str]]) -> None:
        self.entries = entries

    def __hash__(self) -> int:
        return id(self.entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.entries is self.entries


@lru_cache(maxsize=8)
def _aliases(pairs: _Same) -> Alternatives:
    return Alternatives.of((name, other, 1) for name, other in pairs.entries)


@lru_cache(maxsize=1)
def _variants() -> Alternatives:
    pairs = [(row["british"], row["american"]) for row in rows_of("spelling_variants")]
    return Alternatives.of(in_cases((a, b, 1) for pair in pairs for a, b in (pair, pair[::-1])))


def replaced(texts: Texts, rate: int, table: Alternatives, *, most: int = 1) -> Changes:
    """Put alternatives in the place of the phrases of a table, of up to `most` words; of those that overlap the longest first.

    Words are drawn first and looked up then, which is the same as to draw among those that are in the table, and far cheaper. Where
    none of a text's is found, all are looked up, and one is drawn.
    """
    number = numbers_within(texts.words.row)
    drawn = np.flatnonzero(some_of(texts.words.row, number, texts.states, rate))
    found, key = phrases(texts, table, drawn, most)
    left = np.ones(len(texts), np.bool_)
    left[found.row] = False
    others, other_key = phrases(texts, table, np.flatnonzero(left[texts.words.row]), most)
    chosen = one(others.row, texts.states)
    others, other_key = others.take(chosen), other_key[chosen]
    both = Stretches(*(np.concatenate(pair) for pair in zip(found, others, strict=True)))
    key = np.concatenate([key, other_key])
    after = table.pick(key, texts.states, both.row, both.start - texts.bounds[both.row], slot=1)
    return Changes.of(both, after)


def phrases(texts: Texts, table: Alternatives, first: Ints, most: int) -> tuple[Stretches, Ints]:
    """Return the keys of a table that begin at some words, without overlaps, the longest first, and which key each is."""
    words_ = texts.words
    end, key = np.zeros(len(first), np.int64), np.full(len(first), -1)
    several = np.flatnonzero(table.openers(texts, words_.take(first))) if most > 1 else first
    for length in range(1, most + 1):
        there = np.arange(len(first)) if length == 1 else several
        there = there[first[there] + length - 1 < len(words_.row)]
        last = first[there] + length - 1
        fits = (words_.row[last] == words_.row[first[there]]) & (
            words_.end[last] - words_.start[first[there]] <= table.longest
        )
        there, last = there[fits], last[fits]
        begin, stop = first[there], words_.end[last]
        hit = table.find(texts, Stretches(words_.row[begin], words_.start[begin], stop))
        known = hit >= 0
        end[there[known]], key[there[known]] = stop[known], hit[known]
    found = np.flatnonzero(key >= 0)
    start, end, key = words_.start[first[found]], end[found], key[found]
    reach = np.concatenate([[-1], np.maximum.accumulate(end)[:-1]]) if len(end) else end
    clear = start >= reach
    return Stretches(words_.row[first[found]][clear], start[clear], end[clear]), key[clear]


def changed_case(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Write words in capitals, in small letters, or with the case of every letter turned."""
    chosen = some(texts.words.row, texts.states, rate)
    number = numbers_within(texts.words.row)[chosen]
    found = texts.words.take(chosen)
    kind = any_below(texts.states, found.row, number, 3, slot=1).tolist()
    after = [_recased(word, way) for word, way in zip(texts.strings(found).to_pylist(), kind, strict=True)]
    return Changes.of(found, pa.array(after, pa.large_string()))


@lru_cache(maxsize=65_536)
def _recased(word: str, way: int) -> str:
    """Return a word in capitals, in small letters or with its case turned: the first of these, from `way` on, that changes it."""
    turned = "".join(lower(letter) if letter == upper(letter) else upper(letter) for letter in word)
    ways = [upper(word), lower(word), turned]
    return next((each for each in ways[way:] + ways[:way] if each != word), word)


def repeated_word(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Write a word twice, as happens at the end of a line."""
    chosen = some(texts.words.row, texts.states, rate)
    found = texts.words.take(chosen)
    once = texts.strings(found)
    twice = pc.binary_join_element_wise(once, once, pa.scalar(" ", pa.large_string()))
    return Changes.of(found, twice)


def split_word(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Break a word in two by a space."""
    return _broken(texts, rate, " ")


def hyphenated_word(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Keep the hyphen and the line end at which a word was broken on a page."""
    return _broken(texts, rate, "-\n")


def _broken(texts: Texts, rate: int, mark: str) -> Changes:
    tokens = texts.words.take(texts.words.end - texts.words.start > LONG)
    chosen = some(tokens.row, texts.states, rate)
    number = numbers_within(tokens.row)[chosen]
    found = tokens.take(chosen)
    place = found.start + 2 + any_below(texts.states, found.row, number, found.end - found.start - 3, slot=1)
    place = texts.at_or_after(place)
    inside = place < found.end
    return Changes.put(found.row[inside], place[inside], all_of(mark, int(inside.sum())))


_SMALL = 0x20
"""The bit that makes an ASCII letter small; blanks and line ends have it, or get a value below the letters."""
LONG = 5
"""A word that is broken has more bytes than this."""


def glued_words(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Lose the space between two words, as when a page is read by machine."""
    return Changes.removed(gaps(texts, rate))


def space_runs(texts: Texts, setting: Setting, rate: int) -> Changes:
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
    solid: Bools = (data != SPACE) & (data != NEWLINE)
    return solid


def all_of(text: str, count: int) -> pa.Array:
    """Return one text `count` times."""
    return pa.array([text], pa.large_string()).take(pa.array(np.zeros(count, np.int64)))
