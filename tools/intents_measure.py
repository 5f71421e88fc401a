"""Measures the rule families of the intents pack, and writes `data/measured.tsv`: their words, and how sure their intent is.

    python tools/intents_measure.py [--rows 60000]

The words are the median of a family's texts. The certainty is what the rule file says, less where a model that never saw the family
errs on its texts: written * (0.6 + 0.4 * accuracy). Run it whenever rules were added or changed; records change with it.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
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
    from collections.abc import Mapping, Sequence

    from treadle.packs.intents.families import Family

    Groups = dict[tuple[str, str, str], list[Family]]

HEAD = "# Rule families: median words, texts of a hundred whose intent is clear, per cent of weight. By tools/intents_measure.py."
COLLISIONS, LEAST_PAIRS = 1_000_000, 3
"""Clean texts among which equal ones of a family are counted, and how many pairs tell more than the grammar does."""
MOST = 0.004
"""The share of a family's different texts that are drawn for 100,000 clean ones, at most."""
STEADY = 2
"""Words by which a median may differ from the file and is left as it was."""
STYLES = 2
"""Ways in which a text is worded, beside those of its rule."""


def main() -> None:
    """Measure, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=60_000)
    given = parser.parse_args()
    rows = list(td.generate(intents(), count=given.rows, seed=1, truth=False))
    texts = [row["text"] for row in rows]
    rules, labels = [row["metadata"]["rule"] for row in rows], [row["intent"] for row in rows]
    clean = [row["metadata"]["edge_type"] is None for row in rows]
    right = _right(texts, labels, rules, clean)
    written = {each.name: each.sure for each in (*families(), *edge_families())}
    lines = [HEAD, "family\twords\tsure\tweight"]
    weights, counted = _weights()
    places: dict[str, list[int]] = {name: [] for name in written}
    for place, rule in enumerate(rules):
        places[rule].append(place)
    for name, own in places.items():
        words = counted.get(name) or (round(median(len(texts[place].split()) for place in own)) if own else 12)
        sure = written[name]
        if own and clean[own[0]]:
            accuracy = (sum(right[place] for place in own) + 2) / (len(own) + 2)
            sure = round(sure * (0.6 + 0.4 * accuracy))
        lines.append(f"{name}\t{words}\t{min(99, max(30, sure))}\t{weights.get(name, 100):.3g}")
    (HERE / "measured.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(
        f"{len(written)} families, {sum(right)} of {sum(clean)} clean texts read by a model that never saw their family"
    )


def _weights() -> tuple[dict[str, float], dict[str, int]]:
    """Return per cent of a family's weight: less where two of its texts are often the same; and the median words of each.

    A family with n of 100,000 clean texts comes again about n * n / 2N times, where 1/N is how likely two of its texts are equal
    (Simpson's index): counted where that is often enough, and else reckoned from the grammar. No family gets more than `MOST` * N.
    """
    spaces, splits, words = _spaces()
    with patch("treadle.packs.intents.recipe.words_of", words.__getitem__):
        groups = _groups(splits)
    shares = _limited(spaces, MOST, groups)
    drawn = _drawn(shares, groups)
    again = sum(drawn[name] ** 2 / (2 * space) for name, space in spaces.items())
    print(f"of 100,000 clean texts about {again:.0f} come again")
    return {name: max(0.01, 100 * share) for name, share in shares.items()}, words


def _spaces() -> tuple[dict[str, float], dict[str, str], dict[str, int]]:
    """Return N of each family, counted where every family is drawn by its written weight; its split, and its median words."""
    slots = Slots.of_pack()
    counted = {intent: Ways(HERE / "grammar" / f"{intent}.rules", slots) for intent in INTENTS}
    texts: dict[str, Counter[str]] = defaultdict(Counter)
    splits: dict[str, str] = {}
    with patch("treadle.packs.intents.recipe.weight_of", lambda _, written: written):
        recipe = intents(Counts(1000, 0))
    for row in td.generate(recipe, count=COLLISIONS, seed=2, truth=False, columns=["text", "rule", "split"]):
        texts[row["rule"]][row["text"]] += 1
        splits[row["rule"]] = row["split"]
    words = {
        name: _steady(name, round(median(len(text.split()) for text in each.elements())))
        for name, each in texts.items()
    }
    found = {}
    for each in families():
        drawn = texts[each.name].total()
        equal = sum(count * (count - 1) // 2 for count in texts[each.name].values())
        reckoned = STYLES / counted[each.intent].alike_in(each.name, slots)
        pairs = drawn * (drawn - 1) / 2
        found[each.name] = pairs / equal if equal >= LEAST_PAIRS else max(1000.0, reckoned, pairs / LEAST_PAIRS)
    return found, splits, words


def _steady(name: str, words: int) -> int:
    """Return what the file has where that is about the same, so that a family keeps its length and with it its split."""
    before = words_of(name)
    return before if abs(before - words) <= STEADY else words


def _limited(spaces: Mapping[str, float], most: float, groups: Groups) -> dict[str, float]:
    """Return shares of the families' written weights with which none is drawn more than `most` * N times."""
    shares = dict.fromkeys(spaces, 1.0)
    for _ in range(12):
        drawn = _drawn(shares, groups)
        shares = {
            name: share * max(1e-4, min(1.0, most * spaces[name] / drawn[name])) for name, share in shares.items()
        }
    return shares


def _drawn(shares: Mapping[str, float], groups: Groups) -> dict[str, float]:
    """Return how often each family is drawn in 100,000 clean texts."""
    found = dict.fromkeys(shares, 0.0)
    for (_, size, split), own in groups.items():
        weights = {each.name: float(each.weight) * shares[each.name] for each in own}
        part = SHARES.get(size, 0) / sum(SHARES.values()) if size != ANY else 1
        part *= SPLITS[split] / sum(SPLITS.values())
        for name, weight in weights.items():
            found[name] += 100_000 / len(INTENTS) * part * weight / sum(weights.values())
    return found


def _groups(splits: Mapping[str, str]) -> Groups:
    """Return the families among which one is drawn: those of an intent and a length, in the small splits of any length."""
    found: Groups = defaultdict(list)
    for intent in INTENTS:
        for size in (*SHARES, ANY):
            for each in of_size(intent, size):
                if each.name in splits and (splits[each.name] == "train") == (size != ANY):
                    found[intent, size, splits[each.name]].append(each)
    return found


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
