"""What was measured of each rule family: its texts' words, how surely a model names their intent, and how often it may be drawn.

`tools/intents_measure.py` writes the file from the rules; a family that is not in it counts as one of medium length.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent / "data"
MEDIUM = 12


@cache
def _rows() -> dict[str, tuple[int, int, str]]:
    lines = (HERE / "measured.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith(("#", "family\t")))
    return {name: (int(words), int(sure), weight) for name, words, sure, weight in rows}


def words_of(family: str) -> int:
    """Return the median number of words of a family's texts."""
    return _rows().get(family, (MEDIUM, 0, "100"))[0]


def sure_of(family: str, written: int) -> int:
    """Return of how many in a hundred texts the intent is clear: as measured, or else as the rule file has it."""
    return _rows().get(family, (0, 0, "100"))[1] or written


def weight_of(family: str, written: str) -> str:
    """Return the weight of a family: what the rule file has, and less where it has few texts, so that none come again often."""
    return str(Fraction(written) * Fraction(_rows().get(family, (0, 0, "100"))[2]) / 100)
