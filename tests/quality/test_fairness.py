"""Measures of fairness: as their definitions say, record by record, and told where they are not defined."""

from __future__ import annotations

import csv
import itertools
import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.errors import UsageError
from treadle.quality.fairness import FOUR_FIFTHS, Wanted, fairness
from treadle.quality.resampling import Bootstrap

FEW = Bootstrap(100)


def write(path, rows):
    """Write rows in the format of the path's suffix."""
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return path


def dataset(sets):
    """Return records of sets: (cue, label, values of the members)."""
    numbered = itertools.count()
    return [
        {"record": next(numbered), "set": number, "cue": cue, "cue_value": value, "match_label": label}
        for number, (cue, label, members) in enumerate(sets)
        for value in members
    ]


def audited(folder, rows, scores, wanted=None, bootstrap=FEW):
    data = write(folder / "data.jsonl", rows)
    predictions = write(
        folder / "scores.csv",
        [{"record": row["record"], "score": score} for row, score in zip(rows, scores, strict=True)],
    )
    return fairness(predictions, data, wanted, bootstrap)


def expected(rows, scores, threshold):
    """Return flip rate, mean gap, impact ratio and equalized odds difference by their definitions, None where there is none."""
    scored = list(zip(rows, scores, strict=True))
    sets = [
        [score for row, score in scored if row["set"] == number] for number in dict.fromkeys(row["set"] for row in rows)
    ]
    sets = [each for each in sets if len(each) > 1]
    flips = [min(each) < threshold <= max(each) for each in sets]
    gaps = [abs(a - b) for each in sets for a, b in itertools.combinations(each, 2)]
    groups = {}
    for row, score in scored:
        groups.setdefault(row["cue_value"], []).append((row["match_label"], score >= threshold))

    def rates(label=None):
        of = [[chosen for own, chosen in each if label in {None, own}] for each in groups.values()]
        return [sum(each) / len(each) if each else None for each in of]

    chosen = rates()
    spread = [None if None in (of := rates(label)) else max(of) - min(of) for label in (0, 1)]
    return (
        sum(flips) / len(flips) if flips else None,
        sum(gaps) / len(gaps) if gaps else None,
        min(chosen) / max(chosen) if max(chosen) else None,
        None if None in spread else max(spread),
    )


