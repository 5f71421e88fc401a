"""Headings of sections, in many styles; where a style counts them, it counts those that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.hiring.data import table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from treadle import Field

    Ints = NDArray[np.int64]

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
COUNTING: dict[str, Callable[[int], str]] = {
    "1.": lambda number: f"{number}.",
    "I.": lambda number: f"{ROMAN[number - 1]}.",
    "A.": lambda number: f"{chr(ord('A') + number - 1)}.",
}
"""How sections are counted, by the mark of the first."""


def headings(
    file: str, prefix: str, style: str, orders: Sequence[Sequence[str]], order: Mapping[str, Sequence[int]]
) -> dict[str, Field]:
    """Return a field for the heading of each section, by the field that holds the style.

    `orders` lists the sections of every arrangement that a text can have, in their order; which of them a text has is the sum of
    `order`: by the name of a field, what each of its values adds.
    """
    rows = table(file)
    sections = [name for name in rows[0] if name not in {"style", "number"}]
    place = np.array([[1 + each.index(name) if name in each else 1 for name in sections] for each in orders])
    listed, first, counted = _listed(rows, sections, int(place.max()))
    steps = [np.array(each, np.int64) for each in order.values()]

    def arrangement(*values: Ints) -> Ints:
        found: Ints = sum((step[value] for step, value in zip(steps, values, strict=True)), np.zeros(1, np.int64))
        return found

    def heading(section: int) -> Callable[[Ints, Ints], Ints]:
        def chosen(style: Ints, arrangement: Ints) -> Ints:
            found: Ints = first[style, section] + counted[style] * (place[arrangement, section] - 1)
            return found

        return chosen

    return {
        f"{prefix}order": td.derive(arrangement, *order),
        **{
            prefix + name: td.derive(heading(number), style, f"{prefix}order", values=listed, entity="HEADING")
            for number, name in enumerate(sections)
        },
    }


def _listed(rows: Sequence[Mapping[str, str]], sections: Sequence[str], most: int) -> tuple[list[str], Ints, Ints]:
    """Return all headings; where those of a style's section begin, (n_styles, n_sections); and which styles count."""
    listed: dict[str, int] = {}
    texts: list[str] = []
    first = np.zeros((len(rows), len(sections)), np.int64)
    for line, row in enumerate(rows):
        for column, name in enumerate(sections):
            mark = COUNTING.get(row["number"])
            own = [f"{mark(number)} {row[name]}" for number in range(1, most + 1)] if mark else [row[name]]
            first[line, column] = listed.setdefault("\n".join(own), len(texts))
            if first[line, column] == len(texts):
                texts += own
    return texts, first, np.array([bool(row["number"]) for row in rows]).astype(np.int64)


def styles(file: str) -> tuple[str, ...]:
    """Return the names of the styles, in the order that `headings` counts on."""
    return tuple(row["style"] for row in table(file))
