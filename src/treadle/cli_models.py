"""The command line's part for models: the options that choose who writes, and the commands beside `generate`."""

from __future__ import annotations

import functools
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from treadle.cli_options import RecipeName, Seed, Vocab, source_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.llm.settings import Writer
    from treadle.run.source import Source

PANEL = "Models as writers"
LAST_PORT = 65_535


def _option(
    kind: Any, default: Any, told: str, *names: str, metavar: str | None = None
) -> tuple[Any, Any]:  # what typer takes
    return Annotated[kind, typer.Option(*names, help=told, metavar=metavar, rich_help_panel=PANEL)], default


OPTIONS: dict[str, tuple[Any, Any]] = {
    "writer": _option(
        str,
        "",
        "template, openai:MODEL, or several with their shares: template:0.8,openai:gpt-4o-mini:0.2.",
        metavar="WHO",
    ),
    "use_openai": _option(bool, False, "The same as --writer openai:gpt-4o-mini.", "--use-openai"),
    "base_url": _option(str, "", "Any endpoint that speaks OpenAI's chat completions.", metavar="URL"),
    "api_key": _option(
        str, "", "The key; better in OPENAI_API_KEY or a file, since others see a command line.", metavar="KEY"
    ),
    "api_key_file": _option(str, "", "A file that holds the key.", metavar="FILE"),
    "api_key_env": _option(
        str, "", "The environment variable that holds the key (default OPENAI_API_KEY).", metavar="NAME"
    ),
    "budget": _option(str, "", "The most that may be spent, in US dollars; never exceeded.", metavar="USD"),
    "price_in": _option(str, "", "What a million tokens of prompts cost, where that is not known.", metavar="USD"),
    "price_out": _option(str, "", "What a million tokens of answers cost, where that is not known.", metavar="USD"),
    "records_per_call": _option(
        int | None,
        None,
        "Records that one request asks for (25 for hiring, else 10).",
        "--records-per-call",
        "--batch-size",
    ),
    "concurrency": _option(int, 16, "Requests that are open at once, at most."),
    "rpm": _option(int, 0, "Requests a minute, at most; 0 for what the endpoint allows."),
    "tpm": _option(int, 0, "Tokens a minute, at most; 0 for what the endpoint allows."),
    "temperature": _option(float | None, 0.8, "From 0, always alike, to 2, wild."),
    "max_retries": _option(int, 8, "How often a request is sent again that got no answer."),
    "timeout": _option(float, 120.0, "Seconds to wait for an answer."),
    "attempts": _option(int, 6, "How often a text is asked for until it passes its checks."),
    "fallback": _option(str, "reject", "What becomes of a record whose text never passes: reject or template."),
    "journal": _option(str, "", "Where answers are kept (default: OUTPUT.journal).", metavar="FILE"),
    "batch": _option(
        bool, False, "Send everything as one batch (OpenAI's Batch API): half the price, within a day.", "--batch"
    ),
    "wait": _option(bool, False, "With --batch, wait until it is done.", "--wait"),
}
"""The options of a writer: by name, the type and default of each."""
_KEPT = ("records_per_call", "temperature", "api_key")
"""Those that may stand where no model writes."""