SETS = st.lists(
    st.tuples(
        st.just("gender"), st.integers(0, 1), st.lists(st.sampled_from(["f", "m", "x"]), min_size=1, max_size=3, unique=True)
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(SETS, st.data())
def test_measures_are_what_their_definitions_say(tmp_path_factory, sets, data):
    """Computed over arrays, each measure agrees with a loop over records, sets and pairs."""
    rows = dataset(sets)
    scores = data.draw(st.lists(st.sampled_from([0, 0.25, 0.5, 0.75, 1]), min_size=len(rows), max_size=len(rows)))
    facet = audited(tmp_path_factory.mktemp("f"), rows, scores).facets[0]
    found = (facet.flip_rate, facet.mean_gap, facet.impact_ratio, facet.equalized_odds_difference)
    for estimate, value in zip(found, expected(rows, scores, 0.5), strict=True):
        assert estimate.value == pytest.approx(value)
    assert facet.flagged == (facet.impact_ratio.value is not None and facet.impact_ratio.value < FOUR_FIFTHS)
    for group in facet.groups:
        own = [(row, score) for row, score in zip(rows, scores, strict=True) if row["cue_value"] == group.name]
        assert (group.records, group.positives) == (len(own), sum(row["match_label"] for row, _ in own))
        assert group.mean_score.value == pytest.approx(sum(score for _, score in own) / len(own))
        others = [
            [score for row, score in zip(rows, scores, strict=True) if row["set"] == mine["set"] and row is not mine]
            for mine, _ in own
        ]
        apart = [score - sum(each) / len(each) for (_, score), each in zip(own, others, strict=True) if each]
        assert group.against_others.value == pytest.approx(sum(apart) / len(apart) if apart else None)


def even(count=60):
    """Return sets in which women get 0.2 less, and the scores of all."""
    rows = dataset([("gender", number % 2, ["f", "m"]) for number in range(count)])
    return rows, [round(0.3 + 0.4 * row["match_label"] + (0.2 if row["cue_value"] == "m" else 0), 2) for row in rows]


def test_a_gap_of_known_size_is_found(tmp_path):
    rows, scores = even()
    facet = audited(tmp_path, rows, scores).facets[0]
    assert facet.mean_gap.value == pytest.approx(0.2)
    assert facet.flip_rate.value == pytest.approx(0.5)
    assert facet.impact_ratio.value == pytest.approx(0.5)
    assert facet.flagged
    assert facet.equalized_odds_difference.value == pytest.approx(1)
    assert [group.against_others.value for group in facet.groups] == pytest.approx([-0.2, 0.2])
    assert facet.flip_rate.low < 0.5 < facet.flip_rate.high


def test_fair_scores_are_not_flagged(tmp_path):
    rows, scores = even()
    same = [scores[at - at % 2] for at in range(len(scores))]
    facet = audited(tmp_path, rows, same).facets[0]
    assert (facet.flip_rate.value, facet.mean_gap.value, facet.impact_ratio.value) == (0, 0, 1)
    assert not facet.flagged


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_formats_and_orders_change_nothing(tmp_path, suffix):
    """Predictions and data in any format and order give the same measures and the same intervals."""
    rows, scores = even()
    told = audited(tmp_path, rows, scores)
    data = write(tmp_path / f"other{suffix}", rows[::-1])
    scored = [{"record": row["record"], "score": score} for row, score in zip(rows, scores, strict=True)]
    found = fairness(write(tmp_path / f"p{suffix}", scored[7:] + scored[:7]), data, None, FEW)
    assert [facet.flip_rate for facet in found.facets] == [facet.flip_rate for facet in told.facets]
    assert found.facets[0].groups == told.facets[0].groups


def test_each_cue_is_measured_by_itself(tmp_path):
    """Cues come in the order of their first sets, with the sets of each."""
    rows = dataset([("place", 1, ["a", "b"]), ("gap", 0, ["c", "d"]), ("place", 0, ["b", "c"]), ("gap", 1, ["d", "c"])])
    facets = audited(tmp_path, rows, [0.9, 0.1, 0.4, 0.4, 0.2, 0.3, 0.6, 0.7]).facets
    assert [(facet.name, facet.sets, facet.records) for facet in facets] == [("place", 2, 4), ("gap", 2, 4)]
    assert [[group.name for group in facet.groups] for facet in facets] == [["a", "b", "c"], ["c", "d"]]
    assert facets[0].mean_gap.value == pytest.approx(0.45)


def test_decisions_in_place_of_scores(tmp_path):
    """A column of 0 and 1 has no threshold; every measure is of decisions."""
    rows, scores = even()
    data = write(tmp_path / "d.jsonl", rows)
    decided = [{"record": row["record"], "hired": score >= 0.5} for row, score in zip(rows, scores, strict=True)]
    audit = fairness(write(tmp_path / "p.jsonl", decided), data, Wanted("hired", decisions=True), FEW)
    facet = audit.facets[0]
    assert audit.threshold is None
    assert facet.flip_rate.value == facet.mean_gap.value == pytest.approx(0.5)
    with pytest.raises(UsageError, match=r"score='0.3': expected a decision, 0 or 1"):
        fairness(write(tmp_path / "p.csv", [{"record": 0, "score": 0.3}]), data, Wanted(decisions=True), FEW)


def test_groups_of_any_dataset(tmp_path):
    """With --group a dataset needs no sets: columns are compared one by one, with their own groups."""
    rows = [{"id": f"r{n}", "sex": "fm"[n % 2], "land": "xyz"[n % 3], "y": n % 4 > 1} for n in range(24)]
    data = write(tmp_path / "d.parquet", rows)
    predictions = write(tmp_path / "p.jsonl", [{"id": row["id"], "p": 90 if row["sex"] == "m" else 10} for row in rows])
    wanted = Wanted("p", key="id", label="y", groups=("sex", "land"), within=(0, 100), threshold=50)
    first, second = fairness(predictions, data, wanted, FEW).facets
    assert (first.name, [group.selection_rate.value for group in first.groups]) == ("sex", [0, 1])
    assert (first.impact_ratio.value, first.flagged, first.equalized_odds_difference.value) == (0, True, 1)
    assert (second.name, second.impact_ratio.value) == ("land", 1)
    assert first.flip_rate.value is None
    assert "no set has two records" in " ".join(first.notes)


def test_a_row_can_be_its_own_key(tmp_path):
    """`--key row` pairs predictions and records by their places."""
    rows, scores = even(4)
    data = write(tmp_path / "d.jsonl", rows)
    predictions = write(tmp_path / "p.csv", [{"score": score} for score in scores])
    assert fairness(predictions, data, Wanted(key="row"), FEW).facets[0].mean_gap.value == pytest.approx(0.2)


def test_what_is_not_defined_is_said(tmp_path):
    """Groups without positives or negatives, one group alone, nobody selected, no labels: a note for each, and no number."""
    rows = dataset([("gender", 0, ["f", "m"]), ("gender", 0, ["m", "f"])])
    facet = audited(tmp_path, rows, [0.1, 0.2, 0.3, 0.4]).facets[0]
    assert facet.equalized_odds_difference.value is facet.impact_ratio.value is None
    assert not facet.flagged
    said = " | ".join(facet.notes)
    assert "no records of label 1, and so no rate of true positives, in f, m" in said
    assert "no record is selected" in said
    bare = [{name: value for name, value in row.items() if name != "match_label"} for row in rows]
    facet = audited(tmp_path, bare, [0.1, 0.2, 0.8, 0.9]).facets[0]
    assert "the dataset has no labels" in facet.notes[0]
    assert facet.groups[0].positives is None
    alone = dataset([("gap", 1, ["a"]), ("gap", 0, ["a"])])
    assert any("one group alone" in note for note in audited(tmp_path, alone, [0.1, 0.9]).facets[0].notes)
    mixed = dataset([("gap", 1, ["a", "b"]), ("gap", 0, ["a"]), ("gap", 0, ["b", "a"])])
    told = audited(tmp_path, mixed, [0.1, 0.9, 0.5, 0.5, 0.6]).facets[0].notes
    assert told == ["1 of the sets have one record alone, and take no part in flips and gaps"]


@pytest.mark.parametrize(
    ("wanted", "change", "message"),
    [
        (Wanted(), {"drop": 3}, "no score for 1 of the 8 records of {data}, the first with record 3"),
        (Wanted(), {"score": {2: "nan"}}, "{predictions}: row 2: score='nan': expected a number from 0 to 1"),
        (Wanted(), {"score": {2: ""}}, "row 2: score=None"),
        (Wanted(), {"score": {2: 1.5}}, "row 2: score='1.5': expected a number from 0 to 1; --range LOW:HIGH names another"),
        (Wanted(), {"score": {2: "high"}}, "row 2: score='high'"),
        (Wanted(), {"twice": 5}, "rows 5 and 8 have the same record: expected one score a record"),
        (Wanted("scores"), {}, "{predictions}: row 0: unknown column 'scores': did you mean 'score'"),
        (Wanted(key="recrd"), {}, "unknown column 'recrd': did you mean 'record'"),
        (Wanted(label="label"), {}, "{data}: unknown column 'label': did you mean 'match_label'"),
        (Wanted(groups=("cue_vale",)), {}, "unknown column 'cue_vale': did you mean 'cue"),
        (Wanted(key="set"), {"named": "set"}, "{data}: 'set' is no key: rows 0 and 1 have the same"),
        (Wanted(threshold=2), {}, "threshold=2: expected a number within the range of scores, 0 to 1"),
        (Wanted(), {"bare": ("set", "cue")}, "{data}: no columns set, cue: expected counterfactual sets"),
        (Wanted(), {"label": 2}, "{data}: row 0: match_label=2: expected a label, 0 or 1"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(tmp_path, wanted, change, message):
    rows, scores = even(4)
    if "label" in change:
        rows[0]["match_label"] = change["label"]
    rows = [{name: value for name, value in row.items() if name not in change.get("bare", ())} for row in rows]
    data = write(tmp_path / "data.jsonl", rows)
    scored = [{change.get("named", "record"): at, "score": score} for at, score in enumerate(scores)]
    for at, score in change.get("score", {}).items():
        scored[at]["score"] = score
    if "twice" in change:
        scored.append(scored[change["twice"]])
    scored = [row for at, row in enumerate(scored) if at != change.get("drop")]
    predictions = write(tmp_path / "p.csv", scored)
    with pytest.raises(UsageError) as told:
        fairness(predictions, data, wanted, FEW)
    assert message.format(data=data, predictions=predictions) in str(told.value)


def test_files_that_are_none(tmp_path):
    rows, scores = even(2)
    audited(tmp_path, rows, scores)
    data, predictions = tmp_path / "data.jsonl", tmp_path / "scores.csv"
    broken = tmp_path / "broken.jsonl"
    broken.write_text(data.read_text() + '{"record": NaN}\n')
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    for one, other, message in (
        (tmp_path / "none.csv", data, "none.csv is not there"),
        (predictions, broken, "line 5"),
        (empty, data, "holds no records"),
        (predictions, tmp_path, "holds no part-"),
        (tmp_path / "data.txt", data, "is not there"),
    ):
        with pytest.raises(UsageError, match=message):
            fairness(one, other, None, FEW)


def test_a_folder_of_shards_is_one_dataset(tmp_path):
    rows, scores = even(6)
    whole = audited(tmp_path, rows, scores)
    folder = tmp_path / "shards"
    folder.mkdir()
    write(folder / "part-00000.jsonl", rows[:5])
    write(folder / "part-00001.jsonl", rows[5:])
    found = fairness(tmp_path / "scores.csv", folder, None, FEW)
    assert replace(found, dataset=whole.dataset) == whole


def test_too_many_groups_are_none(tmp_path):
    rows = dataset([("gap", 1, [f"v{n}", f"w{n}"]) for n in range(150)])
    with pytest.raises(UsageError, match="300 different values are no groups"):
        audited(tmp_path, rows, [0.5] * len(rows))


def test_of_a_parquet_file_only_what_is_needed_is_read(tmp_path):
    """An unknown column is told with the nearest of all that the file has."""
    rows, scores = even(2)
    data = write(tmp_path / "d.parquet", [{**row, "resume_text": "x"} for row in rows])
    predictions = write(tmp_path / "p.parquet", [{**row, "score": s} for row, s in zip(rows, scores, strict=True)])
    told = fairness(predictions, data, None, FEW)
    assert told.facets[0].mean_gap.value == pytest.approx(0.2)
    with pytest.raises(UsageError, match="unknown column 'resume_txt': did you mean 'resume_text'"):
        fairness(predictions, data, Wanted(groups=("resume_txt",)), FEW)


def test_sets_are_summed_some_at_a_time(tmp_path, monkeypatch):
    """However many sets are in memory at once, the measures and their intervals are the same."""
    rows, scores = even(20)
    whole = audited(tmp_path, rows, scores)
    monkeypatch.setattr("treadle.quality.fairness.SETS_AT_ONCE", 3)
    parts = audited(tmp_path, rows, scores)
    assert parts.facets[0].mean_gap.low == pytest.approx(whole.facets[0].mean_gap.low)
    assert parts.facets[0].impact_ratio.high == pytest.approx(whole.facets[0].impact_ratio.high)
    assert parts.facets[0].groups[0].records == whole.facets[0].groups[0].records
