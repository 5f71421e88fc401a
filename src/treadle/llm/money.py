"""Money: prices, the worst case of a request, and the purse that is never overdrawn. All amounts are integers, nano-dollars."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from treadle.errors import MissingExtraError, UsageError
from treadle.llm.settings import NANO, dollars, model_of

if TYPE_CHECKING:
    from treadle.llm.settings import Writer

MILLION = 10**6


@dataclass(frozen=True)
class Prices:
    """What a million tokens cost, in nano-dollars; `source` says who says so."""

    tokens_in: int
    tokens_out: int
    source: str

    def cost(self, tokens_in: int, tokens_out: int) -> int:
        """Return what tokens cost, rounded up."""
        return -(-(tokens_in * self.tokens_in + tokens_out * self.tokens_out) // MILLION)

    def in_percent(self, percent: int) -> Prices:
        """Return so much of the prices, rounded up."""
        return replace(
            self, tokens_in=-(-self.tokens_in * percent // 100), tokens_out=-(-self.tokens_out * percent // 100)
        )


BATCHED = 50
"""What the Batch API costs, in percent."""
FREE = Prices(0, 0, "unknown")
"""Stands for prices that nobody knows: costs are then counted as nothing, and there can be no cap."""


def prices_of(writer: Writer, name: str) -> Prices | None:
    """Return the prices of a writer's model: those given, else those of genai-prices; None where neither knows."""
    given = dollars("price_in", writer.price_in), dollars("price_out", writer.price_out)
    if given[0] is not None and given[1] is not None:
        return Prices(given[0], given[1], "given")
    try:
        from genai_prices import Usage, calc_price  # noqa: PLC0415  # its data load when a price is asked for
    except ImportError as error:
        raise MissingExtraError("a model as writer", "models") from error
    for provider in ("openai", None):
        try:
            found = calc_price(
                Usage(input_tokens=1000, output_tokens=1000), model_ref=model_of(name), provider_id=provider
            )
        except LookupError:
            continue
        parts = [int(Decimal(part) * 1000 * NANO) for part in (found.input_price, found.output_price)]
        return Prices(parts[0], parts[1], f"genai-prices ({found.provider.id})")
    return None


def needed_prices(writer: Writer) -> dict[str, Prices]:
    """Return the prices of all models of a run; raises `UsageError` where there is a cap and one is not known."""
    found = {}
    for name in writer.models():
        known = prices_of(writer, name)
        if known is None and writer.budget != "":
            raise UsageError(
                f"budget={writer.budget!r}: nobody knows what {model_of(name)} costs, so no cap can hold: add --price-in and "
                "--price-out in US dollars per million tokens (0 for a server of your own)"
            )
        found[name] = known or FREE
    return found


class Purse:
    """What is spent, and what may yet be: a request is paid for only if its worst case still fits under the cap."""

    def __init__(self, cap: int | None, spent: int, lost: int) -> None:
        """Take the cap (None for none), and what the journal says was spent and may have been lost."""
        self.cap, self.spent, self.lost, self.open = cap, spent, lost, 0
        self.factor = 100
        """How much more than its worst case a request has cost, in percent: a server may count tokens its own way."""

    @property
    def total(self) -> int:
        """The most that can have been spent."""
        return self.spent + self.lost + self.open

    def worst(self, prices: Prices, tokens_in: int, room: int) -> int:
        """Return the worst case of a request."""
        return -(-prices.cost(tokens_in, room) * self.factor // 100)

    def reserve(self, worst: int) -> bool:
        """Put the worst case of a request aside; tells whether it fits."""
        if self.cap is not None and self.total + worst > self.cap:
            return False
        self.open += worst
        return True

    def settle(self, worst: int, cost: int) -> None:
        """Pay for an answer with what was put aside for it."""
        self.open -= worst
        self.spent += cost
        if cost > worst > 0:
            self.factor = max(self.factor, -(-cost * self.factor * 5 // (worst * 4)))

    def release(self, worst: int, *, lost: bool) -> None:
        """Give back what was put aside for a request without an answer, or count it as lost."""
        self.open -= worst
        if lost:
            self.lost += worst


def shown(nano: int) -> str:
    """Return an amount in dollars for people."""
    amount = Decimal(nano) / NANO
    return f"${amount:.2f}" if amount >= 1 else f"${amount:.4f}" if amount >= Decimal("0.001") else f"${amount:.6f}"
