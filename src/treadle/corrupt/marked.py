"""Operators on what a recipe marks in its texts: dates, companies, contact details, things that are claimed."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treadle.corrupt.choosing import any_below, numbers_within, one, some
from treadle.corrupt.lists import rows_of
from treadle.corrupt.operators import Changes
from treadle.corrupt.sections import permuted
from treadle.corrupt.texts import NEWLINE, Stretches

if TYPE_CHECKING:
    from treadle.corrupt.operators import Setting
    from treadle.corrupt.texts import Texts
    from treadle.pieces import Ints

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_NAMED = re.compile(r"^([A-Za-z]{3,9})\.?,? ?(?:'|\u2019)?(\d{4}|\d{2})$")
_NUMBERED = re.compile(r"^(\d{1,2})[/.](\d{4})$")
_YEAR_FIRST = re.compile(r"^(\d{4})[-/.](\d{1,2})$")
_SEPARATOR, _WIDEST_GAP = "^\\s*[-,;|·•\u2013*\n]\\s*[^\\w\\s]?\\s*$", 8
"""What stands between the items of a list, and how many bytes that has at most."""
_TURN = 50
"""Years of two digits up to here are of this century."""


def mixed_dates(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Write some dates in another way than the rest."""
    found = setting.marked["date"]
    chosen = some(found.row, texts.states, rate)
    number, found = numbers_within(found.row)[chosen], found.take(chosen)
    way = any_below(texts.states, found.row, number, len(_forms()), slot=1).tolist()
    after = [_rewritten(date, _forms()[form]) for date, form in zip(texts.strings(found).to_pylist(), way, strict=True)]
    return Changes.of(found, pa.array(after, pa.large_string()))


@cache
def _forms() -> list[str]:
    """Return the ways of writing a month of a year, as patterns of strftime(3) with `{}`-free parts alone."""
    patterns = [row["pattern"] for row in rows_of("date_forms")]
    return [pattern for pattern in patterns if set(re.findall(r"%(.)", pattern)) <= set("BbmYy")]


@lru_cache(maxsize=65_536)
def _rewritten(date: str, form: str) -> str:
    """Return a month and year in another form; what is no month and year stays."""
    found = _read(date)
    if found is None:
        return date
    year, month = found
    name = MONTHS[month - 1]
    parts = {"B": name, "b": name[:3], "m": f"{month:02}", "Y": f"{year}", "y": f"{year % 100:02}"}
    return re.sub(r"%([BbmYy])", lambda mark: parts[mark[1]], form)


def _read(date: str) -> tuple[int, int] | None:
    """Return the year and month that a text names; None where it names none."""
    if match := _NAMED.match(date):
        known = [number for number, name in enumerate(MONTHS, 1) if name.lower().startswith(match[1].lower())]
        year = int(match[2])
        if len(match[2]) < len("2025"):
            year += 2000 if year <= _TURN else 1900
        return (year, known[0]) if len(known) == 1 else None
    if match := _NUMBERED.match(date):
        year, month = int(match[2]), int(match[1])
    elif match := _YEAR_FIRST.match(date):
        year, month = int(match[1]), int(match[2])
    else:
        return None
    return (year, month) if 1 <= month <= len(MONTHS) else None


