"""Faults of facts: the target is met with them, each is there in facts and text, and the key tells it and the score without it."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise

import pytest

import treadle as td
from treadle.packs.hiring.fact_faults import LEAST_YEARS, MOST_YEARS
from treadle.packs.hiring.fact_key import KEY
from treadle.packs.hiring.fact_kinds import EXPERIENCE, KINDS, SKILL_MATCH, Asked
from treadle.packs.hiring.job_dates import GAPS, SHORTEST_GAP
from treadle.packs.hiring.matching import MatchingMetricsCalculator
from treadle.packs.hiring.recipe import configured, hiring
from treadle.packs.hiring.recipe import recipe as plain_recipe
from treadle.packs.hiring.resumes import DATES, MONTH_NAMES
from treadle.packs.hiring.settings import Settings
from treadle.packs.hiring.taxonomy import LEVELS
from treadle.packs.hiring.validate import checks
from treadle.run.clean import clean
from treadle.run.validate import validate

COUNT = 4_000
MORE = (
    *("target", "importance", "months_worked", "written", "employed", "dates", "jobs", "drawn_level", "years_worked"),
    *("home_skills", "candidate_group", "group"),
)
FAMILIES = {
    "skill-match": {KINDS[kind] for kind in SKILL_MATCH},
    "experience": {KINDS[kind] for kind in EXPERIENCE},
}
BANDS = {"none": (0, 0.45), "low": (0.45, 0.6), "high": (0.6, 0.75), "strong": (0.75, 1.01)}
CALCULATOR = MatchingMetricsCalculator()
TARGETS = {"none": 0.3, "low": 0.2, "high": 0.2, "strong": 0.3}


@pytest.fixture(scope="module")
def recipe():
    """Return the recipe with both families, clean texts, and hidden facts as columns."""
    made = configured(bias="skill-match,experience").without_faults()
    return made.with_columns([*made.columns, *MORE])


@pytest.fixture(scope="module")
def records(recipe):
    """Return the records."""
    dataset = td.generate(recipe, count=COUNT)
    return [record for batch in dataset.batches(2_000) for record in batch.to_pylist()]


@pytest.fixture(scope="module")
def by_fault(records):
    """Return the records of each fault."""
    found = defaultdict(list)
    for record in records:
        found[record["fact_fault"]].append(record)
    return found


def spans_of(record, fact):
    """Return the values of a fact's spans in the résumé, in the order of the text, each with what stands there."""
    found = [span for span in record["spans"] if span["field"] == "resume_text" and span["fact"] == fact]
    return [(span["value"], record["resume_text"][span["start"] : span["end"]]) for span in found]


def test_families_are_even_and_half_of_each_is_positive(records):
    """Both bias types have as many records, exactly half of them positive."""
    assert Counter((record["bias_type"], record["match_label"]) for record in records) == {
        (family, label): COUNT // 4 for family in FAMILIES for label in (0, 1)
    }


def test_each_record_has_one_fault_of_its_family(records, by_fault):
    """Every kind of fault comes up, and none in the other family."""
    assert set(by_fault) == set(KINDS) - {"none"}
    for record in records:
        assert record["fact_fault"] in FAMILIES[record["bias_type"]]
        assert all(record[name] not in {None, ""} for name in KEY)
    assert min(map(len, by_fault.values())) > COUNT // 50


def test_the_target_is_met_with_the_fault(records):
    """The label is always the target's; the score is in its band, but for as few as without faults."""
    assert all(record["match_label"] == (record["target"] in {"high", "strong"}) for record in records)
    outside = [
        record["fact_fault"]
        for record in records
        if not BANDS[record["target"]][0] <= record["score"] < BANDS[record["target"]][1]
    ]
    assert len(outside) <= COUNT // 200
    for target, count in Counter(record["target"] for record in records).items():
        assert abs(count / COUNT - TARGETS[target]) < 0.02


def scored(record, **changed):
    """Return the score in basis points by the facts of a record, some of them changed."""
    facts = {
        "required": dict(zip(record["required"], record["importance"], strict=True)),
        "preferred": record["preferred"], "must_have": record["must_have"], "skills": record["skills"],
        "years": record["years"], "years_range": (record["years_min"], record["years_max"]),
        "level": record["candidate_level"], "job_level": record["level"],
        "degree": record["degree"], "job_degree": record["job_degree"],
    }  # fmt: skip
    return CALCULATOR.score(**facts | changed).score


