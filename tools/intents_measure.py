"""Measures the rule families of the intents pack, and writes `data/measured.tsv`: their words, certainty and weights.

    python tools/intents_measure.py [--rows 60000] [--collisions 1000000]

The words are the median of a family's texts. The certainty is what the rule file says, less where a model that never saw the family
errs on its texts: written * (0.6 + 0.4 * accuracy). The weight is less where two of a family's texts are often the same. What it
prints at the end, how many of 100,000 clean texts come again as reckoned and as counted anew, should agree. Run it whenever rules
were added or changed; records change with it.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING
from unittest.mock import patch

from intents_lint import Ways

import treadle as td
from treadle.checks.bayes import cross_validated, in_columns
from treadle.packs.intents.counts import Counts
from treadle.packs.intents.families import HERE, edge_families, families
from treadle.packs.intents.labels import INTENTS
from treadle.packs.intents.measured import words_of
from treadle.packs.intents.recipe import ANY, SHARES, SPLITS, intents, of_size
from treadle.packs.intents.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from treadle.packs.intents.families import Family

    Groups = dict[tuple[str, str, str], list[Family]]
    Shares = Mapping[str, float]

HEAD = "# Rule families: median words, texts of a hundred whose intent is clear, per cent of weight. By tools/intents_measure.py."
CLEAN = 100_000
"""Clean texts among which those that come again are reckoned."""
MOST = 0.001
"""The share of a family's different texts that are drawn for `CLEAN` ones, where its group can do with that."""
STEEPEST = 5
"""How many times its even part of a group's texts a family is given, at most; beyond it narrow families are drawn more often."""
STEADY = 2
"""Words by which a median may differ from the file and is left as it was."""
STYLES = 2
"""Ways in which a text is worded, beside those of its rule."""


