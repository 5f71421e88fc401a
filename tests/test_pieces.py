"""Rows of pieces do what the same operations do to lists of Python texts."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hostile import texts
from treadle.pieces import (
    CSV,
    EMPTY,
    JSON,
    PLAIN,
    PieceTable,
    Ragged,
    concatenate,
    join,
    place,
    regroup,
    render,
    separators,
    stack,
    starts,
)
from treadle.spans import Spans, code_points


@st.composite
def tables(draw):
    """Draw a table of pieces."""
    table = PieceTable()
    for text in draw(st.lists(texts, max_size=6)):
        table.add(text)
    table.block(draw(st.lists(texts, max_size=4)))
    return table


def ids_of(table):
    """Draw rows of piece ids, some of one width throughout."""
    ids = st.integers(0, len(table) - 1)
    free = st.lists(st.lists(ids, max_size=5), max_size=6)
    fixed = st.integers(0, 3).flatmap(
        lambda width: st.lists(st.lists(ids, min_size=width, max_size=width), min_size=1, max_size=6)
    )
    return st.one_of(free.map(lambda rows: (rows, None)), fixed.map(lambda rows: (rows, len(rows[0]))))


def ragged(drawn):
    """Return plain lists as a column."""
    rows, width = drawn
    lengths = np.array([len(row) for row in rows], np.int64)
    return Ragged(np.array([i for row in rows for i in row], np.int32), starts(lengths), width)


def listed(rows):
    """Return a column as plain lists."""
    return [rows.ids[a:b].tolist() for a, b in zip(rows.offsets, rows.offsets[1:], strict=False)]


def written(table, rows):
    """Return plain rows of ids as texts."""
    return ["".join(table.texts[i] for i in row) for row in rows]


tabled = tables().flatmap(lambda table: st.tuples(st.just(table), ids_of(table)))


@given(tabled)
def test_rendering_is_joining(given_):
    """A rendered row is its pieces run together, whatever is in them."""
    table, drawn = given_
    assert render(table.written(PLAIN), ragged(drawn)).to_pylist() == written(table, drawn[0])


@given(tabled)
def test_a_json_string_reads_back(given_):
    """Pieces written for JSON give a string that a JSON parser turns into the text, on one line."""
    table, drawn = given_
    for row, text in zip(render(table.written(JSON), ragged(drawn)).to_pylist(), written(table, drawn[0]), strict=True):
        assert json.loads(f'"{row}"') == text
        assert not set(row) & {chr(c) for c in range(32)}


@given(texts)
def test_a_csv_cell_reads_back(text):
    """A piece written for CSV between quotes is read back by Python's own module."""
    line = f'"{CSV(text)}"\r\n'
    assert next(csv.reader(io.StringIO(line, newline=""))) == [text]


@given(tabled, st.data())
def test_take_chooses_rows(given_, data):
    """Taking rows is indexing a list by each number, repeats and all."""
    _, drawn = given_
    rows = drawn[0]
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=8) if rows else st.just([]))
    taken = ragged(drawn).take(np.array(chosen, np.int64))
    assert listed(taken) == [rows[i] for i in chosen]
    assert len(taken) == len(chosen)


@given(tables(), st.integers(1, 4), st.data())
def test_concatenating_columns_adds_their_rows(table, rows, data):
    """Parts side by side (pieces for all rows, one a row, whole columns) are sums of lists; `place` says where each begins."""
    ids = st.integers(0, len(table) - 1)
    constant = ids
    single = st.lists(ids, min_size=rows, max_size=rows)
    whole = st.lists(st.lists(ids, max_size=3), min_size=rows, max_size=rows)
    parts = data.draw(st.lists(st.one_of(constant, single, whole), min_size=1, max_size=5))
    plain = [
        [[part]] * rows if isinstance(part, int) else [[i] for i in part] if isinstance(part[0], int) else part
        for part in parts
    ]
    given_ = [
        part
        if isinstance(part, int)
        else np.array(part, np.int32)
        if isinstance(part[0], int)
        else ragged((part, data.draw(st.sampled_from([None, len(part[0])])) if len({*map(len, part)}) == 1 else None))
        for part in parts
    ]
    expected = [[i for part in plain for i in part[row]] for row in range(rows)]
    assert listed(concatenate(given_, rows)) == expected
    placed, places = place(given_, rows)
    assert listed(placed) == expected
    for part, begins in zip(plain, places, strict=True):
        for row in range(rows):
            begin = int(begins[row])
            assert placed.ids[begin : begin + len(part[row])].tolist() == part[row]


