"""What a plain text model learns from the hiring pack, and what it must not: `python benchmarks/hiring_quality.py [--count 20000]`.

A logistic regression over TF-IDF of both texts and of the words they share is trained on the training split and read on the
test split. It should find the match. The same model with one side alone, with lengths alone or with first lines alone should
find nothing, for then the label would lie in a shortcut. The second table says how varied the texts are. Its distinct-2 is the
number of different word pairs over that of all word pairs in 2,000 texts; words are what stands between blanks
(`text.lower().split()`), so a word with a comma behind it is another word.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

import treadle as td

LONG_SENTENCE = 5
"""Words from which on a line counts as a sentence: shorter ones are headings."""


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=42)
    arguments = parser.parse_args()
    columns = ["resume_text", "job_skill_text", "match_label", "split"]
    table = td.generate("hiring", count=arguments.count, seed=arguments.seed, columns=columns, truth=False).to_polars()
    train, test = table.filter(split="train"), table.filter(split="test")
    say(f"{len(train)} pairs to train on, {len(test)} to test\n")
    say(f"{'what the model sees':34}{'AUC':>8}{'wanted':>12}")
    for name, wanted, features in MODELS:
        say(f"{name:34}{area(features, train, test):8.3f}{wanted:>12}")
    say(f"\n{'text':10}{'distinct-2':>12}{'wanted':>9}{'commonest sentence':>20}{'wanted':>9}{'words p5/p50/p95':>20}")
    for side, least in (("resume_text", 0.35), ("job_skill_text", 0.30)):
        texts = table[side].to_list()
        share, sentence = commonest(texts)
        words = np.percentile([len(text.split()) for text in texts], [5, 50, 95]).astype(int)
        spread = "/".join(map(str, words))
        say(
            f"{side[:10]:10}{distinct(texts[:2000]):12.3f}{f'>= {least}':>9}{share:>20.2%}{'<= 1%':>9}{spread:>20}  {sentence[:60]}"
        )


def area(features: object, train: object, test: object) -> float:
    """Return the AUC on the test split of a model of these features."""
    seen, unseen = features(train, test)
    model = LogisticRegression(C=1.0, max_iter=300).fit(seen, train["match_label"].to_numpy())
    return roc_auc_score(test["match_label"].to_numpy(), model.predict_proba(unseen)[:, 1])


def side(name: str, shorten: object = None) -> object:
    """Return features of one text."""

    def features(train: object, test: object) -> tuple[object, object]:
        texts = [[shorten(text) if shorten else text for text in part[name].to_list()] for part in (train, test)]
        terms = TfidfVectorizer(min_df=2, sublinear_tf=True, token_pattern=WORD)
        return terms.fit_transform(texts[0]), terms.transform(texts[1])

    return features


def both(train: object, test: object) -> tuple[object, object]:
    """Return TF-IDF of both texts and their products, with their sum as the cosine."""
    terms = TfidfVectorizer(min_df=2, sublinear_tf=True, token_pattern=WORD, ngram_range=(1, 2))
    terms.fit(train["resume_text"].to_list() + train["job_skill_text"].to_list())

    def parts(table: object) -> object:
        resume, job = (terms.transform(table[name].to_list()) for name in ("resume_text", "job_skill_text"))
        product = resume.multiply(job).tocsr()
        return sp.hstack([resume, job, 3 * product, 10 * product.sum(axis=1)]).tocsr()

    return parts(train), parts(test)


def first_lines(train: object, test: object) -> tuple[object, object]:
    """Return TF-IDF of the first lines of both texts, and of the words they share."""
    return _pairs(train, test, lambda text: text.split("\n", 1)[0])


def _pairs(train: object, test: object, shorten: object) -> tuple[object, object]:
    terms = TfidfVectorizer(min_df=2, token_pattern=WORD)
    read = {
        id(part): [[shorten(text) for text in part[name].to_list()] for name in ("resume_text", "job_skill_text")]
        for part in (train, test)
    }
    terms.fit([text for texts in read[id(train)] for text in texts])

    def parts(table: object) -> object:
        resume, job = (terms.transform(texts) for texts in read[id(table)])
        return sp.hstack([resume, job, resume.multiply(job).sum(axis=1)]).tocsr()

    return parts(train), parts(test)


def lengths(train: object, test: object) -> tuple[object, object]:
    """Return characters, words and lines of both texts."""

    def counted(table: object) -> object:
        return np.array([[len(text), len(text.split()), text.count("\n")] for text in table["resume_text"]]), np.array(
            [[len(text), len(text.split()), text.count("\n")] for text in table["job_skill_text"]]
        )

    seen, unseen = (np.hstack([*counted(part)]) for part in (train, test))
    scale = StandardScaler().fit(seen)
    return scale.transform(seen), scale.transform(unseen)


def distinct(texts: list[str]) -> float:
    """Return the different word pairs over all word pairs; words are what stands between blanks, in small letters."""
    pairs: Counter[tuple[str, str]] = Counter()
    for text in texts:
        pairs.update(pairwise(text.lower().split()))
    return len(pairs) / sum(pairs.values())


def commonest(texts: list[str]) -> tuple[float, str]:
    """Return the share of texts that hold the sentence which most of them hold, and the sentence."""
    held: Counter[str] = Counter()
    for text in texts:
        lines = (line.strip(" -*•#=\u2013") for line in re.split(r"\n|(?<=[.!?])\s", text))
        held.update({line for line in lines if len(line.split()) >= LONG_SENTENCE})
    sentence, count = held.most_common(1)[0]
    return count / len(texts), sentence


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


WORD = r"(?u)[\w+#.]+[\w+#]|\w"
MODELS = (
    ("both texts and their products", ">= 0.80", both),
    ("résumé alone", "< 0.55", side("resume_text")),
    ("job post alone", "< 0.55", side("job_skill_text")),
    ("lengths alone", "< 0.55", lengths),
    ("first lines of both", "< 0.55", first_lines),
)

if __name__ == "__main__":
    main()
