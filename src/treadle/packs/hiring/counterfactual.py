"""Counterfactual sets: pairs for evaluation alone that differ in one cue of the candidate, and in nothing that a score is made of.

Record n is member n % k of set n // k. A set's cue is a quota over those asked for, crossed with the label; its values are drawn
for all members at once, from one frequency band and of one length where there are such, and each member shows its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.hiring.cues import CUES, ENTITIES, TEXT, Drawing, cue_fields, quarters, values
from treadle.packs.hiring.jobs import cities, locales
from treadle.packs.hiring.resumes import CONTACT, PAGE, Added, resume_fields
from treadle.packs.hiring.targets import targets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from treadle import Field
    from treadle.packs.hiring.settings import Settings
    from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy

    Ints = NDArray[np.int64]

COLUMNS = ("set", "member", "cue", "cue_value", "matched")
CLOSURE = ("record", "member", "cue_value", "name", "resume_text", "gender", "name_group")
"""The columns that may differ between the members of a set."""
REPLACED = ("person_group", "given_row", "family_row")
"""Fields of ordinary pairs that these have others for."""
_GAP, _PLACE = CUES.index("gap"), CUES.index("place")


@dataclass(frozen=True)
class Counterfactuals:
    """What to vary: one cue or several, and the number of members of a set."""

    cues: tuple[str, ...]
    members: int = 2

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Counterfactuals:
        """Read the options `counterfactual` and `set_size`; raises `UsageError` for what is none, or does not fit the others."""
        given = options["counterfactual"]
        cues = tuple(cue.strip() for cue in given.split(",") if cue.strip())
        if not cues or len(set(cues)) < len(cues) or not set(cues) <= set(CUES):
            raise td.UsageError(f"--counterfactual {given!r}: expected some of {','.join(CUES)}, each once")
        faults = options.get("bias", "none")
        if faults != "none":
            raise td.UsageError(
                f"--bias {faults!r}: counterfactual sets are equal but for one cue, and text faults would differ between their "
                "members: leave --bias out, or make another dataset without --counterfactual"
            )
        if "names_list" in options:
            raise td.UsageError(
                "--vocab names=FILE: counterfactual sets draw names that are matched in frequency and length, from lists of their "
                "own: leave it out"
            )
        size = options.get("set_size", "2")
        most = min(len(values()[cue]) for cue in cues)
        if not size.isdecimal() or not 2 <= int(size) <= most:  # fewer are no set
            fewest = min(cues, key=lambda cue: len(values()[cue]))
            raise td.UsageError(
                f"--set-size {size!r}: expected 2 to {most} records a set: cue {fewest!r} has {most} values"
            )
        return cls(cues, int(size))

    def recipe(self, pairs: td.Recipe, settings: Settings, taxonomy: TechSkillsTaxonomy) -> td.Recipe:
        """Return the recipe of sets for that of ordinary pairs; raises `UsageError` where no place fits the settings' locales."""
        fields = {name: field for name, field in pairs.fields.items() if name not in REPLACED}
        fields |= targets(settings, evaluation=True) | resume_fields(taxonomy, ADDED)
        fields |= self._sets(fields) | cue_fields(self.members) | self._facts(fields, settings) | _texts()
        fields["bias_type"] = td.choice(["fairness"], doc="the family of faults put in: cues alone")
        first, *rest = pairs.columns
        columns = [first, *COLUMNS, *rest]
        columns.insert(columns.index("gender") + 1, "name_group")
        return replace(
            pairs,
            fields=fields,
            columns=columns,
            members=self.members,
            closure=CLOSURE,
            entities=[*pairs.entities, *ENTITIES],
            doc="Counterfactual sets of résumé-job pairs, for evaluation: they differ in one cue of the candidate alone.",
        )

    def _sets(self, fields: Mapping[str, Field]) -> dict[str, Field]:
        shares = {cue: int(cue in self.cues) for cue in CUES}
        return {
            "set": td.set_number(doc="the number of the set"),
            "member": td.member(doc="the record's place in its set"),
            "cue": td.quota(shares, across="half" if "half" in fields else "target", doc="what the set differs in"),
            "cue_code": td.derive(lambda cue: cue, "cue"),
        }

    def _facts(self, fields: Mapping[str, Field], settings: Settings) -> dict[str, Field]:
        drawing = Drawing(self.members)
        homes = _homes(fields, settings) if "place" in self.cues else {}
        listed = homes["home_city"] if homes else fields["home_city"]
        matched = ("given", "family", "society", "school", "neighbourhood", "reason")

        def all_matched(cue: Ints, *parts: NDArray[np.bool_]) -> NDArray[np.bool_]:
            given, family, society, school, place, reason = parts
            found: NDArray[np.bool_] = np.choose(cue, [given & family, given & family & society, school, place, reason])
            return found

        return {
            **homes,
            **_breaks(fields),
            **drawing.people(),
            **drawing.schools(),
            **drawing.places(vars(listed)["values"].texts()),
            **drawing.reasons(),
            "matched": td.derive(
                all_matched,
                "cue_code",
                *(f"{name}_matched" for name in matched),
                boolean=True,
                doc="whether names are alike in frequency band, and names, schools, places, reasons in length but for a letter",
            ),
        }


