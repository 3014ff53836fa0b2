"""What each process of a test does: the jobs of a list; the first process writes what it found."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib.util
import json
import os
import signal
import traceback
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch
import torch.distributed as dist
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback, set_seed

from isoglot import Attachment, Consistency, attach
from isoglot.consistency.distributed import Processes
from isoglot.consistency.term import ConsistencyTerm
from isoglot.groups.sampling import Turn
from isoglot.models.fingerprint import model_hash
from isoglot.quickstart.world.data import alignment_groups, preferences
from isoglot.quickstart.world.text import World

_spec = importlib.util.spec_from_file_location("trainers", Path(__file__).parents[1] / "attach" / "trainers.py")
trainers = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(trainers)

TERM = dict(layer=2, groups_per_step=4, weight=0.5, languages_per_step=4)
WORDS = World.load()
GROUPS = alignment_groups(WORDS, 6)


def rank() -> int:
    return int(os.environ.get("RANK", "0"))


def world() -> int:
    return int(os.environ.get("WORLD_SIZE", "1"))


class Found:
    """What a job finds: numbers for people, tensors for comparing."""

    def __init__(self) -> None:
        self.notes: dict[str, Any] = {}
        self.tensors: dict[str, torch.Tensor] = {}

    def add(self, prefix: str, tensors: dict[str, torch.Tensor]) -> None:
        self.tensors |= {f"{prefix}/{name}": tensor.contiguous().clone() for name, tensor in tensors.items()}

    def write(self, out: Path, name: str) -> None:
        save_file(self.tensors or {"none": torch.zeros(1)}, out / f"{name}.safetensors")
        (out / f"{name}.json").write_text(json.dumps(self.notes))


def whole(model: Any, what: str = "weights") -> dict[str, torch.Tensor]:
    """Parameters or gradients by name, put together from all processes where these hold parts."""
    found = {}
    for name, parameter in model.named_parameters():
        value = parameter if what == "weights" else parameter.grad
        context: Any = contextlib.nullcontext()
        if hasattr(parameter, "ds_id"):
            import deepspeed

            context = deepspeed.zero.GatheredParameters([parameter])
        if value is None:
            continue
        with context:
            full = value.full_tensor() if hasattr(value, "full_tensor") else value
            found[name.removeprefix("module.")] = full.detach().clone()
    return found


def agree(tensors: dict[str, torch.Tensor]) -> bool:
    """Whether all processes have the same values."""
    if world() == 1:
        return True
    flat = torch.cat([tensor.flatten().float() for _, tensor in sorted(tensors.items())])
    all_of_them = [torch.empty_like(flat) for _ in range(world())]
    dist.all_gather(all_of_them, flat)
    return all(torch.equal(all_of_them[0], other) for other in all_of_them)


class Watch(TrainerCallback):
    """Keeps gradients of each optimizer step, and fails where the job says so."""

    def __init__(self, job: dict[str, Any], model: Any, found: Found) -> None:
        self.job, self.model, self.found = job, model, found

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == 1 and self.job.get("fails") and rank() == 1:
            if self.job["fails"] == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.job["fails"] == "raises":
                raise ValueError("the reason of the second process")
            with torch.no_grad():  # its groups, and they alone, are not finite any more
                self.model.get_input_embeddings().weight[:] = torch.nan

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if not self.job.get("stage"):
            self.found.add(f"gradient{state.global_step}", whole(self.model, "gradients"))


def deepspeed_settings(stage: int) -> dict[str, Any]:
    return {
        "train_micro_batch_size_per_gpu": "auto",
        "gradient_accumulation_steps": "auto",
        "gradient_clipping": "auto",
        "zero_allow_untested_optimizer": True,
        "zero_force_ds_cpu_optimizer": False,
        "zero_optimization": {
            "stage": stage,
            "stage3_gather_16bit_weights_on_model_save": True,
            "stage3_param_persistence_threshold": 0,
            "reduce_bucket_size": 500_000,
            "stage3_prefetch_bucket_size": 500,
        },
    }


def build(job: dict[str, Any], folder: Path) -> Any:
    """A trainer of the table, as a job wants it."""
    tokenizer = AutoTokenizer.from_pretrained(job["model"])
    rows = preferences(WORDS, job.get("rows", 40))
    options = dict(optim="sgd", learning_rate=0.02, max_steps=3, max_grad_norm=1e9) | job.get("args", {})
    if job.get("stage"):
        import deepspeed

        deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False  # gloo will do: nothing need be compiled
        options["deepspeed"] = deepspeed_settings(job["stage"])
    if job.get("lora"):
        from peft import LoraConfig

        options["peft"] = LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False)
    kit = trainers.Kit(tokenizer, rows, folder)
    if job.get("zero_init") and job.get("stage"):  # arguments that come first have the model dealt out as it is loaded
        from transformers import TrainingArguments

        first = TrainingArguments(**trainers.COMMON | options | {"output_dir": str(folder)})
        options["deepspeed"] = first.deepspeed
    if job.get("native_fsdp"):
        from transformers.distributed import DistributedConfig

        settings = DistributedConfig(fsdp_size=world())
        model = AutoModelForCausalLM.from_pretrained(job["model"], distributed_config=settings)
    else:
        model = AutoModelForCausalLM.from_pretrained(job["model"])
    set_seed(0)
    return trainers.TRAINERS[job.get("trainer", "trainer")].build(model, kit, **options)


def forget_state() -> None:
    """Each job configures accelerate anew."""
    from accelerate.state import AcceleratorState, GradientState
    from transformers.integrations.deepspeed import unset_hf_deepspeed_config

    AcceleratorState._reset_state()
    GradientState._reset_state()
    unset_hf_deepspeed_config()


def trainer_job(job: dict[str, Any], out: Path, found: Found) -> None:
    """Trains by a trainer; with ``resume`` once more from a checkpoint on the way."""
    folder = out / job["name"]
    for resumed in [False, True] if job.get("resume") else [False]:
        forget_state()
        trainer = build(job, folder)
        if job.get("term") is not None:
            attachment = attach(trainer, Consistency(**TERM | job["term"]), GROUPS)
        trainer.add_callback(Watch(job, trainer.model, found))
        if resumed:
            trainer.train(resume_from_checkpoint=str(folder / f"checkpoint-{job['resume']}"))
        else:
            trainer.train()
        weights = whole(trainer.model)
        found.add("resumed" if resumed else "weights", weights)
    found.notes["engine"] = type(trainer.model_wrapped).__name__
    lines = [line for line in trainer.state.log_history if "loss" in line]
    found.notes |= {"lines": lines, "steps": trainer.state.global_step, "agree": agree(weights)}
    if job.get("term") is not None:
        found.add("extractor", {str(n): p for n, p in enumerate(attachment.parameters())})
        found.notes["extractor_agrees"] = agree(
            {"": torch.cat([p.flatten() for p in attachment.parameters()] or [torch.zeros(1)])}
        )
        found.notes["reference"] = sorted(path.name for path in (folder / "_reference").glob("*"))
    found.notes["kept"] = sorted(str(path.relative_to(folder)) for path in folder.rglob("consistency.safetensors"))


def loop_job(job: dict[str, Any], out: Path, found: Found) -> None:
    """Trains in a loop of its own, by DDP, FSDP2 or nothing."""
    from torch.distributed.fsdp import fully_shard

    if world() > 1 and not dist.is_initialized():
        dist.init_process_group("gloo")
    engine = job["engine"] if world() > 1 else "none"
    folder = out / job["name"]
    tokenizer = AutoTokenizer.from_pretrained(job["model"])
    model = AutoModelForCausalLM.from_pretrained(job.get("from", job["model"])).train()
    if job.get("checkpointing") is not None:
        model.gradient_checkpointing_enable({"use_reentrant": job["checkpointing"]})
    found.notes["hash"] = model_hash(model)
    settings = Consistency(**TERM | job.get("term", {}))
    found.notes["folder"] = str(folder)
    reference = Path(job.get("reference", folder / "reference"))
    attachment = Attachment(model, ConsistencyTerm(model, tokenizer, settings, GROUPS, folder=reference))
    wrapped = model
    if engine == "ddp":
        wrapped = torch.nn.parallel.DistributedDataParallel(model, find_unused_parameters=job.get("unused", False))
    if engine == "fsdp2":
        for layer in model.model.layers:
            fully_shard(layer)
        fully_shard(model)
    found.notes["hash_wrapped"] = model_hash(wrapped)
    if "load" in job:
        attachment.load(job["load"])
    attachment.remember(wrapped)
    if job.get("poison") == rank():
        with torch.no_grad():
            model.get_input_embeddings().weight[:] = torch.nan
    optimizer = torch.optim.SGD([*model.parameters(), *attachment.parameters()], lr=0.1)
    generator = torch.Generator().manual_seed(1)
    passes = []
    model.register_forward_pre_hook(lambda *_: passes.append(1))
    metrics_by_step = []
    for step in range(job.get("steps", 3)):
        ids = torch.randint(5, 200, (4, 12), generator=generator)[rank() :: world()]
        if step < job.get("begin", 0):
            continue
        turn = Turn(step, rank=rank(), world_size=world())
        passes.clear()
        if job["mode"] == "joint":
            term_first = job.get("order", "term") == "term"
            part, metrics = attachment(turn, model=wrapped) if term_first else (0, {})
            loss = wrapped(input_ids=ids, labels=ids).loss
            if not term_first:
                part, metrics = attachment(turn, model=wrapped)
            (loss + part).backward()
            for parameter in attachment.parameters():
                if world() > 1:
                    parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
                    dist.all_reduce(parameter.grad)
                    parameter.grad /= world()
        elif engine == "fsdp2":
            wrapped(input_ids=ids, labels=ids).loss.backward()
            metrics = attachment.backward(turn, model=wrapped, lockstep=True)
        else:
            metrics = attachment.backward(turn, model=wrapped)
            if job.get("poison") is None:
                wrapped(input_ids=ids, labels=ids).loss.backward()
        found.add(f"gradient{step}", whole(model, "gradients"))
        found.add(f"extractor{step}", {str(n): p.grad for n, p in enumerate(attachment.parameters())})
        metrics_by_step.append(metrics)
        optimizer.step()
        optimizer.zero_grad()
        if job.get("save") == step + 1:
            weights = whole(model)
            if rank() == 0:
                AutoModelForCausalLM.from_pretrained(job["model"]).save_pretrained(folder / "saved", state_dict=weights)
                attachment.save(folder / "saved")
    found.add("weights", whole(model))
    found.notes |= {"metrics": metrics_by_step, "passes": len(passes), "agree": agree(whole(model))}
    if job.get("poison") is not None:
        found.notes["empty"] = all_of({"": all(p.grad is None for p in model.parameters())})


def all_of(flags: dict[str, bool]) -> bool:
    value = torch.tensor(int(all(flags.values())))
    if world() > 1:
        dist.all_reduce(value, op=dist.ReduceOp.MIN)
    return bool(value)


def meeting_job(job: dict[str, Any], out: Path, found: Found) -> None:
    """What processes make of numbers and tensors that each has of its own: 1, 2, 4, by rank."""
    dist.init_process_group("gloo")
    processes, own, device = Processes.of_run(), 2 ** rank(), torch.device("cpu")
    found.notes |= {"total": processes.total(own, device), "most": processes.most(own, device)}
    pair = [torch.tensor([float(own), 1.0]), torch.tensor(float(-own))]
    found.notes["mean"] = [one.tolist() for one in processes.mean(pair)]
    # One layer and a hidden size of 1: no cells on the first process, one on the second, two on the third.
    states = torch.full((1, rank(), 1), float(own), requires_grad=True)
    joined = processes.joined(states, range(world()))
    joined.square().sum().backward()
    found.notes["joined"] = joined.flatten().tolist()
    gradients: list[Any] = [None] * world()
    dist.all_gather_object(gradients, states.grad.flatten().tolist())
    found.notes["gradients"] = gradients


KINDS = {"trainer": trainer_job, "loop": loop_job, "meeting": meeting_job}


def work(listed: Path, out: Path, seconds: int) -> None:
    faulthandler.dump_traceback_later(max(5, seconds - 10))
    signal.alarm(seconds + 15)  # if the launcher is gone
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    for job in json.loads(listed.read_text()):
        found = Found()
        try:
            KINDS[job["kind"]](job, out, found)
        except Exception:  # as a script of its own would say; the launcher says only what the first that ends met
            traceback.print_exc()
            raise
        if rank() == 0:
            found.write(out, job["name"])
        if world() > 1 and dist.is_initialized():
            dist.barrier()
    if dist.is_initialized():
        dist.destroy_process_group()
    faulthandler.cancel_dump_traceback_later()
    signal.alarm(0)
