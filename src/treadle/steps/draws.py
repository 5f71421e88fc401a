"""Steps of fields that are drawn by themselves: choices, quotas, numbers, dates, clocks, tokens."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from datetime import date as day_of
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from treadle import draw, quotas
from treadle.columns import Category, FieldType, Moment, Number, Written
from treadle.errors import RecipeError, unknown
from treadle.held import both_valid
from treadle.pieces import Ragged
from treadle.printing import MomentFormat
from treadle.vocabularies import Vocabulary, integer_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle import declarations
    from treadle.batch import Scope
    from treadle.compiling import Compiling, Run
    from treadle.pieces import Ints

    _Tables = tuple[Ints, Ints, Ints, np.ndarray, Ints]
    _Parts = list[tuple[list[int], tuple[int, ...]]]

LARGEST = (1 << 63) - 1
_MOST_DAYS = 100_000
_UNITS = {"us": 1, "ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_EPOCH_DAY = day_of(1970, 1, 1).toordinal()
_LAST_MOMENT = (day_of.max.toordinal() - _EPOCH_DAY + 1) * _UNITS["d"] - 1


def category_type(context: Compiling, listed: Vocabulary) -> FieldType:
    """Return the type of a choice from a vocabulary."""
    block = context.table.block(listed.texts())
    numbers = listed.integers
    return FieldType("category", listed, block, numbers, ordered=numbers is not None, blocks=(block,))


def boolean_type(context: Compiling) -> FieldType:
    """Return the type of a yes-or-no field."""
    block = context.table.block(["false", "true"])
    return FieldType("category", Vocabulary(("false", "true")), block, (0, 1), boolean=True, blocks=(block,))


def choice(context: Compiling, name: str, field: declarations.Choice) -> tuple[FieldType, Run]:
    """Compile a choice: plain, by group, within splits or unique."""
    listed = context.vocabulary(field.values)
    kind, key = category_type(context, listed), context.key(name)
    if field.unique:
        return kind, _unique_choice(context, name, kind, listed)
    if field.within:
        return kind, _split_choice(context, name, field, kind)
    if field.by:
        return kind, _grouped_choice(context, name, field, kind, listed)
    threshold, other = draw.alias_table(listed.weights or (1,) * len(listed))
    return kind, lambda scope: Category(kind, draw.weighted(scope.states(key), 0, threshold, other))


def _unique_choice(context: Compiling, name: str, kind: FieldType, listed: Vocabulary) -> Run:
    if listed.weights is not None:
        context.problem(name, "unique entries have no weights: leave `weights` out")
    if listed.repeated() is not None:
        context.problem(name, f"unique entries are different ones, and {listed.repeated()!r} is there more than once")
    _only_records(context, name)
    context.capacity(name, len(listed) * context.recipe.members)
    key = context.key(name)
    return lambda scope: Category(kind, draw.permute(key, scope.sets.astype(np.int64), len(listed)))


def _only_records(context: Compiling, name: str) -> None:
    if context.parent is not None:
        context.problem(
            name, "unique values are kept over records, not over children: use `sample` and `each(over=...)`"
        )


def _tables(groups: list[tuple[list[int], tuple[int, ...]]]) -> _Tables:
    """Lay several alias tables end to end: codes, first and count of each group, thresholds and others."""
    built = [draw.alias_table(weights) for _, weights in groups]
    count = np.array([len(codes) for codes, _ in groups], np.int64)
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    codes = np.array([code for codes, _ in groups for code in codes], np.int64)
    return codes, first, count, np.concatenate([t for t, _ in built]), np.concatenate([o for _, o in built])


def _from_tables(states: np.ndarray, group: Ints, tables: _Tables) -> Ints:
    codes, first, count, threshold, other = tables
    random = draw.bits(states, 0)
    column = draw.scale(random & draw.U64(0xFFFFFFFF00000000), count[group])
    at = first[group] + column
    keep = (random & draw.U64(0xFFFFFFFF)) < threshold[at]
    return codes[first[group] + np.where(keep, column, other[at])]


def _chosen_by(names: Sequence[str], kind: FieldType, key: int, sizes: Sequence[int], tables: _Tables) -> Run:
    """Draw from the table that other fields' values choose, the last name turning fastest; absent where one of them is."""

    def run(scope: Scope) -> Category:
        group = np.zeros(len(scope), np.int64)
        choosers = [scope.get(name, Category) for name in names]
        for chooser, size in zip(choosers, sizes, strict=True):
            group = group * size + chooser.codes
        return Category(kind, _from_tables(scope.states(key), group, tables), both_valid(choosers))

    return run


