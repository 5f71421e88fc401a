"""A user's own posts: every shape of file is read in little memory, and whatever cannot be taken is named with its reason."""

from __future__ import annotations

import gzip
import json
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from treadle import UsageError
from treadle.packs.hiring.markup import plain
from treadle.packs.hiring.posts_file import LONGEST_LINE, MOST, read_posts


def written(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def told(path, **columns):
    with pytest.raises(UsageError) as error:
        read_posts(path, **columns)
    return str(error.value)


POSTS = [("Nurse", "Wound care, daily."), ("Chef", 'Cook "well",\nand clean.')]


def test_all_formats_give_the_same_posts(tmp_path):
    lines = "".join(json.dumps({"id": 1, "title": title, "text": text}) + "\n" for title, text in POSTS)
    cells = [("id", "title", "text"), *(("1", title, '"' + text.replace('"', '""') + '"') for title, text in POSTS)]
    table = "\ufeff" + "".join(",".join(row) + "\r\n" for row in cells)
    pq.write_table(pa.table({"title": [t for t, _ in POSTS], "text": [x for _, x in POSTS]}), tmp_path / "a.parquet")
    files = {
        "a.jsonl": lines,
        "a.csv": table,
        "b.csv": "".join(";".join(row) + "\n" for row in cells),
        "a.jsonl.gz": gzip.compress(lines.encode()),
        "a.csv.zst": pa.Codec("zstd").compress(table.encode(), asbytes=True),
    }
    for name, content in files.items():
        written(tmp_path, name, content)
    for name in [*files, "a.parquet"]:
        found = read_posts(tmp_path / name)
        assert [(post.title, post.text) for post in found.posts] == POSTS, name
        assert not found.rejects


def test_columns_can_be_named_and_a_missing_one_says_what_there_is(tmp_path):
    path = written(tmp_path, "a.csv", "Job,Blurb\nNurse,Wound care\n")
    assert "no column 'text': its columns are 'Job', 'Blurb'; say which holds the text with --jobs-text COLUMN" in told(
        path
    )
    assert "no column 'Blurp'" in told(path, text="Blurp", title="Job")
    assert read_posts(path, title="Job", text="Blurb").posts[0].text == "Wound care"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "x", "expected a file that ends in .csv"),
        ("a.csv", "", "holds no rows"),
        ("a.csv", "title,text\n", "holds no rows"),
        ("a.jsonl", "\n\n", "holds no rows"),
        ("a.parquet", "title,text\n", "cannot be read as parquet"),
        ("a.csv", "title,text\nä,b\n".encode("utf-16"), "is UTF-16: save the file as UTF-8"),
        ("a.jsonl.gz", b"\x1f\x8b\x00", "cannot be read as jsonl"),
    ],
)
def test_what_is_no_file_of_posts_is_refused(tmp_path, name, content, message):
    assert message in told(written(tmp_path, name, content))


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert "is not there" in told(tmp_path / "none.csv")


def test_numbers_in_a_parquet_column_are_refused(tmp_path):
    pq.write_table(pa.table({"title": ["a"], "text": [1]}), tmp_path / "a.parquet")
    assert "column 'text' holds int64: expected text" in told(tmp_path / "a.parquet")


def test_nothing_that_is_left_out_is_lost(tmp_path):
    rows = [
        '{"title": "a", "text": "one"}',
        "no json",
        "[1]",
        '{"title": "b"}',
        '{"title": "c", "text": "one"}',
        '{"text": 5}',
    ]
    found = read_posts(written(tmp_path, "a.jsonl", "\n".join(rows)))
    assert found.read == len(rows) == len(found.posts) + len(found.rejects)
    assert [each["row"] for each in found.rejects] == [2, 3, 4, 5, 6]
    assert set(found.reasons()) == {"no JSON", "no JSON object", "no text", "text is there already"}


def test_ten_thousand_identical_posts_are_kept_once_and_counted(tmp_path):
    found = read_posts(written(tmp_path, "a.csv", "title,text\n" + "Nurse,Wound care\n" * 10_000))
    assert len(found.posts) == 1
    assert found.reasons() == {"text is there already": 9_999}


def test_a_quote_that_is_never_closed_costs_its_own_row_alone(tmp_path):
    rows = "".join(f"Nurse {n},Wound care {n}\n" for n in range(50))
    found = read_posts(written(tmp_path, "a.csv", f'title,text\nChef,"never closed\n{rows}'))
    assert len(found.posts) == 50
    assert [each["row"] for each in found.rejects] == [2]


def test_lines_that_are_no_utf8_are_read_as_windows_1252_and_counted(tmp_path):
    content = "title,text\nCafé,Crème\n".encode() + "Café,Brûlée “x” €\n".encode("cp1252")
    found = read_posts(written(tmp_path, "a.csv", content))
    assert [post.text for post in found.posts] == ["Crème", "Brûlée “x” €"]
    assert found.recoded == 1


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_line_of_hundreds_of_megabytes_is_left_out_in_little_memory(tmp_path, name):
    path = tmp_path / name
    with path.open("wb") as file:
        if name == "a.csv":
            file.write(b"title,text\n")
        for _ in range(60):
            file.write(b"x" * (5 << 20))
        file.write(b'\n{"title": "Nurse", "text": "Wound care"}\n' if name == "a.jsonl" else b"\nNurse,Wound care\n")
    tracemalloc.start()
    found = read_posts(path)
    assert tracemalloc.get_traced_memory()[1] < 6 * LONGEST_LINE
    tracemalloc.stop()
    assert [post.text for post in found.posts] == ["Wound care"]
    assert "line too long (314,572,801 bytes" in found.rejects[0]["reason"]


def test_a_post_beyond_the_cap_is_left_out(tmp_path):
    line = json.dumps({"title": "a", "text": "word " * MOST})
    assert "too long" in read_posts(written(tmp_path, "a.jsonl", line)).rejects[0]["reason"]


def test_controls_and_halves_of_characters_do_not_get_through(tmp_path):
    line = '{"title": "a\\u0000b", "text": "one\\u001b[31m two \\ud83d three\\u2028four"}'
    post = read_posts(written(tmp_path, "a.jsonl", line)).posts[0]
    assert post.title == "a b"
    assert post.text == "one [31m two \ufffd three four"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One &amp; two</p><ul><li>three</li><li><b>four</b></li></ul>", "One & two\n\n- three\n- four"),
        ("a < b and List<String>", "a < b and List<String>"),
        ("R&amp;D&nbsp;work", "R&D work"),
        ("x<br>y<br/>z", "x\ny\nz"),
        ("<div>a<script>alert(1)</script><style>p{}</style>b</div>", "ab"),
        ("plain text\n- kept", "plain text\n- kept"),
        ("<p>never <b>closed", "never closed"),
    ],
)
def test_html_becomes_text(markup, text):
    assert plain(markup).strip() == text
