"""The pack's own checks: nothing is found in what it makes, and each kind of change is."""

from __future__ import annotations

import json

import pytest

import treadle as td
from treadle.packs.hiring.recipe import recipe
from treadle.packs.hiring.validate import checks, summary
from treadle.run.validate import validate

OWN = ("labels", "score", "components", "skills", "skills in texts", "splits", "levels", "careers", "people")


@pytest.fixture(scope="module")
def rows():
    """Return records as they are read from a file."""
    return list(td.generate("hiring", count=400, seed=5))


@pytest.fixture
def look(rows):
    """Return a function that changes one record, and gives what a check finds in all of them."""

    def changed(name, number, change):
        mine = [dict(row) for row in rows]
        mine[number] = {**mine[number], **change(mine[number])}
        needs, function = checks(recipe)[f"hiring: {name}"]
        assert set(needs) <= set(mine[0])
        return list(function(mine))

    return changed


def place(rows, wanted):
    """Return the number of the first record that is as wanted."""
    return next(number for number, row in enumerate(rows) if wanted(row))


def with_span(row, wanted, **values):
    """Return the spans of a record with one of them changed."""
    spans = [dict(span) for span in row["spans"]]
    next(span for span in spans if wanted(span)).update(values)
    return {"spans": spans}


def test_two_thousand_records_pass(tmp_path):
    """Nothing is found, by any check, in Parquet and in CSV; the pack's checks look at every record."""
    for name in ("o.parquet", "o.csv"):
        td.generate("hiring", count=2000 if name == "o.parquet" else 300).write(tmp_path / name)
        report = validate(tmp_path / name)
        assert report.clean, [tally for tally in report.tallies if tally.violations]
        assert {f"hiring: {own}" for own in OWN} <= {tally.check for tally in report.tallies}
        assert {tally.records for tally in report.tallies} == {report.records}


@pytest.mark.parametrize("name", OWN)
def test_an_untouched_record_passes(look, name):
    assert look(name, 0, lambda _: {}) == []


@pytest.mark.parametrize(
    ("name", "column", "change"),
    [
        ("labels", "match_label", lambda row: {"match_label": 1 - row["match_label"]}),
        ("labels", "match_grade", lambda row: {"match_grade": "none" if row["match_grade"] == "strong" else "strong"}),
        ("score", "score", lambda row: {"score": round(row["score"] / 2, 4) + 0.01}),
        ("components", "preferred_coverage", lambda _: {"preferred_coverage": 0.123}),
        ("components", "experience_score", lambda _: {"experience_score": 0.987}),
        ("components", "seniority_score", lambda _: {"seniority_score": 0.5}),
        ("components", "education_score", lambda _: {"education_score": 0.1}),
        ("components", "must_have_missing", lambda row: {"must_have_missing": not row["must_have_missing"]}),
        ("components", "required_coverage", lambda row: {"skills": row["required"], "required_coverage": 0.9}),
        ("skills", "skills", lambda row: {"skills": [*row["skills"], "Frobnicator 9"]}),
        ("skills", "skills", lambda row: {"skills": [*row["skills"], row["skills"][0]]}),
        ("skills", "preferred", lambda row: {"preferred": [*row["preferred"], row["required"][1]]}),
        ("skills", "must_have", lambda row: {"must_have": row["preferred"][0]}),
        ("skills in texts", "resume_text", lambda row: {"skills": [*row["skills"], "COBOL"]}),
        ("skills in texts", "job_skill_text", lambda row: {"job_skill_text": row["job_skill_text"][:40]}),
        ("levels", "years", lambda _: {"years": 40}),
        ("levels", "years_min", lambda row: {"years_min": row["years_max"] + 1}),
        ("people", "resume_text", lambda _: {"name": "Zzz Qqq"}),
        ("careers", "resume_text", lambda row: {"years": row["years"] + 3}),
    ],
)  # fmt: skip
def test_a_changed_fact_is_found(look, name, column, change):
    """One value of record 7 is another."""
    assert (7, column) in {(number, where) for number, where, _, _ in look(name, 7, change)}


def test_every_component_is_looked_at(look):
    """The values above are no coincidence: each component is compared."""
    found = look("components", 3, lambda _: dict.fromkeys(("preferred_coverage", "experience_score"), 0.4321))
    assert {where for _, where, _, _ in found} == {"preferred_coverage", "experience_score"}


def test_a_swapped_split_is_found(rows, look):
    """A record is moved to another part: its families, at least, are of the first."""
    number = place(rows, lambda row: row["split"] == "test")
    found = look("splits", number, lambda _: {"split": "train"})
    assert {column for _, column, _, _ in found} >= {"rule_family"}


def test_an_employer_in_two_splits_is_found(rows, look):
    company = next(row["company"] for row in rows if row["split"] == "train")
    number = place(rows, lambda row: row["split"] == "test")
    assert [(column, found) for _, column, found, _ in look("splits", number, lambda _: {"company": company})] == [
        ("company", f"{company} in test")
    ]


