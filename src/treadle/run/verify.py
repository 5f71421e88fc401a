"""Verifying: an output against its manifest, and against the recipe by making slices of it again."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from treadle import draw
from treadle.errors import ManifestError, VerifyError
from treadle.pipeline import BATCH, Shard, run_shard
from treadle.plan import Plan
from treadle.run.collect import sha256_of
from treadle.run.manifest import Manifest, manifest_path, read_manifest
from treadle.run.source import Source
from treadle.sinks import FORMATS
from treadle.sinks.base import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Verified:
    """What was checked: files hashed, and shards made again."""

    files: int
    shards: int
    of: int


def verify(
    output: Path,
    source: Source | None = None,
    *,
    slices: int | None = 8,
    progress: Callable[[int], None] = lambda _: None,
) -> Verified:
    """Check an output: every file's hash, and `slices` shards (None: all) made again and compared by their content's hash.

    The first and last shard are among them, the others are drawn by the output's hash. `source` says where the recipe is, if not
    where the manifest has it. Raises `VerifyError` with every difference, and `ManifestError` for a manifest that does not fit.
    """
    manifest = read_manifest(manifest_path(output))
    wrong = _changed_files(output, manifest)
    recipe = (source or manifest_source(manifest)).load()
    if set(manifest.columns) <= set(recipe.fields):
        recipe = recipe.with_columns(manifest.columns)
    _check_recipe(recipe.fingerprint(), manifest)
    plan = Plan(recipe, manifest.seed, trace=manifest.truth != "none")
    options = Options("none" if manifest.truth == "none" else "inline", folder=True)
    chosen = _chosen(manifest, slices)
    begins = list(accumulate((shard["bytes"] for shard in manifest.shards), initial=0))
    target = FORMATS[manifest.format]
    for number in chosen:
        shard = manifest.shards[number]
        first, last = shard["records"]
        made = run_shard(
            plan, Shard(first, last), target if target.canonical else FORMATS["jsonl"], options, BATCH
        ).info
        where, stated = "the manifest says", shard.get("content_sha256")
        if stated is None:
            where, stated = "in the file", sha256_of(output, begins[number], shard["bytes"])
        if made.content_sha256 != stated:
            wrong.append(
                f"records {first} to {last - 1}: made again they have content_sha256={made.content_sha256}, {where} {stated}"
            )
        progress(last - first)
    if wrong:
        raise VerifyError("\n".join(wrong))
    return Verified(len(manifest.shards) if output.is_dir() else 1, len(chosen), len(manifest.shards))


def manifest_source(manifest: Manifest) -> Source:
    """Return the source that a manifest names; raises `ManifestError` where it names none."""
    if not manifest.source:
        raise ManifestError(
            f"the manifest does not say where recipe {manifest.recipe!r} is: name it, as in  treadle verify PATH "
            "--recipe file.py:name"
        )
    return Source.of(
        manifest.source, manifest.columns, list(manifest.vocabularies.items()), manifest.recipe_options
    ).cleaned(clean=manifest.clean)


def _check_recipe(fingerprint: str, manifest: Manifest) -> None:
    if fingerprint != manifest.fingerprint:
        raise ManifestError(
            f"fingerprint={fingerprint[:12]}: the recipe {manifest.recipe!r} is not the one that made this output "
            f"({manifest.fingerprint[:12]}): it, or a list it reads, was changed since"
        )


def _changed_files(output: Path, manifest: Manifest) -> list[str]:
    """Return a line for every file whose hash is not that of the manifest."""
    if output.is_dir():
        expected = {output / str(shard.get("file")): shard.get("file_sha256", "") for shard in manifest.shards}
        expected |= {
            output / f"{shard['file']}.truth.jsonl": shard["truth_sha256"]
            for shard in manifest.shards
            if "truth_sha256" in shard
        }
    else:
        expected = {output: manifest.file_sha256}
        if manifest.truth_file:
            expected[output.with_name(manifest.truth_file)] = manifest.truth_sha256
    wrong = []
    for path, sha256 in expected.items():
        found = sha256_of(path)
        if found != sha256:
            wrong.append(f"{path}: file_sha256={found or 'none, it is not there'}: the manifest says {sha256}")
    return wrong


def _chosen(manifest: Manifest, slices: int | None) -> list[int]:
    count = len(manifest.shards)
    if slices is None or slices >= count:
        return list(range(count))
    key = draw.path_key(0, manifest.fingerprint, manifest.file_sha256)
    order = draw.permute(key, np.arange(count), count).tolist()
    return sorted(list(dict.fromkeys([0, count - 1, *order]))[:slices])
