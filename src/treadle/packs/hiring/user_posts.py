"""A user's own posts in the place of generated ones: `UserPosts`. Their facts are read, their texts stay as they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.hiring.jobs import ROOM, countries
from treadle.packs.hiring.posts_file import Post, read_posts
from treadle.packs.hiring.reader import Asked, PostReader
from treadle.packs.hiring.segments import Segments
from treadle.packs.hiring.settings import Settings
from treadle.packs.hiring.targets import SPLITS
from treadle.packs.hiring.taxonomy import DEGREES, LEVELS, TechSkillsTaxonomy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from treadle import Field

    Ints = NDArray[np.int64]

MOST_YEARS = (4, 8, 14, 25)
"""The most years of experience that a post at each level has in mind, where it does not say so."""
COLUMNS = ["post_row", "contains_user_text"]
"""Columns that records of a user's posts have beside the pack's own."""
FAMILY = "user"
"""The family of writing of posts that are a user's own."""


@dataclass(frozen=True)
class UserPosts:
    """Posts and what they ask for; `intake` tells what became of the file they are from."""

    taxonomy: TechSkillsTaxonomy
    posts: Sequence[Post]
    asked: Sequence[Asked]
    intake: td.Intake
    settings: Settings = field(default_factory=Settings)

    @classmethod
    def read(
        cls,
        path: str | Path,
        taxonomy: TechSkillsTaxonomy | None = None,
        settings: Settings | None = None,
        *,
        title: str = "",
        text: str = "",
    ) -> UserPosts:
        """Read posts from CSV, JSON lines or Parquet; `title` and `text` name the columns.

        Raises `UsageError` where the file cannot be read, or nothing can be made of any post in it.
        """
        taxonomy, settings = taxonomy or TechSkillsTaxonomy(), settings or Settings()
        file, reader = read_posts(path, title, text), PostReader(taxonomy, settings.weights)
        posts, asked = [], []
        for post in file.posts:
            found = reader.read(post.title, post.text, post.company)
            if isinstance(found, Asked):
                posts.append(post)
                asked.append(found)
            else:
                file.reject(post.row, found.reason, post.title)
        file.rejects.sort(key=lambda each: each["row"])
        reasons = dict(sorted(file.reasons().items()))
        if not posts:
            told = "; ".join(f"{reason}: {count:,}" for reason, count in reasons.items())
            first = file.rejects[0]
            raise td.UsageError(
                f"jobs={str(path)!r}: none of its {file.read:,} posts can be used ({told}; the first is row {first['row']}, "
                f"{str(first['title'])[:60]!r}): expected posts that name at least three skills of the taxonomy and a role"
            )
        counts = {"read": file.read, "taken": len(posts), **reasons}
        if file.recoded:
            counts["lines read as Windows-1252"] = file.recoded
        if len(posts) < len(SPLITS):
            counts["too few to be divided among the splits"] = len(posts)
        rejects = tuple(file.rejects)
        intake = td.Intake("jobs", file.path.name, file.sha256, counts, rejects)
        return cls(taxonomy, posts, asked, intake, settings)

    def fields(self) -> dict[str, Field]:
        """Return the fields of a post, named as `JobDescriptionGenerator`'s, and its text; `split` must be among the others."""
        return {**self._post(), **self._skills(), **self._terms(), **self._employer(), **self._text()}

    @cached_property
    def keys(self) -> list[str]:
        """The SHA-256 of each post's text, by which posts are divided among the splits."""
        return [hashlib.sha256(post.text.encode()).hexdigest() for post in self.posts]

    def _post(self) -> dict[str, Field]:
        roles = self.taxonomy.roles
        names = list(roles)
        titles = list(dict.fromkeys(post.title for post in self.posts))
        place = {title: code for code, title in enumerate(titles)}
        # with fewer posts than splits each must serve all of them
        within = "split" if len(self.posts) >= len(SPLITS) else ""
        return {
            "post_key": td.choice(self.keys, within=within, doc="the SHA-256 of the post's text"),
            "post_row": td.derive(
                _of([post.row for post in self.posts]),
                "post_key",
                doc="the post's line (in Parquet: row) in the user's file",
            ),
            "contains_user_text": td.derive(
                lambda key: key >= 0, "post_key", boolean=True, doc="whether a text is the user's own"
            ),
            "role": td.derive(
                _of([names.index(each.role) for each in self.asked]),
                "post_key",
                values=names,
                doc="the role that fits the post best",
            ),
            "level": td.derive(
                _of([LEVELS.index(each.level) for each in self.asked]),
                "post_key",
                values=LEVELS,
                doc="the level that the post is for",
            ),
            "group": td.derive({name: role.group for name, role in roles.items()}, "role"),
            "job_title": td.derive(
                _of([place[post.title] for post in self.posts]), "post_key", values=titles, entity="TITLE"
            ),
        }

    def _skills(self) -> dict[str, Field]:
        listed = self.taxonomy.vocabulary()
        required = [list(each.required) for each in self.asked]
        importance = [list(each.required.values()) for each in self.asked]
        preferred = [list(each.preferred) for each in self.asked]
        return {
            "required": td.derive(
                _lists_of(required),
                "post_key",
                values=listed,
                many=True,
                entity="SKILL",
                doc="skills that the post asks for",
            ),
            "importance": td.derive(_lists_of(importance), "post_key", values=range(6), many=True, doc="their weights"),
            "must_have": td.derive(
                _of([each.must_have for each in self.asked]),
                "post_key",
                values=listed,
                entity="SKILL",
                doc="the one without which the score is capped",
            ),
            "preferred": td.derive(
                _lists_of(preferred),
                "post_key",
                values=listed,
                many=True,
                entity="SKILL",
                doc="skills that are welcome",
            ),
        }

    def _terms(self) -> dict[str, Field]:
        most = [
            each.years_max
            if each.years_max is not None
            else max(each.years_min + ROOM[LEVELS.index(each.level)], MOST_YEARS[LEVELS.index(each.level)])
            for each in self.asked
        ]
        return {
            "years_min": td.derive(_of([each.years_min for each in self.asked]), "post_key", entity="YEARS"),
            "years_max": td.derive(_of(most), "post_key", entity="YEARS"),
            "job_degree": td.derive(
                _of([DEGREES.index(each.degree) for each in self.asked]), "post_key", values=DEGREES, entity="DEGREE"
            ),
        }

    def _employer(self) -> dict[str, Field]:
        companies = list(dict.fromkeys(["", *(post.company for post in self.posts)]))
        place = {name: code for code, name in enumerate(companies)}
        industries = {name: role.industry for name, role in self.taxonomy.roles.items()}
        return {
            "industry": td.derive(industries, "role", doc="the role's own industry"),
            "employer": td.derive(_of([place[post.company] for post in self.posts]), "post_key", values=companies),
            "country": td.choice(countries(self.settings), doc="where candidates are looked for", entity="COUNTRY"),
            "named": td.derive(lambda employer: employer > 0, "employer", boolean=True),
            "company": td.derive(
                lambda employer: employer, "employer", values=companies, entity="COMPANY", when="named"
            ),
        }

    def _text(self) -> dict[str, Field]:
        segments = Segments.of(self.taxonomy, self.posts, self.asked)
        return {
            "job_family": td.derive(lambda key: key * 0, "post_key", values=[FAMILY]),
            "segment_count": td.derive(_of(segments.counts), "post_key"),
            "segments": td.each("segment_count", segments.fields("post_key"), columns=["text"]),
            "job_skill_text": td.text('{segments.text|join("")}', doc="the user's own text"),
        }


def _of(values: Sequence[int]) -> Callable[[Ints], Ints]:
    """Return what takes a value of each post, by the post's code."""
    held = np.array(values, np.int64)

    def take(post: Ints) -> Ints:
        chosen: Ints = held[post]
        return chosen

    return take


def _lists_of(rows: Sequence[Sequence[int]]) -> Callable[[Ints], tuple[Ints, Ints]]:
    """Return what takes a list of each post, by the post's code."""
    flat = np.array([each for row in rows for each in row], np.int64)
    count = np.array([len(row) for row in rows], np.int64)
    first = np.cumsum(count) - count

    def take(post: Ints) -> tuple[Ints, Ints]:
        lengths = count[post]
        begin = np.repeat(first[post] - (np.cumsum(lengths) - lengths), lengths)
        return flat[begin + np.arange(len(begin))], lengths

    return take
