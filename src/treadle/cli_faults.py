"""The commands `treadle operators` and `treadle clean`: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def operators(
    family: Annotated[str, typer.Argument(help="Only this family of faults.")] = "",
) -> None:
    """List the faults that can be put into texts, with an example of each."""
    from treadle.corrupt.table import FAMILIES
    from treadle.display import to_stdout
    from treadle.display_faults import operator_table
    from treadle.errors import UsageError, unknown

    if family and family not in FAMILIES:
        raise UsageError(unknown("family of faults", family, FAMILIES))
    for part in operator_table(family):
        to_stdout(part)


def clean(
    file: Annotated[Path, typer.Argument(help="A file with faults that treadle wrote, under any name, or a folder.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The file to write, of the same format, or the folder.")
    ],
    key: Annotated[
        Path | None, typer.Option(help="The truth file, or the folder of these, if not beside it or inside.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
    csv_raw: Annotated[
        bool, typer.Option("--csv-raw", help="Do not neutralise CSV cells that a spreadsheet would run.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Take the faults of a dataset back, by its answer key: the texts become what they were."""
    from treadle.display import Progress, note
    from treadle.run.clean import clean as take_back

    with Progress(None, quiet=quiet) as progress:
        done = take_back(file, output, key=key, overwrite=overwrite, raw_csv=csv_raw, progress=progress.advance)
    if not quiet:
        note(f"{output}: {done.records:,} records, {done.faulted:,} of them cleaned of {done.edits:,} edits")
