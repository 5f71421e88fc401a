"""The command line: parse, call, print. Heavy modules are imported by the commands that need them, so that `--help` is fast."""

from __future__ import annotations

import gc
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

from treadle import cli_faults, cli_logs, cli_models
from treadle._version import __version__
from treadle.cli_fairness import fairness
from treadle.cli_logs import STOPPED
from treadle.cli_models import with_writer, written
from treadle.cli_options import (
    BESIDE,
    BESIDE_GIVEN,
    OPEN,
    LogFile,
    LogLevel,
    Quiet,
    RecipeName,
    Seed,
    Vocab,
    asked_of,
    beside_named,
    check_no_recipe,
    followed,
    range_of,
    refused,
    source_of,
    told,
)
from treadle.errors import TreadleError, UsageError

if TYPE_CHECKING:
    from treadle.llm.settings import Writer

app = typer.Typer(
    name="treadle",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Make synthetic labelled text data whose truth is known by construction.",
)

MAKING, LOOKING, FAULTS, LOGS = "Make", "Look and check", "Faults and fairness", "Logs"
"""The panels of the help."""

RESUMED = ("generate", "new")
"""Commands that go on where they were stopped."""


def _version(asked: bool) -> None:  # noqa: FBT001  # the parser calls it with the flag's value
    if asked:
        typer.echo(f"treadle {__version__}")
        raise typer.Exit


@app.callback()
def _treadle(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version, and exit.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


@app.command(context_settings=OPEN, rich_help_panel=MAKING)
@with_writer
def generate(
    context: typer.Context,
    recipe: RecipeName,
    count: Annotated[int | None, typer.Option("-n", "--count", help="How many records (default 1000).")] = None,
    seed: Seed = 42,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            help="A file (.jsonl .json .csv .parquet), or a folder of shards (NAME/). "
            "Default: the recipe's name and .jsonl.",
        ),
    ] = "",
    records: Annotated[
        str,
        typer.Option(
            metavar="A:B", help="Make records A to B-1 instead of the first -n; with --follow B may be left out."
        ),
    ] = "",
    format: Annotated[
        str | None, typer.Option(help="The format of a folder's files, or of a file with another suffix.")
    ] = None,
    truth: Annotated[
        str | None,
        typer.Option(
            help="Where the spans go: none, inline or sidecar. Default: inline in JSON lines and Parquet, "
            "sidecar for CSV and documents."
        ),
    ] = None,
    workers: Annotated[int, typer.Option(help="How many shards are made at once.")] = 1,
    executor: Annotated[str, typer.Option(help="threads or processes.")] = "threads",
    chunk_size: Annotated[int | None, typer.Option(help="Records drawn at once; changes no byte.")] = None,
    shard_size: Annotated[int | None, typer.Option(help="Records of a shard; changes no record.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
    columns: Annotated[str, typer.Option(metavar="A,B,...", help="Write these fields, in this order.")] = "",
    validate_only: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Check a dataset as `validate` does, with this recipe; make nothing."),
    ] = None,
    csv_raw: Annotated[
        bool, typer.Option("--csv-raw", help="Do not neutralise CSV cells that a spreadsheet would run.")
    ] = False,
    clean: Annotated[
        bool, typer.Option("--clean", help="Leave texts as they are before the faults that the recipe puts in.")
    ] = False,
    vocab: Vocab = [],  # noqa: B006  # read, never changed
    name: Annotated[str, typer.Option(help="What the files of a recipe that names its files are called.")] = "",
    files: Annotated[str, typer.Option(metavar="KINDS", help="Which of those: valid, raw, invalid.")] = "",
    follow: Annotated[
        bool,
        typer.Option(
            "--follow", help="Send records on as they are made, without end unless -n or --records A:B is given."
        ),
    ] = False,
    rate: Annotated[str, typer.Option(metavar="N/s", help="With --follow: how many.")] = "10/s",
    to: Annotated[str, typer.Option(help="With --follow: -, a file, tcp://, udp:// or http://HOST:PORT.")] = "-",
    quiet: Quiet = False,
    log_level: LogLevel = "INFO",
    log_file: LogFile = "",
    *,
    writing: Writer | None = None,
) -> None:
    """Generate records and write them, with a manifest beside them."""
    from dataclasses import replace

    from treadle.cli_logs import check_follow, follow_records, generate_files
    from treadle.display import Progress, log_to, summary
    from treadle.run.executors import keep_memory
    from treadle.run.files import FOLDER, writes_files
    from treadle.run.runner import Settings, output_path, run
    from treadle.run.source import members

    if validate_only is not None:
        validate(context, validate_only, recipe, vocab=vocab)
        return
    check_follow(context.params, follow=follow)
    named = not (columns or format or follow) and writes_files(recipe, output)
    one = members(recipe)[0] if named else recipe
    asked = asked_of(context, one, None if records else count)
    first, last = range_of("" if follow else records, count if records else asked.count)
    source = source_of(one, vocab, columns, options=asked.options).cleaned(clean=clean)
    if follow:
        stream = followed(records, count if records or count is None else asked.count)
        follow_records(source, seed, to, stream, rate, text=format == "text")
        return
    source = written(source, writing)
    target = output if named else output or asked.output or f"{source.load().name}.jsonl"
    settings = Settings(
        output_path(target or FOLDER),
        first,
        last,
        seed,
        format,
        truth,
        csv_raw,
        workers,
        executor,
        chunk_size,
        shard_size,
        overwrite,
        folder=target.endswith("/") or None,
        writer=writing,
    )
    with log_to(log_level, log_file.replace(BESIDE_GIVEN, str(settings.output.parent / BESIDE)), quiet=quiet):
        keep_memory()
        if named:
            generate_files(
                recipe, settings, target, name, files, source.vocabularies, dict(source.options), quiet=quiet
            )
            return
        if name or files:
            raise UsageError(
                f"{'name' if name else 'files'}={name or files!r}: expected a recipe that names its files, and a folder"
            )
        with Progress(last - first, quiet=quiet) as progress:
            manifest = run(source, replace(settings, watch=progress.spend), progress.advance)
        summary(manifest, settings.output, progress.seconds)


