"""What the tests of models share."""

from __future__ import annotations

import pytest

import treadle as td
from running import RECIPES
from serving import PRICES, served

TICKETS = f"{RECIPES / 'tickets.py'}:tickets"


@pytest.fixture
def model():
    """Serve a fake model that makes no mistakes until it is told to."""
    with served() as serving:
        yield serving


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    """Whoever runs the tests may have a key: none is read."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def write(tmp_path, model):
    """Return a function that has tickets written by the fake model; it returns the output's path."""

    def write(count=30, name="out.jsonl", *, spec="openai:fake", overwrite=True, **settings):
        options = {"base_url": model.url, "records_per_call": 5, "concurrency": 8, **PRICES, **settings}
        path = tmp_path / name
        td.generate(TICKETS, count=count).write(path, writer=td.Writer(spec, **options), overwrite=overwrite)
        return path

    return write
