"""Every exception Treadle raises, and the one place that decides how a problem is worded.

    TreadleError
    ├── UsageError            the call was wrong: exit code 2
    │   ├── RecipeError       a recipe, template or rule file does not compile
    │   ├── VocabularyError   a word list cannot be read or used
    │   └── MissingExtraError an optional dependency is not installed
    ├── RunError              the run failed: exit code 1
    │   ├── BatchPendingError a batch of requests is on its way: exit code 75, call again later
    │   ├── OutputError       a file could not be written or published
    │   ├── ManifestError     a manifest is damaged or belongs to another run
    │   └── VerifyError       files do not hold what their manifest says
    └── EditError             edits overlap, or do not fit the text they are applied to

A message says what was expected, `name=value`, where, and what to do. Compilers collect problems in a `Problems` list and
raise them together, so that a user mends a recipe in one go.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class TreadleError(Exception):
    """Base of all errors that a user can cause or mend; its text is ready to be shown as it is."""

    exit_code = 1


class UsageError(TreadleError):
    """The call, option or recipe was wrong; nothing was generated."""

    exit_code = 2


class RecipeError(UsageError):
    """A recipe does not compile; `problems` lists every reason found."""

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        """Take the problems, or one message as a problem without a place."""
        self.problems = [Problem(problems)] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class VocabularyError(UsageError):
    """A word list cannot be read, has no such column, is empty or is not UTF-8."""


class MissingExtraError(UsageError):
    """An optional dependency is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        """Name the feature that needs `extra` and the command that installs it."""
        super().__init__(f"{feature} needs an optional dependency: run  pip install 'treadle[{extra}]'")


class RunError(TreadleError):
    """The run started and could not be finished as asked."""


class BatchPendingError(RunError):
    """A batch of requests is on its way; the same call collects it. The exit code is that of sysexits.h for "try again later"."""

    exit_code = 75


class OutputError(RunError):
    """An output file could not be written or published."""


class ManifestError(RunError):
    """A manifest is damaged, or describes another recipe, seed or range."""


class VerifyError(RunError):
    """Files do not hold what their manifest says."""


class EditError(TreadleError):
    """Edits overlap, lie outside the text, or do not match the text they are applied to."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and the place (`file:line:column`, field or option) where it is."""

    message: str
    where: str = ""

    def __str__(self) -> str:
        """`where: message`, or the message alone."""
        return f"{self.where}: {self.message}" if self.where else self.message


class Problems(list[Problem]):
    """A list that problems are added to and that is raised once, whole."""

    def add(self, message: str, where: str = "") -> None:
        """Note one problem; the same one is noted once."""
        problem = Problem(message, where)
        if problem not in self:
            self.append(problem)

    def raise_if_any(self) -> None:
        """Raise `RecipeError` with everything noted, if anything was."""
        if self:
            raise RecipeError(self)


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Word an unknown name with the nearest valid ones: `unknown field 'citty': did you mean 'city'?`."""
    names = sorted({str(each) for each in known})
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    if near:
        return f"unknown {kind} {name!r}: did you mean {_either(near)}?"
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    return f"unknown {kind} {name!r}: expected one of {shown}" if names else f"unknown {kind} {name!r}: there is none"


def _either(names: list[str]) -> str:
    quoted = [repr(name) for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]
