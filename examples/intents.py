"""What people ask a coding assistant: the label is the intent; languages, task and error are marked in the text.

The wordings are in a rule file. Tasks of the test split never occur in training. `--vocab language=FILE` asks about the
languages of a list of your own.
"""

from pathlib import Path

import treadle as td

DATA = Path(__file__).parent / "data"
SHARES = {"write_function": 24, "fix_error": 20, "explain_code": 14, "write_tests": 10, "convert_code": 8}
SHARES |= {"review_code": 8, "speed_up": 8, "set_up": 8}

prompts = td.Recipe(
    "coding-prompts",
    {
        "intent": td.quota(SHARES),
        "split": td.quota({"train": 4, "test": 1}, across="intent"),
        "tone": td.choice({"casual": 5, "polite": 3, "terse": 2}),
        "one": td.sample("language", 1),
        "other": td.sample("language", 1, without="one"),
        "language": td.pick("one"),
        "target": td.pick("other", when="intent = convert_code", entity="language"),
        "task": td.choice(td.read_vocabulary(DATA / "tasks.txt"), within="split", when="intent != set_up"),
        "ask": td.text(td.by("intent", {intent: f"{{{intent}}}" for intent in SHARES})),
        "text": td.text(
            td.by("tone", {"casual": [("{ask}", 4), "hi! {ask}"], "polite": "{ask|cap}", "terse": "{ask|lower}"})
        ),
    },
    columns=["text", "intent", "language", "target", "task", "tone", "split"],
    labels=["intent"],
    vocabularies={
        "language": "Python JavaScript TypeScript Java C# C++ C Go Rust PHP Ruby Kotlin Swift R SQL Bash".split(),
        "error": td.read_vocabulary(DATA / "errors.txt"),
    },
    rules=td.read_rules(DATA / "intents.rules"),
)
