"""Steps of list fields: samples without replacement, picks and merges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from treadle import draw
from treadle.columns import Category, FieldType, Lists, numbers_of
from treadle.errors import RecipeError
from treadle.pieces import starts

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle import declarations
    from treadle.batch import Scope
    from treadle.columns import Column
    from treadle.compiling import Compiling, Run
    from treadle.pieces import Ints
    from treadle.vocabularies import Vocabulary

_COUNT_SLOT = 1 << 40
_WIDEST = 512
_NO_CODE = np.iinfo(np.int64).max
_CELLS = 1 << 18
_MOST_RACING = 4096
"""Entries of a weighted sample: each is drawn a number, chosen or not."""


def counts(
    context: Compiling, name: str, count: int | tuple[int, int] | str
) -> tuple[Callable[[Scope], Ints], int | None]:
    """Compile a count; return a function to counts (n,), and the largest count where it is known."""
    if isinstance(count, str):
        kind = context.types.get(count)
        if kind is None or kind.places or (kind.kind != "number" and kind.numbers is None):
            raise RecipeError(f"count={count!r}: expected a number, a range or the name of an integer field")
        return lambda scope: _none_if_absent(scope.column(count)), None
    low, high = (count, count) if isinstance(count, int) else count
    if not 0 <= low <= high:
        raise RecipeError(f"count={count!r}: expected a number of 0 or more, or a range from low to high")
    key = context.key(name)
    if low == high:
        return lambda scope: np.full(len(scope), low, np.int64), high
    return lambda scope: low + draw.below(scope.states(key), _COUNT_SLOT, high - low + 1), high


def _none_if_absent(column: Column) -> Ints:
    numbers = np.maximum(numbers_of(column), 0)
    return numbers if column.valid is None else np.where(column.valid, numbers, 0)


def sample(context: Compiling, name: str, field: declarations.Sample) -> tuple[FieldType, Run]:
    """Compile a sample from a vocabulary or from a list field."""
    how_many, most = counts(context, name, field.count)
    if field.of:
        return _sample_of_list(context, name, field, how_many)
    listed = context.vocabulary(field.values)
    if listed.repeated() is not None:
        raise RecipeError(f"a sample holds different entries, and {listed.repeated()!r} is there more than once")
    able = sum(map(bool, listed.weights)) if listed.weights else len(listed)
    if most is not None and most > able:
        raise RecipeError(f"count={field.count}: asked for more different entries than the {able} there are")
    kind = list_type(context, listed)
    if field.by:
        return kind, _grouped_sample(context, name, field, kind, how_many)
    without, key = field.without, context.key(name)
    if listed.weights is not None:
        return kind, _weighted_sample(context, name, field, kind, how_many)
    if without:
        _same_vocabulary(context, kind, without)

    def run(scope: Scope) -> Lists:
        skipped = _skipped(scope.get(without, Lists)) if without else np.empty((len(scope), 0), np.int64)
        room = len(listed) - (skipped < _NO_CODE).sum(axis=1)
        wanted = np.minimum(how_many(scope), room)
        drawn = _past(_drawn(scope.states(key), room, wanted), skipped)
        return _ragged(kind, drawn, wanted)

    return kind, run


def _weighted_sample(
    context: Compiling, name: str, field: declarations.Sample, kind: FieldType, how_many: Callable[[Scope], Ints]
) -> Run:
    """Sample by weight; entries without weight are never drawn."""
    if field.without:
        raise RecipeError("weights and `without` cannot be used together")
    weights, key = _racing([kind.values]), context.key(name)

    def run(scope: Scope) -> Lists:
        wanted = np.minimum(how_many(scope), np.count_nonzero(weights))
        return _ragged(kind, _raced(scope.states(key), weights, np.zeros(len(scope), np.int64), wanted), wanted)

    return run


def _grouped_sample(
    context: Compiling, name: str, field: declarations.Sample, kind: FieldType, how_many: Callable[[Scope], Ints]
) -> Run:
    """Sample from the list that another field's value chooses."""
    if field.without:
        raise RecipeError("`by` and `without` cannot be used together")
    values = context.category(field.by, name).values.texts()
    groups = dict(field.groups)
    stray = [*(value for value in values if value not in groups), *(value for value in groups if value not in values)]
    if stray:
        raise RecipeError(
            f"by={field.by!r}: expected one list for each of its values and no other, see {', '.join(map(repr, stray[:5]))}"
        )
    for group in groups.values():
        if group.repeated() is not None:
            raise RecipeError(f"a sample holds different entries, and {group.repeated()!r} is there more than once")
    place = {entry: code for code, entry in enumerate(kind.values.entries)}
    codes = np.array([place[entry] for value in values for entry in groups[value].entries], np.int64)
    size = np.array([len(groups[value]) for value in values], np.int64)
    first, key = starts(size), context.key(name)
    weighted = any(group.weights is not None for group in groups.values())
    weights = _racing([groups[value] for value in values]) if weighted else None
    if weights is not None:
        size = np.count_nonzero(weights, axis=1)

    def run(scope: Scope) -> Lists:
        chooser = scope.get(field.by, Category)
        group = chooser.codes
        wanted = np.minimum(how_many(scope), size[group])
        if chooser.valid is not None:
            wanted = np.where(chooser.valid, wanted, 0)
        states = scope.states(key)
        places = _raced(states, weights, group, wanted) if weights is not None else _drawn(states, size[group], wanted)
        drawn = _ragged(kind, places, wanted)
        return Lists(kind, codes[first[group][drawn.row] + drawn.codes], drawn.offsets, chooser.valid)

    return run