@pytest.mark.parametrize(
    ("fact", "value", "expected"),
    [
        ("jobs.to", "2031-01", "do not overlap"),
        ("jobs.to", "1999-01", "ends after it begins"),
        ("jobs.from", "soon", "YYYY-MM"),
        ("graduated", "2031", "before the first job"),
        ("jobs.title", "Principal Software Architect", "do not fall"),
    ],
)
def test_careers_that_make_no_sense_are_found(rows, look, fact, value, expected):
    """Overlapping jobs, jobs that end before they begin, school after work."""
    number = place(rows, lambda row: [span["fact"] for span in row["spans"]].count("jobs.to") >= 2)
    facts = [span for span in rows[number]["spans"] if span["fact"] == fact]
    found = look("careers", number, lambda row: with_span(row, lambda span: span == facts[-1], value=value))
    assert expected in " ".join(told for _, _, _, told in found)


def test_a_skill_before_its_time_is_found(rows, look):
    """A framework of 2022 in a job that ended in 2005."""

    def old(row):
        return any(span["fact"] == "jobs.to" and span["value"] < "2012" for span in row["spans"])

    number = place(rows, old)
    last = max(place for place, span in enumerate(rows[number]["spans"]) if span["fact"] == "jobs.to")

    def earlier(row):
        spans = [dict(span) for span in row["spans"]]
        spans.insert(last + 1, {**spans[last], "fact": "jobs.bullets.skill", "type": "SKILL", "value": "LangChain"})
        return {"spans": spans}

    assert "no skill before 20" in " ".join(told for *_, told in look("careers", number, earlier))


def test_an_address_of_somebody_else_is_found(look):
    """The e-mail address goes with another name."""

    def other(row):
        return with_span(row, lambda span: span["fact"] == "email", value="jane.doe@example.com")

    assert [found for _, _, found, _ in look("people", 2, other)] == ["jane.doe@example.com"]


def test_damaged_records_do_not_stop_the_packs_checks(tmp_path):
    """Values of other types are the schema's, and the pack's checks pass over those records."""
    path = tmp_path / "o.jsonl"
    td.generate("hiring", count=30).write(path)
    lines = path.read_text("utf-8").splitlines()
    for number, values in enumerate(
        [{"score": None}, {"skills": "SQL"}, {"spans": [3]}, {"level": 4}, {"years": "many"}, {"rule_family": None}]
    ):
        lines[number] = json.dumps({**json.loads(lines[number]), **values})
    row = json.loads(lines[8])
    lines[8] = json.dumps({**row, "match_label": 1 - row["match_label"]})
    path.write_text("\n".join(lines) + "\n", "utf-8")
    tallies = {tally.check: tally for tally in validate(path).tallies}
    assert {each.record for each in tallies["schema"].examples} == {0, 1, 3}
    assert tallies["schema"].violations == 5
    assert tallies["hiring: labels"].records == 24
    assert [each.record for each in tallies["hiring: labels"].examples] == [8]


def test_a_selection_of_columns_leaves_checks_out(tmp_path):
    """What needs a column that is not written is left out, and says so."""
    path = tmp_path / "o.jsonl"
    td.generate("hiring", count=20, columns=["resume_text", "match_label", "match_grade", "score"]).write(path)
    report = validate(path)
    assert report.clean
    verdicts = {tally.check: tally.verdict for tally in report.tallies}
    assert verdicts["hiring: labels"] == "passes"
    assert verdicts["hiring: splits"] == verdicts["hiring: skills"] == "left out"


def test_a_recipe_that_shares_the_name_alone_has_no_such_checks():
    assert checks(td.Recipe("hiring", {"n": td.serial()})) == {}


def test_a_record_is_summed_up(rows):
    """Who, for what, and how the score comes about, in lines of 80 characters but for long titles."""
    lines = summary(rows[0])
    assert rows[0]["name"] in lines[0]
    assert f"label {rows[0]['match_label']}" in lines[2]
    assert len(lines[3]) < 75


def test_a_users_own_posts_may_say_anything(tmp_path):
    """Their addresses, and that they come again, are no violations; that a post is in two splits is one."""
    wanted = ("Python, Django, PostgreSQL, Docker and Kubernetes", "SQL, Tableau, Microsoft Excel, Python and Power BI")
    posts = [
        {"title": title, "text": f"{title} {number} with 5 years of experience in {skills}. Ask joe{number}@gmail.com."}
        for number in range(12)
        for title, skills in zip(("Senior Backend Engineer", "Data Analyst"), wanted, strict=True)
    ]
    (tmp_path / "posts.jsonl").write_text("".join(json.dumps(post) + "\n" for post in posts), "utf-8")
    path = tmp_path / "o.jsonl"
    td.generate("hiring", count=200, options={"jobs": str(tmp_path / "posts.jsonl")}).write(path)
    report = validate(path)
    assert report.clean, [tally for tally in report.tallies if tally.violations]
    lines = path.read_text("utf-8").splitlines()
    row = json.loads(lines[3])
    lines[3] = json.dumps({**row, "split": "test" if row["split"] == "train" else "train"})
    path.write_text("\n".join(lines) + "\n", "utf-8")
    wrong = {tally.check: tally.examples for tally in validate(path).tallies if tally.violations}
    assert {each.column for each in wrong["hiring: splits"]} >= {"job_skill_text"}
