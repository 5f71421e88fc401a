"""What the slots of rules are filled with: lists by domain, shared vocabularies, numbers, and disjoint hands of each.

`{thing}` draws from the list of the record's domain, `{city}` from a shared vocabulary. `{thing_1}` to `{thing_4}` are four hands
that share no entry, so that a text can name two that differ; `{thing_a}` to `{thing_d}` are held: the same throughout a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import treadle as td
from treadle.packs.intents.domains import LISTS, PLURALS, Domain, domains
from treadle.packs.intents.families import grammars
from treadle.packs.intents.labels import PASTED
from treadle.packs.intents.languages import passages
from treadle.packs.intents.numbers import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HERE = Path(__file__).parent / "data" / "vocabularies"
HANDS = 4
_SLOT = re.compile(r"(?<!\\)\{([a-z]\w*)[^{}]*\}")
_NAMED = re.compile(rf"(\w+?)(?:_([1-{HANDS}])|_([a-d]))?")
ACTS = (
    *(
        "add",
        "build",
        "check",
        "clean",
        "collect",
        "compute",
        "convert",
        "count",
        "create",
        "decode",
        "delete",
        "encode",
        "export",
    ),
    *(
        "fetch",
        "filter",
        "find",
        "flatten",
        "format",
        "get",
        "group",
        "handle",
        "import_all",
        "index",
        "init",
        "is_valid",
        "join",
    ),
    *(
        "list_all",
        "load",
        "lookup",
        "make",
        "map_to",
        "mark",
        "merge",
        "move",
        "normalize",
        "pack",
        "parse",
        "print_all",
        "process",
    ),
    *(
        "push",
        "rank",
        "read",
        "reduce_to",
        "refresh",
        "remove",
        "render",
        "reset",
        "resolve",
        "reverse",
        "round_up",
        "run",
        "save",
    ),
    *(
        "scan",
        "score",
        "search",
        "select",
        "send",
        "serialize",
        "shuffle",
        "sort",
        "split",
        "store",
        "sum_up",
        "swap",
        "sync",
    ),
    *(
        "tag",
        "test",
        "toggle",
        "total",
        "track",
        "transform",
        "trim",
        "unpack",
        "update",
        "upload",
        "validate",
        "walk",
        "write",
    ),
)
"""What functions in code are named for."""
CODE = {"obj": "entity", "var": "column", "num": "numeric"}
"""Names that the code of a text uses throughout, and the lists that they are from; and `act`."""


@dataclass(frozen=True)
class Slot:
    """A slot's name, taken apart: `things_2` is the plural of an entry of `thing`, of the second hand.

    `hand` is 0 for all entries, `held` is empty where each place draws anew.
    """

    listed: str
    hand: int
    held: str
    plural: bool

    @classmethod
    def of(cls, name: str) -> Slot:
        """Take a name apart."""
        listed, hand, held = _NAMED.fullmatch(name).groups()  # type: ignore[union-attr]  # any name fits
        number = int(hand) if hand else "abcd".index(held) + 1 if held else 0
        return cls(PLURALS.get(listed, listed), number, held or "", listed in PLURALS)

    @property
    def vocabulary(self) -> str:
        """The name of the slot's list, but for the domain."""
        return f"{self.listed}_{self.hand}" if self.hand else self.listed

    @property
    def written(self) -> str:
        """What writes the slot from its list."""
        name = f"{self.vocabulary}_of" if self.listed in LISTS else self.vocabulary
        return f"{{{name}{'#' + self.held if self.held else ''}{'|plural' if self.plural else ''}}}"


