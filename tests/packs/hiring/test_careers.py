"""Careers make sense: ten thousand of them, looked at one by one."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

import treadle as td
from treadle.packs.hiring.data import table, tables
from treadle.packs.hiring.recipe import hiring
from treadle.packs.hiring.sentences import Sentences
from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy

LEVELS = ("entry", "mid", "senior", "staff")
DEGREES = ("none", "associate", "bachelor", "master", "doctorate")


def month(text: str) -> int:
    """Return the number of a month written as 2019-06, January 1970 being 0."""
    year, number = text.split("-")
    return 12 * (int(year) - 1970) + int(number) - 1


def spells(row: dict) -> list[tuple[int, int]]:
    """Return the first month of each job and that behind its last, latest job first."""
    return [(month(job["from"]), month(job["to"]) if job["to"] else row["written"]) for job in row["jobs"]]


def test_jobs_do_not_overlap_and_stand_latest_first(rows):
    """Each job lasts three months or more, ends before the next begins, and none ends after the résumé was written."""
    for row in rows:
        dates = spells(row)
        assert 1 <= len(dates) <= 6
        assert all(end - start >= 3 for start, end in dates)
        assert dates[0][1] <= row["written"]
        assert all(earlier[1] <= later[0] for later, earlier in pairwise(dates))
        assert [job["to"] is None for job in row["jobs"]] == [row["employed"]] + [False] * (len(dates) - 1)


def test_gaps_between_jobs_are_short(rows):
    """Nobody is out of work for more than half a year between jobs, nor for more than eight months now."""
    for row in rows:
        dates = spells(row)
        assert row["written"] - dates[0][1] <= 8
        assert all(later[0] - earlier[1] <= 6 for later, earlier in pairwise(dates))


def test_years_of_experience_agree_with_the_dates(rows):
    for row in rows:
        worked = sum(end - start for start, end in spells(row))
        assert worked == row["months_worked"]
        assert worked // 12 == row["years"]


def test_levels_never_fall(rows):
    """Of two jobs the later is at the same level or above, the latest at the candidate's; few skip a level."""
    leaps = 0
    for row in rows:
        levels = [LEVELS.index(job["held_level"]) for job in row["jobs"]]
        assert levels[0] == LEVELS.index(row["candidate_level"])
        assert all(later >= earlier for later, earlier in pairwise(levels))
        leaps += any(later - earlier > 1 for later, earlier in pairwise(levels))
    assert leaps <= len(rows) // 25


def test_levels_agree_with_the_years(rows):
    """An entry-level candidate has at most two and a half years, a senior six or more, a staff one ten or more."""
    bounds = {"entry": (1, 2), "mid": (2, 6), "senior": (6, 12), "staff": (10, 24)}
    for row in rows:
        least, most = bounds[row["candidate_level"]]
        assert least <= row["years"] <= most


def test_titles_are_those_of_the_role_at_its_level(rows, taxonomy):
    for row in rows:
        assert row["headline"] == row["jobs"][0]["title"]
        assert row["jobs"][0]["held_role"] == row["candidate_role"]
        assert row["job_title"] in taxonomy.roles[row["role"]].titles[LEVELS.index(row["level"])]
        for job in row["jobs"]:
            role = taxonomy.roles[job["held_role"]]
            assert job["title"] in role.titles[LEVELS.index(job["held_level"])]
            own = taxonomy.roles[row["candidate_role"]]
            assert role.name == own.name or role.name in own.near


def test_education_ends_before_the_first_job(rows):
    """The last degree ends at most a year before work begins, takes a few years, and nobody finished school as a child."""
    for row in rows:
        first = 1970 + spells(row)[-1][0] // 12
        assert first - 1 <= row["graduated"] <= first
        assert 2 <= row["graduated"] - row["began"] <= 4
        assert row["graduated"] >= 1998


