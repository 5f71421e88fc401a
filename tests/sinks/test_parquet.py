"""Parquet holds the records' values and types."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

import treadle as td
from hostile import entries, recipe_of, texts


@settings(max_examples=40)
@given(listed=entries, literal=texts)
def test_values_read_back_as_the_records(tmp_path_factory, listed, literal):
    """Every value, absent ones and nested ones too, is that of the dataset."""
    path = tmp_path_factory.mktemp("parquet") / "out.parquet"
    dataset = td.generate(recipe_of(listed, literal), count=9)
    dataset.write(path)
    assert pq.read_table(path).to_pylist() == list(dataset)


def test_types_are_those_of_the_fields(tmp_path):
    """Texts, integers, decimals, booleans, lists and children have types of their own."""
    td.generate(recipe_of(["a"], "-"), count=3).write(tmp_path / "out.parquet", truth="none")
    schema = pq.read_schema(tmp_path / "out.parquet")
    types = dict(zip(schema.names, schema.types, strict=True))
    assert types["word"] == types["day"] == types["line"] == pa.large_string()
    assert types["number"] == pa.int64()
    assert types["price"] == pa.float64()
    assert types["flag"] == pa.bool_()
    assert pa.types.is_large_list(types["many"])
    assert types["codes"].value_type == types["ports"].value_type == pa.int64()
    assert types["again"].value_type == types["later"] == pa.large_string()
    assert [field.name for field in types["kids"].value_type] == ["word", "perhaps", "n"]


@pytest.mark.parametrize("count", [0, 1, 70_000])
def test_rows_and_groups(tmp_path, count):
    """Files of no, one and many records can be read; row groups end at multiples of 65,536 and are compressed by zstd."""
    dataset = td.generate(td.Recipe("r", {"n": td.serial(), "w": td.choice(["a", "b"])}), count=count)
    dataset.write(tmp_path / "out.parquet", chunk_size=1000)
    read = pq.ParquetFile(tmp_path / "out.parquet")
    assert read.schema_arrow.names == ["n", "w"]
    assert read.read().to_pylist() == dataset.to_arrow().to_pylist()
    groups = [read.metadata.row_group(i) for i in range(read.metadata.num_row_groups)]
    assert [group.num_rows for group in groups if group.num_rows] == [
        n for n in (min(count, 65_536), count - 65_536) if n > 0
    ]
    assert all(group.column(1).compression == "ZSTD" for group in groups)


def test_a_folder_of_no_records_can_be_read(tmp_path):
    """An empty folder of shards is a folder with a manifest."""
    td.generate(td.Recipe("r", {"n": td.serial()}), count=0).write(f"{tmp_path}/out/", format="parquet")
    assert (tmp_path / "out" / "manifest.json").is_file()
