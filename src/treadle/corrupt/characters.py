"""Operators on characters: slips of the finger, misread print, look-alikes, characters that do not show, wrong encodings."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treadle.corrupt.choosing import any_below, numbers_within, some
from treadle.corrupt.lists import Alternatives, rows_of
from treadle.corrupt.operators import Changes
from treadle.corrupt.texts import Stretches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from treadle.corrupt.operators import Setting
    from treadle.corrupt.texts import Bools, Texts
    from treadle.pieces import Ints

LONG_WORD = 3
"""A slip needs a word of more bytes than this: short ones become others."""


@dataclass(frozen=True)
class _Characters:
    """Characters of texts: the text of each, its bytes, and its number among its text's candidates."""

    row: Ints
    start: Ints
    end: Ints

    @classmethod
    def of_words(cls, texts: Texts, setting: Setting, rate: int, *, before: int = 0) -> _Characters:  # noqa: ARG003  # as operators
        """Draw words by the rate, and one character of each, not its first; `before` of its last ones are left out too."""
        words = texts.words
        words = words.take(words.end - words.start > LONG_WORD)
        number = numbers_within(words.row)
        chosen = some(words.row, texts.states, rate)
        words, number = words.take(chosen), number[chosen]
        room = words.end - words.start - 1 - before
        start = words.start + 1 + any_below(texts.states, words.row, number, room, slot=1)
        start = texts.at_or_before(start)
        return cls(words.row, start, texts.next(start))

    def changed(self, after: pa.Array) -> Changes:
        """Put texts in their place."""
        return Changes(self.row, self.start, self.end, after)

    def strings(self, texts: Texts) -> pa.Array:
        """Return them as strings."""
        return texts.strings(Stretches(self.row, self.start, self.end))


@cache
def _keyboard(language: str) -> Alternatives:
    """Return what a finger hits beside each key, lower case and capitals, on the layouts that serve a language.

    Letters of scripts that these do not write have the neighbours they have on the layouts of their own, so that a text in several
    scripts is typed on the keyboard of each.
    """
    layouts = rows_of("layouts")
    wanted = [row["layout"] for row in layouts if language in row["languages"].split()] or ["us"]
    order = wanted + [row["layout"] for row in layouts if row["layout"] not in wanted]
    by_layout: dict[str, list[tuple[str, str]]] = {}
    for row in rows_of("keyboards"):
        by_layout.setdefault(row["layout"], []).append((row["key"], row["neighbours"]))
    found: dict[str, str] = {}
    for layout in order:
        for key, neighbours in by_layout.get(layout, []):
            found.setdefault(key, neighbours)
    pairs = [(key, other, 1) for key, others in found.items() for other in others]
    capitals = [
        (key.upper(), other.upper(), 1) for key, other, _ in pairs if len(key.upper()) == len(other.upper()) == 1
    ]
    return Alternatives.of([*pairs, *(each for each in capitals if each[0] not in found)])


