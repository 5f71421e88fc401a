"""The recipe of the pack: résumé-job pairs with a score that is true by construction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.candidates import CandidateProfileGenerator
from treadle.packs.hiring.careers import Careers
from treadle.packs.hiring.formatting import TextFormatter
from treadle.packs.hiring.jobs import JobDescriptionGenerator
from treadle.packs.hiring.matching import MatchingMetricsCalculator, coverage, grade, total
from treadle.packs.hiring.people import people
from treadle.packs.hiring.settings import GRADES, Settings, shares_of
from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

VERSION = "1"
ENTITIES = (
    "PERSON", "GIVEN_NAME", "FAMILY_NAME", "EMAIL", "PHONE", "PLACE", "COUNTRY", "TITLE", "COMPANY", "DATE", "YEARS", "YEAR",
    "SKILL", "DEGREE", "STUDY", "INSTITUTION", "INDUSTRY", "LANGUAGE", "SALARY", "HEADING",
)  # fmt: skip
SPLITS = {"train": 8, "validation": 1, "test": 1}
COLUMNS = [
    "person_id", "name", "resume_text", "job_skill_text", "match_label", "match_grade", "score",
    "required_coverage", "preferred_coverage", "experience_score", "seniority_score", "education_score", "must_have_missing",
    "role", "level", "industry", "job_title", "company", "required", "must_have", "preferred", "years_min", "years_max",
    "job_degree",
    "candidate_role", "candidate_level", "skills", "years", "degree", "locale", "gender",
    "rule_family", "split", "bias_type",
]  # fmt: skip


def hiring(settings: Settings | None = None, taxonomy: TechSkillsTaxonomy | None = None) -> td.Recipe:
    """Return the recipe for a user's own distributions, weights or taxonomy; raises `UsageError` for settings that do not fit."""
    settings, taxonomy = settings or Settings(), taxonomy or TechSkillsTaxonomy()
    settings.check(taxonomy)
    formatter = TextFormatter(taxonomy, settings)
    fields = {
        **_targets(settings),
        **JobDescriptionGenerator(taxonomy, settings).fields(),
        **CandidateProfileGenerator(taxonomy, settings).fields(),
        **_scores(MatchingMetricsCalculator(taxonomy, settings.weights)),
        **people(settings),
        **Careers(taxonomy, settings).fields(),
        **formatter.fields(),
        "rule_family": td.text("{resume_family}/{job_family}"),
        "bias_type": td.choice(["none"], doc="the family of faults put in"),
    }
    return td.Recipe(
        "hiring",
        fields,
        version=VERSION,
        columns=COLUMNS,
        labels=["match_label", "match_grade"],
        vocabularies=formatter.vocabularies(),
        rules=formatter.rules(),
        checks=[
            td.check(
                "the label is the one aimed at", lambda label, target: label == target // 2, "match_label", "target"
            )
        ],
        entities=ENTITIES,
        doc="Résumé-job pairs: whether a candidate fits a post, and how well, by facts that both texts state.",
    )


def _targets(settings: Settings) -> dict[str, td.Field]:
    shares = shares_of(settings.matches, GRADES)
    bands = {
        "none": shares["none"],
        "low": shares["partial"] / 2,
        "high": shares["partial"] / 2,
        "strong": shares["strong"],
    }
    return {
        "target": td.quota(bands, doc="the band that the score is to fall into"),
        "split": td.quota(
            SPLITS, across="target", doc="the part of the dataset; employers and ways of writing keep to one"
        ),
    }


def _scores(calculator: MatchingMetricsCalculator) -> dict[str, td.Field]:
    """Return the components, the score, the grade and the label, from the facts alone."""
    similarity, weights = calculator.taxonomy.similarity, calculator.weights

    def required(wanted: td.Lists, importance: td.Lists, held: td.Lists) -> Ints:
        return coverage(similarity, wanted, importance.codes, held)

    def preferred(wanted: td.Lists, held: td.Lists) -> Ints:
        return coverage(similarity, wanted, np.ones(len(wanted.codes), np.int64), held)

    def missing(must: Ints, held: td.Lists) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = held.sum(held.codes == must[held.row]) == 0
        return found

    def points(*parts: Any) -> Ints:  # noqa: ANN401  # the five components, and whether the must-have is missing
        return total(weights, parts[:5], parts[5])

    components = ("required_coverage", "preferred_coverage", "experience_score", "seniority_score", "education_score")
    return {
        "required_coverage": td.derive(required, "required", "importance", "skills", places=4),
        "preferred_coverage": td.derive(preferred, "preferred", "skills", places=4),
        "experience_score": td.derive(
            MatchingMetricsCalculator.experience, "years", "years_min", "years_max", places=4
        ),
        "seniority_score": td.derive(MatchingMetricsCalculator.seniority, "candidate_level", "level", places=4),
        "education_score": td.derive(MatchingMetricsCalculator.education, "degree", "job_degree", places=4),
        "must_have_missing": td.derive(missing, "must_have", "skills", boolean=True),
        "score": td.derive(
            points, *components, "must_have_missing", places=4, doc="how well the candidate fits the post"
        ),
        "match_grade": td.derive(lambda score: grade(weights, score), "score", values=GRADES),
        "match_label": td.derive(lambda score: (score >= weights.match).astype(np.int64), "score", values=[0, 1]),
    }


recipe = hiring()
