"""What must agree within the pack's records: `treadle validate` and `treadle try` find these checks by the pack's name.

`checks(recipe)` gives, by name, the columns that a check reads and a function of rows. It yields, for each thing that is wrong, the
row among those given, the column, what was found and what was expected. A check sees all rows in order, some at a time.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from treadle.packs.hiring.candidates import MONTHS
from treadle.packs.hiring.career_checks import careers
from treadle.packs.hiring.counterfactual_check import NEEDS, Sets
from treadle.packs.hiring.fact_checks import fact_faults
from treadle.packs.hiring.fact_faults import LEAST_YEARS, MOST_YEARS
from treadle.packs.hiring.fact_key import KEY
from treadle.packs.hiring.matching import FULL, MatchingMetricsCalculator, Weights, covered, grade, total
from treadle.packs.hiring.people import mail_form
from treadle.packs.hiring.settings import GRADES
from treadle.packs.hiring.taxonomy import DEGREES, LEVELS, TechSkillsTaxonomy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import treadle as td

Row = Mapping[str, Any]  # a record's values are of many types
Finding = tuple[int, str, str, str]
Look = Callable[[Sequence[Row]], Iterator[Finding]]

PARTS = {
    "required_coverage": "required",
    "preferred_coverage": "preferred",
    "experience_score": "years",
    "seniority_score": "level",
    "education_score": "degree",
}
"""The components of a score, in the order of `Weights`, and each in a word."""


def checks(recipe: td.Recipe) -> dict[str, tuple[Sequence[str], Look]]:
    """Return the checks of a dataset that this recipe made: the columns that each needs, and its function of rows.

    There is none for a recipe that has no fields of the pack, whatever its name.
    """
    if not {"required", "required_coverage", "score"} <= recipe.fields.keys():
        return {}
    facts = Facts.of(recipe)
    names = facts.written
    at_fault: dict[str, tuple[Sequence[str], Look]] = {
        "hiring: faults of facts": (
            (
                *KEY,
                "score",
                "skills",
                "required",
                "years",
                "level",
                "role",
                "candidate_level",
                "candidate_role",
                "spans",
            ),
            fact_faults,
        )
    }
    return (at_fault if "fact_fault" in recipe.fields else {}) | {
        "hiring: labels": (("match_label", "match_grade", "score"), facts.labels),
        "hiring: score": ((*PARTS, "must_have_missing", "score"), facts.score),
        "hiring: components": (
            (*PARTS, "must_have_missing", "required", "preferred", "skills", "must_have", "years",
             "years_min", "years_max", "candidate_level", "level", "degree", "job_degree"),
            facts.components,
        ),
        "hiring: skills": (("required", "preferred", "skills", "must_have"), facts.skills),
        "hiring: skills in texts": (
            ("required", "skills", "resume_text", "job_skill_text"),
            lambda rows: _unsaid(rows, names),
        ),
        "hiring: splits": (("split", "company", "rule_family", "job_skill_text"), Splits(recipe).look),
        "hiring: levels": (("candidate_level", "years", "level", "years_min", "years_max"), levels),
        "hiring: careers": (("resume_text", "years", "spans"), lambda rows: careers(rows, facts.introduced, facts.levels)),
        "hiring: people": (("name", "resume_text", "spans"), people),
        **({"hiring: sets": (NEEDS, Sets(recipe).look)} if recipe.members > 1 else {}),
    }  # fmt: skip


def theirs(recipe: td.Recipe) -> set[str]:
    """Return the columns that hold a user's own words: they may name anybody, and may come twice."""
    return {"job_skill_text", "job_title", "company"} if _has_posts(recipe) else set()


def _has_posts(recipe: td.Recipe) -> bool:
    return any(intake.name == "jobs" for intake in recipe.intakes)


def summary(record: Row) -> list[str]:
    """Return lines that tell a record in short: who, for what, and how the score comes about."""
    missing = ", the must-have missing" if record["must_have_missing"] else ""
    parts = ", ".join(f"{named} {record[name]:.2f}" for name, named in PARTS.items())
    employer = f" at {record['company']}" if record["company"] else ""
    years = f"{record['years']} year{'' if record['years'] == 1 else 's'}"
    return [
        f"{record['name']}: {record['candidate_level']} {record['candidate_role']}, {years}",
        f"for {record['job_title']}{employer} ({record['level']} {record['role']})",
        f"{record['match_grade']}, label {record['match_label']}: score {record['score']:.4f}{missing}",
        f"  {parts}",
    ]


def points(share: float) -> int:
    """Return a share in basis points."""
    return round(share * FULL)


