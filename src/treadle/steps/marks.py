"""Forms for the marks of a text: the article and the capital of each piece that can follow one that asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from treadle import english
from treadle.pieces import Block
from treadle.weave import DrawnSlot, FactSlot, Marker, PieceForms

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from treadle.grammar import Grammar
    from treadle.pieces import Ids, Ints, PieceTable


def forms_of(table: PieceTable, grammar: Grammar, facts: Collection[Block]) -> tuple[PieceForms, set[Block]]:
    """Return the forms of a text, whose facts show the pieces `facts`, and the pieces that these forms are."""
    of = {which: table.add(f"{which} ") for which in ("a", "an")}
    reachable = pieces_of(_following(grammar, facts), len(table))
    texts = [table.texts[i] for i in reachable.tolist()]
    capitals = np.array([table.add(english.capitalise(text)) for text in texts], np.int32)
    articles = np.array([of[english.article(text)] for text in texts], np.int32)
    raised = np.array([table.add(english.capitalise(table.texts[i])) for i in of.values()], np.int32)
    maps = PieceForms(np.full(len(table), of["a"], np.int32), np.arange(len(table), dtype=np.int32))
    maps.capitals[reachable], maps.capitals[[*of.values()]] = capitals, raised
    maps.articles[capitals] = articles
    maps.articles[reachable] = articles
    return maps, runs_of(np.concatenate([capitals, articles, raised]))


def _following(grammar: Grammar, facts: Collection[Block]) -> list[Block]:
    """Return the pieces that can follow a mark; where a fact can, those of all facts."""
    slots = grammar.slots
    marks = np.array([isinstance(slot, Marker) and slot.kind in {"a", "cap"} for slot in slots], np.bool_)
    gaps = np.array([not isinstance(slot, DrawnSlot) for slot in slots], np.bool_)
    symbols = grammar.followers(marks, gaps).tolist()
    shown = [slots[-1 - symbol] for symbol in symbols if symbol < 0]
    drawn = [slot.shown for slot in shown if isinstance(slot, DrawnSlot)]
    told = facts if any(isinstance(slot, FactSlot) for slot in shown) else ()
    return [*told, *drawn, *(Block(symbol, 1) for symbol in symbols if symbol >= 0)]


def pieces_of(blocks: Iterable[Block], size: int) -> Ints:
    """Return the pieces of some blocks, each once and in order, of a table of `size`."""
    held = np.zeros(size, np.bool_)
    for block in blocks:
        held[block.base : block.base + block.count] = True
    return np.flatnonzero(held)


def runs_of(pieces: Ids) -> set[Block]:
    """Return blocks that hold these pieces and no others, as few as there can be."""
    ordered = np.flatnonzero(np.bincount(pieces))
    begins = np.flatnonzero(np.diff(ordered, prepend=-2) > 1)
    counts = np.diff(begins, append=len(ordered))
    return {Block(int(base), int(count)) for base, count in zip(ordered[begins], counts, strict=True)}