def put_back(record):
    """Return the fact that the key says was there before, as the calculator takes it."""
    fault, before, after = (record[name] for name in ("fact_fault", "fact_before", "fact_after"))
    if fault == "partial_overlap":
        return {"skills": [*record["skills"], before]}
    if record["fact"] == "skills":
        return {"skills": [before if skill == after else skill for skill in record["skills"]]}
    if fault == "domain_mismatch":
        return {"skills": before.partition(": ")[2].split(", ")}
    if fault == "seniority_gap":
        return {"level": before}
    return {"years": int(before.split()[0])} if fault == "inflated_years" else {}


def test_the_score_before_is_that_of_the_facts_before(records):
    """The key alone, with the record's other facts, gives both scores and what lies between them."""
    moved = Counter()
    for record in records:
        before, after = scored(record, **put_back(record)), scored(record)
        assert round(record["score"] * 10_000) == after
        assert round(record["score_before"] * 10_000) == before, record["fact_fault"]
        assert round(record["score_move"] * 10_000) == after - before
        moved[record["fact_fault"]] += after != before
    assert {fault for fault, count in moved.items() if not count} == {"overlapping_jobs", "career_gap", "level_jump"}


def test_a_skill_that_is_asked_for_is_missing(by_fault):
    for record in by_fault["partial_overlap"]:
        missing = record["fact_before"]
        assert record["fact_after"] == f"without {missing}"
        assert missing in record["required"]
        assert missing not in record["skills"]
        assert missing not in {value for value, _ in spans_of(record, "skill_lines.item")}


def test_a_sibling_stands_for_a_skill(by_fault, taxonomy):
    """It covers the skill, is not asked for itself, and the résumé lists it and not the skill."""
    for record in by_fault["sibling_skills"]:
        missing, held = record["fact_before"], record["fact_after"]
        assert held in taxonomy.siblings(missing)
        assert missing in record["required"]
        assert held not in record["required"] + record["preferred"]
        assert_listed(record, held, missing)


def assert_listed(record, held, missing):
    """Hold that a skill is in the facts and the text, and another in neither's list."""
    listed = {value for value, _ in spans_of(record, "skill_lines.item")}
    assert held in record["skills"]
    assert held in listed
    assert missing not in record["skills"]
    assert missing not in listed


@pytest.mark.parametrize("fault", ["outdated_skills", "legacy_tools"])
def test_a_skill_of_yesterday_stands_for_one_of_today(by_fault, taxonomy, fault):
    """It is past its day, or has a successor, and no bullet speaks of it before it was there."""
    for record in by_fault[fault]:
        new, old = record["fact_before"], taxonomy.skills[record["fact_after"]]
        assert_listed(record, old.name, new)
        if fault == "outdated_skills":
            assert 0 < old.declined <= 2025
            assert new == (old.successor or new)
            assert old.successor or new in taxonomy.siblings(old.name)
        else:
            assert old.successor == new
            assert old.kind in {"language", "tool", "platform"}
        assert old.introduced <= 1970 + record["written"] // 12


def test_somebody_is_of_another_trade(by_fault):
    for record in by_fault["domain_mismatch"]:
        assert record["candidate_group"] != record["group"]
        assert record["fact_before"] == f"{record['role']}: {', '.join(record['home_skills'])}"
        assert record["fact_after"] == f"{record['candidate_role']}: {', '.join(record['skills'])}"
        assert len(record["home_skills"]) == len(set(record["home_skills"])) <= len(record["skills"])


def test_a_level_is_far_from_the_one_asked_for(by_fault, taxonomy):
    """Two levels or more, in the title of the job of today too; before it was one at most."""
    for record in by_fault["seniority_gap"]:
        wanted, own, before = (LEVELS.index(record[name]) for name in ("level", "candidate_level", "fact_before"))
        assert abs(own - wanted) >= 2 > abs(before - wanted)
        assert record["fact_after"] == record["candidate_level"]
        assert own >= taxonomy.roles[record["candidate_role"]].lowest
        titles = taxonomy.roles[record["candidate_role"]].titles[own]
        assert record["jobs"][0]["title"] in titles
        assert record["jobs"][0]["title"] in record["resume_text"]


def test_years_are_stated_that_the_jobs_do_not_add_up_to(by_fault):
    """Every mention in the text has the years that are scored, two to five more than the months of the jobs."""
    for record in by_fault["inflated_years"]:
        worked = record["months_worked"] // 12
        assert LEAST_YEARS <= record["years"] - worked <= MOST_YEARS
        told = spans_of(record, "years")
        assert told
        assert {(value, surface) for value, surface in told} == {(str(record["years"]), str(record["years"]))}
        assert (record["fact_before"].split()[0], record["fact_after"].split()[0]) == (
            str(worked),
            str(record["years"]),
        )
        assert sum(end - start for start, end in months_of(record)) // 12 == worked


def test_no_other_record_states_other_years_than_it_has_worked(records):
    for record in records:
        if record["fact_fault"] != "inflated_years":
            assert record["years"] == record["years_worked"] == record["months_worked"] // 12


