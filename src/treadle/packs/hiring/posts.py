"""The text of job posts: families of writing, and the sections that they put in order."""

from __future__ import annotations

from itertools import chain, product
from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.amounts import currency_fields
from treadle.packs.hiring.data import alternatives, prompt, table
from treadle.packs.hiring.headings import headings, styles
from treadle.packs.hiring.months import MONTH_NAMES
from treadle.packs.hiring.resumes import families
from treadle.packs.hiring.sentences import BULLETS, Sentences, grouped, marked, prime_up_to, strangers, towns
from treadle.packs.hiring.taxonomy import DEGREES, INDUSTRIES, KINDS, TechSkillsTaxonomy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from treadle import Field
    from treadle.packs.hiring.taxonomy import Role

    Ints = NDArray[np.int64]

SECTIONS = {
    "classic": "about role duties required preferred benefits close",
    "needs first": "role required preferred duties about benefits close",
    "duties first": "role duties required preferred benefits about close",
    "about last": "role duties required preferred benefits close about",
    "role first": "role about duties required preferred benefits close",
    "offer first": "role benefits duties required preferred about close",
    "letter": "about role duties benefits required preferred close",
    "short notice": "role duties required preferred close",
}
TOP = {
    "title": "{job_title}",
    "title and company": "{job_title} - {company}",
    "title, place": "{job_title}, {city}",
    "company first": "{company}\n{job_title}",
    "labels": "Position: {job_title}\nEmployer: {company}\nPlace: {city}",
    "title with place and pay": "{job_title} \\({city}\\)\n{company}",
}
DUTIES = ((1, 2, 4, 7, 9), (1, 2, 5, 10, 13), (1, 2, 5, 12, 15), (1, 2, 5, 12, 15))
"""Duties of a post by its level and length: beginners have fewer, and nobody reads more than fifteen."""
BENEFITS = (0, 0, 2, 7, 14)
FRONTLINE = ("health", "retail", "logistics", "education")
ON_SITE = ("emergency dispatcher",)
"""Roles of other groups whose work cannot be done from home."""
MODES = [("{work_mode_onsite}", 4), ("{work_mode_hybrid}", 4), ("{work_mode_remote}", 2)]
ARTICLES = {
    name: f"the {name}"
    for name in ("United States", "United Kingdom", "Netherlands", "United Arab Emirates", "Czech Republic")
}
_HEADED = {"close": "apply"}
"""Sections whose headings are named otherwise."""
_STYLE = ("layout", "mark", "voice", "needs", "top", "stops", "length", "pay", "years")


def post_fields(taxonomy: TechSkillsTaxonomy, countries: Sequence[str]) -> dict[str, Field]:
    """Return the family, the sections and the text of a post; the facts of a post must be among the recipe's other fields."""
    style = {f"job_{name}": name for name in _STYLE if name != "years"} | {
        "job_years_style": "years",
        "job_heading_style": "headings",
    }
    own = {
        **grouped(taxonomy, "group", "post"),
        "salary": "{pay_text}",
        "job_years": "{years_min}",
        "study": "{job_study}",
        "required_list": "{required}",
        "preferred_list": "{preferred}",
        "contact": "{contact_given} {contact_family}",
    }
    return {
        **families(
            "families_job.tsv",
            "job_family",
            style,
            {
                "job_length": tuple(BULLETS),
                "job_voice": ("base", "gerund", "you"),
                "job_layout": tuple(SECTIONS),
                "job_heading_style": styles("headings_job.tsv"),
            },
        ),
        **headings("headings_job.tsv", "j_", "job_heading_style", *_arrangements()),
        **towns("post", "country"),
        **currency_fields("post", "country", countries),
        **_contact(countries),
        **_duties(taxonomy),
        **_needs(taxonomy, own),
        **_benefits(own),
        **_prose(taxonomy, countries, own),
        "job_skill_text": td.written(
            prompt("job_skill_text"),
            text=td.text(
                "{head}{body}", rules={"head": td.by("job_top", TOP), "body": td.by("job_layout", _layouts())}
            ),
        ),
    }


def _contact(countries: Sequence[str]) -> dict[str, Field]:
    return {
        **strangers("contact", "country", countries),
        "extension": td.integer(101, 9_899),
        "reference_number": td.integer(10_007, 99_991),
        "deadline_month": td.choice(MONTH_NAMES),
        "deadline_day": td.integer(1, 28),
        **_pay(countries),
        "desk": td.choice({"jobs": 3, "careers": 2, "hiring": 2, "people": 1, "hr": 1, "work": 1}),
        "desk_domain": td.choice([row["domain"] for row in table("domains.tsv")]),
        "apply_to": td.text("{desk}@{desk_domain}", entity="EMAIL"),
    }


