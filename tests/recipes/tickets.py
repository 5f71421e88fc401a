"""A recipe whose text a model can write: small, so that runs with a fake model are quick."""

import treadle as td

tickets = td.Recipe(
    "tickets",
    {
        "ticket": td.uuid(),
        "product": td.choice(["kettle", "desk lamp", "rain coat", "bicycle bell"], entity="PRODUCT"),
        "days": td.integer(2, 30),
        "mood": td.quota(["angry", "calm"]),
        "topics": td.sample(["delivery", "price", "colour", "size"], (1, 2)),
        "other": td.choice(["sofa", "wardrobe"]),
        "text": td.written(
            "what a customer writes to a shop",
            facts=["product", "{days} days", "topics:TOPIC"],
            withhold=["other"],
            schema={"minLength": 20, "maxLength": 600},
            families=["a short complaint", "a polite question"],
            text="My {product} came after {days} days: {topics}.",
        ),
    },
    labels=["mood"],
)
