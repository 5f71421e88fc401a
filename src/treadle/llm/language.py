"""The language of a text, by its script and its commonest words: counts alone, so that the answer is the same everywhere.

It names a language only where the words leave no doubt; short texts, names and lists have none and pass.
"""

from __future__ import annotations

import re
import unicodedata

_COMMON = {
    "en": "the and of to in is that for with was are this have from by not you your will we our has",
    "de": "der die und das den von zu mit sich des auf für ist im dem nicht ein eine als auch wird wir sie ich",
    "fr": "le la les et des une est pour dans que qui sur pas avec au du vous nous être sont ce cette ont",
    "es": "el la los las y de que en un una por con para del se es su como más pero sus este está",
    "it": "il lo gli e di che la un una per con non del della sono nel alla più come si questo è anche",
    "pt": "o os as e de que do da em um uma para com não por mais dos como mas foi ao ele das à seu",
    "nl": "de het een en van ik te dat die in is niet zijn op aan met voor er maar om hem naar ook",
    "pl": "i w na z że do to się nie jest o jak po co ale za od czy dla jego przez są oraz",
    "sv": "och att det som en på är av för med den till inte har de ett om men jag var från",
}
COMMON = {name: frozenset(words.split()) for name, words in _COMMON.items()}
_LANGUAGES_OF = {
    word: tuple(name for name, common in COMMON.items() if word in common)
    for word in sorted(frozenset().union(*COMMON.values()))
}
_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = {"ru": "CYRILLIC", "uk": "CYRILLIC", "bg": "CYRILLIC", "el": "GREEK", "ar": "ARABIC", "he": "HEBREW",
            "zh": "CJK", "ja": "", "ko": "HANGUL", "hi": "DEVANAGARI", "th": "THAI"}  # fmt: skip
_FEWEST = 6
"""Common words of another language that a text must hold to be called one in it."""


def is_other_language(text: str, expected: str) -> str:
    """Return the language or script that a text is in, where that is clearly not the one expected; `""` otherwise."""
    code = expected.partition("-")[0].lower()
    script = _other_script(text, code)
    if script or code not in COMMON:
        return script
    words = _WORD.findall(text.casefold())
    known = [_LANGUAGES_OF[word] for word in words if word in _LANGUAGES_OF]
    own = sum(code in names for names in known)
    if len(known) < max(_FEWEST, 3 * own + 1):
        return ""  # no other language can have enough of them
    counts = dict.fromkeys(COMMON, 0)
    for names in known:
        for name in names:
            counts[name] += 1
    best = max(counts, key=lambda name: counts[name])
    return best if best != code and counts[best] >= max(_FEWEST, 3 * counts[code] + 1) else ""


def _other_script(text: str, code: str) -> str:
    if text.isascii() and code not in _SCRIPTS:
        return ""
    letters = [each for each in text if each.isalpha()][:400]
    wanted = _SCRIPTS.get(code, "LATIN")
    if not wanted or len(letters) < 20:
        return ""
    other = [each for each in letters if wanted not in unicodedata.name(each, "")]
    return unicodedata.name(other[0], "?").partition(" ")[0].lower() if 2 * len(other) > len(letters) else ""