def _grouped_choice(
    context: Compiling, name: str, field: declarations.Choice, kind: FieldType, listed: Vocabulary
) -> Run:
    groups = _groups(context, name, field, listed)
    if not groups:
        return lambda scope: Category(kind, np.zeros(len(scope), np.int64))
    return _chosen_by([field.by], kind, context.key(name), [len(groups)], _tables(groups))


def _groups(
    context: Compiling, name: str, field: declarations.Choice, listed: Vocabulary
) -> list[tuple[list[int], tuple[int, ...]]]:
    """Return codes and weights of the list for each value of the field in `by`; nothing, and a problem, where one has none."""
    values = context.category(field.by, name).values.texts()
    groups = dict(field.groups)
    for value in groups:
        if value not in values:
            context.problem(name, unknown(f"value of {field.by}", value, values))
    missing = [value for value in values if value not in groups]
    if missing:
        context.problem(
            name, f"by={field.by!r} has no entries for {', '.join(map(repr, missing[:5]))}: give each value a list"
        )
        return []
    place = {entry: code for code, entry in enumerate(listed.entries)}
    return [
        ([place[entry] for entry in groups[value].entries], groups[value].weights or (1,) * len(groups[value]))
        for value in values
    ]


def _split_choice(context: Compiling, name: str, field: declarations.Choice, kind: FieldType) -> Run:
    """Deal the entries of each list out among the splits by keyed hash, in proportion to the splits' shares.

    An entry of several lists goes to the same split in each: the shortest list is dealt out first, and those behind it fill up.
    """
    listed, splits = kind.values, context.category(field.within, name).values
    shares = splits.weights or (1,) * len(splits)
    groups = _groups(context, name, field, listed) if field.by else [_everything(listed)]
    hashes = [draw.path_key(0, context.recipe.name, name, text) for text in listed.texts()]
    parts: list[_Parts] = [[] for _ in groups]
    split_of: dict[int, int] = {}
    for number in sorted(range(len(groups)), key=lambda each: len(groups[each][0])):
        parts[number] = _dealt(*groups[number], shares, hashes, split_of)
    if not groups or not all(parts):
        for codes, weights in [group for group, dealt in zip(groups, parts, strict=True) if not dealt][:1]:
            got = len({code for code, weight in zip(codes, weights, strict=True) if weight})
            more = " that are not all in one split for another list" if got >= len(shares) else ""
            context.problem(
                name, f"within={field.within!r} needs at least {len(shares)} entries, one a split, got {got}{more}"
            )
        return lambda scope: Category(kind, np.zeros(len(scope), np.int64))
    names, sizes = ([field.by], [len(groups)]) if field.by else ([], [])
    tables = _tables([table for each in parts for table in each])
    return _chosen_by([*names, field.within], kind, context.key(name), [*sizes, len(shares)], tables)


def _everything(listed: Vocabulary) -> tuple[list[int], tuple[int, ...]]:
    """Return codes and weights of a whole list; an entry that is there twice has one code."""
    texts = listed.texts()
    first = {text: code for code, text in reversed(list(enumerate(texts)))}
    return [first[text] for text in texts], listed.weights or (1,) * len(texts)


