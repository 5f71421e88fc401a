"""One row of the dataset: `TrainingExample`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from treadle import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """A résumé and a job post with everything that is known about them, one attribute for each column of the recipe.

    Scores and coverages are from 0 to 1; `years` are whole years. `match_label` is 1 where the candidate fits.
    """

    record: int
    person_id: str
    name: str
    resume_text: str
    job_skill_text: str
    match_label: int
    match_grade: str
    score: float
    required_coverage: float
    preferred_coverage: float
    experience_score: float
    seniority_score: float
    education_score: float
    must_have_missing: bool
    role: str
    level: str
    industry: str
    job_title: str
    company: str
    required: tuple[str, ...]
    must_have: str
    preferred: tuple[str, ...]
    years_min: int
    years_max: int
    job_degree: str
    candidate_role: str
    candidate_level: str
    skills: tuple[str, ...]
    years: int
    degree: str
    locale: str
    gender: str
    rule_family: str
    split: str
    bias_type: str

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:  # a record's values are of many types
        """Return the row of a record, as `treadle.Dataset` or a JSON line holds it; other columns, such as `spans`, are left out.

        Raises `UsageError` for a record that lacks a column.
        """
        missing = [name for name in COLUMNS if name not in record]
        if missing:
            raise UsageError(f"record lacks {', '.join(missing)}: expected the columns of `treadle describe hiring`")
        lists = [name for name in COLUMNS if isinstance(record[name], list)]
        held: dict[str, Any] = {name: record[name] for name in COLUMNS}  # as above
        return cls(**held | {name: tuple(held[name]) for name in lists})

    def to_record(self) -> dict[str, Any]:  # as above
        """Return the row as a dict that JSON can hold."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


COLUMNS: dict[str, str] = {each.name: str(each.type) for each in fields(TrainingExample)}
"""The names of the attributes, and their types as they are written above."""
