"""Combining: slices of one dataset, made apart, joined into one file after a check that they belong together."""

from __future__ import annotations

import base64
from bisect import bisect_left
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from treadle.errors import UsageError, VerifyError
from treadle.pipeline import output_errors
from treadle.run.collect import Growing, blocks_of, publish_file, sha256_of
from treadle.run.manifest import Manifest, manifest_path, read_manifest
from treadle.run.staging import open_staging
from treadle.sinks import format_of
from treadle.sinks.csv import header_of
from treadle.sinks.parquet import open_writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def combine(inputs: Sequence[Path], output: Path, *, overwrite: bool = False) -> Manifest:
    """Join slices (files or folders of JSON lines, CSV or Parquet) in the order of their records; return the new manifest.

    Raises `UsageError` where they do not belong together (another recipe, seed, column, format), overlap or leave a gap, and
    `VerifyError` where a file is not what its manifest says.
    """
    for path in inputs:
        if not path.exists():
            raise UsageError(f"{path} is not there: expected a slice that treadle wrote")
    slices = sorted(
        ((read_manifest(manifest_path(path)), path) for path in inputs), key=lambda pair: (pair[0].first, pair[0].last)
    )
    joined = _joined(slices, format_of(output).name)
    if (output.exists() or manifest_path(output).exists()) and not overwrite:
        raise UsageError(f"output {output} is there already: add --overwrite to replace it, or choose another name")
    with output_errors(output):
        output.parent.mkdir(parents=True, exist_ok=True)
    files = [file for manifest, path in slices for file in _files(manifest, path)]
    with open_staging(output, {"combine": [str(path) for path in inputs]}, overwrite=True) as staging:
        body = Growing(staging / "output", b"")
        body.restart()
        truth = Growing(staging / "truth", b"") if joined.truth == "sidecar" else None
        if truth is not None:
            truth.restart()
            for file, manifest, path in files:
                truth.extend(blocks_of(_truth_of(file, manifest, path)))
        _write(body, [file for file, _, _ in files], joined)
        publish_file(joined, body, truth, output)
        for each in staging.iterdir():
            each.unlink()
        staging.rmdir()
    return joined


def _joined(slices: list[tuple[Manifest, Path]], format_name: str) -> Manifest:
    """Return the manifest of all slices together; raises `UsageError` with the first thing that does not fit."""
    if not slices:
        raise UsageError("inputs=[]: expected at least one slice")
    first, first_path = slices[0]
    if first.format != format_name or format_name == "json":
        raise UsageError(
            f"{first_path} is {first.format}: expected slices in the format of the output, one of jsonl, csv and parquet"
        )
    joined = Manifest(
        **{
            **vars(first),
            "shards": [],
            "rows": 0,
            "bytes": 0,
            "failed": {},
            "rejected": {},
            "label_counts": {},
            "csv_neutralised": {},
            "file_sha256": "",
            "truth_file": "",
            "truth_sha256": "",
        }
    )
    end = first.first
    for manifest, path in slices:
        for name, value in {
            **first.identity(),
            "format": first.format,
            "truth": first.truth,
            "options": first.options,
        }.items():
            if getattr(manifest, name) != value:
                raise UsageError(
                    f"{path} does not belong to {first_path}: {name}={getattr(manifest, name)!r}, expected {value!r}"
                )
        if manifest.first != end:
            what = (
                "overlaps with the slice before it"
                if manifest.first < end
                else f"leaves out records {end} to {manifest.first - 1}"
            )
            raise UsageError(f"{path} holds records {manifest.first} to {manifest.last - 1}, which {what}")
        end = manifest.last
        _add(joined, manifest)
    joined.last = end
    return joined


def _add(joined: Manifest, manifest: Manifest) -> None:
    joined.rows += manifest.rows
    joined.failed |= manifest.failed
    joined.count(manifest.rejected, manifest.csv_neutralised, manifest.label_counts)
    dropped = ("file", "file_sha256", "truth_sha256")  # a shard of a single file has none
    joined.shards += [{key: value for key, value in shard.items() if key not in dropped} for shard in manifest.shards]


def _files(manifest: Manifest, path: Path) -> Iterator[tuple[Path, Manifest, Path]]:
    """Yield the files of a slice in order, each checked against its hash."""
    expected = (
        [
            (path / str(shard.get("file")), shard.get("file_sha256", ""), shard.get("truth_sha256"))
            for shard in manifest.shards
        ]
        if path.is_dir()
        else [(path, manifest.file_sha256, manifest.truth_sha256)]
    )
    for file, sha256, truth in expected:
        held = [(file, sha256)]
        if manifest.truth == "sidecar":
            held.append((_truth_of(file, manifest, path), truth))
        for each, wanted in held:
            if sha256_of(each) != wanted:
                raise VerifyError(f"{each} is not what its manifest says: it was changed, or is not there")
        yield file, manifest, path


def _truth_of(file: Path, manifest: Manifest, path: Path) -> Path:
    return file.with_name(file.name + ".truth.jsonl") if path.is_dir() else path.with_name(manifest.truth_file)


def _write(body: Growing, files: list[Path], joined: Manifest) -> None:
    with output_errors(body.path):
        if joined.format == "parquet":
            with body.buffered() as lent:
                _write_parquet(lent, files, joined)
            body.rehash()
            return
        header = header_of(joined.columns) if joined.format == "csv" else b""
        body.extend([header])
        for file in files:
            body.extend(_without(header, file))


def _without(header: bytes, file: Path) -> Iterator[bytes]:
    blocks = blocks_of(file)
    yield next(blocks, b"")[len(header) :]
    yield from blocks


def _written_schema(source: pq.ParquetFile) -> pa.Schema:
    """Return the schema that a file was written with: the one it is read with names the items of lists otherwise."""
    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(source.metadata.metadata[b"ARROW:schema"])))


def _group_rows(joined: Manifest) -> Iterator[int]:
    """Yield the number of rows of each row group of one run; records that failed are in none."""
    failed = sorted(map(int, joined.failed))
    begin = joined.first
    while begin < joined.last:
        end = min(joined.last, (begin // joined.row_group + 1) * joined.row_group)
        rows = end - begin - (bisect_left(failed, end) - bisect_left(failed, begin))
        if rows:
            yield rows
        begin = end


def _write_parquet(output: BinaryIO, files: list[Path], joined: Manifest) -> None:
    """Write row groups that end at multiples of 65,536 record numbers, as one run would have."""
    waiting: list[pa.Table] = []
    writer, rooms, room = None, _group_rows(joined), 0
    for file in files:
        source = pq.ParquetFile(file)
        schema = _written_schema(source)
        writer = writer or open_writer(output, schema)
        for batch in source.iter_batches(joined.row_group):
            table = pa.Table.from_batches([batch])
            while table.num_rows:
                room = room or next(rooms)
                waiting.append(table.slice(0, room))
                table = table.slice(room)
                room -= waiting[-1].num_rows
                if room == 0:
                    writer.write_table(pa.concat_tables(waiting).combine_chunks(), joined.row_group)
                    waiting = []
    if writer is not None:
        if waiting:
            writer.write_table(pa.concat_tables(waiting).combine_chunks(), joined.row_group)
        writer.close()
