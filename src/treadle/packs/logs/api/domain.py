"""The domain of API requests."""

from __future__ import annotations

from treadle.packs.logs import otlp
from treadle.packs.logs.api import columns, combined, spans
from treadle.packs.logs.api.profile import CHECKLIST
from treadle.packs.logs.api.raw import INVENTORY
from treadle.packs.logs.api.rules import RULES
from treadle.packs.logs.api.sequences import SEQUENCE_RULES
from treadle.packs.logs.domain import Domain, Form, told

FORMS = {
    "otlp": Form(
        "otlp", "OTLP/JSON, one message a request; holds the whole record", "otlp",
        told(spans.parse, "a span in OTLP/JSON"), spans.write, otlp.is_message,
        rules=spans.RULES, bulk=otlp.bulk(told(spans.parse_all, "spans in OTLP/JSON")), columns=columns.COLUMNS.read,
    ),
    "combined": Form(
        "combined", "the combined log format; holds a view of the record", "combined",
        combined.COMBINED.parse, combined.write,
        lambda line: '] "' in line and line.count('"') >= 6 and not line.lstrip().startswith("{"),
        combined.view, rules=combined.RULES, bulk=combined.COMBINED.bulk,
    ),
    "common": Form(
        "common", "the common log format, without the page before and the user agent", "common",
        combined.COMMON.parse, combined.write_common,
        lambda line: '] "' in line and not line.lstrip().startswith("{"),
        combined.view_common, bulk=combined.COMMON.bulk,
    ),
}  # fmt: skip

DOMAIN = Domain("api", INVENTORY, RULES, SEQUENCE_RULES, FORMS, CHECKLIST)
"""What to ask a dataset of API records."""
