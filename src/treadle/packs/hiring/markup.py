"""HTML as plain text: tags go, blocks become lines, items of lists get a hyphen, entities are decoded."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

TAG = re.compile(
    r"</?(?:p|br|div|ul|ol|li|h[1-6]|strong|em|b|i|u|span|table|tr|td|a|html|body|font|section|article)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
"""A tag by which text shows itself to be HTML: `List<String>` and `a < b` are none."""
ESCAPED = re.compile(r"&lt;/?(?:p|br|div|ul|ol|li|h[1-6]|strong|em|b|span)\b[^<>]{0,2000}?&gt;", re.IGNORECASE)
"""A tag written as entities."""
ENTITY = re.compile(r"&(?:#\d{2,6}|#x[0-9a-fA-F]{2,5}|[a-zA-Z]{2,8});")
_BLOCKS = frozenset(
    "p br div ul ol h1 h2 h3 h4 h5 h6 table tr section article header footer hr dl dt dd blockquote pre title".split()  # noqa: SIM905  # reads better than a column of quoted names
)
_APART = frozenset({"p", "ul", "ol", "table", *(f"h{n}" for n in range(1, 7))})
_HIDDEN = frozenset({"script", "style", "head", "template"})


def plain(text: str) -> str:
    """Return text without markup; what is no HTML comes back as it is, but for entities.

    Tags that are themselves written as entities (`&lt;p&gt;`), as job boards hand them out, are tags too.
    """
    if ESCAPED.search(text):
        text = html.unescape(text)
    if TAG.search(text):
        reader = _Reader()
        reader.feed(text)
        reader.close()
        return reader.text()
    return html.unescape(text).replace("\u00a0", " ") if ENTITY.search(text) else text


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # what the base class calls
        if tag in _HIDDEN:
            self._hidden.append(tag)
        elif tag == "li":
            self._parts.append("\n- ")
        elif tag in {"td", "th"}:
            self._parts.append(" ")
        elif tag in _BLOCKS:
            self._parts.append("\n\n" if tag in _APART else "\n")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag == self._hidden[-1]:
            self._hidden.pop()
        elif tag in _BLOCKS and tag != "br":
            self._parts.append("\n\n" if tag in _APART else "\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(data if data.strip() or "\n" not in data else " ")

    def text(self) -> str:
        """Return what was read, without blank space at the ends of lines."""
        lines = (re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in "".join(self._parts).split("\n"))
        return re.sub(r"\n{3,}", "\n\n", re.sub(r"\n- *\n+", "\n- ", "\n".join(lines))).strip()
