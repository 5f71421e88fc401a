"""What a job post that somebody else wrote asks for: skills, level, years, degree, and the role that fits best."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from treadle.packs.hiring.language import ENGLISH, language_of
from treadle.packs.hiring.matching import Weights
from treadle.packs.hiring.mentions import Mention, SkillReader
from treadle.packs.hiring.must_haves import must_haves
from treadle.packs.hiring.sections import Clause, clauses
from treadle.packs.hiring.taxonomy import DEGREES, KINDS, LEVELS, TechSkillsTaxonomy
from treadle.packs.hiring.titles import RoleFinder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FEWEST = 3
"""Skills that a post must name."""
MOST_REQUIRED, MOST_PREFERRED = 20, 12
"""Skills that are kept of a post, those that matter most."""
LONGEST_YEARS = 20
"""Years of experience beyond which a number is taken for something else, such as the employer's age."""
_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
    "fifteen": 15,
}  # fmt: skip
_WRITTEN = "|".join(_NUMBERS)
_YEARS = re.compile(
    rf"(?<![\d$])(?<!\d[.,])(?P<low>\d{{1,2}}|\b(?:{_WRITTEN}))(?:\s?\(\d+\))?\s*(?:\+|plus|or more)?\s*(?:(?:-|\u2013|\u2014|to"
    rf"|or|and)\s*(?P<high>\d{{1,2}}|{_WRITTEN})\s*\+?)?"
    r"[\s-]*(?:years?|yrs?)\b(?!\s+(?:old|of age|ago|plan|warranty|contract|anniversary|in business|history))",
    re.IGNORECASE,
)
_YEAR_WORD, _BEFORE_YEARS = re.compile(r"[Yy](?:ea)?rs?|Y(?:EA)?RS?"), 40
_LEAST = re.compile(
    r"(?:at least|minimum|min\.?|requires?|required|must have|with|over|more than|have)[\s:a-z]{0,12}$", re.IGNORECASE
)
_PRACTICE = re.compile(
    r"^[^.;\n]{0,80}?\b(?:experience|exp|background|practice|working|work|building|managing|leading|developing"
    r"|designing|writing"
    r"|teaching|nursing|hands-on|professional|relevant|industry|in (?:a|an|the) |as (?:a|an) )\b|^\s*\+?\s+(?:in|as"
    r"|with|of)\b|^['\u2019]|^\s+\w{3,}ing\b",
    re.IGNORECASE,
)
_HISTORY = re.compile(
    r"(?:\bfor|\bpast|\blast|\bour|\bwithin|\bin|\bafter|\bcelebrating|\bevery|\bnext)\s+(?:over |more than |the "
    r"|about |than )*$",
    re.IGNORECASE,
)
_BEFORE_LINE = re.compile(
    r"(?:years?(?: of)?[a-z ]{0,30}experience[^:\n]{0,15}|\b(?:work )?exp(?:erience)?\.?(?: required| needed)?) ?[:\u2013-]\s*$",
    re.IGNORECASE,
)
_DEGREES = {
    "doctorate": re.compile(r"\bph\.?\s?d\b|\bdoctora(?:te|l)\b|\bpharm\.?d\b", re.IGNORECASE),
    "master": re.compile(
        r"\b[Mm]aster(?:['\u2019]?s| of| degree)\b|\bM\.?Sc\b|\bM\.?S\.?(?=/|,? or | in | degree)|\bMBA\b|\bM\.?Ed\b|\bMSW\b"
        r"|\b(?:[Aa]dvanced|[Gg]raduate|[Pp]ostgraduate) degree\b"
    ),
    "bachelor": re.compile(
        r"\bbachelor|(?<![A-Z])Bachelor|\bB\.?Sc\b|\bB\.?[SA]\.?(?=/|,? or | in | degree)"
        r"|\bBSN\b|\b[Uu]ndergraduate degree"
        r"|\b(?:[Uu]niversity|[Cc]ollege|[Ff]our-year|4-year|[Tt]echnical|[Rr]elevant|[Ee]ngineering) degree\b"
        r"|\bB\.Ed\b|\bMaster(?!s|['\u2019]s| of)\b(?=/)"
    ),
    "associate": re.compile(
        r"\bassociate(?:['\u2019]?s)? degree\b|\btwo-year degree\b|\b2-year degree\b|\bvocational (?:degree|qualification)\b",
        re.IGNORECASE,
    ),
}
_LEARNED = re.compile(
    r"[Dd]egree|DEGREE|[Bb]achelor|BACHELOR|[Mm]aster|Ph|PH|ph\.|[Dd]octor|M\.?[SEB]|B\.?[SAE]"
    r"|[Vv]ocational|harm"
)
"""What every mention of a degree holds one of."""
_ANY_DEGREE = re.compile(r"\b[Dd]egree (?:in|or)\b")
_NO_DEGREE = re.compile(
    r"\bno (?:\w+ )?degree|\bdegree (?:is )?not (?:required|necessary|needed)|\bwithout a (?:college )?degree",
    re.IGNORECASE,
)
_TITLE_LEVELS = {
    "staff": re.compile(
        r"\b(?:principal|lead|head|director|vp|chief|distinguished|staff(?= (?:\w+ )*(?:engineer|developer|scientist"
        r"|designer|architect|analyst)))\b",
        re.IGNORECASE,
    ),
    "senior": re.compile(r"\b(?:senior|sr|snr|experienced)\b|\b(?:III|IV)\b", re.IGNORECASE),
    "entry": re.compile(
        r"\b(?:junior|jr|jnr|entry[ -]?level|graduate|new grad|trainee|intern|internship|apprentice|early career)\b"
        r"|^associate\b|\bI$",
        re.IGNORECASE,
    ),
    "mid": re.compile(r"\b(?:mid|mid[ -]?level|intermediate|II)\b", re.IGNORECASE),
}
_TEXT_LEVELS = {
    "entry": re.compile(
        r"\bentry[ -]level\b|\b(?:recent|new) grad(?:uate)?s?\b|\bno (?:prior "
        r"|previous )?experience (?:is )?(?:needed|required|necessary)|\bas a junior\b"
        r"|\b(?:a|our) (?:new )?(?:junior|trainee|graduate)\b"
    ),
    "staff": re.compile(
        r"\b(?:as (?:a|our)|for an?|hiring an?|seeking an?|need an?) (?:hands-on )?(?:principal|staff|lead|head)\b"
    ),
    "senior": re.compile(
        r"\b(?:as (?:a|our)|for an?|hiring an?|seeking an?|need an?|hiring:?) (?:highly )?(?:senior|seasoned"
        r"|experienced)\b|\bsenior[ -]level\b"
    ),
}
_LEVEL_WORD = re.compile(
    r"entry|grad|experience (?:is )?ne|experience (?:is )?req|junior|trainee|principal|staff|lead|head|seni|seas|experienced"
)
"""What every mention of a level holds one of."""
_ABOUT_LEVEL = 40
WEIGHTS = {"title": 5, "required": 4, "other": 3, "duties": 2}
"""How much a required skill weighs, by where it is named."""