@dataclass(frozen=True)
class Facts:
    """What a recipe decides scores by: its skills, how near they are, its weights; and how skills are written."""

    code: Mapping[str, int]
    similarity: NDArray[np.uint8]
    weights: Weights
    written: Mapping[str, tuple[str, ...]]
    introduced: Mapping[str, int]
    levels: Mapping[str, tuple[int, int]]
    """The least and the highest level at which each title is held."""

    @classmethod
    def of(cls, recipe: td.Recipe) -> Facts:
        """Take them from the recipe, so that a user's own lists and weights count."""
        names = vars(recipe.fields["required"])["values"]
        score = inspect.getclosurevars(vars(recipe.fields["score"])["function"]).nonlocals
        required = inspect.getclosurevars(vars(recipe.fields["required_coverage"])["function"]).nonlocals
        shipped = TechSkillsTaxonomy()
        known = shipped.skills
        forms = [dict(zip(names.texts(), form, strict=True)) for _, form in names.forms]
        written = {
            name: tuple(
                dict.fromkeys(
                    each.casefold()
                    for each in (name, *(form[name] for form in forms), *(known[name].aliases if name in known else ()))
                )
            )
            for name in names.texts()
        }
        introduced = {name: known[name].introduced for name in names.texts() if name in known}
        code = {name: place for place, name in enumerate(names.texts())}
        return cls(code, required["similarity"], score["weights"], written, introduced, _title_levels(shipped))

    def labels(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Compare the grade and the label with those of the score."""
        for number, row in enumerate(rows):
            score = points(row["score"])
            expected = GRADES[int(grade(self.weights, np.array([score]))[0])]
            if row["match_grade"] != expected:
                yield number, "match_grade", str(row["match_grade"]), f"{expected}, by score {row['score']}"
            label = int(score >= self.weights.match)
            if row["match_label"] != label:
                yield number, "match_label", str(row["match_label"]), f"{label}, by score {row['score']}"

    def score(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Compare the score with the weighted sum of its components, capped where the must-have is missing."""
        parts = [np.array([points(row[name]) for row in rows], np.int64) for name in PARTS]
        missing = np.array([row["must_have_missing"] is True for row in rows], np.bool_)
        for number, (row, score) in enumerate(zip(rows, total(self.weights, parts, missing).tolist(), strict=True)):
            if abs(points(row["score"]) - score) > 1:
                yield number, "score", str(row["score"]), f"{score / FULL}, by its components"

    def components(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Compute each component from the facts; the weights of required skills are no column, so their coverage has bounds."""
        kept = [number for number, row in enumerate(rows) if self._is_known(row)]
        if not kept:
            return
        rows = [rows[number] for number in kept]
        held, wished = (self._matrix([row[name] for row in rows]) for name in ("skills", "preferred"))
        years, low, high = (_numbers(rows, name) for name in ("years", "years_min", "years_max"))
        levels, degrees = (
            [np.array([order.index(row[name]) for row in rows]) for name in pair]
            for order, pair in ((LEVELS, ("candidate_level", "level")), (DEGREES, ("degree", "job_degree")))
        )
        none = len(self.code)
        expected = {
            "preferred_coverage": covered(self.similarity, wished, (wished < none).astype(np.int64), held),
            "experience_score": MatchingMetricsCalculator.experience(years, low, high),
            "seniority_score": MatchingMetricsCalculator.seniority(*levels),
            "education_score": MatchingMetricsCalculator.education(*degrees),
        }
        least, most = self._bounds(self._matrix([row["required"] for row in rows]), held)
        for place, row in enumerate(rows):
            for name, values in expected.items():
                if points(row[name]) != values[place]:
                    yield kept[place], name, str(row[name]), f"{values[place] / FULL}, by the facts"
            if not least[place] <= points(row["required_coverage"]) <= most[place]:
                told = f"{least[place] / FULL} to {most[place] / FULL}, by the facts"
                yield kept[place], "required_coverage", str(row["required_coverage"]), told
            missing = row["must_have"] not in row["skills"]
            if row["must_have_missing"] is not missing:
                yield kept[place], "must_have_missing", str(row["must_have_missing"]), f"{missing}, by the skills"

    def _is_known(self, row: Row) -> bool:
        named = [row["must_have"], *row["required"], *row["preferred"], *row["skills"]]
        levels = {row["candidate_level"], row["level"]} <= set(LEVELS)
        return (
            levels and {row["degree"], row["job_degree"]} <= set(DEGREES) and all(name in self.code for name in named)
        )

    def _matrix(self, lists: Sequence[Sequence[str]]) -> NDArray[np.int64]:
        """Return lists of skills as codes, one row a record, filled up with no skill and at least one of it."""
        matrix = np.full((len(lists), 1 + max(map(len, lists))), len(self.code), np.int64)
        for line, names in zip(matrix, lists, strict=True):
            line[: len(names)] = [self.code[name] for name in names]
        return matrix

    def _bounds(self, asked: NDArray[np.int64], held: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the least and the most that required skills can be covered, whatever their weights: as the worst and the best."""
        best = self.similarity[asked[:, :, None], held[:, None, :]].max(axis=2).astype(np.int64)
        there = asked < len(self.code)
        least, most = np.where(there, best, 10).min(axis=1), np.where(there, best, 0).max(axis=1)
        return np.where(there.any(axis=1), FULL // 10 * least, FULL), np.where(
            there.any(axis=1), FULL // 10 * most, FULL
        )

    def skills(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Check that skills are known, none stands twice, or is both required and preferred, and that the must-have is required."""
        for number, row in enumerate(rows):
            for name in ("required", "preferred", "skills"):
                for each in row[name]:
                    if each not in self.code:
                        yield number, name, str(each), "a skill of the taxonomy"
                if len(set(row[name])) < len(row[name]):
                    yield number, name, str(row[name]), "each skill once"
            both = set(row["required"]) & set(row["preferred"])
            if both:
                yield number, "preferred", str(sorted(both)), "none of the required skills"
            if row["must_have"] not in row["required"]:
                yield number, "must_have", str(row["must_have"]), "one of the required skills"


def _title_levels(taxonomy: TechSkillsTaxonomy) -> dict[str, tuple[int, int]]:
    found: dict[str, list[int]] = {}
    for role in taxonomy.roles.values():
        for level, titles in enumerate(role.titles):
            for title in titles:
                found.setdefault(title, []).append(level)
    return {title: (min(held), max(held)) for title, held in found.items()}


def _numbers(rows: Sequence[Row], name: str) -> NDArray[np.int64]:
    return np.array([row[name] for row in rows], np.int64)


def _unsaid(rows: Sequence[Row], written: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Find skills that a post requires, or a résumé's candidate holds, and that the text names neither by name nor by an alias."""
    for number, row in enumerate(rows):
        for name, column in (("required", "job_skill_text"), ("skills", "resume_text")):
            text = row[column].casefold()
            for skill in row[name]:
                if not any(form in text for form in written.get(skill, (str(skill).casefold(),))):
                    yield number, column, "no word of it", f"{skill!r}, one of {name}"


class Splits:
    """Employers, families of writing and a user's own posts keep to one split each; remembers where each was seen first."""

    def __init__(self, recipe: td.Recipe) -> None:
        """Take the recipe, which tells whether posts are a user's own, and whether they were too few to be divided."""
        self._posts = _has_posts(recipe)
        self._divided = not any("too few to be divided among the splits" in each.counts for each in recipe.intakes)
        self._seen: dict[tuple[str, str], str] = {}

    def look(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Compare rows with all before them."""
        for number, row in enumerate(rows):
            for column, name in sorted(self._kept(row)):
                first = self._seen.setdefault((column, name), row["split"])
                if first != row["split"]:
                    yield number, column, f"{name[:40]} in {row['split']}", f"{first}, where it was seen first"

    def _kept(self, row: Row) -> set[tuple[str, str]]:
        """Return what of a record is to be in one split alone, with the column that holds it."""
        resume, _, post = row["rule_family"].partition("/")
        past = {("company", span["value"]) for span in row.get("spans") or () if span["fact"] == "jobs.company"}
        if not self._posts:
            return past | {("rule_family", resume), ("rule_family", post), ("company", row["company"])}
        own = {("job_skill_text", row["job_skill_text"])} if self._divided else set()
        return past | {("rule_family", resume)} | own


def levels(rows: Sequence[Row]) -> Iterator[Finding]:
    """Check that years are those of people at the level, and that a post asks for no more years at least than at most."""
    for number, row in enumerate(rows):
        if row["candidate_level"] in LEVELS:
            least, most = (months // 12 for months in MONTHS[LEVELS.index(row["candidate_level"])])
            if row.get("fact_fault") == "inflated_years":
                least, most = least + LEAST_YEARS, most + MOST_YEARS
            if not least <= row["years"] <= most:
                yield number, "years", str(row["years"]), f"{least} to {most} at level {row['candidate_level']}"
        if not 0 <= row["years_min"] <= row["years_max"]:
            yield (
                number,
                "years_min",
                f"{row['years_min']} to {row['years_max']}",
                "no more years at least than at most",
            )


def people(rows: Sequence[Row]) -> Iterator[Finding]:
    """Check that the résumé names the person, and that its e-mail address agrees with the name."""
    for number, row in enumerate(rows):
        named = [span["value"] for span in row["spans"] if span["field"] == "name" and span["type"].endswith("_NAME")]
        for span in row["spans"]:
            if span["field"] == "resume_text" and span["fact"] == "email":
                mail = mail_form(span["value"].partition("@")[0])
                if not all(mail_form(part) in mail for part in named):
                    yield number, "resume_text", span["value"], f"an address that goes with {row['name']}"
            elif span["field"] == "resume_text" and span["fact"] == "name" and span["value"] != row["name"]:
                yield number, "resume_text", span["value"], f"the name {row['name']}"