def keyboard_typo(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Hit a key beside the right one."""
    return _by_character(texts, setting, rate, _keyboard(setting.language))


def _by_character(texts: Texts, setting: Setting, rate: int, table: Alternatives) -> Changes:
    """Put one of a table's alternatives in the place of a character of each word drawn."""
    found = _Characters.of_words(texts, setting, rate)
    key = table.find_points(texts.points(found.start))
    known = np.flatnonzero((key >= 0) & (texts.next(found.start) == found.end))
    row, start = found.row[known], found.start[known]
    place = start - texts.bounds[row]
    after = table.pick(key[known], texts.states, row, place, slot=2)
    return Changes(row, start, found.end[known], after)


def dropped_letter(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave a letter out."""
    found = _Characters.of_words(texts, setting, rate)
    return found.changed(pa.array([""] * len(found.row), pa.large_string()))


def doubled_letter(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Type a letter twice."""
    found = _Characters.of_words(texts, setting, rate)
    once = found.strings(texts)
    return found.changed(pc.binary_join_element_wise(once, once, pa.scalar("", pa.large_string())))


def transposed_letters(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Type two letters in the wrong order."""
    first = _Characters.of_words(texts, setting, rate, before=1)
    inside = first.end < texts.bounds[first.row + 1]
    first = _Characters(first.row[inside], first.start[inside], first.end[inside])
    second = _Characters(first.row, first.end, texts.next(first.end))
    one, other = first.strings(texts), second.strings(texts)
    swapped = pc.binary_join_element_wise(other, one, pa.scalar("", pa.large_string()))
    return Changes(first.row, first.start, second.end, swapped)


def ocr_confusion(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Take characters for others that look alike, as optical character recognition does."""
    return _by_sequence(texts, rate, _ocr())


@cache
def _ocr() -> Alternatives:
    """Return what is taken for what; what only happens among other scripts' letters needs one of these to be read."""
    return Alternatives.of(
        (row["read"], row["taken_for"], int(row["weight"]))
        for row in rows_of("ocr")
        if row["script"] in {"latin", "digits"} or not row["read"].isascii()
    )


def _by_sequence(texts: Texts, rate: int, table: Alternatives) -> Changes:
    """Put a table's alternatives in the place of one or two characters of each run of characters drawn."""
    tokens = texts.tokens
    chosen = some(tokens.row, texts.states, rate)
    number, tokens = numbers_within(tokens.row)[chosen], tokens.take(chosen)
    row, last = tokens.row, tokens.end
    start = tokens.start + any_below(texts.states, row, number, last - tokens.start, slot=1)
    start = texts.at_or_before(start)
    one_ = texts.next(start)
    two = np.minimum(texts.next(np.minimum(one_, len(texts.data) - 1)), last) if len(one_) else one_
    key_two, key_one = (table.find(texts, Stretches(row, start, stop)) for stop in (two, one_))
    key, stop = np.where(key_two >= 0, key_two, key_one), np.where(key_two >= 0, two, one_)
    known = np.flatnonzero(key >= 0)
    row, start, stop = row[known], start[known], stop[known]
    after = table.pick(key[known], texts.states, row, start - texts.bounds[row], slot=2)
    return Changes(row, start, stop, after)


def homoglyph(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Put a character of another script that looks the same in the place of one."""
    return _by_character(texts, setting, rate, _lookalikes())


@cache
def _lookalikes() -> Alternatives:
    return Alternatives.of(
        (row["character"], other, 1) for row in rows_of("homoglyphs") for other in row["lookalikes"].split(" ")
    )


def zero_width(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Put in a character that does not show."""
    found = _Characters.of_words(texts, setting, rate)
    place = found.start - texts.bounds[found.row]
    pool = _invisible()
    which = any_below(texts.states, found.row, place, len(pool), slot=2)
    return Changes.put(found.row, found.start, pool.take(pa.array(which)))


@cache
def _invisible() -> pa.Array:
    """Return the characters that neither join nor turn what is around them."""
    return pa.array(
        [chr(int(row["code_point"].replace("U+", "0x"), 0)) for row in rows_of("zero_width") if row["care"] == "none"],
        pa.large_string(),
    )


def mojibake(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Write a text in one encoding and read it in another: every word that is not ASCII goes wrong in the same way.

    A text that is all ASCII gets what remains of typographic quotes, dashes and bullets where its typed ones are, and without any
    of these what remains of a no-break space.
    """
    tokens = texts.tokens
    found = tokens.take(_has_wide(texts, tokens))
    after = _misread(texts, found)
    plain = np.ones(len(texts), np.bool_)
    plain[found.row] = False
    marks = _typed(texts, plain, _TYPED)
    marked = np.zeros(len(texts), np.bool_)
    marked[texts.row_of(marks)] = True
    spaces = _typed(texts, plain & ~marked, _SPACES)
    marks = marks[some(texts.row_of(marks), texts.states, rate)]
    spaces = spaces[some(texts.row_of(spaces), texts.states, 0)]
    both = np.concatenate([marks, spaces])
    remains = [_remains(chr(byte)) for byte in texts.data[both].tolist()]
    return Changes(
        np.concatenate([found.row, texts.row_of(both)]),
        np.concatenate([found.start, both]),
        np.concatenate([found.end, both + 1]),
        pa.concat_arrays([after, pa.array(remains, pa.large_string())]),
    )


def _typed(texts: Texts, rows: Bools, marks: Mapping[str, str]) -> Ints:
    """Return where in some texts the marks stand."""
    wanted = np.zeros(256, np.bool_)
    wanted[[ord(mark) for mark in marks]] = True
    places = np.flatnonzero(wanted[texts.data])
    return places[rows[texts.row_of(places)]]


_TYPED = {"'": "\u2019", '"': "\u201d", "-": "\u2013", "*": "\u2022"}
"""What a word processor makes of a typed mark, and what is then misread."""
_SPACES = {" ": "\u00a0"}


_USUAL = ("utf-8", "cp1252")
"""The commonest way in which text goes wrong."""


def _remains(mark: str) -> str:
    return _wrong((_TYPED | _SPACES)[mark], *_USUAL)


def _has_wide(texts: Texts, tokens: Stretches) -> Ints:
    """Return the tokens that hold anything but ASCII."""
    if texts.ascii or not len(tokens.row):
        return np.zeros(0, np.int64)
    before = np.concatenate([[0], np.cumsum(texts.data >= 0x80)])  # the first byte beyond ASCII
    return np.flatnonzero(before[tokens.end] > before[tokens.start])


def _misread(texts: Texts, found: Stretches) -> pa.Array:
    """Return the tokens as the encodings drawn for their texts spoil them; each different one is spoilt once."""
    ways = _ways()
    drawn = any_below(texts.states, np.arange(len(texts)), np.zeros(len(texts), np.int64), len(ways), slot=3)
    way, words = drawn[found.row].tolist(), texts.strings(found).to_pylist()
    spoilt = {pair: _wrong(pair[1], *ways[pair[0]]) for pair in dict.fromkeys(zip(way, words, strict=True))}
    read = [spoilt[pair] for pair in zip(way, words, strict=True)]
    changed = {row for row, old, new in zip(found.row.tolist(), words, read, strict=True) if old != new}
    # A text none of whose words an encoding has room for was written in the one that has room for all.
    return pa.array(
        [
            new if row in changed else _wrong(old, *_USUAL)
            for row, old, new in zip(found.row.tolist(), words, read, strict=True)
        ],
        pa.large_string(),
    )


@cache
def _ways() -> list[tuple[str, str]]:
    return [(row["encoded_as"], row["read_as"]) for row in rows_of("mojibake") for _ in range(int(row["weight"]))]


_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")


def _wrong(text: str, encoded_as: str, read_as: str) -> str:
    """Return a text read in another encoding than it was written in, once for each `>` of `a>b>c` more."""
    steps = [encoded_as, *read_as.split(">")]
    for written, read in zip(steps[0::2], steps[1::2], strict=False):
        try:
            stored = text.encode(written)
        except UnicodeEncodeError:  # what an encoding has no room for was never written in it
            return text
        text = stored.decode(read, "replace")
    return _CONTROLS.sub("\ufffd", text)


def lost_accents(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Write letters without their accents."""
    tokens = texts.tokens
    found = tokens.take(_has_wide(texts, tokens))
    found = found.take(some(found.row, texts.states, max(rate, 1)))
    bare = [_bare(word) for word in texts.strings(found).to_pylist()]
    return Changes.of(found, pa.array(bare, pa.large_string()))


def _bare(word: str) -> str:
    apart = unicodedata.normalize("NFD", word)
    plain = "".join(
        mark for mark, before in zip(apart, [" ", *apart], strict=False) if not _is_latin_accent(mark, before)
    )
    return unicodedata.normalize("NFC", plain)


def _is_latin_accent(mark: str, before: str) -> bool:
    return "\u0300" <= mark <= "\u036f" and (before.isascii() or "\u0300" <= before <= "\u036f")
