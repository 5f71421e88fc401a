"""Pieces: every string a recipe can say stands once in a table, and text is ragged rows of piece ids until the end.

`PieceTable` collects strings while a recipe compiles and is frozen into Arrow arrays, one for each way of writing a piece (plain,
inside a JSON string, inside a CSV cell). `Ragged` is a column of id rows. `concatenate`, `join` and `regroup` build rows out of
rows; `render` turns ids into text with one Arrow `take`, whose values buffer *is* the text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Ids: TypeAlias = NDArray[np.int32]
    Ints: TypeAlias = NDArray[np.int64]

Whole = TypeVar("Whole", np.int32, np.int64)

EMPTY = 0
"""The id of the empty piece, in every table."""
FOREIGN = 1 << 30
"""Ids from here on stand for texts of one batch that are in no table; a writer puts them behind its own pieces."""


@dataclass(frozen=True)
class Block:
    """A run of `count` pieces with successive ids, one for each entry of a vocabulary."""

    base: int
    count: int


_MOST_TRIED = 8
"""Places of a text that are looked at for a run of texts that stands there already."""


class PieceTable:
    """A growing list of pieces; literals are shared, blocks stay together."""

    def __init__(self) -> None:
        """Start with the empty piece alone."""
        self.texts: list[str] = [""]
        self._known: dict[str, int] = {"": EMPTY}
        self._first: dict[str, int] = {}
        self._again: dict[str, list[int]] = {}
        self._blocks: dict[tuple[str, ...], Block] = {}
        self._arrays: dict[str, tuple[int, pa.Array]] = {}
        self._lengths: Ints = np.zeros(0, np.int64)

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.texts)

    def add(self, text: str) -> int:
        """Return the id of `text`, adding it where it is new."""
        if text not in self._known:
            self._known[text] = len(self.texts)
            self.texts.append(text)
        return self._known[text]

    def block(self, texts: Iterable[str]) -> Block:
        """Return a block of the texts in their order, shared with an equal earlier one, or with a part of one."""
        entries = tuple(texts)
        found = self._blocks.get(entries)
        if found is None:
            found = self._blocks[entries] = self._part(entries) or self._laid(entries)
        return found

    def _laid(self, entries: tuple[str, ...]) -> Block:
        base = len(self.texts)
        for place, text in enumerate(entries, base):
            if self._first.setdefault(text, place) != place:
                self._again.setdefault(text, []).append(place)
        self.texts.extend(entries)
        return Block(base, len(entries))

    def _part(self, entries: tuple[str, ...]) -> Block | None:
        """Return where the entries stand as a run of neighbours already, None where they do not."""
        count = len(entries)
        if not entries or entries[0] not in self._first:
            return None
        for base in (self._first[entries[0]], *self._again.get(entries[0], ())[:_MOST_TRIED]):
            if tuple(self.texts[base : base + count]) == entries:
                return Block(base, count)
        return None

    def written(self, escape: Escape) -> pa.Array:
        """Return all pieces as an Arrow string array, each as `escape` writes it."""
        size, array = self._arrays.get(escape.name, (0, None))
        if size != len(self.texts):
            array = escape.all(self.texts)
            self._arrays[escape.name] = (len(self.texts), array)
        return array

    def lengths(self) -> Ints:
        """Return the length of every piece in code points, shape (n_pieces,)."""
        if len(self._lengths) != len(self.texts):
            self._lengths = np.array([len(text) for text in self.texts], np.int64)
        return self._lengths


class Escape:
    r"""A way of writing a piece: `Escape("json", {'"': '\\"'})` replaces single characters."""

    def __init__(self, name: str, replacements: dict[str, str]) -> None:
        """Take a name, unique among escapes, and a replacement for each character that needs one."""
        self.name = name
        self.replacements = replacements
        self._table = str.maketrans(replacements)
        self._any = "[" + "".join(rf"\x{ord(character):02x}" for character in replacements) + "]"

    def __call__(self, text: str) -> str:
        """Write one text."""
        return text.translate(self._table)

    def all(self, texts: list[str]) -> pa.Array:
        """Write many texts, of which few need it."""
        plain = pa.array(texts, pa.large_string())
        touched = pc.match_substring_regex(plain, self._any) if self.replacements else None
        if touched is None or not pc.any(touched).as_py():
            return plain
        return pa.array(
            [self(text) if hit else text for text, hit in zip(texts, touched.to_pylist(), strict=True)], plain.type
        )


PLAIN = Escape("plain", {})
JSON = Escape(
    "json",
    {chr(c): f"\\u{c:04x}" for c in range(32)}
    | {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"},
)
"""RFC 8259, section 7: only what must be escaped is."""
CSV = Escape("csv", {'"': '""'})
"""RFC 4180, section 2, rule 7."""


@dataclass(frozen=True)
class Ragged:
    """Rows of piece ids: row r is `ids[offsets[r]:offsets[r + 1]]`; `width` is set where all rows have one length."""

    ids: Ids
    offsets: Ints
    width: int | None = None

    @classmethod
    def fixed(cls, matrix: Ids) -> Ragged:
        """Wrap a matrix of shape (n_rows, width)."""
        rows, width = matrix.shape
        offsets = np.arange(0, rows * width + 1, width, dtype=np.int64) if width else np.zeros(rows + 1, np.int64)
        return cls(matrix.reshape(-1), offsets, width)

    @classmethod
    def single(cls, ids: NDArray[np.int32] | Ints) -> Ragged:
        """Make rows of one piece each."""
        return cls.fixed(ids.astype(np.int32, copy=False)[:, None])

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.offsets) - 1

    @property
    def matrix(self) -> Ids:
        """The ids as (n_rows, width); only for rows of one length."""
        return self.ids.reshape(len(self), self.width or 0)

    def lengths(self) -> Ints:
        """Return the number of pieces of each row."""
        return self._lengths

    @cached_property
    def _lengths(self) -> Ints:
        return self.offsets[1:] - self.offsets[:-1]

    def take(self, rows: Ints) -> Ragged:
        """Return the rows chosen, in that order."""
        if self.width is not None:
            return Ragged.fixed(self.matrix[rows])
        return Ragged(*gather(self.ids, self.offsets, rows))

    def mapped(self, piece_map: Ids | None) -> Ragged:
        """Replace each id by `piece_map[id]`; None leaves all as they are."""
        return self if piece_map is None else replace(self, ids=piece_map[self.ids])


Part: TypeAlias = "int | NDArray[np.int32] | Ragged"
"""What a row is built from: one piece for all rows, one piece a row, or rows of pieces."""


def starts(lengths: Ints) -> Ints:
    """Return offsets (n + 1) from lengths (n)."""
    offsets = np.empty(len(lengths) + 1, np.int64)
    offsets[0] = 0
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def gather_index(offsets: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Return the flat indices of the chosen ragged rows, and the offsets of the result."""
    first = offsets[rows]
    result = starts(offsets[rows + 1] - first)
    first -= result[:-1]
    index = first[rows_of(result)]
    index += np.arange(len(index))
    return index, result


