"""Numbers and moments as pieces: digit groups, decimals and parts of dates, all from tables, by integer arithmetic alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from treadle.errors import RecipeError
from treadle.pieces import EMPTY, Block, Ragged

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from treadle.pieces import Ids, Ints, PieceTable

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY = 86_400_000_000
"""Microseconds in a day; moments are int64 microseconds since 1970-01-01 UTC."""


class Digits:
    """Prints int64 numbers in groups of three digits, and int64 multiples of 10**-places as decimals."""

    def __init__(self, table: PieceTable) -> None:
        """Add the 5,000 groups to the table."""
        padded = [f"{i:03d}" for i in range(1000)]
        self._plain = table.block([str(i) for i in range(1000)]).base
        self._padded = table.block(padded).base
        self._trimmed = table.block([group.rstrip("0") for group in padded]).base
        self._point = table.block(["." + group for group in padded]).base
        self._point_trimmed = table.block(["." + (group.rstrip("0") or "0") for group in padded]).base
        self._minus = table.add("-")
        self.first_blocks = (Block(self._plain, 1000), Block(self._minus, 1))
        """The blocks of every piece that can begin a number, for what looks at it (`a` or `an`)."""

    def print(self, values: Ints, places: int = 0) -> Ragged:
        """Print `values * 10**-places`, without trailing zeros but for one behind the point: `0.5`, `12.0`, `-3`."""
        magnitude = np.abs(values.astype(np.int64, copy=False)).view(np.uint64)  # the least int64 has no positive twin
        columns: list[Ids] = []
        if values.size and values.min() < 0:
            columns.append(np.where(values < 0, self._minus, EMPTY).astype(np.int32))
        whole, rest = np.divmod(magnitude, 10**places) if places else (magnitude, None)
        columns += self._whole(whole)
        if rest is not None:
            columns += self._fraction(rest, places)
        return Ragged.fixed(np.stack(columns, axis=1))

    def _whole(self, values: NDArray[np.uint64]) -> list[Ids]:
        groups: list[tuple[NDArray[np.uint64] | None, NDArray[np.uint64]]] = []
        top = int(values.max()) if values.size else 0
        while top >= 1000:
            values, group = np.divmod(values, 1000)
            groups.append((values, group))
            top //= 1000
        groups.append((None, values))
        columns = []
        for place, (above, group) in reversed(list(enumerate(groups))):
            ids = group + self._plain
            if above is not None:
                ids = np.where(above > 0, group + self._padded, ids)
            if place:
                ids = np.where(group == 0, np.where(above > 0, ids, EMPTY) if above is not None else EMPTY, ids)
            columns.append(ids.astype(np.int32))
        return columns

    def _fraction(self, rest: NDArray[np.uint64], places: int) -> list[Ids]:
        count = -(-places // 3)
        rest = rest * 10 ** (3 * count - places)
        columns = []
        for place in range(count):
            group, rest = np.divmod(rest, 1000 ** (count - 1 - place))
            more = rest > 0
            full, short = (self._point, self._point_trimmed) if place == 0 else (self._padded, self._trimmed)
            columns.append((group + np.where(more, full, short)).astype(np.int32))
        return columns


def civil(days: Ints) -> tuple[Ints, Ints, Ints]:
    """Return year, month (1-12) and day (1-31) of days since 1970-01-01 (Hinnant, chrono-compatible date algorithms)."""
    shifted = days + 719_468
    era = shifted // 146_097
    of_era = shifted - era * 146_097
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_index = (5 * of_year + 2) // 153
    day = of_year - (153 * month_index + 2) // 5 + 1
    month = np.where(month_index < 10, month_index + 3, month_index - 9)
    return year_of_era + era * 400 + (month <= 2), month, day


@dataclass(frozen=True)
class _Calendar:
    """What a format's directives read: parts of each moment, made once for a column."""

    year: Ints
    month: Ints
    day: Ints
    ordinal: Ints
    days: Ints
    minute: Ints
    second: Ints
    micro: Ints

    @classmethod
    def of(cls, moments: Ints) -> _Calendar:
        days, within = np.divmod(moments, DAY)
        first = int(days.min()) if days.size else 0
        table = np.arange(first, (int(days.max()) if days.size else 0) + 2)
        year, month, day = civil(table)
        begin = np.searchsorted(table, days)
        opening = _days_from_civil(year)
        second, micro = np.divmod(within, 1_000_000)
        minute, second = np.divmod(second, 60)
        return cls(year[begin], month[begin], day[begin], (table - opening)[begin], days, minute, second, micro)


def _days_from_civil(year: Ints) -> Ints:
    """Days since 1970-01-01 of each year's first of January."""
    before = year - 1
    return 365 * before + before // 4 - before // 100 + before // 400 - 719_162


