"""Typing errors and noise: edge cases whose texts are those of clean ones, with faults that the corruption operators put in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.intents.labels import EDGES, NOISY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle.declarations import Faults

    Ints = NDArray[np.int64]

SEVERITY = 0.3
LEAST, MOST = 8, 900
"""Characters of a text that faults are put into: short ones could lose all, and long ones grow beyond a thousand."""
TYPOS = {
    "keyboard_typo": 3, "transposed_letters": 3, "dropped_letter": 3, "doubled_letter": 2, "misspelling": 2, "glued_words": 1,
    "split_word": 1, "changed_case": 1, "repeated_word": 1, "doubled_punctuation": 1,
}  # fmt: skip
"""What goes wrong while somebody types, and how often."""
NOISE = {
    "ocr_confusion": 2, "mojibake": 2, "homoglyph": 2, "zero_width": 2, "lost_accents": 1, "html_entities": 2, "html_residue": 2,
    "markdown_residue": 1, "space_runs": 2, "hard_wraps": 2, "hyphenated_word": 1, "lost_line_ends": 1, "lost_blank_lines": 1,
    "trailing_spaces": 1,
}  # fmt: skip
"""What becomes of text that is scanned, copied from a page or a mail, or read in the wrong encoding, and how often."""
_UNREAD = ("date", "family_name", "place", "person", "company")
"""Marks that no operator here reads, though lists of the pack have their names: so no spans are kept for them."""


def fault_fields() -> dict[str, td.Field]:
    """Return what faults a record's text gets, and whether its text may have them."""
    kinds = np.array([NOISY.index(kind) + 1 if kind in NOISY else 0 for kind in EDGES])

    def fault(edge: NDArray[np.bool_], kind: Ints) -> Ints:
        found: Ints = np.where(edge, kinds[kind], 0)
        return found

    return {"fault": td.derive(fault, "edge", "kind", values=["none", *NOISY])}


def faults() -> Faults:
    """Return the faults of edge cases; labels and all else that is known of a text stay as they are."""
    groups = dict(zip(NOISY, (TYPOS, NOISE), strict=True))
    profile = td.Profile("intents", severity=SEVERITY)
    return td.faults(["text"], by="fault", profile=profile, groups=groups, marks=dict.fromkeys(_UNREAD, ()))
