"""Every data file of the pack says where its content is from and whose licence it has."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest

from treadle.packs.hiring.data import HERE

FILES = sorted(path for path in HERE.rglob("*") if path.is_file() and path.name != "PROVENANCE.md")
TABLE = {
    match["file"]: match
    for match in re.finditer(
        r"^\| `(?P<file>[^`]+)` \| (?P<what>[^|]+) \| (?P<source>[^|]+) \| (?P<licence>[^|]+) \|$",
        (HERE / "PROVENANCE.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
}
NAMES = [path.relative_to(HERE).as_posix() for path in FILES]


def test_the_table_lists_every_file_and_no_other():
    assert sorted(TABLE) == sorted(NAMES)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_file_begins_with_its_source_and_licence(path):
    """JSON has no remarks: what would stand there stands in PROVENANCE.md alone; both agree on the licence."""
    row = TABLE[path.relative_to(HERE).as_posix()]
    assert row["source"].strip()
    licence = row["licence"].strip()
    assert licence in {"Apache-2.0", "MIT"}
    if path.suffix == ".json":
        assert json.loads(path.read_text(encoding="utf-8"))
        return
    text = path.read_text(encoding="utf-8")
    head = "".join(line for line in text.splitlines(keepends=True)[:3] if line.startswith("#"))
    assert head.startswith("# ")
    if licence == "MIT":
        assert "MIT licence" in head
        assert "Copyright" in head
    else:
        assert f"Source: {row['source'].strip()}. Licence: {licence}" in head


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_file_is_clean_text(path):
    """UTF-8 in NFC, lines that end in a line feed and in no blank, and no word on how it was made."""
    data = path.read_bytes()
    text = data.decode("utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert "\r" not in text
    assert text.endswith("\n")
    assert not re.search(r"[ ]+$", text, re.MULTILINE)
