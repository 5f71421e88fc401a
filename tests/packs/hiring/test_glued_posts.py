"""Posts as they come from web pages: lines lost, words glued together, tags written as entities, other languages."""

from __future__ import annotations

import pytest

from treadle.packs.hiring.inline_headings import inline_headings
from treadle.packs.hiring.language import language_of
from treadle.packs.hiring.markup import plain
from treadle.packs.hiring.reader import Asked, PostReader, TooLittle
from treadle.packs.hiring.sections import LONG, clauses
from treadle.packs.hiring.words import loose

FILLER = (
    "The team looks after what other people of the house build on, and likes to do so with care and in good company. "
    * 3
)


@pytest.fixture(scope="module")
def reader(taxonomy):
    return PostReader(taxonomy)


def names(reader, codes):
    return {reader.taxonomy.names[code] for code in codes}


@pytest.mark.parametrize(
    ("text", "skills"),
    [
        (
            "communication skillsExperience in PythonProficiency in SQLStrong Tableau",
            {"Python", "SQL", "Tableau", "communication"},
        ),
        (
            "JavaScript, TypeScript, PostgreSQL, GitHub and PowerPoint",
            {"JavaScript", "TypeScript", "PostgreSQL", "GitHub", "Microsoft PowerPoint"},
        ),
        ("skillsJavaScriptExperience", {"JavaScript"}),
        ("MachineLearning", {"machine learning"}),
        ("LinkedIn, YouTube, McDonald", set()),
        ("Hong Kong, Phoenix, AZ, linear programming, our teammates", set()),
        ("committed to accessibility. Events organized by us.", set()),
    ],
)
def test_glued_words_are_read_apart(reader, text, skills):
    found = reader.skills.mentions(text)
    assert names(reader, (mention.code for mention in found)) == skills


def test_places_in_loose_text_are_those_of_the_text():
    text = "goodSkills and PythonCode"
    seen = loose(text, {"python"})
    assert seen.lower == "good skills and python code"
    assert [seen.place(seen.lower.index(word)) for word in ("skills", "and", "python", "code")] == [4, 11, 15, 21]
    assert seen.place(len(seen.lower)) == len(text)


@pytest.mark.parametrize("gap", [" ", ""])
def test_headings_inside_one_long_line_open_sections(reader, gap):
    text = (
        f"About us: We sell Oracle and Java trainings. {FILLER}{gap}Responsibilities Write SQL queries for reports."
        f"{gap}Requirements: 4+ years of experience with Python and Tableau.{gap}Preferred Skills: Snowflake, Airflow."
        f"{gap}Benefits: Free access to Udemy and Kotlin classes."
    )
    assert len(text) > LONG
    kinds = [heading.kind for heading in inline_headings(text)]
    assert kinds == ["ignored", "duties", "required", "preferred", "ignored"]
    asked = reader.read("Data Analyst", text)
    assert isinstance(asked, Asked)
    assert names(reader, asked.required) == {"SQL", "Python", "Tableau"}
    assert names(reader, asked.preferred) == {"Snowflake", "Apache Airflow"}
    assert asked.years_min == 4


def test_clauses_of_a_long_line_leave_nothing_out():
    text = f"{FILLER}Requirements: Python (3 or more); SQL.Bonus pointsDocker \u2022 Kafka\n{FILLER}"
    parts = clauses(text)
    assert "".join(part.text for part in parts) == text
    assert all(text.startswith(part.text, part.start) for part in parts)


