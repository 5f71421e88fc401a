"""The wizard: asks for pack, count, writer and key, checks the key with one free call, shows the estimate, and asks once more."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from treadle.errors import MissingExtraError, RunError, TreadleError, UsageError
from treadle.llm.keys import DEFAULT_VARIABLE
from treadle.llm.settings import DEFAULT_WRITER, Writer, dollars, model_of
from treadle.llm.wire import NoReplyError, Wire
from treadle.recipe import TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_OWN = "openai:"
_OTHER = "another endpoint (a server of your own, a gateway)"


class Questions(Protocol):
    """Asks a person; each method returns the answer, and raises `KeyboardInterrupt` where there is none."""

    def choose(self, question: str, choices: Sequence[str]) -> str:
        """Ask for one of several."""

    def text(self, question: str, default: str, check: Callable[[str], str]) -> str:
        """Ask for a text; `check` returns what is wrong with one, nothing where it is right."""

    def secret(self, question: str) -> str:
        """Ask for a text that is not shown."""

    def confirm(self, question: str) -> bool:
        """Ask for a yes."""


@dataclass(frozen=True)
class Plans:
    """What a person wants made."""

    pack: str
    count: int
    output: str
    writer: Writer | None


def ask(questions: Questions, packs: Sequence[str]) -> Plans:
    """Ask for everything that a run needs."""
    pack = questions.choose("What do you want to make?", packs)
    count = int(questions.text("How many records?", "1000", _count))
    who = questions.choose("Who writes the texts?", [TEMPLATE, DEFAULT_WRITER, _OTHER])
    output = questions.text("Where do they go?", f"{pack}.csv", _output)
    if who == TEMPLATE:
        return Plans(pack, count, output, None)
    writer = Writer(who) if who != _OTHER else _other(questions)
    budget = questions.text("What may it cost at most, in US dollars?", "1.00" if count > 500 else "0.50", _dollars)
    writer = replace(writer, budget=budget)
    if not writer.base_url and not os.environ.get(DEFAULT_VARIABLE):
        writer = replace(
            writer, api_key=questions.secret(f"{DEFAULT_VARIABLE} is not set. Your key (it is not shown or kept):")
        )
    return Plans(pack, count, output, writer)


def _other(questions: Questions) -> Writer:
    url = questions.text("Its address?", "http://127.0.0.1:8080/v1", _address)
    model = questions.text("Its model?", "local", lambda text: "" if text.strip() else "expected a name")
    prices = [
        questions.text(f"US dollars for a million tokens of {what}?", "0", _dollars) for what in ("prompts", "answers")
    ]
    return Writer(f"{_OWN}{model}", base_url=url, price_in=prices[0], price_out=prices[1])


def check_key(writer: Writer) -> str:
    """Ask the endpoint for its models, which is free; return what to tell the user.

    Raises `UsageError` where the key is not accepted, and `RunError` where nobody answers.
    """
    return asyncio.run(_check_key(writer))


async def _check_key(writer: Writer) -> str:
    key = writer.key()
    wire = Wire(writer.endpoint(), key, concurrency=1, timeout=min(writer.timeout, 30.0), temperature=None)
    async with wire:
        try:
            status, headers, data = await wire.exchange("GET", "/models")
        except NoReplyError as error:
            raise RunError(str(error)) from error
        if status != 200:
            refused = wire.refusal(status, headers, data, "")
            raise refused if isinstance(refused, TreadleError) else RunError(str(refused))
    try:
        names = {str(each["id"]) for each in json.loads(data)["data"]}
    except (ValueError, LookupError, TypeError):
        return "the endpoint answers, and does not list its models"
    missing = [model_of(name) for name in writer.models() if model_of(name) not in names]
    if missing and names:
        return f"the endpoint answers, and does not list {missing[0]}; it has {', '.join(sorted(names)[:5])}"
    return (
        "the endpoint answers, and the key is accepted" if writer.key() else "the endpoint answers, and asks for no key"
    )


def _count(text: str) -> str:
    return "" if text.strip().isdecimal() else "expected a number"


def _output(text: str) -> str:
    if not text.strip():
        return "expected a file"
    return f"{text.strip()} is there already: choose another name" if Path(text.strip()).exists() else ""


def _dollars(text: str) -> str:
    try:
        dollars("amount", text.strip())
    except UsageError as error:
        return str(error)
    return "" if text.strip() else "expected an amount, as in 0.50"


def _address(text: str) -> str:
    try:
        Writer(DEFAULT_WRITER, base_url=text.strip()).endpoint()
    except UsageError as error:
        return str(error)
    return ""


class Terminal:
    """Questions on a terminal, by questionary."""

    def __init__(self) -> None:
        """Raise `MissingExtraError` without questionary, and `UsageError` without a terminal."""
        try:
            import questionary  # noqa: PLC0415  # of the extra `models`
        except ImportError as error:
            raise MissingExtraError("treadle new", "models") from error
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError(
                "treadle new asks questions, and there is no terminal to answer on: see treadle generate --help"
            )
        self._questionary = questionary

    def choose(self, question: str, choices: Sequence[str]) -> str:
        """Ask for one of several, by arrow keys."""
        return str(self._questionary.select(question, list(choices)).unsafe_ask())

    def text(self, question: str, default: str, check: Callable[[str], str]) -> str:
        """Ask for a text."""

        def valid(text: str) -> bool | str:
            return check(text) or True

        return str(self._questionary.text(question, default=default, validate=valid).unsafe_ask()).strip()

    def secret(self, question: str) -> str:
        """Ask for a text that is not shown."""
        return str(self._questionary.password(question).unsafe_ask()).strip()

    def confirm(self, question: str) -> bool:
        """Ask for a yes."""
        return bool(self._questionary.confirm(question, default=True).unsafe_ask())