def _homes(fields: Mapping[str, Field], settings: Settings) -> dict[str, Field]:
    """Return where people live: those of sets that differ in the place live in a town whose neighbourhoods are known."""
    chosen = locales(settings)
    towns: dict[str, list[str]] = {}
    known = {row["country"] for row in quarters()}
    for row in quarters():
        towns.setdefault(row["country"], []).append(row["city"])
    fits = np.array([country in known for country, _ in chosen.values()])
    weights = {number: max(weight, 1) for number, (country, weight) in enumerate(chosen.values()) if country in known}
    if not weights:
        raise td.UsageError(
            f"--counterfactual place: no neighbourhoods are known of the countries of --locales {','.join(chosen)}: expected "
            f"locales of {', '.join(sorted(known))}"
        )
    usual = {name: [*each] for name, each in cities().items() if name in {country for country, _ in chosen.values()}}
    listed = list(
        dict.fromkeys(
            [*(town for each in usual.values() for town in each), *(t for each in towns.values() for t in each)]
        )
    )
    place = {town: number for number, town in enumerate(listed)}

    def locale(cue: Ints, usual: Ints, other: Ints) -> Ints:
        return np.where((cue == _PLACE) & ~fits[usual], other, usual)

    def city(cue: Ints, usual: Ints, known: Ints) -> Ints:
        return np.where(cue == _PLACE, known, usual)

    return {
        "usual_locale": fields["locale"],
        "place_locale": td.choice(weights),
        "locale": td.derive(
            locale, "cue_code", "usual_locale", "place_locale", values=list(chosen), doc="where the person is from"
        ),
        "usual_city": td.choice(
            {name: {place[t]: w for t, w in each.items()} for name, each in cities().items() if name in usual},
            by="home",
        ),
        "place_city": td.choice(
            {name: [place[t] for t in dict.fromkeys(towns.get(name, each))] for name, each in usual.items()}, by="home"
        ),
        "home_city": td.derive(city, "cue_code", "usual_city", "place_city", values=listed, entity="PLACE"),
    }


def _breaks(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Return careers in which sets that differ in the reason of a break have one of six months or more."""

    def pauses(cue: Ints, usual: td.Lists) -> tuple[Ints, Ints]:
        latest = np.arange(len(usual.codes)) - usual.offsets[usual.row] == 1
        return usual.codes + np.where(latest & (cue == _GAP)[usual.row], 12, 0), usual.lengths

    def rest(cue: Ints, usual: Ints, count: Ints) -> Ints:
        return usual + np.where((cue == _GAP) & (count == 1), 6, 0)

    def months(starts: td.Lists, ends: td.Lists, count: Ints, rest: Ints) -> Ints:
        first = starts.offsets[:-1]
        before = np.append(ends.codes, 0)[first + np.minimum(1, count - 1)]
        return np.where(count > 1, starts.codes[first] - before, rest)

    return {
        "usual_pauses": fields["pauses"],
        "pauses": td.derive(pauses, "cue_code", "usual_pauses", values=range(30), many=True),
        "usual_rest": fields["rest_before_work"],
        "rest_before_work": td.derive(rest, "cue_code", "usual_rest", "job_count"),
        "break_kind": td.derive(lambda count: (count > 1).astype(np.int64), "job_count", values=["first", "later"]),
        "break_months": td.derive(months, "job_starts", "job_ends", "job_count", "rest_before_work"),
    }


def _texts() -> dict[str, Field]:
    """Return what is added to résumés so that cues show."""
    rules = td.read_rules(TEXT)
    return {
        "page": td.text(PAGE, entity="LINK"),
        "address": td.text("{if cue = place}{neighbourhood}, {/if}{home_city}"),
        "break_part": td.text(
            "\n\n{if break_kind = first}{first_break}{else}{break}{/if}", rules=rules, when="cue = gap"
        ),
        "person_part": td.text("\n\n{recommendation}[\n\n{membership}]", rules=rules, when="cue = gender"),
        "course_part": td.text("\n\n{course}", rules=rules, when="cue = institution and degree = none"),
    }


def _with_address(head: str) -> str:
    """Return contact lines with the address in place of the town; without a town, it is added for sets that differ in it."""
    if "{home_city}" in head:
        return head.replace("{home_city}", "{address}")
    return head + "{if cue = place}\n{address}{/if}"


ADDED = Added(
    {name: _with_address(head) for name, head in CONTACT.items()},
    {"experience": "{break_part}", "extra": "{person_part}{course_part}"},
)
