"""Job posts, their facts: `JobDescriptionGenerator`."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import lcm
from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.hiring.data import table
from treadle.packs.hiring.matching import among, matrix_of
from treadle.packs.hiring.must_haves import must_haves
from treadle.packs.hiring.national import National
from treadle.packs.hiring.settings import Settings, shares_of
from treadle.packs.hiring.targets import NAME, targets
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
PAY = (52, 74, 102, 134)
"""Thousands of dollars a year at which pay begins, by level."""
PAY_SHARES = {
    "product": 95, "qa": 85, "design": 85, "finance": 85, "health": 80, "public": 75, "logistics": 70, "education": 70,
    "support": 65, "retail": 60,
}  # fmt: skip
"""What some groups are paid, in hundredths of that."""
WIDEST = 26
"""Skills of a role."""
AT_HOME = 6
"""Weight of a group's own industry among those that employ it; the others have 1 each."""

POST_COLUMNS = [
    "role", "level", "industry", "job_title", "company", "country", "city", "required", "must_have", "preferred", "years_min",
    "years_max", "job_degree", "pay_low", "pay_high", "split",
]  # fmt: skip


@dataclass(frozen=True)
class JobDescriptionGenerator:
    """Declares the facts of job posts: role, level, skills asked for with their weights, years, degree, employer, place, pay."""

    taxonomy: TechSkillsTaxonomy = field(default_factory=TechSkillsTaxonomy)
    settings: Settings = field(default_factory=Settings)

    def fields(self) -> dict[str, Field]:
        """Return the fields of a post, to stand in a recipe; the quota `split` must be among its others."""
        return {**self._post(), **self._skills(), **self._terms(), **self._employer()}

    def generate(self, count: int = 1000, seed: int = 42) -> td.Dataset:
        """Return posts alone, facts without text: the posts of the pairs with the same settings and seed.

        Raises `UsageError` for settings that do not fit.
        """
        self.settings.check(self.taxonomy)
        recipe = td.Recipe(NAME, {**targets(self.settings), **self.fields()}, columns=POST_COLUMNS)
        return td.generate(recipe, count=count, seed=seed, truth=False)

    def _post(self) -> dict[str, Field]:
        roles = self.taxonomy.roles
        posts = [f"{role}/{level}" for role in roles for level in LEVELS]
        titles, title_of, title_count = title_tables(self.taxonomy)

        def title(post: Ints, variant: Ints) -> Ints:
            chosen: Ints = title_of[post, variant % title_count[post]]
            return chosen

        return {
            "role": td.choice(roles_at(self.taxonomy, self.settings), by="level", doc="the role that the post is for"),
            "level": td.choice(shares_of(self.settings.levels, LEVELS), doc="the level that the post is for"),
            "group": td.derive({name: role.group for name, role in roles.items()}, "role"),
            "post": td.derive(lambda role, level: role * len(LEVELS) + level, "role", "level", values=posts),
            "title_variant": td.integer(0, 59),
            "job_title": td.derive(title, "post", "title_variant", values=titles, entity="TITLE"),
        }

    def _skills(self) -> dict[str, Field]:
        pool, required, preferred = skill_tables(self.taxonomy)
        hard = np.append(self.taxonomy.kind != KINDS.index("soft"), [False])  # no skill is not hard
        listed = self.taxonomy.vocabulary()
        posts = [f"{role}/{level}" for role in self.taxonomy.roles for level in LEVELS]
        here = National.of(self.taxonomy, posts, pool, list(countries(self.settings)))
        wanted = here.tables({post: dict(enumerate(map(int, required[row]))) for row, post in enumerate(posts)})
        wished = here.tables({post: dict(enumerate(map(int, preferred[row]))) for row, post in enumerate(posts)})

        def codes(post: Ints, drawn: td.Lists) -> tuple[Ints, Ints]:
            return pool[post[drawn.row], drawn.codes], drawn.lengths

        def weigh(post: Ints, drawn: td.Lists) -> tuple[Ints, Ints]:
            return required[post[drawn.row], drawn.codes], drawn.lengths

        similarity, weights, none = self.taxonomy.similarity, self.settings.weights, len(self.taxonomy.names)

        def must(wanted: td.Lists, importance: td.Lists, wished: td.Lists) -> Ints:
            asked = matrix_of(wanted, none)
            place = must_haves(similarity, hard, asked, matrix_of(importance, 0), matrix_of(wished, none), weights)
            chosen: Ints = asked[np.arange(len(asked)), place]
            return chosen

        return {
            "required_count": td.choice({5: 2, 6: 4, 7: 4, 8: 3, 9: 1}),
            "post_here": td.derive(here.place, "post", "country", values=here.names),
            "required_places": td.sample(wanted, "required_count", by="post_here"),
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
                "preferred",
                values=listed,
                entity="SKILL",
                doc="the one without which the score is capped",
            ),
            "preferred_places": td.sample(wished, 10, by="post_here"),
            "wished": td.derive(codes, "post", "preferred_places", values=listed, many=True),
            "preferred_count": td.integer(2, 5),
            "preferred": td.derive(
                _others,
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
        usual, least = usual_degrees(self.taxonomy)
        longest = max(len(role.education) for role in self.taxonomy.roles.values())
        studies = list(dict.fromkeys(name for role in self.taxonomy.roles.values() for name in role.education))
        study_of = padded(
            [[studies.index(n) for n in role.education] for role in self.taxonomy.roles.values()], longest, 0
        )
        study_count = np.array([len(role.education) for role in self.taxonomy.roles.values()])
        room, pay = np.array(ROOM), np.array(PAY)
        share = np.array([PAY_SHARES.get(role.group, 100) for role in self.taxonomy.roles.values()])

        def degree(role: Ints, level: Ints, leniency: Ints) -> Ints:
            asked: Ints = np.maximum(usual[role, level] - leniency, least[role, level])
            return asked

        def low(role: Ints, level: Ints, draw: Ints) -> Ints:
            dollars: Ints = pay[level] * share[role] * (80 + draw) // 10_000 * 1_000
            return dollars

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
            "pay_draw": td.integer(0, 40),
            "pay_low": td.derive(low, "role", "level", "pay_draw"),
            "pay_high": td.derive(high, "pay_low", "pay_draw"),
        }

    def _employer(self) -> dict[str, Field]:
        return {
            "industry": td.choice(
                industries_of(self.taxonomy, self.settings), by="role", doc="the employer's industry"
            ),
            "company": td.choice(employers(self.settings), by="industry", within="split", entity="COMPANY"),
            "country": td.choice(countries(self.settings), entity="COUNTRY"),
            "city": td.choice(cities(), by="country", entity="PLACE"),
        }


