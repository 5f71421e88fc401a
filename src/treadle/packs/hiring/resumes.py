"""The text of résumés: families of writing, and the sections that they put in order."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.amounts import currency_fields
from treadle.packs.hiring.credentials import awarded
from treadle.packs.hiring.data import alternatives, prompt, table
from treadle.packs.hiring.headings import headings, styles
from treadle.packs.hiring.jobs import title_tables
from treadle.packs.hiring.schooling import schooling
from treadle.packs.hiring.sentences import BULLETS, TENSES, grouped
from treadle.packs.hiring.taxonomy import KINDS, LEVELS, TechSkillsTaxonomy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from treadle import Field
    from treadle.packs.hiring.counterfactual import Added

    Ints = NDArray[np.int64]

SECTIONS = {
    "classic": "summary experience skills education extra",
    "skills first": "summary skills experience education extra",
    "straight to work": "experience education skills extra summary",
    "skills on top": "skills summary experience education extra",
    "education first": "education summary experience skills extra",
    "education before work": "summary education experience skills extra",
    "studies and skills": "education skills experience summary extra",
    "profile last": "experience skills education extra summary",
    "late skills": "summary experience education extra skills",
    "compact": "skills experience education summary extra",
}
"""The order of sections by layout."""
CONTACT = {
    "line": "{person}\n{home_city} | {email} | {phone}[ \\| {page}]",
    "lines": "{person}\n{home_city}\n{phone}\n{email}[\n{page}]",
    "labels": "Name: {person}\nCity: {home_city}\nPhone: {phone}\nE-mail: {email}[\nWeb: {page}]",
    "pipes": "{person} | {phone} | {email} | {home_city}",
    "headline": "{person}\n{headline}\n{email}, {phone}, {home_city}",
    "bare": "{person}\n{email}[ {page}]",
    "card": "{headline}\n{person}\n{home_city}, {home}\nTel. {phone}\n{email}[\n{page}]",
    "dots": "{person} · {headline}\n{home_city} · {phone} · {email}[ · {page}]",
}
PAGE = "https://{family_mail}-{given_mail}.example/(cv|work|about|profile|me|portfolio|resume|hello)"
ENTRY = {
    "title comma": "{title}, {company}\n{when_held}",
    "title at": "{title} at {company} \\({when_held}\\)",
    "company first": "{company}[, {hundreds} staff]\n{title}, {when_held}",
    "pipes": "{title} | {company}[ \\({hundreds} employees\\)] | {when_held}",
    "two lines": "{title}\n{company}[, {job_town}], {when_held}",
    "dates first": "{when_held}: {title}, {company}",
    "dates column": "{when_held}\n{title}\n{company}",
    "team": "{title}, {company}, {when_held}\n{team_line}",
    "company and town": "{company}, {job_town}\n{title}, {when_held}",
    "town column": "{when_held} | {job_town}\n{title} | {company}",
    "title at company in town": "{title} at {company} in {job_town}\n{when_held}",
    "town in brackets": "{company} \\({job_town}\\)\n{title}\n{when_held}",
}
"""The lines above the bullets of a job."""
YEARS_LINE = (
    "{if tells_years or fact_fault = inflated_years}\n({years_told} of (professional|work|relevant|practical) experience"
    "|Experience: {years_told}|Years of experience: {years}|{years_told} in the job)"
    "{/if}"
).replace("{years_told}", "{if years = 1}1 year{else}{years} years{/if}")
DATES = {
    "Mon YYYY": "\u2013",
    "Month YYYY": " \u2013 ",
    "MM/YYYY": "-",
    "YYYY-MM": " to ",
    "YYYY": "\u2013",
    "Mon 'YY": "\u2013",
}
"""How dates are written, and what stands between two of them."""
SEPARATORS = {"commas": ", ", "pipes": " | ", "dots": " · ", "semicolons": "; ", "lines": "\n", "bullets": "\n"}
EXTRAS = {
    "none": "",
    "certificates": "{certificates}",
    "languages": "{languages}",
    "certificates and languages": "{certificates}{languages}",
    "interests": "{languages}{interests}",
    "projects": "{projects}",
    "volunteering": "{volunteering}",
    "awards": "{awards}",
    "training": "{training}",
    "availability": "{certificates}{closing}",
    "references": "{interests}{references}",
    "many": "{certificates}{projects}{training}{languages}{volunteering}{interests}",
}
SUMMARY = {
    "tiny": "",
    "short": [("{open}", 3), ("{objective}", 1)],
    "medium": [
        ("{open} {summary_skill}", 2),
        ("{open} {summary_result}", 2),
        ("{open} {summary_goal}", 1),
        ("{objective}", 1),
    ],
    "long": ["{open} {summary_skill} {summary_result}", "{open} {summary_result} {summary_goal}"],
    "full": "{open} {summary_skill} {summary_result} {summary_goal}",
}
"""The sentences of a summary by the résumé's length."""
BRANCHES = {
    "technology": "software",
    "finance": "finance",
    "health": "health care",
    "retail": "retail",
    "logistics": "logistics",
    "education": "education",
    "public": "public service",
}
MARKS = {"hyphen": "- ", "bullet": "• ", "asterisk": "* ", "dash": "\u2013 ", "none": "", "prose": ""}
"""What stands before the lines of the smaller sections, by the mark of the bullets."""
_TEXTS = {"training": "training_section"}
"""Fields of sections that are named otherwise."""
_STYLE = ("layout", "mark", "entry", "dates", "contact", "tense", "stops", "length", "extras")


