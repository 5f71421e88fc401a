"""Laws of the taxonomy: nothing dangles, nothing is said twice, and every role is there at every level."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest

from treadle.packs.hiring.taxonomy import DEGREES, INDUSTRIES, KINDS, LEVELS, Skill, TechSkillsTaxonomy

GROUPS = {
    *("engineering", "data", "ml", "devops", "security", "qa", "mobile", "product", "design", "support"),
    *("finance", "health", "retail", "logistics", "education", "public"),
}  # fmt: skip
FIRST_YEAR, THIS_YEAR = 1900, 2025


def test_there_are_as_many_skills_and_roles_as_promised(taxonomy):
    assert len(taxonomy.skills) >= 600
    assert len(taxonomy.roles) >= 60
    assert {role.group for role in taxonomy.roles.values()} == GROUPS
    assert min(Counter(role.group for role in taxonomy.roles.values()).values()) >= 3
    assert {role.industry for role in taxonomy.roles.values()} == set(INDUSTRIES)
    assert {skill.kind for skill in taxonomy.skills.values()} == set(KINDS)


def test_names_lead_somewhere(taxonomy):
    """Siblings, predecessors, successors, near roles and the skills of roles are all there; none names itself."""
    assert taxonomy.problems() == []
    for skill in taxonomy.skills.values():
        others = [*skill.siblings, *filter(None, (skill.predecessor, skill.successor))]
        assert set(others) <= set(taxonomy.skills), skill.name
        assert skill.name not in others
        assert len(set(skill.siblings)) == len(skill.siblings), skill.name
    for role in taxonomy.roles.values():
        assert set(role.near) <= set(taxonomy.roles) - {role.name}, role.name
        assert role.near, role.name
        assert set(role.skills) <= set(taxonomy.skills), role.name
        assert len(set(role.skills)) == len(role.skills), role.name


def test_a_way_of_writing_belongs_to_one_skill(taxonomy):
    """No alias is another skill's alias or name, whatever the case of its letters, and none is a single letter."""
    written = Counter(each.casefold() for skill in taxonomy.skills.values() for each in (skill.name, *skill.aliases))
    assert [each for each, count in written.items() if count > 1] == []
    aliases = [alias for skill in taxonomy.skills.values() for alias in skill.aliases]
    assert not [alias for alias in aliases if len(alias) < 2 or alias != " ".join(alias.split())]
    assert len(taxonomy.by_alias) == len(written)


def test_no_problem_of_a_taxonomy_goes_unseen():
    wrong = TechSkillsTaxonomy(
        [
            Skill("Go", "language", "language", aliases=("Golang",), siblings=("Rust",)),
            Skill("Ada", "language", "language", aliases=("Golang", "Go"), successor="SPARK"),
        ],
        [],
    )
    found = "\n".join(wrong.problems())
    for words in ("'Go' names 'Rust'", "'Ada' names 'SPARK'", "'Golang' of 'Ada'", "'Go' of 'Ada'"):
        assert words in found


def test_years_are_in_order(taxonomy):
    """A skill is not declined before it appears, nor a successor older than what it follows."""
    skills = taxonomy.skills
    for skill in skills.values():
        for year in filter(None, (skill.introduced, skill.declined)):
            assert FIRST_YEAR <= year <= THIS_YEAR, skill.name
        assert not skill.declined or skill.declined > skill.introduced, skill.name
        for earlier, later in pairwise(name for name in (skill.predecessor, skill.name, skill.successor) if name):
            first, second = skills[earlier].introduced, skills[later].introduced
            assert not (first and second) or first <= second, f"{earlier} ({first}) before {later} ({second})"


def test_a_role_asks_for_enough_at_every_level(taxonomy):
    """Weights are 0 to 5; at each level at least 12 skills are required and 10 preferred, 8 of them no soft skills."""
    for role in taxonomy.roles.values():
        assert 18 <= len(role.skills) <= 26, role.name
        soft = [taxonomy.skills[name].kind == "soft" for name in role.skills]
        for weights in (role.required, role.preferred):
            assert all(len(row) == len(LEVELS) and set(row) <= set(range(6)) for row in weights), role.name
        for level, name in enumerate(LEVELS):
            needed = [row[level] > 0 for row in role.required]
            wished = [row[level] > 0 for row in role.preferred]
            assert sum(needed) >= 12, f"{role.name}, {name}"
            assert sum(wished) >= 10, f"{role.name}, {name}"
            assert sum(need and not light for need, light in zip(needed, soft, strict=True)) >= 8, (
                f"{role.name}, {name}"
            )


def test_titles_tell_roles_and_levels_apart(taxonomy):
    """Within a role no title stands at two levels; a role has two titles a level, and the degree usual there."""
    for role in taxonomy.roles.values():
        titles = [title for level in role.titles for title in level]
        assert len(set(titles)) == len(titles), role.name
        assert all(len(level) >= 2 for level in role.titles), role.name
        assert len(role.education) >= 3, role.name
        assert set(role.degree) <= set(DEGREES), role.name
        places = [DEGREES.index(degree) for degree in role.degree]
        assert places == sorted(places), role.name
        assert role.least in DEGREES, role.name
        assert len(role.certificates) >= 3, role.name


def test_nobody_begins_as_a_lead(taxonomy):
    """No title at entry level leads; leads and architects come from a role that people do begin in."""
    for role in taxonomy.roles.values():
        assert not re.search(
            r"\b(?:Lead|Head|Chief|Principal|Director|Staff (?!Accountant))\b", " ".join(role.titles[0])
        ), role.name
        assert not taxonomy.roles[taxonomy.junior(role.name)].lowest
    assert {name for name, role in taxonomy.roles.items() if role.lowest} == {
        "mobile engineering lead",
        "software architect",
        "security architect",
    }


def test_every_role_level_and_skill_of_a_role_is_reached(rows, taxonomy):
    """In ten thousand records each role is asked for at each level that it has, and held by a candidate; most skills are seen."""
    there = {(name, level) for name, role in taxonomy.roles.items() for level in LEVELS[role.lowest :]}
    assert {(row["role"], row["level"]) for row in rows} == there
    assert {row["candidate_role"] for row in rows} == set(taxonomy.roles)
    listed = {name for role in taxonomy.roles.values() for name in role.skills}
    assert listed <= {name for row in rows for name in (*row["required"], *row["preferred"], *row["skills"])}


@pytest.mark.parametrize(("alias", "name"), [("k8s", "Kubernetes"), ("Postgres", "PostgreSQL"), ("JS", "JavaScript")])
def test_an_alias_leads_to_its_skill(taxonomy, alias, name):
    assert taxonomy.by_alias[alias] == name
    assert taxonomy.by_alias[name] == name


def test_siblings_are_mutual(taxonomy):
    for name, skill in taxonomy.skills.items():
        assert set(skill.siblings) <= set(taxonomy.siblings(name))
        assert all(name in taxonomy.siblings(other) for other in skill.siblings)
        assert name not in taxonomy.siblings(name)


def test_names_are_as_a_sentence_writes_them(taxonomy):
    """No name or alias has stray spaces, template characters or control characters."""
    for name in taxonomy.by_alias:
        assert re.fullmatch(r"[^\s{}\[\]|\\](?:[^{}\[\]|\\\t\n]*[^\s{}\[\]|\\])?", name), name
