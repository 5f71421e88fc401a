"""Roles of a user's own: made of the taxonomy's skills, with the duties of a role that they are like; what lacks is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

import treadle as td
from treadle.packs.hiring.lists import read_list
from treadle.packs.hiring.own_roles import with_own_roles
from treadle.packs.hiring.recipe import configured
from treadle.packs.hiring.sentences import Sentences
from treadle.packs.hiring.taxonomy import LEVELS

SKILLS = ("large language models", "Python", "LangChain", "OpenAI API", "Git", "SQL", "communication", "spaCy", "NLTK")


def written(folder, text, name="roles.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_role_of_a_users_own_reads_like_the_one_it_is_like(tmp_path, taxonomy):
    """Its skills are asked for, its titles are made of its name, and its duties are those of the other role."""
    roles = written(
        tmp_path, f"role,skills,like,weight\nprompt engineer,{'|'.join(SKILLS)},NLP Engineer,3\nregistered nurse,,,1\n"
    )
    made = configured(roles_list=roles)
    made = replace(made, columns=(*made.columns, "target"))
    rows = list(td.generate(made, count=200, truth=False))
    own = [row for row in rows if row["role"] == "prompt engineer"]
    assert {row["role"] for row in rows} == {"prompt engineer", "registered nurse"}
    assert len(own) > 100
    assert {row["job_title"] for row in own} <= {
        form.format("Prompt Engineer")
        for form in ("Junior {}", "{} I", "{}", "{} II", "Senior {}", "{} III", "Lead {}", "Principal {}")
    }
    assert {row["level"] for row in own} == set(LEVELS)
    sentences = Sentences.of(with_own_roles(read_list("roles", roles), taxonomy))
    like, mine = list(taxonomy.roles).index("NLP engineer"), len(taxonomy.roles)
    first, count = sentences.duty_first, sentences.duty_count
    duties = [sentences.rests[first[place] : first[place] + count[place]] for place in (like, mine)]
    assert duties[0] == duties[1] != ()
    for row in own:
        assert set(row["required"]) | set(row["preferred"]) <= set(SKILLS)
        assert row["required"]
        assert row["industry"]
        assert row["job_skill_text"]
    bands = {"none": (0, 0.45), "low": (0.45, 0.6), "high": (0.6, 0.75), "strong": (0.75, 1.01)}
    assert not [row for row in rows if not bands[row["target"]][0] <= row["score"] < bands[row["target"]][1]]


def test_a_role_can_have_skills_of_the_users_own(tmp_path):
    skills = written(tmp_path, "skill,kind\n" + "".join(f"solar skill {n},tool\n" for n in range(9)), "skills.csv")
    listed = "|".join(f"solar skill {n}" for n in range(9))
    roles = written(tmp_path, f"role,skills,like\nsolar technician,{listed},it help desk technician\n")
    rows = list(td.generate(configured(roles_list=roles, skills_list=skills), count=40, truth=False))
    assert {row["role"] for row in rows} == {"solar technician"}
    assert all(name.startswith("solar skill") for row in rows for name in row["required"])


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("role\nsolar technician", "needs columns skills"),
        ("role,skills\nsolar technician,Python|SQL", "and like"),
        ("role,skills,like\nsolar technician,Python|SQL,NLP engineer", "has 2 skills: expected 8 to 26"),
        ("role,skills,like\nsolar technician,Python|wiring,NLP engineer", "skill 'wiring' is none of the taxonomy"),
        (
            "role,skills,like\nsolar technician,Python|SQL,nlp enginer",
            "like='nlp enginer' is none of the taxonomy: did you mean",
        ),
        (
            "role,skills,like\nlistener,communication|patience|empathy|teamwork|initiative|Git|SQL|R,NLP engineer",
            "asks for soft skills alone",
        ),
    ],
)
def test_what_a_role_lacks_is_told(tmp_path, rows, told):
    with pytest.raises(td.UsageError) as caught:
        configured(roles_list=written(tmp_path, rows))
    assert told in str(caught.value)
    assert "roles=" in str(caught.value)