_ORDERS = {
    "length": tuple(BULLETS),
    "tense": TENSES,
    "layout": tuple(SECTIONS),
    "extras": tuple(EXTRAS),
    "dates": tuple(DATES),
    "heading_style": styles("headings_resume.tsv"),
}
"""Columns of families whose values are counted on to come in this order."""
_FULL_ONLY = ("projects", "awards", "training", "volunteering")
"""Sections that the fullest résumés have whatever their extras."""


def families(
    file: str, family: str, columns: Mapping[str, str], orders: Mapping[str, tuple[str, ...]]
) -> dict[str, Field]:
    """Return the field of a text's family and those that follow from it: `columns` names each and its column in the file.

    `orders` lists the values of a column where functions count on their order.
    """
    rows = {row["family"]: row for row in table(file)}
    fields: dict[str, Field] = {family: td.choice(list(rows), within="split")}
    for name, column in columns.items():
        values = [row[column] for row in rows.values()]
        listed = list(orders.get(name) or dict.fromkeys(values))
        place = np.array([listed.index(value) for value in values])
        fields[name] = td.derive(_through(place), family, values=listed)
    return fields


def _through(place: Ints) -> Callable[[Ints], Ints]:
    def look_up(family: Ints) -> Ints:
        found: Ints = place[family]
        return found

    return look_up


