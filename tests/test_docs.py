"""The documentation is true: its Python runs, its commands succeed, and both print what it says.

A document is played from top to bottom in a folder that holds nothing but a copy of examples/. Python blocks share one namespace;
a `text` block right behind one is what it prints. In console blocks the lines below a `$ treadle` command are what it prints;
`...` stands for anything. A block marked `no-run` is shown and not run. `python tests/test_docs.py` writes the printed text anew.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
DOCS = (
    "README.md",
    "docs/recipes.md",
    "docs/corruption.md",
    "docs/hiring.md",
    "docs/logs.md",
    "src/treadle/packs/hiring/README.md",
)
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Part:
    """Something that runs: a Python block or a command, and what it is said to print."""

    language: str
    code: str
    line: int
    said: str | None
    span: tuple[int, int]


@dataclass
class Player:
    """Runs the parts of one document in the working folder."""

    document: str
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "document"})

    def play(self, part: Part) -> str:
        return self.python(part) if part.language == "python" else self.command(part)

    def python(self, part: Part) -> str:
        code = compile("\n" * part.line + part.code, self.document, "exec")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code, self.names)  # noqa: S102  # the document's own code is what is tested
        return printed.getvalue()

    def command(self, part: Part) -> str:
        words = shlex.split(part.code, comments=True)
        assert words[0] == "treadle"
        done = subprocess.run(
            [sys.executable, "-m", "treadle.cli", *words[1:]],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env={**os.environ, "COLUMNS": "80", "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert done.returncode == 0, f"line {part.line}: {part.code}\n{done.stdout}"
        return done.stdout


def parts(text: str) -> Iterator[Part]:
    """Return what runs in a document, in order."""
    blocks = list(BLOCK.finditer(text))
    for number, block in enumerate(blocks):
        language, options, body = block.groups()
        line = text.count("\n", 0, block.start()) + 1
        if "no-run" in options:
            continue
        if language == "python":
            after = blocks[number + 1] if number + 1 < len(blocks) else None
            told = after is not None and after[1] == "text" and not text[block.end() : after.start()].strip()
            yield Part("python", body, line, after[3] if told else None, after.span(3) if told else (0, 0))
        if language == "console":
            yield from commands(body, line, block.start(3))


def commands(body: str, line: int, begin: int) -> Iterator[Part]:
    """Return the `$ treadle` commands of a console block."""
    for found in re.finditer(r"^\$ ((?:[^\n]*\\\n)*[^\n]*)\n((?:(?!\$ )[^\n]*\n)*)", body, re.MULTILINE):
        if found[1].startswith("treadle"):
            at = line + 1 + body.count("\n", 0, found.start())
            yield Part(
                "console",
                found[1].replace("\\\n", " "),
                at,
                found[2] or None,
                (begin + found.start(2), begin + found.end(2)),
            )


def tidy(printed: str) -> str:
    """Return printed text without spaces at the ends of lines, and empty lines at its end."""
    return "\n".join(line.rstrip() for line in printed.rstrip().split("\n")) + "\n"


def fits(said: str, printed: str) -> bool:
    """Tell whether a document says what was printed; `...` stands for anything."""
    return (
        re.fullmatch(".*".join(re.escape(each) for each in tidy(said).split("...")), tidy(printed), re.DOTALL)
        is not None
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", DOCS)
def test_what_a_document_shows_runs_and_prints_what_it_says(name):
    player, played = Player(name), 0
    for part in parts((ROOT / name).read_text(encoding="utf-8")):
        printed = player.play(part)
        played += 1
        if part.said is not None:
            assert fits(part.said, printed), f"{name}:{part.line}: it says\n{part.said}\nand prints\n{tidy(printed)}"
    assert played


@pytest.mark.parametrize("name", DOCS)
def test_every_block_has_a_language(name):
    fences = re.findall(r"^```(.*)$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fences) % 2 == 0
    assert not [fence for fence in fences[1::2] if fence]
    assert {fence.split(" ")[0] for fence in fences[::2]} <= {"python", "console", "text"}


def rewrite(name: str) -> None:
    """Write what a document's code prints into it, where what it says does not fit."""
    path = ROOT / name
    text, player, changes = path.read_text(encoding="utf-8"), Player(name), []
    for part in parts(text):
        printed = player.play(part)
        if part.said is not None and not fits(part.said, printed):
            changes.append((part.span, tidy(printed)))
    for (begin, end), printed in reversed(changes):
        text = text[:begin] + printed + text[end:]
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for document in DOCS:
        with tempfile.TemporaryDirectory() as empty, contextlib.chdir(empty):
            shutil.copytree(ROOT / "examples", "examples")
            rewrite(document)
