"""What a text's prompt needs of the other fields: they are there, and their spans have labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.errors import unknown

if TYPE_CHECKING:
    from treadle.compiling import Compiling
    from treadle.declarations import Prompt


def note_facts(context: Compiling, name: str, prompt: Prompt) -> None:
    """Note the span labels of what a prompt has stated, and problems with the fields that it names."""
    for fact in prompt.facts:
        head, _, tail = fact.field.partition(".")
        context.require([head], name)
        kind = context.types.get(head)
        if kind is not None and (bool(tail) != (kind.kind == "children") or (tail and tail not in kind.children)):
            known = [f"{head}.{each}" for each in kind.children] if kind.children else [head]
            context.problem(name, unknown("fact", fact.field, known))
        elif kind is not None:
            context.label(fact.entity or context.entity(fact.field) or tail or head, fact.field)
    context.require([*prompt.withheld, *prompt.reads], name)
    if prompt.by:
        kind = context.types.get(prompt.by)
        entries = [str(each) for each in kind.values.entries] if kind is not None and kind.kind == "category" else []
        for value, _ in prompt.cases:
            if value not in entries:
                context.problem(name, unknown(f"value of {prompt.by!r}", value, entries))
