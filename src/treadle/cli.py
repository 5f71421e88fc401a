"""The command line: parse, call, print. Heavy modules are imported by the commands that need them, so that `--help` is fast."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from treadle.run.source import Asked, Source

app = typer.Typer(
    name="treadle",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Make synthetic labelled text data whose truth is known by construction.",
)

BESIDE = "data_generation.log"
"""What `--log-file` alone means: this name, beside the output."""
_BESIDE_GIVEN = ":beside:"
INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""

RecipeName = Annotated[
    str, typer.Argument(metavar="RECIPE", help="A pack's name, or a file: recipe.py or recipe.py:name.")
]
Seed = Annotated[int, typer.Option(help="Decides every draw: the same seed gives the same records.")]
Vocab = Annotated[
    list[str],
    typer.Option(
        "--vocab",
        metavar="NAME=FILE",
        help="Use your own list in place of one of the recipe's; FILE#COLUMN for a table.",
    ),
]
OPEN = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Commands that hand a recipe its own options."""
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
LogLevel = Annotated[str, typer.Option(help="DEBUG, INFO, WARNING or ERROR.")]
LogFile = Annotated[
    str, typer.Option(metavar="[FILE]", help=f"Also write the log to a file; by itself: {BESIDE} beside the output.")
]


@app.command(context_settings=OPEN)
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
    records: Annotated[str, typer.Option(metavar="A:B", help="Make records A to B-1 instead of the first -n.")] = "",
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
    vocab: Vocab = [],  # noqa: B006  # read, never changed
    quiet: Quiet = False,
    log_level: LogLevel = "INFO",
    log_file: LogFile = "",
) -> None:
    """Generate records and write them, with a manifest beside them."""
    from treadle.display import Progress, log_to, summary
    from treadle.run.executors import keep_memory
    from treadle.run.runner import Settings, output_path, run

    if validate_only is not None:
        validate(context, validate_only, recipe, vocab=vocab)
        return
    asked = _asked(context, recipe, None if records else count)
    first, last = _range(records, count if records else asked.count)
    source = _source(recipe, vocab, columns, options=asked.options)
    target = output or asked.output or f"{source.load().name}.jsonl"
    settings = Settings(
        output_path(target),
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
    )
    with log_to(log_level, log_file.replace(_BESIDE_GIVEN, str(settings.output.parent / BESIDE)), quiet=quiet):
        keep_memory()
        with Progress(last - first, quiet=quiet) as progress:
            manifest = run(source, settings, progress.advance)
        summary(manifest, settings.output, progress.seconds)


@app.command(context_settings=OPEN)
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

    dataset = Dataset(_source(recipe, vocab, context=context), record, record + count, seed, truth=True)
    for number in range(record, record + count):
        to_stdout(record_panel(dataset.recipe, number, dataset.record(number)))


@app.command(context_settings=OPEN)
def describe(context: typer.Context, recipe: RecipeName, vocab: Vocab = []) -> None:  # noqa: B006  # read, never changed
    """Describe a recipe: its fields, what they hold, its columns and its own options."""
    from treadle.display import recipe_table, settable_table, to_stdout
    from treadle.plan import Plan
    from treadle.run.source import settable

    source = _source(recipe, vocab, context=context)
    loaded = source.load()
    for part in (*recipe_table(loaded, Plan(loaded, 42, trace=True)), *settable_table(settable(recipe, source.stamp))):
        to_stdout(part)


@app.command()
def stats(
    file: Annotated[
        Path, typer.Argument(help="A file or a folder that treadle wrote, or any .jsonl .json .csv .parquet file.")
    ],
) -> None:
    """Print a table of a dataset's columns: types, gaps, ranges, lengths and the commonest values; of prompts, their diversity."""
    from treadle.display import stats_table, to_stdout
    from treadle.display_report import labelled_tables
    from treadle.quality.labelled import of_file
    from treadle.quality.profile import profile

    for part in stats_table(file, profile(file)):
        to_stdout(part)
    found = of_file(file)
    for part in labelled_tables(found) if found is not None else ():
        to_stdout(part)


@app.command(context_settings=OPEN)
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
    from treadle.errors import UsageError
    from treadle.run.verify import verify as check

    if context.args and not recipe:
        raise UsageError(
            f"argument {context.args[0]!r}: a recipe's own options need --recipe; the manifest has those of the run"
        )
    done = check(path, _source(recipe, vocab, context=context) if recipe else None, slices=slices or None)
    if not quiet:
        note(
            f"{path}: {done.files} {'file' if done.files == 1 else 'files'} as in the manifest; {done.shards} of {done.of} "
            f"{'shard' if done.of == 1 else 'shards'} made again, all equal"
        )


@app.command(context_settings=OPEN)
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
    from treadle.errors import UsageError
    from treadle.run.manifest import write_json
    from treadle.run.validate import validate as check

    if limit < 0:
        raise UsageError(f"limit={limit}: expected 0 or more")
    if not recipe:
        _check_no_recipe(context, vocab)
    source = _source(recipe, vocab, context=context) if recipe else None
    with log_to("INFO", "", quiet=False), Progress(None, quiet=False) as progress:
        report = check(path, source, limit=limit, violations=violations, progress=progress.advance)
    if json is not None:
        write_json(json, report.to_json())
    for part in report_table(report):
        to_stdout(part)
    if not report.clean:
        raise typer.Exit(1)


