"""What to ask a dataset of API records."""

from __future__ import annotations

import polars as pl

from treadle.packs.logs.api.raw import INVENTORY
from treadle.packs.logs.checklist import counts, different, general, quantiles, share, span

_STATUS = pl.col("http_response_status_code")
CHECKLIST = [
    *general(INVENTORY),
    ("From when to when?", span("timestamp")),
    (
        "How many traces and sessions?",
        lambda frame: f"{different('trace_id')(frame)} traces, {different('session_id')(frame)} sessions",
    ),
    ("How many requests are part of another?", share(pl.col("parent_span_id").is_not_null())),
    ("How many were answered with 4xx?", share(_STATUS.is_between(400, 499))),
    ("How many failed, with 5xx or without an answer?", share(pl.col("status") == "ERROR")),
    ("Why did they fail?", counts("error_type")),
    ("How long did they take?", quantiles(pl.col("duration"), "s")),
    ("How large were the answers?", quantiles(pl.col("http_response_body_size"), "bytes")),
    ("Which methods?", counts("http_request_method")),
    ("Which routes most?", counts("http_route")),
    ("Which services?", counts("service_name", 12)),
    ("How much was asked by bots and tests?", share(pl.col("user_agent_synthetic_type").is_not_null())),
    ("Which versions of HTTP?", counts("network_protocol_version")),
]
