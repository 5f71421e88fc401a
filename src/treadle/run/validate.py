"""Validating an output: its manifest says how it was written, its recipe what it should hold, its pack what else must agree."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.checks.findings import LIMIT, Check
from treadle.checks.reading import Layout, Part
from treadle.checks.validation import general, without_recipe
from treadle.checks.validation import validate as run_checks
from treadle.declarations import Hexadecimal, Serial
from treadle.errors import UsageError
from treadle.run.domains import domain_of
from treadle.run.manifest import Manifest, manifest_path, read_manifest
from treadle.run.source import Source, compiled, pack_module

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from treadle.checks.findings import Report
    from treadle.plan import Plan
    from treadle.recipe import Recipe

log = logging.getLogger("treadle")


@dataclass(frozen=True)
class _Held:
    """What a dataset is held against: its manifest and the plan of its recipe, where there are any."""

    path: Path
    manifest: Manifest | None
    plan: Plan | None
    reference: str = ""

    @property
    def columns(self) -> list[str]:
        """The columns that are written."""
        if self.manifest is not None:
            return self.manifest.columns
        return list(self.plan.recipe.columns) if self.plan is not None else []

    def layout(self) -> Layout:
        """Say how the files are to be read."""
        types = self.plan.types if self.plan is not None else {}
        manifest = self.manifest
        if manifest is None:
            return Layout([Part(path) for path in _files(self.path)], types)
        failed = frozenset(map(int, manifest.failed))
        return Layout(self._parts(manifest), types, failed, raw_csv=bool(manifest.options.get("raw_csv")))

    def _parts(self, manifest: Manifest) -> list[Part]:
        if not self.path.is_dir():
            truth = self.path.with_name(manifest.truth_file) if manifest.truth_file else None
            return [Part(self.path, manifest.first, truth)]
        parts = []
        for shard in manifest.shards:
            file = self.path / str(shard["file"])
            truth = file.with_name(file.name + ".truth.jsonl") if "truth_sha256" in shard else None
            parts.append(Part(file, shard["records"][0], truth))
        return parts

    def checks(self) -> list[Check]:
        """Return the general checks, and those of the recipe's pack."""
        if self.plan is None:
            return without_recipe()
        recipe = self.plan.recipe
        pack = pack_module(recipe.name, "validate")
        made = general(
            self.plan.types,
            self.columns,
            labels=recipe.labels,
            entities=self.plan.labels,
            identifiers=[name for name in self.columns if _is_identifier(recipe, name)],
            faulted=recipe.faults is not None,
            theirs=pack.theirs(recipe) if pack is not None and hasattr(pack, "theirs") else (),
        )
        own = dict(pack.checks(recipe)) if pack is not None else {}
        domain = domain_of(self.reference or recipe.name)
        own |= dict(domain.checks(recipe)) if domain is not None else {}
        return made + [Check(name, look, needs, late=True) for name, (needs, look) in own.items()]


def validate(
    path: Path,
    source: Source | None = None,
    *,
    limit: int = LIMIT,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Check what a dataset holds: any file or folder of JSON lines, JSON, CSV or Parquet, with a manifest or without.

    `source` says where the recipe is, if not where the manifest has it; without either, only what holds for any data is checked.
    `limit` is how many violations of each check are kept. Raises `UsageError` where there is no dataset, and `ManifestError` for a
    manifest that is damaged.
    """
    if not path.exists():
        raise UsageError(f"{path} is not there")
    manifest = read_manifest(manifest_path(path)) if manifest_path(path).exists() else None
    reference = source.reference if source is not None else manifest.source if manifest is not None else ""
    held = _Held(path, manifest, _plan(source, manifest), reference)
    if held.plan is None:
        log.info("%s: no recipe is known: columns, values and what a pack checks are left out; add --recipe", path)
    return run_checks(
        held.layout(),
        held.checks(),
        path=str(path),
        recipe=held.plan.recipe.name if held.plan is not None else "",
        rows=manifest.rows if manifest is not None else None,
        limit=limit,
        progress=progress,
    )


def _plan(source: Source | None, manifest: Manifest | None) -> Plan | None:
    if source is None and manifest is not None and manifest.source:
        source = Source.of(manifest.source, (), list(manifest.vocabularies.items()), manifest.recipe_options).cleaned(
            clean=manifest.clean
        )
    if source is None:
        return None
    plan = compiled(source, manifest.seed if manifest is not None else 42, trace=True)
    if manifest is not None and not set(manifest.columns) <= plan.types.keys():
        missing = sorted(set(manifest.columns) - plan.types.keys())
        raise UsageError(
            f"recipe {plan.recipe.name!r} has no field {missing[0]!r}, which the manifest lists: name the recipe that made it"
        )
    return plan


def _is_identifier(recipe: Recipe, name: str) -> bool:
    """Tell whether a column holds no value twice: a UUID, a counter, or a field declared unique."""
    field = recipe.fields[name]
    counts = isinstance(field, Serial) or (isinstance(field, Hexadecimal) and field.uuid)
    return (counts or getattr(field, "unique", False)) and not field.when


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(each for each in path.glob("part-*") if not each.name.endswith(".truth.jsonl"))
    if not files:
        raise UsageError(f"{path}: holds no part-* files: expected a folder that treadle wrote")
    return files
