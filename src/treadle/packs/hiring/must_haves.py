"""Which of its skills a post cannot do without: the heaviest, unless that one alone would nearly be a match.

Who holds the must-have and nothing else that is asked for scores the weight of it and, at six tenths, that of its siblings. Where
all the rest of a candidate fits, this must lie below the label's threshold, or there would be no partial match below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from treadle.packs.hiring.matching import FULL, covered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle.packs.hiring.matching import Weights

    Ints = NDArray[np.int64]


def must_haves(
    similarity: NDArray[np.uint8],
    hard: NDArray[np.bool_],
    asked: Ints,
    importance: Ints,
    wished: Ints,
    weights: Weights,
) -> Ints:
    """Return the place of each post's must-have among `asked`, (n_posts,): the heaviest hard skill that leaves room.

    `asked`, `importance` and `wished` have a row a post, filled with the code of no skill (and weights of 0); `hard` tells of each
    code whether it can be a must-have. Where no hard skill leaves room, it is the one that comes nearest to that.
    """
    room = weights.match - weights.experience - weights.seniority - weights.education
    none = len(similarity) - 1
    alone = np.stack(
        [_points(similarity, asked, importance, wished, place, weights) for place in range(asked.shape[1])]
    )
    allowed = hard[asked] & (asked < none)
    fits = allowed & (room > alone.T)
    rated = np.where(fits, importance, -1)
    least = np.where(allowed, alone.T, 2 * FULL).argmin(axis=1)
    places: Ints = np.where(fits.any(axis=1), rated.argmax(axis=1), least)
    return places


def _points(
    similarity: NDArray[np.uint8], asked: Ints, importance: Ints, wished: Ints, place: int, weights: Weights
) -> Ints:
    """Return the basis points of a score that one of the skills asked for gives by itself."""
    held = asked[:, place : place + 1]
    wish = (wished < len(similarity) - 1).astype(np.int64)
    required, preferred = covered(similarity, asked, importance, held), covered(similarity, wished, wish, held)
    points: Ints = -(-(weights.required * required + weights.preferred * preferred) // FULL)
    return points
