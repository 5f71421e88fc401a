"""The score of every record is what the formula says, worked out again one pair at a time in plain Python.

The formula stands at the head of `matching.py`; nothing here that works it out calls what computes the columns.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import treadle as td
from treadle.packs.hiring.data import tables
from treadle.packs.hiring.matching import MatchingMetricsCalculator, Weights
from treadle.packs.hiring.recipe import hiring
from treadle.packs.hiring.settings import Settings
from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy

LEVELS = ("entry", "mid", "senior", "staff")
DEGREES = ("none", "associate", "bachelor", "master", "doctorate")
COMPONENTS = ("required_coverage", "preferred_coverage", "experience_score", "seniority_score", "education_score")
DEFAULT = {"required": 4_500, "preferred": 1_500, "experience": 2_000, "seniority": 1_000, "education": 1_000}


def siblings_by_table() -> dict[str, set[str]]:
    """Return each skill's siblings, read from the tables themselves."""
    found: dict[str, set[str]] = {row["skill"]: set() for row in tables("skills")}
    for row in tables("skills"):
        for other in filter(None, row["siblings"].split("|")):
            found[row["skill"]].add(other)
            found[other].add(row["skill"])
    return found


def covered(wanted: dict[str, int], held: list[str], near: dict[str, set[str]]) -> int:
    """Return cov(wanted) in basis points: 10 tenths for the skill itself, 6 for a sibling, rounded down once."""
    whole = sum(wanted.values())
    if not whole:
        return 10_000
    have = set(held)
    tenths = sum(weight * (10 if s in have else 6 if near[s] & have else 0) for s, weight in wanted.items())
    return 10_000 * tenths // (10 * whole)


