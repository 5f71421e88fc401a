"""The public names: sorted, there, documented, and told in the tutorial."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import treadle

ROOT = Path(__file__).resolve().parent.parent
UNTOLD = {"__version__"}
"""Public names that the tutorial need not show."""


def public_members(holder):
    """Return the public functions and methods of a class or module, with their names."""
    for name, member in vars(holder).items():
        if not name.startswith("_") and (inspect.isroutine(member) or isinstance(member, property)):
            yield name, member


def test_names_are_sorted():
    """Capitals first, as Python sorts."""
    assert treadle.__all__ == sorted(set(treadle.__all__))


@pytest.mark.parametrize("name", treadle.__all__)
def test_every_name_is_there(name):
    """What `__all__` promises can be had."""
    assert getattr(treadle, name) is not None


def test_dir_lists_the_public_names():
    assert dir(treadle) == treadle.__all__


def test_another_name_is_refused():
    with pytest.raises(AttributeError, match="module 'treadle' has no attribute 'weft'"):
        _ = treadle.weft


@pytest.mark.parametrize("name", sorted(set(treadle.__all__) - {"__version__"}))
def test_every_name_has_a_docstring(name):
    """Each public function and class says what it is for, and so do the methods of a class."""
    public = getattr(treadle, name)
    assert inspect.getdoc(public)
    undocumented = [method for method, member in public_members(public) if not inspect.getdoc(member)]
    assert not (inspect.isclass(public) and undocumented), undocumented


def test_the_tutorial_tells_every_name():
    """docs/recipes.md mentions each public name in code, and no name that is not there."""
    text = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    untold = [name for name in treadle.__all__ if name not in UNTOLD and not re.search(rf"\b{name}\b", code)]
    assert not untold
    assert not set(re.findall(r"\b(?:treadle|td)\.([a-zA-Z]\w*)\(", code)) - set(treadle.__all__)
