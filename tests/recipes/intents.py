"""Prompts by intent, after workload W3 of the benchmarks, for the test of memory."""

from __future__ import annotations

import treadle as td

TEMPLATES = {
    "refund": ["I want my money back for {product}", ("please refund {product}[, I ordered it {when}]", 3)],
    "cancel": ["cancel my {product} order[ from {when}]", "(stop|cancel) {product|a}"],
    "track": ["where is my {product}?", ("has the {product} I ordered {when} left {city}?", 2)],
    "complain": ["the {product} from {city} (broke|failed) {when}", "{product|plural|cap} break[ too often]"],
}

intents = td.Recipe(
    "intents",
    {
        "text": td.text(td.by("intent", TEMPLATES)),
        "intent": td.quota(list(TEMPLATES)),
        "audience": td.choice(["developer", "student", "manager"]),
        "confidence": td.decimal("0.5", "0.999", places=3),
        "style": td.choice({"plain": 5, "formal": 2, "terse": 1}),
    },
    labels=["intent"],
    vocabularies={
        "product": [
            f"{colour} {thing}" for colour in ("red", "blue", "grey") for thing in ("lamp", "oven", "umbrella")
        ],
        "when": ["yesterday", "last week", "in May", "two days ago"],
        "city": ["Porto", "Łódź", "Riga", "Lyon", "Graz"],
    },
)
