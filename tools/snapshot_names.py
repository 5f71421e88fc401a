"""Takes a snapshot of first and family names by locale, script and gender from the packages mimesis and faker.

Reads the person data of the two packages as they are installed (`pip install mimesis faker anyascii`) and writes
`names.tsv` and `locales.tsv` into the hiring pack's data, with the version of the package each name is from:

    python tools/snapshot_names.py

What is done to the data:

- A name is kept if it looks like one in its script: no titles, initials, stray punctuation or letters of another
  script, no inner capitals, and spaces only after a particle (`de Jong`) or in the double names of languages that have
  them (`Ana Paula`). `JUNK` lists what is dropped besides.
- A list longer than its locale's share is cut: to the most frequent where the source has weights or is ordered by them,
  else to the names both packages have, then to every n-th of the rest.
- For languages whose women bear another form of the family name, rows are of gender f and m. Where a source has only
  men's forms (Lithuanian, Polish), few for women (Bulgarian) or unlike ones (Uzbek), women's are made of men's by the
  rule of the language; Icelandic ones of fathers' names, as faker does.
- Vietnamese given names are those of the source, and those after its usual middle names Thị and Văn.
- Australia's given names are those of New Zealand, as neither package has its own; the Arab countries share theirs.
- Names in other scripts get a Latin form, as their bearers would write it in English: from `names_latin.tsv` where that
  has one, else by the rules below. Where that has names of a locale or its language, it decides which are kept, too;
  save that those of the locales in `PREFERRED` only come first.

The result depends on the packages' versions and this folder alone. The script ends by checking what it has written.
"""

# ruff: noqa: RUF001 - letters that look like Latin ones are meant

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections import Counter
from functools import cache
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from anyascii import anyascii

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "src" / "treadle" / "packs" / "hiring" / "data"
FAKER, MIMESIS = (f"{package}-{version(package)}" for package in ("faker", "mimesis"))
PROVENANCE = f"""\
# From the Python packages faker {version("faker")} and mimesis {version("mimesis")}, by tools/snapshot_names.py.
# faker: Copyright (c) 2012 Daniele Faraglia. mimesis: Copyright (c) 2016-Present Isaak Uchakaev (Likid Geimfari).
# Both under the MIT licence.
"""
MOST_BYTES = 1_500_000

