"""Checks that the members of a counterfactual set differ in its cue alone: the law that such sets are made by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.packs.hiring.counterfactual import CLOSURE
from treadle.packs.hiring.cues import CLOSURE as FACTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import treadle as td

    Row = Mapping[str, Any]  # a record's values are of many types

OWN = {"name": {"name", "name_group"}, "gender": {"name", "gender"}}
"""Columns that only some cues may change."""
TEXTS = ("resume_text", "job_skill_text")
NEEDS = ("set", "member", "cue", "cue_value", "matched", "resume_text", "spans")


class Sets:
    """Compares every member of a set with the first; members stand side by side."""

    def __init__(self, recipe: td.Recipe) -> None:
        """Take the recipe, which knows the columns that raters' noise may change."""
        self._free = {"record", "member", "cue_value", "spans", *TEXTS} | (set(recipe.closure) - set(CLOSURE))
        self._first: Row = {}

    def look(self, rows: Sequence[Row]) -> Iterator[tuple[int, str, str, str]]:
        """Yield what differs in a set beside its cue, and members that show the same."""
        for number, row in enumerate(rows):
            if self._first.get("set") != row["set"]:
                self._first = row
            elif row["member"] != self._first["member"]:
                for column, found, expected in differences(self._first, row, self._free):
                    yield number, column, found, expected


def differences(first: Row, row: Row, free: set[str]) -> Iterator[tuple[str, str, str]]:
    """Yield column, what was found and what was expected, where two members of a set are not equal but for their cue."""
    cue = first["cue"]
    for column in first.keys() - free - OWN.get(cue, set()):
        if row.get(column) != first[column]:
            yield column, str(row.get(column)), f"{first[column]}, as in the set's first record"
    if row["cue_value"] == first["cue_value"]:
        yield "cue_value", row["cue_value"], "a value that no other of the set has"
    for column in TEXTS:
        if column in row and masked(row, column, FACTS[cue]) != masked(first, column, FACTS[cue]):
            yield column, "a text that differs outside its cue", "the set's first, but for what the cue changes"
    if row["resume_text"] == first["resume_text"]:
        yield "resume_text", "the text of the set's first record", "a text that shows another value of the cue"


def masked(row: Row, column: str, facts: Sequence[str]) -> str:
    """Return a text with a null character in place of each stretch that states one of the facts."""
    text, kept, at = row[column], [], 0
    spans = (span for span in row["spans"] if span["field"] == column and span["fact"] in facts)
    for start, end in sorted((span["start"], span["end"]) for span in spans):
        if end > at:
            kept += [text[at : max(start, at)], "\0"]
            at = end
    return "".join([*kept, text[at:]])
