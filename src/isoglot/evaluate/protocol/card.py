"""The protocol card as far as it is known before anything is generated, and what a strict evaluation asks of it."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import ConfigError, RunError, problem, raise_all, some
from ...groups import PromptGroups
from ...models.template import facts, folds_systems, original, system_of
from ...providers.own import OF_PROVIDER
from ...runs.card import Card, Fact, ModelFacts, Template, Unknown, names, stated, unknown_fields
from ...runs.environment import versions
from ..answering.decoding import words
from ..prompts.prompt_sets import language_facts, prompt_sets

UNIT = "one prompt in all its languages is one cluster"
_LIBRARIES = ("torch", "transformers", "tokenizers", "inspect_ai", "lm_eval")

_OF_PROMPTS = ("prompt_sets.", "languages.")  # how the paths of such fields begin


@dataclass(frozen=True)
class About:
    """What an evaluation's caller knows of it.

    Attributes:
        command: the options that ``--from`` gives again, as plain values.
        info: fields of the card, stated by hand: (the end of) a dotted path -> value.
        before: what an earlier evaluation of these prompts stated; of the prompts it counts if nothing else is known.
        strict: whether a field that is not known is an error.
        name: what to call prompts that say no source.
        judges: that will judge besides the first, of whom a strict evaluation asks the same.
        calibrations: judge -> what is known of its calibration: ``file``, ``hash``, ``labels``.
    """

    command: Mapping[str, Any] = field(default_factory=dict)
    info: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    strict: bool = False
    name: str = ""
    judges: Sequence[Any] = ()
    calibrations: Mapping[str, Any] = field(default_factory=dict)


def facts_before(
    groups: PromptGroups,
    protocol: Mapping[str, Any],
    model: Any,
    tokenizer: Any,
    about: About,
) -> dict[str, Any]:
    """What goes into ``protocol.json`` before generation: the card so far, the command, and what was stated by hand.

    Args:
        groups: the prompts.
        protocol: the plain settings: ``model``, ``model_hash``, ``decoding``.
        model: a model in this process; None for one that a server runs.
        tokenizer: the model's; None likewise.
        about: what the caller knows.
    """
    decoding = protocol.get("decoding")
    decoding = decoding if isinstance(decoding, Mapping) else {}
    card = Card(
        mode=_mode(groups, tokenizer),
        unit=UNIT,
        prompt_sets=prompt_sets(groups, about.name),
        languages=language_facts(groups),
        template=_template(tokenizer),
        decoding=words(decoding),
        model=ModelFacts(
            name=str(protocol.get("model", "")),
            hash=_weights(protocol.get("model_hash")),
            hardware=_hardware(model),
        ),
        seeds={"generation": decoding["seed"]} if isinstance(decoding.get("seed"), int) else {},
        software=software(),
    ).plain()
    info = of_prompts(about.before, card) | dict(about.info)
    found: dict[str, Any] = {"card": card, "command": dict(about.command), "info": info}
    return {key: value for key, value in found.items() if value}


def of_prompts(info: Mapping[str, Any], card: Mapping[str, Any]) -> dict[str, str]:
    """Of what was stated by hand that which holds for the same prompts, whoever answers, and is known by that alone."""
    paths = [*(path for path, _ in unknown_fields(card)), *_said(card)]
    paths = [path for path in paths if path.startswith(_OF_PROMPTS)]
    texts = {key: value for key, value in info.items() if isinstance(value, str)}
    return {key: value for key, value in texts.items() if any(names(key, path) for path in paths)}


def must_be_known(card: Mapping[str, Any]) -> None:
    """What ``--strict`` asks.

    Raises:
        RunError: naming every field of the card that is not known.
    """
    missing = [problem(f"protocol, {path}", "a known field", "unknown", how) for path, how in unknown_fields(card)]
    raise_all(missing, RunError)


def with_stated(card: Mapping[str, Any], info: Mapping[str, str]) -> dict[str, Any]:
    """The card with what was stated by hand, which it names."""
    before = _said(card)
    filled: dict[str, Any] = stated(card, info, before=before)
    said = [*before, *(path for path, _ in unknown_fields(card) if any(names(key, path) for key in info))]
    return filled | ({"said": list(dict.fromkeys(said))} if said else {})


def check_info(card: Mapping[str, Any], info: Mapping[str, str]) -> None:
    """Sees that what was stated by hand is of fields that are not known, or were stated by hand before.

    Raises:
        ConfigError: naming what is of none.
    """
    paths = [*(path for path, _ in unknown_fields(card)), *_said(card)]
    wrong = [key for key in info if not any(names(key, path) for path in paths)]
    expected = f"a field that is not known ({some(paths, 20) or 'there is none'})"
    raise_all([problem("--info", expected, repr(key)) for key in wrong], ConfigError)


def _said(card: Mapping[str, Any]) -> list[str]:
    found = card.get("said")
    return [path for path in found if isinstance(path, str)] if isinstance(found, list) else []


def software() -> dict[str, str]:
    """Library -> version, of those that are in use."""
    used = [name for name in _LIBRARIES if name in sys.modules]
    return {name: version for name, version in versions(used).items() if version}


def _mode(groups: PromptGroups, tokenizer: Any) -> str:
    turns = [prompt for group in groups for prompt in group.prompts.values() if not isinstance(prompt, str)]
    several = sum(len(turn) > 1 for turn in turns)
    how = f", {several} of them conversations" if several else ""
    system = "the system prompt is added to those without one" if system_of(tokenizer) else "no system prompt is added"
    folded = (
        "; system messages go into the first message, as the template takes none" if folds_systems(tokenizer) else ""
    )
    return f"an answer is generated to each prompt in each language{how}; {system}{folded}"


def _template(tokenizer: Any) -> Template:
    if tokenizer is None:
        step = "The server applies its own: say which, --info template.hash=..."
        return Template(hash=Unknown(unknown=step))
    text = original(tokenizer)
    if not text:
        return Template(hash="none: the prompt's text alone")
    digest: Fact = hashlib.sha256(str(text).encode()).hexdigest()[:16]
    said = facts(tokenizer)
    given = said.pop("arguments", {})
    return Template(hash=digest, arguments={"add_generation_prompt": True, **given, **said})


def _weights(found: Any) -> Fact:
    """The hash of the weights; unknown where a provider is asked, which answers by a name."""
    if not found or str(found).startswith(OF_PROVIDER):
        return Unknown(unknown="Say which weights answered: --info model.hash=...")
    return str(found)


def _hardware(model: Any) -> Fact:
    try:
        device = next(model.parameters()).device
    except (AttributeError, StopIteration, TypeError):
        return Unknown(unknown="The model ran elsewhere: say on what, --info hardware=...")
    if device.type != "cuda":
        return f"{device.type} ({platform.machine()})"
    import torch

    return str(torch.cuda.get_device_name(device))


def fields_of(texts: Sequence[str]) -> dict[str, str]:
    """What ``--info`` says: field -> value.

    Raises:
        ConfigError: for every text that is not ``FIELD=TEXT``.
    """
    pairs = [text.partition("=") for text in texts]
    wrong = [text for text, (key, _, value) in zip(texts, pairs, strict=True) if not key.strip() or not value.strip()]
    raise_all([problem("--info", "FIELD=TEXT, as in licence=MIT", repr(text)) for text in wrong], ConfigError)
    return {key.strip(): " ".join(value.split()) for key, _, value in pairs}