def test_a_degree_is_one_that_the_role_can_have(rows, taxonomy):
    """A candidate's is within a step of the usual, and never less than the role's least; a post's never asks for less either."""
    for row in rows:
        for role, level, degree in (
            (row["candidate_role"], row["candidate_level"], row["degree"]),
            (row["role"], row["level"], row["job_degree"]),
        ):
            usual = DEGREES.index(taxonomy.roles[role].degree[LEVELS.index(level)])
            held = DEGREES.index(degree)
            assert usual - 2 <= held <= usual + 1
            assert held >= min(usual, DEGREES.index(taxonomy.roles[role].least))
        assert row["study"] in taxonomy.roles[row["candidate_role"]].education


def test_nobody_may_nurse_or_teach_without_a_degree(rows):
    least = {
        "registered nurse": 1,
        "pharmacist": 3,
        "physiotherapist": 2,
        "primary teacher": 2,
        "university lecturer": 3,
    }
    for row in rows:
        assert DEGREES.index(row["degree"]) >= least.get(row["candidate_role"], 0)
        assert DEGREES.index(row["job_degree"]) >= least.get(row["role"], 0)


def test_schools_confer_the_degree(rows):
    """The school is in the candidate's country, and doctorates are from universities, none from a college."""
    kind = {(row["country"], row["institution"]): row["kind"] for row in table("institutions.tsv")}
    for row in rows:
        where = kind[row["home"], row["school"]]
        assert where == "university" or row["degree"] != "doctorate"
        assert where != "college" or row["degree"] in {"none", "associate"}


def test_certificates_come_when_they_can(rows, taxonomy):
    """Not before they exist, before the years they take, or after the résumé; and they are those of the role."""
    known = {row["certificate"]: row for row in table("certificates.tsv")}
    listed = {name for role in taxonomy.roles.values() for name in role.certificates}
    assert set(known) <= listed
    for row in rows:
        if row["certificate_place"] < 0:
            continue
        facts = known.get(row["certificate"], {})
        first = 1970 + spells(row)[-1][0] // 12
        assert row["certificate"] in taxonomy.roles[row["candidate_role"]].certificates
        assert row["certified"] >= max(int(facts.get("introduced") or 0), first + int(facts.get("years") or 0))
        assert row["certified"] <= 1970 + (row["written"] - 1) // 12
        assert not facts.get("licence") or row["certified"] == first
    assert sum(row["certificate_place"] >= 0 for row in rows) > 0.95 * len(rows)


def test_no_skill_is_used_before_there_was_one(rows):
    """A bullet that shows a skill stands in a job that went on in the year it appeared or later; the skill is the candidate's."""
    introduced = {row["skill"]: int(row["introduced"] or 0) for row in tables("skills")}
    shown = 0
    for row in rows:
        for job, (_, end) in zip(row["jobs"], spells(row), strict=True):
            for bullet in job["bullets"]:
                if not bullet["duty"]:
                    shown += 1
                    assert bullet["skill"] in row["skills"]
                    assert introduced[bullet["skill"]] <= 1970 + (end - 1) // 12
    assert shown > 3 * len(rows)


def test_no_bullet_stands_twice_in_a_resume(rows):
    """Neither the same line, nor the same sentence with other numbers or another skill."""
    for number, row in enumerate(rows):
        bullets = [bullet for job in row["jobs"] for bullet in job["bullets"]]
        lines = [re.sub(r"^\W+|\W+$", "", bullet["line"]) for bullet in bullets]
        assert len(set(lines)) == len(lines), number
        sentences = [bullet["sentence"] for bullet in bullets]
        assert len(set(sentences)) == len(sentences), number


def test_what_is_over_is_told_in_the_past(rows):
    """Where a résumé tells its bullets in the present, it does so of the job that goes on alone."""
    forms = {name: {row[name] for row in table("verbs.tsv")} for name in ("past", "base")}
    seen = 0
    for row in rows:
        for job in row["jobs"] if row["tense"] == "base" else []:
            seen += len(job["bullets"])
            assert {bullet["verb"].lower() for bullet in job["bullets"]} <= forms["past" if job["to"] else "base"], job
    assert seen > len(rows) / 10


