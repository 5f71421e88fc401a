"""Counterfactual sets: members differ in one cue and in nothing else, over thousands of sets, and are matched where they say so."""

from __future__ import annotations

import itertools
import json
from collections import Counter

import pytest

import treadle as td
from running import treadle_here
from treadle.packs.hiring.counterfactual import CLOSURE
from treadle.packs.hiring.counterfactual_check import OWN, Sets, masked
from treadle.packs.hiring.cues import AGREEMENT, CUES, GENDERS, NEEDS_A_JOB, WORDS, reasons, values
from treadle.packs.hiring.cues import CLOSURE as FACTS
from treadle.packs.hiring.recipe import configured, recipe

SETS = 2_500
ALL = ",".join(CUES)
COUNTED = {"record", "member", "cue_value", "resume_text", "spans"}


def made(count, seed=42, **options):
    return list(td.generate("hiring", count=count, seed=seed, options=options))


def grouped(rows, members=2):
    return [rows[at : at + members] for at in range(0, len(rows), members)]


@pytest.fixture(scope="module")
def sets():
    """Return pairs for all cues in turn."""
    return grouped(made(2 * SETS, counterfactual=ALL))


@pytest.fixture(scope="module")
def triples():
    """Return sets of three."""
    return grouped(made(900, counterfactual=ALL, set_size="3", seed=7), 3)


@pytest.mark.parametrize("which", ["sets", "triples"])
def test_members_of_a_set_are_byte_equal_outside_the_closure_of_its_cue(which, request):
    """Masked of the spans of the facts that a cue may change, the texts of a set are the same bytes; so are all other columns."""
    for members in request.getfixturevalue(which):
        first, cue = members[0], members[0]["cue"]
        for row in members[1:]:
            for text in ("resume_text", "job_skill_text"):
                assert masked(row, text, FACTS[cue]).encode() == masked(first, text, FACTS[cue]).encode()
            assert row["job_skill_text"] == first["job_skill_text"]
            for column in row.keys() - COUNTED - OWN.get(cue, set()):
                assert row[column] == first[column], (cue, column)


@pytest.mark.parametrize("which", ["sets", "triples"])
def test_score_and_label_are_equal_in_a_set_and_the_cue_is_not(which, request):
    """No member is worth more than another, each has a value of its own, and every résumé shows it."""
    for members in request.getfixturevalue(which):
        for column in ("score", "match_label", "match_grade", "set", "person_id", "cue", "matched"):
            assert len({row[column] for row in members}) == 1
        assert len({row["cue_value"] for row in members}) == len(members)
        assert len({row["resume_text"] for row in members}) == len(members)
        assert [row["member"] for row in members] == list(range(len(members)))
        assert {row["cue_value"] for row in members} <= set(values()[members[0]["cue"]])


def test_the_spans_of_a_set_outside_the_closure_are_equal(sets):
    """What a text states beside the cue it states in every member, in the same order."""
    for left, right in sets:
        facts = FACTS[left["cue"]]
        said = [
            [(s["field"], s["type"], s["fact"], s["value"]) for s in row["spans"] if s["fact"] not in facts]
            for row in (left, right)
        ]
        assert said[0] == said[1]


