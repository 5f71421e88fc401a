"""The command `treadle fairness`: parses, calls and prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def fairness(
    predictions: Annotated[Path, typer.Argument(help="A model's scores: .jsonl .json .csv .parquet, a row a record.")],
    against: Annotated[
        Path, typer.Option(metavar="FILE", help="The dataset: counterfactual sets, or any with columns of groups.")
    ],
    key: Annotated[str, typer.Option(help="The column that names a record in both; row: its place.")] = "record",
    score: Annotated[str, typer.Option(help="The column of scores.")] = "score",
    decision: Annotated[str, typer.Option(help="Instead of scores: a column of decisions, 0 or 1.")] = "",
    threshold: Annotated[float, typer.Option(help="Scores from which on a record is selected.")] = 0.5,
    scale: Annotated[str, typer.Option("--range", metavar="LOW:HIGH", help="The range of scores.")] = "0:1",
    label: Annotated[str, typer.Option(help="The dataset's column of true labels; '' for none.")] = "match_label",
    group: Annotated[
        str, typer.Option(metavar="A,B,...", help="Compare the values of these columns, not members of sets.")
    ] = "",
    resamples: Annotated[int, typer.Option(help="Resamples of the bootstrap.")] = 1_000,
    seed: Annotated[int, typer.Option(help="The seed of the bootstrap.")] = 42,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the measures to a JSON file.")] = None,
) -> None:
    """Measure how a model's scores differ between groups, and between records that differ in one cue."""
    from treadle.display import to_stdout
    from treadle.display_fairness import fairness_parts
    from treadle.quality.fairness import Wanted
    from treadle.quality.fairness import fairness as measure
    from treadle.quality.resampling import Bootstrap
    from treadle.run.manifest import write_json

    groups = tuple(dict.fromkeys(name.strip() for name in group.split(",") if name.strip()))
    wanted = Wanted(decision or score, bool(decision), key, label, groups, _ends(scale), threshold)
    audit = measure(predictions, against, wanted, Bootstrap(resamples, seed))
    if json is not None:
        write_json(json, audit.to_json())
    for part in fairness_parts(audit):
        to_stdout(part)


def _ends(scale: str) -> tuple[float, float]:
    from treadle.errors import UsageError

    low, _, high = scale.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = 0.0, 0.0
    if not -float("inf") < ends[0] < ends[1] < float("inf"):
        raise UsageError(f"range={scale!r}: expected LOW:HIGH, as in 0:100")
    return ends
