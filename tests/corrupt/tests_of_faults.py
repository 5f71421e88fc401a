"""Texts and recipes that the tests of faults share."""

from __future__ import annotations

import treadle as td

SAMPLES = {
    "latin": ["Managed the organization of five night shifts in Zürich", "Besorgte die Verwaltung über mehrere Jahre"],
    "cyrillic": ["Руководил организацией пяти отделов в Москве", "Отвечал за качество и подготовку отчётов"],
    "cjk": ["負責專案管理並開發了推薦系統。在東京工作了五年。", "未来の計画を土台に、日本語で報告書を作成しました。"],
}
"""A few words in each of three scripts."""
HARD_TEXTS = [
    "", " ", "\n", "\n\n\n", " \n \n", "👩‍👩‍👧‍👦 family",
    "🏳️‍🌈", "שלום עולם", "مرحبا", "\u202eevil\u202c", "e\u0301\u0323 combining",
    "\u0301", 'say "hi"', "line\nbreak", "\r\n", "\ttab", "nul\x00byte", "\u2028", "𝒳𐐀", "\U0010ffff",
    "\ufeffbom", "\\", "🇩🇪🇫🇷 flags",
    "Experience\nBaker, May 2019 - June 2023\n- Managed\n- Led\n\nEducation\nDegree\n\nSkills\n• a\n• b",
    "first paragraph\n\nsecond one here\n\nthird and last one",
]  # fmt: skip
FAMILIES = {
    "none": 1,
    "textual": 1,
    "structural": 1,
    "missing": 1,
    "human-error": 1,
    "domain-specific": 1,
    "skill-match": 1,
}


def faulty(checks=(), **options) -> td.Recipe:
    """Return a recipe with texts in which most operators find something to do."""
    return td.Recipe(
        "faulty",
        {
            "id": td.serial(),
            "fault": td.quota(FAMILIES),
            "city": td.choice(["Zürich", "Genève", "Москва", "Athens"]),
            "firm": td.choice(["Oakhollow Mills", "Brightwater"], entity="FIRM"),
            "start": td.choice(["May 2019", "03/2020", "Jan '18"], entity="DAY"),
            "end": td.choice(["June 2023", "11/2022", "present"], entity="DAY"),
            "skill": td.choice(["Kubernetes", "bread plans", "Go"]),
            "mail": td.text("{city|lower}@mail.example"),
            "head": td.choice(["Experience", "Work"], entity="HEAD"),
            "text": td.text(
                '=Dear {city},\nmail: {mail}\n\n{head}\n{firm}, {start} - {end}\n- Managed the organization of "night" shifts\n'
                "- Used {skill} and {skill}, quickly\n\nEducation: {head}\nCertificate\\, {city} & Söhne"
            ),
            "other": td.text("Managed the organization in {city}, for {firm}."),
            "wanted": td.text("{skill}, welding"),
        },
        columns=["id", "fault", "city", "text", "other"],
        labels=["fault"],
        checks=list(checks),
        faults=td.faults(
            {"text": 2, "other": 1},
            by="fault",
            marks={"date": ["DAY"], "company": ["FIRM"], "heading": ["HEAD"], "contact": ["mail"], "skill": ["skill"]},
            lists={"companies": ["Northwind"], "aliases": [("Kubernetes", "K8s")], "careers": ["Kept bees."]},
            values={"keywords": "wanted", "claimed": "wanted"},
            **({"same": ["city"]} | options),
        ),
    )


faulty_recipe = faulty()
without_duplicates = faulty(same=None)
plain_recipe = faulty_recipe.without_faults()
