"""Case, plurals and articles: the string functions behind template modifiers, asked once for each piece of a recipe.

All are pure, and none asks Python about characters: `str.lower` and its like change with the Unicode version of the
interpreter, and a record must have the same bytes on every one. The case maps, irregular plurals and spoken
exceptions are data files, read at the first use. What needs more than spelling (proper names in -y, verbs used as
nouns) is left out.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENERS = "\"'`“”‘’„‚«»‹›([{<¿¡*_~"  # noqa: RUF001  # quotes of many languages are meant
_CLOSERS = "\"'`“”‘’»›)]}>*_~.,;:!?…"  # noqa: RUF001  # quotes of many languages are meant
_SPACES = " \t\r\n\u00a0\u2009\u202f\u3000"
_DASHES = "-\u2010\u2011\u2012\u2013\u2014"
_UNSPOKEN = "]$€£¥\\\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"


def _any_of(characters: str) -> str:
    """Return a regular expression class of the characters."""
    return f"[{re.escape(characters)}]"


_FIRST = re.compile(f"^{_any_of(_OPENERS + _SPACES)}*.", re.DOTALL)
_WORD_START = re.compile(
    f"(?:^|(?<={_any_of(_SPACES + _DASHES)})){_any_of(_OPENERS)}*[^{re.escape(_SPACES + _DASHES + _OPENERS)}]",
)


_KEPT = 1 << 18
"""Texts whose other case is remembered: lists are written in it again and again while a recipe compiles."""
_PASSED = frozenset(_OPENERS + _SPACES)


@lru_cache(_KEPT)
def lower(text: str) -> str:
    """Return `text` in small letters by Unicode's full case map.

    The context of a letter is ignored: a capital sigma becomes σ at the end of a word too, where Python writes ς.
    """  # noqa: RUF002  # the sigmas are meant
    return text.lower() if text.isascii() else text.translate(_case_maps()[0])


@lru_cache(_KEPT)
def upper(text: str) -> str:
    """Return `text` in capitals by Unicode's full case map; it may grow, as ß becomes SS."""
    return text.upper() if text.isascii() else text.translate(_case_maps()[1])


def capitalise(text: str) -> str:
    """Return `text` with its first character past spaces, quotes and brackets in title case and the rest unchanged."""
    first = text[:1]
    if first.isascii() and first not in _PASSED:
        return first.upper() + text[1:]
    return _FIRST.sub(_raise_last, text)


def title(text: str) -> str:
    """Return `text` with the first character of each word in title case and the rest unchanged.

    Words begin after spaces, hyphens and dashes, past quotes and brackets; an apostrophe begins none (`O'neil's`).
    """
    return _WORD_START.sub(_raise_last, text)


def _raise_last(match: re.Match[str]) -> str:
    """Return the match with its last character in title case."""
    return match[0][:-1] + match[0][-1].translate(_case_maps()[2])


_HEAD = re.compile(
    f"({_any_of(_OPENERS + _SPACES)}*)"
    f"(.*?[^{re.escape(_CLOSERS + _SPACES)}])"
    f"({_any_of(_CLOSERS + _SPACES)}*(?: (?:(?:of|for|in|with|on|to|at|from) |\\().*)?)",
    re.DOTALL | re.IGNORECASE | re.ASCII,
)
_COMPOUND = re.compile(r"([^ -]+)(-(?:in|of|at)-[^ ]+)$", re.IGNORECASE | re.ASCII)
_ENDINGS = (
    (re.compile(r"ics$"), "ics"),
    (re.compile(r"(?<=[^s]s)is$"), "es"),
    (re.compile(r"([sxz]|[cs]h)$"), r"\1es"),
    (re.compile(r"(qu|[b-df-hj-np-tv-z])y$"), r"\1ies"),
    (re.compile(r"$"), "s"),
)
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_LARGE = str.maketrans(ascii_lowercase, ascii_uppercase)


