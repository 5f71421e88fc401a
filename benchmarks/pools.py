"""The vocabularies that every benchmark program draws from.

`load_pools` reads the JSON file named by the environment variable TREADLE_BENCH_POOLS; without it the project's own
vocabularies are composed from the parts below. Composing uses no randomness, so two machines get the same words.
"""

import json
import os
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import TypedDict, cast

POOLS_VARIABLE = "TREADLE_BENCH_POOLS"
CLOSING_LINE = "Hours can be arranged, training is paid for, and you will hear from us after two short meetings."
"""The last line of every job advertisement of W2."""


class Pools(TypedDict):
    """Lists of words by key; a list ending in `_w` holds the whole-number weights of the list before it.

    `summary`, `bullet`, `resp`, `about` and the templates under `intents` hold `{slot}` marks. `slots` maps a mark used
    by the intents to its words, and `intents` maps an intent to pairs of template and weight.
    """

    first: list[str]
    last: list[str]
    job: list[str]
    company: list[str]
    city: list[str]
    country: list[str]
    domain: list[str]
    skills: list[str]
    skill_w: list[int]
    title: list[str]
    industry: list[str]
    verb: list[str]
    thing: list[str]
    team: list[str]
    degree: list[str]
    school: list[str]
    summary: list[str]
    bullet: list[str]
    resp: list[str]
    about: list[str]
    slots: dict[str, list[str]]
    intents: dict[str, list[tuple[str, int]]]
    audience: list[str]
    complexity: list[str]
    style: list[str]
    method: list[str]
    method_w: list[int]
    path: list[str]
    status: list[int]
    status_w: list[int]
    ua: list[str]
    ref: list[str]
    host: list[str]
    region: list[str]
    protocol: list[str]
    level: list[str]


def load_pools() -> Pools:
    """Return the vocabularies of the JSON file named by TREADLE_BENCH_POOLS, else the project's own."""
    named = os.environ.get(POOLS_VARIABLE)
    if named:
        return cast("Pools", json.loads(Path(named).read_text(encoding="utf-8")))
    return cast(
        "Pools", {**_person_words(), **_career_words(), **_career_templates(), **_intent_words(), **_traffic_words()}
    )


def _words(text: str) -> list[str]:
    """Return the words of `text`."""
    return text.split()


def _phrases(text: str) -> list[str]:
    """Return the phrases between the commas of `text`."""
    return text.split(", ")


def _joined(*parts: Iterable[str], by: str = "") -> list[str]:
    """Return every combination of one string from each of `parts`, joined with `by`."""
    return [by.join(combination) for combination in product(*parts)]


def _person_words() -> dict[str, object]:
    city_heads = _joined(_phrases("Alder, Birch, Copper, Dun, Elm, Fen, Gold, Hazel, Iron, Juniper"))
    cities = _joined(
        _phrases(", North , South , Upper "),
        city_heads,
        _words(
            "bridge brook bury crest croft dale field ford gate grove haven hill holm hurst "
            "lake ley mere moor mouth port stead ton view wick worth"
        ),
    )
    return {
        "first": _joined(
            _words("Al Bel Cor Dar El Fen Gar Hal Is Jor Kel Lor Mar Nor Or Per Quin Ros Sel Tam Ul Ver Wil Yor Zen"),
            _words("a an ara by co den ela en eth ette ian ico ina is ley lo mira on ric vin"),
        ),
        "last": _joined(
            _words("Ash Black Car Dray Ever Far Grim Hart Ing Kess Lang Mead Nash Oak Pem Quill Rad Stan Thorn Wind"),
            _words(
                "a all and ant ard by combe cott croft dale den don ell er ert fold gate gill ham hall "
                "hurst ing itt kin ley lock low man mere more ner on ock rick s shaw sen son ster "
                "tell ton tor um us vey vin way well wood yer"
            ),
        ),
        "job": _joined(
            _phrases(
                "Airport, Archive, Bakery, Boatyard, Broadcast, Building site, Community care, Dairy farm, Energy "
                "grid, Film studio, Forestry, Freight depot, Glassworks, Harbour, Laboratory, Museum, Public "
                "library, Railway, Textile mill, Water treatment"
            ),
            _words(
                "accountant adviser analyst assistant auditor buyer chemist clerk controller designer director "
                "electrician engineer estimator fitter foreman inspector instructor interpreter maintainer manager "
                "operator planner porter restorer scheduler supervisor surveyor technician welder"
            ),
            by=" ",
        ),
        "company": _joined(
            _joined(
                _words("Amber Bright Cedar Delta Ever Frost Grand Harbor Indigo Keystone"),
                _words("beam fall line mark way"),
            ),
            _phrases(
                "& Co, & Sons, Analytics, Brothers, Capital, Group, Holdings, Inc, Industries, LLC, Labs, Logistics,"
                " Ltd, Media, Partners, Systems, Trading, Union, Ventures, Works"
            ),
            by=" ",
        ),
        "city": cities,
        "country": _joined(
            _words("Al Bor Cal Dra El Gal Ish Kor Lum Mor Nav Ost Pal Rav Sor Tal Ul Var West-Im Zan"),
            _phrases("aria, donia, duran, enia, istan, land, mark Isles, ovia, tuan Islands, una Republic"),
        ),
        "domain": ["example.com", "example.org", "example.net", "mail.test", "post.test"],
    }


