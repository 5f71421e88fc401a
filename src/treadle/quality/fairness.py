"""Fairness of a model's scores: how they differ between groups, and between records of a counterfactual set that differ in one cue.

Measures, with f the score, and a record selected where f is at least the threshold:

    flip rate               the share of sets some of whose members are selected and some are not
    mean gap                E|f(x) - f(x')| over the pairs of records of a set (Kusner, Loftus, Russell, Silva, NeurIPS 2017)
    impact ratio            the least selection rate of a group over the greatest; below 0.8 it is flagged: the four-fifths rule,
                            29 CFR 1607.4(D)
    equalized odds          the greater of the greatest differences between groups in the rates of true and of false positives
    difference              (Hardt, Price, Srebro, NeurIPS 2016; as Fairlearn defines it)
    against the others      the mean, over a group's members, of their score less the mean score of the others in their set

Intervals come from resampling sets (`resampling.Bootstrap`), so that records that belong together stay together.
"""

from __future__ import annotations

from array import array
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from treadle.errors import UsageError, unknown
from treadle.quality.predictions import ROW, Codes, Predictions, columns_of, key_of, repeated, rows_of
from treadle.quality.resampling import LEVEL, Bootstrap, Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

FOUR_FIFTHS = 0.8
"""An impact ratio below this is flagged: 29 CFR 1607.4(D)."""
LABEL = "match_label"
SETS = ("set", "cue", "cue_value")
"""The columns of counterfactual sets."""
MOST_GROUPS = 200
SETS_AT_ONCE = 1 << 14
"""Sets whose sums are in memory at once."""
_PER_GROUP = ("records", "selected", "score", "positives", "hits", "negatives", "alarms", "contrast", "contrasted")
_PER_SET = ("flips", "compared", "gaps", "pairs")


@dataclass(frozen=True)
class Group:
    """One group: its records, how many of them have label 1 (None where labels are not known), and its measures."""

    name: str
    records: int
    positives: int | None
    mean_score: Estimate
    selection_rate: Estimate
    true_positive_rate: Estimate
    false_positive_rate: Estimate
    against_others: Estimate


@dataclass(frozen=True)
class Facet:
    """One cue, or one column of groups: its records and sets, its measures, and what is to be said of them."""

    name: str
    records: int
    sets: int
    flip_rate: Estimate
    mean_gap: Estimate
    impact_ratio: Estimate
    flagged: bool
    equalized_odds_difference: Estimate
    groups: list[Group]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Fairness:
    """An audit: what was compared with what, how, and the facets."""

    predictions: str
    dataset: str
    records: int
    threshold: float | None
    resamples: int
    seed: int
    level: float
    facets: list[Facet]

    def to_json(self) -> dict[str, Any]:  # JSON values
        """Return everything as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Wanted:
    """What to read: the columns of keys, of scores or (`decisions`) of 0 and 1, of labels, and of groups; the range of scores.

    Without `groups` the dataset holds counterfactual sets. `label` may be empty, for labels that nobody knows.
    """

    column: str = "score"
    decisions: bool = False
    key: str = "record"
    label: str = LABEL
    groups: tuple[str, ...] = ()
    within: tuple[float, float] = (0, 1)
    threshold: float = 0.5


def fairness(
    predictions: Path, dataset: Path, wanted: Wanted | None = None, bootstrap: Bootstrap | None = None
) -> Fairness:
    """Measure a model's scores of a dataset; any formats that `treadle validate` reads.

    Raises `UsageError` for what cannot be read, columns that are not there, scores that are missing, come twice or lie outside
    their range, a dataset without sets where no groups are named, and labels other than 0 and 1.
    """
    wanted, bootstrap = wanted or Wanted(), bootstrap or Bootstrap()
    low, high = wanted.within
    if not wanted.decisions and not low <= wanted.threshold <= high:
        raise UsageError(
            f"threshold={wanted.threshold:g}: expected a number within the range of scores, {low:g} to {high:g}"
        )
    audited = _Audited.read(dataset, wanted)
    scored = Predictions.read(
        predictions, wanted.column, key=wanted.key, within=wanted.within, decisions=wanted.decisions
    )
    scores = scored.of(audited.keys, dataset, wanted.key)
    selected = scores >= (1 if wanted.decisions else wanted.threshold)
    facets = [_facet(part, audited, scores, selected, bootstrap) for part in audited.parts()]
    return Fairness(
        str(predictions),
        str(dataset),
        len(scores),
        None if wanted.decisions else wanted.threshold,
        bootstrap.resamples,
        bootstrap.seed,
        LEVEL,
        facets,
    )


@dataclass(frozen=True)
class _Part:
    """The rows of a facet, with the group of each."""

    name: str
    rows: Ints
    codes: Ints
    groups: list[str]


@dataclass(frozen=True)
class _Audited:
    """A dataset's columns: keys and sets as 64 bits, labels (-1 where there are none), and those that facets are made of."""

    keys: NDArray[np.uint64]
    sets: NDArray[np.uint64]
    labels: NDArray[np.int8]
    cues: Codes | None
    columns: dict[str, Codes]

    @classmethod
    def read(cls, path: Path, wanted: Wanted) -> _Audited:
        has = columns_of(path)
        if not wanted.groups and not set(SETS) <= set(has):
            missing = ", ".join(name for name in SETS if name not in has)
            raise UsageError(
                f"{path}: no columns {missing}: expected counterfactual sets, as treadle generate hiring --counterfactual makes "
                "them, or the name of a column with --group"
            )
        if wanted.label and wanted.label != LABEL and wanted.label not in has:
            raise UsageError(f"{path}: {unknown('column', wanted.label, has)}")
        columns = {name: Codes() for name in wanted.groups or ("cue_value",)}
        cues, has_sets, has_labels = None if wanted.groups else Codes(), "set" in has, wanted.label in has
        keys, sets, labels = array("Q"), array("Q"), array("b")
        more = [name for name in (*SETS, wanted.label) if name in has]
        for place, row in rows_of(path, (wanted.key, *columns), more):
            keys.append(key_of(place if wanted.key == ROW else row[wanted.key]))
            sets.append(key_of(row["set"]) if has_sets else keys[-1])
            labels.append(_label(row.get(wanted.label), f"{path}: row {place}: {wanted.label}") if has_labels else -1)
            for name, codes in columns.items():
                codes.add(row[name])
            if cues is not None:
                cues.add(row["cue"])
        _check_keys(path, wanted.key, keys)
        of = np.frombuffer(sets, np.uint64)
        return cls(np.frombuffer(keys, np.uint64), of, np.frombuffer(labels, np.int8), cues, columns)

    def parts(self) -> list[_Part]:
        """Return the facets: one for each cue, or for each column of groups."""
        if self.cues is None:
            return [_part(name, np.arange(len(self.keys)), codes) for name, codes in self.columns.items()]
        cue = self.cues.codes
        shown = self.columns["cue_value"]
        return [_part(name, np.flatnonzero(cue == number), shown) for number, name in enumerate(self.cues.values)]


