"""Weights in 4 or 8 bits, by the libraries that transformers reads them with."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import MissingLibraryError, problem

if TYPE_CHECKING:
    from torch import Tensor

LIBRARIES = ("bitsandbytes", "torchao")
BITS = (4, 8)


def quantization_config(library: str, bits: int) -> Any:
    """What transformers' ``from_pretrained`` takes as ``quantization_config``.

    Args:
        library: one of ``LIBRARIES``. bitsandbytes: NF4 with double quantization (as QLoRA), or LLM.int8; torchao:
            weights alone.
        bits: of a weight.

    Raises:
        MissingLibraryError: where the library is not installed.
    """
    if importlib.util.find_spec(library) is None:
        step = f"Run: pip install {library}"
        got = "an environment that lacks it"
        raise MissingLibraryError(problem("model.quantization", f"the library {library}", got, step))
    import torch
    from transformers import BitsAndBytesConfig, TorchAoConfig

    if library == "torchao":
        from torchao.quantization import Int4WeightOnlyConfig, Int8WeightOnlyConfig

        return TorchAoConfig(Int4WeightOnlyConfig() if bits == 4 else Int8WeightOnlyConfig())
    if bits == 8:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16 if torch.cuda.is_available() else torch.float32,
    )


def plain(values: Tensor) -> Tensor:
    """A weight as plain numbers: torchao's tensors, which take few operations, in full; any other as it is."""
    return values.dequantize() if hasattr(values, "__tensor_flatten__") else values


def quantized(section: Mapping[str, Any] | None) -> dict[str, Any]:
    """What ``from_pretrained`` is given for a run file's section ``model.quantization``: nothing for None.

    Raises:
        MissingLibraryError: where the library is not installed.
    """
    if not section:
        return {}
    return {"quantization_config": quantization_config(str(section["library"]), int(section.get("bits", 4)))}
