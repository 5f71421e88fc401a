"""Keys: read from the environment or a file, and never shown. What a server echoes of one is blotted out."""

from __future__ import annotations

import os
import re
from pathlib import Path

from treadle.errors import UsageError

DEFAULT_VARIABLE = "OPENAI_API_KEY"
_LIKE_A_KEY = re.compile(r"\b(?:sk|pk|key|gsk|xai)-[\w*.-]{6,}|\bBearer\s+\S{8,}", re.IGNORECASE)
_LONGEST = 4096
LEAST = 6
"""A shorter text is no key that anybody was given, and may stand in any answer: it is not blotted out."""


class Secret:
    """A key, whose text is shown by no message, log, record or pickle; `reveal` is called where a request is sent."""

    __slots__ = ("_text", "origin")

    def __init__(self, text: str, origin: str) -> None:
        """Take the key and where it is from, for messages; raises `UsageError` for what can be no key."""
        stripped = text.strip()
        if not stripped.isascii() or not stripped.isprintable() or " " in stripped or len(stripped) > _LONGEST:
            raise UsageError(f"the key from {origin} holds spaces or characters that no key has: check {origin}")
        self._text, self.origin = stripped, origin

    def __bool__(self) -> bool:
        """Tell whether there is a key."""
        return bool(self._text)

    def __repr__(self) -> str:
        """Show where the key is from, and nothing of it."""
        return f"Secret(from {self.origin})"

    def __reduce__(self) -> str | tuple[object, ...]:
        """Refuse to be pickled: a key is not sent to other processes."""
        raise TypeError("a key is not pickled")

    def reveal(self) -> str:
        """Return the key."""
        return self._text

    def blot(self, text: str) -> str:
        """Return text without the key, and without what looks like one."""
        plain = text.replace(self._text, "[key]") if len(self._text) >= LEAST else text
        return _LIKE_A_KEY.sub("[key]", plain)


def find_key(given: str = "", file: str = "", variable: str = "") -> Secret:
    """Return the key that was given, else that of a file, else that of an environment variable; an empty one where there is none.

    Raises `UsageError` for a file that cannot be read or holds nothing.
    """
    if given:
        return Secret(given, "--api-key")
    if file:
        try:
            held = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not text"
            raise UsageError(f"api_key_file={file!r}: cannot be read ({reason})") from error
        if not held:
            raise UsageError(f"api_key_file={file!r}: is empty: expected a key")
        return Secret(held, f"file {file}")
    named = variable or DEFAULT_VARIABLE
    held = os.environ.get(named, "")
    if variable and not held:
        raise UsageError(f"api_key_env={variable!r}: this environment variable is not set")
    return Secret(held, named)
