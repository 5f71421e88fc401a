"""Texts that break careless code, and a recipe that takes them everywhere texts flow."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

import treadle as td

HARD = [
    "",
    " ",
    "👩‍👩‍👧‍👦 family",
    "🏳️‍🌈",
    "שלום עולם",
    "مرحبا",
    "\u202eevil\u202c\u2066x\u2069",
    "e\u0301\u0323 combining",
    "\u0301",
    'say "hi"',
    '"',
    '""',
    "it's",
    "line\nbreak",
    "\n",
    "\r",
    "\r\n",
    "\ttab",
    "nul\x00byte",
    "\x1b[31mred\x07",
    "\x7f\x80\x85\x9f",
    "\u2028",
    "\u2029para",
    "𝒳𐐀",
    "\U0010ffff",
    "\ufeffbom",
    "\\",
    "\\n",
    "{city}",
    "{if x}",
    "[maybe]",
    "(a|b)",
    "}{][)(|",
    "{*3}",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    ",;",
    "'quoted",
    "null",
    "true",
    "ßſŉ ǆ",
    "Straße İı",
    "x" * 3000,
]
"""One of each kind: empty, emoji with joiners, right to left, combining, quotes, breaks, controls, astral, notation, formulas."""

texts = st.one_of(
    st.sampled_from(HARD),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.lists(st.sampled_from(HARD[:-1]), max_size=3).map("".join),
)
"""Any text that UTF-8 can hold."""


def nfc(text: str) -> str:
    """Return a text as a vocabulary holds it."""
    return unicodedata.normalize("NFC", text)


entries = st.lists(texts, min_size=1, max_size=5, unique_by=nfc)
"""Different entries of a vocabulary."""


def recipe_of(listed: list[str], literal: str) -> td.Recipe:
    """Return a recipe in which hostile texts are entries, list items, children's values, literals and parts of texts."""
    quoted = td.escape(literal)
    return td.Recipe(
        "hostile",
        {
            "word": td.choice(listed),
            "flag": td.chance("0.5"),
            "perhaps": td.choice(listed, when="flag"),
            "many": td.sample(listed, (0, len(listed))),
            "rarely": td.sample(listed, 1, when="flag"),
            "number": td.integer(-1200, 1200),
            "price": td.decimal("-3", "3", places=3),
            "codes": td.sample([1, 22, 333], (0, 3)),
            "ranked": td.sample({entry: weight for weight, entry in enumerate(listed, 1)}, (0, len(listed))),
            "again": td.derive(
                lambda many: (many.codes, many.lengths), "many", values=listed, many=True, when="not flag"
            ),
            "ports": td.derive(lambda codes: (codes.codes, codes.lengths), "codes", values=[1, 22, 333], many=True),
            "later": td.derive(lambda day: day + 366, "day", date="%d.%m.%Y", when="flag"),
            "day": td.date("2024-02-27", "2024-03-02"),
            "kids": td.each(
                (0, 2), {"word": td.choice(listed), "perhaps": td.choice(listed, when="flag"), "n": td.integer(0, 9)}
            ),
            "line": td.text(f"{quoted}{{word}}{quoted}{{perhaps}} {{many}} {{kids.word}}{{number}}"),
            "absent": td.text(f"{{word}}{quoted}", when="not flag"),
        },
    )
