"""Operators on cues of who somebody is: name, school, place, a gap and its reason, a society. They change no fact that is scored.

A record's cue is one: what is drawn here goes by the record, not by the text, so that its texts agree.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treadle.corrupt.choosing import any_below, one
from treadle.corrupt.lists import rows_of
from treadle.corrupt.operators import Changes
from treadle.corrupt.texts import Stretches
from treadle.corrupt.words import all_of

if TYPE_CHECKING:
    from treadle.corrupt.operators import Setting
    from treadle.corrupt.texts import Bools, Texts
    from treadle.pieces import Ints

_YEARS = ("2016", "2017", "2018", "2019", "2020", "2021", "2022")
_NAMES = ("person", "given_name", "family_name", "email", "link")


def swapped_name(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Give somebody another name, with an address and a link that agree with it; a form in another script is left out."""
    persons = _persons()
    which = _drawn(texts, len(persons[0]))
    parts = [
        Changes.removed(_in_brackets(texts, setting.stretches("given_native"), setting.stretches("family_native")))
    ]
    for column, mark in enumerate(_NAMES):
        found = setting.stretches(mark)
        if mark == "person":
            found = found.take(~_holds_any(found, setting.marked["given_name"]))
        after = persons[column].take(pa.array(which[found.row]))
        if mark == "link":
            after = pa.array(list(map(_at, texts.strings(found).to_pylist(), after.to_pylist())), pa.large_string())
        parts.append(Changes.of(found, after))
    return Changes.together(parts)


def _holds_any(outer: Stretches, inner: Stretches) -> Bools:
    """Tell of each stretch whether one of the others lies within it."""
    first, last = np.searchsorted(inner.start, outer.start), np.searchsorted(inner.start, outer.end)
    holds: Bools = last > first
    return holds


def _in_brackets(texts: Texts, given: Stretches, family: Stretches) -> Stretches:
    """Return the names of one person, in either order, that stand in brackets behind another form, with the brackets."""
    both = np.searchsorted(family.start, given.start)
    both = (
        np.where((both > 0) & (family.row[np.maximum(both - 1, 0)] == given.row), both - 1, both)
        if len(family.row)
        else both
    )
    there = np.flatnonzero(both < len(family.row))
    given, family = given.take(there), family.take(both[there])
    start, end = np.minimum(given.start, family.start), np.maximum(given.end, family.end)
    last = max(0, len(texts.data) - 1)
    bracketed = (given.row == family.row) & (start >= texts.bounds[given.row] + len(" ("))
    bracketed &= texts.data[np.maximum(start - 1, 0)] == ord("(")
    bracketed &= texts.data[np.maximum(start - 2, 0)] == ord(" ")
    bracketed &= (end < texts.bounds[given.row + 1]) & (texts.data[np.minimum(end, last)] == ord(")"))
    return Stretches(given.row, start - len(" ("), end + 1).take(np.asarray(bracketed))


def _at(link: str, host: str) -> str:
    """Return a link with another host, its path as it was."""
    return re.sub(r"^(\w+://)[^/]*", lambda found: found[1] + host, link)


def _drawn(texts: Texts, n: int) -> Ints:
    """Draw an integer in [0, n) for each text."""
    return any_below(texts.states, np.arange(len(texts)), np.zeros(len(texts), np.int64), n, slot=1)


@cache
def _persons() -> tuple[pa.Array, ...]:
    """Return names, given names, family names, addresses and hosts, (n,) each."""
    names = [row["name"] for row in rows_of("fairness_names")]
    given, family = [name.split(" ", 1)[0] for name in names], [name.split(" ", 1)[-1] for name in names]
    both = [(_plain(one_), _plain(other)) for one_, other in zip(given, family, strict=True)]
    mails = [f"{one_}.{other}@mail.example" for one_, other in both]
    hosts = [f"{other}-{one_}.example" for one_, other in both]
    return tuple(pa.array(each, pa.large_string()) for each in (names, given, family, mails, hosts))


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFD", name).lower()
    return re.sub(r"[^a-z]+", "-", "".join(letter for letter in letters if letter.isascii())).strip("-")


def swapped_institution(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Name another place of study."""
    return _swapped(texts, setting, "institution", "institutions_tiers", "institution")


def swapped_place(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Name another place to live."""
    return _swapped(texts, setting, "place", "neighbourhoods", "place")


def _swapped(texts: Texts, setting: Setting, mark: str, name: str, column: str) -> Changes:
    """Put an entry of a list in the place of every mark of a text."""
    found, pool = setting.marked[mark], _pool(name, column)
    return Changes.of(found, pool.take(pa.array(_drawn(texts, len(pool))[found.row])))


@cache
def _pool(name: str, column: str) -> pa.Array:
    return pa.array([row[column] for row in rows_of(name)], pa.large_string())


def gap_reason(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Add why somebody did not work for a while."""
    return _line(texts, _gaps())


@cache
def _gaps() -> pa.Array:
    sentences = [
        row["sentence"].replace("{from}", _YEARS[number % 5]).replace("{to}", _YEARS[number % 5 + 2])
        for number, row in enumerate(rows_of("gap_reasons"))
    ]
    return pa.array(sentences, pa.large_string())


def society(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Add that somebody belongs to a society, which may tell a gender."""
    return _line(texts, _societies())


@cache
def _societies() -> pa.Array:
    names = [
        row[each] for row in rows_of("genders") if row["kind"] == "matched" for each in ("woman", "man", "neutral")
    ]
    return pa.array([f"Member, {name}" for name in names], pa.large_string())


def _line(texts: Texts, pool: pa.Array) -> Changes:
    """Put an entry of a pool behind the last line of a paragraph."""
    found = texts.paragraphs.take(one(texts.paragraphs.row, texts.states))
    chosen = pool.take(pa.array(_drawn(texts, len(pool))[found.row]))
    after = pc.binary_join_element_wise(all_of("", len(chosen)), chosen, pa.scalar("\n", pa.large_string()))
    return Changes.put(found.row, found.end, after)