# Where names are from: `f:` a locale of faker, `m:` one of mimesis; those after `~` only say that both have a name, and
# those after `^` have weights, by which names are ranked and without which they are dropped. A letter after `/`:
# g, f - given or family names are ordered by frequency in the source; x - family names have a form for each gender.
# The last column is how many given names of a gender and family names (of a gender) are kept at most.
LOCALES = """\
en_US|United States       |anglo          |Latn|given-family|20|f:en_US ~m:en                         |300 500
en_GB|United Kingdom      |anglo          |Latn|given-family| 4|f:en_GB ~m:en-gb                      |180 320
en_CA|Canada              |anglo          |Latn|given-family| 3|m:en-ca ^f:en_US:family               |100 250
en_AU|Australia           |anglo          |Latn|given-family| 3|f:en_NZ:given m:en-au:family ^f:en_NZ |110 170
en_NZ|New Zealand         |anglo          |Latn|given-family| 1|f:en_NZ                               |110 150
en_IE|Ireland             |irish          |Latn|given-family| 2|f:en_IE                               |130 200
en_IN|India               |south asian    |Latn|given-family| 4|f:en_IN                               |180 260
en_NG|Nigeria             |african        |Latn|given-family| 2|f:en_NG f:ig_NG f:yo_NG f:ha_NG       |150 180
en_KE|Kenya               |african        |Latn|given-family| 1|f:en_KE                               |100 150
tw_GH|Ghana               |african        |Latn|given-family| 1|f:tw_GH /x                            |100 100
zu_ZA|South Africa        |african        |Latn|given-family| 1|f:zu_ZA                               |130 130
de_DE|Germany             |german         |Latn|given-family| 3|f:de_DE ~m:de                         |150 250
de_AT|Austria             |german         |Latn|given-family| 1|f:de_AT ~m:de-at                      |100 150
de_CH|Switzerland         |german         |Latn|given-family| 1|f:de_CH ~m:de-ch /g                   |130 180
de_LU|Luxembourg          |german         |Latn|given-family| 1|f:de_LU                               |80 100
fr_FR|France              |french         |Latn|given-family| 3|f:fr_FR ~m:fr /f                      |150 250
fr_BE|Belgium             |french         |Latn|given-family| 1|f:fr_BE                               |100 150
fr_CH|Switzerland         |french         |Latn|given-family| 1|f:fr_CH                               |100 162
fr_CA|Canada              |french         |Latn|given-family| 1|f:fr_CA /f                            |120 180
fr_DZ|Algeria             |maghrebi       |Latn|given-family| 1|f:fr_DZ                               |100 200
es_ES|Spain               |hispanic       |Latn|given-family| 3|f:es_ES ~m:es                         |150 220
es_MX|Mexico              |hispanic       |Latn|given-family| 4|f:es_MX ~m:es-mx                      |150 220
es_AR|Argentina           |hispanic       |Latn|given-family| 2|f:es_AR                               |100 100
es_CL|Chile               |hispanic       |Latn|given-family| 1|f:es_CL                               |100 150
es_CO|Colombia            |hispanic       |Latn|given-family| 2|f:es_CO                               |120 180
pt_BR|Brazil              |lusophone      |Latn|given-family| 3|f:pt_BR ~m:pt-br                      |140 150
pt_PT|Portugal            |lusophone      |Latn|given-family| 2|f:pt_PT ~m:pt                         |120 150
it_IT|Italy               |italian        |Latn|given-family| 2|f:it_IT ~m:it:given m:it:family       |150 220
nl_NL|Netherlands         |dutch          |Latn|given-family| 2|f:nl_NL ~m:nl                         |140 220
nl_BE|Belgium             |dutch          |Latn|given-family| 1|f:nl_BE ~m:nl-be                      |100 150
sv_SE|Sweden              |nordic         |Latn|given-family| 2|f:sv_SE ~m:sv                         |130 180
nb_NO|Norway              |nordic         |Latn|given-family| 2|f:no_NO ~m:no                         |120 150
da_DK|Denmark             |nordic         |Latn|given-family| 2|f:da_DK ~m:da                         |150 150
fi_FI|Finland             |nordic         |Latn|given-family| 2|f:fi_FI ~m:fi                         |130 180
is_IS|Iceland             |nordic         |Latn|given-family| 1|f:is_IS m:is /x                       |130 130
pl_PL|Poland              |slavic         |Latn|given-family| 3|f:pl_PL m:pl:given ~m:pl:family /fx   |100 120
cs_CZ|Czechia             |slavic         |Latn|given-family| 2|f:cs_CZ ~m:cs /x                      |120 120
sk_SK|Slovakia            |slavic         |Latn|given-family| 1|f:sk_SK ~m:sk /x                      |120 120
hr_HR|Croatia             |slavic         |Latn|given-family| 1|f:hr_HR ~m:hr                         |120 160
sl_SI|Slovenia            |slavic         |Latn|given-family| 1|f:sl_SI /gf                           |120 160
bg_BG|Bulgaria            |slavic         |Cyrl|given-family| 1|f:bg_BG /x                            |120 120
mk_MK|North Macedonia     |slavic         |Cyrl|given-family| 1|f:mk_MK /x                            |120 120
ru_RU|Russia              |slavic         |Cyrl|given-family| 3|f:ru_RU ~m:ru /fx                     |120 150
uk_UA|Ukraine             |slavic         |Cyrl|given-family| 2|f:uk_UA ~m:uk /x                      |120 130
ro_RO|Romania             |romanian       |Latn|given-family| 2|f:ro_RO                               |130 150
hu_HU|Hungary             |hungarian      |Latn|family-given| 2|f:hu_HU ~m:hu                         |120 150
lt_LT|Lithuania           |baltic         |Latn|given-family| 1|f:lt_LT /x                            |120 120
lv_LV|Latvia              |baltic         |Latn|given-family| 1|f:lv_LV /x                            |120 120
et_EE|Estonia             |baltic         |Latn|given-family| 1|f:et_EE ~m:et                         |120 160
el_GR|Greece              |hellenic       |Grek|given-family| 2|f:el_GR ~m:el /x                      |110 120
tr_TR|Turkey              |turkic         |Latn|given-family| 2|f:tr_TR m:tr                          |120 160
az_AZ|Azerbaijan          |turkic         |Latn|given-family| 1|f:az_AZ ~m:az /x                      |120 120
kk_KZ|Kazakhstan          |turkic         |Cyrl|given-family| 1|m:kk /x                               |90 90
uz_UZ|Uzbekistan          |turkic         |Latn|given-family| 1|f:uz_UZ /x                            |70 70
ka_GE|Georgia             |caucasian      |Geor|given-family| 1|f:ka_GE                               |110 160
hy_AM|Armenia             |caucasian      |Armn|given-family| 1|f:hy_AM                               |110 160
he_IL|Israel              |jewish         |Hebr|given-family| 2|f:he_IL                               |120 160
ar_EG|Egypt               |arabic         |Arab|given-family| 2|m:ar-eg f:ar_AA:given                 |200 160
ar_SA|Saudi Arabia        |arabic         |Arab|given-family| 1|m:ar-sa f:ar_SA                       |200 160
ar_AE|United Arab Emirates|arabic         |Arab|given-family| 2|m:ar-ae f:ar_SA:given                 |200 160
ar_JO|Jordan              |arabic         |Arab|given-family| 1|m:ar-jo f:ar_PS:given                 |200 160
ar_SY|Syria               |arabic         |Arab|given-family| 1|m:ar-sy f:ar_AA:given                 |200 160
fa_IR|Iran                |persian        |Arab|given-family| 2|f:fa_IR m:fa                          |120 160
hi_IN|India               |south asian    |Deva|given-family| 4|f:hi_IN                               |160 160
ta_IN|India               |south asian    |Taml|given-family| 2|f:ta_IN                               |120 160
ne_NP|Nepal               |south asian    |Deva|given-family| 1|f:ne_NP                               |120 160
bn_BD|Bangladesh          |south asian    |Beng|given-family| 2|f:bn_BD /x                            |120 160
th_TH|Thailand            |southeast asian|Thai|given-family| 1|f:th_TH                               |120 160
vi_VN|Vietnam             |southeast asian|Latn|family-given| 2|f:vi_VN                               |120 160
id_ID|Indonesia           |southeast asian|Latn|given-family| 2|f:id_ID /x                            |130 130
zh_CN|China               |chinese        |Hans|family-given| 4|f:zh_CN m:zh                          |150 250
zh_TW|Taiwan              |chinese        |Hant|family-given| 2|f:zh_TW                               |130 160
ja_JP|Japan               |japanese       |Jpan|family-given| 3|f:ja_JP m:ja                          |130 160
ko_KR|South Korea         |korean         |Kore|family-given| 3|f:ko_KR m:ko                          |130 160
"""

