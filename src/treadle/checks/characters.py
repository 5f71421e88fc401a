"""Characters that make a terminal or an editor show what is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from treadle.checks.findings import TRUTH, Check
from treadle.checks.privacy import texts_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from treadle.checks.findings import Finding, Row

UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Terminal controls and bidi overrides."""


def characters(passed_over: Collection[str] = ()) -> Check:
    """Return the check for control characters and marks that turn the direction of writing, but for the columns passed over."""
    left_out = {*TRUTH, *passed_over}

    def look(rows: Sequence[Row]) -> Iterator[Finding]:
        for number, row in enumerate(rows):
            for column, value in row.items():
                for text in texts_in(value) if column not in left_out else ():
                    found = UNSAFE.search(text)
                    if found:
                        begin = max(0, found.start() - 20)
                        around = f"U+{ord(found[0]):04X} in {text[begin : found.end() + 20]!a}"
                        yield number, column, around, "no control characters or direction marks"

    return Check("characters", look)
