"""Sentences that bullets are made of: a verb in the tense of the text, and what follows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.amounts import amount_rules
from treadle.packs.hiring.data import documents, table, tables
from treadle.packs.hiring.taxonomy import KINDS, SERVICE, Role, TechSkillsTaxonomy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from treadle import Field

    Ints = NDArray[np.int64]

BULLETS = {
    "tiny": (0, 0, 0, 0, 0, 0),
    "short": (2, 1, 1, 0, 0, 0),
    "medium": (4, 3, 2, 1, 1, 0),
    "long": (8, 6, 5, 3, 2, 2),
    "full": (17, 13, 11, 9, 7, 5),
}
"""Bullets of each job, latest first, by a résumé's length."""
CLIENTS = ("health", "education", "public", "finance")
"""Groups with clients and partners of their own kind; those of the others are businesses."""
TENSES = ("past", "gerund", "base")
"""Forms of a bullet's verb, columns of `verbs.tsv`."""
MOST_EVIDENCE = 89
"""Sentences of one kind of skill that are used: a prime, so that any stride through them meets each once."""
OF_LEADERS = frozenset({
    "advise", "argue", "assign", "carry", "champion", "coach", "define", "drive", "establish", "foster", "fund", "guide", "lead",
    "mentor", "negotiate", "onboard", "oversee", "own", "represent", "restrict", "scale", "shape", "standardize", "steer",
    "supervise",
})  # fmt: skip
"""Verbs of evidence that beginners do not use of themselves."""
WITHOUT_EVIDENCE = frozenset(
    {"HTML", "CSS", "Sass", "Less", "XML", "HTTP", "USB", "TCP/IP", "UML", "JSON Schema", "Markdown"}
)
"""Skills that people list, but that no bullet is about: what is said of a language or a tool does not fit them."""


@dataclass(frozen=True)
class Sentences:
    """Every bullet: its verb and what follows, and where those of a role, and of a kind of skill, stand in the list."""

    verbs: tuple[str, ...]
    rests: tuple[str, ...]
    duty_first: Ints
    duty_count: Ints
    duty_count_junior: Ints
    evidence_first: Ints
    evidence_count: Ints
    evidence_count_junior: Ints

    @classmethod
    def of(cls, taxonomy: TechSkillsTaxonomy) -> Sentences:
        """Read duties, those of juniors before the others' in each role, and the evidence of skills.

        A role of a user's own, which no duties are written for, has those of a role that it is near, or of its trade.
        """
        rows = tables("duties")
        evidence = [row for row in rows if "kind" in row]
        duties: dict[str, list[dict[str, str]]] = {}
        for row in rows:
            if "role" in row:
                duties.setdefault(row["role"], []).append(row)
        verbs: list[str] = []
        rests: list[str] = []
        first, count, junior = [], [], []
        for role in taxonomy.roles.values():
            own = sorted(_duties_of(role, taxonomy, duties), key=lambda row: bool(row.get("level")))
            first.append(len(rests))
            count.append(len(own))
            junior.append(sum(not row.get("level") for row in own))
            verbs += [row["verb"] for row in own]
            rests += [row["rest"] for row in own]
        starts, counts, juniors = [], [], []
        for kind in KINDS:
            for sector in ("tech", "service"):
                own = [row for row in evidence if row["kind"] == kind and row["sector"] in {sector, "any"}]
                own = sorted(own[:MOST_EVIDENCE], key=lambda row: row["verb"] in OF_LEADERS)
                starts.append(len(rests))
                counts.append(len(own))
                juniors.append(prime_up_to(sum(row["verb"] not in OF_LEADERS for row in own)))
                verbs += [row["verb"] for row in own]
                rests += [row["rest"] for row in own]
        arrays = [np.array(each, np.int64) for each in (first, count, junior, starts, counts, juniors)]
        return cls(tuple(verbs), tuple(rests), *arrays)

    @property
    def evidence_counts(self) -> Ints:
        """The sentences of evidence that beginners draw from, and that all others do, by kind and sector; shape (2, n)."""
        return np.array([self.evidence_count_junior, self.evidence_count], np.int64)

    def templates(self, *, duties: bool = False) -> dict[str, str]:
        """Return what follows the verb, by the sentence's number as text: of all, or of duties alone."""
        last = int(self.evidence_first[0]) if duties else len(self.rests)
        return {str(number): rest for number, rest in enumerate(self.rests[:last])}

    def verb_table(self) -> tuple[list[str], Ints]:
        """Return all verb forms with a capital, and the place of each sentence's, shape (n_sentences, n_tenses)."""
        forms = {row["base"]: row for row in table("verbs.tsv")}
        rows = [[forms[verb][tense][:1].upper() + forms[verb][tense][1:] for tense in TENSES] for verb in self.verbs]
        listed = list(dict.fromkeys(form for row in rows for form in row))
        place = {form: number for number, form in enumerate(listed)}
        return listed, np.array([[place[form] for form in row] for row in rows], np.int64)


