"""Résumés and job posts of six trades, target first: the label decides how many of the skills asked for are there."""

import json
from pathlib import Path

import treadle as td

DATA = Path(__file__).parent / "data"
OF = json.loads((DATA / "trades.json").read_text(encoding="utf-8"))
LINE = {skill: line for skills in OF["skills"].values() for skill, line in skills.items()}
# A skill is drawn as its place, 0 to 11, in the list of the trade; the first six are the core of it and count double.
NAME = td.derive(lambda trade, place: 12 * trade + place, "trade", "item", values=list(LINE))

pairs = td.Recipe(
    "resume-pairs",
    {
        "label": td.quota(["match", "no match"]),
        "trade": td.quota(list(OF["skills"]), across="label"),
        **{part: td.choice(OF[part], by="trade") for part in ("title", "job_title", "now", "employer", "degree")},
        **{part: td.choice(OF[part]) for part in ("first", "last", "phone")},
        "years": td.integer(2, 15),
        "required": td.sample(range(12), 6),
        "shared": td.choice({"match": [4, 5, 6], "no match": [0, 1, 2]}, by="label"),
        "held": td.sample(of="required", count="shared"),
        "rest": td.derive(lambda shared: 6 - shared, "shared"),
        "others": td.sample(range(12), "rest", without="required"),
        "has": td.merge("held", "others"),
        "asks": td.each(over="required", fields={"skill": NAME}, columns=["skill"]),
        "cv": td.each(over="has", fields={"skill": NAME, "n": td.integer(3, 9), "line": td.text(td.by("skill", LINE))}),
        "resume": td.text("{resume_layout}"),
        "job": td.text("{job_layout}"),
        "points": td.derive(lambda need, has: need.sum(need.isin(has) * (2 - need.codes // 6)), "required", "has"),
        "most": td.derive(lambda need: need.sum(2 - need.codes // 6), "required"),
        "score": td.derive(lambda points, most: 10_000 * points // most, "points", "most", places=4),
    },
    columns=["trade", "resume", "job_title", "job", "asks", "score", "label"],
    labels=["label", "score"],
    rules=td.read_rules(DATA / "resume_pair.rules"),
    checks=[td.check("score agrees", "label = match and score > 0.5 or label = 'no match' and score < 0.5")],
)
