"""What to ask a dataset of computer vision records."""

from __future__ import annotations

import polars as pl

from treadle.packs.logs.checklist import counts, different, general, quantiles, share, span
from treadle.packs.logs.cv.catalog import INVENTORY

CHECKLIST = [
    *general(INVENTORY),
    ("From when to when?", span("timestamp")),
    ("How many runs?", different("run_id")),
    ("How many of each phase?", counts("phase")),
    ("Which models?", counts("model", 10)),
    ("Which data sets?", counts("dataset", 7)),
    ("Which hardware?", counts("accelerator")),
    ("How many phases failed?", share(pl.col("result") == "failure")),
    ("Why did they fail?", counts("error_type")),
    ("How many failed without a message, or have one without failing?",
     share((pl.col("result") == "failure") != pl.col("error_message").is_not_null())),
    ("How many images?", quantiles(pl.col("image_count"))),
    ("How long did a batch take (median)?", quantiles(pl.col("latency_p50_ms"), "ms")),
    ("How good were detections (AP)?", quantiles(pl.col("ap").filter(pl.col("ap") >= 0))),
    ("How good were classifications (top 1)?", quantiles(pl.col("top1"))),
    ("How many say that AP at .50 is below AP?", share(pl.col("ap50") < pl.col("ap"))),
]  # fmt: skip