@app.command(context_settings=OPEN, rich_help_panel=LOOKING)
def show(
    context: typer.Context,
    recipe: RecipeName,
    seed: Seed = 42,
    record: Annotated[int, typer.Option(help="The record's number.")] = 0,
    count: Annotated[int, typer.Option("-n", "--count", help="How many records, from that one on.")] = 1,
    vocab: Vocab = [],  # noqa: B006  # read, never changed
) -> None:
    """Show records on the terminal, the spans of their texts highlighted."""
    from treadle.dataset import Dataset
    from treadle.display import record_panel, to_stdout

    for name, given in (("record", record), ("count", count)):
        if given < 0:
            raise UsageError(f"{name}={given}: expected 0 or more")
    dataset = Dataset(source_of(recipe, vocab, context=context), record, record + count, seed, truth=True)
    for number in range(record, record + count):
        made = dataset.record(number)
        to_stdout(record_panel(dataset.recipe, number, made))
        if made.get("edits"):
            from treadle.display_faults import faulted_parts

            for part in faulted_parts(made):
                to_stdout(part)


@app.command(context_settings=OPEN, rich_help_panel=LOOKING)
def describe(context: typer.Context, recipe: RecipeName, vocab: Vocab = []) -> None:  # noqa: B006  # read, never changed
    """Describe a recipe: its fields, what they hold, its columns and its own options."""
    from treadle.display import recipe_table, settable_table, to_stdout
    from treadle.plan import Plan
    from treadle.run.source import settable

    source = source_of(recipe, vocab, context=context)
    loaded = source.load()
    for part in (*recipe_table(loaded, Plan(loaded, 42, trace=True)), *settable_table(settable(recipe, source.stamp))):
        to_stdout(part)


@app.command(rich_help_panel=LOOKING)
def stats(
    file: Annotated[
        Path, typer.Argument(help="A file or a folder that treadle wrote, or any .jsonl .json .csv .parquet file.")
    ],
) -> None:
    """Print a table of a dataset's columns: types, gaps, ranges, lengths and the commonest values; of prompts, their diversity."""
    from treadle.display import stats_table, to_stdout
    from treadle.display_logs import checklist_table
    from treadle.display_report import labelled_tables
    from treadle.quality.labelled import of_file
    from treadle.quality.profile import profile
    from treadle.run.domains import checklist

    for part in (*stats_table(file, profile(file)), *checklist_table(checklist(file))):
        to_stdout(part)
    found = of_file(file)
    for part in labelled_tables(found) if found is not None else ():
        to_stdout(part)


@app.command(context_settings=OPEN, rich_help_panel=LOOKING)
def verify(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A file or folder that treadle wrote.")],
    recipe: Annotated[str, typer.Option(help="Where the recipe is, if not where the manifest says.")] = "",
    slices: Annotated[int, typer.Option(help="How many shards are made again and compared; 0 for all.")] = 8,
    vocab: Vocab = [],  # noqa: B006  # read, never changed
    quiet: Quiet = False,
) -> None:
    """Check files against their manifest, and slices of them against the recipe."""
    from treadle.display import note
    from treadle.run.verify import verify as check

    if context.args and not recipe:
        raise UsageError(
            f"argument {context.args[0]!r}: a recipe's own options need --recipe; the manifest has those of the run"
        )
    if slices < 0:
        raise UsageError(f"slices={slices}: expected 0 or more")
    if vocab and not recipe:
        check_no_recipe(context, vocab)
    if not path.exists():
        raise UsageError(f"{path} is not there: expected a file or folder that treadle wrote")
    done = check(path, source_of(recipe, vocab, context=context) if recipe else None, slices=slices or None)
    if not quiet:
        note(
            f"{path}: {done.files} {'file' if done.files == 1 else 'files'} as in the manifest; {done.shards} of {done.of} "
            f"{'shard' if done.of == 1 else 'shards'} made again, all equal"
        )