@cache
def shared() -> Mapping[str, td.Vocabulary]:
    """Return the vocabularies that all intents share: the files, and numbers."""
    files = {path.stem: td.read_vocabulary(path) for path in sorted(HERE.glob("*.txt"))}
    made = {**NUMBERS, "foreign": passages()}
    return {**{name: td.vocabulary(list(entries)) for name, entries in made.items()}, **files}


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
        named = names_by_rule(path.read_text(encoding="utf-8-sig") for path in grammars())
        return cls({**named, "pasted": frozenset(PASTED)}, domains(), shared())

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
        return not {Slot.of(name).listed for name in self.reaches(rule)}.isdisjoint({*LISTS, "field", *CODE})

    @staticmethod
    def is_of_domain(slot: str) -> bool:
        """Tell whether a slot draws from a list of the record's domain."""
        return Slot.of(slot).listed in {*LISTS, "field"} or slot.partition("_")[0] in CODE

    def vocabularies(self) -> dict[str, td.Vocabulary]:
        """Return every list that a rule names, by its name in the recipe; those of domains have a part for each."""
        everything = dict.fromkeys(entry for domain in self.domains for entry in domain.lists.get("topic", ()))
        made = {"any_topic": td.vocabulary(list(everything) or ["<any_topic>"]), "act_name": _identifiers(ACTS)}
        for slot in {Slot.of(name) for name in self.named}:
            if slot.listed in LISTS:
                made[f"{slot.vocabulary}_of"] = self._parted(slot.listed, slot.hand)
            elif slot.listed in self.shared:
                listed = self.shared[slot.listed]
                made[slot.vocabulary] = td.vocabulary(_dealt(listed.entries, slot.hand)) if slot.hand else listed
        for name in CODE.values():
            made[f"{name}_of"] = self._parted(name, 0)
        return dict(sorted(made.items()))

    def _parted(self, listed: str, hand: int) -> td.Vocabulary:
        """Return a list of all domains, or a hand of it, parted by domain."""
        cases = {each.key: each.lists.get(listed, (f"<{listed}>",)) for each in self.domains}
        dealt = hand and all(len(entries) >= HANDS for entries in cases.values())
        forms = _forms([entry for entries in cases.values() for entry in entries]) if listed in CODE.values() else None
        return td.parted("subject", cases, (hand - 1, HANDS) if dealt else (0, 1), forms=forms)

    def rules(self) -> dict[str, Any]:  # templates
        """Return the rules that write the lists of domains, and those that hold an entry."""
        made: dict[str, Any] = {
            "field": td.by("subject", {each.key: td.escape(each.name) for each in self.domains}),
            "topic": "{theme:TOPIC}",
            **_code(),
        }
        for name in sorted(self.named - made.keys()):
            slot = Slot.of(name)
            if slot.listed in LISTS or (slot.listed in self.shared and slot.held):
                made[name] = slot.written
        return made

    def topics(self) -> dict[str, tuple[str, ...]]:
        """Return the topics by domain."""
        return {each.key: each.lists.get("topic", ("<topic>",)) for each in self.domains}


def _code() -> dict[str, Any]:  # templates
    """Return the rules of identifiers: `obj`, `obj_pascal`, `obj_camel` and so on, each the same throughout a text."""
    made: dict[str, Any] = {}
    for form in ("", "pascal", "camel"):
        end, modifier = (f"_{form}", f"|as({form})") if form else ("", "")
        made[f"act{end}"] = f"{{act_name#act{modifier}}}"
        made |= {f"{name}{end}": f"{{{listed}_of#{name}{modifier}}}" for name, listed in CODE.items()}
    return made


def _identifiers(names: Sequence[str]) -> td.Vocabulary:
    """Return snake_case names with their camelCase and PascalCase."""
    return td.vocabulary(list(names), forms=_forms(names))


def _forms(names: Sequence[str]) -> dict[str, dict[str, str]]:
    pascal = {name: "".join(part[:1].upper() + part[1:] for part in name.split("_")) for name in names}
    return {"pascal": pascal, "camel": {name: written[:1].lower() + written[1:] for name, written in pascal.items()}}


def _dealt(entries: Sequence[str | int], hand: int) -> list[str]:
    """Return a hand of a list: one of four parts; all of it for hand 0, and where there are too few entries to deal out."""
    count = len(entries)
    dealt = entries[(hand - 1) * count // HANDS : hand * count // HANDS] if hand and count >= HANDS else entries
    return [str(entry) for entry in dealt]
