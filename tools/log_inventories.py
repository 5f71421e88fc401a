"""Writes what is generated from the inventories of the logs pack: JSON Schemas, pages of fields, empty checklists."""

from __future__ import annotations

import sys
from pathlib import Path

from treadle.run.domains import find_domain
from treadle.run.source import members

PACKS = Path(__file__).resolve().parent.parent / "src" / "treadle" / "packs"


def main() -> None:
    """Write the files of every domain beside its inventory."""
    for reference in members("logs"):
        folder = PACKS.joinpath(*reference.split("."))
        _, domain = find_domain(reference)
        domain.write_generated(folder)  # type: ignore[attr-defined]  # a domain of this pack
        sys.stdout.write(f"{folder.relative_to(PACKS)}: {', '.join(domain.generated())}\n")  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
