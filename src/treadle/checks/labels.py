"""Whether labels agree with their texts: a model of the other texts names each label, and says where it is sure of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.checks.bayes import cross_validated, in_columns
from treadle.checks.findings import Check, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from treadle.checks.findings import Finding, Row

KEPT = 40_000
"""Texts that are kept to be judged, at most: of more, every second, fourth, ... one."""
LEAST = 200
"""Texts from which on a model says anything."""
SUSPECTED = 0.02
"""A label is suspected where the model gives it less than this."""
MOST = 0.75
"""The share of labels that a model may disagree with before they count as wrong."""


class Agreement:
    """Judges labels by naive Bayes in five folds; suspected ones are listed, and are no violations of their own."""

    def __init__(self, text: str, label: str) -> None:
        """Take the columns of the text and of its label."""
        self._text, self._label = text, label
        self._step, self._seen = 1, 0
        self._rows: list[int] = []
        self._labels: list[str] = []
        self._held: list[NDArray[np.int64]] = []
        self._shown: list[str] = []
        self._told = ""
        self.suspected: list[tuple[int, str, str]] = []

    def look(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Take rows in; findings come at the end."""
        for row in rows:
            text, label = row[self._text], row[self._label]
            if isinstance(text, str) and isinstance(label, str) and self._seen % self._step == 0:
                self._rows.append(self._seen)
                self._labels.append(label)
                self._held.append(in_columns(text).astype("int32"))
                self._shown.append(shortened(text))
                if len(self._rows) >= KEPT:
                    self._thin()
            self._seen += 1
        return iter(())

    def _thin(self) -> None:
        """Keep every second text, so that memory does not grow."""
        self._step *= 2
        for kept in (self._rows, self._labels, self._held, self._shown):
            del kept[1::2]

    def finish(self, number_of: Callable[[int], int]) -> Iterator[Finding]:
        """Yield a finding where the model disagrees with most of the labels; note how many it suspects."""
        if len(self._rows) < LEAST or len(set(self._labels)) < 2:
            self._told = f"fewer than {LEAST} texts, or one label alone: no model"
            return
        guessed, sure = cross_validated(self._held, self._labels, [str(row) for row in self._rows])
        wrong = sum(guess != label for guess, label in zip(guessed, self._labels, strict=True))
        for place, (guess, label) in enumerate(zip(guessed, self._labels, strict=True)):
            if guess != label and sure[place] < SUSPECTED:
                told = f"{guess}: {self._shown[place]}"
                self.suspected.append((number_of(self._rows[place]), label, told))
        share = wrong / len(self._rows)
        self._told = (
            f"a model agrees with {1 - share:.0%} of {len(self._rows):,} labels; {len(self.suspected):,} suspected"
        )
        if share > MOST:
            yield 0, self._label, f"a model disagrees with {share:.0%} of the labels", f"at most {MOST:.0%}"

    def note(self) -> str:
        """Tell how well the model agrees."""
        return self._told


def agreement(text: str, label: str) -> tuple[Check, Agreement]:
    """Return the check of labels against a model, and what holds the suspected ones once it has run."""
    held = Agreement(text, label)
    return Check("label agreement", held.look, (text, label), held.finish, held.note), held
