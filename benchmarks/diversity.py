"""Diversity of generated prompts beside real corpora, near duplicates among 100,000, and speed.

    python benchmarks/diversity.py [--texts 2000] [--many 100000] [--seed 42]

The figures of the real corpora are those of `treadle.quality.labelled`, by the same definitions.
"""

from __future__ import annotations

import argparse
import tempfile
from hashlib import blake2b
from pathlib import Path
from time import perf_counter, process_time

import treadle as td
from treadle.checks.near import NearDuplicates
from treadle.quality.labelled import COLUMNS, CORPORA, Prompt, labelled, prompt_of


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=2_000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=42)
    given = parser.parse_args()
    _table(_clean(given.texts, given.seed))
    _repeats(_clean(given.many, given.seed))
    _speed(given.seed)


def _clean(count: int, seed: int) -> list[Prompt]:
    """Return so many clean prompts."""
    rows = td.generate("intents", count=count * 6 // 5 + 10, seed=seed, truth=False)
    return [prompt for row in rows if (prompt := prompt_of(row)) is not None][:count]


def _table(prompts: list[Prompt]) -> None:
    found = labelled(prompts)
    figures = found.to_json()
    print(f"{'corpus':36} " + " ".join(f"{name:>11}" for name in COLUMNS))
    for name, values in CORPORA.items():
        print(f"{name:36} " + " ".join(f"{value:11.3f}" for value in values))
    print(f"{f'generated ({len(prompts)}, 10)':36} " + " ".join(f"{figures[key]:11.3f}" for key, _ in COLUMNS.values()))
    best = [
        (max if way == "higher" else min)(values[place] for values in CORPORA.values())
        for place, (_, way) in enumerate(COLUMNS.values())
    ]
    beyond = [
        figures[key] >= mark if way == "higher" else figures[key] <= mark
        for mark, (key, way) in zip(best, COLUMNS.values(), strict=True)
    ]
    print(f"{'beyond the best real corpus':36} " + " ".join(f"{'yes' if holds else 'no':>11}" for holds in beyond))
    for name, value in figures.items():
        print(f"  {name}: {value}")


def _repeats(prompts: list[Prompt]) -> None:
    """Print how many texts come twice, and how many nearly do (MinHash over words and word pairs)."""
    seen: set[bytes] = set()
    again = 0
    for prompt in prompts:
        key = blake2b(prompt.text.encode(), digest_size=12).digest()
        again += key in seen
        seen.add(key)
    near = NearDuplicates("text", most=1.0)
    list(near.look([{"text": prompt.text} for prompt in prompts]))
    list(near.finish(lambda row: row))
    print(f"{len(prompts):,} clean texts: {again} come again ({again / len(prompts):.3%}); {near.note()}")


def _speed(seed: int) -> None:
    count = 1_000_000
    td.generate("intents", count=1, seed=seed, truth=False)
    with tempfile.TemporaryDirectory() as folder:
        begin, cpu = perf_counter(), process_time()
        td.generate("intents", count=count, seed=seed, truth=False).write(Path(folder) / "o.jsonl", workers=2)
        wall, used = perf_counter() - begin, process_time() - cpu
    print(
        f"{count:,} rows to JSON lines, 2 workers: {count / wall:,.0f} rows/s ({used / count * 1e6:.2f} CPU microseconds a row)"
    )


if __name__ == "__main__":
    main()
