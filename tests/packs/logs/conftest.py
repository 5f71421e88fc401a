"""What the tests of the logs pack share: its domains, and records by their numbers."""

from __future__ import annotations

import json
from functools import cache

import pytest

from treadle.run.domains import find_domain, records_of
from treadle.run.source import members

NAMES = [reference.rpartition(".")[2] for reference in members("logs")]


@cache
def made(name, first, last):
    """Return the text of records, so that no test changes those of another."""
    return [json.dumps(record) for record in records_of(f"logs.{name}", 42)(first, last)]


@pytest.fixture(params=NAMES)
def domain(request):
    """Return each domain of the pack."""
    return find_domain(request.param)[1]


@pytest.fixture(scope="session")
def records():
    """Return a function that gives records of a domain as JSON values."""
    return lambda name, first=0, last=2048: [json.loads(line) for line in made(name, first, last)]
