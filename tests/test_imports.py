"""What may import and call what: the rules of docs/ARCHITECTURE.md, held by reading the source."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "treadle"

ENGINE = {"compiling", "plan", "steps", "grammar", "weave", "pipeline", "run"}
"""What turns declarations into records."""
LONGEST_FILE = 400
LONGER_FILES: dict[str, str] = {}
"""Files that may be longer, and why."""
LONGEST_BODY = 60
NETWORK = {"aiohttp", "asyncio", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "ssl", "urllib", "xmlrpc"}
ONLINE = {"llm", "sinks.stream"}
"""Modules and folders that may open sockets."""
UNREPEATABLE_MODULES = {"locale", "random", "secrets", "time"}
UNREPEATABLE_NAMES = {
    "hash", "datetime.now", "datetime.today", "datetime.utcnow", "date.today", "os.urandom",
    "uuid.uuid1", "uuid.uuid4", "np.random", "numpy.random",
}  # fmt: skip
CLOCKED = {
    "display": "tells how long a run takes",
    "llm.fake.counts": "tells when requests came, and what the fake server takes of the processor",
    "llm.fake.server": "keeps its limits by the clock",
    "llm.writing": "paces requests by the clock",
    "run.follow": "sends so many records a second",
    "packs.intents.options": "dates examples by the clock on the wall where --wall-clock asks for it",
}
"""Modules that may read the clock, and why."""


@dataclass(frozen=True)
class Import:
    """One import of a treadle module or another one, as a dotted name; whether it happens when the module is loaded."""

    target: str
    line: int
    for_types: bool
    at_load: bool


@dataclass(frozen=True)
class Module:
    """A source file, by its dotted name within treadle; `""` is the package itself."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"))

    @cached_property
    def imports(self) -> list[Import]:
        return list(_imports(self.tree.body, for_types=False, at_load=True))

    @property
    def top(self) -> str:
        """The module or folder of treadle that the file is in."""
        return self.name.partition(".")[0]

    def reached(self, *, at_load: bool = False) -> dict[str, int]:
        """Return what is imported when the program runs, with its line; with `at_load` only what is not put off."""
        return {each.target: each.line for each in self.imports if not each.for_types and (each.at_load or not at_load)}

    def own(self, *, at_load: bool = False) -> dict[str, int]:
        """Return the modules of treadle among what is reached, by their names within it."""
        inside = {name: line for name, line in self.reached(at_load=at_load).items() if name.split(".")[0] == "treadle"}
        return {name.removeprefix("treadle").removeprefix("."): line for name, line in inside.items()}


def _imports(body, *, for_types, at_load):
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, for_types, at_load)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                yield Import(inside if _is_module(inside) else node.module, node.lineno, for_types, at_load)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from _imports(node.body, for_types=True, at_load=at_load)
            yield from _imports(node.orelse, for_types=for_types, at_load=at_load)
        else:
            later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from _imports(ast.iter_child_nodes(node), for_types=for_types, at_load=at_load and not later)


def _is_module(dotted: str) -> bool:
    parts = dotted.split(".")
    place = SOURCE.parent.joinpath(*parts)
    return parts[0] == "treadle" and (place.with_suffix(".py").is_file() or place.is_dir())


def _module(path: Path) -> Module:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return Module(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path)


MODULES = [_module(path) for path in sorted(SOURCE.rglob("*.py"))]
PACKS = [module for module in MODULES if module.top == "packs" and module.name != "packs"]


def crossing(modules: list[Module], forbidden: set[str], *, at_load: bool = False) -> list[str]:
    """Return a line for each import of a forbidden module or folder."""
    return [
        f"{module.path}:{line}: {module.name or 'treadle'} imports {name}"
        for module in modules
        for name, line in module.own(at_load=at_load).items()
        if name.partition(".")[0] in forbidden
    ]


def under(*tops: str) -> list[Module]:
    """Return the modules of some files or folders; there is at least one."""
    found = [module for module in MODULES if module.top in tops]
    assert {module.top for module in found} == set(tops)
    return found


