"""The domain of computer vision runs."""

from __future__ import annotations

from treadle.packs.logs.cv import columns, document, mllog
from treadle.packs.logs.cv.catalog import INVENTORY
from treadle.packs.logs.cv.profile import CHECKLIST
from treadle.packs.logs.cv.rules import RULES
from treadle.packs.logs.cv.sequences import SEQUENCE_RULES
from treadle.packs.logs.domain import Domain, Form, told

FORMS = {
    "json": Form(
        "json", "JSON as an evaluation script writes it; holds the whole record", "json",
        told(document.parse, "a document of a phase"), document.write,
        lambda line: line.lstrip().startswith('{"run"'), rules=document.RULES, columns=columns.COLUMNS.read,
    ),
    "mllog": Form(
        "mllog", "MLLOG lines of a training, a block each; hold a view of its record", "mllog",
        told(mllog.parse, "MLLOG lines"), mllog.write,
        lambda line: "MLLOG" in line, mllog.view, begins=mllog.begins, is_output=mllog.is_output,
        rules=mllog.RULES, exact=False,
    ),
}  # fmt: skip

DOMAIN = Domain("cv", INVENTORY, RULES, SEQUENCE_RULES, FORMS, CHECKLIST, window=32)
