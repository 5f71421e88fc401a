"""Measures the rule families of the intents pack, and writes `data/measured.tsv`: their words, and how sure their intent is.

    python tools/intents_measure.py [--rows 60000]

The words are the median of a family's texts. The certainty is what the rule file says, less where a model that never saw the family
errs on its texts: written * (0.6 + 0.4 * accuracy). Run it whenever rules were added or changed; records change with it.
"""

from __future__ import annotations

import argparse
from math import isqrt
from statistics import median
from typing import TYPE_CHECKING

from intents_lint import Ways

import treadle as td
from treadle.checks.bayes import cross_validated, in_columns
from treadle.packs.intents.families import HERE, edge_families, families
from treadle.packs.intents.labels import INTENTS
from treadle.packs.intents.recipe import intents
from treadle.packs.intents.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD = "# Rule families: median words, texts of a hundred whose intent is clear, per cent of weight. By tools/intents_measure.py."
ENOUGH = 20_000
"""Texts from which on a family has its whole weight: it is drawn some 60 times in 100,000."""
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
    weights = _weights()
    places: dict[str, list[int]] = {name: [] for name in written}
    for place, rule in enumerate(rules):
        places[rule].append(place)
    for name, own in places.items():
        words = round(median(len(texts[place].split()) for place in own)) if own else 12
        sure = written[name]
        if own and clean[own[0]]:
            accuracy = (sum(right[place] for place in own) + 2) / (len(own) + 2)
            sure = round(sure * (0.6 + 0.4 * accuracy))
        lines.append(f"{name}\t{words}\t{min(99, max(30, sure))}\t{weights.get(name, 100)}")
    (HERE / "measured.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(
        f"{len(written)} families, {sum(right)} of {sum(clean)} clean texts read by a model that never saw their family"
    )


def _weights() -> dict[str, int]:
    """Return per cent of a family's weight: less for one two of whose texts are often the same (Simpson's index)."""
    slots = Slots.of_pack()
    counted = {intent: Ways(HERE / "grammar" / f"{intent}.rules", slots) for intent in INTENTS}
    found = {}
    for each in families():
        texts = STYLES / counted[each.intent].alike_in(each.name, slots)
        found[each.name] = 100 if each.paste else max(2, min(100, isqrt(int(10_000 * texts / ENOUGH))))
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
