"""One recipe with every kind of field in every way of use, for the tests of record identity, runs and golden hashes.

It is loaded by path (`wide.py:wide`, `wide.py:slim`) too, so that worker processes and the command line can run it.
"""

from __future__ import annotations

import numpy as np

import treadle as td

CITIES = ["Porto", "Łódź", "Αθήνα", "東京", 'Say "hi"', "A, B", "tab\there", "Rīga", "قاهرة", "Zoë's\u2028Bay"]
SKILLS = ["python", "SQL", "terraform", "public speaking", "C++", "R&D", "Go", "e-mail", "Rust", "Excel", "bash", "ML"]

LISTED = td.vocabulary(SKILLS, forms={"short": {"terraform": "TF", "public speaking": "talks", "e-mail": "mail"}})
TOOLS = td.vocabulary(["hammer", "axe", "box of nails", "MRI"], forms={"short": {"box of nails": "nails"}})


def total(small: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Add two numbers."""
    return small + offset


def overlap(skills: td.Lists, wanted: td.Lists) -> np.ndarray:
    """Count the skills that are wanted."""
    return skills.sum(skills.isin(wanted).astype(np.int64))


def band(points: np.ndarray) -> np.ndarray:
    """Return the band of each score."""
    return np.minimum(points // 25, 3)


def odd(number: np.ndarray) -> np.ndarray:
    """Tell which numbers are odd."""
    return number % 2 == 1


def cents(points: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Return hundredths."""
    return points * 100 + small


def leading(skills: td.Lists, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first skills of each list, as many as the number says."""
    place = np.arange(len(skills.codes)) - np.repeat(skills.offsets[:-1], skills.lengths)
    kept = place < number[skills.row]
    return skills.codes[kept], skills.sum(kept.astype(np.int64))


def later(day: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Return a day so many days later."""
    return day + days


def plausible(points: np.ndarray, skills: td.Lists) -> np.ndarray:
    """Reject the lowest scores of those with most skills."""
    return ~((points < 8) & (skills.lengths > 4))


wide = td.Recipe(
    "wide",
    {
        "id": td.serial(1),
        "split": td.quota({"train": 8, "test": 1, "dev": 1}),
        "target": td.quota(["match", "near", "far"], across="split"),
        "tone": td.quota({"calm": "0.7", "loud": "0.3"}),
        "city": td.choice("cities"),
        "level": td.choice({"junior": 5, "senior": 3, "lead": 1}, entity="LEVEL"),
        "country": td.choice(["FR", "DE"]),
        "dish": td.choice({"FR": ["crêpe", "quiche", "tarte"], "DE": {"Brezel": 3, "Spätzle": 1}}, by="country"),
        "street": td.choice([f"{n} Elm St" for n in range(1, 41)], within="split"),
        "seat": td.choice(
            {"FR": [f"F{n}" for n in range(12)], "DE": {f"D{n}": n + 1 for n in range(5)}}, by="country", within="split"
        ),
        "badge": td.choice([f"B{n:06d}" for n in range(12_000)], unique=True),
        "status": td.choice({200: 90, 404: 7, 500: 3}),
        "severity": td.derive({200: "INFO", 404: "WARN", 500: "ERROR"}, "status"),
        "small": td.integer(0, 9),
        "offset": td.integer(-1_000, 1_000),
        "huge": td.integer(-(1 << 62), (1 << 62) - 2),
        "ticket": td.integer(1, 1_000_000_007, unique=True),
        "price": td.decimal("-5", "99.99"),
        "latency": td.quantiles([5, 20, "45.5", 120, 2000], places=1),
        "day": td.date("1999-12-25", "2031-02-03"),
        "at": td.clock("2025-03-01T00:00:00Z", every="1500ms"),
        "active": td.chance("0.35"),
        "token": td.hexadecimal(10),
        "key": td.uuid(),
        "nickname": td.choice(["Ace", "Bo", "Cy"], when="active and level != junior"),
        "skills": td.sample("skills", (0, 5)),
        "wanted": td.sample("skills", 2, without="skills"),
        "held": td.sample(of="skills", count="small"),
        "best": td.pick("skills"),
        "all_skills": td.merge("held", "wanted"),
        "in_order": td.merge("held", "wanted", shuffle=False),
        "ports": td.sample([80, 443, 8080, 5432], (1, 3)),
        "medals": td.sample({"gold": "0.5", "silver": 2, "bronze": 7, "none": 0}, (0, 3)),
        "menu": td.sample({"FR": {"crêpe": 3, "tarte": 1}, "DE": ["Brezel", "Spätzle", "Strudel"]}, 2, by="country"),
        "leading": td.derive(leading, "skills", "small", values=LISTED, many=True),
        "review": td.derive(later, "day", "offset", date="%d %B %Y", when="odd"),
        "sum": td.derive(total, "small", "offset"),
        "points": td.integer(0, 99),
        "band": td.derive(band, "points", values=["poor", "fair", "good", "best"]),
        "odd": td.derive(odd, "points", boolean=True),
        "cents": td.derive(cents, "points", "small", places=2),
        "shared": td.derive(overlap, "all_skills", "skills"),
        "jobs": td.each(
            (1, 3),
            {
                "number": td.serial(1),
                "title": td.choice(["Analyst", "Cook", "Engineer"]),
                "years": td.integer(1, 9),
                "past": td.cumulative("years", start=1),
                "before": td.cumulative("years", before=True),
                "used": td.derive(leading, "skills", "years", values=LISTED, many=True, when="years < 8"),
                "left": td.derive(later, "day", "past", date="%Y-%m-%d"),
                "bullets": td.each(
                    (0, 2),
                    {"skill": td.pick("skills"), "line": td.text("[{20%}Proudly ](used|taught) {skill}, {pct}%")}
                    | {"pct": td.integer(5, 95)},
                ),
                "line": td.text('{title|lower|a} for {years} years[: {bullets.line|join("; ")}]'),
            },
            columns=["number", "title", "years", "past", "before", "used", "left", "line"],
        ),
        "tasks": td.each(
            over="wanted",
            fields={"line": td.text(td.by("country", {"FR": "à faire : {item}", "DE": ["zu tun: {item}", "{item}!"]}))},
        ),
        "note": td.text(
            [
                "{hello}, {city}! {if level=senior}Dear senior{elif level=lead}Dear lead{else}Hi{/if} {skills}.",
                (
                    '{city|upper} \\(\\[{day|date("%d/%b/%Y")}\\]\\) {best|title|a} [or {wanted|join("/", " & ")}] {tool|cap}',
                    2,
                ),
                "{opening} {small} {tool|plural} — {price}, {latency} ms, {at}{if active}\n{nickname} 😀{/if}",
            ],
            rules={
                "hello": ["hi", ("hello", 3), "{tool|a} and {other}"],
                "other": ["({*3}one|two|three) {tool}", "nothing"],
                "opening": td.by("country", {"FR": ["Voilà", "Bon"], "DE": "Also"}),
            },
        ),
        "sign": td.text(
            '{tool|as(short)|upper}, {leading|as(short)|join("/")}[, {best|as(short)|a}]{if review > 2010-01-01}, {review}{/if}'
        ),
        "summary": td.text('{jobs.line|join("\\n")}\n{tasks.line}\n{key} {token} {offset}', when="points >= 5"),
    },
    version="1",
    labels=["target", "band"],
    vocabularies={"cities": CITIES, "skills": LISTED, "tool": TOOLS},
    checks=[
        td.check("plausible", plausible, "points", "skills"),
        td.check("not_both", "not (status = 500 and points > 90)"),
    ],
)

slim = td.Recipe(
    "slim",
    {
        "id": td.serial(),
        "label": td.quota({"yes": 2, "no": 1}),
        "word": td.choice(["alpha", "beta", "=gamma", "de,lta"]),
        "price": td.decimal(0, "9.99"),
        "tags": td.sample(["x", "y", "z"], (0, 2)),
        "line": td.text("[very ]{word} for {price}[, {tags}]"),
    },
    labels=["label"],
)
