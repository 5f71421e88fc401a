"""The domain of agents."""

from __future__ import annotations

from treadle.packs.logs import otlp
from treadle.packs.logs.agent import columns, spans
from treadle.packs.logs.agent.catalog import INVENTORY
from treadle.packs.logs.agent.profile import CHECKLIST
from treadle.packs.logs.agent.rules import RULES
from treadle.packs.logs.agent.sequences import SEQUENCE_RULES
from treadle.packs.logs.domain import Domain, Form, told

FORMS = {
    "otlp": Form(
        "otlp", "OTLP/JSON, a turn in one message or in neighbouring ones; holds the whole record", "otlp",
        told(spans.parse, "spans in OTLP/JSON"), spans.write, otlp.is_message,
        rules=spans.RULES, bulk=otlp.bulk(told(spans.parse_all, "spans in OTLP/JSON")), columns=columns.COLUMNS.read,
        begins=spans.begins,
    ),
}  # fmt: skip

DOMAIN = Domain("agent", INVENTORY, RULES, SEQUENCE_RULES, FORMS, CHECKLIST, window=32)
