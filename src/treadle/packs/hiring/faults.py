"""Faults of the pack: which texts get them, what operators may take hold of, and whose words they use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.hiring.data import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle import Field
    from treadle.declarations import Faults
    from treadle.packs.hiring.settings import Settings
    from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy

    Ints = NDArray[np.int64]

TEXTS = {"resume_text": 2, "job_skill_text": 1, "name": 0}
"""The texts that get faults, with their weights; the name changes only together with the others."""
MARKS = {
    "date": ("DATE",), "company": ("COMPANY",), "heading": ("HEADING",), "contact": ("EMAIL", "PHONE"), "skill": ("SKILL",),
    "person": ("PERSON:name",), "given_name": ("GIVEN_NAME:given",), "family_name": ("FAMILY_NAME:family",),
    "given_native": ("GIVEN_NAME:given_native",), "family_native": ("FAMILY_NAME:family_native",), "email": ("EMAIL:email",),
    "link": ("LINK:page",), "institution": ("INSTITUTION:school",), "place": ("PLACE:home_city",), "title": ("TITLE",),
}  # fmt: skip
"""The spans that operators take hold of; cues of the candidate are those of the candidate's own facts."""
ABOUT = {"job_skill_text": "post"}
"""What the texts are about, where that is not a person."""
CLASSIC = ["name", "resume_text", "job_skill_text", "match_label", "bias_type"]
"""The columns of `--columns classic`."""


def bias_fields(settings: Settings, taxonomy: TechSkillsTaxonomy) -> dict[str, Field]:
    """Return what operators read of a record, where the settings ask for faults."""
    if faults_of(settings, taxonomy) is None:
        return {}
    return {
        "asked_for": td.text("{required}", doc="the skills that stuffing adds"),
        "lacking": td.derive(
            _lacking,
            "required",
            "skills",
            values=taxonomy.names,
            doc="a skill asked for that is claimed without evidence",
        ),
        "claimed": td.text("{lacking}"),
    }


def _lacking(required: td.Lists, skills: td.Lists) -> Ints:
    """Return the last skill asked for that is not held; the last one where all are, the first of all where none is asked for."""
    order = np.lexsort((np.arange(len(required.codes)), ~required.isin(skills), required.row))
    last = np.flatnonzero(np.diff(required.row, append=-1))
    found = np.zeros(len(required.lengths), np.int64)
    found[required.row[last]] = required.codes[order[last]]
    return found


def faults_of(settings: Settings, taxonomy: TechSkillsTaxonomy) -> Faults | None:
    """Return the faults that the settings ask for; None where there are none."""
    profile = settings.bias
    if not profile.everywhere and set(profile.families) == {"none"}:
        return None
    return td.faults(
        TEXTS,
        by="bias_type",
        profile=profile,
        marks=MARKS,
        lists={
            "aliases": [
                pair
                for skill in taxonomy.skills.values()
                for alias in skill.aliases
                for pair in ((skill.name, alias), (alias, skill.name))
            ],
            "companies": _strangers(),
            "careers": [row["line"] for row in table("other_careers.tsv")],
        },
        values={"keywords": "asked_for", "claimed": "claimed"},
        same=["target", "split"],
        about=ABOUT,
    )


def _strangers() -> list[str]:
    """Return names of employers that are none of the pack's own."""
    return [row["name"] for row in table("strangers.tsv")]
