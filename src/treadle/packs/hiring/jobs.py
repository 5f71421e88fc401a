"""Job posts, their facts: `JobDescriptionGenerator`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.hiring.data import table
from treadle.packs.hiring.matching import matrix_of
from treadle.packs.hiring.settings import Settings, shares_of
from treadle.packs.hiring.taxonomy import DEGREES, INDUSTRIES, KINDS, LEVELS, TechSkillsTaxonomy, padded

if TYPE_CHECKING:
    from fractions import Fraction

    from numpy.typing import NDArray

    from treadle import Field

    Ints = NDArray[np.int64]

YEARS = ({0: 6, 1: 4}, {2: 4, 3: 4, 4: 2}, {5: 4, 6: 3, 7: 2, 8: 1}, {8: 4, 10: 4, 12: 2})
"""The least years of experience that a post asks for, by level."""
ROOM = (2, 4, 6, 10)
"""How many years more a post at each level has in mind at most."""
PAY = (46, 68, 96, 128)
"""Thousands of dollars a year at which pay begins, by level."""
WIDEST = 26
"""Skills of a role."""
AT_HOME = 6
"""Weight of a group's own industry among those that employ it; the others have 1 each."""


@dataclass(frozen=True)
class JobDescriptionGenerator:
    """Declares the facts of job posts: role, level, skills asked for with their weights, years, degree, employer, place, pay."""

    taxonomy: TechSkillsTaxonomy = field(default_factory=TechSkillsTaxonomy)
    settings: Settings = field(default_factory=Settings)

    def fields(self) -> dict[str, Field]:
        """Return the fields of a post, to stand in a recipe; the quota `split` must be among its others."""
        return {**self._post(), **self._skills(), **self._terms(), **self._employer()}

    def generate(self, count: int, seed: int = 42) -> td.Dataset:
        """Return posts alone, facts without text."""
        fields = {"split": td.quota({"train": 8, "validation": 1, "test": 1}), **self.fields()}
        columns = ["role", "level", "industry", "job_title", "company", "city", "required", "must_have", "preferred"]
        more = ["years_min", "years_max", "job_degree", "pay_low", "pay_high"]
        return td.generate(td.Recipe("hiring-posts", fields, columns=[*columns, *more]), count=count, seed=seed)

    def _post(self) -> dict[str, Field]:
        roles = self.taxonomy.roles
        posts = [f"{role}/{level}" for role in roles for level in LEVELS]
        titles, title_of, title_count = title_tables(self.taxonomy)

        def title(post: Ints, variant: Ints) -> Ints:
            chosen: Ints = title_of[post, variant % title_count[post]]
            return chosen

        return {
            "role": td.choice(shares_of(self.settings.roles, roles), doc="the role that the post is for"),
            "level": td.choice(shares_of(self.settings.levels, LEVELS), doc="the level that the post is for"),
            "group": td.derive({name: role.group for name, role in roles.items()}, "role"),
            "post": td.derive(lambda role, level: role * len(LEVELS) + level, "role", "level", values=posts),
            "title_variant": td.integer(0, 59),
            "job_title": td.derive(title, "post", "title_variant", values=titles, entity="TITLE"),
        }

    def _skills(self) -> dict[str, Field]:
        pool, required, preferred = skill_tables(self.taxonomy)
        hard = self.taxonomy.kind != KINDS.index("soft")
        listed = self.taxonomy.vocabulary()
        posts = [f"{role}/{level}" for role in self.taxonomy.roles for level in LEVELS]
        wanted = {post: dict(enumerate(map(int, required[row]))) for row, post in enumerate(posts)}
        wished = {post: dict(enumerate(map(int, preferred[row]))) for row, post in enumerate(posts)}

        def codes(post: Ints, drawn: td.Lists) -> tuple[Ints, Ints]:
            return pool[post[drawn.row], drawn.codes], drawn.lengths

        def weigh(post: Ints, drawn: td.Lists) -> tuple[Ints, Ints]:
            return required[post[drawn.row], drawn.codes], drawn.lengths

        def must(wanted: td.Lists, importance: td.Lists) -> Ints:
            weight = np.where(hard[wanted.codes], importance.codes, 0)
            first = matrix_of(td.Lists(importance.type, weight, importance.offsets), -1).argmax(axis=1)
            chosen: Ints = wanted.codes[wanted.offsets[:-1] + first]
            return chosen

        def others(wished: td.Lists, wanted: td.Lists, count: Ints) -> tuple[Ints, Ints]:
            matrix = matrix_of(wished, -1)
            free = ~(matrix[:, :, None] == matrix_of(wanted, -2)[:, None, :]).any(axis=2) & (matrix >= 0)
            kept = free & (free.cumsum(axis=1) <= count[:, None])
            return matrix[kept], kept.sum(axis=1)

        return {
            "required_count": td.choice({5: 2, 6: 4, 7: 4, 8: 3, 9: 1}),
            "required_places": td.sample(wanted, "required_count", by="post"),
            "required": td.derive(
                codes,
                "post",
                "required_places",
                values=listed,
                many=True,
                entity="SKILL",
                doc="skills that the post asks for",
            ),
            "importance": td.derive(weigh, "post", "required_places", values=range(6), many=True, doc="their weights"),
            "must_have": td.derive(
                must,
                "required",
                "importance",
                values=listed,
                entity="SKILL",
                doc="the one without which the score is capped",
            ),
            "preferred_places": td.sample(wished, 10, by="post"),
            "wished": td.derive(codes, "post", "preferred_places", values=listed, many=True),
            "preferred_count": td.integer(2, 5),
            "preferred": td.derive(
                others,
                "wished",
                "required",
                "preferred_count",
                values=listed,
                many=True,
                entity="SKILL",
                doc="skills that are welcome",
            ),
        }

    def _terms(self) -> dict[str, Field]:
        usual = np.array([[DEGREES.index(each) for each in role.degree] for role in self.taxonomy.roles.values()])
        longest = max(len(role.education) for role in self.taxonomy.roles.values())
        studies = list(dict.fromkeys(name for role in self.taxonomy.roles.values() for name in role.education))
        study_of = padded(
            [[studies.index(n) for n in role.education] for role in self.taxonomy.roles.values()], longest, 0
        )
        study_count = np.array([len(role.education) for role in self.taxonomy.roles.values()])
        room, pay = np.array(ROOM), np.array(PAY)

        def degree(role: Ints, level: Ints, leniency: Ints) -> Ints:
            return np.maximum(usual[role, level] - leniency, 0)

        def low(level: Ints, draw: Ints) -> Ints:
            return (pay[level] * (70 + draw)) // 100 * 1_000

        def high(low: Ints, draw: Ints) -> Ints:
            return low * (110 + draw // 4) // 100 // 1_000 * 1_000

        return {
            "years_min": td.choice(dict(zip(LEVELS, YEARS, strict=True)), by="level", entity="YEARS"),
            "years_more": td.integer(0, 2),
            "years_max": td.derive(
                lambda least, level, more: least + room[level] + more,
                "years_min",
                "level",
                "years_more",
                entity="YEARS",
            ),
            "job_leniency": td.choice({0: 7, 1: 2, 2: 1}),
            "job_degree": td.derive(degree, "role", "level", "job_leniency", values=DEGREES, entity="DEGREE"),
            "job_study_draw": td.integer(0, 839),
            "job_study": td.derive(
                lambda role, draw: study_of[role, draw % study_count[role]],
                "role",
                "job_study_draw",
                values=studies,
                entity="STUDY",
            ),
            "pay_draw": td.integer(0, 60),
            "pay_low": td.derive(low, "level", "pay_draw"),
            "pay_high": td.derive(high, "pay_low", "pay_draw"),
        }

    def _employer(self) -> dict[str, Field]:
        return {
            "industry": td.choice(
                industries_of(self.taxonomy, self.settings), by="role", doc="the employer's industry"
            ),
            "company": td.choice(employers(), by="industry", within="split", entity="COMPANY"),
            "country": td.choice(countries(self.settings), entity="COUNTRY"),
            "city": td.choice(cities(), by="country", entity="PLACE"),
        }


def skill_tables(taxonomy: TechSkillsTaxonomy) -> tuple[Ints, Ints, Ints]:
    """Return the skills of each post and how much it requires and prefers each, three arrays of shape (n_posts, WIDEST).

    A post is a role at a level; places beyond a role's skills hold the code of no skill and weights of 0.
    """
    roles, none = list(taxonomy.roles.values()), len(taxonomy.names)
    pool = np.repeat(
        padded([[taxonomy.code[n] for n in role.skills] for role in roles], WIDEST, none), len(LEVELS), axis=0
    )
    weights = [
        np.stack(
            [
                padded([[each[level] for each in getattr(role, kind)] for role in roles], WIDEST, 0)
                for level in range(4)
            ],
            axis=1,
        )
        for kind in ("required", "preferred")
    ]
    return pool, weights[0].reshape(-1, WIDEST), weights[1].reshape(-1, WIDEST)


def title_tables(taxonomy: TechSkillsTaxonomy) -> tuple[list[str], Ints, Ints]:
    """Return all titles, those of each post as a matrix of places, and how many each has."""
    rows = [titles for role in taxonomy.roles.values() for titles in role.titles]
    listed = list(dict.fromkeys(title for titles in rows for title in titles))
    place = {title: number for number, title in enumerate(listed)}
    matrix = padded([[place[title] for title in titles] for titles in rows], max(map(len, rows)), 0)
    return listed, matrix, np.array([len(titles) for titles in rows])


def industries_of(taxonomy: TechSkillsTaxonomy, settings: Settings) -> dict[str, dict[str, Fraction]]:
    """Return the industries that employ each role, with their weights."""
    wanted = {name: share for name, share in shares_of(settings.industries, INDUSTRIES).items() if share}
    found = {}
    for name, role in taxonomy.roles.items():
        at_home = role.group == role.industry
        own = {
            each: (AT_HOME if each == role.industry else 1) * share
            for each, share in wanted.items()
            if not at_home or each == role.industry
        }
        found[name] = own or dict(wanted)
    return found


def employers() -> dict[str, list[str]]:
    """Return the names of invented employers of each industry: every stem with a few of the industry's endings."""
    rows = table("employers.tsv")
    stems = [row["text"] for row in rows if row["part"] == "stem"]
    found = {}
    for industry in INDUSTRIES:
        endings = [row["text"] for row in rows if row["part"] == "ending" and row["industry"] == industry]
        # 7 is no divisor of the number of endings' multiples, so that neighbours differ
        found[industry] = [
            f"{stem} {endings[(7 * number + turn * 11) % len(endings)]}"
            for number, stem in enumerate(stems)
            for turn in range(4)
        ]
        found[industry] = list(dict.fromkeys(found[industry]))
    return found


def countries(settings: Settings) -> dict[str, int]:
    """Return the countries of posts and people with their weights."""
    found: dict[str, int] = {}
    for name, (country, weight) in locales(settings).items():
        found[country] = found.get(country, 0) + weight
        del name
    return found


def locales(settings: Settings) -> dict[str, tuple[str, int]]:
    """Return each locale's country and weight."""
    rows = table("locales.tsv")
    if not settings.locales:
        return {row["locale"]: (row["country"], int(row["weight"])) for row in rows}
    shares = shares_of(settings.locales, [row["locale"] for row in rows])
    scale = np.lcm.reduce([share.denominator for share in shares.values()])
    return {
        row["locale"]: (row["country"], int(shares[row["locale"]] * int(scale)))
        for row in rows
        if shares[row["locale"]]
    }


def cities() -> dict[str, dict[str, int]]:
    """Return the cities of each country with their weights."""
    found: dict[str, dict[str, int]] = {}
    for row in table("cities.tsv"):
        found.setdefault(row["country"], {})[row["city"] + (f", {row['region']}" if row["region"] else "")] = int(
            row["weight"]
        )
    return found
