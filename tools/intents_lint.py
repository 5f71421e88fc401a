"""Checks a file of the intents pack's content and shows what it makes.

    python tools/intents_lint.py grammar/reasoning.rules [-n 30] [--family NAME] [--seed 7]
    python tools/intents_lint.py domains/cooking.lists
    python tools/intents_lint.py vocabularies/city.txt

Paths are below `src/treadle/packs/intents/data/`. Slots whose lists are not there yet are shown as `<slot>`.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

import treadle as td
from treadle.notation import Alternatives, Branches, Literal, Slot, parse, parse_rules
from treadle.packs.intents import slots as slot_lists
from treadle.packs.intents.domains import LEAST, LISTS, Domain, domains, read_domain
from treadle.packs.intents.families import HERE, Family, grammars, read_families
from treadle.packs.intents.labels import INTENTS, PASTED
from treadle.packs.intents.prompts import prompt_fields

ENOUGH = 5_000
_MADE = {"field", "topic", "any_topic", "ask", "simple", "simple_other"} | {
    name + end for name in ("act", "obj", "var") for end in ("", "_pascal", "_camel")
}
_STUB = Domain("nothing", "<field>", 5, {})


def main() -> None:
    """Check the file that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("-n", type=int, default=30, help="how many prompts to print")
    parser.add_argument("--family", default="", help="only families whose name begins so")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    path = next((each for each in (HERE / given.file, Path(given.file)) if each.is_file()), None)
    if path is None:
        sys.exit(f"{given.file}: is not there, nor below {HERE}")
    try:
        if path.suffix == ".lists":
            _domain(path)
        elif path.suffix == ".rules":
            _rules(path, given.n, given.family, given.seed)
        else:
            _vocabulary(path)
    except td.TreadleError as error:
        sys.exit(str(error))


def _domain(path: Path) -> None:
    domain = read_domain(path)
    for name, least in LEAST.items():
        entries = domain.lists.get(name, ())
        if len(entries) < least:
            print(f"  {name}: {len(entries)} entries, at least {least} wanted")
        odd = [each for each in entries if any(mark in each for mark in "{}\t") or each != each.strip()]
        odd += [each for each in entries if name in {"question", "problem", "claim"} and each[-1] in ".?!"]
        odd += [each for each in entries if name in {"fact", "message", "smalltalk"} and each[-1] not in '.?!")\u2026']
        odd += [
            each
            for each in entries
            if name in {"thing", "person", "place", "event", "app"} and each.startswith(("a ", "an ", "the "))
        ]
        odd += [each for each in entries if name == "column" and not each.replace("_", "").isalnum()]
        if odd:
            print(f"  {name}: look at {odd[:4]}")
    words = Counter(word for entries in domain.lists.values() for entry in entries for word in entry.lower().split())
    print(
        f"{path.name}: {sum(map(len, domain.lists.values()))} entries, {len(words)} different words; most {words.most_common(25)}"
    )


