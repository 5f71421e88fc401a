"""Cues: what members of a counterfactual set differ in, the values of each, and the facts that show them in a résumé."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.credentials import KINDS
from treadle.packs.hiring.data import HERE, table
from treadle.packs.hiring.people import mail_form
from treadle.packs.hiring.pools import DRAWS, Entry, Pool
from treadle.packs.hiring.taxonomy import DEGREES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from treadle import Field

    Ints = NDArray[np.int64]

CUES = ("name", "gender", "institution", "place", "gap")
GENDERS = ("f", "m", "x")
"""Women, men, and people who use `they`."""
TIERS = ("1", "2", "3")
"""Schools: most selective, well known, others; as in `institutions.tsv`."""
PERSON = ("name", "given", "family", "given_native", "family_native", "email", "page")
WORDS = ("they", "their", "them", "is", "has", "was", "s", "honorific", "society")
CLOSURE = {
    "name": PERSON,
    "gender": (*PERSON, *WORDS),
    "institution": ("school",),
    "place": ("neighbourhood",),
    "gap": ("reason",),
}
"""The facts that a cue may change: outside their spans the texts of a set are equal."""
BREAKS = ("first", "later")
"""Whether a break stands before the first job, or between two."""


@cache
def names() -> tuple[dict[str, str], ...]:
    """Return the rows of names; those that several groups share, which would be no cue, are left out."""
    rows = table("fairness/names.tsv")
    held = Counter((part, name) for part, name, _ in {(row["part"], row["name"], row["group"]) for row in rows})
    return tuple(row for row in rows if held[row["part"], row["name"]] == 1)


@cache
def values() -> dict[str, tuple[str, ...]]:
    """Return the values of every cue."""
    return {
        "name": tuple(dict.fromkeys(row["group"] for row in names())),
        "gender": GENDERS,
        "institution": tuple(f"tier {tier}" for tier in TIERS),
        "place": tuple(dict.fromkeys(row["band"] for row in table("fairness/neighbourhoods.tsv"))),
        "gap": tuple(dict.fromkeys(row["reason"] for row in table("fairness/gap_reasons.tsv"))),
    }


def matrix(listed: td.Lists, members: int) -> Ints:
    """Return the lists of sets, each of as many items as it has members, as rows."""
    return listed.codes.reshape(-1, members)


def own(of: Ints, member: Ints, varies: NDArray[np.bool_]) -> Ints:
    """Return each member's own value, (n,) of (n, k), where the cue varies, and elsewhere the first."""
    found: Ints = of[np.arange(len(of)), np.where(varies, member, 0)]
    return found


def cue_fields(members: int) -> dict[str, Field]:
    """Return the values that each set has for every cue, in the order of its members, and those of each record."""
    known = values()
    first = np.cumsum([0, *(len(known[cue]) for cue in CUES)])
    listed = [value for cue in CUES for value in known[cue]]
    reasons = known["gap"]
    may = {row["reason"]: row["when"] for row in table("fairness/gap_reasons.tsv")}
    fitting = {"first": [r for r in reasons if may[r] != "later"], "later": [r for r in reasons if may[r] != "first"]}
    order = np.array([reasons.index(r) for r in dict.fromkeys([*fitting["first"], *fitting["later"]])])

    def value(cue: Ints, member: Ints, *sets: td.Lists) -> Ints:
        each = np.stack([matrix(each, members) for each in sets])
        each[CUES.index("gap")] = order[each[CUES.index("gap")]]
        rows = np.arange(len(cue))
        found: Ints = first[cue] + each[cue, rows, member]
        return found

    drawn = {f"{cue}_values": td.sample(list(known[cue]), members) for cue in CUES if cue != "gap"}
    return {
        **drawn,
        "gap_values": td.sample(fitting, members, by="break_kind"),
        "cue_value": td.derive(
            value,
            "cue_code",
            "member",
            *(f"{cue}_values" for cue in CUES),
            values=listed,
            doc="the record's value of the cue",
        ),
    }