def test_the_source_is_read():
    """The rules below are about the modules that are there, and about imports that are found."""
    names = {module.name for module in MODULES}
    assert {"", "cli", "fields", "plan", "pipeline", "run.runner", "sinks.jsonl", "quality.profile"} <= names
    assert "run.runner" in _module(SOURCE / "cli.py").own()
    assert "run.runner" not in _module(SOURCE / "cli.py").own(at_load=True)
    assert "plan" not in _module(SOURCE / "sinks" / "jsonl.py").own()


def test_packs_import_the_public_api_alone():
    """A built-in pack can do what a user's recipe can, and nothing else."""
    inner = [
        f"{module.path}:{line}: {name}"
        for module in PACKS
        for name, line in module.own().items()
        if name and not name.startswith("packs.")
    ]
    assert not inner


def test_the_engine_names_no_pack():
    """Packs are found by name, not imported."""
    assert not crossing([module for module in MODULES if module.top != "packs"], {"packs"})


def test_nobody_imports_the_command_line():
    """cli.py parses, calls and prints; nothing is built on it."""
    assert not crossing(MODULES, {"cli"})


def test_quality_imports_no_generator():
    """Measures see files alone, so that they say the same of any dataset."""
    assert not crossing(
        under("quality"), ENGINE | {"packs", "dataset", "recipe", "fields", "declarations", "cli", "display"}
    )


def test_checks_import_no_generator_and_no_run():
    """Checks are handed rows and types; what a recipe, a manifest or a pack says of them is looked up in run/."""
    generators = ENGINE | {"packs", "dataset", "recipe", "fields", "sinks", "quality"}
    assert not crossing(under("checks"), generators | {"cli", "display", "display_report"})


def test_sinks_know_neither_plans_nor_runs():
    """A sink is handed columns; the plan is a type to it."""
    assert not crossing(under("sinks"), {"compiling", "plan", "steps", "run", "pipeline", "cli", "dataset"})


def test_steps_know_neither_runs_nor_sinks():
    """A step is handed a scope and returns a column."""
    assert not crossing(under("steps"), {"run", "sinks", "pipeline", "cli", "dataset", "display"})


def test_declarations_never_load_the_engine():
    """Fields and recipes are data: declaring one draws nothing."""
    assert not crossing(under("declarations", "fields", "recipe", "vocabularies"), ENGINE | {"dataset"}, at_load=True)


def test_runs_hold_no_generation_logic():
    """run/ has shards made by the pipeline, and never reaches into steps or grammars."""
    assert not crossing(under("run"), {"compiling", "steps", "grammar", "weave", "fields", "cli", "display"})


def test_the_package_loads_fast():
    """`import treadle` loads neither NumPy nor any module that does."""
    assert set(_module(SOURCE / "__init__.py").own(at_load=True)) == {"_version"}


def test_only_named_modules_reach_the_network():
    """Everything else works offline."""
    online = {
        f"{module.path}:{line}: {name}"
        for module in MODULES
        for name, line in module.reached().items()
        if name.partition(".")[0] in NETWORK and not {module.top, module.name} & ONLINE
    }
    assert not online


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name or "treadle")
def test_nothing_that_differs_between_runs_is_asked(module):
    """No hash(), random source, clock or locale takes part in making a record."""
    if module.name in CLOCKED:
        assert not _unrepeatable(module) - {"time"}
    else:
        assert not _unrepeatable(module)


def _unrepeatable(module: Module) -> set[str]:
    imported = {name.partition(".")[0] for name in module.reached()}
    dotted = {
        ast.unparse(node) for node in ast.walk(module.tree) if isinstance(node, ast.Attribute | ast.Name)
    }  # datetime.datetime.now is found by its end
    ends = {".".join(name.split(".")[-2:]) for name in dotted}
    return (imported & UNREPEATABLE_MODULES) | (ends & UNREPEATABLE_NAMES)


def test_no_drawer():
    """A module is named for its idea."""
    assert not {module.name for module in MODULES if module.path.stem in {"utils", "util", "helpers", "common", "misc"}}


def test_no_long_file():
    """A file above 400 lines is asking to be two."""
    lengths = {module.name: len(module.path.read_text(encoding="utf-8").splitlines()) for module in MODULES}
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE}
    assert set(long) == set(LONGER_FILES), long


def test_no_long_function():
    """No body has more than 60 lines, its docstring apart."""
    long = [
        f"{module.path}:{node.lineno} {node.name}"
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _body_lines(node) > LONGEST_BODY
    ]
    assert not long


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0
