"""Trains with the real ms-swift by its own YAML, with our callback and without, and writes what came out.

    python benchmarks/frameworks/run_ms_swift.py

About ten minutes on one CPU core, and as long as the installation of requirements-ms_swift.txt (1.6 GB) takes the
first time. Writes docs/results/frameworks/ms-swift.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from shared import (
    EXTRACTOR,
    ROOT,
    STATE,
    Bench,
    bench,
    column,
    load_file,
    logged,
    questions,
    resumed,
    same,
    slug,
    table,
    weights,
    write,
)

RECIPE = ROOT / "recipes" / "ms-swift" / "qwen2.5-7b-dpo.yaml"
PLUGIN = ROOT / "recipes" / "ms-swift" / "isoglot_plugin.py"
TINY = {
    "model": "llama",
    "model_type": "llama",
    "template": "default",
    "template_backend": "jinja",  # the tokenizer's own chat template
    "torch_dtype": "float32",
    "use_cpu": True,
    "per_device_train_batch_size": 2,
    "gradient_accumulation_steps": 2,
    "max_steps": 4,
    "save_steps": 2,
    "logging_steps": 1,
    "learning_rate": 1.0e-3,
    "report_to": "none",
    "dataset_num_proc": 1,
    "dataloader_num_workers": 0,
    "add_version": False,
    "seed": 0,
}


def methods() -> dict[str, tuple[str, dict[str, Any]]]:
    """SFT, and the recipe (DPO with LoRA) made small enough for a CPU: the command, and its settings."""
    recipe = yaml.safe_load(RECIPE.read_text(encoding="utf-8"))
    del recipe["external_plugins"], recipe["callbacks"]
    return {
        "SFT": ("sft", TINY | {"tuner_type": "full", "dataset": "sft.jsonl"}),
        "DPO, LoRA, the recipe": ("rlhf", recipe | TINY | {"dataset": "dpo-swift.jsonl"}),
    }


def train(made: Bench, name: str, command: str, settings: dict[str, Any], plugin: Path | None) -> Path:
    """By ms-swift's own command; the last checkpoint."""
    output = made.folder / name
    settings = settings | {"output_dir": str(output)}
    if plugin is not None:
        settings |= {"external_plugins": str(plugin), "callbacks": "isoglot"}
    path = made.write_yaml(name, settings)
    made.run([made.python.parent / "swift", command, path], name)
    return output / "checkpoint-4"


def plugin(made: Bench, name: str, consistency: dict[str, Any]) -> Path:
    """A plug-in file with other settings than the recipe's."""
    path = made.folder / f"plugin_{name}.py"
    section = {"groups": "groups.jsonl", "consistency": consistency}
    path.write_text(
        f"from isoglot.attach.frameworks.ms_swift import register\n\nregister({section!r})\n", encoding="utf-8"
    )
    return path


def looked_at(made: Bench, name: str, command: str, settings: dict[str, Any]) -> list[str]:
    """The column of a method."""
    stock = weights(train(made, f"{name}-stock", command, settings, None))
    nothing = train(made, f"{name}-weight-0", command, settings, plugin(made, "nothing", {"weight": 0.0}))
    ours = train(made, f"{name}-ours", command, settings, PLUGIN)
    end, values = weights(ours), logged(ours)
    again = settings | {"resume_from_checkpoint": str(ours.parent / "checkpoint-2")}
    train(made, f"{name}-ours", command, again, PLUGIN)
    extractor = plugin(made, "extractor", EXTRACTOR)
    kept = load_file(train(made, f"{name}-extractor", command, settings, extractor) / STATE)
    return column(
        nothing=same(stock, weights(nothing)) and len(logged(nothing)) == 4,
        otherwise=not same(stock, end),
        values=values,
        again=same(end, weights(ours)) and resumed(made, f"{name}-ours"),
        kept="extractor.weight" in kept,
    )


def main() -> None:
    made, output = bench("ms_swift", description=__doc__ or "")
    columns = {name: looked_at(made, slug(name), command, settings) for name, (command, settings) in methods().items()}
    asked = questions(stock="without the callback", extractor="the checkpoint's `consistency.safetensors`")
    about = (
        "`swift sft` and `swift rlhf`, one process; a random Llama of four layers, four optimizer steps, two "
        "micro-steps each, float32, with the tokenizer's chat template (`template_backend: jinja`)."
    )
    names = ["ms-swift", "torch", "transformers", "trl", "peft", "accelerate", "isoglot"]
    write(output / "ms-swift.md", "ms-swift", made, names, [about, table(columns, asked)])


if __name__ == "__main__":
    main()