def _check_keys(path: Path, key: str, keys: array[int]) -> None:
    """Raise `UsageError` where two records of a dataset have one key."""
    again = repeated(np.frombuffer(keys, np.uint64))
    if again:
        raise UsageError(
            f"{path}: {key!r} is no key: rows {again[0]} and {again[1]} have the same; name another with --key"
        )


def _label(value: object, where: str) -> int:
    found = {"0": 0, "1": 1, "false": 0, "true": 1, "0.0": 0, "1.0": 1}.get(str(value).lower())
    if found is None:
        raise UsageError(
            f"{where}={value!r}: expected a label, 0 or 1; --label names another column, --label '' leaves labels out"
        )
    return found


def _part(name: str, rows: Ints, codes: Codes) -> _Part:
    used, of = np.unique(codes.codes[rows], return_inverse=True)
    if len(used) > MOST_GROUPS:
        raise UsageError(
            f"column {name!r}: {len(used):,} different values are no groups: expected at most {MOST_GROUPS}"
        )
    names = [codes.values[code] for code in used.tolist()]
    order = np.argsort(np.array(names), kind="stable")
    return _Part(name, rows, np.argsort(order)[of], [names[place] for place in order])


def _facet(part: _Part, audited: _Audited, scores: Floats, selected: NDArray[np.bool_], bootstrap: Bootstrap) -> Facet:
    labels = audited.labels[part.rows]
    keys, rows = audited.sets[part.rows], _Rows(part.codes, scores[part.rows], selected[part.rows], labels)
    order = np.argsort(keys, kind="stable")
    begins = np.flatnonzero(np.diff(keys[order], prepend=~keys[order[:1]]))  # where each set begins
    ends = [*begins[::SETS_AT_ONCE][1:].tolist(), len(order)]
    total: Any = 0  # arrays, once there is one
    for begin, end in zip(begins[::SETS_AT_ONCE].tolist(), ends, strict=True):
        kept = order[begin:end]
        total = total + bootstrap.totals(*_sums(keys[kept], rows.take(kept), len(part.groups)))
    table, sets = _Totals(bootstrap, total, len(part.groups)), len(begins)
    known = bool((labels >= 0).all())
    groups = [_group(table, number, name, known=known) for number, name in enumerate(part.groups)]
    ratio = table.estimate(_ratio)
    return Facet(
        part.name,
        len(part.rows),
        sets,
        table.estimate(lambda t: t["flips"] / t["compared"]),
        table.estimate(lambda t: t["gaps"] / t["pairs"]),
        ratio,
        ratio.value is not None and ratio.value < FOUR_FIFTHS,
        table.estimate(_odds) if known else Estimate(None),
        groups,
        _notes(groups, table, sets, known=known),
    )


@dataclass(frozen=True)
class _Rows:
    """What is known of rows: the group, the score, whether it is selected, the label; each (n,)."""

    codes: Ints
    scores: Floats
    selected: NDArray[np.bool_]
    labels: NDArray[np.int8]

    def take(self, rows: Ints) -> _Rows:
        """Return some of the rows."""
        return _Rows(self.codes[rows], self.scores[rows], self.selected[rows], self.labels[rows])


