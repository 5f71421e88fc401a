"""`--jobs` and `--vocab`: a user's own posts and lists, from the command line to the manifest."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from pathlib import Path

import pytest

import treadle as td
from running import treadle_here
from treadle.packs.hiring.posts_file import read_posts

POSTS = Path(__file__).parent / "data" / "posts.jsonl"
COUNT = 400


@pytest.fixture(scope="module")
def made():
    """Return records of the sixty posts."""
    return list(td.generate("hiring", count=COUNT, options={"jobs": str(POSTS)}))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(POSTS, tmp_path / "posts.jsonl")
    return tmp_path


@pytest.fixture
def treadle_main(capfd):
    """Return what runs the command line, checks its exit code and returns what it said on stderr."""

    def run(*arguments, fails=0):
        capfd.readouterr()
        code = treadle_here(*arguments)
        said = capfd.readouterr().err
        assert code == fails, said
        return said

    return run


def test_texts_are_the_users_own(made):
    posts = {post.row: post for post in read_posts(POSTS).posts}
    for record in made:
        post = posts[record["post_row"]]
        assert (record["job_title"], record["job_skill_text"]) == (post.title, post.text)
        assert record["contains_user_text"] is True
        assert record["rule_family"].endswith("/user")
        assert record["company"] is None


def test_labels_are_half_and_half_and_as_the_score_says(made):
    assert Counter(record["match_label"] for record in made) == {0: COUNT // 2, 1: COUNT // 2}
    assert all(record["match_label"] == (record["score"] >= 0.6) for record in made)


def test_a_post_is_in_one_split(made):
    splits = defaultdict(set)
    for record in made:
        splits[record["post_row"]].add(record["split"])
    assert all(len(each) == 1 for each in splits.values())
    assert len(splits) > 40


def test_spans_name_the_skills_and_years_of_a_post(made):
    for record in made:
        spans = [span for span in record["spans"] if span["field"] == "job_skill_text"]
        assert {span["type"] for span in spans} <= {"SKILL", "YEARS"}
        asked = {*record["required"], *record["preferred"]}
        stated = {span["value"] for span in spans if span["type"] == "SKILL"}
        assert len(asked - stated) <= 2  # what the title alone names
        for span in spans:
            surface = record["job_skill_text"][span["start"] : span["end"]]
            assert surface
            assert surface == surface.strip()


def test_a_run_is_verified_and_its_rejects_are_beside_it(folder, treadle_main):
    said = treadle_main("generate", "hiring", "--jobs", "posts.jsonl", "-n", "60", "-o", "a.jsonl")
    assert "jobs: read: 60, taken: 57" in said
    rejects = [json.loads(line) for line in (folder / "a.jsonl.rejects.jsonl").read_text().splitlines()]
    assert len(rejects) == 3
    assert rejects[-1] == {
        "file": "posts.jsonl",
        "row": 60,
        "reason": "fewer than 3 skills found (none)",
        "title": "Chef de Partie",
    }
    manifest = json.loads((folder / "a.jsonl.manifest.json").read_text())
    assert manifest["recipe_options"] == {"jobs": "posts.jsonl"}
    assert set(manifest["inputs"]) == {"jobs"}
    assert manifest["intakes"]["jobs"]["taken"] == 57
    treadle_main("verify", "a.jsonl")


def test_slices_of_a_users_posts_can_be_combined(folder, treadle_main):
    for begin, end in ((0, 30), (30, 60)):
        treadle_main(
            "generate", "hiring", "--jobs=posts.jsonl", "--records", f"{begin}:{end}", "-o", f"{begin}.jsonl", "-q"
        )
    treadle_main("generate", "hiring", "--jobs", "posts.jsonl", "-n", "60", "-o", "all.jsonl", "-q")
    treadle_main("combine", "0.jsonl", "30.jsonl", "-o", "both.jsonl", "-q")
    assert (folder / "both.jsonl").read_bytes() == (folder / "all.jsonl").read_bytes()


def test_a_stopped_run_of_a_users_posts_ends_in_the_same_bytes(folder):
    class Stop(BaseException):
        """Stops a run where it stands, as a signal would."""

    def progress(records: int) -> None:
        done.append(records)
        if len(done) == 3:
            raise Stop

    done: list[int] = []
    pairs = td.generate("hiring", count=300, options={"jobs": "posts.jsonl"})
    pairs.write("calm.jsonl", shard_size=50)
    with pytest.raises(Stop):
        pairs.write("out.jsonl", shard_size=50, progress=progress)
    assert not (folder / "out.jsonl").exists()
    pairs.write("out.jsonl", shard_size=50)
    for name in ("out.jsonl", "out.jsonl.rejects.jsonl"):
        assert (folder / name).read_bytes() == (folder / name.replace("out", "calm", 1)).read_bytes()


def test_another_file_is_another_recipe(folder, treadle_main):
    treadle_main("generate", "hiring", "--jobs", "posts.jsonl", "-n", "20", "-o", "a.jsonl", "-q")
    lines = (folder / "posts.jsonl").read_text().splitlines(keepends=True)
    (folder / "posts.jsonl").write_text("".join(lines[1:]))
    assert "was changed since" in treadle_main("verify", "a.jsonl", fails=1)


def test_processes_load_the_posts_themselves(folder, treadle_main):
    common = ("generate", "hiring", "--jobs", "posts.jsonl", "-n", "600", "-q", "--shard-size", "256")
    treadle_main(*common, "-o", "a.jsonl")
    treadle_main(*common, "-o", "b.jsonl", "--executor", "processes", "--workers", "2")
    assert (folder / "a.jsonl").read_bytes() == (folder / "b.jsonl").read_bytes()


def test_one_post_is_enough(folder):
    (folder / "one.csv").write_text('title,text\nData Analyst,"SQL, Tableau, Python"\n')
    records = list(td.generate("hiring", count=30, options={"jobs": "one.csv"}))
    assert {record["split"] for record in records} == {"train", "validation", "test"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"jobs": "none.csv"}, "jobs='none.csv': is not there"),
        (
            {"jobs": "bad.csv"},
            "none of its 1 posts can be used (fewer than 3 skills found: 1; the first is row 2, 'Chef')",
        ),
        ({"jobs": "posts.jsonl", "levels": "entry=1"}, "cannot be set with --jobs"),
        ({"jobs_title": "x"}, "names a column of --jobs FILE, which is not given"),
        ({"levels": "entry"}, ""),
        ({"levels": "boss=1"}, "levels: unknown name 'boss'"),
        ({"levels": "entry=0.5,mid=0.9"}, "the shares add up to 1.4, expected 1"),
        ({"levels": "entry=much"}, "expected shares from 0 to 1"),
        ({"levels": "entry=0.5,mid"}, "expected NAME=SHARE,NAME=SHARE or NAME,NAME"),
        ({"levels": "entry,entry"}, "each name once"),
        ({"weights": "required=0.5"}, "weights add up to 10500 basis points: expected 10000"),
        ({"weights": "macth=0.5"}, "did you mean 'match'"),
        ({"weights": "match=0.12345"}, "at most four decimals"),
        ({"weights": "match"}, "expected NAME=SHARE"),
        ({"weights": "match=0.4"}, "partial < match"),
        ({"locales": "xx_YY"}, "locales: unknown name 'xx_YY'"),
        ({"roles": "date engineer"}, "did you mean 'data engineer'"),
        ({"levles": "entry"}, "unknown option 'levles': did you mean 'levels'"),
    ],
)
def test_options_that_do_not_fit_say_so(folder, options, message):
    (folder / "bad.csv").write_text("title,text\nChef,Cook.\n")
    if not message:
        assert {each["level"] for each in td.generate("hiring", count=20, options=options)} == {"entry"}
        return
    with pytest.raises(td.UsageError) as error:
        td.generate("hiring", count=1, options=options)
    assert message in str(error.value)


SKILLS = [
    "Python", "SQL", "Docker", "Kubernetes", "AWS", "Terraform", "Git", "PostgreSQL", "Redis", "CI/CD", "Linux", "Java",
    "communication", "teamwork", "mentoring", "REST APIs", "microservices", "code review", "unit testing", "Kafka",
]  # fmt: skip


def test_weights_of_ones_own_decide_scores_and_labels(folder, treadle_main):
    weights = "required=0.6,preferred=0.1,experience=0.1,seniority=0.1,education=0.1,match=0.55"
    treadle_main("generate", "hiring", "-n", 60, "--weights", weights, "-o", "own.jsonl", "-q")
    rows = [json.loads(line) for line in (folder / "own.jsonl").read_text(encoding="utf-8").splitlines()]
    assert Counter(row["match_label"] for row in rows) == {0: 30, 1: 30}
    for row in rows:
        assert row["match_label"] == (row["score"] >= 0.55)
        parts = 0.6 * row["required_coverage"] + 0.1 * row["preferred_coverage"]
        parts += 0.1 * (row["experience_score"] + row["seniority_score"] + row["education_score"])
        assert abs(row["score"] - (min(parts, 0.44) if row["must_have_missing"] else parts)) < 0.001
    treadle_main("validate", "own.jsonl")
    treadle_main("verify", "own.jsonl", "-q")


def test_a_list_of_skills_is_all_there_is(folder, treadle_main):
    rows = "".join(f"{name},,\n" for name in SKILLS)
    (folder / "skills.csv").write_text(f"skill,kind,aliases\n{rows}FooDB,platform,Foo DB\n")
    treadle_main("generate", "hiring", "-n", "200", "--vocab", "skills=skills.csv", "-o", "a.jsonl", "-q")
    records = [json.loads(line) for line in (folder / "a.jsonl").read_text().splitlines()]
    held = {name for record in records for name in (*record["skills"], *record["required"], *record["preferred"])}
    assert held <= {*SKILLS, "FooDB", "Apache Kafka"} - {"Kafka"}
    assert "FooDB" in held
    assert Counter(record["match_label"] for record in records) == {0: 100, 1: 100}
    treadle_main("verify", "a.jsonl", "-q")


def test_a_new_skill_is_found_in_a_users_posts(folder, treadle_main):
    (folder / "skills.csv").write_text("skill,aliases\nFooDB,Foo DB\n")
    (folder / "one.csv").write_text('title,text\nData Analyst,"SQL, Tableau, Foo DB"\n')
    treadle_main(
        *("generate", "hiring", "-n", "10", "--jobs", "one.csv", "--vocab", "skills=skills.csv", "-o", "a.jsonl", "-q")
    )
    record = json.loads((folder / "a.jsonl").read_text().splitlines()[0])
    assert set(record["required"]) == {"SQL", "Tableau", "FooDB"}


def test_lists_of_companies_names_and_roles(folder, treadle_main):
    companies = [f"Company {number}" for number in range(40)]
    (folder / "companies.txt").write_text("\n".join(companies))
    (folder / "names.csv").write_text("given,family,gender\nAda,Berg,f\nBo,Costa,m\nCleo,Dahl,f\nDan,Eklund,m\n")
    (folder / "roles.csv").write_text("role,weight\nData Engineer,3\naccountant,1\n")
    lists = [
        f"--vocab={name}={name}.{'txt' if name == 'companies' else 'csv'}" for name in ("companies", "names", "roles")
    ]
    treadle_main("generate", "hiring", "-n", "100", *lists, "-o", "a.jsonl", "-q")
    records = [json.loads(line) for line in (folder / "a.jsonl").read_text().splitlines()]
    assert {record["company"] for record in records} <= set(companies)
    assert {record["role"] for record in records} == {"data engineer", "accountant"}
    assert {record["name"].split()[0] for record in records} == {"Ada", "Bo", "Cleo", "Dan"}
    assert all((record["name"].split()[0] in {"Ada", "Cleo"}) == (record["gender"] == "f") for record in records)
    manifest = json.loads((folder / "a.jsonl.manifest.json").read_text())
    assert set(manifest["inputs"]) == {"companies", "names", "roles"}


@pytest.mark.parametrize(
    ("given", "content", "message"),
    [
        ("skills=a.txt", "Python\nSQL\n", "no role is left: a role needs 8 of its skills"),
        ("skills=a.csv", "skill,kind\nFooDB,gadget\n", "kind='gadget' of 'FooDB': expected one of language"),
        ("skills=a.csv", "skill,roles\nFooDB,date engineer\n", "did you mean 'data engineer'"),
        ("skills=a.csv", "a,b\n1,2\n", "no column 'skill': its columns are a, b"),
        (
            "skills=a.csv",
            "skill,aliases\nFooDB,Postgres\n",
            "alias 'Postgres' of 'FooDB' is already that of 'PostgreSQL'",
        ),
        ("roles=a.txt", "Unicorn Wrangler\n", "is none of the taxonomy"),
        ("companies=a.txt", "Acme\n", "holds 1 companies: expected at least 30"),
        ("names=a.txt", "Ada Berg\nPlato\n", "name 'Plato': expected a given name and a family name"),
        ("names=a.csv", "given,family\n李,明\n", "has no Latin letters"),
        ("names=a.txt", "", "the list is empty"),
        ("names=none.txt", "", "cannot be read"),
        ("names=a.json", "{", "cannot be read as json"),
        ("nmaes=a.txt", "x", "unknown vocabulary 'nmaes'"),
    ],
)
def test_lists_that_cannot_be_used_say_why(folder, given, content, message, treadle_main):
    path = given.partition("=")[2]
    if not path.startswith("none"):
        (folder / path).write_text(content)
    assert message in treadle_main("generate", "hiring", "-n", "5", "--vocab", given, "-o", "x.jsonl", fails=2)
