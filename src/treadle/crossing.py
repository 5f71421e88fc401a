"""Crossing: which quotas of a recipe are crossed with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from treadle.declarations import Quota


def root(name: str, quotas: Mapping[str, Quota]) -> str:
    """Return the quota that a quota is crossed with in the end; raises `RecipeError` for a circle."""
    seen = [name]
    while quotas[seen[-1]].across in quotas:
        if quotas[seen[-1]].across in seen:
            raise RecipeError(f"quotas are crossed in a circle: {' -> '.join([*seen, quotas[seen[-1]].across])}")
        seen.append(quotas[seen[-1]].across)
    return seen[-1]


def is_circular(name: str, quotas: Mapping[str, Quota]) -> bool:
    """Tell whether a quota is crossed with itself by way of others."""
    try:
        root(name, quotas)
    except RecipeError:
        return True
    return False


def depth(name: str, quotas: Mapping[str, Quota]) -> int:
    """Return by how many steps a quota is crossed with the one that stands alone."""
    return 1 + depth(quotas[name].across, quotas) if quotas[name].across in quotas else 0
