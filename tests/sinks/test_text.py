"""Plain text files: one column, as it is."""

from __future__ import annotations

import pytest

import treadle as td
from running import manifest_of, treadle_here

RECIPE = td.Recipe(
    "plain",
    {
        "n": td.serial(),
        "line": td.text('{n} "quoted", back\\\\slash[ ünï]'),
        "some": td.text("{n}", when="n > 3"),
        "pair": td.text("{n}\\n{n}"),
        "tags": td.sample(["a", "b"], 1),
    },
)


def written(tmp_path, column, name="x.log", **options):
    path = tmp_path / name
    td.generate(RECIPE, count=6, columns=[column], truth=False).write(path, **options)
    return path.read_text(encoding="utf-8")


def test_lines_are_as_they_are(tmp_path):
    """Nothing is quoted or escaped."""
    lines = written(tmp_path, "line").splitlines()
    assert lines == [record["line"] for record in td.generate(RECIPE, count=6, truth=False)]


def test_what_is_absent_has_no_line(tmp_path):
    assert written(tmp_path, "some") == "4\n5\n"


def test_a_record_may_have_several_lines_and_numbers_are_lines(tmp_path):
    assert written(tmp_path, "pair").startswith("0\n0\n1\n1\n")
    assert written(tmp_path, "n", "n.txt") == "0\n1\n2\n3\n4\n5\n"


def test_any_suffix_by_name(tmp_path):
    assert written(tmp_path, "n", "n.jsonl", format="text") == "0\n1\n2\n3\n4\n5\n"


@pytest.mark.parametrize("columns", [["n", "line"], ["tags"]])
def test_other_columns_are_refused(tmp_path, columns):
    with pytest.raises(td.UsageError, match="a plain text file holds one column"):
        td.generate(RECIPE, count=6, columns=columns, truth=False).write(tmp_path / "x.log")


def test_bytes_do_not_hang_on_shards_and_are_verified(tmp_path):
    """Written in one shard or many, by threads or processes, and made again by `treadle verify`."""
    recipe = "logs.api"
    bodies = []
    for number, options in enumerate(
        (["--shard-size", 1000], ["--shard-size", 64, "--workers", 2], ["--chunk-size", 33])
    ):
        path = tmp_path / f"{number}.log"
        assert (
            treadle_here("generate", recipe, "-n", 1000, "--columns", "combined", "-o", path, *options, "--quiet") == 0
        )
        bodies.append(path.read_bytes())
        assert manifest_of(path).exists()
        assert treadle_here("verify", path, "--quiet") == 0
    assert bodies[0] == bodies[1] == bodies[2]
    damaged = tmp_path / "0.log"
    damaged.write_bytes(bodies[0].replace(b"GET", b"PUT", 1))
    assert treadle_here("verify", damaged, "--quiet") == 1
