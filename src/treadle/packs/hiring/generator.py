"""The pack's front door: `TechJobDataGenerator` makes, saves, loads, counts and draws datasets of résumé-job pairs."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import treadle as td
from treadle.packs.hiring.matching import Weights
from treadle.packs.hiring.options import DISTRIBUTIONS
from treadle.packs.hiring.settings import Settings, weights_of
from treadle.packs.hiring.targets import NAME
from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy
from treadle.packs.hiring.training import GeneratedDataset, dataset_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike
    from pathlib import Path

    from treadle.packs.hiring.example import TrainingExample
    from treadle.packs.hiring.statistics import Statistics
    from treadle.packs.hiring.training import TrainingDataset


class TechJobDataGenerator:
    """Makes datasets of résumé-job pairs under one seed; the same seed and settings give the same rows, however many."""

    def __init__(
        self,
        seed: int = 42,
        *,
        matches: Mapping[str, float] | None = None,
        levels: Mapping[str, float] | None = None,
        roles: Mapping[str, float] | None = None,
        industries: Mapping[str, float] | None = None,
        locales: Mapping[str, float] | None = None,
        weights: Weights | Mapping[str, int] | None = None,
    ) -> None:
        """Take the seed and distributions: shares by name that add up to 1; what is left out keeps its default.

        `matches` holds the shares of the grades none, partial and strong, `weights` those of the score's components and its
        thresholds in basis points. Raises `UsageError` with everything that does not fit.
        """
        given = {"matches": matches, "levels": levels, "roles": roles, "industries": industries, "locales": locales}
        chosen: dict[str, Any] = {name: shares for name, shares in given.items() if shares not in (None, {})}
        if weights is not None:
            chosen["weights"] = weights if isinstance(weights, Weights) else weights_of(weights)
        if not isinstance(seed, int):
            raise td.UsageError(f"seed={seed!r}: expected an integer")
        self.seed = seed
        self.settings = Settings(**chosen)
        self.taxonomy = TechSkillsTaxonomy()
        self.settings.check(self.taxonomy)

    def generate_training_dataset(self, num_examples: int = 1000) -> TrainingDataset:
        """Return a dataset of so many rows, which are made when they are asked for; raises `UsageError` for a wrong number."""
        if not isinstance(num_examples, int) or num_examples < 0:
            raise td.UsageError(f"num_examples={num_examples!r}: expected an integer, 0 or more")
        return GeneratedDataset(self._make, 0, num_examples)

    @cached_property
    def _make(self) -> Callable[..., td.Dataset]:
        """What returns a dataset of any records; by the pack's name where it can, so that a manifest says how to repeat it."""
        if self.settings.weights != Weights():
            from treadle.packs.hiring.recipe import hiring  # noqa: PLC0415  # it reads all of the pack's data

            return partial(td.generate, hiring(self.settings, self.taxonomy), seed=self.seed, truth=False)
        usual = Settings()
        given = {
            name: ",".join(f"{each}={float(share)!r}" for each, share in shares.items())
            for name in DISTRIBUTIONS
            if (shares := getattr(self.settings, name)) != getattr(usual, name)
        }
        return partial(td.generate, NAME, seed=self.seed, truth=False, options=given)

    def save_dataset(
        self,
        dataset: Iterable[TrainingExample],
        path: str | PathLike[str],
        *,
        overwrite: bool = True,
        truth: str = "none",
        workers: int = 1,
    ) -> None:
        """Write a dataset to a file by its suffix (.json .jsonl .csv .parquet), in place of one that is there.

        A generated dataset gets a manifest beside it, so that `treadle verify` can check it; its spans are written too with `truth`
        `inline` (JSON lines, Parquet) or `sidecar`. Rows that were loaded or picked by hand have neither.
        Raises `UsageError`, also where the file is there and `overwrite` is false, and `RunError` where it cannot be written.
        """
        from treadle.packs.hiring import files  # noqa: PLC0415  # readers and writers load when they are needed

        rows = dataset_of(dataset)
        if isinstance(rows, GeneratedDataset):
            rows.source.write(path, truth=truth, workers=workers, overwrite=overwrite)
        elif truth == "none":
            files.write(rows, path, overwrite=overwrite)
        else:
            raise td.UsageError(f"truth={truth!r}: rows that were loaded or picked have no spans: expected none")

    def load_dataset(self, path: str | PathLike[str]) -> TrainingDataset:
        """Read the rows of a .json, .jsonl, .csv or .parquet file that holds the pack's columns; others are left out.

        Raises `UsageError` where it is not there, damaged or lacks columns.
        """
        from treadle.packs.hiring import files  # noqa: PLC0415  # as above

        return files.load(path)

    def statistics(self, dataset: Iterable[TrainingExample]) -> Statistics:
        """Count what a dataset holds; printing what is returned gives a table."""
        from treadle.packs.hiring.statistics import statistics  # noqa: PLC0415  # it loads Polars

        return statistics(dataset_of(dataset))

    def plot(self, dataset: Iterable[TrainingExample], folder: str | PathLike[str]) -> Path:
        """Draw a dataset: four pictures as PNG and SVG, and a page `index.html` with all of them, whose path is returned.

        Needs the extra `charts`; raises `UsageError` without it.
        """
        from treadle.packs.hiring.charts import plot  # noqa: PLC0415  # as above

        return plot(self.statistics(dataset), self.settings.weights, folder)
