"""Cues: what members of a counterfactual set differ in, the values of each, and the facts that show them in a résumé."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.credentials import KINDS
from treadle.packs.hiring.data import HERE, table
from treadle.packs.hiring.people import mail_form
from treadle.packs.hiring.pools import DRAWS, Entry, Pool, by_length
from treadle.packs.hiring.taxonomy import DEGREES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from treadle import Field

    Ints = NDArray[np.int64]

CUES = ("name", "gender", "institution", "place", "gap")
GENDERS = {"woman": "f", "man": "m", "neutral": "x"}
"""The values of the cue, and those of the column `gender`."""
TIERS = {"tier 1": "1", "tier 2": "2", "tier 3": "3"}
"""Schools of the person's country: most selective, well known, others; as in `institutions.tsv`."""
NEEDS_A_JOB = ("redundancy", "sabbatical", "parental leave")
"""Reasons of a break that nobody has before a first job."""
PERSON = ("name", "given", "family", "email", "page")
AGREEMENT = {
    name: f"{name} {name} {plural}"
    for name, plural in {"is": "are", "has": "have", "was": "were", "makes": "make", "knows": "know"}.items()
}
"""Forms of verbs behind `they`, by gender."""
WORDS = {"they": "subject", "them": "object", "their": "possessive", "honorific": "British"}
"""Fields and the uses of pronouns and honorifics in `genders.tsv`."""
CLOSURE = {
    "name": PERSON,
    "gender": (*PERSON, *WORDS, *AGREEMENT, "society"),
    "institution": ("school",),
    "place": ("neighbourhood",),
    "gap": ("reason",),
}
"""The facts that a cue may change: outside their spans the texts of a set are equal."""
ENTITIES = ("PRONOUN", "AGREEMENT", "HONORIFIC", "SOCIETY", "REASON")
"""Types of spans that only these résumés have."""
TEXT = HERE / "fairness" / "text.rules"


@cache
def values() -> dict[str, tuple[str, ...]]:
    """Return the values of every cue."""
    return {
        "name": tuple(dict.fromkeys(row["culture"] for row in td.fault_list("fairness_names"))),
        "gender": tuple(GENDERS),
        "institution": tuple(TIERS),
        "place": tuple(dict.fromkeys(row["cue"] for row in td.fault_list("neighbourhoods"))),
        "gap": tuple(
            sorted({row["reason"] for row in td.fault_list("gap_reasons")}, key=lambda r: (r in NEEDS_A_JOB, r))
        ),
    }


@dataclass(frozen=True)
class Reason:
    """A reason of a break: its set, the whole sentence's frame with a slot `{reason}`, and what stands in that."""

    match: str
    reason: str
    frame: str
    clause: str


@cache
def reasons() -> tuple[Reason, ...]:
    """Return the reasons; what comes before or behind the dates is the same in all sentences of a set, and is its frame."""
    found = []
    for row in td.fault_list("gap_reasons"):
        head = re.match(r"(.*\{to\}\W*)(.*)(\.)$", row["sentence"])
        tail = re.match(r"()(.*)( \w+ \{from\}.*\.)$", row["sentence"])
        parts = head if head and head[2] else tail
        assert parts, row["sentence"]  # noqa: S101  # a data file that is shipped
        found.append(Reason(row["set"], row["reason"], f"{parts[1]}{{reason}}{parts[3]}", parts[2]))
    return tuple(found)


def cue_fields(members: int) -> dict[str, Field]:
    """Return the values that each set has for every cue, in the order of its members, and those of each record."""
    known = values()
    first = np.cumsum([0, *(len(known[cue]) for cue in CUES)])
    listed = [value for cue in CUES for value in known[cue]]
    early = [reason for reason in known["gap"] if reason not in NEEDS_A_JOB]

    def value(cue: Ints, member: Ints, *sets: td.Lists) -> Ints:
        each = np.stack([each.codes.reshape(-1, members) for each in sets])
        found: Ints = first[cue] + each[cue, np.arange(len(cue)), member]
        return found

    drawn = {f"{cue}_values": td.sample(list(known[cue]), members) for cue in CUES if cue != "gap"}
    return {
        **drawn,
        "gap_values": td.sample({"first": early, "later": list(known["gap"])}, members, by="break_kind"),
        "cue_value": td.derive(
            value,
            "cue_code",
            "member",
            *(f"{cue}_values" for cue in CUES),
            values=listed,
            doc="the record's value of the cue",
        ),
    }


