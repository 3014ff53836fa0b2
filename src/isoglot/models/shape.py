"""A model without its weights: every layer by its name and size, for looking at before anything is loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

INDEX = "model.safetensors.index.json"


def without_weights(path: str, *, trust_remote_code: bool = False, gguf_file: str | None = None) -> Any:
    """A causal language model on the meta device: it holds no memory, and computes nothing.

    Args:
        path: the folder, or a name on the hub, of which only the configuration is read.
        trust_remote_code: whether the model may bring code of its own.
        gguf_file: name of a GGUF file in the folder, which holds the configuration.

    Raises:
        OSError, ValueError and others of the loader: if there is no such model, or its files of weights are missing.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

    is_folder = Path(path).is_dir()
    if is_folder and gguf_file is None:
        _check_weights(Path(path))
    named = {} if gguf_file is None else {"gguf_file": gguf_file}
    config = AutoConfig.from_pretrained(path, trust_remote_code=trust_remote_code, **named)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, trust_remote_code=trust_remote_code)
    if gguf_file is None and (not is_folder or (Path(path) / "generation_config.json").exists()):
        model.generation_config = GenerationConfig.from_pretrained(path)
    return model


def _check_weights(folder: Path) -> None:
    """Sees that the files of weights are in a model's folder.

    Raises:
        FileNotFoundError: naming those that are missing.
        ValueError: if the list of them is broken.
    """
    named = ["model.safetensors"]
    if (folder / INDEX).exists():
        found = json.loads((folder / INDEX).read_text(encoding="utf-8")).get("weight_map", {})
        named = sorted(set(found.values())) if isinstance(found, dict) else []
    missing = [str(name) for name in named if not (folder / str(name)).is_file()]
    if missing or not named:
        raise FileNotFoundError(f"its weights are missing: {', '.join(missing[:3]) or INDEX}")