class Drawing:
    """Fields that draw from a pool for all members of a set at once: the text of each, and whether the set's are matched."""

    def __init__(self, members: int) -> None:
        """Take the number of members."""
        self.members = members

    def fields(
        self,
        name: str,
        pool: Pool,
        cells: Callable[..., Ints],
        inputs: Sequence[str],
        **options: Any,  # noqa: ANN401  # of derive
    ) -> dict[str, Field]:
        """Return a field and its `_matched`; `cells` gives the cell of every member (n, k) from the inputs."""

        def chosen(member: Ints, of_class: Ints, of_entry: Ints, *given: Any) -> Ints:  # noqa: ANN401  # the inputs of `cells`
            return own(pool.draw(cells(*given), of_class, of_entry)[0], member, np.ones(len(member), np.bool_))

        def matched(of_class: Ints, of_entry: Ints, *given: Any) -> NDArray[np.bool_]:  # noqa: ANN401  # as above
            return pool.draw(cells(*given), of_class, of_entry)[1]

        drawn = (f"{name}_class", f"{name}_entry")
        return {
            drawn[0]: td.integer(0, DRAWS - 1),
            drawn[1]: td.integer(0, DRAWS - 1),
            name: td.derive(chosen, "member", *drawn, *inputs, values=list(pool.texts), **options),
            f"{name}_matched": td.derive(matched, *drawn, *inputs, boolean=True),
        }

    def spread(self, cue: str, codes: Ints, listed: td.Lists) -> Ints:
        """Return the value of every member (n, k): one for all where another cue varies."""
        of = matrix(listed, self.members)
        return np.where((codes == CUES.index(cue))[:, None], of, of[:, :1])

    def people(self) -> dict[str, Field]:
        """Return names by group and gender, and the words that go with a gender."""
        groups = values()["name"]
        rows = table("fairness/genders.tsv")

        def cells(pool: Pool) -> Callable[..., Ints]:
            place = _places(pool, [[f"{group}/{gender}" for gender in GENDERS] for group in groups])

            def of(cue: Ints, group: td.Lists, gender: td.Lists) -> Ints:
                found: Ints = place[self.spread("name", cue, group), self.spread("gender", cue, gender)]
                return found

            return of

        inputs = ("cue_code", "name_values", "gender_values")
        given, family = Pool.of(_named("given"), slack=0), Pool.of(_named("family"), slack=1)
        society = Pool.of([Entry(row["gender"], row["society"]) for row in table("fairness/societies.tsv")], slack=1)
        of_gender = _places(society, [[*GENDERS]])[0]

        def member_gender(cue: Ints, member: Ints, listed: td.Lists) -> Ints:
            return own(self.spread("gender", cue, listed), member, np.ones(len(member), np.bool_))

        def member_group(cue: Ints, member: Ints, listed: td.Lists) -> Ints:
            return own(self.spread("name", cue, listed), member, np.ones(len(member), np.bool_))

        def genders(cue: Ints, listed: td.Lists) -> Ints:
            found: Ints = of_gender[self.spread("gender", cue, listed)]
            return found

        return {
            **self.fields("given", given, cells(given), inputs, entity="GIVEN_NAME"),
            **self.fields("family", family, cells(family), inputs, entity="FAMILY_NAME"),
            **self.fields("society", society, genders, ("cue_code", "gender_values"), entity="SOCIETY"),
            "gender": td.derive(
                member_gender,
                "cue_code",
                "member",
                "gender_values",
                values=GENDERS,
                doc="what the given name and the pronouns go with",
            ),
            "name_group": td.derive(
                member_group,
                "cue_code",
                "member",
                "name_values",
                values=groups,
                doc="the group that the name is usual in",
            ),
            **{
                f"{part}_{form}": td.derive({name: change(name) for name in pool.texts}, part)
                for part, pool in (("given", given), ("family", family))
                for form, change in (("native", str), ("mail", mail_form))
            },
            "foreign_script": td.chance(0),
            **{
                word: td.derive(
                    {row["gender"]: row[word] for row in rows}, "gender", entity=_ENTITIES.get(word, "AGREEMENT")
                )
                for word in WORDS
                if word != "society"
            },
        }

    def schools(self) -> dict[str, Field]:
        """Return the school by its country, the degree and the tier."""
        rows = table("institutions.tsv")
        homes = list(dict.fromkeys(row["country"] for row in rows))
        entries = []
        for home in homes:
            for degree, kinds in zip(DEGREES, KINDS, strict=True):
                for tier in TIERS:
                    all_of = [row for row in rows if row["country"] == home and row["tier"] == tier]
                    fitting = [row for row in all_of if row["kind"] in kinds] or all_of
                    entries += [Entry(f"{home}/{degree}/{tier}", row["institution"]) for row in fitting]
        pool = Pool.of(entries, slack=1)
        place = _places(pool, [[f"{home}/{degree}/{tier}" for tier in TIERS] for home in homes for degree in DEGREES])

        def cells(cue: Ints, group: Ints, tiers: td.Lists) -> Ints:
            found: Ints = place[group[:, None], self.spread("institution", cue, tiers)]
            return found

        return self.fields(
            "school", pool, cells, ("cue_code", "school_group", "institution_values"), entity="INSTITUTION"
        )

    def places(self, cities: Sequence[str]) -> dict[str, Field]:
        """Return the neighbourhood; `cities` are the entries of `home_city`."""
        bands = values()["place"]
        pool = Pool.of([Entry(f"{row['city']}/{row['band']}", row["neighbourhood"]) for row in quarters()], slack=1)
        known = {row["city"] for row in quarters()}
        somewhere = min(known)
        place = _places(pool, [[f"{city if city in known else somewhere}/{band}" for band in bands] for city in cities])

        def cells(cue: Ints, city: Ints, listed: td.Lists) -> Ints:
            found: Ints = place[city[:, None], self.spread("place", cue, listed)]
            return found

        return self.fields("neighbourhood", pool, cells, ("cue_code", "home_city", "place_values"), entity="PLACE")

    def reasons(self) -> dict[str, Field]:
        """Return the reason of a break."""
        rows = table("fairness/gap_reasons.tsv")
        pool = Pool.of([Entry(row["reason"], row["text"]) for row in rows], slack=1)
        known = values()["gap"]
        may = {row["reason"]: row["when"] for row in rows}
        ordered = [r for r in known if may[r] != "later"] + [r for r in known if may[r] == "later"]
        place = _places(pool, [ordered])[0]

        def cells(cue: Ints, listed: td.Lists) -> Ints:
            found: Ints = place[self.spread("gap", cue, listed)]
            return found

        return self.fields("reason", pool, cells, ("cue_code", "gap_values"), entity="REASON")


