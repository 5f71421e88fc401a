"""What the slots of rules are filled with: lists by domain, shared vocabularies, numbers, and disjoint hands of each.

`{thing}` draws from the list of the record's domain, `{city}` from a shared vocabulary. `{thing_1}` to `{thing_4}` are four hands
that share no entry, so that a text can name two things that differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import treadle as td
from treadle.packs.intents.domains import LEAST, PLURALS, Domain, domains
from treadle.packs.intents.families import grammars
from treadle.packs.intents.numbers import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HERE = Path(__file__).parent / "data" / "vocabularies"
HANDS = 4
_SLOT = re.compile(r"(?<!\\)\{([a-z]\w*)[^{}]*\}")
_HAND = re.compile(rf"(\w+)_([1-{HANDS}])")


@cache
def shared() -> Mapping[str, td.Vocabulary]:
    """Return the vocabularies that all intents share: the files, and numbers."""
    files = {path.stem: td.read_vocabulary(path) for path in sorted(HERE.glob("*.txt"))}
    return {**{name: td.vocabulary(list(entries)) for name, entries in NUMBERS.items()}, **files}


def names_by_rule(texts: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the names that stand in braces in each rule of rule files."""
    found: dict[str, set[str]] = {}
    current: set[str] = set()
    for line in (line for text in texts for line in text.splitlines()):
        if line[:1].isspace():
            current.update(_SLOT.findall(line))
        elif line.rstrip().endswith(":") and not line.startswith("#"):
            current = found.setdefault(line.rstrip().removesuffix(":"), set())
    return {name: frozenset(names) for name, names in found.items()}


@dataclass(frozen=True)
class Slots:
    """The slots that rules name, and the lists to fill them from."""

    rules_named: Mapping[str, frozenset[str]]
    domains: Sequence[Domain]
    shared: Mapping[str, td.Vocabulary]

    @classmethod
    def of_pack(cls) -> Slots:
        """Return the slots of the pack's own rule files."""
        return cls(names_by_rule(path.read_text(encoding="utf-8-sig") for path in grammars()), domains(), shared())

    @cached_property
    def named(self) -> frozenset[str]:
        """Every name that a rule writes in braces."""
        return frozenset(name for names in self.rules_named.values() for name in names)

    def reaches(self, rule: str) -> frozenset[str]:
        """Return what a rule's texts are made of, at any depth: the names of rules and slots."""
        found: set[str] = set()
        waiting = [rule]
        while waiting:
            for name in self.rules_named.get(waiting.pop(), frozenset()) - found:
                found.add(name)
                waiting.append(name)
        return frozenset(found)

    def names_domain(self, rule: str) -> bool:
        """Tell whether the texts of a rule say what they are about."""
        names = {_split(PLURALS.get(name, name))[0] for name in self.reaches(rule)}
        return not names.isdisjoint({*LEAST, *PLURALS, "field", "act", "obj", "var"})

    def vocabularies(self) -> dict[str, td.Vocabulary]:
        """Return every list that a rule names, by its name in the recipe: `city`, `city_2`, `thing__cooking`, `thing_2__cooking`."""
        made: dict[str, td.Vocabulary] = {}
        for slot in sorted(self.named):
            name, hand = _split(PLURALS.get(slot, slot))
            if name in PLURALS:
                name, slot = PLURALS[name], f"{PLURALS[name]}_{hand}"  # noqa: PLW2901  # a plural is written from the same list
            if name in LEAST:
                for domain in self.domains:
                    made[f"{slot}__{domain.key}"] = td.vocabulary(_dealt(domain.lists.get(name, (f"<{name}>",)), hand))
            elif name in self.shared:
                made[slot] = td.vocabulary(_dealt(self.shared[name].entries, hand)) if hand else self.shared[name]
        everything = [entry for domain in self.domains for entry in domain.lists.get("topic", ())]
        return {**made, "any_topic": td.vocabulary(list(dict.fromkeys(everything)) or ["<any_topic>"])}

    def domain_rules(self) -> dict[str, Any]:  # templates
        """Return the rules that choose among the lists of domains by the record's."""
        made: dict[str, Any] = {"field": td.by("subject", {each.key: td.escape(each.name) for each in self.domains})}
        for slot in sorted(self.named):
            name, hand = _split(slot)
            if name in PLURALS:
                listed = f"{PLURALS[name]}_{hand}" if hand else PLURALS[name]
                made[slot] = td.by("subject", {each.key: f"{{{listed}__{each.key}|plural}}" for each in self.domains})
            elif slot == "topic":
                made[slot] = "{theme:TOPIC}"
            elif name in LEAST:
                made[slot] = td.by("subject", {each.key: f"{{{slot}__{each.key}}}" for each in self.domains})
        return made

    def topics(self) -> dict[str, tuple[str, ...]]:
        """Return the topics by domain."""
        return {each.key: each.lists.get("topic", ("<topic>",)) for each in self.domains}


def _split(slot: str) -> tuple[str, int]:
    """Return the list of a slot and its hand, 0 for all entries."""
    found = _HAND.fullmatch(slot)
    return (found.group(1), int(found.group(2))) if found else (slot, 0)


def _dealt(entries: Sequence[str | int], hand: int) -> list[str]:
    """Return a hand of a list: every fourth entry; all of them for hand 0, and where there are too few to deal out."""
    dealt = entries[hand - 1 :: HANDS] if hand and len(entries) >= HANDS else entries
    return [str(entry) for entry in dealt]
