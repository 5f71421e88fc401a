"""The parts of a job post: what it requires, what it would like, what the work is, and what has nothing to do with either."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

HEADINGS = {
    "preferred": r"nice[ -]to[ -]haves?|good to have|preferred|preferences|desirable|desired|bonus|\bplus(?:es)?\b"
    r"|would be (?:a |great)|advantage"
    r"|extra credit|what else|optional|ideally|brownie points|it helps if|an asset|not required|extras",
    "ignored": r"benefits?|perks|we offer|what (?:you(?:['\u2019]ll| will)? )?get|why (?:join|work)|compensation"
    r"|salary|pay\b|about us|about the company|who we are"
    r"|\bour (?:company|story|mission|values|culture)|equal opportunity|\beeo\b|how to apply|application process"
    r"|interview process|diversity|company (?:description|overview)"
    r"|the company|in return|disclaimer|what.s in it",
    "duties": r"responsib|duties|what you(?:['\u2019]ll| will)? (?:do|be doing)|the role|your (?:tasks|mission|role)"
    r"|day[ -]to[ -]day|job (?:description|summary|purpose)"
    r"|key tasks|accountabilit|the (?:job|work)\b|position (?:summary|overview)|tasks",
    "required": r"requir|qualification|must|\bneeds?\b|what you(?:['\u2019]ll)? (?:bring|have)|you have|skills"
    r"|experience|about you|who you are|looking for|profile"
    r"|essential|minimum|basic|stack|technolog|competenc|criteria|you bring|tools|knowledge|ideal candidate|you are",
}
_HEADINGS = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in HEADINGS.items()}
_LEADING = re.compile(
    r"\b(?:ideally|preferably|bonus(?: points)?(?: if| for|:)|nice[ -]to[ -]haves?(?::| -| \u2013)?|a plus if"
    r"|it(?:['\u2019]s| is| would be)? (?:a )?(?:helps?|plus|bonus|great|nice|advantage)(?: if)"
    r"|we(?:['\u2019]d| would) (?:love|like) (?:it )?if|extra points|preferred:|desirable:|desired:|plus(?:es)?:"
    r"|optional(?:ly)?:?|would be nice if you)",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r"\b(?:(?:is|are|would be|will be|as|counts as|considered)? ?(?:an? )?(?:big |huge |strong |real |definite "
    r"|added |distinct )?(?:plus|bonus|advantage|asset)\b(?! (?:if|points))"
    r"|(?:is |are |strongly |highly )*(?:preferred|desirable|desired|welcome|advantageous|beneficial)|(?:is |are "
    r"|would be )?(?:nice to have|good to have|helpful|a nice extra|not essential)"
    r"|would (?:also )?be (?:great|nice|good|ideal|useful|helpful)|(?:but |though )?not (?:strictly )?(?:required"
    r"|essential|necessary|mandatory) ?(?:but|, but|though)?)",
    re.IGNORECASE,
)
_UNNEEDED = re.compile(
    r"\bno (?:prior |previous |specific )?(?:\w+ ){0,4}(?:is |are )?(?:required|needed|necessary)\b"
    r"|\b(?:you )?(?:do not|don['\u2019]t) need\b|\bnot (?:looking for|a fit for)\b|\bmigrat\w+ away from\b",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"plus|bonus|advantage|asset|prefer|desir|welcome|benefi|nice|good to|help|essential|great|ideal|useful|not "
    r"|\bno\b|n['\u2019]t"
    r"|migrat|optional|extra|love|like",
    re.IGNORECASE,
)
"""What every cue below holds one of."""
_STRESS = re.compile(
    r"\b(?:must|essential|mandatory|expert|strong|deep|extensive|solid|proven|advanced|excellent|required)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"(?<=[.!?;])\s+(?=[A-Z(\d\"'])|;\s*|\s*[()]\s*|,? \b(?:but|while|whereas)\b |\s\u2013\s|,? and (?=(?:some "
    r"|any )?(?:experience|exposure|familiarity|knowledge)\b)"
)
_MARK = re.compile(r"^[\s#*_>\u2022\u00b7\u25cf\u25aa\u2013-]+|[\s*_#]+$")
_LONGEST_HEADING = 70


@dataclass(frozen=True)
class Clause:
    """A stretch of a post: its kind (`required`, `preferred`, `duties`, `ignored` or `other`) and whether it stresses this."""

    start: int
    text: str
    kind: str
    stressed: bool = False


def clauses(text: str) -> list[Clause]:
    """Cut a post into clauses in order; they begin at 0 and leave nothing out."""
    found: list[Clause] = []
    section, begin = "other", 0
    for line in text.splitlines(keepends=True):
        heading = _heading(line)
        if heading is not None:
            section, rest = heading if heading[1] else (heading[0], 0)
            if rest:
                kind, section = section, found[-1].kind if found else "other"
                found += _cut(line, begin, kind)
                section = _section_of(found, begin, kind)
            else:
                found.append(Clause(begin, line, section))
        else:
            found += _cut(line, begin, section)
        begin += len(line)
    return found or [Clause(0, text, "other")]


def _section_of(found: list[Clause], begin: int, kind: str) -> str:
    """Return the section that goes on behind a line with a heading of its own: that of the line before."""
    before = [clause.kind for clause in found if clause.start < begin]
    return before[-1] if before else kind


def _heading(line: str) -> tuple[str, int] | None:
    """Return the kind of section that a line opens, and how many characters follow on the line; None for no heading."""
    bare = _MARK.sub("", line)
    head, colon, rest = bare.partition(":")
    if not head or len(head) > _LONGEST_HEADING or len(head.split()) > 9:  # longer lines are sentences
        return None
    bulleted = bool(re.match(r"\s*[*\u2022\u00b7\u25cf\u25aa-]\s", line)) and not line.lstrip().startswith("**")
    if not colon and (bare.endswith((".", ",", ";")) or bulleted or len(head.split()) > 6):  # as above
        return None
    if (bulleted and not rest.strip()) or (not colon and _UNNEEDED.search(bare)):
        return None
    kind = next((kind for kind, pattern in _HEADINGS.items() if pattern.search(head)), None)
    if kind is None:
        return ("other", 0) if colon and not rest.strip() and head.istitle() else None
    return kind, len(rest.strip())


def _cut(line: str, begin: int, section: str) -> list[Clause]:
    """Cut a line at the ends of sentences, at brackets and before contrasts, and tell what each part is."""
    edges = [0, *(match.end() for match in _SENTENCE.finditer(line) if 0 < match.end() < len(line)), len(line)]
    found, cued = [], _CUE.search(line) is not None
    for start, end in pairwise(edges):
        part = line[start:end]
        stressed = _STRESS.search(part) is not None
        kind = section
        if section in {"ignored", "preferred"} or not cued:
            pass
        elif _TRAILING.search(part):
            kind = "preferred"
        elif _UNNEEDED.search(part):
            kind = "ignored"
        elif (cue := _LEADING.search(part)) is not None and cue.start() > 0:
            found.append(Clause(begin + start, part[: cue.start()], section, stressed))
            found.append(Clause(begin + start + cue.start(), part[cue.start() :], "preferred"))
            continue
        elif cue is not None:
            kind = "preferred"
        found.append(Clause(begin + start, part, kind, stressed))
    return found
