"""Loads what is to be evaluated: a model, a run directory, or an adapter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import ModelError, problem
from ..extras import need


def load(path: str, *, dtype: str = "auto", trust_remote_code: bool = False) -> tuple[Any, Any]:
    """A causal language model in evaluation mode, and its tokenizer.

    Args:
        path: a folder (of a model, or of an adapter whose base can be found) or a name on the hub.
        dtype: ``"auto"``, ``"float32"``, ``"bfloat16"`` or ``"float16"``.
        trust_remote_code: whether the model may bring code of its own.

    Raises:
        ModelError: if it cannot be loaded.
        MissingLibraryError: for an adapter without the libraries of the extra ``train``.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    adapter = (Path(path) / "adapter_config.json").exists()
    if adapter:
        need("train", f"the adapter {path!r}")
    options: dict[str, Any] = {"trust_remote_code": trust_remote_code}
    try:
        if adapter:
            from peft import AutoPeftModelForCausalLM

            model = AutoPeftModelForCausalLM.from_pretrained(path, dtype=dtype, **options)
        else:
            model = AutoModelForCausalLM.from_pretrained(path, dtype=dtype, use_safetensors=True, **options)
        tokenizer = AutoTokenizer.from_pretrained(path, **options)
    except (OSError, ValueError) as error:
        reason = str(error).strip().split("\n")[0]
        raise ModelError(problem("model", "a model that loads", f"{path!r} ({reason})", "Check the path")) from error
    return model.to("cuda" if torch.cuda.is_available() else "cpu").eval(), tokenizer
