"""Spans: each lies in its text, and the characters there are the value that it names."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from treadle.checks.findings import SPANS, Check, shortened
from treadle.english import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from treadle.checks.findings import Finding, Row
    from treadle.columns import FieldType

_KEYS = ("field", "start", "end", "type", "value", "fact")


def spans(types: Mapping[str, FieldType] | None, labels: Sequence[tuple[str, str]]) -> Check:
    """Return the check of the column `spans`.

    `types` are those of all fields of the recipe, `labels` the pairs of entity type and fact that spans may have; without types
    only what holds for any data is checked.
    """
    return Check(SPANS, _Spans(types or {}, labels).look, [SPANS])


class _Spans:
    def __init__(self, types: Mapping[str, FieldType], labels: Sequence[tuple[str, str]]) -> None:
        self._kinds = {kind for kind, _ in labels}
        self._forms = {fact: _forms(_type_of(fact, types)) for _, fact in labels}

    def look(self, rows: Sequence[Row]) -> Iterator[Finding]:
        for number, row in enumerate(rows):
            for span in row.get(SPANS) or ():
                wrong = None if self._is_plain(row, span) else self._wrong(row, span)
                if wrong:
                    yield number, SPANS, shortened(wrong[0]), wrong[1]

    def _is_plain(self, row: Row, span: Any) -> bool:  # noqa: ANN401  # whatever stands in the file
        """Tell whether a span says just what its text does: nearly all do, and need no closer look."""
        try:
            text, start, end, value = row[span["field"]], span["start"], span["end"], span["value"]
            return (
                type(text) is str
                and type(value) is str
                and type(start) is int
                and type(end) is int
                and 0 <= start < end == start + len(value)
                and text.startswith(value, start)
                and (not self._kinds or span["type"] in self._kinds)
                and "type" in span
                and "fact" in span
            )
        except (KeyError, TypeError):
            return False

    def _wrong(self, row: Row, span: Any) -> tuple[str, str] | None:  # noqa: ANN401  # whatever stands in the file
        if not isinstance(span, dict) or not span.keys() >= set(_KEYS):
            return repr(span), f"an object with {', '.join(_KEYS)}"
        if span.get("state") == "gone":
            return None
        return self._misplaced(row, span)

    def _misplaced(self, row: Row, span: dict[str, Any]) -> tuple[str, str] | None:  # JSON values
        text, start, end = row.get(span["field"]), span["start"], span["end"]
        told = f"{span['type']} {span['field']}[{start}:{end}]"
        if not isinstance(text, str):
            return told, "a span of a text of the record"
        if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
            return told, f"a span within the text's {len(text):,} characters"
        if self._kinds and span["type"] not in self._kinds:
            return told, "a type of span that the recipe has"
        surface, value = text[start:end], str(span["value"])
        if (
            span.get("state", "intact") == "intact"
            and surface != value
            and self._differs(text, start, end, value, span["fact"])
        ):
            return f"{told} {surface!r}", f"the characters that say {shortened(value)!r}"
        return None

    def _differs(self, text: str, start: int, end: int, value: str, fact: str | None) -> bool:
        """Tell whether a surface is another text than the value, also but for case, number or form."""
        if self._agrees(text[start:end].casefold(), value, fact):
            return False
        is_strict = fact is not None and self._forms.get(fact) is not None
        return is_strict or _is_cut(text, start, end)

    def _agrees(self, surface: str, value: str, fact: str | None) -> bool:
        """Tell whether a surface is the value but for case or number, or another form of it."""
        forms = (self._forms.get(fact) if fact else None) or {}
        return any(surface in {form, _plural(form)} for form in (value.casefold(), *forms.get(value, ())))


def _is_cut(text: str, start: int, end: int) -> bool:
    """Tell whether a span begins or ends within a word, or with a space: then it was moved."""
    surface = text[start:end]
    before, after = text[start - 1 : start], text[end : end + 1]
    return (
        surface != surface.strip()
        or (before.isalnum() and surface[0].isalnum())
        or (after.isalnum() and surface[-1].isalnum())
    )


def _type_of(fact: str, types: Mapping[str, FieldType]) -> FieldType | None:
    """Return the type of a fact by its dotted name."""
    head, *rest = fact.split(".")
    kind = types.get(head)
    for name in rest:
        kind = kind.children.get(name) if kind is not None else None
    return kind


def _forms(kind: FieldType | None) -> dict[str, set[str]] | None:
    """Return the other forms of a fact's entries, in small letters; None for dates and moments, which have any number of forms."""
    if kind is None or kind.kind == "moment" or kind.dates:
        return None
    held: dict[str, set[str]] = {}
    for _, written in kind.vocabulary.forms if kind.vocabulary is not None else ():
        for entry, form in zip(kind.values.texts(), written, strict=True):
            if form != entry:
                held.setdefault(entry, set()).add(form.casefold())
    return held


@lru_cache(maxsize=1 << 16)
def _plural(noun: str) -> str:
    return plural(noun).casefold()
