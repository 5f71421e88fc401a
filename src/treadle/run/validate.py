"""Validating an output: its manifest says how it was written, its recipe what it should hold, its pack what else must agree."""

from __future__ import annotations

import json
import logging
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from treadle.checks.characters import characters
from treadle.checks.duplicates import duplicates
from treadle.checks.findings import LIMIT, Check, Tally
from treadle.checks.labels import Agreement, agreement
from treadle.checks.near import near_duplicates
from treadle.checks.privacy import privacy
from treadle.checks.reading import READERS, Layout, Part, chunks
from treadle.checks.validation import general, without_recipe
from treadle.checks.validation import validate as run_checks
from treadle.declarations import Hexadecimal, Serial
from treadle.errors import UsageError
from treadle.pipeline import output_errors
from treadle.run.domains import domain_of
from treadle.run.manifest import Manifest, manifest_path, read_manifest
from treadle.run.source import Source, compiled, pack_module, packs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from treadle.checks.findings import Report
    from treadle.plan import Plan
    from treadle.recipe import Recipe

log = logging.getLogger("treadle")
WRITTEN = 100_000
"""Violations of each check that are written to a file, at most."""


@dataclass(frozen=True)
class _Held:
    """What a dataset is held against: its manifest and the plan of its recipe, where there are any."""

    path: Path
    manifest: Manifest | None
    plan: Plan | None
    reference: str = ""
    pack: str = ""
    """The pack whose checks need no recipe, where the dataset is known by its columns."""
    agreement: list[Agreement] = field(default_factory=list)

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
        cells = getattr(pack_module(self.pack, "validate"), "JSON_CELLS", ()) if self.pack else ()
        if manifest is None:
            return Layout([Part(path) for path in _files(self.path)], types, json=cells)
        failed = frozenset(map(int, manifest.failed))
        return Layout(self._parts(manifest), types, failed, raw_csv=bool(manifest.options.get("raw_csv")), json=cells)

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

    def _of_pack(self) -> list[Check]:
        """Return the checks of a pack that needs no recipe, and those of texts with labels that it asks for."""
        module = pack_module(self.pack, "validate")
        found = module.checks(None) if module else {}
        own = [Check(name, look, needs, *more) for name, (needs, look, *more) in found.items()]
        made = [privacy(), characters(), *own]
        if module is not None and hasattr(module, "LABELLED"):
            text, label = module.LABELLED
            check, held = agreement(text, label)
            self.agreement.append(held)
            made += [duplicates([text]), near_duplicates(text), check]
        return made

    def checks(self) -> list[Check]:
        """Return the general checks, and those of the recipe's pack."""
        if self.pack:
            return self._of_pack()
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
            members=recipe.members,
            faulted=recipe.faults is not None,
            theirs=pack.theirs(recipe) if pack is not None and hasattr(pack, "theirs") else (),
        )
        own = dict(pack.checks(recipe)) if pack is not None else {}
        domain = domain_of(self.reference or recipe.name)
        own |= dict(domain.checks(recipe)) if domain is not None else {}
        return made + [
            Check(name, look, needs, late=True, clean=recipe.faults is not None) for name, (needs, look) in own.items()
        ]


def _pack_of(path: Path, manifest: Manifest | None, source: Source | None) -> str:
    """Return the pack that knows a dataset by its columns alone; nothing where none does, or another recipe is named."""
    named = source.reference if source is not None else manifest.source if manifest is not None else ""
    for name in packs():
        module = pack_module(name, "validate")
        if module is None or not hasattr(module, "recognises") or named not in {"", name}:
            continue
        if named == name or module.recognises(_columns(path)):
            return name
    return ""


def _columns(path: Path) -> set[str]:
    """Return the columns of a dataset's first rows."""
    found: set[str] = set()
    if path.suffix.lower() in READERS or path.is_dir():
        with closing(chunks(Layout([Part(each) for each in _files(path)[:1]]), Tally("readable", 0))) as read:
            for chunk in islice(read, 1):
                found.update(*chunk.rows)
    return found


def validate(
    path: Path,
    source: Source | None = None,
    *,
    limit: int = LIMIT,
    violations: Path | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Check what a dataset holds: any file or folder of JSON lines, JSON, CSV or Parquet, with a manifest or without.

    `source` says where the recipe is, if not where the manifest has it; without either, only what holds for any data is checked.
    `limit` is how many violations of each check are kept; all go to the file `violations`, one a line, where it is named, and
    else to one beside a dataset that its pack knows by its columns, if anything is wrong with it.
    Raises `UsageError` where there is no dataset, and `ManifestError` for a
    manifest that is damaged.
    """
    if not path.exists():
        raise UsageError(f"{path} is not there")
    manifest = read_manifest(manifest_path(path)) if manifest_path(path).exists() else None
    pack = _pack_of(path, manifest, source)
    reference = source.reference if source is not None else manifest.source if manifest is not None else ""
    held = _Held(path, manifest, None if pack else _plan(source, manifest), reference, pack)
    if held.plan is None and not pack:
        log.info("%s: no recipe is known: columns, values and what a pack checks are left out; add --recipe", path)
    report = run_checks(
        held.layout(),
        held.checks(),
        path=str(path),
        recipe=held.plan.recipe.name if held.plan is not None else pack,
        rows=manifest.rows if manifest is not None else None,
        limit=max(limit, WRITTEN) if pack or violations is not None else limit,
        progress=progress,
    )
    if violations is None and pack and not report.clean:
        violations = path.with_name(path.name + ".violations.jsonl")
        log.info("%s: every violation is in %s", path, violations)
    if violations is not None:
        _write(report, violations, held.agreement)
    tallies = [replace(tally, limit=limit, examples=tally.examples[:limit]) for tally in report.tallies]
    return replace(report, tallies=tallies)


def _write(report: Report, path: Path, agreement: Sequence[Agreement]) -> None:
    """Write violations and suspected labels to a file, one a line, where there are any."""
    lines: list[dict[str, Any]] = [
        {"check": tally.check, **asdict(each)} for tally in report.tallies for each in tally.examples
    ]
    for each in agreement:
        lines += [
            {"check": "suspected label", "record": record, "found": label, "expected": told}
            for record, label, told in each.suspected
        ]
    if lines:
        with output_errors(path):
            written = (json.dumps(line, ensure_ascii=True) + "\n" for line in lines)
            path.write_text("".join(written), encoding="utf-8")


def _plan(source: Source | None, manifest: Manifest | None) -> Plan | None:
    if source is None and manifest is not None and manifest.source:
        lists, writers = list(manifest.vocabularies.items()), manifest.writing.get("writers")
        source = Source.of(manifest.source, (), lists, manifest.recipe_options, writers).cleaned(clean=manifest.clean)
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
