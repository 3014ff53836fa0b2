"""What ``--dry-run`` prints: what a command would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..options.calls import texts_in_calls
from .console import print_json, put, say
from .shares import percent


def show_plan(found: Mapping[str, Any], lines: list[str], *, json: bool, then: str) -> None:
    """Prints it, and which command does it.

    Args:
        found: plain values.
        lines: the same in words.
        json: whether the values are printed instead.
        then: the command.
    """
    if json:
        print_json(dict(found))
    else:
        put("\n".join(lines))
    say(f"Nothing was written. Next: {then}")


def of_training(found: Mapping[str, Any]) -> list[str]:
    """What :func:`isoglot.train.dry_run.dry_run` found."""
    steps = "as many steps as packing leaves" if found["steps"] is None else f"{found['steps']:,} steps"
    lines = [
        f"Model: {found['model']}, {found['layers']} layers, {found['parameters']:,} parameters, "
        f"{found['trained']:,} of them trained",
        f"Data: {found['rows']:,} rows, {found['method']}, {steps} of about {found['step_tokens']:,} tokens",
    ]
    if found["prompts"] is not None:
        lines += of_prompts(found["prompts"])
    return [*lines, _of_term(found["term"]), f"Output: {found['output']}, {_of_state(found)}"]


def of_evaluation(found: Mapping[str, Any]) -> list[str]:
    """What :func:`isoglot.evaluate.preview.preview` found."""
    left = found["answers"] - found["answered"]
    cut = f", {found['cut']:,} of them cut to fit the context" if found["cut"] else ""
    return [
        *of_prompts(found["prompts"]),
        f"Answers: {found['answered']:,} there, {left:,} to generate{cut}",
        f"Output: {found['output']}",
    ]


def of_translation(found: Mapping[str, Any]) -> list[str]:
    """What :func:`isoglot.translate.preview.preview` found."""
    cells = ", ".join(f"{tag} {count:,}" for tag, count in found["cells"].items())
    lines = [f"Prompt groups: {found['groups']:,}", f"Cells to translate: {sum(found['cells'].values()):,} ({cells})"]
    lines += [_of_backend(one) for one in found["backends"]]
    if len(found["backends"]) > 1:
        lines.append("Later backends get what earlier ones decline, fail at or do badly; how much is not known.")
    return [*lines, f"Output: {found['output']}"]


def of_check(found: Mapping[str, Any]) -> list[str]:
    """What :func:`isoglot.check.preview.preview` found."""
    from ...check.meaning.chance import LEAST

    cells = ", ".join(f"{tag} {count:,}" for tag, count in found["cells"].items())
    total = f"{sum(found['cells'].values()):,}" + (f" ({cells})" if cells else "")
    lines = [f"Prompt groups: {found['groups']:,}", f"Translations to check: {total}"]
    if found["round_trip"] is not None:
        lines.append(f"Back by {_of_backend(found['round_trip'])}")
    if few := (found["round_trip"] or {}).get("too_few"):
        named = ", ".join(f"{tag} {count:,}" for tag, count in few.items())
        lines.append(f"Not back: {named}, as at least {LEAST} cells of a language are needed")
    return [*lines, f"Output: {found['output']}"]


def _of_backend(one: Mapping[str, Any]) -> str:
    from ...providers.usage import token_words

    most = "at most " if one.get("at_most") and one["texts"] else ""
    line = f"{one['backend']}: {most}{texts_in_calls(one)}"
    if one["input_tokens"] or one["output_tokens"]:
        line += f", about {token_words(one['input_tokens'], one['output_tokens'], one['cost'])}"
    return f"{line}; {one['found']:,} from the cache"


def of_prompts(found: Mapping[str, Any]) -> list[str]:
    """Counts of prompt groups."""
    kinds, languages = (
        ", ".join(f"{name} {count:,}" for name, count in found[part].items()) for part in ("kinds", "languages")
    )
    return [f"Prompt groups: {found['groups']:,} ({kinds})", f"Prompts: {found['prompts']:,} ({languages})"]


def _of_term(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "Term: none"
    layers = ", ".join(map(str, found["layers"]))
    every = "every step" if found["every"] == 1 else f"one of {found['every']} steps"
    return (
        f"Term: layer {layers}, {found['compared']:,} groups compared, {found['guarded']:,} guarded; in {every} about "
        f"{found['tokens']:,} tokens of its own ({percent(found['share'])} of the step's)"
    )


def _of_state(found: Mapping[str, Any]) -> str:
    if found["state"] == "goes on":
        return f"where it goes on from step {found['step']}"
    return "where it has finished: nothing would be trained" if found["state"] == "finished" else "where it begins"
