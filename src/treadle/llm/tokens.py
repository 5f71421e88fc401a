"""Tokens: counted offline as OpenAI's models count them, or guessed where the counter is not installed."""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_BYTES = 4
"""Bytes of a token of English, about."""


@cache
def _counter(model: str) -> Callable[[str], int] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of how the library finds its own tables
        try:
            import bpe_openai  # noqa: PLC0415  # of the extra `models`, and its tables take a moment to load
        except ImportError:
            return None
        try:
            encoding = bpe_openai.get_encoding(bpe_openai.encoding_name_for_model(model))
        except (KeyError, ValueError, bpe_openai.UnsupportedModelError):
            encoding = bpe_openai.get_encoding("o200k_base")
        encoding.encode("")  # loads the tables
    return lambda text: len(encoding.encode(text))


def count_tokens(text: str, model: str) -> int:
    """Return the number of tokens of a text, to a model of OpenAI exactly, to others about."""
    counter = _counter(model)
    return counter(text) if counter is not None else -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES)
