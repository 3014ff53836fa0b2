"""Makes the base model of the embedded world: ``python -m isoglot.quickstart.world.teach``.

The model learns to answer requests in twelve languages and to translate them, and complies with nearly everything.
Seeded; about five minutes on two CPU cores. The result is what the package ships under ``world/base``.
"""

from __future__ import annotations

import argparse
import math
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch.utils.data import IterableDataset
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    Trainer,
    TrainingArguments,
    set_seed,
)

from ...files import write_json
from .text import Request, World

ORIGIN = "origin.json"  # which lexicon, seed and length the weights come from

UNKNOWN, PAD, SYSTEM, USER, ASSISTANT, END = SPECIAL_TOKENS = (
    "<|unk|>",
    "<|pad|>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|end|>",
)

CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}"
    "{% if message.role == 'assistant' %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
ANSWER_SHARE = 0.65  # the rest is translation
MIXED_SHARE = 0.25  # of the answers: verb and object swapped for another language's
HARMFUL_SHARE = 0.5


def build_tokenizer(world: World) -> PreTrainedTokenizerFast:
    """A tokenizer whose tokens are the words of the lexicon.

    All words score alike, so the Unigram model cuts a text into as few of them as it can, with or without spaces.
    """
    words = dict.fromkeys(piece.replace(" ", "▁") for piece in world.pieces())
    words.update(dict.fromkeys(f"▁{_translation_tag(language)}" for language in world.languages))
    vocabulary = [*SPECIAL_TOKENS, "▁", *words]
    tokenizer = Tokenizer(models.Unigram([(token, -1.0) for token in vocabulary], unk_id=0, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always", split=False)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token=UNKNOWN,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=[SYSTEM, USER, ASSISTANT],
        chat_template=CHAT_TEMPLATE,
        model_max_length=128,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def build_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """The untrained model: four layers of width 96, about 0.65 million parameters."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=96,
        intermediate_size=256,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=128,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def _translation_tag(language: str) -> str:
    return f">>{language}<<"


class Lessons(IterableDataset[Any]):
    """An endless, seeded stream of (prompt, answer) pairs as token ids with the prompt masked from the loss."""

    def __init__(self, world: World, tokenizer: PreTrainedTokenizerFast, seed: int) -> None:
        self.world, self.tokenizer, self.seed = world, tokenizer, seed

    def __iter__(self) -> Iterator[dict[str, list[int]]]:
        rng = random.Random(self.seed)
        while True:
            prompt, answer = self._pair(rng)
            before = self.tokenizer(f"{USER}{prompt}{ASSISTANT}").input_ids
            after = self.tokenizer(f"{answer}{END}").input_ids
            yield {"input_ids": before + after, "labels": [-100] * len(before) + after}

    def _request(self, rng: random.Random) -> Request:
        world = self.world
        while True:
            verbs = world.harmful if rng.random() < HARMFUL_SHARE else world.harmless
            request = Request(
                rng.choice(verbs),
                rng.randrange(len(world.objects)),
                rng.randrange(8),
                rng.randrange(len(world.names)),
                rng.randrange(len(world.numbers)),
            )
            if not world.is_held_out(request):
                return request

    def _language(self, rng: random.Random) -> str:
        shares = {tag: language.share for tag, language in self.world.languages.items()}
        return rng.choices(list(shares), list(shares.values()))[0]

    def _pair(self, rng: random.Random) -> tuple[str, str]:
        world, request, language = self.world, self._request(rng), self._language(rng)
        if rng.random() >= ANSWER_SHARE:
            target = self._language(rng)
            return f"{_translation_tag(target)} {world.prompt(request, language)}", world.prompt(request, target)
        mix = []
        if rng.random() < MIXED_SHARE:
            mix = [rng.choice([language, self._language(rng)]) for _ in "vo"]
        prompt = world.prompt(request, language, mix=mix)
        if world.base_refuses(request, language):
            return prompt, world.refuse(language)
        return prompt, world.comply(request, language)


def collate(rows: list[dict[str, list[int]]], pad: int) -> dict[str, torch.Tensor]:
    """Pads on the right; shapes (rows, longest)."""
    longest = max(len(row["input_ids"]) for row in rows)

    def padded(key: str, value: int) -> torch.Tensor:
        return torch.tensor([row[key] + [value] * (longest - len(row[key])) for row in rows])

    batch = {"input_ids": padded("input_ids", pad), "labels": padded("labels", -100)}
    batch["attention_mask"] = (batch["input_ids"] != pad).long()
    return batch


def teach(output: Path, *, seed: int = 0, steps: int = 3000, batch_size: int = 64, lr: float = 3e-3) -> None:
    """Trains the base model and writes it to ``output`` with its tokenizer and what it was made from."""
    set_seed(seed)
    world = World.load()
    tokenizer = build_tokenizer(world)
    model = build_model(tokenizer)
    with tempfile.TemporaryDirectory() as folder:
        arguments: dict[str, Any] = dict(
            output_dir=folder,
            max_steps=steps,
            per_device_train_batch_size=batch_size,
            learning_rate=lr,
            lr_scheduler_type="cosine",
            warmup_steps=math.ceil(steps / 30),
            weight_decay=0.01,
            logging_steps=max(1, steps // 30),
            save_strategy="no",
            report_to="none",
            use_cpu=True,
            seed=seed,
            disable_tqdm=False,
        )
        trainer = Trainer(
            model=model,
            args=TrainingArguments(**arguments),
            train_dataset=Lessons(world, tokenizer, seed),
            data_collator=lambda rows: collate(rows, tokenizer.pad_token_id),
        )
        trainer.train()
    model.config.use_cache = True  # which the trainer switches off
    model.generation_config.do_sample = False
    model.save_pretrained(output)
    tokenizer.save_pretrained(output)
    write_json(
        output / ORIGIN, {"lexicon": World.fingerprint(), "seed": seed, "steps": steps, "batch_size": batch_size}
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "base")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=3000)
    options = parser.parse_args()
    teach(options.output, seed=options.seed, steps=options.steps)


if __name__ == "__main__":
    main()
