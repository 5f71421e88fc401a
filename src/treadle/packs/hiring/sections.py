"""The parts of a job post: what it requires, what it would like, what the work is, and what has nothing to do with either.

A post is cut into clauses at the ends of lines and sentences, at brackets, marks of items and contrasts. Long lines, as in posts
whose lines were lost, are cut at the headings inside them first (`inline_headings`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import pairwise

from treadle.packs.hiring.inline_headings import Heading, inline_headings, kind_of

_LEADING = re.compile(
    r"\b(?:ideally|preferably|bonus(?: points)?(?: if| for|:)|nice:"
    r"|good to (?:know|have):|nice[ -]to[ -]haves?(?::| -| \u2013)?|a plus if"
    r"|it(?:['\u2019]s| is| would be)? (?:a )?(?:helps?|plus|bonus|great|nice|advantage)(?: if)"
    r"|we(?:['\u2019]d| would) (?:love|like) (?:it )?if|extra points|preferred:|desirable:|desired:|plus(?:es)?:"
    r"|optional(?:ly)?:?|would be nice if you)"
)
_TRAILING = re.compile(
    r"\b(?:(?:is|are|would be|will be|as|counts as|considered)? ?(?:an? )?(?:big |huge |strong |real |definite "
    r"|added |distinct )?(?:pluses|bonus|advantage|asset)\b(?! (?:if|points))"
    r"|an? (?:big |huge |strong |real |definite |added |distinct )?plus\b(?! if)|plus(?=[\s.,;:!)]*$)"
    r"|all the better|(?:would|will) make us (?:very )?happy|(?:is|are|would be) (?:useful|handy|appreciated)\b"
    r"|(?:useful|handy|appreciated)(?=[\s.,;:!)]*$)"
    r"|helps?(?=[\s.,;!)]*$)|background (?:is )?(?:fine|ok|okay)\b"
    r"|(?:is |are |strongly |highly )*(?:preferred|desirable|desired|welcome|advantageous|beneficial)|(?:is |are "
    r"|would be )?(?:nice to have|good to have|helpful|a nice extra|not essential)"
    r"|would (?:also )?be (?:great|nice|good|ideal|useful|helpful)|(?:but |though )?not (?:strictly )?(?:required"
    r"|essential|necessary|mandatory) ?(?:but|, but|though)?)"
)
_UNNEEDED = re.compile(
    r"\bno (?:prior |previous |specific )?(?:\w+ ){0,4}(?:is |are )?(?:required|needed|necessary)\b"
    r"|\b(?:you )?(?:do not|don['\u2019]t) need\b|\bnot (?:looking for|a fit for)\b|\bmigrat\w+ away from\b"
    r"|\bmoved (?:off|away from)\b|\bwe (?:do not|don['\u2019]t) use\b"
)
_CUE = re.compile(
    r"plus|bonus|advantage|asset|prefer|desir|welcome|benefi|nice|good to|help|essential|great|ideal|useful|not "
    r"|no |n['\u2019]t|migrat|moved|optional|extra|love|like|better|happy|handy|apprec|fine|ok|useful"
)
"""What every cue above holds one of."""
_STRESS = re.compile(
    r"\b(?:must|essential|mandatory|expert|strong|deep|extensive|solid|proven|advanced|excellent|required)\b"
)
_EDGE = re.compile(
    r"[.!?](?:\s+(?=[A-Z(\d\"'])|(?=[A-Z][a-z]|\d{1,2}\+? ))|[;()]\s*|(?<= )(?:but|while|whereas) "
    r"|[\u2013\u2022\u00b7\u25cf\u25aa]\s|and (?=(?:some |any )?(?:experience|exposure|familiarity|knowledge)\b)"
)
_OPENER = re.compile(
    r"(?<=[\w)+#][ \u00a0])(?=[A-Z])(?=(?:Experienced?|Ability|Able|Knowledge|Strong|Good|Great|Proficien\w+|Familiar\w*|Fluen\w+"
    r"|Excellent|Profound|Solid|Understanding|Demonstrated|Working knowledge|Bachelor\S*|Master's|Minimum|Proven|Deep"
    r"|Advanced degree|Must have|Hands|Education|Degree|At least|Eager\w*|Willing\w*|Previous|Basic|Extensive)\b)"
    r"|(?<=[a-z)])(?=(?:Experience|Ability|Knowledge|Strong|Proficien\w+|Familiarity|Fluency|Excellent|Solid|Understanding|Bachelor"
    r"|Minimum|Proven|Education)\b)"
)
"""Where what is asked for next begins in a long line without marks between its items."""
LONG = 240
"""Characters of a line from which on headings are looked for inside it."""


@dataclass(frozen=True)
class Clause:
    """A stretch of a post with its kind: `required`, `preferred`, `duties`, `ignored` or `other`."""

    start: int
    text: str
    kind: str

    @property
    def stressed(self) -> bool:
        """Whether it says that what it names is needed badly."""
        return _STRESS.search(self.text.lower()) is not None


def clauses(text: str) -> list[Clause]:
    """Cut a post into clauses in order; they begin at 0 and leave nothing out."""
    found: list[Clause] = []
    section, begin = "other", 0
    for line in text.splitlines(keepends=True):
        heading = None if len(line) > LONG else line_heading(line)
        if len(line) > LONG:
            found += _long(line, begin, section)
        elif heading is None or heading.rest:  # what stands behind a heading on its line is of its kind, and no more
            found += _cut(line, begin, heading.kind if heading else section)
        else:
            found.append(Clause(begin, line, section := heading.kind))
        begin += len(line)
    return found or [Clause(0, text, "other")]


def line_heading(line: str) -> Heading | None:
    """Return the heading that a line is or begins with."""
    bare = _MARK.sub("", line)
    head, colon, rest = bare.partition(":")
    words = len(head.split())
    if not head or len(head) > _LONGEST_HEADING or words > _MOST_WORDS:  # longer lines are sentences
        return None
    bulleted = _ITEM.match(line) is not None and not line.lstrip().startswith("**")
    if not colon and (bare.endswith((".", ",", ";")) or bulleted or words > _MOST_BARE):
        return None
    if (bulleted and not rest.strip()) or (not colon and (_UNNEEDED.search(bare.lower()) or _ASKS.match(bare))):
        return None
    kind = kind_of(head)
    if kind is None:
        return Heading(0, "other", "") if colon and not rest.strip() and head.istitle() else None
    return Heading(0, kind, rest.strip())


_MARK = re.compile(r"^[\s#*_>\u2022\u00b7\u25cf\u25aa\u2013-]+|[\s*_#]+$")
_ASKS = re.compile(
    r"(?:\w+ )?(?:experience|knowledge|proficiency|familiarity|skills|understanding|background|expertise) (?:with|in|of|using) ",
    re.IGNORECASE,
)
"""How a line begins that asks for something itself."""
_ITEM = re.compile(r"\s*[*\u2022\u00b7\u25cf\u25aa-]\s")
_LONGEST_HEADING, _MOST_WORDS, _MOST_BARE = 70, 9, 6
"""Characters and words of the longest heading, and words of the longest without a colon."""


def _long(line: str, begin: int, section: str) -> list[Clause]:
    """Cut a long line at the headings inside it, and each part into clauses."""
    headings = inline_headings(line)
    edges = [0, *(heading.start for heading in headings), len(line)]
    kinds = [section, *(heading.kind for heading in headings)]
    return [
        clause
        for (start, end), kind in zip(pairwise(edges), kinds, strict=True)
        if start < end
        for clause in _cut(line[start:end], begin + start, kind, unmarked=True)
    ]


def _cut(line: str, begin: int, section: str, *, unmarked: bool = False) -> list[Clause]:
    """Cut a line at the ends of sentences, at brackets and before contrasts, and tell what each part is.

    Where lines were lost, `unmarked`, it is also cut before words that begin what is asked for.
    """
    places = [match.end() for match in _EDGE.finditer(line)]
    if unmarked:
        places = sorted({*places, *(match.start() for match in _OPENER.finditer(line))} - {0})
    edges = [0, *(place for place in places if place < len(line)), len(line)]
    if section in {"ignored", "preferred"}:
        return [Clause(begin + start, line[start:end], section) for start, end in pairwise(edges)]
    lower = line.lower()
    cues = [match.start() for match in _CUE.finditer(lower)] if len(lower) == len(line) else list(range(len(line)))
    found: list[Clause] = []
    for start, end in pairwise(edges):
        cue = bisect_left(cues, start)
        if cue == len(cues) or cues[cue] >= end:
            found.append(Clause(begin + start, line[start:end], section))
        else:
            found += _cued(line[start:end], begin + start, section)
    return _with_brackets(found)


def _with_brackets(parts: list[Clause]) -> list[Clause]:
    """Let what is said behind a bracket hold for it and for what stands before it: "tools (such as X) preferred"."""
    for number in range(len(parts) - 1, 1, -1):
        last, inside, before = parts[number], parts[number - 1], parts[number - 2]
        cue = _TRAILING.match(last.text.lower().lstrip())
        if cue and inside.text.rstrip().endswith(")") and before.text.rstrip().endswith("("):
            parts[number - 1], parts[number - 2] = (replace(each, kind=last.kind) for each in (inside, before))
    return parts


def _cued(part: str, begin: int, section: str) -> list[Clause]:
    """Return a part that may tell what is wished for, or not needed, as one clause, or two."""
    lower = part.lower()
    if _TRAILING.search(lower):
        return [Clause(begin, part, "preferred")]
    if _UNNEEDED.search(lower):
        return [Clause(begin, part, "ignored")]
    cue = _LEADING.search(lower)
    if cue is None:
        return [Clause(begin, part, section)]
    if cue.start() == 0:
        return [Clause(begin, part, "preferred")]
    return [Clause(begin, part[: cue.start()], section), Clause(begin + cue.start(), part[cue.start() :], "preferred")]
