"""Headings of job posts: what kind of section each opens, and those that stand inside a line because the lines were lost.

Inside a line a heading is a phrase with capitals before a colon, or one of the usual headings that is glued to what follows
("QualificationsAbout You3 years ..."), or that begins a sentence and is followed by a capital.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADINGS = {
    "preferred": r"nice[ -]to[ -]haves?|good to have|preferred|preferences|desirable|desired|bonus|\bplus(?:es)?\b"
    r"|would be (?:a |great)|advantage"
    r"|extra credit|what else|what we prefer|good to know|^nice$|sets? you apart"
    r"|optional|ideally|brownie points|it helps if|an asset|not required|extras",
    "ignored": r"benefits?|perks|we(?:['\u2019]re)? offer|what (?:you(?:['\u2019]ll| will)? )?get|why (?:join|work)|compensation"
    r"|salary|pay\b|about us|about the company|who we are"
    r"|\bour (?:company|story|mission|values|culture)|equal (?:employment )?opportunity|\beeo\b|how to apply|application process"
    r"|interview process|diversity|company (?:description|overview|profile)|physical (?:demands|requirements)|work environment"
    r"|the company|^about the (?:bank|client|firm|school|hospital|organi[sz]ation|agency|business|employer|charity|trust)\b"
    r"|^about (?!you\b|this|the\b|your)\w|in return|disclaimer|what.s in it",
    "duties": r"responsib|duties|what you(?:['\u2019]ll| will)? (?:do|be doing)|the role|your (?:tasks|mission|role)"
    r"|day[ -]to[ -]day|(?:job|role) (?:description|summary|purpose|overview)|essential functions"
    r"|key tasks|accountabilit|the (?:job|work)\b|position (?:summary|overview|description)|tasks",
    "required": r"requir|qualification|must|\bneeds?\b|what you(?:['\u2019]ll)? (?:bring|have)|you have|skills"
    r"|experience|about you|who you are|looking for|profile"
    r"|essential|minimum|basic|stack|technolog|competenc|criteria|you bring|tools|knowledge|ideal candidate|you are",
}
"""What the headings of each kind of section hold one of; the first kind that fits counts."""
_KINDS = {kind: re.compile(pattern) for kind, pattern in HEADINGS.items()}
_OF = (
    r"(?:Job|Position|Role|Key|Main|Primary|Essential|Minimum|Basic|Required|Preferred|Desired|Additional|Technical|Other|Core"
    r"|Your|Our)"
)
_AND = (
    r"(?: ?(?:and|&|/|,) ?(?:Duties|Responsibilities|Requirements|Qualifications|Skills|Experience|Education|Perks|Benefits"
    r"|Abilities))?"
)
_USUAL = (
    rf"(?:{_OF} ){{0,2}}(?:Description|Summary|Overview|Duties|Responsibilities|Accountabilities|Qualifications|Requirements"
    rf"|Skills|Competencies|Functions){_AND}"
    r"|Nice [Tt]o [Hh]aves?|Bonus [Pp]oints?|Pluses|About [Yy]ou|About [Uu]s"
    r"|About [Tt]he (?:[Cc]ompany|[Rr]ole|[Tt]eam|[Jj]ob|[Pp]osition)|Who [Ww]e [Aa]re|Who [Yy]ou [Aa]re"
    r"|What [Yy]ou(?:['\u2019]ll| [Ww]ill)? (?:[Bb]e [Dd]oing|[Dd]o|[Bb]ring|[Nn]eed|[Hh]ave|[Gg]et)"
    r"|What [Ww]e(?:['\u2019]re)? (?:[Oo]ffer|[Ll]ooking [Ff]or|[Aa]re [Ll]ooking [Ff]or|[Nn]eed)(?:ing [Tt]o [Yy]ou|ing)?"
    r"|Why [Jj]oin [Uu]s|(?:Our |Company )?(?:Benefits|Perks)(?: ?(?:and|&) ?[Pp]erks)?|Compensation"
    r"|Equal (?:Employment )?Opportunity|Education(?: ?(?:and|&) ?Experience)?|Experience|Tech(?:nology)? [Ss]tack"
    r"|The [Rr]ole|Your [Pp]rofile|Your [Tt]asks"
)
_SHOUTED = (
    r"(?:[A-Z]+ ){0,3}(?:DESCRIPTION|SUMMARY|OVERVIEW|DUTIES|RESPONSIBILITIES|QUALIFICATIONS|REQUIREMENTS|SKILLS|EXPERIENCE"
    r"|EDUCATION|BENEFITS|PERKS)(?: (?:AND|&) [A-Z]+)?"
)
_HEADING = re.compile(rf"(?<![A-Z])(?:{_USUAL}|{_SHOUTED})(?![a-z])")
_CORE = re.compile(
    r"(?:Description|Summary|Overview|Dut|Responsib|Accountab|Qualif|Requirem|Skills|Competenc|Functions|Nice|Bonus|Pluses|About|Who"
    r"|What|Why|Benefits|Perks|Compensation|Equal|Education|Experience|Tech|The|Your|DESC|SUMM|OVER|DUT|RESP|QUAL|REQ|SKIL|EXPE|EDUC"
    r"|BENE|PERK)"
)
"""What every usual heading holds one of."""
_COLON = re.compile(
    r"[A-Z][\w'\u2019/&-]*(?: (?:[A-Z&][\w'\u2019/&-]*|of|the|and|to|you|we|for|in|will|have|are|do|bring|is|be|it|include|includes"
    r"|following)){0,6} ?\Z"
)
_COLONS = re.compile(r":(?!\w|//)")
_LONGEST = 60
_BEFORE = re.compile(r"(?:^|[.!?:;)]\s?|\s{2,}|[\u2022\u00b7\u25cf\u25aa*-]\s?)\Z")
_GLUED = re.compile(r"(?=[A-Z][a-z]|[A-Z]{2,}\b|\d)|\s*[:\u2022\u00b7\u25cf\u25aa*-]|\s{2,}|\s*\Z")
_CAPITAL = re.compile(r"\s(?=[A-Z\d\u2022])")


@dataclass(frozen=True)
class Heading:
    """A heading: where it begins, the kind of section that it opens, and what stands behind it on its line."""

    start: int
    kind: str
    rest: str = ""


def kind_of(head: str) -> str | None:
    """Return the kind of section that a heading opens."""
    lower = head.lower()
    return next((kind for kind, pattern in _KINDS.items() if pattern.search(lower)), None)


def inline_headings(line: str) -> list[Heading]:
    """Return the headings inside a line, in order."""
    found = {start: kind for start, end in [*_before_colons(line), *_usual(line)] if (kind := kind_of(line[start:end]))}
    return [Heading(start, found[start]) for start in sorted(found)]


def _before_colons(line: str) -> Iterator[tuple[int, int]]:
    """Yield where phrases with capitals before a colon begin and end."""
    for colon in _COLONS.finditer(line):
        begin = max(0, colon.start() - _LONGEST)
        phrase = _COLON.search(line, begin, colon.start())
        if phrase is not None:
            yield phrase.span()


def _usual(line: str) -> Iterator[tuple[int, int]]:
    """Yield where usual headings that stand apart begin and end."""
    behind = 0
    for core in _CORE.finditer(line):
        match = _HEADING.search(line, max(behind, core.start() - _LONGEST), core.end() + _LONGEST)
        if match is not None and match.start() <= core.start() < match.end():
            behind = match.end()
            if _apart(line, match):
                yield match.span()


def _apart(line: str, match: re.Match[str]) -> bool:
    """Tell whether one of the usual headings stands apart from the sentence before it and from what follows."""
    before = line[max(0, match.start() - 3) : match.start()]
    glued = _GLUED.match(line, match.end()) is not None
    begins = _BEFORE.search(before) is not None or (before[-1:].islower() and line[match.start()].isupper())
    return glued or (begins and _CAPITAL.match(line, match.end()) is not None)