def with_writer(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a writer; it gets `writing`, the settings they make, None where the templates write all."""
    signature = inspect.signature(command)
    told = get_type_hints(command, localns={"Writer": object}, include_extras=True)
    own = [each.replace(annotation=told[name]) for name, each in signature.parameters.items() if name != "writing"]
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in OPTIONS.items()
        if name not in signature.parameters
    ]

    @functools.wraps(command, assigned=("__name__", "__qualname__", "__doc__", "__module__"), updated=())
    def run(*arguments: Any, **given: Any) -> None:  # what typer parsed
        chosen = {name: given.pop(name) for name in OPTIONS if name in given and name not in signature.parameters}
        command(*arguments, **given, writing=writer_of(**chosen))

    changed: Any = run
    changed.__signature__ = signature.replace(parameters=[*own, *more])
    changed.__annotations__ = {each.name: each.annotation for each in (*own, *more)} | {"return": None}
    return run


def writer_of(writer: str, *, use_openai: bool = False, **settings: Any) -> Writer | None:  # the options above
    """Return the settings of a writer; None where the templates write everything."""
    from treadle.display import note
    from treadle.llm.settings import DEFAULT_WRITER, Writer

    spec = writer or (DEFAULT_WRITER if use_openai else "")
    if not spec:
        _without_model([name for name, value in settings.items() if value != OPTIONS[name][1]])
        return None
    if settings.get("api_key"):
        note(
            "treadle: --api-key can be read by everyone who lists processes: OPENAI_API_KEY or --api-key-file keep it to you"
        )
    made = Writer(spec, **settings)
    made.check()
    return made


def _without_model(given: list[str]) -> None:
    """Say which options do nothing where the templates write everything; raises `UsageError` for those that promise something.

    A temperature, a batch size and a key stay in a script whether or not a model is asked for.
    """
    from treadle.display import note
    from treadle.errors import UsageError

    for name in given:
        told = f"{_shown(name)}: is for texts that a model writes"
        if name not in _KEPT:
            raise UsageError(f"{told}: say which with --writer openai:MODEL")
        note(f"treadle: {told}; the templates write these")


def _shown(name: str) -> str:
    """Return an option as it may have been typed."""
    return "--batch-size (--records-per-call)" if name == "records_per_call" else f"--{name.replace('_', '-')}"


def written(source: Source, writer: Writer | None) -> Source:
    """Return a source whose records have a column `writer`."""
    from dataclasses import replace

    return source if writer is None else replace(source, writers=tuple(writer.shares().items()))


journal = typer.Typer(help="Look into the journal of a run with models: every prompt and answer.", no_args_is_help=True)
JournalPath = Annotated[Path, typer.Argument(metavar="JOURNAL", help="A journal, or the output that it belongs to.")]


@journal.command("ls")
def journal_ls(path: JournalPath) -> None:
    """List the answers of a journal, and what they cost."""
    from treadle.display import to_stdout
    from treadle.display_models import journal_table
    from treadle.llm.inspect import Journalled

    found = Journalled(path)
    for part in journal_table(found.about(), found.rows()):
        to_stdout(part)
    found.close()


@journal.command("show")
def journal_show(
    path: JournalPath,
    which: Annotated[str, typer.Argument(metavar="WHICH", help="A user (rec-7), or the beginning of a key.")],
) -> None:
    """Show prompts and answers in full."""
    from treadle.display import to_stdout
    from treadle.display_models import answer_parts
    from treadle.llm.inspect import Journalled

    found = Journalled(path)
    for each in found.one(which):
        for part in answer_parts(each):
            to_stdout(part)
    found.close()


@journal.command("export")
def journal_export(
    path: JournalPath,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file of JSON lines to write.")],
) -> None:
    """Write all prompts and answers as JSON lines."""
    import json

    from treadle.llm.inspect import Journalled
    from treadle.pipeline import output_errors

    found = Journalled(path)
    with output_errors(output), output.open("w", encoding="utf-8", newline="\n") as file:
        for row in found.rows():
            file.write(json.dumps(found.shown(row), ensure_ascii=False) + "\n")
    found.close()


def fake_model(
    *,
    faults: Annotated[
        str, typer.Option(metavar="NAME=RATE,...", help="What goes wrong, and how often; `list` lists it.")
    ] = "",
    port: Annotated[int, typer.Option(help="The port; 0 for any that is free.")] = 9000,
    host: Annotated[str, typer.Option(help="The address; 127.0.0.1 is seen by this machine alone.")] = "127.0.0.1",
    latency_ms: Annotated[float, typer.Option(help="Milliseconds until a reply.")] = 0.0,
    jitter: Annotated[float, typer.Option(help="How much that varies (sigma of a log-normal).")] = 0.0,
    retry_after: Annotated[float, typer.Option(help="Seconds of Retry-After.")] = 1.0,
    http_date: Annotated[bool, typer.Option("--http-date", help="Retry-After as a date.")] = False,
    seed: Annotated[int, typer.Option(help="Decides which request meets which fault.")] = 1,
    max_inflight: Annotated[int, typer.Option(help="Requests at once, 429 above; 0 for any number.")] = 0,
    rpm: Annotated[float, typer.Option(help="Requests a minute, 429 above; 0 for any number.")] = 0.0,
    burst: Annotated[float, typer.Option(help="Requests that the limit allows at once.")] = 0.0,
    limit_headers: Annotated[
        bool, typer.Option("--limit-headers", help="Tell of the limit in x-ratelimit headers.")
    ] = False,
    tokens_times: Annotated[float, typer.Option(help="Bill up to so many times the tokens, at random.")] = 1.0,
    key: Annotated[str, typer.Option(help="The only key that is accepted.")] = "",
    reset: Annotated[bool, typer.Option("--reset", help="Reset dropped connections instead of closing them.")] = False,
) -> None:
    """Serve a fake model with OpenAI's protocol on loopback, with faults on demand, to test settings with."""
    from treadle.display import note, to_stdout
    from treadle.errors import UsageError
    from treadle.llm.fake.faults import FAULTS, Behaviour, parse_faults

    if faults == "list":
        for name, told in FAULTS.items():
            to_stdout(f"{name:9} {told}")
        return
    from treadle.llm.fake.server import run

    if not 0 <= port <= LAST_PORT:
        raise UsageError(f"port={port}: expected 1 to {LAST_PORT}, or 0 for any that is free")
    given = {
        "latency_ms": latency_ms, "jitter": jitter, "faults": parse_faults(faults), "retry_after": retry_after,
        "http_date": http_date,
        "seed": seed, "max_inflight": max_inflight, "rpm": rpm, "burst": burst, "limit_headers": limit_headers,
        "tokens_times": tokens_times, "key": key, "reset": reset,
    }  # fmt: skip
    try:
        run(Behaviour().changed(given), host, port, lambda where: note(f"fake model on {where}"))
    except KeyboardInterrupt:
        note("stopped")


def new() -> None:
    """Make a dataset step by step: what, how many, who writes; key and cost are checked before anything is sent."""
    from treadle.display import Progress, log_to, note, summary, to_stdout
    from treadle.display_models import estimate_parts
    from treadle.llm.estimate import estimate
    from treadle.llm.settings import dollars
    from treadle.llm.wizard import Terminal, ask, check_key
    from treadle.run.runner import Settings, output_path, run
    from treadle.run.source import Source, compiled, packs

    questions = Terminal()
    plans = ask(questions, packs())
    source = written(Source.of(plans.pack), plans.writer)
    if plans.writer is not None:
        note(check_key(plans.writer))
        plan = compiled(source, 42, trace=True)
        for part in estimate_parts(
            estimate(plan, plans.writer, 0, plans.count), dollars("budget", plans.writer.budget)
        ):
            to_stdout(part)
    if not questions.confirm(f"Write {plans.count:,} records of {plans.pack} to {plans.output}?"):
        note("nothing was made")
        return
    output = output_path(plans.output)
    with log_to("INFO", "", quiet=False), Progress(plans.count, quiet=False) as progress:
        settings = Settings(output, 0, plans.count, writer=plans.writer, watch=progress.spend)
        summary(run(source, settings, progress.advance), output, progress.seconds)


def cost(
    context: typer.Context,
    recipe: RecipeName,
    count: Annotated[int, typer.Option("-n", "--count", help="How many records.")] = 1000,
    seed: Seed = 42,
    vocab: Vocab = [],  # noqa: B006  # read, never changed
    *,
    writing: Writer | None = None,
) -> None:
    """Estimate what a run with a model will cost; nothing is asked."""
    from treadle.display import to_stdout
    from treadle.display_models import estimate_parts
    from treadle.errors import UsageError
    from treadle.llm.estimate import estimate
    from treadle.llm.settings import dollars
    from treadle.run.source import compiled

    if writing is None:
        raise UsageError("cost: say which model writes, as in --writer openai:gpt-4o-mini; templates cost nothing")
    if count < 0:
        raise UsageError(f"count={count}: expected 0 or more")
    plan = compiled(written(source_of(recipe, vocab, context=context), writing), seed, trace=True)
    for part in estimate_parts(estimate(plan, writing, 0, count), dollars("budget", writing.budget)):
        to_stdout(part)