@dataclass(frozen=True)
class Asked:
    """What a post asks for: codes of skills with weights of 1 to 5, all else as in `JobDescriptionGenerator`'s fields."""

    role: str
    level: str
    required: dict[int, int]
    preferred: tuple[int, ...]
    must_have: int
    years_min: int
    years_max: int | None
    degree: str
    mentions: tuple[Mention, ...]
    years: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class TooLittle:
    """Why nothing can be made of a post."""

    reason: str


@dataclass(frozen=True)
class PostReader:
    """Reads posts by the names and aliases of a taxonomy."""

    taxonomy: TechSkillsTaxonomy = field(default_factory=TechSkillsTaxonomy)
    weights: Weights = field(default_factory=Weights)

    @cached_property
    def skills(self) -> SkillReader:
        """What finds the skills of a text."""
        return SkillReader(self.taxonomy)

    @cached_property
    def roles(self) -> RoleFinder:
        """What finds the role of a post."""
        return RoleFinder(self.taxonomy)

    def read(self, title: str, text: str, company: str = "") -> Asked | TooLittle:
        """Return what a post asks for, or why it is too little; skills that are called as its company is do not count."""
        language = language_of(text)
        if language != ENGLISH:
            return TooLittle(f"not in English ({language})")
        parts = clauses(text)
        starts = [part.start for part in parts]
        mentions = tuple(
            mention
            for mention in self.skills.mentions(text)
            if text[mention.start : mention.end].lower() != company.strip().lower()
        )
        titled = {mention.code for mention in self.skills.mentions(title)}
        required, preferred = self._sorted(mentions, titled, parts, starts)
        if len(required) + len(preferred) < FEWEST:
            names = ", ".join(self.taxonomy.names[code] for code in [*required, *preferred]) or "none"
            return TooLittle(f"fewer than {FEWEST} skills found ({names})")
        hard = [code for code in required if self.taxonomy.kind[code] != KINDS.index("soft")]
        if not hard:
            return TooLittle("no skill is required outright, or soft ones alone")
        role = self.roles.find(title, [*required, *preferred])
        if role is None:
            return TooLittle("no role of the taxonomy fits its title and skills")
        low, high, spans = _years(text, parts, starts)
        rated = self._rated(required, role)
        must = self._must_have(rated, preferred)
        level = _level(title, text, low, high)
        return Asked(
            role,
            level,
            rated,
            preferred[:MOST_PREFERRED],
            must,
            low,
            high,
            _degree(text, parts, starts),
            mentions,
            spans,
        )

    def _sorted(
        self, mentions: Sequence[Mention], titled: set[int], parts: Sequence[Clause], starts: Sequence[int]
    ) -> tuple[dict[int, int], tuple[int, ...]]:
        """Return the required skills with their weights, and the preferred ones; a skill that is both is required."""
        required = dict.fromkeys(sorted(titled), WEIGHTS["title"])
        preferred: dict[int, None] = {}
        for mention in mentions:
            part = parts[max(0, bisect_right(starts, mention.start) - 1)]
            if part.kind == "preferred":
                preferred[mention.code] = None
            elif part.kind != "ignored":
                weight = min(5, WEIGHTS[part.kind] + part.stressed)
                required[mention.code] = max(weight, required.get(mention.code, 0))
        return required, tuple(code for code in preferred if code not in required)

    def _rated(self, required: dict[int, int], role: str) -> dict[int, int]:
        """Return the skills that matter most, a point more or less for what the role itself makes of them."""
        own = self.taxonomy.roles[role]
        usual = {self.taxonomy.code[name]: max(weights) for name, weights in zip(own.skills, own.required, strict=True)}
        rated = {
            code: min(5, max(1, weight + (usual.get(code, 2) > 2) - (code not in usual)))
            for code, weight in required.items()
        }
        kept = set(sorted(rated, key=lambda code: -rated[code])[:MOST_REQUIRED])
        return {code: weight for code, weight in rated.items() if code in kept}

    def _must_have(self, rated: Mapping[int, int], preferred: Sequence[int]) -> int:
        """Return the heaviest hard skill that leaves room for partial matches."""
        hard = np.append(self.taxonomy.kind != KINDS.index("soft"), [False])
        asked, weight = np.array([list(rated)]), np.array([list(rated.values())])
        wished = np.array([list(preferred[:MOST_PREFERRED])], np.int64).reshape(1, -1)
        return int(asked[0, must_haves(self.taxonomy.similarity, hard, asked, weight, wished, self.weights)[0]])


