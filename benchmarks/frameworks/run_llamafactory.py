"""Trains with the real LLaMA-Factory by its own YAML, with our section and without, and writes what came out.

    python benchmarks/frameworks/run_llamafactory.py

About eight minutes on one CPU core, and as long as the installation of requirements-llamafactory.txt (1.8 GB) takes
the first time. Writes docs/results/frameworks/llamafactory.md.
"""

from __future__ import annotations

import shutil
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
    yes,
)

RECIPE = ROOT / "recipes" / "llamafactory" / "qwen2.5-7b-dpo.yaml"
TINY = {
    "dataset_dir": ".",
    "per_device_train_batch_size": 2,
    "gradient_accumulation_steps": 2,
    "max_steps": 4,
    "save_steps": 2,
    "logging_steps": 1,
    "learning_rate": 1.0e-3,
    "report_to": "none",
    "use_cpu": True,
    "seed": 0,
    "overwrite_output_dir": True,
}
METHODS: dict[str, dict[str, Any]] = {
    "SFT, Llama": {"stage": "sft", "dataset": "answers", "model_name_or_path": "llama", "finetuning_type": "full"},
    "DPO, Qwen2": {"stage": "dpo", "dataset": "pairs", "model_name_or_path": "qwen2", "finetuning_type": "full"},
    "KTO, Qwen2": {"stage": "kto", "dataset": "marked", "model_name_or_path": "qwen2", "finetuning_type": "full"},
}
STUB = '"""In the place of torchaudio, which LLaMA-Factory imports and text does not need."""\n'


def recipe() -> dict[str, Any]:
    """The recipe (DPO with LoRA), made small enough for a CPU; its section stays as it is."""
    settings = yaml.safe_load(RECIPE.read_text(encoding="utf-8"))
    del settings["isoglot"], settings["bf16"], settings["template"]
    return settings | TINY | {"model_name_or_path": "qwen2", "dataset": "pairs"}


def train(made: Bench, name: str, settings: dict[str, Any], section: dict[str, Any] | None, **variables: str) -> Path:
    """By LLaMA-Factory's own command, or by ours with a section; the folder of the outcome."""
    output = made.folder / name
    settings = settings | {"do_train": True, "output_dir": str(output)}
    if section is None:
        path = made.write_yaml(name, settings)
        made.run([made.python.parent / "llamafactory-cli", "train", path], name, **variables)
    else:
        path = made.write_yaml(name, settings | {"isoglot": {"groups": "groups.jsonl", "consistency": section}})
        made.run(["-m", "isoglot.attach.frameworks.llamafactory", "train", path], name, **variables)
    return output


def looked_at(made: Bench, name: str, settings: dict[str, Any], section: dict[str, Any]) -> list[str]:
    """The column of a method."""
    stock = weights(train(made, f"{name}-stock", settings, None))
    nothing = train(made, f"{name}-weight-0", settings, section | {"weight": 0.0})
    ours = train(made, f"{name}-ours", settings, section)
    end, values = weights(ours), logged(ours)
    train(made, f"{name}-ours", settings | {"resume_from_checkpoint": str(ours / "checkpoint-2")}, section)
    kept = load_file(train(made, f"{name}-extractor", settings, EXTRACTOR) / "checkpoint-4" / STATE)
    return column(
        nothing=same(stock, weights(nothing)) and len(logged(nothing)) == 4,
        otherwise=not same(stock, end),
        values=values,
        again=same(end, weights(ours)) and resumed(made, f"{name}-ours"),
        kept="extractor.weight" in kept,
    )


def main() -> None:
    made, output = bench("llamafactory", stubs={"torchaudio": STUB}, description=__doc__ or "")
    section = yaml.safe_load(RECIPE.read_text(encoding="utf-8"))["isoglot"]["consistency"]
    methods = {name: TINY | settings for name, settings in METHODS.items()} | {"DPO, LoRA, the recipe": recipe()}
    columns = {name: looked_at(made, slug(name), settings, section) for name, settings in methods.items()}
    asked = questions(stock="`llamafactory-cli train`", extractor="the checkpoint's `consistency.safetensors`")

    pair = {"FORCE_TORCHRUN": "1", "NPROC_PER_NODE": "2"}
    settings = methods["DPO, Qwen2"] | {"gradient_accumulation_steps": 1, "ddp_backend": "gloo"}
    stock = weights(train(made, "two-stock", settings, None, **pair))
    nothing = weights(train(made, "two-weight-0", settings, section | {"weight": 0.0}, **pair))
    two = train(made, "two-ours", settings, section, **pair)
    shutil.rmtree(made.folder / "two-stock")
    text = (
        "Two processes (`FORCE_TORCHRUN=1 NPROC_PER_NODE=2`, gloo), DPO: weight 0 ends bit for bit as "
        f"`llamafactory-cli train`: {yes(same(stock, nothing))}; weight 2 ends otherwise: "
        f"{yes(not same(stock, weights(two)))}; `consistency/loss` over the steps: "
        f"{', '.join(f'{value:.3f}' for value in logged(two))}."
    )
    about = (
        "Random models of four layers, four optimizer steps, two micro-steps each, float32. torchaudio is a stub and "
        "torchvision is not installed: their builds on PyPI are for GPUs, and text needs neither."
    )
    names = ["llamafactory", "torch", "transformers", "trl", "peft", "accelerate", "isoglot"]
    write(output / "llamafactory.md", "LLaMA-Factory", made, names, [about, table(columns, asked), text])


if __name__ == "__main__":
    main()
