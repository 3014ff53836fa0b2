"""What the base model knows of refusing: a step along its English refusal direction, and what it then answers.

    python benchmarks/evidence/steering.py

The direction at a layer is the mean state of the requests that the base refuses by itself less that of those it grants,
at the last prompt token, in English. It is added, once or twice, to the states of granted requests in other languages.
"""

from __future__ import annotations

import random
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

import isoglot
from isoglot import RuleJudge
from isoglot.models.chat import encode
from isoglot.quickstart.world.text import World
from isoglot.representation import prompt_states

LANGUAGES, LAYERS, STEPS, PROMPTS = ("zh", "ru", "ja", "ar", "sw", "ur", "ko", "th"), (1, 2, 3), (1.0, 2.0), 16


def main() -> None:
    """Prints a line for each layer and step: refusals in the prompt's own language, by language."""
    torch.set_num_threads(1)
    base = Path(isoglot.__file__).parent / "quickstart" / "world" / "base"
    model, world = AutoModelForCausalLM.from_pretrained(base).eval(), World.load()
    tokenizer = AutoTokenizer.from_pretrained(base)
    judge = RuleJudge(candidates=tuple(world.languages))

    def prompts(verbs: list[int], count: int, language: str) -> list[list[int]]:
        requests = world.requests(count, random.Random(0), verbs=verbs, held_out=False)
        return [encode(tokenizer, world.prompt(request, language)) for request in requests]

    def mean(verbs: list[int]) -> torch.Tensor:
        with torch.no_grad():
            return prompt_states(model, prompts(verbs, 64, "en"), LAYERS, pad=tokenizer.pad_token_id).mean(1)

    directions = mean(sorted(world.refused)) - mean(world.alignable)
    for place, layer in enumerate(LAYERS):
        for step in STEPS:
            found = []
            for language in LANGUAGES:
                answers = [
                    steered(model, tokenizer, row, layer, step * directions[place])
                    for row in prompts(world.alignable, PROMPTS, language)
                ]
                verdicts = [judge("?", answer, language=language, kind="harmful") for answer in answers]
                own = sum(v.refusal == "full" and v.language == language for v in verdicts)
                found.append(f"{language} {own}/{PROMPTS}")
            print(f"layer {layer}, {step:.0f} x the direction, refused in own language: {', '.join(found)}")


def steered(model: torch.nn.Module, tokenizer: object, row: list[int], layer: int, vector: torch.Tensor) -> str:
    """The answer to a prompt with a vector added to its last token's state after a layer."""

    def add(_module: object, _inputs: object, output: torch.Tensor | tuple) -> torch.Tensor | tuple:
        states = output if isinstance(output, torch.Tensor) else output[0]
        if states.size(1) >= len(row):  # the prompt's pass, not those of single new tokens
            states = states.clone()
            states[:, len(row) - 1] += vector
        return states if isinstance(output, torch.Tensor) else (states, *output[1:])

    handle = model.model.layers[layer - 1].register_forward_hook(add)
    ids = torch.tensor([row])
    try:
        with torch.no_grad():
            made = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, do_sample=False)
    finally:
        handle.remove()
    return tokenizer.decode(made[0, len(row) :], skip_special_tokens=True)


if __name__ == "__main__":
    main()