def month(text):
    return (int(text[:4]) - 1970) * 12 + int(text[5:]) - 1


def months_of(record):
    """Return the months of each job in the facts, from January 1970, latest first."""
    return [
        (month(job["from"]), month(job["to"]) if job["to"] is not None else record["written"]) for job in record["jobs"]
    ]


def shown(surface, style):
    """Return the first and the last month that a date of a text can mean."""
    year = int(re.search(r"\d{4}", surface)[0]) if "'" not in surface else None
    if year is None:
        year = int(surface[-2:]) + (1900 if int(surface[-2:]) > 60 else 2000)
    if style == "YYYY":
        return (year - 1970) * 12, (year - 1970) * 12 + 11
    number = re.search(r"\b\d\d\b", surface.replace(str(year), " "))
    names = [name[:3] for name in MONTH_NAMES]
    at = int(number[0]) - 1 if number and "'" not in surface else names.index(surface[:3])
    return ((year - 1970) * 12 + at,) * 2


def pauses_in_text(record):
    """Return the least and the most months between jobs, as the text shows them, latest first."""
    begins = [shown(surface, record["dates"]) for _, surface in spans_of(record, "jobs.from")]
    ends = [shown(surface, record["dates"]) for _, surface in spans_of(record, "jobs.to")]
    past = ends if not record["employed"] else [(0, 0), *ends]
    return [(later[0] - end[1], later[1] - end[0]) for (later, _), (_, end) in pairwise(zip(begins, past, strict=True))]


def test_two_jobs_overlap(by_fault):
    """The facts overlap by as many months as the key says, and the dates of the text show it, be they of years alone."""
    styles = set()
    for record in by_fault["overlapping_jobs"]:
        pauses = [later[0] - earlier[1] for later, earlier in pairwise(months_of(record))]
        assert [-pause for pause in pauses if pause < 0] == [int(record["fact_after"].split()[0])]
        at = next(place for place, pause in enumerate(pauses) if pause < 0)
        least, most = pauses_in_text(record)[at]
        assert least < 0
        assert most <= 0 or record["dates"] == "YYYY"
        if record["dates"] == "YYYY":
            begins, ends = ([int(surface) for _, surface in spans_of(record, f"jobs.{end}")] for end in ("from", "to"))
            assert ends[at + (not record["employed"])] > begins[at]
        styles.add(record["dates"])
    assert styles == set(DATES)


def test_years_pass_between_two_jobs(by_fault):
    for record in by_fault["career_gap"]:
        pauses = [later[0] - earlier[1] for later, earlier in pairwise(months_of(record))]
        gaps = [pause for pause in pauses if pause >= SHORTEST_GAP]
        assert gaps == [int(record["fact_after"].split()[0])]
        assert gaps[0] < SHORTEST_GAP + GAPS
        least, most = pauses_in_text(record)[pauses.index(gaps[0])]
        assert least <= gaps[0] <= most
        assert most >= SHORTEST_GAP


def test_a_level_is_skipped(by_fault, taxonomy):
    """The job before a senior one is for beginners, by its title in the text."""
    beginners = {title for role in taxonomy.roles.values() for title in role.titles[0]}
    for record in by_fault["level_jump"]:
        assert record["candidate_level"] in {"senior", "staff"}
        assert record["fact_after"] == f"entry before {record['candidate_level']}"
        assert record["fact_before"].split()[0] in LEVELS[1:]
        assert [value for value, _ in spans_of(record, "jobs.title")][1] in beginners


def test_nothing_but_the_fault_differs_between_jobs(records):
    """Jobs of the other records neither overlap nor lie far apart."""
    for record in records:
        if record["fact_fault"] not in {"overlapping_jobs", "career_gap"}:
            pauses = [later[0] - earlier[1] for later, earlier in pairwise(months_of(record))]
            assert all(0 <= pause < SHORTEST_GAP for pause in pauses)


@pytest.mark.parametrize("size", [1, 37])
def test_no_batch_decides_on_a_fault(recipe, records, size):
    """A record alone has the facts and the fault that it has among others."""
    wanted = 12 if size == 1 else 300
    made = [record for batch in td.generate(recipe, count=wanted).batches(size) for record in batch.to_pylist()]
    assert made == records[:wanted]