def _named(body: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", body)


def _more(extras: str) -> list[str]:
    return [] if extras == "many" else [name for name in _FULL_ONLY if name not in _named(EXTRAS[extras])]


def _arrangements() -> tuple[list[list[str]], dict[str, list[int]]]:
    """Return the sections of a résumé in their order by layout, length, extras and whether there is a certificate."""
    found = []
    for order, length, extras, certified in product(SECTIONS.values(), BULLETS, EXTRAS, (False, True)):
        further = [] if length == "tiny" else _named(EXTRAS[extras])
        further += _more(extras) if length == "full" else []
        absent = {"closing", *(() if certified else ("certificates",)), *(("summary",) if length == "tiny" else ())}
        sections = [name for each in order.split() for name in (further if each == "extra" else [each])]
        found.append([name for name in sections if name not in absent])
    last = 2
    steps = {"certified_here": [0, 1]}
    for name, values in (("extras", EXTRAS), ("length", BULLETS), ("layout", SECTIONS)):
        steps[name] = [last * number for number in range(len(values))]
        last *= len(values)
    return found, steps


def section(heading: str, body: Any, rules: Mapping[str, Any], when: str = "") -> Field:  # noqa: ANN401  # a rule, and rules
    """Return a text of an empty line, a heading and a body."""
    return td.text(f"\n\n{{{heading}}}\n{{section_body}}", rules={**rules, "section_body": body}, when=when)


def resume_fields(
    taxonomy: TechSkillsTaxonomy, added: Added | None = None, *, stated: bool = False
) -> dict[str, Field]:
    """Return the family, the sections and the text of a résumé; the facts of a candidate must be among the others.

    With `stated` some résumés have a line with the years in work, among them all whose years are at fault.
    """
    style = {name: name for name in _STYLE} | {"skill_mark": "skills", "heading_style": "headings"}
    own = {
        **grouped(taxonomy, "candidate_group", "home"),
        "city": "{home_city}",
        "title": "{headline}",
        "person": "{name}{if foreign_script}[{20%} \\({given_native} {family_native}\\)]{/if}",
        "year": td.by("work_year", awarded()),
        "studied": "{if degree = none}{skill_b}{else}{study}{/if}",
    }
    texts = {name: f"{{{name}}}" for name in SECTIONS["classic"].split()} | {"skills": "{skill_section}"}
    texts |= {name: texts[name] + more for name, more in (added.behind if added else {}).items()}
    layouts = {layout: "".join(texts[each] for each in order.split()) for layout, order in SECTIONS.items()}
    top = td.by("contact", added.contact if added else CONTACT)
    opening = td.by("candidate_level", {level: f"{{summary_open_{level}}}" for level in LEVELS})
    return {
        **families("families_resume.tsv", "resume_family", style, _ORDERS),
        "certified_here": td.derive(lambda place: (place >= 0) + 0, "certificate_place"),
        **headings("headings_resume.tsv", "h_", "heading_style", *_arrangements()),
        **_facts(taxonomy),
        **currency_fields("home", "home", town_lists()),
        "near_town": td.choice(town_lists(), by="home", entity="PLACE"),
        **({} if added else {"page": td.text(PAGE, entity="LINK")}),
        **schooling(own),
        "summary": section("h_summary", td.by("length", SUMMARY), {**own, "open": opening}, when="length != tiny"),
        "experience": td.text('\n\n{h_experience}\n{jobs.text|join("\\n\\n")}'),
        **_skill_section(),
        **_extra_sections(own),
        "resume_text": td.written(
            prompt("resume_text"),
            text=td.text(
                f"{{top}}{YEARS_LINE if stated else ''}{{body}}",
                rules={**own, "top": top, "body": td.by("layout", layouts)},
            ),
        ),
        **({"tells_years": td.chance("0.15", doc="whether a line tells the years in work")} if stated else {}),
    }


def job_text(taxonomy: TechSkillsTaxonomy) -> dict[str, Field]:
    """Return the texts of a job in a career, to stand among its fields."""
    own = {
        **grouped(taxonomy, "group", "home"),
        "industry_name": td.by("sector", BRANCHES),
        "city": "{home_city}",
    }
    since = {
        name: f'{{from|as("{name}")}}{dash}{{if now}}(Present|now|today){{else}}{{to|as("{name}")}}{{/if}}'
        for name, dash in DATES.items()
    }
    return {
        "job_town": td.choice(town_lists(), by="home", entity="PLACE"),
        "when_held": td.text(td.by("dates", since)),
        "head": td.text(td.by("entry", ENTRY), rules=own),
        "text": td.text('{head}{bullets.line|join("")}'),
    }


def town_lists() -> dict[str, list[str]]:
    """Return the towns of each country."""
    found: dict[str, list[str]] = {}
    for row in table("cities.tsv"):
        found.setdefault(row["country"], []).append(row["city"])
    return {country: list(dict.fromkeys(listed)) for country, listed in found.items()}


def _facts(taxonomy: TechSkillsTaxonomy) -> dict[str, Field]:
    """Return what the texts name of the facts: the title now, the one aimed at, the strongest skills."""
    titles, title_of, title_count = title_tables(taxonomy)
    is_soft, listed = taxonomy.kind == KINDS.index("soft"), taxonomy.vocabulary()
    last = len(LEVELS) - 1

    def latest(jobs: td.Children) -> Ints:
        first: Ints = jobs.numbers("title")[jobs.offsets[:-1]]
        return first

    def aim(role: Ints, level: Ints, headline: Ints) -> Ints:
        post = role * len(LEVELS) + np.minimum(level + 1, last)
        other: Ints = np.where(title_of[post, 0] == headline, title_of[post, 1 % title_count[post]], title_of[post, 0])
        return other

    def nth(number: int) -> Callable[[td.Lists], Ints]:
        def chosen(skills: td.Lists) -> Ints:
            order = np.lexsort((is_soft[skills.codes], skills.row))
            at = skills.offsets[:-1] + number % np.maximum(skills.lengths, 1)
            found: Ints = skills.codes[order][at]
            return found

        return chosen

    return {
        "headline": td.derive(latest, "jobs", values=titles, entity="TITLE"),
        "aim_title": td.derive(aim, "candidate_role", "candidate_level", "headline", values=titles, entity="TITLE"),
        "industry_name": td.derive(
            {role.industry: BRANCHES[role.industry] for role in taxonomy.roles.values()},
            "candidate_industry",
            entity="INDUSTRY",
        ),
        **{
            f"skill_{letter}": td.derive(nth(number), "skills", values=listed, entity="SKILL")
            for number, letter in enumerate("abcdef")
        },
    }


def _skill_section() -> dict[str, Field]:
    separators = {
        name: f"{{if nth > 0}}{mark}{{/if}}" + ("- " if name == "bullets" else "") for name, mark in SEPARATORS.items()
    }
    rules = {
        "separator": td.by("skill_mark", separators),
        "shown": [("{item:SKILL}", 8), ("{item:SKILL|as(alias)}", 1)],
    }
    line = {"nth": td.serial(0), "line": td.text("{separator}{shown}", rules=rules)}
    return {
        "skill_lines": td.each(over="skills", fields=line),
        "skill_section": td.text('\n\n{h_skills}\n{skill_lines.line|join("")}'),
    }


def _dealt(rule: str, hands: int) -> dict[str, list[str]]:
    """Return the alternatives of a rule dealt out to several, `rule_0` and so on, so that none is drawn twice."""
    listed = alternatives("resume.rules", rule)
    return {f"{rule}_{hand}": list(listed[hand::hands]) for hand in range(hands)}


def _extra_sections(own: Mapping[str, Any]) -> dict[str, Field]:  # rules
    certificate = ["{dot}{certificate}, {certified}", "{dot}{certificate} \\({certified}\\)", "{certificate}"]
    spoken: dict[str, str] = {}
    for row in table("languages.tsv"):
        spoken.setdefault(row["country"], row["language"])
    own = {**own, **_dealt("interest", 3), **_dealt("project", 2), **_dealt("volunteer", 2), **_dealt("training", 2)}
    others = "|".join(
        f"{{if native_language = {each}}}Swedish{{else}}{each}{{/if}}"
        for each in ("French", "Spanish", "German", "Italian", "Portuguese", "Dutch", "Mandarin", "Arabic")
    )
    known = (
        "{native_language} \\(native\\){if native_language != English}, English \\((fluent|very good|professional)\\){/if}"
        f"[, ({others}) \\((basic|intermediate|good)\\)]"
    )
    own["dot"] = td.by("mark", MARKS)
    bodies = {name: "".join(f"{{{_TEXTS.get(each, each)}}}" for each in _named(body)) for name, body in EXTRAS.items()}
    more = {name: "".join(f"{{{_TEXTS.get(each, each)}}}" for each in _more(name)) for name in EXTRAS}
    return {
        "native_language": td.derive({country: spoken[country] for country in spoken}, "home", entity="LANGUAGE"),
        "certificates": section("h_certificates", certificate, own, when="certificate_place >= 0"),
        "languages": section("h_languages", known, own),
        "interests": section(
            "h_interests",
            ["{interest_0}, {interest_1}", "{interest_1}, {interest_2}, {interest_0}", "{interest_2}"],
            own,
        ),
        "projects": section("h_projects", ["{dot}{project}", "{dot}{project_0}\n{dot}{project_1}"], own),
        "volunteering": section(
            "h_volunteering",
            ["{dot}{volunteer}", "{dot}{volunteer_0}\n{dot}{volunteer_1}"],
            {**own, "city": "({home_city}|{near_town})"},
        ),
        "awards": section("h_awards", "{dot}{award}", own),
        "training_section": section("h_training", ["{dot}{training}", "{dot}{training_0}\n{dot}{training_1}"], own),
        "references": section("h_references", "{reference_line}", own),
        "closing": td.text("\n\n{availability}", rules=own),
        "extra": td.text(
            "{if length != tiny}{chosen}{/if}{more}",
            rules={
                "chosen": td.by("extras", bodies),
                "more": td.by("length", {**dict.fromkeys(BULLETS, ""), "full": td.by("extras", more)}),
            },
        ),
    }
