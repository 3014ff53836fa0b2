"""A sentence-embedding model in the form of sentence-transformers, by transformers alone: texts to vectors."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ...errors import ModelError, problem
from ...json_text import decode
from ...models.buckets import buckets
from ...models.decoder import most_positions
from ...models.load import loading, placed, tokenizer_of

Step = Callable[[Tensor], Tensor]
_TOKENS_PER_PASS = 8192
_MOST_TOKENS = 512  # of a text, or of a pair


def _mean(states: Tensor, mask: Tensor) -> Tensor:
    return (states * mask).sum(1) / mask.sum(1)


# Of states (texts, tokens, hidden) and a mask (texts, tokens, 1), padded on the right.
POOLINGS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cls": lambda states, _mask: states[:, 0],
    "mean": _mean,
    "max": lambda states, mask: states.masked_fill(mask == 0, -torch.inf).amax(1),
    "mean_sqrt_len": lambda states, mask: (states * mask).sum(1) / mask.sum(1).sqrt(),
    "lasttoken": lambda states, mask: states[
        torch.arange(len(states), device=states.device), mask.sum(1).long().squeeze(-1) - 1
    ],
}
_ACTIVATIONS: dict[str, Step] = {"Tanh": torch.tanh, "Identity": lambda x: x}


class SentenceModel(NamedTuple):
    """What makes one vector of a text.

    Attributes:
        model: an encoder, with ``last_hidden_state``.
        tokenizer: its tokenizer.
        pooling: a key of ``POOLINGS``.
        after: what follows pooling, in order.
        prefix: what is written before each text, as its settings say.
    """

    model: Any
    tokenizer: Any
    pooling: str
    after: tuple[Step, ...] = ()
    prefix: str = ""

    @classmethod
    def load(cls, path: str) -> SentenceModel:
        """Loads model, tokenizer and what ``modules.json`` says; without that file the mean over tokens is taken.

        Args:
            path: a folder, or a name on the hub. Weights in safetensors only; no code of the model's own is run.

        Raises:
            ModelError: for what does not load, a kind of module or pooling that is not known here.
        """
        from transformers import AutoModel

        with loading("embeddings", "an encoder that loads", path, "Check the path"):
            tokenizer = tokenizer_of(path)
            model = AutoModel.from_pretrained(path, use_safetensors=True, dtype="auto").eval()
        if getattr(model.config, "is_encoder_decoder", False):
            got = f"{path!r}, which has a decoder"
            raise ModelError(problem("embeddings", "an encoder", got, "Name a sentence-embedding model"))
        model = placed(model)
        modules = _settings(path, "modules.json") or []
        pooling, after = "mean", []
        for module in modules if isinstance(modules, list) else []:
            kind, folder = str(module.get("type", "")).rpartition(".")[-1], _inside(path, str(module.get("path", "")))
            if kind == "Pooling":
                pooling = _pooling(path, _settings(path, f"{folder}/config.json") or {})
            elif kind == "Dense":
                after.append(_dense(path, folder, model))
            elif kind == "Normalize":
                after.append(lambda x: nn.functional.normalize(x, dim=-1))
            elif kind != "Transformer":
                raise ModelError(problem(f"{path}, modules.json", "Transformer, Pooling, Dense or Normalize", kind))
        return cls(
            model, tokenizer, pooling, tuple(after), _prefix(_settings(path, "config_sentence_transformers.json"))
        )

    @torch.inference_mode()
    def __call__(self, texts: Sequence[str]) -> Tensor:
        """(texts, dimensions), float32 on the CPU."""
        limit = token_limit(self.model, self.tokenizer)
        rows = self.tokenizer([self.prefix + text for text in texts], truncation=True, max_length=limit).input_ids
        found: list[Tensor] = [torch.empty(0)] * len(texts)
        pad = self.tokenizer.pad_token_id or 0
        for bucket in buckets(rows, pad, most=_TOKENS_PER_PASS, overhead=32, device=self.model.device):
            states = self.model(input_ids=bucket.input_ids, attention_mask=bucket.attention_mask).last_hidden_state
            vectors = POOLINGS[self.pooling](states.float(), bucket.attention_mask.unsqueeze(-1).float())
            for step in self.after:
                vectors = step(vectors)
            for place, vector in zip(bucket.places, vectors.cpu(), strict=True):
                found[place] = vector
        return torch.stack(found)


def token_limit(model: Any, tokenizer: Any) -> int:
    """Tokens of a text that an encoder is given at most; some count their positions from 2."""
    positions = most_positions(model)
    return min(_MOST_TOKENS, int(tokenizer.model_max_length), _MOST_TOKENS if positions is None else positions - 2)


def _settings(path: str, name: str) -> Any:
    """A model's JSON file; None where there is none."""
    from transformers.utils.hub import cached_file

    with loading("embeddings", f"a readable {name}", path):
        file = cached_file(path, name, _raise_exceptions_for_missing_entries=False)
        return decode(Path(file).read_text(encoding="utf-8")) if file else None


def _inside(path: str, folder: str) -> str:
    """The folder of a module, which must lie within the model's."""
    if PurePosixPath(folder).is_absolute() or ".." in PurePosixPath(folder).parts:
        raise ModelError(problem(f"{path}, modules.json", "a folder within the model's", folder))
    return folder


def _pooling(path: str, settings: dict[str, Any]) -> str:
    """The one pooling that settings name, of the older form with switches or the newer with a name."""
    switches = {
        key.removeprefix("pooling_mode_").removesuffix("_token").removesuffix("_tokens")
        for key, on in settings.items()
        if key.startswith("pooling_mode_") and on
    }
    named = settings.get("pooling_mode")
    modes = {named} if isinstance(named, str) else set(named) if isinstance(named, list) else switches
    if len(modes) != 1 or not modes <= POOLINGS.keys():
        expected = f"one of {', '.join(POOLINGS)}"
        raise ModelError(problem(f"{path}, pooling", expected, json.dumps(sorted(map(str, modes)))))
    return str(modes.pop())


def _dense(path: str, folder: str, model: Any) -> Step:
    """A linear layer and what follows it."""
    from safetensors.torch import load_file
    from transformers.utils.hub import cached_file

    settings = _settings(path, f"{folder}/config.json") or {}
    name = str(settings.get("activation_function", "Identity")).rpartition(".")[-1]
    if name not in _ACTIVATIONS:
        raise ModelError(problem(f"{path}, {folder}", f"an activation of {', '.join(_ACTIVATIONS)}", name))
    with loading("embeddings", "weights in safetensors", path, "Save the model anew by sentence-transformers"):
        weights = load_file(str(cached_file(path, f"{folder}/model.safetensors")))
        weight = weights["linear.weight"].to(model.device).float()
        bias = weights["linear.bias"].to(model.device).float() if "linear.bias" in weights else None
    return lambda x: _ACTIVATIONS[name](nn.functional.linear(x, weight, bias))


def _prefix(settings: Any) -> str:
    """What the model's settings write before every text by default."""
    if not isinstance(settings, dict):
        return ""
    prompts = settings.get("prompts") or {}
    return str(prompts.get(settings.get("default_prompt_name"), "")) if isinstance(prompts, dict) else ""
