"""Edge cases: the rules and fields that their families share; `faults.py` puts typing errors and noise into texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.intents.labels import EDGES, INTENTS
from treadle.packs.intents.languages import languages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from treadle.packs.intents.domains import Domain

    Ints = NDArray[np.int64]

LINE = (48, 56)
"""Characters of a line of a long text: seventeen of them and a cue of the intent make 840 to 1000."""
_SENTENCES = {"fact": "{}", "message": "{}", "smalltalk": "{}", "claim": "{}.", "problem": "{}.", "question": "{}?"}
"""The lists whose entries are sentences, and how they are written as such."""


def edge_fields() -> dict[str, td.Field]:
    """Return the language of an edge case in another one."""
    other = EDGES.index("multi_language")
    return {
        "tongue": td.choice(list(languages())),
        "text_language": td.derive(
            lambda tongue, edge, kind: np.where(edge & (kind == other), tongue + 1, 0),
            "tongue",
            "edge",
            "kind",
            values=["en", *languages()],
            doc="the language of the text, or the other one of a mixed text",
        ),
    }


def long_lines(domains: Iterable[Domain]) -> td.Vocabulary:
    """Return the sentences of all domains that are about as long as each other."""
    written = (
        form.format(entry[:1].upper() + entry[1:])
        for domain in domains
        for name, form in _SENTENCES.items()
        for entry in domain.lists.get(name, ())
    )
    low, high = LINE
    return td.vocabulary(list(dict.fromkeys(line for line in written if low <= len(line) <= high)) or ["-" * low])


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
