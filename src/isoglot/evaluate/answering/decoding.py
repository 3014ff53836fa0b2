"""How answers are drawn: greedily, or several to a prompt at a temperature."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...amounts import whole_problems
from ...errors import ConfigError, problem, raise_all
from ...runs import Key


@dataclass(frozen=True)
class Decoding:
    """How a model's answers are drawn.

    Attributes:
        max_new_tokens: longest answer.
        temperature: 0 takes the likeliest token always; above 0 tokens are drawn.
        samples: answers to each prompt.
        seed: of the draws. Each answer has a seed of its own, made of this, its cell and its number.
        extra_body: further fields of each request to a server, as ``{"repeat_penalty": 1.0}``.

    Raises:
        ConfigError: with everything that cannot work.
    """

    max_new_tokens: int = 256
    temperature: float = 0.0
    samples: int = 1
    seed: int = 0
    extra_body: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = [
            *whole_problems("max_new_tokens", self.max_new_tokens, 1),
            *whole_problems("samples", self.samples, 1),
        ]
        if not (math.isfinite(self.temperature) and self.temperature >= 0):
            problems.append(problem("temperature", "0 or more", self.temperature))
        if not problems and self.samples > 1 and self.temperature == 0:
            got, step = f"{self.samples} at temperature 0", "Give a temperature, such as 0.8"
            problems.append(problem("samples", "1, since without a temperature all are alike", got, step))
        raise_all(problems, ConfigError)

    @property
    def greedy(self) -> bool:
        """Whether nothing is drawn."""
        return self.temperature == 0

    def as_dict(self) -> dict[str, Any]:
        """What a protocol says of it: what another answer would come from."""
        sent = {"extra_body": dict(self.extra_body)} if self.extra_body else {}
        if self.greedy:
            return {"greedy": True, "max_new_tokens": self.max_new_tokens} | sent
        drawn = {"temperature": self.temperature, "samples": self.samples, "seed": self.seed}
        return {"greedy": False, "max_new_tokens": self.max_new_tokens} | drawn | sent

    def seed_of(self, key: Key) -> int:
        """The seed of one answer, from 0 to 2**31 - 1, the same in whichever batch, process or order it is drawn."""
        if self.greedy:
            return self.seed
        text = json.dumps([self.seed, *key], ensure_ascii=False)
        return int.from_bytes(hashlib.sha256(text.encode(errors="surrogatepass")).digest()[:4], "big") >> 1


def words(decoding: Mapping[str, Any]) -> str:
    """What a protocol says of decoding, in a line.

    Example:
        >>> words({"greedy": True, "max_new_tokens": 256})
        'greedy, at most 256 new tokens'
    """
    most = f"at most {decoding.get('max_new_tokens', '?')} new tokens"
    if sent := decoding.get("extra_body"):
        most += f", each request with {json.dumps(sent, ensure_ascii=False)}"
    if decoding.get("greedy", True):
        return f"greedy, {most}"
    samples, seed = decoding.get("samples", "?"), decoding.get("seed", "?")
    return f"temperature {decoding.get('temperature', '?')}, samples of each prompt {samples}, seed {seed}, {most}"
