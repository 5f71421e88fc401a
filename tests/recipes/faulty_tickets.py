"""A recipe whose text a model can write, and then gets faults."""

import treadle as td

faulty_tickets = td.Recipe(
    "faulty_tickets",
    {
        "ticket": td.uuid(),
        "fault": td.quota({"none": 1, "textual": 2, "missing": 2, "human-error": 2, "structural": 1}),
        "product": td.choice(["kettle", "desk lamp", "rain coat", "bicycle bell"], entity="PRODUCT"),
        "days": td.integer(2, 30),
        "text": td.written(
            "what a customer writes to a shop",
            facts=["product", "{days} days"],
            schema={"minLength": 20, "maxLength": 600},
            families=["a short complaint", "a polite question"],
            text="My {product} came after {days} days, and I would like to know why.",
        ),
    },
    labels=["fault"],
    faults=td.faults(
        ["text"],
        by="fault",
        severity=0.6,
        same=["fault"],
        marks={"skill": ["PRODUCT"]},
        lists={"aliases": [("kettle", "tea kettle"), ("desk lamp", "table lamp"), ("rain coat", "mackintosh")]},
    ),
)