@lru_cache(_KEPT)
def plural(noun: str) -> str:
    """Return the plural of an English noun or noun phrase, in the case it is written in.

    The head takes the plural: the last word before the first "of", "for", "in", "with", "on", "to", "at", "from" or
    opening bracket, else the last word. Capitals of up to four letters count as an acronym and get a small s (`API`
    gives `APIs`, and so `CITY` gives `CITYs`); longer ones that can be spoken are words. A noun that is plural
    already is not recognised in general. Nothing but spaces and closing punctuation is returned as it is.
    """
    parts = _HEAD.fullmatch(noun)
    return parts[1] + _plural_head(parts[2]) + parts[3] if parts else noun


def _plural_head(head: str) -> str:
    """Return the plural of a phrase whose last word is its head."""
    if compound := _COMPOUND.search(head):
        return head[: compound.start()] + _plural_head(compound[1]) + compound[2]
    last = re.split("[ -]", head)[-1]
    if re.fullmatch("[a-z]", last):
        return f"{head}'s"
    if _is_acronym(last):
        return head + ("es" if last[1:].endswith("S") else "s")
    small = head.translate(_SMALL)
    changed = _irregular(small) or _regular(small)
    return _recased(head, changed, capitals=re.fullmatch("[A-Z]+", last) is not None)


def _is_acronym(word: str) -> bool:
    """Return whether a word takes a small s whatever its letters: `API`, `PhD` and `B` do, `STATUS` does not."""
    return _is_spelled(word) if re.fullmatch("[A-Z]+", word) else re.search("[A-Z]$", word) is not None


def _irregular(phrase: str) -> str | None:
    """Return the plural by the table of irregular nouns, or None; `phrase` is in small letters."""
    known = _plurals()
    for singular, tail in _keys(phrase):
        if singular in known:
            return phrase[: len(phrase) - len(tail)] + known[singular].removeprefix("*")
    return None


def _keys(phrase: str) -> Iterator[tuple[str, str]]:
    """Yield (key, text it stands for), from the last two words to the last letter."""
    words = phrase.split(" ")
    for tail in (" ".join(words[-2:]), words[-1], words[-1].rpartition("-")[2]):
        yield tail, tail
    for start in range(len(words[-1])):
        tail = words[-1][start:]
        yield f"*{tail}", tail


def _regular(phrase: str) -> str:
    """Return the plural by the first ending that fits; `phrase` is in small letters."""
    return next(ending.sub(many, phrase, count=1) for ending, many in _ENDINGS if ending.search(phrase))


def _recased(old: str, new: str, *, capitals: bool) -> str:
    """Return `new` with the case of `old` where both begin or end alike, and small letters or capitals between."""
    small = old.translate(_SMALL)
    start = _common(small, new)
    end = _common(small[start:][::-1], new[start:][::-1])
    middle = new[start : len(new) - end]
    return old[:start] + (upper(middle) if capitals else middle) + old[len(old) - end :]


def _common(one: str, other: str) -> int:
    """Return how many characters both texts begin with, in code points."""
    limit = min(len(one), len(other))
    return next((place for place in range(limit) if one[place] != other[place]), limit)


_MARKUP = re.compile(
    f"(?:<[^<>]*>|&#?[0-9A-Za-z]+;|[-+#>]+ |!(?=\\[)|{_any_of(_OPENERS + _SPACES + _UNSPOKEN)})*",
)
_PLAIN = str.maketrans(
    "ÀÁÂÃÄÅĀÆÈÉÊËĒÌÍÎÏĪÒÓÔÕÖŌØŒÙÚÛÜŪàáâãäåāæèéêëēìíîïīòóôõöōøœùúûüūÇÑŠŽçñšžαεηιουωΑΕΗΙΟΥΩ",
    "AAAAAAAAEEEEEIIIIIOOOOOOOOUUUUUaaaaaaaaeeeeeiiiiioooooooouuuuuCNSZcnszaeeioooAEEIOOO",
)
_NUMBER = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+")
_WORD = re.compile(r"([A-Za-z]+)(['’](?!s\b))?", re.ASCII)  # noqa: RUF001  # the typographic apostrophe is meant
_SPOKEN_SIGNS = ("@", "&")
_VOWELS = tuple("AEIOUaeiou")
_VOWEL_NAMES = tuple("AEFHILMNORSX")
_MANY_LETTERS = re.compile("(?<=[A-Z]{2})s$")
_EARLY_VOWEL = re.compile("[A-Z]{0,3}[AEIOUY]")
_ANY_VOWEL = frozenset("AEIOUYaeiouy")
_SHORT = 4
"""Most letters of capitals that are taken to be spelled."""