def _career_words() -> dict[str, object]:
    cities = _joined(_words("Ald Brid Car Dov Est"), _words("bury combe ford haven holm mere minster port stow wick"))
    skills = _joined(
        _words("API Bus Data Disk Edge Grid Log Net Risk SQL Text Web"),
        _words("audit cache care debug flow guard merge model tests trace"),
        by=" ",
    )
    return {
        "skills": skills,
        "skill_w": [1 + index % 3 for index in range(len(skills))],
        "title": _joined(
            _words("Senior Lead Junior Staff Deputy"),
            _phrases(
                "Software Engineer, Data Engineer, Data Analyst, Product Manager, Network Engineer, Test Engineer, "
                "Security Analyst, Business Planner, Interface Designer, Systems Architect"
            ),
            by=" ",
        ),
        "industry": _words(
            "aerospace banking brewing ceramics cinema education energy fashion fishing forestry healthcare "
            "insurance logistics mining music publishing recycling shipping tourism transport"
        ),
        "verb": _words(
            "Adapted Analysed Arranged Assembled Balanced Budgeted Built Charted Checked Combined Converted Created "
            "Cut Debugged Defined Designed Directed Drafted Enlarged Finished Founded Guided Improved Installed Led "
            "Managed Measured Merged Modelled Moved Opened Organised Prepared Produced Proved Rebuilt Repaired Shaped "
            "Shortened Unified"
        ),
        "thing": _joined(
            _phrases(
                "the ordering, a nationwide, an in-house, the stock control, a multilingual, the archive, a "
                "low-latency, the payroll, a paperless, the inspection"
            ),
            _phrases("platform, data exchange, service layer, control panel, release process"),
            by=" ",
        ),
        "team": _joined(
            _phrases("a mixed, a remote, a regional, an evening, a founding"),
            _phrases("crew of 5, crew of 7, department of 14, department of 20"),
            by=" ",
        ),
        "degree": _joined(
            _phrases("BSc in, MSc in, BEng in, Diploma in"), ("Applied Physics", "Statistics", "Logic"), by=" "
        ),
        "school": _joined(("University of",), cities, by=" "),
    }


def _career_templates() -> dict[str, object]:
    return {
        "summary": _summaries(),
        "bullet": _bullets(),
        "resp": [
            "Look after {thing} from first sketch to daily use, sharing the work with {team} through {skill}.",
            "Set clear goals for {thing}, then reach them with {skill} and honest reporting.",
            "Sit with {team} each week and decide how {skill} should shape {thing} next.",
            "Teach {skill} to newcomers and keep the handbook of {thing} short and true.",
            "Find the slow and fragile parts of {thing}, and mend them with {skill} first.",
            "Answer for the running costs of {thing}; explain {skill} choices to {team}.",
        ],
        "about": [
            (
                "{company} has served {industry} customers from {city} for many years. A {title} is wanted by {team} "
                "to help us keep our promises as the order book grows."
            ),
            (
                "From its workshops in {city}, {company} supplies the {industry} trade at home and abroad. The post "
                "of {title} reports to {team} and carries real freedom."
            ),
            (
                "Few {industry} firms are as small or as busy as {company} in {city}. As {title} you would join {team} "
                "and see your work in use within weeks."
            ),
        ],
    }


def _summaries() -> list[str]:
    openings = (
        "{title} with {years} years in {industry}, at home with {s1} and curious about {s2}.",
        "After {years} years in {industry}, a {title} who trusts {s1} and practises {s2} daily.",
        "{years} years of {industry} projects as a {title}, most of them built on {s1} and {s2}.",
        "A {title} whose {years} years in {industry} have been spent on {s1}, lately with {s2}.",
        "{industry} {title} of {years} years standing; strongest in {s1}, dependable in {s2}.",
    )
    closings = (
        "Writes things down, finishes what is begun and gladly shares the credit.",
        "Prefers small steps, plain words and a working version every Friday.",
    )
    return _joined(openings, closings, by=" ")


def _bullets() -> list[str]:
    return [
        "{verb} {thing} by means of {skill}, so that {team} saved {pct} hours a month.",
        "{verb} {thing} with {skill}; complaints fell by {pct}% before the year was out.",
        "{verb} {thing} together with {team}, lifting output by {pct}% through {skill}.",
        "{verb} {thing} on a budget of {pct}k, leaning on {skill} from the first day.",
        "{verb} {thing} and showed {team} how {skill} halves the time to release.",
        "{verb} {thing} in {pct} days, replacing three older tools with {skill}.",
        "{verb} {thing} without a single outage while {team} learned {skill}.",
        "{verb} {thing}, writing the {skill} guide that {team} still follows.",
        "{verb} {thing} through {skill} until {pct}% of requests needed no hand work.",
        "{verb} {thing} for {pct} branch offices, with {skill} checks at every stage.",
        "{verb} {thing}; brought {pct} partners over to {skill} alongside {team}.",
        "{verb} {thing} around {skill}, and waiting times shrank by {pct}% in a quarter.",
    ]