def _pay(countries: Sequence[str]) -> dict[str, Field]:
    """Return pay as it is stated: in the currency of the country, and nowhere but where posts state it."""
    rows = {row["country"]: row for row in table("currencies.tsv")}
    shares = np.array([int(rows[country]["pay"] or 0) for country in countries])

    def thousands(pay: Ints, country: Ints) -> Ints:
        found: Ints = pay * shares[country] // 100_000
        return found

    return {
        "pay_low_thousands": td.derive(thousands, "pay_low", "country"),
        "pay_high_thousands": td.derive(thousands, "pay_high", "country"),
        "pay_stated": td.derive(lambda country: shares[country] > 0, "country", boolean=True),
        "pay_text": td.text(
            "{post_currency}{pay_low_thousands},000 to {post_currency}{pay_high_thousands},000", entity="SALARY"
        ),
    }


def _arrangements() -> tuple[list[list[str]], dict[str, list[int]]]:
    """Return the sections of a post in their order by layout and length."""
    found = []
    for order, (length, benefits) in product(SECTIONS.values(), zip(BULLETS, BENEFITS, strict=True)):
        absent = {*(("about", "preferred") if length == "tiny" else ()), *(() if benefits else ("benefits",))}
        found.append([_HEADED.get(name, name) for name in order.split() if name not in absent])
    steps = {"job_length": list(range(len(BULLETS)))}
    steps["job_layout"] = [len(BULLETS) * number for number in range(len(SECTIONS))]
    return found, steps


def _layouts() -> dict[str, str]:
    return {layout: "".join(f"{{post_{name}}}" for name in order.split()) for layout, order in SECTIONS.items()}


def _duties(taxonomy: TechSkillsTaxonomy) -> dict[str, Field]:
    """Return the duties of a post: sentences of its role, none twice."""
    sentences = Sentences.of(taxonomy)
    templates, (verbs, verb_of) = sentences.templates(duties=True), sentences.verb_table()
    first, count, junior = sentences.duty_first, sentences.duty_count, sentences.duty_count_junior
    most = np.array(DUTIES)
    gerund, base = 1, 2

    def sentence(role: Ints, level: Ints, draw: Ints, number: Ints) -> Ints:
        room = np.where(level >= 2, count[role], junior[role])  # senior and staff
        return first[role] + (draw + number) % room

    def verb(sentence: Ints, voice: Ints) -> Ints:
        return verb_of[sentence, np.where(voice == 1, gerund, base)]

    line = {
        "place": td.serial(0),
        "sentence": td.derive(sentence, "role", "level", "duty_draw", "place", values=list(templates)),
        "verb": td.derive(verb, "sentence", "job_voice", values=verbs),
        "text": td.text(
            td.by("job_mark", _marked("{lead} {rest}")),
            rules={
                **grouped(taxonomy, "group", "post"),
                "rest": td.by("sentence", templates),
                "lead": td.by(
                    "job_voice",
                    {
                        "base": "{verb}",
                        "gerund": "{verb}",
                        "you": "{if place = 0}You will {verb|lower}{else}{verb}{/if}",
                    },
                ),
            },
        ),
    }
    return {
        "duty_draw": td.integer(0, 9_999),
        "duty_count": td.derive(lambda level, length: most[level, length], "level", "job_length"),
        "duties": td.each("duty_count", line, columns=["text"]),
        "post_duties": td.text('\n\n{j_duties}{duties.text|join("")}'),
    }


def _marked(line: str) -> dict[str, str]:
    return {name: text.replace("{if stops", "{if job_stops") for name, text in marked(line).items()}


def _needs(taxonomy: TechSkillsTaxonomy, own: Mapping[str, Any]) -> dict[str, Field]:  # rules
    """Return the skills, years and degree asked for, as lines, as sentences or as bare lists."""
    kind_of = taxonomy.kind
    shown = {
        "skill": [("{item:SKILL}", 9), ("{item:SKILL|as(alias)}", 1)],
        "skill_years": "{if years_min < 2}1{else}(1|2|{years_min}){/if}",
    }

    def lines(over: str, rule: str) -> Field:
        said = [alternatives("job.rules", f"{rule}_{kind}") for kind in KINDS]
        templates = {str(number): line for number, line in enumerate(chain.from_iterable(said))}
        text = td.text(
            td.by("job_mark", _marked("{told}")), rules={**own, **shown, "told": td.by("sentence", templates)}
        )
        sentence = td.derive(
            _each_once([len(each) for each in said], kind_of), "item", "need_draw", "place", values=list(templates)
        )
        return td.each(over=over, fields={"place": td.serial(0), "sentence": sentence, "text": text}, columns=["text"])

    term = {name: text.replace("{if place = 0}\n{else} {/if}", " ") for name, text in _marked("{said}").items()}
    spoken = "{if years_min = 0}{need_years_none}{elif job_years_style = range}{range}{else}{need_years}{/if}"
    ranges = (
        "{years_min} to {years_max} years (of experience|in a similar role|in comparable work|of practice|in the field)"
    )
    asked = {
        "required": {
            "bullets": '{required_lines.text|join("")}',
            "sentence": "\n{skills_sentence}",
            "list": "\n{required}{if job_mark = prose}.{/if}",
        },
        "preferred": {
            "bullets": '{preferred_lines.text|join("")}',
            "sentence": "\n{preferred_sentence}",
            "list": "\n{preferred}",
        },
    }
    degrees = {level: f"{{need_degree_{level}}}" for level in DEGREES}
    return {
        "need_draw": td.integer(0, 999_999),
        "required_lines": lines("required", "need"),
        "preferred_lines": lines("preferred", "nice"),
        "years_line": td.text(td.by("job_mark", term), rules={**own, "said": spoken, "range": ranges}),
        "degree_line": td.text(td.by("job_mark", term), rules={**own, "said": td.by("job_degree", degrees)}),
        "post_required": td.text(
            "\n\n{j_required}{asked}{years_line}{degree_line}",
            rules={**own, "asked": td.by("job_needs", asked["required"])},
        ),
        "post_preferred": td.text(
            "\n\n{j_preferred}{asked}",
            rules={
                **own,
                "styled": td.by("job_needs", asked["preferred"]),
                "asked": "{if job_length = short}\n{preferred}{else}{styled}{/if}",
            },
            when="job_length != tiny",
        ),
    }