def test_all_records_are_for_evaluation_and_labels_are_even_in_every_cue(sets):
    """Split and family say so; cues have exact shares, and half of each are matches."""
    rows = list(itertools.chain.from_iterable(sets))
    assert {row["split"] for row in rows} == {"test"}
    assert {row["bias_type"] for row in rows} == {"fairness"}
    counts = Counter((members[0]["cue"], members[0]["match_label"]) for members in sets)
    assert counts == {(cue, label): SETS // 10 for cue in CUES for label in (0, 1)}


def test_sets_take_the_test_part_of_what_is_divided_among_the_splits(sets):
    """No employer, and no way of writing, is one that ordinary pairs use in training."""
    ordinary = [row for row in td.generate(recipe, count=4_000, truth=False) if row["split"] != "test"]
    rows = [members[0] for members in sets]
    assert not {row["company"] for row in rows} & {row["company"] for row in ordinary}
    families = [{part for row in of for part in enumerate(row["rule_family"].split("/"))} for of in (rows, ordinary)]
    assert not families[0] & families[1]
    assert not {row["person_id"] for row in rows} & {row["person_id"] for row in ordinary}


def shown(row):
    """Return what a résumé shows of its cue."""
    fact = {"name": "name", "gender": "name", "institution": "school", "place": "neighbourhood", "gap": "reason"}[
        row["cue"]
    ]
    found = [span for span in row["spans"] if span["field"] == "resume_text" and span["fact"] == fact]
    assert found, (row["cue"], row["record"])
    return found[0]["value"]


def test_matched_sets_are_alike_in_length_and_names_in_frequency(sets, triples):
    """Where a set says that it is matched, what its members show differs by a character at most, and names are of one band."""
    band = {row["name"]: row["frequency_band"] for row in td.fault_list("fairness_names")}
    told = Counter()
    for members in (*sets, *triples):
        texts = [shown(row) for row in members]
        apart = max(map(len, texts)) - min(map(len, texts))
        cue, matched = members[0]["cue"], members[0]["matched"]
        told[cue, matched] += 1
        if cue in {"name", "gender"}:
            assert (len({band[text] for text in texts}) == 1 and apart <= 1) or not matched
        else:
            assert apart <= 1 or not matched
    for cue in CUES:
        assert told[cue, True] > 2 * told[cue, False]
    assert told["institution", False]


def test_a_gender_changes_name_pronouns_and_society_but_no_family(sets):
    """Women, men and people who use they: the words go together, and the family name stays."""
    seen = Counter()
    for members in sets:
        if members[0]["cue"] != "gender":
            continue
        assert len({row["name"].split(" ", 1)[1] for row in members}) == 1
        for row in members:
            gender = row["cue_value"]
            assert row["gender"] == GENDERS[gender]
            said = {span["fact"]: span["value"] for span in row["spans"] if span["field"] == "resume_text"}
            pronouns = {"woman": "she her her Ms", "man": "he him his Mr", "neutral": "they them their Mx"}[
                gender
            ].split()
            expected = dict(zip(WORDS, pronouns, strict=True))
            expected |= {name: forms.split()[list(GENDERS).index(gender)] for name, forms in AGREEMENT.items()}
            told = {name: value for name, value in said.items() if name in expected}
            assert told == {name: expected[name] for name in told}
            seen.update(list(told))
    assert set(seen) == {*WORDS, *AGREEMENT}


def test_names_vary_by_culture_with_the_gender_kept(sets):
    """The culture of a name is its value, and e-mail addresses and links follow the name."""
    culture = {row["name"]: (row["culture"], row["gender"]) for row in td.fault_list("fairness_names")}
    for members in sets:
        for row in members:
            told, gender = culture[row["name"]]
            assert row["name_group"] == told
            assert row["gender"] == "x" or row["gender"] == GENDERS[gender]
            assert members[0]["cue"] != "name" or row["cue_value"] == told
            given, family = row["name"].lower().replace("-", "").replace("'", "").split(" ", 1)
            mails = [span["value"] for span in row["spans"] if span["fact"] in {"email", "page"}]
            assert mails
            assert all(given in mail and family in mail for mail in mails)


def test_breaks_lie_where_the_dates_leave_room_and_fit_the_person(sets):
    """A break is between two jobs, or before the first; nobody is made redundant before that."""
    of = {each.clause: each.reason for each in reasons()}
    count = 0
    for row in itertools.chain.from_iterable(sets):
        if row["cue"] != "gap":
            continue
        spans = [span for span in row["spans"] if span["field"] == "resume_text"]
        begins = [span["value"] for span in spans if span["fact"] == "jobs.from"]
        ends = [span["value"] for span in spans if span["fact"] == "jobs.to"]
        first, last = ([s["value"] for s in spans if s["fact"] == fact] for fact in ("break_from", "break_to"))
        assert of[shown(row)] == row["cue_value"]
        assert last == [begins[0]]
        assert first[0] < last[0]
        if len(begins) > 1:
            assert first[0] in ends
        else:
            assert row["cue_value"] not in NEEDS_A_JOB
        count += 1
    assert count == 2 * SETS // 5


def test_one_cue_alone_and_any_slice(tmp_path):
    """A record of a set has the same bytes in any slice and chunk, whichever format reads them back."""
    whole, part = tmp_path / "whole.jsonl", tmp_path / "part.jsonl"
    options = ("--counterfactual", "gender", "--quiet")
    assert treadle_here("generate", "hiring", *options, "-n", 60, "-o", whole) == 0
    assert treadle_here("generate", "hiring", *options, "--records", "13:38", "--chunk-size", 4, "-o", part) == 0
    lines = whole.read_bytes().splitlines()
    assert part.read_bytes().splitlines() == lines[13:38]
    assert {json.loads(line)["cue"] for line in lines} == {"gender"}
    assert treadle_here("verify", whole, "--quiet") == 0
    assert treadle_here("validate", whole) == 0


@pytest.mark.parametrize("spoiled", ["score", "resume_text", "cue_value", "gender"])
def test_validate_finds_a_member_that_differs_in_more_than_the_cue(sets, spoiled):
    """A text changed outside its closure, another score, a value twice: each is found in the set that it is in."""
    made_by = configured(counterfactual=ALL)
    rows = [dict(row) for members in sets[:40] for row in members]
    assert list(Sets(made_by).look(rows)) == []
    at = next(n for n, row in enumerate(rows) if row["member"] == 1 and row["cue"] == "place")
    changed = {
        "score": 0.1234,
        "resume_text": rows[at]["resume_text"] + "!",
        "cue_value": rows[at - 1]["cue_value"],
        "gender": "m" if rows[at]["gender"] == "f" else "f",
    }
    rows[at][spoiled] = changed[spoiled]
    found = list(Sets(made_by).look(rows))
    assert [(place, column) for place, column, *_ in found] == [(at, spoiled)]


def test_ordinary_pairs_have_no_sets(sets):
    """The parts that cues need are switched on for sets alone."""
    assert recipe.members == 1
    assert not {"set", "cue", "gap_values", "person_part"} & recipe.fields.keys()
    assert set(CLOSURE) < sets[0][0].keys()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"counterfactual": "names"}, "--counterfactual 'names': expected some of name,gender,institution,place,gap, each once"),
        ({"counterfactual": "name,name"}, "each once"),
        ({"counterfactual": " , "}, "expected some of"),
        ({"counterfactual": "name", "bias": "textual"}, "--bias 'textual': counterfactual sets are equal but for one cue"),
        ({"counterfactual": "name", "bias": "balanced"}, "leave --bias out"),
        ({"counterfactual": "name,gender", "set_size": "4"}, "--set-size '4': expected 2 to 3 records a set: cue 'gender'"),
        ({"counterfactual": "name", "set_size": "1"}, "--set-size '1': expected 2 to 10"),
        ({"counterfactual": "name", "set_size": "two"}, "--set-size 'two'"),
        ({"set_size": "3"}, "--set-size '3': says how large the sets of --counterfactual are"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(options, message):
    with pytest.raises(td.UsageError) as told:
        configured(**options)
    assert message in str(told.value)


@pytest.mark.parametrize("faults", [("--bias", "textual"), ("--columns", "classic")])
def test_text_faults_and_sets_do_not_go_together(tmp_path, capsys, faults):
    """On the command line that is an exit code of 2, a message, and nothing written."""
    out = tmp_path / "x.jsonl"
    assert treadle_here("generate", "hiring", "--counterfactual", "name", *faults, "-n", 4, "-o", out) == 2
    assert "counterfactual sets are equal but for one cue" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_names_of_the_users_own_are_refused(tmp_path):
    file = tmp_path / "names.txt"
    file.write_text(
        "".join(f"{given} {family}\n" for given in ("Ada", "Bo", "Cleo") for family in ("Berg", "Costa", "Dahl"))
    )
    with pytest.raises(td.UsageError, match="draw names that are matched"):
        configured(counterfactual="name", names_list=str(file))


def test_sets_for_the_users_own_posts(tmp_path):
    """With --jobs the sets are for these posts, and differ in nothing but the cue."""
    posts = tmp_path / "posts.csv"
    asked = "You know Python, SQL, Apache Spark and Airflow. Docker is a plus."
    posts.write_text(f'title,text\nData Engineer,"A data engineer with 3 years of experience. {asked}"\n')
    rows = made(20, counterfactual="gender,gap", jobs=str(posts))
    for left, right in grouped(rows):
        assert left["score"] == right["score"]
        assert masked(left, "resume_text", FACTS[left["cue"]]) == masked(right, "resume_text", FACTS[left["cue"]])
