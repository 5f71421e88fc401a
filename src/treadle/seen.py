"""Seen: the types of all fields that a level of a recipe sees while it compiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from treadle.columns import FieldType

if TYPE_CHECKING:
    from treadle.compiling import Compiling


class SeenTypes(Mapping[str, FieldType]):
    """The types of all fields that a level sees, its own before its parents'; looking one up compiles it."""

    def __init__(self, level: Compiling) -> None:
        """Take the level."""
        self._level = level

    def __getitem__(self, name: str) -> FieldType:
        """Return the type of a field, which is compiled first where that is still to be done."""
        level = self._level
        if name in level.given:
            kind = level.given[name]
        elif name in level.fields:
            if level._open:  # noqa: SLF001  # the two classes are one mechanism
                level.readers.setdefault(name, level._open[-1])  # noqa: SLF001  # as above
            kind = level.compiled(name)
        elif level.parent is None:
            raise KeyError(name)
        else:
            kind = level.parent.types[name]
        level.note_read(name)
        return kind

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a field of that name."""
        return name in set(self)

    def __iter__(self) -> Iterator[str]:
        """Return the names of all fields, those of this level first."""
        level = self._level
        yield from level.given
        yield from level.fields
        if level.parent is not None:
            yield from level.parent.types

    def __len__(self) -> int:
        """Return the number of fields."""
        return len(set(self))
