"""What answers of a model that others serve cost: tokens, and money where the user says the price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import ConfigError, problem


class Price(NamedTuple):
    """Of a million tokens, in whatever currency the user thinks in."""

    input: float
    output: float

    @classmethod
    def parse(cls, text: str) -> Price:
        """From ``IN/OUT``, as in ``0.15/0.60``.

        Raises:
            ConfigError: for another form, or numbers below 0.
        """
        try:
            price = cls(*(float(part) for part in text.split("/")))
            if not all(0 <= part < float("inf") for part in price):
                raise ValueError
        except (TypeError, ValueError):
            step = "Give what a million input tokens and a million output tokens cost"
            raise ConfigError(problem("--price", "IN/OUT, as in 0.15/0.60", repr(text), step)) from None
        return price


def price_of_each(prices: Sequence[Price], count: int, of: str) -> list[Price | None]:
    """The price of each of several: one that is given is that of all.

    Args:
        prices: as given.
        count: how many there are.
        of: what they are, in words, as in ``judges``.

    Raises:
        ConfigError: for another number of prices.
    """
    if len(prices) <= 1:
        return [prices[0] if prices else None] * count
    if len(prices) != count:
        raise ConfigError(problem("--price", f"one price, or one for each of {count} {of}", f"{len(prices)} prices"))
    return list(prices)


class Usage:
    """Adds up what answers took.

    Args:
        price: of tokens; None: not known, so that no cost is said.
    """

    def __init__(self, price: Price | None = None) -> None:
        self._price, self.input, self.output = price, 0, 0

    def add(self, input_tokens: int, output_tokens: int) -> None:
        """One answer's."""
        self.input += input_tokens
        self.output += output_tokens

    @property
    def cost(self) -> float | None:
        """In the currency of the price; None where no price is known."""
        if self._price is None:
            return None
        return round((self.input * self._price.input + self.output * self._price.output) / 1e6, 6)

    def record(self, of: str) -> dict[str, Any]:
        """For a file that says more than this, as ``protocol.json``; empty where no answer took tokens.

        Args:
            of: whose answers they are, which every name begins with, as in ``judge_tokens``.

        Returns:
            ``<of>_tokens`` (``input``, ``output``); with a price also ``<of>_price_per_million`` and ``<of>_cost``.
        """
        if not self.input and not self.output:
            return {}
        found: dict[str, Any] = {"tokens": {"input": self.input, "output": self.output}}
        if self._price is not None:
            found |= {"price_per_million": dict(self._price._asdict()), "cost": self.cost}
        return {f"{of}_{name}": value for name, value in found.items()}


def usage_words(record: Mapping[str, Any], of: str) -> str:
    """``12,000 input and 400 output tokens, cost 0.0021``; empty where the record does not say.

    Args:
        record: what holds a :meth:`Usage.record`.
        of: whose answers, as there.
    """
    tokens, cost = record.get(f"{of}_tokens"), record.get(f"{of}_cost")
    if not isinstance(tokens, Mapping):
        return ""
    return token_words(tokens.get("input"), tokens.get("output"), cost)


def usage_said(*usages: Usage) -> str:
    """What was read and written, and what it cost, in words; empty where nobody counts."""
    read, written = sum(one.input for one in usages), sum(one.output for one in usages)
    costs = [one.cost for one in usages if one.cost is not None]
    return token_words(read, written, round(sum(costs), 6) if costs else None) if read or written else ""


def token_words(input_tokens: object, output_tokens: object, cost: object) -> str:
    """``12,000 input and 400 output tokens, cost 0.0021``; without the cost where it is None."""
    words = f"{_count(input_tokens)} input and {_count(output_tokens)} output tokens"
    return words if cost is None else f"{words}, cost {cost}"


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "?"
