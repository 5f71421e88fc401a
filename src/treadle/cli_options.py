"""What commands have in common: arguments, ranges of records, sources of recipes, and options that a recipe itself declares."""

from __future__ import annotations

import sys
from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typer.exceptions import TyperException

    from treadle.run.source import Asked, Source

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

BESIDE = "data_generation.log"
"""What `--log-file` alone means: this name, beside the output."""
BESIDE_GIVEN = ":beside:"
LogLevel = Annotated[str, typer.Option(help="DEBUG, INFO, WARNING or ERROR.")]
LogFile = Annotated[
    str, typer.Option(metavar="[FILE]", help=f"Also write the log to a file; by itself: {BESIDE} beside the output.")
]


def range_of(records: str, count: int | None) -> tuple[int, int]:
    """Return the first record and the one behind the last, of `A:B` or a count; raises `UsageError`."""
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


def followed(records: str, count: int | None) -> tuple[int, int | None]:
    """Return the range of a stream, which has no end for `A:`, nor where neither range nor count is given; raises `UsageError`."""
    first, colon, last = records.partition(":")
    if first.isdecimal() and colon and not last:
        return int(first), None if count is None else int(first) + range_of("", count)[1]
    return range_of(records, count) if records or count is not None else (0, None)


def asked_of(context: typer.Context, recipe: str, count: int | None) -> Asked:
    """Return what a recipe makes of its own options and of -n."""
    from treadle.run.source import asked

    return asked(recipe, _recipe_options(context, recipe) if context.args else {}, count)


def source_of(
    recipe: str,
    vocab: list[str],
    columns: str = "",
    context: typer.Context | None = None,
    options: Mapping[str, str] | None = None,
) -> Source:
    """Return the source that a command line names: a recipe, lists in place of its own, columns, and its own options."""
    from treadle.errors import UsageError
    from treadle.run.source import Source, settable

    pairs = [given.partition("=") for given in vocab]
    for name, equals, path in pairs:
        if not (name and equals and path):
            raise UsageError(f"vocab={name + equals + path!r}: expected NAME=FILE or NAME=FILE#COLUMN")
    wanted: Sequence[str] = [name.strip() for name in columns.split(",") if name.strip()]
    if options is None:
        options = _recipe_options(context, recipe) if context is not None and context.args else {}
    if len(wanted) == 1 and (preset := settable(recipe).presets.get(wanted[0])):
        wanted, options = preset[0], {**preset[1], **options}
    return Source.of(recipe, wanted, [(name, path) for name, _, path in pairs], options)


def check_no_recipe(context: typer.Context, vocab: list[str]) -> None:
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


def refused(error: TyperException, given: list[str]) -> str:
    """Word what the parser refuses as every other problem is worded; nothing where it has printed the help."""
    message, parameter, context = error.format_message(), getattr(error, "param", None), getattr(error, "ctx", None)
    for said, expected in (("valid integer", "a whole number"), ("valid number", "a number")):
        if parameter is not None and said in message:
            words = zip(given, [*given[1:], ""], strict=True)
            values = [word.partition("=")[2] or after for word, after in words if word.split("=")[0] in parameter.opts]
            return f"{parameter.name}={values[-1] if values else ''!r}: expected {expected}"
    if not message:
        return ""
    command = context.command_path if context is not None else f"treadle {given[0]}"
    return f"{message[0].lower()}{message[1:].rstrip('.')} (see  {command} --help)"


def told(code: int, message: str) -> int:
    """Return an exit code whose reason has been said; an empty one says nothing."""
    sys.stderr.write(f"treadle: {message}\n" if message else "")
    return code


def beside_named(given: list[str]) -> list[str]:
    """Return a command line in which `--log-file` has a value wherever it stands."""
    return [
        f"--log-file={BESIDE_GIVEN}" if word == "--log-file" and (after is None or after.startswith("-")) else word
        for word, after in zip_longest(given, given[1:])
    ]
