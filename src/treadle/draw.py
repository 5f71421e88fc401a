"""Draws: stateless 64-bit hashes of (seed, path, record, slot), for whole arrays of records at once.

A *path* names what is drawn (`profile/email`). `path_key` turns (seed, path) into 64 bits through BLAKE2b, `record_states`
gives one 64-bit state a record, `child_states` goes down to numbered children, and the draws below turn (state, slot) into
integers. Nothing is remembered between calls, so any record can be drawn alone, in any order, on any machine. The mixer is the
finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014; constants of Stafford's variant 13).

All arithmetic is on `uint64` and wraps; no floating point takes part.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal, localcontext
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    States = NDArray[np.uint64]
    Slots = NDArray[np.uint64] | NDArray[np.int64] | int

U64 = np.uint64
_GOLDEN = U64(0x9E3779B97F4A7C15)
_MIX1 = U64(0xBF58476D1CE4E5B9)
_MIX2 = U64(0x94D049BB133111EB)
_ATTEMPT = U64(0xD1342543DE82EF95)
_LOW = U64(0xFFFFFFFF)
_HALF = U64(32)
_ONE = U64(1)

_RANKED = 1024
_STEPS = 12
_NEVER = (1 << 62) - 1

LIMIT = 1 << 32
"""Largest `n` of one draw; `below_wide` goes beyond it."""


def path_key(seed: int, *path: str) -> int:
    """Return the 64-bit key of a path under a seed; parts are length-prefixed, so `a/b`,`c` and `a`,`b/c` differ."""
    parts = [str(seed), *path]
    data = b"".join(len(part.encode()).to_bytes(4, "little") + part.encode() for part in parts)
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def finalize(state: States) -> States:
    """Mix every bit of each 64-bit state into every other (a bijection)."""
    mixed = state >> U64(30)
    mixed ^= state
    mixed *= _MIX1
    shifted = mixed >> U64(27)
    mixed ^= shifted
    mixed *= _MIX2
    np.right_shift(mixed, U64(31), out=shifted)
    mixed ^= shifted
    return mixed


def record_states(key: int | States, records: States, attempts: Ints | None = None) -> States:
    """Return one state a record; a record on its second or later attempt (1, 2, ...) gets another stream.

    The key is that of all records, or one for each, (n,).
    """
    with np.errstate(over="ignore"):
        states = finalize(records * _GOLDEN + (U64(key) if isinstance(key, int) else key))
        if attempts is None or not attempts.any():
            return states
        again = np.flatnonzero(attempts)
        states[again] = finalize(states[again] + attempts[again].astype(U64) * _ATTEMPT)
    return states


def child_states(states: States, numbers: Ints) -> States:
    """Return the states of children: `states` is the parent's, repeated, and `numbers` counts children from 0."""
    return bits(states, numbers)


def bits(states: States, slot: Slots) -> States:
    """Return 64 random bits for each (state, slot)."""
    if isinstance(slot, int):
        return finalize(states + U64(((slot + 1) * int(_GOLDEN)) & 0xFFFFFFFFFFFFFFFF))
    keyed = slot.astype(U64)
    keyed += _ONE
    keyed *= _GOLDEN
    return finalize(states + keyed)


def scale(random: States, n: int | Ints | States) -> Ints:
    """Turn 64 random bits into an integer in [0, n), n <= 2**32: the high word of random * n, bias under 2**-32."""
    bound = np.asarray(n).astype(U64)
    product = (random & _LOW) * bound
    product >>= _HALF
    product += (random >> _HALF) * bound
    product >>= _HALF
    return product.astype(np.int64)


def below(states: States, slot: Slots, n: int | Ints) -> Ints:
    """Draw an integer in [0, n) for each state, n <= 2**32 (one number, or one a state)."""
    return scale(bits(states, slot), n)


def below_wide(states: States, slot: int, n: int) -> Ints:
    """Draw an integer in [0, n) for each state, n <= 2**63, from two slots (`slot`, `slot + 1`)."""
    if n <= LIMIT:
        return below(states, slot, n)
    high, low = bits(states, slot), bits(states, slot + 1)
    top, bottom = multiply_wide(high, n)
    carry_top, _ = multiply_wide(low, n)
    with np.errstate(over="ignore"):
        total = bottom + carry_top
        return (top + (total < bottom)).astype(np.int64)


def multiply_wide(left: States, n: int) -> tuple[States, States]:
    """Return the high and low 64 bits of each `left * n`."""
    high, low = U64(n >> 32), U64(n & 0xFFFFFFFF)
    a, b = left >> _HALF, left & _LOW
    with np.errstate(over="ignore"):
        middle = a * low + ((b * low) >> _HALF)
        cross = b * high + (middle & _LOW)
        return a * high + (middle >> _HALF) + (cross >> _HALF), left * U64(n)


def chance(states: States, slot: Slots, threshold: int) -> NDArray[np.bool_]:
    """Draw True with probability threshold / 2**32."""
    return (bits(states, slot) >> _HALF) < U64(threshold)


def alias_table(weights: Sequence[int]) -> tuple[NDArray[np.uint64], Ints]:
    """Return Walker's alias table of integer weights, see `_alias_table`; those of equal weights are shared: leave them be."""
    count = len(weights)
    return _even_table(count) if list(weights).count(1) == count > 0 else _alias_table(weights)


@lru_cache(4096)
def _even_table(count: int) -> tuple[NDArray[np.uint64], Ints]:
    return _alias_table((1,) * count)


