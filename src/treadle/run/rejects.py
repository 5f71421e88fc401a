"""What was left out of a user's files: written as JSON lines beside an output, one line an entry, so that nothing vanishes."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from treadle.pipeline import output_errors

if TYPE_CHECKING:
    from pathlib import Path

    from treadle.recipe import Recipe


def rejects_name(recipe: Recipe, output: Path) -> str:
    """Return the name of the file of rejects that belongs beside an output, `""` where nothing was left out."""
    return f"{output.name}.rejects.jsonl" if any(intake.rejects for intake in recipe.intakes) else ""


def write_rejects(recipe: Recipe, output: Path) -> None:
    """Write what was left out, where anything was, and take away what an earlier run with the same output left out."""
    path = output.with_name(f"{output.name}.rejects.jsonl")
    name = rejects_name(recipe, output)
    with output_errors(path):
        if not name:
            path.unlink(missing_ok=True)
            return
        staged = path.with_name(path.name + ".tmp")
        with staged.open("w", encoding="utf-8", newline="\n") as file:
            for intake in recipe.intakes:
                for reject in intake.rejects:
                    file.write(json.dumps({"file": intake.source, **reject}, ensure_ascii=False) + "\n")
        os.replace(staged, path)
