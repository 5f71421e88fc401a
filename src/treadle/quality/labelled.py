"""Measures of labelled prompts: diversity of the clean texts, probes for leaks, and how labels and styles are spread.

What is measured is a sample of up to `SAMPLE` clean texts of the whole file, so that figures of files of any size compare.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zlib import crc32

import polars as pl

from treadle.quality.diversity import Diversity, diversity, entropy
from treadle.quality.probes import Probes, probes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

SAMPLE = 2_000
COLUMNS = {
    "distinct-1": ("distinct_1", "higher"),
    "distinct-2": ("distinct_2", "higher"),
    "distinct-3": ("distinct_3", "higher"),
    "MATTR100": ("mattr_100", "higher"),
    "self-BLEU4": ("self_bleu_4", "lower"),
    "Vendi/n": ("vendi_per_text", "higher"),
    "uniq3": ("unique_trigrams", "higher"),
    "near-dup": ("near_duplicates", "lower"),
    "gzip": ("gzip_ratio", "lower"),
    "length": ("length_only_accuracy", "lower"),
    "first token": ("first_token_accuracy", "lower"),
}
"""The columns of the table of corpora: the measure of each, and which way is better."""
CORPORA: dict[str, tuple[float, ...]] = {
    "CLINC150 (1500 texts, 10 intents)": (0.08, 0.28, 0.47, 0.63, 0.52, 0.60, 0.38, 0.119, 4.1, 0.26, 0.51),
    "BANKING77 (1731, 10)": (0.04, 0.25, 0.50, 0.61, 0.53, 0.61, 0.33, 0.090, 3.8, 0.23, 0.29),
    "SNIPS (1995, 7)": (0.18, 0.52, 0.74, 0.74, 0.28, 0.79, 0.67, 0.017, 2.5, 0.28, 0.73),
    "HWU64 (1632, 10)": (0.14, 0.51, 0.76, 0.73, 0.28, 0.78, 0.66, 0.027, 3.0, 0.19, 0.52),
}
"""What real corpora measure, by the same definitions."""


@dataclass(frozen=True)
class Prompt:
    """A text with its label, and what is known of it besides: its rule, style, audience, complexity and domain."""

    text: str
    label: str
    rule: str = ""
    style: str = ""
    audience: str = ""
    complexity: str = ""
    domain: str = ""


@dataclass(frozen=True)
class Labelled:
    """The measures of a sample of clean texts; `spread` counts the values of each attribute."""

    diversity: Diversity
    probes: Probes
    spread: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def to_json(self) -> dict[str, float | int | None]:
        """Return the figures under the names of `COLUMNS` and a few more."""
        found, probed = self.diversity, self.probes
        told: dict[str, float | int | None] = {
            "texts": found.texts,
            "tokens": found.tokens,
            "distinct_1": found.distinct[0],
            "distinct_2": found.distinct[1],
            "distinct_3": found.distinct[2],
            "mattr_100": found.mattr,
            "self_bleu_4": found.self_bleu,
            "vendi_per_text": found.vendi,
            "unique_trigrams": found.unique,
            "near_duplicates": found.near,
            "gzip_ratio": found.gzip,
            "first_token_bits": found.first_bits,
            "contractions": found.contractions,
            "please_or_thanks": found.polite,
            "tokens_p1": found.lengths[0],
            "tokens_p50": found.lengths[1],
            "tokens_p99": found.lengths[2],
            "length_only_accuracy": probed.length,
            "first_token_accuracy": probed.first_word,
            "words_accuracy": probed.words,
            "words_accuracy_rules_held_out": probed.words_held_out,
        }
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in told.items()}

    def evenness(self, name: str) -> float:
        """Return the entropy of an attribute's values over the most that as many values could have, in [0, 1]."""
        counts = self.spread.get(name, {})
        repeated = [value for value, count in counts.items() for _ in range(count)]
        return entropy(repeated) / max(1.0, entropy(range(len(counts)))) if len(counts) > 1 else 0.0


def labelled(prompts: Sequence[Prompt]) -> Labelled:
    """Measure prompts; of more than `SAMPLE`, as many that a hash chooses."""
    places = sorted(sorted(range(len(prompts)), key=lambda place: crc32(str(place).encode()))[:SAMPLE])
    kept = [prompts[place] for place in places]
    rules = [each.rule for each in kept]
    names = ("label", "style", "audience", "complexity", "domain")
    return Labelled(
        diversity([each.text for each in kept]),
        probes([each.text for each in kept], [each.label for each in kept], rules if all(rules) else None),
        {name: dict(Counter(getattr(each, name) for each in kept if getattr(each, name))) for name in names},
    )


def prompt_of(row: Mapping[str, Any]) -> Prompt | None:  # JSON values
    """Return the prompt of a record with `text` and `intent`; None where it is an edge case, or has neither."""
    text, label, beside = row.get("text"), row.get("intent"), row.get("metadata")
    told = beside if isinstance(beside, dict) else {}
    if not isinstance(text, str) or not isinstance(label, str) or told.get("edge_type"):
        return None
    own = {name: str(told.get(name) or "") for name in ("rule", "style", "domain")}
    return Prompt(
        text, label, **own, audience=str(row.get("audience") or ""), complexity=str(row.get("complexity") or "")
    )


def sampled(rows: Iterable[Mapping[str, Any]], size: int) -> list[Prompt]:  # JSON values
    """Return the clean prompts among rows, of about evenly spread ones where there are many: never more than 16 times `SAMPLE`."""
    step = max(1, size // (8 * SAMPLE))
    found = (prompt_of(row) for number, row in enumerate(rows) if number % step == 0)
    return [each for each in found if each is not None][: 16 * SAMPLE]


def of_file(path: Path) -> Labelled | None:
    """Measure a file or folder of records with `text` and `intent`; None where it holds no such records."""
    try:
        rows = _rows(path)
    except (pl.exceptions.PolarsError, OSError, ValueError):  # what cannot be read is told by the profile
        return None
    if rows is None:
        return None
    found = sampled(rows, len(rows))
    return labelled(found) if found else None


def _rows(path: Path) -> list[dict[str, Any]] | None:  # JSON values
    wanted = ("text", "intent", "audience", "complexity", "metadata")
    if path.suffix == ".json":
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        rows = content.get("examples") if isinstance(content, dict) else content
        listed = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        return listed if any("intent" in row and "text" in row for row in listed[:10]) else None
    scans: dict[str, Callable[[Path], pl.LazyFrame]] = {
        ".jsonl": pl.scan_ndjson,
        ".ndjson": pl.scan_ndjson,
        ".csv": pl.scan_csv,
        ".parquet": pl.scan_parquet,
    }
    if path.suffix not in scans:
        return None
    frame = scans[path.suffix](path)
    there = frame.collect_schema().names()
    if not {"text", "intent"} <= set(there):
        return None
    size = int(frame.select(pl.len()).collect(engine="streaming").item())
    kept = frame.select([name for name in wanted if name in there]).gather_every(max(1, size // (8 * SAMPLE)))
    return [_nested(row) for row in kept.collect(engine="streaming").to_dicts()]


def _nested(row: dict[str, Any]) -> dict[str, Any]:  # JSON values
    """Return a row whose object is read, where a table holds it as text."""
    if isinstance(row.get("metadata"), str):
        return {**row, "metadata": json.loads(row["metadata"])}
    return row
