"""What the quickstart compares, as run files: DPO alone, with the paper's term, with isoglot's default."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from ..consistency import Consistency


class Arm(NamedTuple):
    """One way to align the base model."""

    name: str
    objective: str | None  # None: no consistency term
    consistency: dict[str, Any] | None
    note: str


def arms(seed: int) -> list[Arm]:
    """The arms, in the order of the table. All but the consistency section is the same for each."""
    released = Consistency.as_released(seed=seed)
    # The default but for two settings: the whole model is trained, which needs a stronger guard than an adapter does,
    # and prompts are so short that all of them cost little.
    default = Consistency(retention=1.0, budget=None, seed=seed)
    return [
        Arm("dpo", None, None, "DPO on English pairs only."),
        Arm("dpo+mlc", str(released.objective), released.to_dict(), "DPO and the paper's term, settings as released."),
        Arm(
            "dpo+isoglot",
            str(default.objective),
            default.to_dict(),
            "DPO and isoglot's default term, with retention 1 and no budget.",
        ),
    ]


def run_file(arm: Arm, base: Path, data: Path, output: Path, *, seed: int, steps: int, lr: float) -> dict[str, Any]:
    """The arm's run file as plain values: what ``isoglot train`` takes.

    Args:
        arm: which.
        base: the base model's folder.
        data: folder of ``preferences.jsonl`` and ``groups.jsonl``.
        output: run directory.
        seed: of the training.
        steps: optimizer steps.
        lr: learning rate.
    """
    settings: dict[str, Any] = {
        "model": {"path": str(base), "dtype": "float32"},
        "method": "dpo",
        "data": {"preferences": str(data / "preferences.jsonl")},
        "trainer": {
            "learning_rate": lr,
            "max_steps": steps,
            "per_device_train_batch_size": 16,
            "lr_scheduler_type": "cosine",
            "warmup_steps": steps // 20,
            "beta": 0.1,
            # The likelihood of the chosen answer next to DPO's own loss, which alone may lower both.
            "loss_type": ["sigmoid", "sft"],
            "loss_weights": [1.0, 0.5],
            "gradient_checkpointing": False,
            "bf16": False,
            "logging_steps": 5,
            "save_steps": 50,
            "use_cpu": True,
            "seed": seed,
        },
        "output": str(output),
    }
    if arm.consistency is not None:
        settings["data"]["groups"] = str(data / "groups.jsonl")
        settings["consistency"] = arm.consistency
    return settings
