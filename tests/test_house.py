"""The house is in order: nothing of one machine in the tree, locks and changelog valid, docs that name what is there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from typer.main import get_command

import treadle
from treadle.cli import app
from treadle.run.source import packs, settable

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WRITTEN = ("*.md", "docs/*.md", "src/treadle/packs/*/README.md")
DOCS = [path for pattern in WRITTEN for path in sorted(ROOT.glob(pattern)) if path.is_file()]

# The patterns are written so that they do not find themselves.
MACHINE_PATHS = re.compile(r"(?<![\w.~$})>-])/(?:root|work|home/\w+|Users/\w+|opt/\w+|mnt|media)(?:/|\b(?=[\"'`]))")
TEMPORARY = re.compile(r"(?<![\w.~$})>-])/tmp/\w")
REGISTRIES = re.compile(r"\b(?:pypi|pythonhosted|npmjs|debian|ubuntu|anaconda)\.(?:org|com)\b")


def tracked() -> list[Path]:
    """Return the files of the project: those git tracks or would, or all but the usual leavings where there is no git."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split("\0")
        return [ROOT / name for name in listed if name]
    folders = ("src", "tests", "docs", "examples", "benchmarks", "tools", "changelog.d", "LICENSES")
    deep = [path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*")]
    left = re.compile(r"(^|/)(\.|__pycache__)")
    return [*ROOT.glob("[!.]*.*"), *(ROOT / path for path in deep if not left.search(path.as_posix()))]


def lines_of(path: Path) -> list[str]:
    """Return the lines of a text file; none of a binary one."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (UnicodeDecodeError, IsADirectoryError, FileNotFoundError):
        return []


@pytest.mark.parametrize(
    "pattern", [MACHINE_PATHS, TEMPORARY, REGISTRIES], ids=["paths", "temporary files", "registries"]
)
def test_nothing_of_one_machine_is_in_the_tree(pattern):
    """No file names a path of somebody's machine, or the host of a package registry."""
    files = tracked()
    assert len(files) > 50
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in files
        for number, line in enumerate(lines_of(path), 1)
        if pattern.search(line)
    ]
    assert not found


def test_the_patterns_find_what_they_are_for():
    assert MACHINE_PATHS.search("see /" + "root/x")
    assert MACHINE_PATHS.search('"/' + 'home/ann"')
    assert not MACHINE_PATHS.search("src/work/x")
    assert REGISTRIES.search("https://" + "pypi" + ".org/simple")


def pins(name: str) -> dict[str, Version]:
    """Return the versions that a lock file pins."""
    found = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            package, equals, version = line.partition("==")
            assert equals, f"{name}: {line}"
            assert package not in found, f"{name}: {line}"
            found[canonicalize_name(package)] = Version(version)
    return found


def test_the_locks_pin_what_the_project_asks_for():
    """Everything in pyproject.toml is in a lock, in a version that it allows; nothing is pinned twice."""
    lock, benchmarks = pins("requirements.lock"), pins("requirements-benchmarks.lock")
    assert not set(lock) & set(benchmarks)
    asked = [
        *PROJECT["build-system"]["requires"],
        *PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"]["charts"],
        *PROJECT["project"]["optional-dependencies"]["models"],
        *PROJECT["dependency-groups"]["dev"],
    ]
    extras = PROJECT["project"]["optional-dependencies"]["benchmarks"]
    for known, wanted in ((lock, asked), ({**lock, **benchmarks}, extras)):
        for requirement in map(Requirement, wanted):
            version = known.get(canonicalize_name(requirement.name))
            assert version is not None, f"{requirement.name} is in no lock: run `make lock`"
            assert version in requirement.specifier, f"{requirement.name} {version}: run `make lock`"


def test_every_dependency_is_explained():
    """docs/dependencies.md has a row for each package that pyproject.toml names."""
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    told = {canonicalize_name(name) for name in re.findall(r"^\| ([\w.-]+) \|", text, re.MULTILINE)}
    project = PROJECT["project"]
    groups = [*PROJECT["dependency-groups"].values(), *project["optional-dependencies"].values()]
    asked = [
        *PROJECT["build-system"]["requires"],
        *project["dependencies"],
        *(each for group in groups for each in group),
    ]
    assert told >= {canonicalize_name(Requirement(each).name) for each in asked}


