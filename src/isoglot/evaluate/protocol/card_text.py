"""``protocol.md``: the protocol card for people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...escaping import code, visible
from ...providers.own import OF_PROVIDER
from ...providers.usage import usage_words
from ...runs.calibration import labels_in_words
from ...runs.card import KEY, unknown_fields
from .calibrated_card import corrects

_MARKUP = re.compile(r"[\\`*<>#|]|\](?=[(\[:]|$)")  # brackets make a link only where these follow
_WORDS = {"hash": "hash", "prompt_hash": "hash of its prompt"}


def protocol_text(protocol: Mapping[str, Any]) -> str:
    """The text in Markdown; what strangers wrote stands in it as text.

    Args:
        protocol: what ``protocol.json`` holds.
    """
    card = protocol.get(KEY)
    card = card if isinstance(card, Mapping) else {}
    missing = list(unknown_fields(card))
    parts = [f"# Evaluation of {_text(protocol.get('model', 'a model'))}", "\n".join(_summary(protocol))]
    parts += [f"## {title}\n\n{body}" for title, body in _sections(card) if body]
    if missing:
        lines = [f"- {code(path)}: unknown. {_text(how)}" for path, how in missing]
        parts.append("## Not known\n\n" + "\n".join(lines))
    return visible("\n\n".join(parts) + "\n")


def rows(protocol: Mapping[str, Any]) -> dict[str, str]:
    """The card's fields in a line each, for a table: title -> text."""
    card = protocol.get(KEY)
    found = dict(_sections(card)) if isinstance(card, Mapping) else {}
    return {
        title: " ".join(body.replace("\n- ", "; ").removeprefix("- ").split()) for title, body in found.items() if body
    }


def _summary(protocol: Mapping[str, Any]) -> Iterator[str]:
    languages = protocol.get("languages")
    tags = ", ".join(map(_text, languages)) if isinstance(languages, list) else ""
    yield f"- Model weights: {_weights(protocol.get('model_hash'))}"
    yield (
        f"- Prompts: {_text(protocol.get('prompts_hash', 'not known'))}, in {tags}; "
        f"answered are {protocol.get('answered', '?')} of {_expected(protocol)}"
    )
    yield f"- Judge: {_text(protocol.get('judge', '?'))}, version {_text(protocol.get('judge_version', '?'))}"
    calibration = protocol.get("judge_calibration")
    if isinstance(calibration, Mapping):
        file, digest = (_text(calibration.get(name, "?")) for name in ("file", "hash"))
        said = f"Rates are corrected by {file}" if corrects(calibration) else f"No rate is corrected by {file}"
        yield f"- {said} (hash {digest}): {_text(labels_in_words(calibration))}"
    if words := usage_words(protocol, "judge"):
        yield f"- The judge took {words}"
    yield "- A response has one of four outcomes: safe, unsafe, invalid, unsure; a judge that failed is counted apart"
    yield f"- isoglot {_text(protocol.get('isoglot', '?'))}"


def _weights(found: Any) -> str:
    """What is known of the weights: nothing where a provider answers, by a name."""
    if not isinstance(found, str):
        return "not known"
    if found.startswith(OF_PROVIDER):
        return f"not known: {_text(found.removeprefix(OF_PROVIDER))} is a name by which a provider answers"
    return f"{_text(found)} (a hash of a sample of every tensor)"


def _expected(protocol: Mapping[str, Any]) -> str:
    """How many answers there are when all prompts are answered, each as often as asked."""
    prompts, responses = protocol.get("prompts", "?"), protocol.get("responses")
    return f"{prompts} prompts" if responses is None else f"{responses}, to {prompts} prompts"


def _sections(card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "How the model was asked", _lines(card, "mode", "decoding", "template", "seeds", "model", "software")
    yield "Prompt sets", "\n".join(f"- {_named(one)}" for one in _list(card.get("prompt_sets")))
    languages = card.get("languages")
    languages = languages if isinstance(languages, Mapping) else {}
    yield "Languages", "\n".join(f"- {_text(tag)}: {_value(one)}" for tag, one in languages.items())
    yield "Judges", "\n".join(f"- {_named(one)}" for one in _list(card.get("judges")))
    yield "Numbers", _lines(card, "unit", "aggregation", "uncertainty", "failures")
    yield "Utility", _value(card.get("utility"))
    yield "Known gaps", "\n".join(f"- {_text(gap)}" for gap in _list(card.get("gaps")))
    yield "Stated by hand", "\n".join(f"- {code(str(path))}" for path in _list(card.get("said")))


def _lines(card: Mapping[str, Any], *keys: str) -> str:
    return "\n".join(f"- {key.capitalize()}: {_value(card[key])}" for key in keys if card.get(key))


def _named(item: Any) -> str:
    """A record with its name in front."""
    if not isinstance(item, Mapping):
        return _text(item)
    return f"{_text(item.get('name', '?'))}: {_value({key: value for key, value in item.items() if key != 'name'})}"


def _value(value: Any) -> str:
    """A value in a line."""
    if isinstance(value, Mapping):
        if isinstance(value.get("unknown"), str):
            return "unknown"
        parts = ((_WORDS.get(str(key), str(key).replace("_", " ")), _value(item)) for key, item in value.items())
        return ", ".join(f"{_text(key)} {text}" for key, text in parts if text)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_value, value))
    return "" if value is None else _text(value)


def _text(value: Any) -> str:
    """A stranger's text in a line of Markdown, where it means nothing but itself."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", " ".join(str(value).split()))


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []
