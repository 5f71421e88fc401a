"""What the recipe promises of its records: balance, splits, identity, columns."""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict

import pytest

import treadle as td
from treadle.packs.hiring.data import table
from treadle.packs.hiring.recipe import recipe
from treadle.packs.hiring.settings import Settings

SPLITS = ("train", "validation", "test")
SPLIT_OF_TEN = {"train": 8, "validation": 1, "test": 1}


def test_labels_are_even_at_every_even_count(rows):
    """50/50 exactly at 2, 4, ... 200 and at 10,000, and within one record at odd counts."""
    labels = [row["match_label"] for row in rows]
    ones = list(itertools.accumulate(labels))
    for count in range(1, 201):
        assert abs(2 * ones[count - 1] - count) <= count % 2, count
    assert ones[-1] == len(rows) // 2


def test_labels_are_even_in_every_split(rows):
    """At any count each label's part of a split is less than two from its share of that count, and exact at the end."""
    seen = Counter()
    for number, row in enumerate(rows, 1):
        seen[row["split"], row["match_label"]] += 1
        if number <= 1_000 or number == len(rows):
            for (split, _), count in seen.items():
                assert abs(20 * count - SPLIT_OF_TEN[split] * number) < 20 * 2, (number, split)
    assert seen == {(name, label): 500 * share for name, share in SPLIT_OF_TEN.items() for label in (0, 1)}


def test_splits_are_eight_to_one_to_one(rows):
    assert Counter(row["split"] for row in rows) == {name: 1_000 * share for name, share in SPLIT_OF_TEN.items()}
    for count in (10, 50, 100, 200, 1_000):
        found = Counter(row["split"] for row in rows[:count])
        for name, share in SPLIT_OF_TEN.items():
            assert abs(10 * found[name] - share * count) < 10 * 2, (count, name)


def test_grades_are_as_the_settings_share_them(rows):
    """The target of a record is met by its grade but for few, and always by its label."""
    bands = {"none": "none", "low": "partial", "high": "partial", "strong": "strong"}
    assert Counter(row["target"] for row in rows) == {"none": 3_000, "low": 2_000, "high": 2_000, "strong": 3_000}
    assert sum(row["match_grade"] != bands[row["target"]] for row in rows) <= len(rows) // 100
    assert all(row["match_label"] == (row["target"] in {"high", "strong"}) for row in rows)


@pytest.mark.parametrize("what", ["resume_family", "job_family", "company", "jobs"])
def test_no_pool_is_shared_by_two_splits(rows, what):
    """A family of writing, or an employer, is in one split alone, be it a post's or one of a career's."""
    seen = defaultdict(set)
    for row in rows:
        values = [job["company"] for job in row["jobs"]] if what == "jobs" else [row[what]]
        for value in values:
            seen[value].add(row["split"])
            if what == "jobs":
                seen[row["company"]].add(row["split"])
    assert all(len(splits) == 1 for splits in seen.values())
    assert {next(iter(splits)) for splits in seen.values()} == set(SPLITS)


@pytest.mark.parametrize(
    ("file", "family"), [("families_resume.tsv", "resume_family"), ("families_job.tsv", "job_family")]
)
def test_there_are_sixty_families_over_eight_layouts(rows, file, family):
    listed = table(file)
    assert len({row["family"] for row in listed}) == len(listed) >= 60
    assert len({row["layout"] for row in listed}) >= 8
    ways = [tuple(value for name, value in row.items() if name != "family") for row in listed]
    assert len(set(ways)) == len(ways), "two families write alike"
    assert {row[family] for row in rows} == {row["family"] for row in listed}
    part = Counter(split for _, split in {(row[family], row["split"]) for row in rows})
    assert min(part.values()) >= 3


def test_a_record_alone_is_the_record_in_a_batch(dataset, rows):
    for number in (0, 1, 4_095, 4_096, 9_999):
        assert dataset.record(number) == rows[number]
    far = 123_456_789
    assert dataset.record(far)["person_id"] == dataset.record(far)["person_id"] != rows[0]["person_id"]


@pytest.mark.parametrize(("chunk", "count"), [(1, 24), (7, 60), (4_096, 4_096)])
def test_records_do_not_know_their_chunk(dataset, rows, chunk, count):
    made = itertools.chain.from_iterable(batch.to_pylist() for batch in dataset.batches(chunk))
    assert list(itertools.islice(made, count)) == rows[:count]


def test_other_columns_leave_a_record_as_it_is(rows):
    """What is written beside a field does not move it, and truth can be left out."""
    few = td.generate(recipe, count=20, columns=["email", "score"], truth=False)
    assert list(few) == [{name: row[name] for name in ("email", "score")} for row in rows[:20]]


def test_another_seed_gives_other_people_and_the_same_division(rows):
    """Families and employers stay in their split whatever the seed, so that parts of two datasets can be joined."""
    wanted = ["person_id", "resume_family", "job_family", "company", "split", "match_label"]
    other = list(td.generate(recipe, count=1_000, seed=7, columns=wanted, truth=False))
    assert not {row["person_id"] for row in rows} & {row["person_id"] for row in other}
    assert sum(row["match_label"] for row in other) == 500
    for name in ("resume_family", "job_family", "company"):
        known = {row[name]: row["split"] for row in rows}
        assert all(known.get(row[name], row["split"]) == row["split"] for row in other), name


def test_people_and_texts_are_not_repeated(rows):
    for name in ("person_id", "resume_text", "job_skill_text"):
        assert len({row[name] for row in rows}) == len(rows), name


def test_the_columns_are_those_of_the_recipe(rows):
    """A record of the recipe itself is JSON, in its order, with nothing missing."""
    record = td.generate(recipe, count=1).record(0)
    assert list(record) == [*recipe.columns, "spans"]
    assert {name: value for name, value in record.items() if name != "spans"} == {
        name: rows[0][name] for name in recipe.columns
    }
    assert json.loads(json.dumps(record)) == record
    assert not [name for name, value in record.items() if value is None]
    assert record["bias_type"] == "none"
    assert record["rule_family"] == f"{rows[0]['resume_family']}/{rows[0]['job_family']}"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"levels": {"junior": 1}}, "unknown name 'junior'"),
        ({"matches": {"none": 0.5, "strong": 0.6}}, "add up to 1.1"),
        ({"matches": {"none": -0.5, "strong": 1.5}}, "no negative share"),
        ({"locales": {"en_XX": 1}}, "unknown name 'en_XX'"),
        ({"roles": {"backend enginer": 1}}, "did you mean 'backend engineer'"),
        ({"industries": {"helth": 1}}, "did you mean 'health'"),
        ({"levels": {"mid": "half"}}, "expected numbers"),
    ],
)
def test_settings_that_do_not_fit_are_refused_with_their_name(taxonomy, wrong, said):
    with pytest.raises(td.UsageError) as caught:
        Settings(**wrong).check(taxonomy)
    assert said in str(caught.value)
    assert next(iter(wrong)) in str(caught.value)
