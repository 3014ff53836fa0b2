"""The ready configurations are such as accelerate takes, and no engine of theirs is one that is refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from isoglot.attach.engine import check_engine

pytestmark = pytest.mark.training

RECIPES = sorted((Path(__file__).parents[2] / "recipes" / "accelerate").glob("*.yaml"))
NAMES = ["ddp", "deepspeed-zero1", "deepspeed-zero2", "deepspeed-zero3", "fsdp2", "multi-node"]


def test_all_are_there():
    assert [path.stem for path in RECIPES] == NAMES


@pytest.mark.parametrize("path", RECIPES, ids=NAMES)
def test_accelerate_takes_it(path):
    from accelerate.commands.config.config_args import load_config_from_file
    from accelerate.utils import DistributedType

    config = load_config_from_file(str(path))
    told = yaml.safe_load(path.read_text())
    assert config.num_processes == told["num_processes"]
    assert config.distributed_type == DistributedType(told["distributed_type"])
    assert config.fsdp_config == told.get("fsdp_config", {})
    assert config.deepspeed_config == told.get("deepspeed_config", {})


@pytest.mark.parametrize("path", RECIPES, ids=NAMES)
def test_accelerate_launch_knows_all_its_keys(path):
    from accelerate.commands.launch import launch_command_parser

    known = vars(launch_command_parser().parse_args(["script.py"]))
    told = yaml.safe_load(path.read_text())
    for section in ("fsdp_config", "deepspeed_config"):
        assert told.get(section, {}).keys() <= known.keys()


def trainer(**changes):
    """As much of a trainer as is looked at."""
    made = dict(
        args=SimpleNamespace(n_gpu=1, optim="adamw_torch"),
        accelerator=SimpleNamespace(is_fsdp2=True, ddp_handler=None, parallelism_config=None),
        model=SimpleNamespace(config=SimpleNamespace()),
    )
    return SimpleNamespace(**made | changes)


def with_deepspeed(**config):
    return SimpleNamespace(deepspeed_plugin=SimpleNamespace(deepspeed_config=config))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (dict(args=SimpleNamespace(n_gpu=2, optim="adamw_torch")), "one device per process"),
        (dict(args=SimpleNamespace(n_gpu=1, optim="adalomo")), "steps after backward"),
        (dict(is_fsdp_enabled=True, accelerator=SimpleNamespace(is_fsdp2=False)), "FSDP version 2"),
        (dict(accelerator=SimpleNamespace(ddp_handler=SimpleNamespace(static_graph=True))), "static_graph"),
        (dict(args=SimpleNamespace(n_gpu=1, optim="adamw_torch", ddp_static_graph=True)), "static_graph"),
        (dict(accelerator=SimpleNamespace(parallelism_config=SimpleNamespace(cp_enabled=True))), "context"),
        (
            dict(model=SimpleNamespace(config=SimpleNamespace(distributed_config=SimpleNamespace(tp_size=2)))),
            "tensor parallelism",
        ),
        (dict(model=SimpleNamespace(_tp_size=2, config=SimpleNamespace())), "tensor parallelism"),
        (
            dict(model=SimpleNamespace(config=SimpleNamespace(distributed_config=SimpleNamespace(ep_size=2)))),
            "expert parallelism",
        ),
        (dict(accelerator=SimpleNamespace(state=with_deepspeed(tensor_parallel={"autotp_size": 2}))), "tensor"),
        (dict(accelerator=SimpleNamespace(state=with_deepspeed(sequence_parallel_size=2))), "sequence parallelism"),
        (dict(accelerator=SimpleNamespace(distributed_type="DistributedType.MEGATRON_LM")), "Megatron"),
        (dict(is_deepspeed_enabled=True), "extractor"),
        (dict(is_fsdp_enabled=True), "extractor"),
    ],
)
def test_what_cannot_work_is_refused_with_a_way_out(changes, said):
    (problem,) = check_engine(trainer(**changes), extractor="extractor" in said, skips=False)
    assert said in problem


def test_deepspeed_is_not_to_skip():
    (problem,) = check_engine(trainer(is_deepspeed_enabled=True), extractor=False, skips=True)
    assert "on_nonfinite" in problem


def test_what_works_is_not_refused():
    for changes in ({}, dict(is_fsdp_enabled=True), dict(is_deepspeed_enabled=True)):
        assert check_engine(trainer(**changes), extractor=False, skips=False) == []
    assert check_engine(trainer(), extractor=True, skips=True) == []
