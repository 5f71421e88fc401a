"""Reads the examples of a JSON document one by one, so that a large one need not fit in memory."""

from __future__ import annotations

import json
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = "examples"
"""The key of the list of records in a document that is an object."""
BLOCK = 1 << 20
LONGEST = 64 << 20
"""Characters of one value at most."""
_SPACE = " \t\r\n"


def refuse(name: str) -> NoReturn:
    """Refuse what is no JSON, though Python reads it: NaN and the infinities."""
    raise ValueError(f"{name} is no JSON")


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # JSON values
    """Return an object; raises `ValueError` where it has a key twice, since a value would be lost."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} is there twice")
    return made


class DocumentError(Exception):
    """A document is damaged, or holds no list of examples; `line` says where."""

    def __init__(self, message: str, line: int) -> None:
        """Take what is wrong, and the line."""
        super().__init__(message)
        self.line = line


def examples(file: BinaryIO) -> Iterator[Any]:  # JSON values
    """Yield the items of a document that is a list, or of the list `examples` of an object; raises `DocumentError`."""
    text = _Text(file)
    if text.take("["):
        yield from _items(text)
    elif text.take("{"):
        yield from _of_object(text)
    else:
        text.fail("neither a list nor an object")
    if not text.at_end():
        text.fail("something behind the end of the document")


def _of_object(text: _Text) -> Iterator[Any]:  # JSON values
    found = False
    while not text.take("}"):
        key = text.value()
        text.expect(":")
        if key == EXAMPLES and text.take("["):
            found = True
            yield from _items(text)
        else:
            text.value()
        if not text.take(","):
            text.expect("}")
            break
    if not found:
        text.fail(f"no list {EXAMPLES!r}")


def _items(text: _Text) -> Iterator[Any]:  # JSON values
    if text.take("]"):
        return
    while True:
        yield text.value()
        if not text.take(","):
            text.expect("]")
            return


class _Text:
    """The text of a file, of which only what is not yet read stands in memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._decoder = file, getincrementaldecoder("utf-8-sig")()
        self._held, self._place, self._line, self._ended = "", 0, 1, False
        self._before = 0
        self._json = json.JSONDecoder(parse_constant=refuse, object_pairs_hook=once)

    def value(self) -> Any:  # noqa: ANN401  # JSON values
        """Read one value."""
        self._skip()
        size = BLOCK
        while True:
            try:
                value, end = self._json.raw_decode(self._held, self._place)
                if end < len(self._held) or self._ended:
                    self._advance(end)
                    return value
            except json.JSONDecodeError as error:
                if self._ended or len(self._held) - self._place > LONGEST:
                    self._line += self._held.count("\n", self._place, error.pos)
                    self.fail(f"{error.msg}, column {self._column(error.pos)}")
            except ValueError as error:
                self.fail(str(error))
            except RecursionError:
                self.fail("too many brackets within each other")
            self._more(size)
            size *= 2

    def take(self, mark: str) -> bool:
        """Pass over a mark if it comes next."""
        self._skip()
        if self._held[self._place : self._place + 1] != mark:
            return False
        self._advance(self._place + 1)
        return True

    def expect(self, mark: str) -> None:
        """Pass over a mark; raises `DocumentError` where another comes."""
        if not self.take(mark):
            self.fail(f"{self._held[self._place : self._place + 20] or 'the end of the file'!r} in place of {mark}")

    def at_end(self) -> bool:
        """Tell whether nothing but space is left."""
        self._skip()
        return self._place == len(self._held)

    def fail(self, message: str) -> None:
        """Raise `DocumentError` here."""
        raise DocumentError(message, self._line)

    def _skip(self) -> None:
        """Pass over space, so that something else comes next, or nothing."""
        while True:
            begin = self._place
            while self._place < len(self._held) and self._held[self._place] in _SPACE:
                self._place += 1
            self._line += self._held.count("\n", begin, self._place)
            if self._place < len(self._held) or self._ended:
                return
            self._more(BLOCK)

    def _advance(self, end: int) -> None:
        self._line += self._held.count("\n", self._place, end)
        self._place = end

    def _column(self, place: int) -> int:
        """Return the column, from 1 on, of a place in what is held."""
        last = self._held.rfind("\n", 0, place)
        return place - last if last >= 0 else self._before + place + 1

    def _more(self, size: int) -> None:
        block = self._file.read(size)
        self._ended = not block
        try:
            text = self._decoder.decode(block, final=self._ended)
        except UnicodeDecodeError:
            raise DocumentError("bytes that are not UTF-8", self._line) from None
        self._before = self._column(self._place) - 1
        self._held, self._place = self._held[self._place :] + text, 0
