"""The commands of raw logs, and what `generate` does with recipes that name their files: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from treadle.run.runner import Settings
    from treadle.run.source import Source

STOPPED = 130
"""The exit code of a command that was stopped from the keyboard."""
STREAM_OPTIONS = {"rate": "10/s", "to": "-"}
FILE_OPTIONS = {
    "output": "", "workers": 1, "executor": "threads", "chunk_size": None, "shard_size": None, "overwrite": False,
    "truth": None, "csv_raw": False, "name": "", "files": "", "writer": "", "use_openai": False,
}  # fmt: skip
"""Options of `generate` that only records sent on have, and that only files have, each with what it is where it is not given."""
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]


def generate_files(
    recipe: str,
    settings: Settings,
    folder: str,
    name: str,
    files: str,
    vocabularies: Sequence[tuple[str, str]],
    options: Mapping[str, str],
    *,
    quiet: bool,
) -> None:
    """Write all files that a recipe, or each pack of a kind, names."""
    from treadle.display import Progress, note
    from treadle.run.files import FOLDER, KINDS, Wanted, run_files, total

    kinds = [each.strip() for each in files.split(",") if each.strip()] or KINDS
    wanted = Wanted(recipe, Path(folder or FOLDER), name, kinds, options, vocabularies)
    wanted.check()
    with Progress(total(wanted, settings.last - settings.first), quiet=quiet) as progress:
        written = run_files(wanted, settings, progress.advance)
    for path, lines in written if not quiet else ():
        note(f"{path}: {lines:,} {'line' if lines == 1 else 'lines'}")


def check_follow(given: Mapping[str, object], *, follow: bool) -> None:
    """Raise `UsageError` for an option that would do nothing: one of files with --follow, or one of streams without."""
    from treadle.errors import UsageError

    for name, default in (FILE_OPTIONS if follow else STREAM_OPTIONS).items():
        if given.get(name, default) != default:
            why = "--follow sends records on with --to, and writes no files" if follow else "it is for --follow"
            raise UsageError(f"option --{name.replace('_', '-')}: {why}")


def follow_records(
    source: Source, seed: int, to: str, records: tuple[int, int | None], rate: str, *, text: bool
) -> None:
    """Send records on as time goes by; who stops it is told which record is next."""
    from treadle.display import note
    from treadle.run.follow import follow

    sent = [0]
    try:
        follow(
            source,
            seed,
            to,
            first=records[0],
            last=records[1],
            rate=rate,
            text=text,
            noted=lambda so_far: sent.insert(0, so_far),
        )
    except KeyboardInterrupt:
        note(f"treadle: stopped behind {sent[0]:,} records; the next is record {records[0] + sent[0]}")
        raise typer.Exit(STOPPED) from None


def parse(
    file: Annotated[Path, typer.Argument(help="A raw log: plain, or compressed with gzip or zstd.")],
    domain: Annotated[str, typer.Option(help="What the log is of, as in api; a pack's name, or a folder of your own.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The JSON lines to write.")],
    form: Annotated[str, typer.Option(help="The raw form; by default the log's first line tells.")] = "",
    overwrite: Overwrite = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Read a raw log into normalized records; lines that cannot be read are kept beside them, with line, column and reason."""
    from treadle.display import Progress, note
    from treadle.display_logs import parsed_lines
    from treadle.run.domains import find_domain

    _, found = find_domain(domain)
    with Progress(None, quiet=quiet) as progress:
        done = found.parse(file, output, form=form, overwrite=overwrite, progress=progress.advance)
    for line in parsed_lines(output, done) if not quiet else ():
        note(line)
    if done.rejected:
        raise typer.Exit(1)


def mutants(
    domain: Annotated[
        str, typer.Argument(metavar="DOMAIN", help="A pack's name, as logs.api, or a folder of your own.")
    ],
    validator: Annotated[
        str,
        typer.Option(
            metavar="'CMD {file}'", help="Also try a validator of your own; it rejects by any exit code but 0."
        ),
    ] = "",
    seed: Annotated[int, typer.Option(help="Decides the records that are made invalid.")] = 42,
) -> None:
    """Print the mutation-kill table: an invalid entry for every rule, and who rejects it."""
    from treadle.display_logs import kill_table_lines
    from treadle.run.domains import find_domain, records_of

    reference, found = find_domain(domain)
    table = found.kill_table(records_of(reference, seed), validator)
    for line in kill_table_lines(table):
        typer.echo(line)
    if table.ours[0] < table.ours[1] or (validator and table.theirs[0] < table.theirs[1]):
        raise typer.Exit(1)


def check_pii(
    file: Annotated[
        Path, typer.Argument(help="Any text file, plain or compressed with gzip or zstd; - for standard input.")
    ],
    limit: Annotated[int, typer.Option(help="How many findings are shown; 0 for all.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print findings as JSON lines.")] = False,
) -> None:
    """Look for addresses, telephone numbers, card and identity numbers and names of real firms, and say where each is."""
    from treadle.checks.pii import scan_file
    from treadle.display_logs import finding_lines
    from treadle.errors import UsageError

    if limit < 0:
        raise UsageError(f"limit={limit}: expected 0 or more")
    found = scan_file(file)
    for line in finding_lines(file, found, limit or None, as_json=json):
        typer.echo(line)
    if found.count:
        raise typer.Exit(1)
