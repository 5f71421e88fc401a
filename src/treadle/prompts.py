"""Texts that a model can write: what it is asked for, and what it must state. The templates write them where no model does.

A prompt is given in Python or kept as a TOML file beside a pack's other data:

    version = "1"
    text = "the résumé of one candidate ..."       what to write
    facts = ["name", "{years} years of experience", "skills:SKILL"]
    withhold = ["required"]                        fields whose values are not to be named
    families = ["as a chronological list", ...]    ways of writing, of which each record draws one
    hints = ["{style} style"]                      fields that are shown and need not be stated
    unless = "is_rare"                             a yes-or-no field: where it holds, the templates write
    language = "en"
    records_per_call = 25
    [schema]                                       JSON Schema of the text: minLength, maxLength, pattern, enum
    [words.degree]                                 values that are put in other words; "" says that nothing is stated
    none = ""
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.declarations import Fact, Prompt, Text
from treadle.errors import Problems, RecipeError, unknown
from treadle.fields import text as woven

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from treadle.fields import Templates

_NAMED = re.compile(r"([A-Za-z_]\w*(?:\.\w+)?)(?::(\w+))?")
_PHRASE = re.compile(r"([^{}]*)\{([A-Za-z_]\w*(?:\.\w+)?)(?::(\w+))?\}([^{}]*)")
_KEYS = (
    "version",
    "text",
    "facts",
    "withhold",
    "families",
    "schema",
    "language",
    "records_per_call",
    "words",
    "hints",
    "unless",
)
_SCHEMA = ("type", "minLength", "maxLength", "pattern", "enum", "description")


def written(
    prompt: str | Prompt,
    *,
    facts: Sequence[str] = (),
    withhold: Sequence[str] = (),
    schema: Mapping[str, Any] | None = None,  # JSON values
    text: Text | Templates | None = None,
    families: Sequence[str] = (),
    words: Mapping[str, Mapping[str, str]] | None = None,
    language: str = "en",
    records_per_call: int = 10,
    cases: tuple[str, Mapping[str, Prompt]] | None = None,
    accept: Callable[[str, str], str] | None = None,
    doc: str = "",
    entity: str = "",
    when: str = "",
) -> Text:
    """Declare a text that a model can write: `written("a short complaint", facts=["product", "{days} days late"])`.

    `facts` are names of fields, or a field between literal text; each is stated in the text, and has a span there (`name:TYPE`
    sets its type). Values of the fields in `withhold` are not to be named. `schema` is JSON Schema of a string (minLength,
    maxLength, pattern, enum), `families` are ways of writing of which each record draws one, `words` put values in other words,
    and `language` is checked. `cases` are a field's name and a prompt for each of its values, whose words and families are a
    record's own; `accept` takes a text and its case, and returns why it may not stand, or nothing. `text` is what the templates
    write where no model does: a template, a `text`, or by default the facts in a row. Raises `RecipeError` for what does not fit.
    """
    asked = (
        prompt
        if isinstance(prompt, Prompt)
        else _prompt(
            {
                "text": prompt,
                "facts": list(facts),
                "withhold": list(withhold),
                "families": list(families),
                "schema": dict(schema or {}),
                "words": {name: dict(each) for name, each in (words or {}).items()},
                "language": language,
                "records_per_call": records_per_call,
            },
            "written",
        )
    )
    by, own = cases or ("", {})
    asked = replace(asked, by=by, cases=tuple(own.items()), accept=accept)
    made = text if isinstance(text, Text) else woven(text if text is not None else _stated(asked))
    return replace(made, prompt=asked, doc=doc or made.doc, entity=entity or made.entity, when=when or made.when)


def read_prompt(path: str | Path) -> Prompt:
    """Read a prompt from a TOML file; raises `RecipeError` with everything that is wrong with it."""
    file = Path(path)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"prompt file {str(path)!r} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"prompt file {str(path)!r} is no TOML file: {error}") from error
    return _prompt(content, file.name)


def _prompt(content: Mapping[str, Any], where: str) -> Prompt:  # TOML values
    problems = Problems()
    for key in content:
        if key not in _KEYS:
            problems.add(unknown("key", key, _KEYS), where)
    schema, words = content.get("schema", {}), content.get("words", {})
    for key in schema:
        if key not in _SCHEMA:
            problems.add(f"schema: {unknown('keyword', key, _SCHEMA)}", where)
    if schema.get("type", "string") != "string":
        problems.add(f"schema: type={schema['type']!r}: expected 'string', since the answer is a text", where)
    said = str(content.get("text", "")).strip()
    if not said:
        problems.add("text='': expected what is to be written, in words", where)
    size = content.get("records_per_call", 10)
    if type(size) is not int or not 1 <= size <= 200:
        problems.add(f"records_per_call={size!r}: expected 1 to 200", where)
        size = 10
    facts = tuple(_fact(each, words, problems, where) for each in content.get("facts", ()))
    hints = tuple(_fact(each, words, problems, where) for each in content.get("hints", ()))
    named = [fact.field for fact in (*facts, *hints)]
    for name in words:
        if name not in named:
            problems.add(f"words: {unknown('fact', name, named)}", where)
    problems.raise_if_any()
    families = tuple(str(each).strip() for each in content.get("families", ()))
    return Prompt(
        said,
        facts,
        tuple(content.get("withhold", ())),
        families,
        json.dumps(schema, ensure_ascii=False, sort_keys=True),
        str(content.get("language", "en")),
        size,
        str(content.get("version", "1")),
        hints,
        str(content.get("unless", "")),
    )


def _fact(given: str, words: Mapping[str, Mapping[str, str]], problems: Problems, where: str) -> Fact:
    named, phrase = _NAMED.fullmatch(given), _PHRASE.fullmatch(given)
    if named is not None:
        field, entity, before, after = named[1], named[2], "", ""
    elif phrase is not None:
        before, field, entity, after = phrase.groups()
    else:
        problems.add(f"fact={given!r}: expected a field's name, or one in literal text, as in '{{years}} years'", where)
        return Fact("")
    listed = tuple((str(value), str(said)) for value, said in words.get(field, {}).items())
    return Fact(field, before, after, entity or "", listed)


def _stated(prompt: Prompt) -> str:
    """Return the template that states a prompt's facts in a row."""
    if not prompt.facts:
        raise RecipeError(
            "written: expected facts=[...], or text=..., since the templates have nothing to write otherwise"
        )
    shown = [f"{_literal(fact.before)}{{{fact.field}}}{_literal(fact.after)}" for fact in prompt.facts]
    return "; ".join(shown) + "."


def _literal(text: str) -> str:
    return re.sub(r"([\\(\[|{}\])])", r"\\\1", text)
