"""The metadata of a document of intents: its counts, and how various its texts are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from treadle.packs.intents.labels import INTENTS
from treadle.packs.intents.options import counts_of, start_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Row = Mapping[str, Any]  # JSON values
    Measured = tuple[dict[str, Any], dict[str, dict[str, int]]]

_BLOCK = 1 << 20


def metadata(
    base: dict[str, Any],  # JSON values
    options: Mapping[str, str],
    rows: Callable[[], Iterator[Row]],
    measured: Callable[[Iterable[Row], int], Measured],
) -> dict[str, Any]:  # JSON values
    """Return the metadata of a document: the configuration, how many examples of each intent are clean, and measures of these."""
    first, last = base["config"]["records"]
    counts, clean = counts_of(options), np.zeros(len(INTENTS), np.int64)
    for begin in range(first, last, _BLOCK):
        records = np.arange(begin, min(begin + _BLOCK, last), dtype=np.int64)
        clean += np.bincount(counts.intents(records)[~counts.is_edge(records)], minlength=len(INTENTS))
    figures, spread = measured(rows(), base["total_examples"])
    present = sum(1 for count in clean.tolist() if count)
    return {
        **base,
        "generated_at": start_of(options).removesuffix("Z"),
        "config": {
            "examples_per_intent": int(clean[0]) if len(set(clean.tolist())) == 1 else None,
            "edge_cases": last - first - int(clean.sum()),
            "use_openai": any(name != "template" for name in base["config"].get("writers", ())),
            "temperature": 0.8,
            **base["config"],
        },
        "statistics": {
            "total_generated": base["total_examples"],
            **{f"intent_{name}": count for name, count in zip(INTENTS, clean.tolist(), strict=True)},
            "edge_cases": last - first - int(clean.sum()),
        },
        "diversity_metrics": {
            "audience_distribution": spread.get("audience", {}),
            "complexity_distribution": spread.get("complexity", {}),
            "style_distribution": spread.get("style", {}),
            "uniqueness_score": figures["distinct_3"],
            "topic_coverage": round(present / len(INTENTS), 4),
            "style_variety": figures.get("style_evenness", 0.0),
            "domain_coverage": len(spread.get("domain", {})),
            **figures,
        },
    }
