"""Packs whose records also stand in raw logs: they declare a `DOMAIN` in `domain.py`, which knows the raw forms and the rules.

Nothing here knows a domain: it is found by its pack's name (`logs.api`), by the last part of that (`api`), or by a folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from treadle.errors import UsageError, unknown
from treadle.run.manifest import manifest_path, read_manifest
from treadle.run.source import Source, compiled, members, pack_module, packs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    Records = Callable[[int, int], Sequence[dict[str, Any]]]  # JSON values


class Parsed(Protocol):
    """What became of the lines of a raw log."""

    form: str
    lines: int
    records: int
    rejected: int
    others: int
    first: list[dict[str, Any]]  # JSON values


class Domain(Protocol):
    """What a pack with raw forms can be asked."""

    reference: str
    forms: Mapping[str, Any]  # each pack has its own kind of form

    def checks(self, recipe: Any) -> Mapping[str, Any]:  # noqa: ANN401  # as a pack's `validate.py` has them
        """Return the checks that `treadle validate` runs."""

    def parse(
        self, source: Path, output: Path, *, form: str, overwrite: bool, progress: Callable[[int], None]
    ) -> Parsed:
        """Read a raw log into JSON lines."""

    def invalid_lines(self, records: Records, count: int) -> Iterator[str]:
        """Yield entries that must be rejected, with their answer keys."""

    def kill_table(self, records: Records, command: str) -> Any:  # noqa: ANN401  # shown by `display_logs`
        """Return which mutants are rejected, by our validator and by a user's command."""

    def checklist(self, path: Path) -> list[tuple[str, str]]:
        """Return the profiling checklist, filled from a dataset."""


def domain_of(reference: str) -> Domain | None:
    """Return the domain of a pack, or of a folder that holds one; None where it has none."""
    module = pack_module(reference, "domain")
    return getattr(module, "DOMAIN", None)


def find_domain(name: str) -> tuple[str, Domain]:
    """Return a domain and its reference by its name, by the last part of it, or by its folder; raises `UsageError`."""
    known = [each for each in packs() if pack_module(each, "domain") is not None]
    found = [each for each in known if name in {each, each.rpartition(".")[2]}]
    reference = found[0] if found else name
    domain = domain_of(reference)
    if domain is None:
        kinds = [each for each in members(name) if each in known]
        hint = f": name one of {', '.join(kinds)}" if kinds else ""
        raise UsageError((f"{name!r} is several domains" if kinds else unknown("domain", name, known)) + hint)
    return reference, domain


def records_of(reference: str, seed: int) -> Records:
    """Return a function from a range of record numbers to records, as JSON values in the order of the recipe's columns."""
    plan = compiled(Source.of(reference), seed, trace=False)

    def records(first: int, last: int) -> Sequence[dict[str, Any]]:  # JSON values
        drawn = plan.draw(np.arange(first, last, dtype=np.uint64))
        return list(plan.arrow(drawn.batch, truth=False).to_pylist())

    return records


def checklist(path: Path) -> list[tuple[str, str]]:
    """Return the filled checklist of a file, where its manifest names a pack that has one and all its columns are there."""
    manifest = read_manifest(manifest_path(path)) if path.is_file() and manifest_path(path).exists() else None
    domain = domain_of(manifest.source or manifest.recipe) if manifest is not None else None
    if manifest is None or domain is None or manifest.format not in {"jsonl", "parquet"}:
        return []
    return domain.checklist(path)
