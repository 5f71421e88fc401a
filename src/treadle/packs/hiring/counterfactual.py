"""Counterfactual sets: pairs for evaluation alone that differ in one cue of the candidate, and in nothing that a score is made of.

Record n is member n % k of set n // k. A set's cue is a quota over those asked for, crossed with the label; its values are drawn
for all members at once, from one frequency band and of one length where there are such, and each member shows its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.hiring.cues import CUES, ENTITIES, TEXT, Drawing, cue_fields, reasons, values
from treadle.packs.hiring.months import month_names
from treadle.packs.hiring.resumes import CONTACT, DATES, PAGE, resume_fields
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
_GAP = CUES.index("gap")


@dataclass(frozen=True)
class Added:
    """What a recipe adds to résumés: its own heads by the kind of contact lines, and texts that stand behind a section.

    Its fields must hold these texts, and `page`, the link of a résumé's author.
    """

    contact: Mapping[str, str]
    behind: Mapping[str, str]


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
                "members: leave --bias out (and --columns classic, which implies it), or make another dataset without "
                "--counterfactual"
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
        """Return the recipe of sets for that of ordinary pairs with the same settings and taxonomy."""
        fields = {name: field for name, field in pairs.fields.items() if name not in REPLACED}
        fields |= targets(settings, evaluation=True) | resume_fields(taxonomy, ADDED)
        fields |= self._sets(fields) | cue_fields(self.members) | self._facts(fields) | _texts()
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

    def _facts(self, fields: Mapping[str, Field]) -> dict[str, Field]:
        parts = ("full_name", "society", "school", "neighbourhood", "reason")

        def matched(cue: Ints, *parts: NDArray[np.bool_]) -> NDArray[np.bool_]:
            name, society, school, place, reason = parts
            found: NDArray[np.bool_] = np.choose(cue, [name, name & society, school, place, reason])
            return found

        return {
            **_breaks(fields),
            **Drawing(self.members).facts(),
            "matched": td.derive(
                matched,
                "cue_code",
                *(f"{name}_matched" for name in parts),
                boolean=True,
                doc="whether names are alike in frequency band, and names, schools, places, reasons in length but for a letter",
            ),
        }


def _breaks(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Return careers in which sets that differ in the reason of a break have one of six months or more."""

    def pauses(cue: Ints, usual: td.Lists) -> tuple[Ints, Ints]:
        latest = np.arange(len(usual.codes)) - usual.offsets[usual.row] == 1
        return usual.codes + np.where(latest & (cue == _GAP)[usual.row], 12, 0), usual.lengths

    def rest(cue: Ints, usual: Ints, count: Ints) -> Ints:
        return usual + np.where((cue == _GAP) & (count == 1), 6, 0)

    def began(starts: td.Lists, ends: td.Lists, count: Ints, rest: Ints) -> Ints:
        first = starts.offsets[:-1]
        before = np.append(ends.codes, 0)[first + np.minimum(1, count - 1)]
        return np.where(count > 1, before, starts.codes[first] - rest)

    months = month_names()
    return {
        "usual_pauses": fields["pauses"],
        "pauses": td.derive(pauses, "cue_code", "usual_pauses", values=range(30), many=True),
        "usual_rest": fields["rest_before_work"],
        "rest_before_work": td.derive(rest, "cue_code", "usual_rest", "job_count"),
        "break_kind": td.derive(lambda count: (count > 1).astype(np.int64), "job_count", values=["first", "later"]),
        "break_from": td.derive(
            began, "job_starts", "job_ends", "job_count", "rest_before_work", values=months, entity="DATE"
        ),
        "break_to": td.derive(
            lambda starts: starts.codes[starts.offsets[:-1]], "job_starts", values=months, entity="DATE"
        ),
    }


def _texts() -> dict[str, Field]:
    """Return what is added to résumés so that cues show."""
    shown = {name: "Month YYYY" if name == "YYYY" else name for name in DATES}
    own = {
        **{
            name: td.by("dates", {style: f'{{break_{name}|as("{form}")}}' for style, form in shown.items()})
            for name in ("from", "to")
        },
        "break": td.by("reason_class", {each.match: _template(each.frame) for each in reasons()}),
    }
    added = td.read_rules(TEXT)
    return {
        "page": td.text(PAGE, entity="LINK"),
        "address": td.text("{if cue = place}{neighbourhood}, {/if}{home_city}"),
        "break_part": td.text("\n\n{break}", rules=own, when="cue = gap"),
        "person_part": td.text("\n\n{recommendation}[\n\n{membership}]", rules=added, when="cue = gender"),
        "course_part": td.text("\n\n{course}", rules=added, when="cue = institution and degree = none"),
    }


def _template(frame: str) -> str:
    """Return a sentence as a template: its slots stay, all else is plain text."""
    return "".join(
        part if part in {"{from}", "{to}", "{reason}"} else td.escape(part) for part in re.split(r"(\{\w+\})", frame)
    )


def _with_address(head: str) -> str:
    """Return contact lines with the address in place of the town; without a town, it is added for sets that differ in it."""
    if "{home_city}" in head:
        return head.replace("{home_city}", "{address}")
    return head + "{if cue = place}\n{address}{/if}"


ADDED = Added(
    {name: _with_address(head) for name, head in CONTACT.items()},
    {"experience": "{break_part}", "extra": "{person_part}{course_part}"},
)