# How many there must be: given names of a gender, rows of family names; and where the sources have fewer.
LEAST = (40, 60)
SCARCE = {"ro_RO": (40, 40), "vi_VN": (40, 10), "zu_ZA": (20, 60)}
MOST = (300, 500)

# Locales whose names in the table are kept before others. Of the rest, the names in the table are the only ones kept.
PREFERRED = frozenset({"de_AT", "hr_HR", "it_IT", "nl_NL", "sk_SK", "zu_ZA"})


def _words(text: str) -> list[str]:
    return text.split(" ")


def _letters(letters: str, romans: str) -> dict[str, str]:
    return dict(zip(letters, _words(romans), strict=True))


LETTERS = {
    "Arab": ("ARABIC",),
    "Armn": ("ARMENIAN",),
    "Beng": ("BENGALI",),
    "Cyrl": ("CYRILLIC",),
    "Deva": ("DEVANAGARI",),
    "Geor": ("GEORGIAN",),
    "Grek": ("GREEK",),
    "Hans": ("CJK",),
    "Hant": ("CJK",),
    "Hebr": ("HEBREW",),
    "Jpan": ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC"),
    "Kore": ("HANGUL",),
    "Latn": ("LATIN",),
    "Taml": ("TAMIL",),
    "Thai": ("THAI",),
}
CASED = frozenset({"Armn", "Cyrl", "Grek", "Latn"})
PARTICLES = frozenset(
    _words("af al ben da das de dei del della den der des di do dos du el het i la las le los 't te ten ter van von zu")
)
PREFIXES = re.compile(r"(?:De|Des|Di|Du|Fitz|La|Le|Lo|Mac|Mc|Van)(?=[A-Z])")
DOUBLE = frozenset({"hispanic", "lusophone"})

