"""What stands around an ask: templates by style, form and pasted thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import treadle as td
from treadle.packs.intents.labels import FORMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BARE = {
    "plain": [("{ask|cap}{stop}{cue}", 2), ("{ask|cap}{stop}", 4), ("{ask|cap}", 1)],
    "terse": "{ask|lower}",
    "casual": [
        "{hey|lower} {ask|lower}{cue|lower}",
        "{ask|lower}{stop}{cue|lower}",
        "{ask|lower}",
        "[{hey|lower} ]{nudged|lower}[{mark}]",
    ],
    "polite": [
        "{greet} {begged}{cue}",
        "{begged|cap}{cue} {thanks}",
        "{begged|cap}{cue}",
        "{greet} {begged}{cue} {thanks}",
        "{hail} {begged|cap}{cue}",
    ],
    "formal": ["{wished|cap}{cue}", "{salute} {wished|cap}{cue}", "{salute}\n\n{wished|cap}{cue}\n\n{thanks}"],
    "chatty": [
        "{setting} {begged|cap}{cue}",
        "{begged|cap}{cue} {setting}",
        "{hail} {setting} {begged|cap}{cue}[ {chatter}]",
    ],
}
"""Texts without a pasted thing."""
BLOCK = {
    "plain": [
        ("{ask|cap}{stop}\n\n{pasted}", 3),
        ("{pasted}\n\n{ask|cap}{stop}{cue}", 2),
        "{ask|cap}:\n\n{pasted}",
        '{ask|cap}:\n\n"""\n{pasted}\n"""',
        "{ask|cap}{stop}\n\n---\n{pasted}\n---",
    ],
    "terse": ["{ask|lower}\n\n{pasted}", "{pasted}\n\n{ask|lower}", "{ask|lower}: {pasted}", "{ask|lower}\n{pasted}"],
    "casual": [
        "{hey|lower} {ask|lower}\n\n{pasted}",
        "{nudged|lower}\n\n{pasted}",
        "{pasted}\n\n{nudged|lower}",
        "{pasted}\n\n^ {ask|lower}",
    ],
    "polite": [
        "{greet} {begged}{cue}\n\n{pasted}",
        "{begged|cap}\n\n{pasted}\n\n{thanks}",
        "{pasted}\n\n{begged|cap}{cue} {thanks}",
    ],
    "formal": [
        "{wished|cap}{cue}\n\n{pasted}",
        "{salute}\n\n{wished|cap}\n\n{pasted}\n\n{thanks}",
        "Material:\n\n{pasted}\n\nTask: {ask|cap}{stop}",
    ],
    "chatty": [
        "{setting} {begged|cap}\n\n{pasted}",
        "{pasted}\n\n{setting} {begged|cap}{cue}",
        "{begged|cap} {chatter}\n\n{pasted}",
    ],
}
"""Texts around a thing of several lines."""
LINE = {
    "plain": [
        '{ask|cap}: "{pasted}"',
        "{ask|cap}: {pasted}",
        '"{pasted}"\n\n{ask|cap}{stop}',
        "{pasted}\n\n{ask|cap}{stop}{cue}",
    ],
    "terse": ["{ask|lower}: {pasted|lower}", "{pasted|lower} - {ask|lower}", '{ask|lower} "{pasted}"'],
    "casual": ["{hey|lower} {ask|lower}: {pasted|lower}", '{nudged|lower}: "{pasted}"', "{nudged|lower}\n{pasted}"],
    "polite": ['{greet} {begged} "{pasted}"', "{begged|cap}\n\n{pasted}\n\n{thanks}"],
    "formal": ['{wished|cap}\n\n"{pasted}"', "{salute} {wished|cap}\n{pasted}"],
    "chatty": ['{setting} {begged|cap} "{pasted}"', '"{pasted}" {setting} {begged|cap}{cue}'],
}
"""Texts around a thing of one line."""
_WHOLE: dict[str, Any] = {  # templates
    "text": "{complete}",
    "system": "{complete}",
    "chat": [("{ask|cap}", 5), "{opener|cap} {ask}"],
    "keywords": [("{ask|cap}", 5), "{ask|cap} {tail}"],
}
_SMALL: dict[str, Any] = {  # templates
    "chat": [("{ask|lower}", 3), "{opener|lower} {ask|lower}"],
    "keywords": [("{ask|lower}", 5), "{ask|lower} {tail|lower}"],
}
"""The same in small letters."""
_LOWER = {"chat": ("casual", "terse"), "keywords": ("casual", "terse")}
_PER_FORM: dict[str, dict[str, Any]] = {  # templates
    "begged": {
        "question": ["{ask}?"],
        "command": [("{could} {ask}?", 3), "please {ask}.", "{ask}, please.", "{wish} {ask}."],
        "request": "{ask}.",
        "statement": "{ask}.",
    },
    "wished": {
        "question": "{ask}?",
        "command": [("{wish} {ask}.", 3), "{ask}."],
        "request": "{ask}.",
        "statement": "{ask}.",
    },
    "nudged": {"question": "{ask}", "command": ["{nudge} {ask}", "{ask}"], "request": "{ask}", "statement": "{ask}"},
    "stop": {"question": "?", "command": ".", "request": ".", "statement": "."},
    "mark": {
        "question": "?",
        "command": ["", "!", " thx", " thanks"],
        "request": ["", "..."],
        "statement": ["", "...", " :\\("],
    },
}


def rules(pastes: Iterable[str], audiences: Iterable[str]) -> dict[str, Any]:  # templates
    """Return the rules that wrap `{ask}` into `{whole}`, by the fields `wrap`, `form`, `paste` and `audience`."""
    made: dict[str, Any] = {name: td.by("form", _with_rest(cases)) for name, cases in _PER_FORM.items()}
    made["cue"] = td.by("audience", {each: _cue(each) for each in audiences})
    made["setting"] = "{if on_domain}{context}{else}{plain_context}{/if}"
    made["pasted"] = td.by("paste", {each: "" if each == "none" else f"{{{each}}}" for each in pastes})
    made["whole"] = td.by("wrap", wraps())
    return made


def wraps() -> dict[str, object]:
    """Return the templates by kind of wrapping: `polite` alone, around a `block` or a `line`, and those of whole forms."""
    made: dict[str, object] = {}
    for kind, table in (("bare", BARE), ("block", BLOCK), ("line", LINE)):
        made.update({f"{kind} {style}": templates for style, templates in table.items()})
    for form, template in _WHOLE.items():
        made.update({f"{form} {style}": template for style in FORMS[form]})
        made.update({f"{form} {style}": _SMALL[form] for style in _LOWER.get(form, ())})
    return made


def wrap_of(form: str, style: str, kind: str) -> str:
    """Return the kind of wrapping of a form in a style, with nothing pasted (`bare`), a `block` or a `line`."""
    return f"{form if form in _WHOLE else kind} {style}"


def _cue(audience: str) -> object:
    """Return what a text says about its audience."""
    return (
        "" if audience == "general" else f" {{if on_domain}}{{cue_{audience}}}{{else}}{{plain_cue_{audience}}}{{/if}}"
    )


def _with_rest(cases: Mapping[str, Any]) -> dict[str, object]:
    return {form: cases.get(form, "{ask}") for form in FORMS}
