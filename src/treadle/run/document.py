"""The metadata at the head of a JSON document: how it was made, its counts, and what a pack adds to them.

A pack may have a module `document` with

    def metadata(base, options, rows, measured) -> dict     the metadata of a document of its records

`base` is the metadata that any recipe has, `options` are those of the recipe, `rows` returns the document's records one by one, and
`measured` takes records and returns the measures of their clean texts, ready for JSON.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from treadle.quality.labelled import labelled, sampled
from treadle.run.source import pack_module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from treadle.run.manifest import Manifest


def metadata(manifest: Manifest) -> dict[str, Any]:  # JSON values
    """Return the metadata of any document."""
    counts = {
        f"{label}_{value}": count for label, held in manifest.label_counts.items() for value, count in held.items()
    }
    return {
        "generated_at": manifest.generated_at,
        "total_examples": manifest.rows,
        "config": {
            "recipe": manifest.recipe,
            "version": manifest.recipe_version,
            "seed": manifest.seed,
            "records": [manifest.first, manifest.last],
            "fingerprint": manifest.fingerprint,
            "truth": manifest.truth,
            **{name: manifest.writing[name] for name in ("writers", "records_per_call") if name in manifest.writing},
        },
        "statistics": {"total_generated": manifest.rows, **counts},
    }


def of_document(manifest: Manifest, parts: Sequence[Path]) -> dict[str, Any]:  # JSON values
    """Return the metadata of a document whose records are in parts, with what its pack adds."""
    base, pack = metadata(manifest), pack_module(manifest.recipe, "document")
    if "temperature" in manifest.writing:
        base["config"]["temperature"] = json.loads(manifest.writing["temperature"].replace("None", "null"))
    if pack is None:
        return base
    added: dict[str, Any] = pack.metadata(base, manifest.recipe_options, lambda: _records(parts), _measured)
    return added


def _records(parts: Sequence[Path]) -> Iterator[dict[str, Any]]:  # JSON values
    for part in parts:
        with part.open("rb") as lines:
            for line in lines:
                yield json.loads(line.rstrip(b",\n"))


def _measured(rows: Iterable[Mapping[str, Any]], size: int) -> tuple[dict[str, Any], dict[str, Any]]:  # JSON values
    """Return the figures of clean records and how their attributes are spread; `size` is the number of rows, to sample by."""
    found = labelled(sampled(rows, size))
    evenness = {f"{name}_evenness": round(found.evenness(name), 4) for name in found.spread}
    return {**found.to_json(), **evenness}, {name: dict(counts) for name, counts in found.spread.items()}
