"""A user's texts cut at what they state, so that a text comes out as it went in, with spans on its skills and years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import treadle as td

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from treadle import Field
    from treadle.packs.hiring.posts_file import Post
    from treadle.packs.hiring.reader import Asked
    from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy

    Ints = NDArray[np.int64]

NONE, MOST_FORMS = 0, 64
"""The form of a segment that ends a text; ways of writing one skill or number that are told apart."""


class _Surfaces:
    """The ways in which entries are written: the n-th way of each is its form n."""

    def __init__(self) -> None:
        self.ways: dict[str | int, list[str]] = {}

    def form(self, entry: str | int, surface: str) -> int:
        """Return the number of a way of writing an entry."""
        ways = self.ways.setdefault(entry, [])
        if surface not in ways:
            ways.append(surface)
        return ways.index(surface)

    def vocabulary(self) -> td.Vocabulary:
        """Return the entries with their forms w0, w1 and so on."""
        entries = list(self.ways) or [0]
        forms = {
            f"w{number}": {entry: ways[number] for entry, ways in self.ways.items() if number < len(ways)}
            for number in range(self.most)
        }
        return td.vocabulary(entries, forms=forms)

    @property
    def most(self) -> int:
        """The most ways in which one entry is written."""
        return max(map(len, self.ways.values()), default=0)


@dataclass(frozen=True)
class Segments:
    """All segments of all posts end to end: what stands before a statement, and the statement, which the last of a post lacks."""

    counts: list[int]
    gaps: list[str]
    gap: Ints
    entry: Ints
    written: Ints
    skills: td.Vocabulary
    numbers: td.Vocabulary
    ways: tuple[int, int]

    @classmethod
    def of(cls, taxonomy: TechSkillsTaxonomy, posts: Sequence[Post], asked: Sequence[Asked]) -> Segments:
        """Cut the texts of posts at the skills and years read from them."""
        skills, numbers, gaps = _Surfaces(), _Surfaces(), dict[str, int]()
        counts: list[int] = []
        rows: list[tuple[int, str | int, int]] = []
        for post, facts in zip(posts, asked, strict=True):
            stated: list[tuple[int, int, str | int]] = [
                *((mention.start, mention.end, taxonomy.names[mention.code]) for mention in facts.mentions),
                *facts.years,
            ]
            before, begin = len(rows), 0
            for start, end, entry in sorted(stated):
                held = numbers if isinstance(entry, int) else skills
                form = held.form(entry, post.text[start:end]) if start >= begin else MOST_FORMS
                if form < MOST_FORMS:
                    rows.append((gaps.setdefault(post.text[begin:start], len(gaps)), entry, form))
                    begin = end
            rows.append((gaps.setdefault(post.text[begin:], len(gaps)), "", NONE))
            counts.append(len(rows) - before)
        ways = (min(skills.most, MOST_FORMS), min(numbers.most, MOST_FORMS))
        place = {entry: code for held in (skills, numbers) for code, entry in enumerate(held.ways)}
        table = [
            (gap, place.get(entry, 0), NONE if entry == "" else 1 + form + (ways[0] if isinstance(entry, int) else 0))
            for gap, entry, form in rows
        ]
        gap, entry_code, written = np.array(table, np.int64).T.copy()
        return cls(counts, list(gaps), gap, entry_code, written, skills.vocabulary(), numbers.vocabulary(), ways)

    def fields(self, post: str) -> dict[str, Field]:
        """Return the fields of one segment; `post` names the field of the post's code."""
        first = np.cumsum(self.counts) - np.array(self.counts, np.int64)
        gap, entry, written = self.gap, self.entry, self.written
        count_skills, count_numbers = len(self.skills), len(self.numbers)
        forms = ["none", *(f"skill {n}" for n in range(self.ways[0])), *(f"years {n}" for n in range(self.ways[1]))]
        cases = {"none": "{before}"}
        cases |= {f"skill {n}": f"{{before}}{{skill:SKILL|as(w{n})}}" for n in range(self.ways[0])}
        cases |= {f"years {n}": f"{{before}}{{number:YEARS|as(w{n})}}" for n in range(self.ways[1])}
        return {
            "place": td.serial(0),
            "segment": td.derive(lambda post, place: first[post] + place, post, "place"),
            "before": td.derive(lambda segment: gap[segment], "segment", values=self.gaps),
            "written": td.derive(lambda segment: written[segment], "segment", values=forms),
            "skill": td.derive(
                lambda segment: np.minimum(entry[segment], count_skills - 1), "segment", values=self.skills
            ),
            "number": td.derive(
                lambda segment: np.minimum(entry[segment], count_numbers - 1), "segment", values=self.numbers
            ),
            "text": td.text(td.by("written", cases)),
        }
