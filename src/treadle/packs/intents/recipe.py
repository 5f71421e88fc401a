"""The recipe of the pack: prompts that people might type, each with the intent behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.intents.counts import Counts
from treadle.packs.intents.edges import edge_fields, edge_rules, long_lines
from treadle.packs.intents.families import edge_families, families, grammars
from treadle.packs.intents.faults import LEAST, MOST, fault_fields, faults
from treadle.packs.intents.labels import EDGES, INTENTS, NOISY, SIZES
from treadle.packs.intents.measured import sure_of, weight_of, words_of
from treadle.packs.intents.options import FLAGS, OPTIONS, command, counts_of, start_of
from treadle.packs.intents.prompts import prompt_fields
from treadle.packs.intents.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from treadle.packs.intents.families import Family

    Ints = NDArray[np.int64]

__all__ = ["FLAGS", "OPTIONS", "command", "configured", "intents", "recipe"]

NAME, VERSION = "intents", "1"
SHARES = {"short": 14, "medium": 5, "long": 1}
"""How long clean texts are: the same for every intent, so that length does not tell it."""
ANY = "any"
"""Of any length: in the small splits an intent has too few families of each length to keep to it."""
SPLITS = {"train": 8, "validation": 1, "test": 1}
FAULTY = range(4, 91)
"""Median words of the families that faults are put into: their texts have room for some, so that hardly any is drawn again."""
COLUMNS = ["text", "intent", "audience", "complexity", "confidence", "metadata", "generated_at"]
METADATA = (
    *("generation_method", "style", "technical_level", "form", "rule", "domain", "topic", "split"),
    *("text_language", "edge_type", "other_intent"),
)


def configured(**options: str) -> td.Recipe:
    """Return the recipe for options given as text, as on the command line: see `OPTIONS`."""
    return intents(counts_of(options), start=start_of(options))


def intents(counts: Counts | None = None, *, start: str = "2024-01-24T12:00:00Z") -> td.Recipe:
    """Return the recipe for counts of examples, in proportion; `start` is the simulated clock's at the first record."""
    counts, slots = counts or Counts(), Slots.of_pack()
    groups = _groups()
    listed = [each for group in groups.values() for each in group]
    names = list(dict.fromkeys(each.name for each in listed))
    by_name = {each.name: each for each in listed}
    ordered = [by_name[name] for name in names]
    fields = {
        **_designed(counts),
        "split": td.quota(SPLITS, doc="texts of a rule are all in one split"),
        "size": td.choice(SHARES),
        "group": td.derive(_grouped, "intent", "edge", "kind", "size", "split", values=list(groups)),
        "family": td.choice(
            {group: {each.name: weight_of(each.name, each.weight) for each in held} for group, held in groups.items()},
            by="group",
            within="split",
        ),
        **prompt_fields(ordered, slots, edge_rules()),
        **edge_fields(),
        **fault_fields(),
        **_told(ordered),
        "rule": td.derive(
            lambda family: family, "family", values=names, doc="the family of rules that the text is from"
        ),
        "generation_method": td.choice(["template"]),
        "characters": td.length("text"),
        "metadata": td.nested(*METADATA),
        "generated_at": td.clock(start, every="1s", format="%Y-%m-%dT%H:%M:%S"),
    }
    return td.Recipe(
        NAME,
        fields,
        version=VERSION,
        columns=COLUMNS,
        labels=["intent"],
        vocabularies={**slots.vocabularies(), "long_line": long_lines(slots.domains)},
        rules=td.read_rules(*grammars()),
        checks=[
            td.check("3 to 1000 characters", "characters >= 3 and characters <= 1000"),
            td.check("room for faults", f"fault = none or (characters >= {LEAST} and characters <= {MOST})"),
        ],
        faults=faults() if counts.edge_cases else None,
        entities=["TOPIC"],
        writer_in="generation_method",
        doc="Prompts that people might type, each with the intent behind it.",
    )


def _designed(counts: Counts) -> dict[str, td.Field]:
    """Return what follows from a record's number: its intent, whether it is an edge case and of which kind."""

    def intent(record: Ints) -> Ints:
        return counts.intents(record)

    def edge(record: Ints) -> NDArray[np.bool_]:
        return counts.is_edge(record)

    def kind(record: Ints) -> Ints:
        return counts.edge_types(record)

    def other(record: Ints) -> Ints:
        return counts.other_intents(record)

    return {
        "record": td.serial(),
        "intent": td.derive(intent, "record", values=list(INTENTS)),
        "edge": td.derive(edge, "record", boolean=True),
        "kind": td.derive(kind, "record", values=list(EDGES)),
        "other": td.derive(other, "record", values=list(INTENTS)),
        "edge_type": td.derive(lambda kind: kind, "kind", values=list(EDGES), when="edge", doc="the kind of edge case"),
    }


def _told(families: Sequence[Family]) -> dict[str, td.Field]:
    """Return how sure the label is, and the other intent of an edge case that has two."""
    sure = np.array([sure_of(each.name, each.sure) for each in families])
    near = np.array([list(INTENTS).index(each.near) if each.near else -1 for each in families])
    two = [EDGES.index(name) for name in ("ambiguous", "adversarial", "near_duplicate")]
    names = list(INTENTS)

    def confidence(family: Ints, intent: Ints) -> Ints:
        found: Ints = np.where(near[family] == intent, np.maximum(sure[family], 90), sure[family])
        return found

    return {
        "confidence": td.derive(
            confidence, "family", "intent", places=2, doc="how sure a careful reader can be of the intent"
        ),
        "has_two": td.derive(lambda edge, kind: edge & np.isin(kind, two), "edge", "kind", boolean=True),
        "other_intent": td.derive(
            lambda family, other: np.where(near[family] >= 0, near[family], other),
            "family",
            "other",
            values=names,
            when="has_two",
            doc="the other intent of an edge case that can be read two ways, or holds two",
        ),
    }


def _groups() -> dict[str, list[Family]]:
    """Return the families by what decides among them: intent and length, or kind of edge case and intent."""
    clean = {f"{intent} {size}": of_size(intent, size) for intent in INTENTS for size in (*SIZES, ANY)}
    edge = {f"{kind} {intent}": _of_kind(kind, intent) for kind in EDGES for intent in INTENTS}
    return {**clean, **edge}


def _of_kind(kind: str, intent: str) -> list[Family]:
    """Return the families of a kind of edge case: for faults those of the intent whose texts have room for some."""
    if kind in NOISY:
        return [each for each in families() if each.intent == intent and words_of(each.name) in FAULTY]
    return [each for each in edge_families() if each.kind == kind and each.intent in {intent, "any"}]


def of_size(intent: str, size: str) -> list[Family]:
    """Return the families of an intent whose texts are so long; all of them where there are too few to be divided into splits."""
    own = [each for each in families() if each.intent == intent]
    if size == ANY:
        return own
    fitting = [each for each in own if _size(each) == size]
    return fitting if len(fitting) >= len(SPLITS) else own


def _size(family: Family) -> str:
    """Return how long the texts of a family are, by their median words."""
    words = words_of(family.name)
    return "short" if words <= 9 else "medium" if words <= 22 else "long"


def _grouped(intent: Ints, edge: NDArray[np.bool_], kind: Ints, size: Ints, split: Ints) -> Ints:
    sizes = len(SIZES) + 1
    length = np.where(split == 0, size, len(SIZES))
    found: Ints = np.where(edge, len(INTENTS) * (sizes + kind) + intent, sizes * intent + length)
    return found


recipe = intents()
