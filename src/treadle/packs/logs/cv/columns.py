"""JSON of computer vision records, read by columns where it is laid out as the generator does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from treadle.packs.logs.columnar import Columnar, record_slots
from treadle.packs.logs.cv.catalog import INVENTORY, STATISTICS
from treadle.packs.logs.cv.raw import GROUPS
from treadle.packs.logs.shapes import LISTED, NUMBER, Literals, Shape, Slot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from treadle.packs.logs.blocks import Block
    from treadle.packs.logs.columnar import Values

    Flags = NDArray[np.bool_]
    Ids = NDArray[np.int32]

_ENTRIES = {each.name: each for each in INVENTORY.fields}
_NUMBERS = [name for name, each in _ENTRIES.items() if each.type != "string"]


def _slot(name: str, before: str) -> Slot:
    """Return the slot of a field; a number may be null, which stands in its place like a number."""
    if name in _NUMBERS:
        return Slot(name, before, "", "", kind=NUMBER)
    return Slot(name, before, absent="null" if _ENTRIES[name].nullable else None)


def _raw() -> Shape:
    """Return how `document.write` lays out a record."""
    slots: list[Slot] = []
    for number, (group, fields) in enumerate(GROUPS.items()):
        for place, (key, name) in enumerate(fields.items()):
            before = "," if place else ("}," if number else "{") + f'"{group}":{{'
            slots.append(_slot(name, f'{before}"{key}":'))
    for place, name in enumerate(STATISTICS):
        slots.append(Slot(name, "," if place else '},"coco_eval":{"stats":[', "", "", kind=LISTED))
    behind = [slot.before for slot in slots[1:]] + [""]
    found = [
        replace(slot, gap=after.index('"')) if slot.kind == NUMBER else slot
        for slot, after in zip(slots, behind, strict=True)
    ]
    return Shape(found, "]}}\n")


def _record() -> Shape:
    special = {name: Slot(name, "", "", "") for name in _NUMBERS}
    return Shape(record_slots(INVENTORY.fields, special), "}\n")


def _work(block: Block, values: Values) -> tuple[Flags, dict[str, Flags | None], dict[str, list[Ids]]]:
    """Return which lines hold numbers as they must be; nothing is worked out of values."""
    return values.numbers(block, _NUMBERS), {}, {}


COLUMNS = Columnar(_raw(), _record(), Literals(), _work)