def _others(wished: td.Lists, wanted: td.Lists, count: Ints) -> tuple[Ints, Ints]:
    """Return the first few of the skills wished for that are not asked for already."""
    matrix = matrix_of(wished, -1)
    free = ~among(matrix, matrix_of(wanted, -2)) & (matrix >= 0)
    kept = free & (free.cumsum(axis=1) <= count[:, None])
    return matrix[kept], kept.sum(axis=1)


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


def roles_at(taxonomy: TechSkillsTaxonomy, settings: Settings) -> dict[str, dict[str, Fraction]]:
    """Return the shares of roles at each level, without those that nobody begins in; all of them where none would be left."""
    shares = shares_of(settings.roles, taxonomy.roles)
    found = {}
    for number, level in enumerate(LEVELS):
        own = {name: share * (taxonomy.roles[name].lowest <= number) for name, share in shares.items()}
        found[level] = own if any(own.values()) else dict(shares)
    return found


def usual_degrees(taxonomy: TechSkillsTaxonomy) -> tuple[Ints, Ints]:
    """Return the usual degree of each role at each level, and the least that one can have, two (n_roles, n_levels) arrays."""
    roles = taxonomy.roles.values()
    usual = np.array([[DEGREES.index(each) for each in role.degree] for role in roles])
    return usual, np.minimum(usual, np.array([[DEGREES.index(role.least)] for role in roles]))


def title_tables(taxonomy: TechSkillsTaxonomy) -> tuple[list[str], Ints, Ints]:
    """Return all titles, those of each post as a matrix of places, and how many each has."""
    rows = [titles for role in taxonomy.roles.values() for titles in role.titles]
    listed = list(dict.fromkeys(title for titles in rows for title in titles))
    place = {title: number for number, title in enumerate(listed)}
    matrix = padded([[place[title] for title in titles] for titles in rows], max(map(len, rows)), 0)
    return listed, matrix, np.array([len(titles) for titles in rows])


def industries_of(taxonomy: TechSkillsTaxonomy, settings: Settings) -> dict[str, dict[str, Fraction]]:
    """Return the industries that employ each role, with their weights."""
    wanted = shares_of(settings.industries, INDUSTRIES)
    found = {}
    for name, role in taxonomy.roles.items():
        at_home = role.group == role.industry
        own = {each: (AT_HOME if each == role.industry else not at_home) * share for each, share in wanted.items()}
        found[name] = own if any(own.values()) else dict(wanted)
    return found


def employers(settings: Settings) -> dict[str, list[str]]:
    """Return the names of invented employers of each industry: every stem with a few of the industry's endings."""
    if settings.companies:
        return {industry: list(settings.companies) for industry in INDUSTRIES}
    rows = table("employers.tsv")
    stems = [row["text"] for row in rows if row["part"] == "stem"]
    found = {}
    for industry in INDUSTRIES:
        endings = [row["text"] for row in rows if row["part"] == "ending" and row["industry"] == industry]
        # 7 and 13 share no divisor with the number of endings, so that neighbours and turns differ
        found[industry] = [
            f"{stem} {endings[(7 * number + turn * 13) % len(endings)]}"
            for number, stem in enumerate(stems)
            for turn in range(5)
        ]
        found[industry] = list(dict.fromkeys(found[industry]))
    return found


def countries(settings: Settings) -> dict[str, int]:
    """Return the countries of posts and people with their weights, 0 among them."""
    found: dict[str, int] = {}
    for country, weight in locales(settings).values():
        found[country] = found.get(country, 0) + weight
    return found


def locales(settings: Settings) -> dict[str, tuple[str, int]]:
    """Return each locale's country and weight, which is 0 where a user left it out."""
    rows = table("locales.tsv")
    if not settings.locales:
        return {row["locale"]: (row["country"], int(row["weight"])) for row in rows}
    shares = shares_of(settings.locales, [row["locale"] for row in rows])
    scale = lcm(*(share.denominator for share in shares.values()))
    return {row["locale"]: (row["country"], int(shares[row["locale"]] * scale)) for row in rows}


def cities() -> dict[str, dict[str, int]]:
    """Return the cities of each country with their weights."""
    found: dict[str, dict[str, int]] = {}
    for row in table("cities.tsv"):
        found.setdefault(row["country"], {})[row["city"] + (f", {row['region']}" if row["region"] else "")] = int(
            row["weight"]
        )
    return found
