"""Lines of one shape: literal text with values between, some of which may be absent. Read and written by columns.

A `Shape` says how our writer lays a record out. `walk` finds the values of lines that have this shape by the ranks of their quotes,
without a look at what stands between; `laid` lays values out again. Whoever reads with one shape and writes with it again gets the
very bytes of a line that has the shape, and others for all that have not: so nothing else needs to be proven.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from treadle.packs.logs.blocks import Block

    Ids = NDArray[np.int32]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

TEXT, NUMBER, LISTED, FLAG = "text", "number", "listed", "flag"


@dataclass(frozen=True)
class Slot:
    """A value: the text before it, what stands around it where it is there, and what in its place where it is not.

    A `text` stands between quotes, of which `opening` has the first and `closing` the last; a `number` behind `":`, `gap` bytes
    before the next quote; a `listed` one is the next of a list of numbers; a `flag` has no value: it is there or not. Where `probe`
    is not -1, a value is there if the text of that number within `opening` is; one whose `absent` is null if a quote is.
    """

    name: str
    before: str
    opening: str = '"'
    closing: str = '"'
    absent: str | None = None
    kind: str = TEXT
    probe: int = -1
    gap: int = 0

    @property
    def optional(self) -> bool:
        """Whether it may be absent."""
        return self.absent is not None

    def probed(self) -> str:
        """Return the text that tells whether the value is there."""
        return self.opening.split('"')[2 * self.probe + 1]


@dataclass
class Literals:
    """Texts that are written as they are, by number; the first is empty."""

    texts: dict[str, int] = field(default_factory=lambda: {"": 0})

    def __call__(self, text: str) -> int:
        """Return the number of a text."""
        return self.texts.setdefault(text, len(self.texts))

    def all(self, texts: Sequence[str]) -> Ids:
        """Return the numbers of texts."""
        return np.array([self(each) for each in texts], np.int32)

    def array(self) -> pa.Array:
        """Return all texts in the order of their numbers."""
        return pa.array([text.encode() for text in self.texts], pa.large_binary())


@dataclass
class Found:
    """Where the values of lines (n,) are: for each slot whether it is there (None: always), its first byte and the one behind it.

    `commas` are the ranks of the commas behind the values of a list that were found last.
    """

    present: dict[str, Flags | None] = field(default_factory=dict)
    begins: dict[str, Ints] = field(default_factory=dict)
    ends: dict[str, Ints] = field(default_factory=dict)
    commas: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True)
class Shape:
    """Slots in order, and the text behind the last."""

    slots: Sequence[Slot]
    end: str

    @cached_property
    def _telling(self) -> list[int]:
        """For each slot with a probe, the place of a byte that tells it from other texts of its length; -1 where there are none."""
        return [self._byte(place) if slot.probe >= 0 else -1 for place, slot in enumerate(self.slots)]

    def _byte(self, place: int) -> int:
        own, probe = self.slots[place].probed(), self.slots[place].probe
        others = []
        for slot in self.slots[place + 1 :]:
            if slot.probe >= 0 and not slot.before:
                others.append(slot.probed())
                continue
            others.append((slot.before + slot.opening).split('"')[2 * probe + 1])
            break
        else:
            others += self.end.split('"')[2 * probe + 1 : 2 * probe + 2]
        alike = [other for other in others if len(other.encode()) == len(own.encode())]
        places = range(len(own.encode()))
        return (
            next(each for each in places if all(other.encode()[each] != own.encode()[each] for other in alike))
            if alike
            else -1
        )

    def walk(self, block: Block, ranks: Ints, limits: Ints) -> tuple[Found, Ints]:
        """Return where values are in lines, by the ranks of their first quotes and their ends, and the ranks behind them."""
        found = Found()
        for place, slot in enumerate(self.slots):
            present = None
            ranks = ranks + slot.before.count('"')
            if slot.probe >= 0:
                present = block.is_text(ranks + 2 * slot.probe, slot.probed(), self._telling[place])
            elif slot.optional:
                present = block.quote(ranks) == block.quote(ranks - 1) + 2
            behind = ranks + slot.opening.count('"')
            if slot.kind == TEXT:
                begins, ends = block.quote(behind - 1) + 1, block.quote(behind)
            elif slot.kind == NUMBER:
                begins, ends = block.quote(behind - 1) + 2, block.quote(behind) - slot.gap
            elif slot.kind == LISTED:
                begins, ends = self._listed(block, place, behind, limits, found)
            else:
                begins = ends = block.quote(behind)
            behind = behind + slot.closing.count('"')
            found.present[slot.name], found.begins[slot.name], found.ends[slot.name] = present, begins, ends
            ranks = behind if present is None else np.where(present, behind, ranks)
        return found, ranks + self.end.count('"')

    def _listed(self, block: Block, place: int, behind: Ints, limits: Ints, found: Found) -> tuple[Ints, Ints]:
        """Return where the next number of a list is: behind `":[` or a comma, before the next comma or the line's closing text."""
        before = self.slots[place - 1]
        first, last = before.kind != LISTED, place == len(self.slots) - 1
        begins = block.quote(behind - 1) + 3 if first else found.ends[before.name] + 1
        if last:
            return begins, limits - len(self.end.rstrip("\n"))
        found.commas = np.searchsorted(block.commas, begins) if first else found.commas + 1
        return begins, np.take(block.commas, found.commas, mode="clip")

    def laid(
        self, literals: Literals, present: Mapping[str, Flags | None], values: Mapping[str, list[Ids]]
    ) -> list[Ids | int]:
        """Return the pieces of lines in order: literals, and for each slot the pieces of its value (0 where it is absent)."""
        made: list[Ids | int] = []
        closing, closed, was = "", "", None
        for slot in self.slots:
            there = present[slot.name]
            opened = slot.before + slot.opening
            absent = opened if slot.absent is None else slot.before + slot.absent
            made.append(_between(literals, (closed, closing), (absent, opened), was, there))
            pieces = values.get(slot.name, [])
            made += pieces if there is None else [np.where(there, each, 0).astype(np.int32) for each in pieces]
            closed, closing, was = ("" if slot.optional else slot.closing), slot.closing, there
        return [*made, _between(literals, (closed, closing), (self.end, self.end), was, None)]


def _between(
    literals: Literals, before: tuple[str, str], behind: tuple[str, str], was: Flags | None, there: Flags | None
) -> Ids | int:
    """Return the literal between two values, which is another where one of them is absent."""
    if was is None and there is None:
        return literals(before[1] + behind[1])
    four = literals.all([left + right for left in before for right in behind])
    left = 1 if was is None else was.astype(np.int64)
    right = 1 if there is None else there.astype(np.int64)
    return four[2 * left + right]