def article(following: str) -> str:
    """Return `"an"` where `following` begins with the sound of a vowel, else `"a"`, also for the empty string.

    Leading quotes, brackets, markup and currency signs are skipped. Numbers are read aloud, four digits as a year;
    capitals of up to four letters, or without an early vowel, are read by the names of the letters. Letters neither
    Latin nor Greek count as consonants.
    """
    first = following.partition(" ")[0]
    if first.isascii() and first.isalpha():
        return _article(vowel=_word_has_vowel(first))
    text = _MARKUP.sub("", following, count=1).translate(_PLAIN)
    if number := _NUMBER.match(text):
        return _article(vowel=_number_has_vowel(number[0]))
    word = _WORD.match(text)
    if word and word[2] and len(word[1]) == 1:
        return _article(vowel=text.startswith(_VOWELS))
    return _article(vowel=_word_has_vowel(word[1]) if word else text.startswith(_SPOKEN_SIGNS))


def _article(*, vowel: bool) -> str:
    """Return the article before the sound of a vowel or consonant."""
    return "an" if vowel else "a"


def _number_has_vowel(number: str) -> bool:
    """Return whether a number, maybe with commas, is spoken as eight, eleven or eighteen at its beginning."""
    digits = number.replace(",", "")
    lead = number[:2] if len(number) == len("1800") else digits[: len(digits) % 3 or 3]
    return lead.startswith("8") or lead in {"11", "18"}


@cache
def _word_has_vowel(word: str) -> bool:
    """Return whether a word of ASCII letters begins with the sound of a vowel."""
    sounds = _sounds()
    singular = word[:-1] if _MANY_LETTERS.search(word) else word
    if singular in sounds["letters"]:
        return word.startswith(_VOWEL_NAMES)
    small = word.translate(_SMALL)
    if singular not in sounds["word"] and _is_spelled(word):
        return small.translate(_LARGE).startswith(_VOWEL_NAMES)
    for end in range(min(len(small), _longest_beginning()), 0, -1):
        for kind in ("an", "a"):
            if small[:end] in sounds[kind]:
                return kind == "an"
    return small.startswith(_VOWELS)


def _is_spelled(word: str) -> bool:
    """Return whether a word of ASCII letters, going by its look, is spoken letter by letter.

    So are single letters, capitals that begin a longer word (`MSc`), short or unpronounceable capitals, and small
    letters without a vowel (`html`), unless the table has them (`Mr`).
    """
    if word.isupper():
        return len(word) <= _SHORT or _EARLY_VOWEL.match(word) is None
    if word.lower() in _sounds()["short"]:
        return False
    return len(word) == 1 or word[:2].isupper() or _ANY_VOWEL.isdisjoint(word)


@cache
def _case_maps() -> tuple[dict[int, str], dict[int, str], dict[int, str]]:
    """Return the maps to small letters, capitals and title case, from code points that differ to texts."""
    maps: tuple[dict[int, str], dict[int, str], dict[int, str]] = ({}, {}, {})
    for code, *cells in _rows("case.tsv"):
        for to, cell in zip(maps, cells, strict=True):
            if cell != "-":
                to[int(code, 16)] = "".join(chr(int(part, 16)) for part in cell.split())
    return maps


@cache
def _plurals() -> dict[str, str]:
    """Return irregular plurals by singular; a leading `*` marks an ending."""
    return dict(_rows("plural.tsv"))


@cache
def _sounds() -> dict[str, frozenset[str]]:
    """Return the texts of each kind in the table of spoken exceptions."""
    rows = _rows("article.tsv")
    return {kind: frozenset(text for other, text in rows if other == kind) for kind in {row[0] for row in rows}}


@cache
def _longest_beginning() -> int:
    """Return how many letters the longest spoken exception has."""
    return max(len(text) for kind in ("an", "a") for text in _sounds()[kind])


def _rows(name: str) -> list[list[str]]:
    """Return the cells of each row of a data file; lines that begin with `#` are comments."""
    text = (files("treadle") / "data" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.split("\n") if line and not line.startswith("#")]
