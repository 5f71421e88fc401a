"""The domain of agents."""

from __future__ import annotations

from treadle.packs.logs.agent import spans
from treadle.packs.logs.agent.catalog import INVENTORY
from treadle.packs.logs.agent.profile import CHECKLIST
from treadle.packs.logs.agent.rules import RULES
from treadle.packs.logs.agent.sequences import SEQUENCE_RULES
from treadle.packs.logs.domain import Domain, Form, told

FORMS = {
    "otlp": Form(
        "otlp", "OTLP/JSON, one message a turn; holds the whole record", "otlp",
        told(spans.parse, "spans in OTLP/JSON"), spans.write,
        lambda line: line.lstrip().startswith('{"resourceSpans"'), rules=spans.RULES,
    ),
}  # fmt: skip

DOMAIN = Domain("agent", INVENTORY, RULES, SEQUENCE_RULES, FORMS, CHECKLIST, window=32)
