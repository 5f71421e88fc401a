"""Pools: entries for the members of a set, of one class where their cells share any."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import treadle as td
from treadle.packs.hiring.cues import GENDERS, _names, reasons, values
from treadle.packs.hiring.pools import DRAWS, Entry, Pool, by_length

ENTRIES = st.lists(
    st.builds(Entry, st.sampled_from("ab"), st.sampled_from("123"), st.text("xyz", min_size=1, max_size=3))
)


@settings(max_examples=100, deadline=None)
@given(ENTRIES, st.lists(st.tuples(st.integers(0, DRAWS - 1), st.integers(0, DRAWS - 1)), min_size=1, max_size=20))
def test_members_get_entries_of_their_cells_and_of_one_class_where_there_is_one(entries, draws):
    entries = [*entries, Entry("a", "1", "x"), Entry("b", "4", "y")]
    pool = Pool.of(entries)
    cells = np.tile([pool.cells.index("a"), pool.cells.index("b")], (len(draws), 1))
    chosen, classes, matched = pool.draw(cells, *np.array(draws).T)
    shared = {e.match for e in entries if e.cell == "a"} & {e.match for e in entries if e.cell == "b"}
    assert matched.tolist() == [bool(shared)] * len(draws)
    for texts, match in zip(chosen.tolist(), classes.tolist(), strict=True):
        for cell, text in zip("ab", texts, strict=True):
            fitting = {e.text for e in entries if e.cell == cell and (not shared or e.match == pool.classes[match])}
            assert pool.texts[text] in fitting
        assert not shared or pool.classes[match] in shared


def test_members_of_one_cell_get_one_text():
    pool = Pool.of([Entry("a", str(n % 3), f"x{n}") for n in range(30)])
    steps = np.arange(0, DRAWS, DRAWS // 30)
    draws, others = np.repeat(steps, len(steps)), np.tile(steps, len(steps))
    chosen, _, matched = pool.draw(np.zeros((len(draws), 3), np.int64), draws, others)
    assert matched.all()
    assert (chosen == chosen[:, :1]).all()
    assert len(np.unique(chosen)) == 30  # every entry


def test_classes_by_length_differ_by_a_character_at_most():
    held = {}
    for each in by_length([("a", "x" * n) for n in range(1, 9)]):
        held.setdefault(each.match, []).append(len(each.text))
    assert all(max(lengths) - min(lengths) <= 1 for lengths in held.values())
    assert sum(map(len, held.values())) == 16  # each is in two


def test_the_names_of_a_class_are_of_one_band_and_length():
    """The lists that sets draw from hold what `matched` promises."""
    band = {row["name"]: row["frequency_band"] for row in td.fault_list("fairness_names")}
    held = {}
    for each in _names():
        held.setdefault(each.match, []).append(each.text)
    for names in held.values():
        assert len({band[name] for name in names}) == 1
        assert max(map(len, names)) - min(map(len, names)) <= 1
    cells = {each.cell for each in _names()}
    assert cells == {f"{culture}/{gender}" for culture in values()["name"] for gender in GENDERS}


def test_what_else_is_drawn_for_a_set_is_of_one_length():
    societies = [[row[gender] for gender in GENDERS] for row in td.fault_list("genders") if row["kind"] == "matched"]
    held = {}
    for row in td.fault_list("neighbourhoods"):
        held.setdefault(row["set"], []).append(row["place"])
    for each in reasons():
        held.setdefault(each.match, []).append(each.clause)
    for texts in (*societies, *held.values()):
        assert max(map(len, texts)) - min(map(len, texts)) <= 1


def test_the_sentences_of_a_class_have_one_frame():
    """Reasons of one class differ in what stands in the frame's slot, and in nothing else."""
    frames = {}
    for each in reasons():
        frames.setdefault(each.match, set()).add(each.frame)
        assert each.frame.count("{reason}") == 1
        assert "{" not in each.clause
    assert all(len(of) == 1 for of in frames.values())
