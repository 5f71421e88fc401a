"""What a post asks for is read from it: skills by name and alias and not by accident, level, years, degree, role."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from treadle.packs.hiring.data import table
from treadle.packs.hiring.posts_file import read_posts
from treadle.packs.hiring.reader import Asked, PostReader, TooLittle
from treadle.packs.hiring.sections import clauses

POSTS = Path(__file__).parent / "data" / "posts.jsonl"


@pytest.fixture(scope="module")
def reader(taxonomy):
    return PostReader(taxonomy)


@pytest.fixture(scope="module")
def labelled(reader):
    """Return posts with what a person found in them, and what the reader did."""
    labels = [json.loads(line).get("expected") for line in POSTS.read_text(encoding="utf-8").splitlines()]
    posts = read_posts(POSTS).posts
    return [(post, labels[post.row - 1], reader.read(post.title, post.text)) for post in posts if labels[post.row - 1]]


def found(reader, text):
    return {reader.taxonomy.names[mention.code] for mention in reader.skills.mentions(text)}


@pytest.mark.parametrize("which", ["required", "preferred"])
def test_precision_and_recall_on_posts_labelled_by_hand(labelled, reader, which):
    assert len(labelled) == 15
    right = wrong = missed = 0
    for _, expected, asked in labelled:
        got = {reader.taxonomy.names[code] for code in getattr(asked, which)}
        want = set(expected[which])
        right, wrong, missed = right + len(got & want), wrong + len(got - want), missed + len(want - got)
    assert right / (right + wrong) >= 0.9
    assert right / (right + missed) >= 0.9


@pytest.mark.parametrize("fact", ["role", "level", "years", "degree"])
def test_other_facts_of_posts_labelled_by_hand(labelled, fact):
    name = {"years": "years_min"}.get(fact, fact)
    right = sum(getattr(asked, name) == expected[fact] for _, expected, asked in labelled)
    assert right >= 0.9 * len(labelled)


def test_spans_hold_what_they_name(labelled, reader):
    for post, _, asked in labelled:
        last = 0
        for mention in asked.mentions:
            assert last <= mention.start < mention.end
            last = mention.end
            surface = post.text[mention.start : mention.end]
            assert reader.skills.mentions(surface + " experience") or surface.lower() in post.text.lower()
        for start, end, _ in asked.years:
            assert post.text[start:end].strip() == post.text[start:end]


@pytest.mark.parametrize(
    "text",
    [
        "Go above and beyond. Go to market in May. We go live on Thursday. Ready, set, Go!",
        "Our go-to-market team and our Go-to-Market plan.",
        "An R&D job. R & D is in Leeds. Series C funding, vitamin C, a C-level sponsor, plan C, room C.",
        "You express yourself. Express delivery. Express Scripts is our client.",
        "Swift response times. Swift Transportation. Less is more. Natural light. Room to grow. What matters: Matter.",
        "Thread carefully. It takes patience with thread and fabric.",
        "Spark joy. Sparks fly. Excel at what you do. You excel under pressure. We react quickly.",
        "We are a young organization. Benefits at our discretion. A matter of integrity and accuracy.",
        "The chef puts salt in the soup and rust off the pan. A ray of light. Epic parties. Zoom in on it.",
        "Access to the building. A clean record. Word of mouth. Teams of five.",
        "Write to jobs@python.example or see www.docker.com.",
        "A can-do attitude. You can lead.",
    ],
)
def test_words_are_not_taken_for_skills(reader, text):
    assert found(reader, text) <= {"patience"}


@pytest.mark.parametrize(
    ("text", "skills"),
    [
        ("Services in Go and Rust.", {"Go", "Rust"}),
        ("Go developer wanted", {"Go"}),
        ("R, Python and SQL", {"R", "Python", "SQL"}),
        ("You write C for controllers", {"C"}),
        ("C/C++ and C#", {"C", "C++", "C#"}),
        ("C#, .NET and ASP.NET Core", {"C#", ".NET", "ASP.NET Core"}),
        ("experience with Spark", {"Apache Spark"}),
        ("advanced Excel", {"Microsoft Excel"}),
        ("k8s, Postgres, JS", {"Kubernetes", "PostgreSQL", "JavaScript"}),
        ("Node.js / Express / React", {"Node.js", "Express", "React"}),
        ("machine-learning, Machine Learning", {"machine learning"}),
        ("unit\ntesting", {"unit testing"}),
        ("Java is not JavaScript", {"Java", "JavaScript"}),
        ("SQL Server Integration Services", {"SQL Server Integration Services"}),
        ("R&D builds on TypeScript", {"TypeScript"}),
        ("python, docker, react", {"Python", "Docker", "React"}),
    ],
)
def test_skills_are_found_as_people_write_them(reader, text, skills):
    assert found(reader, text) == skills


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("5+ years of experience in SQL", (5, None)),
        ("3-5 years of experience", (3, 5)),
        ("3 to 5 years' experience", (3, 5)),
        ("at least two years in a similar role", (2, None)),
        ("minimum 4 years of experience, 2 years of it with SQL", (4, None)),
        ("Experience: 7 years working with data", (7, None)),
        ("We have done this for over 30 years with experience.", (0, None)),
        ("In the last 5 years we have grown.", (0, None)),
        ("You are 18 years old.", (0, None)),
        ("A 3-year contract.", (0, None)),
    ],
)
def test_years_are_read(reader, text, years):
    asked = reader.read("Data Analyst", f"{text}\nSQL, Tableau, Python")
    assert (asked.years_min, asked.years_max) == years


@pytest.mark.parametrize(
    ("title", "text", "level"),
    [
        ("Senior Data Analyst", "", "senior"),
        ("Sr. Data Analyst", "", "senior"),
        ("Data Analyst II", "", "mid"),
        ("Junior Data Analyst", "", "entry"),
        ("Lead Data Analyst", "", "staff"),
        ("Data Analyst", "No experience needed.", "entry"),
        ("Data Analyst", "We are hiring a senior person.", "senior"),
        ("Data Analyst", "6+ years of experience.", "senior"),
        ("Data Analyst", "You report to our Senior Manager.", "mid"),
        ("Staff Nurse", "", "mid"),
        ("Staff Engineer", "", "staff"),
    ],
)
def test_levels_are_read(reader, title, text, level):
    asked = reader.read(
        title, f"{text}\nSQL, Tableau, Python, Java, Docker, PostgreSQL, wound care, patient assessment"
    )
    assert asked.level == level


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Kafka is a plus", "preferred"),
        ("Bonus points for Kafka", "preferred"),
        ("Kafka preferred", "preferred"),
        ("Nice to have: Kafka", "preferred"),
        ("No experience with Kafka is required", "ignored"),
        ("Kafka", "other"),
    ],
)
def test_cues_tell_what_is_preferred(line, kind):
    assert [clause.kind for clause in clauses(line) if "Kafka" in clause.text] == [kind]


def test_clauses_leave_nothing_out():
    for post in read_posts(POSTS).posts:
        parts = clauses(post.text)
        assert "".join(part.text for part in parts) == post.text
        assert [part.start for part in parts] == sorted(part.start for part in parts)
        assert all(post.text.startswith(part.text, part.start) for part in parts)


@pytest.mark.parametrize(
    ("title", "text", "reason"),
    [
        ("Chef", "Cook nice things.", "fewer than 3 skills found (none)"),
        ("Astronaut", "communication, teamwork, adaptability", "no skill is required outright"),
        ("Astronaut", "wound care, COBOL, lesson planning", "no role of the taxonomy fits"),
        ("Data Analyst", "Nice to have:\n- SQL\n- Python\n- Tableau", "no skill is required outright"),
    ],
)
def test_posts_with_too_little_say_why(reader, title, text, reason):
    asked = reader.read(title, text)
    assert isinstance(asked, TooLittle)
    assert reason in asked.reason


def test_the_must_have_is_a_required_hard_skill(labelled, reader):
    for _, _, asked in labelled:
        assert isinstance(asked, Asked)
        assert asked.must_have in asked.required
        assert reader.taxonomy.skills[reader.taxonomy.names[asked.must_have]].kind != "soft"
        assert not set(asked.required) & set(asked.preferred)


def test_the_tables_of_the_reader_lead_somewhere(taxonomy):
    assert {row["skill"] for row in table("reading.tsv")} <= set(taxonomy.names)
    assert {row["role"] for row in table("role_titles.tsv")} <= set(taxonomy.roles)
