"""Schemas: generated from the inventories, and read alike by three validators."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import jsonschema_rs
import pytest

from packs.logs.conftest import NAMES
from treadle.errors import UsageError
from treadle.packs.logs.inventory import read_inventory
from treadle.packs.logs.mutants import mutants
from treadle.run.domains import find_domain, records_of

PACK = Path(__file__).resolve().parents[3] / "src" / "treadle" / "packs" / "logs"


def test_what_is_generated_is_what_is_kept(domain):
    """`python tools/log_inventories.py` writes these files."""
    for name, content in domain.generated().items():
        assert (PACK / domain.name / name).read_text(encoding="utf-8") == content, (
            f"{domain.name}/{name}: generate it anew"
        )


def test_schemas_are_valid(domain):
    schema = domain.inventory.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema_rs.meta.validate(schema)
    assert schema["$id"].endswith(domain.inventory.version)


def test_vocabularies_are_used(domain):
    """Every list of the vocabulary is that of a field, or is named by the recipe's source."""
    used = {each.vocabulary for each in domain.inventory.fields} | {
        inner.vocabulary for each in domain.inventory.fields for inner in each.fields
    }
    source = "".join(path.read_text(encoding="utf-8") for path in (PACK / domain.name).glob("*.py"))
    assert [name for name in domain.inventory.vocabulary if name not in used and f'["{name}"]' not in source] == []


@pytest.mark.parametrize("name", NAMES)
def test_validators_agree(name):
    """On valid records and on every mutant, ours and two independent validators say the same, and at the same place."""
    domain = find_domain(name)[1]
    schema = domain.inventory.schema()
    rust, python = jsonschema_rs.Draft202012Validator(schema), jsonschema.Draft202012Validator(schema)
    for number, record in enumerate(records_of(f"logs.{name}", 42)(0, 4_000)):
        assert rust.is_valid(record)
        assert number >= 400 or python.is_valid(record)
        assert not list(domain.schema(record, ""))
    kinds = set()
    for mutant in mutants(domain, records_of(f"logs.{name}", 42), 600):
        if mutant.scope != "record":
            continue
        own = {each.pointer for each in domain.schema(mutant.entry, "")}
        assert bool(own) == (".schema." in mutant.rule_id)
        assert rust.is_valid(mutant.entry) == python.is_valid(mutant.entry) == (not own)
        found = {"".join(f"/{step}" for step in error.absolute_path) for error in python.iter_errors(mutant.entry)}
        assert {pointer for pointer in own if not pointer.endswith("/surprise")} <= found
        kinds |= {mutant.rule_id.rpartition(".")[2]} if own else set()
    assert {"required", "type", "enum", "pattern", "minimum", "additionalProperties"} <= kinds


def test_valid_records_of_every_validator():
    """The fast one looks at many."""
    domain = find_domain("api")[1]
    rust = jsonschema_rs.Draft202012Validator(domain.inventory.schema())
    assert all(map(rust.is_valid, records_of("logs.api", 7)(0, 20_000)))


INVENTORY = (
    'domain = "x"\nversion = "1"\ntitle = "t"\nfollows = "f"\n[[field]]\nname = "a"\ntype = "string"\ndoc = "d"\n'
)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("nonsense", "expected a TOML file"),
        ('domain = "x"', "'version' is missing"),
        (INVENTORY.replace('"string"', '"text"'), "type='text': expected one of"),
        (INVENTORY + 'vocabulary = "colours"\n', "vocabulary='colours': expected one of"),
        (INVENTORY + "least = 3\n", "unknown key 'least'"),
        (INVENTORY.replace('doc = "d"\n', ""), "'doc' is missing"),
    ],
)
def test_a_wrong_inventory_is_told(tmp_path, content, told):
    path = tmp_path / "inventory.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=r"inventory\.toml") as error:
        read_inventory(path)
    assert told in str(error.value)