@dataclass(frozen=True)
class Drawing:
    """Declares the facts that show cues, drawn for all members of a set at once."""

    members: int

    def facts(self) -> dict[str, Field]:
        """Return them all; `break_kind`, `school_group`, `cue_code` and those of `cue_fields` must be among the others."""
        return {**self._people(), **self._words(), **self._schools(), **self._places(), **self._reasons()}

    def _spread(self, cue: str, codes: Ints, listed: td.Lists, usual: Ints | None = None) -> Ints:
        """Return the value of every member (n, k); where another cue varies, one for all: the usual one, or else the first."""
        of = listed.codes.reshape(-1, self.members)
        return np.where((codes == CUES.index(cue))[:, None], of, of[:, :1] if usual is None else usual[:, None])

    def _own(self, cue: str, entries: Sequence[str], doc: str, *usual: str) -> Field:
        """Return the value of a cue that a record has."""

        def of(codes: Ints, member: Ints, listed: td.Lists, *usual: Ints) -> Ints:
            found: Ints = self._spread(cue, codes, listed, *usual)[np.arange(len(member)), member]
            return found

        return td.derive(of, "cue_code", "member", f"{cue}_values", *usual, values=list(entries), doc=doc)

    def _drawn(
        self, name: str, pool: Pool, cells: Callable[..., Ints], inputs: Sequence[str], entity: str = ""
    ) -> dict[str, Field]:
        """Return a field drawn from a pool, its class and whether it is matched; `cells` gives the cells (n, k) by the inputs."""

        def chosen(member: Ints, of_class: Ints, of_entry: Ints, *given: Any) -> Ints:  # noqa: ANN401  # the inputs of `cells`
            found: Ints = pool.draw(cells(*given), of_class, of_entry)[0][np.arange(len(member)), member]
            return found

        def of(of_class: Ints, of_entry: Ints, *given: Any) -> Ints:  # noqa: ANN401  # as above
            return pool.draw(cells(*given), of_class, of_entry)[1]

        def matched(of_class: Ints, of_entry: Ints, *given: Any) -> NDArray[np.bool_]:  # noqa: ANN401  # as above
            return pool.draw(cells(*given), of_class, of_entry)[2]

        drawn = (f"{name}_draw", f"{name}_entry")
        return {
            drawn[0]: td.integer(0, DRAWS - 1),
            drawn[1]: td.integer(0, DRAWS - 1),
            name: td.derive(chosen, "member", *drawn, *inputs, values=list(pool.texts), entity=entity),
            f"{name}_class": td.derive(of, *drawn, *inputs, values=list(pool.classes)),
            f"{name}_matched": td.derive(matched, *drawn, *inputs, boolean=True),
        }

    def _people(self) -> dict[str, Field]:
        groups = values()["name"]
        pool = Pool.of(_names())
        place = _places(pool, [[f"{group}/{gender}" for gender in GENDERS] for group in groups])

        def cells(cue: Ints, group: td.Lists, gender: td.Lists, usual: Ints) -> Ints:
            found: Ints = place[self._spread("name", cue, group), self._spread("gender", cue, gender, usual)]
            return found

        parts = {name: name.split(" ", 1) for name in pool.texts}
        given, family = ({name: part[number] for name, part in parts.items()} for number in (0, 1))
        return {
            **self._drawn("full_name", pool, cells, ("cue_code", "name_values", "gender_values", "usual_gender")),
            "given": td.derive(given, "full_name", entity="GIVEN_NAME"),
            "family": td.derive(family, "full_name", entity="FAMILY_NAME"),
            "given_native": td.derive(given, "full_name", entity="GIVEN_NAME"),
            "family_native": td.derive(family, "full_name", entity="FAMILY_NAME"),
            "given_mail": td.derive({name: mail_form(part) for name, part in given.items()}, "full_name"),
            "family_mail": td.derive({name: mail_form(part) for name, part in family.items()}, "full_name"),
            "foreign_script": td.chance(0),
            "name_group": self._own("name", groups, "the culture that the name tells of"),
        }

    def _words(self) -> dict[str, Field]:
        rows = td.fault_list("genders")
        uses = {row["use"]: row for row in rows if row["kind"] in {"pronoun", "honorific"}}
        societies = {f"{number:03} {row['use']}": row for number, row in enumerate(rows) if row["kind"] == "matched"}
        pool = Pool.of(Entry(gender, match, row[gender]) for match, row in societies.items() for gender in GENDERS)
        place = _places(pool, [list(GENDERS)])[0]

        def cells(cue: Ints, gender: td.Lists, usual: Ints) -> Ints:
            found: Ints = place[self._spread("gender", cue, gender, usual)]
            return found

        words = {name: {code: uses[use][gender] for gender, code in GENDERS.items()} for name, use in WORDS.items()}
        forms = {name: dict(zip(GENDERS.values(), each.split(" "), strict=True)) for name, each in AGREEMENT.items()}
        return {
            "usual_gender": td.choice(list(GENDERS)[:2]),
            "gender": self._own(
                "gender",
                list(GENDERS.values()),
                "what the given name and pronouns go with: f, m, or x for they",
                "usual_gender",
            ),
            **{
                name: td.derive(each, "gender", entity="HONORIFIC" if name == "honorific" else "PRONOUN")
                for name, each in words.items()
            },
            **{name: td.derive(each, "gender", entity="AGREEMENT") for name, each in forms.items()},
            **self._drawn("society", pool, cells, ("cue_code", "gender_values", "usual_gender"), "SOCIETY"),
            "society_use": td.derive({match: match.partition(" ")[2] for match in pool.classes}, "society_class"),
        }

    def _schools(self) -> dict[str, Field]:
        rows = table("institutions.tsv")
        homes = list(dict.fromkeys(row["country"] for row in rows))
        held: dict[tuple[str, str], list[dict[str, str]]] = {}
        for row in rows:
            held.setdefault((row["country"], row["tier"]), []).append(row)
        found = []
        for home in homes:
            for degree, kinds in zip(DEGREES, KINDS, strict=True):
                for name, tier in TIERS.items():
                    fitting = [row for row in held[home, tier] if row["kind"] in kinds] or held[home, tier]
                    found += [(f"{home}/{degree}/{name}", row["institution"]) for row in fitting]
        pool = Pool.of(by_length(found))
        place = _places(pool, [[f"{home}/{degree}/{tier}" for tier in TIERS] for home in homes for degree in DEGREES])

        def cells(cue: Ints, group: Ints, tiers: td.Lists) -> Ints:
            found: Ints = place[group[:, None], self._spread("institution", cue, tiers)]
            return found

        return self._drawn("school", pool, cells, ("cue_code", "school_group", "institution_values"), "INSTITUTION")

    def _places(self) -> dict[str, Field]:
        rows = td.fault_list("neighbourhoods")
        pool = Pool.of(Entry(row["cue"], row["set"], row["place"]) for row in rows)
        place = _places(pool, [list(values()["place"])])[0]

        def cells(cue: Ints, listed: td.Lists) -> Ints:
            found: Ints = place[self._spread("place", cue, listed)]
            return found

        return self._drawn("neighbourhood", pool, cells, ("cue_code", "place_values"), "PLACE")

    def _reasons(self) -> dict[str, Field]:
        pool = Pool.of(Entry(each.reason, each.match, each.clause) for each in reasons())
        place = _places(pool, [list(values()["gap"])])[0]

        def cells(cue: Ints, listed: td.Lists) -> Ints:
            found: Ints = place[self._spread("gap", cue, listed)]
            return found

        return self._drawn("reason", pool, cells, ("cue_code", "gap_values"), "REASON")


def _names() -> list[Entry]:
    """Return names by culture and gender, in their matched sets: of each the woman and the man of one family; x may have either."""
    held: dict[tuple[str, str], dict[str, str]] = {}
    for row in td.fault_list("fairness_names"):
        held.setdefault((row["set"], row["culture"]), {})[row["gender"]] = row["name"]
    found = []
    for (match, culture), of in held.items():
        if len({name.split(" ", 1)[1] for name in of.values()}) == 1 and {"woman", "man"} == of.keys():
            found += [Entry(f"{culture}/{gender}", match, name) for gender, name in of.items()]
            found += [Entry(f"{culture}/neutral", match, name) for name in of.values()]
    return found


def _places(pool: Pool, cells: list[list[str]]) -> Ints:
    place = {cell: number for number, cell in enumerate(pool.cells)}
    return np.array([[place[cell] for cell in row] for row in cells])
