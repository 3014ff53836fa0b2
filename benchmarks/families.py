"""What works with which family of models: measured on tiny random ones, written to docs/families.md.

    python benchmarks/families.py            # some minutes
    python benchmarks/families.py --only llama,gemma2

The models are those of the tests, built by transformers' own classes; the chat templates are written here in the shape
of the families' own.
"""

from __future__ import annotations

import argparse
import copy
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoTokenizer, Trainer, TrainingArguments

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import isoglot  # noqa: E402, I001
from isoglot import Attachment, Consistency, PromptGroup, PromptGroups  # noqa: E402
from isoglot.evaluate.answering.responses import Generator  # noqa: E402
from isoglot.models.chat import encode  # noqa: E402
from isoglot.models.quantization import LIBRARIES, quantization_config  # noqa: E402
from isoglot.models.systems import takes_systems  # noqa: E402
from isoglot.models.template import written  # noqa: E402
from isoglot.reasoning import before_empty_thought, opens  # noqa: E402
from tests.representation.architectures import ALL, ENCODER_DECODERS, Architecture, packed_states  # noqa: E402

VOCABULARY = 1100
_TURNS = "{%- for m in messages -%}<|{{ m.role }}|>{{ m.content }}<|end|>{%- endfor -%}"
_ASKED = "{%- if add_generation_prompt -%}<|assistant|>{%- endif -%}"
_REFUSES = "{%- if messages[0].role == 'system' -%}{{ raise_exception('System role not supported') }}{%- endif -%}"
_DAY = (
    "{%- if not date_string is defined -%}{%- set date_string = strftime_now('%d %b %Y') -%}{%- endif -%}"
    "{{ date_string }}"
)
_THINKS = "{%- if add_generation_prompt and enable_thinking is false -%}<think>\n\n</think>\n\n{%- endif -%}"
_OPENS = "{%- if add_generation_prompt -%}<think>\n{%- endif -%}"
_EFFORT = "Reasoning: {{ reasoning_effort | default('medium') }}"
PLAIN = _TURNS + _ASKED
# Shape of a family's template, and an argument that it reads.
SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": (_DAY + PLAIN, {"date_string": "26 Jul 2024"}),
    "qwen": (PLAIN, {}),
    "thinking": (PLAIN + _THINKS, {"enable_thinking": False}),
    "gemma": (_REFUSES + PLAIN, {}),
    "deepseek": (PLAIN + _OPENS, {}),
    "gpt_oss": (_EFFORT + PLAIN, {"reasoning_effort": "low"}),
}
OF_NAME = {
    "llama": "llama", "llama4": "llama", "smollm3": "thinking", "qwen3": "thinking", "qwen3_moe": "thinking",
    "qwen3_5": "thinking", "qwen3_next": "qwen", "gemma2": "gemma", "mistral": "gemma", "mixtral": "gemma",
    "deepseek_v3": "deepseek", "gpt_oss": "gpt_oss", "glm4": "thinking", "granite": "llama",
}  # fmt: skip
GROUPS = PromptGroups([
    PromptGroup(f"{kind}-{n}", {"en": f"the house {n}", "sw": f"nyumba ile {n}", "zh": "房子"}, pivot="en", kind=kind)
    for kind in ("harmful", "harmless") for n in range(2)
])  # fmt: skip
SETTINGS = Consistency(groups_per_step=2, budget=None)


def template_of(name: str) -> tuple[str, dict[str, Any]]:
    """The chat template of a family, and arguments that it reads."""
    first = name.partition("-")[0]
    return SHAPES[OF_NAME.get(first, "qwen")]


def attach(model: Any, tokenizer: Any, _one: Architecture) -> str:
    """The term and its gradient on a model by itself."""
    metrics = Attachment.for_model(model, tokenizer, SETTINGS, GROUPS).backward(0)
    reached = any(p.grad is not None and bool(p.grad.any()) for p in model.parameters())
    return "yes" if reached and metrics["consistency/loss"] > 0 else "no gradient"