def _each_once(counts: Sequence[int], kind_of: Ints) -> Callable[[Ints, Ints, Ints], Ints]:
    """Return what gives each skill of a post a sentence of its kind, none twice; sentences stand in a row, kind by kind.

    Places stride through a prime number of sentences of each kind, so that no two of a post meet.
    """
    first, prime = np.cumsum([0, *counts[:-1]]), np.array([prime_up_to(count) for count in counts])

    def chosen(skill: Ints, draw: Ints, place: Ints) -> Ints:
        kind = kind_of[skill]
        most = prime[kind]
        stride: Ints = 1 + draw // most % (most - 1)
        number: Ints = first[kind] + (draw + place * stride) % most
        return number

    return chosen


def _on_site(role: Role) -> bool:
    return role.group in FRONTLINE or role.name in ON_SITE


def _benefits(own: Mapping[str, Any]) -> dict[str, Field]:  # rules
    """Return the benefits of a post, none twice."""
    offers = alternatives("job.rules", "benefit")
    most = np.array(BENEFITS)
    text = td.text(
        td.by("job_mark", _marked("{written}")),
        rules={
            **own,
            "written": "{if job_stops = yes or job_mark in none, prose}{offer|cap}{else}{offer}{/if}",
            "offer": td.by("item", {str(i): each for i, each in enumerate(offers)}),
        },
    )
    return {
        "benefit_count": td.derive(lambda length: most[length], "job_length"),
        "benefit_places": td.sample([str(i) for i in range(len(offers))], "benefit_count"),
        "benefit_lines": td.each(over="benefit_places", fields={"place": td.serial(0), "text": text}, columns=["text"]),
        "post_benefits": td.text('\n\n{j_benefits}{benefit_lines.text|join("")}', when="benefit_count > 0"),
    }


def _prose(taxonomy: TechSkillsTaxonomy, countries: Sequence[str], own: Mapping[str, Any]) -> dict[str, Field]:  # rules
    """Return what a post says of the employer, of the role, and of how to apply."""
    about = {
        "tiny": "",
        "short": ["{who}", "{facts_line}"],
        "medium": ["{who} {culture}", ("{who} {facts_line}", 3)],
        "long": "{who} {facts_line} {culture} {growth}",
        "full": "{who} {facts_line} {culture} {growth} {benefit_sentence}",
    }
    role = {
        "tiny": "{opening}",
        "short": "{opening} {work_mode}",
        "medium": ["{opening} {why_open}", "{opening} {day}", ("{opening} {work_mode}", 2), "{opening}"],
        "long": "{opening} {why_open} {day} {work_mode}",
        "full": "{opening} {why_open} {day} {day} {work_mode}",
    }
    close = {
        "tiny": ["{apply}", "{apply} {reference_note}"],
        "short": ["{apply} {reference_note}", ("{apply} {contact_line}", 2)],
        "medium": ["{terms}{apply} {contact_line}", "{terms}{apply} {reference_note}", "{apply} {contact_line} {eeo}"],
        "long": "{terms}{hours_line} {apply} {contact_line}\n\n{eeo}",
        "full": "{terms}{hours_line} {apply} {contact_line}\n\n{eeo}",
    }
    roles = taxonomy.roles
    rules = {
        **own,
        "who": td.by("industry", {industry: f"{{about_{industry}}}" for industry in INDUSTRIES}),
        "terms": "{if job_pay = yes and pay_stated}{pay_line} {/if}",
        "work_mode": td.by(
            "role", {name: "{work_mode_onsite}" if _on_site(role) else MODES for name, role in roles.items()}
        ),
        "country": td.by("country", {country: ARTICLES.get(country, country) for country in countries}),
    }
    return {
        "post_about": td.text(
            "\n\n{j_about}\n{said}", rules={**rules, "said": td.by("job_length", about)}, when="job_length != tiny"
        ),
        "post_role": td.text("\n\n{j_role}\n{said}", rules={**rules, "said": td.by("job_length", role)}),
        "post_close": td.text("\n\n{j_apply}\n{said}", rules={**rules, "said": td.by("job_length", close)}),
    }