@pytest.mark.parametrize("line", ["Experience with Flask or Django", "Strong knowledge of SQL", "Skills in Excel"])
def test_a_line_that_asks_is_no_heading(line):
    assert [clause.kind for clause in clauses(f"Nice to have\n{line}")] == ["preferred", "preferred"]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("About You3+ years of experience in data", 3),
        ("a related discipline.2-4 years of experience with data", 2),
        ("2.5 years of experience with data", 0),
    ],
)
def test_years_are_read_behind_glued_words(reader, text, years):
    assert reader.read("Data Analyst", f"{text}. SQL, Python, Tableau").years_min == years


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("MS or PhD in statistics", "master"),
        ("BS/MS/PhD in mathematics", "bachelor"),
        ("B.S. or M.S. in statistics", "bachelor"),
        ("Advanced degree in physics", "master"),
        ("MS SQL and MS Office", "none"),
    ],
)
def test_degrees_in_letters_are_read(reader, text, degree):
    assert reader.read("Data Analyst", f"{text}\nSQL, Python, Tableau").degree == degree


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (
            "Wir suchen für unser Team in Berlin eine Person für Python und SQL, die gerne mit uns und der Abteilung plant.",
            "German",
        ),
        (
            "Dans notre équipe vous travaillerez avec les métiers sur des projets et vous êtes à l'aise avec Python et SQL.",
            "French",
        ),
        (
            "Du får en rolle i teamet, og det er vigtigt, at du har erfaring med SQL, og at du er god til det.",
            "Danish",
        ),
        (
            "Buscamos para el equipo una persona con Python y SQL, que se encarga de los informes y del análisis con los equipos.",
            "Spanish",
        ),
        ("我们正在寻找一名熟悉 Python 和 SQL 的数据分析师加入我们的团队", "Chinese"),
        ("データ分析の経験がある方を募集しています Python SQL", "Japanese"),
        ("Ищем аналитика данных", "Cyrillic"),
        ("Python, SQL, Tableau, Snowflake", "English"),
        (
            "You will work with the team of die designers and an der Heide plant, and you are good with the tools that they use.",
            "English",
        ),
        ("", "English"),
    ],
)
def test_the_language_of_a_post_is_told(text, language):
    assert language_of(text) == language


def test_a_post_in_another_language_is_left_out_with_the_language(reader):
    text = (
        "Wir suchen eine Person für Python, SQL und Tableau, die gerne mit uns und der Abteilung und dem Betrieb plant."
    )
    asked = reader.read("Data Analyst (m/w/d)", text)
    assert isinstance(asked, TooLittle)
    assert asked.reason == "not in English (German)"


def test_an_employer_that_is_called_as_a_skill_is_none(reader):
    text = "At Snowflake you know SQL, Python and Tableau. We at Snowflake like dashboards, experience with Snowflake or not."
    assert "Snowflake" in names(reader, reader.read("Data Analyst", text).required)
    assert "Snowflake" not in names(reader, reader.read("Data Analyst", text, "Snowflake").required)


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("Sr. Director, Data Science", "data scientist"),
        ("Research Data Analyst/Senior Statistician - San Diego", "data analyst"),
        ("Sr. Banking Data Warehouse - Data Analyst (Remote or Onsite)", "data analyst"),
        ("Manager, Data Analytics", "data analyst"),
        ("Registered Nursing, Night Shift", "registered nurse"),
    ],
)
def test_titles_as_people_write_them_find_their_role(reader, title, role):
    assert reader.roles.find(title, []) == role


def test_general_words_alone_make_no_role(reader):
    assert reader.roles.find("Manager, Astronautics", []) is None


def test_tags_written_as_entities_are_tags():
    text = "&lt;div&gt;&lt;p&gt;C++ &amp;amp; Go&lt;/p&gt;&lt;ul&gt;&lt;li&gt;SQL&lt;/li&gt;&lt;/ul&gt;&lt;/div&gt;"
    assert plain(text) == "C++ & Go\n\n- SQL"


def test_what_is_asked_for_next_begins_anew_without_marks(reader):
    text = (
        f"{FILLER}Skills: 3 years experience with SQL Great knowledge of dashboards Experience with Looker or Tableau"
        " Fluency in Python is a plus Knowledge of R"
    )
    asked = reader.read("Data Analyst", text)
    assert names(reader, asked.preferred) == {"Python"}
    assert {"SQL", "Looker", "Tableau", "R"} <= names(reader, asked.required)


def test_what_an_agency_tells_of_itself_does_not_count(reader):
    text = f"Requirements: SQL, Python, Tableau. {FILLER}About Sayva: our teamwork in Kotlin and Java is well known. {FILLER}"
    assert names(reader, reader.read("Data Analyst", text).required) == {"SQL", "Python", "Tableau"}
