"""Candidates are made for their post: what they hold follows from the match aimed at, and looks like their own trade."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np

import treadle as td
from treadle.packs.hiring.matching import Weights
from treadle.packs.hiring.must_haves import must_haves
from treadle.packs.hiring.recipe import recipe
from treadle.packs.hiring.taxonomy import KINDS

LEVELS = ("entry", "mid", "senior", "staff")


def test_skills_are_of_the_own_role_or_asked_for(rows, taxonomy):
    """No skill comes from nowhere: each is of the candidate's role, or one that the post asks for."""
    for row in rows:
        known = {*taxonomy.roles[row["candidate_role"]].skills, *row["required"], *row["preferred"]}
        assert set(row["skills"]) <= known
        assert len(row["skills"]) <= 14 or len(row["skills"]) <= len(row["required"]) + len(row["preferred"])
    short = sum(len(row["skills"]) < 8 for row in rows)
    assert short <= len(rows) // 50


def test_the_grade_aimed_at_is_always_reached():
    """Twenty thousand records under another seed: each score is in its band, above or below the label's threshold too."""
    full = replace(recipe, columns=("target", "score"))
    band = {"none": (0, 0.45), "low": (0.45, 0.6), "high": (0.6, 0.75), "strong": (0.75, 1.01)}
    counts = Counter()
    for row in td.generate(full, count=20_000, seed=11, truth=False):
        low, high = band[row["target"]]
        counts[row["target"]] += 1
        assert low <= row["score"] < high, row
    assert counts == {"none": 6_000, "low": 4_000, "high": 4_000, "strong": 6_000}


def test_a_must_have_leaves_room_for_a_partial_match(taxonomy):
    """Of skills that stand for each other none is the must-have where another would leave room below the threshold."""
    names = ("PostgreSQL", "MySQL", "MariaDB", "Docker", "unit testing", "communication")
    asked = np.array([[taxonomy.code[name] for name in names]])
    hard = np.append(taxonomy.kind != KINDS.index("soft"), [False])
    wished = np.array([[taxonomy.code["Figma"]]])
    heavy = np.array([[5, 4, 4, 3, 1, 5]])
    chosen = must_haves(taxonomy.similarity, hard, asked, heavy, wished, Weights())
    assert names[chosen[0]] == "MySQL"
    light = np.array([[5, 1, 1, 4, 4, 5]])
    assert names[must_haves(taxonomy.similarity, hard, asked, light, wished, Weights())[0]] == "PostgreSQL"


def test_a_stranger_to_the_trade_holds_only_what_is_his_own(rows, taxonomy):
    """Where the roles are far apart nothing was added for the post."""
    for row in rows:
        if row["relation"] == "far":
            assert set(row["skills"]) <= set(taxonomy.roles[row["candidate_role"]].skills)


def test_roles_are_the_same_near_or_far(rows, taxonomy):
    for row in rows:
        if row["relation"] == "same":
            assert row["candidate_role"] == row["role"]
        elif row["relation"] == "near":
            assert row["candidate_role"] in taxonomy.roles[row["role"]].near


def test_who_does_not_match_lacks_the_must_have(rows):
    for row in rows:
        if row["target"] == "none":
            assert row["must_have"] not in row["skills"]
            assert row["must_have_missing"]
        if row["match_label"]:
            assert row["must_have"] in row["skills"]


def test_matches_and_the_others_have_as_many_skills(rows):
    """The length of a list of skills tells next to nothing of the label."""
    counts = defaultdict(list)
    for row in rows:
        counts[row["match_label"]].append(len(row["skills"]))
    means = [sum(each) / len(each) for each in (counts[0], counts[1])]
    assert abs(means[0] - means[1]) < 0.75


def test_facts_of_one_side_do_not_tell_the_label(rows):
    """Roles, levels, years, degrees and genders are as frequent among matches as among the others, but for chance."""
    for name in ("role", "level", "industry", "years_min", "gender", "job_degree", "country"):
        found = Counter((row[name], row["match_label"]) for row in rows)
        for value in {row[name] for row in rows}:
            no, yes = found[value, 0], found[value, 1]
            assert abs(yes - no) <= 4.5 * (yes + no) ** 0.5 + 1, (name, value, no, yes)
    for name in ("candidate_level", "degree"):
        found = Counter((row[name], row["match_label"]) for row in rows)
        for value in {row[name] for row in rows}:
            no, yes = found[value, 0], found[value, 1]
            assert 0.7 <= (yes + 40) / (no + 40) <= 1.43, (name, value, no, yes)


def test_years_asked_for_agree_with_the_level(rows):
    bounds = {"entry": (0, 1), "mid": (2, 4), "senior": (5, 8), "staff": (8, 12)}
    for row in rows:
        least, most = bounds[row["level"]]
        assert least <= row["years_min"] <= most
        assert 2 <= row["years_max"] - row["years_min"] <= 12
        assert row["pay_low"] < row["pay_high"] <= 1.3 * row["pay_low"]
        assert 20_000 <= row["pay_low"] <= 170_000


def test_pay_grows_with_the_level(rows):
    paid = defaultdict(list)
    for row in rows:
        paid[row["role"], row["level"]].append(row["pay_low"])
    for role in {row["role"] for row in rows}:
        middle = [sorted(own)[len(own) // 2] for own in (paid[role, level] for level in LEVELS) if own]
        assert middle == sorted(middle), role
