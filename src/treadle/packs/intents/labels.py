"""The labels of a prompt: intents, styles, audiences, complexities, and what people call an intent's families."""

from __future__ import annotations

INTENTS = {
    "question_answering": "qa",
    "creative_writing": "creative",
    "code_generation": "code",
    "data_analysis": "data",
    "reasoning": "reason",
    "summarization": "sum",
    "translation": "trans",
    "conversation": "chat",
    "task_planning": "plan",
    "problem_solving": "solve",
}
"""The intents, and what the names of their rule families begin with."""
AUDIENCES = ("child", "beginner", "intermediate", "expert", "general")
COMPLEXITIES = ("simple", "moderate", "complex")
WRAPPED = ("plain", "terse", "casual", "polite", "formal", "chatty")
"""The styles that wrappers give a text."""
STYLES = (*WRAPPED, "structured", "instructional")
SIZES = ("short", "medium", "long")
"""How long a family's texts are: up to 9 words, up to 22, and more."""
FORMS = {
    "keywords": {"terse": 6, "plain": 3, "casual": 2},
    "question": {"plain": 6, "terse": 5, "casual": 4, "polite": 1, "formal": 1, "chatty": 1},
    "command": {"plain": 6, "terse": 5, "casual": 3, "polite": 2, "formal": 1, "chatty": 1},
    "request": {"plain": 5, "terse": 2, "casual": 4, "polite": 1, "formal": 1, "chatty": 1},
    "statement": {"plain": 5, "terse": 3, "casual": 4, "polite": 1, "formal": 1, "chatty": 1},
    "chat": {"casual": 5, "plain": 4, "terse": 2, "chatty": 1},
    "text": {"structured": 1},
    "system": {"instructional": 1},
}
"""The forms of a family's texts, each with the styles that it can be written in and their weights."""
BLOCKS = (
    *(
        "article",
        "paragraph",
        "email",
        "review",
        "notes",
        "dialogue",
        "chatlog",
        "story",
        "terms",
        "steps",
        "poem",
        "table",
    ),
    *("numbers", "json", "log", "trace", "code", "sql", "config", "foreign", "abstract", "transcript", "list", "quiz"),
)
LINES = ("sentence", "message", "formula")
PASTED = (*BLOCKS, *LINES)
"""What can be pasted below or above an ask: things of several lines, and of one."""
EDGES = (
    *(
        "ambiguous",
        "short",
        "long",
        "multi_language",
        "emoji",
        "all_caps",
        "no_vowels",
        "speech",
        "adversarial",
        "empty_ish",
    ),
    *("near_duplicate", "typos", "noise"),
)
"""The kinds of edge cases."""
NOISY = ("typos", "noise")
"""The kinds that are clean texts with faults in them, put in by corruption operators and kept in the answer key."""
