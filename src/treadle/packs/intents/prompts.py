"""The fields of a prompt: its family of rules and what follows from it, its domain and topic, and its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.intents import wrapping
from treadle.packs.intents.labels import BLOCKS, COMPLEXITIES, FORMS, LINES, STYLES
from treadle.packs.intents.writing import written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from treadle.packs.intents.families import Family
    from treadle.packs.intents.slots import Slots

    Ints = NDArray[np.int64]

_ANYBODY = {"general": 10, "beginner": 3, "intermediate": 3, "expert": 2, "child": 1}
"""Who asks, where a family does not say."""
_WHOLE = ("text", "system", "chat", "keywords")
_SHIFT = {"child": -2, "beginner": -1, "intermediate": 0, "expert": 2, "general": 0}
"""What the audience adds to the technical level of a topic."""


def prompt_fields(
    families: Sequence[Family], slots: Slots, more: Mapping[str, Any] | None = None
) -> dict[str, td.Field]:
    """Return the fields below `family`, a choice among the names of the families in their order; `more` are rules they use."""
    return {
        **_of_family(families),
        "subject": td.choice([each.key for each in slots.domains]),
        "theme": td.choice(slots.topics(), by="subject"),
        **_about(families, slots),
        **_levels(families, slots),
        "text": written(td.text("{whole}", rules=text_rules(families, slots, more or {}))),
    }


def text_rules(families: Sequence[Family], slots: Slots, more: Mapping[str, Any]) -> td.Rules:
    """Return the rules from a whole text down to the slots, but for those of the rule files."""
    whole = {each.name: each.form in {"text", "system"} for each in families}
    ask, complete = (
        {name: f"{{{name}}}" if holds is wanted else "" for name, holds in whole.items()} for wanted in (False, True)
    )
    pastes = dict.fromkeys(paste for each in families for paste in each.paste or ("none",))
    audiences = dict.fromkeys(name for each in families for name in _audiences(each))
    return td.rules(
        {
            "ask": td.by("family", ask),
            "complete": td.by("family", complete),
            **wrapping.rules(pastes, audiences),
            **slots.rules(),
            **more,
        }
    )


def _of_family(families: Sequence[Family]) -> dict[str, td.Field]:
    """Return what follows from the family: form, style, audience, complexity, what is pasted, and how the text is wrapped."""
    forms, kinds = tuple(FORMS), ("bare", "block", "line")
    styles, style_set = _sets([each.styles for each in families])
    audiences, audience_set = _sets([_audiences(each) for each in families])
    pastes, paste_set = _sets([dict.fromkeys(each.paste or ("none",), 1) for each in families])
    wraps = tuple(wrapping.wraps())
    table = np.zeros((len(forms), len(STYLES), len(kinds)), np.int64)
    for form in range(len(forms)):
        for style, name in enumerate(STYLES):
            for kind, each in enumerate(kinds):
                named = wrapping.wrap_of(forms[form], name, each)
                table[form, style, kind] = wraps.index(named) if named in wraps else 0
    kind_of = {
        name: kinds.index("block" if name in BLOCKS else "line" if name in LINES else "bare")
        for name in ("none", *BLOCKS, *LINES)
    }

    def wrap(form: Ints, style: Ints, paste: Ints) -> Ints:
        found: Ints = table[form, style_code[style], paste_kind[paste]]
        return found

    style_names = list(dict.fromkeys(name for each in styles.values() for name in each))
    paste_names = list(dict.fromkeys(name for each in pastes.values() for name in each))
    style_code = np.array([STYLES.index(name) for name in style_names])
    paste_kind = np.array([kind_of[name] for name in paste_names])
    return {
        "form": _lookup([each.form for each in families], forms),
        "complexity": _lookup([each.complexity for each in families], COMPLEXITIES),
        "style_set": _lookup(style_set, tuple(styles)),
        "style": td.choice(styles, by="style_set", doc="how the text is worded"),
        "audience_set": _lookup(audience_set, tuple(audiences)),
        "audience": td.choice(audiences, by="audience_set", doc="who asks, or whom the answer is for"),
        "paste_set": _lookup(paste_set, tuple(pastes)),
        "paste": td.choice(pastes, by="paste_set", doc="what is pasted below or above the ask"),
        "wrap": td.derive(wrap, "form", "style", "paste", values=wraps),
    }


def _about(families: Sequence[Family], slots: Slots) -> dict[str, td.Field]:
    """Return the domain and the topic, absent where the family's texts name none."""
    domain = np.array([slots.names_domain(each.name) for each in families], np.int64)
    topic = np.array(["topic" in slots.reaches(each.name) for each in families], np.int64)
    return {
        "on_domain": td.derive(_through(domain), "family", boolean=True),
        "on_topic": td.derive(_through(topic), "family", boolean=True),
        "domain": td.derive(
            _same,
            "subject",
            values=[each.key for each in slots.domains],
            when="on_domain",
            doc="what the text is about; no intent prefers one",
        ),
        "field_name": td.derive(
            _same, "subject", values=[each.name for each in slots.domains], when="on_domain", doc="the domain in words"
        ),
        "topic": td.derive(
            _same,
            "theme",
            values=list(dict.fromkeys(entry for entries in slots.topics().values() for entry in entries)),
            when="on_topic",
            doc="a topic of the domain that the text names",
        ),
    }


def _same(codes: Ints) -> Ints:
    return codes


def _levels(families: Sequence[Family], slots: Slots) -> dict[str, td.Field]:
    """Return the technical level: the family's own, or the domain's with the family's shift, and the audience's."""
    own = np.array([each.level for each in families])
    of_domain = np.array([each.of_domain for each in families])
    of_each = np.array([each.level for each in slots.domains])
    names = list(dict.fromkeys(name for each in families for name in _audiences(each)))
    shift = np.array([_SHIFT[name] for name in names])

    def level(family: Ints, domain: Ints, audience: Ints) -> Ints:
        found: Ints = np.clip(own[family] + np.where(of_domain[family], of_each[domain], 0) + shift[audience], 0, 10)
        return found

    return {
        "technical_level": td.derive(
            level, "family", "subject", "audience", doc="how technical the talk is, from 0 to 10"
        )
    }


def _audiences(family: Family) -> dict[str, int]:
    if family.audience:
        return dict.fromkeys(family.audience, 1)
    return {"general": 1} if family.form in _WHOLE else _ANYBODY


def _sets(listed: Sequence[Mapping[str, int]]) -> tuple[dict[str, dict[str, int]], list[str]]:
    """Return the different weighted lists under names, and the name of each."""
    names = ["+".join(f"{key}*{weight}" for key, weight in each.items()) for each in listed]
    return {name: dict(each) for name, each in zip(names, listed, strict=True)}, names


def _lookup(values: Sequence[str], listed: Sequence[str]) -> td.Field:
    """Return a field that follows from the family: `values` has one for each family, all of them in `listed`."""
    place = np.array([list(listed).index(value) for value in values])
    return td.derive(_through(place), "family", values=list(listed))


def _through(place: Ints) -> Callable[[Ints], Ints]:
    def look_up(family: Ints) -> Ints:
        found: Ints = place[family]
        return found

    return look_up
