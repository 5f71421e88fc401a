"""What the command line shows of faults: the table of operators, and records with their edits marked beside the clean ones."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from treadle.checks.edits import by_field, restored
from treadle.checks.findings import EDITS
from treadle.corrupt.examples import example
from treadle.corrupt.table import FAMILIES, TABLE
from treadle.display import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from treadle.corrupt.operators import Operator

_LONGEST = 60
"""Characters of an example's side that are shown."""
_HAPPENED = {"none": "-", "up": "up", "down": "down", "by score": "score"}


def operator_table(family: str = "") -> Iterator[RenderableType]:
    """Return a table for each family of faults, or for one."""
    for name in FAMILIES:
        rows = [each for each in TABLE if each.family == name]
        if not rows or family not in {"", name}:
            continue
        table = Table(
            title=name, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim"
        )
        for column, width in (("operator", 24), ("on", 10), ("label", 5), ("what it does, and an example", None)):
            table.add_column(column, min_width=width)
        for each in rows:
            table.add_row(each.name, each.target, _HAPPENED[each.effect], _told(each))
        yield table
        yield Text("")


def _told(each: Operator) -> Text:
    told = Text(each.doc)
    shown = example(each)
    if shown is not None:
        told.append(f"\n{_line(shown.before)}", style="green")
        told.append(" > ", style="dim")
        told.append(_line(shown.after), style="red")
    return told


def _line(text: str) -> str:
    """Return text on one line, with a sign for each line end, and not too long."""
    shown = visible(text.replace("\n", "\u23ce"))
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}\u2026"


def operator_rows() -> list[tuple[str, str, str, str, str, str]]:
    """Return the table of operators as texts: name, family, target, effect on the label, what it does, an example."""
    found: list[tuple[str, str, str, str, str, str]] = []
    for each in TABLE:
        shown = example(each)
        told = f"{_line(shown.before)} → {_line(shown.after)}" if shown else ""
        found.append((each.name, each.family, each.target, each.effect, each.doc, told))
    return found


def faulted_parts(record: dict[str, Any]) -> Iterator[RenderableType]:  # a record's values are of many types
    """Return, for each text of a record that has faults, its clean and its final form side by side, and its edits."""
    for field, own in by_field(record.get(EDITS) or ()).items():
        clean = restored([record.get(field)], [own])[0] or ""
        yield Text("")
        yield _side_by_side(field, clean, record.get(field) or "")
        yield _edit_table(own)


def _side_by_side(field: str, clean: str, final: str) -> Table:
    """Return both forms of a text, with what differs marked."""
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    table.add_column(f"{field}, clean", ratio=1)
    table.add_column("with faults", ratio=1)
    left, right = Text(), Text()
    old, new = (re.findall(r"\s|[^\s]+", text) for text in (clean, final))
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        left.append(visible("".join(old[a:b])), style="" if kind == "equal" else "green")
        right.append(visible("".join(new[c:d])), style="" if kind == "equal" else "bold red")
    table.add_row(left, right)
    return table


def _edit_table(own: list[dict[str, Any]]) -> Table:  # as above
    table = Table(box=None, pad_edge=False, header_style="dim", title="edits", title_justify="left")
    for name in ("operator", "place", "before", "after"):
        table.add_column(name)
    for each in own:
        place = f"{each['final_start']}:{each['final_end']}" if each.get("final_start") is not None else "gone"
        moved = "moved" if each.get("place") is not None else _line(str(each["after"]))
        table.add_row(str(each["operator"]), place, _line(str(each["before"])), moved)
    return table
