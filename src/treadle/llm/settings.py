"""Settings of a run with models: who writes, where, how fast, for how much."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from treadle.errors import UsageError, unknown
from treadle.llm.keys import Secret, find_key
from treadle.recipe import TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Mapping

PROVIDERS = {"openai": "https://api.openai.com/v1"}
"""Where each provider's endpoint is; `--base-url` names any other that speaks the same protocol."""
DEFAULT_WRITER = "openai:gpt-4o-mini"
FALLBACKS = ("reject", "template")
NANO = 10**9
"""Nano-dollars of a dollar: all money is counted in these, as integers."""
_SHARE = re.compile(r"(.+):(0|1|0?\.\d+|1\.0+|\d+%)")


@dataclass(frozen=True)
class Writer:
    """Who writes the texts of a run: `Writer("openai:gpt-4o-mini", budget="0.50")`.

    `spec` is `template`, `openai:MODEL`, or several with their shares: `template:0.8,openai:gpt-4o-mini:0.2`. `base_url` names an
    endpoint that speaks OpenAI's chat completions. `budget`, `price_in` and `price_out` are US dollars, the prices per million
    tokens. `rpm` and `tpm` are limits per minute, 0 for none; `timeout` is in seconds. `max_retries` is how often a request is
    sent again that got no answer, `attempts` how often a text is asked for until it passes. Rejected texts fail their record, or
    are written by the templates with `fallback="template"`.
    """

    spec: str = DEFAULT_WRITER
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    api_key_file: str = ""
    api_key_env: str = ""
    budget: str | float | Decimal = ""
    price_in: str | float | Decimal = ""
    price_out: str | float | Decimal = ""
    records_per_call: int | None = None
    concurrency: int = 16
    rpm: int = 0
    tpm: int = 0
    temperature: float | None = 0.8
    max_retries: int = 8
    timeout: float = 120.0
    attempts: int = 6
    fallback: str = "reject"
    journal: str = ""
    batch: bool = False
    wait: bool = False

    def check(self) -> None:
        """Raise `UsageError` for a setting out of its range."""
        self.shares()
        bounds: Mapping[str, tuple[float, float]] = {
            "concurrency": (1, 10_000),
            "max_retries": (0, 100),
            "attempts": (1, 20),
            "rpm": (0, 10**9),
            "tpm": (0, 10**12),
            "timeout": (0.01, 86_400),
        }
        for name, (least, most) in bounds.items():
            if not least <= getattr(self, name) <= most:
                raise UsageError(f"{name}={getattr(self, name)}: expected {least:,} to {most:,}")
        if self.records_per_call is not None and not 1 <= self.records_per_call <= 200:
            raise UsageError(f"records_per_call={self.records_per_call}: expected 1 to 200")
        if self.temperature is not None and not 0 <= self.temperature <= 2:
            raise UsageError(f"temperature={self.temperature}: expected 0 to 2")
        if self.fallback not in FALLBACKS:
            raise UsageError(f"fallback={self.fallback!r}: expected one of {', '.join(FALLBACKS)}")
        for name in ("budget", "price_in", "price_out"):
            dollars(name, getattr(self, name))
        if (self.price_in == "") != (self.price_out == ""):
            raise UsageError("price_in and price_out belong together: give both, in US dollars per million tokens")
        self.endpoint()

    def shares(self) -> dict[str, str]:
        """Return the writers and their shares, as texts; raises `UsageError` for what names none."""
        parts = [part.strip() for part in self.spec.split(",") if part.strip()]
        if not parts:
            raise UsageError(f"writer={self.spec!r}: expected template, openai:MODEL, or several with shares")
        found: dict[str, str] = {}
        for part in parts:
            shared = _SHARE.fullmatch(part) if len(parts) > 1 else None
            if len(parts) > 1 and shared is None:
                raise UsageError(
                    f"writer={part!r}: expected a share behind each, as in template:0.8,{DEFAULT_WRITER}:0.2"
                )
            name, share = (shared[1], shared[2]) if shared else (part, "1")
            _check_name(name)
            if name in found:
                raise UsageError(f"writer={name!r}: named twice")
            found[name] = str(Fraction(share[:-1]) / 100) if share.endswith("%") else share
        total = sum(map(Fraction, found.values()))
        if total != 1:
            raise UsageError(f"writer={self.spec!r}: expected shares that add up to 1, got {float(total):g}")
        return found

    def models(self) -> list[str]:
        """Return the writers that are models."""
        return [name for name in self.shares() if name != TEMPLATE]

    def key(self) -> Secret:
        """Return the key of the endpoint; raises `UsageError` where one is needed and there is none, or would leave unprotected."""
        found = find_key(self.api_key, self.api_key_file, self.api_key_env)
        address = urlsplit(self.endpoint())
        local = is_loopback(address.hostname or "")
        if found and address.scheme == "http" and not local:
            raise UsageError(
                f"base_url={self.base_url!r}: the key would travel unprotected over http: use https, or unset {found.origin}"
            )
        if not found and not self.base_url:
            raise UsageError(
                f"no key for {address.hostname}: set {found.origin}, or name a file with --api-key-file; a local server "
                "needs none: name it with --base-url"
            )
        return found

    def endpoint(self) -> str:
        """Return the address that `/chat/completions` stands behind; `/v1` is added where an address has no path."""
        if not self.base_url:
            return PROVIDERS["openai"]
        try:
            parts = urlsplit(self.base_url)
            wrong = parts.scheme not in {"http", "https"} or not parts.hostname or (parts.port or 1) < 1
        except ValueError:
            wrong = True
        if wrong:
            raise UsageError(f"base_url={self.base_url!r}: expected an address as in http://127.0.0.1:8080/v1")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise UsageError(
                f"base_url of {parts.hostname}: expected no name, password or query in the address; keys have --api-key-file"
            )
        path = parts.path.rstrip("/").removesuffix("/chat/completions") or "/v1"
        return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def model_of(writer: str) -> str:
    """Return the model of a writer's name."""
    return writer.partition(":")[2]


def _check_name(name: str) -> None:
    provider, _, model = name.partition(":")
    if name == TEMPLATE:
        return
    if provider not in PROVIDERS or not model or not model.isprintable() or len(model) > 200:
        raise UsageError(
            f"writer={name!r}: {unknown('writer', provider, [TEMPLATE, *PROVIDERS])}; a model is named behind a colon, as in "
            f"{DEFAULT_WRITER}"
        )


def dollars(name: str, given: str | float | Decimal) -> int | None:
    """Return an amount in nano-dollars, rounded down; None where none is given. Raises `UsageError` for what is no amount."""
    if given == "":
        return None
    try:
        amount = Decimal(str(given).removeprefix("$"))
        if amount.is_finite() and 0 <= amount <= 10**9:
            return int(amount * NANO)
    except InvalidOperation:
        pass
    raise UsageError(f"{name}={given!r}: expected US dollars, as in 0.50")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