def _alias_table(weights: Sequence[int]) -> tuple[NDArray[np.uint64], Ints]:
    """Build Walker's alias table of integer weights: thresholds of 2**32 and the alternative beyond each threshold.

    Vose's exact construction on integers (IEEE TSE 17:9, 1991): column `c` keeps `c` where the coin is below its threshold.
    """
    n, total = len(weights), sum(weights)
    scaled = [weight * n for weight in weights]
    threshold, other = [LIMIT] * n, list(range(n))
    small = [c for c in range(n) if scaled[c] < total]
    large = [c for c in range(n) if scaled[c] >= total]
    while small and large:
        less, more = small.pop(), large.pop()
        threshold[less], other[less] = scaled[less] * LIMIT // total, more
        scaled[more] -= total - scaled[less]
        (small if scaled[more] < total else large).append(more)
    return np.array(threshold, U64), np.array(other, np.int64)


def weighted(states: States, slot: Slots, thresholds: NDArray[np.uint64], others: Ints) -> Ints:
    """Draw a weighted choice from one alias table: the high word picks the column, the low word tosses its coin."""
    random = bits(states, slot)
    column = (((random >> _HALF) * U64(len(thresholds))) >> _HALF).astype(np.int64)
    return np.where((random & _LOW) < thresholds[column], column, others[column])


def sample(states: States, n: int | Ints, width: int) -> Ints:
    """Draw `width` different integers of [0, n) for each state, in random order: shape (n_states, width).

    The first columns of a Fisher-Yates shuffle, with the swaps kept as a short list instead of a table of n entries. Where
    `n` is smaller than `width` only the first n columns are meaningful.
    """
    rows = len(states)
    bound = np.broadcast_to(np.asarray(n, np.int64), rows)
    drawn = np.empty((width, rows), np.int64)
    picked, moved = np.empty_like(drawn), np.empty_like(drawn)
    for i in range(width):
        place = i + below(states, i, np.maximum(bound - i, 1))
        value, displaced = place.copy(), np.full(rows, i)
        for earlier in range(i):
            np.copyto(value, moved[earlier], where=drawn[earlier] == place)
            np.copyto(displaced, moved[earlier], where=drawn[earlier] == i)
        drawn[i], picked[i], moved[i] = place, value, displaced
    return np.ascontiguousarray(picked.T)


def race(states: States, weights: Ints) -> Ints:
    """Order the integers [0, n) for each state so that larger weights tend to come first: shape (n_states, n).

    The first k of an order are k successive weighted choices without replacement (Efraimidis and Spirakis, IPL 97:5, 2006: an
    exponential race). `weights` (n_states, n) or (n,) holds integers of 0 or more; those without weight come last. Logarithms are a
    table of integers, so that no processor's own decide an order.
    """
    rows, n = len(states), weights.shape[-1]
    slots = np.arange(n, dtype=np.int64)
    random = bits(states[:, None], slots[None, :])
    table, step = _exponential(), (random >> U64(64 - _STEPS)).astype(np.int64)
    between = ((random >> U64(48 - _STEPS)) & U64(0xFFFF)).astype(np.int64)
    finish = table[step] - (((table[step] - table[step + 1]) >> 16) * between)
    finish //= np.maximum(weights, 1)
    finish = np.where(np.broadcast_to(weights, (rows, n)) > 0, finish, _NEVER)
    low = (1 << max(1, (n - 1).bit_length())) - 1  # the place replaces the last bits, so that no two are equal
    ranked = (finish & ~np.int64(low)) | slots
    ranked.sort(axis=1)
    order: Ints = ranked & low
    return order


@cache
def _exponential() -> Ints:
    """Return -ln(i / 2**_STEPS) for i = 0 to 2**_STEPS in units of 2**-58, rounded down; for 0 that of a half.

    The units are as fine as 62 bits allow, so that large weights leave more than the bits that the place replaces.
    """
    steps = 1 << _STEPS
    with localcontext(prec=40):
        logs = [-Decimal(2).ln(), *[Decimal(0)] * steps]
        for place in range(2, steps + 1):
            if not logs[place]:  # a prime: what it divides is a sum of logarithms, which cost less than logarithms
                of_prime, power = Decimal(place).ln(), place
                while power <= steps:
                    logs[power::power] = [log + of_prime for log in logs[power::power]]
                    power *= place
        return np.array([int((logs[steps] - log) * (1 << 58)) for log in logs], np.int64)


def permute(key: int, index: NDArray[np.int64], n: int) -> Ints:
    """Map each index of [0, n) to another one, one to one: a keyed Feistel network with cycle walking.

    Eight rounds over the least even number of bits that holds n (Black and Rogaway, CT-RSA 2002). Networks of a few bits reach too
    few permutations, so up to `_RANKED` the hashes of all places are ranked instead.
    """
    if n <= _RANKED:
        order = np.argsort(bits(np.full(n, key, U64), np.arange(n)), kind="stable")
        return order[index]
    half = max(1, ((n - 1).bit_length() + 1) // 2)
    mask, width = U64((1 << half) - 1), U64(half)
    value = index.astype(U64)
    outside = np.arange(len(value))
    while outside.size:
        left, right = value[outside] >> width, value[outside] & mask
        for turn in range(8):
            with np.errstate(over="ignore"):
                left, right = right, left ^ (finalize(right * _GOLDEN + U64(key ^ turn)) & mask)
        value[outside] = (left << width) | right
        outside = outside[value[outside] >= U64(n)]
    return value.astype(np.int64)
