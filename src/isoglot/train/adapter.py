"""The adapter's configuration: the run file's options, in the layers that are to be trained."""

from __future__ import annotations

import re
from typing import Any

from ..models.decoder import find_decoder
from ..models.layers import resolve_layer
from .run_file import RunFile


def adapter_config(run: RunFile, model: Any) -> Any:
    """``peft.LoraConfig`` for a run, or None for full training.

    With ``model.trained_layers`` no module of a layer above gets an adapter, whatever ``target_modules`` says.

    Raises:
        ConfigError: for a layer that the model does not have.
    """
    if run.peft is None:
        return None
    from peft import LoraConfig, TaskType

    options = dict(run.peft)
    if run.model.trained_layers is not None:
        left_out = [_above(model, run.model.trained_layers), *_patterns(options.get("exclude_modules"))]
        options["exclude_modules"] = "|".join(f"(?:{pattern})" for pattern in left_out)
    return LoraConfig(task_type=TaskType.CAUSAL_LM, **options)


def _above(model: Any, layer: int | float) -> str:
    """What matches the names of all modules in the decoder layers above one."""
    decoder = find_decoder(model)
    last = resolve_layer(layer, decoder.depth, where="model.trained_layers")
    parent = next(name for name, module in model.named_modules() if module is decoder.module)
    layers = re.escape(".".join(part for part in (parent, decoder.name) if part))
    numbers = "|".join(str(number) for number in range(last, decoder.depth))
    return rf"{layers}\.(?:{numbers})\..*" if numbers else r"(?!)"  # which matches nothing


def _patterns(excluded: Any) -> list[str]:
    """What the run file itself leaves out: PEFT takes one pattern, or ends of names."""
    if not excluded:
        return []
    return [excluded] if isinstance(excluded, str) else [rf"(?:.*\.)?{re.escape(name)}" for name in excluded]