def test_every_changelog_fragment_is_valid():
    """A fragment is `ISSUE.KIND.md` or `+name.KIND.md`, one paragraph that ends with a full stop."""
    kinds = "|".join(kind["directory"] for kind in PROJECT["tool"]["towncrier"]["type"])
    fragments = [path for path in (ROOT / "changelog.d").iterdir() if path.name != ".gitkeep"]
    for path in fragments:
        assert re.fullmatch(rf"(\d+|\+[a-z-]+)\.({kinds})(\.\d+)?\.md", path.name), path.name
        text = path.read_text(encoding="utf-8").strip()
        assert text.endswith("."), path.name
        assert "\n\n" not in text, path.name


def test_the_changelog_can_be_built():
    """Towncrier accepts the fragments as they are."""
    built = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "0", "--date", "2000-01-01"],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    assert "## 0 (2000-01-01)" in built.stdout


def test_the_wheel_holds_data_and_licences_and_no_tests(tmp_path):
    """What is installed is whole: data files, the mark of a typed package, licences; and nothing that users do not need."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=ROOT, check=True
    )
    (wheel,) = tmp_path.glob("treadle-*.whl")
    names = ZipFile(wheel).namelist()
    data = {f"treadle/data/{path.name}" for path in (ROOT / "src" / "treadle" / "data").glob("*.tsv")}
    assert len(data) >= 3
    assert data <= set(names)
    assert "treadle/py.typed" in names
    assert {"LICENSE", "NOTICE", "Unicode-3.0.txt"} <= {name.rpartition("/")[2] for name in names}
    assert {name.partition("/")[0] for name in names} == {"treadle", f"treadle-{treadle.__version__}.dist-info"}


def commands_in(path: Path) -> list[list[str]]:
    """Return the command lines in a document's code, as words: of treadle, make and python."""
    text = path.read_text(encoding="utf-8")
    code = re.findall(r"^```(?:console|bash|sh|shell|text)?\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    code += re.findall(r"^ {4,}\S.*$", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    code += re.findall(r"`((?:treadle|make|python) [^`\n]+)`", text)
    lines = "\n".join(code).replace("\\\n", " ").splitlines()
    plain = [re.sub(r"^(\$ |>>> )", "", line.strip()) for line in lines]
    return [_words(line) for line in plain if re.match(r"(?:\S+/)?(?:treadle|make|python3?) ", line)]


def _words(line: str) -> list[str]:
    words = shlex.split(line, comments=True)
    end = next((i for i, word in enumerate(words) if word in {"|", "&&", ">", ";", "&"}), len(words))
    return words[:end]


COMMANDS = [(path, words) for path in DOCS for words in commands_in(path)]


def test_the_docs_have_commands():
    assert len(COMMANDS) > 10


@pytest.mark.parametrize(
    ("path", "words"), COMMANDS, ids=[f"{path.name}: {' '.join(words)}"[:90] for path, words in COMMANDS]
)
def test_every_command_in_the_docs_is_there(path, words):
    """Each subcommand and option of treadle, each target of make and each script named in the docs exists."""
    program = words[0].rpartition("/")[2]
    if program == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        for target in words[1:]:
            assert target.startswith("-") or "=" in target or re.search(rf"^{target}:", makefile, re.MULTILINE)
    elif program == "treadle":
        _check_treadle(words[1:])
    elif words[1:2] and words[1].endswith(".py") and "/" in words[1]:
        assert (ROOT / words[1]).is_file(), f"{path.name}: {words[1]}"


def _check_treadle(words: list[str]) -> None:
    commands = get_command(app).commands
    if words and words[0].startswith("-"):
        assert words[0] in {"--help", "--version"}
        return
    assert words[0] in commands, words
    while hasattr(commands[words[0]], "commands"):
        commands, words = commands[words[0]].commands, words[1:]
        assert words[0] in commands, words
    known = {"--help"} | {name for each in commands[words[0]].params for name in (*each.opts, *each.secondary_opts)}
    if words[1:] and words[1] in packs():
        known |= {f"--{name.replace('_', '-')}" for name in settable(words[1]).options}
    unknown = {word.partition("=")[0] for word in words[1:] if re.match(r"--?[a-z]", word)} - known
    assert not unknown, words


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_link_in_the_docs_leads_somewhere(path):
    """Relative links name files that are there."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    linked = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text)
    assert not [target for target in linked if not (path.parent / target).exists()]