def missing_dates(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave dates out."""
    found = setting.marked["date"]
    return Changes.removed(found.take(some(found.row, texts.states, rate)))


def swapped_dates(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Write the end of a period before its start."""
    dates = setting.marked["date"]
    pair = np.flatnonzero((dates.row[1:] == dates.row[:-1]) & _same_line(texts, dates.end[:-1], dates.start[1:]))
    chosen = pair[one(dates.row[pair], texts.states)]
    both = np.sort(np.concatenate([chosen, chosen + 1]))
    found = dates.take(both)
    return permuted(found, 1 - numbers_within(found.row))


def _same_line(texts: Texts, end: Ints, start: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    ends = np.flatnonzero(texts.data == NEWLINE)
    same: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.searchsorted(ends, end) == np.searchsorted(ends, start)
    return same


def missing_contact(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Leave out how somebody can be reached."""
    found = setting.marked["contact"]
    return Changes.removed(found.take(some(found.row, texts.states, rate)))


def icon_labels(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Put an icon before a telephone number or address, as templates do; its font may be missing."""
    found = setting.marked["contact"]
    found = found.take(some(found.row, texts.states, rate))
    pool = _icons()
    which = any_below(texts.states, found.row, found.start - texts.bounds[found.row], len(pool), slot=1)
    return Changes.put(found.row, found.start, pool.take(pa.array(which)))


@cache
def _icons() -> pa.Array:
    icons = [row["icon"] for row in rows_of("icons") if row["label"] in {"phone", "email", "address"}]
    return pa.array([f"{icon} " for icon in icons], pa.large_string())


def wrong_company(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Name another company, as when a letter was written for somebody else."""
    found = setting.marked["company"]
    found = found.take(one(found.row, texts.states))
    names = pa.array(setting.lists["companies"], pa.large_string())
    which = any_below(texts.states, found.row, np.zeros(len(found.row), np.int64), len(names), slot=1)
    return Changes.of(found, names.take(pa.array(which)))


def claimed_without_evidence(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Name a thing asked for in a list of those that are there, though nothing in the text speaks for it."""
    found = setting.marked["skill"]
    between = _in_lists(texts, found)
    chosen = one(found.row[between.first], texts.states)
    found, between = found.take(between.first[chosen]), between.texts.take(pa.array(chosen))
    claimed = setting.values["claimed"].take(pa.array(found.row))
    after = pc.binary_join_element_wise(between, claimed, pa.scalar("", pa.large_string()))
    told = np.flatnonzero(pc.not_equal(claimed, "").to_numpy(zero_copy_only=False))
    return Changes.put(found.row[told], found.end[told], after.take(pa.array(told)))


class _Between(NamedTuple):
    """The places among stretches of those that another follows, as in a list, and what stands between the two."""

    first: Ints
    texts: pa.Array


def _in_lists(texts: Texts, found: Stretches) -> _Between:
    """Return the stretches that are items of a list; in texts that have none the first of all, as if a comma followed it."""
    row, gap = found.row, np.full(len(found.row), -1)
    gap[:-1] = np.where(row[1:] == row[:-1], found.start[1:] - found.end[:-1], -1)
    near = np.flatnonzero((gap > 0) & (gap <= _WIDEST_GAP))
    between = texts.strings(Stretches(row[near], found.end[near], found.start[near + 1]))
    listed = pc.match_substring_regex(between, _SEPARATOR).to_numpy(zero_copy_only=False)
    near, between = near[listed], between.filter(pa.array(listed))
    bare = np.setdiff1d(np.flatnonzero(np.diff(row, prepend=-1)), near)
    bare = bare[~np.isin(row[bare], row[near])]
    first = np.concatenate([near, bare])
    order = np.argsort(first, kind="stable")
    joined = pa.concat_arrays([between, pa.array([", "] * len(bare), pa.large_string())])
    return _Between(first[order], joined.take(pa.array(order)))


def keyword_stuffing(texts: Texts, setting: Setting, rate: int) -> Changes:
    """Add the words that are asked for in a heap at the end."""
    row = np.flatnonzero(np.diff(texts.bounds) > 0)
    words = setting.values["keywords"].take(pa.array(row))
    after = pc.binary_join_element_wise(all_empty(len(row)), words, pa.scalar("\n\n", pa.large_string()))
    told = np.flatnonzero(pc.not_equal(words, "").to_numpy(zero_copy_only=False))
    return Changes.put(row[told], texts.bounds[1:][row[told]], after.take(pa.array(told)))


def all_empty(count: int) -> pa.Array:
    """Return `count` empty texts."""
    return pa.array([""] * count, pa.large_string())
