"""Modifiers of slots: what `|lower`, `|plural`, `|as(short)` and the like do to the pieces that a slot writes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from treadle import english
from treadle.errors import RecipeError, unknown
from treadle.pieces import JSON

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.notation import Modifier
    from treadle.vocabularies import Vocabulary

_CASES: dict[str, Callable[[str], str]] = {"lower": english.lower, "upper": english.upper, "title": english.title}
_PIECEWISE: dict[str, Callable[[str], str]] = {**_CASES, "plural": english.plural, "json": JSON}
MODIFIERS = {*_PIECEWISE, "a", "as", "cap", "join", "date", "without"}


def chain(modifiers: tuple[Modifier, ...], listed: Vocabulary | None) -> list[Callable[[str], str]]:
    """Return what modifiers do to a piece: an entry takes its other form first, wherever |as stands."""
    forms = [_form(modifier, listed) for modifier in modifiers if modifier.name == "as" and listed is not None]
    if len(forms) > 1:
        raise RecipeError("|as takes the name of one form, and one |as is all that a slot takes")
    changes = [_change(modifier) for modifier in modifiers if modifier.name in _PIECEWISE or modifier.name == "without"]
    return [*(partial(_as_form, written) for written in forms), *changes]


def _change(modifier: Modifier) -> Callable[[str], str]:
    """Return what a modifier does to a piece by its characters alone."""
    if modifier.name != "without":
        return _PIECEWISE[modifier.name]
    if len(modifier.arguments) != 1:
        raise RecipeError('modifier |without takes the characters to leave out, as in |without("aeiou")')
    left_out = dict.fromkeys(map(ord, modifier.arguments[0]))
    return lambda text: text.translate(left_out)


def _form(modifier: Modifier, listed: Vocabulary) -> dict[str, str]:
    """Return how each entry is written in the form that a modifier names."""
    forms, name = dict(listed.forms), ", ".join(modifier.arguments)
    if name not in forms:
        raise RecipeError(unknown("form of the vocabulary", name, forms))
    return dict(zip(listed.texts(), forms[name], strict=True))


def _as_form(written: dict[str, str], text: str) -> str:
    return written.get(text, text)


def rewritten(case: tuple[Modifier, ...], literal: str) -> str:
    """Return a literal in the case that stands behind its rule's slot."""
    for modifier in case:
        if modifier.name in _CASES or modifier.name == "without":
            literal = _change(modifier)(literal)
    return literal
