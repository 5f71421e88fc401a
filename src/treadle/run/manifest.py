"""Manifests: what a run wrote, from what, and the hashes to check it by. A JSON file beside the output."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from treadle._version import __version__
from treadle.errors import ManifestError
from treadle.pipeline import ShardInfo, output_errors

if TYPE_CHECKING:
    from pathlib import Path

LAYOUT = 1
"""The version of this file's layout."""


@dataclass
class Manifest:
    """A run: the recipe and its fingerprint, the seed, the range, how it was written, and its shards.

    `content_sha256` of a shard is the SHA-256 of its canonical JSON lines (with inline truth where truth was kept); it is left out
    where these lines are the file itself, appended shard by shard. `file_sha256` is that of the bytes on disk: of the whole output,
    or of each shard with a file of its own.
    """

    recipe: str
    recipe_version: str
    fingerprint: str
    source: str
    seed: int
    first: int
    last: int
    format: str
    truth: str
    shard_size: int
    columns: list[str]
    labels: list[str]
    options: dict[str, Any] = field(default_factory=dict)  # JSON values
    vocabularies: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    recipe_options: dict[str, str] = field(default_factory=dict)
    clean: bool = False
    intakes: dict[str, dict[str, int]] = field(default_factory=dict)
    rejects_file: str = ""
    generated_at: str = ""
    treadle_version: str = __version__
    layout: int = LAYOUT
    row_group: int = 0
    rows: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    label_counts: dict[str, dict[str, int]] = field(default_factory=dict)
    csv_neutralised: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    file_sha256: str = ""
    truth_file: str = ""
    truth_sha256: str = ""
    writing: dict[str, Any] = field(default_factory=dict)  # JSON values
    shards: list[dict[str, Any]] = field(default_factory=list)  # JSON values

    def identity(self) -> dict[str, Any]:  # JSON values
        """Return what must agree for two runs, or parts of one, to belong together."""
        names = ("recipe", "recipe_version", "fingerprint", "seed", "columns", "inputs")
        return {name: getattr(self, name) for name in names}

    def settings(self) -> dict[str, Any]:  # JSON values
        """Return what must agree for a killed run to go on."""
        names = ("first", "last", "format", "truth", "shard_size", "options", "writing")
        return {**self.identity(), **{name: getattr(self, name) for name in names}}

    def count(self, rejected: dict[str, int], neutralised: dict[str, int], labels: dict[str, dict[str, int]]) -> None:
        """Add the counts of a shard, or of a whole slice."""
        for total, more in ((self.rejected, rejected), (self.csv_neutralised, neutralised)):
            for key, count in more.items():
                total[key] = total.get(key, 0) + count
        for label, counts in labels.items():
            held = self.label_counts.setdefault(label, {})
            for value, count in counts.items():
                held[value] = held.get(value, 0) + count

    def add(self, info: ShardInfo, name: str = "") -> None:
        """Take a finished shard in; shards come in order."""
        self.rows += info.rows
        self.bytes += info.bytes
        self.failed |= {str(record): reason for record, reason in info.failed.items()}
        self.count(info.rejected, info.neutralised, info.labels)
        self.shards.append(
            {
                **({"file": name} if name else {}),
                "records": list(info.records),
                "rows": info.rows,
                "bytes": info.bytes,
                **({"content_sha256": info.content_sha256} if info.content_sha256 else {}),
                **({"file_sha256": info.file_sha256} if info.file_sha256 else {}),
                **({"truth_sha256": info.truth_sha256} if info.truth_sha256 and info.file_sha256 else {}),
            }
        )

    def write(self, path: Path) -> None:
        """Publish the manifest by an atomic rename."""
        write_json(path, vars(self))


def write_json(path: Path, content: Any) -> None:  # noqa: ANN401  # any JSON value
    """Write a JSON file so that it is either there whole or not at all."""
    staged = path.with_name(path.name + ".tmp")
    with output_errors(path):
        staged.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        os.replace(staged, path)


def manifest_path(output: Path) -> Path:
    """Return where the manifest of an output is: in its folder, or beside its file."""
    return output / "manifest.json" if output.is_dir() else output.with_name(output.name + ".manifest.json")


def read_manifest(path: Path) -> Manifest:
    """Read a manifest; raises `ManifestError` where it is missing, damaged or of another layout."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(
            f"manifest {path}: cannot be read ({error.strerror}); it is written beside every output"
        ) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ManifestError(f"manifest {path}: is damaged ({error}); generate again with --overwrite") from error
    if not isinstance(content, dict) or content.get("layout") != LAYOUT:
        found = content.get("layout") if isinstance(content, dict) else None
        raise ManifestError(
            f"manifest {path}: layout={found!r}: expected {LAYOUT}; it is damaged or of another Treadle version"
        )
    try:
        made = Manifest(**content)
        _check_types(made)
    except TypeError as error:
        raise ManifestError(f"manifest {path}: is damaged ({error}); generate again with --overwrite") from error
    return made


def _check_types(manifest: Manifest) -> None:
    """Raise `TypeError` where a value is of another type than those that are written."""
    for name, like in vars(Manifest("", "", "", "", 0, 0, 0, "", "", 0, [], [])).items():
        if type(getattr(manifest, name)) is not type(like):
            raise TypeError(f"{name}={getattr(manifest, name)!r}")
    for shard in manifest.shards:
        match shard:
            case {"records": [int(), int()], "rows": int(), "bytes": int()}:
                if all(type(shard.get(name, "")) is str for name in ("content_sha256", "file_sha256", "truth_sha256")):
                    continue
        raise TypeError(f"shards hold {str(shard)[:60]!r}")
