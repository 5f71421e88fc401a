"""Transfer: a plain model trained on generated prompts alone reads prompts that people wrote.

    python benchmarks/transfer.py --real REAL.jsonl [--train TRAIN.jsonl] [--rows 12000] [--confusion]

REAL holds a JSON object a line with `text` and `intent`. Without --train the default output of `treadle generate intents` is made.
The model is fixed: TF-IDF of words and word pairs, and logistic regression. Beside its accuracy stands how it does where the
confidence of a generated text is lower: trained on clean texts of the training split, it names the intents of the test split.
Needs scikit-learn (the extra `benchmarks`).
"""

from __future__ import annotations

import argparse
import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import treadle as td

BOUNDS = (0.0, 0.6, 0.7, 0.8, 0.9, 1.0)
"""The bins of the calibration table."""


def main() -> None:
    """Train, read, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, help="JSON lines of real prompts with text and intent")
    parser.add_argument("--train", type=Path, help="JSON lines to train on, in place of the pack's default output")
    parser.add_argument("--rows", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--confusion", action="store_true", help="print the confusions and what was read wrongly")
    given = parser.parse_args()
    rows = _read(given.train)[: given.rows] if given.train else _generated(given.rows, given.seed)
    if given.real is None or not given.real.is_file():
        print(f"transfer: no real prompts at {given.real}: give a file with --real; left out")
    else:
        _transfer(rows, _read(given.real), told=given.confusion)
    _calibration(given.seed)


def _read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _generated(count: int, seed: int) -> list[dict[str, Any]]:
    return list(td.generate("intents", count=count, seed=seed, truth=False))


def _model() -> Any:  # noqa: ANN401  # a pipeline of scikit-learn, which has no types
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415  # an extra
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # an extra
        from sklearn.pipeline import make_pipeline  # noqa: PLC0415  # an extra
    except ImportError:
        sys.exit("scikit-learn is missing: pip install 'treadle[benchmarks]'")
    return make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
        LogisticRegression(C=10, max_iter=2000, class_weight="balanced"),
    )


def _transfer(rows: list[dict[str, Any]], real: list[dict[str, Any]], *, told: bool) -> None:
    from sklearn.metrics import accuracy_score, confusion_matrix, f1_score  # noqa: PLC0415  # an extra

    model = _model().fit([row["text"] for row in rows], [row["intent"] for row in rows])
    truth, said = [row["intent"] for row in real], list(model.predict([row["text"] for row in real]))
    labels = sorted(set(truth))
    accuracy, f1 = accuracy_score(truth, said), f1_score(truth, said, labels=labels, average="macro", zero_division=0)
    print(
        f"transfer: trained on {len(rows):,} generated, {len(real):,} real prompts: accuracy {accuracy:.3f}, macro-F1 {f1:.3f}"
    )
    for label in labels:
        own = [guess == label for guess, name in zip(said, truth, strict=True) if name == label]
        print(f"  {label:20} {sum(own):4} of {len(own):4} read")
    if told:
        print(labels)
        print(confusion_matrix(truth, said, labels=labels))


def _calibration(seed: int) -> None:
    """Print how often a model trained on clean texts errs, by the confidence of texts whose rules it never saw."""
    rows = [row for row in _generated(24_000, seed + 1) if row["metadata"]["edge_type"] is None]
    train = [row for row in rows if row["metadata"]["split"] == "train"]
    test = [row for row in rows if row["metadata"]["split"] != "train"]
    model = _model().fit([row["text"] for row in train], [row["intent"] for row in train])
    right = [
        guess == row["intent"] for guess, row in zip(model.predict([row["text"] for row in test]), test, strict=True)
    ]
    print("calibration: confidence, texts of unseen rules, share read rightly")
    for low, high in pairwise(BOUNDS):
        own = [holds for holds, row in zip(right, test, strict=True) if low <= row["confidence"] < high]
        if own:
            print(f"  {low:.1f} to {high:.1f}  {len(own):6,}  {sum(own) / len(own):.3f}")


if __name__ == "__main__":
    main()
