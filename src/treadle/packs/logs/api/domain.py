"""The domain of API requests."""

from __future__ import annotations

from treadle.packs.logs.api import combined, spans
from treadle.packs.logs.api.profile import CHECKLIST
from treadle.packs.logs.api.raw import INVENTORY
from treadle.packs.logs.api.rules import RULES
from treadle.packs.logs.api.sequences import SEQUENCE_RULES
from treadle.packs.logs.domain import Domain, Form, told

FORMS = {
    "otlp": Form(
        "otlp", "OTLP/JSON, one message a request; holds the whole record", "otlp",
        told(spans.parse, "a span in OTLP/JSON"), spans.write,
        lambda line: line.lstrip().startswith('{"resourceSpans"'), rules=spans.RULES,
    ),
    "combined": Form(
        "combined", "the combined log format; holds a view of the record", "combined",
        combined.parse, combined.write, lambda line: '] "' in line and not line.lstrip().startswith("{"),
        combined.view, rules=combined.RULES, bulk=combined.bulk,
    ),
}  # fmt: skip

DOMAIN = Domain("api", INVENTORY, RULES, SEQUENCE_RULES, FORMS, CHECKLIST)
