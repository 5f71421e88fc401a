"""What to ask a dataset of agent records."""

from __future__ import annotations

import polars as pl

from treadle.packs.logs.agent.catalog import INVENTORY
from treadle.packs.logs.checklist import counts, different, general, quantiles, share, span

_STEPS = pl.col("steps")
_CHATS = _STEPS.list.eval(pl.element().struct.field("operation") == "chat").list.sum()
_FAILED = _STEPS.list.eval(pl.element().struct.field("status") == "ERROR").list.any()
CHECKLIST = [
    *general(INVENTORY),
    ("From when to when?", span("timestamp")),
    ("How many conversations?", different("conversation_id")),
    ("Which agents?", counts("agent_name")),
    ("Which providers?", counts("provider")),
    ("Which models?", counts("request_model", 7)),
    ("How many chats does a turn have?", quantiles(_CHATS)),
    ("How many calls of tools does it have?", quantiles(_STEPS.list.len() - _CHATS)),
    ("How many turns failed?", share(pl.col("status") == "ERROR")),
    ("Why did they fail?", counts("error_type")),
    ("In how many did a step fail?", share(_FAILED)),
    ("How long did they take?", quantiles(pl.col("duration"), "s")),
    ("How many tokens did they read?", quantiles(pl.col("input_tokens"))),
    ("How many did they write?", quantiles(pl.col("output_tokens"))),
    (
        "How much of the input came from a cache?",
        quantiles(100 * pl.col("cache_read_input_tokens") / pl.col("input_tokens"), "%"),
    ),
]