def _racing(groups: list[Vocabulary]) -> Ints:
    """Return the weights of every group's entries, shape (n_groups, largest), 0 beyond its end."""
    widest = max(map(len, groups))
    if widest > _MOST_RACING:
        raise RecipeError(f"a weighted sample is drawn from at most {_MOST_RACING} entries, got {widest}")
    weights = np.zeros((len(groups), widest), np.int64)
    for row, group in zip(weights, groups, strict=True):
        row[: len(group)] = group.weights or 1
    return weights


def _raced(states: np.ndarray, weights: Ints, group: Ints, wanted: Ints) -> Ints:
    """Return the first places of each race, a few rows at a time: every entry is drawn a number, chosen or not."""
    width, step = _width(wanted), max(1, _CELLS // weights.shape[1])
    first = np.empty((len(states), width), np.int64)
    for begin in range(0, len(states), step):
        rows = slice(begin, begin + step)
        first[rows] = draw.race(states[rows], weights[group[rows]])[:, :width]
    return first


def _drawn(states: np.ndarray, room: Ints, wanted: Ints) -> Ints:
    return draw.sample(states, room, _width(wanted))


def _width(wanted: Ints) -> int:
    width = int(wanted.max()) if wanted.size else 0
    if width > _WIDEST:
        raise RecipeError(f"count={width}: a sample holds at most {_WIDEST} entries")
    return width


def _ragged(kind: FieldType, matrix: Ints, wanted: Ints) -> Lists:
    kept = np.arange(matrix.shape[1]) < wanted[:, None]
    return Lists(kind, matrix[kept], starts(wanted))


def _skipped(left_out: Lists) -> Ints:
    """Return the different entries that each row leaves out, lowest first, and behind them `_NO_CODE`."""
    lengths = left_out.lengths
    width = int(lengths.max()) if lengths.size else 0
    skipped = np.full((len(lengths), width), _NO_CODE)
    skipped[np.arange(width) < lengths[:, None]] = left_out.codes
    skipped.sort(axis=1)
    again = (skipped[:, 1:] == skipped[:, :-1]) & (skipped[:, 1:] < _NO_CODE)
    if again.any():
        skipped[:, 1:][again] = _NO_CODE
        skipped.sort(axis=1)
    return skipped


def _past(drawn: Ints, skipped: Ints) -> Ints:
    """Turn ranks among the entries not left out into codes: step over each entry left out, lowest first."""
    codes = drawn.copy()
    for column in range(skipped.shape[1]):
        codes += codes >= skipped[:, column, None]
    return codes


def list_type(context: Compiling, listed: Vocabulary) -> FieldType:
    """Return the type of a list over a vocabulary."""
    block = context.table.block(listed.texts())
    return FieldType("list", listed, block, blocks=(block,))


def _same_vocabulary(context: Compiling, kind: FieldType, other: str) -> None:
    found = context.listed(other)
    if found.vocabulary is None or kind.vocabulary is None or found.vocabulary.entries != kind.vocabulary.entries:
        raise RecipeError(f"{other!r} is a list over another vocabulary: both need the same one")


def _sample_of_list(
    context: Compiling, name: str, field: declarations.Sample, how_many: Callable[[Scope], Ints]
) -> tuple[FieldType, Run]:
    kind, of, key = context.listed(field.of), field.of, context.key(name)
    if field.without:
        raise RecipeError("`of` and `without` cannot be used together")

    def run(scope: Scope) -> Lists:
        source = scope.get(of, Lists)
        room = source.lengths
        wanted = np.minimum(how_many(scope), room)
        drawn = _drawn(scope.states(key), room, wanted)
        places = _ragged(kind, drawn, wanted)
        return Lists(kind, source.codes[source.offsets[places.row] + places.codes], places.offsets)

    return kind, run


def pick(context: Compiling, name: str, field: declarations.Pick) -> tuple[FieldType, Run]:
    """Compile one item of a list."""
    listed, of, key = context.listed(field.of), field.of, context.key(name)
    numbers = listed.values.integers
    kind = FieldType(
        "category",
        listed.vocabulary,
        listed.block,
        numbers,
        ordered=numbers is not None,
        nullable=True,
        blocks=listed.blocks,
    )

    def run(scope: Scope) -> Category:
        source, rows = scope.origin_of(of, Lists)
        lengths = source.lengths[rows]
        valid = lengths > 0
        chosen = source.offsets[rows] + draw.below(scope.states(key), 0, np.maximum(lengths, 1))
        codes = np.append(source.codes, 0)[np.where(valid, chosen, -1)]
        return Category(kind, codes, None if valid.all() else valid)

    return kind, run


def merge(context: Compiling, name: str, field: declarations.Merge) -> tuple[FieldType, Run]:
    """Compile two lists run together; a shuffle is a sample of all the items of a row."""
    kind, key = context.listed(field.first), context.key(name)
    _same_vocabulary(context, kind, field.second)

    def run(scope: Scope) -> Lists:
        first, second = scope.get(field.first, Lists), scope.get(field.second, Lists)
        total = first.lengths + second.lengths
        offsets = starts(total)
        codes = np.empty(offsets[-1], np.int64)
        codes[_spread(first, offsets[:-1])] = first.codes
        codes[_spread(second, offsets[:-1] + first.lengths)] = second.codes
        if field.shuffle:
            order = _ragged(kind, _drawn(scope.states(key), total, total), total)
            codes = codes[offsets[order.row] + order.codes]
        return Lists(kind, codes, offsets)

    return kind, run


def _spread(lists: Lists, at: Ints) -> Ints:
    """Return where each item goes when the items of every row stand from `at` on."""
    return (at - lists.offsets[:-1])[lists.row] + np.arange(len(lists.codes))
