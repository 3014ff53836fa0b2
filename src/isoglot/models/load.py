"""Loads what is to be evaluated: a model, a run directory, or an adapter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from ..errors import IsoglotError, ModelError, first_line, problem
from ..extras import need
from .files import has_tokenizer, is_missing, looked_for, refuse_no_model
from .gguf import gguf_place, is_missing_file
from .quantization import quantized
from .shape import without_weights
from .template import Chat

DTYPES = ("auto", "float32", "bfloat16", "float16")  # that weights are asked for in
_NOT_CAUSAL = re.compile(r"Unrecognized configuration class <class '(?:\w+\.)*(\w+)'>.*AutoModelForCausalLM", re.S)


def load(
    path: str,
    *,
    dtype: str = "auto",
    trust_remote_code: bool = False,
    weights: bool = True,
    chat: Chat | None = None,
    quantization: Mapping[str, Any] | None = None,
) -> tuple[Any, Any]:
    """A causal language model in evaluation mode, and its tokenizer; weights from safetensors only, a base's too.

    An adapter that was saved without a tokenizer has its base's.

    Args:
        path: a folder (of a model, or of an adapter whose base can be found), a GGUF file, or a name on the hub.
        dtype: ``"auto"``, ``"float32"``, ``"bfloat16"`` or ``"float16"``.
        trust_remote_code: whether the model may bring code of its own.
        weights: False leaves them out: what comes is the base model, of which only the shape can be looked at.
        chat: what is written into the tokenizer's chat template.
        quantization: weights in few bits, as a run file's section ``model.quantization`` says.

    Raises:
        ModelError: if it cannot be loaded.
        ConfigError: for arguments that the chat template does not read.
        MissingLibraryError: for an adapter without the libraries of the extra ``train``, a GGUF file without ``gguf``.
    """
    if is_missing(path) or is_missing_file(path):
        raise ModelError(
            problem("model", "a model's folder, or a name on the hub", f"nothing at {path!r}", "Check the path")
        )
    from transformers import AutoModelForCausalLM

    refuse_no_model(path)
    place, reader = gguf_place(path)
    base = _base_of(Path(place))
    options: dict[str, Any] = {"trust_remote_code": trust_remote_code, **reader}
    with loading("model", "a model that loads", path, "Check the path"):
        tokenizer = (chat or Chat()).written(_tokenizer(place, base, options))
        with _of_base(place, base):
            if not weights:
                return without_weights(base or place, **options), tokenizer
            if not reader:
                options["use_safetensors"] = True
            model: Any = AutoModelForCausalLM.from_pretrained(
                base or place, dtype=dtype, **options, **quantized(quantization)
            )
        if base is not None:
            model = _adapted(model, place, len(tokenizer))
    if not quantization:  # whose library has put it where it can be used
        model = placed(model)
    return model.eval(), tokenizer


def _adapted(model: Any, adapter: str, tokens: int) -> Any:
    from peft import PeftModel

    if tokens > model.get_input_embeddings().num_embeddings:  # that were added in training
        model.resize_token_embeddings(tokens)
    return PeftModel.from_pretrained(model, adapter)


def placed(model: Any) -> Any:
    """The model on the accelerator, where there is one that it can use."""
    import torch

    return model.to("cuda" if torch.cuda.is_available() else "cpu")


def _tokenizer(place: str, base: str | None, options: Mapping[str, Any]) -> Any:
    if base is None or has_tokenizer(Path(place)):
        return tokenizer_of(place, **options)
    with _of_base(place, base):
        return tokenizer_of(base, **options)


def tokenizer_of(place: str, **options: Any) -> Any:
    """A model's tokenizer, tried once, within :func:`loading`: wrong settings show only when it is used.

    Raises:
        FileNotFoundError: for a folder without one; and what the library raises.
    """
    from transformers import AutoTokenizer

    try:
        found = AutoTokenizer.from_pretrained(place, **options)
    except Exception as error:
        if "gguf_file" in options or not Path(place).is_dir() or has_tokenizer(Path(place)):
            raise
        raise FileNotFoundError("no tokenizer is in it; tokenizer.save_pretrained(FOLDER) saves one") from error
    found("a")
    return found


@contextmanager
def loading(where: str, expected: str, path: str, step: str = "") -> Iterator[None]:
    """Whatever libraries raise about somebody's model, of which any file may be wrong in any way, as a problem of it.

    Raises:
        ModelError: for what is raised within.
    """
    try:
        yield
    except IsoglotError:
        raise
    except Exception as error:
        why = _another_kind(error) or first_line(error)
        raise ModelError(problem(where, expected, f"{path!r} ({looked_for(path)}{why})", step)) from error


def _another_kind(error: Exception) -> str:
    """What a model is that has no causal head, such as T5; empty for another error."""
    found = _NOT_CAUSAL.search(str(error))
    return f"{found[1]}: not a causal language model that transformers knows" if found else ""


def _of_base(folder: str, base: str | None) -> AbstractContextManager[None]:
    """As :func:`loading`, of the model that an adapter belongs to; nothing where there is no adapter."""
    if base is None:
        return nullcontext()
    where = f"{Path(folder) / 'adapter_config.json'}, base_model_name_or_path"
    step = f"A folder is looked for from {Path.cwd()}: write its whole path there, or start where it is"
    return loading(where, "a model that loads", base, step)


def _base_of(folder: Path) -> str | None:
    """The model that an adapter in a folder belongs to; None for what is no adapter."""
    file = folder / "adapter_config.json"
    if not file.is_file():
        return None
    need("train", f"the adapter {str(folder)!r}")
    if not (folder / "adapter_model.safetensors").exists():
        pickled = [path.name for path in folder.glob("adapter_model.*")]
        got = f"{pickled[0]}, a pickle that may run code" if pickled else "none"
        step = "Save the adapter anew with safe_serialization=True"
        raise ModelError(problem(str(folder), "weights in safetensors", got, step))
    try:
        base = json.loads(file.read_text(encoding="utf-8")).get("base_model_name_or_path")
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise ModelError(problem(str(file), "an adapter's configuration", first_line(error))) from error
    if not isinstance(base, str) or not base:
        raise ModelError(problem(str(file), "base_model_name_or_path", "nothing", "Name the model it was trained on"))
    return base
