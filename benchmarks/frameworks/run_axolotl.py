"""Trains with the real Axolotl by its own YAML, with our plug-in and without, and writes what came out.

    python benchmarks/frameworks/run_axolotl.py

About ten minutes on one CPU core, and as long as the installation of requirements-axolotl.txt (3.5 GB) takes the
first time. Writes docs/results/frameworks/axolotl.md.
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

RECIPE = ROOT / "recipes" / "axolotl" / "qwen2.5-7b-dpo.yaml"
TINY = {
    "base_model": "llama",
    "sequence_len": 512,
    "micro_batch_size": 2,
    "gradient_accumulation_steps": 2,
    "max_steps": 4,
    "save_steps": 2,
    "logging_steps": 1,
    "learning_rate": 1.0e-3,
    "num_epochs": 1,
    "optimizer": "adamw_torch",
    "lr_scheduler": "linear",
    "bf16": False,
    "seed": 0,
}
PAIRS = [{"path": "dpo-axolotl.jsonl", "ds_type": "json", "split": "train", "type": "chat_template.default"}]
ANSWERS = [{"path": "sft.jsonl", "ds_type": "json", "split": "train", "type": "chat_template"}]


def methods() -> dict[str, dict[str, Any]]:
    """SFT, and the recipe (DPO with LoRA) made small enough for a CPU."""
    recipe = yaml.safe_load(RECIPE.read_text(encoding="utf-8"))
    del recipe["isoglot"], recipe["plugins"]
    return {
        "SFT": TINY | {"datasets": ANSWERS, "dataset_prepared_path": "prepared", "gradient_checkpointing": True},
        "DPO, LoRA, the recipe": recipe | TINY | {"datasets": PAIRS},
    }


def train(made: Bench, name: str, settings: dict[str, Any], section: dict[str, Any] | None) -> Path:
    """By Axolotl's own command; the folder of the outcome."""
    output = made.folder / name
    settings = settings | {"output_dir": str(output)}
    if section is not None:
        settings["plugins"] = ["isoglot.attach.frameworks.axolotl.IsoglotPlugin"]
        settings["isoglot"] = {"groups": "groups.jsonl", "consistency": section}
    path = made.write_yaml(name, settings)
    made.run([made.python.parent / "axolotl", "train", path, "--launcher", "python"], name)
    return output


def looked_at(made: Bench, name: str, settings: dict[str, Any], section: dict[str, Any]) -> list[str]:
    """The column of a method."""
    nothing = train(made, f"{name}-weight-0", settings, section | {"weight": 0.0})
    ours = train(made, f"{name}-ours", settings, section)
    if "adapter" in settings:  # begins otherwise in each run of Axolotl, so from the second step of each of ours
        stocks = []
        for arm in (nothing, ours):
            again = settings | {"resume_from_checkpoint": str(arm / "checkpoint-2")}
            stocks.append(weights(train(made, f"{arm.name}-then-stock", again, None)))
    else:
        stocks = [weights(train(made, f"{name}-stock", settings, None))] * 2
    end, values = weights(ours), logged(ours / "checkpoint-4")
    train(made, f"{name}-ours", settings | {"resume_from_checkpoint": str(ours / "checkpoint-2")}, section)
    trained = train(made, f"{name}-extractor", settings, EXTRACTOR)
    kept = [load_file(folder / STATE) for folder in (trained / "checkpoint-4", trained)]
    return column(
        nothing=same(stocks[0], weights(nothing)) and len(logged(nothing / "checkpoint-4")) == 4,
        otherwise=not same(stocks[1], end),
        values=values,
        again=same(end, weights(ours)) and resumed(made, f"{name}-ours"),
        kept=all("extractor.weight" in state for state in kept),
    )


def main() -> None:
    made, output = bench("axolotl", description=__doc__ or "")
    section = yaml.safe_load(RECIPE.read_text(encoding="utf-8"))["isoglot"]["consistency"]
    columns = {name: looked_at(made, slug(name), settings, section) for name, settings in methods().items()}
    asked = questions(
        stock="without the plug-in", extractor="`consistency.safetensors` of the checkpoint and of the end"
    )
    about = (
        "`axolotl train --launcher python`, one process; a random Llama of four layers, four optimizer steps, two "
        "micro-steps each, float32. SFT with Axolotl's gradient checkpointing. With LoRA two runs of Axolotl's own DPO "
        "begin with different adapters; there, `without the plug-in` is a run that goes on without it from the second "
        "step of the one with it. All of Axolotl's requirements are "
        "installed, and what of them needs a GPU says so and is not used."
    )
    names = ["axolotl", "torch", "transformers", "trl", "peft", "accelerate", "isoglot"]
    write(output / "axolotl.md", "Axolotl", made, names, [about, table(columns, asked)])


if __name__ == "__main__":
    main()
