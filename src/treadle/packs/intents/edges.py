"""Edge cases: the rules and fields that their families share. Typing errors and noise are put in by corruption operators."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.intents.labels import EDGES, INTENTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle.packs.intents.slots import Slots

    Ints = NDArray[np.int64]

HERE = Path(__file__).parent / "data"
LONG = 950
"""Characters that a long text is filled up to; line breaks between its sentences come on top."""
_LINES = 34


@cache
def languages() -> dict[str, dict[str, str]]:
    """Return what is asked in each language, by its code: a template an intent, and `nouns` apart by semicolons."""
    with (HERE / "languages.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row.pop("code"): row for row in rows}


def edge_fields(slots: Slots) -> dict[str, td.Field]:
    """Return the language of an edge case in another one, and the sentences that fill a long one."""
    kinds = {name: EDGES.index(name) for name in ("long", "multi_language")}
    sentence = td.text("{if nth = 0}{simple|cap}.\n\n{elif nth = 1}{long_line}{else} {long_line}{/if}", rules={**_asks(), **slots.rules()})
    return {
        "tongue": td.choice(list(languages())),
        "language": td.derive(
            lambda tongue, edge, kind: np.where(edge & (kind == kinds["multi_language"]), tongue + 1, 0),
            "tongue",
            "edge",
            "kind",
            values=["en", *languages()],
            doc="the language of the text, or the other one of a mixed text",
        ),
        "sentences": td.derive(lambda edge, kind: np.where(edge & (kind == kinds["long"]), _LINES, 0), "edge", "kind"),
        "fill": td.each(
            "sentences",
            {
                "nth": td.serial(0),
                "filling": sentence,
                "size": td.length("filling"),
                "end": td.cumulative("size"),
                "shown": td.text(f"{{if end <= {LONG}}}{{filling}}{{/if}}"),
            },
        ),
    }


def edge_rules() -> dict[str, Any]:  # templates
    """Return the rules that edge cases use: what is asked, plainly or in another language, in three to five characters ..."""
    nouns = {code: [td.escape(noun) for noun in row["nouns"].split(";")] for code, row in languages().items()}
    native = {
        intent: td.by("tongue", {code: _native(row[intent]) for code, row in languages().items()}) for intent in INTENTS
    }
    return {**_asks(), "native": td.by("intent", native), "native_noun": td.by("tongue", nouns)}


def _asks() -> dict[str, Any]:  # templates
    return {
        "simple": td.by("intent", {intent: f"{{simple_{intent}}}" for intent in INTENTS}),
        "simple_other": td.by("other", {intent: f"{{simple_{intent}}}" for intent in INTENTS}),
        "tiny_ask": td.by("intent", {intent: f"{{tiny_{intent}}}" for intent in INTENTS}),
        "cue_of_intent": td.by("intent", {intent: f"{{cue_{intent}}}" for intent in INTENTS}),
    }


def _native(template: str) -> str:
    """Return a line of the table as a template."""
    return td.escape(template).replace(td.escape("{x}"), "{native_noun}").replace(td.escape("{n}"), "{tens}")