def experience(years: int, least: int, most: int) -> int:
    """Return min(1, years / least), less a tenth of how far beyond `most` the years go; a `most` of 0 is no bound."""
    reached = 10_000 if least == 0 else min(10_000, 10_000 * years // least)
    beyond = 10_000 * (years - most) // most if 0 < most < years else 0
    return max(0, reached - beyond // 10)


def components(row: dict, near: dict[str, set[str]]) -> list[int]:
    """Return the five components of a record in basis points."""
    gap = abs(LEVELS.index(row["candidate_level"]) - LEVELS.index(row["level"]))
    short = max(0, DEGREES.index(row["job_degree"]) - DEGREES.index(row["degree"]))
    return [
        covered(dict(zip(row["required"], row["importance"], strict=True)), row["skills"], near),
        covered(dict.fromkeys(row["preferred"], 1), row["skills"], near),
        experience(row["years"], row["years_min"], row["years_max"]),
        max(0, 10_000 - 10_000 * gap // 3),
        10_000 - 10_000 * short // 4,
    ]


def total(parts: list[int], shares: list[int], *, missing: bool, cap: int = 4_400) -> int:
    """Return the score: shares of the components, rounded down once, capped where the must-have is missing."""
    points = sum(share * part for share, part in zip(shares, parts, strict=True)) // 10_000
    return min(points, cap) if missing else points


def points(number: float) -> int:
    """Return a column of four decimal places as basis points."""
    return round(number * 10_000)


def test_every_score_follows_from_the_facts(rows):
    """Ten thousand records: components, score, grade and label agree with the formula, to the basis point."""
    near, shares = siblings_by_table(), list(DEFAULT.values())
    for number, row in enumerate(rows):
        parts = components(row, near)
        assert [points(row[name]) for name in COMPONENTS] == parts, number
        missing = row["must_have"] not in row["skills"]
        assert row["must_have_missing"] is missing, number
        score = total(parts, shares, missing=missing)
        assert points(row["score"]) == score, number
        assert row["match_grade"] == ("strong" if score >= 7_500 else "partial" if score >= 4_500 else "none"), number
        assert row["match_label"] == int(score >= 6_000), number


def test_a_must_have_that_is_missing_caps_the_score(rows):
    """Many records lack it, and none of them matches."""
    lacking = [row for row in rows if row["must_have_missing"]]
    assert len(lacking) > 1_000
    assert max(points(row["score"]) for row in lacking) <= 4_400
    assert {row["match_label"] for row in lacking} == {0}


def test_must_haves_are_required_and_hard(rows, taxonomy):
    lighter = 0
    for row in rows:
        weight = dict(zip(row["required"], row["importance"], strict=True))
        hard = [name for name in row["required"] if taxonomy.skills[name].kind != "soft"]
        assert taxonomy.skills[row["must_have"]].kind != "soft"
        lighter += weight[row["must_have"]] < max(weight[name] for name in hard)
    assert lighter <= len(rows) / 20  # where the heaviest alone would nearly be a match


def test_wanted_skills_are_those_of_the_role_at_its_level(rows, taxonomy):
    """No skill is asked for twice or outside of its role, and each required one has the weight that the role gives it."""
    for row in rows:
        role, level = taxonomy.roles[row["role"]], LEVELS.index(row["level"])
        weight = {name: each[level] for name, each in zip(role.skills, role.required, strict=True)}
        wished = {name for name, each in zip(role.skills, role.preferred, strict=True) if each[level]}
        wanted = [*row["required"], *row["preferred"]]
        assert len(set(wanted)) == len(wanted)
        assert [weight[name] for name in row["required"]] == row["importance"]
        assert min(row["importance"]) >= 1
        assert set(row["preferred"]) <= wished
        assert 5 <= len(row["required"]) <= 9
        assert len(set(row["skills"])) == len(row["skills"])


def test_the_calculator_scores_plain_facts_as_the_columns_do(rows, taxonomy):
    """`MatchingMetricsCalculator.score` gives for 200 records what the recipe wrote."""
    calculator = MatchingMetricsCalculator(taxonomy)
    for row in rows[:200]:
        score = calculator.score(
            required=dict(zip(row["required"], row["importance"], strict=True)), preferred=row["preferred"],
            must_have=row["must_have"], skills=row["skills"], years=row["years"],
            years_range=(row["years_min"], row["years_max"]), level=row["candidate_level"], job_level=row["level"],
            degree=row["degree"], job_degree=row["job_degree"],
        )  # fmt: skip
        assert (score.score, score.grade, score.label) == (points(row["score"]), row["match_grade"], row["match_label"])
        parts = (score.required_coverage, score.preferred_coverage, score.experience, score.seniority, score.education)
        assert list(parts) == [points(row[name]) for name in COMPONENTS]
        assert score.must_have_missing is row["must_have_missing"]


@pytest.fixture(scope="module")
def calculator(taxonomy):
    return MatchingMetricsCalculator(taxonomy)


def test_an_alias_counts_fully_and_a_sibling_six_tenths(calculator):
    def required(skills):
        return calculator.score(required=["PostgreSQL"], skills=skills).required_coverage

    assert required(["PostgreSQL"]) == 10_000
    assert required(["Postgres"]) == 10_000
    assert required(["MySQL"]) == 6_000
    assert required(["MySQL", "Postgres"]) == 10_000
    assert required(["wound care"]) == 0
    assert calculator.score(required=["Postgres"], skills=["PostgreSQL"]).required_coverage == 10_000
    weighted = calculator.score(required={"PostgreSQL": 3, "Kubernetes": 1}, skills=["k8s", "MySQL"])
    assert weighted.required_coverage == 10_000 * (3 * 6 + 10) // 40


def test_nothing_asked_for_is_fully_covered(calculator):
    score = calculator.score(required=[], skills=[], years=3, level="mid", job_level="mid")
    assert score.required_coverage == score.preferred_coverage == score.experience == score.score == 10_000
    assert (score.grade, score.label, score.must_have_missing) == ("strong", 1, False)


@pytest.mark.parametrize(
    ("years", "least", "most", "expected"),
    [
        (0, 0, 0, 10_000),
        (0, 0, 5, 10_000),
        (30, 0, 0, 10_000),
        (9, 5, 0, 10_000),
        (0, 4, 8, 0),
        (3, 4, 8, 7_500),
        (4, 4, 8, 10_000),
        (8, 4, 8, 10_000),
        (12, 4, 8, 9_500),
        (88, 4, 8, 0),
        (200, 4, 8, 0),
        (1, 3, 8, 3_333),
    ],
)
def test_experience_counts_up_to_the_least_and_loses_beyond_the_most(calculator, years, least, most, expected):
    assert calculator.score(required=[], skills=[], years=years, years_range=(least, most)).experience == expected
    assert experience(years, least, most) == expected


def test_levels_and_degrees_lose_by_their_distance(calculator):
    for low, level in enumerate(LEVELS):
        for high, job_level in enumerate(LEVELS):
            score = calculator.score(required=[], skills=[], level=level, job_level=job_level)
            assert score.seniority == 10_000 - 10_000 * abs(low - high) // 3
    for low, degree in enumerate(DEGREES):
        for high, job_degree in enumerate(DEGREES):
            score = calculator.score(required=[], skills=[], degree=degree, job_degree=job_degree)
            assert score.education == 10_000 - 2_500 * max(0, high - low)


def test_unknown_facts_are_refused(calculator):
    with pytest.raises(KeyError):
        calculator.score(required=["no such skill"], skills=[])
    with pytest.raises((KeyError, ValueError)):
        calculator.score(required=[], skills=[], level="chief")


SKILLS = ["Python", "SQL", "PostgreSQL", "MySQL", "Kubernetes", "Docker", "React", "communication", "Microsoft Excel"]


@given(st.data())
def test_another_skill_never_lowers_a_score(calculator, data):
    """Coverage only grows with the skills held; repeating a skill, by name or alias, changes nothing."""
    draw = data.draw
    wanted = draw(st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5), min_size=1))
    held = draw(st.lists(st.sampled_from(SKILLS), unique=True))
    must = draw(st.sampled_from(sorted(wanted)))
    facts = {"required": wanted, "preferred": draw(st.lists(st.sampled_from(SKILLS), unique=True)), "must_have": must}
    facts |= {"years": draw(st.integers(0, 40)), "years_range": draw(st.sampled_from([(0, 3), (2, 6), (8, 20)]))}
    facts |= {"level": draw(st.sampled_from(LEVELS)), "job_level": draw(st.sampled_from(LEVELS))}
    score = calculator.score(skills=held, **facts)
    assert calculator.score(skills=[*held, draw(st.sampled_from(SKILLS))], **facts).score >= score.score
    assert calculator.score(skills=held * 3, **facts) == score
    assert 0 <= score.score <= 10_000


def test_words_in_a_text_cannot_raise_a_score(rows):
    """A score reads facts alone: its inputs in the recipe are none of the texts, nor anything made from them."""
    recipe = hiring()
    texts = {name for name, field in recipe.fields.items() if type(field).__name__ == "Text"}
    seen, waiting = set(), ["score", "match_label", "match_grade"]
    while waiting:
        name = waiting.pop()
        if name not in seen and name in recipe.fields:
            seen.add(name)
            field = recipe.fields[name]
            named = [
                getattr(field, each, "") or ""
                for each in ("of", "by", "over", "without", "within", "across", "first", "second")
            ]
            waiting += [
                *getattr(field, "inputs", ()),
                *(each for each in named if isinstance(each, str)),
                *field.when.split(),
            ]
    assert {"skills", "required", "years"} <= seen
    assert not seen & texts
    stuffed = next(row for row in rows if row["match_label"] == 0)
    assert components(stuffed | {"resume_text": " ".join(stuffed["required"]) * 9}, siblings_by_table()) == components(
        stuffed, siblings_by_table()
    )


@pytest.mark.parametrize(
    "wrong",
    [{"required": 5_000}, {"partial": 7_000}, {"strong": 5_900}, {"missing_must_have": 4_500}, {"strong": 10_001}],
)
def test_weights_that_do_not_hold_together_are_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        Weights(**wrong)


def test_scores_follow_the_weights_that_are_set(taxonomy):
    """Other weights and thresholds: labels stay balanced, and scores are those of the formula with them."""
    weights = Weights(
        required=6_000, preferred=500, experience=1_500, seniority=1_000, education=1_000,
        match=6_500, strong=8_000, partial=5_000, missing_must_have=4_900,
    )  # fmt: skip
    recipe = hiring(Settings(weights=weights), taxonomy)
    recipe = replace(recipe, columns=(*recipe.columns, "importance"))
    found = list(td.generate(recipe, count=400, truth=False))
    near, shares = siblings_by_table(), [6_000, 500, 1_500, 1_000, 1_000]
    for row in found:
        score = total(components(row, near), shares, missing=row["must_have_missing"], cap=4_900)
        assert points(row["score"]) == score
        assert row["match_grade"] == ("strong" if score >= 8_000 else "partial" if score >= 5_000 else "none")
        assert row["match_label"] == int(score >= 6_500)
    assert sum(row["match_label"] for row in found) == 200


def test_similarity_is_that_of_the_tables():
    """The matrix that columns are computed with holds 10 on its diagonal, 6 for siblings of either side, else 0."""
    taxonomy, near = TechSkillsTaxonomy(), siblings_by_table()
    held = taxonomy.similarity
    assert (held == held.T).all()
    assert set(np.unique(held)) == {0, 6, 10}
    assert not held[-1].any()
    for name, others in near.items():
        assert {taxonomy.names[i] for i in np.flatnonzero(held[taxonomy.code[name]] == 6)} == others - {name}
