"""The four workloads as Treadle recipes, as short as a user would write them: W1 profile, W2 résumé pair, W3 intent, W4 API log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from pools import CLOSING_LINE, load_pools

if TYPE_CHECKING:
    from numpy.typing import NDArray

POOLS = load_pools()


def pool_template(text: str) -> str:
    """Return a pool's `{slot}` template in Treadle's notation: other characters with a meaning there are escaped."""
    return "".join(part if part.startswith("{") else td.escape(part) for part in re.split(r"(\{\w+\})", text))


def pool_templates(texts: list[str]) -> list[str]:
    """Return several of them."""
    return [pool_template(text) for text in texts]


w1 = td.Recipe(
    "w1",
    {
        "first": td.choice(POOLS["first"]),
        "last": td.choice(POOLS["last"]),
        "number": td.integer(0, 999),
        "domain": td.choice(POOLS["domain"]),
        "name": td.text("{first} {last}"),
        "email": td.text("{first|lower}.{last|lower}{number}@{domain}"),
        **{name: td.choice(POOLS[name]) for name in ("job", "company", "city", "country")},
        "date": td.date("2000-01-01", "2025-12-31"),
        "int": td.integer(0, 99_999),
        "float": td.decimal(0, 10_000, places=2),
        "uuid": td.uuid(),
    },
    columns=["name", "email", "job", "company", "city", "country", "date", "int", "float", "uuid"],
)


def score(required: td.Lists, skills: td.Lists) -> NDArray[np.int64]:
    """Weigh the required skills that are there against all that are required, in basis points, half up."""
    weight = WEIGHTS[required.codes]
    total = required.sum(weight)
    return (2 * 10_000 * required.sum(weight * required.isin(skills)) + total) // (2 * total)


WEIGHTS = np.array(POOLS["skill_w"])
RESUME = """{first} {last}
{title} | {city} | {first|lower}.{last|lower}@{domain} | +1-555-{phone}

SUMMARY
{summary}

EXPERIENCE
{jobs.line|join("\\n")}

EDUCATION
{degree}, {school} ({from}-{to})

SKILLS
{skills|join(", ")}"""
JOB = """{job_title} - {company}

{about}

Required skills:
* {required|join("\\n* ")}

Responsibilities:
{duties.line|join("\\n")}

"""

w2 = td.Recipe(
    "w2",
    {
        "id": td.serial(),
        **{
            name: td.choice(POOLS[name])
            for name in ("first", "last", "title", "city", "domain", "industry", "degree", "school")
        },
        "job_title": td.choice(POOLS["title"]),
        "company": td.choice(POOLS["company"]),
        "phone": td.integer(1000, 9999),
        "years": td.integer(2, 24),
        "skills": td.sample("skill", (8, 14)),
        "s1": td.pick("skills"),
        "s2": td.pick("skills"),
        "summary": td.text(pool_templates(POOLS["summary"])),
        "jobs": td.each(
            (2, 4),
            {
                "held": td.choice(POOLS["title"]),
                "employer": td.choice(POOLS["company"]),
                "span": td.integer(1, 4),
                "past": td.cumulative("span"),
                "begin": td.derive(lambda past: 2025 - past, "past"),
                "finish": td.derive(lambda past, span: 2025 - past + span, "past", "span"),
                "bullets": td.each(
                    (3, 4),
                    {
                        "skill": td.pick("skills"),
                        "pct": td.integer(5, 89),
                        "line": td.text(pool_templates(POOLS["bullet"])),
                    },
                ),
                "line": td.text('{held}, {employer} ({begin}-{finish})\n- {bullets.line|join("\\n- ")}'),
            },
        ),
        "wanted": td.integer(5, 8),
        "shared": td.derive(lambda wanted, draw: wanted * draw // 1000, "wanted", "overlap"),
        "overlap": td.integer(0, 1000),
        "rest": td.derive(lambda wanted, shared: wanted - shared, "wanted", "shared"),
        "held": td.sample(of="skills", count="shared"),
        "missing": td.sample("skill", "rest", without="skills"),
        "required": td.merge("held", "missing"),
        "years_held": td.derive(lambda last: 2025 - last, "career"),
        "career": td.integer(4, 16),
        "to": td.derive(lambda career: 2025 - career, "career"),
        "from": td.derive(lambda to: to - 4, "to"),
        "about": td.text(pool_templates(POOLS["about"])),
        "kinds": td.sample([str(i) for i in range(len(POOLS["resp"]))], 3),
        "duties": td.each(
            over="kinds",
            fields={
                "skill": td.pick("required"),
                "line": td.text(
                    td.by("item", {str(i): "* " + text for i, text in enumerate(pool_templates(POOLS["resp"]))})
                ),
            },
        ),
        "resume": td.text(RESUME),
        "job": td.text(JOB + pool_template(CLOSING_LINE)),
        "score": td.derive(score, "required", "skills", places=4),
        "label": td.derive(lambda points: (points >= 5_000).astype("i8"), "score"),
    },
    columns=["id", "resume", "job_title", "job", "required", "score", "label"],
    vocabularies={"skill": POOLS["skills"], "verb": POOLS["verb"], "thing": POOLS["thing"], "team": POOLS["team"]},
)

w3 = td.Recipe(
    "w3",
    {
        "text": td.text(
            td.by(
                "intent",
                {
                    intent: [(pool_template(text), weight) for text, weight in templates]
                    for intent, templates in POOLS["intents"].items()
                },
            )
        ),
        "intent": td.choice(list(POOLS["intents"])),
        "audience": td.choice(POOLS["audience"]),
        "complexity": td.choice(POOLS["complexity"]),
        "confidence": td.decimal("0.5", "0.999", places=3),
        "style": td.choice(POOLS["style"]),
    },
    vocabularies=POOLS["slots"],
)

w4 = td.Recipe(
    "w4",
    {
        "ts": td.clock("2025-03-01T00:00:00Z", every="200ms"),
        **{f"o{i}": td.integer(0, 255) for i in range(4)},
        "ip": td.text("{o0}.{o1}.{o2}.{o3}"),
        "number": td.integer(0, 4999),
        "user": td.text("user{number}"),
        "method": td.choice(dict(zip(POOLS["method"], POOLS["method_w"], strict=True))),
        "path": td.choice(POOLS["path"]),
        "protocol": td.choice(POOLS["protocol"]),
        "status": td.choice(dict(zip(POOLS["status"], POOLS["status_w"], strict=True))),
        "bytes": td.integer(0, 49_999),
        "latency_ms": td.quantiles([round(5 + 2000 * q**2.2, 1) for q in (i / 64 for i in range(65))], places=1),
        "referrer": td.choice(POOLS["ref"]),
        "user_agent": td.choice(POOLS["ua"]),
        "host": td.choice(POOLS["host"]),
        "region": td.choice(POOLS["region"]),
        "request_id": td.hexadecimal(16),
        "level": td.derive(
            {code: "ERROR" if code >= 500 else "WARN" if code >= 400 else "INFO" for code in POOLS["status"]}, "status"
        ),
        "raw": td.text(
            '{ip} - {user} \\[{ts|date("%d/%b/%Y:%H:%M:%S")} +0000\\] "{method} {path} {protocol}" {status} {bytes} '
            '"{referrer}" "{user_agent}"'
        ),
    },
    columns=[
        "ts",
        "ip",
        "user",
        "method",
        "path",
        "protocol",
        "status",
        "bytes",
        "latency_ms",
        "referrer",
        "user_agent",
        "host",
        "region",
        "request_id",
        "level",
        "raw",
    ],
)
