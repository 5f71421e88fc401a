"""Content hashes of recipes, kept beside this file: `python tests/golden/regenerate.py` writes them anew.

A hash that moves means that a seed gives other records than it did: bump the recipe's version, and tell it in the changelog.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path

import treadle as td
from treadle.run.source import load_recipe

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
COUNT, SEEDS = 500, (42, 7)
PACKS = {"hiring": 200, "intents": 600, "logs.agent": 300, "logs.api": 500, "logs.cv": 500}
"""The built-in packs, and of how many records their hashes are."""


def references() -> dict[str, str]:
    """Return where each recipe with golden hashes is, by the name of its hashes."""
    recipes = ROOT / "tests" / "recipes"
    found = {"wide": f"{recipes / 'wide.py'}:wide", "slim": f"{recipes / 'wide.py'}:slim"} | {
        name: name for name in PACKS
    }
    examples = sorted((ROOT / "examples").glob("*.py"))
    return found | {f"example_{each.stem}": str(each) for each in examples if "Recipe(" in each.read_text("utf-8")}


def hashes(reference: str) -> dict[str, object]:
    """Return the SHA-256 of a recipe's canonical JSON lines by seed, and of a CSV file, with the version they belong to."""
    count = PACKS.get(reference, COUNT)
    made: dict[str, object] = {"version": load_recipe(reference).version, "count": count}
    with tempfile.TemporaryDirectory() as folder:
        for seed in SEEDS:
            for suffix in ("jsonl", "csv"):
                output = Path(folder) / f"{seed}.{suffix}"
                td.generate(reference, count=count, seed=seed).write(output)
                made[f"seed {seed}, {suffix}"] = hashlib.sha256(output.read_bytes()).hexdigest()
    return made


def path_of(name: str) -> Path:
    """Return the file of a recipe's hashes."""
    return HERE / f"{name}.sha256.json"


def main() -> None:
    """Write all hashes, and say which have moved."""
    for name, reference in references().items():
        content = json.dumps(hashes(reference), indent=1) + "\n"
        moved = not path_of(name).is_file() or path_of(name).read_text(encoding="utf-8") != content
        path_of(name).write_text(content, encoding="utf-8")
        sys.stdout.write(f"{'moved  ' if moved else 'as was '} {path_of(name).relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
