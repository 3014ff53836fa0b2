"""The model card of a run: what was trained, on what, with which term, and how to test it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .. import __version__
from ..escaping import code, code_block
from ..groups import PromptGroups
from ..groups.counts import counts
from .run_file import RunFile

FILE_NAME = "README.md"
_SIGNATURE = "This card was written by the command that trained it."
_WITHOUT_TERM = "None: the method alone."


def model_card(run: RunFile, inputs: Mapping[str, str], rows: int, groups: PromptGroups | None, steps: int) -> str:
    """The card, in Markdown with the front matter that the Hugging Face hub reads.

    Of paths the last part is shown: where files lay on the machine is nobody's business.

    Args:
        run: the run file.
        inputs: what it read -> a hash of its content.
        rows: of alignment data.
        groups: the prompt groups, if there were any.
        steps: optimizer steps.
    """
    head = yaml.safe_dump(_front_matter(run), sort_keys=False, allow_unicode=True)
    term = _WITHOUT_TERM if run.consistency is None else code_block(_yaml(run.consistency.to_dict()), "yaml")
    whole = "" if run.peft is None else f"\n## Adapter\n\n{code_block(_yaml(run.peft), 'yaml')}\n"
    base = run.model.path if _is_on_the_hub(run) else Path(run.model.path).name
    layers = run.model.trained_layers
    trained = "" if layers is None else f" Trained up to layer (or share of the depth) {layers}."
    return f"""---
{head}---

# {code(run.output.name)}

{code(base)}, aligned with {run.method.upper()} in {steps} optimizer steps by isoglot {__version__}, which aligns a
model in one language and has it hold in others.{trained} {_SIGNATURE}

## Data

{_data(run, inputs, rows, groups)}

## Consistency term

{term}
{whole}{_prompts(run)}
## Training

{code_block(_yaml(_without_paths(run.trainer)), "yaml") if run.trainer else "The trainer's own defaults."}

`run.yaml` holds all settings, `environment.json` versions and machine, `log.jsonl` the course of training.

## Evaluate

With this folder as it is, on prompts that it was not trained on:

{code_block("isoglot evaluate FOLDER --prompts TEST.jsonl && isoglot report FOLDER", "sh")}
"""


def _prompts(run: RunFile) -> str:
    """What prompts are written with in addition to the chat template; without it another model is asked."""
    model = run.model.to_plain()
    said: dict[str, Any] = {
        key: model[key] for key in ("system_prompt", "chat_template_kwargs", "date") if key in model
    }
    return (
        f"\n## Prompts\n\nAsk it with these, as it was trained:\n\n{code_block(_yaml(said), 'yaml')}\n" if said else ""
    )


def is_ours(card: Path) -> bool:
    """Whether a card may be written in the place of this file: none is there, or one that was written here."""
    return not card.exists() or _SIGNATURE in card.read_text(encoding="utf-8", errors="replace")


def _front_matter(run: RunFile) -> dict[str, Any]:
    adapter = run.peft is not None
    base = {}
    if _is_on_the_hub(run):  # a folder's name is no model's name there
        base = {"base_model": run.model.path, "base_model_relation": "adapter" if adapter else "finetune"}
    tags = ["isoglot", "trl", run.method, "alignment", "multilingual", *(["lora"] if adapter else [])]
    return {
        "library_name": "peft" if adapter else "transformers",
        "pipeline_tag": "text-generation",
        **base,
        "tags": tags,
    }


def _is_on_the_hub(run: RunFile) -> bool:
    return not Path(run.model.path).is_dir()


def _data(run: RunFile, inputs: Mapping[str, str], rows: int, groups: PromptGroups | None) -> str:
    said = [(f"{rows} rows of alignment data", [run.data.preferences])]
    if groups is not None:
        said.append((_counted(groups), list(run.data.group_paths)))
    lines = [f"- {what}: {', '.join(code(path.name) for path in paths)}" for what, paths in said]
    hashes = ", ".join(f"{code(name)} {code(digest)}" for name, digest in inputs.items())
    return "\n".join([*lines, f"- Hashes: {hashes}"])


def _counted(groups: PromptGroups) -> str:
    found = counts(groups)
    kinds = ", ".join(f"{count} {kind}" for kind, count in found["kinds"].items())
    return f"{found['groups']} prompt groups ({kinds}) in {', '.join(map(code, found['languages']))}"


def _without_paths(values: Mapping[str, Any]) -> dict[str, Any]:
    """Of absolute paths the last part."""
    return {key: Path(v).name if isinstance(v, str) and Path(v).is_absolute() else v for key, v in values.items()}


def _yaml(values: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True)