def prime_up_to(most: int) -> int:
    """Return the largest prime that is not above a number.

    >>> [prime_up_to(most) for most in (2, 10, 89, 96)]
    [2, 7, 89, 89]
    """
    return next(number for number in range(most, 1, -1) if all(number % each for each in range(2, isqrt(number) + 1)))


def trade(role: Role) -> str:
    """Return the group whose words a role's texts are made of: its own, or for one of a user's own that of its industry."""
    groups = {row["role"]: row["group"] for row in _trades()}
    known = set(groups.values())
    return role.group if role.group in known else role.industry if role.industry in known else "engineering"


@cache
def _trades() -> list[dict[str, str]]:
    return [{"role": entry["role"], "group": entry["group"]} for entry in documents("roles")]


def _duties_of(
    role: Role, taxonomy: TechSkillsTaxonomy, duties: Mapping[str, list[dict[str, str]]]
) -> list[dict[str, str]]:
    if role.name in duties:
        return duties[role.name]
    own = trade(role)
    others = [name for name in role.near if name in taxonomy.roles]
    alike = [entry["role"] for entry in _trades() if entry["group"] == own]
    return next(duties[name] for name in (*others, *alike) if name in duties)


def towns(prefix: str, country: str) -> dict[str, Field]:
    """Return three towns of a country, given as a field, to be named in sentences."""
    listed: dict[str, list[str]] = {}
    for row in table("cities.tsv"):
        listed.setdefault(row["country"], []).append(row["city"])
    every = list(dict.fromkeys(town for each in listed.values() for town in each))
    place = {town: number for number, town in enumerate(every)}
    numbered = {land: [place[town] for town in each] for land, each in listed.items()}

    def nth(number: int) -> Callable[[td.Lists], Ints]:
        def chosen(drawn: td.Lists) -> Ints:
            found: Ints = drawn.codes[drawn.offsets[:-1] + number]
            return found

        return chosen

    return {
        f"{prefix}_towns": td.sample(numbered, 3, by=country),
        **{
            f"{prefix}_{name}": td.derive(nth(number), f"{prefix}_towns", values=every, entity="PLACE")
            for number, name in enumerate(("town", "place", "site"))
        },
    }


def grouped(taxonomy: TechSkillsTaxonomy, by: str, prefix: str) -> dict[str, Any]:  # rules
    """Return the rules `thing`, `partner`, `outcome` and `scope`, chosen by a field that holds a role group, and those of amounts.

    The fields of the currency stand under the prefix: see `amounts.currency_fields`.
    """
    groups = {role.group: trade(role) for role in taxonomy.roles.values()}
    sector = {own: "service" if own in SERVICE and own != "support" else "tech" for own in groups.values()}
    return {
        **amount_rules(prefix),
        "client": td.by(
            by, {group: f"{{stem}} {{client_{own if own in CLIENTS else 'any'}}}" for group, own in groups.items()}
        ),
        "partner": td.by(
            by,
            {
                group: [(f"{{partner_{own}}}", 11), (f"{{partner_named_{sector[own]}}}", 2)]
                for group, own in groups.items()
            },
        ),
        **{
            name: td.by(by, {group: f"{{{name}_{own}}}" for group, own in groups.items()})
            for name in ("thing", "outcome", "scope")
        },
    }


def strangers(prefix: str, country: str, lands: Sequence[str]) -> dict[str, Field]:
    """Return the given and family name of somebody in a country, a field whose values are `lands` in that order."""
    home = {row["locale"]: row["country"] for row in table("locales.tsv") if row["country"] in lands}
    given: dict[str, dict[str, None]] = {f"{land}/{gender}": {} for land in lands for gender in "fm"}
    family: dict[str, dict[str, None]] = {group: {} for group in given}
    for row in table("names.tsv"):
        if row["locale"] in home:
            names = given if row["part"] == "given" else family
            for gender in "fm" if row["gender"] == "-" else row["gender"]:
                names[f"{home[row['locale']]}/{gender}"][row["latin"]] = None
    by = f"{prefix}_group"
    return {
        f"{prefix}_gender": td.integer(0, 1),
        by: td.derive(lambda land, gender: 2 * land + gender, country, f"{prefix}_gender", values=list(given)),
        f"{prefix}_given": td.choice({group: list(names) for group, names in given.items()}, by=by),
        f"{prefix}_family": td.choice({group: list(names) for group, names in family.items()}, by=by),
    }


def marked(line: str) -> dict[str, str]:
    """Return a line of a list behind each kind of mark; `prose` runs lines together."""
    marks = {"hyphen": "\n- ", "bullet": "\n• ", "asterisk": "\n* ", "dash": "\n\u2013 ", "none": "\n"}
    stop = "{if stops = yes}.{/if}"
    return {name: f"{mark}{line}{stop}" for name, mark in marks.items()} | {
        "prose": f"{{if place = 0}}\n{{else}} {{/if}}{line}."
    }
