"""The table in docs/corruption.md is the table of operators. `python tests/corrupt/test_operator_docs.py` writes it anew."""

from __future__ import annotations

import re
from pathlib import Path

from treadle.display_faults import operator_rows

PAGE = Path(__file__).resolve().parents[2] / "docs" / "corruption.md"
PLACE = re.compile(r"(<!-- operators -->\n).*?(<!-- end -->)", re.DOTALL)


def written() -> str:
    """Return the table in Markdown."""
    lines = ["| operator | family | on | label | what it does | for example |", "| --- | --- | --- | --- | --- | --- |"]
    for name, family, target, effect, doc, shown in operator_rows():
        cells = [f"`{name}`", family, target, effect, doc, f"`` {shown} ``" if shown else ""]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def test_the_table_of_operators_in_the_docs_is_the_one_that_runs():
    """Names, effects and examples are those of the program."""
    found = PLACE.search(PAGE.read_text(encoding="utf-8"))
    assert found
    assert found.group().split("\n", 1)[1].rpartition("<!--")[0] == written()


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(PLACE.sub(lambda found: found[1] + written() + found[2], text), encoding="utf-8")