def gather(ids: NDArray[Whole], offsets: Ints, rows: Ints) -> tuple[NDArray[Whole], Ints]:
    """Return the ids of the chosen ragged rows, and the offsets of the result."""
    taken, bounds = _copied(ids, offsets * ids.itemsize, rows)
    return taken, bounds >> (ids.itemsize.bit_length() - 1)


def _copied(ids: NDArray[Whole], bounds: Ints, rows: Ints) -> tuple[NDArray[Whole], Ints]:
    """Return the ids of the chosen rows, and the bounds of these; bounds count bytes.

    To Arrow each row is a binary value, which `take` copies whole: several times cheaper than an index for each id.
    """
    buffers = [None, pa.py_buffer(bounds), pa.py_buffer(np.ascontiguousarray(ids))]
    values = pa.Array.from_buffers(pa.large_binary(), len(bounds) - 1, buffers)
    _, found, taken = pc.take(values, pa.array(rows), boundscheck=False).buffers()
    result = np.frombuffer(found, np.int64)[: len(rows) + 1]
    if taken is None:
        return np.zeros(0, ids.dtype), result
    return np.frombuffer(taken, ids.dtype)[: result[-1] // ids.itemsize], result


def find(flags: NDArray[np.bool_], offsets: Ints) -> tuple[Ints, Ints]:
    """Return the flat places that are flagged, and how many of them stand before each row's start and the end (n_rows + 1)."""
    return np.flatnonzero(flags), counted(flags, offsets)


def counted(flags: NDArray[np.bool_], places: Ints) -> Ints:
    """Return how many of the flags stand before each of some places."""
    running = np.empty(len(flags) + 1, np.int32 if len(flags) < FOREIGN else np.int64)  # half the memory to go through
    running[0], running[1:] = 0, flags  # a running sum of booleans would keep other threads waiting
    np.cumsum(running, out=running)
    return running[places].astype(np.int64)


def rows_of(before: Ints) -> Ints:
    """Return the row of each place that `find` found, or of each item of rows with these offsets.

    `np.repeat` would do, but keeps all other threads waiting.
    """
    rows = np.zeros(int(before[-1]) + 1, np.int64)
    rows[before[:-1]] = np.arange(len(before) - 1)  # where several begin at one place, all but the last are empty
    return np.maximum.accumulate(rows[:-1])


def splice(rows: Ragged, at: Ints, before: Ints, pool: Ragged, which: Ints) -> tuple[Ragged, Callable[[Ints], Ints]]:
    """Put the row `which[k]` of a pool where the id at the flat place `at[k]` stands; `at` and `before` are those of `find`.

    Also returns a function from old flat places to new ones.
    """
    cut, size, width = (
        2 * len(at) + 1,
        len(rows.ids),
        rows.ids.itemsize,
    )  # cut into what stays (even) and what goes (odd)
    bounds = np.empty(cut + len(pool.offsets), np.int64)
    cuts = bounds[: cut + 1]
    cuts[0], cuts[1:-1:2], cuts[2::2], cuts[-1] = 0, at, at + 1, size
    np.add(pool.offsets[1:], size, out=bounds[cut + 1 :])
    bounds *= width
    chosen = np.empty(cut, np.int64)
    chosen[0::2], chosen[1::2] = np.arange(0, cut, 2), which + cut
    ids, _ = _copied(np.concatenate([rows.ids, pool.ids]), bounds, chosen)
    grown = starts(pool.lengths()[which] - 1)

    def moved(places: Ints) -> Ints:
        return places + grown[np.searchsorted(at, places)]

    return Ragged(ids, rows.offsets + grown[before]), moved


def concatenate(parts: Sequence[Part], rows: int) -> Ragged:
    """Lay parts side by side in every row."""
    return place(parts, rows)[0]


def place(parts: Sequence[Part], rows: int) -> tuple[Ragged, list[Ints]]:
    """Lay parts side by side; also return, for each part, where it starts in the flat ids of the result, shape (rows,)."""
    groups: list[Ragged] = []
    columns: list[list[int]] = []  # where in each row of a group its parts start
    fixed: list[Part] = []
    for part in [*parts, None]:
        if part is not None and not (isinstance(part, Ragged) and part.width is None):
            fixed.append(part)
            continue
        if fixed:
            group, starting = _place_fixed(fixed, rows)
            groups.append(group)
            columns.append(starting)
            fixed = []
        if isinstance(part, Ragged):
            groups.append(part)
            columns.append([0])
    if not groups:
        return Ragged.fixed(np.zeros((rows, 0), np.int32)), []
    joined, begins = _side_by_side(groups, rows)
    return joined, [begin + column for begin, starting in zip(begins, columns, strict=True) for column in starting]


def _place_fixed(parts: Sequence[Part], rows: int) -> tuple[Ragged, list[int]]:
    """Lay parts of fixed widths side by side; literals alone make a single row, whatever the number of rows."""
    widths = [part.width or 0 if isinstance(part, Ragged) else 1 for part in parts]
    columns = list(accumulate(widths, initial=0))
    matrix = np.empty((1 if all(isinstance(part, int) for part in parts) else rows, columns[-1]), np.int32)
    for part, begin, end in zip(parts, columns, columns[1:], strict=False):
        matrix[:, begin:end] = part.matrix if isinstance(part, Ragged) else np.reshape(part, (-1, 1))
    return Ragged.fixed(matrix), columns[:-1]


def _side_by_side(groups: list[Ragged], rows: int) -> tuple[Ragged, list[Ints]]:
    """Run the rows of several groups together, a single row with each; return where each group starts in the result."""
    if len(groups) == 1 and len(groups[0]) == rows:
        return groups[0], [groups[0].offsets[:-1]]
    firsts = accumulate((len(group) for group in groups), initial=0)
    chosen = np.empty((rows, len(groups)), np.int64)
    for column, (group, first) in enumerate(zip(groups, firsts, strict=False)):
        chosen[:, column] = first if len(group) != rows else np.arange(first, first + rows)
    pool = stack(groups)
    ids, bounds = gather(pool.ids, pool.offsets, chosen.reshape(-1))
    return Ragged(ids, bounds[:: len(groups)]), [bounds[:-1][column :: len(groups)] for column in range(len(groups))]


def stack(several: Sequence[Ragged]) -> Ragged:
    """Put rows below each other."""
    return Ragged(
        np.concatenate([each.ids for each in several]), starts(np.concatenate([each.lengths() for each in several]))
    )


def regroup(children: Ragged, offsets: Ints) -> Ragged:
    """Run the rows of each parent together: parent p owns the child rows `offsets[p]:offsets[p + 1]`."""
    return Ragged(children.ids, children.offsets[offsets])


def separators(offsets: Ints, between: int, last: int | None = None) -> Ids:
    """Return the piece before each child: none before the first, `last` before the last of several, else `between`."""
    before = np.full(int(offsets[-1]), between, np.int32)
    counts = np.diff(offsets)
    if last is not None:
        before[offsets[1:][counts > 1] - 1] = last
    before[offsets[:-1][counts > 0]] = EMPTY
    return before


def join(children: Ragged, offsets: Ints, between: int, last: int | None = None) -> Ragged:
    """Run the rows of each parent together with separators, as in `a, b and c`."""
    return regroup(concatenate([separators(offsets, between, last), children], len(children)), offsets)


def render(table: pa.Array, rows: Ragged) -> pa.Array:
    """Turn rows of ids into an Arrow large_string array: one `take`, whose values buffer is the text."""
    buffer, bounds = flatten(table, rows)
    offsets = pa.py_buffer(np.ascontiguousarray(bounds[rows.offsets]))
    return pa.Array.from_buffers(pa.large_string(), len(rows), [None, offsets, buffer])


def flatten(table: pa.Array, rows: Ragged) -> tuple[pa.Buffer, Ints]:
    """Return the bytes of all rows end to end, and the byte bounds (n_pieces + 1,) of every piece."""
    taken = table.take(pa.array(rows.ids))
    _, bounds, values = taken.buffers()
    return values if values is not None else pa.py_buffer(b""), np.frombuffer(bounds, np.int64)[: len(rows.ids) + 1]
