"""What a rater saw in a pair, beside what is true of it: a planted bias of known size, and labels noted wrongly at known rates.

With a planted bias lambda against a group A, the observed label is 1 where score - lambda * A + noise lies above the threshold
(`Weights.match`), else 0. The noise is the sum of two draws, uniform from -0.025 to 0.025, for each record. Label noise comes
last: a 0 is noted as 1, and a 1 as 0, at the rates that are given. All of it is integers in basis points.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.matching import FULL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from treadle import Field

    Ints = NDArray[np.int64]

MOST = 2_500
"""The greatest planted bias, in basis points, either way."""
NUDGE = 250
"""The greatest of each of the two draws that make the noise, in basis points."""


@dataclass(frozen=True)
class Observed:
    """What is planted: the bias in basis points with its cue and group, and the rates at which 0 is noted as 1, and 1 as 0."""

    bias: int | None = None
    cue: str = ""
    group: str = ""
    noise: tuple[int, int] | None = None

    @classmethod
    def of(cls, options: Mapping[str, str], values: Mapping[str, Sequence[str]]) -> Observed:
        """Read the options; `values` are those of the cues that vary. Raises `UsageError` for what is none."""
        noise = _rates(options["label_noise"]) if "label_noise" in options else None
        given, group = options.get("planted_bias", ""), options.get("planted_group", "")
        if not given and not group:
            return cls(noise=noise)
        if not values:
            named = "planted_bias" if given else "planted_group"
            raise td.UsageError(
                f"--{named.replace('_', '-')} {given or group!r}: needs the groups of --counterfactual, which is not given"
            )
        if not given or not group:
            raise td.UsageError(
                f"--planted-bias {given!r} --planted-group {group!r}: expected both, as in --planted-bias 0.1 "
                "--planted-group gender=f"
            )
        cue, _, value = group.partition("=")
        if cue not in values or value not in values[cue]:
            known = [f"{cue}={value}" for cue, each in values.items() for value in each]
            raise td.UsageError(f"--planted-group {group!r}: expected CUE=VALUE, one of {', '.join(known)}")
        return cls(_points("planted-bias", given, MOST), cue, value, noise)

    def added_to(self, recipe: td.Recipe, threshold: int) -> td.Recipe:
        """Return a recipe with `score_observed`, where a bias is planted, and `label_observed`, where anything is."""
        if self.bias is None and self.noise is None:
            return recipe
        fields = {
            "rating": td.each(recipe.members, {"rise": _nudge(), "fall": _nudge(), "slip": td.integer(0, FULL - 1)}),
            **(self._rated(threshold, recipe) if self.bias is not None else {}),
            "label_observed": self._label(recipe),
        }
        columns, closure = list(recipe.columns), list(recipe.closure)
        made = [name for name in ("score_observed", "label_observed") if name in fields]
        columns[columns.index("match_label") + 1 : columns.index("match_label") + 1] = made
        return replace(
            recipe,
            fields={**recipe.fields, **fields},
            columns=columns,
            labels=[*recipe.labels, "label_observed"],
            closure=[*closure, *made] if recipe.members > 1 else closure,
        )

    def _rated(self, threshold: int, recipe: td.Recipe) -> dict[str, Field]:
        weight = self.bias or 0
        group = list(vars(recipe.fields["cue_value"])["values"].texts()).index(self.group)
        formula = f"score - {weight / FULL:g} * A + noise"
        where = f"A = 1 where {self.cue} = {self.group}, noise up to {2 * NUDGE / FULL} either way"

        def rated(score: Ints, value: Ints, ratings: td.Children, member: Ints) -> Ints:
            at = ratings.offsets[:-1] + member
            found: Ints = score - weight * (value == group) + ratings.numbers("rise")[at] + ratings.numbers("fall")[at]
            return found

        return {
            "rated": td.derive(rated, "score", "cue_value", "rating", "member"),
            "score_observed": td.derive(
                lambda rated: np.clip(rated, 0, FULL), "rated", places=4, doc=f"{formula}, within 0 and 1; {where}"
            ),
            "label_seen": td.derive(
                lambda rated: (rated > threshold).astype(np.int64),
                "rated",
                values=[0, 1],
                doc=f"1[{formula} > {threshold / FULL:g}]; {where}",
            ),
        }

    def _label(self, recipe: td.Recipe) -> Field:
        before = "label_seen" if self.bias is not None else "match_label"
        rates = np.array(self.noise or (0, 0))

        def noted(label: Ints, ratings: td.Children, *member: Any) -> Ints:  # noqa: ANN401  # an array, where records come in sets
            at = ratings.offsets[:-1] + (member[0] if member else 0)
            return label ^ (ratings.numbers("slip")[at] < rates[label])

        told = (
            f"{before}"
            if self.noise is None
            else (
                f"{before}, with 0 noted as 1 at a rate of {rates[0] / FULL:g} and 1 as 0 at a rate of {rates[1] / FULL:g}"
            )
        )
        return td.derive(
            noted,
            before,
            "rating",
            *(["member"] if recipe.members > 1 else []),
            values=[0, 1],
            doc=f"what a rater noted: {told}",
        )


def _nudge() -> Field:
    return td.integer(-NUDGE, NUDGE)


def _points(option: str, given: str, most: int, least: int | None = None) -> int:
    """Return a decimal as basis points; raises `UsageError` for what is none, finer than these, or outside the range."""
    low = -most if least is None else least
    try:
        points = Decimal(given) * FULL
    except InvalidOperation:
        points = Decimal("NaN")
    if not points.is_finite() or points != int(points) or not low <= points <= most:
        raise td.UsageError(
            f"--{option} {given!r}: expected a number from {low / FULL:g} to {most / FULL:g} with at most four decimal places"
        )
    return int(points)


def _rates(given: str) -> tuple[int, int]:
    parts = [part.strip() for part in given.split(",")]
    if len(parts) != 2:  # one for each label
        raise td.UsageError(
            f"--label-noise {given!r}: expected two rates, of 0 noted as 1 and of 1 noted as 0, as in 0.05,0.1"
        )
    first, second = (_points("label-noise", part, FULL, 0) for part in parts)
    return first, second