@app.command(context_settings=OPEN, rich_help_panel=LOOKING)
def validate(
    context: typer.Context,
    path: Annotated[
        Path, typer.Argument(help="A file or folder that treadle wrote, or any .jsonl .json .csv .parquet file.")
    ],
    recipe: Annotated[str, typer.Option(help="Where the recipe is, if not where the manifest says.")] = "",
    limit: Annotated[int, typer.Option(help="How many violations of each check are shown.")] = 3,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write what was found to a JSON file.")] = None,
    violations: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write every violation, one a line, where there are any.")
    ] = None,
    vocab: Vocab = [],  # noqa: B006  # read, never changed
) -> None:
    """Check what a dataset holds: schema, labels, spans, duplicates, addresses, and what its pack knows."""
    from treadle.display import Progress, log_to, to_stdout
    from treadle.display_report import report_table
    from treadle.run.manifest import write_json
    from treadle.run.validate import validate as check

    if limit < 0:
        raise UsageError(f"limit={limit}: expected 0 or more")
    if not recipe:
        check_no_recipe(context, vocab)
    source = source_of(recipe, vocab, context=context) if recipe else None
    with log_to("INFO", "", quiet=False), Progress(None, quiet=False) as progress:
        report = check(path, source, limit=limit, violations=violations, progress=progress.advance)
    if json is not None:
        write_json(json, report.to_json())
    for part in report_table(report):
        to_stdout(part)
    if not report.clean:
        raise typer.Exit(1)


@app.command("try", context_settings=OPEN, rich_help_panel=MAKING)
@with_writer
def try_(
    context: typer.Context,
    recipe: RecipeName,
    count: Annotated[int, typer.Option("-n", "--count", help="How many records.")] = 10,
    seed: Seed = 42,
    vocab: Vocab = [],  # noqa: B006  # read, never changed
    *,
    writing: Writer | None = None,
) -> None:
    """Try a recipe: make a few records, check them from end to end, print them in short, leave nothing behind."""
    from treadle.display import to_stdout
    from treadle.display_report import trial_parts
    from treadle.run.trial import trial

    done = trial(written(source_of(recipe, vocab, context=context), writing), count, seed, writing)
    for part in trial_parts(done):
        to_stdout(part)
    if not done.report.clean:
        raise typer.Exit(1)


@app.command(rich_help_panel=MAKING)
def combine(
    slices: Annotated[list[Path], typer.Argument(help="Slices of one dataset, in any order.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
    quiet: Quiet = False,
) -> None:
    """Join slices made with --records, after a check that they belong together."""
    from treadle.display import note
    from treadle.run.combine import combine as join

    manifest = join(slices, output, overwrite=overwrite)
    if not quiet:
        note(f"{output}: {manifest.rows:,} records, {manifest.first} to {manifest.last - 1}")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every error a user can cause is one message on stderr and an exit code of 1 or 2."""
    given = beside_named(list(sys.argv[1:] if arguments is None else arguments))
    if arguments is None:
        gc.freeze()  # and with it every plan that this process compiles
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may know fewer characters than records have
    try:
        code = app(given, prog_name="treadle", standalone_mode=False) or 0
    except TreadleError as error:
        code = told(error.exit_code, str(error))
    except TyperException as error:
        code = told(UsageError.exit_code, refused(error, given))
    except typer.Abort:
        code = told(1, "stopped: there is nobody to answer")
    except MemoryError:
        code = told(1, "out of memory: ask for fewer --workers or a smaller --chunk-size; the same command goes on")
    if code == STOPPED:
        goes_on = "; what was finished is kept, and the same command goes on" if given[0] in RESUMED else ""
        told(code, f"stopped{goes_on}")
    raise SystemExit(code)


for _name, _command, _panel in (
    ("operators", cli_faults.operators, FAULTS),
    ("clean", cli_faults.clean, FAULTS),
    ("fairness", fairness, FAULTS),
    ("parse", cli_logs.parse, LOGS),
    ("mutants", cli_logs.mutants, LOGS),
    ("check-pii", cli_logs.check_pii, LOOKING),
    ("new", cli_models.new, cli_models.PANEL),
    ("fake-model", cli_models.fake_model, cli_models.PANEL),
):
    app.command(_name, rich_help_panel=_panel)(_command)
app.command("cost", context_settings=OPEN, rich_help_panel=cli_models.PANEL)(cli_models.with_writer(cli_models.cost))
app.add_typer(cli_models.journal, name="journal", rich_help_panel=cli_models.PANEL)

if __name__ == "__main__":
    main()
