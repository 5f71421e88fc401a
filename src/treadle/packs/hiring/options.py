"""The pack's own options, as they are given as text: `--levels entry=0.2,mid=0.8 --jobs posts.csv`."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import treadle as td
from treadle.packs.hiring.matching import FULL, Weights
from treadle.packs.hiring.settings import Settings, weights_of

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS = {
    "jobs": "a file of your own job posts (.csv .tsv .jsonl .parquet) for which candidates are made",
    "jobs_title": "its column of titles (default: title, job_title, position, ...)",
    "jobs_text": "its column of texts (default: text, description, body, ...)",
    "matches": "shares of the grades: none=0.3,partial=0.4,strong=0.3",
    "levels": "shares of the levels: entry=0.22,mid=0.33,senior=0.3,staff=0.15",
    "roles": "shares of the roles; names alone get equal ones: data engineer,data analyst",
    "industries": "shares of the employers' industries: finance=0.5,health=0.5",
    "locales": "shares of the places that names are from: en_US=0.6,de_DE=0.4",
    "weights": "of the score: required=0.4,preferred=0.2 and others that add up to 1, and its thresholds: match=0.55",
    "counterfactual": "sets that differ in one cue of the candidate, for evaluation: some of name,gender,institution,place,gap",
    "set_size": "how many records such a set has (default 2)",
    "planted_bias": "how much lower a rater scores a group in these sets, from -0.25 to 0.25: adds score_observed, label_observed",
    "planted_group": "the group it acts on, as CUE=VALUE: gender=woman",
    "label_noise": "rates at which a label 0 is noted as 1, and 1 as 0: 0.05,0.1 adds label_observed",
    "bias": "faults: none, balanced, realistic, families: textual,missing, or a profile of yours: FILE.toml",
    "severity": "how severe faults are, from 0 to 1 (default 0.5)",
}
"""What `treadle generate hiring` takes beside its own options."""
READ_FROM_POSTS = ("levels", "roles", "industries")
DISTRIBUTIONS = ("matches", "levels", "roles", "industries", "locales")


def settings_of(options: Mapping[str, str]) -> Settings:
    """Return the distributions among the options; raises `UsageError` for what is no list of shares, or cannot be combined."""
    jobs = options.get("jobs", "")
    for name in ("jobs_title", "jobs_text"):
        if name in options and not jobs:
            raise td.UsageError(
                f"--{name.replace('_', '-')} {options[name]!r}: names a column of --jobs FILE, which is not given"
            )
    for name in READ_FROM_POSTS:
        if jobs and name in options:
            raise td.UsageError(
                f"--{name} {options[name]!r}: cannot be set with --jobs: {name} are those of your posts; leave it out"
            )
    given = {name: shares(name, options[name]) for name in DISTRIBUTIONS if name in options}
    settings = Settings()
    return replace(
        settings,
        matches=given.get("matches", settings.matches),
        levels=given.get("levels", settings.levels),
        roles=given.get("roles", settings.roles),
        industries=given.get("industries", settings.industries),
        locales=given.get("locales", settings.locales),
        weights=_weights(options["weights"]) if "weights" in options else settings.weights,
        bias=_bias(options),
    )


def _weights(given: str) -> Weights:
    """Return the weights and thresholds asked for, which are shares as all else that is given as text."""
    points = {name: Fraction(str(share)) * FULL for name, share in shares("weights", given).items()}
    fine = [name for name, exact in points.items() if exact.denominator != 1]
    if fine or "=" not in given:
        raise td.UsageError(f"--weights {given!r}: expected NAME=SHARE with at most four decimals, as in required=0.4")
    return weights_of({name: int(exact) for name, exact in points.items()})


def _bias(options: Mapping[str, str]) -> td.Profile:
    """Return the faults asked for."""
    chosen = td.profile(options.get("bias", "none"))
    if "severity" not in options:
        return chosen
    try:
        severity = float(options["severity"])
    except ValueError:
        severity = -1.0
    if not 0 <= severity <= 1:
        raise td.UsageError(f"--severity {options['severity']!r}: expected a number from 0 to 1, as in 0.3")
    if chosen.name == "none":
        raise td.UsageError(f"--severity {options['severity']}: there are no faults: add --bias balanced, or another")
    return chosen.with_severity(severity)


def shares(option: str, given: str) -> dict[str, float]:
    """Return shares by name from text; names alone have equal shares."""
    parts = [part.strip() for part in given.split(",") if part.strip()]
    pairs = [part.rpartition("=") if "=" in part else (part, "", "") for part in parts]
    names = [name.strip() for name, _, _ in pairs]
    if (
        not parts
        or len({bool(equals) for _, equals, _ in pairs}) != 1
        or len(set(names)) < len(names)
        or not all(names)
    ):
        raise td.UsageError(f"--{option} {given!r}: expected NAME=SHARE,NAME=SHARE or NAME,NAME, each name once")
    if not pairs[0][1]:
        return dict.fromkeys(names, 1 / len(names))
    try:
        return {name: float(share) for name, (_, _, share) in zip(names, pairs, strict=True)}
    except ValueError as error:
        raise td.UsageError(f"--{option} {given!r}: expected shares from 0 to 1, as in {names[0]}=0.5") from error