def train(model: Any, tokenizer: Any, one: Architecture) -> str:
    """Two steps of transformers' trainer with the term."""
    ids = [encode(tokenizer, prompt) for group in GROUPS for prompt in group.prompts.values()]
    longest = max(map(len, ids))
    label = {"labels": torch.tensor(0)} if "Classification" in one.auto else {}
    rows = [
        {"input_ids": torch.tensor(row + [0] * (longest - len(row))),
         "attention_mask": torch.tensor([1] * len(row) + [0] * (longest - len(row))),
         "labels": torch.tensor(row + [-100] * (longest - len(row))), **label}
        for row in ids
    ]  # fmt: skip
    before = [parameter.detach().clone() for parameter in model.parameters()]
    with tempfile.TemporaryDirectory() as folder:
        args = TrainingArguments(
            folder, max_steps=2, per_device_train_batch_size=2, report_to="none", use_cpu=True, save_strategy="no",
            disable_tqdm=True, logging_steps=1,
        )  # fmt: skip
        trainer = Trainer(model, args, train_dataset=rows, processing_class=tokenizer)
        isoglot.attach(trainer, SETTINGS, GROUPS)
        trainer.train()
    logged = [line for line in trainer.state.log_history if "consistency/loss" in line]
    moved = any(not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    return "yes" if len(logged) == 2 and moved else "no step"


def evaluate(model: Any, tokenizer: Any, _one: Architecture) -> str:
    """Answers in a batch are those of one prompt at a time."""
    if not hasattr(model, "generate") or not model.can_generate():
        return "no: it writes nothing"
    if model.config.is_encoder_decoder:
        return "no: answers are read behind the prompt"
    cells = [(group, tag) for group in GROUPS for tag in group.prompts]
    texts = []
    for size in (1, 4):
        batches = Generator(model, tokenizer, max_new_tokens=4, batch_size=size)(cells)
        texts.append({response.key: response.response for batch in batches for response in batch})
    return "yes" if texts[0] == texts[1] else "yes; answers depend on the batch"


def arguments(_model: Any, tokenizer: Any, one: Architecture) -> str:
    """Arguments written in are as arguments given."""
    _, given = template_of(one.name)
    if not given:
        return "none in this shape"
    said = [{"role": "user", "content": "the house"}]
    wanted = tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True, **given)
    ours = written(tokenizer, given).apply_chat_template(said, tokenize=False, add_generation_prompt=True)
    return f"`{next(iter(given))}`" if ours == wanted else "differ"


def thinking(_model: Any, tokenizer: Any, one: Architecture) -> str:
    """Whether an empty or open thought at the end of a prompt is known as that."""
    _, given = template_of(one.name)
    text = written(tokenizer, given).apply_chat_template(
        [{"role": "user", "content": "the house"}], tokenize=False, add_generation_prompt=True
    )
    if opens(text):
        return "opened by the template"
    return "empty thought" if before_empty_thought(text) != text else "–"


def packed(model: Any, _tokenizer: Any, _one: Architecture) -> str:
    """Whether prompts in one row are kept apart by their positions, in transformers' default attention."""
    prompts = [[5, 6, 7, 8], [9, 10, 12], [20, 21, 22, 23, 24]]
    if model.config.is_encoder_decoder:
        return "–"
    with torch.no_grad():
        alone = torch.stack([packed_states(model, [prompt])[0] for prompt in prompts])
        apart = torch.allclose(packed_states(model, prompts), alone, rtol=1e-5, atol=3e-5)
    return "yes" if apart else "padded instead"


def quantized(_model: Any, tokenizer: Any, one: Architecture) -> str:
    """The term on weights in eight bits, by the libraries that are installed."""
    found = []
    for library in LIBRARIES:
        try:
            config = quantization_config(library, 8)
        except isoglot.errors.MissingLibraryError:
            continue
        with tempfile.TemporaryDirectory() as folder:
            built(one).save_pretrained(folder)
            model = getattr(transformers, one.auto).from_pretrained(
                folder, dtype=torch.float32, quantization_config=config
            )
            found.append(f"{library}: {tried(on_adapters, model, tokenizer, one)}")
    return "; ".join(found) or "not tried: no library"


def on_adapters(model: Any, tokenizer: Any, one: Architecture) -> str:
    """The term on LoRA over the weights."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False)
    return attach(get_peft_model(model, config), tokenizer, one)


def systems(_model: Any, tokenizer: Any, _one: Architecture) -> str:
    """Where a system message goes."""
    return "own role" if takes_systems(tokenizer) else "first question"


def tried(what: Callable[..., str], *given: Any) -> str:
    """What comes of it, or how it fails."""
    try:
        return what(*given)
    except Exception as error:
        return f"no: {type(error).__name__}: {str(error).splitlines()[0][:90] if str(error) else ''}".replace("|", "/")


def built(one: Architecture) -> Any:
    """A family's model, large enough for the tokenizer."""
    model = one.build(VOCABULARY)
    if one in ENCODER_DECODERS:  # published ones say with what they begin to write
        model.config.decoder_start_token_id = 0
    return model


COLUMNS: dict[str, Callable[..., str]] = {
    "attach": attach, "train": train, "evaluate": evaluate, "system message": systems, "template arguments": arguments,
    "thinking": thinking, "packed": packed, "8 bits": quantized,
}  # fmt: skip


def main() -> None:
    """Measures, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="names, with commas; the table is then printed")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    only = [name for name in asked.only.split(",") if name]
    base = AutoTokenizer.from_pretrained(Path(isoglot.__file__).parent / "quickstart" / "world" / "base")
    lines = [f"| family | {' | '.join(COLUMNS)} |", f"|---|{'---|' * len(COLUMNS)}"]
    for one in (one for one in ALL if not only or one.name in only):
        tokenizer = copy.deepcopy(base)
        tokenizer.chat_template = template_of(one.name)[0]
        row = [tried(what, built(one), tokenizer, one) for what in COLUMNS.values()]
        lines.append(f"| {one.name} | {' | '.join(row)} |")
        print(lines[-1], flush=True)
        if not only:
            write(lines)


def write(lines: list[str]) -> None:
    """Puts the table, as far as it has come, in place of the one in the page."""
    path = ROOT / "docs" / "families.md"
    head = path.read_text(encoding="utf-8").partition("<!-- measured -->")[0]
    path.write_text(f"{head}<!-- measured -->\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