_Part = tuple[int, "Callable[[_Calendar], Ints]", "Callable[[int], str]"]
_PARTS: dict[str, _Part] = {
    "C": (100, lambda c: c.year // 100, lambda i: f"{i:02d}"),
    "y": (100, lambda c: c.year % 100, lambda i: f"{i:02d}"),
    "m": (13, lambda c: c.month, lambda i: f"{i:02d}"),
    "d": (32, lambda c: c.day, lambda i: f"{i:02d}"),
    "e": (32, lambda c: c.day, str),
    "b": (13, lambda c: c.month, lambda i: MONTHS[i - 1][:3]),
    "B": (13, lambda c: c.month, lambda i: MONTHS[i - 1]),
    "a": (7, lambda c: (c.days + 3) % 7, lambda i: WEEKDAYS[i][:3]),
    "A": (7, lambda c: (c.days + 3) % 7, lambda i: WEEKDAYS[i]),
    "j": (367, lambda c: c.ordinal + 1, lambda i: f"{i:03d}"),
    "H": (24, lambda c: c.minute // 60, lambda i: f"{i:02d}"),
    "I": (24, lambda c: c.minute // 60, lambda i: f"{(i + 11) % 12 + 1:02d}"),
    "p": (24, lambda c: c.minute // 60, lambda i: "AM" if i < 12 else "PM"),
    "M": (60, lambda c: c.minute % 60, lambda i: f"{i:02d}"),
    "S": (60, lambda c: c.second, lambda i: f"{i:02d}"),
    "L": (1000, lambda c: c.micro // 1000, lambda i: f"{i:03d}"),
    "f": (1000, lambda c: c.micro // 1000, lambda i: f"{i:03d}"),
    "u": (1000, lambda c: c.micro % 1000, lambda i: f"{i:03d}"),
    "R": (1440, lambda c: c.minute, lambda i: f"{i // 60:02d}:{i % 60:02d}"),
}
_DIRECTIVE = re.compile(r"%(H:%M|.)", re.DOTALL)
_COMPOSED = {"Y": "Cy", "f": "fu", "H:%M": "R", "C": "", "u": "", "R": ""}
"""Directives that are printed as other parts; nothing for parts that are no directives of ours."""


class MomentFormat:
    """A compiled date format; the text around a directive is part of its pieces, so a directive is one piece, or two.

    Directives are those of C's strftime, in English: %Y %y %m %d %b %B %a %A %j %H %I %p %M %S %f (microseconds) %%; %e is the day
    without a zero or space before it, and %L milliseconds.
    """

    def __init__(self, text: str, table: PieceTable) -> None:
        """Compile `text` into blocks of the table; raises `RecipeError` for an unknown directive."""
        self.parts: list[tuple[Block, Callable[[_Calendar], Ints]]] = []
        tokens = _DIRECTIVE.split(text)
        lead = tokens[0]
        for directive, after in zip(tokens[1::2], tokens[2::2], strict=True):
            if directive == "%":
                lead += "%" + after
                continue
            parts = _COMPOSED.get(directive, directive)
            if not parts or parts[0] not in _PARTS:
                known = " ".join("%" + each for each in ["Y", *_PARTS] if each not in "CuR")
                raise RecipeError(f"unknown date directive %{directive}: expected one of {known}")
            for part in parts:
                count, read, write = _PARTS[part]
                behind = after if part == parts[-1] else ""
                self.parts.append((table.block([lead + write(i) + behind for i in range(count)]), read))
                lead = ""
        if not self.parts:
            raise RecipeError(f"format={text!r}: expected at least one directive, as in %Y-%m-%d")
        self._tail = table.add(lead) if lead else None

    def blocks(self) -> tuple[Block, ...]:
        """Return the blocks of all pieces that can be printed."""
        tail = () if self._tail is None else (Block(self._tail, 1),)
        return (*(block for block, _ in self.parts), *tail)

    def print(self, moments: Ints) -> Ragged:
        """Print moments, int64 microseconds since 1970-01-01 UTC."""
        calendar = _Calendar.of(moments)
        columns = [block.base + read(calendar) for block, read in self.parts]
        if self._tail is not None:
            columns.append(np.full(len(moments), self._tail))
        return Ragged.fixed(np.stack(columns, axis=1).astype(np.int32))

    def texts(self, table: PieceTable, days: NDArray[np.int64]) -> list[str]:
        """Print midnights of days since 1970-01-01 as Python texts."""
        rows = self.print(days * DAY)
        return ["".join(table.texts[i] for i in row) for row in rows.matrix.tolist()]