def test_no_need_is_worded_twice_in_a_post(rows):
    for row in rows:
        for name in ("required_lines", "preferred_lines"):
            sentences = [line["sentence"] for line in row[name]]
            assert len(set(sentences)) == len(sentences) >= 1


def test_no_duty_stands_twice_in_a_post(rows):
    for row in rows:
        sentences = [duty["sentence"] for duty in row["duties"]]
        assert len(set(sentences)) == len(sentences) >= 1


@pytest.fixture(scope="module")
def duties():
    """Return the duties of each role as the files have them, and those for leaders alone."""
    found, leading = {}, set()
    for row in tables("duties"):
        if "role" in row:
            found.setdefault(row["role"], set()).add(row["rest"])
            if row.get("level"):
                leading.add((row["role"], row["rest"]))
    return found, leading


def test_duties_are_those_of_the_role(rows, taxonomy, duties):
    """Duties of a job and of a post come from their role; entry and mid levels have none that lead others."""
    own, leading = duties
    rests = Sentences.of(taxonomy).rests
    for row in rows:
        done = [(row["role"], row["level"], duty["sentence"]) for duty in row["duties"]]
        done += [
            (job["held_role"], job["held_level"], bullet["sentence"])
            for job in row["jobs"] for bullet in job["bullets"] if bullet["duty"]
        ]  # fmt: skip
        for role, level, sentence in done:
            assert rests[int(sentence)] in own[role]
            assert level in {"senior", "staff"} or (role, rests[int(sentence)]) not in leading


def test_every_role_has_enough_duties(taxonomy, duties):
    own, leading = duties
    for role in taxonomy.roles:
        assert len(own[role]) >= 22, role
        assert sum((role, rest) not in leading for rest in own[role]) >= 14, role


def test_employers_fit_and_change(rows):
    """The employer of a job is one of its sector's; most people change employers when they change jobs."""
    endings = {}
    for row in table("employers.tsv"):
        if row["part"] == "ending":
            endings.setdefault(row["industry"], set()).add(row["text"])
    same = pairs = 0
    for row in rows:
        for sector, company in [(row["industry"], row["company"])] + [(j["sector"], j["company"]) for j in row["jobs"]]:
            assert any(company.endswith(f" {ending}") for ending in endings[sector]), (sector, company)
        same += sum(later["company"] == earlier["company"] for later, earlier in pairwise(row["jobs"]))
        pairs += len(row["jobs"]) - 1
    assert same <= pairs // 20


def test_leads_and_architects_began_as_something_else(rows, taxonomy):
    """Nobody holds, or posts, a role below the level at which it begins."""
    for row in rows:
        assert LEVELS.index(row["level"]) >= taxonomy.roles[row["role"]].lowest
        for job in row["jobs"]:
            assert LEVELS.index(job["held_level"]) >= taxonomy.roles[job["held_role"]].lowest


def test_beginners_are_asked_for_fewer_duties(rows):
    """No post lists more than fifteen duties, none for a beginner more than nine."""
    most = dict.fromkeys(LEVELS, 0)
    for row in rows:
        most[row["level"]] = max(most[row["level"]], len(row["duties"]))
    assert most["entry"] <= 9
    assert most["mid"] <= 13
    assert max(most.values()) <= 15


@pytest.mark.filterwarnings("error")
def test_a_role_without_duties_has_those_of_its_trade(taxonomy):
    """A role of one's own borrows the duties of a near role, of its group or of its industry; nothing is divided by 0."""
    known = taxonomy.roles["backend engineer"]
    own = [
        replace(known, name="water diviner", group="divination", industry="technology", near=()),
        replace(known, name="tithe collector", group="finance", industry="finance", near=("water diviner",)),
    ]
    made = TechSkillsTaxonomy(list(taxonomy.skills.values()), own)
    sentences = Sentences.of(made)
    assert min(sentences.duty_count_junior) > 10
    rows = list(td.generate(hiring(taxonomy=made), count=60, truth=False))
    assert {row["role"] for row in rows} == {role.name for role in own}
    assert all(row["resume_text"] and row["job_skill_text"] for row in rows)