def _vocabulary(path: Path) -> None:
    lines = [
        line.strip()
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    twice = [line for line, count in Counter(lines).items() if count > 1]
    print(f"{path.name}: {len(set(lines))} entries" + (f"; twice: {twice[:8]}" if twice else ""))


def _rules(path: Path, count: int, prefix: str, seed: int) -> None:
    known = read_families(path, path.stem if path.stem in INTENTS else "")
    found = [each for each in known if each.name.startswith(prefix)]
    if not found:
        sys.exit(
            f"{path.name}: no family{f' {prefix}' if prefix else ''}: write an attribute line above a rule, as in #= form=question"
        )
    files = [each for each in grammars() if each.parent.name == "shared"] + [path]
    slots = _slots(files)
    dataset = td.generate(_recipe(found, slots, files), count=max(count, 4_000), seed=seed, truth=False)
    rows = list(dataset)
    lengths = {each.name: [] for each in found}
    for row in rows:
        lengths[row["family"]].append(len(row["text"].split()))
    _counted(found, lengths, path, slots, rows)
    for row in rows[:count]:
        print(
            f"--- {row['family']} | {row['style']} | {row['audience']} | {row['domain']} | {row['technical_level']}\n{row['text']}"
        )


def _counted(
    found: list[Family], lengths: dict[str, list[int]], path: Path, slots: slot_lists.Slots, rows: list[dict]
) -> None:
    middle = {name: sorted(each)[len(each) // 2] if each else 0 for name, each in lengths.items()}
    size = Counter(
        "short" if middle[each.name] <= 9 else "medium" if middle[each.name] <= 22 else "long" for each in found
    )
    print(f"{path.name}: {len(found)} families; by length {dict(size)}")
    for name in ("form", "complexity", "sure"):
        print(f"  {name}: {dict(Counter(getattr(each, name) for each in found).most_common())}")
    first = Counter(row["text"].split()[0].lower() for row in rows)
    print(f"  first words: {', '.join(f'{word} {100 * n / len(rows):.1f}%' for word, n in first.most_common(14))}")
    missing = sorted(
        {
            word[1:-1]
            for row in rows
            for word in row["text"].split()
            if word.startswith("<") and word.endswith(">") and word[1:-1].isidentifier()
        }
    )
    if missing:
        print(f"  slots not there yet (stand as <slot>): {', '.join(missing)}")
    ways = Ways(path, slots)
    few = {each.name: ways.of_rule(each.name) for each in found if float(each.weight) > 0.5 and not each.paste}
    few = {name: n for name, n in few.items() if n < ENOUGH}
    if few and slots.domains[0] is not _STUB:
        print(
            f"  say fewer than {ENOUGH} texts (vary them, or give weight=0.1 to 0.5): "
            + ", ".join(f"{k} {n}" for k, n in sorted(few.items(), key=lambda pair: pair[1]))
        )


def _slots(files: list[Path]) -> slot_lists.Slots:
    """Return slots in which every list that is not there yet holds its own name."""
    named = slot_lists.names_by_rule(path.read_text(encoding="utf-8") for path in files)
    rules = {rule.name for path in files for rule in parse_rules(path.read_text(encoding="utf-8"), path.name)}
    wanted = {name for names in named.values() for name in names}
    known = dict(slot_lists.shared())
    for slot in wanted - rules:
        name = slot_lists.Slot.of(slot).listed
        if name not in LISTS and name not in _MADE and name not in known:
            known[name] = td.vocabulary([f"<{name}>"])
    for kind in PASTED:
        if kind not in rules and kind not in known:
            known[kind] = td.vocabulary([f"<{kind}>"])
    named["pasted"] = frozenset(PASTED)
    return slot_lists.Slots(named, domains() or (_STUB,), known)


def _recipe(found: list[Family], slots: slot_lists.Slots, files: list[Path]) -> td.Recipe:
    fields = {
        "intent": td.choice(list(INTENTS)),
        "edge": td.derive(lambda family: family < 0, "family", boolean=True),
        "family": td.choice({each.name: each.weight for each in found}),
        **prompt_fields(found, slots),
    }
    return td.Recipe("lint", fields, vocabularies=slots.vocabularies(), rules=td.read_rules(*files))


class Ways:
    """Counts how many different texts a rule can say; a slot of a domain counts once for each domain."""

    def __init__(self, path: Path, slots: slot_lists.Slots) -> None:
        """Take the rule file, and the slots with their lists."""
        files = [each for each in grammars() if each.parent.name == "shared"] + [path]
        self.rules = {
            rule.name: rule for each in files for rule in parse_rules(each.read_text(encoding="utf-8"), each.name)
        }
        self.sizes = {name: len(each) for name, each in slots.shared.items()}
        self.sizes |= {name: sum(len(each.lists.get(name, ())) for each in slots.domains) for name in LISTS}
        self.done: dict[str, int] = {}
        self.alike: dict[str, float] = {}
        self.domains = len(slots.domains)

    def of_rule(self, name: str) -> int:
        """Return how many texts a rule, or a slot, can say; at most a trillion."""
        if name not in self.done:
            self.done[name] = 1
            rule = self.rules.get(name)
            slot = slot_lists.Slot.of(name)
            listed = (
                "entity" if name.startswith(("obj", "act")) else "column" if name.startswith("var") else slot.listed
            )
            counted = (
                sum(self._of(parse(text, at)) for text, at in zip(rule.alternatives, rule.places, strict=True))
                if rule
                else self.sizes.get(listed, 1)
            )
            self.done[name] = min(counted, 10**12)
        return self.done[name]

    def alike_in(self, name: str, slots: slot_lists.Slots) -> float:
        """Return how likely two texts of a family are the same, over all domains."""
        rule = self.rules[name]
        total = float(sum(rule.weights))
        found = 0.0
        for text, at, weight in zip(rule.alternatives, rule.places, rule.weights, strict=True):
            named = slot_lists.names_by_rule([f"x:\n  {text}\n"])["x"]
            of_domain = any(slots.names_domain(each) or slots.is_of_domain(each) for each in named)
            found += (float(weight) / total) ** 2 * self._same(parse(text, at)) / (self.domains if of_domain else 1)
        return found

    def same(self, name: str) -> float:
        """Return how likely two texts of a rule, or two entries of a slot, of one domain are the same."""
        if name not in self.alike:
            self.alike[name] = 1.0
            rule = self.rules.get(name)
            if rule:
                total = float(sum(rule.weights))
                parts = zip(rule.alternatives, rule.places, rule.weights, strict=True)
                found = sum((float(weight) / total) ** 2 * self._same(parse(text, at)) for text, at, weight in parts)
            else:
                found = 1 / max(1, self._entries(name))
            self.alike[name] = found
        return self.alike[name]

    def _entries(self, name: str) -> float:
        slot = slot_lists.Slot.of(name)
        listed = {"obj": "entity", "var": "column"}.get(name.partition("_")[0], slot.listed)
        size = self.sizes.get(listed, 80 if name.startswith("act") else 1)
        return (size / self.domains if listed in LISTS else size) / (4 if slot.hand else 1)

    def _same(self, nodes: tuple) -> float:
        likely = 1.0
        for node in nodes:
            if isinstance(node, Slot):
                likely *= self.same(node.name)
            elif isinstance(node, Alternatives):
                total = float(sum(node.weights))
                shares = [float(weight) / total for weight in node.weights]
                likely *= sum(share**2 * self._same(each) for share, each in zip(shares, node.choices, strict=True))
        return likely

    def _of(self, nodes: tuple) -> int:
        ways = 1
        for node in nodes:
            if isinstance(node, Literal):
                continue
            if isinstance(node, Slot):
                ways *= self.of_rule(node.name)
            elif isinstance(node, Alternatives):
                ways *= sum(self._of(each) for each in node.choices)
            elif isinstance(node, Branches):
                ways *= sum(self._of(each) for each in (*node.bodies, node.otherwise))
        return min(ways, 10**12)


if __name__ == "__main__":
    main()