@dataclass
class Seen:
    """What was drawn of the families: texts with their numbers, and the split that each family is in."""

    texts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    splits: dict[str, str] = field(default_factory=dict)

    def draw(self, count: int, seed: int) -> Seen:
        """Add clean texts of the pack's recipe as it stands now."""
        rows = td.generate(
            intents(Counts(1000, 0)), count=count, seed=seed, truth=False, columns=["text", "rule", "split"]
        )
        for row in rows:
            self.texts[row["rule"]][row["text"]] += 1
            self.splits[row["rule"]] = row["split"]
        return self

    def words(self) -> dict[str, int]:
        """Return the median words of each family; what the file has where that is about the same, so that splits stay."""
        found = {
            name: round(median(len(text.split()) for text in each.elements())) for name, each in self.texts.items()
        }
        return {
            name: words_of(name) if abs(words_of(name) - words) <= STEADY else words for name, words in found.items()
        }

    def spaces(self, reckoned: Mapping[str, float]) -> dict[str, float]:
        """Return N of each family, where 1/N is how likely two of its texts are equal (Simpson's index).

        It is counted among all pairs that were drawn; what the grammar says counts as one equal pair more, and never for more pairs
        than there were.
        """
        found = {}
        for each in families():
            drawn = self.texts[each.name].total()
            pairs = max(1.0, drawn * (drawn - 1) / 2)
            equal = sum(count * (count - 1) // 2 for count in self.texts[each.name].values())
            found[each.name] = (pairs + min(pairs, reckoned[each.name])) / (equal + 1)
        return found


def main() -> None:
    """Measure, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--collisions", type=int, default=1_000_000)
    given = parser.parse_args()
    with _as_if(weight=lambda _, written: written):
        first = Seen().draw(given.collisions // 4, seed=2)
    words = first.words()
    shares = _found(first, words)
    with _as_if(words=words, shares=shares):
        again = Seen(first.texts).draw(given.collisions, seed=3)
    shares = _found(again, words)
    with _as_if(words=words, shares=shares):
        _write(given.rows, words, shares)
        counted = Seen().draw(CLEAN, seed=4)
    print(f"{sum(each.total() - len(each) for each in counted.texts.values())} were counted")


@contextmanager
def _as_if(
    weight: Callable[[str, str], str] | None = None,
    words: Mapping[str, int] | None = None,
    shares: Shares | None = None,
) -> Iterator[None]:
    """Let the pack's recipe be made with other weights and words than those of the file; splits follow from the words."""
    known = words or {}

    def lowered(name: str, written: str) -> str:
        return str(Fraction(written) * Fraction(_per_cent((shares or {}).get(name, 1.0))) / 100)

    with (
        patch("treadle.packs.intents.recipe.weight_of", weight or lowered),
        patch("treadle.packs.intents.recipe.words_of", lambda name: known.get(name, words_of(name))),
    ):
        yield


def _found(seen: Seen, words: Mapping[str, int]) -> dict[str, float]:
    """Return the share of its written weight that each family keeps, and print how many texts come again with them.

    A family with n of the clean texts comes again about n * n / 2N times.
    """
    slots = Slots.of_pack()
    ways = {intent: Ways(HERE / "grammar" / f"{intent}.rules", slots) for intent in INTENTS}
    reckoned = {each.name: STYLES / ways[each.intent].alike_in(each.name, slots) for each in families()}
    spaces = seen.spaces(reckoned)
    with _as_if(words=words):
        groups = _groups(Seen().draw(CLEAN, seed=5).splits)
    drawn = {name: texts for key, own in groups.items() for name, texts in _limited(own, _wanted(key), spaces).items()}
    again = sum(texts**2 / (2 * spaces[name]) for name, texts in drawn.items())
    print(f"of {CLEAN:,} clean texts about {again:.0f} come again")
    shares = {}
    for own in groups.values():
        steepest = max(drawn[each.name] / float(each.weight) for each in own)
        shares.update({each.name: drawn[each.name] / float(each.weight) / steepest for each in own})
    return {each.name: shares.get(each.name, 1.0) for each in families()}


def _per_cent(share: float) -> str:
    """Return a share as the file has it: in few digits, since weights are whole numbers in the end, and never none."""
    return f"{max(0.01, 100 * share):.3g}"


def _limited(own: Sequence[Family], wanted: float, spaces: Mapping[str, float]) -> dict[str, float]:
    """Return how many texts each family of a group gives, of those `wanted` in all.

    They are as its weight says, but no more than a part of its space; where the group is too narrow for that, a larger part.
    """
    total = sum(float(each.weight) for each in own)

    def given(level: float, part: float) -> dict[str, float]:
        return {each.name: min(level * float(each.weight), part * spaces[each.name]) for each in own}

    part, highest = MOST, STEEPEST * wanted / total
    while sum(given(highest, part).values()) < wanted and part < 1:
        part *= 1.1
    low, high = 0.0, highest
    for _ in range(50):
        level = (low + high) / 2
        low, high = (level, high) if sum(given(level, part).values()) < wanted else (low, level)
    return given(high, part)


def _wanted(key: tuple[str, str, str]) -> float:
    """Return how many of the clean texts are of a group: an intent, a length and a split."""
    _, size, split = key
    part = SHARES.get(size, 0) / sum(SHARES.values()) if size != ANY else 1
    return CLEAN / len(INTENTS) * part * SPLITS[split] / sum(SPLITS.values())


def _groups(splits: Mapping[str, str]) -> Groups:
    """Return the families among which one is drawn: those of an intent and a length, in the small splits of any length."""
    found: Groups = defaultdict(list)
    for intent in INTENTS:
        for size in (*SHARES, ANY):
            for each in of_size(intent, size):
                if each.name in splits and (splits[each.name] == "train") == (size != ANY):
                    found[intent, size, splits[each.name]].append(each)
    return found


def _write(count: int, words: Mapping[str, int], shares: Shares) -> None:
    """Write the file, with the certainty of each family among so many texts."""
    rows = list(td.generate(intents(), count=count, seed=1, truth=False))
    texts = [row["text"] for row in rows]
    rules, labels = [row["metadata"]["rule"] for row in rows], [row["intent"] for row in rows]
    clean = [row["metadata"]["edge_type"] is None for row in rows]
    right = _right(texts, labels, rules, clean)
    written = {each.name: each.sure for each in (*families(), *edge_families())}
    lines = [HEAD, "family\twords\tsure\tweight"]
    places: dict[str, list[int]] = {name: [] for name in written}
    for place, rule in enumerate(rules):
        places[rule].append(place)
    for name, own in places.items():
        middle = words.get(name) or (
            round(median(len(texts[place].split()) for place in own)) if own else words_of(name)
        )
        sure = written[name]
        if own and clean[own[0]]:
            accuracy = (sum(right[place] for place in own) + 2) / (len(own) + 2)
            sure = round(sure * (0.6 + 0.4 * accuracy))
        lines.append(f"{name}\t{middle}\t{min(99, max(30, sure))}\t{_per_cent(shares.get(name, 1.0))}")
    (HERE / "measured.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(
        f"{len(written)} families, {sum(right)} of {sum(clean)} clean texts read by a model that never saw their family"
    )


def _right(texts: Sequence[str], labels: Sequence[str], rules: Sequence[str], clean: Sequence[bool]) -> list[bool]:
    """Tell of each text whether a model of other families' texts names its intent; False for edge cases."""
    kept = [place for place, holds in enumerate(clean) if holds]
    guessed, _ = cross_validated(
        [in_columns(texts[place]) for place in kept],
        [labels[place] for place in kept],
        [rules[place] for place in kept],
    )
    found = [False] * len(texts)
    for place, guess in zip(kept, guessed, strict=True):
        found[place] = guess == labels[place]
    return found


if __name__ == "__main__":
    main()