def _dealt(
    codes: list[int], weights: tuple[int, ...], shares: Sequence[int], hashes: list[int], split_of: dict[int, int]
) -> _Parts:
    """Deal one list out: at least one entry to each split; nothing where there are too few.

    `split_of` holds where entries are already, and is added to.
    """
    weight: Counter[int] = Counter()
    for code, each in zip(codes, weights, strict=True):
        weight[code] += each
    order = sorted((code for code in weight if weight[code]), key=hashes.__getitem__)
    free, total = len(order) - len(shares), sum(shares)
    ends = [free * share // total + place for place, share in enumerate(accumulate(shares), 1)]
    held = Counter(split_of[code] for code in order if code in split_of)
    missing = [split for split in range(len(shares)) if not held[split]]
    room = [end - begin - max(held[split], 1) for split, (begin, end) in enumerate(pairwise([0, *ends]))]
    slots = missing + [split for split, left in enumerate(room) for _ in range(left)]
    new = [code for code in order if code not in split_of]
    if free < 0 or len(missing) > len(new):
        return []
    split_of.update(zip(new, sorted(slots[: len(new)]), strict=True))
    parts = [sorted(code for code in order if split_of[code] == split) for split in range(len(shares))]
    return [(part, tuple(weight[code] for code in part)) for part in parts]


def quota(context: Compiling, name: str, field: declarations.Quota) -> tuple[FieldType, Run]:
    """Compile a quota: the place of this field in the design of all quotas crossed with it."""
    listed = field.values
    kind = category_type(context, listed)
    if context.parent is not None:
        context.problem(name, "a quota is kept over records, not over children: draw it at the top and use it below")
        return kind, lambda scope: Category(kind, np.zeros(len(scope), np.int64))
    chain = context.quota_chain(name)
    weights = [integer_weights(context.declared(each).values.weights or ()) for each in chain]
    length = int(np.prod([sum(each) for each in weights], dtype=object))
    if length > quotas.LONGEST:
        raise RecipeError(
            f"quota of {name!r}: shares over {length} records are longer than {quotas.LONGEST}; round the weights"
        )
    design, key, place = context.quota_design(chain, weights), context.key(chain[0]), chain.index(name)
    return kind, lambda scope: Category(kind, quotas.classes(design, key, scope.sets, place))


def _scaled(value: float | str | Decimal, places: int, what: str) -> int:
    try:
        scaled = Decimal(str(value)).scaleb(places)
    except InvalidOperation as error:
        raise RecipeError(f"{what}={value!r}: expected a number") from error
    if not scaled.is_finite() or scaled != int(scaled):
        raise RecipeError(f"{what}={value!r}: expected a number with at most {places} decimal places")
    if abs(scaled) > LARGEST:
        raise RecipeError(f"{what}={value!r}: expected a number that 64 bits hold, at most {LARGEST}")
    return int(scaled)


def integer(context: Compiling, name: str, field: declarations.Integer) -> tuple[FieldType, Run]:
    """Compile a uniform number."""
    kind = context.number_type(field.places)
    low, high = _scaled(field.low, field.places, "low"), _scaled(field.high, field.places, "high")
    if low > high:
        raise RecipeError(f"low={field.low} is above high={field.high}: swap them")
    size, key, digits = high - low + 1, context.key(name), context.digits
    if size > LARGEST:
        raise RecipeError(f"low={field.low}, high={field.high}: the range is wider than 2**63")
    if field.unique:
        _only_records(context, name)
        context.capacity(name, size * context.recipe.members)
        return kind, lambda scope: Number(kind, draw.permute(key, scope.sets.astype(np.int64), size) + low, digits)
    return kind, lambda scope: Number(kind, draw.below_wide(scope.states(key), 0, size) + low, digits)


def quantiles(context: Compiling, name: str, field: declarations.Quantiles) -> tuple[FieldType, Run]:
    """Compile a quantile table: a segment is drawn, then a place within it, rounded half up by integers."""
    kind = context.number_type(field.places)
    points = np.array([_scaled(point, field.places, "point") for point in field.points], np.int64)
    if len(points) < 2 or (np.diff(points) < 0).any():
        raise RecipeError(f"points={list(field.points)[:8]}: expected at least two numbers that never fall")
    steps = np.diff(points)
    if int(steps.max()) >= 1 << 31:
        raise RecipeError("points lie further than 2**31 steps apart: use fewer places")
    key, digits = context.key(name), context.digits

    def run(scope: Scope) -> Number:
        states = scope.states(key)
        segment = draw.below(states, 0, len(steps))
        within = draw.below(states, 1, 1 << 31)
        return Number(kind, points[segment] + ((steps[segment] * within + (1 << 30)) >> 31), digits)

    return kind, run


def _day(text: str, what: str) -> int:
    try:
        return day_of.fromisoformat(text).toordinal() - _EPOCH_DAY
    except (ValueError, TypeError) as error:
        raise RecipeError(f"{what}={text!r}: expected an ISO date, as in 2025-03-01") from error


def date(context: Compiling, name: str, field: declarations.Date) -> tuple[FieldType, Run]:
    """Compile a uniform day: a choice whose entries are the printed days."""
    first, last = _day(field.first, "first"), _day(field.last, "last")
    if not first <= last < first + _MOST_DAYS:
        raise RecipeError(f"first={field.first}, last={field.last}: expected a range of 1 to {_MOST_DAYS} days")
    days = np.arange(first, last + 1)
    texts = MomentFormat(field.format, context.table).texts(context.table, days)
    block, key = context.table.block(texts), context.key(name)
    kind = FieldType(
        "category", Vocabulary(tuple(texts)), block, tuple(days.tolist()), ordered=True, dates=True, blocks=(block,)
    )
    return kind, lambda scope: Category(kind, draw.below(scope.states(key), 0, len(days)))


def clock(context: Compiling, name: str, field: declarations.Clock) -> tuple[FieldType, Run]:
    """Compile a simulated clock."""
    start, step = moment_of(field.start), duration_of(field.every)
    if step:
        context.capacity(name, (_LAST_MOMENT - start) // step + 1, "is a clock that ends with the year 9999")
    shape = MomentFormat(field.format, context.table)
    kind = FieldType("moment", ordered=True, blocks=shape.blocks())
    return kind, lambda scope: Moment(kind, start + scope.numbers * step, shape)


def moment_of(text: str) -> int:
    """Return an ISO moment as microseconds since 1970-01-01 UTC; raises `RecipeError` for anything else."""
    try:
        parsed = datetime.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise RecipeError(f"start={text!r}: expected an ISO moment, as in 2025-03-01T08:00:00Z") from error
    parsed = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    since = parsed - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * _UNITS["d"] + since.seconds * _UNITS["s"] + since.microseconds


def duration_of(text: str) -> int:
    """Return a duration such as `200ms` as microseconds; raises `RecipeError` for anything else."""
    found = re.fullmatch(r"\s*(\d+)\s*(us|ms|s|min|h|d)\s*", str(text))
    if not found:
        raise RecipeError(f"every={text!r}: expected a number and one of {' '.join(_UNITS)}, as in 200ms")
    return int(found.group(1)) * _UNITS[found.group(2)]


def chance(context: Compiling, name: str, field: declarations.Chance) -> tuple[FieldType, Run]:
    """Compile a boolean."""
    if not 0 <= field.probability <= 1:
        raise RecipeError(f"probability={field.probability}: expected a number in [0, 1]")
    kind, key = boolean_type(context), context.key(name)
    threshold = int(Fraction(field.probability) * draw.LIMIT)
    return kind, lambda scope: Category(kind, draw.chance(scope.states(key), 0, threshold).astype(np.int64))


def hexadecimal(context: Compiling, name: str, field: declarations.Hexadecimal) -> tuple[FieldType, Run]:
    """Compile hex digits: two digits a piece, eight pieces a draw."""
    if field.digits not in range(2, 513, 2):
        raise RecipeError(f"digits={field.digits!r}: expected an even number from 2 to 512")
    pairs = [f"{i:02x}" for i in range(256)]
    blocks = context.table.block(pairs), context.table.block(["-" + pair for pair in pairs])
    base, dashed = blocks[0].base, blocks[1].base
    count, key, kind = field.digits // 2, context.key(name), FieldType("token", blocks=blocks)

    def run(scope: Scope) -> Written:
        states = scope.states(key)
        words = [draw.bits(states, slot) for slot in range(-(-count // 8))]
        octets = (
            np.stack(words, axis=1)
            .astype("<u8")
            .view(np.uint8)
            .reshape(len(states), 8 * len(words))[:, :count]
            .astype(np.int32)
        )
        if field.uuid:
            octets[:, 6] = octets[:, 6] & 0x0F | 0x40
            octets[:, 8] = octets[:, 8] & 0x3F | 0x80
            octets[:, [4, 6, 8, 10]] += dashed - base
        return Written(kind, Ragged.fixed(octets + np.int32(base)))

    return kind, run


def serial(context: Compiling, _name: str, field: declarations.Serial) -> tuple[FieldType, Run]:
    """Compile a counter."""
    first = _scaled(field.first, 0, "first")
    if abs(first) > LARGEST // 2:
        raise RecipeError(f"first={field.first}: expected a number from -2**62 to 2**62")
    kind, digits = context.number_type(0), context.digits
    return kind, lambda scope: Number(kind, scope.numbers + first, digits)


def member(context: Compiling, name: str, field: declarations.Member) -> tuple[FieldType, Run]:
    """Compile a record's place in its set, or the set's number."""
    if context.parent is not None:
        context.problem(name, "children have no place in a set of records: put the field at the top and use it below")
    kind, digits = context.number_type(0), context.digits
    if field.of_set:
        return kind, lambda scope: Number(kind, scope.sets.astype(np.int64), digits)
    return kind, lambda scope: Number(kind, scope.members, digits)