@given(tabled, st.data())
def test_stacking_puts_rows_below_each_other(given_, data):
    """Stacked columns are lists run together."""
    table, drawn = given_
    other = data.draw(ids_of(table))
    assert listed(stack([ragged(drawn), ragged(other)])) == drawn[0] + other[0]


@given(tabled, st.data())
def test_regrouped_and_joined_children(given_, data):
    """Children run together per parent are `''.join`, and with separators `', '.join` whose last comma may be another."""
    table, drawn = given_
    rows = drawn[0]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
    offsets = np.array([0, *cuts, len(rows)], np.int64)
    groups = [rows[a:b] for a, b in zip(offsets.tolist(), offsets.tolist()[1:], strict=False)]
    children = ragged(drawn)
    assert listed(regroup(children, offsets)) == [[i for row in group for i in row] for group in groups]
    comma, last = table.add(", "), data.draw(st.sampled_from([None, table.add(" and ")]))
    texts_of = [written(table, group) for group in groups]
    expected = [
        "".join(each) if len(each) < 2 else ", ".join(each[:-1]) + (", " if last is None else " and ") + each[-1]
        for each in texts_of
    ]
    assert render(table.written(PLAIN), join(children, offsets, comma, last)).to_pylist() == expected
    before = separators(offsets, comma, last)
    assert [int(before[offset]) for offset, group in zip(offsets, groups, strict=False) if group] == [
        EMPTY for group in groups if group
    ]


@given(tabled, st.data())
def test_spans_count_code_points(given_, data):
    """A span's start and end in code points cut its pieces' own text out of its row."""
    table, drawn = given_
    rows, column = drawn[0], ragged(drawn)
    stretches = [
        (row, a, b)
        for row, ids in enumerate(rows)
        for a, b in data.draw(
            st.lists(st.tuples(st.integers(0, len(ids)), st.integers(0, len(ids))).map(sorted), max_size=3)
        )
    ]
    row, first, stop = (np.array(part, np.int64) for part in (zip(*stretches, strict=True) if stretches else ([],) * 3))
    first, stop = first + column.offsets[row], stop + column.offsets[row]
    value = Ragged.single(np.arange(len(row)) % len(table))
    spans = Spans(row, first, stop, np.arange(len(row), dtype=np.int32), value)
    start, end = code_points(table.lengths(), column, spans)
    texts_of = written(table, rows)
    for number, (row_, a, b) in enumerate(stretches):
        surface = "".join(table.texts[i] for i in rows[row_][a:b])
        assert texts_of[row_][start[number] : end[number]] == surface
    together = Spans.together([spans, Spans.none()])
    keys = list(zip(together.first.tolist(), (-together.stop).tolist(), strict=True))
    assert keys == sorted(keys)
    for number, label in enumerate(together.label.tolist()):
        assert (together.row[number], together.first[number]) == (row[label], first[label])
        assert together.value.ids[number] == value.ids[label]


def test_equal_pieces_and_blocks_are_shared():
    """A literal has one id however often it is added, and so has a block; the empty piece is number 0."""
    table = PieceTable()
    assert table.add("") == EMPTY
    assert table.add("a") == table.add("a")
    assert table.block(["x", "y"]) == table.block(["x", "y"])
    block = table.block(["x", "y"])
    assert table.texts[block.base : block.base + block.count] == ["x", "y"]
