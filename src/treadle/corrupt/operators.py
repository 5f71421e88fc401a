"""Operators: one kind of fault each, a function from texts to changes, and its row in the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa

from treadle.corrupt.texts import Stretches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from treadle.corrupt.texts import Texts
    from treadle.pieces import Ints

Family = Literal[
    "textual", "structural", "skill-match", "experience", "fairness", "domain-specific", "missing", "human-error"
]
FAMILIES: tuple[Family, ...] = (
    "textual", "structural", "skill-match", "experience", "fairness", "domain-specific", "missing", "human-error",
)  # fmt: skip
"""The eight families of faults, as labels name them."""
Target = Literal["characters", "words", "pieces", "lines", "sections", "text", "facts", "records"]
About = Literal["person", "post"]
ABOUT: tuple[About, ...] = ("person", "post")
"""What a text is about, and in whose voice it speaks: a person, as a résumé does, or what is offered, as a post does."""
Effect = Literal["none", "up", "down", "by score"]
EFFECTS: tuple[Effect, ...] = ("none", "up", "down", "by score")
"""What an operator does to the label: nothing, it makes a match likelier or less likely to be seen, or the score decides anew."""


class Changes(NamedTuple):
    """What an operator does to texts: stretches in bytes, (n,), and what comes in the place of each; or a new order of them.

    With a `place` of 0 or more, (n,), the stretches of a text are neighbours, and the one with place 0 comes to stand first; what
    comes `after` is not read there. A place of -1 is none.
    """

    row: Ints
    start: Ints
    end: Ints
    after: pa.Array
    place: Ints | None = None

    @classmethod
    def none(cls) -> Changes:
        """Change nothing."""
        empty = np.zeros(0, np.int64)
        return cls(empty, empty, empty, pa.array([], pa.large_string()))

    @classmethod
    def of(cls, found: Stretches, after: pa.Array) -> Changes:
        """Put texts in the place of stretches."""
        return cls(found.row, found.start, found.end, after)

    def only(self, kept: Ints) -> Changes:
        """Return some of the changes, which are no new order."""
        if len(kept) == len(self.row):
            return self
        return Changes(self.row[kept], self.start[kept], self.end[kept], self.after.take(pa.array(kept)))

    @classmethod
    def together(cls, several: Sequence[Changes]) -> Changes:
        """Put several lists of changes into one; none of them may change a text that another one reorders."""
        if not several:
            return cls.none()
        row, start, end = (
            np.concatenate(parts) for parts in zip(*((each.row, each.start, each.end) for each in several), strict=True)
        )
        places = [np.full(len(each.row), -1) if each.place is None else each.place for each in several]
        moving = any(each.place is not None for each in several)
        after = pa.concat_arrays([each.after for each in several])
        return cls(row, start, end, after, np.concatenate(places) if moving else None)

    def moved(self, row: int, start: int) -> Changes:
        """Return the changes of texts that stand behind `row` others, of `start` bytes together."""
        return self._replace(row=self.row + row, start=self.start + start, end=self.end + start)

    @classmethod
    def put(cls, row: Ints, place: Ints, after: pa.Array) -> Changes:
        """Insert texts."""
        return cls(row, place, place, after)

    @classmethod
    def removed(cls, found: Stretches) -> Changes:
        """Take stretches out."""
        return cls.of(found, pa.array([""] * len(found.row), pa.large_string()))


@dataclass(frozen=True)
class Setting:
    """What an operator may read beside its texts.

    `severity` is in [0, 1]; `language` is that of the texts (BCP 47); `lists` holds the recipe's own words by name (`aliases` are
    pairs of names for one thing); `values` one text of the recipe's for each of the texts, by name, (n,); `marked` the stretches of
    the texts that express facts, by mark; `about` is what the texts are about.
    """

    severity: float = 0.5
    language: str = "en"
    lists: Mapping[str, Any] = field(default_factory=dict)  # texts, or pairs of them
    values: Mapping[str, pa.Array] = field(default_factory=dict)
    marked: Mapping[str, Stretches] = field(default_factory=dict)
    about: About = "person"

    def stretches(self, mark: str) -> Stretches:
        """Return the stretches of a mark, none where the recipe does not have it."""
        none = np.zeros(0, np.int64)
        return self.marked[mark] if mark in self.marked else Stretches(none, none, none)


@dataclass(frozen=True)
class Operator:
    """A row of the table: what the fault is called, what it does to the label, how much of it there is, and who puts it in.

    `rate` is the share of places that are changed at severity 0 and at severity 1; at least one place of each text is, where there
    is any. An operator on facts has no function here: the recipe that owns the facts changes them.
    """

    name: str
    family: Family
    target: Target
    doc: str
    function: Callable[[Texts, Setting, int], Changes] | None = None
    effect: Effect = "none"
    rate: tuple[float, float] = (0.0, 0.0)
    weight: float = 1.0
    """How often it is drawn among those of its family, where a profile does not say."""
    always: bool = False
    """Whether every text with a letter in it gets a change."""
    together: bool = False
    """Whether it acts on all texts of a record at once, by the same draws."""
    nulls: bool = False
    """Whether the text that it empties is absent: null, not an empty text."""
    needs: tuple[str, ...] = ()
    """The marks whose stretches it reads from the setting, and without which it takes no part: a recipe says which types of spans
    stand for them."""
    uses: tuple[str, ...] = ()
    """Marks that it reads where a recipe has them."""
    lists: tuple[str, ...] = ()
    """The recipe's lists that it reads; without them it takes no part."""
    values: tuple[str, ...] = ()
    """The recipe's texts, one a record, that it reads; without them it takes no part."""
    about: tuple[About, ...] = ("person", "post")
    """What the texts are about that it acts on."""
    voiced: bool = False
    """Whether it reads from the setting what the texts are about, and says other things in a résumé than in a post."""
    spares: tuple[str, ...] = ()
    """Marks whose stretches it leaves alone."""
    words: tuple[str, str] | None = None
    """What a fact is before and after, as an example: of those on facts, which change no letter that could be shown."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The marks whose stretches it is shown, whether it needs them or not."""
        return (*self.needs, *self.uses, *self.spares)