def test_a_kind_can_be_turned_off_or_preferred():
    """Weight 0 leaves a fault out, also where another would give way to it; a family with none left has none."""
    off = {KINDS[kind]: 0 for kind in (*EXPERIENCE, *SKILL_MATCH) if KINDS[kind] not in {"career_gap", "seniority_gap"}}
    profile = td.profile("experience,skill-match")
    some = hiring(Settings(bias=replace(profile, operators={**off, "seniority_gap": 2})))
    drawn = Counter(
        record["fact_fault"] for record in td.generate(some.without_faults(), count=400, columns=["fact_fault"])
    )
    assert drawn["career_gap"] == 200
    assert drawn["seniority_gap"] > 190
    assert set(drawn) <= {"career_gap", "seniority_gap", "none"}
    everything = {KINDS[kind]: 0 for kind in (*EXPERIENCE, *SKILL_MATCH)}
    assert Asked.of(replace(profile, operators=everything)) is None
    assert set(KEY).isdisjoint(hiring(Settings(bias=replace(profile, operators=everything))).fields)


def test_without_the_families_nothing_is_drawn():
    """A recipe without faults, or with others, has neither the fields nor the columns of the key."""
    for other in (plain_recipe, configured(bias="textual,missing"), configured(bias="realistic")):
        assert set(KEY).isdisjoint(other.fields)
        assert "fault_drawn" not in other.fields
    assert list(configured(bias="balanced").columns) == [*plain_recipe.columns, *KEY]


def test_other_families_have_no_fault_of_facts():
    """Of a balanced run a quarter has one; the other records have none, and an empty key."""
    records = list(td.generate(configured(bias="balanced").without_faults(), count=320))
    for record in records:
        assert (record["fact_fault"] != "none") == (record["bias_type"] in FAMILIES)
        if record["fact_fault"] == "none":
            assert all(record[name] is None for name in KEY[1:])


def test_years_are_told_in_a_line_in_other_resumes_too(records):
    """So that the line gives no fault away."""
    told = [
        record["fact_fault"]
        for record in records
        if re.search(r"^(Experience|Years of experience): \d", record["resume_text"], re.MULTILINE)
    ]
    assert Counter(told)["inflated_years"] < len(told) / 2


def test_cleaning_a_balanced_run_gives_the_run_without_text_faults(tmp_path):
    """`treadle clean` takes back the edits of texts, and leaves the facts with their faults."""
    recipe, path, after = configured(bias="balanced"), tmp_path / "faulted.jsonl", tmp_path / "clean.jsonl"
    td.generate(recipe, count=160).write(path)
    clean(path, after)
    found = [json.loads(line) for line in after.read_text("utf-8").splitlines()]
    texts = ("name", "resume_text", "job_skill_text")
    copies = 0
    for mine, other in zip(found, td.generate(recipe.without_faults(), count=160), strict=True):
        assert [mine[name] for name in texts] == [other[name] for name in texts]
        if mine["person_id"] == other["person_id"]:  # a duplicate has the facts of the record that it copies
            assert {name: mine[name] for name in recipe.columns} == {name: other[name] for name in recipe.columns}
        else:
            copies += 1
            assert mine["bias_type"] == "missing"
    assert copies < 8


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_a_balanced_run_passes_validation(tmp_path, suffix):
    """Declared faults of facts and of texts are no violations, and every declared fault of facts is found there."""
    path = tmp_path / f"o.{suffix}"
    td.generate("hiring", count=300, options={"bias": "balanced"}).write(path)
    report = validate(path)
    assert report.clean, [tally for tally in report.tallies if tally.violations]
    assert "hiring: faults of facts" in {tally.check for tally in report.tallies}


FALSE = {
    "partial_overlap": {"fact_before": "COBOL"},
    "sibling_skills": {"fact_after": "COBOL"},
    "outdated_skills": {"fact": "years"},
    "legacy_tools": {"score_move": 0.5},
    "domain_mismatch": {"fact_before": "nobody: nothing"},
    "seniority_gap": {"fact_after": "mid"},
    "inflated_years": {"fact_after": "many years"},
    "overlapping_jobs": {"fact_after": "11 years in two jobs at once"},
    "career_gap": {"fact_after": "17 months between two jobs"},
    "level_jump": {"fact_after": "mid before senior"},
}


@pytest.mark.parametrize("fault", FALSE)
def test_a_declared_fault_that_is_not_there_is_found(recipe, by_fault, fault):
    """The pack's check holds each key against facts and text."""
    _, look = checks(recipe)["hiring: faults of facts"]
    record = by_fault[fault][0]
    assert list(look([record])) == []
    column = "fact_after" if set(FALSE[fault]) <= {"fact_before", "fact_after"} else next(iter(FALSE[fault]))
    assert column in {where for _, where, _, _ in look([record | FALSE[fault]])}


def test_an_overlap_that_is_not_declared_is_found(recipe, by_fault):
    _, look = checks(recipe)["hiring: careers"]
    for fault in ("overlapping_jobs", "inflated_years"):
        record = by_fault[fault][0]
        assert list(look([record])) == []
        assert list(look([record | {"fact_fault": "none"}]))
