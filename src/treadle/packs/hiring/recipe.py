"""The recipe of the pack: résumé-job pairs with a score that is true by construction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

import treadle as td
from treadle.packs.hiring.counterfactual import Counterfactuals
from treadle.packs.hiring.cues import values
from treadle.packs.hiring.fact_key import KEY, answer_key
from treadle.packs.hiring.fact_kinds import Asked
from treadle.packs.hiring.facts import facts
from treadle.packs.hiring.faults import CLASSIC, bias_fields, faults_of
from treadle.packs.hiring.formatting import ENTITIES, TextFormatter
from treadle.packs.hiring.jobs import countries
from treadle.packs.hiring.lists import LISTS, companies_of, names_of, read_list, roles_of, taxonomy_of, with_new_skills
from treadle.packs.hiring.matching import MatchingMetricsCalculator, coverage, grade, total
from treadle.packs.hiring.observed import Observed
from treadle.packs.hiring.options import OPTIONS, settings_of
from treadle.packs.hiring.own_roles import strangers, with_own_roles
from treadle.packs.hiring.resumes import resume_fields
from treadle.packs.hiring.settings import GRADES, Settings
from treadle.packs.hiring.targets import NAME
from treadle.packs.hiring.taxonomy import TechSkillsTaxonomy
from treadle.packs.hiring.user_posts import COLUMNS as USER_COLUMNS
from treadle.packs.hiring.user_posts import UserPosts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["LISTS", "OPTIONS", "PRESETS", "configured", "hiring", "recipe"]

PRESETS = {"classic": (CLASSIC, {"bias": "balanced"})}
"""Sets of columns by name, with the options that they imply."""
VERSION = "2"
COLUMNS = [
    "record", "person_id", "name", "resume_text", "job_skill_text", "match_label", "match_grade", "score",
    "required_coverage", "preferred_coverage", "experience_score", "seniority_score", "education_score", "must_have_missing",
    "role", "level", "industry", "job_title", "company", "required", "must_have", "preferred", "years_min", "years_max",
    "job_degree",
    "candidate_role", "candidate_level", "skills", "years", "degree", "locale", "gender",
    "rule_family", "split", "bias_type",
]  # fmt: skip


def configured(**options: str) -> td.Recipe:
    """Return the recipe for options given as text, as on the command line: see `OPTIONS` and `LISTS`."""
    own = {name: read_list(name, options[f"{name}_list"]) for name in LISTS if f"{name}_list" in options}
    settings, taxonomy, left = settings_of(options), TechSkillsTaxonomy(), list[str]()
    if "skills" in own and "jobs" in options:
        taxonomy = with_new_skills(own["skills"], taxonomy)
    elif "skills" in own:
        if "roles" in own and strangers(own["roles"], taxonomy):
            taxonomy = with_own_roles(own["roles"], with_new_skills(own["skills"], taxonomy))
        taxonomy, left = taxonomy_of(own["skills"], taxonomy)
        settings = settings.for_roles(left)
    if "roles" in own:
        taxonomy = with_own_roles(own["roles"], taxonomy)
        settings = replace(settings, roles=roles_of(own["roles"], taxonomy))
        settings = settings.for_roles(left) if left else settings
    if "companies" in own:
        settings = replace(settings, companies=companies_of(own["companies"]))
    if "names" in own:
        settings = replace(settings, names=names_of(own["names"]))
    settings.check(taxonomy)
    posts = None
    if "jobs" in options:
        columns = {name: options.get(f"jobs_{name}", "") for name in ("title", "text")}
        posts = UserPosts.read(options["jobs"], taxonomy, settings, **columns)
    made = hiring(settings, taxonomy, posts)
    varied: tuple[str, ...] = ()
    if "counterfactual" in options:
        sets = Counterfactuals.of(options)
        made, varied = sets.recipe(made, settings, taxonomy), sets.cues
    elif "set_size" in options:
        raise td.UsageError(
            f"--set-size {options['set_size']!r}: says how large the sets of --counterfactual are, which is not given"
        )
    made = Observed.of(options, {cue: values()[cue] for cue in varied}).added_to(made, settings.weights.match)
    return replace(made, intakes=[*made.intakes, *(each.intake for each in own.values())])


def hiring(
    settings: Settings | None = None, taxonomy: TechSkillsTaxonomy | None = None, posts: UserPosts | None = None
) -> td.Recipe:
    """Return the recipe for a user's own distributions, weights, taxonomy or posts; raises `UsageError` for what does not fit."""
    settings, taxonomy = settings or Settings(), taxonomy or TechSkillsTaxonomy()
    settings.check(taxonomy)
    formatter = TextFormatter(taxonomy, settings)
    calculator = MatchingMetricsCalculator(taxonomy, settings.weights)
    at_fault = Asked.of(settings.bias) is not None
    fields = {
        **facts(taxonomy, settings, posts),
        **_scores(calculator),
        **(answer_key(calculator, list(countries(settings))) if at_fault else {}),
        **(resume_fields(taxonomy, stated=at_fault) if posts else formatter.fields()),
        "record": td.serial(doc="the number of the record"),
        "rule_family": td.text("{resume_family}/{job_family}"),
        **bias_fields(settings, taxonomy),
    }
    return td.Recipe(
        NAME,
        fields,
        version=VERSION,
        columns=[*COLUMNS, *(KEY if at_fault else []), *(USER_COLUMNS if posts else [])],
        labels=["match_label", "match_grade"],
        vocabularies=formatter.vocabularies(),
        rules=formatter.rules(),
        checks=[
            td.check(
                "the label is the one aimed at", lambda label, target: label == target // 2, "match_label", "target"
            )
        ],
        entities=ENTITIES,
        intakes=[posts.intake] if posts else [],
        faults=faults_of(settings, taxonomy),
        doc="Résumé-job pairs: whether a candidate fits a post, and how well, by facts that both texts state.",
    )


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
