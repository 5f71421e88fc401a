"""Faults of facts that records declare: each is there, in the facts and, where these are spans, in the text."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from treadle.packs.hiring.career_checks import first_number, jobs_of
from treadle.packs.hiring.fact_faults import LEAST_YEARS
from treadle.packs.hiring.fact_kinds import FIELDS, KINDS
from treadle.packs.hiring.job_dates import SHORTEST_GAP
from treadle.packs.hiring.taxonomy import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from treadle.packs.hiring.career_checks import Finding, Row

_FACT = {KINDS[kind]: field for kind, field in FIELDS.items()}
_PLACES = 4


def fact_faults(rows: Sequence[Row]) -> Iterator[Finding]:
    """Check that what the key says of a fault of facts holds, and that the score moved by the difference of the two."""
    for number, row in enumerate(rows):
        fault = row["fact_fault"]
        if fault not in _FACT:
            continue
        if row["fact"] != _FACT[fault]:
            yield number, "fact", str(row["fact"]), _FACT[fault]
        move = round(row["score"] - row["score_before"], _PLACES)
        if row["score_move"] != move:
            yield number, "score_move", str(row["score_move"]), str(move)
        try:
            there = _is_there(fault, row)
        except ValueError:
            there = False
        if not there:
            yield (
                number,
                "fact_after",
                f"{row['fact_before']} > {row['fact_after']}",
                f"{fault}, in the facts and the text",
            )


def _is_there(fault: str, row: Row) -> bool:
    """Tell whether a record has its fault; raises `ValueError` for a key that cannot be read."""
    before, after = row["fact_before"], row["fact_after"]
    if _FACT[fault] == "skills":
        held = after == f"without {before}" if fault == "partial_overlap" else after in row["skills"]
        wanted = before in row["required"] or fault not in {"partial_overlap", "sibling_skills"}
        return bool(held and wanted) and before not in row["skills"]
    if fault == "domain_mismatch":
        return bool(
            row["role"] != row["candidate_role"]
            and before.startswith(row["role"])
            and after.startswith(row["candidate_role"])
        )
    if fault == "seniority_gap":
        return after == row["candidate_level"] and abs(LEVELS.index(after) - LEVELS.index(row["level"])) > 1
    if fault == "inflated_years":
        stated = {span["value"] for span in _spans(row) if span["fact"] == "years"}
        return first_number(before) + LEAST_YEARS <= row["years"] == first_number(after) and stated == {
            str(row["years"])
        }
    return _between_jobs(fault, row)


def _between_jobs(fault: str, row: Row) -> bool:
    jobs = jobs_of(_spans(row))
    pauses = [later.start - earlier.end for later, earlier in pairwise(jobs)]
    if fault == "overlapping_jobs":
        return [pause for pause in pauses if pause < 0] == [-first_number(row["fact_after"])]
    if fault == "career_gap":
        return [pause for pause in pauses if pause >= SHORTEST_GAP] == [first_number(row["fact_after"])]
    return row["fact_after"] == f"{LEVELS[0]} before {row['candidate_level']}" and len(jobs) > 1


def _spans(row: Row) -> list[dict[str, Any]]:  # spans hold text and numbers
    return [span for span in row["spans"] if span["field"] == "resume_text"]
