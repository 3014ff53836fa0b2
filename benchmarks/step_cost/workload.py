"""What a step works on: a model with random weights, its trainer, a preference pair, prompts in many languages."""

from __future__ import annotations

import copy
import random
import string
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lengths
import torch

from isoglot import PromptGroups
from isoglot.groups import PromptGroup

COMPARED, GUARDED = 150, 8  # groups; of the guarded ones the states from before training are computed beforehand
MORE_GUARDED = 64  # where a step has several pairs


@dataclass(frozen=True)
class Shape:
    """A Qwen2 model's size."""

    vocabulary: str  # whose token counts are used
    vocab_size: int
    hidden: int
    feed_forward: int
    layers: int
    heads: int
    key_value_heads: int
    tied: bool = False
    lora: bool = False

    @property
    def layer_weights(self) -> int:
        """Weights of one layer's matrices."""
        keys = self.hidden // self.heads * self.key_value_heads
        return 2 * self.hidden**2 + 2 * self.hidden * keys + 3 * self.hidden * self.feed_forward

    def config(self) -> Any:
        """Its configuration."""
        from transformers import Qwen2Config

        return Qwen2Config(
            vocab_size=self.vocab_size,
            hidden_size=self.hidden,
            intermediate_size=self.feed_forward,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            num_key_value_heads=self.key_value_heads,
            tie_word_embeddings=self.tied,
            max_position_embeddings=32768,
            bos_token_id=None,
            eos_token_id=1,
            pad_token_id=0,
        )


SHAPES = {
    "32k": Shape("32k", 32_000, 256, 1024, 4, 4, 2),
    "150k": Shape("150k", 150_000, 256, 1024, 4, 4, 2),
    "qwen-0.5b": Shape("150k", 151_936, 896, 4864, 24, 14, 2, tied=True),
    "qwen-1.5b": Shape("150k", 151_936, 1536, 8960, 28, 12, 2, tied=True),
    "qwen-7b": Shape("150k", 152_064, 3584, 18944, 28, 28, 4, lora=True),
}


class Workload:
    """A trainer of TRL with a model of a shape, and what its steps are given.

    Args:
        shape: of the model.
        device: where it is.
        pair: tokens of the chosen row, prompt and answer (the rejected one has seven eighths); None: as in the data.
        folder: for the trainer's output.
        pairs: in a step.
    """

    def __init__(self, shape: Shape, device: torch.device, pair: int | None, folder: Path, pairs: int = 1) -> None:
        from trl import DPOTrainer

        torch.manual_seed(0)
        self.shape, self.device, self._pair, self._pairs = shape, device, pair, pairs
        self.rows = lengths.read(shape.vocabulary)
        self.tokenizer = _tokenizer(shape.vocab_size)
        with torch.device(device):
            model = _model(shape, device)
        self.trainer = DPOTrainer(
            model=model,
            ref_model=None if shape.lora else copy.deepcopy(model).requires_grad_(False),
            args=_options(folder, device, pairs),
            train_dataset=_any_data(),
            processing_class=self.tokenizer,
            peft_config=_lora() if shape.lora else None,
        )
        self.trainer.current_gradient_accumulation_steps = 1  # as train() would set it
        self.trainer.train_dataset = [self._row(number) for number in range(len(self.rows))]  # to count its tokens
        self.model = self.trainer.model
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=6e-7)

    def groups(self, languages: int) -> PromptGroups:
        """Groups of real lengths. Languages beyond the ten have the lengths of the following prompts."""
        made = []
        for number in range(COMPARED + (GUARDED if self._pairs == 1 else MORE_GUARDED)):
            sizes: list[int] = []
            while len(sizes) < languages:
                sizes += self.rows[(number + len(sizes) // len(lengths.LANGUAGES)) % len(self.rows)].prompts
            prompts = {tag: self._text(size) for tag, size in zip(_tags(languages), sizes, strict=False)}
            kind = "harmful" if number < COMPARED else "harmless"
            made.append(PromptGroup(id=str(number), prompts=prompts, kind=kind))
        return PromptGroups(made)

    def batch(self, number: int) -> dict[str, torch.Tensor]:
        """A step's preference pairs, as the trainer's own collator makes them."""
        rows = [self._row(number * self._pairs + place) for place in range(self._pairs)]
        return {name: value.to(self.device) for name, value in self.trainer.data_collator(rows).items()}

    def _row(self, number: int) -> dict[str, list[int]]:
        """A preference pair."""
        row = self.rows[number % len(self.rows)]
        chosen, rejected = row.chosen, row.rejected
        if self._pair is not None:
            prompt = min(row.prompts[0], self._pair // 2)
            chosen, rejected = self._pair - prompt, self._pair * 7 // 8 - prompt
        else:
            prompt = row.prompts[0]
        parts = {"prompt_ids": prompt, "chosen_ids": chosen, "rejected_ids": rejected}
        return {name: self._tokens(size) for name, size in parts.items()}

    def finish(self) -> None:
        """The optimizer's part of a step."""
        self.optimizer.step()
        self.model.zero_grad(set_to_none=True)

    def set_up(self) -> None:
        """Makes the optimizer's state, by a step that changes nothing."""
        for group in self.optimizer.param_groups:
            group["lr"], rate = 0.0, group["lr"]
            for parameter in group["params"]:
                parameter.grad = torch.zeros_like(parameter)
        self.finish()
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def _tokens(self, count: int) -> list[int]:
        return random.Random(count).choices(range(3, self.shape.vocab_size), k=count)

    def _text(self, count: int) -> str:
        return " ".join(f"w{token}" for token in self._tokens(count))


def _tags(count: int) -> list[str]:
    """The ten languages' tags, and others of the same form."""
    known = list(lengths.LANGUAGES)
    others = [a + b for a in "qxyzwvujhg" for b in string.ascii_lowercase if a + b not in known]
    return (known + others)[:count]


def _model(shape: Shape, device: torch.device) -> Any:
    from transformers import Qwen2ForCausalLM

    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    return Qwen2ForCausalLM._from_config(shape.config(), dtype=dtype)


def _tokenizer(size: int) -> Any:
    """A word each token, so that prompts have as many tokens as they are to have."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    special = ["<pad>", "</s>", "<unk>"]
    words = {word: place for place, word in enumerate([*special, *(f"w{place}" for place in range(3, size))])}
    core = Tokenizer(models.WordLevel(words, unk_token="<unk>"))  # noqa: S106
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=core, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")  # noqa: S106


def _options(folder: Path, device: torch.device, pairs: int) -> Any:
    from trl import DPOConfig

    return DPOConfig(
        output_dir=str(folder),
        per_device_train_batch_size=pairs,
        gradient_accumulation_steps=1,
        gradient_checkpointing=False,
        max_length=None,
        beta=0.1,
        bf16=device.type == "cuda",
        use_cpu=device.type == "cpu",
        report_to="none",
        disable_tqdm=True,
    )


def _any_data() -> Any:
    """The trainer wants some when it is made; the steps are given theirs."""
    from datasets import Dataset

    return Dataset.from_list([{"prompt": "w3 w4", "chosen": " w5", "rejected": " w6"}])


def _lora() -> Any:
    from peft import LoraConfig

    return LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