def _years(
    text: str, parts: Sequence[Clause], starts: Sequence[int]
) -> tuple[int, int | None, tuple[tuple[int, int, int], ...]]:
    """Return the years asked for, at least and at most, and where numbers of years stand: start, end, number."""
    low, high, spans = 0, None, []
    for match in _numbers_of_years(text):
        least, most = (_number(match[name]) for name in ("low", "high"))
        before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 120]
        if least is None or least > LONGEST_YEARS or _HISTORY.search(before):
            continue
        practice = _PRACTICE.search(after) or _LEAST.search(before) or _BEFORE_LINE.search(before)
        if not practice and most is None:  # "2-4 yrs" is of practice, whatever follows
            continue
        part = parts[max(0, bisect_right(starts, match.start()) - 1)]
        spans.append((match.start("low"), match.end("low"), least))
        if part.kind in {"ignored", "preferred"} or least < low:
            continue
        low, high = least, most if most is not None and most >= least else high if least == low else None
    return low, high, tuple(spans)


def _numbers_of_years(text: str) -> Iterator[re.Match[str]]:
    """Yield numbers of years, looked for about the word itself alone."""
    behind = 0
    for word in _YEAR_WORD.finditer(text):
        match = _YEARS.search(text, max(behind, word.start() - _BEFORE_YEARS), word.end() + _BEFORE_YEARS)
        if match is not None and match.end() >= word.start():
            behind = match.end()
            yield match


def _number(written: str | None) -> int | None:
    if not written:
        return None
    return int(written) if written.isdecimal() else _NUMBERS[written.lower()]


def _level(title: str, text: str, low: int, high: int | None) -> str:
    for level, pattern in _TITLE_LEVELS.items():
        if pattern.search(title):
            return level
    lower = text.lower()
    about = " | ".join(
        lower[max(0, word.start() - _ABOUT_LEVEL) : word.end() + _ABOUT_LEVEL] for word in _LEVEL_WORD.finditer(lower)
    )
    for level, pattern in _TEXT_LEVELS.items():
        if pattern.search(about) and not (level == "entry" and low >= 3):  # "entry-level" of somebody else
            return level
    if 0 < (high if high is not None else low) <= (2 if high is not None else 1):
        return "entry"
    return LEVELS[1 if low < 5 else 2 if low < 10 else 3]  # what posts of each level ask for


def _degree(text: str, parts: Sequence[Clause], starts: Sequence[int]) -> str:
    """Return the least degree that is required."""
    found = []
    for place in dict.fromkeys(bisect_right(starts, match.start()) - 1 for match in _LEARNED.finditer(text)):
        part = parts[place]
        if part.kind in {"ignored", "preferred"} or _NO_DEGREE.search(part.text):
            continue
        named = [degree for degree, pattern in _DEGREES.items() if pattern.search(part.text)]
        if named or _ANY_DEGREE.search(part.text):
            found.append(min(named, key=DEGREES.index, default="bachelor"))
    return min(found, key=DEGREES.index) if found else "none"
