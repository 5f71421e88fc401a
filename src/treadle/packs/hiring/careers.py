"""Careers: the jobs that a candidate has had, one behind the other, and what is written of each.

Months are counted from January 1970. Jobs stand latest first; their dates do not overlap, levels never fall, and together they
last as many months as the candidate has experience.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.career_faults import CareerFaults, level_with_fault, natural_level
from treadle.packs.hiring.fact_kinds import Asked
from treadle.packs.hiring.job_dates import DATES, MOST_JOBS, Dates
from treadle.packs.hiring.jobs import employers, industries_of, title_tables
from treadle.packs.hiring.months import MONTHS, month_names
from treadle.packs.hiring.resumes import job_text
from treadle.packs.hiring.sentences import BULLETS, TENSES, WITHOUT_EVIDENCE, Sentences, grouped, marked
from treadle.packs.hiring.settings import Settings
from treadle.packs.hiring.taxonomy import KINDS, LEVELS, SERVICE, TechSkillsTaxonomy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from treadle import Field

    Ints = NDArray[np.int64]

FIRST_MONTH, LAST_MONTH = 665, 676
"""June 2025 to May 2026: when résumés were written."""
SENIOR = LEVELS.index("senior")
PRESENT, PAST = TENSES.index("base"), TENSES.index("past")
"""Where a résumé tells its bullets in the present, jobs that are over are told in the past all the same."""


@dataclass(frozen=True)
class Careers:
    """Declares the jobs of a candidate; the candidate's fields and `length` must be among the recipe's others."""

    taxonomy: TechSkillsTaxonomy = field(default_factory=TechSkillsTaxonomy)
    settings: Settings = field(default_factory=Settings)

    def fields(self) -> dict[str, Field]:
        """Return the dates, and the jobs with their bullets."""
        asked = Asked.of(self.settings.bias)
        return self._dates() if asked is None else CareerFaults(asked).over(self._dates())

    def _dates(self) -> dict[str, Field]:
        return {
            "written": td.integer(FIRST_MONTH, LAST_MONTH, doc="the month of the résumé, from January 1970"),
            "employed": td.chance("0.82", doc="whether the latest job goes on"),
            "between": td.integer(1, 7),
            "job_count": td.derive(_job_count, "months_worked", "job_draw"),
            "job_draw": td.integer(0, 99),
            "shares": td.sample(range(38), MOST_JOBS),
            "pauses": td.sample(range(12), MOST_JOBS),
            "job_starts": td.derive(_starts, *DATES, values=range(MONTHS), many=True),
            "job_ends": td.derive(_ends, *DATES, values=range(MONTHS), many=True),
            "first_month": td.derive(lambda starts: starts.codes[starts.offsets[1:] - 1], "job_starts"),
            "bullet_draw": td.integer(0, 999_999),
            "jobs": td.each(
                over="job_starts", fields=self._job(), columns=["title", "company", "from", "to", "bullets"]
            ),
        }

    def _job(self) -> dict[str, Field]:
        roles = self.taxonomy.roles
        names = list(roles)
        titles, title_of, title_count = title_tables(self.taxonomy)
        near_of = np.array(
            [names.index(role.near[0]) if role.near else code for code, role in enumerate(roles.values())]
        )
        bullets = np.array(list(BULLETS.values()))
        groups = {name: role.group for name, role in roles.items()}

        lowest = np.array([role.lowest for role in roles.values()])
        junior_of = np.array([names.index(self.taxonomy.junior(name)) for name in names])

        def role(now: Ints, number: Ints, moved: Ints, level: Ints) -> Ints:
            found = np.where((number > 0) & moved, near_of[now], now)
            return np.where(level < lowest[found], junior_of[found], found)

        def title(role: Ints, level: Ints, variant: Ints) -> Ints:
            post = role * len(LEVELS) + level
            chosen: Ints = title_of[post, variant % title_count[post]]
            return chosen

        return {
            "number": td.serial(0),
            "finish": td.derive(lambda ends, number: ends.codes[ends.offsets[:-1] + number], "job_ends", "number"),
            "now": td.derive(lambda number, employed: (number == 0) & employed, "number", "employed", boolean=True),
            "held_level": self._level(),
            "moved": td.chance("0.2"),
            "held_role": td.derive(role, "candidate_role", "number", "moved", "held_level", values=names),
            "group": td.derive(groups, "held_role"),
            "variant": td.integer(0, 59),
            "title": td.derive(title, "held_role", "held_level", "variant", values=titles, entity="TITLE"),
            "sector": td.choice(industries_of(self.taxonomy, self.settings), by="held_role"),
            "company": td.choice(employers(self.settings), by="sector", within="split", entity="COMPANY"),
            "from": td.derive(lambda month: month, "item", values=month_names(), entity="DATE"),
            "to": td.derive(lambda month: month, "finish", values=month_names(), entity="DATE", when="not now"),
            "bullet_count": td.derive(lambda length, number: bullets[length, number], "length", "number"),
            **job_text(self.taxonomy),
            "bullets_before": td.cumulative("bullet_count", before=True),
            "bullets": td.each("bullet_count", self._bullet(), columns=["line"]),
        }

    def _level(self) -> Field:
        usual = ("candidate_level", "item", "finish", "first_month", "number")
        if Asked.of(self.settings.bias) is None:
            return td.derive(natural_level, *usual, values=LEVELS)
        return td.derive(level_with_fault, "fact_fault", *usual, values=LEVELS)

    def _bullet(self) -> dict[str, Field]:
        sentences = Sentences.of(self.taxonomy)
        templates, (verbs, verb_of) = sentences.templates(), sentences.verb_table()
        skills = self.taxonomy.vocabulary()
        kind_of, introduced = self.taxonomy.kind, self.taxonomy.introduced
        alone = np.array([name not in WITHOUT_EVIDENCE for name in self.taxonomy.names])
        is_hard = (kind_of != KINDS.index("soft")) & alone
        service = np.array([role.group in SERVICE for role in self.taxonomy.roles.values()]).astype(np.int64)
        duty_first, duty_count, duty_junior = sentences.duty_first, sentences.duty_count, sentences.duty_count_junior
        evidence_first, evidence_counts = sentences.evidence_first, sentences.evidence_counts

        def fitting(held: td.Lists, before: Ints, number: Ints, draw: Ints, finish: Ints) -> Ints:
            """Return the first hard skill from a place on that there was in the job's last year but one; -1 where there is none."""
            first, lengths, turn, year = held.offsets[:-1], held.lengths, before + number + draw, 1970 + finish // 12
            found, waiting = np.full(len(lengths), -1), np.flatnonzero(lengths)
            for step in range(int(lengths.max(initial=0))):  # most have found one after a step or two
                code = held.codes[first[waiting] + (turn[waiting] + step) % lengths[waiting]]
                good = is_hard[code] & (introduced[code] < year[waiting])
                found[waiting[good]] = code[good]
                waiting = waiting[~good & (lengths[waiting] > step + 1)]
            return found

        def sentence(
            duty: Ints, before: Ints, number: Ints, draw: Ints, role: Ints, level: Ints, skill: Ints, reached: Ints
        ) -> Ints:
            done = _ordinal(before, number, draw)
            more = before + number - done
            due = _ordinal(before, number + 1, draw) > done  # a duty for want of a skill takes its turn backwards
            group = 2 * kind_of[skill] + service[role]
            count = evidence_counts[np.minimum(reached, 1), group]  # beginners lead nobody
            shown = (draw // 7 + more * (1 + draw % (count - 1))) % count
            told = _duty(np.where(due, done, -1 - more), draw, level >= SENIOR, duty_junior[role], duty_count[role])
            return np.where(duty, duty_first[role] + told, evidence_first[group] + shown)

        def verb(sentence: Ints, tense: Ints, now: NDArray[np.bool_]) -> Ints:
            chosen: Ints = verb_of[sentence, np.where((tense == PRESENT) & ~now.astype(np.bool_), PAST, tense)]
            return chosen

        return {
            "place": td.serial(0),
            "fits": td.derive(fitting, "skills", "bullets_before", "place", "bullet_draw", "finish"),
            "skill": td.derive(lambda fits: np.maximum(fits, 0), "fits", values=skills, entity="SKILL"),
            "duty": td.derive(_is_duty, "bullets_before", "place", "bullet_draw", "fits", boolean=True),
            "sentence": td.derive(
                sentence,
                "duty",
                "bullets_before",
                "place",
                "bullet_draw",
                "held_role",
                "held_level",
                "skill",
                "candidate_level",
                values=list(templates),
            ),
            "verb": td.derive(verb, "sentence", "tense", "now", values=verbs),
            "line": td.text(
                td.by("mark", marked("{verb} {rest}")),
                rules={**grouped(self.taxonomy, "group", "home"), "rest": td.by("sentence", templates)},
            ),
        }


def _ordinal(before: Ints, number: Ints, draw: Ints) -> Ints:
    """Count the duties up to each bullet of a résumé: three in five."""
    return (3 * (before + number) + draw % 5) // 5


def _is_duty(before: Ints, number: Ints, draw: Ints, fits: Ints) -> NDArray[np.bool_]:
    """Tell which bullets are duties: those whose turn it is, and those for want of a skill."""
    due: NDArray[np.bool_] = (_ordinal(before, number + 1, draw) > _ordinal(before, number, draw)) | (fits < 0)
    return due


def _duty(turn: Ints, draw: Ints, leads: NDArray[np.bool_], juniors: Ints, count: Ints) -> Ints:
    """Return which of a role's duties has its turn: one in four of a leader's is for leaders alone, which stand behind the others.

    Turns of one résumé never meet, whatever the levels of its jobs, as long as there are no more than duties of juniors.
    """
    leaders = count - juniors
    own = leads & (turn % 4 == draw % 4) & (turn >= 0) & (turn // 4 < leaders)
    return np.where(own, juniors + (draw + turn // 4) % np.maximum(leaders, 1), (draw // 11 + turn) % juniors)


def _job_count(months: Ints, draw: Ints) -> Ints:
    """Return about one job in three years, and one more or less."""
    usual = (months + 12) // 40 + (draw < 35) - (draw > 85) + 1 - (months < 14)
    return np.clip(usual, 1, np.minimum(MOST_JOBS, 1 + months // 18))


def _starts(*columns: Any) -> tuple[Ints, Ints]:  # noqa: ANN401  # the columns of `DATES`
    dates = Dates.of(*columns)
    return dates.listed(dates.starts)


def _ends(*columns: Any) -> tuple[Ints, Ints]:  # noqa: ANN401  # the columns of `DATES`
    dates = Dates.of(*columns)
    return dates.listed(dates.ends)
