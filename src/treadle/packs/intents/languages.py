"""Asks and sentences in other languages than English, from a table with an intent a column."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent / "data"


@cache
def languages() -> dict[str, dict[str, str]]:
    """Return what is asked in each language, by its code: a template an intent, and `nouns` apart by semicolons."""
    with (HERE / "languages.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(
            (line for line in file if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE
        )
        return {row.pop("code"): row for row in rows}


def passages() -> list[str]:
    """Return short passages of everyday talk in all languages, to be translated or pasted."""
    return [
        f"{row[first]} {row[second]}".replace("{x}", noun).replace("{n}", str(7 + place))
        for row in languages().values()
        for place, noun in enumerate(row["nouns"].split(";"))
        for first, second in (("conversation", "problem_solving"), ("problem_solving", "reasoning"))
    ]