_SLOT_NOUNS = {
    "appliance": "kettle toaster blender freezer heater mixer juicer ironer dryer cooker",
    "town": "Alford Benwick Corham Denby Elstow Farley Gorton Hexby Ilkley Jarrow",
    "moment": "morning evening Monday Thursday weekend holiday April October autumn winter",
    "branch": "repairs returns shipping lending booking support savings renting catering parking",
    "fault": "leak rattle delay smell crack stain shortage overcharge blackout mixup",
    "contact": "agent driver teacher builder doctor manager courier neighbour landlord cashier",
    "task": "renewal upgrade transfer signup refund survey pickup checkup payment booking",
    "paper": "receipt warranty permit voucher licence invoice manual ticket contract report",
    "gadget": "watch speaker drone scanner console tablet charger sensor router camera",
    "offer": "starter family student premium seasonal monthly yearly trial bundle loyalty",
}
_SLOT_PREFIXES = _phrases(", first , last , usual , other ")
_INTENTS = _words(
    "ask_price open_account close_account lost_parcel late_delivery fix_appliance move_booking "
    "renew_licence file_complaint praise_staff find_branch speak_human"
)
_FRAMES = (
    "Who can tell me about {a} and the {b} today?",
    "I am writing because {a} does not match my {b}.",
    "Please send the {a} over before the {b} is due.",
    "How long does {a} take once {b} has been agreed?",
    "There seems to be some trouble with {a} near {b}.",
    "My {a} stopped after the {b}, so should I bring the {c} along?",
    "Would it be cheaper to have {a} and {b} joined with the {c}?",
    "I was told that {a} covers {b}, yet the {c} says it does not.",
    "Before I agree to {a}, may I compare {b} with the {c}?",
    "Nobody answered when I asked {a} about {b} and then the {c}.",
)
_TEMPLATE_WEIGHTS = (1, 8, 3, 5, 2)


def _intent_words() -> dict[str, object]:
    return {
        "slots": {name: _joined(_SLOT_PREFIXES, _words(nouns)) for name, nouns in _SLOT_NOUNS.items()},
        "intents": {intent: _intent_templates(number, intent) for number, intent in enumerate(_INTENTS)},
        "audience": ["adult", "retailer", "engineer", "pensioner"],
        "complexity": ["plain", "middling", "tricky"],
        "style": ["brief", "wordy", "polite", "cross", "matter-of-fact"],
    }


def _intent_templates(number: int, intent: str) -> list[tuple[str, int]]:
    """Return the frames with this intent's own slots in them; every third one ends by naming the intent."""
    names = [f"{{{name}}}" for name in _SLOT_NOUNS]
    templates = []
    for index, frame in enumerate(_FRAMES):
        first = number + index
        a, b, c = (names[(first + step) % len(names)] for step in (0, 3, 7))
        ending = f" ({intent.replace('_', ' ')})" if index % 3 == 1 else ""
        weight = _TEMPLATE_WEIGHTS[(first * 2 + number) % len(_TEMPLATE_WEIGHTS)]
        templates.append((frame.format(a=a, b=b, c=c) + ending, weight))
    return templates


_ENGINE = "AppleWebKit/537.36 (KHTML, like Gecko)"
_PLATFORMS = (
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "X11; Linux x86_64",
    "Linux; Android 14",
)


def _traffic_words() -> dict[str, object]:
    sites = ("https://shop.example.com/", "https://news.example.org/", "https://docs.example.net/")
    pages = _phrases(", start, offers, guide, topics, find?q=oak, contact, fees, join, basket")
    browsers = [
        f"Mozilla/5.0 ({platform}) {_ENGINE} Chrome/{version}.0.0.0 Safari/537.36"
        for platform, version in product(_PLATFORMS, range(116, 126))
    ]
    return {
        "method": ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"],
        "method_w": [68, 16, 6, 4, 4, 2],
        "path": _joined(
            ("/api/v1", "/api/v2"),
            _words("accounts basket catalog invoices messages parcels quotes ratings tickets vendors"),
            _words("all archive find new one"),
            by="/",
        ),
        "status": [200, 201, 204, 301, 304, 400, 401, 403, 404, 429, 500, 502, 503],
        "status_w": [690, 65, 30, 15, 45, 30, 25, 15, 45, 10, 17, 8, 5],
        "ua": browsers + [f"fetcher/{version}.2 (+https://bots.example.net/about; weekly)" for version in range(10)],
        "ref": ["-", *_joined(sites, pages)],
        "host": [f"node-{number:02d}.example.net" for number in range(40)],
        "region": ["north-1", "north-2", "south-central-1", "east-1", "east-coast-2", "west-1"],
        "protocol": ["HTTP/1.1", "HTTP/2.0"],
        "level": ["INFO", "WARN", "ERROR"],
    }