# What is no name, is another gender's or another country's, or is misspelt, in the sources.
JUNK = {
    "en_CA": "Ànna, Marie-eve, Marie-pier, Jean-sébastien",
    "en_IN": "Caleb, Ekalinga, Ekapad, Elijah, Ethan, Falan, Faqid, Finn, Fitan, Fiyaz, Frado, Frederick, Gavin, "
    "Harrison, Isaiah, Jack, Jackson, Jason, Jeremiah, Kai, Laban, Liam, Logan, Mason, Max, Nathaniel, "
    "Nidra, Noah, Odika, Oliver, Oscar, Owen, Quincy, Ryan, Theodore, Tristan, Ubika, Upma, Urishilla, "
    "Waida, Wakeeta, Warhi, Warjas, Widisha, Wishi, Wridesh, Wyatt, Xalak, Xavier, Xiti, Zansi, Zashil, "
    "Zilmil",
    "es_MX": "Bétancourt",
    "id_ID": "Among, Empluk, Kani",
    "kk_KZ": "Бай, Баталып, Мәмбета, Шұуқоп",
    "lt_LT": "Vakris, Vsiliauskas",
    "sk_SK": "Krajčíová, Mauréryová, Škultétyová, Ďurovskýová",
    "tw_GH": "Akyeamfuɔ, Eliabeth",
    "uz_UZ": "Shahzoda",
    "vi_VN": "Thị Bảo, Thị Dương, Thị Hải, Thị Khoa, Thị Lâm, Thị Nhật, Thị Thành, Văn Hà, Văn Hạnh, Văn Kim, Văn "
    "Phương",
    "zu_ZA": "Amahle, Bhekisisa, Bhekizizwe, Bhekokwakhe, Dumisani, Londisizwe, Mnqobi, Ndumiso, Nqobizitha, Zakhele",
}

# Joiners, which the sources use here and there, and typographic apostrophes; Arabic letters for Persian ones.
INVISIBLE = str.maketrans({"\u200b": "", "\u200c": "", "\u200d": "", "\u2018": "'", "\u2019": "'", "\u02bc": "'"})
PERSIAN = str.maketrans("يك", "یک")

# Women's forms of family names, by the ending of men's: the first that fits.
FEMININE = {
    "bg_BG": (("ски", "ска"), ("", "а")),
    "lt_LT": (("ius", "iūtė"), ("us", "utė"), ("as", "aitė"), ("is", "ytė"), ("ys", "ytė"), ("a", "aitė")),
    "pl_PL": (("ski", "ska"), ("cki", "cka"), ("dzki", "dzka"), ("ny", "na"), ("", "")),
    "uz_UZ": (("", "a"),),
}
VIETNAMESE_MIDDLE = {"f": "Thị", "m": "Văn"}

