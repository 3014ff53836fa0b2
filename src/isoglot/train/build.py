"""From a run file to its parts: configuration, tokenizer, data, model, trainer."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import DataError, ModelError, first_line, problem, raise_all
from ..groups import PromptGroups
from ..models.decoder import find_decoder, freeze_above
from ..models.layers import resolve_layer
from ..models.load import loading, tokenizer_of
from ..models.quantization import quantized
from ..models.shape import without_weights
from ..models.systems import say_own_systems
from ..models.template import asks_for_the_date, written
from ..progress import Show
from .adapter import adapter_config
from .library_errors import LIBRARY_ERRORS, naming_the_setting
from .looking import look_at
from .methods import METHODS
from .optimizer import check_optimizer
from .passes import passes_shown
from .run_file import RunFile
from .template import check_template
from .template_file import OPTION, template_text

DEFAULTS: Mapping[str, Any] = {
    "report_to": "none",
    "disable_tqdm": True,
    "save_strategy": "steps",
    "save_steps": 50,
    "save_total_limit": 2,
    "logging_nan_inf_filter": False,  # which logs 0 for a loss that is not a number
}


def build_config(run: RunFile, checkpoints: Path) -> Any:
    """TRL's configuration: isoglot's defaults, then the run file's options, then what the method fixes.

    Raises:
        ConfigError: for options that do not go together or that this machine cannot do.
    """
    method = METHODS[run.method]
    options = {**DEFAULTS, **method.defaults, **run.trainer, **method.fixed}
    options["trust_remote_code"] = run.model.trust_remote_code  # DPO's trainer loads the reference model by itself
    if "bf16" not in options and "fp16" not in options and not _has_accelerator(options):
        options["bf16"] = False  # TRL's default asks for an accelerator
    cls = method.config_class()
    with naming_the_setting(run, "trainer", f"options that {cls.__name__} takes"):
        config = cls(output_dir=str(checkpoints), **options)
    if hasattr(config, OPTION):
        setattr(config, OPTION, None)  # the tokenizer has it by then, with what the run writes into it
    check_optimizer(run, config)
    return config


def load_tokenizer(run: RunFile, today: date | None = None) -> tuple[Any, RunFile]:
    """The model's tokenizer, with a padding token, and the run as it is made.

    The chat template, the model's or that of the run's own file, has the run's arguments, system prompt and date; where
    it asks for the date and the run says none, today's.

    Args:
        run: the run file.
        today: what day it is; None: the clock's.

    Raises:
        ModelError: if it cannot be loaded; with what else is wrong with the run's files.
        ConfigError: for arguments that the chat template does not read, and a file that holds no template.
    """
    template = template_text(run.trainer)
    try:
        with loading("model.path", "a model whose tokenizer loads", run.model.path):
            tokenizer = tokenizer_of(run.model.path, trust_remote_code=run.model.trust_remote_code)
    except ModelError as error:
        raise_all([str(error), *map(str, look_at(run, None).errors)], ModelError)
        raise
    if template is not None:
        tokenizer.chat_template = template
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    if tokenizer.pad_token_id is None:
        raise ModelError(problem("model.path", "a tokenizer with an end-of-text or padding token", "one with neither"))
    if run.model.date is None and asks_for_the_date(tokenizer):
        run = run.on(today or date.today())
    model = run.model
    return written(tokenizer, model.chat_template_kwargs, model.date, model.system_prompt), run


def read_inputs(
    run: RunFile, tokenizer: Any, tell: Callable[[str], None] | None = None, show: Show | None = None
) -> tuple[list[dict[str, Any]], PromptGroups | None]:
    """The alignment data's records, and the prompt groups if there are any; tells what columns were taken for.

    Raises:
        DataError: with every bad row of all files, and layers that the model does not have.
        ConfigError: if it is only the layers.
    """
    found = look_at(run, tokenizer, tell, show)
    found.raise_all()
    system, groups = run.model.system_prompt, found.groups
    say_own_systems((record["prompt"] for record in found.records), str(run.data.preferences), system)
    say_own_systems((prompt for group in groups or () for prompt in group.prompts.values()), "groups", system)
    return found.records, groups


def load_model(run: RunFile) -> Any:
    """The model, from safetensors only.

    Raises:
        ModelError: if it cannot be loaded.
        MissingLibraryError: for few bits without the library that holds them.
    """
    from transformers import AutoModelForCausalLM

    made, few_bits = run.model, quantized(run.model.to_plain().get("quantization"))
    options = {"dtype": made.dtype, "trust_remote_code": made.trust_remote_code, **few_bits}
    with loading("model.path", "a causal language model that loads", made.path):
        model = AutoModelForCausalLM.from_pretrained(made.path, use_safetensors=True, **options)
    return _to_be_trained(run, model)


def look_at_model(run: RunFile) -> Any:
    """The same model without its weights, on the meta device: for its layers and their sizes.

    Raises:
        ModelError: if there is none, or the files of its weights are missing.
    """
    import torch

    with loading("model.path", "a causal language model that loads", run.model.path):
        model = without_weights(run.model.path, trust_remote_code=run.model.trust_remote_code)
    named = model.config.dtype if run.model.dtype == "auto" else getattr(torch, run.model.dtype)
    return model.to(named or torch.float32)


def look_at_trained(run: RunFile, model: Any) -> Any:
    """That model with what is trained of it: its lower layers, all, or an adapter.

    Raises:
        ConfigError: for layers that it does not have, or an adapter that does not fit.
    """
    model = _to_be_trained(run, model)
    adapter = adapter_config(run, model)
    if adapter is None:
        return model
    from peft import get_peft_model

    with naming_the_setting(run, "peft", "options that fit the model"):
        return get_peft_model(model, adapter)


def _to_be_trained(run: RunFile, model: Any) -> Any:
    """The model with what is trained of it, and a warning where its precision is too low for that."""
    if run.model.trained_layers is not None and run.peft is None:
        layers = run.model.trained_layers
        freeze_above(model, resolve_layer(layers, find_decoder(model).depth, where="model.trained_layers"))
    if run.peft is None and model.dtype.itemsize < 4:
        # A step of relative size 1e-6 is below what a 16-bit float can show: most of the training would be rounded off.
        warnings.warn(
            f"model.dtype: full training of {str(model.dtype).removeprefix('torch.')} weights loses small updates to "
            "rounding. Set model.dtype to float32 (with trainer.bf16: true for speed), or add a peft section.",
            stacklevel=2,
        )
    return model


def build_trainer(
    run: RunFile,
    config: Any,
    model: Any,
    tokenizer: Any,
    records: Sequence[dict[str, Any]],
    *,
    callbacks: Sequence[Any],
    show: Show,
) -> Any:
    """TRL's trainer for the run; shows how far it has come with the data.

    Raises:
        DataError: if no row is left.
        ConfigError: for settings that the trainer refuses.
    """
    from datasets import Dataset
    from transformers import PrinterCallback, ProgressCallback

    method = METHODS[run.method]
    check_template(tokenizer, model, records[0], method.answers)
    adapter = adapter_config(run, model)
    cls = method.trainer_class()
    expected = f"settings that {cls.__name__} takes"
    with (
        _written_by_template(run),
        naming_the_setting(run, run.method, expected, kinds=(*LIBRARY_ERRORS, RuntimeError)),
        passes_shown(show),
    ):
        trainer = cls(
            model=model,
            args=config,
            train_dataset=Dataset.from_list(list(records)),
            processing_class=tokenizer,
            callbacks=list(callbacks),
            **({} if adapter is None else {"peft_config": adapter}),
        )
    for callback in (PrinterCallback, ProgressCallback):  # they print; the caller shows progress
        trainer.remove_callback(callback)
    _check_left(run, trainer, len(records))
    return trainer


@contextmanager
def _written_by_template(run: RunFile) -> Iterator[None]:
    from jinja2 import TemplateError

    try:
        yield
    except TemplateError as error:  # of a later row than the first
        where = str(run.data.preferences)
        raise DataError(problem(where, "rows that the model's chat template writes", first_line(error))) from error


def _has_accelerator(options: Mapping[str, Any]) -> bool:
    from transformers.utils.import_utils import is_torch_bf16_gpu_available

    return not options.get("use_cpu") and is_torch_bf16_gpu_available()


def _check_left(run: RunFile, trainer: Any, rows: int) -> None:
    """TRL leaves out rows whose prompt alone is too long, and does not say so."""
    if getattr(trainer.args, "packing", False):
        return
    left = len(trainer.train_dataset)
    where, most = str(run.data.preferences), trainer.args.max_length
    if not left:
        raise DataError(problem(where, f"a prompt shorter than {most} tokens", "none", "Raise trainer.max_length"))
    if left < rows:
        warnings.warn(
            f"{where}: {rows - left} of {rows} rows left out: their prompt alone fills trainer.max_length ({most}).",
            stacklevel=2,
        )