_ENTITIES = {"they": "PRONOUN", "their": "PRONOUN", "them": "PRONOUN", "honorific": "HONORIFIC"}
ENTITIES = ("LINK", "PRONOUN", "AGREEMENT", "HONORIFIC", "SOCIETY", "REASON")
"""Types of spans that only these résumés have."""
TEXT = HERE / "fairness" / "text.rules"


@cache
def quarters() -> tuple[dict[str, str], ...]:
    """Return the rows of neighbourhoods, of cities that have some of every band."""
    rows = table("fairness/neighbourhoods.tsv")
    bands: dict[str, set[str]] = {}
    for row in rows:
        bands.setdefault(row["city"], set()).add(row["band"])
    every = {row["band"] for row in rows}
    return tuple(row for row in rows if bands[row["city"]] == every)


def _named(part: str) -> list[Entry]:
    """Return the names of a part by group and gender; those of no gender are everybody's, given ones of both genders those of x."""
    found = []
    for group in values()["name"]:
        rows = [row for row in names() if row["group"] == group and row["part"] == part]
        genders: dict[str, set[str]] = {}
        for row in rows:
            genders.setdefault(row["name"], set()).update("fm" if row["gender"] == "-" else row["gender"])
        for row in rows:
            of = genders[row["name"]]
            fitting = of | {"x"} if part == "family" else {"x"} if of == {"f", "m"} else of
            found += [Entry(f"{group}/{gender}", row["name"], row["band"]) for gender in sorted(fitting)]
        if not any(entry.cell == f"{group}/x" for entry in found):
            found += [Entry(f"{group}/x", row["name"], row["band"]) for row in rows]
    return found


def _places(pool: Pool, cells: list[list[str]]) -> Ints:
    place = {cell: number for number, cell in enumerate(pool.cells)}
    return np.array([[place[cell] for cell in row] for row in cells])