_CYRILLIC = _letters(
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya",
)
# Letters, or groups of them, of which the longest that fits is taken; ^ and $ are the ends of a word.
ROMAN: dict[str, dict[str, str]] = {
    "ru_RU": _CYRILLIC
    | {"ё": "yo", "жё": "zhe", "чё": "che", "шё": "she", "щё": "shche"}
    | {"ье": "ye", "ьё": "yo", "йя": "ya", "ий$": "y", "ый$": "y"},
    "uk_UA": _CYRILLIC
    | {"г": "h", "ґ": "g", "є": "ie", "и": "y", "і": "i", "ї": "i", "й": "i", "ю": "iu", "я": "ia", "'": ""}
    | {"зг": "zgh", "^є": "ye", "^ї": "yi", "^й": "y", "^ю": "yu", "^я": "ya"},
    "bg_BG": _CYRILLIC | {"х": "h", "щ": "sht", "ъ": "a", "ь": "y", "йя": "ya", "ия$": "ia"},
    "mk_MK": _CYRILLIC
    | {"ѓ": "gj", "ѕ": "dz", "ј": "j", "љ": "lj", "њ": "nj", "ќ": "kj", "џ": "dzh", "х": "h", "ц": "c"},
    "kk_KZ": _CYRILLIC
    | {"ё": "yo", "й": "i", "ә": "a", "ғ": "g", "қ": "k", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h", "і": "i"}
    | {f"{vowel}е": f"{roman}ye" for vowel, roman in zip("аәеиоөуұүыі", "aaeioouuuyi", strict=True)}
    | {"^е": "ye", "ий$": "i", "ый$": "y"},
    "el_GR": _letters("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o")
    | {"ϊ": "i", "ϋ": "y", "ου": "ou", "γγ": "ng", "γξ": "nx", "γχ": "nch", "^γκ": "g", "^μπ": "b", "^ντ": "d"}
    | {"αυ": "av", "ευ": "ev", "ηυ": "iv"}
    | {
        f"{vowel}υ{letter}": f"{latin}f{roman}"
        for vowel, latin in (("α", "a"), ("ε", "e"), ("η", "i"))
        for letter, roman in _letters("θκξπσςτφχψ", "th k x p s s t f ch ps").items()
    },
    "hy_AM": _letters(
        "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ",
        "a b g d e z e y t zh i l kh ts k h dz gh ch m y n sh o ch p j r s v t r ts v p k o f",
    )
    | {"և": "ev", "ու": "u", "^ու": "u", "^ո": "vo", "^ե": "ye"},
}
HANGUL_LEADS = _words("g kk n d tt r m b pp s ss  j jj ch k t p h")
HANGUL_VOWELS = _words("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
HANGUL_TAILS = _words(" k k k n n n t l k m l l l p l m p p t t ng t t k t p t")
HANGUL_CUSTOMARY = {"우": "woo", "희": "hee"}  # as in Geonwoo, Junghee


SOURCE = re.compile(r"([~^]?)(\w):([\w-]+):?(\w*)")


class Locale(NamedTuple):
    """A line of LOCALES."""

    code: str
    country: str
    culture: str
    script: str
    order: str
    weight: str
    sources: list[str]
    flags: str
    most: dict[str, int]

    @classmethod
    def parse(cls, line: str) -> Locale:
        """Read a line."""
        code, country, culture, script, order, weight, words, most = (cell.strip() for cell in line.split("|"))
        sources = [word for word in words.split() if not word.startswith("/")]
        flags = "".join(word[1:] for word in words.split() if word.startswith("/"))
        given, family = map(int, most.split())
        shares = {"given": given, "family": family}
        return cls(code, country, culture, script, order, weight, sources, flags, shares)

    @property
    def gendered(self) -> bool:
        """Whether family names have a form for each gender."""
        return "x" in self.flags

    @property
    def keys(self) -> tuple[str, str]:
        """What names_latin.tsv may know it by: itself, or its language."""
        return (self.code, self.code.partition("_")[0])


class Name(NamedTuple):
    """A line of names.tsv."""

    locale: str
    part: str
    gender: str
    native: str
    latin: str
    source: str


GENDERED = (("given", "f"), ("given", "m"), ("family", "m"), ("family", "f"))
UNGENDERED = (("given", "f"), ("given", "m"), ("family", "-"))
Table = dict[tuple[str, str], dict[str, dict[str, str]]]


def main() -> None:
    """Write both files, check them, and print how many names there are."""
    locales = sorted(map(Locale.parse, LOCALES.splitlines()))
    table = read_table()
    names = sorted(name for locale in locales for name in take(locale, table))
    write("locales.tsv", ["locale", "country", "culture", "script", "order", "weight"], (each[:6] for each in locales))
    write("names.tsv", Name._fields, names)
    check()
    report(locales, names)
    seen = {(key, name.part, name.native) for name in names for key in (name.locale, name.locale.partition("_")[0])}
    for (key, part), genders in table.items():
        for native in sorted({native for rows in genders.values() for native in rows}):
            if (key, part, native) not in seen:
                sys.stderr.write(f"names_latin.tsv: not among the names taken: {key} {part} {native}\n")


def write(name: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Write a table under its provenance."""
    lines = ["\t".join(row) for row in (columns, *rows)]
    (DATA / name).write_text(PROVENANCE + "\n".join([*lines, ""]), encoding="utf-8")


def read(path: Path) -> list[list[str]]:
    """Read a table, without its comments and header."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")][1:]


def read_table() -> Table:
    """Read names_latin.tsv: Latin forms by locale or language and part, gender, and native form; empty if regular."""
    table: Table = {}
    for key, part, gender, native, latin in read(HERE / "names_latin.tsv"):
        table.setdefault((key, part), {}).setdefault(gender, {})[native] = latin
    return table


def take(locale: Locale, table: Table) -> Iterator[Name]:
    """Take a locale's names."""
    women: dict[str, str] = {}
    for part, gender in GENDERED if locale.gendered else UNGENDERED:
        found = pool(locale, part, gender)
        known = lookup(locale, part, gender, table)
        names = choose(locale, part, found, known) if known or found else []
        if part == "family" and locale.code in FEMININE:
            if gender == "m":
                women = {feminine(locale.code, name): found[name].label for name in names}
            else:
                yield from (
                    Name(locale.code, part, gender, each, romanise(each, locale), women[each]) for each in women
                )
                names = [name for name in names if name not in women and locale.code == "bg_BG"]
        for name in names:
            latin = known.get(name) or romanise(name, locale)
            yield Name(locale.code, part, gender, name, latin, found[name].label)


def lookup(locale: Locale, part: str, gender: str, table: Table) -> dict[str, str]:
    """Find what the table says of a part and gender of a locale's names."""
    known: dict[str, str] = {}
    for key in locale.keys:
        for each in (gender, "-"):
            known |= table.get((key, part), {}).get(each, {})
    return known


class Found(NamedTuple):
    """What the sources say of a name."""

    packages: set[str]
    kept: bool  # it is in a source that names are kept from, not only one that tells of names
    weight: float

    @property
    def label(self) -> str:
        """The packages that have it."""
        return "|".join(sorted(self.packages))


def pool(locale: Locale, part: str, gender: str) -> dict[str, Found]:
    """Gather a locale's names from its sources, in their order."""
    found: dict[str, Found] = {}
    ranks: dict[str, float] | None = None
    for source in locale.sources:
        role, package, code, only = SOURCE.findall(source)[0]
        if only not in {"", part}:
            continue
        names = faker(code, part, gender, gendered=locale.gendered) if package == "f" else mimesis(code, part, gender)
        if role == "^":
            ranks = names
            continue
        label = FAKER if package == "f" else MIMESIS
        for raw, weight in names.items():
            if name := clean(raw, locale, part):
                have = found.get(name, Found(set(), kept=False, weight=0))
                found[name] = Found(have.packages | {label}, have.kept or not role, max(have.weight, weight))
    if ranks is not None:
        found = {name: each._replace(weight=ranks[name]) for name, each in found.items() if name in ranks}
    return found


def choose(locale: Locale, part: str, found: dict[str, Found], known: Mapping[str, str]) -> list[str]:
    """Choose which names to keep, at most as many as is the locale's share."""
    most = locale.most[part]
    first = [name for name in found if name in known]
    if known and locale.code not in PREFERRED:
        return spread(first, most)
    rest = [name for name in found if name not in known and found[name].kept]
    if any(found[name].weight for name in rest):
        rest.sort(key=lambda name: -found[name].weight)
    elif part[0] not in locale.flags:
        both = [name for name in rest if len(found[name].packages) > 1]
        one = [name for name in rest if len(found[name].packages) == 1]
        room = max(most - len(first), 0)
        rest = spread(both, room) + spread(one, max(room - len(both), 0))
    return (first + rest)[:most]


def spread(names: list[str], most: int) -> list[str]:
    """Take every n-th of names, so that there are at most so many."""
    return names if len(names) <= most else [names[place * len(names) // most] for place in range(most)]


def faker(code: str, part: str, gender: str, *, gendered: bool) -> dict[str, float]:
    """Names of a locale of faker, with their weights, 0 where it has none."""
    provider = import_module(f"faker.providers.person.{code}").Provider
    sex = {"f": "female", "m": "male", "-": ""}[gender]
    if part == "given" and code == "lt_LT":  # men's names, and only they, end in s
        return {name: 0 for name in provider.first_names if name.endswith("s") == (gender == "m")}
    if part == "given":
        names = _weights(getattr(provider, f"first_names_{sex}"))
        if code == "vi_VN":
            names |= _weights(provider.first_names_unisex)
            names |= {f"{VIETNAMESE_MIDDLE[gender]} {name}": 0 for name in names}
        return names
    if code == "pl_PL":
        return _weights(provider.male_last_names)
    if code == "is_IS":  # made of fathers' names
        return {name + {"f": "dóttir", "m": "son"}[gender]: 0 for name in provider.last_names_without_suffix}
    if not gendered or not hasattr(provider, "last_names_male"):
        return _weights(provider.last_names)
    kinds = (sex, "unisex", "nonbinary")
    return {
        name: weight for kind in kinds for name, weight in _weights(getattr(provider, f"last_names_{kind}", ())).items()
    }


def _weights(names: Iterable[str]) -> dict[str, float]:
    return dict(names) if isinstance(names, dict) else dict.fromkeys(names, 0)


def mimesis(code: str, part: str, gender: str) -> dict[str, float]:
    """Names of a locale of mimesis, which has no weights."""
    names = _mimesis(code).get("names" if part == "given" else "surnames") or []
    if isinstance(names, dict):
        names = names[{"f": "female", "m": "male", "-": "male"}[gender]]
    return dict.fromkeys(names, 0)


@cache
def _mimesis(code: str) -> dict[str, dict[str, list[str]] | list[str]]:
    text = files("mimesis").joinpath("datasets", code, "person.json").read_text(encoding="utf-8")
    return {key: value for key, value in json.loads(text).items() if key in {"names", "surnames"}}


def clean(name: str, locale: Locale, part: str) -> str | None:
    """Bring a name into the form it is kept in, or tell by None that it is none."""
    name = unicodedata.normalize("NFC", name.strip().translate(INVISIBLE))
    if locale.script == "Arab":
        name = re.sub(r"[\u064b-\u0652]", "", name)  # vowel signs
        name = name.translate(PERSIAN) if locale.code == "fa_IR" else name.removeprefix("ال ")
    return name if name not in JUNK.get(locale.code, "").split(", ") and is_name(name, locale, part) else None


def is_name(name: str, locale: Locale, part: str) -> bool:
    """Tell whether a string looks like a name."""
    letters = [char for char in name if unicodedata.category(char)[0] == "L"]
    others = {char for char in name if unicodedata.category(char)[0] not in "LM"}
    if not letters or others - set(" -'") or not all(_script(char, locale.script) for char in letters):
        return False
    if locale.script not in CASED:
        return True
    words = name.split(" ")
    proper = [word for word in words if word.lower() not in PARTICLES]
    if not all(map(is_word, proper)) or not proper or proper[-1:] != words[-1:]:
        return False
    if len(proper) == 1:
        return part == "family" or len(words) == 1
    return part == "given" and (locale.culture in DOUBLE or locale.code == "vi_VN") and len(words) <= 3


def _script(char: str, script: str) -> bool:
    return unicodedata.name(char, "").startswith(LETTERS[script])


def is_word(word: str) -> bool:
    """Tell whether a word is written like a name, alone or with parts after hyphens or an apostrophe."""
    parts = re.split("[-']", word)
    if len(word) < 2 or not all(parts) or not word[0].isupper():
        return False
    return all(re.fullmatch(r"\w?[^\WA-Z]*", PREFIXES.sub("", part)) and not part[1:].isupper() for part in parts)


def feminine(code: str, name: str) -> str:
    """Make the form of a family name that a woman bears."""
    ending, new = next(pair for pair in FEMININE[code] if name.endswith(pair[0]))
    return name.removesuffix(ending) + new


def romanise(name: str, locale: Locale) -> str:
    """Write a name in Latin letters; one that is in them stays."""
    if locale.script == "Latn":
        return name
    return re.sub(r"[^ -]+", lambda match: _romanise(match[0].lower(), locale).capitalize(), name)


def _romanise(word: str, locale: Locale) -> str:
    if locale.script == "Kore":
        return "".join(map(_hangul, word)).replace("lr", "ll")
    if locale.code not in ROMAN:
        return str(anyascii(word)).replace("'", "")
    if locale.script == "Grek":  # without the accent, but with the diaeresis
        word = unicodedata.normalize("NFC", unicodedata.normalize("NFD", word).replace("\u0301", ""))
    rules = ROMAN[locale.code]
    longest = sorted(rules, key=len, reverse=True)
    roman = re.sub("|".join(map(re.escape, longest)), lambda match: rules[match[0]], f"^{word}$")
    return roman.strip("^$")


def _hangul(syllable: str) -> str:
    if syllable in HANGUL_CUSTOMARY:
        return HANGUL_CUSTOMARY[syllable]
    lead, rest = divmod(ord(syllable) - ord("가"), len(HANGUL_VOWELS) * len(HANGUL_TAILS))
    vowel, tail = divmod(rest, len(HANGUL_TAILS))
    return HANGUL_LEADS[lead] + HANGUL_VOWELS[vowel] + HANGUL_TAILS[tail]


def check() -> None:
    """Read the files again, and make sure of what is promised of them."""
    locales = {row[0]: row for row in read(DATA / "locales.tsv")}
    path = DATA / "names.tsv"
    names = [Name(*row) for row in read(path)]
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes")
    if names != sorted(names) or len({name[:4] for name in names}) < len(names):
        raise ValueError("not sorted, or not unique")
    counts = Counter(name[:3] for name in names)
    for code, (_, _, _, script, order, weight) in locales.items():
        if script not in LETTERS or order not in {"given-family", "family-given"} or not weight.isdecimal():
            raise ValueError(f"no locale: {locales[code]}")
        given, family = SCARCE.get(code, LEAST)
        families = [counts[code, "family", gender] for gender in "fm-"]
        givens = [counts[code, "given", gender] for gender in "fm"]
        if min(givens) < given or sum(families) < family or max(givens) > MOST[0] or max(families) > MOST[1]:
            raise ValueError(f"{code}: {givens} given, {families} family names")
        if bool(families[0]) != bool(families[1]) or (families[0] and families[2]):
            raise ValueError(f"{code}: family names of one gender only")
    for name in names:
        if wrong := _wrong(name, locales[name.locale][3]):
            raise ValueError(f"{wrong}: {name}")


def _wrong(name: Name, script: str) -> str | None:
    """Say what is wrong with a name, if anything is."""
    letters = [char for char in name.native if unicodedata.category(char)[0] == "L"]
    normal = unicodedata.normalize("NFC", " ".join(name.native.split()))
    regular = script == "Latn" or re.fullmatch(r"[A-Z][a-z]+([ -][A-Z][a-z]*)*", name.latin)
    laws = {
        "not normalised": name.native == normal,
        "in another script": all(_script(char, script) for char in letters),
        "Latin, with another Latin form": script != "Latn" or name.native == name.latin,
        "with an odd Latin form": regular,
        "of an unknown kind": (name.part, name.gender) in {*GENDERED, *UNGENDERED},
        "from an unknown source": name.source in {FAKER, MIMESIS, f"{FAKER}|{MIMESIS}"},
    }
    return next((wrong for wrong, holds in laws.items() if not holds), None)


def report(locales: Iterable[Locale], names: Iterable[Name]) -> None:
    """Print how many names of each kind there are."""
    counts = Counter(name[:3] for name in names)
    kinds = dict.fromkeys(GENDERED + UNGENDERED)
    lines = [["locale", "script", *(" ".join(kind) for kind in kinds)]]
    lines += [[each.code, each.script, *(str(counts[each.code, *kind]) for kind in kinds)] for each in locales]
    lines.append(["all", "", *(str(sum(counts[each.code, *kind] for each in locales)) for kind in kinds)])
    for line in lines:
        sys.stdout.write(f"{line[0]:8}{line[1]:8}" + "".join(f"{cell:>10}" for cell in line[2:]) + "\n")
    sys.stdout.write(f"{counts.total()} names, {(DATA / 'names.tsv').stat().st_size} bytes; {FAKER}, {MIMESIS}\n")


if __name__ == "__main__":
    main()