@app.command("try", context_settings=OPEN)
def try_(
    context: typer.Context,
    recipe: RecipeName,
    count: Annotated[int, typer.Option("-n", "--count", help="How many records.")] = 10,
    seed: Seed = 42,
    vocab: Vocab = [],  # noqa: B006  # read, never changed
) -> None:
    """Try a recipe: make a few records, check them from end to end, print them in short, leave nothing behind."""
    from treadle.display import to_stdout
    from treadle.display_report import trial_parts
    from treadle.run.trial import trial

    done = trial(_source(recipe, vocab, context=context), count, seed)
    for part in trial_parts(done):
        to_stdout(part)
    if not done.report.clean:
        raise typer.Exit(1)


@app.command()
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


def _range(records: str, count: int | None) -> tuple[int, int]:
    from treadle.errors import UsageError

    if not records:
        wanted = 1000 if count is None else count
        if wanted < 0:
            raise UsageError(f"count={wanted}: expected 0 or more")
        return 0, wanted
    if count is not None:
        raise UsageError("-n and --records cannot both be given: --records A:B says how many")
    first, _, last = records.partition(":")
    if not (first.isdecimal() and last.isdecimal()) or int(first) > int(last):
        raise UsageError(f"records={records!r}: expected A:B with 0 <= A <= B, as in 1000:2000")
    return int(first), int(last)


def _asked(context: typer.Context, recipe: str, count: int | None) -> Asked:
    """Return what the recipe makes of its own options and of -n."""
    from treadle.run.source import asked

    return asked(recipe, _recipe_options(context, recipe) if context.args else {}, count)


def _source(
    recipe: str,
    vocab: list[str],
    columns: str = "",
    context: typer.Context | None = None,
    options: Mapping[str, str] | None = None,
) -> Source:
    from treadle.errors import UsageError
    from treadle.run.source import Source

    pairs = [given.partition("=") for given in vocab]
    for name, equals, path in pairs:
        if not (name and equals and path):
            raise UsageError(f"vocab={name + equals + path!r}: expected NAME=FILE or NAME=FILE#COLUMN")
    wanted = [name.strip() for name in columns.split(",") if name.strip()]
    if options is None:
        options = _recipe_options(context, recipe) if context is not None and context.args else {}
    return Source.of(recipe, wanted, [(name, path) for name, _, path in pairs], options)


def _check_no_recipe(context: typer.Context, vocab: list[str]) -> None:
    """Raise `UsageError` where options were given that only a recipe has, and none is named."""
    from treadle.errors import UsageError, unknown

    if vocab:
        raise UsageError(f"vocab={vocab[0]!r}: name the recipe that takes the list, as in --recipe hiring")
    if context.args:
        own = [name for each in context.command.params for name in each.opts if name.startswith("--")]
        raise UsageError(f"{unknown('option', context.args[0], own)}; a recipe's own options need --recipe")


def _recipe_options(context: typer.Context, recipe: str) -> dict[str, str]:
    """Return the options that the command itself does not know, by name: they are the recipe's own, if it has any."""
    from treadle.errors import UsageError, unknown
    from treadle.run.source import settable

    if recipe.startswith("-"):
        raise UsageError(f"option {recipe!r}: a recipe's own options stand behind the recipe's name")
    taken = settable(recipe)
    known = {f"--{name.replace('_', '-')}": name for name in taken.options}
    own = [name for each in context.command.params for name in each.opts if name.startswith("--")]
    found: dict[str, str] = {}
    waiting = list(context.args)
    while waiting:
        name, equals, value = waiting.pop(0).partition("=")
        if not name.startswith("-"):
            raise UsageError(f"argument {name!r}: expected options behind the recipe, as in --seed 7")
        if name not in known:
            raise UsageError(
                f"{recipe}: {unknown('option', name, [*known, *own])}; treadle describe {recipe} lists its own"
            )
        if known[name] in taken.flags and not equals:
            waiting.insert(0, "")
        elif not equals and (not waiting or waiting[0].partition("=")[0] in known):
            raise UsageError(f"option {name}: expected a value behind it")
        if known[name] in found:
            raise UsageError(f"option {name}: given twice")
        found[known[name]] = value if equals else waiting.pop(0)
    return found


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every error a user can cause is one message on stderr and an exit code of 1 or 2."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for i, word in enumerate(given):
        if word == "--log-file" and (i + 1 == len(given) or given[i + 1].startswith("-")):
            given[i] = f"--log-file={_BESIDE_GIVEN}"
    from treadle.errors import TreadleError

    try:
        app(given)
    except TreadleError as error:
        sys.stderr.write(f"treadle: {error}\n")
        raise SystemExit(error.exit_code) from None
    except MemoryError:
        sys.stderr.write(
            "treadle: out of memory: ask for fewer --workers or a smaller --chunk-size; the same command goes on\n"
        )
        raise SystemExit(1) from None
    except SystemExit as stop:
        if stop.code == INTERRUPTED:
            sys.stderr.write("treadle: stopped; what was finished is kept, and the same command goes on\n")
        raise


if __name__ == "__main__":
    main()
