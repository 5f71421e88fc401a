"""Seals: a number for each edit of an answer key that all the rest of it makes, so that a key that was changed is found out.

It is of 32 bits, and made of the edit's words, texts and places, of its place among the edits of its record, and of how many these
are: an edit that is altered, left out or put elsewhere does not fit. It is a check of files, not a signature.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from treadle import draw
from treadle.corrupt.choosing import numbers_within
from treadle.corrupt.lists import hashes
from treadle.corrupt.texts import lengths_of
from treadle.pieces import starts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from treadle.draw import States
    from treadle.pieces import Ints

SEAL = "seal"
"""The column of an edit that holds its seal."""
WORDS, TEXTS = ("field", "operator"), ("before", "after")
NUMBERS = ("pass", "start", "end", "place", "final_start", "final_end")
NULL = -1
"""Stands for a number that is null."""
_UPPER = np.uint64(32)


def seals(row: Ints, words: Mapping[str, States], numbers: Mapping[str, Ints], texts: Mapping[str, pa.Array]) -> Ints:
    """Return the seal of each edit, (n,).

    `row` says which record each is of, ascending; `words` holds the hashes of `WORDS`, `numbers` `NUMBERS`, and `texts` `TEXTS` as
    large_string arrays.
    """
    count = np.bincount(row)[row] if len(row) else row
    state = draw.finalize(numbers_within(row).astype(np.uint64) ^ (count.astype(np.uint64) << _UPPER))
    for name in WORDS:
        state = draw.finalize(state ^ words[name])
    for name in NUMBERS:
        state = draw.finalize(state ^ numbers[name].astype(np.int64).view(np.uint64))
    for name in TEXTS:
        state = draw.finalize(state ^ hashes_of(texts[name]))
    return (state >> _UPPER).astype(np.int64)


def hashes_of(texts: pa.Array) -> States:
    """Return a hash of each text of a large_string array."""
    bounds = starts(lengths_of(texts))
    held = texts.buffers()[2]
    if held is None or not len(texts):
        return hashes(np.zeros(0, np.uint8), bounds[:-1], bounds[1:])
    origin = int(np.frombuffer(texts.buffers()[1], np.int64)[texts.offset])
    data = np.frombuffer(held, np.uint8)[origin : origin + int(bounds[-1])]
    return hashes(data, bounds[:-1], bounds[1:])


def broken(held: Sequence[Sequence[Any]]) -> int | None:  # JSON values
    """Return the first of some records whose edits are not as they were sealed; None where all are.

    `held` are the edits of each record as they stand in a file. Records none of whose edits has a seal are passed over.
    """
    sealed = [own if any(isinstance(each, dict) and SEAL in each for each in own) else [] for own in held]
    wrong = next((place for place, own in enumerate(sealed) if not all(map(_is_whole, own))), len(held))
    edits = list(chain.from_iterable(sealed[:wrong]))
    if edits:
        row = np.repeat(np.arange(wrong), [len(own) for own in sealed[:wrong]])
        numbers = {name: np.array([_number(each[name]) for each in edits], np.int64) for name in NUMBERS}
        words, texts = (
            {name: pa.array([each[name] for each in edits], pa.large_string()) for name in names}
            for names in (WORDS, TEXTS)
        )
        own = seals(row, {name: hashes_of(each) for name, each in words.items()}, numbers, texts)
        differs = np.flatnonzero(own != np.array([each[SEAL] for each in edits], np.int64))
        wrong = min(wrong, int(row[differs[0]])) if differs.size else wrong
    return wrong if wrong < len(held) else None


def _number(value: int | None) -> int:
    return NULL if value is None else value


def _is_whole(edit: Any) -> bool:  # noqa: ANN401  # a JSON value
    """Tell whether an edit has all that a seal is made of, as values that it can be made of."""
    return (
        isinstance(edit, dict)
        and all(isinstance(edit.get(name), str) for name in (*WORDS, *TEXTS))
        and all(_is_number(edit.get(name)) for name in NUMBERS)
        and edit.get(SEAL) is not None
        and _is_number(edit[SEAL])
        and all(edit[name].isascii() or _encodes(edit[name]) for name in (*WORDS, *TEXTS))
    )


def _is_number(value: Any) -> bool:  # noqa: ANN401  # a JSON value
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 62)


def _encodes(text: str) -> bool:
    """Tell whether a text is Unicode: halves of surrogates, which JSON can hold, are not."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
