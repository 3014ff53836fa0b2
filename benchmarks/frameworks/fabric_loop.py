"""A loop of one's own with Lightning Fabric, as docs/frameworks/own-loops.md shows it, on a tiny random model.

    python benchmarks/frameworks/fabric_loop.py FOLDER WEIGHT|none OUTPUT [processes]

Run in the environment of requirements-fabric.txt by run_fabric.py.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import lightning_fabric
import torch
from safetensors.torch import save_file
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, AutoTokenizer

from isoglot import Attachment, Consistency, PromptGroups
from isoglot.groups.sampling import Turn

STEPS, MICRO_STEPS = 4, 2


def batches(folder: Path, tokenizer) -> DataLoader:
    """Answers after their prompts, two a batch."""
    rows = [json.loads(line)["messages"] for line in (folder / "sft.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = [tokenizer.apply_chat_template(row, tokenize=False) for row in rows]

    def collate(part: list[str]) -> dict[str, torch.Tensor]:
        batch = tokenizer(part, return_tensors="pt", padding=True, padding_side="right", add_special_tokens=False)
        labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
        return {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"], "labels": labels}

    return DataLoader(texts, batch_size=2, collate_fn=collate)


def main(folder: Path, weight: float | None, output: Path, processes: int) -> None:
    strategy = "ddp" if processes > 1 else "auto"
    fabric = lightning_fabric.Fabric(accelerator="cpu", devices=processes, strategy=strategy)
    fabric.launch()
    fabric.seed_everything(0, verbose=False)
    tokenizer = AutoTokenizer.from_pretrained(folder / "llama")
    plain = AutoModelForCausalLM.from_pretrained(folder / "llama", attn_implementation="eager")
    model, optimizer = fabric.setup(plain, torch.optim.AdamW(plain.parameters(), lr=1e-3))
    loader = iter(fabric.setup_dataloaders(batches(folder, tokenizer)))
    attachment = None
    if weight is not None:
        groups = PromptGroups.read(folder / "groups.jsonl")
        attachment = Attachment.for_model(plain, tokenizer, Consistency(weight=weight), groups)
    model.train()
    history = []
    for step in range(STEPS):
        if attachment is not None:
            turn = Turn(step, rank=fabric.global_rank, world_size=fabric.world_size)
            with fabric.no_backward_sync(model, enabled=processes > 1):
                history.append(attachment.backward(turn, model=model, backward=fabric.backward))
        for micro_step in range(MICRO_STEPS):
            with fabric.no_backward_sync(model, enabled=micro_step < MICRO_STEPS - 1):
                loss = model(**next(loader)).loss / MICRO_STEPS
                fabric.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
    ends = [{name: p.detach().clone() for name, p in plain.named_parameters()}]
    if processes > 1:
        first = fabric.broadcast(ends[0])
        assert all(torch.equal(first[name], p) for name, p in ends[0].items()), "the processes differ"
    if fabric.global_rank == 0:
        output.mkdir(parents=True, exist_ok=True)
        save_file({name: p.contiguous() for name, p in ends[0].items()}, output / "model.safetensors")
        (output / "history.json").write_text(json.dumps(history), encoding="utf-8")


if __name__ == "__main__":
    where, given, to, *count = sys.argv[1:]
    main(Path(where), None if given == "none" else float(given), Path(to), int(count[0]) if count else 1)
