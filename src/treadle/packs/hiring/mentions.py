"""Skills in a text somebody else wrote: by name and alias, longest first, with the characters that name them.

All ways of writing are one pattern, compiled as a tree of their letters. Names that are also words ("Spark", "Go", "C") count where
they are written as names and the text around them speaks of skills: among other skills, before "developer", behind "experience in".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from treadle.packs.hiring.data import table
from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy
from treadle.packs.hiring.words import loose, spaced

if TYPE_CHECKING:
    from collections.abc import Iterable

LETTERS = frozenset(row["text"] for row in table("ambiguous.tsv") if row["need"] == "listed")
"""Names that a text must show to be meant: single letters, and words that begin many sentences."""
WORDS = frozenset(row["text"] for row in table("ambiguous.tsv") if row["need"] == "word")
"""Names that are words too."""
DECOY = -1
"""What stands for a skill in phrases that mean something else."""
LOOSE = frozenset({"SQL", "HTML", "HTML5", "CSS", "CSS3", "SCSS", "AWS", "GCP", "PHP", "XML", "JSON", "SEO", "UI"})
"""Short names in capitals that are no words in small letters either."""
_BEFORE = re.compile(
    r"(?:\b(?:in|with|using|use|uses|know|knows|knowing|write|writes|writing|wrote|learn|learning|language|languages|like|of|as"
    r"|including|include|includes|proficient|advanced|microsoft|ms|or|strong|excellent|good|great|solid|skills"
    r"|abilities)[:,]?\s+"
    r"(?:modern |idiomatic |advanced |basic |embedded |ansi |plain |microsoft )?[\"'(]?)$",
    re.IGNORECASE,
)
_BEFORE_LETTER = re.compile(
    r"(?:\b(?:in|with|using|write|writes|writing|wrote|language|languages|like|know|knows|of|proficient in|as)[:,]?\s+"
    r"(?:modern |idiomatic |embedded |ansi |plain )?[\"'(]?)$",
    re.IGNORECASE,
)
_BEFORE_ABILITY = re.compile(
    r"\b(?:strong|excellent|good|great|solid|proven|(?:skills?|experience|proficien\w+|knowledge|background|expertise"
    r"|training|trained)"
    r" (?:in|with|of))\s+$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[ -](?:(?i:developers?|engineers?|programmers?|programming|development|certified|skills?)|language|code"
    r"|codebase|microservices|backend"
    r"|back-end|apps?|applications?|scripts?|scripting|modules?|plugins?|librar(?:y|ies)|runtime|pipelines?|ecosystem"
    r"|framework|queries"
    r"|clusters?|components?|jobs|EHR|EMR|charting|experience|exposure|knowledge|preferred|required"
    r"|a plus|a must|is (?:an? )?(?:big |strong )?"
    r"(?:plus|bonus|advantage|asset|must|helpful|welcome|preferred|required|desirable)|would be)\b"
)
_BETWEEN = re.compile(
    r"(?:[\s,/;|\u2022\u00b7&+()*:\u2013\u2014-]|\b(?:and|or|like|e\.g\.|i\.e\.|such as|including|with|in"
    r"|as well as)\b){1,}",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\s*[,/;|\u2022\u00b7]\s*")
_ITEM = re.compile(r"(?:^|\n)[ \t]*(?:[-*\u2022\u00b7\u25cf\u25aa]|\d+[.)])[ \t]*$")
_ITEM_END = re.compile(r"[ \t]*(?:$|[\n,;/(])")
_ENDS = re.compile(r"[ \t]*(?:$|[\n,;/|).:])")
_NO_LETTER = re.compile(r"(?:\s?&\s?\w|['’]\w|-\w|\.\w|\s?\+\s?\w)")  # noqa: RUF001  # the apostrophe that people type
_ADDRESS = re.compile(r"\.(?:com|org|io|net|co|edu|gov|dev)\b")
_WIDEST_GAP = 18


@dataclass(frozen=True)
class Mention:
    """A skill where a text names it: offsets in code points, end-exclusive, and the skill's code."""

    start: int
    end: int
    code: int


@dataclass
class _Hit:
    start: int
    end: int
    code: int
    sure: bool
    exact: bool
    letter: bool


