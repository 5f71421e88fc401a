"""The mutation-kill table: which mutants our own validator rejects, and which a user's command does."""

from __future__ import annotations

import json
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import treadle as td
from treadle.packs.logs.inventory import written
from treadle.packs.logs.mutants import Mutant, check, mutants

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from treadle.packs.logs.domain import Domain, Record

VALID = 20
"""Valid records that a command must accept before its verdicts count."""
TIMEOUT = 60
"""Seconds that a command has for each file."""


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant: killed by our validator for its rule alone, and by the user's command (None: none was given)."""

    mutant: Mutant
    ours: bool
    theirs: bool | None


@dataclass(frozen=True)
class KillTable:
    """All verdicts of a domain."""

    domain: str
    command: str
    verdicts: Sequence[Verdict]

    @property
    def ours(self) -> tuple[int, int]:
        """How many mutants our validator kills, of how many."""
        return sum(each.ours for each in self.verdicts), len(self.verdicts)

    @property
    def theirs(self) -> tuple[int, int]:
        """How many mutants the user's command kills, of how many."""
        return sum(bool(each.theirs) for each in self.verdicts), len(self.verdicts)


def kill_table(domain: Domain, records: Callable[[int, int], Sequence[Record]], command: str = "") -> KillTable:
    """Judge one mutant a rule; with `command`, as in `my-validator {file}`, by that too.

    The command is run without a shell for each mutant, with the path of a file that holds the mutant alone (a record, records or a
    raw line) in the place of `{file}`, and of the JSON Schema for `{schema}`; any exit code but 0 says that it rejects. Raises
    `UsageError` where it cannot be run, or rejects valid records.
    """
    made = list(mutants(domain, records))
    ours = [check(domain, mutant) == [mutant.rule_id] for mutant in made]
    if not command:
        return KillTable(
            domain.reference, "", [Verdict(mutant, own, None) for mutant, own in zip(made, ours, strict=True)]
        )
    with tempfile.TemporaryDirectory() as folder:
        run = _Command(command, Path(folder), domain)
        if not run.accepts(
            "valid.jsonl", "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in records(0, VALID))
        ):
            raise td.UsageError(
                f"validator={command!r}: rejects {VALID} valid records, so that its verdicts say nothing"
            )
        theirs = [not run.accepts(_name(mutant, domain), _text(mutant)) for mutant in made]
    return KillTable(domain.reference, command, [Verdict(*each) for each in zip(made, ours, theirs, strict=True)])


def _name(mutant: Mutant, domain: Domain) -> str:
    raw = mutant.scope == "raw" and not domain.form(mutant.form).write.__module__.endswith("spans")
    return "entry.log" if raw else "entry.jsonl"


def _text(mutant: Mutant) -> str:
    """Return what a file holds of a mutant."""
    if mutant.scope == "raw":
        return f"{mutant.entry}\n"
    entries = mutant.entry if mutant.scope == "sequence" else [mutant.entry]
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in entries)


class _Command:
    """A user's validator."""

    def __init__(self, command: str, folder: Path, domain: Domain) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise td.UsageError(f"validator={command!r}: cannot be read as a command: {error}") from error
        if not any("{file}" in word for word in self._words):
            raise td.UsageError(
                f"validator={command!r}: expected {{file}} where the file's name belongs, as in 'my-validator {{file}}'"
            )
        self._command, self._folder = command, folder
        self._schema = folder / "schema.json"
        self._schema.write_text(written(domain.inventory.schema()), encoding="utf-8")

    def accepts(self, name: str, content: str) -> bool:
        """Tell whether the command ends with 0 for a file of this content."""
        path = self._folder / name
        path.write_text(content, encoding="utf-8", errors="surrogatepass")
        words = [word.replace("{file}", str(path)).replace("{schema}", str(self._schema)) for word in self._words]
        try:
            done = subprocess.run(  # noqa: S603  # the user's own command, run without a shell
                words, capture_output=True, check=False, timeout=TIMEOUT, stdin=subprocess.DEVNULL
            )
        except OSError as error:
            raise td.UsageError(f"validator={self._command!r}: cannot be run: {error.strerror}") from error
        except subprocess.TimeoutExpired:
            raise td.UsageError(f"validator={self._command!r}: took more than {TIMEOUT} s for {name}") from None
        return done.returncode == 0