def _sums(keys: NDArray[np.uint64], rows: _Rows, size: int) -> tuple[NDArray[np.uint64], Floats]:
    """Return the keys of sets (n,) and what each adds to the sums: `_PER_GROUP` of all `size` groups, and `_PER_SET`."""
    sets, of = np.unique(keys, return_inverse=True)
    n, scores, selected = len(sets), rows.scores, rows.selected
    held, total = np.bincount(of, minlength=n), np.bincount(of, scores, n)
    others = held[of] - 1
    contrast = np.where(others > 0, scores - (total[of] - scores) / np.maximum(others, 1), 0)
    positive, negative = rows.labels == 1, rows.labels == 0
    columns = {
        "records": np.ones(len(of)), "selected": selected, "score": scores, "positives": positive, "hits": positive & selected,
        "negatives": negative, "alarms": negative & selected, "contrast": contrast, "contrasted": others > 0,
    }  # fmt: skip
    at = of * size + rows.codes
    grouped = [np.bincount(at, columns[name], n * size).reshape(n, size) for name in _PER_GROUP]
    chosen = np.bincount(of, selected, n)
    compared = held > 1
    per_set = [compared & (chosen > 0) & (chosen < held), compared, _gaps(of, scores, n), held * (held - 1) / 2]
    return sets, np.concatenate([*grouped, np.stack(per_set, axis=1).astype(np.float64)], axis=1)


def _gaps(of: Ints, scores: Floats, n: int) -> Floats:
    """Return the sum of |f(x) - f(x')| over the pairs of each set: in order of scores, each counts by its rank."""
    order = np.lexsort((scores, of))
    held = np.bincount(of, minlength=n)
    first = np.cumsum(held) - held
    rank = np.arange(len(of)) - np.repeat(first, held)
    weight = 2.0 * rank - np.repeat(held, held) + 1
    return np.bincount(of[order], scores[order] * weight, n).astype(np.float64)


@dataclass(frozen=True)
class _Totals:
    """The sums of all sets and of every resample, by name: (1 + resamples, n_groups), or (1 + resamples,) for those of sets."""

    bootstrap: Bootstrap
    table: Floats
    groups: int

    def named(self, table: Floats) -> dict[str, Floats]:
        """Return columns by name."""
        found = {name: table[:, i * self.groups : (i + 1) * self.groups] for i, name in enumerate(_PER_GROUP)}
        return found | {name: table[:, len(_PER_GROUP) * self.groups + i] for i, name in enumerate(_PER_SET)}

    def estimate(self, measure: Callable[[dict[str, Floats]], Floats]) -> Estimate:
        """Return a measure with its interval."""
        return self.bootstrap.estimate(self.table, lambda table: measure(self.named(table)))


def _ratio(totals: dict[str, Floats]) -> Floats:
    rates = totals["selected"] / totals["records"]
    found: Floats = rates.min(axis=1) / rates.max(axis=1)
    return found


def _odds(totals: dict[str, Floats]) -> Floats:
    hits, alarms = totals["hits"] / totals["positives"], totals["alarms"] / totals["negatives"]
    found: Floats = np.maximum(np.ptp(hits, axis=1), np.ptp(alarms, axis=1))
    return found


def _group(table: _Totals, number: int, name: str, *, known: bool) -> Group:
    def share(above: str, below: str) -> Estimate:
        return table.estimate(lambda t: t[above][:, number] / t[below][:, number])

    first = table.named(table.table[:1])
    return Group(
        name,
        int(first["records"][0, number]),
        int(first["positives"][0, number]) if known else None,
        share("score", "records"),
        share("selected", "records"),
        share("hits", "positives"),
        share("alarms", "negatives"),
        share("contrast", "contrasted"),
    )


def _notes(groups: Sequence[Group], table: _Totals, sets: int, *, known: bool) -> list[str]:
    """Return what keeps a measure from being defined, and what it does not count."""
    first = {name: each[0] for name, each in table.named(table.table[:1]).items()}
    notes = []
    if not known:
        notes.append("equalized odds: the dataset has no labels; --label names their column")
    else:
        for kind, rate in (("positives", "true"), ("negatives", "false")):
            none = [group.name for group, count in zip(groups, first[kind].tolist(), strict=True) if not count]
            if none:
                notes.append(
                    f"equalized odds are not defined: no records of label {int(kind == 'positives')}, and so no rate of "
                    f"{rate} positives, in {', '.join(none[:5])}"
                )
    if len(groups) < 2:  # nothing to compare
        notes.append("one group alone: there is nothing to compare")
    if not first["selected"].any():
        notes.append("impact ratio is not defined: no record is selected; --threshold sets another threshold")
    if not first["pairs"]:
        notes.append("flip rate and gaps are not defined: no set has two records")
    elif first["compared"] < sets:
        notes.append(
            f"{sets - int(first['compared']):,} of the sets have one record alone, and take no part in flips and gaps"
        )
    return notes