@dataclass(frozen=True)
class SkillReader:
    """Finds the skills of a taxonomy in texts."""

    taxonomy: TechSkillsTaxonomy = field(default_factory=TechSkillsTaxonomy)

    def mentions(self, text: str) -> list[Mention]:
        """Return every mention of a skill, in order; none overlaps another."""
        hits = self._hits(text)
        self._judge(text, hits)
        return [Mention(hit.start, hit.end, hit.code) for hit in hits if hit.sure]

    @cached_property
    def _ways(self) -> dict[str, list[tuple[str, str, int]]]:
        """The ways of writing each skill, by their small letters: with plain blanks, as written, and the skill's code."""
        found: dict[str, list[tuple[str, str, int]]] = {}
        code = self.taxonomy.code
        listed = [(way, code[name]) for way, name in self.taxonomy.by_alias.items()]
        listed += [(row["text"], code[row["skill"]]) for row in table("reading.tsv") if row["skill"] in code]
        for way, number in listed:
            found.setdefault(_key(way), []).append((spaced(way), way, number))
        for row in table("decoys.tsv"):
            found.setdefault(_key(row["text"]), []).append((spaced(row["text"]), row["text"], DECOY))
        for way, number in listed:
            for other in _numbers(way):
                found.setdefault(_key(other), [(spaced(other), other, number)])
        return found

    @cached_property
    def _joined(self) -> frozenset[str]:
        """The words of all ways of writing."""
        return frozenset(word for key in self._ways for word in re.findall(r"[a-z]+", key))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        tree: dict[str, Any] = {}
        for key in self._ways:
            node = tree
            for character in key:
                node = node.setdefault(character, {})
            node[""] = {}
        return re.compile(rf"(?<!\w)(?:{_written(tree)})(?!\w)")

    def _hits(self, text: str) -> list[_Hit]:
        seen = loose(text, self._joined)
        found = []
        for match in self._pattern.finditer(seen.lower):
            start, end = match.span()
            hit = self._hit(text, seen.plain, seen.place(start), seen.place(end), self._ways[match.group()])
            if hit is not None:
                found.append(hit)
        return found

    @staticmethod
    def _hit(text: str, plain: str, start: int, end: int, ways: list[tuple[str, str, int]]) -> _Hit | None:
        """Return a way of writing as a hit, unless what touches it makes it something else."""
        surface = plain[start:end]
        plain_way, way, code = next((each for each in ways if each[0] == surface), ways[0])
        exact = plain_way == surface
        if code == DECOY:
            return None
        letter = way in LETTERS or len(way) == 1
        if (letter and _NO_LETTER.match(text, end)) or _ADDRESS.match(text, end) or text[start - 1 : start] == "@":
            return None
        if letter and start and text[start - 1] in "&-.'’":  # noqa: RUF001  # the apostrophe that people type
            return None
        if text[end : end + 2] == "++" or text[end : end + 1] == "#":
            return None
        if not exact and (letter or _strict(way)):
            return None
        return _Hit(start, end, code, sure=not (letter or way in WORDS), exact=exact, letter=letter)

    def _judge(self, text: str, hits: list[_Hit]) -> None:
        """Decide on the names that are words too, from what stands around them."""
        for hit in hits:
            if not hit.sure and hit.exact:
                before = text[max(0, hit.start - 40) : hit.start]
                ability = text[hit.start].islower()
                asked = (_BEFORE_LETTER if hit.letter else _BEFORE_ABILITY if ability else _BEFORE).search(before)
                hit.sure = bool(asked or _AFTER.match(text, hit.end)) or (not hit.letter and _named(text, hit))
                if asked and _titled(text, hit.end):
                    hit.sure = False
        for order in (range(1, len(hits)), range(len(hits) - 1, 0, -1)):
            for number in order:
                self._join(text, hits[number - 1], hits[number])

    @staticmethod
    def _join(text: str, first: _Hit, second: _Hit) -> None:
        """Believe a doubtful name that stands in a list beside a sure one, or beside another in the same list."""
        if first.sure and second.sure:
            return
        gap = text[first.end : second.start]
        if len(gap) > _WIDEST_GAP or not _BETWEEN.fullmatch(gap):
            return
        doubtful = [hit for hit in (first, second) if not hit.sure]
        plain = _LISTED.fullmatch(gap) is not None
        if any((not hit.exact and not plain) or (hit.letter and not gap.strip()) for hit in doubtful):
            return
        if ("\n" in gap or len(doubtful) == 2) and not _ENDS.match(text, second.end):
            return
        if "\n" in gap and not (_ENDS.match(text, first.end) and _ENDS.match(text, second.end)):
            return
        if not second.exact and not second.sure and not _ENDS.match(text, second.end):
            return
        if len(doubtful) == 1 or (plain and all(hit.exact for hit in doubtful)):
            first.sure = second.sure = True


def _named(text: str, hit: _Hit) -> bool:
    """Tell whether a capital in the middle of a sentence shows a name, which is not that of a person or house."""
    if not text[hit.start].isupper():
        return False
    before = text[max(0, hit.start - 30) : hit.start]
    if _ITEM.search(before) and _ITEM_END.match(text, hit.end):
        return True
    return re.search(r"[a-z0-9]{2,}[ \u00a0]$|[a-z], $", before) is not None and not _titled(text, hit.end)


def _titled(text: str, end: int) -> bool:
    """Tell whether a word with a capital follows at once."""
    return re.match(r" [A-Z][a-z]+", text[end : end + 12]) is not None


def _strict(way: str) -> bool:
    """Tell whether a way of writing counts with just these capitals."""
    return way.isupper() and len(way) <= 5 and way not in LOOSE and way.isalnum()


def _key(way: str) -> str:
    return spaced(way.lower())


def _numbers(way: str) -> Iterable[str]:
    """Return a way of writing with its last word in the other number, where that is a plain word."""
    last = re.search(r"[a-z]{3,}$", way)
    if last is None or way in WORDS or way in LETTERS:
        return []
    if way.endswith("s"):
        return [way[:-1]] if " " in way and not way.endswith(("ss", "us", "is", "ies", "sses")) else []
    return [f"{way}s"] if " " in way or len(way) > 5 else []


def _written(node: dict[str, Any]) -> str:
    """Return the pattern of a tree of letters, longest first."""
    parts = []
    for first, below in node.items():
        if not first:
            continue
        run, rest = [first], below
        while len(rest) == 1 and "" not in rest:
            ((step, rest),) = rest.items()
            run.append(step)
        literal = re.escape("".join(run))
        parts.append(literal + (_written(rest) if set(rest) != {""} else ""))
    joined = parts[0] if len(parts) == 1 and "" not in node else f"(?:{'|'.join(parts)})"
    return f"{joined}?" if "" in node else joined
