"""The hiring pack: résumé-job pairs whose match score is true by construction. README.md beside this file tells all.

The names below are loaded when they are first used, so that importing the pack reads no data.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from treadle.packs.hiring.candidates import CandidateProfileGenerator
    from treadle.packs.hiring.example import TrainingExample
    from treadle.packs.hiring.formatting import TextFormatter
    from treadle.packs.hiring.generator import TechJobDataGenerator
    from treadle.packs.hiring.jobs import JobDescriptionGenerator
    from treadle.packs.hiring.matching import MatchingMetricsCalculator, Weights
    from treadle.packs.hiring.recipe import hiring
    from treadle.packs.hiring.settings import Settings
    from treadle.packs.hiring.synthetic import SyntheticDataGenerator
    from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy

__all__ = [
    "CandidateProfileGenerator",
    "JobDescriptionGenerator",
    "MatchingMetricsCalculator",
    "Settings",
    "SyntheticDataGenerator",
    "TechJobDataGenerator",
    "TechSkillsTaxonomy",
    "TextFormatter",
    "TrainingExample",
    "Weights",
    "hiring",
]

_HOMES = {
    "CandidateProfileGenerator": "candidates",
    "JobDescriptionGenerator": "jobs",
    "MatchingMetricsCalculator": "matching",
    "Settings": "settings",
    "SyntheticDataGenerator": "synthetic",
    "TechJobDataGenerator": "generator",
    "TechSkillsTaxonomy": "taxonomy",
    "TextFormatter": "formatting",
    "TrainingExample": "example",
    "Weights": "matching",
    "hiring": "recipe",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # a module's attributes are of many types
    """Load a public name from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module 'treadle.packs.hiring' has no attribute {name!r}")
    return getattr(import_module(f"treadle.packs.hiring.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return list(__all__)
